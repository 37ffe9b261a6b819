/* action_priv.h - what the files that do the work of a manifest's action share: action.c the work
 * itself, action_doubt.c what is done when nobody knows whether it happened. */
#ifndef NODES_CONNECTOR_ACTION_PRIV_H
#define NODES_CONNECTOR_ACTION_PRIV_H

#include "flow/node_sql.h"
#include "nodes/connector/action_ask_priv.h"
#include "nodes/connector/save_priv.h"
#include "nodes/connector/upload_priv.h"
#include "nodes/manifest.h"

struct sql_save;
enum action_value { ACTION_INPUT, ACTION_FROM, ACTION_FILE = ACTION_FROM, ACTION_VALUES };
struct action_files {
    struct upload *list[STEP_UPLOADS]; /* in the manifest's order; NULL: left out */
};
struct action_config {
    struct uploads uploads;      /* first: see there; of `files` */
    struct action_files *files;  /* NULL: the manifest names none, or all were left out */
    struct value *values[ACTION_VALUES]; /* FROM: of lists in pages; FILE: of what is saved */
    struct sql_save *save_rows;          /* of an action whose rows become a file */
    struct saving *save;                 /* of one whose answer does */
    const struct action *action;
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

const struct action *action__of(const struct node_type *type);
struct manifest_look action__look(const struct action *action); /* its own request */
void action__evaluated(struct step *step, const void *config, const struct step_values *values);
enum node_next action__eval(struct step *step, const void *config); /* its values, then that */
/* action_upload.c: the files that an action sends. compile: what the node says of them. */
void action__files_compile(struct flow_build *build, struct action_config *call,
                           const struct action *action, const char *pointer);
/* Adds to the scope what templates see of them. */
enum err_code action__files_see(struct step *step, const struct action *action,
                                const struct action_config *call, json_t *scope,
                                struct err *e) MUST_USE;
/* action_save.c: an answer that becomes a file. compile: of "save" */
void action__save_compile(struct flow_build *build, struct action_config *call,
                          const char *pointer);
enum err_code action__save_ask(const struct action_config *call, const json_t *file,
                               struct step_save *save, struct err *e) MUST_USE;
void action__saved(struct step *step, const struct step_reply *reply);
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

/* action_answer.c: whether a body with a status that is expected is no success */
bool action__says_no(const struct action *action, const struct step_reply *reply, json_t *body);
/* The output that a reply makes; a new reference, NULL with *e set, which begins as ERR_OK. */
json_t *action__output(struct step *step, const struct action *action, json_t *reply,
                       struct err *e);
void action__replied(struct step *step, const void *config, const struct step_reply *reply);
/* The reply as templates see it when it is a success; a new reference. NULL: *e is set, or the
 * step has ended, as the rules say, when e->code is ERR_OK. */
json_t *action__expected(struct step *step, const struct action *action,
                         const struct step_reply *reply, struct err *e);
/* The reply as templates see it; a new reference, NULL with *e set. */
json_t *action__reply(const struct step_reply *reply, struct err *e);
/* What templates see after the reply; a new reference, NULL with *e set. */
json_t *action__seen(struct step *step, const struct action *action, bool keeps_input,
                     json_t *reply, struct err *e);

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
