/* rule_decision.c - decision tables from JSON.
 *
 * All faults are told, each with its row, counted from 1. Gaps and overlaps are looked for only in
 * a table without other faults (rule_decision_prove.c). */
#include "rules/rule_decision_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/date_priv.h"
#include "rules/rule_same_priv.h"

/* An expression behind a '=' as a chunk that is called with `input`; NULL: it is none. */
static char *code_new(struct decision_build *build, const char *where, const json_t *json)
{
    static const char *const refused[] = { "_ENV", SAME_CALL, DIFFER_CALL, SAME_NUMBER, "\033" };
    const char *text = json_text(json);
    struct buf same, code;
    char *taken;

    if (text == NULL || text[0] != '=')
        return NULL;
    text++;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (strstr(text, refused[i]) != NULL || strlen(text) > LIMIT_EXPRESSION) {
            table_fault(&build->faults, "%s: the expression is too long, or has %s in it", where,
                        refused[i][0] != '\033' ? refused[i] : "compiled Lua");
            return NULL;
        }
    buf_init(&same, 16 * LIMIT_EXPRESSION);
    buf_init(&code, 17 * LIMIT_EXPRESSION);
    buf_add_text(&code, "local input = ... return ");
    if (rule_same(text, strlen(text), &same))
        buf_add(&code, buf_text(&same), same.len);
    else
        buf_add_text(&code, text);
    taken = buf_take(&code, NULL);
    check(taken != NULL);
    buf_fini(&same);
    buf_fini(&code);
    return taken;
}

/* ---- Inputs */

static const char *const types[] = { "text", "number", "boolean", "date", NULL };

static int word_find(const char *const *words, const char *word)
{
    for (int i = 0; words[i] != NULL; i++)
        if (word != NULL && strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static void members_check(struct decision_build *build, const json_t *json,
                          const char *const *known, const char *where)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)json, key, value)
    {
        if (word_find(known, key) < 0)
            table_fault(&build->faults, "%s: \"%.64s\" means nothing here", where, key);
    }
}

static bool bound_take(struct decision_build *build, const json_t *json, const char *which,
                       struct decision_input *input, struct decimal *bound)
{
    const json_t *given = json_object_get(json, which);
    struct decision_cell cell = { .count = 0 };
    bool is;

    if (given == NULL)
        return false;
    is = input->type == DECISION_NUMBER || input->type == DECISION_DATE;
    if (is) {
        decision__cell_read(build, 0, input, (json_t *)given, &cell);
        is = cell.count == 1 && !cell.tests[0].open_from && !cell.tests[0].open_to;
        if (is)
            *bound = cell.tests[0].from;
        mem_free(cell.tests);
    }
    if (!is)
        table_fault(&build->faults, "input %.64s: \"%s\" is the least or greatest number or day",
                    input->name, which);
    return is;
}

static void input_values(struct decision_build *build, const json_t *json,
                         struct decision_input *input)
{
    const json_t *values = json_object_get(json, "values");
    bool fine = json_array_size(values) > 0 && input->type == DECISION_TEXT;
    size_t i;
    json_t *value;

    if (values == NULL)
        return;
    json_array_foreach(values, i, value)
    {
        fine = fine && json_is_text(value);
    }
    if (fine)
        input->values = values;
    else
        table_fault(&build->faults, "input %.64s: \"values\" is a list of all texts that there are",
                    input->name);
}

static void input_read(struct decision_build *build, const json_t *json,
                       struct decision_input *input)
{
    static const char *const known[] = { "name", "type", "from",     "values", "min",
                                         "max",  "zone", "optional", "help",   NULL };
    const json_t *type = json_object_get(json, "type"), *from = json_object_get(json, "from");
    char where[96];
    int found;

    input->name = json_is_text(json) ? json_text(json) : json_get_text(json, "name");
    if (input->name == NULL) {
        table_fault(&build->faults, "an input has no \"name\"");
        input->name = "?";
        return;
    }
    snprintf(where, sizeof where, "input %.64s", input->name);
    members_check(build, json, known, where);
    found = type == NULL ? DECISION_TEXT : word_find(types, json_text(type));
    if (found < 0)
        table_fault(&build->faults, "%s: \"type\" is text, number, boolean or date", where);
    input->type = found < 0 ? DECISION_TEXT : (enum decision_type)found;
    input->optional = json_is_true(json_object_get(json, "optional"));
    input->zone = json_get_text(json, "zone");
    input->code = code_new(build, where, from);
    if (from != NULL && input->code == NULL)
        table_fault(&build->faults,
                    "%s: \"from\" is an expression behind \"=\"; it sees the values given "
                    "as input",
                    where);
    input_values(build, json, input);
    input->has_min = bound_take(build, json, "min", input, &input->min);
    input->has_max = bound_take(build, json, "max", input, &input->max);
}

static void inputs_read(struct decision_build *build, const json_t *inputs)
{
    struct decision *table = build->table;
    size_t i;
    json_t *json;

    if (!json_is_array(inputs) || json_array_size(inputs) == 0 ||
        json_array_size(inputs) > DECISION_INPUTS) {
        table_fault(&build->faults, "\"inputs\" is not a list of 1 to %u inputs", DECISION_INPUTS);
        return;
    }
    json_array_foreach(inputs, i, json)
    {
        input_read(build, json, &table->inputs[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(table->inputs[j].name, table->inputs[i].name) == 0)
                table_fault(&build->faults, "two inputs are named \"%.64s\"",
                            table->inputs[i].name);
    }
    table->input_count = json_array_size(inputs);
}

static void outputs_read(struct decision_build *build, const json_t *outputs)
{
    struct decision *table = build->table;
    bool fine = json_is_array(outputs) && json_array_size(outputs) > 0 &&
                json_array_size(outputs) <= DECISION_OUTPUTS;
    size_t i;
    json_t *json;

    json_array_foreach(outputs, i, json)
    {
        fine = fine && json_is_text(json);
        for (size_t j = 0; j < i && fine; j++)
            fine = strcmp(table->outputs[j], json_text(json)) != 0;
        if (!fine)
            break;
        table->outputs[i] = json_text(json);
    }
    if (fine)
        table->output_count = json_array_size(outputs);
    else
        table_fault(&build->faults, "\"outputs\" is not a list of 1 to %u different names",
                    DECISION_OUTPUTS);
}

/* ---- Rows */

static void outcomes_read(struct decision_build *build, const char *where, const json_t *json,
                          struct decision_outcome *outcomes)
{
    struct decision *table = build->table;
    size_t i;
    json_t *value;

    if (!json_is_array(json) || json_array_size(json) != table->output_count) {
        table_fault(&build->faults, "%s: it has %zu outcomes, but there are %zu outputs", where,
                    json_array_size(json), table->output_count);
        return;
    }
    json_array_foreach(json, i, value)
    {
        outcomes[i].literal = value;
        outcomes[i].code = code_new(build, where, value);
    }
}

static void row_read(struct decision_build *build, size_t row, const json_t *json)
{
    static const char *const known[] = { "when", "then", "help", NULL };
    struct decision *table = build->table;
    const json_t *when = json_object_get(json, "when");
    char where[32];

    snprintf(where, sizeof where, "row %zu", row + 1);
    if (!json_is_object(json)) {
        table_fault(&build->faults, "%s: a row is {\"when\": [...], \"then\": [...]}", where);
        return;
    }
    members_check(build, json, known, where);
    if (!json_is_array(when) || json_array_size(when) != table->input_count)
        table_fault(&build->faults, "%s: it has %zu conditions, but there are %zu inputs", where,
                    json_array_size(when), table->input_count);
    else
        for (size_t i = 0; i < table->input_count; i++)
            decision__cell_read(build, row, &table->inputs[i], json_array_get(when, i),
                                &table->cells[row * table->input_count + i]);
    outcomes_read(build, where, json_object_get(json, "then"),
                  &table->outcomes[row * table->output_count]);
}

static void rows_read(struct decision_build *build, const json_t *rows)
{
    struct decision *table = build->table;
    const json_t *otherwise = json_object_get(table->json, "default");
    size_t tests = 0;

    if (!json_is_array(rows) || json_array_size(rows) == 0 ||
        json_array_size(rows) > DECISION_ROWS) {
        table_fault(&build->faults, "\"rows\" is not a list of 1 to %u rows", DECISION_ROWS);
        return;
    }
    table->row_count = json_array_size(rows);
    table->has_default = otherwise != NULL;
    table->cells = mem_must(table->row_count * table->input_count * sizeof *table->cells);
    table->outcomes =
        mem_must((table->row_count + 1) * table->output_count * sizeof *table->outcomes);
    for (size_t row = 0; row < table->row_count; row++)
        row_read(build, row, json_array_get(rows, row));
    for (size_t i = 0; i < table->row_count * table->input_count; i++)
        tests += table->cells[i].count;
    if (tests > DECISION_ALL_TESTS)
        table_fault(&build->faults, "it has %zu conditions, at most %u are allowed", tests,
                    DECISION_ALL_TESTS);
    if (otherwise != NULL)
        outcomes_read(build, "\"default\"", otherwise,
                      &table->outcomes[table->row_count * table->output_count]);
}

static void decision_read(struct decision_build *build)
{
    static const char *const known[] = { "inputs",  "outputs", "hit",  "rows",
                                         "default", "title",   "help", NULL };
    static const char *const hits[] = { "first", "unique", "all", NULL };
    struct decision *table = build->table;
    const json_t *hit = json_object_get(table->json, "hit");
    int found = hit == NULL ? DECISION_FIRST : word_find(hits, json_text(hit));

    members_check(build, table->json, known, "the table");
    if (found < 0)
        table_fault(&build->faults, "\"hit\" is first, unique or all");
    table->hit = found < 0 ? DECISION_FIRST : (enum decision_hit)found;
    inputs_read(build, json_object_get(table->json, "inputs"));
    outputs_read(build, json_object_get(table->json, "outputs"));
    if (build->faults.count == 0)
        rows_read(build, json_object_get(table->json, "rows"));
    if (build->faults.count == 0)
        decision__prove(build);
}

struct decision *decision_new(const char *name, json_t *json, table_fault_fn *fault, void *arg)
{
    struct decision *table = mem_must(sizeof *table);
    struct decision_build build = { .table = table, .faults = { name, fault, arg, 0 } };

    check(fault != NULL);
    table->name = mem_must_copy(name);
    table->json = json_incref(json);
    decision_read(&build);
    if (build.faults.count == 0)
        return table;
    decision_free(table);
    return NULL;
}

void decision_free(struct decision *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < DECISION_INPUTS; i++)
        mem_free(table->inputs[i].code);
    for (size_t i = 0; table->cells != NULL && i < table->row_count * table->input_count; i++)
        mem_free(table->cells[i].tests);
    for (size_t i = 0; table->outcomes != NULL && i < (table->row_count + 1) * table->output_count;
         i++)
        mem_free(table->outcomes[i].code);
    mem_free(table->cells);
    mem_free(table->outcomes);
    json_decref(table->json);
    mem_free(table->name);
    mem_free(table);
}

/* ---- Values */

bool decision_row_takes(const struct decision *table, size_t row,
                        const struct decision_value *values)
{
    check(row < table->row_count);
    for (size_t i = 0; i < table->input_count; i++)
        if (!decision__cell_takes(&table->cells[row * table->input_count + i], &values[i]))
            return false;
    return true;
}

bool decision_value_fits(const struct decision_input *input, const struct decision_value *value,
                         struct err *e)
{
    char bound[DECIMAL_TEXT];
    bool low;
    size_t i;
    json_t *known;

    if (value->null)
        return true;
    if (value->text != NULL) {
        json_array_foreach(input->values, i, known)
        {
            if (strcmp(json_text(known), value->text) == 0)
                return true;
        }
        if (input->values == NULL)
            return true;
        err_set(e, ERR_RULE, "is none of its values");
        return false;
    }
    low = input->has_min && decimal_compare(&value->number, &input->min) < 0;
    if (!low && (!input->has_max || decimal_compare(&value->number, &input->max) <= 0))
        return true;
    decimal_text(low ? &input->min : &input->max, bound);
    err_set(e, ERR_RULE, "is %s its %s%s%s", low ? "below" : "above", low ? "least" : "greatest",
            input->type == DECISION_DATE ? "" : ", ", input->type == DECISION_DATE ? "" : bound);
    return false;
}

void decision_value_show(const struct decision_input *input, const struct decision_value *value,
                         struct buf *out)
{
    char text[DECIMAL_TEXT];
    int64_t day;

    buf_addf(out, "%.64s = ", input->name);
    if (value->null) {
        buf_add_text(out, "null");
    } else if (input->type == DECISION_TEXT) {
        buf_addf(out, "\"%.60s\"", value->text);
    } else if (input->type == DECISION_BOOLEAN) {
        buf_add_text(out, decimal_is_zero(&value->number) ? "false" : "true");
    } else if (input->type == DECISION_DATE && decimal_to_int(&value->number, &day)) {
        struct date_parts parts;

        date__civil(day * INT64_C(86400000), &parts);
        buf_addf(out, "%04d-%02d-%02d", parts.year, parts.month, parts.day);
    } else {
        decimal_text(&value->number, text);
        buf_add_text(out, text);
    }
}
