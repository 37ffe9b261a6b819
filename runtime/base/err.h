/* err.h - one table is the whole truth about an error.
 *
 * A code is both: what a function of ours returns, and, for a step of a run, the *kind* of failure
 * that decides its treatment (docs/FLOWS.md, "Failures are kinds"). A row says the name that people
 * and JSON see, the HTTP status that fits it, whether trying the same thing again can help, and a
 * short text.
 *
 * struct err lives on the caller's stack and needs no release. A function that can fail takes
 * `struct err *e` last and returns enum err_code; it fills *e when, and only when, it does not
 * return ERR_OK. An error is logged once, where it is handled, and returned everywhere else. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define MUST_USE       __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/*    code          name            HTTP  retry  text */
#define ERR_TABLE(X)                                                                              \
    X(OK,           "ok",           200, false, "no error")                                       \
    /* kinds of a failed step: what happened outside or in a rule */                              \
    X(TRANSIENT,    "transient",    502, true,  "a passing failure; trying again can help")       \
    X(TIMEOUT,      "timeout",      504, true,  "no answer in time")                              \
    X(RATE_LIMITED, "rate_limited", 429, true,  "the system asks for fewer requests")             \
    X(UNAVAILABLE,  "unavailable",  503, true,  "the system is down")                             \
    X(AUTH,         "auth",         502, false, "the system refused the credential")              \
    X(INVALID,      "invalid",      422, false, "the data was refused")                           \
    X(DUPLICATE,    "duplicate",    409, false, "it is there already")                            \
    X(RULE,         "rule",         500, false, "a rule or expression failed")                    \
    X(IN_DOUBT,     "in_doubt",     502, false, "nobody knows whether the effect happened")       \
    X(LIMIT,        "limit",        413, false, "a limit was reached")                            \
    X(CANCELLED,    "cancelled",    409, false, "it was cancelled")                               \
    X(POLICY,       "policy",       403, false, "the policy does not allow it")                   \
    /* refusals of a request or a command */                                                      \
    X(USAGE,        "usage",        400, false, "wrong usage")                                    \
    X(SYNTAX,       "syntax",       400, false, "not well-formed")                                \
    X(UNKNOWN,      "unknown_field", 400, false, "there is no such parameter or member here")      \
    X(CURSOR,       "cursor",       400, false, "the cursor is not one of this listing")          \
    X(SIGNATURE,    "signature",    401, false, "the signature does not match")                   \
    X(UNAUTHORIZED, "unauthenticated", 401, false, "sign in first")                               \
    X(EXPIRED,      "expired",      401, false, "the session or token has ended")                 \
    X(FORBIDDEN,    "forbidden",    403, false, "not allowed")                                    \
    X(PROOF,        "proof_needed", 403, false, "prove again who you are")                        \
    X(NOT_FOUND,    "not_found",    404, false, "there is no such thing")                         \
    X(METHOD,       "method",       405, false, "the method is not allowed here")                 \
    X(CONFLICT,     "conflict",     409, false, "it conflicts with what is there")                \
    X(STALE,        "stale",        409, false, "somebody else has changed it meanwhile")         \
    X(GONE,         "gone",         410, false, "it is no longer there")                          \
    X(PRECONDITION, "precondition", 428, false, "If-Match is missing")                            \
    X(MEDIA,        "media",        415, false, "the content type is not accepted")               \
    X(HEADERS,      "headers",      431, false, "too many or too large headers")                  \
    X(OVERLOAD,     "overload",     503, true,  "too much work at once")                          \
    /* failures of our own ground */                                                              \
    X(STORE,        "store",        503, true,  "the store failed")                               \
    X(FATAL,        "fatal",        503, false,                                                   \
      "the store can no longer be trusted; the process ends")                                     \
    X(MEMORY,       "memory",       503, true,  "out of memory")                                  \
    X(IO,           "io",           500, true,  "an input or output operation failed")            \
    X(INTERNAL,     "internal",     500, false, "a fault of the program")

enum err_code {
#define X(code, name, status, retry, text) ERR_##code,
    ERR_TABLE(X)
#undef X
    ERR_COUNT
};

struct err {
    enum err_code code;
    char text[400]; /* for people, UTF-8; names the place and the remedy; never a secret */
};

/* Fills *e (which may be NULL) and returns code, so that `return err_set(...)` reads well. What is
 * no UTF-8 in the text becomes '?', also what "%.200s" cut within a character. */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF(3, 4);
/* Puts "PREFIX: " in front of the text of *e and returns its code. */
enum err_code err_prefix(struct err *e, const char *fmt, ...) PRINTF(2, 3);

const char *err_name(enum err_code code);   /* "rate_limited" */
const char *err_about(enum err_code code);  /* the table's text */
int err_status(enum err_code code);         /* HTTP status */
bool err_retry(enum err_code code);         /* can trying again help */
bool err_find(const char *name, enum err_code *code); /* by name; false if there is none */

#endif
