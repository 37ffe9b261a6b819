/* arrival.h - what reaches a flow without a caller: a slot of a schedule, a file, the end of
 * another run. What schedule.c, watch.c and listen.c share; only engine/ includes this.
 *
 * An arrival is handed to receive() of the trigger's type like a request, with a method of its own:
 *   SCHEDULE  body {"slot", "scheduled_at", "previous"}: the moment in UTC and in its zone, and the
 *             moment of the run before (null: none)
 *   FILE      path: the file's name; headers "size" and "modified"; body: its bytes
 *   EVENT     body {"run", "flow", "status", "error", "output", "depth"} */
#ifndef ENGINE_ARRIVAL_H
#define ENGINE_ARRIVAL_H

#include "engine/engine_priv.h"

#define ARRIVAL_RETRY_MS     1000  /* what was refused for want of room or store is tried again */
#define ARRIVAL_RETRY_MAX_MS 60000 /* what was refused for another reason, at last so seldom */

struct arrival {
    const char *method;        /* "SCHEDULE", "FILE", "EVENT" */
    const char *path;
    const struct step_pair *headers;
    size_t header_count;
    const char *body;          /* followed by a NUL that does not count */
    size_t body_size;
};
enum err_code arrival_input(const struct engine *engine, const struct flow_node *node,
                            const struct arrival *arrival, json_t **input,
                            struct err *e) MUST_USE;
/* The same for a body that is JSON; *body is taken. ERR_LIMIT: it is larger than json_limits_reply
 * allows. */
enum err_code arrival_input_json(const struct engine *engine, const struct flow_node *node,
                                 const char *method, json_t **body, json_t **input,
                                 struct err *e) MUST_USE;
/* How the node is reached; false: it is no trigger, or nothing reaches it. */
bool arrival_arm(const struct flow_node *node, struct node_arm *arm);
/* Whether another run may begin that nobody waits for. */
bool arrival_room(const struct engine *engine);
/* The pause before the n-th try again, from 1. */
int64_t arrival_pause(enum err_code code, unsigned n);
/* A fault of the trigger's setting, placed at the beginning of the file. */
void arrival_fault(struct faults *faults, const char *file, const struct flow_node *node,
                   const char *setting, const struct err *e);

#endif
