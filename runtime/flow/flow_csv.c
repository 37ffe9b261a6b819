/* flow_csv.c - a lookup table whose rows stand in a CSV: what a spreadsheet writes, made to the
 * table's JSON, so that everything behind knows one form.
 *
 * The first line names the columns. Without a JSON beside it the first column is the key and every
 * cell is a text. "types" of the JSON says otherwise for a column: number (kept digit for digit),
 * boolean, date. A cell without anything is null. The delimiter is the one of comma, semicolon and
 * tab that the first line has most of. */
#include <string.h>

#include "base/mem.h"
#include "flow/flow_read_priv.h"
#include "format/csv.h"

enum csv_type { CSV_TEXT, CSV_NUMBER, CSV_BOOLEAN, CSV_DATE };
#define CSV_COLUMNS 64u

struct csv_table {
    struct folder *folder;
    const char *path;
    json_t *table, *columns, *rows;
    enum csv_type types[CSV_COLUMNS];
    bool failed; /* memory */
};

static char csv_delimiter(const char *text, size_t size)
{
    static const char known[] = ",;\t";
    size_t counts[3] = { 0, 0, 0 }, best = 0;
    bool quoted = false;

    for (size_t i = 0; i < size && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
        const char *at = text[i] != '\0' ? strchr(known, text[i]) : NULL;

        quoted = quoted != (text[i] == '"');
        if (at != NULL && !quoted)
            counts[at - known]++;
    }
    for (size_t i = 1; i < 3; i++)
        if (counts[i] > counts[best])
            best = i;
    return known[best];
}

/* ---- The first line */

static enum err_code csv_head(struct csv_table *csv, const struct csv_row *row, struct err *e)
{
    static const char *const names[] = { "text", "number", "boolean", "date" };
    const json_t *given = json_object_get(csv->table, "columns");
    const json_t *types = json_object_get(csv->table, "types");

    if (row->count < 2 || row->count > CSV_COLUMNS)
        return err_set(e, ERR_INVALID, "the first line names the columns, 2 to %u; here are %zu",
                       CSV_COLUMNS, row->count);
    for (size_t i = 0; i < row->count; i++) {
        json_t *name = json_stringn(row->fields[i].at, row->fields[i].size);
        const char *type;
        size_t at = 0;

        if (name == NULL || json_array_append_new(csv->columns, name) != 0)
            return err_set(e, ERR_INVALID, "the first line is not UTF-8");
        type = json_get_text(types, json_text(name));
        while (type != NULL && at < 4 && strcmp(names[at], type) != 0)
            at++;
        if (at == 4)
            return err_set(e, ERR_INVALID,
                           "column \"%.80s\" is of type \"%.40s\"; there are text, number, boolean "
                           "and date",
                           json_text(name), type);
        csv->types[i] = (enum csv_type)at;
    }
    if (given != NULL && !json_same(given, csv->columns))
        return err_set(e, ERR_INVALID, "the first line is not the \"columns\" of the .json beside");
    return ERR_OK;
}

/* ---- The rows */

static bool csv_is(const struct csv_field *field, const char *word)
{
    return field->size == strlen(word) && strncasecmp(field->at, word, field->size) == 0;
}

/* A new reference; NULL: it is not of that type. */
static json_t *csv_cell(enum csv_type type, const struct csv_field *field)
{
    if (field->size == 0)
        return field->bare || type != CSV_TEXT ? json_null() : json_string("");
    switch (type) {
    case CSV_NUMBER:
        return json_exact_new(field->at, field->size);
    case CSV_BOOLEAN:
        if (csv_is(field, "true") || csv_is(field, "false"))
            return json_boolean(csv_is(field, "true"));
        return NULL;
    case CSV_DATE: /* that it is a day is looked at where it is one */
    case CSV_TEXT:
        break;
    }
    return json_stringn(field->at, field->size);
}

static enum err_code csv_row(struct csv *reader, void *arg, const struct csv_row *row,
                             struct err *e)
{
    static const char *const what[] = { "a text in UTF-8", "a number like 1200.50", "true or false",
                                        "a day" };
    struct csv_table *csv = arg;
    json_t *cells;

    (void)reader;
    if (row->number == 1)
        return csv_head(csv, row, e);
    if (row->count != json_array_size(csv->columns))
        return err_set(e, ERR_INVALID, "line %llu has %zu cells, but there are %zu columns",
                       (unsigned long long)row->line, row->count, json_array_size(csv->columns));
    cells = json_array();
    csv->failed = csv->failed || cells == NULL || json_array_append_new(csv->rows, cells) != 0;
    for (size_t i = 0; i < row->count && !csv->failed; i++) {
        json_t *cell = csv_cell(csv->types[i], &row->fields[i]);

        if (cell == NULL)
            return err_set(e, ERR_INVALID, "line %llu, column \"%.60s\": this is not %s: \"%.*s\"",
                           (unsigned long long)row->line,
                           json_text(json_array_get(csv->columns, i)), what[csv->types[i]],
                           row->fields[i].size < 40 ? (int)row->fields[i].size : 40,
                           row->fields[i].at);
        csv->failed = json_array_append_new(cells, cell) != 0;
    }
    return ERR_OK;
}

static enum err_code csv_parse(struct csv_table *csv, const char *text, size_t size, struct err *e)
{
    struct csv_dialect dialect = { .delimiter = csv_delimiter(text, size),
                                   .quote = '"',
                                   .strict = true,
                                   .rows_max = LIMIT_LOOKUP_ROWS + 1 };
    struct csv *reader = csv_open(&dialect, csv_row, csv, e);
    enum err_code rc = reader != NULL ? csv_feed(reader, text, size, e) : e->code;

    if (rc == ERR_OK)
        rc = csv_end(reader, e);
    csv_close(reader);
    if (rc == ERR_OK && json_array_size(csv->columns) == 0)
        rc = err_set(e, ERR_INVALID, "the file is empty; its first line names the columns");
    return rc;
}

json_t *flow__csv_table(struct folder *folder, const char *path, const char *text, size_t size,
                        json_t *table)
{
    struct csv_table csv = { .folder = folder,
                             .path = path,
                             .table = table != NULL ? table : json_object(),
                             .columns = json_array(),
                             .rows = json_array() };
    struct err e = { .code = ERR_OK };
    enum err_code rc = ERR_OK;

    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (!utf8_valid(text, size))
        rc = err_set(&e, ERR_INVALID, "the file is not UTF-8; save it as \"CSV UTF-8\"");
    if (rc == ERR_OK)
        rc = csv_parse(&csv, text, size, &e);
    if (rc == ERR_OK && json_object_get(csv.table, "keys") == NULL)
        json_put(csv.table, "keys", json_pack("[O]", json_array_get(csv.columns, 0)), &csv.failed);
    json_put(csv.table, "columns", csv.columns, &csv.failed);
    json_put(csv.table, "rows", csv.rows, &csv.failed);
    if (rc != ERR_OK)
        flow__file_fault(folder->faults, path, e.text);
    else if (csv.failed)
        flow__file_fault(folder->faults, path, "out of memory");
    else
        return csv.table;
    json_decref(csv.table);
    return NULL;
}
