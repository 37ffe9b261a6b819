/* flow_test.c - one test of a whole flow.
 *
 *     {"name", "input", "trigger"?, "now"?, "state"?: {SPACE: {KEY: value}},
 *      "answers"?: {STEP: ANSWER or [ANSWER...]},
 *      "before"?: [{"input", "trigger"?, "answers"?, "times"?, "every"?}],
 *      "expect": {"status", "output"?, "steps"?, "not_run"?, "error"?, "requests"?, "waits"?,
 *                 "state"?, "posted"?: {CURRENCY: AMOUNT}}}
 *
 * An ANSWER is {"output": ...} or {"error": {"kind", "text"}}; of a list the attempts take one
 * after the other, and the last stays. Without an answer a connector gives its example, and who
 * waits for a person or an event goes on waiting.
 *
 * The runs of "before" come first, on the same store, each `every` after the one before it, and the
 * last so long before the test's own: what the flow remembers by then is what they have left. */
#include "command/flow_test.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/command.h"
#include "command/flow_before.h"
#include "command/flow_order.h"
#include "command/trial.h"
#include "engine/answers.h"
#include "engine/flows.h"
#include "engine/proof.h"
#include "engine/sample.h"
#include "engine/seed.h"
#include "flow/node_long.h"

struct flow_test {
    struct trial trial;
    struct answers answers;
    json_t *requests; /* what would have left: {step, method, path, headers, body} */
    json_t *waits;    /* what was waited for: {step, title, data} or {step, event, key} */
    struct buf *why, *pointer;
};

/* ---- Answers */

/* A step that was put away meanwhile asks again: that is the same wait. */
static void wait_note(struct flow_test *test, const char *step, json_t *wait)
{
    json_t *one;
    size_t i;

    check(json_object_set_new(wait, "step", json_string(step)) == 0);
    json_array_foreach(test->waits, i, one)
    {
        if (!json_same(one, wait))
            continue;
        json_decref(wait);
        return;
    }
    check(json_array_append_new(test->waits, wait) == 0);
}

/* Those of the step's own; what a connection signs is not there. */
static json_t *asked_headers(const struct step_ask *ask)
{
    json_t *headers = json_object();

    for (size_t i = 0; i < ask->header_count; i++)
        check(json_object_set_new(headers, ask->headers[i].name,
                                  json_string(ask->headers[i].value)) == 0);
    return headers;
}

static void ask_note(struct flow_test *test, const char *step, const struct step_ask *ask)
{
    json_t *body;

    if (strcmp(ask->method, STEP_ASKS_KEPT) == 0)
        return;
    body = asked_body(ask);
    if (strcmp(ask->method, STEP_ASKS_PERSON) == 0 || strcmp(ask->method, STEP_ASKS_EVENT) == 0) {
        wait_note(test, step, body);
        return;
    }
    body = json_pack("{s:s,s:s,s:s,s:o,s:o}", "step", step, "method", ask->method, "path",
                     ask->target, "headers", asked_headers(ask), "body", body);
    check(body != NULL && json_array_append_new(test->requests, body) == 0);
}

static json_t *test_simulated(void *arg, const char *step, const struct step_ask *ask,
                              struct err *e)
{
    struct flow_test *test = arg;

    ask_note(test, step, ask);
    return answers_next(&test->answers, step, e);
}

/* ---- What is expected */

static void test_fails(struct flow_test *test, const char *what, const json_t *expected,
                       const json_t *got, bool part)
{
    struct buf text;

    if (test->why->len > 0)
        return; /* the first difference is told */
    buf_init(&text, 64 * KIB);
    proof_differ_text(expected, got, part, &text, test->pointer);
    if (text.len > 0)
        buf_addf(test->why, "%s: %s", what, buf_text(&text));
    buf_fini(&text);
}

/* The last entry of a step in the run's story; NULL: it did not run. */
static const json_t *step_of(const json_t *run, const char *id)
{
    const json_t *steps = json_object_get(run, "steps"), *found = NULL;
    size_t i;
    json_t *step;

    json_array_foreach(steps, i, step)
    {
        if (json_get_text(step, "step") != NULL && strcmp(json_get_text(step, "step"), id) == 0)
            found = step;
    }
    return found;
}

static void compare_steps(struct flow_test *test, const json_t *expect, const json_t *run)
{
    const char *id;
    json_t *output;
    size_t i;

    json_object_foreach(json_object_get(expect, "steps"), id, output)
    {
        char what[160];
        const json_t *step = step_of(run, id);

        snprintf(what, sizeof what, "the output of %.120s", id);
        if (step == NULL && test->why->len == 0)
            buf_addf(test->why, "%s: the step did not run", what);
        else
            test_fails(test, what, output, json_object_get(step, "output"), false);
    }
    json_array_foreach(json_object_get(expect, "not_run"), i, output)
    {
        if (json_is_text(output) && step_of(run, json_text(output)) != NULL && test->why->len == 0)
            buf_addf(test->why, "%.120s ran, and was expected not to", json_text(output));
    }
}

static void compare_error(struct flow_test *test, const json_t *expect, const json_t *run)
{
    const char *key;
    json_t *value;
    const json_t *error = json_object_get(run, "error");

    json_object_foreach(json_object_get(expect, "error"), key, value)
    {
        const char *got = json_get_text(error, key);
        char what[80];

        snprintf(what, sizeof what, "the error's %.60s", key);
        if (strcmp(key, "text") == 0 && got != NULL && json_is_text(value) &&
            strstr(got, json_text(value)) != NULL)
            continue; /* a part of it is enough */
        test_fails(test, what, value, json_object_get(error, key), false);
    }
}

static void compare_state(struct flow_test *test, const json_t *expect)
{
    const char *space, *key;
    json_t *notes, *wanted;

    json_object_foreach(json_object_get(expect, "state"), space, notes)
    {
        json_object_foreach(notes, key, wanted)
        {
            struct app *app = &test->trial.app;
            int64_t now_ms = app->world.clock->wall_ms(app->world.clock);
            struct err e = { .code = ERR_OK };
            json_t *got =
                engine_seeded(app->store, "main", TRIAL_ENVIRONMENT, space, key, now_ms, &e);
            char what[600];

            snprintf(what, sizeof what, "the state of %.64s/%.400s", space, key);
            if (got != NULL || !json_is_null(wanted))
                test_fails(test, what, wanted, got, false);
            json_decref(got);
        }
    }
}

/* By settings.money, as it is counted for the dashboard: of the runs before, too. */
static void compare_posted(struct flow_test *test, const json_t *expect)
{
    const json_t *wanted = json_object_get(expect, "posted");
    json_t *got = json_object();
    struct sample_place place;
    char amount[DECIMAL_TEXT];
    size_t cursor = 0;
    struct err e;

    while (wanted != NULL && sample_place(test->trial.app.engine, &cursor, &place))
        for (unsigned i = 0; i < TALLY_CURRENCIES; i++) {
            const struct tally_money *money = &place.tally->money[i];

            if (money->runs[TALLY_POSTED] == 0)
                continue;
            decimal_text(&money->sums[TALLY_POSTED], amount);
            json_object_set_new(got, money->currency,
                                json_read(amount, strlen(amount), &json_limits_reply, &e));
        }
    if (wanted != NULL)
        test_fails(test, "what was posted", wanted, got, false);
    json_decref(got);
}

/* The output of the step that ended last. */
static const json_t *last_output(const json_t *run)
{
    const json_t *steps = json_object_get(run, "steps"), *found = NULL;
    size_t i;
    json_t *step;

    json_array_foreach(steps, i, step)
    {
        if (json_object_get(step, "output") != NULL)
            found = json_object_get(step, "output");
    }
    return found;
}

/* What its caller was answered; of a run that was put away meanwhile, so that nobody waited any
 * more, what its story has. */
static void compare_output(struct flow_test *test, const json_t *expect, const json_t *run)
{
    const json_t *expected = json_object_get(expect, "output");
    const json_t *told = json_object_get(run, "output");
    const char *output = test->trial.output;
    struct err e;
    json_t *got;

    if (expected == NULL)
        return;
    if (told != NULL || output == NULL || test->trial.waited) {
        test_fails(test, "the output", expected, told != NULL ? told : last_output(run), false);
        return;
    }
    got = json_read(output, strlen(output), &json_limits_reply, &e);
    if (got == NULL)
        got = json_string(output);
    test_fails(test, "the output", expected, got, false);
    json_decref(got);
}

static void compare_ordered(struct flow_test *test, const json_t *expect, const char *member,
                            json_t *got)
{
    const json_t *wanted = json_object_get(expect, member), *bundle;
    char version[DIGEST_TEXT], what[40];

    if (wanted == NULL)
        return;
    bundle = engine_flow_live(test->trial.app.engine, "main", TRIAL_ENVIRONMENT, test->trial.slug,
                              version);
    flow_order_as(json_object_get(bundle, "flow"), wanted, got);
    snprintf(what, sizeof what, "the %s", member);
    test_fails(test, what, wanted, got, true);
}

static void compare(struct flow_test *test, const json_t *expect)
{
    json_t *run, *status, *wanted;
    struct err e;

    run = engine_show(test->trial.app.store, test->trial.run, &e);
    if (run == NULL) {
        buf_add_text(test->why, e.text);
        return;
    }
    status = json_object_get(run, "status");
    wanted = json_object_get(expect, "status");
    if (wanted != NULL && !json_same(wanted, status)) {
        const json_t *error = json_object_get(run, "error");

        test_fails(test, "the status", wanted, status, false);
        if (error != NULL)
            buf_addf(test->why, " (%s at %s: %s)", json_get_text(error, "kind"),
                     json_get_text(error, "step") != NULL ? json_get_text(error, "step") : "?",
                     json_get_text(error, "text"));
    }
    compare_error(test, expect, run);
    compare_steps(test, expect, run);
    compare_output(test, expect, run);
    compare_ordered(test, expect, "requests", test->requests);
    compare_ordered(test, expect, "waits", test->waits);
    compare_state(test, expect);
    compare_posted(test, expect);
    json_decref(run);
}

/* ---- The test */

static bool members_known(const json_t *json, const char *const *known, struct buf *why)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)json, key, value)
    {
        size_t i = 0;

        while (known[i] != NULL && strcmp(known[i], key) != 0)
            i++;
        if (known[i] != NULL)
            continue;
        buf_addf(why, "\"%.80s\" means nothing in a test", key);
        return false;
    }
    return true;
}

static bool answer_ok(const json_t *answer, struct buf *why)
{
    static const char *const answered[] = { "output", "error", NULL };
    const char *kind = json_get_text(json_object_get(answer, "error"), "kind");
    enum err_code code;

    if (!members_known(answer, answered, why))
        return false;
    if (kind == NULL || (err_find(kind, &code) && code != ERR_OK))
        return true;
    buf_addf(why, "\"%.80s\" is no kind of failure (docs/FLOWS.md, \"When a step fails\")", kind);
    return false;
}

static bool answers_ok(const json_t *row, struct buf *why)
{
    const char *step;
    json_t *answer;
    size_t i;

    json_object_foreach(json_object_get(row, "answers"), step, answer)
    {
        if (json_is_array(answer) ? json_array_size(answer) == 0 : !json_is_object(answer)) {
            buf_addf(why, "the answer of %.80s is {\"output\": ...} or {\"error\": ...}", step);
            return false;
        }
        for (i = 0; i < json_array_size(answer); i++)
            if (!answer_ok(json_array_get(answer, i), why))
                return false;
        if (json_is_object(answer) && !answer_ok(answer, why))
            return false;
    }
    return true;
}

static bool shape_ok(const json_t *test, int64_t *now, struct buf *why)
{
    static const char *const own[] = { "name",  "help",    "input",  "trigger", "now",
                                       "state", "answers", "before", "expect",  NULL };
    static const char *const expected[] = { "status",   "output", "steps", "not_run", "error",
                                            "requests", "waits",  "state", "posted",  NULL };
    static const char *const before[] = { "input", "trigger", "answers", "times", "every", NULL };
    const json_t *expect = json_object_get(test, "expect");
    const char *moment = json_get_text(test, "now");
    json_t *row;
    size_t i;

    if (!json_is_object(expect)) {
        buf_add_text(why, "a test has \"expect\": {\"status\": ...}");
        return false;
    }
    if (!members_known(test, own, why) || !members_known(expect, expected, why))
        return false;
    if (!answers_ok(test, why) || !flow_before_ok(json_object_get(test, "before"), why))
        return false;
    json_array_foreach(json_object_get(test, "before"), i, row)
    {
        if (!members_known(row, before, why) || !answers_ok(row, why))
            return false;
    }
    if (proof_moment(moment != NULL ? moment : PROOF_NOW, now))
        return true;
    buf_add_text(why, "\"now\" is a moment like \"" PROOF_NOW "\"");
    return false;
}

/* One run; its answers stand for those of the test, step by step. */
static enum err_code test_one(struct flow_test *test, const json_t *json, const json_t *row,
                              struct err *e)
{
    json_t *input = json_object_get(row, "input"), *none = json_object(), *answers = json_object();
    struct trial_ask ask = { .trigger = json_get_text(row, "trigger"),
                             .state = test->trial.run == 0 ? json_object_get(json, "state") : NULL,
                             .input = input != NULL ? input : none,
                             .simulate = true };

    json_object_update(answers, json_object_get(json, "answers"));
    json_object_update(answers, json_object_get(row, "answers"));
    test->answers = (struct answers){ .given = answers };
    json_array_clear(test->requests);
    json_array_clear(test->waits);
    e->code = trial_run(&test->trial, &ask, e);
    answers_free(&test->answers);
    json_decref(none);
    return e->code;
}

static enum err_code test_before(struct flow_test *test, const json_t *json, struct err *e)
{
    struct trial *trial = &test->trial;
    int64_t next = trial->clock.wall;
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(json, "before"), i, row)
    {
        for (int64_t k = 0; k < flow_before_times(row); k++) {
            if (test_one(test, json, row, e) == ERR_OK && !trial->ended && !trial->waited)
                err_set(e, ERR_INVALID,
                        "it did not begin; with \"dedupe\" each event needs a key of its own");
            if (e->code != ERR_OK)
                return err_prefix(e, "before/%zu, run %lld", i, (long long)k + 1);
            next += flow_before_every(row);
            if (next > trial->clock.wall)
                clock_manual_add(&trial->clock, next - trial->clock.wall);
        }
    }
    return ERR_OK;
}

void flow_test_run(const char *flow, const json_t *json, struct buf *why, struct buf *pointer)
{
    struct flow_test test = {
        .requests = json_array(), .waits = json_array(), .why = why, .pointer = pointer
    };
    int64_t now = 0;
    struct err e = { .code = ERR_OK };

    if (!shape_ok(json, &now, why))
        goto out;
    if (trial_init(&test.trial, NULL, &e) == ERR_OK) {
        test.trial.app.log.level = LOG_ERROR;
        trial_still(&test.trial, now - flow_before_span(json_object_get(json, "before")));
        test.trial.app.world.simulated = test_simulated;
        if (trial_open(&test.trial, NULL, flow, &e) == ERR_OK &&
            test_before(&test, json, &e) == ERR_OK && test_one(&test, json, json, &e) == ERR_OK)
            compare(&test, json_object_get(json, "expect"));
    }
    if (e.code != ERR_OK && why->len == 0)
        buf_add_text(why, e.text);
    trial_fini(&test.trial);
out:
    json_decref(test.requests);
    json_decref(test.waits);
}
