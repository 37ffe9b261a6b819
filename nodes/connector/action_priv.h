/* action_priv.h - what the files that do the work of a manifest's action share: action.c the work
 * itself, action_doubt.c what is done when nobody knows whether it happened. */
#ifndef NODES_CONNECTOR_ACTION_PRIV_H
#define NODES_CONNECTOR_ACTION_PRIV_H

#include "nodes/manifest.h"

struct action_config {
    struct value *input;
    bool reverse;
};

/* One request that an action's input leads to. */
struct action_ask {
    const struct action *action;
    const struct manifest_look *look; /* method, path, query, headers, body */
    enum effect_class effect;
    bool keeps_input;                 /* action__seen() will need it */
    bool whole;                       /* every place must have something: else it would be looked
                                         for anything, or anything undone */
    step_call_fn *then;
};

const struct action *action__of(const struct node_type *type);
/* Checks the input, builds the request and sends it; on a failure the step has ended. */
void action__ask(struct step *step, json_t *given, const struct action_ask *ask);
/* The reply as templates see it; a new reference, NULL with *e set. */
json_t *action__reply(const struct step_reply *reply, struct err *e);
/* What templates see after the reply; a new reference, NULL with *e set. */
json_t *action__seen(struct step *step, const struct action *action, bool keeps_input,
                     json_t *reply, struct err *e);

/* Whether the scope has what the templates name; if not, *e says what is missing. */
bool action__is_whole(const struct manifest_look *look, json_t *scope, struct err *e);
/* Whether the answer repeats what was asked for; if not, *e says what differs, ERR_IN_DOUBT. */
bool action__echoes(const struct manifest_echoes *echoes, json_t *body, json_t *scope,
                    struct err *e);
void action__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt);
enum node_next action__probe(struct step *step, const void *config);
enum node_next action__reverse(struct step *step, const void *config);

#endif
