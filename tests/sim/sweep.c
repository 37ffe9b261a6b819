/* sweep.c - for every n: the n-th commit, request or allocation fails, each in every manner; a few
 * events of one flow are played to the end, the world heals, the oracle judges. A sweep is complete
 * when the scenario comes to its end without reaching n. Each n is a process of its own, so that
 * one in which the program ends leaves nothing behind. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault.h"
#include "sim/sim.h"

#define SWEEP_EVENTS 2
#define SWEEP_MAX    1000000

static const char *const sweep_points[] = {
    "store.refuse", "store.fatal", "store.fatal_kept", "crash.before", "crash.after",
    "crash.told",   "crash.twice", "mem.once",         "mem.on",
};

enum sweep_end { SWEEP_FINE, SWEEP_WRONG, SWEEP_BEYOND, SWEEP_DIED };

static bool sweep_fate(const char *point, enum peer_fate *fate)
{
    unsigned i;

    if (strncmp(point, "send.", 5) != 0)
        return false;
    for (i = 0; i < PEER_FATE_COUNT; i++)
        if (strcmp(point + 5, peer_fate_name((enum peer_fate)i)) == 0) {
            *fate = (enum peer_fate)i;
            return true;
        }
    return false;
}

static enum sweep_end sweep_one(const char *flow, const char *point, size_t nth, bool trace)
{
    const struct sim_plan plan = { flow, point, nth };
    struct sim *sim = sim_new(7, &plan, trace);
    enum peer_fate fate;
    bool reached, died;

    sim->flows[0] = (struct sim_flow){
        .kind = sim_kind_find(flow), .attempts = 5, .concurrency = 1, .ordered = true
    };
    check(sim->flows[0].kind != NULL);
    sim->flows[0].ordered = sim->flows[0].kind->origin != ORIGIN_TICK;
    sim->flow_count = 1;
    sim_deploy(sim, &sim->flows[0]);
    sender_plan(sim, SWEEP_EVENTS);
    if (sweep_fate(point, &fate))
        peers_strike(sim->peers, nth, fate);
    if (strncmp(point, "mem.", 4) == 0) {
        fault_arm("mem.try", (unsigned)nth, strcmp(point, "mem.on") == 0);
        atomic_store(&fault_armed, false);
        sim->armed = true;
        sim->mem_faults = 1;
    }
    sim_heal(sim);
    reached = sweep_fate(point, &fate)         ? sim->struck
              : strncmp(point, "mem.", 4) == 0 ? fault_hits() >= nth
                                               : sim->appends_stormy >= nth;
    oracle_judge(sim);
    died = sim->leaked;
    if (sim_free(sim) > 0)
        return SWEEP_WRONG;
    return !reached ? SWEEP_BEYOND : died ? SWEEP_DIED : SWEEP_FINE;
}

static bool sweep_point(const char *flow, const char *point, size_t from, size_t to, bool trace)
{
    size_t nth, wrong = 0, died = 0;
    int status = 0;
    pid_t child;

    for (nth = from; nth <= to && nth < SWEEP_MAX; nth++) {
        if (to == from) {
            return sweep_one(flow, point, nth, trace) != SWEEP_WRONG;
        }
        fflush(stdout);
        child = fork();
        check(child >= 0);
        if (child == 0)
            exit(sweep_one(flow, point, nth, trace));
        check(waitpid(child, &status, 0) == child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == SWEEP_BEYOND)
            break;
        died += WIFEXITED(status) && WEXITSTATUS(status) == SWEEP_DIED;
        if (WIFEXITED(status) &&
            (WEXITSTATUS(status) == SWEEP_FINE || WEXITSTATUS(status) == SWEEP_DIED))
            continue;
        wrong++;
        printf("again: sim --sweep %s --point %s --nth %zu --trace\n", flow, point, nth);
    }
    printf("sweep %-8s %-18s %6zu points, %zu wrong", flow, point, nth - from, wrong);
    printf(died > 0 ? ", %zu ended the process and were recovered\n" : "\n", died);
    return wrong == 0;
}

int sweep_run(const char *flow, const char *point, size_t from, size_t to, bool trace)
{
    const struct sim_plan none = { NULL, NULL, 0 };
    bool most = strcmp(point, "most") == 0; /* all but those of memory, which are many */
    bool fine = true, all = most || strcmp(point, "all") == 0;
    char name[40];
    size_t i;

    if (sim_kind_find(flow) == NULL) {
        fprintf(stderr, "sim: there is no flow \"%s\"\n", flow);
        return 2;
    }
    sim_free(sim_new(0, &none, false)); /* what all share is made once, before the forks */
    if (!all)
        return !sweep_point(flow, point, from, to, trace);
    for (i = 0; i < sizeof sweep_points / sizeof sweep_points[0]; i++)
        if (!most || strncmp(sweep_points[i], "mem.", 4) != 0)
            fine &= sweep_point(flow, sweep_points[i], from, to, trace);
    for (i = 1; i < PEER_FATE_COUNT; i++) {
        snprintf(name, sizeof name, "send.%s", peer_fate_name((enum peer_fate)i));
        fine &= sweep_point(flow, name, from, to, trace);
    }
    return !fine;
}
