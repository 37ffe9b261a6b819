/* manifest_parts.h - what a manifest says of requests and answers: the parts of actions and events
 * (manifest.h), as they were read. Everything borrows from the manifest's JSON. */
#ifndef NODES_MANIFEST_PARTS_H
#define NODES_MANIFEST_PARTS_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sql_ask.h"
#include "nodes/reply.h"

/* What an answer means of which all that is said here holds. */
struct manifest_rule {
    struct status_set status;  /* empty: any */
    json_t *code;              /* a text or a list of texts; NULL: any */
    const char *message;       /* a part of it, without case; NULL: any */
    json_t *when;              /* dotted path -> value, list of values, {"not": these}; NULL: any */
    enum err_code kind;
    bool not_processed;        /* the system did nothing, whatever the status */
    struct reply_meaning meaning; /* for people */
    const char *need, *have, *per_second; /* paths of points, which say how long to wait; or NULL */
};
struct manifest_rules {
    struct manifest_rule *list;
    size_t count;
};

/* What the answer must say of what was asked for. */
struct manifest_echo {
    const char *field;         /* dotted path in the body */
    const char *equals;        /* template; what it has no value for is not compared */
    bool optional, padded;     /* without it nothing is said; blanks at the end do not count */
    bool refused;              /* compared in a refusal, too, where that has it */
};
struct manifest_echoes {
    struct manifest_echo *list;
    size_t count;
};

/* How to look whether an effect happened, or to undo it; method NULL: there is no way. */
struct manifest_look {
    const char *method, *path;
    json_t *query, *headers, *body, *output;
    const char *found;         /* dotted path: what is there only if it happened; NULL: a 2xx is */
    json_t *when;              /* as a rule's: what does not fit proves nothing; NULL: all does */
    struct status_set expect, absent;
    struct manifest_echoes echo;
    int64_t settle_ms;
    bool read_after_write, single; /* single: `found` begins a list that may have no second */
};

/* A statement of an action over SQL, whose transaction has one or several of them. */
struct manifest_statement {
    const char *text;          /* template, whose places are settings of kind name */
    json_t *params;            /* templates by name; what is left out is null */
    json_t *types, *columns, *out; /* as those of connector.sql; NULL: none */
    enum sql_result result;
    int64_t max_rows, expect;
    const char *again;         /* one of `out`; NULL: it is done once */
};
struct manifest_sql {
    struct manifest_statement *list; /* owned; NULL: the action speaks HTTP */
    size_t count;
    struct manifest_statement probe, details; /* its first row, and more of it; text NULL: none */
    bool save;                       /* the rows become a file, which the node names */
};

/* A file of this machine that an action sends, named by the node (docs/CONNECTORS.md). */
struct manifest_file {
    const char *name, *help;
    const char *part;          /* of the form; NULL: it is the whole body */
    const char *type;          /* its media type; NULL: bytes */
    int64_t limit;             /* bytes */
    bool optional, filename;   /* filename: the system is told its name */
};
struct manifest_files {
    struct manifest_file *list; /* owned; NULL: none */
    size_t count;
    struct field *rows;        /* owned: the node's settings with those of the files */
    bool saves;                /* its answer becomes one, which the node names */
};

struct schema;
/* What an output will be; both owned, NULL: not said. */
struct manifest_promise {
    struct schema *schema;
    atomic_bool *told;         /* that an answer did not fit it */
};

/* How a list comes in pages. */
enum pages_type {
    PAGES_NONE,
    PAGES_LINK, PAGES_LINK_HEADER, PAGES_CURSOR, PAGES_OFFSET, PAGES_PAGE,
};
struct manifest_pages {
    enum pages_type type;
    const char *items;         /* dotted path of the list in the body; NULL: the body is it */
    const char *next;          /* LINK, CURSOR: dotted path of what leads on */
    const char *more;          /* dotted path: true when there are more; NULL: not said */
    const char *total;         /* OFFSET, PAGE: dotted path of how many there are; NULL: not said */
    const char *param;         /* CURSOR, OFFSET, PAGE: of the query or the body */
    const char *size_param;    /* NULL: not sent */
    int64_t size;              /* of a page; 0: not said */
    int64_t first;             /* OFFSET, PAGE: where the first page begins */
    bool in_body;
};

struct manifest_batch {
    const char *items;         /* member of the input, a list of many; NULL: it takes no batch */
    const char *results;       /* dotted path of the list in the answer */
    const char *item_id, *result_id; /* dotted paths that join them; NULL: by their order */
    json_t *failed;            /* as manifest_rule.when, of a result: this one was refused */
    const char *message;       /* dotted path in a result that was refused; NULL: not said */
};

#endif
