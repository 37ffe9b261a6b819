/* jobs_priv.h - what jobs.c and api_job.c share. */
#ifndef DESIGNER_API_JOBS_PRIV_H
#define DESIGNER_API_JOBS_PRIV_H

#include "designer-api/jobs.h"

#define JOBS_KIND       "job"
#define JOBS_ITEMS_KIND "job_items"
#define JOBS_KEEP_MS    (INT64_C(30) * 86400000)

struct jobs {
    struct jobs_options options;
    struct job *first, **end; /* what has not ended; the first one is under way */
    unsigned count;
    bool busy;    /* it is */
    bool keeping; /* something of it comes back */
    bool closed;  /* then it frees what is here */
    int64_t backup_at; /* steady: when the schedule is looked at again */
};
void jobs__free(struct jobs *jobs); /* unless something comes back */
void jobs__go(struct job *job);    /* its next slice, or its work */
/* A job that is kept: it has its turn. Taken. */
void jobs__add(struct jobs *jobs, struct job *job);
struct job *jobs__find(const struct jobs *jobs, const char *id); /* NULL: it has ended */
json_t *job__json(const struct job *job) MUST_USE;

#endif
