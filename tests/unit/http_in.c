/* http_in.c - the listener: what it takes, what it refuses, and that the pieces in which bytes
 * arrive make no difference. Deadlines, ends and full tables are in http_in_life.c. */
#include "http_in_tries.h"

static void what_is_right_is_taken(void **state)
{
    struct in_test *t = *state;

    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        int status = in_test_try(t, taken[i].bytes, try_size(&taken[i]), NULL);

        if (status != taken[i].status)
            print_error("%s: %d\n", taken[i].name, status);
        assert_int_equal(status, taken[i].status);
        assert_int_equal(t->heard_count, i + 1);
    }
}

static void what_is_wrong_is_refused_and_the_connection_ends(void **state)
{
    struct in_test *t = *state;

    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        bool closed = false;
        int status = in_test_try(t, refused[i].bytes, try_size(&refused[i]), &closed);

        if (status != refused[i].status || !closed)
            print_error("%s: %d%s\n", refused[i].name, status, closed ? "" : ", still open");
        assert_int_equal(status, refused[i].status);
        assert_true(closed);
        assert_int_equal(t->heard_count, 0);
    }
}

/* libmicrohttpd parses as bytes arrive: where they are cut must change nothing, least of all what
 * http_frame.c concludes from the places of names and values. */
static void try_cut_at(struct in_test *t, const struct try *try, size_t cut)
{
    struct wire w;
    int status;

    wire_connect(&w, t->port);
    wire_turns(t->loop, 2);
    wire_send_n(&w, t->loop, try->bytes, cut);
    wire_turns(t->loop, 2);
    wire_send_n(&w, t->loop, try->bytes + cut, try_size(try) - cut);
    status = in_test_status(t, &w);
    if (status != try->status)
        print_error("%s, cut at %zu: %d\n", try->name, cut, status);
    assert_int_equal(status, try->status);
    wire_close(&w);
}

static void try_in_bytes(struct in_test *t, const struct try *try)
{
    struct wire w;
    int status;

    wire_connect(&w, t->port);
    for (size_t i = 0; i < try_size(try) && !w.ended; i++) {
        wire_send_n(&w, t->loop, try->bytes + i, 1);
        wire_turns(t->loop, 2);
    }
    status = in_test_status(t, &w);
    if (status != try->status)
        print_error("%s, byte by byte: %d\n", try->name, status);
    assert_int_equal(status, try->status);
    wire_close(&w);
}

static void where_the_bytes_are_cut_makes_no_difference(void **state)
{
    struct in_test *t = *state;

    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        for (size_t cut = 1; cut < try_size(&taken[i]); cut++)
            try_cut_at(t, &taken[i], cut);
        try_in_bytes(t, &taken[i]);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        for (size_t cut = 1; cut < try_size(&refused[i]); cut += 3)
            try_cut_at(t, &refused[i], cut);
        try_in_bytes(t, &refused[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, in_test_setup, in_test_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_right_is_taken),
        TEST(what_is_wrong_is_refused_and_the_connection_ends),
        TEST(where_the_bytes_are_cut_makes_no_difference),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
