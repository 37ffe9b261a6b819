/* person.c - what a person decides: reviews, and effects that are in doubt.
 *
 * (1) A task is decided when as many different people as it asks approvals for have chosen the same
 *     exit; so when two do not agree, a third one decides. What comes later is refused.
 *                                                                 [person_recover, decide_check]
 * (2) A step in doubt is not stopped by the failure of its run: the effect may have happened.
 *                                                                         [frame_step_stops]
 * (3) "send" was said of what was known then: in a run that came back with a backup it must have
 *     been said since, for it may have been sent after the backup was made.
 *                                                                         [person_recover_doubt]
 *
 * FACT_TASK "RUN/STEP" -> {"kind","flow","workspace","environment","step","title","role","due",
 * "ports","titles"?,"data","form","approvals","decided"?:
 * [{"port","by","at","reason"?,"data"?}],"opened"}; at_ms: when it is due. */
#include "engine/guard.h"
#include "engine/run.h"

#include <string.h>

/* ---- The task */

void person_fact(struct run_node *n, bool there)
{
    struct run *run = n->frame->run;
    struct store_fact fact = { .op = there ? FACT_PUT : FACT_REMOVE,
                               .kind = FACT_TASK,
                               .run = run->id };
    char id[IDENT_TEXT], path[NODE_PATH_TEXT], key[IDENT_TEXT + NODE_PATH_TEXT];
    int64_t due = json_get_int(n->progress->task, "due_ms", 0);
    char *value = NULL;

    ident_text(run->id, id);
    node_path(n, path);
    snprintf(key, sizeof key, "%s/%s", id, path);
    fact.key = key;
    if (there) {
        fact.at_ms = due;
        fact.value = value = json_text_new(n->progress->task, LIMIT_OUTPUT, NULL);
        check(value != NULL);
    }
    run->waited = true;
    run_fact(run, &fact);
    mem_free(value);
}

/* Opens the task: it is written with the step, and stands in the list of tasks. */
static void person_open(struct run_node *n, json_t *task)
{
    const struct deployment *d = n->frame->run->deployment;
    char path[NODE_PATH_TEXT], at[CLOCK_TEXT];
    bool failed = false;

    node_path(n, path);
    clock_text(n->frame->run->engine->wall, at);
    json_put(task, "workspace", json_string(d->workspace), &failed);
    json_put(task, "environment", json_string(d->environment), &failed);
    json_put(task, "flow", json_string(d->slug), &failed);
    json_put(task, "step", json_string(path), &failed);
    json_put(task, "opened_at", json_string(at), &failed);
    check(!failed);
    guard_value(n->frame->run, &task, "/task");
    node_progress(n)->task = task;
    record_mark(n, "task", task);
    person_fact(n, true);
}

static void person_wait(struct step *step)
{
    int64_t due = json_get_int(step->n->progress->task, "due_ms", 0);

    step_wait_for(step, STEP_DECIDES);
    if (step->n->progress->decided != NULL)
        step_arrived(step);
    else if (due != 0)
        due_add(step->run->engine, due_steady(step->run->engine, due), step->tag, false);
}

/* What is there must be in it: not with "s*" of json_pack(), which leaves out what has no memory.
 */
static void person_put(json_t *task, const char *name, const char *text)
{
    bool failed = false;

    if (text != NULL)
        json_put(task, name, json_string(text), &failed);
    check(!failed);
}

static json_t *person_review_task(const struct run *run, const struct step_review *review)
{
    bool failed = false;
    json_t *ports = json_array();
    json_t *task;

    for (size_t i = 0; i < review->port_count; i++)
        check(json_array_append_new(ports, json_string(review->ports[i])) == 0);
    task = json_pack("{s:s, s:s, s:o, s:O*, s:i, s:O*, s:O*}", "kind", "review", "title",
                     review->title, "ports", ports, "titles", review->titles, "approvals",
                     (int)setting_approvals(run, review->approvals), "form", review->form, "data",
                     review->data);
    check(task != NULL);
    person_put(task, "role", review->role);
    person_put(task, "escalate", review->escalate);
    person_put(task, "due_port", review->due_port);
    if (review->due_ms != INT64_MAX)
        json_put(task, "due_ms", json_integer(review->due_ms), &failed);
    check(!failed);
    return task;
}

enum node_next step_review(struct step *step, const struct step_review *review,
                           step_reviewed_fn *then)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended && review->approvals > 0);
    step->then_reviewed = then;
    if (step_refused_in_poll(step))
        return NODE_ENDED;
    if (node_progress(step->n)->task == NULL)
        person_open(step->n, person_review_task(step->run, review));
    person_wait(step);
    return NODE_WAITING;
}

void person_doubt(struct run_node *n)
{
    struct step *step = n->step;
    json_t *task =
        json_pack("{s:s, s:s, s:[s,s,s], s:i}", "kind", "doubt", "title",
                  "Nobody knows whether the effect of this step happened", "ports", "happened",
                  "send", "fail", "approvals", (int)setting_approvals(n->frame->run, 1));

    check(task != NULL && n->status == NODE_LIVE);
    if (ladder_looks(n))
        json_object_set_new_nocheck(task, "probes", json_true());
    json_object_set_new_nocheck(task, "error", record_error(&step->error, NULL, step->details));
    step->ended = step->failed = false;
    n->frame->run->doubts++;
    if (node_progress(n)->task == NULL)
        person_open(n, task);
    else
        json_decref(task);
    person_wait(step);
}

/* ---- What was decided */

static void person_close(struct run_node *n)
{
    json_decref(n->progress->task);
    json_decref(n->progress->decisions);
    n->progress->task = n->progress->decisions = NULL;
    n->progress->decided = NULL;
}

void person_undoubt(struct run_node *n)
{
    if (n->progress->task == NULL)
        return;
    person_fact(n, false);
    person_close(n);
}

void person_show(struct run_node *n, const char *name, json_t *value)
{
    bool failed = false;

    check(n->progress->task != NULL);
    json_put(n->progress->task, name, value, &failed);
    check(!failed);
    guard_value(n->frame->run, &n->progress->task, "/task");
    record_mark(n, "task", n->progress->task);
    person_fact(n, true);
}

/* "happened": what the person says stands for the answer; "send": once more; "fail". */
static void person_settle(struct step *step)
{
    struct progress *progress = step->n->progress;
    const char *port = json_get_text(progress->decided, "port");
    json_t *data = json_object_get(progress->decided, "data"), *output;
    struct err e;

    step->run->doubts--;
    progress->intent = false;
    if (strcmp(port, "send") == 0) {
        progress->allowed = true;
        person_close(step->n);
        step_wait_for(step, STEP_RETRIES);
        step_arrived(step);
        return;
    }
    if (strcmp(port, "happened") == 0) {
        output = json_pack("{s:O}", "settled", progress->decided);
        if (data != NULL && !json_is_null(data)) {
            json_decref(output);
            output = json_incref(data);
        }
        person_close(step->n);
        step->ended = true;
        step->port = 0;
        step->output = output;
        return;
    }
    err_set(&e, ERR_IN_DOUBT, "settled as failed by %s: %s", json_get_text(progress->decided, "by"),
            json_get_text(progress->decided, "reason"));
    person_close(step->n);
    step->settled = true;
    step_fail(step, &e, NULL);
}

/* The time is up and nobody has decided. */
static void person_due(struct step *step)
{
    struct progress *progress = step->n->progress;
    const char *port = json_get_text(progress->task, "due_port");
    struct step_reviewed reviewed = { .port = port };
    char at[CLOCK_TEXT];
    bool failed = false;

    if (port != NULL) {
        clock_text(step->run->engine->wall, at);
        reviewed.answer = json_pack("{s:n, s:s, s:s}", "by", "at", at, "reason", "nobody decided");
        person_fact(step->n, false);
        step->then_reviewed(step, step->config, &reviewed);
        json_decref(reviewed.answer);
        return;
    }
    json_object_del(progress->task, "due_ms");
    json_put(progress->task, "overdue", json_true(), &failed);
    check(!failed);
    person_fact(step->n, true);
    record_mark(step->n, "task", progress->task);
    step_wait_for(step, STEP_DECIDES);
}

void person_continue(struct step *step)
{
    struct progress *progress = step->n->progress;
    struct step_reviewed reviewed;
    bool doubt = strcmp(json_get_text(progress->task, "kind"), "doubt") == 0;

    step_forget(step);
    if (progress->decided == NULL) {
        person_due(step);
    } else if (doubt) {
        person_settle(step);
    } else {
        reviewed.port = json_get_text(progress->decided, "port");
        reviewed.answer = progress->decided;
        step->then_reviewed(step, step->config, &reviewed);
    }
}

/* Of what was said so far, the task tells those who look at it. */
static void person_told(json_t *task, const json_t *decision)
{
    json_t *told = json_object_get(task, "decided"), *one = json_object();
    bool failed = false;

    if (told == NULL) {
        told = json_array();
        json_put(task, "decided", told, &failed);
    }
    person_put(one, "port", json_get_text(decision, "port"));
    person_put(one, "by", json_get_text(decision, "by"));
    person_put(one, "at", json_get_text(decision, "at"));
    person_put(one, "reason", json_get_text(decision, "reason"));
    if (json_object_get(decision, "data") != NULL)
        json_put(one, "data", json_incref(json_object_get(decision, "data")), &failed);
    check(!failed && json_array_append_new(told, one) == 0);
}

/* A decision joins those there are; true when it was the last one needed. */
bool person_recover(struct run_node *n, json_t *decision)
{
    struct progress *progress = node_progress(n);
    const char *port = json_get_text(decision, "port");
    int64_t needed = json_get_int(progress->task, "approvals", 1), same = 0;
    json_t *one;
    size_t i;

    if (progress->decisions == NULL)
        progress->decisions = json_array();
    check(json_array_append(progress->decisions, decision) == 0); /* none may be missing */
    json_array_foreach(progress->decisions, i, one)
    {
        if (strcmp(json_get_text(one, "port"), port) == 0)
            same++;
    }
    if (same >= needed)
        progress->decided = decision;
    else if (progress->task != NULL)
        person_told(progress->task, decision);
    return progress->decided != NULL;
}

bool person_recover_doubt(struct run_node *n, json_t *decision)
{
    const struct run *run = n->frame->run;
    const uint64_t restored = run->engine->world.store->restored;
    bool sends = strcmp(json_get_text(decision, "port"), "send") == 0, counts;
    uint64_t since = 0;

    if (json_get_text(decision, "restored") != NULL)
        ident_parse(json_get_text(decision, "restored"), &since);
    counts = run->id > restored || since == restored;
    if ((!sends || counts) && !(person_recover(n, decision) && sends))
        return false;
    person_close(n); /* what they may be asked behind it is another question */
    return counts;
}
