/* action_priv.h - what the files that do the work of a manifest's action share: action.c the work
 * itself, action_doubt.c what is done when nobody knows whether it happened. */
#ifndef NODES_CONNECTOR_ACTION_PRIV_H
#define NODES_CONNECTOR_ACTION_PRIV_H

#include "flow/node_sql.h"
#include "nodes/manifest.h"

struct sql_save;
enum action_value { ACTION_INPUT, ACTION_FROM, ACTION_FILE = ACTION_FROM, ACTION_VALUES };
struct action_config {
    struct value *values[ACTION_VALUES]; /* FROM: of lists in pages; FILE: of rows that are saved */
    struct sql_save *save;               /* of an action whose rows become a file */
    bool reverse;
    int pages;     /* index of "all", "one" */
    int64_t limit;
};
/* "input" of every type that is made from an action. */
#define ACTION_INPUT_ROW                                                                           \
    { .kind = FIELD_VALUE, .name = "input",                                                        \
      .offset = offsetof(struct action_config, values[ACTION_INPUT]), .required = true,            \
      .help = "An object, or an expression that gives one; its members are the action's.",         \
      .example = "\"=steps.entry\"" }
enum action_pages { ACTION_PAGES_ALL, ACTION_PAGES_ONE };

/* What the output needs of the input survives the wait as text: the state of a step holds no
 * references. Another attempt finds the state of the first. */
struct action_kept {
    size_t room;
    char text[];
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
    const char *target;               /* in place of path and query; NULL: none */
    json_t *extra;                    /* further members of the query or the body; NULL: none */
    bool extra_in_body;
    json_t *cursor;                   /* of a poll; NULL: none */
};

/* An input that was found good, with its defaults, and what templates see. */
struct action_open {
    json_t *input, *scope;
};
/* keeps_input: action__seen() will need it. To be closed in any case; *details is the step's. */
enum err_code action__open(struct step *step, const struct action *action, json_t *given,
                           bool keeps_input, struct action_open *open, json_t **details,
                           struct err *e) MUST_USE;
void action__close(struct action_open *open);

const struct action *action__of(const struct node_type *type);
struct manifest_look action__look(const struct action *action); /* its own request */
/* What templates see; a new reference or NULL. */
json_t *action__scope(struct step *step, const struct action *action, json_t *input);
void action__evaluated(struct step *step, const void *config, const struct step_values *values);
/* action_pages.c: forgets what an earlier attempt has read. */
void action__page_begin(struct step *step);
/* Asks for the page at `from`; NULL or null: the first. */
void action__page(struct step *step, json_t *given, json_t *from);
/* action_batch.c: {"results", "failed"}; NULL with *e set. */
json_t *action__batch(const struct action *action, json_t *input, json_t *body, struct err *e);
/* action_example.c: ends the step with the case that fits the input. */
void action__simulate(struct step *step, const struct action *action, json_t *input,
                      const struct step_ask *ask);

/* action_promise.c: whether an output fits the action's "output_schema"; if not, the log says so,
 * once for the action. */
void action__promised(const struct step *step, const struct action *action, const json_t *output);
/* step_done() with it. */
void action__done(struct step *step, const struct action *action, json_t **output);

/* action_sql.c. compile: of "save" */
void action__sql_compile(struct flow_build *build, struct action_config *call, const char *pointer);
void action__sql(struct step *step, const struct action_config *call,
                 const struct step_values *values);
/* The same for a poll, which is never simulated; cursor: NULL: none. */
void action__sql_poll(struct step *step, const struct action *action, json_t *given,
                      json_t *cursor, step_sql_fn *then);
/* Ends the step with what the database refused, as the rules say. */
void action__sql_refused(struct step *step, const struct action *action, const struct sql_ask *ask);
enum node_next action__sql_probe(struct step *step, const struct action_config *call);

/* action_answer.c */
/* The output that a reply makes; a new reference, NULL with *e set, which begins as ERR_OK. */
json_t *action__output(struct step *step, const struct action *action, json_t *reply,
                       struct err *e);
void action__replied(struct step *step, const void *config, const struct step_reply *reply);
/* The reply as templates see it when it is a success; a new reference. NULL: *e is set, or the
 * step has ended, as the rules say, when e->code is ERR_OK. */
json_t *action__expected(struct step *step, const struct action *action,
                         const struct step_reply *reply, struct err *e);
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
/* Whether a refusal speaks of what was asked for, as far as it tells; if not, *e says what
 * differs, ERR_IN_DOUBT. */
bool action__speaks_of(const struct manifest_echoes *echoes, json_t *body, json_t *scope,
                       struct err *e);
void action__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt);
enum node_next action__probe(struct step *step, const void *config);
enum node_next action__reverse(struct step *step, const void *config);

#endif
