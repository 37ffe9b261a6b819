/* api_deploy_priv.h - deployments and environments among themselves. */
#ifndef DESIGNER_API_API_DEPLOY_PRIV_H
#define DESIGNER_API_API_DEPLOY_PRIV_H

#include "designer-api/draft.h"

#define DEPLOY_KIND "deployment_request"

/* All of the flow (NULL: of all flows) in order of their ids, "replaced" where they are; new
 * reference, NULL with *e. */
json_t *deploy__rows(struct ask *ask, const char *flow, struct err *e) MUST_USE;
json_t *deploy__shown(const struct ask *ask, const json_t *row) MUST_USE;
bool deploy__is_own(const struct ask *ask, const json_t *row); /* the caller has asked for it */
/* Answers the ask. asks: another one has to approve it. */
void deploy__begin(struct ask *ask, const char *flow, const char *environment, const char *digest,
                   bool asks, const char *message);
/* deploy_put.c: the row is kept as it is now, and answered; from: its revision, 0: it is new. what:
 * literal, for the audit. */
void deploy__keep(struct ask *ask, const char *id, json_t *row, uint64_t from, const char *what,
                  int status);
/* The same once the version works there; refused with its faults. */
void deploy__put(struct ask *ask, const char *id, json_t *row, uint64_t from, const char *what,
                 int status);
/* {"environment", "title", "approval", "simulate"}: new reference; NULL with ERR_NOT_FOUND. */
json_t *environment__read(struct ask *ask, const char *environment, struct err *e) MUST_USE;

#endif
