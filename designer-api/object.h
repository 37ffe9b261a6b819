/* object.h - what people keep: drafts, samples, people, sessions, alert rules, comments.
 *
 * An object has a kind, a workspace, an id and a JSON body; it lies in the store as a fact
 * (FACT_OBJECT, key "KIND/WORKSPACE/ID"). Its revision grows by one with each change; a change
 * names the revision it was made from and is refused when that is not the newest any more, so
 * nobody overwrites what they have not seen. A change and its audit record are one batch.
 *
 * Reads give what is committed, and are synchronous. Changes call done() once after the commit, or
 * with what prevented it; not at all when the call itself fails. A change that is under way makes
 * another one of the same object fail with ERR_CONFLICT. Bodies are at most OBJECT_BODY_MAX. */
#ifndef DESIGNER_API_OBJECT_H
#define DESIGNER_API_OBJECT_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "engine/engine.h"

#define OBJECT_BODY_MAX (8u * MIB)

/* Names of kinds are stored: never change one. Ids: letters, digits, and _ - . / : @. The workspace
 * "" is for what belongs to none. */
struct object {
    char id[LIMIT_PATH];
    uint64_t revision;  /* from 1 */
    int64_t created_ms, changed_ms;
    char by[100];       /* who changed it last */
    json_t *body;       /* borrowed for a visitor's call; else owned by the struct */
};
void object_fini(struct object *object); /* drops the body */

struct objects;
struct objects *objects_new(struct engine *engine, struct store *store, struct clock *clock);
void objects_free(struct objects *objects); /* NULL is fine */

/* ERR_NOT_FOUND. The caller ends with object_fini(). */
enum err_code object_read(struct objects *objects, const char *kind, const char *workspace,
                          const char *id, struct object *object, struct err *e) MUST_USE;
/* In the order of ids (byte by byte) from behind `after` (NULL: the first), those whose id begins
 * with `prefix` (NULL: all), until the visitor returns false or `limit` (0: all) were visited. */
typedef bool object_visit_fn(void *arg, const struct object *object);
enum err_code object_list(struct objects *objects, const char *kind, const char *workspace,
                          const char *prefix, const char *after, unsigned limit,
                          object_visit_fn *visit, void *arg, struct err *e) MUST_USE;

#define OBJECT_ANY UINT64_MAX /* whatever revision is there, or none */
struct object_change {
    const char *kind, *workspace, *id;
    uint64_t from;      /* the revision it was made from; 0: there must be none; OBJECT_ANY */
    json_t *body;       /* NULL: remove it. Borrowed */
    const char *by;
    const char *what;   /* for the audit: "draft.change"; NULL: no record (a session's last use) */
    const json_t *detail; /* for the audit; never a secret. May be NULL */
    bool told;          /* what was there before and is there now goes to the audit, too */
    /* Or what differs alone, where the whole is large; NULL: nothing is told of it. */
    const json_t *before, *after;
    int64_t until_ms;   /* wall time from which it is not there any more; 0: it stays */
};
/* ERR_STALE: its revision is another one; ERR_CONFLICT: there is one already (from 0), or a change
 * is under way; ERR_NOT_FOUND: from is a revision and there is no such object; ERR_USAGE,
 * ERR_LIMIT. *revision (may be NULL): what it will have. */
enum err_code object_change(struct objects *objects, const struct object_change *change,
                            uint64_t *revision, engine_done_fn *done, void *arg,
                            struct err *e) MUST_USE;
/* Several at once: all are kept or none. */
enum err_code object_change_all(struct objects *objects, const struct object_change *changes,
                                size_t count, engine_done_fn *done, void *arg,
                                struct err *e) MUST_USE;
/* Told the "KIND/WORKSPACE/ID" of each object that may be another one now: after the commit, before
 * done(). One watcher; fn NULL: none. */
typedef void object_changed_fn(void *arg, const char *key);
void objects_watch(struct objects *objects, object_changed_fn *fn, void *arg);
/* Calls fn once when the change of the object that is under way was told, in the order of asking;
 * closed: the program ends, nothing can be changed any more. False: none is under way. */
typedef void object_await_fn(void *arg, bool closed);
bool object_await(struct objects *objects, const char *kind, const char *workspace, const char *id,
                  object_await_fn *fn, void *arg) MUST_USE;

#endif
