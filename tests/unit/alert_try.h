/* alert_try.h - rules, alerts and notices on a stage: a desk that takes notices or does not, a flow
 * whose runs fail, and a clock that stands still. */
#ifndef UNIT_ALERT_TRY_H
#define UNIT_ALERT_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "designer-api/alert_priv.h"
#include "designer-api/when.h"
#include "engine/flows.h"
#include "engine/secret.h"
#include "vault/sign.h"
#include "world/stage.h"

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define SECOND     INT64_C(1000)
#define MINUTE     (60 * SECOND)
#define HOUR       (60 * MINUTE)
#define URL        "https://desk.example.com/notices"
#define KEY        "a key of the desk"
#define FLOW                                                                                       \
    "{\"flow\": {\"weft\": 1, \"name\": \"Orders\", \"nodes\": [{\"id\": \"hook\", \"type\": "     \
    "\"trigger.webhook\", \"config\": {\"path\": \"orders\", \"verify\": {\"type\": \"none\"}}}, " \
    "{\"id\": \"map\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"n\", "    \
    "\"from\": \"=trigger.body.n * 2\"}]}}], \"edges\": [{\"from\": \"hook\", \"to\": \"map\"}]}}"

static const struct fake_answer taken = { .status = 200, .body = "" };
static const struct fake_answer down = { .status = 503, .body = "" };
static const struct json_limits limits = { MIB, 20, 1000 };

static struct stage *stage;
static struct objects *objects;
static struct series *series;
static struct alerts *alerts;
static struct channel_ways ways;
static struct err e;

static inline struct clock *the_clock(void)
{
    return engine_world(stage_engine(stage))->clock;
}

static inline void open_rooms(void)
{
    const struct world *world = engine_world(stage_engine(stage));
    const struct series_kept kept = { .minutes_s = 0 };
    struct alerts_rooms rooms = { .engine = stage_engine(stage),
                                  .store = world->store,
                                  .clock = world->clock,
                                  .log = world->log,
                                  .ways = &ways };

    objects = rooms.objects = objects_new(stage_engine(stage), world->store, world->clock);
    series = rooms.series =
        series_new(stage_engine(stage), world->store, world->clock, world->log, &kept, &e);
    assert_non_null(series);
    alerts = alerts_new(&rooms, &e);
    assert_non_null(alerts);
}

static inline void close_rooms(void)
{
    alerts_free(alerts);
    series_free(series);
    objects_free(objects);
}

static inline void told(void *arg, const struct err *why)
{
    (void)arg;
    assert_int_equal(why->code, ERR_OK);
}

static inline void keep(const char *kind, const char *id, const char *text)
{
    json_t *body = json_read(text, strlen(text), &limits, &e);
    const struct object_change change = {
        .kind = kind, .workspace = "main", .id = id, .from = OBJECT_ANY, .body = body, .by = "anna"
    };

    assert_non_null(body);
    assert_int_equal(object_change(objects, &change, NULL, told, NULL, &e), ERR_OK);
    stage_settle(stage);
    json_decref(body);
    if (strcmp(kind, ALERT_RULE_KIND) == 0)
        alerts_rule_changed(alerts, "main", id);
}

static inline int begin(void **state)
{
    json_t *origins;

    (void)state;
    stage = stage_new();
    stage_deploy(stage, "orders", FLOW);
    origins = json_pack("[s]", "https://desk.example.com");
    assert_int_equal(engine_secret_set(stage_engine(stage), "main", "desk_key", KEY, strlen(KEY),
                                       origins, "anna", &e),
                     ERR_OK);
    json_decref(origins);
    open_rooms();
    keep(CHANNEL_KIND, "desk",
         "{\"kind\": \"webhook\", \"url\": \"" URL "\", \"secret\": \"desk_key\"}");
    fake_http_script(stage_http(stage), "desk.example.com", &taken, 1);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    close_rooms();
    stage_settle(stage);
    stage_free(stage);
    return 0;
}

static inline void crash(void)
{
    close_rooms(); /* what that writes is lost with all that was not committed */
    stage_crash(stage);
    open_rooms();
}

/* All that is due now, the network's answers too. */
static inline void look(void)
{
    for (unsigned i = 0; i < 6; i++) {
        (void)series_turn(series);
        (void)alerts_turn(alerts);
        stage_settle(stage);
    }
}

static inline void pass(int64_t ms)
{
    for (int64_t step = ms > HOUR ? MINUTE : 10 * SECOND; ms > 0; ms -= step) {
        stage_wait(stage, ms < step ? ms : step);
        look();
    }
}

static inline void post(const char *body)
{
    (void)stage_post(stage, "orders", body);
    stage_settle(stage);
    alerts_stir(alerts);
}

static inline void post_wrong(void)
{
    post("{\"n\": \"none\"}");
}

static inline size_t notices(void)
{
    return fake_http_count(stage_http(stage), "desk.example.com");
}

static inline json_t *notice(size_t at)
{
    const struct fake_sent *sent = fake_http_sent(stage_http(stage), "desk.example.com", at);
    json_t *body = json_read(sent->body, strlen(sent->body), &limits, &e);

    assert_non_null(body);
    return body;
}

static inline void expect_notice(size_t at, const char *what)
{
    json_t *body = notice(at);

    assert_string_equal(json_get_text(body, "what"), what);
    json_decref(body);
}

static inline bool take(void *arg, const struct object *object)
{
    json_array_append_new(arg, alerts_show(alerts, "main", object));
    return true;
}

static inline json_t *listed(void)
{
    json_t *list = json_array();

    assert_int_equal(object_list(objects, ALERT_KIND, "main", NULL, NULL, 0, take, list, &e),
                     ERR_OK);
    return list;
}

/* The newest alert, "": none */
static inline void expect_state(size_t count, const char *state)
{
    json_t *list = listed();
    char found[40], wanted[40];

    snprintf(found, sizeof found, "%zu %s", json_array_size(list),
             count > 0 ? json_get_text(json_array_get(list, 0), "state") : "");
    json_decref(list);
    snprintf(wanted, sizeof wanted, "%zu %s", count, state);
    assert_string_equal(found, wanted);
}

#define COUNT_RULE                                                                         \
    "{\"kind\": \"count\", \"metric\": \"runs.failed\", \"above\": 0, \"window_s\": 300, " \
    "\"title\": \"Orders fail\", \"channels\": [\"desk\"]"

static inline void say(enum alert_act act, int64_t minutes)
{
    json_t *list = listed(), *shown = NULL;
    const struct alert_said said = {
        .workspace = "main",
        .alert = json_get_text(json_array_get(list, 0), "alert"),
        .act = act,
        .by = "anna",
        .note = "I look after it",
        .minutes = minutes,
    };
    uint64_t revision;

    assert_int_equal(alerts_act(alerts, &said, &shown, &revision, told, NULL, &e), ERR_OK);
    stage_settle(stage);
    json_decref(shown);
    json_decref(list);
}

#endif
