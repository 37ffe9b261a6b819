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
#include "nodes/reply.h"

/* What a status, and a code in the body if one is named, mean. */
struct manifest_rule {
    struct status_set status;
    const char *code;          /* NULL: any */
    enum err_code kind;
    bool not_processed;        /* the system did nothing, whatever the status */
};
struct manifest_rules {
    struct manifest_rule *list;
    size_t count;
};

/* What the answer must say of what was asked for. */
struct manifest_echo {
    const char *field;         /* dotted path in the body */
    const char *equals;        /* template; what it has no value for is not compared */
};
struct manifest_echoes {
    struct manifest_echo *list;
    size_t count;
};

/* How to look whether an effect happened, or to undo it. */
struct manifest_look {
    const char *method, *path; /* NULL: there is none */
    json_t *query, *headers, *body, *output;
    const char *found;         /* dotted path: what is there only if it happened; NULL: a 2xx is */
    struct status_set expect, absent;
    struct manifest_echoes echo;
    int64_t settle_ms;
    bool read_after_write;
};

struct manifest;
struct schema;
struct action {
    struct connector_data data; /* first: see flow/connector.h */
    struct node_type type;
    const struct manifest *manifest;
    struct schema *shape;       /* of data.input; owned */
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
    bool keeps_input;           /* the output needs it */
    char *name, *title, *example; /* of the type; owned */
};

struct manifest {
    json_t *root;               /* everything below borrows from it */
    struct connector_info info;
    const char *help;
    struct connector_environment *environments;
    struct connector_setting *settings;
    struct step_pair *headers;
    const char *code;           /* dotted path to the error code in a body; NULL: none */
    const char **messages;      /* dotted paths, NULL-terminated; NULL: the usual ones */
    struct manifest_rules rules;
    struct action *actions;
    size_t action_count;
};

/* file: the name faults carry. NULL when there is an error among the faults. */
struct manifest *manifest_read(const char *file, const char *text, size_t size,
                               struct faults *faults) MUST_USE;
void manifest_free(struct manifest *manifest); /* NULL is fine; its types must be out of use */
void manifest_add(const struct manifest *manifest, struct registry *registry);

/* Does the work of every type made from a manifest (connector/action.c). */
extern const struct node_type action_type;
/* Its settings, when its action can be reversed. */
extern const struct field action_fields_reversible[];
/* What an answer of that status, with that code or NULL in its body, means for an action. */
struct reply_verdict action_classify(const struct action *action, int status, const char *code);

#endif
