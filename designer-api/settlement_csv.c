/* settlement_csv.c - a settlement as a table for other programs. */
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/settlement_priv.h"

#define CSV_COLUMNS 200u /* members of the lines of a side that get a column */

struct table {
    const struct settlement *settlement;
    struct buf *out;
    json_t *columns[2]; /* arrays of names, in the order in which they are first met */
    json_t *known[2];   /* the same as members */
    size_t entry;
};

/* ---- Cells */

/* A text that a spreadsheet would compute; a number is none. */
static bool is_formula(const char *text)
{
    struct decimal number;
    struct err e;

    return strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0' &&
           decimal_parse(&number, text, strlen(text), &e) != ERR_OK;
}

static void cell_text(struct buf *out, const char *text, bool guard)
{
    bool quotes = strpbrk(text, "\",\r\n") != NULL;

    if (quotes)
        buf_add_char(out, '"');
    if (guard && is_formula(text))
        buf_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buf_add_char(out, '"');
        buf_add_char(out, *text);
    }
    if (quotes)
        buf_add_char(out, '"');
}

static void cell(struct buf *out, const json_t *value)
{
    const char *text = json_is_exact(value) ? json_exact_text(value) : json_text(value);
    char *made;

    buf_add_char(out, ',');
    if (value == NULL || json_is_null(value))
        return;
    if (text != NULL) {
        cell_text(out, text, !json_is_exact(value));
        return;
    }
    made = json_text_new(value, MIB, NULL);
    if (made != NULL)
        cell_text(out, made, false);
    mem_free(made);
}

/* ---- Columns */

static void columns_see(struct table *table, int side, const json_t *line)
{
    const char *name;
    json_t *one;

    json_object_foreach((json_t *)line, name, one)
    {
        (void)one;
        if (json_object_get(table->known[side], name) != NULL ||
            json_array_size(table->columns[side]) >= CSV_COLUMNS)
            continue;
        json_object_set_new_nocheck(table->known[side], name, json_true());
        json_array_append_new(table->columns[side], json_string(name));
    }
}

static bool columns_take(void *arg, enum settlement_class kind, json_t *entry)
{
    struct table *table = arg;
    json_t *one;
    size_t i;

    if (kind == SETTLEMENT_ONLY_LEFT || kind == SETTLEMENT_ONLY_RIGHT) {
        columns_see(table, kind == SETTLEMENT_ONLY_RIGHT, json_object_get(entry, "line"));
        return true;
    }
    for (int side = 0; side < 2; side++)
        json_array_foreach(json_object_get(entry, settlement__sides[side]), i, one)
        {
            columns_see(table, side, json_object_get(one, "line"));
        }
    return true;
}

/* ---- Rows */

static const char *const own[] = { "class",    "pass",     "reason",    "score",
                                   "currency", "left_sum", "right_sum", "difference" };

static void head_add(struct table *table)
{
    json_t *name, *named;
    size_t i;

    buf_add_text(table->out, "entry");
    for (i = 0; i < sizeof own / sizeof *own; i++)
        buf_addf(table->out, ",%s", own[i]);
    for (int side = 0; side < 2; side++) {
        buf_addf(table->out, ",%s.at", settlement__sides[side]);
        json_array_foreach(table->columns[side], i, name)
        {
            named = json_sprintf("%s.%s", settlement__sides[side], json_text(name));
            cell(table->out, named);
            json_decref(named);
        }
    }
    buf_add_text(table->out, "\r\n");
}

static void line_add(struct table *table, int side, const json_t *line)
{
    json_t *name;
    size_t i;

    cell(table->out, json_object_get(line, "at"));
    json_array_foreach(table->columns[side], i, name)
    {
        cell(table->out, json_object_get(json_object_get(line, "line"), json_text(name)));
    }
}

static bool row_take(void *arg, enum settlement_class kind, json_t *entry)
{
    struct table *table = arg;
    json_t *shown = settlement__shown(table->settlement, kind, entry);
    const json_t *left = json_object_get(shown, "left"), *right = json_object_get(shown, "right");
    size_t rows = json_array_size(left);

    if (json_array_size(right) > rows)
        rows = json_array_size(right);
    table->entry++;
    for (size_t row = 0; row < rows; row++) {
        buf_add_int(table->out, (long long)table->entry);
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            cell(table->out, row == 0 || i < 2 ? json_object_get(shown, own[i]) : NULL);
        line_add(table, 0, json_array_get(left, row));
        line_add(table, 1, json_array_get(right, row));
        buf_add_text(table->out, "\r\n");
    }
    json_decref(shown);
    return true;
}

void settlement_csv(const struct settlement *settlement, const struct settlement_find *find,
                    struct buf *out)
{
    struct table table = { .settlement = settlement, .out = out };

    for (int side = 0; side < 2; side++) {
        table.columns[side] = json_array();
        table.known[side] = json_object();
    }
    settlement__each(settlement, find, columns_take, &table);
    head_add(&table);
    settlement__each(settlement, find, row_take, &table);
    for (int side = 0; side < 2; side++) {
        json_decref(table.columns[side]);
        json_decref(table.known[side]);
    }
}
