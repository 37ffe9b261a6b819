/* operate.h - what people do to runs, and what they look at for it; engine_decide() and
 * engine_cancel() stand in engine.h.
 *
 * What only looks reads the store, so that it works beside a running engine and without one. What
 * changes something calls done() once, after the commit or with what prevented it; not at all when
 * the call itself fails. */
#ifndef ENGINE_OPERATE_H
#define ENGINE_OPERATE_H

#include "engine/engine.h"

/* A run's row as lists show it, without input and steps. New reference. */
json_t *engine_row(const struct store_run *run);
/* Keys of deduplication that the engine itself makes begin with it; it is not shown. */
#define RUN_KEY_OWN '\x01'

/* The same with every iteration of its loops: as large as its journal. */
json_t *engine_show_whole(struct store *store, uint64_t run, struct err *e) MUST_USE;
/* Only the steps at and below a path: "lines[7321]", "lines[7321]/post". New reference. */
json_t *engine_show_step(struct store *store, uint64_t run, const char *path,
                         struct err *e) MUST_USE;

/* What people have to decide: the open reviews and effects in doubt, an array. key: "RUN/STEP",
 * this one only (ERR_NOT_FOUND); after: those behind this key; limit 0: all. */
json_t *engine_tasks(struct store *store, const char *key, const char *after, unsigned limit,
                     struct err *e) MUST_USE;

/* Whether two names of who did something are one person: "anna/nightly", a token, is anna. */
bool engine_one_person(const char *a, const char *b);

/* The run needs no further work. ERR_NOT_FOUND, ERR_CONFLICT: it has not failed, or is settled. */
enum err_code engine_settle(struct engine *engine, uint64_t run, const char *by,
                            const char *reason, engine_done_fn *done, void *arg,
                            struct err *e) MUST_USE;

/* ---- An effect in doubt: its connector looks once more whether it happened (look.c) */
struct probe_ask {
    uint64_t run;
    const char *step, *by;
    const char *reason;  /* NULL: none */
};
struct probe_said {
    const char *result;  /* "happened", "absent", "unknown" */
    const char *text;    /* what was seen */
    const char *next;    /* "adopted", "sent_again", "undone", "failed", "person" (is to decide) */
};
/* said: borrowed; NULL with *e: it was not looked, or what it said could not be kept. */
typedef void engine_probed_fn(void *arg, const struct probe_said *said, const struct err *e);
/* done() comes once, after the commit of what it led to. ERR_NOT_FOUND; ERR_CONFLICT: it is not in
 * doubt (any more), or it is being looked for; ERR_INVALID: there is no way to look. */
enum err_code engine_probe(struct engine *engine, const struct probe_ask *ask,
                           engine_probed_fn *done, void *arg, struct err *e) MUST_USE;

/* ---- Replay: a new run that goes on where an ended one stood.
 *
 * (1) Its first entries are those of the old one for steps that have ended and stand neither at nor
 *     behind the step it begins at: their outputs stand in, they are not done again.
 *                                                                              [replay_choose]
 * (2) Its effects bear the keys of the first run of the chain (`origin`).             [step_key]
 * (3) What would be done twice is listed, and refused unless it was asked for; by which run of the
 *     chain it was done does not matter.      [replay__repeats, replay__recall, replay_key_until]
 * (4) A run is replayed once: then its replay can be, which knows more. The old one is settled in
 *     the transaction of the new one's accept, and its money counts no more.       [replay_fact] */
struct replay {
    uint64_t run;
    const char *from;     /* path of a step it reached, or its trigger; NULL: where it stood */
    json_t *body;         /* becomes trigger.body; NULL: as it was */
    bool own_version;     /* the old one's version, else the one that is deployed now */
    bool repeat_effects;
    const char *by, *reason;
};
/* What would happen: {"run", "flow", "version", "from", "taken": steps whose outputs stand in,
 * "again": [paths done once that are done again], "repeats": [{"step", "what", "class", "key"}],
 * "refused"?: why}. NULL with *e when the run is not there. */
json_t *engine_replay_plan(struct engine *engine, const struct replay *replay,
                           struct err *e) MUST_USE;
/* ERR_NOT_FOUND, ERR_CONFLICT (it has not ended, or was replayed), ERR_INVALID (the version does
 * not fit), ERR_POLICY (effects would be repeated). *run: the new one's id. */
enum err_code engine_replay(struct engine *engine, const struct replay *replay, uint64_t *run,
                            engine_done_fn *done, void *arg, struct err *e) MUST_USE;

#endif
