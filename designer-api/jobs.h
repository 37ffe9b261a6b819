/* jobs.h - long work that outlives its ask, and the process.
 *
 * A job is the object "job" ID of no workspace (its body names the one it is asked in), made before
 * it begins; one that acts on many items keeps their ids beside it ("job_items"). One job is under
 * way at a time, in the order of their coming.
 *
 *   waiting -> running -> done | failed | cancelled
 *
 * (1) Where a job stands is kept after each slice of its items, before the next begins. A restart
 *     goes on there.                                                              [jobs_slice_end]
 * (2) An item is acted on once: in the slice that a restart repeats, the handler says which items
 *     carry the job's mark already.                                               [job_kind.done]
 * (3) What a job does is done in the name of who asked for it, and audited as if they had done it
 *     one by one.
 * (4) A job that cannot be kept stops; it goes on at the next start.              [jobs_kept] */
#ifndef DESIGNER_API_JOBS_H
#define DESIGNER_API_JOBS_H

#include "designer-api/ask.h"
#include "designer-api/object.h"
#include "io/loop.h"

#define JOBS_ITEMS 100000u
#define JOB_ID     32u

struct job {
    char id[JOB_ID];
    char workspace[LIMIT_ID], by[WHO_NAME];
    const struct job_kind *kind;
    json_t *ask;    /* what was asked for; owned */
    json_t *items;  /* ids; NULL: one work. Owned */
    json_t *result; /* of one work; owned */
    const char *state; /* literal */
    int64_t made_ms, ended_ms;
    uint64_t revision;
    size_t total, at; /* items, and those of them that were acted on or refused */
    int64_t done, refused;
    json_t *faults; /* of the first refused: [{"item", "text"}] */
    struct err e;   /* why it failed */
    bool cancel;    /* asked for */
    bool resumed;   /* its first slice may have been done before */
    unsigned flying;
    struct jobs *jobs;
    struct job *next;
};
/* One of item and work. told() as engine_done_fn. */
struct job_kind {
    const char *name;
    enum err_code (*item)(struct job *job, const char *item, engine_done_fn *told, void *arg,
                          struct err *e);
    bool (*was_done)(struct job *job, const char *item); /* by this job, before the restart */
    void (*work)(struct job *job); /* ends with job_ended(), in this call or later */
    bool again;      /* a work that a restart begins anew; else it has failed then */
    bool with_store; /* a work that ends with the store, and is not told then */
};

struct jobs;
struct jobs_options {
    struct api *api;
    struct loop *loop;
    struct engine *engine;
    struct store *store;
    struct objects *objects;
    struct clock *clock;
    struct log *log;
    struct live *live;
    const char *data;              /* the data directory */
    const struct job_kind *const *kinds; /* ends with NULL */
};
/* Takes up what has not ended. */
struct jobs *jobs_new(const struct jobs_options *options, struct err *e) MUST_USE;
void jobs_start(struct jobs *jobs); /* once the API serves */
void jobs_close(struct jobs *jobs); /* NULL is fine; what is under way ends by itself */
const struct jobs_options *jobs_rooms(const struct jobs *jobs);

/* Answers 202 {"job"} once it is kept, or refuses. items, asked: taken; items NULL: one work. */
void jobs_ask(struct ask *ask, const char *kind, json_t *asked, json_t *items);
/* The same of nobody: by a schedule. */
void jobs_begin(struct jobs *jobs, const char *kind, json_t *asked);
bool jobs_has(const struct jobs *jobs, const char *kind); /* one that has not ended */
/* Of a kind's work. result: taken, NULL with *e. */
void job_ended(struct job *job, json_t *result, const struct err *e);

#endif
