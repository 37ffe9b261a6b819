/* table.c - both hash tables against a plain list, and walks that remove as they go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "base/mem.h"
#include "base/table.h"

#define KEYS 500

static int things[KEYS]; /* values: their addresses */

static uint64_t random_below(struct random_seeded *seeded, uint64_t bound)
{
    uint64_t word;

    seeded->random.fill(&seeded->random, &word, sizeof(word));
    return word % bound;
}

static void an_empty_table_finds_nothing(void **state)
{
    struct table t;
    size_t cursor = 0;

    (void)state;
    table_init(&t);
    assert_null(table_find(&t, 0));
    assert_null(table_remove(&t, 0));
    assert_null(table_next(&t, &cursor));
    table_fini(&t);
}

static void every_number_can_be_a_key(void **state)
{
    static const uint64_t keys[] = { 0, 1, UINT64_MAX, (uint64_t)1 << 63, (uint64_t)1 << 32 };
    struct table t;

    (void)state;
    table_init(&t);
    for (size_t i = 0; i < 5; i++)
        table_put(&t, keys[i], &things[i]);
    table_put(&t, 0, &things[9]);
    assert_int_equal(t.count, 5);
    assert_ptr_equal(table_find(&t, 0), &things[9]);
    for (size_t i = 1; i < 5; i++)
        assert_ptr_equal(table_find(&t, keys[i]), &things[i]);
    assert_null(table_find(&t, 2));
    table_fini(&t);
}

/* Keys that differ little, or in their upper half only: runs' ids do. */
static uint64_t key_of(uint64_t i, unsigned seed)
{
    return seed % 3 == 0 ? i : seed % 3 == 1 ? i << 22 : i << 48 | i % 3;
}

static void a_table_agrees_with_a_list(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 30; seed++) {
        void *list[KEYS] = { NULL };
        struct random_seeded seeded;
        struct table t;
        size_t count = 0;

        random_seeded_init(&seeded, seed);
        table_init(&t);
        for (int step = 0; step < 5000; step++) {
            uint64_t i = random_below(&seeded, KEYS);
            uint64_t what = random_below(&seeded, 3);

            if (what == 0) {
                count += list[i] == NULL;
                list[i] = &things[random_below(&seeded, KEYS)];
                table_put(&t, key_of(i, seed), list[i]);
            } else if (what == 1) {
                assert_ptr_equal(table_remove(&t, key_of(i, seed)), list[i]);
                count -= list[i] != NULL;
                list[i] = NULL;
            }
            assert_int_equal(t.count, count);
            assert_ptr_equal(table_find(&t, key_of(i, seed)), list[i]);
        }
        for (uint64_t i = 0; i < KEYS; i++)
            assert_ptr_equal(table_find(&t, key_of(i, seed)), list[i]);
        table_fini(&t);
    }
}

/* Every entry comes exactly once, although those the seed chooses are removed as they come. */
static void a_walk_may_remove_what_it_was_given(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++) {
        int seen[KEYS] = { 0 };
        struct random_seeded seeded;
        struct table t;
        uint64_t filled;
        size_t cursor = 0;
        size_t kept = 0;
        int *thing;

        random_seeded_init(&seeded, seed);
        filled = 1 + random_below(&seeded, seed % 2 ? 12 : KEYS);
        table_init(&t);
        for (uint64_t i = 0; i < filled; i++)
            table_put(&t, key_of(i, seed), &things[i]);
        while ((thing = table_next(&t, &cursor)) != NULL) {
            uint64_t i = (uint64_t)(thing - things);

            assert_int_equal(seen[i]++, 0);
            if (random_below(&seeded, 4) != 0)
                assert_ptr_equal(table_remove(&t, key_of(i, seed)), thing);
            else
                kept++;
        }
        for (uint64_t i = 0; i < filled; i++)
            assert_int_equal(seen[i], 1);
        assert_null(table_next(&t, &cursor));
        assert_int_equal(t.count, kept);
        table_fini(&t);
    }
}

static void a_dict_agrees_with_a_list(void **state)
{
    void *list[KEYS] = { NULL };
    struct dict *d = dict_new();
    struct random_seeded seeded;
    char key[32];
    size_t count = 0;

    (void)state;
    random_seeded_init(&seeded, 42);
    for (int step = 0; step < 20000; step++) {
        uint64_t i = random_below(&seeded, KEYS);
        uint64_t what = random_below(&seeded, 3);

        snprintf(key, sizeof(key), "%.*s%d", (int)(i % 20), "a long prefix of keys", (int)i);
        if (what == 0) {
            count += list[i] == NULL;
            list[i] = &things[random_below(&seeded, KEYS)];
            dict_put(d, key, list[i]);
        } else if (what == 1) {
            assert_ptr_equal(dict_remove(d, key), list[i]);
            count -= list[i] != NULL;
            list[i] = NULL;
        }
        assert_int_equal(dict_count(d), count);
        assert_ptr_equal(dict_find(d, key), list[i]);
    }
    dict_free(d);
}

static void a_dict_copies_its_keys_and_walks_in_their_order(void **state)
{
    static const char *const keys[] = { "pear", "", "apple", "\xC3\xA4pfel", "fig" };
    struct dict *d = dict_new();
    const char *key = NULL;
    size_t cursor = 0;
    char copy[16];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        snprintf(copy, sizeof(copy), "%s", keys[i]);
        dict_put(d, copy, &things[i]);
    }
    dict_put(d, "apple", &things[7]); /* keeps its place */
    assert_ptr_equal(dict_remove(d, "pear"), &things[0]);
    dict_put(d, "pear", &things[8]); /* comes back at the end */
    assert_ptr_equal(dict_next(d, &cursor, &key), &things[1]);
    assert_string_equal(key, "");
    assert_ptr_equal(dict_next(d, &cursor, &key), &things[7]);
    assert_string_equal(key, "apple");
    assert_ptr_equal(dict_remove(d, key), &things[7]); /* the one just returned */
    assert_ptr_equal(dict_next(d, &cursor, &key), &things[3]);
    assert_ptr_equal(dict_next(d, &cursor, NULL), &things[4]);
    assert_ptr_equal(dict_next(d, &cursor, &key), &things[8]);
    assert_string_equal(key, "pear");
    assert_null(dict_next(d, &cursor, &key));
    assert_null(dict_next(d, &cursor, &key));
    assert_int_equal(dict_count(d), 4);
    dict_free(d);
    dict_free(NULL);
}

static void an_empty_dict_finds_nothing(void **state)
{
    struct dict *d = dict_new();
    size_t cursor = 0;

    (void)state;
    assert_null(dict_find(d, "x"));
    assert_null(dict_remove(d, "x"));
    assert_null(dict_next(d, &cursor, NULL));
    dict_put(d, "x", things);
    assert_ptr_equal(dict_remove(d, "x"), things);
    cursor = 0;
    assert_null(dict_next(d, &cursor, NULL));
    dict_free(d);
}

static int no_byte_is_left(void **state)
{
    (void)state;
    return mem_used() == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_finds_nothing),
        cmocka_unit_test(every_number_can_be_a_key),
        cmocka_unit_test(a_table_agrees_with_a_list),
        cmocka_unit_test(a_walk_may_remove_what_it_was_given),
        cmocka_unit_test(a_dict_agrees_with_a_list),
        cmocka_unit_test(a_dict_copies_its_keys_and_walks_in_their_order),
        cmocka_unit_test(an_empty_dict_finds_nothing),
    };

    return cmocka_run_group_tests_name("table", tests, NULL, no_byte_is_left);
}
