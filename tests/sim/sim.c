/* sim.c - the world of one seed: it begins, dies and begins again; what goes wrong is told. */
#include "sim/sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/setting.h"
#include "io/egress.h"
#include "nodes/node_types.h"

#define SIM_START   INT64_C(1795000000000) /* 2026-11-18 */
#define SIM_GOES_ON 4                      /* turns in which every run has heard of its commit */

static struct {
    struct vault *vault;
    struct egress *egress;
    struct registry *registry;
    struct random_seeded random;
    struct sim *sim; /* the one that plays */
} house;

/* ---- What is said */

void sim_note(struct sim *sim, const char *fmt, ...)
{
    char text[500];
    const char *at;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    for (at = text; *at != '\0'; at++)
        sim->digest = (sim->digest ^ (unsigned char)*at) * 0x100000001b3u;
    if (sim->trace)
        printf("%10.3f  %s\n", (double)sim->clock.steady / 1000.0, text);
}

void sim_wrong(struct sim *sim, const char *fmt, ...)
{
    char text[900];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sim_note(sim, "WRONG %s", text);
    if (sim->wrongs++ < 10)
        printf("seed %" PRIu64 "%s%s: %s\n", sim->seed, sim->plan.flow != NULL ? " " : "",
               sim->plan.flow != NULL ? sim->plan.flow : "", text);
    fflush(stdout);
}

static void sim_peer_wrong(void *arg, const char *text)
{
    sim_wrong(arg, "%s", text);
}

static uint64_t sim_peer_origin(void *arg, uint64_t run)
{
    return again_origin(arg, run);
}

static void sim_peer_sent(void *arg, const struct peer_call *call)
{
    struct sim *sim = arg;
    char run[IDENT_TEXT];

    ident_text(call->life, run);
    sim_note(sim, "sent      %s %s: %s %s, will be %s", run, call->node, call->account, call->ref,
             peer_fate_name(call->fate));
    oracle_sent(sim, call);
}

static void sim_peer_told(void *arg, const struct peer_call *call, const char *what)
{
    char run[IDENT_TEXT];

    ident_text(call->life, run);
    sim_note(arg, "%-9s %s %s: %s %s (%s)", what, run, call->node, call->account, call->ref,
             peer_fate_name(call->fate));
}

static void sim_line(void *arg, enum log_level level, const char *text)
{
    (void)level;
    sim_note(arg, "log       %s", text);
}

static void sim_step(void *arg, uint64_t run, const char *step, const char *what)
{
    char id[IDENT_TEXT];

    ident_text(run, id);
    sim_note(arg, "step      %s %s: %s", id, step, what);
}

static void sim_answer(void *arg, uint64_t request, const struct engine_answer *answer)
{
    sender_answer(arg, request, answer);
}

/* ---- The program dies */

static void sim_die(struct sim *sim, enum sim_death death, const char *why)
{
    sim->death = death;
    snprintf(sim->why, sizeof sim->why, "%s", why);
    longjmp(sim->exit, 1);
}

static void sim_fatal(void *arg, const char *why)
{
    struct sim *sim = arg;

    if (sim->inside)
        sim_die(sim, SIM_FATAL, why);
    sim->fatal = true; /* whoever called it ends the program */
}

void sim_exit_status(int status)
{
    char why[64];

    if (house.sim == NULL || !house.sim->inside)
        return;
    snprintf(why, sizeof why, "the program ended with %d", status);
    sim_die(house.sim, SIM_FAULT, why);
}

void sim_check_failed(const char *what, const char *file, int line)
{
    char why[300];
    const char *name = strrchr(file, '/');

    if (house.sim == NULL || !house.sim->inside)
        return;
    snprintf(why, sizeof why, "%s (%s:%d)", what, name != NULL ? name + 1 : file, line);
    sim_die(house.sim, SIM_FAULT, why);
}

bool sim_traces(void)
{
    return house.sim != NULL && house.sim->inside && house.sim->trace;
}

bool sim_inside(struct sim *sim, void (*call)(struct sim *sim, void *arg), void *arg)
{
    sim->inside = true;
    sim->death = SIM_ALIVE;
    house.sim = sim;
    if (setjmp(sim->exit) == 0) {
        atomic_store(&fault_armed, sim->armed);
        call(sim, arg);
    }
    atomic_store(&fault_armed, false);
    sim->inside = false;
    if (sim->death == SIM_ALIVE)
        return true;
    sim_note(sim, "died      %s", sim->why);
    if (sim->death == SIM_FAULT && sim->mem_faults == 0)
        sim_wrong(sim, "internal fault: %s", sim->why);
    return false;
}

static void sim_stored(void *owner, uint64_t run, const struct store_result *result)
{
    struct sim *sim = owner;
    struct store_result told = *result;

    if (told.code != ERR_OK || sim->tell_fatal)
        sim->refused_epoch = peers_epoch(sim->peers) + 1;
    if (sim->tell_fatal) {
        told.code = ERR_FATAL;
        sim->broken = 1;
        told.text = "the disk is broken";
    }
    sim->store_done(sim->store_owner, run, &told);
}

static void sim_start(struct sim *sim, void *arg)
{
    struct store *store = fake_store_store(sim->store);
    size_t *runs = arg;
    struct err e = { .code = ERR_OK };

    sim->engine = engine_new(&sim->world, &e);
    if (sim->engine == NULL) {
        sim_die(sim, SIM_FAULT, e.text);
        return;
    }
    engine_poll_piece(sim->engine, SIM_PIECE);
    if (sim->seed % 3 == 0) /* a run comes back for who decides one entry a turn */
        engine_wake_slice(sim->engine, 1);
    sim->store_done = store->done;
    sim->store_owner = store->owner;
    store_on_done(store, sim_stored, sim);
    if (runs != NULL && engine_recover(sim->engine, runs, &e) != ERR_OK)
        sim_die(sim, SIM_FAULT, e.text);
}

/* After an internal fault nothing of the program can be trusted: it is left where it lies. */
static void sim_bury(struct sim *sim)
{
    struct err e;

    if (sim->death == SIM_FAULT) {
        sim->leaked = true;
        sim->rules = rules_new(&sim->machine.clock, &sim->log, NULL, &e);
        check(sim->rules != NULL);
        sim->world.rules = sim->rules;
    } else {
        engine_free(sim->engine);
    }
    sim->engine = NULL;
    sim->death = SIM_ALIVE;
    machine_boots(sim);
    keep_put_back(sim);
}

void sim_restart(struct sim *sim)
{
    size_t runs = 0;
    unsigned tries = 0;
    bool broken;

    do {
        if (++tries > 3)
            sim->armed = false; /* somebody gives it memory */
        check(tries < 10);
        fake_store_lose(sim->store);
        broken = sim->death == SIM_FAULT;
        job_crash(sim);
        sim_bury(sim);
        fake_folder_drop(sim->folder);
        job_bury(sim, broken);
        peers_crash(sim->peers);
        sender_crash(sim);
        sim->deaths++;
        sim->broken = 0;
        sim_note(sim, "crash     number %u", sim->deaths);
    } while (!sim_inside(sim, sim_start, &runs));
    sim_note(sim, "recovered %zu runs", runs);
}

void sim_end_fatal(struct sim *sim)
{
    if (!sim->fatal)
        return;
    sim->fatal = false;
    sim_restart(sim);
}

/* ---- Life */

static void sim_deploy_now(struct sim *sim, void *arg)
{
    struct sim_flow *flow = arg;
    struct faults faults;
    struct buf text;
    struct err e = { .code = ERR_OK };
    json_t *json;

    buf_init(&text, MIB);
    flow->kind->bundle(flow, &text);
    json = json_read(buf_text(&text), text.len, &json_limits_flow, &e);
    check(json != NULL || sim->mem_faults > 0);
    faults_init(&faults);
    if (json != NULL && engine_deploy(sim->engine, "main", "test", flow->kind->slug, json,
                                      "flow.json", NULL, 0, &faults, &e) != ERR_OK) {
        sim_note(sim, "deploy    %s: %s", flow->kind->slug, e.text);
        if (sim->mem_faults == 0 && !fake_folder_fails(sim->folder))
            sim_wrong(sim, "flow %s is not deployed: %s %s", flow->kind->slug, e.text,
                      faults.count > 0 ? faults.list[0].text : "");
    }
    faults_fini(&faults);
    json_decref(json);
    buf_fini(&text);
}

void sim_deploy(struct sim *sim, struct sim_flow *flow)
{
    struct sim_flow called = *flow;

    called.kind = flow->kind->called;
    called.ordered = called.retention = false;
    called.concurrency = 0;
    if (called.kind != NULL)
        sim_deploy(sim, &called);
    flow->version++;
    if (sim->keep.backup == NULL && !sim->keep.restored) {
        flow->place = flow->version % 2;
        sim->keep.moved |= (flow->kind == &sim_conn || reverse_is(flow->kind)) && flow->version > 1;
    }
    sim_note(sim, "deploy    %s version %u", flow->kind->slug, flow->version);
    if (!sim_inside(sim, sim_deploy_now, flow))
        sim_restart(sim);
}

static void sim_turn(struct sim *sim, void *arg)
{
    unsigned *turns = arg;

    while (*turns > 0 && engine_turn(sim->engine))
        --*turns;
}

void sim_turns(struct sim *sim, unsigned most)
{
    unsigned turns = most;

    if (!sim_inside(sim, sim_turn, &turns))
        sim_restart(sim);
    else if (turns == 0 && most > 1000)
        sim_wrong(sim, "the engine never comes to rest");
    else if (sim->broken > 0 && !sim->fatal && ++sim->broken > SIM_GOES_ON)
        sim_wrong(sim, "it goes on with a store that has said that it is broken");
}

const struct sim_flow *sim_flow_by(const struct sim *sim, enum sim_origin origin)
{
    size_t i;

    for (i = 0; i < sim->flow_count; i++)
        if (sim->flows[i].kind->origin == origin)
            return &sim->flows[i];
    return NULL;
}

bool sim_is_of(const struct store_run *run, const struct sim_event *event)
{
    bool polled = event->flow->kind->origin == ORIGIN_POLL;
    char id[48];

    if (strcmp(run->flow, event->flow->kind->slug) != 0 || again_is(run))
        return false;
    if (event->flow->kind->origin == ORIGIN_TICK)
        return run->run == event->run;
    if (event->flow->kind->origin != ORIGIN_FILE && !(polled && event->flow->result))
        return run->dedupe != NULL && strcmp(run->dedupe, event->id) == 0;
    snprintf(id, sizeof id, "\"id\":\"%s\"", event->id);
    return strstr(run->input, id) != NULL;
}

void sim_runs(struct sim *sim, store_run_fn *visit, void *arg)
{
    const struct store_runs_filter filter = { .status = -1, .after = 1, .limit = 100000 };
    struct err e;

    fake_store_visit_gone(sim->store, visit, arg);
    check(store_runs(fake_store_store(sim->store), &filter, visit, arg, &e) == ERR_OK);
}

static void house_open(void)
{
    char dir[] = "/tmp/weft-sim-XXXXXX", file[64], *sealed;
    struct err e;

    if (house.registry != NULL)
        return;
    mem_install();
    random_seeded_init(&house.random, 42);
    house.egress = egress_new("127.0.0.1", NULL, &e);
    house.registry = registry_new();
    node_types_add(house.registry);
    job_types(house.registry);
    walk_types(house.registry);
    reverse_types(house.registry);
    check(mkdtemp(dir) != NULL);
    snprintf(file, sizeof file, "%s/key", dir);
    house.vault = vault_open(file, true, &house.random.random, &e);
    check(house.vault != NULL && vault_make_key(house.vault, &sealed, &e) == ERR_OK);
    mem_free(sealed);
    unlink(file);
    rmdir(dir);
}

static const char *sim_environment(const char *name)
{
    (void)name;
    return NULL;
}

struct sim *sim_new(uint64_t seed, const struct sim_plan *plan, bool trace)
{
    const struct peer_watch watch = { NULL,          source_read,  sim_peer_wrong, sim_peer_origin,
                                      sim_peer_sent, sim_peer_told };
    struct peer_watch own = watch;
    struct sim *sim;
    struct err e;
    size_t before;

    house_open();
    before = mem_used();
    sim = mem_must(sizeof *sim);
    sim->memory = before;
    sim->seed = seed;
    sim->plan = *plan;
    sim->trace = trace;
    sim->dice.state = seed;
    sim->digest = 0xcbf29ce484222325u;
    clock_manual_init(&sim->clock, SIM_START);
    machine_open(sim);
    random_seeded_init(&sim->random, dice_next(&sim->dice));
    log_init(&sim->log, &sim->clock.clock);
    sim->log.line = sim_line;
    sim->log.arg = sim;
    sim->log.level = trace ? LOG_DEBUG : LOG_WARN;
    sim->store = fake_store_new();
    sim->folder = fake_folder_new();
    job_open(sim);
    if (sim->plan.flow != NULL)
        source_healed(sim); /* a sweep wants a few slots, too */
    own.arg = sim;
    sim->peers = peers_new(&sim->clock.clock, &sim->dice, &own);
    sim->rules = rules_new(&sim->machine.clock, &sim->log, NULL, &e);
    check(sim->rules != NULL);
    sim->world = (struct world){
        .clock = &sim->machine.clock,
        .random = &sim->random.random,
        .log = &sim->log,
        .store = fake_store_store(sim->store),
        .rules = sim->rules,
        .http = peers_out(sim->peers),
        .pool = &sim->pool.pool,
        .folders = fake_folder_folders(sim->folder),
        .vault = house.vault,
        .egress = house.egress,
        .registry = house.registry,
        .environment = sim_environment,
        .answer = sim_answer,
        .step = trace ? sim_step : NULL,
        .fatal = sim_fatal,
        .arg = sim,
    };
    check(sim_inside(sim, sim_start, NULL));
    return sim;
}

unsigned sim_free(struct sim *sim)
{
    unsigned wrongs;
    size_t left;

    fault_disarm();
    engine_free(sim->engine);
    job_bury(sim, false);
    rules_free(sim->rules);
    peers_free(sim->peers);
    fake_store_free(sim->store);
    fake_store_free(sim->keep.backup);
    fake_folder_free(sim->folder);
    mem_free(sim->events);
    mem_free(sim->keep.words);
    person_free(sim);
    mem_free(sim->requests);
    left = mem_used() - sizeof *sim;
    if (!sim->leaked && left > sim->memory + 4096)
        sim_wrong(sim, "%zu bytes are left when everything has ended", left - sim->memory);
    wrongs = sim->wrongs;
    house.sim = NULL;
    mem_free(sim);
    return wrongs;
}
