/* note_priv.h - what notes of one step share: one (note.c), several (note_many.c). */
#ifndef ENGINE_NOTE_PRIV_H
#define ENGINE_NOTE_PRIV_H

#include "engine/note.h"
#include "engine/run.h"

struct note_many; /* several notes that a step has asked for */

/* The key of the fact; on the heap. */
enum err_code note__key(const struct run *run, const char *space, const char *name, char **key,
                        struct err *e) MUST_USE;
/* What the run sees: its own write, else what is durable; a new reference. *shown: NULL: it is not
 * there. */
enum err_code note__read(const struct run *run, const char *key, json_t **shown,
                         struct err *e) MUST_USE;
/* The value is borrowed. ERR_LIMIT: nothing was written. */
enum err_code note__write(struct run *run, const char *key, json_t *value, int64_t revision,
                          int64_t keep_ms, struct err *e) MUST_USE;
/* Another run's write is on the way: the step waits for it. */
bool note__waits(struct step *step, const char *key);

void note__many_begin(struct step *step, struct note_many *many); /* takes many */
struct note_many *note__many_of(const struct step *step); /* NULL: it asked for none */
void note__many_continue(struct step *step, struct note_many *many);
void note__many_free(struct note_many *many); /* NULL is fine */

#endif
