/* replay_priv.h - what the files of a replay share: the old run, what of it is taken over. Only
 * engine/replay*.c include this. */
#ifndef ENGINE_REPLAY_PRIV_H
#define ENGINE_REPLAY_PRIV_H

#include "engine/operate.h"
#include "engine/run.h"

#define REPLAY_TAKEN_MAX (32u * MIB) /* of entries that are taken over */

/* A run that is there, as the store has it. */
struct replay__old {
    uint64_t id;
    char text[IDENT_TEXT];
    char *workspace, *environment, *flow, *digest, *trigger;
    enum run_status status;
    int64_t received_ms, ended_ms;
    json_t *input;
    json_t *settled;        /* NULL: by nobody */
    json_t *entries;        /* of its journal, in order */
    size_t bytes;           /* of them */
    struct err e;
};
enum err_code replay__read(struct store *store, uint64_t id, struct replay__old *old,
                           struct err *e) MUST_USE;
void replay__old_fini(struct replay__old *old);

/* What becomes of the old run's entries. */
struct replay__choice {
    const struct flow *flow;  /* of the old version */
    const char *from;         /* NULL: where it stood */
    json_t *open;             /* paths of the steps that had begun and not ended well */
    json_t *taken, *dropped;  /* entries */
    json_t *again;            /* paths of steps that had ended and are done again */
    json_t *before;           /* replay_before.c; NULL: nothing */
};
enum err_code replay__choose(const struct replay__old *old, struct replay__choice *choice,
                             struct err *e) MUST_USE;
void replay__choice_fini(struct replay__choice *choice);
/* "lines[3]/post" of an entry; the caller frees it with mem_free() */
char *replay__path(const struct flow *flow, const json_t *entry) MUST_USE;
/* It has its outcome by this entry: an output, or an exit taken with the error. */
bool replay__is_outcome(const json_t *entry);

/* Effects that would be done again, into an array of {"step", "what", "class", "key"?}; and where a
 * called run goes on for the step that called it: the entry is added to choice->taken. */
enum err_code replay__repeats(struct engine *engine, const struct replay__old *old,
                              struct replay__choice *choice, json_t *repeats,
                              struct err *e) MUST_USE;
/* replay_before.c: a step whose outcome does not stand in, as replay__repeats() sees it; listed: it
 * would be done again. */
void replay__remember(struct replay__choice *choice, const char *path, const json_t *step,
                      bool listed);
/* The other way round: what the old run knew itself, into the `steps` of its own entries; "far": it
 * had not begun them. Of those whose outcome stands in it is remembered at once. */
void replay__recall(const struct replay__old *old, struct replay__choice *choice, json_t *steps);
/* What was remembered becomes the first of the entries taken. */
enum err_code replay__begin(struct replay__choice *choice, struct err *e) MUST_USE;
/* Whether what is taken fits another version. */
enum err_code replay__fits(const struct replay__choice *choice, const struct flow *flow,
                           struct err *e) MUST_USE;

#endif
