/* intent.c - an effect is about to leave: what is written before, and whether it may leave at all.
 * Requests (call.c) and jobs (job.c) come through here.
 *
 * (1) What has an effect leaves only after the commit of its intent.           [step_gate_pass]
 * (2) The idempotency key comes from run and path alone, so every attempt bears the same.
 *                                                                                     [step_key]
 * (3) What may have left and has no complete answer is unknown, unless its class allows a
 *     repetition; while it is, only the same bytes with the same key may leave, in the time in
 *     which the system knows it: when it is intended, and when it leaves.
 *                                                   [intent_may_leave, intent_is_late, ladder.c]
 * (4) What may be repeated, and what a probe did not find, is so as it was sent: the same bytes to
 *     the same place and account. A connection that leads elsewhere by now makes it another effect;
 *     there it is neither looked for nor undone.                [intent_is_same, intent_is_there]
 */
#include "engine/intent.h"

#include <string.h>

#include "engine/connection_account.h"
#include "engine/guard.h"
#include "engine/run.h"

/* ---- The key */

static const unsigned char step_key_space[16] = { 0x8e, 0x1c, 0x0f, 0x52, 0x3a, 0x7d, 0x4b, 0x16,
                                                  0x9d, 0x60, 0x21, 0xc4, 0x77, 0x5e, 0xf3, 0xa8 };

const char *step_key(struct step *step)
{
    char name[IDENT_TEXT + NODE_PATH_TEXT + 16];
    size_t size;

    if (step->key[0] == '\0') {
        ident_text(step->run->origin, name);
        size = strlen(name);
        size += (size_t)snprintf(name + size, sizeof name - size, "/%s", step_path(step));
        if (step->n->progress != NULL && step->n->progress->ladder.generation > 0)
            snprintf(name + size, sizeof name - size, "#%u", step->n->progress->ladder.generation);
        uuid_from_name(step_key_space, name, strlen(name), step->key);
    }
    return step->key;
}

void step_reference(struct step *step, char reference[STEP_REFERENCE + 1])
{
    size_t used = 0;

    for (const char *key = step_key(step); used < STEP_REFERENCE; key++)
        if (*key != '-')
            reference[used++] = *key;
    reference[used] = '\0';
}

bool run_is_again(const struct run *run)
{
    return run->again || run->origin <= run->engine->world.store->restored;
}

bool intent_is_restored(const struct step *step)
{
    const struct run *run = step->run;

    return run->origin <= run->engine->world.store->restored && !step->n->progress->ladder.vetted;
}

/* Not before that moment did a run of the chain send anything. */
static int64_t intent_first_ms(const struct run *run)
{
    if (run->origin == run->id)
        return run->received_ms;
    return json_get_int(json_object_get(run->input, "replay_of"), "origin_ms", 0);
}

/* How long the system knows the key: counted from the first time it left, by a run that this one
 * replays, too; in a run that came back with a backup, and in its replays, from the earliest moment
 * at which it may have left unseen. */
static struct deadline intent_key_until(struct step *step, const struct intent *intent)
{
    const struct ladder *ladder = &step->n->progress->ladder;
    const struct run *run = step->run;
    int64_t valid = intent->key_valid_ms > 0 ? intent->key_valid_ms : STEP_KEY_VALID_MS;
    struct deadline before;

    if (intent->effect != EFFECT_KEYED)
        return (struct deadline){ 0, INT64_MAX };
    if (ladder->digest[0] != '\0')
        return ladder->key_until;
    if (intent_is_restored(step))
        return jump_deadline(run->engine, intent_first_ms(run) + valid, 0);
    if (replay_key_until(step, &before))
        return before;
    return (struct deadline){ run->engine->wall + valid, run->engine->steady + valid };
}

/* (4) */
static bool intent_is_same(struct ladder *ladder, const char *digest, const char *otherwise,
                           struct err *e)
{
    if (ladder->digest[0] == '\0' || strcmp(digest, ladder->digest) == 0)
        return true;
    ladder->only_person = ladder->other_bytes = true;
    err_set(e, ERR_IN_DOUBT,
            "what was sent before may have happened, and the request is not the same any more: %s",
            otherwise);
    return false;
}

/* What a run before this one did may not be seen from here. */
static bool intent_follows(const struct step *step, const struct connection *connection,
                           struct err *e)
{
    if (!replay_key_until(step, NULL))
        return true;
    if (!ladder_key_holds(step->n)) {
        err_set(e, ERR_IN_DOUBT,
                "the run that this one replays may have done it, and the system may no longer know "
                "its idempotency key");
        return false;
    }
    if (!replay_is_elsewhere(step, connection))
        return true;
    step->n->progress->ladder.only_person = true;
    err_set(e, ERR_IN_DOUBT,
            "the run that this one replays may have done it elsewhere: the connection leads to "
            "another address or account by now, where its idempotency key is not known");
    return false;
}

/* (3) */
static bool intent_may_leave(struct step *step, const struct intent *intent, struct err *e)
{
    const char *digest = intent->digest;
    struct run_node *n = step->n;
    struct progress *progress = n->progress;
    struct ladder *ladder = &progress->ladder;

    if (progress->allowed)
        return true;
    if (!intent_follows(step, intent->connection, e))
        return false;
    if (progress->effect == EFFECT_IDEMPOTENT)
        return !progress->left || intent_is_same(ladder, digest, "it would be a second one", e);
    if (step->run->again && !ladder->vetted) { /* its first life had another id, and other keys */
        ladder->only_person = true;
        err_set(e, ERR_IN_DOUBT,
                "the store was restored from a backup, and a run of it began this one, perhaps for "
                "the second time; whether this effect happened after the backup was made is not "
                "known here");
        return false;
    }
    if (intent_is_restored(step) && !ladder_key_holds(n)) {
        ladder->probed = ladder->absent =
            false; /* what was seen before the restore is not so now */
        err_set(e, ERR_IN_DOUBT,
                "the store was restored from a backup after this run began; whether this effect "
                "happened after the backup was made is not known here");
        return false;
    }
    if (!progress->unknown)
        return !ladder->absent ||
               intent_is_same(ladder, digest, "where it was looked for is not where that went", e);
    if (!ladder_key_holds(n)) {
        err_set(e, ERR_IN_DOUBT,
                "what was sent before may have happened, and the system may no longer know its "
                "idempotency key");
        return false;
    }
    return intent_is_same(ladder, digest, "its idempotency key cannot be used for it", e);
}

/* The last moment for what may leave only because the system still knows its key. */
static struct deadline intent_not_after(struct step *step)
{
    const struct progress *progress = step->n->progress;

    if (progress->effect != EFFECT_KEYED || progress->allowed ||
        (!progress->unknown && !intent_is_restored(step) && !replay_key_until(step, NULL)))
        return (struct deadline){ 0, INT64_MAX };
    return ladder_key_last(step->n);
}

bool intent_is_late(const struct step *step)
{
    const struct engine *engine = step->run->engine;

    return deadline_is_over(&step->not_after, engine->wall, engine->steady);
}

void intent_late(struct step *step)
{
    struct err e;

    err_set(&e, ERR_IN_DOUBT,
            "not sent: it came too late to its departure; what was sent before may have happened, "
            "and the system may no longer know its idempotency key");
    step->unsure = step->unsent = true;
    step_fail(step, &e, NULL);
}

bool intent_is_there(const struct step *step, const struct connection *connection, struct err *e)
{
    char place[DIGEST_TEXT];
    struct ladder *ladder;

    if (step->rung == RUNG_NONE)
        return true;
    ladder = &step->n->progress->ladder;
    connection_place(connection, place);
    if (ladder->place[0] != '\0' ? strcmp(ladder->place, place) == 0
                                 : !replay_is_elsewhere(step, connection))
        return true;
    ladder->only_person = true;
    err_set(e, ERR_IN_DOUBT,
            "what was sent before went elsewhere: the connection leads to another address or "
            "account by now, so it is neither looked for nor undone there");
    return false;
}

bool intent_is_unwanted(const struct step *step, struct err *e)
{
    if (step->effect == EFFECT_NONE || !step->n->frame->failing)
        return false;
    err_set(e, ERR_CANCELLED, "not sent: the run had failed before");
    return true;
}

/* A reversal may be repeated: that it is under way says its rung. */
static void intent_undo(struct step *step, const struct intent *intent)
{
    json_t *mark = json_pack("{s:s}", "what", intent->what);

    check(mark != NULL);
    guard_value(step->run, &mark, "/undo");
    record_mark(step->n, "undo", mark);
    json_decref(mark);
    step_gate(step, intent->open);
}

void step_intend(struct step *step, const struct intent *intent)
{
    struct progress *progress;
    struct err e;

    step->effect = (uint8_t)intent->effect;
    step->not_after = (struct deadline){ 0, INT64_MAX };
    if (intent->effect == EFFECT_NONE) {
        if (intent->marks && !step->run->accepted)
            step_gate(step, intent->open);
        else
            intent->open(step);
        return;
    }
    if (step->rung == RUNG_REVERSE) {
        intent_undo(step, intent);
        return;
    }
    step_key(step);
    progress = node_progress(step->n);
    progress->effect = intent->effect;
    progress->ladder.key_until = intent_key_until(step, intent);
    if (!intent_may_leave(step, intent, &e)) {
        step->unsure = true;
        step_fail(step, &e, NULL);
        return;
    }
    step->not_after = intent_not_after(step);
    ladder_intended(progress, intent->effect, intent->digest, &progress->ladder.key_until);
    connection_place(intent->connection, progress->ladder.place);
    progress->intended_ms = step->run->engine->wall;
    record_intent(step->n, step, intent->what);
    step_gate(step, intent->open);
}

bool step_is_unsure(const struct step *step)
{
    return step->effect >= EFFECT_KEYED && step->rung == RUNG_NONE;
}

void step_fail_unsure(struct step *step, const struct err *e, json_t **details)
{
    step_fail(step, e, details);
    step->contradicted = e->code == ERR_IN_DOUBT && step->effect != EFFECT_NONE;
    step->unsure = step_is_unsure(step) || step->contradicted;
}
