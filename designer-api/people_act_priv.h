/* people_act_priv.h - requests of people: what is answered later, and who answers what. */
#ifndef DESIGNER_API_PEOPLE_ACT_PRIV_H
#define DESIGNER_API_PEOPLE_ACT_PRIV_H

#include "designer-api/people_book_priv.h"

/* ---- people_act.c: a request that is answered later */
struct act {
    struct people *people;
    struct ask_later *later;
    struct http_in *in;
    uint64_t request;
    struct way way;
    struct who who;
    char user[LIMIT_ID];      /* whom it is about */
    char name[WHO_NAME];      /* as given at sign-in, in lower case */
    char secret[SECRET_TEXT]; /* of the session that is opened or renewed */
    char session[LIMIT_ID];   /* its id */
    char old[LIMIT_ID];       /* the one that this browser had before */
    json_t *answer;           /* beside the session's state; NULL: the state alone */
    int status;
    uint64_t revision;        /* for the ETag; 0: none */
    bool factor;
    sum_done_fn *summed;
};
struct act *act_new(struct ask *ask);
/* The same about person, who proves something by a password or a code: its failures count by name
 * and address. NULL: too many failed, and ask has its answer. */
struct act *act_of(struct ask *ask, const struct person *person);
void act_free(struct act *act);
void act_give(struct act *act, int status, json_t *value); /* takes both */
void act_cookie(struct act *act, int status, json_t *value, const char *secret, int64_t seconds);
/* Takes act. e may be ERR_OK: it was done, and somebody else has removed it since. */
void act_refuse(struct act *act, const struct err *e);
/* Computes, then act->summed or a refusal. Takes both. */
void act_sum(struct act *act, struct sum *sum, sum_done_fn *done);
/* The request is refused, at once: by another site's page or over plain HTTP from afar; by too many
 * failures of that name from there. */
bool people__refused_way(struct ask *ask);
bool people__refused_throttle(struct ask *ask, const char *name);
/* Counts the failure, tells the audit, refuses. */
void act_failed(struct act *act, const struct person *person, const char *why,
                const struct err *e);
/* ERR_FORBIDDEN for tokens and the local socket: theirs is no session. */
enum err_code people__of_session(const struct ask *ask, struct person **person, struct err *e)
    MUST_USE;

/* ---- people.c: whom a session stands for; asked: a workspace, NULL: any */
enum err_code people__session_who(struct people *people, const struct session *session,
                                  const char *asked, struct who *who, struct err *e) MUST_USE;

/* ---- people_session.c: their life */
void people__open(struct act *act, const struct person *person, bool factor);
/* The session of act->who gets a new secret and is proved; answers with its state. */
void people__renew(struct act *act, bool factor);
/* of a commit that changed what people sign in with: their other sessions end, this one is renewed
 * with act->factor */
void people__credential_kept(void *act, const struct err *e);
void session_end(struct people *people, struct session *session, const char *by, const char *what,
                 engine_done_fn *then, void *arg);
void people__end_all(struct people *people, const char *user, const char *but); /* but: an id */
bool people__ended(const struct people *people, const struct session *session);
void people__used(struct people *people, struct session *session);
void people__token_used(struct people *people, struct token *token, const char *address);

/* ---- people_view.c: as JSON */
json_t *people__time(int64_t ms); /* null for 0 */
json_t *people__permissions(uint64_t permissions);
json_t *people__state(const struct people *people, const struct who *who, const char *secret);
json_t *people__workspace_view(const struct people *people, const char *workspace);
json_t *session_view(const struct people *people, const struct session *session, const char *own);
json_t *user_view(const struct people *people, const struct who *who, const struct person *person);
json_t *token_view(const struct people *people, const struct token *token);

/* ---- people_factor.c */
bool people__ask_factor(struct act *act, const struct person *person); /* false: none is set */
/* Whether typed is a code now, of the app or of recovery (*recovery). What the credential becomes:
 * a new reference; NULL: wrong. */
json_t *people__factor_try(struct people *people, struct person *person, const char *typed,
                           bool *recovery);

/* ---- people_first.c */
/* A new invitation in the credential; what is shown of it, once. */
json_t *people__invite(struct people *people, json_t *credential, const char *by);
/* The password becomes made, the one before is kept among those that are not taken again. */
void people__set_password(struct people *people, json_t *credential, const char *made);
/* the present, then the previous */
void sum_keep_all(struct sum *sum, const struct person *person);

/* ---- people_user.c */
bool people__manages(const struct people *people, const struct who *who, const char *workspace);
bool people__manages_person(const struct people *people, const struct who *who,
                            const struct person *person);
bool people__workspace_is(const struct people *people, const char *workspace);

ask_handler_fn people__sign_in, people__sign_in_factor, people__session, people__sign_out,
    people__prove, people__change_password, people__sessions, people__end_others, people__end_one;
ask_handler_fn people__factor_begin, people__factor_confirm, people__factor_codes,
    people__factor_remove, people__make_first, people__accept;
ask_handler_fn people__users, people__user, people__user_make, people__user_change,
    people__user_remove, people__user_reset, people__roles, people__workspaces,
    people__workspace_make, people__tokens, people__token_make, people__token_remove;

#endif
