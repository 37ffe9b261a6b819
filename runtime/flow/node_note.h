/* node_note.h - a workspace's notes: small durable values by key, for node types.
 *
 * A note belongs to the environment in which it was written, and to a space within it. What a step
 * writes becomes durable together with the step: it is there when the step is done, and not there
 * when it is to be done again. Of two runs that write one note the second waits until the first is
 * durable, so nothing is lost between reading and writing. */
#ifndef FLOW_NODE_NOTE_H
#define FLOW_NODE_NOTE_H

#include "flow/node.h"

#define NOTE_SPACE 64u    /* bytes of a space's name */
#define NOTE_KEY   401u   /* bytes of a key with its NUL */
#define NOTE_VALUE 65536u /* bytes of a value as JSON */

enum note_op {
    NOTE_GET,
    NOTE_PUT,
    NOTE_PUT_IF,   /* when it is `expected` now */
    NOTE_ADD,      /* to a whole number; what is not there is 0 */
    NOTE_DELETE,
};
struct step_note {
    enum note_op op;
    const char *space, *key; /* copied */
    json_t *value;           /* NOTE_PUT, NOTE_PUT_IF; borrowed */
    json_t *expected;        /* NOTE_PUT_IF: NULL or null: nothing; borrowed */
    int64_t add;             /* NOTE_ADD */
    int64_t keep_ms;         /* it is forgotten so long after it was written; 0: never */
};
struct step_noted {
    bool found;              /* it was there */
    bool changed;
    json_t *before, *value;  /* before and after; NULL: not there. Borrowed */
    int64_t revision;        /* how often it was written; 0: not there */
};
/* The callback ends the step: only so both become durable together. */
typedef void step_noted_fn(struct step *step, const void *config, const struct step_noted *noted);
enum node_next step_note(struct step *step, const struct step_note *note, step_noted_fn *then);

/* Several notes of a space, read and changed in one turn. The first `writable` may be written; the
 * others are seen as they are durable. */
#define NOTES_MANY 16u
struct step_notes {
    const char *space;
    const char *const *keys; /* copied */
    size_t count, writable;  /* at most NOTES_MANY */
    int64_t keep_ms;         /* of what is written; 0: it is never forgotten */
};
/* values: one for each key, borrowed; NULL: not there. The callback ends the step. */
typedef void step_notes_fn(struct step *step, const void *config, json_t *const *values);
enum node_next step_notes(struct step *step, const struct step_notes *ask, step_notes_fn *then);
/* In the callback, before the step's end; the value is borrowed. ERR_LIMIT: it is larger than
 * NOTE_VALUE and was not written. A simulated run writes only where it is rehearsed. */
enum err_code step_notes_put(struct step *step, size_t index, json_t *value,
                             struct err *e) MUST_USE;

#endif
