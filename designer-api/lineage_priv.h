/* lineage_priv.h - what the files of lineage.h share. */
#ifndef DESIGNER_API_LINEAGE_PRIV_H
#define DESIGNER_API_LINEAGE_PRIV_H

#include "designer-api/lineage.h"

/* How a hop is related to the one before it:
 *   same     it is that value          value    it is that field, taken as it is
 *   made     it was made from it, together with others, or it may depend on it
 *   because  it decided                asked    a system was asked with it                    */
struct lineage {
    struct beside_ask *look;
    const struct lineage_ask *asked;
    const json_t *plans;
    json_t *hops;  /* the result's; those behind `next` are still to be followed */
    json_t *known; /* places: to their hops */
    json_t *runs;  /* by id: their rows, with "input" */
    size_t next;
    bool more;
    char *wants, *flow;
};
struct lineage_place {
    const char *run, *step; /* step "": the run's own input */
    const char *side;
    const char *at;
};
/* A hop of the place, reached from the hop `of` (borrowed) for a reason: by: {"pointer", "text"?,
 * "kind"?} of the version, taken, may be NULL. Borrowed; a place that is known already gets
 * another reason. NULL: there are too many. */
json_t *lineage_add(struct lineage *all, json_t *of, const char *relation,
                    const struct lineage_place *place, json_t *by);
/* Where it ends without a place: "constant", "lookup", ...; name may be NULL; by: taken. */
void lineage_end(struct lineage *all, json_t *of, const char *relation, const char *end,
                 const char *name, json_t *by);

/* ---- The run of a hop */
const json_t *lineage_run(struct lineage *all, const char *run); /* its row; NULL with look->e */
/* NULL: it is wanted, or look->e */
const json_t *lineage_plan(struct lineage *all, const char *run);
const struct trail *lineage_trail(struct lineage *all, const char *run); /* until the next call */
/* The step's node; NULL: it has none. */
const json_t *lineage_node(struct lineage *all, const char *run, const char *step);
json_t *lineage_step(struct lineage *all, const char *run, const char *step); /* as it ran; NULL */
/* "lines[3]/" of "lines[3]/post"; "" on the flow's own level. */
void lineage_frame(const char *step, char frame[LIMIT_PATH]);
/* The path of a step that a step there can see, by its id. False: it sees none. */
bool lineage_seen(struct lineage *all, const char *run, const char *frame, const char *id,
                  char path[LIMIT_PATH]);

/* ---- lineage_read.c: what expressions read */
/* The names of a list's item within a mapping. */
struct lineage_item {
    const struct lineage_item *outer;
    const char *as;       /* NULL: none */
    const char *prefix;   /* of the expressions of its list: "/fields/3/each" */
    int64_t index;        /* which item; -1: any */
    bool all;             /* filtered, sorted or grouped: it may be any */
};
struct lineage_read {
    json_t *hop;          /* whose settings it is in */
    const json_t *node;
    const char *frame;    /* in which it is evaluated */
    const struct lineage_item *item;
    const char *relation; /* NULL: as the expressions say */
    const char *rest;     /* of the value that they give: a pointer */
};
/* The expressions at and below a place of the settings, and around it; without any it is a
 * constant. */
void lineage_settings(struct lineage *all, const struct lineage_read *read, const char *at);
void lineage_expression(struct lineage *all, const struct lineage_read *read, const json_t *x);
/* What is written at a place of the node's settings; NULL: nothing. */
const json_t *lineage_written(const json_t *node, const char *at);
/* {"pointer", "text"?} of a place in the settings of the node. x: what stands there; NULL: what is
 * written there is taken as it is. */
json_t *lineage_by(const struct lineage *all, const json_t *node, const char *at, const json_t *x);

/* ---- lineage_map.c: what fills a field of a mapping */
void lineage_map(struct lineage *all, json_t *hop, const json_t *node, const char *frame,
                 const char *at);
/* The place that a line of a mapping fills: "/lines" of "/fields/3/fields/0/from"; whole: it
 * is filled with what the expression gives. */
void lineage_target(const json_t *node, const char *line, char target[LIMIT_PATH], bool *whole);

/* ---- lineage_back.c, lineage_forward.c: the hops of a hop */
void lineage_back(struct lineage *all, json_t *hop);
void lineage_forward(struct lineage *all, json_t *hop);
/* What an iteration, or a flow, gave, that is not collected: the steps that ended it. */
void lineage_last(struct lineage *all, json_t *hop, const char *frame, const char *owner,
                  const char *at);

#endif
