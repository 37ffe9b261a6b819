/* trail.h - a run's steps as a light index, for runs with very many of them: what each step came
 * to, when, how often, and what it waited for; not what went through it.
 *
 * The journal is walked once, as text: outputs are passed over, not read. An index is never changed
 * once made, and belongs to whoever made it. Steps stand in the order in which they were first
 * heard of; a loop stands before the steps of its iterations. Paths are those of story.h. */
#ifndef ENGINE_TRAIL_H
#define ENGINE_TRAIL_H

#include <jansson.h>

#include "base/err.h"
#include "store/store.h"

#define TRAIL_STEPS 1000000u /* of one run; what is beyond is counted only */

/*    code        name */
#define TRAIL_STATUS_TABLE(X)                                                     \
    X(ACTIVE,     "active")    /* something of it was heard, and no outcome yet */ \
    X(SENT,       "sent")      /* an effect has left                           */ \
    X(RETRYING,   "retrying")                                                     \
    X(WAITING,    "waiting")   /* for a moment, an event, a person, a called flow */ \
    X(IN_DOUBT,   "in_doubt")                                                     \
    X(SUCCEEDED,  "succeeded")                                                    \
    X(FAILED,     "failed")                                                       \
    X(STOPPED,    "stopped")   /* it stopped the run                           */ \
    X(ABANDONED,  "abandoned") /* the run has ended without it                 */
enum trail_status {
#define X(code, name) TRAIL_##code,
    TRAIL_STATUS_TABLE(X)
#undef X
    TRAIL_STATUS_COUNT
};
#define TRAIL_BIT(status) (1u << (unsigned)(status))
const char *trail_status_name(enum trail_status status);
bool trail_status_find(const char *name, enum trail_status *status);

struct trail;
/* ERR_NOT_FOUND, ERR_STORE. Any thread. */
struct trail *trail_read(struct store *store, uint64_t run, struct err *e) MUST_USE;
void trail_free(struct trail *trail); /* NULL is fine */
uint64_t trail_run(const struct trail *trail);
bool trail_ended(const struct trail *trail); /* it will never be another one */
/* Whether the run has come no further since it was read: for one that has not ended. */
bool trail_current(const struct trail *trail, struct store *store);
size_t trail_bytes(const struct trail *trail);

/* {"steps": count, "more"?: true, "by_status": {status: count}, "nodes": [{"node", "steps",
 * "statuses": {status: count}, "took_ms", "exits": {port: count}}], "failed": [{"step",
 * "position"}], the first ten that failed and were not handled}. New reference. */
json_t *trail_head(const struct trail *trail);

struct trail_page {
    const char *path;     /* only steps at and below it; NULL: all */
    unsigned statuses;    /* TRAIL_BIT()s; 0: any */
    size_t from;          /* position to begin at */
    unsigned limit;       /* from 1 */
};
/* Array of {"step", "position", "node", "title"?, "type"?, "status", "begun_ms", "ended_ms"?,
 * "attempts", "port"?, "error"?, "output_bytes"?, "iterations"?, "spans": [{"kind", "from_ms",
 * "to_ms"?}]}; times in milliseconds since the run was received. *next: position to go on at; 0:
 * this was the last. *total: how many fit, from the first on. New reference. */
json_t *trail_steps(const struct trail *trail, const struct trail_page *page, size_t *next,
                    size_t *total);

/* One step as trail_steps() has it. New reference; NULL: nothing was heard of it. */
json_t *trail_step(const struct trail *trail, const char *path) MUST_USE;

/* A loop's iterations in at most so many cells, in their order: {"step", "begun", "done", "failed",
 * "cells": [{"from", "to", numbers of iterations; "begun", "failed", how many of them; where one
 * has begun: "status", "step" and "position" of the first step that calls most for somebody,
 * "longest", the iteration that took longest, and "longest_ms"}]}. New reference; NULL: nothing was
 * heard of the step. */
json_t *trail_loop(const struct trail *trail, const char *path, unsigned cells) MUST_USE;

/* What happened, line by line in its order. Array of {"position", "at_ms", "level": "info", "warn"
 * or "error", "what", "text", "step"?, "attempt"?}; page.statuses: not used. New reference; NULL
 * with *e. troubles: warnings and errors only. */
json_t *trail_log(const struct trail *trail, struct store *store, const struct trail_page *page,
                  bool troubles, size_t *next, struct err *e) MUST_USE;
/* The output of a step as it stands in the journal: *text is the caller's (mem_free()), NULL when
 * it is told there as another step's or as a loop's results. */
enum err_code trail_output(const struct trail *trail, struct store *store, const char *path,
                           char **text, size_t *size, struct err *e) MUST_USE;

struct trail_wanted {
    const char *path;
    size_t most; /* bytes: what is larger is not kept */
    bool seen;
    char *text; /* the caller's (mem_free()), also after an error */
    size_t size;
};
/* The same of several steps; the last three members are given. One that is not there is not seen,
 * and no error. Only those rows of the journal are read in which they stand. */
enum err_code trail_outputs(const struct trail *trail, struct store *store,
                            struct trail_wanted *wanted, size_t count, struct err *e) MUST_USE;

#endif
