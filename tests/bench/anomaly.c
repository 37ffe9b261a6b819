/* anomaly.c - how well transform.anomaly tells anomalies apart, on streams with labels
 * (tests/nodes/anomaly_stream.h): the figures of docs/ANOMALY.md.
 *
 *     anomaly [DAYS [ROW [SEED]]]   180 days, of which a sixth have no anomalies; one row, from 0;
 *                                   another stream than the one that the scoring was tuned on
 *
 * Built by hand against the release build:
 *     cc -O2 -D_GNU_SOURCE -Iruntime -I. -Itests tests/bench/anomaly.c build/libweft_nodes.a
 *         build/libweft_base.a -ljansson -lcrypto -lgmp -ljemalloc -lm -o anomaly */
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "nodes/anomaly_stream.h"

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double share(unsigned part, unsigned whole)
{
    return whole > 0 ? (double)part / whole : 0;
}

static void show(const struct stream_tally *t, double rate, double expected, double took)
{
    printf("rate %.3f, expected %.3f, threshold %.2f: %u events, false alarms %u of %u = %.4f; "
           "%.0f us an event, largest note %zu bytes\n",
           rate, expected, t->threshold, t->events, t->false_alarms, t->usual,
           share(t->false_alarms, t->usual), took / t->events * 1e6, t->largest);
    for (unsigned k = 1; k < STREAM_KINDS; k++) {
        if (t->cases[k] == 0)
            continue;
        printf("  %-9s cases %4u  found %4u  recall %.3f  ", stream_names[k], t->cases[k],
               t->found[k], share(t->found[k], t->cases[k]));
        printf("alarms right %4u wrong %4u  precision %.3f\n", t->right[k], t->wrong[k],
               share(t->right[k], t->right[k] + t->wrong[k]));
    }
}

int main(int argc, char **argv)
{
    static const double rates[] = { 0.002, 0.005, 0.01, 0.02, 0.05 };
    unsigned only = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : UINT_MAX;
    unsigned days = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 180;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 20261122;
    struct stream *s;

    mem_install();
    s = mem_must(sizeof *s);
    for (unsigned i = 0; i < 10; i++) {
        if (only != UINT_MAX && only != i)
            continue;
        double rate = rates[i % 5], expected = i < 5 ? 0 : 0.015, begun = seconds();

        stream_run(s, seed + i, days, days / 6, i < 5 ? 0 : 300, rate, expected);
        show(&s->tally, rate, expected, seconds() - begun);
        stream_end(s);
    }
    mem_free(s);
    return 0;
}
