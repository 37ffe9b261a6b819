/* people_book_priv.h - the book: who there is, as it is committed, and how it is changed. The
 * objects are the truth; the book is read from them again behind each commit. */
#ifndef DESIGNER_API_PEOPLE_BOOK_PRIV_H
#define DESIGNER_API_PEOPLE_BOOK_PRIV_H

#include "designer-api/people_priv.h"

struct act;
struct person {
    char id[LIMIT_ID], name[WHO_NAME];
    json_t *body;       /* {name, title?, email?, roles: {workspace: role}, disabled?, since_ms?} */
    uint64_t revision;
    int64_t created_ms, changed_ms;
    json_t *credential; /* {password?, previous?, factor?, invitation?, since_ms?}; NULL: none */
    uint64_t credential_revision;
    uint64_t counter;   /* of the last code taken, from the moment it is taken */
    char pending[DIGEST_TEXT]; /* a second factor that is not confirmed yet: its nonce; "" */
    int64_t pending_ms;
    struct person *next;
};
struct session {
    char id[LIMIT_ID], hash[HASH_TEXT], user[LIMIT_ID], workspace[LIMIT_ID];
    char address[PEOPLE_ADDRESS], agent[PEOPLE_AGENT];
    int64_t opened_ms, used_ms, renewed_ms, proved_ms;
    int64_t kept_ms;    /* used_ms as it is stored */
    struct deadline rests, ends; /* its last moment without a use, and with */
    bool factor;
    uint64_t revision;
    bool busy, ended;   /* a change of it is under way; it is no longer one */
    bool removing;      /* its object goes, or could not be removed */
    struct act *renews; /* waits for the change that is under way; NULL: nobody does */
    struct session *next;
};
struct token {
    char id[LIMIT_ID], hash[HASH_TEXT], user[LIMIT_ID], workspace[LIMIT_ID], name[WHO_NAME];
    char used_from[PEOPLE_ADDRESS];
    uint64_t scopes;
    int64_t made_ms, ends_ms, used_ms, kept_ms, told_ms; /* told: its use, in the audit */
    uint64_t revision;
    bool busy, ended;
    struct token *next;
};
struct ticket { /* the password was right, the second factor is asked for */
    char hash[HASH_TEXT], user[LIMIT_ID];
    int64_t ends_ms;
    unsigned wrong;
    struct ticket *next;
};

/* ---- people_book.c: who there is */
enum err_code people__load(struct people *people, struct err *e) MUST_USE;
void people__unload(struct people *people);
struct person *person_find(const struct people *people, const char *id);
struct person *person_named(const struct people *people, const char *name); /* any case */
bool person_name(const char *given, char name[WHO_NAME]); /* in lower case; false: it is none */
enum role person_role(const struct person *person, const char *workspace);
bool person_disabled(const struct person *person);
const char *person_password(const struct person *person); /* NULL: none, or disabled */
json_t *person_factor(const struct person *person);       /* borrowed; NULL: none */
json_t *people__names(const struct people *people);       /* by id; new reference */
struct session *session_find(const struct people *people, const char *id);
struct token *token_find(const struct people *people, const char *id);
void session_drop(struct people *people, struct session *session);
void token_drop(struct people *people, struct token *token);
bool people__has_admin(const struct people *people, const char *but); /* but: not this person */
/* The object was changed or removed: the book is as it is. */
void people__refresh(struct people *people, const char *kind, const char *id);
json_t *session_body(const struct session *session);
json_t *token_body(const struct token *token);

/* ---- people_commit.c: a change, then what follows it */
struct commit_item {
    const char *kind, *id; /* copied */
    uint64_t from;
    json_t *body;          /* taken; NULL: remove */
    const char *what;      /* literal; NULL: no record */
    json_t *detail;        /* taken; may be NULL */
    bool told;             /* what was before and is since goes to the audit: no secret in it */
    int64_t until_ms;
};
#define COMMIT_MOST 4
/* then() runs once, in any case; after the commit the book is as it is. */
void people__commit(struct people *people, const char *by, struct commit_item *items,
                    size_t count, engine_done_fn *then, void *arg);

#endif
