/* beside.c - another event under a key that is taken: it is kept as a failed run of its own, which
 * is told like other failures (ends to the flow that listens, failures to the one that on_failure
 * names), once. */
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "engine/operate.h"

struct beside {
    struct sim *sim;
    const char *text; /* that its input has; NULL: all */
    uint64_t run;     /* found */
    const struct sim_kind *called;
    char name[IDENT_TEXT + 8]; /* "run":"ID" in the input of who is told */
    unsigned told;
    const struct peer_book *book; /* whose run is looked for */
};

bool beside_is(const struct store_run *run)
{
    return run->dedupe != NULL && run->dedupe[0] == RUN_KEY_OWN &&
           strncmp(run->dedupe + 1, "conflict/", 9) == 0 && run->status == RUN_FAILED;
}

static bool beside_look(void *arg, const struct store_run *run)
{
    struct beside *beside = arg;

    if (beside_is(run) && strstr(run->input, beside->text) != NULL)
        beside->run = run->run;
    return true;
}

bool beside_kept(struct sim *sim, const struct sim_event *event)
{
    struct beside beside = { .sim = sim, .text = event->id };

    sim_runs(sim, beside_look, &beside);
    return beside.run != 0;
}

/* Who is told when a run of the flow fails; NULL: nobody. */
static const struct sim_kind *beside_called(const struct sim *sim, const char *slug)
{
    for (size_t i = 0; i < sim->flow_count; i++) {
        const struct sim_kind *kind = sim->flows[i].kind;

        if (strcmp(kind->slug, slug) == 0 &&
            (kind->origin == ORIGIN_HEARD || kind->origin == ORIGIN_FAILED))
            return kind->called;
    }
    return NULL;
}

static bool beside_told(void *arg, const struct store_run *run)
{
    struct beside *beside = arg;

    beside->told +=
        strcmp(run->flow, beside->called->slug) == 0 && strstr(run->input, beside->name) != NULL;
    return true;
}

static bool beside_judge_run(void *arg, const struct store_run *run)
{
    struct beside beside = { .sim = arg, .called = beside_called(arg, run->flow) };
    char id[IDENT_TEXT];

    if (!beside_is(run) || beside.called == NULL)
        return true;
    ident_text(run->run, id);
    snprintf(beside.name, sizeof beside.name, "\"run\":\"%s\"", id);
    sim_runs(arg, beside_told, &beside);
    if (beside.told != 1)
        sim_wrong(arg, "that %s could not be executed under its key is told %u times", id,
                  beside.told);
    return true;
}

void beside_judge(struct sim *sim)
{
    sim_runs(sim, beside_judge_run, sim);
}

static bool beside_of_book(void *arg, const struct store_run *run)
{
    struct beside *beside = arg;
    char id[IDENT_TEXT];

    ident_text(run->run, id);
    if (beside_is(run) && beside_called(beside->sim, run->flow) != NULL &&
        strcmp(beside->book->ref, id) == 0)
        beside->run = run->run;
    return true;
}

bool beside_demands(struct sim *sim, const struct peer_book *book)
{
    struct beside beside = { .sim = sim, .book = book };

    if (strcmp(book->account, "ears") != 0 && strcmp(book->account, "alarms") != 0)
        return false;
    sim_runs(sim, beside_of_book, &beside);
    return beside.run != 0 || sim->keep.restored; /* its run may be of a history put back */
}
