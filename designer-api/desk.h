/* desk.h - the exceptions desk: whatever waits for a person, as one typed list.
 *
 *   review      a step asks for a decision
 *   unmatched   the same, with candidates to choose from
 *   in_doubt    nobody knows whether an effect happened
 *   dead        a run failed, and nobody has settled it
 *   connection  a system is not used: its credential was refused, or it does not answer
 *
 * An id says the type and what it is about: "review-RUN-lines:3.approve", "dead-RUN",
 * "connection-main:production:FLOW:erp". To people it is opaque. */
#ifndef DESIGNER_API_DESK_H
#define DESIGNER_API_DESK_H

#include "base/ident.h"
#include "designer-api/beside.h"
#include "designer-api/object.h"

enum desk_type { DESK_CONNECTION, DESK_IN_DOUBT, DESK_REVIEW, DESK_UNMATCHED, DESK_DEAD };
#define DESK_TYPES 5u
const char *desk_type_name(enum desk_type type);
bool desk_type_find(const char *name, enum desk_type *type);

#define DESK_ID 512u
struct desk_id {
    enum desk_type type; /* a review may be DESK_UNMATCHED, too: the id says DESK_REVIEW */
    uint64_t run;        /* 0: a connection */
    char about[DESK_ID]; /* path of the step, key of the connection; "": the run itself */
};
void desk_id_text(const struct desk_id *id, char text[DESK_ID]);
bool desk_id_parse(const char *text, struct desk_id *id);

/* One exception as it is shown, found beside the loop; of a connection in look->given, which the
 * loop brought along (desk_connections()). A new reference; NULL with look->e. */
json_t *desk_find(struct beside_ask *look, const char *id);
json_t *desk_task(const struct store_fact *fact);   /* of a review or an effect in doubt */
json_t *desk_dead(const struct store *store, const struct store_run *run); /* of a failed run */
json_t *desk_connections(struct ask *ask);          /* those that are not open; never NULL */
/* Those that the filter {"type"?, "flow"?, "environment"?, "group"?} finds, as an array in
 * look->value; look->incomplete: there are more. */
void desk_collect(struct beside_ask *look, const json_t *filter, unsigned limit);
/* What the caller may do with it, and who has it: on the loop. */
void desk_dress(const struct ask *ask, json_t *exception);
/* Whether the caller is one of those who have chosen a way out: another one agrees. */
bool desk_chose(const struct ask *ask, const json_t *exception);

/* api_desk_act.c: takes the way out that is named, if the caller may. As ask_later()'s. */
enum err_code desk_act(struct ask *ask, json_t *one, const char *port, bool dry,
                       engine_done_fn *told, void *arg, struct err *e) MUST_USE;

#define DESK_KIND "assignment" /* of objects: who has it, until when, what was said */
/* The ETag of an exception: 1 while there is no such object, so that two who take one that nobody
 * has can say that they saw nobody. */
static inline uint64_t desk_revision(const struct object *object)
{
    return (object->body != NULL ? object->revision : 0) + 1;
}

#endif
