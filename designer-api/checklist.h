/* checklist.h - what is left to do until a flow is live, while it is looked up: phases with points.
 *
 * A point has its sentence, for who reads the API, and the same as a key with values, for a screen
 * that says it in words of its own; what a fault says has its sentence alone. The points of the
 * flows that it calls stand among its own, and name their part; what is the same in several of them
 * is one point. */
#ifndef DESIGNER_API_CHECKLIST_H
#define DESIGNER_API_CHECKLIST_H

#include <jansson.h>
#include <stdbool.h>

#include "base/ident.h"
#include "base/limits.h"
#include "designer-api/ask.h"

struct checklist_part {
    const char *flow;
    const char *step; /* that calls it; "": none, it is one of a pairing; NULL: the flow itself */
    json_t *bundle;   /* what publishing would have of it; NULL: there is none of that name */
    struct version *compiled;  /* NULL: it does not compile */
    char version[DIGEST_TEXT]; /* that it would become; "": it has faults */
    bool drafted;              /* else it is what is live */
    char template[LIMIT_NAME]; /* that its draft is from, ""; its tests have events, too */
};

struct checklist {
    struct ask *ask;
    struct checklist_part *parts; /* in the order in which they go live: a flow itself is last */
    size_t count;
    const struct checklist_part *at; /* what points are about now */
    /* What is asked about: the last part, or a pairing, which has a name alone. */
    const struct checklist_part *whole;
    json_t *phases;
    json_t *connections, *questions, *launch; /* as the API has them */
    bool done;
};

/* The phase with these points, which it takes. */
void checklist_phase(struct checklist *list, const char *phase, json_t *items);

/* Borrowed: the point is among the items. A key of NULL is none; the values are taken, NULL is
 * none. */
json_t *checklist_add(const struct checklist *list, json_t *items, const char *item, bool done,
                      const char *text, const char *key, json_t *values);

/* What a point is about: of NULL nothing is said. */
void checklist_about(json_t *item, const char *member, const char *name);

/* Discovery: the systems, what they are signed in to with, and the flows that are called. */
void checklist_systems(struct checklist *list);
/* What is asked, once where several ask the same. */
void checklist_questions(struct checklist *list);
/* A point for each group that the reviews name. */
void checklist_groups(struct checklist *list, json_t *items);
/* Launch: what is published, and works. */
void checklist_launch(struct checklist *list);

/* Answers the ask with that of the parts, as calls_list() has them. handler: called again when what
 * has to be tried first is. name: of the pairing that they are of; NULL: the last is the flow. */
void checklist_answer(struct ask *ask, const json_t *calls, const char *name,
                      ask_handler_fn *handler);
/* The draft or what is live, NULL: none. Of calls_list(). */
json_t *checklist_find(struct ask *ask, const char *flow) MUST_USE;

#endif
