/* node_long.h - services for the node types whose steps last: loops, pauses, people, other flows.
 *
 * These steps survive a restart, and a step that waits long is a row in the store, not an object:
 * nothing of step_state() survives that. After it start() is called again, from the beginning, with
 * the same settings and values (rules give the same result again); it asks for the same service,
 * and the engine answers with what has happened since. So: a step asks for at most one of these
 * services, and what it asks for depends on nothing but its settings, its input and rules. */
#ifndef FLOW_NODE_LONG_H
#define FLOW_NODE_LONG_H

#include "flow/node.h"

/* ---- The node's body (type->has_body), once for each item or until something holds */
struct step_loop {
    json_t *items;         /* an array, borrowed: an iteration each; NULL: until or limit ends it */
    unsigned parallel;     /* iterations at once, 1 or more; results keep the order of the items */
    struct value *collect; /* of an iteration, seen from inside it; NULL: its last output */
    struct value *also;    /* seen from inside it: given with the result of the last iteration */
    struct value *until;   /* seen from inside it; true: no further iteration. NULL: never */
    int64_t delay_ms;      /* before each iteration but the first */
    uint32_t limit;        /* at most so many; more: ERR_LIMIT (items) or `exhausted` (no items) */
    bool collect_errors;   /* a failed iteration gives {"error": {...}} and the loop goes on */
    bool last_only;        /* the result is that of the last iteration, not the list of all */
};
struct step_looped {
    json_t *result;        /* borrowed: the list of what was collected, or the last one */
    json_t *also;          /* borrowed; NULL: nothing */
    uint32_t count;        /* iterations done */
    uint32_t failed;       /* of them, with collect_errors */
    bool exhausted;        /* the limit ended it, not `until` */
};
typedef void step_looped_fn(struct step *step, const void *config,
                            const struct step_looped *looped);
/* A failure inside ends the step like a failure of its own, unless errors are collected. */
enum node_next step_loop(struct step *step, const struct step_loop *loop, step_looped_fn *then);

/* ---- A pause until a moment, or until an event with a key arrives (branch.signal) */
struct step_pause {
    int64_t until_ms;      /* wall time; INT64_MAX: never */
    const char *event;     /* NULL: only the moment ends it */
    const char *key;       /* with event: one step at most waits for (event, key) in an environment;
                              a second one fails with ERR_CONFLICT */
};
struct step_woken {
    bool event;            /* else the moment has come */
    json_t *body;          /* of the event; borrowed, may be NULL */
};
typedef void step_woken_fn(struct step *step, const void *config, const struct step_woken *woken);
enum node_next step_pause(struct step *step, const struct step_pause *pause, step_woken_fn *then);
/* Sends an event to whoever waits for it, now or later: durable with the step, delivered once. */
typedef void step_signalled_fn(struct step *step, const void *config, bool delivered);
enum node_next step_signal(struct step *step, const char *event, const char *key, json_t *body,
                           step_signalled_fn *then);

/* ---- A person decides */
struct step_review {
    const char *title;     /* what is to be decided, for people */
    json_t *form;          /* JSON Schema of the answer; NULL: no data is asked for */
    json_t *data;          /* what the person looks at; may be NULL */
    const char *const *ports; /* the choices: exits of the node */
    size_t port_count;
    json_t *titles;        /* {port: how people call it}, of those that have one; may be NULL */
    const char *role;      /* who may decide; NULL: whoever may decide anything */
    int64_t due_ms;        /* wall time; INT64_MAX: never */
    const char *escalate;  /* role that may decide too once it is due; NULL: none */
    const char *due_port;  /* the exit when nobody has decided at due_ms; NULL: goes on waiting */
    unsigned approvals;    /* different people who must choose the same exit: 1, or 2 (four eyes) */
};
struct step_reviewed {
    const char *port;
    json_t *answer;        /* {"by", "at", "reason", "data"}; of the last decision; borrowed */
};
typedef void step_reviewed_fn(struct step *step, const void *config,
                              const struct step_reviewed *reviewed);
enum node_next step_review(struct step *step, const struct step_review *review,
                           step_reviewed_fn *then);

/* ---- Another flow of the same environment, entered by its trigger.call */
struct step_sub {
    const char *flow;      /* slug */
    json_t *input;         /* becomes its trigger.body */
    bool detached;         /* goes on when the other run is accepted, not when it has ended */
};
struct step_sub_end {
    uint64_t run;          /* of the other flow */
    json_t *output;        /* its last output; NULL: detached. A run that fails fails the step */
};
typedef void step_sub_fn(struct step *step, const void *config, const struct step_sub_end *end);
enum node_next step_sub(struct step *step, const struct step_sub *sub, step_sub_fn *then);
/* A trial may answer in place of what is called, and is told of it. false: it has no answer, and
 * the step goes on. */
bool step_simulate_answered(struct step *step, const struct step_ask *ask) MUST_USE;
/* Methods under which a trial is asked in place of a person, of an event, and of what is kept under
 * a key: the body is {"title", "data"}, {"event", "key"}, none. Nothing of it would leave. */
#define STEP_ASKS_PERSON "REVIEW"
#define STEP_ASKS_EVENT  "WAIT"
#define STEP_ASKS_KEPT   "KEPT"
/* The same without ending the step: the output that the trial gives, a new reference. NULL: none,
 * or *e says how it fails. */
json_t *step_simulate_given(struct step *step, const struct step_ask *ask,
                            struct err *e) MUST_USE;
/* The trial has a world of its own: what is kept there is kept for this run and nobody else. */
bool step_rehearsed(const struct step *step);

/* ---- The end of the run by the node's word: nothing new starts, and what runs is let end */
void step_stop(struct step *step, bool succeed, const char *message);

/* The moment of this step, wall time: the same after a restart (when the run was received). */
int64_t step_received_ms(const struct step *step);
/* The wall time of the step's first start: kept, so the same after a restart. */
int64_t step_began_ms(const struct step *step);

#endif
