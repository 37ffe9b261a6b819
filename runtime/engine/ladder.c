/* ladder.c - an effect of which nobody knows whether it happened: the answer was lost, cut, a 5xx
 * or a contradiction; the process ended in between; the store was restored from a backup.
 *
 *   unknown -> same key, when there is no probe     (an ordinary attempt: retry_later)
 *           -> PROBE after the settle delay -> seen: ADOPT, the step is done
 *              not seen, and the system shows at once what it did  -> SEND
 *           -> SEND with the same key and the same bytes, while the system knows the key
 *           -> REVERSE, when the author allows it and no run before is known to have done it;
 *              confirmed -> SEND with a new generation's key
 *           -> PERSON
 *
 * (1) Nothing of class keyed or once leaves while an attempt before it is unknown, but with the
 *     same key and bytes within the key's time, or by a person's word.
 *                                                              [intent_may_leave, intent_is_late]
 * (2) Every rung is written before it is stepped on, with its moment and the reason: a crash goes
 *     on from it.                                                    [ladder_wait, ladder_open]
 * (3) Every rung is tried so often at most; behind the last stands a person.      [ladder_next]
 * (4) In a failing level nothing is sent or undone: it is looked, then a person decides; what did
 *     not happen fails.                                                           [ladder_next]
 * (5) A probe looks, and a reversal undoes, when its settle delay is over by steady time, which no
 *     set clock moves; after a new start of the machine, and behind a backup, where a person may
 *     have had it sent once more, it is waited for anew.                       [ladder_settle] */
#include "engine/run.h"

#include <string.h>

#include "engine/intent.h"

#define LADDER_SENDS       4u /* attempts at least, whatever `retry` says: nobody asked for doubt */
#define LADDER_TRIES       6u /* of a probe or a reversal that fails */
#define LADDER_GENERATIONS 2u /* new keys without a person */
#define LADDER_TRY_MS      2000
#define LADDER_SEND_MS     1000

static void ladder_can(const struct run_node *n, struct node_doubt *can)
{
    const struct flow_node *node = node_of(n);

    *can = (struct node_doubt){ .probes = false };
    if (node->type->doubt != NULL)
        node->type->doubt(node->type, node->config, can);
}

void ladder_error(const json_t *error, struct err *e)
{
    const char *kind = json_get_text(error, "kind"), *text = json_get_text(error, "text");
    enum err_code code = ERR_INTERNAL;

    if (kind != NULL)
        err_find(kind, &code);
    err_set(e, code, "%s", text != NULL ? text : "");
}

void ladder_intended(struct progress *progress, enum effect_class effect, const char *digest,
                     const struct deadline *key_until)
{
    struct ladder *ladder = &progress->ladder;

    progress->effect = effect;
    progress->intent = true;
    progress->retry_ms = 0;
    if (progress->allowed || effect != EFFECT_KEYED)
        progress->unknown = false;
    if (progress->allowed)
        progress->left = false;
    progress->doubt = progress->allowed = false;
    json_decref(progress->task);
    json_decref(progress->decisions);
    json_decref(progress->error);
    progress->task = progress->decisions = progress->decided = progress->error = NULL;
    ladder->rung = RUNG_NONE;
    ladder->probed = ladder->absent = ladder->only_person = ladder->other_bytes = false;
    ladder->tries = 0;
    ladder->key_until = *key_until;
    snprintf(ladder->digest, sizeof ladder->digest, "%s", digest);
}

/* ---- The rungs */

static void ladder_wait(struct run_node *n, enum rung rung, int64_t pause, const char *why)
{
    struct engine *engine = n->frame->run->engine;
    struct step *step = n->step;

    n->progress->ladder.rung = (uint8_t)rung;
    n->progress->retry_ms = engine->wall + pause;
    n->progress->ladder.settled_ms = engine->steady + pause;
    n->progress->ladder.anew = NULL;
    ladder_mark(n, rung, n->progress->retry_ms, why);
    if (rung != RUNG_PROBE)
        person_undoubt(n);
    step->ended = step->failed = step->unsure = false;
    due_add(engine, engine->steady + pause, step_wait_for(step, STEP_RETRIES), false);
}

static void ladder_person(struct run_node *n, const char *why)
{
    struct step *step = n->step;

    n->progress->ladder.rung = RUNG_PERSON;
    n->progress->retry_ms = 0;
    if (why != NULL)
        ladder_mark(n, RUNG_PERSON, 0, why);
    ladder_error(n->progress->error, &step->error);
    json_decref(step->details);
    step->details = json_incref(json_object_get(n->progress->error, "details"));
    step->unsure = false;
    person_doubt(n);
}

/* It is known not to have happened, and nobody wants it any more. */
static void ladder_drop(struct run_node *n)
{
    struct step *step = n->step;

    n->progress->unknown = n->progress->doubt = false;
    person_undoubt(n);
    step->rung = RUNG_NONE;
    step->unsure = false;
    err_set(&step->error, ERR_CANCELLED,
            "its effect did not happen, and is not sent again: the run had failed before");
    step->ended = step->failed = true;
    retry_failed(n);
}

static bool ladder_may_send(const struct run_node *n)
{
    unsigned sends = node_of(n)->retry.attempts;

    return !n->frame->failing && !n->progress->ladder.only_person &&
           n->attempts < (sends > LADDER_SENDS ? sends : LADDER_SENDS);
}

/* Behind a backup it may have gone on with another key, by which it was not looked for: when it was
 * undone, or a person said that it is sent again. */
static bool ladder_went_on(const struct run_node *n, const struct node_doubt *can)
{
    const struct ladder *ladder = &n->progress->ladder;

    return intent_is_restored(n->step) &&
           ((can->reverses && ladder->generation < LADDER_GENERATIONS) ||
            (n->progress->effect == EFFECT_KEYED && !ladder_key_holds(n)));
}

/* why: what was seen last, NULL: nothing yet */
static void ladder_next(struct run_node *n, const char *why)
{
    struct ladder *ladder = &n->progress->ladder;
    struct node_doubt can;
    bool did_not;

    ladder_can(n, &can);
    did_not = ladder->probed && ladder->absent && can.read_after_write && !ladder_went_on(n, &can);
    if (can.probes && !ladder->probed && !ladder->other_bytes) {
        ladder_wait(n, RUNG_PROBE, can.settle_ms, "is it there?");
    } else if (did_not && n->frame->failing && !ladder->only_person) {
        ladder_drop(n);
    } else if (did_not && ladder_may_send(n)) {
        n->progress->unknown = false;
        ladder->vetted = true;
        ladder_wait(n, RUNG_SEND, LADDER_SEND_MS, why);
    } else if (ladder_may_send(n) && !ladder->other_bytes && ladder_key_holds(n)) {
        ladder_wait(n, RUNG_SEND, LADDER_SEND_MS, "again with the same key");
    } else if (can.reverses && ladder_may_send(n) && ladder->generation < LADDER_GENERATIONS &&
               !replay_was_done(n->step)) {
        ladder_wait(n, RUNG_REVERSE, can.undo_ms, "what may have happened is undone");
    } else {
        ladder_person(n, why);
    }
}

/* loud: somebody should hear of it at once */
static void ladder_tell(const struct run_node *n, const char *text, bool loud)
{
    struct log *log = n->frame->run->engine->world.log;
    char run[IDENT_TEXT];

    ident_text(n->frame->run->id, run);
    if (loud)
        log_error(log, "run %s, step %s: %s", run, step_path(n->step), text);
    else
        log_warn(log, "run %s, step %s is in doubt: %s", run, step_path(n->step), text);
}

static void ladder_doubt(struct run_node *n)
{
    struct progress *progress = n->progress;
    struct step *step = n->step;
    struct err e = step->error;

    progress->intent = false;
    progress->allowed = false; /* it has not left: whoever is asked now knows more */
    ladder_tell(n, e.text, step->contradicted || progress->ladder.other_bytes);
    e.code = ERR_IN_DOUBT;
    if (!progress->doubt) {
        progress->doubt = true;
        record_doubt(n, &e, step->details, step);
        json_decref(progress->error);
        progress->error = record_error(&e, NULL, step->details);
    }
    ladder_next(n, NULL);
}

/* ---- What a failed step leads to */

/* "It is there already" proves nothing about whose it is: who can look, looks. */
static bool ladder_is_duplicate(const struct run_node *n)
{
    struct node_doubt can;

    ladder_can(n, &can);
    return n->step->error.code == ERR_DUPLICATE && n->step->answered && can.probes &&
           n->progress->effect >= EFFECT_KEYED;
}

/* A refusal under a key speaks for all that was sent with it, while the system knows the key. */
static bool ladder_is_answered(const struct run_node *n)
{
    enum err_code code = n->step->error.code;

    return n->step->answered && n->progress->effect == EFFECT_KEYED &&
           (code == ERR_INVALID || code == ERR_DUPLICATE);
}

static bool ladder_repeats(const struct run_node *n)
{
    const struct step *step = n->step;
    struct node_doubt can;

    ladder_can(n, &can);
    return !can.probes && !step->contradicted && ladder_may_send(n) && ladder_key_holds(n) &&
           !n->progress->ladder.other_bytes && (step->unsure || err_retry(step->error.code));
}

/* A refusal says that it did not happen; a fault of the system, and silence, say nothing. */
static bool ladder_may_have_left(const struct step *step)
{
    enum err_code code = step->error.code;

    return !step->unsent && (!step->answered || (err_retry(code) && code != ERR_RATE_LIMITED));
}

bool ladder_takes(struct run_node *n)
{
    struct step *step = n->step;
    struct progress *progress = n->progress;

    if (progress == NULL)
        return false;
    if (step->settled) {
        progress->unknown = progress->doubt = false;
        return false;
    }
    if (progress->intent && progress->effect == EFFECT_IDEMPOTENT && ladder_may_have_left(step))
        progress->left = true;
    progress->intent = false;
    if (step->unsure)
        progress->unknown = true;
    else if (ladder_is_duplicate(n))
        progress->unknown = progress->ladder.only_person = true;
    else if (ladder_is_answered(n))
        progress->unknown = false;
    if (!progress->unknown)
        return false;
    if (step->contradicted)
        progress->ladder.only_person = true;
    if (ladder_repeats(n))
        retry_later(n);
    else
        ladder_doubt(n);
    return true;
}

/* ---- Probes and reversals */

bool ladder_begins(struct step *step)
{
    struct run_node *n = step->n;
    struct progress *progress = n->progress;
    struct ladder *ladder;
    enum rung rung;

    if (progress == NULL)
        return false;
    ladder = &progress->ladder;
    rung = (enum rung)ladder->rung;
    ladder->rung = RUNG_NONE;
    if (rung == RUNG_PROBE || rung == RUNG_REVERSE) {
        n->attempts--; /* it is none */
        step->rung = (uint8_t)rung;
        if (rung == RUNG_PROBE)
            step->type->probe(step, step->config);
        else
            step->type->reverse(step, step->config);
        return true;
    }
    if (progress->allowed && progress->effect == EFFECT_KEYED &&
        (ladder->digest[0] != '\0' || replay_key_until(step, NULL)) && !ladder_key_holds(n)) {
        ladder->generation++;
        ladder->digest[0] = '\0';
        ladder_mark(n, RUNG_SEND, 0, "a person said that it did not happen; the key is a new one");
        return false;
    }
    if (!progress->unknown || progress->allowed || !n->frame->failing)
        return false;
    err_set(&step->error, ERR_IN_DOUBT, "the run failed before it was known what had happened");
    step->ended = step->failed = step->unsure = true;
    return true;
}

static struct look *ladder_take_look(struct run_node *n)
{
    struct look *look = n->progress->ladder.look;

    n->progress->ladder.look = NULL;
    return look;
}

static void ladder_looked(struct run_node *n)
{
    struct ladder *ladder = &n->progress->ladder;
    const enum probe_result result = (enum probe_result)n->step->probed;
    const struct err said = n->step->error; /* the step may be gone behind its next rung */

    ladder->probed = true;
    ladder->absent = result == PROBE_ABSENT;
    if (result == PROBE_TWICE)
        ladder_tell(n, said.text, ladder->only_person = true);
    ladder->tries = 0;
    ladder_next(n, said.text);
    look_ended(n, ladder_take_look(n), result, said.text);
}

static void ladder_undone(struct run_node *n)
{
    struct progress *progress = n->progress;

    progress->unknown = false;
    progress->ladder.generation++;
    progress->ladder.tries = 0;
    progress->ladder.digest[0] = '\0';
    ladder_wait(n, RUNG_SEND, LADDER_SEND_MS, "it is undone: once more, with a new key");
}

void ladder_failed(struct run_node *n)
{
    struct step *step = n->step;
    struct ladder *ladder = &n->progress->ladder;
    enum rung rung = (enum rung)step->rung;
    const struct flow_retry pause = { .initial_ms = LADDER_TRY_MS,
                                      .max_ms = 5 * 60 * 1000,
                                      .exponential = true };
    bool again = err_retry(step->error.code) || step->error.code == ERR_AUTH;

    step->rung = RUNG_NONE;
    if (rung == RUNG_REVERSE && step->reversed) {
        ladder_undone(n);
    } else if (rung == RUNG_PROBE && step->answered) {
        ladder_looked(n);
    } else if (again && ++ladder->tries < LADDER_TRIES) {
        ladder_wait(n, rung,
                    retry_pause(n->frame->run->engine, &pause, ladder->tries, step->wait_ms),
                    step->error.text);
    } else if (rung == RUNG_PROBE) {
        step->probed = PROBE_UNKNOWN;
        ladder_looked(n);
    } else {
        ladder->only_person = true; /* what is not there any more may have been undone */
        ladder_person(n, step->error.text);
    }
}

void step_probed(struct step *step, enum probe_result result, json_t **output, const char *why)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->rung == RUNG_PROBE && !step->ended && step->wait == STEP_FREE);
    step->ended = true;
    step->probed = (uint8_t)result;
    step->answered = true;
    if (result == PROBE_HAPPENED) {
        if (why == NULL)
            why = "it is there";
        ladder_mark(step->n, RUNG_ADOPT, 0, why);
        person_undoubt(step->n);
        look_ended(step->n, ladder_take_look(step->n), result, why);
        step->n->progress->unknown = false;
        step->rung = RUNG_NONE;
        step->port = 0;
        step->output = output != NULL && *output != NULL ? *output : json_null();
        if (output != NULL)
            *output = NULL;
        return;
    }
    step->failed = true;
    if (why == NULL)
        why = result == PROBE_ABSENT ? "it is not there" : "the probe cannot tell";
    err_set(&step->error, ERR_IN_DOUBT, "%s", why);
}

void step_reversed(struct step *step)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->rung == RUNG_REVERSE && !step->ended && step->wait == STEP_FREE);
    step->ended = step->failed = step->reversed = true;
    err_set(&step->error, ERR_IN_DOUBT, "it is undone");
}

/* ---- A person wants to know */

bool ladder_looks(const struct run_node *n)
{
    struct node_doubt can;

    ladder_can(n, &can);
    return can.probes && !n->progress->ladder.other_bytes;
}

void ladder_look(struct run_node *n, const char *why)
{
    n->frame->run->doubts--;
    n->progress->ladder.tries = LADDER_TRIES - 1; /* once: who asked can ask again */
    ladder_wait(n, RUNG_PROBE, 0, why);
}

void ladder_unlook(struct run_node *n, const char *why)
{
    look_free(ladder_take_look(n));
    step_free(n->step);
    n->step = step_new(n);
    n->progress->ladder.tries = 0;
    ladder_person(n, why);
}

/* ---- Recovery */

/* (5) */
static void ladder_settle(struct run_node *n)
{
    struct engine *engine = n->frame->run->engine;
    const struct ladder *ladder = &n->progress->ladder;
    struct node_doubt can;

    ladder_can(n, &can);
    if (ladder->anew != NULL)
        ladder_wait(n, (enum rung)ladder->rung,
                    ladder->rung == RUNG_PROBE ? can.settle_ms : can.undo_ms, ladder->anew);
    else
        due_add(engine,
                ladder->settled_ms != 0 ? ladder->settled_ms
                                        : due_steady(engine, n->progress->retry_ms),
                step_wait_for(n->step, STEP_RETRIES), false);
}

bool ladder_open(struct run_node *n)
{
    struct engine *engine = n->frame->run->engine;
    struct progress *progress = n->progress;
    bool keyed;

    if (progress == NULL || progress->allowed)
        return false;
    if (progress->intent && progress->effect >= EFFECT_KEYED)
        progress->unknown = true;
    else if (progress->intent)
        progress->left = true;
    if (!progress->unknown)
        return false;
    keyed = progress->effect == EFFECT_KEYED && !progress->doubt;
    if (keyed && progress->retry_ms == 0) {
        struct node_doubt can;

        ladder_can(n, &can);
        if (!can.probes && !n->frame->failing && ladder_key_holds(n))
            return false; /* what the crash cut short is made again, with the same key */
    }
    n->status = NODE_LIVE;
    n->step = step_new(n);
    if (progress->retry_ms != 0 &&
        (progress->ladder.rung == RUNG_PROBE || progress->ladder.rung == RUNG_REVERSE)) {
        ladder_settle(n);
    } else if (progress->retry_ms != 0) {
        due_add(engine, due_steady(engine, progress->retry_ms),
                step_wait_for(n->step, STEP_RETRIES), false);
    } else if (progress->doubt && progress->task != NULL) {
        ladder_person(n, NULL);
    } else {
        err_set(&n->step->error, ERR_IN_DOUBT,
                "the process ended between the request and its answer; whether the effect "
                "happened is not known, and it may not be repeated");
        n->step->ended = n->step->failed = n->step->unsure = true;
        ladder_doubt(n);
    }
    return true;
}
