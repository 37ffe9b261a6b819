/* sql_run.c - a step of connector.sql: its values are bound, the transaction is asked for, and what
 * the database answers becomes the output. */
#include "nodes/connector/sql_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

/* ---- Values */

/* The value of a place; a new reference, NULL: it has none. */
static json_t *value_find(struct step *step, const struct sql_part *part, json_t *params,
                          size_t index)
{
    const char *name = part->sql.names[index];
    char reference[STEP_REFERENCE + 1];

    if (strcmp(name, "weft_key") == 0)
        return json_string(step_key(step));
    if (strcmp(name, "weft_reference") == 0) {
        step_reference(step, reference);
        return json_string(reference);
    }
    return json_incref(part->sql.named ? json_object_get(params, name)
                                       : json_array_get(params, index));
}

static enum err_code params_fit(const struct sql_part *part, const json_t *params, struct err *e)
{
    bool named = part->sql.named;

    if (part->sql.count == 0 || params == NULL || (named && json_is_object(params)) ||
        (!named && json_is_array(params) && json_array_size(params) <= part->sql.count))
        return ERR_OK;
    if (!named && json_is_array(params))
        return err_set(e, ERR_INVALID, "the statement has %zu \"?\", and \"params\" has %zu values",
                       part->sql.count, json_array_size(params));
    return err_set(e, ERR_INVALID, "\"params\" must be %s, but is: %s",
                   named ? "an object" : "a list", json_kind(params));
}

enum err_code sql__bind(struct step *step, const struct sql_part *part, json_t *params,
                        struct sql_statement *statement, struct err *e)
{
    size_t count = part->sql.count;

    statement->text = mem_must_copy(part->sql.text);
    statement->result = (enum sql_result)part->result;
    statement->max_rows = part->max_rows > 0 ? (unsigned)part->max_rows : 1;
    statement->expect = part->expect;
    statement->again = part->again != NULL ? mem_must_copy(part->again) : NULL;
    statement->columns = json_incref(part->columns);
    if (params_fit(part, params, e) != ERR_OK)
        return e->code;
    statement->params = mem_must((count + 1) * sizeof *statement->params);
    for (size_t i = 0; i < count; i++) {
        struct sql_param *param = &statement->params[i];
        const char *out = json_get_text(part->out, part->sql.names[i]);
        const char *type = json_get_text(part->types, part->sql.names[i]);

        param->name = mem_must_copy(part->sql.names[i]);
        statement->param_count++;
        param->value = value_find(step, part, params, i);
        param->out = sql_as_find(out, &param->as);
        (void)sql_as_find(type, &param->as);
        param->in = param->value != NULL;
        if (!param->in && !param->out)
            return err_set(e, ERR_INVALID,
                           "there is no value for %s%.60s: give null where none is meant",
                           part->sql.named ? ":" : "\"?\" ", param->name);
        if (json_is_object(param->value) || json_is_array(param->value))
            return err_set(e, ERR_INVALID,
                           "the value of \"%.60s\" is an %s, which is no value of a database; "
                           "json.encode() makes a text of it",
                           param->name, json_kind(param->value));
    }
    return ERR_OK;
}

/* ---- The output */

/* The first column of a row; borrowed, NULL: there is none. */
static json_t *row_value(json_t *row)
{
    void *first = json_object_iter(row);

    return first != NULL ? json_object_iter_value(first) : NULL;
}

json_t *sql__output(const struct sql_part *part, const struct sql_statement *statement)
{
    json_t *rows = json_object_get(statement->answer, "rows"), *row = json_array_get(rows, 0);
    json_t *out = json_object_get(statement->answer, "out"), *output = json_object();
    bool failed = output == NULL;

    switch ((enum sql_result)part->result) {
    case SQL_RESULT_ROWS:
        json_put(output, "rows", rows != NULL ? json_incref(rows) : json_array(), &failed);
        json_put(output, "count", json_integer((json_int_t)json_array_size(rows)), &failed);
        json_put(output, "more",
                 json_boolean(json_is_true(json_object_get(statement->answer, "more"))), &failed);
        break;
    case SQL_RESULT_FIRST:
        json_put_or_null(output, "row", json_incref(row), &failed);
        break;
    case SQL_RESULT_VALUE:
        json_put_or_null(output, "value", json_incref(row_value(row)), &failed);
        break;
    case SQL_RESULT_COUNT:
        json_put_or_null(output, "count", json_incref(json_object_get(statement->answer, "count")),
                         &failed);
        break;
    case SQL_RESULT_NONE:
        break;
    }
    if (part->out != NULL)
        json_put_or_null(output, "out", json_incref(out), &failed);
    if (!failed)
        return output;
    json_decref(output);
    return NULL;
}

/* {"results": [...]}, or that of the one statement. */
static json_t *sql_outputs(const struct sql_config *sql, const struct sql_ask *ask)
{
    json_t *results, *output;
    bool failed = false;

    if (sql->statements.count == 0)
        return sql__output(&sql->one, &ask->list[0]);
    results = json_array();
    for (size_t i = 0; i < ask->count; i++) {
        json_t *one = sql__output(sql__part(sql, i), &ask->list[i]);

        if (one == NULL || json_array_append_new(results, one) != 0)
            failed = true;
    }
    output = json_object();
    json_put(output, "results", results, &failed);
    if (!failed)
        return output;
    json_decref(output);
    return NULL;
}

/* ---- What the database said */

void sql__refused(struct step *step, const struct sql_ask *ask, const struct reply_verdict *verdict)
{
    struct err e = ask->refusal;
    json_t *details = NULL;

    e.code = verdict->code;
    if (ask->state[0] != '\0')
        details = json_pack("{s:s,s:I}", "sqlstate", ask->state, "native", (json_int_t)ask->native);
    reply_mean(&details, &verdict->meaning);
    step_fail(step, &e, &details);
}

static void sql_asked(struct step *step, const void *config, struct sql_ask *ask)
{
    const struct sql_config *sql = config;
    json_t *output;
    struct err e;

    if (ask->refusal.code != ERR_OK) {
        bool fails = ask->refusal.code == ERR_DUPLICATE && sql->duplicate == SQL_DUPLICATE_FAIL;

        sql__refused(step, ask,
                     &(struct reply_verdict){ .code = fails ? ERR_INVALID : ask->refusal.code });
        return;
    }
    output = ask->file != NULL ? sql__saved(ask) : sql_outputs(sql, ask);
    if (output != NULL) {
        step_done(step, "out", &output);
        return;
    }
    err_set(&e, ERR_MEMORY, "no memory for what the database answered");
    step_fail_unsure(step, &e, NULL);
}

/* ---- Simulation */

static json_t *sql_example(const struct sql_config *sql, const struct sql_ask *ask)
{
    struct sql_statement nothing = { .answer = NULL };
    json_t *output, *results;

    if (sql->example != NULL)
        return json_copied_deep(sql->example);
    if (ask->file != NULL)
        return sql__saved(ask);
    if (sql->statements.count == 0)
        return sql__output(&sql->one, &nothing);
    results = json_array();
    for (size_t i = 0; i < sql->statements.count; i++)
        check(json_array_append_new(results, sql__output(sql__part(sql, i), &nothing)) == 0);
    output = json_pack("{s:o}", "results", results);
    return output;
}

json_t *sql__values(const struct sql_ask *ask)
{
    json_t *all = json_array(), *first;

    for (size_t i = 0; i < ask->count; i++) {
        json_t *values = json_object();
        bool failed = values == NULL;

        for (size_t j = 0; j < ask->list[i].param_count; j++)
            if (ask->list[i].params[j].in)
                json_put_or_null(values, ask->list[i].params[j].name,
                                 json_incref(ask->list[i].params[j].value), &failed);
        check(!failed && json_array_append_new(all, values) == 0);
    }
    if (ask->count > 1)
        return all;
    first = json_incref(json_array_get(all, 0));
    json_decref(all);
    return first;
}

static void sql_simulate(struct step *step, const struct sql_config *sql, struct sql_ask *ask)
{
    json_t *output = sql_example(sql, ask), *values = sql__values(ask);
    struct buf text, body;
    struct err e;

    buf_init(&text, LIMIT_SCRIPT);
    buf_init(&body, LIMIT_OUTPUT);
    for (size_t i = 0; i < ask->count; i++)
        buf_addf(&text, "%s%s", i > 0 ? "; " : "", sql__part(sql, i)->statement);
    json_write(&body, values);
    if (buf_check(&text, "the statements", &e) != ERR_OK ||
        buf_check(&body, "the values", &e) != ERR_OK) {
        json_decref(output);
        step_fail(step, &e, NULL);
    } else {
        step_simulate(step,
                      &(struct step_ask){ .method = "SQL",
                                          .target = buf_text(&text),
                                          .body = buf_text(&body),
                                          .body_size = body.len,
                                          .effect = sql->effect_class },
                      &output);
    }
    json_decref(values);
    buf_fini(&text);
    buf_fini(&body);
    sql_ask_free(ask);
}

/* ---- The step */

static void sql_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct sql_config *sql = config;
    struct sql_ask *ask = sql_ask_new(sql__part_count(sql));
    struct err e;

    check(values->count == ask->count + 1);
    ask->reads = sql->effect_class == EFFECT_NONE;
    for (size_t i = 0; i < ask->count; i++)
        if (sql__bind(step, sql__part(sql, i), values->filled[i], &ask->list[i], &e) != ERR_OK) {
            sql_ask_free(ask);
            step_fail(step, &e, NULL);
            return;
        }
    if (sql->save != NULL &&
        sql__save_ask(step, sql->save, values->filled[ask->count], ask, &e) != ERR_OK) {
        sql_ask_free(ask);
        step_fail(step, &e, NULL);
        return;
    }
    if (step_simulated(step)) {
        sql_simulate(step, sql, ask);
        return;
    }
    step_sql(step,
             &(struct step_sql){ .ask = ask,
                                 .effect = sql->effect_class,
                                 .what = sql->what,
                                 .key_valid_ms = sql->key_valid_ms },
             sql_asked);
}

enum node_next sql__start(struct step *step, const void *config)
{
    const struct sql_config *sql = config;

    return step_eval(step, sql->values, sql__part_count(sql) + 1, false, sql_evaluated);
}
