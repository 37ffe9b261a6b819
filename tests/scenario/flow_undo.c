/* flow_undo.c - what people change of a deployment and the store does not keep is not so: who was
 * told of a failure finds what was there before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "engine/flows.h"
#include "world/stage.h"

#define BUNDLE(name)                                                                           \
    "{\"flow\": {\"weft\": 1, \"name\": \"" name "\", \"nodes\": [{\"id\": \"in\", \"type\": " \
    "\"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": {\"type\": \"none\"}}}], " \
    "\"edges\": []}}"

static struct {
    unsigned calls;
    struct err e;
} told;

static void tell(void *arg, const struct err *e)
{
    (void)arg;
    told.calls++;
    told.e = *e;
}

static void live(struct stage *stage, char version[DIGEST_TEXT])
{
    version[0] = '\0';
    engine_flow_live(stage_engine(stage), "main", "test", "t", version);
}

static void publish(struct stage *stage, const char *bundle, char version[DIGEST_TEXT])
{
    struct faults faults;
    struct err e;
    json_t *json = json_read(bundle, strlen(bundle), &json_limits_body, &e);

    faults_init(&faults);
    assert_non_null(json);
    assert_int_equal(
        engine_flow_publish(stage_engine(stage), "main", "t", json, version, &faults, &e), ERR_OK);
    faults_fini(&faults);
    json_decref(json);
}

/* Commits what is queued, which is refused. */
static void refuse(struct stage *stage)
{
    unsigned before = told.calls;

    fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    fake_store_commit(stage_store(stage));
    assert_int_equal(told.calls, before + 1);
    assert_int_equal(told.e.code, ERR_STORE);
    assert_non_null(strstr(told.e.text, "what was there before works again"));
    stage_settle(stage);
}

static void deploy(struct stage *stage, const char *version)
{
    const struct flow_deploy place = { "main", "test", "t", version, "anna" };
    struct faults faults;
    struct err e;

    faults_init(&faults);
    assert_int_equal(engine_flow_deploy(stage_engine(stage), &place, &faults, tell, NULL, &e),
                     ERR_OK);
    faults_fini(&faults);
}

static void what_is_not_kept_does_not_work(void **state)
{
    const struct flow_deploy place = { "main", "test", "t", NULL, "anna" };
    char first[DIGEST_TEXT], second[DIGEST_TEXT], now[DIGEST_TEXT];
    struct stage *stage = stage_new();
    struct err e;

    (void)state;
    publish(stage, BUNDLE("one"), first);
    publish(stage, BUNDLE("two"), second);
    assert_string_not_equal(first, second);
    stage_settle(stage);

    deploy(stage, first); /* nothing was there */
    refuse(stage);
    live(stage, now);
    assert_string_equal(now, "");

    deploy(stage, first);
    fake_store_commit(stage_store(stage));
    assert_int_equal(told.e.code, ERR_OK);
    deploy(stage, second);
    refuse(stage);
    live(stage, now);
    assert_string_equal(now, first);
    assert_int_equal(engine_flow_undeploy(stage_engine(stage), &place, tell, NULL, &e), ERR_OK);
    refuse(stage);
    live(stage, now);
    assert_string_equal(now, first);
    assert_int_equal(engine_flow_pause(stage_engine(stage), &place, true, tell, NULL, &e), ERR_OK);
    refuse(stage);
    stage_post(stage, "x", "1"); /* it is not paused */
    stage_settle(stage);
    assert_int_equal(fake_store_runs(stage_store(stage)), 1);

    stage_crash(stage); /* and so it is after a restart */
    live(stage, now);
    assert_string_equal(now, first);
    stage_free(stage);
}

/* The engine ends while the fact is under way: nothing is taken back, nothing is leaked. */
static void an_end_takes_nothing_back(void **state)
{
    char first[DIGEST_TEXT];
    struct stage *stage = stage_new();

    (void)state;
    publish(stage, BUNDLE("one"), first);
    deploy(stage, first);
    stage_free(stage);
    assert_int_equal(told.e.code, ERR_OVERLOAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_kept_does_not_work),
        cmocka_unit_test(an_end_takes_nothing_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
