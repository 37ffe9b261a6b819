/* end.c - how a run ends: its control totals, what it posted, what its end starts, and its last
 * status.
 *
 * (1) A run whose totals differ cannot end as succeeded.                          [end_compared]
 * (2) What the end starts (on_failure, trigger.event) is accepted before the end is durable; their
 *     keys come from the run, so a crash between starts nothing twice.              [end_notify] */
#include "engine/listen.h"
#include "engine/run.h"

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
    step->run->deployment->tally.totals += e.code != ERR_OK;
    if (flow->posted != NULL && e.code == ERR_OK) {
        json_t *const *told = &values->filled[2 * flow->total_count];

        money_posted(step->run, told[0], flow->amount == NULL ? told[1] : NULL, &e);
    }
    step->ended = true;
    step->failed = e.code != ERR_OK;
    step->error = e;
}

/* The settings that are looked at, 2 * total_count + 2 at most; their number. */
static size_t end_settings(const struct flow *flow, struct value **values)
{
    size_t count = 0;

    for (size_t i = 0; i < flow->total_count; i++) {
        values[count++] = flow->totals[i].left;
        values[count++] = flow->totals[i].right;
    }
    if (flow->posted != NULL)
        values[count++] = flow->posted;
    if (flow->posted != NULL && flow->amount == NULL)
        values[count++] = flow->currency;
    return count;
}

/* False: they are still being looked at. */
static bool end_totals(struct frame *root)
{
    const struct flow *flow = root->run->version->flow;
    struct step *step = root->end.step;
    struct value **values;

    if ((flow->total_count == 0 && flow->posted == NULL) || root->failing ||
        root->failure.code != ERR_OK)
        return true;
    if (step == NULL) {
        step = root->end.step = step_new(&root->end);
        values = step_state(step, (2 * flow->total_count + 2) * sizeof *values);
        step_eval(step, values, end_settings(flow, values), false, end_compared);
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

    (void)code;
    (void)run;
    if (ending == NULL)
        return;
    check(ending->telling);
    ending->telling = false;
    run_set(ending, RUN_STATE_STEPS, "its end is told");
    run_queue(ending);
}

static void end_tell(struct run *run)
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

    if (run->status == RUN_FAILED) {
        end.error = record_error(&root->failure, node, root->failure_details);
        end.on_failure = flow->on_failure;
    }
    run->telling = listens_start(run->engine, &end, end_told, run->engine, run->id);
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
        end_tell(run);
    }
    if (run->telling)
        return RUN_PARK;
    return run_set(run, RUN_STATE_STEPS, "nothing to tell");
}
