/* paper.c - payloads as they are shown: masked, in levels, by matches; and what two of them differ
 * in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/effort.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/differ.h"
#include "designer-api/mask.h"
#include "designer-api/paper.h"
#include "designer-api/when.h"

static struct paper *paper_of(const char *text, bool plain)
{
    struct err e;
    struct paper *paper = paper_new(mem_must_copy(text), strlen(text), plain, &e);

    if (paper == NULL)
        fail_msg("%s: %s", text, e.text);
    return paper;
}

static void expect(json_t *value, const char *expected)
{
    char *text = json_text_new(value, MIB, NULL);

    assert_non_null(text);
    assert_string_equal(text, expected);
    mem_free(text);
    json_decref(value);
}

static void shows(const char *text, const char *expected, unsigned masked)
{
    struct paper *paper = paper_of(text, false);
    size_t size;

    assert_string_equal(paper_text(paper, &size), expected);
    assert_int_equal(size, strlen(expected));
    assert_int_equal(paper_masked(paper), masked);
    paper_free(paper);
}

static void what_is_secret_by_its_name_is_masked(void **state)
{
    (void)state;
    shows("{\"a\":\"token\",\"Token\":\"x\",\"n\":1}",
          "{\"a\":\"token\",\"Token\":\"[masked]\",\"n\":1}", 1);
    shows("{\"api-key\":{\"a\":[1,\"}\"]},\"b\":2}", "{\"api-key\":\"[masked]\",\"b\":2}", 1);
    shows("{\"password\":null,\"pin\":12}", "{\"password\":null,\"pin\":\"[masked]\"}", 1);
    shows("[{\"x\":{\"client_secret\":\"\\\"\"}}]", "[{\"x\":{\"client_secret\":\"[masked]\"}}]",
          1);
    shows("{\"note\":\"4111111111111111\"}", "{\"note\":\"411111******1111\"}", 1);
    shows("\"token\"", "\"token\"", 0);
    shows("{}", "{}", 0);
}

static void values_are_masked_like_texts(void **state)
{
    json_t *value = json_pack("{s:s, s:{s:s, s:n}, s:[{s:i}]}", "a", "b", "c", "Set-Cookie", "x",
                              "otp", "d", "cvv", 123);

    (void)state;
    expect(mask_value(value),
           "{\"a\":\"b\",\"c\":{\"Set-Cookie\":\"[masked]\",\"otp\":null},\"d\":[{\"cvv\":"
           "\"[masked]\"}]}");
    assert_null(mask_value(NULL));
    assert_false(mask_name("tokens", 6));
    assert_true(mask_name("ACCESS_TOKEN", 12));
}

static void plain_is_plain(void **state)
{
    struct paper *paper = paper_of("{\"token\":\"x\"}", true);
    size_t size;

    (void)state;
    assert_string_equal(paper_text(paper, &size), "{\"token\":\"x\"}");
    paper_free(paper);
}

static void a_level_has_its_children_and_no_more(void **state)
{
    struct paper *paper =
        paper_of("{\"a\":[1,2.50,{\"x\":[]}],\"b~/\":\"t\\u00e9\",\"c\":true,\"d\":null}", false);
    struct err e;

    (void)state;
    expect(paper_view(paper, "/a", 1, 1, &e),
           "{\"pointer\":\"/a\",\"kind\":\"array\",\"bytes\":17,\"offset\":5,\"count\":3,"
           "\"next_offset\":2,\"items\":[{\"pointer\":\"/a/1\",\"kind\":\"number\",\"bytes\":4,"
           "\"offset\":8,\"value\":2.50,\"index\":1}]}");
    paper_free(paper);
}

/* 1000 lines, each with a list of its own. */
static struct paper *large(void)
{
    struct buf text;
    struct paper *paper;

    buf_init(&text, MIB);
    buf_add_text(&text, "{\"head\":{\"n\":1},\"lines\":[");
    for (unsigned i = 0; i < 1000; i++)
        buf_addf(&text, "%s{\"sku\":\"A-%u\",\"parts\":[%u,%u],\"note\":\"\\\\\\\"}]\"}",
                 i > 0 ? "," : "", i, i, i + 1);
    buf_add_text(&text, "],\"tail\":\"end\"}");
    assert_true(buf_ok(&text));
    paper = paper_of(buf_text(&text), false);
    buf_fini(&text);
    return paper;
}

static int64_t count_at(const struct paper *paper, const char *pointer, size_t from)
{
    struct err e;
    json_t *level = paper_view(paper, pointer, from, 10, &e);
    int64_t count = (int64_t)json_array_size(json_object_get(level, "items"));

    assert_non_null(level);
    json_decref(level);
    return count;
}

static void every_child_of_a_long_list_is_found(void **state)
{
    struct paper *paper = large();
    char pointer[64], sku[32];
    struct err e;

    (void)state;
    for (unsigned i = 0; i < 1000; i += 37) {
        json_t *one;

        snprintf(pointer, sizeof pointer, "/lines/%u/sku", i);
        snprintf(sku, sizeof sku, "A-%u", i);
        one = paper_view(paper, pointer, 0, 1, &e);
        assert_non_null(one);
        assert_string_equal(json_get_text(one, "value"), sku);
        json_decref(one);
    }
    assert_int_equal(count_at(paper, "/lines", 995), 5);
    assert_int_equal(count_at(paper, "/lines", 1000), 0);
    assert_int_equal(count_at(paper, "/lines", 5000), 0);
    assert_int_equal(count_at(paper, "", 0), 3);
    assert_null(paper_view(paper, "/lines/1000", 0, 1, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_null(paper_view(paper, "/lines/01", 0, 1, &e));
    assert_null(paper_view(paper, "lines", 0, 1, &e));
    assert_null(paper_view(paper, "/tail/x", 0, 1, &e));
    paper_free(paper);
}

static void a_match_says_where_it_stands(void **state)
{
    struct paper *paper = large();
    json_t *found = paper_search(paper, "a-77", 0, 3), *one;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(found, "items")), 3);
    one = json_array_get(json_object_get(found, "items"), 0);
    assert_string_equal(json_get_text(one, "pointer"), "/lines/77/sku");
    one = json_array_get(json_object_get(found, "items"), 2);
    assert_string_equal(json_get_text(one, "pointer"), "/lines/771/sku");
    assert_true(json_get_int(found, "next_offset", 0) > 0);
    json_decref(found);
    found = paper_search(paper, "tail", 0, 3);
    assert_string_equal(
        json_get_text(json_array_get(json_object_get(found, "items"), 0), "pointer"), "/tail");
    json_decref(found);
    found = paper_search(paper, "nowhere", 0, 3);
    expect(found, "{\"items\":[]}");
    paper_free(paper);
}

static void a_window_cuts_no_character(void **state)
{
    struct paper *paper = paper_of("\"a\xc3\xa9\xe2\x82\xac\"", false);

    (void)state;
    assert_int_equal(paper_edge(paper, 2), 2);
    assert_int_equal(paper_edge(paper, 3), 2);
    assert_int_equal(paper_edge(paper, 6), 4);
    assert_int_equal(paper_edge(paper, 99), 8);
    paper_free(paper);
}

static void a_long_text_has_a_beginning(void **state)
{
    struct buf text;
    struct paper *paper;
    struct err e;
    json_t *one;

    (void)state;
    for (unsigned pad = 0; pad < 12; pad++) {
        buf_init(&text, KIB);
        buf_add_char(&text, '"');
        for (unsigned i = 0; i < 226 + pad; i++)
            buf_add_char(&text, 'x');
        buf_add_text(&text, "\\u0001\\\\\\\"\xe2\x82\xac and more and more and more\"");
        paper = paper_of(buf_text(&text), false);
        one = paper_view(paper, "", 0, 1, &e);
        assert_true(strlen(json_get_text(one, "preview")) >= 220);
        json_decref(one);
        paper_free(paper);
        buf_fini(&text);
    }
}

static void what_is_no_json_is_no_paper(void **state)
{
    static const char *const bad[] = { "", "{", "[1", "]", "{\"a\":\"", "[1]]", "1,2" };
    struct err e;

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(paper_new(mem_must_copy(bad[i]), strlen(bad[i]), i % 2 == 0, &e));
}

static void those_asked_for_last_are_kept(void **state)
{
    struct papers *papers = papers_new();
    char id[16];

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        snprintf(id, sizeof id, "p%u", i);
        assert_non_null(papers_keep(papers, id, paper_of("[1]", false)));
        assert_non_null(papers_find(papers, "p0"));
    }
    assert_null(papers_find(papers, "p1"));
    assert_non_null(papers_find(papers, "p39"));
    papers_free(papers);
}

/* ---- Differences */

static void differ(const char *left, const char *right, const char *keys, const char *expected)
{
    struct err e;
    json_t *a = json_read(left, strlen(left), &json_limits_reply, &e);
    json_t *b = json_read(right, strlen(right), &json_limits_reply, &e);
    json_t *k = keys != NULL ? json_read(keys, strlen(keys), &json_limits_reply, &e) : NULL;

    json_t *found = differ_values(a, b, k, 3);

    expect(json_incref(json_object_get(found, "differences")), expected);
    json_decref(found);
    json_decref(a);
    json_decref(b);
    json_decref(k);
}

static void differences_are_of_meaning(void **state)
{
    (void)state;
    differ("{\"a\":100.10}", "{\"a\":100.1}", NULL, "[]");
    differ("{\"a\":1}", "{\"a\":1.0}", NULL, "[]");
    differ("{\"a\":1}", "{\"a\":\"1\"}", NULL,
           "[{\"pointer\":\"/a\",\"kind\":\"changed\",\"left\":1,\"right\":\"1\"}]");
    differ("[{\"id\":1,\"v\":1},{\"id\":2}]", "[{\"id\":2},{\"id\":1,\"v\":2}]", NULL,
           "[{\"pointer\":\"/0/v\",\"kind\":\"changed\",\"left\":1,\"right\":2}]");
    differ("{\"l\":[{\"k\":1},{\"k\":2}]}", "{\"l\":[{\"k\":2}]}", "{\"/l\":\"k\"}",
           "[{\"pointer\":\"/l/0\",\"kind\":\"removed\",\"left\":{\"k\":1}}]");
    differ("[1,2]", "[1,3,4]", NULL,
           "[{\"pointer\":\"/1\",\"kind\":\"changed\",\"left\":2,\"right\":3},"
           "{\"pointer\":\"/2\",\"kind\":\"added\",\"right\":4}]");
}

static void differences_end_at_their_bound(void **state)
{
    struct err e;
    json_t *a = json_read("[1,2,3,4,5]", 11, &json_limits_reply, &e), *b = json_array(), *found;

    (void)state;
    found = differ_values(a, b, NULL, 2);
    assert_true(json_is_true(json_object_get(found, "more")));
    assert_int_equal(json_array_size(json_object_get(found, "differences")), 2);
    json_decref(found);
    json_decref(a);
    json_decref(b);
}

/* ---- Of large texts */

/* An order among many, as it is on one side: every seventh has another price, and so on. */
static json_t *large_order(unsigned n, bool right)
{
    char note[260];
    json_t *lines = json_array();

    snprintf(note, sizeof note, "%0200u \"quoted\" \\ ]}", n);
    for (unsigned i = 0; i < (n % 5 == 0 && right ? 4u : 3u); i++)
        json_array_append_new(
            lines, json_pack("{s:s, s:i}", "what", note + n % 9, "count", (int)(i + n % 2)));
    return json_pack("{s:o, s:s, s:o, s:{s:i, s:s}}", "id",
                     n % 3 == 0 ? json_integer(n) : json_sprintf("SO-%u", n), "note", note, "lines",
                     lines, "a~/\"b", "price", (int)(n % 7 == 0 && right ? n + 1 : n),
                     n % 11 == 0 && right ? "new" : "old", "x");
}

/* Members and elements in another order on the right, some on one side only. */
static json_t *large_value(bool right, bool identified)
{
    json_t *orders = json_array(), *byname = json_object(), *order;
    char name[24];

    for (unsigned i = 0; i < 400; i++) {
        unsigned n = right && identified ? (i * 7) % 400 : i;

        if (n % 50 == (right ? 3 : 4))
            continue;
        order = large_order(n, right);
        if (!identified)
            json_object_del(order, "id");
        snprintf(name, sizeof name, "n/%u\"", n);
        json_object_set(byname, name, order);
        json_array_append_new(orders, order);
    }
    return right ? json_pack("{s:o, s:{s:o}, s:s}", "byname", byname, "body", "orders", orders,
                             "only", "here")
                 : json_pack("{s:{s:o}, s:o}", "body", "orders", orders, "byname", byname);
}

static json_t *texts_differ(const json_t *left, const json_t *right, unsigned limit,
                            int64_t passed_ms)
{
    struct clock_manual clock;
    struct effort effort;
    struct differ_side a, b;
    char *one = json_text_new(left, 64 * MIB, &a.size),
         *other = json_text_new(right, 64 * MIB, &b.size);
    json_t *found;

    a.text = one;
    b.text = other;
    clock_manual_init(&clock, 0);
    effort_begin(&effort, &clock.clock, 1000);
    clock_manual_add(&clock, passed_ms);
    found = differ_texts(&a, &b, NULL, limit, &effort);
    mem_free(one);
    mem_free(other);
    return found;
}

static void differences_of_large_texts_are_those_of_their_values(void **state)
{
    (void)state;
    for (unsigned identified = 0; identified < 2; identified++) {
        json_t *left = large_value(false, identified != 0),
               *right = large_value(true, identified != 0),
               *found = texts_differ(left, right, 1000, 0),
               *wanted = differ_values(left, right, NULL, 1000);
        char *expected = json_text_new(wanted, 64 * MIB, NULL);

        assert_true(json_array_size(json_object_get(wanted, "differences")) > 200);
        assert_null(json_object_get(wanted, "more"));
        expect(found, expected);
        mem_free(expected);
        json_decref(wanted);
        found = texts_differ(left, left, 1000, 0);
        expect(found, "{\"same\":true,\"differences\":[]}");
        found = texts_differ(left, right, 2, 0);
        assert_true(json_is_true(json_object_get(found, "more")));
        assert_int_equal(json_array_size(json_object_get(found, "differences")), 2);
        json_decref(found);
        json_decref(left);
        json_decref(right);
    }
}

static void what_is_large_is_told_by_its_size(void **state)
{
    json_t *left = json_object(), *right = json_object(), *list = json_array(), *found;
    char *long_text = mem_must(100000);

    (void)state;
    memset(long_text, 'x', 99999);
    for (int i = 0; i < 5000; i++)
        json_array_append_new(list, json_string("0123456789"));
    json_object_set_new(left, "a", json_stringn(long_text, 99998));
    json_object_set_new(right, "a", json_stringn(long_text, 99999));
    json_object_set_new(left, "b", list);
    json_object_set_new(right, "b", json_string("c"));
    found = texts_differ(left, right, 10, 0);
    expect(found, "{\"same\":false,\"differences\":[{\"pointer\":\"/a\",\"kind\":\"changed\","
                  "\"left\":{\"kind\":\"text\",\"bytes\":100000},\"right\":{\"kind\":\"text\","
                  "\"bytes\":100001}},{\"pointer\":\"/b\",\"kind\":\"changed\",\"left\":{\"kind\":"
                  "\"array\",\"count\":5000},\"right\":\"c\"}]}");
    json_decref(left);
    json_decref(right);
    mem_free(long_text);
}

/* What has not been looked at is not called the same. */
static void differences_end_with_their_effort(void **state)
{
    json_t *left = large_value(false, true), *right = json_deep_copy(left), *found;

    (void)state;
    json_array_append_new(json_object_get(json_object_get(right, "body"), "orders"),
                          large_order(1000, false));
    found = texts_differ(left, right, 10, 1000);
    expect(found, "{\"same\":false,\"differences\":[],\"incomplete\":true}");
    json_decref(left);
    json_decref(right);
}

/* ---- Moments */

static void moments_are_read(void **state)
{
    static const char *const bad[] = { "",
                                       "2026",
                                       "2026-02-29T00:00:00Z",
                                       "2026-13-01T00:00:00Z",
                                       "2026-11-21T24:00:00Z",
                                       "2026-11-21T10:00:00",
                                       "2026-11-21T10:00:00Zx",
                                       "2026-11-21T10:00:00+1:00" };
    int64_t ms;

    (void)state;
    assert_true(when_read("1970-01-01T00:00:00Z", &ms));
    assert_int_equal(ms, 0);
    assert_true(when_read("2026-11-21T18:50:00.123Z", &ms));
    assert_int_equal(ms, INT64_C(1795287000123));
    assert_true(when_read("2026-11-21T20:20:00.1239+01:30", &ms));
    assert_int_equal(ms, INT64_C(1795287000123));
    assert_true(when_read("2024-02-29t00:00:00z", &ms));
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(when_read(bad[i], &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_secret_by_its_name_is_masked),
        cmocka_unit_test(values_are_masked_like_texts),
        cmocka_unit_test(plain_is_plain),
        cmocka_unit_test(a_level_has_its_children_and_no_more),
        cmocka_unit_test(every_child_of_a_long_list_is_found),
        cmocka_unit_test(a_match_says_where_it_stands),
        cmocka_unit_test(a_window_cuts_no_character),
        cmocka_unit_test(a_long_text_has_a_beginning),
        cmocka_unit_test(what_is_no_json_is_no_paper),
        cmocka_unit_test(those_asked_for_last_are_kept),
        cmocka_unit_test(differences_are_of_meaning),
        cmocka_unit_test(differences_end_at_their_bound),
        cmocka_unit_test(differences_of_large_texts_are_those_of_their_values),
        cmocka_unit_test(what_is_large_is_told_by_its_size),
        cmocka_unit_test(differences_end_with_their_effort),
        cmocka_unit_test(moments_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
