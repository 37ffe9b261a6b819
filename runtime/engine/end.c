/* end.c - how a run ends: its control totals, what its end starts, and its last status.
 *
 * (1) A run whose totals differ cannot end as succeeded.                          [end_compared]
 * (2) What the end starts (on_failure, trigger.event) is accepted before the end is durable; their
 *     keys come from the run, so a crash between starts nothing twice.              [end_notify] */
#include "engine/listen.h"
#include "engine/run.h"
#include "engine/spawn.h"

#include "base/decimal.h"

#include <string.h>

/* ---- Totals */

static bool end_number(const json_t *value, struct decimal *number)
{
    const char *digits = json_exact_text(value);
    struct err e;

    if (json_is_integer(value)) {
        decimal_from_int(number, json_integer_value(value));
        return true;
    }
    return digits != NULL && decimal_parse(number, digits, strlen(digits), &e) == ERR_OK;
}

static bool end_equal(json_t *left, json_t *right)
{
    struct decimal a, b;

    if (end_number(left, &a) && end_number(right, &b))
        return decimal_compare(&a, &b) == 0;
    return left != NULL && right != NULL && json_same(left, right);
}

static char *end_text(json_t *value)
{
    char *text = value != NULL ? json_text_new(value, 4 * KIB, NULL) : mem_must_copy("nothing");

    return text != NULL ? text : mem_must_copy("(long)");
}

static void end_compared(struct step *step, const void *config, const struct step_values *values)
{
    const struct flow *flow = step->run->version->flow;
    struct err e = { .code = ERR_OK };

    (void)config;
    for (size_t i = 0; i < flow->total_count && e.code == ERR_OK; i++) {
        char *left, *right;

        if (end_equal(values->filled[2 * i], values->filled[2 * i + 1]))
            continue;
        left = end_text(values->filled[2 * i]);
        right = end_text(values->filled[2 * i + 1]);
        err_set(&e, ERR_INVALID, "control total \"%.80s\" does not hold: %.100s is not %.100s",
                flow->totals[i].name, left, right);
        mem_free(left);
        mem_free(right);
    }
    step->ended = true;
    step->failed = e.code != ERR_OK;
    step->error = e;
    step->run->deployment->tally.totals += step->failed;
}

/* False: they are still being looked at. */
static bool end_totals(struct frame *root)
{
    const struct flow *flow = root->run->version->flow;
    struct step *step = root->end.step;
    struct value **values;

    if (flow->total_count == 0 || root->failing || root->failure.code != ERR_OK)
        return true;
    if (step == NULL) {
        step = root->end.step = step_new(&root->end);
        values = step_state(step, 2 * flow->total_count * sizeof *values);
        for (size_t i = 0; i < flow->total_count; i++) {
            values[2 * i] = flow->totals[i].left;
            values[2 * i + 1] = flow->totals[i].right;
        }
        step_eval(step, values, 2 * flow->total_count, false, end_compared);
    } else if (step->arrived && !step->ended) {
        step_continue(step);
    }
    if (!step->ended)
        return false;
    if (step->failed)
        frame_fail(root, UINT32_MAX, &step->error, NULL);
    return true;
}

/* ---- The status */

void run_conclude(struct frame *root)
{
    struct run *run = root->run;

    if (run->concluded || (run->poll == 0 && !end_totals(root)))
        return;
    run->concluded = true;
    if (run->cancelled)
        run->status = RUN_CANCELLED;
    else if (root->failure.code != ERR_OK)
        run->status = RUN_FAILED;
    else
        run->status = RUN_SUCCEEDED;
    sub_leave(run);
}

void step_stop(struct step *step, bool succeed, const char *message)
{
    struct frame *root = step->run->root;
    json_t *mark = json_pack("{s:b, s:s}", "succeed", succeed, "message", message);
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(!step->ended && step->wait == STEP_FREE && mark != NULL);
    record_mark(step->n, "stop", mark);
    json_decref(mark);
    step->ended = step->stops = true;
    if (succeed) {
        frame_stop(root);
        return;
    }
    err_set(&e, ERR_INVALID, "%s", message[0] != '\0' ? message : "the flow stopped the run");
    frame_fail(root, step->n->frame == root ? step->n->node : UINT32_MAX, &e, NULL);
}

/* ---- What the end starts */

static void end_told(void *owner, uint64_t id, enum err_code code, uint64_t run)
{
    struct engine *engine = owner;
    struct run *ending = table_find(&engine->runs, id);

    (void)run;
    if (ending == NULL)
        return;
    check(ending->notices > 0);
    if (code != ERR_OK && code != ERR_DUPLICATE)
        log_error(engine->world.log, "what the end of a run of flow %s starts was not taken: %s",
                  ending->deployment->slug, err_about(code));
    if (--ending->notices > 0)
        return;
    run_set(ending, RUN_STATE_STEPS, "its end is told");
    run_queue(ending);
}

/* The trigger by which a failure comes in. */
static bool end_trigger(const struct flow *flow, unsigned *trigger)
{
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < flow->graphs[0].count; i++) {
            const struct node_type *type = flow->nodes[i].type;
            struct node_arm arm = { .method = NULL };

            if (type->kind != NODE_TRIGGER)
                continue;
            if (type->arm != NULL)
                type->arm(flow->nodes[i].config, &arm);
            *trigger = i;
            if (pass == 0 ? arm.callable : arm.path == NULL && arm.schedule == NULL)
                return true;
        }
    return false;
}

static json_t *end_story(const struct run *run)
{
    const struct frame *root = run->root;
    char id[IDENT_TEXT], at[CLOCK_TEXT];
    const char *node =
        root->failed_node == UINT32_MAX ? NULL : run->version->flow->nodes[root->failed_node].id;

    ident_text(run->id, id);
    clock_text(run->engine->wall, at);
    return json_pack("{s:{s:s, s:s, s:s, s:o}, s:s}", "body", "run", id, "flow",
                     run->deployment->slug, "status", run_status_name(run->status), "error",
                     record_error(&root->failure, node, root->failure_details), "received_at", at);
}

static void end_failure_flow(struct run *run)
{
    const struct deployment *own = run->deployment;
    const char *slug = run->version->flow->on_failure;
    struct deployment *d = deployment_find(run->engine, own->workspace, own->environment, slug);
    char id[IDENT_TEXT], dedupe[IDENT_TEXT + 16];
    struct spawn spawn = {
        .deployment = d,
        .dedupe = dedupe,
        .again = run_is_again(run),
        .done = end_told,
        .owner = run->engine,
        .tag = run->id,
    };
    json_t *story;

    ident_text(run->id, id);
    if (d == NULL || d->version == NULL || !end_trigger(d->version->flow, &spawn.trigger)) {
        log_error(run->engine->world.log,
                  "run %s of flow %s failed, and its on_failure flow \"%s\" is not deployed or has "
                  "no trigger.call or trigger.manual",
                  id, own->slug, slug);
        return;
    }
    snprintf(dedupe, sizeof dedupe, "failure/%s", id);
    story = end_story(run);
    spawn.input = &story;
    run->notices++;
    spawn_run(run->engine, &spawn);
}

static void end_listeners(struct run *run)
{
    const struct frame *root = run->root;
    const struct flow *flow = run->version->flow;
    const char *node = root->failed_node == UINT32_MAX ? NULL : flow->nodes[root->failed_node].id;
    struct listen_end end = { .deployment = run->deployment,
                              .run = run->id,
                              .status = run->status,
                              .again = run_is_again(run),
                              .output = root->last_output,
                              .depth = listens_depth(flow, run->trigger, run->input) };

    if (run->status == RUN_FAILED)
        end.error = record_error(&root->failure, node, root->failure_details);
    if (listens_start(run->engine, &end, end_told, run->engine, run->id))
        run->notices++;
    json_decref(end.error);
}

bool run_notifies(const struct run *run)
{
    if (run->notified)
        return false;
    return (run->status == RUN_FAILED && run->version->flow->on_failure != NULL) ||
           listens_hear(run->engine, run->deployment, run->status);
}

enum run_go run_notify(struct run *run)
{
    if (!run->notified) {
        run->notified = true;
        end_listeners(run);
        if (run->status == RUN_FAILED && run->version->flow->on_failure != NULL)
            end_failure_flow(run);
    }
    if (run->notices > 0)
        return RUN_PARK;
    return run_set(run, RUN_STATE_STEPS, "nothing to tell");
}
