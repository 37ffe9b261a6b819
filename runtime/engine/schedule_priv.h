/* schedule_priv.h - one schedule: its slots and its cursor. Only schedule*.c includes this. */
#ifndef ENGINE_SCHEDULE_PRIV_H
#define ENGINE_SCHEDULE_PRIV_H

#include "base/cron.h"
#include "engine/schedule.h"
#include "rules/zone.h"

#define SCHEDULE_KEY 1024

struct schedule {
    struct schedule *next;
    uint64_t tag;
    struct deployment *deployment;
    unsigned node;            /* in the deployment's version */
    char *id;                 /* of the node */
    char *text;               /* "0 6 * * * America/New_York", "every 60000" */
    struct cron cron;
    int64_t every_ms;         /* 0: cron */
    struct zone *zone;
    enum node_misfire misfire;
    int64_t last;             /* the cursor: settled up to here */
    int64_t fired;            /* the last slot with a run; 0: none */
    int64_t slot;             /* the next one; INT64_MAX: none */
    int64_t firing;           /* the slot on its way to the store; 0: none */
    int64_t stuck;            /* the slot whose run was refused; 0: none */
    int64_t again;            /* steady: not before; 0: at any time */
    int64_t keep_at;          /* steady: the cursor is looked for in the store; 0: it is there */
    unsigned refused;         /* times in a row */
    unsigned late;            /* missed slots fired in a row */
    bool stays;               /* schedules_put(): also in the new version */
};

/* NULL with an error; *setting is then what is wrong. It stands nowhere yet. */
struct schedule *schedule__new(const struct node_schedule *config, const char **setting,
                               struct err *e) MUST_USE;
void schedule__free(struct schedule *s);
/* The first slot behind a moment; INT64_MAX: there is none. */
int64_t schedule__next(const struct schedule *s, int64_t after);
/* The newest slot that is not in the future; there is one behind the cursor. */
int64_t schedule__newest(const struct schedule *s, int64_t now);
/* The cursor in memory. */
void schedule__settle(struct schedule *s, int64_t slot);

/* The cursor in the store; value: JSON, owned. */
struct schedule__fact {
    struct store_fact fact;
    char key[SCHEDULE_KEY];
    char *value;
};
void schedule__fact(const struct schedule *s, int64_t last, int64_t fired,
                    struct schedule__fact *fact);
/* Writes it as it is in memory, or takes it out, by a batch of its own; nobody is told what became
 * of it. */
void schedule__keep(struct engine *engine, const struct schedule *s);
void schedule__drop(struct engine *engine, const struct schedule *s);
struct schedule__cursor {
    int64_t last, fired;
};
/* false: none stands there of this schedule's text */
bool schedule__load(struct engine *engine, const struct schedule *s,
                    struct schedule__cursor *cursor);

#endif
