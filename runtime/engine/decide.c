/* decide.c - a person decides: who may, between what, and that two agree on the same thing.
 *
 * (1) A decision counts when it is durable; its caller is told after that commit.     [decide_now]
 * (2) What the first of several filled in is what they agree on: the next one sees it, and leaves
 *     it as it is or chooses another exit.                              [decide_same, decide_add]
 */
#include "engine/audit.h"
#include "engine/guard.h"
#include "engine/run.h"
#include "engine/wake.h"

#include <string.h>

static bool decide_may(const json_t *task, const struct engine_decision *d)
{
    const char *role = json_get_text(task, "role"), *escalate = json_get_text(task, "escalate");
    bool overdue = json_is_true(json_object_get(task, "overdue"));

    if (role == NULL)
        return true;
    for (size_t i = 0; i < d->role_count; i++)
        if (strcmp(d->roles[i], role) == 0 ||
            (overdue && escalate != NULL && strcmp(d->roles[i], escalate) == 0))
            return true;
    return false;
}

static enum err_code decide_port(const json_t *task, const char *port, struct err *e)
{
    json_t *ports = json_object_get(task, "ports"), *one;
    struct buf list;
    size_t i;

    buf_init(&list, 4 * KIB);
    json_array_foreach(ports, i, one)
    {
        if (port != NULL && strcmp(json_text(one), port) == 0) {
            buf_fini(&list);
            return ERR_OK;
        }
        buf_addf(&list, "%s%s", i > 0 ? ", " : "", json_text(one));
    }
    err_set(e, ERR_INVALID, "\"%.64s\" is no choice here; there is %s", port != NULL ? port : "",
            buf_text(&list));
    buf_fini(&list);
    return ERR_INVALID;
}

/* The one before it that chose the same exit and filled something in; NULL. */
static json_t *decide_same(const struct progress *progress, const char *port)
{
    json_t *one, *data;
    size_t i;

    json_array_foreach(progress->decisions, i, one)
    {
        data = json_object_get(one, "data");
        if (strcmp(json_get_text(one, "port"), port) == 0 && data != NULL && !json_is_null(data))
            return one;
    }
    return NULL;
}

/* Two who agree on an exit and not on what was filled in have agreed on nothing. */
static enum err_code decide_agrees(const struct progress *progress, const struct engine_decision *d,
                                   struct err *e)
{
    const json_t *same = decide_same(progress, d->port);

    if (same == NULL || d->data == NULL || json_is_null(d->data) ||
        json_same(json_object_get(same, "data"), d->data))
        return ERR_OK;
    return err_set(e, ERR_CONFLICT,
                   "%s has filled in something else for \"%.64s\": who agrees leaves that as it "
                   "is; who does not chooses another exit",
                   json_get_text(same, "by"), d->port);
}

bool engine_one_person(const char *a, const char *b)
{
    size_t size = strcspn(a, "/");

    return size == strcspn(b, "/") && strncmp(a, b, size) == 0;
}

static enum err_code decide_check(const struct run_node *n, const struct engine_decision *d,
                                  struct err *e)
{
    const struct progress *progress = n->progress;
    const struct node_type *type = node_of(n)->type;
    json_t *one;
    size_t i;

    if (progress == NULL || progress->task == NULL || progress->decided != NULL ||
        n->status >= NODE_DONE)
        return err_set(e, ERR_CONFLICT, "step %s has nothing to decide (any more)", d->step);
    if (!decide_may(progress->task, d))
        return err_set(e, ERR_FORBIDDEN, "this decision needs the role or group \"%s\"",
                       json_get_text(progress->task, "role"));
    if (d->by == NULL || d->by[0] == '\0')
        return err_set(e, ERR_INVALID, "a decision needs the name of who decides");
    if (decide_port(progress->task, d->port, e) != ERR_OK)
        return e->code;
    json_array_foreach(progress->decisions, i, one)
    {
        if (engine_one_person(json_get_text(one, "by"), d->by))
            return err_set(e, ERR_FORBIDDEN, "%s has decided already; another person must, too",
                           json_get_text(one, "by"));
    }
    if (decide_agrees(progress, d, e) != ERR_OK)
        return e->code;
    if (strcmp(json_get_text(progress->task, "kind"), "review") == 0 && type->answer != NULL)
        return type->answer(node_of(n)->config, d->data, e);
    return ERR_OK;
}

/* Told before it is done. What was filled in is no matter of the audit chain. */
static void decide_audit(const struct run_node *n, const struct engine_decision *d)
{
    char id[IDENT_TEXT], key[IDENT_TEXT + NODE_PATH_TEXT];
    json_t *detail =
        json_pack("{s:s, s:s}", "port", d->port, "reason", d->reason != NULL ? d->reason : "");

    check(detail != NULL);
    ident_text(d->run, id);
    snprintf(key, sizeof key, "%s/%s", id, d->step);
    engine_audit(n->frame->run->engine, n->frame->run->deployment->workspace, d->by, "decide", key,
                 detail);
    json_decref(detail);
}

/* Who has chosen the same before is named: what comes of it is theirs, too. */
static void decide_agreed(const struct progress *progress, json_t *decision)
{
    const char *port = json_get_text(decision, "port");
    json_t *names = json_array(), *one;
    bool failed = false;
    size_t i;

    json_array_foreach(progress->decisions, i, one)
    {
        if (strcmp(json_get_text(one, "port"), port) == 0)
            failed |= json_array_append(names, json_object_get(one, "by")) != 0;
    }
    if (json_array_size(names) > 0)
        json_put(decision, "agreed", json_incref(names), &failed);
    json_decref(names);
    check(!failed);
}

static void decide_add(struct run_node *n, const struct engine_decision *d)
{
    struct run *run = n->frame->run;
    char at[CLOCK_TEXT], restored[IDENT_TEXT];
    json_t *decision, *data = d->data, *same = decide_same(n->progress, d->port);

    if ((data == NULL || json_is_null(data)) && same != NULL)
        data = json_object_get(same, "data");
    clock_text(run->engine->wall, at);
    decision = json_pack("{s:s, s:s, s:s, s:s, s:O?}", "port", d->port, "by", d->by, "at", at,
                         "reason", d->reason != NULL ? d->reason : "", "data", data);
    check(decision != NULL);
    decide_agreed(n->progress, decision);
    if (run->engine->world.store->restored != 0) {
        ident_text(run->engine->world.store->restored, restored);
        json_object_set_new_nocheck(decision, "restored", json_string(restored));
    }
    decide_audit(n, d);
    guard_value(run, &decision, "/decision");
    record_mark(n, "decided", decision);
    if (person_recover(n, decision)) {
        person_fact(n, false);
        if (n->status == NODE_LIVE && n->step->wait == STEP_DECIDES && !n->step->arrived)
            step_arrived(n->step);
        else if (n->status == NODE_LIVE && n->step->wait != STEP_DECIDES && n->progress->doubt)
            ladder_unlook(n, "a person has decided before it was looked");
    } else {
        person_fact(n, true);
    }
    json_decref(decision);
}

static enum err_code decide_now(struct engine *engine, const struct engine_decision *d,
                                engine_done_fn *done, void *arg, struct err *e)
{
    struct run *run = run_wake(engine, d->run);
    struct run_node *n = run != NULL ? run_find_path(run, d->step) : NULL;
    char id[IDENT_TEXT];

    CHECK_OBJ(engine, ENGINE_MAGIC);
    ident_text(d->run, id);
    if (run == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no unfinished run %s", id);
    if (n == NULL)
        return err_set(e, ERR_NOT_FOUND, "run %s has no step \"%.200s\" under way", id, d->step);
    if (decide_check(n, d, e) != ERR_OK ||
        guard_given(engine, run->deployment, d->data, "/data", e) != ERR_OK)
        return e->code;
    decide_add(n, d);
    run_tell(run, done, arg);
    return ERR_OK;
}

/* ---- Of a run that comes back over several turns */

#define DECIDE_ROLES 8u

struct decide_late {
    struct engine_decision d;
    const char *roles[DECIDE_ROLES];
    engine_done_fn *done;
    void *arg;
};

static void decide_awake(struct engine *engine, void *arg)
{
    struct decide_late *late = arg;
    struct err e;

    if (engine == NULL)
        err_set(&e, ERR_OVERLOAD, "the server is shutting down");
    if (engine == NULL || decide_now(engine, &late->d, late->done, late->arg, &e) != ERR_OK)
        wake_tell(late->done, late->arg, &e);
    mem_free((char *)late->d.step);
    mem_free((char *)late->d.port);
    mem_free((char *)late->d.by);
    mem_free((char *)late->d.reason);
    json_decref(late->d.data);
    for (size_t i = 0; i < late->d.role_count; i++)
        mem_free((char *)late->roles[i]);
    mem_free(late);
}

static void decide_later(struct engine *engine, const struct engine_decision *d,
                         engine_done_fn *done, void *arg)
{
    struct decide_late *late = mem_must(sizeof *late);

    check(d->role_count <= DECIDE_ROLES);
    *late = (struct decide_late){ .d = *d, .done = done, .arg = arg };
    late->d.step = mem_must_copy(d->step);
    late->d.port = mem_must_copy(d->port);
    late->d.by = mem_must_copy(d->by);
    late->d.reason = mem_must_copy(d->reason);
    late->d.data = json_incref(d->data);
    for (size_t i = 0; i < d->role_count; i++)
        late->roles[i] = mem_must_copy(d->roles[i]);
    late->d.roles = late->roles;
    wake_then(engine, d->run, decide_awake, late);
}

enum err_code engine_decide(struct engine *engine, const struct engine_decision *d,
                            engine_done_fn *done, void *arg, struct err *e)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (!wake_waits(engine, d->run))
        return decide_now(engine, d, done, arg, e);
    decide_later(engine, d, done, arg);
    return ERR_OK;
}
