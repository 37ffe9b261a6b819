/* main.c - plays seeds: sim [--from N] [--seeds N [--stop]] [--flow FLOW], sim --seed N [--trace],
 * or sweeps: sim --sweep FLOW [--point all | most | POINT [--nth N]].
 *
 * Seeds are played in a process of their own, a few hundred each, so that a crash is a finding
 * with a seed and not the end. */
#include <execinfo.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "sim/sim.h"

#define MAIN_CHUNK 250

static const struct sim_kind *main_kind; /* this flow alone; NULL: those that chance takes */

void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status)
{
    sim_exit_status(status);
    __real__exit(status);
}

void __real_check_failed(const char *what, const char *file, int line) __attribute__((noreturn));
void __wrap_check_failed(const char *what, const char *file, int line) __attribute__((noreturn));
void __wrap_check_failed(const char *what, const char *file, int line)
{
    sim_check_failed(what, file, line);
    __real_check_failed(what, file, line);
}

/* Where the allocation failed, for a trace: addr2line -fie sim ADDRESS... */
bool __real_fault_check(const char *point);
bool __wrap_fault_check(const char *point);
bool __wrap_fault_check(const char *point)
{
    bool fails = __real_fault_check(point);
    void *frames[24];

    if (fails && sim_traces())
        backtrace_symbols_fd(frames, backtrace(frames, 24), STDOUT_FILENO);
    return fails;
}

static bool play_has(const struct sim *sim, const struct sim_kind *kind)
{
    size_t i;

    for (i = 0; i < sim->flow_count; i++)
        if (sim->flows[i].kind == kind)
            return true;
    return false;
}

static void play_flows(struct sim *sim)
{
    static const unsigned attempts[] = { 1, 2, 3, 6, 100, 100 };
    size_t i, count = 1 + dice_below(&sim->dice, 3);

    for (i = 0; i < count; i++) {
        const struct sim_kind *kind = sim_kinds[dice_below(&sim->dice, (unsigned)sim_kind_count)];

        if (main_kind != NULL)
            kind = main_kind;
        else if (kind->weight > 50 && !dice_chance(&sim->dice, 250))
            kind = sim_kinds[0];
        if (play_has(sim, kind))
            break;
        sim->flows[i] = (struct sim_flow){ .kind = kind,
                                           .attempts = attempts[dice_below(&sim->dice, 6)],
                                           .concurrency = dice_below(&sim->dice, 4),
                                           .ordered = dice_chance(&sim->dice, 400),
                                           .result = dice_chance(&sim->dice, 250) };
        if (kind->origin == ORIGIN_TICK)
            sim->flows[i].ordered = false; /* a slot is nobody's */
        sim->flows[i].retention = dice_chance(&sim->dice, 150);
        sim->flow_count = i + 1;
        sim_deploy(sim, &sim->flows[i]);
    }
}

static unsigned play_seed(uint64_t seed, bool trace, uint64_t *digest)
{
    const struct sim_plan none = { NULL, NULL, 0 };
    struct sim *sim = sim_new(seed, &none, trace);
    size_t i;
    bool wide = false;

    play_flows(sim);
    for (i = 0; i < sim->flow_count; i++)
        wide |= sim->flows[i].kind->weight > 50;
    sender_plan(sim, 1 + dice_below(&sim->dice, wide ? 3 : 14));
    sim_play(sim);
    sim_heal(sim);
    oracle_judge(sim);
    *digest = sim->digest;
    return sim_free(sim);
}

struct main_shared {
    uint64_t at; /* the seed in work */
    uint64_t played, failed;
};

static void play_chunk(struct main_shared *shared, uint64_t from, uint64_t count, bool stop)
{
    uint64_t seed, first, second;
    unsigned wrongs;

    for (seed = from; seed < from + count; seed++) {
        shared->at = seed;
        wrongs = play_seed(seed, false, &first);
        if (seed % 50 == 0) {
            wrongs += play_seed(seed, false, &second);
            if (first != second) {
                printf("seed %" PRIu64 ": the same seed was another history\n", seed);
                wrongs++;
            }
        }
        shared->played++;
        shared->failed += wrongs > 0;
        if (stop && shared->failed > 0)
            return;
    }
}

static int play_seeds(uint64_t from, uint64_t count, bool stop)
{
    struct main_shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t end = from + count;
    int status;
    pid_t child;

    check(shared != MAP_FAILED);
    while (from < end && !(stop && shared->failed > 0)) {
        uint64_t chunk = end - from < MAIN_CHUNK ? end - from : MAIN_CHUNK;

        fflush(stdout);
        child = fork();
        check(child >= 0);
        if (child == 0) {
            play_chunk(shared, from, chunk, stop);
            exit(0);
        }
        check(waitpid(child, &status, 0) == child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            from += chunk;
            continue;
        }
        printf("seed %" PRIu64 ": the simulation itself ended with %s %d\n", shared->at,
               WIFSIGNALED(status) ? "signal" : "status",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        shared->failed++;
        shared->played++;
        from = shared->at + 1;
    }
    printf("%" PRIu64 " seeds, %" PRIu64 " failed; one again: sim --seed N --trace\n",
           shared->played, shared->failed);
    return shared->failed > 0;
}

static const char *option(int argc, char **argv, const char *name, const char *fallback)
{
    int i;

    for (i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return i + 1 < argc ? argv[i + 1] : "";
    return fallback;
}

int main(int argc, char **argv)
{
    const char *seed = option(argc, argv, "--seed", NULL);
    const char *sweep = option(argc, argv, "--sweep", NULL);
    const char *flow = option(argc, argv, "--flow", NULL);
    bool trace = option(argc, argv, "--trace", NULL) != NULL;
    uint64_t digest;

    setvbuf(stdout, NULL, _IOLBF, 0);
    main_kind = flow != NULL ? sim_kind_find(flow) : NULL;
    if (flow != NULL && main_kind == NULL) {
        fprintf(stderr, "sim: there is no flow \"%s\"\n", flow);
        return 2;
    }
    if (sweep != NULL) {
        size_t nth = strtoul(option(argc, argv, "--nth", "0"), NULL, 10);

        return sweep_run(sweep, option(argc, argv, "--point", "all"), nth > 0 ? nth : 1,
                         nth > 0 ? nth : SIZE_MAX, trace);
    }
    if (seed != NULL)
        return play_seed(strtoull(seed, NULL, 10), trace, &digest) > 0;
    return play_seeds(strtoull(option(argc, argv, "--from", "1"), NULL, 10),
                      strtoull(option(argc, argv, "--seeds", "2000"), NULL, 10),
                      option(argc, argv, "--stop", NULL) != NULL);
}
