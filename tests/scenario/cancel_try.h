/* cancel_try.h - what tests of cancelled runs share. */
#ifndef SCENARIO_CANCEL_TRY_H
#define SCENARIO_CANCEL_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "world/stage.h"

#define HOOK                                                                                      \
    "{\"id\": \"in\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"x\", \"respond\": " \
    "\"accepted\", \"verify\": {\"type\": \"none\"}}}"
#define CALLED "{\"id\": \"in\", \"type\": \"trigger.call\"}"
#define FLOW(settings, nodes, edges)                                                             \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {" settings "}, \"nodes\": [" nodes \
    "], \"edges\": [" edges "]}}"
#define EDGE(from, to) "{\"from\": \"" from "\", \"to\": \"" to "\"}"
#define WAIT(time) \
    "{\"id\": \"wait\", \"type\": \"branch.wait\", \"config\": {\"for\": \"" time "\"}}"
#define PUT                                                                                       \
    "{\"id\": \"put\", \"type\": \"connector.http\", \"config\": {\"method\": \"PUT\", \"url\": " \
    "\"http://127.0.0.1/erp\"}}"
#define POST(id)                                                                     \
    "{\"id\": \"" id                                                                 \
    "\", \"type\": \"connector.http\", \"config\": {\"method\": \"POST\", \"url\": " \
    "\"http://127.0.0.1/once\"}}"
#define CALL(id, flow, mode)                                                         \
    "{\"id\": \"" id "\", \"type\": \"branch.call\", \"config\": {\"flow\": \"" flow \
    "\", \"mode\": \"" mode "\"}}"

static const struct fake_answer fine = { .status = 200, .body = "{}" };
static const struct fake_answer cut = { .code = ERR_TRANSIENT };

static inline void status_is(struct stage *stage, uint64_t run, const char *status)
{
    assert_string_equal(stage_status(stage, run), status);
}

static inline uint64_t post(struct stage *stage, const char *body)
{
    uint64_t request = stage_post(stage, "x", body);

    stage_settle(stage);
    return stage_run_id(stage, request);
}

static inline void noted(void *arg, const struct err *e)
{
    *(enum err_code *)arg = e->code;
}

/* It is durable when this returns: the store has done one thing at most. */
static inline void cancel(struct stage *stage, uint64_t run)
{
    enum err_code stored = ERR_COUNT;
    struct err e;

    assert_int_equal(engine_cancel(stage_engine(stage), run, "ann", "wrong", noted, &stored, &e),
                     ERR_OK);
    stage_turn(stage);
    fake_store_commit(stage_store(stage));
    stage_turn(stage);
    assert_int_equal(stored, ERR_OK);
}

struct found {
    const char *flow;
    uint64_t run;
};

static inline bool find(void *arg, const struct store_run *run)
{
    struct found *found = arg;

    if (strcmp(run->flow, found->flow) == 0)
        found->run = run->run;
    return true;
}

/* The newest run of a flow; 0: none. */
static inline uint64_t run_of(struct stage *stage, const char *flow)
{
    const struct store_runs_filter all = { .status = -1, .after = 1 };
    struct found found = { flow, 0 };
    struct err e;

    assert_int_equal(store_runs(fake_store_store(stage_store(stage)), &all, find, &found, &e),
                     ERR_OK);
    return found.run;
}

static inline bool count(void *arg, const struct store_fact *fact)
{
    (void)fact;
    ++*(unsigned *)arg;
    return true;
}

static inline unsigned facts(struct stage *stage, enum store_fact_kind kind)
{
    struct store_facts_filter filter = { .kind = kind };
    unsigned found = 0;
    struct err e;

    assert_int_equal(store_facts(fake_store_store(stage_store(stage)), &filter, count, &found, &e),
                     ERR_OK);
    return found;
}

#endif
