/* action_ask_priv.h - one request that an action's input leads to: the input is checked against the
 * action's schema, the templates are filled, and the request is sent. */
#ifndef NODES_CONNECTOR_ACTION_ASK_PRIV_H
#define NODES_CONNECTOR_ACTION_ASK_PRIV_H

#include "flow/node.h"
#include "nodes/manifest.h"

struct action_config;
/* What the output needs of the input survives the wait as text: the state of a step holds no
 * references. Another attempt finds the state of the first. Before it lies what was found of the
 * action's files, if it sends any. */
struct action_kept {
    size_t room;
    char text[];
};

size_t action__kept_at(const struct action *action); /* of a struct action_kept in the state */

/* One request that an action's input leads to. */
struct action_ask {
    const struct action *action;
    const struct manifest_look *look; /* method, path, query, headers, body */
    enum effect_class effect;
    bool keeps_input;                 /* action__seen() will need it */
    bool whole;                       /* every place must have something: else it would be looked
                                         for anything, or anything undone */
    step_call_fn *then;
    const char *target;               /* in place of path and query; NULL: none */
    json_t *extra;                    /* further members of the query or the body; NULL: none */
    bool extra_in_body;
    json_t *cursor, *window;          /* of a poll; NULL: none */
    bool takes_cut;                   /* as of struct step_ask */
    const struct step_save *save;     /* its answer becomes a file; NULL: none */
    const struct action_config *files; /* whose files stand in the body; NULL: none */
};

/* What is meant by an input as it was given; a new reference. */
json_t *action__meant(const struct action *action, json_t *given);

/* An input that was found good, with its defaults, and what templates see. */
struct action_open {
    json_t *input, *scope;
};
/* keeps_input: action__seen() will need it. To be closed in any case; *details is the step's. */
enum err_code action__open(struct step *step, const struct action *action, json_t *given,
                           bool keeps_input, struct action_open *open, json_t **details,
                           struct err *e) MUST_USE;
void action__close(struct action_open *open);
/* What templates see; a new reference or NULL. */
json_t *action__scope(struct step *step, const struct action *action, json_t *input);
/* Checks the input, builds the request and sends it; on a failure the step has ended. */
void action__ask(struct step *step, json_t *given, const struct action_ask *ask);
/* Whether the scope has what the templates name; if not, *e says what is missing. */
bool action__is_whole(const struct manifest_look *look, json_t *scope, struct err *e);

#endif
