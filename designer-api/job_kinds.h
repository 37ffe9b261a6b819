/* job_kinds.h - everything that a job can be. */
#ifndef DESIGNER_API_JOB_KINDS_H
#define DESIGNER_API_JOB_KINDS_H

#include "designer-api/jobs.h"

extern const struct job_kind *const job_kinds[]; /* ends with NULL */
extern const struct job_kind exceptions_kind; /* api_desk_bulk.c */
extern const struct job_kind backup_kind, backup_verify_kind; /* backups.c */

struct settings;
/* Backups by the schedule of the settings: in each turn of the loop. */
void backups_turn(struct jobs *jobs, const struct settings *settings);
int64_t backups_due(const struct jobs *jobs, const struct settings *settings); /* steady */

#endif
