/* step.h - one execution of one node, behind flow/node.h. Only engine/ includes this. */
#ifndef ENGINE_STEP_H
#define ENGINE_STEP_H

#include "engine/engine_priv.h"
#include "engine/connection.h"
#include "flow/node_doubt.h"
#include "flow/node_long.h"
#include "flow/node_work.h"

enum step_wait {
    STEP_FREE,      /* nothing under way */
    STEP_EVALUATES, /* rules */
    STEP_TIMES,     /* a timer of the node */
    STEP_QUEUES,    /* its connection takes no call now (governor.h) */
    STEP_SIGNS,     /* a token is fetched for its call */
    STEP_GATED,     /* its intent is on the way to the disk */
    STEP_CALLS,     /* its request is out */
    STEP_WORKS,     /* its job is with the pool, or waits for a thread */
    STEP_RETRIES,   /* the pause before the next attempt */
    STEP_LOOPS,     /* the iterations of its body */
    STEP_PAUSES,    /* a moment, an event */
    STEP_SIGNALS,   /* nothing: its signal is written */
    STEP_DECIDES,   /* a person */
    STEP_SUBS,      /* the run of another flow */
    STEP_NOTES,     /* a note, perhaps until another run's write of it is durable */
};

struct call;
struct governor;
struct job;
struct note;
struct run_node;

#define STEP_MAGIC 0x57455354u
struct step {
    unsigned magic;
    uint8_t wait;            /* enum step_wait */
    bool arrived;            /* what it waits for is there */
    bool ended, failed;      /* step_done() was called, or step_fail() */
    bool unsure;             /* the effect may have happened */
    bool settled;            /* a person said that it failed */
    bool answered;           /* the system gave a complete answer to its effect */
    bool unsent;             /* proved: not a byte of its last request has left */
    bool contradicted;       /* and that does not fit what was asked for */
    uint8_t rung;            /* enum rung: it probes or reverses; RUNG_NONE: it works */
    uint8_t probed;          /* enum probe_result */
    uint8_t effect;          /* enum effect_class of what it asked to leave last */
    bool reversed;
    bool stops;              /* step_stop() */
    struct run_node *n;
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
    struct deadline not_after; /* its effect does not leave later; {0}: at any time */
    /* evaluation */
    step_eval_fn *then_eval;
    struct value *const *values; /* of the config: lives as long as the version */
    size_t value_count;
    size_t raw_count;        /* results */
    json_t **raw;
    size_t chosen;
    bool first_true, script;
    bool looped_last;        /* looped: of the last iteration, else the list */
    json_t *looped;          /* what its iterations gave: as its output, it is not written again */
    json_t *script_input;
    /* timer, call */
    step_timer_fn *then_timer;
    step_call_fn *then_call;
    struct call *call;
    struct job *job;
    struct note *note;       /* what it asks of one */
    struct governor *queue;  /* STEP_QUEUES: whom it waits for */
    step_worked_fn *then_worked;
    struct step *gate_next;
    void (*gate_open)(struct step *step); /* what it waits to do until the commit */
    step_looped_fn *then_looped;
    step_woken_fn *then_woken;
    int64_t pause_until_ms;  /* step_pause() that waits for the accept, with */
    char *pause_event, *pause_key;
    step_signalled_fn *then_signalled;
    step_reviewed_fn *then_reviewed;
    step_sub_fn *then_sub;
    struct sub *sub;
    char *path;              /* made when asked for */
    char key[UUID_TEXT];
};

struct step *step_new(struct run_node *n);
void step_free(struct step *step);           /* cancels what is under way */
void step_start(struct step *step);          /* calls the node */
void step_continue(struct step *step);       /* what it waited for has arrived */
uint64_t step_wait_for(struct step *step, enum step_wait wait); /* a new tag */
struct step *step_find(struct engine *engine, uint64_t tag, enum step_wait wait); /* NULL: gone */
/* A poll is never stored: what must last, or changes something, fails there. */
bool step_refused_in_poll(struct step *step);
/* Waits for the commit of all that the run has written, then open() goes on. */
void step_gate(struct step *step, void (*open)(struct step *step));
void step_gate_pass(struct step *step);      /* it is durable */
void step_arrived(struct step *step);        /* what it waited for is there: puts it to work */
void step_forget(struct step *step);         /* it waits for nothing any more */

/* eval.c */
void step_evaluated(struct step *step);      /* its values have arrived */
void step_results_free(struct step *step);

/* call.c */
void call_continue(struct step *step);       /* a reply or a token has arrived */
void call_free(struct call *call);           /* cancels; NULL is fine */

#endif
