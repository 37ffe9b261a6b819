/* manifest.h - an external system as a manifest describes it (docs/CONNECTORS.md).
 *
 * Reading checks everything that can be checked: members, templates and the settings and input
 * members they name, schemas, and that the examples fit. A manifest that was read makes node
 * types, one for each action; all are const from then on, and live as long as the manifest. */
#ifndef NODES_MANIFEST_H
#define NODES_MANIFEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "flow/connector.h"
#include "flow/faults.h"
#include "flow/registry.h"
#include "nodes/manifest_cursor.h"
#include "nodes/manifest_parts.h"
#include "nodes/trigger/verify.h"

struct manifest; struct schema;
struct action {
    struct connector_data data; /* first: see flow/connector.h */
    struct node_type type;
    const struct manifest *manifest;
    struct schema *shape;       /* of data.input; owned */
    struct manifest_promise promise; /* of data.output */
    const char *method;
    const char *path;           /* template */
    json_t *query, *headers, *body; /* templates; NULL: none */
    json_t *output;             /* template; NULL: the reply's body */
    enum effect_class effect;
    const char *key_header;     /* NULL: none */
    int64_t key_valid_ms;       /* 0: not said */
    struct manifest_echoes echo;
    struct manifest_look probe, reversal;
    struct status_set expect;
    struct manifest_rules rules; /* looked at before the manifest's */
    struct manifest_pages pages;
    struct manifest_batch batch;
    struct manifest_sql sql;
    struct manifest_files files;
    bool keeps_input;           /* the output needs it */
    bool polls;                 /* it is what an event asks: its templates see the cursor */
    bool names_cursor, names_from, names_to; /* what of it they see */
    char *name, *title, *example; /* of the type; owned */
};

/* Something that happens in the system and begins a run: it tells us, or we ask. */
enum event_kind { EVENT_WEBHOOK, EVENT_POLL };
struct manifest_event {
    struct action action;       /* first: see flow/connector.h. Of a poll: what it asks */
    enum event_kind kind;
    /* webhook */
    const char *path, *method, *compare; /* path and compare are proposals */
    struct verify verify;       /* but for the secret's name, which the flow says */
    const char *greeting_param; /* handshake: a member of the query that is sent back; NULL: none */
    json_t *greeting_when, *greeting_answer; /* handshake: such a body has this answer */
    bool ignores_empty;         /* an empty body only asks whether we are there */
    const char *items;          /* poll: dotted path of the list; NULL: the body is it */
    json_t *none;               /* poll: where it holds, there are no items, nor a list; NULL */
    struct manifest_cursor cursor; /* poll: where the next one goes on */
    /* of the type; owned */
    struct field *fields;
    char *id, *every;
    json_t *input;              /* a schema for those that say none */
};

struct manifest {
    json_t *root;               /* everything below borrows from it */
    struct connector_info info;
    const char *help;
    struct connector_environment *environments;
    struct connector_setting *settings;
    struct step_pair *headers;
    json_t *code;               /* dotted path to a body's error code, or a list; NULL: none */
    const char **messages;      /* dotted paths, NULL-terminated; NULL: the usual ones */
    struct manifest_rules rules;
    struct action *actions;
    size_t action_count;
    struct manifest_event *events;
    size_t event_count;
};

bool manifest_name_valid(const char *name); /* of a system: [a-z][a-z0-9_]* */
/* file: the name faults carry. NULL when there is an error among the faults. */
struct manifest *manifest_read(const char *file, const char *text, size_t size,
                               struct faults *faults) MUST_USE;
void manifest_free(struct manifest *manifest); /* NULL is fine; its types must be out of use */
void manifest_add(const struct manifest *manifest, struct registry *registry);

extern const struct node_type action_type; /* does the work of all: connector/action.c */
extern const struct field action_fields_reversible[], action_fields_paged[];

/* Of triggers made from events (connector/action_event.c): types, and rows to copy. */
extern const struct node_type system_hook_type, system_poll_type;
extern const struct field system_hook_fields[], system_poll_fields[];

/* manifest_rules.c: an answer as rules see it; code and message NULL: it has none. Borrowed. */
struct manifest_answer {
    int status;
    const char *code, *message;
    json_t *body;
    bool mute;                 /* a refusal without members: no rule fits that looks into it */
};
#define MANIFEST_CODE 100u /* bytes of text */
/* Its code, in body or header; either may be NULL. NULL: none, or longer than `text`. */
const char *manifest_code(const struct manifest *manifest, json_t *body,
                          const struct step_reply *reply, char *text);
/* What an answer that is no success means, and the milliseconds its "wait" says; -1: nothing. */
struct reply_verdict action_classify(const struct action *action,
                                     const struct manifest_answer *answer);
int64_t action_wait(const struct action *action, const struct manifest_answer *answer);
/* The first rule of action and manifest that fits; NULL: none. */
const struct manifest_rule *action_rule(const struct action *action,
                                        const struct manifest_answer *answer);
/* Whether an answer of an expected status is no success: a rule says so that looks inside. */
bool action_refuses(const struct action *action, const struct manifest_answer *answer);
bool manifest_when(const json_t *when, json_t *value);
#endif
