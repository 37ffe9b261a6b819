/* fixed_run.c - transform.fixed at work: on the loop, or on a thread of the pool. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/transform/fixed_priv.h"

struct reading {
    const struct fixed_plan *plan;
    struct fixed *fixed;
    json_t *rows, *first, *last;
    size_t values;
};

static enum err_code no_memory(struct err *e)
{
    return err_set(e, ERR_MEMORY, "no memory for the lines");
}

/* ---- Reading */

static enum err_code on_row(void *arg, size_t record, json_t *row, struct err *e)
{
    struct reading *reading = arg;
    const struct fixed_plan *plan = reading->plan;
    bool failed = false;

    if (record == plan->first || record == plan->last) {
        json_t **slot = record == plan->first ? &reading->first : &reading->last;

        json_decref(*slot);
        *slot = row;
        return ERR_OK;
    }
    if (plan->only == SIZE_MAX)
        json_put(row, "record", json_string(plan->layout.records[record].name), &failed);
    reading->values += json_object_size(row) + 1;
    if (failed || json_array_append_new(reading->rows, row) != 0)
        return no_memory(e);
    if (reading->values > LIMIT_JSON_VALUES)
        return err_set(e, ERR_LIMIT, "there are more than %u fields; split the file",
                       LIMIT_JSON_VALUES);
    return ERR_OK;
}

static enum err_code on_piece(void *arg, const char *text, size_t size, struct err *e)
{
    struct reading *reading = arg;

    return fixed_feed(reading->fixed, text, size, e);
}

static enum err_code output_make(const struct reading *reading, json_t **output, struct err *e)
{
    const struct fixed_plan *plan = reading->plan;
    bool failed = false;

    *output = json_object();
    if (*output == NULL)
        return no_memory(e);
    if (plan->first != SIZE_MAX)
        json_put_or_null(*output, "header", json_incref(reading->first), &failed);
    json_put(*output, "count", json_integer((json_int_t)json_array_size(reading->rows)), &failed);
    json_put(*output, "rows", json_incref(reading->rows), &failed);
    if (plan->last != SIZE_MAX)
        json_put_or_null(*output, "trailer", json_incref(reading->last), &failed);
    if (!failed)
        return ERR_OK;
    json_decref(*output);
    *output = NULL;
    return no_memory(e);
}

enum err_code fixed_plan_read(const struct foreign_plan *base, json_t *input,
                              const atomic_bool *given_up, json_t **output, struct err *e)
{
    const struct fixed_plan *plan = (const struct fixed_plan *)base;
    struct reading reading = { .plan = plan, .rows = json_array() };
    enum err_code rc;

    *output = NULL;
    reading.fixed = fixed_new(&plan->layout, on_row, &reading, e);
    rc = reading.fixed != NULL ? ERR_OK : e->code;
    if (rc == ERR_OK && reading.rows == NULL)
        rc = no_memory(e);
    if (rc == ERR_OK)
        rc = foreign_read(input, plan->encoding, given_up, on_piece, &reading, e);
    if (rc == ERR_OK)
        rc = fixed_end(reading.fixed, e);
    if (rc == ERR_OK)
        rc = output_make(&reading, output, e);
    if (rc == ERR_INVALID || rc == ERR_LIMIT)
        err_prefix(e, "the file");
    fixed_free(reading.fixed);
    json_decref(reading.rows);
    json_decref(reading.first);
    json_decref(reading.last);
    return rc;
}

/* ---- Writing */

static enum err_code record_find(const struct fixed_plan *plan, json_t *row, size_t *record,
                                 struct err *e)
{
    const char *name = json_get_text(row, "record");

    *record = plan->only;
    if (*record != SIZE_MAX)
        return ERR_OK;
    for (size_t i = 0; name != NULL && i < plan->layout.record_count; i++)
        if (strcmp(plan->layout.records[i].name, name) == 0 &&
            plan->layout.records[i].place == FIXED_ANY) {
            *record = i;
            return ERR_OK;
        }
    return err_set(e, ERR_INVALID,
                   name != NULL ? "\"record\": \"%.60s\" is no record of the layout%s"
                                : "%s\"record\" must say which record of the layout it is%s",
                   name != NULL ? name : "", "");
}

static enum err_code row_write(const struct fixed_plan *plan, struct fixed_writer *writer,
                               json_t *row, struct buf *out, struct err *e)
{
    size_t record;
    enum err_code rc;

    if (!json_is_object(row))
        return err_set(e, ERR_INVALID, "an object is wanted, but here is: %s", json_kind(row));
    rc = record_find(plan, row, &record, e);
    return rc == ERR_OK ? fixed_write(writer, record, row, out, e) : rc;
}

/* The first or last line; what is not given can still have values and totals of its own. */
static enum err_code end_write(struct fixed_writer *writer, size_t record, json_t *input,
                               const char *member, struct buf *out, struct err *e)
{
    json_t *row = json_is_object(input) ? json_object_get(input, member) : NULL;
    json_t *none = NULL;
    enum err_code rc;

    if (record == SIZE_MAX)
        return ERR_OK;
    if (row == NULL || json_is_null(row))
        row = none = json_object();
    rc = row == NULL ? no_memory(e)
         : !json_is_object(row)
             ? err_set(e, ERR_INVALID, "an object is wanted, but here is: %s", json_kind(row))
             : fixed_write(writer, record, row, out, e);
    json_decref(none);
    return rc == ERR_OK ? rc : err_prefix(e, "%s", member);
}

/* The first line can count what follows it, so it is written behind the rows and put in front. */
static enum err_code all_write(const struct fixed_plan *plan, struct fixed_writer *writer,
                               json_t *input, const atomic_bool *given_up, struct buf *head,
                               struct buf *body, struct err *e)
{
    json_t *rows = json_is_object(input) ? json_object_get(input, "rows") : input, *row;
    enum err_code rc = ERR_OK;
    size_t i;

    if (!json_is_array(rows))
        return err_set(e, ERR_INVALID,
                       "\"input\" must be a list of rows, or {header, rows, trailer}, but is: %s",
                       json_kind(input));
    json_array_foreach(rows, i, row)
    {
        rc = row_write(plan, writer, row, body, e);
        if (rc != ERR_OK)
            return err_prefix(e, "row %zu", i + 1);
        if (i % 1000 == 0 && atomic_load(given_up))
            return err_set(e, ERR_CANCELLED, "nobody waits for it any more");
    }
    rc = end_write(writer, plan->first, input, "header", head, e);
    if (rc == ERR_OK)
        rc = end_write(writer, plan->last, input, "trailer", body, e);
    buf_add(head, buf_text(body), body->len);
    return rc == ERR_OK ? buf_check(body, "the file", e) : rc;
}

enum err_code fixed_plan_write(const struct foreign_plan *base, json_t *input,
                               const atomic_bool *given_up, json_t **output, struct err *e)
{
    const struct fixed_plan *plan = (const struct fixed_plan *)base;
    struct fixed_writer *writer = fixed_writer_new(&plan->layout, e);
    struct buf head, body;
    enum err_code rc;

    check(output != NULL);
    *output = NULL;
    if (writer == NULL)
        return e->code;
    buf_init(&head, FOREIGN_TEXT);
    buf_init(&body, FOREIGN_TEXT);
    rc = all_write(plan, writer, input, given_up, &head, &body, e);
    if (rc == ERR_OK)
        rc = foreign_write(&head, plan->encoding, false, output, e);
    buf_fini(&head);
    buf_fini(&body);
    fixed_writer_free(writer);
    return rc;
}
