/* token.h - OAuth 2.0 access tokens: one for all connections that sign in alike with the same
 * credentials, whatever flow they belong to. Only engine/ includes this.
 *
 * (1) At most one fetch of a token is under way; whoever needs it meanwhile waits for that one.
 *                                                                                    [token_wait]
 * (2) A token is fetched anew in the background from a tenth of its life (at most five minutes)
 *     before its end, while the old one is still used.                               [token_text]
 * (3) A refused token is forgotten only if it is the one that the refused request bore.
 *                                                                                 [token_refused]
 * (4) A refresh token that replaces another one is in the vault before the access token that came
 *     with it is used, and before the old one is forgotten.                 [token_took, keep.c] */
#ifndef ENGINE_TOKEN_H
#define ENGINE_TOKEN_H

#include "engine/connection.h"

#define TOKEN_MAGIC 0x5754544fu
struct token {
    unsigned magic, refs;
    struct engine *engine;
    char key[DIGEST_TEXT];   /* what makes it one: credentials and what they are told */
    char *value;             /* NULL: none */
    unsigned generation;     /* of value; grows with each that is taken */
    int64_t got;             /* steady: when the fetch began */
    int64_t early, until;    /* steady: when another is fetched; when it is too old to use */
    int64_t again;           /* steady: not before is a fetch in the background tried again */
    int64_t closed;          /* steady: the end point has asked not to be asked before */
    uint64_t fetch;          /* the request under way; 0: none */
    struct connection *by;   /* whose fetch it is; counted */
    struct err error;        /* of the last fetch; code ERR_OK: none */
    uint64_t *waiters;       /* tags of steps */
    size_t waiter_count, waiter_room;
    bool loaded;             /* what the vault keeps of it was looked at */
    char *refresh;           /* the refresh token that is used next; NULL: the connection's own */
    char *unkept;            /* what the vault has not taken yet; NULL: nothing */
};

/* Of a connection that fetches tokens: found or made, again when its credentials changed. NULL: it
 * cannot have one (a secret is missing, or may not go there). Borrowed. */
struct token *token_of(struct connection *connection, struct err *e) MUST_USE;
void token_unref(struct token *token); /* NULL is fine */
void tokens_stop(struct engine *engine); /* the engine ends: cancels what is fetched */

/* NULL: none that is fresh; then token_wait(). */
const char *token_text(struct connection *connection, struct err *e);
void token_wait(struct connection *connection, uint64_t tag);
/* of the last fetch, NULL: none */
const struct err *token_error(const struct connection *connection);
int64_t token_pause(const struct connection *connection); /* that it asked for; -1: none */
unsigned token_generation(const struct connection *connection);
/* 401: forgets the token if it is still the one of that generation, which the request bore. False:
 * there is no token, or signing again is no use. */
bool token_refused(struct connection *connection, unsigned generation);

/* A person has given consent: what was before counts no more. */
void token_begin(struct token *token);
/* Takes an answer of the token end point: 200 with a token; else token->error says why not. body
 * NULL: it was no JSON. */
void token_took(struct connection *connection, struct token *token, const json_t *body);

/* ---- token_ask.c: the request for a token */
struct token_ask {
    struct call_headers headers;
    struct buf form;         /* of a secret */
};
/* grant: NULL: as the connection signs in; else the authorization code that was got, with the
 * verifier and the address that belong to it. */
struct token_code {
    const char *code, *verifier, *redirect_uri;
};
enum err_code token_ask(struct connection *connection, const struct token *token,
                        const struct token_code *code, struct token_ask *ask,
                        struct err *e) MUST_USE; /* token_ask_fini() it in any case */
void token_ask_fini(struct token_ask *ask);
/* Sends it; done() is http_out's. 0 with *e: it cannot be asked. */
uint64_t token_send(struct connection *connection, const struct token *token,
                    const struct token_code *code, http_out_fn *done, void *owner,
                    uint64_t tag, struct err *e);
/* Whether the answer is for token_took(). */
bool token_came(const struct http_reply *reply, const json_t *body);
/* What is wrong with an answer that brings no token: ERR_AUTH when it clearly refuses the
 * credentials, and only then, for that halts the connection. */
void token_wrong(const struct connection *connection, const struct http_reply *reply,
                 const json_t *body, struct err *e);

/* ---- token_keep.c: what outlives the process */
bool token_is_kept(const struct connection *connection); /* its refresh token may change */
void token_load(const struct connection *connection, struct token *token);
/* Keeps what an answer brought; first what was not kept before. */
enum err_code token_keep(const struct connection *connection, struct token *token,
                         const json_t *body, int64_t until_wall, struct err *e) MUST_USE;
enum err_code token_keep_rest(const struct connection *connection, struct token *token,
                              struct err *e) MUST_USE;

#endif
