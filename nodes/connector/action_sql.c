/* action_sql.c - an action over SQL: its statements with their values bound, in one transaction,
 * and what the database answers as the reply that the output sees.
 *
 *   input checked -> names and values put in -> step_sql() -> {"body": ...} -> the output */
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/connector/action_priv.h"
#include "nodes/connector/sql_priv.h"
#include "nodes/manifest_files.h"
#include "nodes/template.h"

#define SQL_KEY_VALID_MS (365 * INT64_C(86400000)) /* a row that recognises a key stays */

/* ---- Rows that become a file */

const struct field action_fields_rows[] = {
    ACTION_INPUT_ROW,
    { .kind = FIELD_OBJECT,
      .name = "save",
      .offset = offsetof(struct action_config, save_rows),
      .required = true,
      .rows = sql__save_rows,
      .size = sizeof(struct sql_save),
      .help = "The file that the rows become, one by one, however many there are: a JSON list, "
              "which connector.file reads in pages (`as: items`)." },
    FIELD_LAST,
};

void action__sql_compile(struct flow_build *build, struct action_config *call, const char *pointer)
{
    sql__save_compile(build, call->save_rows, pointer);
    call->values[ACTION_FILE] = call->save_rows->file;
}

/* ---- The statements */

/* What becomes a part of a statement is a name and nothing else, whatever the connection says. */
static enum err_code names_check(struct step *step, const struct connector_info *info,
                                 struct err *e)
{
    for (size_t i = 0; i < info->setting_count; i++)
        if (info->settings[i].kind == SETTING_NAME &&
            connector_setting_check(&info->settings[i], step_setting(step, info->settings[i].name),
                                    e) != ERR_OK)
            return e->code;
    return ERR_OK;
}

/* The values by name; what has none is null. NULL with *e set. */
static json_t *params_fill(const struct manifest_statement *said, json_t *scope, struct err *e)
{
    json_t *params = json_object(), *template;
    const char *name;

    e->code = ERR_OK;
    json_object_foreach(said->params, name, template)
    {
        json_t *value = template_json(template, scope, e);

        if (e->code != ERR_OK ||
            json_object_set_new_nocheck(params, name, value != NULL ? value : json_null()) != 0) {
            if (e->code == ERR_OK)
                err_set(e, ERR_MEMORY, "no memory for the values");
            json_decref(params);
            return NULL;
        }
    }
    return params;
}

/* told: the text as people read it. */
static enum err_code statement_fill(struct step *step, const struct manifest_statement *said,
                                    json_t *scope, struct sql_statement *statement,
                                    struct buf *told, struct err *e)
{
    struct sql_part part = { .types = said->types,
                             .out = said->out,
                             .columns = said->columns,
                             .result = (int)said->result,
                             .max_rows = said->max_rows,
                             .expect = said->expect,
                             .again = said->again };
    size_t from = told->len;
    json_t *params = NULL;
    bool missing = false;
    enum err_code rc = template_text(said->text, scope, TEMPLATE_TEXT, told, &missing, e);

    if (rc == ERR_OK && missing)
        rc = err_set(e, ERR_INVALID, "a name in the statement is a setting that is missing");
    if (rc == ERR_OK)
        rc = buf_check(told, "the statements", e);
    if (rc == ERR_OK)
        rc = sql_text_read(&part.sql, buf_text(told) + from, e);
    if (rc == ERR_OK) {
        params = params_fill(said, scope, e);
        rc = params != NULL ? sql__bind(step, &part, params, statement, e) : e->code;
    }
    json_decref(params);
    sql_text_fini(&part.sql);
    return rc;
}

/* One statement's answer, or {"results": [...]} of several; NULL: no memory. */
static json_t *sql_body(const struct manifest_sql *sql, const struct sql_ask *ask)
{
    json_t *results = json_array(), *body;

    for (size_t i = 0; i < sql->count; i++) {
        struct sql_part part = { .result = (int)sql->list[i].result, .out = sql->list[i].out };

        if (json_array_append_new(results, sql__output(&part, &ask->list[i])) != 0) {
            json_decref(results);
            return NULL;
        }
    }
    body = sql->count == 1 ? json_incref(json_array_get(results, 0))
                           : json_pack("{s:O}", "results", results);
    json_decref(results);
    return body;
}

/* ---- The answer */

/* A rule's code is the SQLSTATE, or the database's own number. A key that is there already may be
 * that of an attempt which still ran when its answer was given up: who can look does. */
static struct reply_verdict refusal_verdict(const struct action *action, const struct sql_ask *ask)
{
    struct reply_verdict verdict = { .code = ask->refusal.code };
    char native[24];
    struct manifest_answer answer = { .code = ask->state, .message = ask->refusal.text };
    const struct manifest_rule *rule = action_rule(action, &answer);

    if (rule == NULL && ask->state[0] != '\0') {
        snprintf(native, sizeof native, "%ld", ask->native);
        answer.code = native;
        rule = action_rule(action, &answer);
    }
    if (rule != NULL)
        verdict.code = rule->kind;
    else if (ask->refusal.code == ERR_DUPLICATE && action->sql.probe.text == NULL)
        verdict.code = ERR_INVALID;
    verdict.meaning = action_classify(action, &answer).meaning;
    if (verdict.code == ERR_AUTH && verdict.meaning.remedy == NULL)
        verdict.meaning.remedy = action->manifest->info.credential;
    return verdict;
}

void action__sql_refused(struct step *step, const struct action *action, const struct sql_ask *ask)
{
    const struct reply_verdict verdict = refusal_verdict(action, ask);

    sql__refused(step, ask, &verdict);
}

/* The statements were carried out, and what they answered says that it was not done. */
static bool sql_says_no(struct step *step, const struct action *action, json_t *body)
{
    struct manifest_answer answer = { .body = body };
    const struct manifest_rule *rule;
    struct reply_meaning meaning;
    json_t *details = NULL;
    char message[320];
    struct err e;

    reply_message(body, action->manifest->messages, message, sizeof message);
    answer.message = message;
    if (!action_refuses(action, &answer))
        return false;
    rule = action_rule(action, &answer);
    err_set(&e, rule->kind, "the database took it, and did not do it%s%.300s",
            *message != '\0' ? ": " : "", message);
    meaning = action_classify(action, &answer).meaning;
    reply_mean(&details, &meaning);
    if (action->effect >= EFFECT_KEYED && !rule->not_processed)
        step_fail_unsure(step, &e, &details);
    else
        step_fail(step, &e, &details);
    return true;
}

static void sql_asked(struct step *step, const void *config, struct sql_ask *ask)
{
    const struct action *action = action__of(step_type(step));
    json_t *body, *reply, *output = NULL;
    struct err e = { .code = ERR_OK };

    (void)config;
    if (ask->refusal.code != ERR_OK) {
        action__sql_refused(step, action, ask);
        return;
    }
    if (ask->file != NULL) {
        output = sql__saved(ask);
        err_set(&e, ERR_MEMORY, "no memory for what was saved");
        if (output != NULL)
            action__done(step, action, &output);
        else
            step_fail(step, &e, NULL);
        return;
    }
    body = sql_body(&action->sql, ask);
    if (body != NULL && sql_says_no(step, action, body)) {
        json_decref(body);
        return;
    }
    reply = body != NULL ? json_pack("{s:o}", "body", body) : NULL;
    if (reply != NULL)
        output = action__output(step, action, reply, &e);
    else
        err_set(&e, ERR_MEMORY, "no memory for what the database answered");
    json_decref(reply);
    if (e.code == ERR_OK) {
        action__done(step, action, &output);
        return;
    }
    json_decref(output);
    step_fail_unsure(step, &e, NULL);
}

/* ---- The step */

static void sql_simulate(struct step *step, const struct action *action, json_t *input,
                         const struct sql_ask *ask, const struct buf *told)
{
    json_t *values = sql__values(ask);
    struct buf body;
    struct err e;

    buf_init(&body, LIMIT_OUTPUT);
    json_write(&body, values);
    if (buf_check(&body, "the values", &e) != ERR_OK)
        step_fail(step, &e, NULL);
    else
        action__simulate(step, action, input,
                         &(struct step_ask){ .method = "SQL",
                                             .target = buf_text(told),
                                             .body = buf_text(&body),
                                             .body_size = body.len,
                                             .effect = action->effect });
    json_decref(values);
    buf_fini(&body);
}

static enum err_code ask_fill(struct step *step, const struct action *action,
                              const struct manifest_statement *list, json_t *scope,
                              struct sql_ask *ask, struct buf *told, struct err *e)
{
    enum err_code rc = names_check(step, action->data.info, e);

    for (size_t i = 0; rc == ERR_OK && i < ask->count; i++) {
        if (i > 0)
            buf_add_text(told, "; ");
        rc = statement_fill(step, &list[i], scope, &ask->list[i], told, e);
    }
    return rc;
}

void action__sql(struct step *step, const struct action_config *call,
                 const struct step_values *values)
{
    const struct action *action = action__of(step_type(step));
    json_t *given = values->filled[ACTION_INPUT];
    struct sql_ask *ask = sql_ask_new(action->sql.count);
    json_t *details = NULL;
    struct action_open open;
    struct buf told;
    struct err e;
    enum err_code rc;

    buf_init(&told, 8 * (size_t)LIMIT_SCRIPT);
    ask->reads = action->effect == EFFECT_NONE;
    rc = action__open(step, action, given, action->keeps_input, &open, &details, &e);
    if (rc == ERR_OK)
        rc = ask_fill(step, action, action->sql.list, open.scope, ask, &told, &e);
    if (rc == ERR_OK && call->save_rows != NULL)
        rc = sql__save_ask(step, call->save_rows, values->filled[ACTION_FILE], ask, &e);
    if (rc != ERR_OK) {
        step_fail(step, &e, &details);
    } else if (step_simulated(step)) {
        sql_simulate(step, action, open.input, ask, &told);
    } else {
        step_sql(step,
                 &(struct step_sql){ .ask = ask,
                                     .effect = action->effect,
                                     .what = action->title,
                                     .key_valid_ms = action->key_valid_ms > 0 ? action->key_valid_ms
                                                                              : SQL_KEY_VALID_MS },
                 sql_asked);
        ask = NULL;
    }
    action__close(&open);
    buf_fini(&told);
    sql_ask_free(ask);
}

void action__sql_poll(struct step *step, const struct action *action, json_t *given, json_t *cursor,
                      step_sql_fn *then)
{
    struct sql_ask *ask = sql_ask_new(1);
    json_t *details = NULL;
    struct action_open open;
    struct buf told;
    struct err e;
    enum err_code rc;

    buf_init(&told, LIMIT_SCRIPT);
    ask->reads = true;
    rc = action__open(step, action, given, false, &open, &details, &e);
    if (rc == ERR_OK && cursor != NULL &&
        json_object_set_nocheck(open.scope, "cursor", cursor) != 0)
        rc = err_set(&e, ERR_MEMORY, "no memory for the statement");
    if (rc == ERR_OK)
        rc = ask_fill(step, action, action->sql.list, open.scope, ask, &told, &e);
    if (rc == ERR_OK) {
        step_sql(step, &(struct step_sql){ .ask = ask, .effect = EFFECT_NONE }, then);
        ask = NULL;
    } else {
        step_fail(step, &e, &details);
    }
    action__close(&open);
    buf_fini(&told);
    sql_ask_free(ask);
}

/* ---- The probe */

/* details: rows, NULL: the probe asks for none. */
static void probe_happened(struct step *step, const struct action *action, json_t *row,
                           json_t *details)
{
    json_t *reply = json_pack("{s:{s:O,s:O*}}", "body", "row", row, "details", details);
    json_t *scope = NULL, *output = NULL;
    struct err e = { .code = ERR_OK };

    if (reply == NULL)
        err_set(&e, ERR_MEMORY, "no memory for what the probe found");
    else
        scope = action__seen(step, action, true, reply, &e);
    if (scope != NULL)
        output = action->probe.output != NULL ? template_json(action->probe.output, scope, &e)
                                              : json_incref(row);
    action__promised(step, action, output);
    if (e.code == ERR_OK)
        step_probed(step, PROBE_HAPPENED, &output, "its probe found it");
    else
        step_fail(step, &e, NULL);
    json_decref(output);
    json_decref(scope);
    json_decref(reply);
}

static void probe_asked(struct step *step, const void *config, struct sql_ask *ask)
{
    const struct action *action = action__of(step_type(step));
    json_t *rows = json_object_get(ask->list[0].answer, "rows"), *details = NULL;

    (void)config;
    if (ask->count > 1)
        details = json_object_get(ask->list[1].answer, "rows");
    if (ask->refusal.code != ERR_OK)
        sql__refused(step, ask, &(struct reply_verdict){ .code = ask->refusal.code });
    else if (json_array_size(rows) == 0)
        step_probed(step, PROBE_ABSENT, NULL, "its probe did not find it");
    else if (json_array_size(rows) > 1 && action->probe.single)
        step_probed(
            step, PROBE_TWICE, NULL,
            "its probe found more than one under one reference: it may have happened twice");
    else
        probe_happened(step, action, json_array_get(rows, 0), details);
}

static void probe_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct action *action = action__of(step_type(step));
    const struct manifest_look look = { .body = action->sql.probe.params };
    const struct manifest_statement list[] = { action->sql.probe, action->sql.details };
    struct sql_ask *ask = sql_ask_new(action->sql.details.text != NULL ? 2 : 1);
    json_t *details = NULL;
    struct action_open open;
    struct buf told;
    struct err e;
    enum err_code rc;

    (void)config;
    buf_init(&told, LIMIT_SCRIPT);
    ask->reads = true;
    rc = action__open(step, action, values->filled[0], true, &open, &details, &e);
    if (rc == ERR_OK && !action__is_whole(&look, open.scope, &e))
        rc = e.code;
    if (rc == ERR_OK)
        rc = ask_fill(step, action, list, open.scope, ask, &told, &e);
    if (rc == ERR_OK) {
        step_sql(step, &(struct step_sql){ .ask = ask, .effect = EFFECT_NONE }, probe_asked);
        ask = NULL;
    } else {
        step_fail(step, &e, &details);
    }
    action__close(&open);
    buf_fini(&told);
    sql_ask_free(ask);
}

enum node_next action__sql_probe(struct step *step, const struct action_config *call)
{
    check(action__of(step_type(step))->sql.probe.text != NULL);
    return step_eval(step, call->values, 1, false, probe_evaluated);
}
