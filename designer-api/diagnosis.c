/* diagnosis.c - the probable cause of a failure, and its remedy. */
#include "designer-api/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/diagnosis_priv.h"
#include "designer-api/settlement_find.h"
#include "designer-api/when.h"
#include "engine/dead.h"
#include "engine/operate.h"

/* ---- What the flow's other runs say */

struct history {
    const struct store_run *run; /* the failed one */
    char fingerprint[DEAD_FINGERPRINT];
    unsigned seen, alike;
    int64_t since_ms;                             /* the first that failed alike */
    int64_t worked_ms;                            /* the last that succeeded, before that */
    bool worked_same, worked_other, failed_other; /* with this version, with another */
};

static bool history_sees(void *arg, const struct store_run *row)
{
    struct history *history = arg;
    const struct store_run *run = history->run;
    char fingerprint[DEAD_FINGERPRINT];
    bool same = strcmp(row->version, run->version) == 0;

    history->seen++;
    if (strcmp(row->workspace, run->workspace) != 0 ||
        strcmp(row->environment, run->environment) != 0)
        return true;
    if (row->status == RUN_SUCCEEDED) {
        history->worked_same |= same;
        history->worked_other |= !same;
        if (row->ended_ms > history->worked_ms && row->ended_ms <= run->ended_ms)
            history->worked_ms = row->ended_ms;
    }
    if (row->status != RUN_FAILED)
        return true;
    engine_dead_fingerprint(row, fingerprint);
    if (strcmp(fingerprint, history->fingerprint) != 0)
        return true;
    history->alike++;
    history->failed_other |= !same;
    if (history->since_ms == 0 || row->ended_ms < history->since_ms)
        history->since_ms = row->ended_ms;
    return true;
}

/* ---- The diagnosis */

/* params: taken; what the text is made of, for programs that say it in another language. */
PRINTF(4, 5)
static void evidence_add(json_t *list, const char *code, json_t *params, const char *fmt, ...)
{
    char text[240];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    check(params != NULL &&
          json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "code", code, "text", text,
                                                "params", params)) == 0);
}

static json_t *diagnosis_new(const struct cause *cause, const char *flow)
{
    json_t *made = json_pack("{s:s, s:s, s:s, s:i, s:[], s:{s:s, s:s*}}", "cause", cause->code,
                             "text", cause->text, "remedy", cause->remedy, "affected", 1,
                             "evidence", "link", "kind", cause->link, "flow", flow);

    check(made != NULL);
    return made;
}

/* Rules and data that were fine under the version before: it is the version, probably. */
static bool version_began(const struct history *history, const char *kind)
{
    return kind != NULL && (strcmp(kind, "rule") == 0 || strcmp(kind, "invalid") == 0) &&
           history->worked_other && !history->worked_same && !history->failed_other;
}

static json_t *run_diagnosis(const struct history *history, const char *kind,
                             const struct cause *cause)
{
    static const struct cause version = {
        .code = "version",
        .text = "It began with this version of the flow: none of its runs has succeeded, runs of "
                "another version have.",
        .remedy = "Compare the versions; mend the rule or mapping, or deploy the former version. "
                  "Then replay.",
        .link = "flow",
    };
    const struct store_run *run = history->run;
    bool began = version_began(history, kind);
    json_t *made = diagnosis_new(began ? &version : cause, run->flow);
    json_t *evidence = json_object_get(made, "evidence");
    char since[CLOCK_TEXT];

    json_object_set_new_nocheck(made, "affected", json_integer((json_int_t)history->alike));
    json_object_set_new_nocheck(made, "since", when_json(history->since_ms));
    if (history->seen >= DIAGNOSIS_RUNS)
        json_object_set_new_nocheck(made, "more", json_true());
    clock_text(history->since_ms, since);
    if (history->alike > 1)
        evidence_add(evidence, "alike",
                     json_pack("{s:i, s:s}", "count", (int)history->alike, "at", since),
                     "%s%u runs failed alike since %s",
                     history->seen >= DIAGNOSIS_RUNS ? "at least " : "", history->alike, since);
    else
        evidence_add(evidence, "alone", json_object(), "no other run failed alike");
    if (history->worked_ms > 0) {
        clock_text(history->worked_ms, since);
        evidence_add(evidence, "worked", json_pack("{s:s}", "at", since),
                     "the last run before it that succeeded ended at %s", since);
    }
    if (began)
        evidence_add(evidence, "version",
                     json_pack("{s:s%, s:s}", "version", run->version, strnlen(run->version, 12),
                               "cause", cause->code),
                     "version %.12s; said by its rules: %s", run->version, cause->text);
    return made;
}

/* ---- What the system's manifest says of it (reply_mean()) */

static const struct cause *meant_cause(const json_t *error)
{
    const json_t *meaning = json_object_get(json_object_get(error, "details"), "meaning");
    const struct cause *named = cause_named(json_get_text(meaning, "cause"));

    return named != NULL ? named
                         : cause_of(json_get_text(error, "kind"), json_get_text(error, "text"));
}

static void system_add(json_t *made, const char *title, const char *help, const char *remedy)
{
    if (title != NULL && (help != NULL || remedy != NULL))
        json_object_set_new_nocheck(
            made, "system",
            json_pack("{s:s, s:s*, s:s*}", "title", title, "help", help, "remedy", remedy));
}

static void meaning_add(json_t *made, const json_t *error)
{
    const json_t *meaning = json_object_get(json_object_get(error, "details"), "meaning");

    system_add(made, json_get_text(meaning, "system"), json_get_text(meaning, "help"),
               json_get_text(meaning, "remedy"));
}

/* ---- Where: the node that failed, and the connection it goes over */

static json_t *flow_of(struct store *store, const char *version)
{
    const struct json_limits limits = { 2 * LIMIT_OUTPUT, LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES };
    char *text = NULL;
    json_t *bundle = NULL, *flow;
    size_t size;
    struct err e;

    if (store_version(store, version, &text, &size, &e) == ERR_OK)
        bundle = json_read(text, size, &limits, &e);
    mem_free(text);
    flow = json_incref(json_object_get(bundle, "flow"));
    json_decref(bundle);
    return flow;
}

/* "each[3]/charge": the node's id is what the last part begins with. */
static const json_t *node_of(const json_t *flow, const char *step)
{
    const char *last = strrchr(step, '/');
    char id[LIMIT_PATH];

    last = last != NULL ? last + 1 : step;
    snprintf(id, sizeof id, "%.*s", (int)strcspn(last, "["), last);
    return settlement_node(flow, id);
}

static void place_add(json_t *made, struct store *store, const struct store_run *run,
                      const char *step)
{
    json_t *flow = step != NULL ? flow_of(store, run->version) : NULL;
    const json_t *node = flow != NULL ? node_of(flow, step) : NULL;
    const char *connection = json_get_text(node, "connection"), *title;

    title = json_get_text(node, "title");
    if (connection != NULL) {
        evidence_add(json_object_get(made, "evidence"), "place",
                     json_pack("{s:s, s:s, s:s}", "step", title != NULL ? title : step,
                               "connection", connection, "type", json_get_text(node, "type")),
                     "it was the step \"%.80s\", over the connection \"%.60s\"",
                     title != NULL ? title : step, connection);
        json_object_set_new_nocheck(
            json_object_get(made, "link"), "connection",
            json_sprintf("%s/%s/%s/%s", run->workspace, run->environment, run->flow, connection));
    }
    json_decref(flow);
}

/* Where the remedy is in a table, and the error names it: "table 'gl_accounts'". */
static void table_add(json_t *made, const char *text)
{
    static const char before[] = "table '";
    json_t *link = json_object_get(made, "link");
    const char *name = text != NULL ? strstr(text, before) : NULL;

    if (name == NULL || strcmp(json_get_text(link, "kind"), "lookups") != 0)
        return;
    name += sizeof before - 1;
    json_object_set_new(link, "table", json_stringn(name, strcspn(name, "'")));
}

struct diagnosis {
    struct store *store;
    json_t *made;
    struct err *e;
};

static bool diagnosis_sees(void *arg, const struct store_run *run)
{
    struct diagnosis *diagnosis = arg;
    struct history history = { .run = run };
    const struct store_runs_filter filter = { .flow = run->flow,
                                              .status = -1,
                                              .limit = DIAGNOSIS_RUNS };
    struct err e;
    json_t *error;

    if (run->status != RUN_FAILED || run->error == NULL)
        return false;
    engine_dead_fingerprint(run, history.fingerprint);
    if (store_runs(diagnosis->store, &filter, history_sees, &history, diagnosis->e) != ERR_OK)
        return false;
    if (history.alike == 0) { /* it is older than those that were looked at */
        history.alike = 1;
        history.since_ms = run->ended_ms;
    }
    error = json_read(run->error, strlen(run->error), &json_limits_reply, &e);
    diagnosis->made = run_diagnosis(&history, json_get_text(error, "kind"), meant_cause(error));
    meaning_add(diagnosis->made, error);
    table_add(diagnosis->made, json_get_text(error, "text"));
    place_add(diagnosis->made, diagnosis->store, run, json_get_text(error, "step"));
    json_decref(error);
    return false;
}

json_t *diagnosis_of_run(struct store *store, uint64_t run, struct err *e)
{
    struct diagnosis diagnosis = { .store = store, .e = e };

    e->code = ERR_OK;
    if (store_run_head(store, run, diagnosis_sees, &diagnosis, e) == ERR_NOT_FOUND)
        e->code = ERR_OK;
    if (e->code != ERR_OK) {
        json_decref(diagnosis.made);
        return NULL;
    }
    return diagnosis.made;
}

static const struct cause halted_cause = {
    .code = "halted",
    .text = "The credential of this connection is refused, or somebody has halted it.",
    .remedy = "Mend the credential, or resume the connection; what waits goes on by itself.",
    .link = "connection",
};
static const struct cause breaker_cause = {
    .code = "breaker",
    .text = "The system does not answer; the connection tries by itself, ever more seldom.",
    .remedy = "See that the system answers; what waits goes on by itself then.",
    .link = "connection",
};

/* What no waiting helps against is said as it is. */
static const struct cause *rest_cause(const char *text)
{
    const struct cause *cause = cause_of(NULL, text);

    return strcmp(cause->link, "connection") == 0 ? cause : &breaker_cause;
}

/* A connection that is not used: what it waits for, and how many wait. */
static json_t *connection_diagnosis(const json_t *exception)
{
    const char *state = json_get_text(exception, "state");
    const char *key = json_get_text(exception, "connection");
    bool halted = state != NULL && strcmp(state, "halted") == 0;
    json_int_t waiting = json_get_int(exception, "waiting", 0);
    json_t *made =
        diagnosis_new(halted ? &halted_cause : rest_cause(json_get_text(exception, "title")), NULL);

    json_object_set_new_nocheck(made, "affected", json_integer(waiting));
    if (json_object_get(exception, "since") != NULL)
        json_object_set_nocheck(made, "since", json_object_get(exception, "since"));
    if (key != NULL)
        json_object_set_new_nocheck(json_object_get(made, "link"), "connection", json_string(key));
    if (halted)
        system_add(made, json_get_text(exception, "system"), NULL,
                   json_get_text(exception, "credential"));
    evidence_add(json_object_get(made, "evidence"), "waiting", json_pack("{s:I}", "count", waiting),
                 "%lld %s for it", (long long)waiting, waiting == 1 ? "run waits" : "runs wait");
    return made;
}

json_t *diagnosis_of_exception(struct store *store, const json_t *exception, struct err *e)
{
    const char *type = json_get_text(exception, "type"), *text = json_get_text(exception, "run");
    json_t *made;
    uint64_t run;

    e->code = ERR_OK;
    if (type == NULL)
        return NULL;
    if (strcmp(type, "connection") == 0)
        return connection_diagnosis(exception);
    if (strcmp(type, "in_doubt") == 0) {
        made = diagnosis_new(cause_of("in_doubt", NULL), json_get_text(exception, "flow"));
        if (json_object_get(exception, "since") != NULL)
            json_object_set_nocheck(made, "since", json_object_get(exception, "since"));
        return made;
    }
    if (strcmp(type, "dead") != 0 || text == NULL || !ident_parse(text, &run))
        return NULL;
    return diagnosis_of_run(store, run, e);
}
