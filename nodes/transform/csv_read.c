/* csv_read.c - transform.csv: a text becomes rows. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/transform/csv_priv.h"

#define TITLES_SHOWN 200u /* bytes of a header that a message quotes */

static enum err_code no_memory(struct err *e)
{
    return err_set(e, ERR_MEMORY, "no memory for the rows");
}

/* ---- The header */

static void positions_fini(struct csv_reading *reading)
{
    for (size_t i = 0; i < reading->count; i++)
        mem_free(reading->positions[i].name);
    mem_free(reading->positions);
}

static enum err_code positions_new(struct csv_reading *reading, size_t count, struct err *e)
{
    reading->positions = mem_try((count + 1) * sizeof *reading->positions);
    if (reading->positions == NULL)
        return no_memory(e);
    memset(reading->positions, 0, (count + 1) * sizeof *reading->positions);
    reading->count = count;
    reading->ready = true;
    return ERR_OK;
}

static bool title_is(const struct csv_column *column, const struct csv_field *field)
{
    return strlen(column->title) == field->size &&
           memcmp(column->title, field->at, field->size) == 0;
}

static const struct csv_column *column_find(const struct csv_plan *plan,
                                            const struct csv_field *title)
{
    for (size_t i = 0; i < plan->column_count; i++)
        if (title_is(&plan->columns[i], title))
            return &plan->columns[i];
    return NULL;
}

static struct csv_field title_trim(const struct csv_field *field)
{
    struct csv_field title = *field;

    while (title.size > 0 && (title.at[0] == ' ' || title.at[0] == '\t')) {
        title.at++;
        title.size--;
    }
    while (title.size > 0 && (title.at[title.size - 1] == ' ' || title.at[title.size - 1] == '\t'))
        title.size--;
    return title;
}

/* The columns that the settings name must all be there. */
static enum err_code columns_check(const struct csv_reading *reading, const struct csv_row *row,
                                   struct err *e)
{
    char titles[TITLES_SHOWN] = "";
    size_t used = 0;

    for (size_t i = 0; i < reading->plan->column_count; i++) {
        const struct csv_column *column = &reading->plan->columns[i];
        bool found = false;

        for (size_t p = 0; p < reading->count; p++)
            found = found || reading->positions[p].column == column;
        if (found)
            continue;
        for (size_t f = 0; f < row->count && used < sizeof titles - 1; f++) {
            int size = snprintf(titles + used, sizeof titles - used, "%s%.*s", f > 0 ? ", " : "",
                                (int)(row->fields[f].size < 60 ? row->fields[f].size : 60),
                                row->fields[f].at);
            used += size > 0 ? (size_t)size : 0;
        }
        err_set(e, ERR_INVALID, "the header has no column \"%.60s\"; it has: %s", column->title,
                titles);
        return err_prefix(e, "line %llu", (unsigned long long)row->line);
    }
    return ERR_OK;
}

static enum err_code header_name(struct csv_reading *reading, size_t at,
                                 const struct csv_field *title, struct err *e)
{
    struct csv_position *position = &reading->positions[at];

    position->column = column_find(reading->plan, title);
    if (title->size == 0 && !reading->plan->ragged)
        return err_set(e, ERR_INVALID,
                       "the header's name is empty; with \"ragged\": \"allow\" such columns are "
                       "called column_1, column_2, ...");
    if (title->size > LIMIT_JSON_KEY)
        return err_set(e, ERR_LIMIT, "a column's name has at most %u bytes", LIMIT_JSON_KEY);
    if (position->column != NULL) {
        position->name = mem_must_copy(position->column->name);
    } else if (title->size > 0) {
        position->name = mem_must_copy_n(title->at, title->size);
    } else {
        char name[32];

        snprintf(name, sizeof name, "column_%zu", at + 1);
        position->name = mem_must_copy(name);
    }
    for (size_t i = 0; i < at; i++)
        if (reading->positions[i].name != NULL &&
            strcmp(reading->positions[i].name, position->name) == 0)
            return err_set(e, ERR_INVALID, "the name is that of column %zu already", i + 1);
    return ERR_OK;
}

static enum err_code titles_keep(struct csv_reading *reading, const struct csv_row *row,
                                 struct err *e)
{
    reading->titles = json_array();
    for (size_t i = 0; reading->titles != NULL && i < row->count; i++)
        if (json_array_append_new(
                reading->titles, json_stringn_nocheck(row->fields[i].at, row->fields[i].size)) != 0)
            return no_memory(e);
    return reading->titles != NULL ? ERR_OK : no_memory(e);
}

static enum err_code header_read(struct csv_reading *reading, const struct csv_row *row,
                                 struct err *e)
{
    enum err_code rc = positions_new(reading, row->count, e);

    if (rc == ERR_OK && reading->keeps)
        rc = titles_keep(reading, row, e);
    for (size_t i = 0; rc == ERR_OK && i < row->count; i++) {
        const struct csv_field title = title_trim(&row->fields[i]);

        rc = header_name(reading, i, &title, e);
        if (rc != ERR_OK) {
            char name[61];

            snprintf(name, sizeof name, "%.*s", (int)(title.size < 60 ? title.size : 60), title.at);
            return csv_fail_at(reading->csv, i, name, e);
        }
    }
    if (rc == ERR_OK)
        rc = columns_check(reading, row, e);
    for (size_t i = 0; rc == ERR_OK && reading->plan->drop_others && i < row->count; i++)
        if (reading->positions[i].column == NULL) {
            mem_free(reading->positions[i].name);
            reading->positions[i].name = NULL;
        }
    return rc;
}

/* Without a header the settings name the columns, in order. */
static enum err_code positions_plain(struct csv_reading *reading, struct err *e)
{
    enum err_code rc = positions_new(reading, reading->plan->column_count, e);

    for (size_t i = 0; rc == ERR_OK && i < reading->count; i++) {
        reading->positions[i].column = &reading->plan->columns[i];
        reading->positions[i].name = mem_must_copy(reading->plan->columns[i].name);
    }
    return rc;
}

/* ---- A row */

static enum err_code field_read(const struct csv_reading *reading,
                                const struct csv_position *position, const struct csv_field *field,
                                json_t **value, struct err *e)
{
    const struct csv_column *column = position->column;
    bool typed = column != NULL && column->form.kind != CELL_TEXT;

    if (field->size == 0 && column != NULL && column->required)
        return err_set(e, ERR_INVALID, "the field is required, but is empty");
    if (field->size == 0 && (typed || (field->bare && reading->plan->empty_null))) {
        *value = json_null();
    } else if (typed) {
        *value = cell_read(&column->form, field->at, field->size, e);
        return *value != NULL ? ERR_OK : e->code;
    } else {
        *value = json_stringn_nocheck(field->at, field->size);
    }
    return *value != NULL ? ERR_OK : no_memory(e);
}

static enum err_code row_size_check(const struct csv_reading *reading, const struct csv_row *row,
                                    struct err *e)
{
    if (row->count == reading->count || reading->plan->ragged)
        return ERR_OK;
    err_set(e, ERR_INVALID,
            "the row has %zu field%s, but there %s %zu column%s; is a delimiter or a quote "
            "missing? \"ragged\": \"allow\" takes such rows",
            row->count, row->count == 1 ? "" : "s", reading->count == 1 ? "is" : "are",
            reading->count, reading->count == 1 ? "" : "s");
    return csv_fail_at(reading->csv, row->count < reading->count ? row->count - 1 : reading->count,
                       NULL, e);
}

/* Fields for which there is no column. */
static json_t *row_more(const struct csv_reading *reading, const struct csv_row *row, bool *failed)
{
    json_t *more = json_array();

    for (size_t i = reading->count; more != NULL && i < row->count; i++)
        if (json_array_append_new(
                more, json_stringn_nocheck(row->fields[i].at, row->fields[i].size)) != 0)
            *failed = true;
    return more;
}

static enum err_code row_fill(struct csv_reading *reading, const struct csv_row *row,
                              json_t *object, struct err *e)
{
    bool failed = false;

    for (size_t i = 0; i < reading->count; i++) {
        const struct csv_position *position = &reading->positions[i];
        static const struct csv_field none = { .at = "", .bare = true };
        json_t *value = NULL;

        if (position->name == NULL)
            continue;
        if (field_read(reading, position, i < row->count ? &row->fields[i] : &none, &value, e) !=
            ERR_OK)
            return csv_fail_at(reading->csv, i, position->name, e);
        if (i >= row->count) {
            json_decref(value);
            value = json_null();
        }
        if (json_object_set_new_nocheck(object, position->name, value) != 0)
            return no_memory(e);
    }
    if (row->count > reading->count && !reading->plan->drop_others)
        json_put(object, "_more", row_more(reading, row, &failed), &failed);
    return failed ? no_memory(e) : ERR_OK;
}

static enum err_code on_row(struct csv *csv, void *arg, const struct csv_row *row, struct err *e)
{
    struct csv_reading *reading = arg;
    json_t *object;
    enum err_code rc;

    check(csv == reading->csv);
    if (!reading->ready)
        return header_read(reading, row, e);
    rc = row_size_check(reading, row, e);
    if (rc != ERR_OK)
        return rc;
    reading->values += row->count + 1;
    if (reading->values > LIMIT_JSON_VALUES) {
        err_set(e, ERR_LIMIT, "there are more than %u fields; split the file", LIMIT_JSON_VALUES);
        return csv_fail_at(csv, 0, NULL, e);
    }
    object = json_object();
    if (object == NULL)
        return no_memory(e);
    rc = row_fill(reading, row, object, e);
    if (rc != ERR_OK)
        json_decref(object);
    else if (json_array_append_new(reading->rows, object) != 0)
        rc = no_memory(e);
    return rc;
}

static enum err_code on_piece(void *arg, const char *text, size_t size, struct err *e)
{
    struct csv_reading *reading = arg;

    return csv_feed(reading->csv, text, size, e);
}

/* ---- All */

static json_t *columns_json(const struct csv_reading *reading)
{
    json_t *columns = json_array();

    for (size_t i = 0; columns != NULL && i < reading->count; i++)
        if (reading->positions[i].name != NULL &&
            json_array_append_new(columns, json_string(reading->positions[i].name)) != 0) {
            json_decref(columns);
            return NULL;
        }
    return columns;
}

json_t *csv__output(struct csv_reading *reading)
{
    json_t *output = json_object();
    bool failed = output == NULL;

    if (failed)
        return NULL;
    json_put(output, "columns", columns_json(reading), &failed);
    json_put(output, "count", json_integer((json_int_t)json_array_size(reading->rows)), &failed);
    json_put(output, "rows", json_incref(reading->rows), &failed);
    if (!failed)
        return output;
    json_decref(output);
    return NULL;
}

enum err_code csv__open(struct csv_reading *reading, const struct csv_plan *plan,
                        const struct csv_dialect *dialect, struct err *e)
{
    *reading = (struct csv_reading){ .plan = plan, .rows = json_array() };
    reading->csv = csv_open(dialect, on_row, reading, e);
    if (reading->csv == NULL)
        return e->code;
    if (reading->rows == NULL)
        return no_memory(e);
    return plan->header ? ERR_OK : positions_plain(reading, e);
}

enum err_code csv__resume(struct csv_reading *reading, const json_t *titles, struct err *e)
{
    size_t count = json_array_size(titles);
    struct csv_field *fields = mem_must((count + 1) * sizeof *fields);
    struct csv_row row = { .fields = fields, .count = count, .number = 1, .line = 1 };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; rc == ERR_OK && i < count; i++) {
        const json_t *title = json_array_get(titles, i);

        if (!json_is_text(title))
            rc = err_set(e, ERR_INVALID, "the cursor's columns are texts");
        else
            fields[i] = (struct csv_field){ json_text(title), json_string_length(title), false };
    }
    reading->keeps = true;
    if (rc == ERR_OK)
        rc = header_read(reading, &row, e);
    mem_free(fields);
    return rc;
}

void csv__close(struct csv_reading *reading)
{
    csv_close(reading->csv);
    positions_fini(reading);
    json_decref(reading->rows);
    json_decref(reading->titles);
}

enum err_code csv_plan_read(const struct foreign_plan *base, json_t *input,
                            const atomic_bool *given_up, json_t **output, struct err *e)
{
    const struct csv_plan *plan = (const struct csv_plan *)base;
    struct csv_reading reading;
    enum err_code rc = csv__open(&reading, plan, &plan->dialect, e);

    *output = NULL;
    if (rc == ERR_OK)
        rc = foreign_read(input, plan->encoding, given_up, on_piece, &reading, e);
    if (rc == ERR_OK)
        rc = csv_end(reading.csv, e);
    if (rc == ERR_OK && !reading.ready)
        rc = err_set(e, ERR_INVALID,
                     "the text is empty, and so has no header; a file without rows has one too");
    if (rc == ERR_OK && (*output = csv__output(&reading)) == NULL)
        rc = no_memory(e);
    if (rc == ERR_SYNTAX)
        rc = e->code = ERR_INVALID; /* of a step's data */
    if (rc == ERR_INVALID || rc == ERR_LIMIT)
        err_prefix(e, "the CSV");
    csv__close(&reading);
    return rc;
}
