/* connector.h - what the engine must know of an external system: where it is, how to sign in.
 *
 * It comes from the system's manifest (nodes/connectors/NAME/manifest.json, docs/CONNECTORS.md).
 * A node type made from a manifest's action has node_type.connector = the system's name, and its
 * node_type.data points to a struct that begins with struct connector_data. Everything is const
 * and lives as long as the node types.
 *
 * A *template* is a text with places: "{NAME}" stands for the value of the connection's setting
 * NAME; "{{" and "}}" are a literal brace. Nothing else is special. The manifest's reader has
 * checked that braces are balanced and that each place names a setting of kind text or url, never
 * a secret. How the engine fills a place:
 *   - In a base URL or token URL, a setting of kind url stands only at the very beginning and is
 *     taken as it is, without trailing slashes ("{resource}/api"). Every other place is
 *     percent-encoded but for RFC 3986's unreserved characters (letters, digits, "-._~"), so
 *     that a value cannot leave its place.
 *   - In any other text the value is taken as it is; a control character in a header's value is
 *     an error.
 * A setting that the connection leaves out has its fallback; a required one without either is an
 * error of the connection that names the setting. One that is neither is the empty text. */
#ifndef FLOW_CONNECTOR_H
#define FLOW_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/node.h"
#include "flow/registry.h"
#include "flow/sign_in.h"

#define SETTING_KINDS(X)                                                                  \
    X(TEXT,   "text")                                                                     \
    X(URL,    "url")    /* http or https with a host: "https://contoso.crm4.dynamics.com" */ \
    X(SECRET, "secret") /* lives in the vault; the connection holds only its name there   */ \
    X(NAME,   "name")   /* of a table, column or procedure: a part of statements          */
enum setting_kind {
#define X(code, name) SETTING_##code,
    SETTING_KINDS(X)
#undef X
};

struct connector_setting {
    const char *name;        /* "tenant" */
    enum setting_kind kind;
    const char *title;       /* "Directory (tenant) id" */
    const char *help;        /* what it is and where a person finds it */
    const char *example;     /* NULL: none */
    const char *fallback;    /* NULL: none */
    bool required;
};

/* How to sign in: the manifest's object, whose texts are templates; sign_in.h says what each way
 * takes. */
struct connector_sign_in {
    enum sign_in type;
    const json_t *members;   /* NULL: those below are all, of a system that is not a manifest's */
    const char *user;        /* a template, or NULL */
    const char *secret;      /* the name of a setting of kind secret, or NULL */
};

/* How much the system takes, unless the connection says otherwise; 0: not said. */
struct connector_limits {
    unsigned requests, burst; /* in per_ms; so many of them at once, 0: 1 */
    int64_t per_ms;
    unsigned concurrency;    /* calls at a time */
    struct connector_budget { /* headers of its answers that tell of one thing it gives */
        const char *remaining; /* what is left: "7", "0.42", or used of all, "33/40" */
        const char *reset;   /* until when: "90", "2.5", "6m0s"; or since 1970. NULL: not said */
    } budgets[4];
    size_t budget_count;
};

struct connector_environment {
    const char *name;        /* "production": what the connection's "environment" says */
    const char *base_url;    /* template without trailing slash; a target "/data/X" follows it */
};

struct connector_info {
    const char *name;        /* "dynamics365" */
    /* of a base URL, parted by spaces: "sftp"; NULL: http and https; "": it has no URL */
    const char *schemes;
    const char *title;       /* "Microsoft Dynamics 365" */
    const char *version;     /* the manifest's: "1.0" */
    const char *credential;  /* for people: what to do when it is refused; NULL: not said */
    const struct connector_environment *environments; /* one at least; the first is the default */
    size_t environment_count;
    const struct connector_setting *settings;
    size_t setting_count;
    struct connector_sign_in sign_in;
    const struct step_pair *headers; /* values are templates. The engine sends them with every call
                                        through a connection of this system, but for those that
                                        the call itself has (names without case) */
    size_t header_count;
    struct connector_limits limits;
};

/* What node_type.data begins with when node_type.connector is not NULL. */
struct connector_data {
    const struct connector_info *info;
    json_t *input;           /* JSON Schema of the action's input, for the form and the reference */
    json_t *example;         /* {"input", "output"}: the output is what a simulated call gives */
    json_t *output;          /* JSON Schema of the action's output; NULL: not said */
    json_t *examples;        /* further cases: a list of {"name", "when", "input", "output" or
                                "error"}; NULL: none */
};
/* The system a type belongs to; NULL for a type that is not made from a manifest. */
const struct connector_info *connector_of(const struct node_type *type);
/* By name, among the registered types; NULL if there is none. */
const struct connector_info *connector_find(const struct registry *registry, const char *name);
/* Whether its connections lead to a database (node_sql.h); info: NULL is fine. */
bool connector_is_database(const struct connector_info *info);
/* Whether a node of the type may use a connection of that system: its own, or for statements of a
 * flow's own (connector.sql) any database. */
bool connector_serves(const struct registry *registry, const struct node_type *type,
                      const char *connector);
/* Whether a setting can have the value (NULL: left out), as far as it can be told by itself. */
enum err_code connector_setting_check(const struct connector_setting *setting, const char *value,
                                      struct err *e) MUST_USE;
const char *setting_kind_name(enum setting_kind kind);

#endif
