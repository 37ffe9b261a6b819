/* rates.c - the headers by which a system says how much it still takes, as its manifest names them:
 * who comes next waits before it would be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "flow/faults.h"
#include "nodes/manifest.h"
#include "world/stage.h"

#define NOW_S INT64_C(1795000000) /* of the stage's clock */

static const char manifest_text[] =
    "{\"weft\": 1, \"name\": \"bank\", \"title\": \"Bank\", \"version\": \"1\", \"help\": \"B.\", "
    "\"environments\": {\"test\": {\"base_url\": \"http://127.0.0.1\"}}, \"sign_in\": {\"type\": "
    "\"none\"}, \"limits\": {\"remaining_header\": \"X-Left\", \"reset_header\": \"X-Reset\", "
    "\"budgets\": [{\"remaining_header\": \"X-Time\"}, {\"remaining_header\": \"X-Tokens\", "
    "\"reset_header\": \"X-Until\"}]}, "
    "\"actions\": {\"get\": {\"title\": \"Get\", \"help\": \"Gets.\", \"method\": \"GET\", "
    "\"path\": "
    "\"/rate\", \"expect\": [204], \"input\": {\"type\": \"object\", \"properties\": {}}, "
    "\"example\": {\"input\": {}, \"output\": {}}}}}";
static const char bundle[] =
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"in\", \"type\": "
    "\"trigger.webhook\", \"config\": {\"path\": \"x\", \"verify\": {\"type\": \"none\"}}}, "
    "{\"id\": "
    "\"get\", \"type\": \"connector.bank.get\", \"connection\": \"bank\", \"config\": {\"input\": "
    "{}}}], \"edges\": [{\"from\": \"in\", \"to\": \"get\"}]}, \"connections\": {\"weft\": 1, "
    "\"connections\": {\"bank\": {\"connector\": \"bank\"}}}}";

static size_t sent(struct stage *stage)
{
    return fake_http_count(stage_http(stage), "/rate");
}

/* After such an answer the next call waits for so long; 0: it does not. */
static void waits_after(const struct fake_answer *given, int64_t ms)
{
    const char *left = given->value, *reset = given->more[0].value;
    struct manifest *manifest;
    struct faults faults;
    struct stage *stage;

    mem_install();
    faults_init(&faults);
    manifest = manifest_read("bank", manifest_text, strlen(manifest_text), &faults);
    if (manifest == NULL)
        fail_msg("%s: %s", faults.list[0].pointer, faults.list[0].text);
    stage = stage_new();
    manifest_add(manifest, (struct registry *)stage_registry(stage));
    stage_deploy(stage, "t", bundle);
    fake_http_script(stage_http(stage), "/rate", given, 1);
    stage_post(stage, "x", "{}");
    stage_settle(stage);
    assert_int_equal(sent(stage), 1);
    stage_post(stage, "x", "{}");
    stage_settle(stage);
    if (ms > 0) {
        if (sent(stage) != 1)
            fail_msg("left %s, reset %s: it did not wait", left, reset);
        stage_wait(stage, ms - 1);
        if (sent(stage) != 1)
            fail_msg("left %s, reset %s: it waited too short", left, reset);
        stage_wait(stage, 1001); /* a moment in whole seconds may be up to one later */
    }
    if (sent(stage) != 2)
        fail_msg("left %s, reset %s: it waited too long", left, reset);
    stage_free(stage);
    manifest_free(manifest);
    faults_fini(&faults);
}

/* ahead_s: the reset is a moment so far from now, in `unit` of a second. */
static void waits(const char *left, const char *reset, int64_t ahead_s, int64_t unit, int64_t ms)
{
    struct fake_answer given = { .status = 204, .header = "x-left", .value = left };
    char moment[40];

    if (unit > 0) {
        snprintf(moment, sizeof moment, "%lld", (long long)((NOW_S + ahead_s) * unit));
        reset = moment;
    }
    if (reset != NULL)
        given.more[0] = (struct http_pair){ "X-RESET", reset };
    waits_after(&given, ms);
}

static void nothing_left_makes_the_next_wait(void **state)
{
    (void)state;
    waits("0", NULL, 0, 0, 1000);
    waits("0", "5", 0, 0, 5000);
    waits("0", "90", 0, 0, 90000);
    waits("0", "2.5", 0, 0, 2500);
    waits("0", "12ms", 0, 0, 12);
    waits("0", "6m0s", 0, 0, 360000);
    waits("0", "1m30.5s", 0, 0, 90500);
    waits("0.42", "3", 0, 0, 3000);
    waits("1,199.97", "3", 0, 0, 0);
    waits("0", "999999999999999h", 0, 0, 3600000);
    waits("40/40", "3", 0, 0, 3000);
    waits("41 / 40", "3", 0, 0, 3000);
    waits("0", "86400", 0, 0, 3600000); /* a header is no reason to wait for longer */
}

static void a_moment_is_waited_for(void **state)
{
    (void)state;
    waits("0", NULL, 30, 1, 29000);
    waits("0", NULL, 30, 1000, 29000);
    waits("0", NULL, -30, 1, 0); /* it has passed */
}

static void what_says_nothing_of_it_changes_nothing(void **state)
{
    (void)state;
    waits("1", "90", 0, 0, 0);
    waits("39/40", "90", 0, 0, 0);
    waits("none", "90", 0, 0, 0);
    waits("", "90", 0, 0, 0);
    waits("-1", "90", 0, 0, 0);
    waits("0/none", "90", 0, 0, 0);
    waits("0000000000000000", "90", 0, 0, 0); /* too long for a number */
    waits("0", "soon", 0, 0, 1000);
    waits("0", "6 minutes", 0, 0, 1000);
    waits("0", "1m2m3m4m5m", 0, 0, 1000);
}

/* Calls and tokens, or calls and time: whichever is used up, and the one that lasts longest. */
static void each_of_its_budgets_counts(void **state)
{
    const struct fake_answer time = { .status = 204, .header = "x-time", .value = "0.9" };
    const struct fake_answer tokens = {
        .status = 204, .header = "x-tokens", .value = "0", .more = { { "x-until", "7s" } }
    };
    const struct fake_answer both = { .status = 204,
                                      .header = "x-tokens",
                                      .value = "0",
                                      .more = { { "x-until", "7s" }, { "x-left", "0" } } };
    const struct fake_answer some = { .status = 204,
                                      .header = "x-tokens",
                                      .value = "149984",
                                      .more = { { "x-until", "6m0s" }, { "x-left", "1" } } };

    (void)state;
    waits_after(&time, 1000);
    waits_after(&tokens, 7000);
    waits_after(&both, 7000);
    waits_after(&some, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_left_makes_the_next_wait),
        cmocka_unit_test(a_moment_is_waited_for),
        cmocka_unit_test(each_of_its_budgets_counts),
        cmocka_unit_test(what_says_nothing_of_it_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
