/* ask.h - one request at an operation of the contract, and its answers.
 *
 * When a handler gets an ask, the route was found, the caller is known and may do it, and the
 * parameters and the body fit the contract: handlers translate, ask the engine, the store or the
 * objects, and answer. An ask is borrowed for the call; who answers later holds an ask_later. */
#ifndef DESIGNER_API_ASK_H
#define DESIGNER_API_ASK_H

#include <jansson.h>

#include "base/err.h"
#include "base/limits.h"
#include "designer-api/who.h"
#include "engine/engine.h"
#include "io/http_in.h"

struct api;
struct ask_end;
struct contract_operation;
#define ASK_PATH_MAX 3
struct ask {
    struct api *api;
    struct http_in *in;
    const struct http_request *request;
    const struct contract_operation *operation;
    const struct who *who;
    /* what stands for {…} in the path, decoded, in the order of the path */
    char path[ASK_PATH_MAX][LIMIT_PATH];
    json_t *query;      /* an object of the parameters that were given or have a default, typed:
                           integers, booleans and texts. Borrowed */
    json_t *body;       /* NULL where the operation has none. Borrowed */
    const char *text;   /* the body's bytes, where its content type is not JSON */
    size_t text_size;
    const struct ask_end *end; /* where the answer goes (ask.c) */
    json_t *faults;     /* what contract_read() found wrong; owned by its caller */
    char by[WHO_NAME];  /* "by" of a body at the local socket: who stands there; "" if not said */
    bool kept;          /* it outlives its request, of which this is left: */
    char *if_match;     /* NULL: it had none */
};
/* A copy that outlives the handler and the request: to be asked again, or answered later. */
void ask_keep(struct ask *kept, const struct ask *ask);
void ask_kept_fini(struct ask *kept);
typedef void ask_handler_fn(struct ask *ask);
struct ask_bind { /* an operation of the contract and who answers it; a list ends with NULL */
    const char *operation;
    ask_handler_fn *handler;
};

const char *ask_text(const struct ask *ask, const char *parameter);           /* NULL: not given */
int64_t ask_number(const struct ask *ask, const char *parameter, int64_t otherwise);
bool ask_flag(const struct ask *ask, const char *parameter);
/* If-Match as a revision of an object: *revision; ERR_PRECONDITION (428) when it is missing,
 * ERR_USAGE when it is none. */
enum err_code ask_if_match(const struct ask *ask, uint64_t *revision, struct err *e) MUST_USE;
/* The same where it may be missing: then *revision stays. */
enum err_code ask_if_match_given(const struct ask *ask, uint64_t *revision,
                                 struct err *e) MUST_USE;
/* A cursor of ask_page(); *given: there is one. ERR_CURSOR when this listing, with these filters,
 * did not make it. */
enum err_code ask_cursor(const struct ask *ask, char cursor[LIMIT_PATH], bool *given,
                         struct err *e) MUST_USE;

/* ---- Answers, one for each ask. Values are taken. */
void ask_give(struct ask *ask, int status, json_t *value);
/* with ETag: "REVISION" */
void ask_give_revision(struct ask *ask, int status, json_t *value, uint64_t revision);
/* {"items": [...], "next"?: cursor}; next: what the next page begins behind, NULL: this is the
 * last. total < 0: not known */
void ask_page(struct ask *ask, json_t *items, const char *next, int64_t total);
/* The same of a look that was ended by its bounds: with "incomplete": true */
void ask_page_more(struct ask *ask, json_t *items, const char *next, int64_t total,
                   bool incomplete);
void ask_nothing(struct ask *ask); /* 204 */
/* Bytes as a download or a page of text; headers may be NULL. */
void ask_bytes(struct ask *ask, int status, const char *content_type, const char *bytes,
               size_t size, const struct pair *headers, size_t header_count);
void ask_refuse(struct ask *ask, const struct err *e);
/* 400/422 with the faults of a document: `faults` is an array of {pointer, message, line?, column?,
 * warning?}; taken. */
void ask_refuse_faults(struct ask *ask, const struct err *e, json_t *faults);
/* With more members in the problem: what the newest revision is, how it differs. Taken. A member
 * "revision" becomes the answer's ETag, too. */
void ask_refuse_with(struct ask *ask, const struct err *e, json_t *members);
/* value, or refuses with *e when it is NULL */
void ask_give_or_refuse(struct ask *ask, json_t *value, const struct err *e);

/* ---- Later. Answer with later_*; it is freed by that. The caller may have gone meanwhile. */
struct ask_later;
struct ask_later *ask_later(struct ask *ask);
void later_give(struct ask_later *later, int status, json_t *value); /* value NULL: 204 */
void later_give_revision(struct ask_later *later, int status, json_t *value, uint64_t revision);
void later_refuse(struct ask_later *later, const struct err *e);
void later_drop(struct ask_later *later); /* the ask was answered or refused at once after all */
/* For engine_done_fn: gives what was put in by later_will(), or refuses. */
void later_will(struct ask_later *later, int status, json_t *value, uint64_t revision);
/* NULL: the program has none, or it ends and they are gone. */
struct alerts *later_alerts(const struct ask_later *later);
void later_told(void *later, const struct err *e);

/* ---- The rooms behind the API */
struct engine *ask_engine(const struct ask *ask);
struct store *ask_store(const struct ask *ask);
struct objects *ask_objects(const struct ask *ask);
struct people *ask_people(const struct ask *ask);
struct clock *ask_clock(const struct ask *ask);
struct templates *ask_templates(const struct ask *ask);

#endif
