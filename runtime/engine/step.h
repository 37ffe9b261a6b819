/* step.h - one execution of one node: what stands behind flow/node.h.
 * Only engine/ includes this. */
#ifndef ENGINE_STEP_H
#define ENGINE_STEP_H

#include "engine/engine_priv.h"
#include "engine/connection.h"

enum step_wait {
    STEP_FREE,      /* nothing under way */
    STEP_EVALUATES, /* rules */
    STEP_TIMES,     /* a timer of the node */
    STEP_SIGNS,     /* a token is fetched for its call */
    STEP_GATED,     /* its intent is on the way to the disk */
    STEP_CALLS,     /* its request is out */
    STEP_RETRIES,   /* the pause before the next attempt */
};

struct call;

#define STEP_MAGIC 0x57455354u
struct step {
    unsigned magic;
    uint8_t wait;            /* enum step_wait */
    bool arrived;            /* what it waits for is there */
    bool ended;              /* step_done() or step_fail() was called */
    bool failed;
    bool unsure;             /* the effect may have happened */
    unsigned node;
    uint64_t tag;            /* of what it waits for; 0: nothing */
    struct run *run;
    const struct node_type *type;
    const void *config;
    void *state;
    json_t *input;           /* shared */
    int64_t started_ms;      /* steady */
    unsigned port;
    json_t *output;
    struct err error;
    json_t *details;
    int64_t wait_ms;         /* what the system asked for; -1: nothing */
    /* evaluation */
    step_eval_fn *then_eval;
    struct value *const *values; /* of the config: lives as long as the version */
    size_t value_count;
    size_t raw_count;        /* results */
    json_t **raw;
    size_t chosen;
    bool first_true, script;
    json_t *script_input;
    /* timer, call */
    step_timer_fn *then_timer;
    step_call_fn *then_call;
    struct call *call;
    struct step *gate_next;
    char key[UUID_TEXT];
};

struct step *step_new(struct run *run, unsigned node);
void step_free(struct step *step);           /* cancels what is under way */
void step_start(struct step *step);          /* calls the node */
void step_continue(struct step *step);       /* what it waited for has arrived */
uint64_t step_wait_for(struct step *step, enum step_wait wait); /* a new tag */
struct step *step_find(struct engine *engine, uint64_t tag, enum step_wait wait); /* NULL: gone */
void step_arrived(struct step *step);        /* what it waited for is there: puts it to work */
void step_forget(struct step *step);         /* it waits for nothing any more */

/* call.c */
void call_gate_open(struct step *step);      /* the intent is durable: send */
void call_continue(struct step *step);       /* a reply or a token has arrived */
void call_free(struct call *call);           /* cancels; NULL is fine */

#endif
