/* ident.c - ids that only grow, names that repeat, digests and random bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/ident.h"

#define START 1795251783123 /* 2026-11-21T09:03:03.123Z */
#define EPOCH 1704067200000 /* 2024-01-01T00:00:00Z */

static void an_id_is_its_time_and_a_sequence(void **state)
{
    struct ident ident;
    uint64_t first;

    (void)state;
    ident_init(&ident, 0);
    first = ident_next(&ident, START);
    assert_int_equal(first >> 22, START - EPOCH);
    assert_int_equal(first & 0x3FFFFF, 0);
    assert_int_equal(ident_next(&ident, START), first + 1);
    assert_int_equal(ident_next(&ident, START + 1) >> 22, START - EPOCH + 1);
}

static void ids_grow_whatever_the_clock_does(void **state)
{
    static const int64_t steps[] = {
        0, 0, 1, -1, -3600000, 0, 3600000, -START, 5, INT64_C(1) << 33
    };
    struct ident ident;
    int64_t now = START;
    uint64_t last = 0;

    (void)state;
    ident_init(&ident, 0);
    for (int i = 0; i < 10000; i++) {
        int64_t shown = now + steps[i % 10];
        uint64_t id = ident_next(&ident, shown);

        assert_true(id > last);
        assert_true(id <= INT64_MAX);
        last = id;
        now += i % 3;
    }
}

static void a_full_millisecond_borrows_from_the_next(void **state)
{
    struct ident ident;
    uint64_t last;

    (void)state;
    ident_init(&ident, 0);
    last = ident_next(&ident, START);
    for (int i = 0; i < (1 << 22); i++)
        last = ident_next(&ident, START);
    assert_int_equal(last >> 22, START - EPOCH + 1);
    assert_int_equal(ident_next(&ident, START + 1), last + 1);
}

static void after_a_restart_ids_go_on(void **state)
{
    struct ident ident;
    uint64_t last = (uint64_t)(START - EPOCH) << 22 | 77;

    (void)state;
    ident_init(&ident, last);
    assert_int_equal(ident_next(&ident, START - 5000), last + 1);
}

static void an_ids_text_reads_back_and_sorts_alike(void **state)
{
    static const uint64_t ids[] = { 0, 1, 31, 32, (uint64_t)1 << 40, 96845301186691150, INT64_MAX };
    char text[IDENT_TEXT];
    char before[IDENT_TEXT] = "";
    uint64_t back = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        ident_text(ids[i], text);
        assert_int_equal(strlen(text), 13);
        assert_true(strcmp(before, text) < 0);
        assert_true(ident_parse(text, &back));
        assert_int_equal(back, ids[i]);
        memcpy(before, text, sizeof(before));
    }
    assert_string_equal(text, "7ZZZZZZZZZZZZ");
}

static void people_may_mistype_an_id(void **state)
{
    uint64_t a = 1;
    uint64_t b = 2;

    (void)state;
    assert_true(ident_parse("01JD3K8QZ7M2A", &a));
    assert_true(ident_parse("oljd3k8qz7m2a", &b));
    assert_int_equal(a, b);
    assert_true(ident_parse("0IJD3K8QZ7M2A", &b));
    assert_int_equal(a, b);
}

static void what_is_no_id_is_refused(void **state)
{
    static const char *const wrong[] = { "",
                                         "0",
                                         "01JD3K8QZ7M2",
                                         "01JD3K8QZ7M2AA",
                                         "01JD3K8QZ7M2U",
                                         "01JD3K8QZ7M2-",
                                         " 01JD3K8QZ7M2",
                                         "8000000000000",
                                         "ZZZZZZZZZZZZZ",
                                         "01JD3K8QZ7M2\xC3" };
    uint64_t id = 5;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(ident_parse(wrong[i], &id));
    assert_int_equal(id, 5);
}

/* RFC 9562, appendix A.4: www.example.com in the name space of DNS. */
static void a_name_gives_the_uuid_of_the_standard(void **state)
{
    static const unsigned char dns[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                           0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
    char text[UUID_TEXT];

    (void)state;
    uuid_from_name(dns, "www.example.com", 15, text);
    assert_string_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    uuid_from_name(dns, "www.example.con", 15, text);
    assert_string_not_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

static void digests_are_sha256(void **state)
{
    char text[DIGEST_TEXT];

    (void)state;
    digest_text("", 0, text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_text("abc", 3, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void a_seed_repeats_and_another_differs(void **state)
{
    struct random_seeded a;
    struct random_seeded b;
    unsigned char x[61];
    unsigned char y[61];

    (void)state;
    random_seeded_init(&a, 1);
    random_seeded_init(&b, 1);
    a.random.fill(&a.random, x, sizeof(x));
    b.random.fill(&b.random, y, sizeof(y));
    assert_memory_equal(x, y, sizeof(x));
    a.random.fill(&a.random, x, sizeof(x));
    assert_memory_not_equal(x, y, sizeof(x));
    random_seeded_init(&b, 2);
    random_seeded_init(&a, 1);
    a.random.fill(&a.random, x, sizeof(x));
    b.random.fill(&b.random, y, sizeof(y));
    assert_memory_not_equal(x, y, sizeof(x));
}

static void random_uuids_have_their_form(void **state)
{
    struct random *random = random_real();
    char a[UUID_TEXT];
    char b[UUID_TEXT];

    (void)state;
    uuid_random(random, a);
    uuid_random(random, b);
    assert_string_not_equal(a, b);
    assert_int_equal(strspn(a, "0123456789abcdef-"), 36);
    assert_int_equal(a[14], '4');
    assert_non_null(strchr("89ab", a[19]));
    for (int i = 0; i < 36; i++)
        assert_int_equal(a[i] == '-', i == 8 || i == 13 || i == 18 || i == 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_its_time_and_a_sequence),
        cmocka_unit_test(ids_grow_whatever_the_clock_does),
        cmocka_unit_test(a_full_millisecond_borrows_from_the_next),
        cmocka_unit_test(after_a_restart_ids_go_on),
        cmocka_unit_test(an_ids_text_reads_back_and_sorts_alike),
        cmocka_unit_test(people_may_mistype_an_id),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(a_name_gives_the_uuid_of_the_standard),
        cmocka_unit_test(digests_are_sha256),
        cmocka_unit_test(a_seed_repeats_and_another_differs),
        cmocka_unit_test(random_uuids_have_their_form),
    };

    return cmocka_run_group_tests_name("ident", tests, NULL, NULL);
}
