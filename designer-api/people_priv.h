/* people_priv.h - what the files of people*.c share. Only designer-api/ includes this.
 *
 * Who there is stands in memory (the book), as it is committed; the objects are the truth, and the
 * book is read from them again behind each commit. Kinds: "user" (name, roles), "credential" (of
 * the same id: password, second factor, invitation), "session", "token", "workspace"; all of them
 * in the objects' workspace "". */
#ifndef DESIGNER_API_PEOPLE_PRIV_H
#define DESIGNER_API_PEOPLE_PRIV_H

#include "designer-api/people.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "vault/password.h"
#include "vault/totp.h"

#define PEOPLE_MAGIC    0x50454f50u
#define PEOPLE_MAIN     "main"  /* the operator's own workspace: its administrators manage all */
#define PEOPLE_MOST     10000u  /* persons */
#define SESSIONS_EACH   20u     /* of a person: opening one more ends the least used */
#define TOKENS_EACH     50u
#define PREVIOUS_KEPT   3u      /* passwords beside the present one: the last four are not taken */
#define INVITATION_MS   (48 * 3600 * INT64_C(1000))
#define TICKET_MS       (5 * 60 * 1000)
#define SECRET_BYTES    32u
#define SECRET_TEXT     44u     /* base64url of 32 bytes and a NUL */
#define PEOPLE_ADDRESS  48u
#define PEOPLE_AGENT    200u

struct throttle;
struct sums;
struct people {
    unsigned magic;
    struct people_options options;
    unsigned char key[VAULT_DERIVED]; /* secrets of second factors come from it */
    struct person *persons;
    struct session *sessions;
    struct token *tokens;
    struct ticket *tickets;
    struct dict *by_id, *by_name, *sessions_by_id, *sessions_by_hash, *tokens_by_hash;
    char first[SECRET_TEXT];  /* "": there is an administrator */
    bool first_busy;
    char decoy[PASSWORD_TEXT];
    struct throttle *throttle;
    struct sums *sums;
    bool closed;
    size_t under_way;         /* commits and sums that come back; freed behind the last */
};

/* ---- people.c */
int64_t people__now(const struct people *people);
/* The last moment of a span that began at a wall time: by both clocks, so that a wall clock that is
 * set back makes it no longer. One that began in the future is over. */
struct deadline people__last(const struct people *people, int64_t since_ms, int64_t span_ms);
void people__hold(struct people *people);
void people__let(struct people *people);       /* may free it */
/* An id ("u" and 20 hex digits), a secret, and the hash that is kept of one. */
void people__id(struct people *people, char kind, char id[LIMIT_ID]);
void people__secret(struct people *people, char text[SECRET_TEXT]);
void people__hash(const char *purpose, const char *secret, char hash[HASH_TEXT]);
/* For the audit, by the name that is known there. */
void people__audit(struct people *people, const char *by, const char *what, const char *object,
                   json_t *detail); /* takes detail */

/* ---- people_throttle.c */
struct throttle *throttle_new(void);
void throttle_free(struct throttle *throttle);
/* "2001:db8:1:2:" of an IPv6 address; the whole of another one. */
void throttle_network(const char *address, char text[PEOPLE_ADDRESS]);
/* 0: go on; else so many seconds must pass. */
int64_t throttle_wait(struct throttle *throttle, int64_t now_ms, const char *name,
                      const char *address);
/* Returns the failures of that name from there. */
unsigned throttle_failed(struct throttle *throttle, int64_t now_ms, const char *name,
                         const char *address);
void throttle_passed(struct throttle *throttle, const char *name, const char *address);

/* ---- people_sum.c: passwords, beside the loop */
struct sum {
    char *given;            /* compared with the first of `kept`; NULL: nothing is */
    char *wanted;           /* the new one: compared with all of `kept`, then made; NULL: none */
    char kept[PREVIOUS_KEPT + 1][PASSWORD_TEXT];
    unsigned kept_count;
    unsigned char salt[PASSWORD_SALT];
    bool matches;           /* given is the first */
    bool again;             /* wanted was one of them */
    char made[PASSWORD_TEXT]; /* of wanted; of given when it matches and is out of date; "" */
    struct err e;           /* of the making */
};
struct sum *sum_new(struct people *people, const char *given, const char *wanted);
void sum_free(struct sum *sum); /* wipes */
void sum_keep(struct sum *sum, const char *kept);
typedef void sum_done_fn(void *arg, struct sum *sum); /* sum: borrowed */
struct sums *sums_new(void);
void sums_free(struct sums *sums);
/* Takes sum. ERR_OVERLOAD: too many wait. */
enum err_code people__sum(struct people *people, struct sum *sum, sum_done_fn *done, void *arg,
                          struct err *e) MUST_USE;

/* ---- people_way.c: the request's way here: address, cookie, origin */
struct way {
    char address[PEOPLE_ADDRESS], agent[PEOPLE_AGENT];
    bool secure;  /* it came over HTTPS */
    bool machine; /* it came from this machine */
};
void people__way(const struct http_request *request, struct way *way);
/* The session's secret of the cookie; "" when there is none. */
void people__cookie(const struct http_request *request, char secret[SECRET_TEXT]);
void people__set_cookie(const struct way *way, const char *secret, int64_t seconds, char text[256]);
enum err_code people__origin(const struct http_request *request, struct err *e) MUST_USE;
void people__csrf(const char *secret, char csrf[HASH_TEXT]);

#endif
