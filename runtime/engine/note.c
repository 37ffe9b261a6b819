/* note.c - small durable values of a workspace (flow/node_note.h).
 *
 * (1) A note is written by the batch that holds its step's end: both are durable, or none.
 *                                                                                [note__write]
 * (2) While a run's write is on the way to the disk, other runs that would write the note wait for
 *     it; they read what is durable then.                               [note_continue, note_over]
 * (3) Only a run whose accept is durable writes: it may turn out to be a duplicate.   [note_begin]
 * (4) What is forgotten is not read any more, and is removed by whoever writes next. [note_sweep]
 *
 * Facts: FACT_STATE "WORKSPACE/ENVIRONMENT/SPACE\x1eKEY" -> {"v": value, "n": revision, "at": ms,
 * "until": ms?}. */
#include "engine/note_priv.h"

#include <string.h>

#include "engine/guard.h"
#include "engine/run.h"

#define NOTE_SWEEP 4u /* forgotten ones that one write removes */

struct note {
    struct step_note ask; /* its texts and values are ours */
    char *key;            /* of the fact */
    step_noted_fn *then;
    struct note_many *many; /* of several at once; NULL: of one */
};

/* Written, and not durable yet. */
struct note_lock {
    uint64_t run;
    unsigned writes;
    char *value;       /* the last; NULL: removed */
    uint64_t *waiters; /* tags of steps */
    size_t waiter_count;
};

static void lock_free(struct note_lock *lock)
{
    mem_free(lock->value);
    mem_free(lock->waiters);
    mem_free(lock);
}

void notes_free(struct engine *engine)
{
    size_t cursor = 0;
    struct note_lock *lock;

    while ((lock = dict_next(engine->notes, &cursor, NULL)) != NULL)
        lock_free(lock);
    dict_free(engine->notes);
}

void note_free(struct note *note)
{
    if (note == NULL)
        return;
    json_decref(note->ask.value);
    json_decref(note->ask.expected);
    note__many_free(note->many);
    mem_free(note->key);
    mem_free(note);
}

void note_over(struct engine *engine, const char *key)
{
    struct note_lock *lock = dict_find(engine->notes, key);

    check(lock != NULL && lock->writes > 0);
    if (--lock->writes > 0)
        return;
    dict_remove(engine->notes, key);
    for (size_t i = 0; i < lock->waiter_count; i++) {
        struct step *step = step_find(engine, lock->waiters[i], STEP_NOTES);

        if (step != NULL && !step->arrived)
            step_arrived(step);
    }
    lock_free(lock);
}

/* ---- Reading */

static bool note_fact(void *arg, const struct store_fact *fact)
{
    char **text = arg;

    *text = mem_must_copy(fact->value);
    return false;
}

enum err_code note__read(const struct run *run, const char *key, json_t **shown, struct err *e)
{
    struct engine *engine = run->engine;
    const struct note_lock *lock = dict_find(engine->notes, key);
    struct store_facts_filter filter = { .kind = FACT_STATE, .key = key };
    char *text = NULL;
    int64_t until;

    *shown = NULL;
    if (lock != NULL && lock->run == run->id)
        text = mem_must_copy(lock->value);
    else if (store_facts(engine->world.store, &filter, note_fact, &text, e) != ERR_OK)
        return e->code;
    if (text == NULL)
        return ERR_OK;
    *shown = json_read(text, strlen(text), &record_limits, e);
    mem_free(text);
    if (*shown == NULL)
        return e->code;
    until = json_get_int(*shown, "until", 0);
    if (until > 0 && until <= engine->wall) {
        json_decref(*shown);
        *shown = NULL;
    }
    return ERR_OK;
}

/* ---- Writing */

/* (1) value: JSON, taken; NULL: it is removed. */
static void note_put(struct run *run, const char *key, char *value, int64_t until)
{
    struct engine *engine = run->engine;
    struct note_lock *lock = dict_find(engine->notes, key);
    struct store_fact fact = { .op = value != NULL ? FACT_PUT : FACT_REMOVE,
                               .kind = FACT_STATE,
                               .key = key,
                               .value = value,
                               .at_ms = until };

    if (lock == NULL) {
        lock = mem_must(sizeof *lock);
        lock->run = run->id;
        dict_put(engine->notes, key, lock);
    }
    check(lock->run == run->id);
    lock->writes++;
    mem_free(lock->value);
    lock->value = value;
    run_fact(run, &fact);
}

struct note_old {
    char *keys[NOTE_SWEEP];
    size_t count;
};

static bool note_is_old(void *arg, const struct store_fact *fact)
{
    struct note_old *old = arg;

    old->keys[old->count++] = mem_must_copy(fact->key);
    return old->count < NOTE_SWEEP;
}

/* (4) */
static void note_sweep(struct run *run)
{
    struct engine *engine = run->engine;
    struct store_facts_filter filter = { .kind = FACT_STATE,
                                         .due_ms = engine->wall,
                                         .limit = NOTE_SWEEP };
    struct note_old old = { .count = 0 };
    struct err e;

    if (store_facts(engine->world.store, &filter, note_is_old, &old, &e) != ERR_OK)
        old.count = 0; /* whoever writes next tries again */
    for (size_t i = 0; i < old.count; i++) {
        if (dict_find(engine->notes, old.keys[i]) == NULL)
            note_put(run, old.keys[i], NULL, 0);
        mem_free(old.keys[i]);
    }
}

/* Whether `now` is what was expected; null, as a reader sees nothing: nothing, or null. */
static bool note_is(const json_t *now, const json_t *expected)
{
    if (now == NULL)
        return expected == NULL || json_is_null(expected);
    return expected != NULL && json_same(now, expected);
}

/* The value that it is to have; a new reference. *changes: false: it stays. NULL with *e. */
static json_t *note_next(const struct note *note, json_t *now, bool *changes, struct err *e)
{
    json_int_t sum;

    *changes = true;
    if (note->ask.op == NOTE_PUT)
        return json_incref(note->ask.value);
    if (note->ask.op == NOTE_PUT_IF) {
        *changes = note_is(now, note->ask.expected);
        return json_incref(note->ask.value);
    }
    if (now != NULL && !json_is_integer(now)) {
        err_set(e, ERR_INVALID, "the note is no whole number but: %s", json_kind(now));
        return NULL;
    }
    if (__builtin_add_overflow(now != NULL ? json_integer_value(now) : 0, note->ask.add, &sum)) {
        err_set(e, ERR_INVALID, "the counter would be larger than 64 bits");
        return NULL;
    }
    return json_integer(sum);
}

enum err_code note__write(struct run *run, const char *key, json_t *value, int64_t revision,
                          int64_t keep_ms, struct err *e)
{
    int64_t until = keep_ms > 0 ? run->engine->wall + keep_ms : 0;
    bool failed = false;
    json_t *row = json_object();
    char *text;

    check(row != NULL);
    json_put(row, "v", json_incref(value), &failed);
    json_put(row, "n", json_integer(revision), &failed);
    json_put(row, "at", json_integer(run->engine->wall), &failed);
    if (until > 0)
        json_put(row, "until", json_integer(until), &failed);
    text = failed ? NULL : json_text_new(row, NOTE_VALUE + 200, NULL);
    json_decref(row);
    if (text == NULL)
        return err_set(e, ERR_LIMIT, "a note has at most %u bytes", NOTE_VALUE);
    guard_text(&text);
    note_put(run, key, text, until);
    note_sweep(run);
    return ERR_OK;
}

static enum err_code note_change(struct step *step, json_t *shown, struct step_noted *noted,
                                 json_t **after, struct err *e)
{
    const struct note *note = step->note;

    *after = note_next(note, noted->before, &noted->changed, e);
    if (*after == NULL)
        return e->code;
    if (!noted->changed) {
        json_decref(*after);
        *after = json_incref(noted->before);
        return ERR_OK;
    }
    noted->revision = json_get_int(shown, "n", 0) + 1;
    return note__write(step->run, note->key, *after, noted->revision, note->ask.keep_ms, e);
}

static void note_done(struct step *step)
{
    struct note *note = step->note;
    struct step_noted noted = { .found = false };
    json_t *shown = NULL, *after = NULL;
    struct err e = { .code = ERR_OK };

    if (note__read(step->run, note->key, &shown, &e) == ERR_OK) {
        noted.found = shown != NULL;
        noted.before = json_object_get(shown, "v");
        noted.revision = json_get_int(shown, "n", 0);
        if (note->ask.op == NOTE_GET) {
            after = json_incref(noted.before);
        } else if (note->ask.op == NOTE_DELETE) {
            noted.changed = noted.found;
            noted.revision = 0;
            if (noted.found)
                note_put(step->run, note->key, NULL, 0);
        } else {
            note_change(step, shown, &noted, &after, &e);
        }
    }
    noted.value = after;
    step->note = NULL;
    if (e.code != ERR_OK)
        step_fail(step, &e, NULL);
    else
        note->then(step, step->config, &noted);
    check(step->ended);
    json_decref(after);
    json_decref(shown);
    note_free(note);
}

bool note__waits(struct step *step, const char *key)
{
    struct note_lock *lock = dict_find(step->run->engine->notes, key);

    if (lock == NULL || lock->run == step->run->id)
        return false;
    lock->waiters =
        mem_must_resize(lock->waiters, (lock->waiter_count + 1) * sizeof *lock->waiters);
    lock->waiters[lock->waiter_count++] = step_wait_for(step, STEP_NOTES);
    return true;
}

/* (2) */
void note_continue(struct step *step)
{
    struct note *note = step->note;

    step_forget(step);
    if (note->many != NULL)
        note__many_continue(step, note->many);
    else if (note->ask.op == NOTE_GET || !note__waits(step, note->key))
        note_done(step);
}

static void note_open(struct step *step)
{
    step_forget(step);
    step_wait_for(step, STEP_NOTES);
    step_arrived(step);
}

void note_path(struct buf *path, const char *workspace, const char *environment, const char *space,
               const char *key)
{
    buf_addf(path, "%s/%s/%s\x1e%s", workspace, environment, space, key);
}

/* (3) */
static void note_begin(struct step *step, struct note *note, bool writes)
{
    step->note = note;
    if (!writes || step->run->accepted)
        note_open(step);
    else
        step_gate(step, note_open);
}

enum err_code note__key(const struct run *run, const char *space, const char *name, char **key,
                        struct err *e)
{
    const struct deployment *d = run->deployment;
    char *own = mem_must_copy(name);
    struct buf text;

    guard_key(run->engine, &own, false);
    buf_init(&text, STORE_FACT_KEY);
    note_path(&text, d->workspace, d->environment, space, own);
    mem_free(own);
    *key = buf_take(&text, NULL);
    buf_fini(&text);
    if (*key != NULL)
        return ERR_OK;
    return err_set(e, ERR_LIMIT, "the note's key is longer than %u bytes", NOTE_KEY - 1);
}

enum node_next step_note(struct step *step, const struct step_note *ask, step_noted_fn *then)
{
    struct note *note;
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended && step->note == NULL);
    if (ask->op != NOTE_GET && step_refused_in_poll(step))
        return NODE_ENDED;
    note = mem_must(sizeof *note);
    note->ask = *ask;
    note->ask.value = json_incref(ask->value);
    note->ask.expected = json_incref(ask->expected);
    note->then = then;
    if (note__key(step->run, ask->space, ask->key, &note->key, &e) != ERR_OK) {
        note_free(note);
        step_fail(step, &e, NULL);
        return NODE_ENDED;
    }
    note->ask.space = note->ask.key = NULL; /* the caller's */
    note_begin(step, note, ask->op != NOTE_GET);
    return NODE_WAITING;
}

void note__many_begin(struct step *step, struct note_many *many)
{
    struct note *note = mem_must(sizeof *note);

    note->many = many;
    note_begin(step, note, true);
}

struct note_many *note__many_of(const struct step *step)
{
    return step->note != NULL ? step->note->many : NULL;
}
