/* anomaly_score.c - what transform.anomaly finds in streams with labels, how often it is wrong.
 * The seeds are fixed, so the figures are the same everywhere; docs/ANOMALY.md has more of them. */
#include "node_text.h"

#include "anomaly_stream.h"

/* Of ordinary events the wanted share are alarms, within the band that the documentation states. */
static void test_false_alarms(void **state)
{
    struct stream *s = mem_must(sizeof *s);
    double rate;

    (void)state;
    stream_run(s, 1, 24, 0, 0, 0.02, 0);
    rate = (double)s->tally.false_alarms / s->tally.usual;
    print_message("%u of %u are alarms: %.4f\n", s->tally.false_alarms, s->tally.usual, rate);
    assert_true(s->tally.usual > 6000);
    assert_true(rate > 0.02 / 2 && rate < 0.02 * 1.5);
    assert_true(s->tally.largest < 16384); /* a note stays small */
    stream_end(s);
    mem_free(s);
}

static void test_kinds(void **state)
{
    static const double least[STREAM_KINDS] = { 0, 0.85, 1, 0.85, 0.6, 0.4 };
    struct stream *s = mem_must(sizeof *s);
    const struct stream_tally *t = &s->tally;

    (void)state;
    stream_run(s, 2, 34, 20, 70, 0.02, 0.03);
    for (unsigned k = 1; k < STREAM_KINDS; k++) {
        double recall = (double)t->found[k] / t->cases[k];

        print_message("%s: %u of %u found\n", stream_names[k], t->found[k], t->cases[k]);
        assert_true(t->cases[k] >= 7);
        assert_true(recall >= least[k]);
    }
    assert_true(t->false_alarms < t->usual * 0.03);
    assert_true(t->right[STREAM_BURSTS] > t->wrong[STREAM_BURSTS] * 9);
    stream_end(s);
    mem_free(s);
}

/* Who sends a flood under one key does not blind the others: the threshold stays where it was. */
static void test_flood(void **state)
{
    struct stream *s = mem_must(sizeof *s);
    double before;
    unsigned top;
    bool known;

    (void)state;
    stream_run(s, 3, 24, 0, 0, 0.01, 0);
    before = s->tally.threshold;
    for (unsigned i = 0; i < 3000; i++)
        (void)stream_alarm(s, "acme-1", (int64_t)24 * 24 * STREAM_HOUR + i * 1000, 5000.0 + i, &top,
                           &known);
    print_message("threshold %.2f before, %.2f behind a flood of 3000\n", before,
                  s->tally.threshold);
    assert_true(s->tally.threshold < before + 2);
    stream_end(s);
    mem_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_false_alarms),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_flood),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
