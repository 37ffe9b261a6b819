/* sql_probe.c - how connector.sql looks whether a transaction happened whose COMMIT has no answer:
 * a statement that reads, and a row that is there only if it did. */
#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/connector/sql_priv.h"

void sql__probe_compile(struct flow_build *build, struct sql_config *sql, const char *pointer)
{
    struct sql_probe *probe = sql->probe;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/probe", pointer);
    probe->part.result = SQL_RESULT_FIRST;
    probe->part.max_rows = 1;
    probe->part.expect = -1;
    sql__part_compile(build, &probe->part, place);
    if (probe->part.sql.text != NULL && !probe->part.sql.reads)
        flow_build_fault(build, place, "a probe only reads: its statement is a SELECT");
    if (sql->effect_class < EFFECT_KEYED)
        flow_build_fault(build, place, "a probe has a meaning with the effects keyed and once");
}

void sql__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt)
{
    const struct sql_config *sql = config;

    (void)type;
    if (sql->probe == NULL)
        return;
    doubt->probes = true;
    doubt->settle_ms = sql->probe->settle_ms;
    doubt->read_after_write = sql->probe->read_after_write;
}

/* The row stands for the answer that got lost, in the form that the statement gives. NULL: no
 * memory. */
static json_t *probe_output(const struct sql_config *sql, const struct sql_statement *probed)
{
    json_t *row = json_array_get(json_object_get(probed->answer, "rows"), 0), *output;
    bool failed = false;

    if (sql->statements.count > 0) {
        output = json_pack("{s:[],s:O}", "results", "row", row);
    } else {
        struct sql_statement as_if = { .answer = json_incref(probed->answer) };

        output = sql__output(&sql->one, &as_if);
        json_decref(as_if.answer);
        if (output != NULL && sql->one.out != NULL)
            json_put(output, "out", json_incref(row), &failed);
        if (output != NULL && sql->one.result == SQL_RESULT_COUNT)
            json_put(output, "count", json_integer(1), &failed);
    }
    if (output != NULL)
        json_put(output, "probed", json_true(), &failed);
    if (!failed)
        return output;
    json_decref(output);
    return NULL;
}

static void probe_asked(struct step *step, const void *config, struct sql_ask *ask)
{
    const struct sql_config *sql = config;
    const struct sql_statement *probed = &ask->list[0];
    struct err e;
    json_t *output;

    if (ask->refusal.code != ERR_OK) {
        sql__refused(step, ask, &(struct reply_verdict){ .code = ask->refusal.code });
        return;
    }
    if (json_array_size(json_object_get(probed->answer, "rows")) == 0) {
        step_probed(step, PROBE_ABSENT, NULL, "its probe did not find it");
        return;
    }
    output = probe_output(sql, probed);
    if (output != NULL) {
        step_probed(step, PROBE_HAPPENED, &output, "its probe found it");
        return;
    }
    err_set(&e, ERR_MEMORY, "no memory for what the probe found");
    step_fail(step, &e, NULL);
}

static void probe_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct sql_config *sql = config;
    struct sql_ask *ask = sql_ask_new(1);
    struct err e;

    ask->reads = true;
    if (sql__bind(step, &sql->probe->part, values->filled[0], &ask->list[0], &e) != ERR_OK) {
        sql_ask_free(ask);
        step_fail(step, &e, NULL);
        return;
    }
    step_sql(step, &(struct step_sql){ .ask = ask, .effect = EFFECT_NONE }, probe_asked);
}

enum node_next sql__probe(struct step *step, const void *config)
{
    const struct sql_config *sql = config;

    check(sql->probe != NULL);
    return step_eval(step, &sql->probe->part.params, 1, false, probe_evaluated);
}
