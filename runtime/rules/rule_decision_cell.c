/* rule_decision_cell.c - one condition of a decision table: what is written, and what it takes.
 *
 * Days are whole, so their bounds are turned into from <= day < to; then "<= 2026-12-31" and
 * "< 2027-01-01" are the same. */
#include "rules/rule_decision_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "rules/rule_lookup_build_priv.h"

/* What is being read, and where. */
struct cell_reading {
    struct decision_build *build;
    size_t row;
    const struct decision_input *input;
};

static void cell_fault(const struct cell_reading *at, const char *why)
{
    static const char *const wanted[] = {
        [DECISION_TEXT] = "a text, a list of texts, \"-\", or {\"not\": ...}",
        [DECISION_NUMBER] =
            "a number, \"< 5\", \"<= 5\", \"> 5\", \">= 5\", \"[5..10)\", a list of "
            "these, \"-\", or {\"not\": ...}",
        [DECISION_BOOLEAN] = "true, false or \"-\"",
        [DECISION_DATE] = "a day like \"2026-11-21\", \"< 2026-11-21\", "
                          "\"[2026-01-01..2026-12-31]\", a list of these, \"-\", or {\"not\": ...}",
    };

    table_fault(&at->build->faults, "row %zu, %.64s: %s; a condition of it is %s", at->row + 1,
                at->input->name, why, wanted[at->input->type]);
}

bool decision__day_read(const char *text, size_t size, int64_t *day)
{
    json_t *cell = json_stringn(text, size);
    bool open, fine = lookup__cell_day(cell, day, &open) && !open;

    json_decref(cell);
    return fine;
}

static void text_trim(const char **text, size_t *size)
{
    while (*size > 0 && isspace((unsigned char)**text)) {
        ++*text;
        --*size;
    }
    while (*size > 0 && isspace((unsigned char)(*text)[*size - 1]))
        --*size;
}

/* A number or a day. */
static bool bound_read(const struct cell_reading *at, const char *text, size_t size,
                       struct decimal *bound)
{
    struct err ignored;
    int64_t day;

    text_trim(&text, &size);
    if (at->input->type != DECISION_DATE)
        return size > 0 && decimal_parse(bound, text, size, &ignored) == ERR_OK;
    if (!decision__day_read(text, size, &day))
        return false;
    decimal_from_int(bound, day);
    return true;
}

static void days_whole(struct decision_test *test)
{
    struct decimal one;
    struct err ignored;

    decimal_from_int(&one, 1);
    if (!test->open_from && test->beyond_from &&
        decimal_add(&test->from, &test->from, &one, &ignored) == ERR_OK)
        test->beyond_from = false;
    if (!test->open_to && !test->beyond_to &&
        decimal_add(&test->to, &test->to, &one, &ignored) == ERR_OK)
        test->beyond_to = true;
}

/* "[5..10)" */
static bool interval_read(const struct cell_reading *at, const char *text, size_t size,
                          struct decision_test *test)
{
    const char *dots = memmem(text, size, "..", 2);
    char first = text[0], last = text[size - 1];

    if (dots == NULL || (first != '[' && first != '(') || (last != ']' && last != ')'))
        return false;
    test->beyond_from = first == '(';
    test->beyond_to = last == ')';
    return bound_read(at, text + 1, (size_t)(dots - text) - 1, &test->from) &&
           bound_read(at, dots + 2, (size_t)(text + size - 1 - (dots + 2)), &test->to) &&
           decimal_compare(&test->from, &test->to) <= 0;
}

static bool comparison_read(const struct cell_reading *at, const char *text, size_t size,
                            struct decision_test *test)
{
    bool equal = size > 1 && text[1] == '=';
    size_t sign = equal ? 2 : 1;

    if (text[0] == '<') {
        test->open_from = true;
        test->beyond_to = !equal;
        return bound_read(at, text + sign, size - sign, &test->to);
    }
    test->open_to = true;
    test->beyond_from = !equal;
    return bound_read(at, text + sign, size - sign, &test->from);
}

static bool numbers_read(const struct cell_reading *at, const json_t *json,
                         struct decision_test *test)
{
    char room[32];
    size_t size;
    const char *text = json_is_boolean(json) ? NULL : lookup__cell_text(json, room, &size);
    bool fine;

    if (text == NULL)
        return false;
    text_trim(&text, &size);
    if (size == 0)
        return false;
    if (text[0] == '<' || text[0] == '>') {
        fine = comparison_read(at, text, size, test);
    } else if (text[0] == '[' || text[0] == '(') {
        fine = interval_read(at, text, size, test);
    } else {
        fine = bound_read(at, text, size, &test->from);
        test->to = test->from;
    }
    if (fine && at->input->type == DECISION_DATE)
        days_whole(test);
    return fine;
}

static bool value_is_known(const struct decision_input *input, const char *text)
{
    size_t i;
    json_t *value;

    json_array_foreach(input->values, i, value)
    {
        if (strcmp(json_text(value), text) == 0)
            return true;
    }
    return input->values == NULL;
}

static void test_read(const struct cell_reading *at, const json_t *json, struct decision_test *test)
{
    const struct decision_input *input = at->input;

    if (json_is_null(json)) {
        test->null = true;
        if (!input->optional)
            cell_fault(at, "null is never there, because the input is not \"optional\"");
    } else if (input->type == DECISION_TEXT && json_is_text(json)) {
        test->text = json_text(json);
        if (!value_is_known(input, test->text))
            cell_fault(at, "this text is none of the input's \"values\"");
    } else if (input->type == DECISION_BOOLEAN && json_is_boolean(json)) {
        decimal_from_int(&test->from, json_is_true(json));
        test->to = test->from;
    } else if (input->type == DECISION_TEXT || input->type == DECISION_BOOLEAN ||
               !numbers_read(at, json, test)) {
        cell_fault(at, "this cannot be read");
    }
}

void decision__cell_read(struct decision_build *build, size_t row,
                         const struct decision_input *input, json_t *json,
                         struct decision_cell *cell)
{
    const struct cell_reading at = { build, row, input };
    size_t i;

    if (json_is_text(json) && strcmp(json_text(json), "-") == 0) {
        cell->any = true;
        return;
    }
    if (json_is_object(json) && json_object_size(json) == 1 &&
        json_object_get(json, "not") != NULL) {
        cell->negated = true;
        json = json_object_get(json, "not");
    }
    cell->count = json_is_array(json) ? json_array_size(json) : 1;
    if (cell->count == 0 || cell->count > DECISION_TESTS) {
        cell->count = 0;
        cell_fault(&at, "the list is empty, or longer than 200");
        return;
    }
    cell->tests = mem_must(cell->count * sizeof *cell->tests);
    for (i = 0; i < cell->count; i++)
        test_read(&at, json_is_array(json) ? json_array_get(json, i) : json, &cell->tests[i]);
}

static bool test_takes(const struct decision_test *test, const struct decision_value *value)
{
    int order;

    if (test->null || value->null)
        return test->null && value->null;
    if (test->text != NULL || value->text != NULL)
        return test->text != NULL && value->text != NULL && strcmp(test->text, value->text) == 0;
    if (!test->open_from) {
        order = decimal_compare(&value->number, &test->from);
        if (order < 0 || (order == 0 && test->beyond_from))
            return false;
    }
    if (!test->open_to) {
        order = decimal_compare(&value->number, &test->to);
        if (order > 0 || (order == 0 && test->beyond_to))
            return false;
    }
    return true;
}

bool decision__cell_takes(const struct decision_cell *cell, const struct decision_value *value)
{
    bool takes = false;

    if (cell->any)
        return true;
    for (size_t i = 0; i < cell->count && !takes; i++)
        takes = test_takes(&cell->tests[i], value);
    return takes != cell->negated;
}
