/* suggest_model.c - what a model is shown of the fields of a mapping, and what is taken of its
 * answer into the program's own suggestions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/suggest_model.h"

static const char *const cards[] = { "4111111111111111", "C-7" };
static const struct suggest_field sources[] = {
    { .path = "trigger.body.id", .type = SUGGEST_TEXT, .values = cards, .value_count = 2 },
    { .path = "trigger.body.at", .type = SUGGEST_DATE },
    { .path = "trigger.body.lines[].n", .type = SUGGEST_INTEGER },
};
static const struct suggest_field targets[] = {
    { .path = "Ref", .type = SUGGEST_TEXT, .title = "Reference" },
    { .path = "When", .type = SUGGEST_DATE },
    { .path = "Rows[].No", .type = SUGGEST_NUMBER },
    { .path = "Done", .type = SUGGEST_ANY },
};

static json_t *fields(bool values)
{
    json_t *mapped = json_pack("[s]", "Done"), *shown;
    struct suggest_sides sides = { sources, targets, 3, 4, mapped };
    struct err e;

    shown = suggest_model_fields(&sides, values, &e);
    assert_non_null(shown);
    json_decref(mapped);
    return shown;
}

static void is(const json_t *value, const char *wanted)
{
    char *text = json_text_new(value, 64 * 1024, NULL);

    assert_string_equal(text, wanted);
    mem_free(text);
}

static void names_and_types_are_shown(void **state)
{
    json_t *shown = fields(false);

    (void)state;
    is(shown, "{\"sources\":[{\"path\":\"trigger.body.id\",\"type\":\"text\"},"
              "{\"path\":\"trigger.body.at\",\"type\":\"date\"},"
              "{\"path\":\"trigger.body.lines[].n\",\"type\":\"integer\"}],"
              "\"targets\":[{\"path\":\"Ref\",\"type\":\"text\"},"
              "{\"path\":\"When\",\"type\":\"date\"},"
              "{\"path\":\"Rows[].No\",\"type\":\"number\"}]}");
    json_decref(shown);
}

static void values_are_shown_without_cards(void **state)
{
    json_t *shown = fields(true);
    const json_t *values =
        json_object_get(json_array_get(json_object_get(shown, "sources"), 0), "values");

    (void)state;
    assert_int_equal(json_array_size(values), 2);
    assert_string_not_equal(json_string_value(json_array_get(values, 0)), cards[0]);
    assert_string_equal(json_string_value(json_array_get(values, 1)), "C-7");
    assert_string_equal(
        json_get_text(json_array_get(json_object_get(shown, "targets"), 0), "title"), "Reference");
    json_decref(shown);
}

static void too_much_is_no_question(void **state)
{
    size_t count = SUGGEST_MODEL_FIELDS + 1;
    struct suggest_field *many = mem_must(count * sizeof *many);
    struct suggest_sides sides = { many, targets, count, 4, NULL };
    struct err e;

    (void)state;
    for (size_t i = 0; i < count; i++)
        many[i] = (struct suggest_field){ .path = "p", .type = SUGGEST_TEXT };
    assert_null(suggest_model_fields(&sides, false, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    mem_free(many);
}

/* ---- Answers */

/* "pairs" of a model that says so; NULL: it is no answer. */
static json_t *said(const char *content)
{
    json_t *reply = json_pack("{s:[{s:{s:s}}]}", "choices", "message", "content", content), *pairs;
    size_t size;
    char *text = json_text_new(reply, 64 * 1024, &size);
    struct err e;

    pairs = suggest_model_pairs(text, size, &e);
    mem_free(text);
    json_decref(reply);
    return pairs;
}

static void only_what_was_asked_for_is_an_answer(void **state)
{
    static const char *const wrong[] = {
        "", "{}", "[]", "no", "{\"pairs\":{}}", "{\"pairs\":[]} x"
    };
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_null(said(wrong[i]));
    assert_null(suggest_model_pairs("<html>", 6, &e));
    assert_null(suggest_model_pairs("", 0, &e));
    assert_null(suggest_model_pairs("{\"choices\":[]}", 14, &e));
}

static void reasons_are_a_few_plain_words(void **state)
{
    json_t *pairs = said("{\"pairs\":[{\"source\":\"a\",\"target\":\"b\",\"reason\":\"ids\"},"
                         "{\"source\":\"a\",\"target\":\"c\",\"reason\":\"<b>x</b>\"},"
                         "{\"source\":\"a\",\"target\":\"d\",\"reason\":\"two\\nlines\"},"
                         "{\"source\":\"a\"},9]}");

    (void)state;
    is(pairs, "[{\"source\":\"a\",\"target\":\"b\",\"reason\":\"ids\"},"
              "{\"source\":\"a\",\"target\":\"c\"},{\"source\":\"a\",\"target\":\"d\"}]");
    json_decref(pairs);
}

/* ---- Merging */

static json_t *local(const char *to, const char *from, const char *score, bool chosen)
{
    json_t *item = json_pack("{s:s, s:s, s:b, s:[s]}", "to", to, "from", from, "chosen", chosen,
                             "reasons", "own");

    json_object_set_new(item, "score", json_exact_new(score, strlen(score)));
    return item;
}

/* "TO FROM SCORE +" for each, + where it is chosen; with the count of its reasons. */
static void merged_are(json_t *items, const char *content, double least, const char *wanted)
{
    json_t *pairs = said(content), *shown = fields(false), *one;
    json_t *rejected = json_pack("[{s:s, s:s}]", "to", "When", "from", "trigger.body.id");
    struct suggest_merge merge = { shown, rejected, "m", least };
    struct buf text;
    size_t i;

    buf_init(&text, 4096);
    suggest_model_merge(items, pairs, &merge);
    json_array_foreach(items, i, one)
    {
        buf_addf(&text, "%s%s %s %s%s %zu", i > 0 ? "; " : "", json_get_text(one, "to"),
                 json_get_text(one, "from"), json_exact_text(json_object_get(one, "score")),
                 json_is_true(json_object_get(one, "chosen")) ? "+" : "",
                 json_array_size(json_object_get(one, "reasons")));
    }
    assert_string_equal(buf_text(&text), wanted);
    buf_fini(&text);
    json_decref(rejected);
    json_decref(shown);
    json_decref(pairs);
    json_decref(items);
}

#define PAIR(source, target) "{\"source\":\"" source "\",\"target\":\"" target "\"}"
#define PAIRS(list)          "{\"pairs\":[" list "]}"

static json_t *locals(const char *score)
{
    json_t *items = json_array();

    json_array_append_new(items, local("Ref", "trigger.body.id", score, true));
    json_array_append_new(items, local("Ref", "trigger.body.at", "0.300", false));
    json_array_append_new(items, local("When", "trigger.body.at", "0.900", true));
    return items;
}

static void what_is_there_keeps_place_and_score(void **state)
{
    (void)state;
    merged_are(locals("1.000"), PAIRS(PAIR("trigger.body.lines[].n", "Ref")), 0.0,
               "Ref trigger.body.id 1.000+ 1; Ref trigger.body.at 0.300 1; "
               "Ref trigger.body.lines[].n 0.600 1; When trigger.body.at 0.900+ 1");
    merged_are(locals("0.500"), PAIRS(PAIR("trigger.body.lines[].n", "Ref")), 0.0,
               "Ref trigger.body.id 0.500+ 1; Ref trigger.body.at 0.300 1; "
               "Ref trigger.body.lines[].n 0.500 1; When trigger.body.at 0.900+ 1");
    merged_are(locals("1.000"), PAIRS(PAIR("trigger.body.at", "Ref")), 0.0,
               "Ref trigger.body.id 1.000+ 1; Ref trigger.body.at 0.300 2; "
               "When trigger.body.at 0.900+ 1");
}

static void what_nothing_fills_is_proposed(void **state)
{
    (void)state;
    merged_are(
        json_array(),
        PAIRS(PAIR("trigger.body.lines[].n", "Rows[].No") "," PAIR("trigger.body.id", "Rows[].No")),
        0.0, "Rows[].No trigger.body.lines[].n 0.600+ 1");
    merged_are(json_array(), PAIRS(PAIR("trigger.body.lines[].n", "Rows[].No")), 0.7, "");
}

static void what_does_not_exist_is_dropped(void **state)
{
    (void)state;
    merged_are(
        json_array(),
        PAIRS(PAIR("trigger.body.id", "Done") "," PAIR("trigger.body.id", "Nowhere") "," PAIR(
            "env.KEY", "Ref") "," PAIR("trigger.body.id", "When") "," PAIR("", "")),
        0.0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_types_are_shown),
        cmocka_unit_test(values_are_shown_without_cards),
        cmocka_unit_test(too_much_is_no_question),
        cmocka_unit_test(only_what_was_asked_for_is_an_answer),
        cmocka_unit_test(reasons_are_a_few_plain_words),
        cmocka_unit_test(what_is_there_keeps_place_and_score),
        cmocka_unit_test(what_nothing_fills_is_proposed),
        cmocka_unit_test(what_does_not_exist_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
