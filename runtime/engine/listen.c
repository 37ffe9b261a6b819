/* listen.c - see listen.h.
 *
 *   telling: one end, with a start for each listener:  on its way -> accepted (or refused for good)
 *                                                        ^   | no room
 *                                                        +---+ after a pause
 *
 * (1) `done` runs once, when the last start of a telling is over.               [telling_over]
 * (2) Callbacks hold the number of a start, never a pointer.                    [start_born] */
#include "engine/listen.h"

#include <stdio.h>
#include <string.h>

#include "engine/arrival.h"
#include "engine/spawn.h"

struct listen {
    struct listen *next;
    struct deployment *deployment;
    char *node, *flow; /* flow: slug; NULL: any */
    bool succeeded, failed;
};
struct start {
    struct start *next; /* in `waiting` */
    uint64_t id;
    struct telling *telling;
    struct deployment *deployment; /* of the listener */
    char *node;                    /* NULL: it is the run's on_failure */
    int64_t again;                 /* steady: of the next try, while it waits */
    bool over;                     /* refused for good */
    unsigned refused;
};
struct telling {
    unsigned open;        /* starts */
    bool again;           /* run_is_again() of the run */
    char run[IDENT_TEXT]; /* that has ended */
    json_t *event;
    listen_done_fn *done;
    void *owner;
    uint64_t tag;
};
struct listens {
    struct listen *list;
    struct table starts;   /* id to struct start */
    struct start *waiting; /* of them, those that are not on their way */
    uint64_t last_id;
};

/* ---- Arming */

static void listen_free(struct listen *listen)
{
    mem_free(listen->node);
    mem_free(listen->flow);
    mem_free(listen);
}

void listens_remove(struct engine *engine, const struct deployment *d)
{
    struct listen **at, *listen;

    if (engine->listens == NULL)
        return;
    at = &engine->listens->list;
    while ((listen = *at) != NULL) {
        if (listen->deployment != d) {
            at = &listen->next;
            continue;
        }
        *at = listen->next;
        listen_free(listen);
    }
}

void listens_put(struct engine *engine, struct deployment *d)
{
    const struct flow *flow = d->version->flow;
    struct node_arm arm;
    struct listen *listen;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (engine->listens == NULL) {
        engine->listens = mem_must(sizeof *engine->listens);
        table_init(&engine->listens->starts);
    }
    listens_remove(engine, d);
    for (size_t i = 0; i < flow->node_count; i++) {
        if (!arrival_arm(&flow->nodes[i], &arm) || arm.listen == NULL)
            continue;
        listen = mem_must(sizeof *listen);
        listen->deployment = d;
        listen->node = mem_must_copy(flow->nodes[i].id);
        listen->flow = mem_must_copy(arm.listen->flow);
        listen->succeeded = arm.listen->succeeded;
        listen->failed = arm.listen->failed;
        listen->next = engine->listens->list;
        engine->listens->list = listen;
    }
}

bool listens_check(const struct deployment *d, const struct flow *flow, const char *file,
                   struct faults *faults)
{
    struct node_arm arm;
    struct err e;
    bool good = true;

    for (size_t i = 0; i < flow->node_count; i++) {
        if (!arrival_arm(&flow->nodes[i], &arm) || arm.listen == NULL || arm.listen->flow == NULL ||
            strcmp(arm.listen->flow, d->slug) != 0)
            continue;
        err_set(&e, ERR_INVALID,
                "flow \"%.64s\" listens to itself; name another flow, or leave \"flow\" out: it "
                "hears all others then",
                d->slug);
        arrival_fault(faults, file, &flow->nodes[i], "flow", &e);
        good = false;
    }
    return good;
}

/* ---- Starting */

/* Nothing reaches it but a person, and the failure of another flow. */
static bool listen_by_hand(const struct node_arm *arm)
{
    return !arm->callable && arm->path == NULL && arm->schedule == NULL && arm->watch == NULL &&
           arm->listen == NULL && arm->poll == NULL;
}

static void telling_free(struct telling *telling)
{
    json_decref(telling->event);
    mem_free(telling);
}

static void telling_over(struct telling *telling)
{
    check(telling->open > 0);
    if (--telling->open > 0)
        return;
    telling->done(telling->owner, telling->tag, ERR_OK, 0);
    telling_free(telling);
}

static void start_free(struct start *start)
{
    mem_free(start->node);
    mem_free(start);
}

static void start_over(struct engine *engine, struct start *start)
{
    struct telling *telling = start->telling;

    table_remove(&engine->listens->starts, start->id);
    start_free(start);
    telling_over(telling);
}

static void start_wait(struct engine *engine, struct start *start)
{
    start->next = engine->listens->waiting;
    engine->listens->waiting = start;
}

/* `text` is why. */
static void start_refused(struct engine *engine, struct start *start, enum err_code code,
                          const char *text)
{
    const char *run = start->telling->run, *flow = start->deployment->slug;

    start_wait(engine, start);
    if (!err_retry(code)) {
        log_error(engine->world.log, "the end of run %s could not be told to flow %s, %s: %s", run,
                  flow, start->node != NULL ? start->node : "its on_failure", text);
        start->over = true; /* at the next turn: `done` runs in a later one */
        start->again = 0;
        return;
    }
    if (start->refused++ == 0)
        log_warn(engine->world.log,
                 "the end of run %s cannot be told to flow %s now: %s; it is tried again", run,
                 flow, text);
    start->again = engine->steady + arrival_pause(code, start->refused);
}

static void start_born(void *owner, uint64_t tag, enum err_code code, uint64_t run)
{
    struct engine *engine = owner;
    struct start *start = table_find(&engine->listens->starts, tag);

    (void)run;
    check(start != NULL);
    if (code == ERR_OK || code == ERR_DUPLICATE)
        start_over(engine, start);
    else
        start_refused(engine, start, code, err_about(code));
}

/* The whole story; without the output where it would be too large. */
static enum err_code start_input(struct engine *engine, const struct flow_node *node,
                                 const struct telling *telling, json_t **input, struct err *e)
{
    json_t *event = json_incref(telling->event);
    enum err_code code = arrival_input_json(engine, node, "EVENT", &event, input, e);

    if (code != ERR_LIMIT)
        return code;
    event = json_copied(telling->event);
    check(event != NULL);
    json_object_set_new(event, "output", json_null());
    json_object_set_new(event, "output_omitted", json_true());
    return arrival_input_json(engine, node, "EVENT", &event, input, e);
}

/* Where a failure comes in: what is called, else what is started by hand. */
static int failure_trigger(const struct flow *flow)
{
    int found = -1;

    for (unsigned i = 0; i < flow->graphs[0].count; i++) {
        struct node_arm arm;

        if (!arrival_arm(&flow->nodes[i], &arm))
            continue;
        if (arm.callable)
            return (int)i;
        if (found < 0 && listen_by_hand(&arm))
            found = (int)i;
    }
    return found;
}

static json_t *failure_input(const struct engine *engine, const struct telling *telling)
{
    const json_t *event = telling->event;
    char at[CLOCK_TEXT];
    json_t *input;

    clock_text(engine->world.clock->wall_ms(engine->world.clock), at);
    input =
        json_pack("{s:{s:O, s:O, s:O, s:O}, s:O, s:s}", "body", "run",
                  json_object_get(event, "run"), "flow", json_object_get(event, "flow"), "status",
                  json_object_get(event, "status"), "error", json_object_get(event, "error"),
                  "depth", json_object_get(event, "depth"), "received_at", at);
    check(input != NULL);
    return input;
}

/* The trigger that it enters by; -1: it was taken out meanwhile. */
static int start_trigger(const struct start *start)
{
    const struct flow *flow =
        start->deployment->version != NULL ? start->deployment->version->flow : NULL;
    int node;

    if (flow == NULL || start->node == NULL)
        return flow != NULL ? failure_trigger(flow) : -1;
    node = flow_node_find(flow, start->node);
    return node >= 0 && flow->nodes[node].type->kind == NODE_TRIGGER ? node : -1;
}

static void start_try(struct engine *engine, struct start *start)
{
    struct deployment *d = start->deployment;
    int node = start_trigger(start);
    char dedupe[LIMIT_ID + IDENT_TEXT + 16];
    struct err e = { .code = ERR_OK };
    json_t *input = NULL;

    if (node < 0) {
        start->over = true;
        start->again = 0;
        start_wait(engine, start);
        return;
    }
    if (start->node == NULL)
        input = failure_input(engine, start->telling);
    else if (start_input(engine, &d->version->flow->nodes[node], start->telling, &input, &e) !=
             ERR_OK) {
        start_refused(engine, start, e.code, e.text);
        return;
    }
    if (start->node != NULL)
        snprintf(dedupe, sizeof dedupe, "event/%s/%s", start->telling->run, start->node);
    else
        snprintf(dedupe, sizeof dedupe, "failure/%s", start->telling->run);
    struct spawn spawn = { .deployment = d,
                           .trigger = (unsigned)node,
                           .input = &input,
                           .dedupe = dedupe,
                           .again = start->telling->again,
                           .done = start_born,
                           .owner = engine,
                           .tag = start->id };
    spawn_run(engine, &spawn);
}

static bool listen_hears(const struct listen *listen, const struct deployment *of,
                         enum run_status status)
{
    const struct deployment *own = listen->deployment;

    if (own == of || own->version == NULL || strcmp(own->workspace, of->workspace) != 0 ||
        strcmp(own->environment, of->environment) != 0)
        return false;
    if (listen->flow != NULL && strcmp(listen->flow, of->slug) != 0)
        return false;
    return (status == RUN_SUCCEEDED && listen->succeeded) ||
           (status == RUN_FAILED && listen->failed);
}

static struct telling *telling_new(const struct listen_end *end, listen_done_fn *done, void *owner,
                                   uint64_t tag)
{
    struct telling *telling = mem_must(sizeof *telling);
    bool good = end->status == RUN_SUCCEEDED;
    json_t *output = good && end->output != NULL ? end->output : json_null(),
           *error = !good && end->error != NULL ? end->error : json_null();

    ident_text(end->run, telling->run);
    telling->event = json_pack("{s:s, s:s, s:s, s:O, s:O, s:i}", "run", telling->run, "flow",
                               end->deployment->slug, "status", run_status_name(end->status),
                               "error", error, "output", output, "depth", (int)end->depth + 1);
    check(telling->event != NULL);
    telling->again = end->again;
    telling->done = done;
    telling->owner = owner;
    telling->tag = tag;
    return telling;
}

static void telling_add(struct engine *engine, struct telling *telling, struct deployment *to,
                        const char *node)
{
    struct start *start = mem_must(sizeof *start);

    start->id = ++engine->listens->last_id;
    start->telling = telling;
    start->deployment = to;
    start->node = mem_must_copy(node);
    table_put(&engine->listens->starts, start->id, start);
    telling->open++;
    start_try(engine, start);
}

bool listens_hear(const struct engine *engine, const struct deployment *deployment,
                  enum run_status status)
{
    const struct listen *listen = engine->listens != NULL ? engine->listens->list : NULL;

    while (listen != NULL && !listen_hears(listen, deployment, status))
        listen = listen->next;
    return listen != NULL;
}

/* NULL: there is none that could be started. */
static struct deployment *listen_failure(struct engine *engine, const struct listen_end *end)
{
    const struct deployment *own = end->deployment;
    struct deployment *d;
    char id[IDENT_TEXT];

    if (end->status != RUN_FAILED || end->on_failure == NULL)
        return NULL;
    d = deployment_find(engine, own->workspace, own->environment, end->on_failure);
    if (d != NULL && d->version != NULL && failure_trigger(d->version->flow) >= 0)
        return d;
    ident_text(end->run, id);
    log_error(engine->world.log,
              "run %s of flow %s failed, and its on_failure flow \"%s\" is not deployed or has no "
              "trigger.call or trigger.manual",
              id, own->slug, end->on_failure);
    return NULL;
}

/* Whether so many ends in a row have led to it that nobody is told any more. */
static bool listen_too_deep(struct engine *engine, const struct listen_end *end)
{
    char id[IDENT_TEXT];

    if (end->depth < LISTEN_DEPTH)
        return false;
    ident_text(end->run, id);
    log_warn(engine->world.log,
             "the end of run %s is told to nobody: %u ends in a row have led to it, so flows start "
             "each other in a circle",
             id, end->depth);
    return true;
}

bool listens_start(struct engine *engine, const struct listen_end *end, listen_done_fn *done,
                   void *owner, uint64_t tag)
{
    struct deployment *failure = listen_failure(engine, end);
    struct telling *telling;

    if (engine->listens == NULL ||
        (failure == NULL && !listens_hear(engine, end->deployment, end->status)) ||
        listen_too_deep(engine, end))
        return false;
    telling = telling_new(end, done, owner, tag);
    if (failure != NULL)
        telling_add(engine, telling, failure, NULL);
    for (const struct listen *listen = engine->listens->list; listen != NULL; listen = listen->next)
        if (listen_hears(listen, end->deployment, end->status))
            telling_add(engine, telling, listen->deployment, listen->node);
    return true;
}

unsigned listens_depth(const struct flow *flow, unsigned trigger, const json_t *input)
{
    struct node_arm arm;
    int64_t depth;

    if (!arrival_arm(&flow->nodes[trigger], &arm) ||
        (arm.listen == NULL && !arm.callable && !listen_by_hand(&arm)))
        return 0; /* what came from outside says nothing of it */
    depth = json_get_int(input, "depth", 0);
    return depth > 0 && depth < LISTEN_DEPTH ? (unsigned)depth : depth > 0 ? LISTEN_DEPTH : 0;
}

/* ---- The turn */

void listens_turn(struct engine *engine)
{
    struct start *start, *next;

    if (engine->listens == NULL)
        return;
    start = engine->listens->waiting;
    engine->listens->waiting = NULL;
    for (; start != NULL; start = next) {
        next = start->next;
        if (start->over)
            start_over(engine, start);
        else if (start->again <= engine->steady)
            start_try(engine, start);
        else
            start_wait(engine, start);
    }
}

int64_t listens_due(const struct engine *engine)
{
    const struct start *start = engine->listens != NULL ? engine->listens->waiting : NULL;
    int64_t due = INT64_MAX;

    for (; start != NULL; start = start->next)
        if (start->again < due)
            due = start->again;
    return due > engine->steady ? due : engine->steady;
}

void listens_free(struct engine *engine)
{
    struct listen *listen;
    struct start *start;
    size_t cursor = 0;

    if (engine->listens == NULL)
        return;
    while ((listen = engine->listens->list) != NULL) {
        engine->listens->list = listen->next;
        listen_free(listen);
    }
    while ((start = table_next(&engine->listens->starts, &cursor)) != NULL) {
        if (--start->telling->open == 0)
            telling_free(start->telling);
        start_free(start);
    }
    table_fini(&engine->listens->starts);
    mem_free(engine->listens);
    engine->listens = NULL;
}
