/* frame.h - one walk through one level of a flow: the run's own, or an iteration of a body.
 *
 * (1) `open` counts the nodes of a frame that are queued or live; at 0 its end is put to work, once
 *     routing is done: route first, then close.                                 [frame_close]
 * (2) In a failing frame nothing new starts; what has left is waited for.        [frame_fail]
 * (3) A frame is freed by its end only: every step in it has ended by then.      [frame_free]
 * (4) Expressions see what was shown before their node was opened, at each try.  [frame_seen] */
#ifndef ENGINE_FRAME_H
#define ENGINE_FRAME_H

#include "engine/engine_priv.h"
#include "engine/ladder.h"

struct body;
struct step;

enum node_status {
    NODE_PENDING, /* some of its incoming edges are not decided */
    NODE_QUEUED,  /* its turn comes */
    NODE_LIVE,
    NODE_DONE, NODE_PASSED, NODE_FAILED, /* passed over: no edge to it was taken */
};

/* What the journal knows of a step that has not ended, beyond its attempts. */
struct progress {
    int64_t retry_ms;       /* wall: when the next attempt is due; 0: none */
    int64_t began_ms;       /* wall: its first start; 0: not kept */
    int64_t intended_ms;    /* wall: when its effect last left; 0: it has none */
    bool intent;            /* an effect was about to leave and has no outcome yet */
    enum effect_class effect;
    bool unknown, left;     /* it may have happened; left: the same may leave again, as it was */
    struct ladder ladder;
    bool pauses, woken, by_event; /* step_pause(): */
    int64_t until_ms;
    char *wait_key;         /* of its FACT_WAIT; NULL: none */
    json_t *event_body;
    bool sent, delivered;   /* step_signal() */
    uint64_t sub;           /* step_sub(): the run of the other flow; 0: not begun, or */
    bool calls;             /* perhaps begun; its end is awaited */
    json_t *task;           /* what a person has to decide; NULL: nothing */
    json_t *decisions;      /* array, in order */
    json_t *decided;        /* of them, the one that settles the task; NULL: open */
    bool doubt;             /* the journal says that its effect is in doubt, */
    json_t *error;          /* and why */
    bool allowed;           /* a person said: send it (again) */
    struct body *body;      /* step_loop() */
};

struct run_node {
    uint8_t status;         /* enum node_status */
    bool taken, in_work;    /* one of its incoming edges was; it stands in the run's work queue */
    uint16_t attempts, exit; /* exit: the port it left by; index + 1, 0: none yet */
    uint16_t decided, opener; /* incoming edges that are; with join_any: its opener, + 1 */
    uint32_t opened, shown; /* frame->shows when it was opened; after it was shown, 0: not yet */
    unsigned node;          /* index in the flow; UINT32_MAX: the end of the frame */
    struct frame *frame;
    struct run_node *next;  /* in the work queue */
    struct step *step;      /* while NODE_LIVE */
    json_t *output;         /* once NODE_DONE; shared; see frame_show() */
    struct progress *progress; /* NULL: nothing known */
};

#define FRAME_MAGIC 0x57454652u
struct frame {
    unsigned magic;
    struct run *run;
    const struct flow_graph *graph;
    struct frame *outer;    /* NULL: the run's own level */
    struct run_node *owner; /* the loop's node in outer */
    struct frame *next;     /* iterations of one loop that are under way */
    uint32_t shows;         /* outputs shown: frame_show() */
    uint32_t index;         /* of the iteration, from 1; 0: no iteration */
    json_t *item;           /* NULL: none */
    json_t *previous;       /* what the iteration before gave, of the innermost repetition */
    json_t *steps;          /* {id: output}, what is outside included: what expressions see */
    json_t *moments;        /* {id: what effect_at() says}, the same; NULL: no rule asks */
    json_t *last_output;
    size_t bytes;           /* of the outputs in it, as JSON */
    unsigned open;
    bool failing;           /* nothing new starts */
    struct err failure;     /* code ERR_OK with failing: stopped from outside, or by step_stop() */
    unsigned failed_node;   /* UINT32_MAX: none of them */
    json_t *failure_details;
    struct run_node end;    /* stands for the end in the work queue */
    struct run_node nodes[]; /* graph->count */
};

struct frame *frame_new(struct run *run, unsigned graph, struct run_node *owner, uint32_t index);
void frame_free(struct frame *frame);
struct run_node *frame_node(struct frame *frame, unsigned node);
/* The node with its index within the same level, or NULL. */
struct run_node *frame_find(struct frame *frame, unsigned node);
struct progress *node_progress(struct run_node *n); /* made at the first call */
/* Expressions see n->output from now on, and that it came at done_ms, wall. After a start the item
 * of an iteration is not known before its loop is reached: an output that is the item is NULL until
 * then, and frame_pass_item() shows it. */
void frame_show(struct run_node *n, int64_t done_ms);
void frame_pass_item(struct frame *frame);
/* (4) The end of a frame sees all. New reference; NULL of NULL. */
json_t *frame_seen(const struct run_node *n, json_t *all);
/* The node is queued, or no longer queued or live. */
void frame_open(struct run_node *n);
void frame_close(struct run_node *n, enum node_status status);
/* A failure that nobody inside takes; the first one counts. by: UINT32_MAX: no step. details:
 * borrowed. */
void frame_fail(struct frame *frame, unsigned by, const struct err *e, json_t *details);
void frame_stop(struct frame *frame); /* nothing new starts in it and its bodies */
/* What it has begun outside is seen to its end though its level fails: an effect of which nobody
 * knows, a run that it called. Or something in its body has. */
bool node_settles(const struct run_node *n);
bool frame_settles(const struct frame *frame); /* a node of it that has not ended does */
/* The iterations it stands in, "3.2", or "" */
void frame_index_text(const struct frame *frame, char *text, size_t room);
/* "lines[3]/post" */
#define NODE_PATH_TEXT (LIMIT_LOOP_DEPTH * (LIMIT_ID + 14) + LIMIT_ID + 1)
void node_path(const struct run_node *n, char path[NODE_PATH_TEXT]);
const struct flow_node *node_of(const struct run_node *n);
struct run_node *run_find_path(struct run *run, const char *path); /* NULL: not under way */

#endif
