/* reply.h - what an answer over HTTP means to a step.
 *
 * An expected status is success. Of every other one the question is whether the effect may have
 * happened. A 4xx says that it did not, and so does a status that the system declares as "not
 * processed". A 3xx, an unexpected 2xx, a 408 and any other 5xx say nothing: after an effect that
 * must not be repeated freely such an answer is *unsure*, and what follows is no plain retry. */
#ifndef NODES_REPLY_H
#define NODES_REPLY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "flow/node_doubt.h"

#define REPLY_EXCERPT 500u /* bytes of an answer that are kept with an error */
#define REPLY_RANGES  20u

/* Statuses: "2xx", 404. */
struct status_set {
    struct {
        int from, to;
    } range[REPLY_RANGES];
    size_t count;
};
/* Reads a list of numbers and of texts like "2xx"; a single one stands for a list of one. NULL
 * gives `fallback` (which may be NULL: the empty set). False: it is none, and *set is empty. */
bool status_set_read(struct status_set *set, const json_t *json, const char *fallback);
bool status_set_has(const struct status_set *set, int status);

/* What a manifest says of such an answer, for people (docs/CONNECTORS.md). Borrowed; NULL: nothing.
 * It goes into the error's details as "meaning", where the diagnosis finds it. */
struct reply_meaning {
    const char *system, *cause, *help, *remedy;
};
struct reply_verdict {
    enum err_code code;
    bool unsure;
    struct reply_meaning meaning;
};
/* Of a status that is no success. */
struct reply_verdict reply_classify(int status, enum effect_class effect, bool not_processed);

/* The body as JSON when it is declared as such, else a text; null when empty; {"base64": text}
 * when it is no UTF-8. A new reference. ERR_TRANSIENT: declared as JSON and is none. */
enum err_code reply_body(const struct step_reply *reply, json_t **body, struct err *e) MUST_USE;
/* The same for who knows better than its Content-Type: always JSON; a text (ERR_INVALID when it is
 * no UTF-8); {"base64": text}. */
enum err_code reply_json(const struct step_reply *reply, json_t **body, struct err *e) MUST_USE;
enum err_code reply_text(const struct step_reply *reply, json_t **body, struct err *e) MUST_USE;
enum err_code reply_raw(const struct step_reply *reply, json_t **body, struct err *e) MUST_USE;
/* The Content-Encoding of a body; NULL: none, it stands there as it is. */
const char *reply_coding(const struct step_reply *reply);
/* What the system says about its refusal, from `more` places (dotted paths, NULL-terminated, may be
 * NULL) or those where systems say it: {"error": {"message"}}, {"detail"}, ... "" when it says
 * nothing. body may be NULL. */
void reply_message(json_t *body, const char *const *more, char *text, size_t room);
/* {"status", "answer": the first REPLY_EXCERPT bytes}; a new reference or NULL. */
json_t *reply_details(const struct step_reply *reply) MUST_USE;
/* Adds what it says to *details, which is made when it is NULL. */
void reply_mean(json_t **details, const struct reply_meaning *meaning);
/* Ends the step with the verdict; says what the status and the message are. */
void reply_fail(struct step *step, const struct step_reply *reply, struct reply_verdict verdict,
                const char *message);
/* A member of nested objects and arrays by a dotted path, "value.0.id"; "*" is a member of an
 * object, whatever its name: the first from which the rest leads on. Names may have dots. Borrowed,
 * NULL: none. */
json_t *reply_find(json_t *json, const char *path);
/* What the answer to a probe says when `found`, a dotted path, names what it has only if the effect
 * happened (NULL: any answer says that it did). *value: what stands there. An answer in which
 * nothing could hold it does not say that it did not happen. */
enum probe_result reply_probe(json_t *body, const char *found, json_t **value);

/* The value of a header, whatever its case; NULL: it has none. */
const char *reply_header(const struct step_reply *reply, const char *name);

#endif
