/* person.c - the people who decide. Of an effect in doubt they look into the peers' books, when
 * nothing of it can be on its way any more: it happened, or it did not and is sent again, or is
 * given up. Now and then one decides a second time, which must be refused: at once, or where the
 * run comes back in slices when it is there. */
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

struct person_task {
    uint64_t run;
    char step[80], kind[16], port[24];
    const struct peer_call *call; /* its last; NULL: none */
    const struct peer_book *payment;
    json_t *data;
    struct sim_decided *first, *second;
    bool taken; /* the decision */
};
struct person_list {
    struct person_task tasks[64];
    size_t count;
};

static bool person_visit(void *arg, const struct store_fact *fact)
{
    struct person_list *list = arg;
    struct person_task *task = &list->tasks[list->count];
    struct err e;
    json_t *value = json_read(fact->value, strlen(fact->value), &json_limits_reply, &e);
    const char *step = json_get_text(value, "step"), *kind = json_get_text(value, "kind");

    check(step != NULL && kind != NULL && strlen(step) < sizeof task->step);
    task->run = fact->run;
    snprintf(task->step, sizeof task->step, "%s", step);
    snprintf(task->kind, sizeof task->kind, "%s", kind);
    json_decref(value);
    return ++list->count < 64;
}

/* "each[3]/mail" of a task is "mail[3]" to the peers. */
static void person_node(const char *step, char *node, size_t room)
{
    const char *last = strrchr(step, '/'), *open;

    snprintf(node, room, "%s", last != NULL ? last + 1 : step);
    if (last == NULL)
        return;
    for (open = last; open > step && *open != '['; open--)
        ;
    snprintf(node + strlen(node), room - strlen(node), "%.*s", (int)(last - open), open);
}

/* Whether something of this step may still happen at a peer; else whether it has. */
static bool person_pending(struct sim *sim, struct person_task *task, bool *done)
{
    char node[80];
    uint64_t origin = again_origin(sim, task->run);
    size_t i;

    person_node(task->step, node, sizeof node);
    *done = false;
    task->payment = NULL;
    for (i = 0; i < peers_calls(sim->peers); i++) {
        const struct peer_call *call = peers_call(sim->peers, i);

        if (call->run != origin || strcmp(call->node, node) != 0)
            continue;
        task->call = call;
        *done |= call->done;
        if (!call->done && call->do_ms != INT64_MAX)
            return true;
        if (call->bank == BANK_NONE)
            continue;
        task->payment = peers_find(sim->peers, call->account, call->ref);
        *done = task->payment != NULL; /* and not taken back */
    }
    return false;
}

/* What was asked for, until it is told; the world has it, a program that ends by a fault does not.
 */
struct sim_decided {
    struct sim_decided *next;
    struct sim *sim;
    struct sim_decided *first; /* the same person decided the same before; NULL: not */
    uint64_t run;
    char node[80];
    bool word, kept; /* it may be sent again; it is durable */
};

static struct sim_decided *decided_new(struct sim *sim, const struct person_task *task,
                                       struct sim_decided *first)
{
    struct sim_decided *decided = mem_must(sizeof *decided);

    *decided = (struct sim_decided){ .next = sim->decided, .sim = sim, .first = first };
    decided->run = again_origin(sim, task->run);
    person_node(task->step, decided->node, sizeof decided->node);
    sim->decided = decided;
    return decided;
}

void person_free(struct sim *sim)
{
    struct sim_decided *decided;

    while ((decided = sim->decided) != NULL) {
        sim->decided = decided->next;
        mem_free(decided);
    }
}

static bool person_refused(enum err_code code)
{
    return code == ERR_CONFLICT || code == ERR_NOT_FOUND || code == ERR_FORBIDDEN;
}

static void person_told(void *arg, const struct err *e)
{
    struct sim_decided *decided = arg;
    struct sim *sim = decided->sim;

    sim_note(sim, "decided   %s", e->code == ERR_OK ? "durably" : e->text);
    decided->kept = e->code == ERR_OK;
    if (decided->kept && decided->first != NULL && decided->first->kept)
        sim_wrong(sim, "%s of one run is decided twice by one person", decided->node);
    if (decided->word && person_refused(e->code))
        keep_no_word(sim, decided->run, decided->node);
}

static void person_decide(struct sim *sim, void *arg)
{
    static const char *const roles[] = { "approver" };
    static const char *const people[] = { "ann", "bob", "cid", "dee", "eve" };
    struct person_task *task = arg;
    struct engine_decision decision = {
        .run = task->run,
        .step = task->step,
        .port = task->port,
        .by = people[dice_below(&sim->dice, 5)],
        .roles = roles,
        .role_count = 1,
        .data = task->data,
        .reason = "looked into the books",
    };
    struct sim_decided *first = task->first, *second = task->second;
    struct err e = { .code = ERR_OK };
    enum err_code rc;

    rc = engine_decide(sim->engine, &decision, person_told, first, &e);
    task->taken = rc == ERR_OK;
    first->word = rc == ERR_OK && strcmp(task->port, "send") == 0;
    if (first->word)
        keep_word(sim, first->run, first->node);
    sim->keep.decisions_lost |= rc == ERR_OK && sim->keep.backup != NULL && !sim->keep.restored;
    if (rc != ERR_OK)
        sim_note(sim, "decided   not: %s", e.text);
    if (rc != ERR_OK && !person_refused(rc) && sim->mem_faults == 0)
        sim_wrong(sim, "a decision is refused: %s", e.text);
    if (rc == ERR_OK && dice_chance(&sim->dice, 100) &&
        engine_decide(sim->engine, &decision, person_told, second, &e) != ERR_OK)
        sim_note(sim, "decided   not again: %s", e.text);
}

/* As the peer would have answered. */
static json_t *person_seen(const struct person_task *task)
{
    char id[160];

    if (task->payment == NULL)
        return json_pack("{s:i, s:{}, s:{s:s+++}}", "status", 200, "headers", "body", "id",
                         task->call->account, "-", task->call->ref, "");
    peer_payment(task->payment, id);
    return json_pack("{s:s}", "payment", id);
}

enum person_did person_work(struct sim *sim)
{
    const struct store_facts_filter filter = { .kind = FACT_TASK };
    struct person_list list = { .count = 0 };
    struct person_task *task;
    char run[IDENT_TEXT];
    bool done;
    struct err e;

    check(store_facts(fake_store_store(sim->store), &filter, person_visit, &list, &e) == ERR_OK);
    if (list.count == 0)
        return PERSON_IDLE;
    task = &list.tasks[dice_below(&sim->dice, (unsigned)list.count)];
    if (strcmp(task->kind, "doubt") != 0) {
        snprintf(task->port, sizeof task->port, "%s",
                 dice_chance(&sim->dice, 800) ? "approve" : "reject");
    } else if (person_pending(sim, task, &done)) {
        return PERSON_IDLE;
    } else {
        snprintf(task->port, sizeof task->port, "%s",
                 done                           ? "happened"
                 : dice_chance(&sim->dice, 700) ? "send"
                                                : "fail");
    }
    if (strcmp(task->port, "happened") == 0)
        task->data = person_seen(task);
    ident_text(task->run, run);
    sim_note(sim, "decide    %s %s: %s", run, task->step, task->port);
    task->first = decided_new(sim, task, NULL);
    task->second = decided_new(sim, task, task->first);
    if (!sim_inside(sim, person_decide, task))
        sim_restart(sim);
    json_decref(task->data);
    return task->taken ? PERSON_DECIDED : PERSON_REFUSED;
}
