/* csv_write.c - transform.csv: rows become a text. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/transform/csv_priv.h"

struct writing {
    const struct csv_plan *plan;
    const struct csv_column *columns; /* of the plan, or made of the first row's members */
    struct csv_column *own;
    size_t count;
    struct buf out, cell;
};

/* ---- Columns that nobody named: those of the first row */

static enum err_code columns_of_row(struct writing *writing, json_t *row, struct err *e)
{
    const char *key;
    json_t *value;

    if (!json_is_object(row))
        return err_set(e, ERR_INVALID,
                       "row 1: an object is wanted, or \"columns\" in the settings, but here "
                       "is: %s",
                       json_kind(row));
    writing->own = mem_try((json_object_size(row) + 1) * sizeof *writing->own);
    if (writing->own == NULL)
        return err_set(e, ERR_MEMORY, "no memory for the columns");
    json_object_foreach(row, key, value)
    {
        (void)value;
        writing->own[writing->count++] = (struct csv_column){
            .name = (char *)key,
            .title = (char *)key,
            .form = { .kind = CELL_TEXT, .places = -1 },
        };
    }
    writing->columns = writing->own;
    return ERR_OK;
}

/* ---- Rows */

static enum err_code header_write(struct writing *writing, struct err *e)
{
    size_t row_at = writing->out.len;

    for (size_t i = 0; i < writing->count; i++) {
        const char *title = writing->columns[i].title;
        enum err_code rc = csv_write_field(&writing->plan->writing, i == 0, title, strlen(title),
                                           false, &writing->out, e);

        if (rc != ERR_OK)
            return err_prefix(e, "the header \"%.60s\"", title);
    }
    csv_write_end(&writing->plan->writing, row_at, &writing->out);
    return ERR_OK;
}

static enum err_code value_write(struct writing *writing, const struct csv_column *column,
                                 bool first, const json_t *value, struct err *e)
{
    bool number = false;
    enum err_code rc;

    if (value == NULL || json_is_null(value)) {
        if (column->required)
            return err_set(e, ERR_INVALID, "the field is required, but is %s",
                           value == NULL ? "not there" : "null");
        csv_write_null(&writing->plan->writing, first, &writing->out);
        return ERR_OK;
    }
    buf_clear(&writing->cell);
    rc = cell_write(&column->form, value, &writing->cell, &number, e);
    if (rc != ERR_OK)
        return rc;
    rc = buf_check(&writing->cell, "the field", e);
    if (rc != ERR_OK)
        return rc;
    return csv_write_field(&writing->plan->writing, first, buf_text(&writing->cell),
                           writing->cell.len, number, &writing->out, e);
}

/* A member for which there is no column would be lost. */
static enum err_code others_check(const struct writing *writing, json_t *row, struct err *e)
{
    const char *key;
    json_t *value;

    if (writing->plan->drop_others)
        return ERR_OK;
    json_object_foreach(row, key, value)
    {
        size_t at = 0;

        (void)value;
        while (at < writing->count && strcmp(writing->columns[at].name, key) != 0)
            at++;
        if (at == writing->count)
            return err_set(e, ERR_INVALID,
                           "there is no column for the member \"%.60s\"; name it in \"columns\", "
                           "or say \"others\": \"drop\"",
                           key);
    }
    return ERR_OK;
}

static enum err_code row_write(struct writing *writing, json_t *row, struct err *e)
{
    size_t row_at = writing->out.len;
    size_t found = 0;
    enum err_code rc = ERR_OK;

    if (!json_is_object(row) && !json_is_array(row))
        return err_set(e, ERR_INVALID, "an object or a list is wanted, but here is: %s",
                       json_kind(row));
    if (json_is_array(row) && json_array_size(row) != writing->count)
        return err_set(e, ERR_INVALID, "the list has %zu elements, but there are %zu columns",
                       json_array_size(row), writing->count);
    for (size_t i = 0; i < writing->count; i++) {
        const struct csv_column *column = &writing->columns[i];
        const json_t *value =
            json_is_array(row) ? json_array_get(row, i) : json_object_get(row, column->name);

        found += value != NULL;
        rc = value_write(writing, column, i == 0, value, e);
        if (rc != ERR_OK)
            return err_prefix(e, "%.60s", column->name);
    }
    if (json_is_object(row) && found < json_object_size(row))
        rc = others_check(writing, row, e);
    csv_write_end(&writing->plan->writing, row_at, &writing->out);
    return rc;
}

static enum err_code rows_write(struct writing *writing, json_t *rows, const atomic_bool *given_up,
                                struct err *e)
{
    enum err_code rc = ERR_OK;
    json_t *row;
    size_t i;

    if (writing->plan->header)
        rc = header_write(writing, e);
    if (rc != ERR_OK)
        return rc;
    json_array_foreach(rows, i, row)
    {
        rc = row_write(writing, row, e);
        if (rc != ERR_OK)
            return err_prefix(e, "row %zu", i + 1);
        if (i % 1000 == 0 && atomic_load(given_up))
            return err_set(e, ERR_CANCELLED, "nobody waits for it any more");
    }
    return ERR_OK;
}

enum err_code csv_plan_write(const struct foreign_plan *base, json_t *input,
                             const atomic_bool *given_up, json_t **output, struct err *e)
{
    const struct csv_plan *plan = (const struct csv_plan *)base;
    struct writing writing = { .plan = plan,
                               .columns = plan->columns,
                               .count = plan->column_count };
    enum err_code rc = ERR_OK;

    check(output != NULL);
    *output = NULL;
    if (!json_is_array(input))
        return err_set(e, ERR_INVALID, "\"input\" must be a list of rows, but is: %s",
                       json_kind(input));
    if (plan->column_count == 0 && json_array_size(input) == 0)
        return err_set(e, ERR_INVALID,
                       "there is no row to tell the columns from; name them in \"columns\"");
    buf_init(&writing.out, FOREIGN_TEXT);
    buf_init(&writing.cell, CSV_ROW_MAX);
    if (plan->column_count == 0)
        rc = columns_of_row(&writing, json_array_get(input, 0), e);
    if (rc == ERR_OK)
        rc = rows_write(&writing, input, given_up, e);
    if (rc == ERR_OK)
        rc = foreign_write(&writing.out, plan->encoding, plan->mark, output, e);
    mem_free(writing.own);
    buf_fini(&writing.out);
    buf_fini(&writing.cell);
    return rc;
}
