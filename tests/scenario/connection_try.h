/* connection_try.h - what the tests of connections share: a flow with one, or flows that use the
 * workspace's, a system that answers as told, and the state that people see. */
#ifndef SCENARIO_CONNECTION_TRY_H
#define SCENARIO_CONNECTION_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "engine/append.h"
#include "engine/connection_test.h"
#include "world/stage.h"

#define FLOW(attempts, connection)                                                               \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"in\", \"type\": "          \
    "\"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": {\"type\": \"none\"}}}, "    \
    "{\"id\": \"post\", \"type\": \"connector.http\", \"connection\": \"erp\", \"config\": "     \
    "{\"method\": \"POST\", \"path\": \"/erp\", \"body\": {\"n\": \"=trigger.body.n\"}, "        \
    "\"effect\": \"keyed\", \"key_header\": \"Idempotency-Key\"}, "                              \
    "\"retry\": {\"attempts\": " attempts ", \"initial\": \"1s\", \"jitter\": 0}}], \"edges\": " \
    "[{\"from\": \"in\", \"to\": \"post\"}]}, \"connections\": {\"weft\": 1, \"connections\": "  \
    "{\"erp\": {\"connector\": \"http\", \"base_url\": \"http://127.0.0.1\"" connection "}}}}"

#define SHARING(path)                                                                        \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"in\", \"type\": "      \
    "\"trigger.webhook\", \"config\": {\"path\": \"" path                                    \
    "\", \"verify\": {\"type\": \"none\"}}}, "                                               \
    "{\"id\": \"post\", \"type\": \"connector.http\", \"connection\": \"erp\", \"config\": " \
    "{\"method\": \"PUT\", \"path\": \"/erp\", \"body\": {\"n\": \"=trigger.body.n\"}}}], "  \
    "\"edges\": [{\"from\": \"in\", \"to\": \"post\"}]}, \"connections\": {\"weft\": 1, "    \
    "\"connections\": {\"erp\": {\"connector\": \"http\", \"use\": \"books\"}}}}"

static const struct fake_answer fine = { .status = 200, .body = "{\"ok\":true}" };
static const struct fake_answer refused = { .code = ERR_TRANSIENT, .not_sent = true };

static inline void script(struct stage *stage, const struct fake_answer *answer)
{
    fake_http_script(stage_http(stage), "erp", answer, 1);
}

static inline uint64_t post_to(struct stage *stage, const char *path, int n)
{
    char body[40];
    uint64_t request;

    snprintf(body, sizeof body, "{\"n\": %d}", n);
    request = stage_post(stage, path, body);
    stage_settle(stage);
    assert_int_equal(stage_answer(stage, request)->status, 202);
    return stage_run_id(stage, request);
}

static inline uint64_t post(struct stage *stage, int n)
{
    return post_to(stage, "x", n);
}

static inline size_t sent(struct stage *stage)
{
    return fake_http_count(stage_http(stage), "erp");
}

static inline const char *state(struct stage *stage)
{
    static char text[40];
    struct err e;
    json_t *list = engine_connections(stage_engine(stage), &e);

    assert_int_equal(json_array_size(list), 1);
    snprintf(text, sizeof text, "%s", json_get_text(json_array_get(list, 0), "state"));
    json_decref(list);
    return text;
}

static inline void shared_is_kept(void *arg, const struct err *e)
{
    (void)arg;
    assert_int_equal(e->code, ERR_OK);
}

static inline void keep_shared(struct stage *stage)
{
    static const char shared[] =
        "{\"v\": {\"connector\": \"http\", \"environments\": {\"test\": {\"base_url\": "
        "\"http://127.0.0.1\", \"limits\": {\"requests\": 2, \"per\": \"1s\", \"burst\": 2}}}}}";
    struct store_fact fact = {
        .op = FACT_PUT, .kind = FACT_OBJECT, .key = "connection/main/books", .value = shared
    };
    struct store_batch *batch = store_batch_new(0);

    store_batch_fact(batch, &fact);
    engine_append(stage_engine(stage), &batch, 1, shared_is_kept, NULL);
    stage_settle(stage);
}

#endif
