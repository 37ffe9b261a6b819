/* prove.c - see prove.h. */
#include "engine/prove.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "engine/budget.h"
#include "engine/engine_priv.h"

struct proven {
    struct version *version;
    struct proof_set *set; /* the thread's, until it has rung */
    bool known;            /* the past has it: its tests need not run */
};

/* What passed lately; the next one takes the place at `next`. */
struct prove_past {
    struct {
        struct proven proven;
        struct rule_allowance allowance;
    } list[PROVE_PAST];
    unsigned next;
};

struct prove {
    struct engine *engine;
    struct proven *list;
    size_t count;
    struct rule_allowance allowance;
    struct mailbox *bell;
    pthread_t thread;
    bool begun;
    atomic_bool quit;
    prove_wanted_fn *wanted; /* NULL: always */
    prove_done_fn *done;
    void *arg;
    struct prove *next;
};

static void *prove_main(void *arg)
{
    struct prove *prove = arg;

    for (size_t i = 0; i < prove->count; i++)
        if (!prove->list[i].known)
            prove->list[i].set = proof_set_new(prove->list[i].version->flow, &prove->allowance,
                                               prove->engine->world.log, &prove->quit);
    mailbox_ring(prove->bell);
    return NULL;
}

static enum err_code prove_thread(struct prove *prove, struct err *e)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all); /* signals are the loop's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&prove->thread, NULL, prove_main, prove);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0)
        return err_set(e, ERR_MEMORY, "no thread for tests of rules: %s", strerror(failed));
    prove->begun = true;
    return ERR_OK;
}

static void proven_drop(struct engine *engine, struct proven *proven)
{
    proof_set_free(proven->set);
    version_unref(engine, proven->version);
    *proven = (struct proven){ .version = NULL };
}

static bool amounts_same(const struct rule_amounts *a, const struct rule_amounts *b)
{
    return a->ticks == b->ticks && a->ms == b->ms && a->memory == b->memory;
}

static bool allowance_same(const struct rule_allowance *a, const struct rule_allowance *b)
{
    return a->share == b->share && amounts_same(&a->has, &b->has) &&
           amounts_same(&a->most, &b->most);
}

static const struct proof_set *past_find(const struct prove_past *past, const struct flow *flow,
                                         const struct rule_allowance *allowance)
{
    for (unsigned i = 0; past != NULL && i < PROVE_PAST; i++)
        if (proof_set_is_of(past->list[i].proven.set, flow) &&
            allowance_same(&past->list[i].allowance, allowance))
            return past->list[i].proven.set;
    return NULL;
}

/* Those of its versions that passed are the past's. */
static void past_keep(struct prove *prove)
{
    struct engine *engine = prove->engine;
    struct prove_past *past = engine->proven_past;

    if (past == NULL) {
        past = engine->proven_past = mem_must(sizeof *past);
        *past = (struct prove_past){ .next = 0 };
    }
    for (size_t i = 0; i < prove->count; i++) {
        struct proven *proven = &prove->list[i];

        if (!proof_set_passed(proven->set) ||
            past_find(past, proven->version->flow, &prove->allowance) != NULL)
            continue;
        proven_drop(engine, &past->list[past->next].proven);
        past->list[past->next].proven = *proven;
        past->list[past->next].allowance = prove->allowance;
        past->next = (past->next + 1) % PROVE_PAST;
        *proven = (struct proven){ .version = NULL };
    }
}

static void prove_free(struct prove *prove)
{
    mailbox_close(prove->bell);
    for (size_t i = 0; i < prove->count; i++)
        proven_drop(prove->engine, &prove->list[i]);
    mem_free(prove->list);
    mem_free(prove);
}

/* Those before it may have proven the same. The past stays as it is until this one has rung.
 * Without a thread its tests run when somebody asks for them. */
static void prove_begin(struct prove *prove)
{
    struct engine *engine = prove->engine;
    size_t known = 0;
    struct err e;

    for (size_t i = 0; i < prove->count; i++) {
        struct proven *proven = &prove->list[i];

        proven->known =
            past_find(engine->proven_past, proven->version->flow, &prove->allowance) != NULL;
        known += proven->known;
    }
    if (known < prove->count) {
        if (prove_thread(prove, &e) == ERR_OK)
            return;
        log_warn(engine->world.log, "%s", e.text);
    }
    mailbox_ring(prove->bell);
}

/* The first one's turn, for which somebody waits. */
static void prove_next(struct engine *engine)
{
    struct prove *prove;

    while ((prove = engine->proves) != NULL) {
        if (prove->wanted == NULL || prove->wanted(prove->arg)) {
            prove_begin(prove);
            return;
        }
        engine->proves = prove->next;
        prove->done(prove->arg, PROVE_LEFT);
        prove_free(prove);
    }
}

static void prove_rang(void *arg)
{
    struct prove *prove = arg;
    struct engine *engine = prove->engine;

    check(engine->proves == prove && engine->proven == NULL);
    if (prove->begun)
        pthread_join(prove->thread, NULL);
    engine->proven = prove;
    prove->done(prove->arg, PROVE_RAN);
    engine->proven = NULL;
    engine->proves = prove->next;
    past_keep(prove);
    prove_free(prove);
    prove_next(engine);
}

enum err_code engine_prove(struct engine *engine, struct loop *loop, const char *workspace,
                           struct version *const *versions, size_t count, prove_wanted_fn *wanted,
                           prove_done_fn *done, void *arg, struct err *e)
{
    struct prove *prove, **end = &engine->proves;
    unsigned others = 0;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    for (; *end != NULL; end = &(*end)->next)
        others++;
    if (others >= PROVE_MOST)
        return err_set(e, ERR_OVERLOAD, "%u others wait for tests of rules: try again in a moment",
                       others);
    prove = mem_must(sizeof *prove);
    *prove = (struct prove){
        .engine = engine, .count = count, .wanted = wanted, .done = done, .arg = arg
    };
    prove->list = mem_must(count * sizeof *prove->list);
    for (size_t i = 0; i < count; i++)
        prove->list[i] = (struct proven){ .version = version_ref(versions[i]) };
    prove->allowance = engine_allowance(engine, workspace, NULL);
    prove->bell = mailbox_new(loop, prove_rang, prove);
    *end = prove;
    if (others == 0)
        prove_begin(prove);
    return ERR_OK;
}

const struct proof_set *prove_known(const struct engine *engine, const struct flow *flow,
                                    const struct rule_allowance *set)
{
    for (size_t i = 0; engine->proven != NULL && i < engine->proven->count; i++)
        if (proof_set_is_of(engine->proven->list[i].set, flow))
            return engine->proven->list[i].set;
    return past_find(engine->proven_past, flow, set);
}

bool engine_proof_known(const struct engine *engine, const char *workspace,
                        const struct version *version)
{
    const struct rule_allowance allowance = engine_allowance(engine, workspace, NULL);

    return prove_known(engine, version->flow, &allowance) != NULL;
}

bool engine_proof_takes(const struct engine *engine, const char *workspace,
                        const struct version *version)
{
    return json_object_size(json_object_get(version->flow->bundle, "tests")) > 0 &&
           !engine_proof_known(engine, workspace, version);
}

enum err_code engine_proof(struct engine *engine, const char *workspace,
                           const struct version *version, proof_fn *told, void *arg, struct err *e)
{
    const struct rule_allowance allowance = engine_allowance(engine, workspace, NULL);
    const struct proof_set *set = prove_known(engine, version->flow, &allowance);

    if (set != NULL)
        return proof_set_tell(set, told, arg, e);
    return proof_run(version->flow, &allowance, engine->world.log, told, arg, e);
}

void proves_free(struct engine *engine)
{
    while (engine->proves != NULL) {
        struct prove *prove = engine->proves;

        atomic_store(&prove->quit, true);
        if (prove->begun)
            pthread_join(prove->thread, NULL);
        engine->proves = prove->next;
        prove->done(prove->arg, PROVE_ENDS);
        prove_free(prove);
    }
    for (unsigned i = 0; engine->proven_past != NULL && i < PROVE_PAST; i++)
        proven_drop(engine, &engine->proven_past->list[i].proven);
    mem_free(engine->proven_past);
    engine->proven_past = NULL;
}
