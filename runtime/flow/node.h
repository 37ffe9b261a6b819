/* node.h - all that a node type may use.
 *
 * A type is a const struct at the end of one file in nodes/, named by one line in
 * nodes/node_list.h. Its settings are rows (field.h). A trigger type turns received bytes into a
 * run's input (receive). Every other type starts a step and ends it exactly once, now or later:
 * step_done() or step_fail(). start() returns NODE_ENDED when it has done so, NODE_WAITING when a
 * service it asked will call back. The step owns what was started through it, so cancel and
 * shutdown need no node code. Config is const and shared by all runs; what is kept across a wait
 * lives in step_state(). Callbacks run in a later turn, never inside the asking call.
 *
 * Nothing here blocks. Nothing that leaves through step_call() does so before the record of it
 * is durable. */
#ifndef FLOW_NODE_H
#define FLOW_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pair.h"
#include "flow/field.h"
#include "flow/node_event.h"
#include "flow/value.h"

struct buf; struct step; struct flow; struct flow_node; struct flow_expression; struct node_doubt;
struct step_save; struct step_saved; struct step_upload; /* node_save.h, node_upload.h */

enum node_kind { NODE_TRIGGER, NODE_TRANSFORM, NODE_BRANCH, NODE_CONNECTOR };
enum node_next { NODE_ENDED, NODE_WAITING };

/* What an effect is to whoever has to decide about it after a crash (docs/RELIABILITY.md). */
#define EFFECT_TABLE(X)                                                                            \
    X(NONE,       "none")       /* changes nothing outside: may be repeated freely              */ \
    X(IDEMPOTENT, "idempotent") /* doing it twice is doing it once (PUT, DELETE)                */ \
    X(KEYED,      "keyed")      /* the system honours our idempotency key: repeat with the same */ \
    X(ONCE,       "once")       /* unknown: never repeated without proof that it was not sent   */
enum effect_class {
#define X(code, name) EFFECT_##code,
    EFFECT_TABLE(X)
#undef X
};
const char *effect_name(enum effect_class effect);

/* How a trigger is reached: filled by arm(). */
struct node_arm {
    /* a webhook's; NULL: not reached by HTTP. path without leading '/' */
    const char *method, *path;
    bool respond_result;        /* the caller waits for the run's result */
    /* A second delivery is one whose body is the same, or this of it: a dotted path; NULL: all */
    const char *compare;
    const struct node_schedule *schedule; /* trigger.schedule */
    const struct node_watch *watch;       /* trigger.file */
    const struct node_listen *listen;     /* trigger.event */
    const struct node_poll *poll;         /* trigger.poll */
    bool callable;              /* trigger.call: branch.call enters here */
};

enum node_misfire { MISFIRE_SKIP, MISFIRE_ONCE, MISFIRE_ALL };
struct node_schedule {
    const char *cron;           /* five fields; or NULL and */
    int64_t every_ms;           /* so often */
    const char *zone;           /* "America/New_York"; NULL: UTC */
    enum node_misfire misfire;  /* slots that passed while nobody was there */
};
/* A file is handed to receive() as method "FILE", its name as path, its bytes as body, and the
 * headers "size" (bytes) and "modified" (ISO); a refusal means that it goes to `failed`. */
struct node_watch {
    const char *folder, *pattern; /* pattern: "*.csv"; NULL: every file */
    const char *done, *failed;    /* folders within `folder`: names without a '/' */
    int64_t settle_ms;          /* a file is complete when it has not changed for so long */
    int64_t every_ms;           /* looks so often where the system does not tell */
};
struct node_listen {
    const char *flow;           /* slug; NULL: any of the environment */
    bool succeeded, failed;     /* which ends; failed: a dead letter */
};

struct node_type {
    const char *name;           /* "transform.map" */
    enum node_kind kind;
    const char *title;          /* "Map fields" */
    const char *help;           /* a sentence or three for the palette and the reference */
    const struct field *fields; /* rows, end with FIELD_LAST; NULL: no settings */
    size_t config_size;
    const char *const *ports;   /* besides FIELD_PORT rows; ends with NULL; NULL: {"out"} */
    enum effect_class effect;   /* the default of its calls */
    bool needs_connection;      /* must name one */
    bool has_body;              /* its config's "body" {"nodes", "edges"} is a level of its own */
    const char *connector;      /* the system its connection must be of; NULL: any */
    const char *example;        /* JSON of a config, for the reference and its test */
    const void *data;           /* for types made from a manifest */
    /* Checks what rows cannot say; adds faults to the build. May be NULL. */
    void (*compile)(struct flow_build *build, void *config, const char *pointer,
                    const struct node_type *type);
    void (*arm)(const void *config, struct node_arm *arm); /* triggers */
    /* Checks what was received and makes the run's input: a new reference in *input (NULL when the
     * event has an answer). The error's code decides the HTTP status. Triggers only. */
    enum err_code (*receive)(struct node_event *event, const void *config, json_t **input,
                             struct err *e);
    /* All others; and a trigger whose node_poll has no items: asks, and is done with {"items",
     * "cursor"} (no cursor: it stays). step_cursor() is the one it has. */
    enum node_next (*start)(struct step *step, const void *config);
    /* An effect in doubt (node_doubt.h): what can be done, whether it happened, its undoing. */
    void (*doubt)(const struct node_type *type, const void *config, struct node_doubt *doubt);
    enum node_next (*probe)(struct step *step, const void *config);
    enum node_next (*reverse)(struct step *step, const void *config);
    /* Checks what a person answers to its review; may be NULL. */
    enum err_code (*answer)(const void *config, json_t *data, struct err *e);
    /* What its settings come to (`weft mapping`): a new reference, or no memory. May be NULL. */
    json_t *(*describe)(const struct flow *flow, const struct flow_node *node);
    /* What lists show of its output (engine/summary.h): a new reference, NULL: nothing. May be
     * NULL. */
    json_t *(*summary)(const json_t *output);
    void (*release)(void *config); /* what compile() allocated; fields_release() does the rows */
};

/* ---- A step: what it is about. All borrowed until the step ends. */
const struct node_type *step_type(const struct step *step);
json_t *step_input(const struct step *step);    /* output of the node before it; NULL at first */
const char *step_path(const struct step *step); /* "post" */
unsigned step_attempt(const struct step *step); /* from 1 */
void *step_state(struct step *step, size_t size); /* zeroed at first; freed with the step */
void *step_state_grow(struct step *step, size_t size); /* keeps what it has; the rest is anything */
bool step_simulated(const struct step *step);   /* answers come from examples; nothing leaves */

/* ---- Its end. Takes *output and sets it to NULL; NULL is the output null. */
void step_done(struct step *step, const char *port, json_t **output);
/* The kind decides what happens next: retry, error exit, the run's failure. details: more for
 * people, an object, may be NULL; taken. */
void step_fail(struct step *step, const struct err *e, json_t **details);
/* Like step_fail() with ERR_RATE_LIMITED or ERR_UNAVAILABLE when the system said how long to
 * wait. */
void step_fail_after(struct step *step, const struct err *e, int64_t wait_ms, json_t **details);

/* ---- Services. At most one is under way for a step. */

/* Evaluates values; NULL entries give NULL results. first_true: see rule.h, for values that are
 * one expression or a literal. On an error of a rule the step has failed already and the
 * callback does not run. */
struct step_values {
    json_t **filled;   /* count, borrowed for the call; NULL: nil */
    size_t count;
    size_t chosen;     /* first_true: index, SIZE_MAX if none */
};
typedef void step_eval_fn(struct step *step, const void *config, const struct step_values *values);
enum node_next step_eval(struct step *step, struct value *const *values, size_t count,
                         bool first_true, step_eval_fn *then);
/* A script (FIELD_SCRIPT); its output is filled[0]. input: what it sees as `input`; NULL: the
 * step's input. */
enum node_next step_script(struct step *step, const struct flow_expression *script, json_t *input,
                           step_eval_fn *then);

typedef void step_timer_fn(struct step *step, const void *config);
enum node_next step_timer(struct step *step, int64_t ms, step_timer_fn *then);

/* An HTTP call, through the step's connection if it has one: base URL, sign-in, egress and
 * limits are the connection's, and `target` is a path below its base URL; without a connection
 * it is an absolute URL. An effect other than EFFECT_NONE leaves only after its intent is
 * durable. Failures of the wire end the step themselves (retry, in doubt, ...) and the callback
 * does not run; it runs for every complete answer, whatever its status. Texts are copied. */
#define step_pair pair
/* A secret of the step's connection that stands in the body: it is put in when the request leaves,
 * and seen nowhere before. XML: as the text of an element. WSS_DIGEST: the elements Password, Nonce
 * and Created of a WS-Security UsernameToken, with the prefixes wsse and wsu. */
enum step_secret_form { STEP_SECRET_XML, STEP_SECRET_WSS_DIGEST };
struct step_secret {
    size_t at;                    /* in the body; in ascending order */
    const char *name;             /* among the connection's secrets */
    enum step_secret_form form;
};
struct step_ask {
    const char *method, *target;
    const struct step_pair *headers;
    size_t header_count;
    const char *body;             /* NULL: none */
    size_t body_size;
    const struct step_secret *secrets; /* of the body; only with a connection */
    const struct step_upload *uploads; /* files of this machine that stand in the body */
    size_t secret_count, upload_count;
    enum effect_class effect;
    const char *key_header;       /* EFFECT_KEYED: has the key; NULL: it is elsewhere, step_key() */
    int64_t key_valid_ms;         /* so long the system knows our key; 0: STEP_KEY_VALID_MS */
    const struct step_save *save; /* the answer's body goes to a file; NULL: it does not */
    bool takes_cut;               /* an answer that is too large is no failure: step_reply.cut */
};
struct step_reply {
    int status;
    const struct step_pair *headers;
    size_t header_count;
    const char *body;             /* followed by a NUL that does not count */
    size_t body_size;
    int64_t retry_after_ms;       /* -1: not said */
    const struct step_saved *saved; /* the body is this file; NULL: it is not */
    const char *cut;              /* with takes_cut: why there is no body; NULL: it is whole */
};
typedef void step_call_fn(struct step *step, const void *config, const struct step_reply *reply);
enum node_next step_call(struct step *step, const struct step_ask *ask, step_call_fn *then);
/* A simulated step ends: the trial is told what would have left, and may have an answer of its own;
 * else `example`, the output of a typical one, is it. Takes *example and sets it to NULL. */
void step_simulate(struct step *step, const struct step_ask *ask, json_t **example);
/* The same with a failure for an example. */
void step_simulate_failure(struct step *step, const struct step_ask *ask, const struct err *e);
const char *step_setting(const struct step *step, const char *name); /* NULL if absent */
/* Appends the target to which a link leads that an answer of the connection's system gave:
 * absolute, from its root, or below the base URL. ERR_POLICY when it leads elsewhere. */
enum err_code step_link(const struct step *step, const char *link, struct buf *target,
                        struct err *e) MUST_USE;

/* Of a trigger that polls; borrowed, NULL: none yet. */
json_t *step_cursor(const struct step *step);

/* Answers the caller who waits for this run's result; only the first answer counts, and none is
 * needed. It leaves after everything the run did up to here is durable. headers: object of
 * texts, may be NULL; body: any JSON; a text with content_type other than JSON is sent as it is.
 * Borrowed. */
void step_answer(struct step *step, int status, json_t *headers, json_t *body);

#endif
