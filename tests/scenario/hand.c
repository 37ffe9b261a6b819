/* hand.c - runs that a person begins: said to be begun when they are kept, or told why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "world/stage.h"

#define FLOW                                                                                       \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"settings\": {\"dedupe\": \"=trigger.body.id\"}, " \
    "\"nodes\": [{\"id\": \"in\", \"type\": \"trigger.manual\"}, {\"id\": \"it\", \"type\": "      \
    "\"transform.map\", \"config\": {\"fields\": [{\"to\": \"id\", \"from\": "                     \
    "\"=trigger.body.id\"}]}}], \"edges\": [{\"from\": \"in\", \"to\": "                           \
    "\"it\"}]}}"

struct told {
    unsigned count;
    uint64_t run;
    struct err e;
};

static void told(void *arg, uint64_t run, const struct err *e)
{
    struct told *told = arg;

    told->count++;
    told->run = run;
    told->e = *e;
}

static struct told begin(struct stage *stage, const char *body)
{
    struct told one = { .count = 0 };
    json_t *json = json_loads(body, JSON_DECODE_ANY, NULL);
    struct err e;

    assert_non_null(json);
    assert_int_equal(
        engine_begin(stage_engine(stage), "main", "test", "t", NULL, json, false, told, &one, &e),
        ERR_OK);
    assert_int_equal(one.count, 0); /* nothing is promised yet */
    stage_settle(stage);
    assert_int_equal(one.count, 1);
    json_decref(json);
    return one;
}

static void what_is_said_to_be_begun_is_kept(void **arg)
{
    struct stage *stage = stage_new();
    struct told one;

    (void)arg;
    stage_deploy(stage, "t", FLOW);
    one = begin(stage, "{\"id\": \"A-1\"}");
    assert_int_equal(one.e.code, ERR_OK);
    stage_crash(stage);
    stage_settle(stage);
    assert_string_equal(stage_status(stage, one.run), "succeeded");
    stage_free(stage);
}

static void who_comes_second_is_told_of_the_first(void **arg)
{
    struct stage *stage = stage_new();
    struct told first, second;

    (void)arg;
    stage_deploy(stage, "t", FLOW);
    first = begin(stage, "{\"id\": \"A-1\"}");
    second = begin(stage, "{\"id\": \"A-1\"}");
    assert_int_equal(second.e.code, ERR_DUPLICATE);
    assert_int_equal(second.run, first.run);
    assert_non_null(strstr(second.e.text, "settings.dedupe"));
    stage_free(stage);
}

static void an_input_that_gives_no_key_is_refused_with_the_reason(void **arg)
{
    struct stage *stage = stage_new();
    struct told one;

    (void)arg;
    stage_deploy(stage, "t", FLOW);
    one = begin(stage, "{\"id\": [1]}");
    assert_int_equal(one.e.code, ERR_INVALID);
    assert_non_null(strstr(one.e.text, "settings.dedupe gave array"));
    stage_free(stage);
}

static void who_waits_at_the_end_is_told_so(void **arg)
{
    struct stage *stage = stage_new();
    struct told one = { .count = 0 };
    struct err e;

    (void)arg;
    stage_deploy(stage, "t", FLOW);
    assert_int_equal(
        engine_begin(stage_engine(stage), "main", "test", "t", NULL, NULL, false, told, &one, &e),
        ERR_OK);
    stage_crash(stage);
    assert_int_equal(one.count, 1);
    assert_int_equal(one.e.code, ERR_OVERLOAD);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_to_be_begun_is_kept),
        cmocka_unit_test(who_comes_second_is_told_of_the_first),
        cmocka_unit_test(an_input_that_gives_no_key_is_refused_with_the_reason),
        cmocka_unit_test(who_waits_at_the_end_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
