/* checklist.h - what is left to do until a flow is live, while it is looked up: phases with points.
 *
 * A point has its sentence, for who reads the API, and the same as a key with values, for a screen
 * that says it in words of its own; what a fault says has its sentence alone. */
#ifndef DESIGNER_API_CHECKLIST_H
#define DESIGNER_API_CHECKLIST_H

#include <jansson.h>
#include <stdbool.h>

#include "base/ident.h"
#include "base/limits.h"

struct ask;

struct checklist {
    struct ask *ask;
    const char *flow;
    json_t *phases;
    char version[DIGEST_TEXT]; /* that it would become; "": it has faults */
    bool drafted;              /* else it is what is live */
    char template[LIMIT_NAME]; /* that its draft is from, ""; its tests have events, too */
    json_t *called;            /* the flows that were told of: several steps may call one */
    bool done;
};

/* The phase with these points, which it takes. */
void checklist_phase(struct checklist *list, const char *phase, json_t *items);

/* Borrowed: the point is among the items. A key of NULL is none; the values are taken, NULL is
 * none. */
json_t *checklist_add(json_t *items, const char *item, bool done, const char *text, const char *key,
                      json_t *values);

/* What a point is about: of NULL nothing is said. */
void checklist_about(json_t *item, const char *member, const char *name);

/* Discovery: the systems, what they are signed in to with, and the flows that are called. */
void checklist_systems(struct checklist *list, const json_t *bundle);

/* A point for each group that the reviews of the bundle name, and of the flows that it calls. */
void checklist_groups(struct checklist *list, json_t *items, const json_t *bundle);

#endif
