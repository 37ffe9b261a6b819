/* fake_http.h - a network of one scripted peer. Every request is kept; the peer's answers come from
 * a list, in order, the last of it for all that follow; nothing is delivered before
 * fake_http_deliver(). */
#ifndef WORLD_FAKE_HTTP_H
#define WORLD_FAKE_HTTP_H

#include <stdbool.h>

#include "io/http_out.h"

struct fake_answer {
    int status;             /* 0: no answer, `code` says why */
    enum err_code code;
    bool not_sent;          /* with code: proof that no byte left */
    const char *body;
    const char *header, *value; /* one header, or NULL */
    struct http_pair more[2];   /* others, up to a name that is NULL */
};
struct fake_sent {
    char *method, *url, *body, *headers; /* headers: "Name: value\n" lines */
    bool effect;
};

struct fake_http;
struct fake_http *fake_http_new(void);
struct http_out *fake_http_out(struct fake_http *fake);
void fake_http_free(struct fake_http *fake);
/* Answers for requests whose URL contains `part`; borrowed. A later call for the same part replaces
 * the list. */
void fake_http_script(struct fake_http *fake, const char *part, const struct fake_answer *answers,
                      size_t count);
/* The same, answered by a peer that looks at the request; what it gives lives until its next. */
typedef struct fake_answer fake_peer_fn(void *arg, const struct fake_sent *sent);
void fake_http_play(struct fake_http *fake, const char *part, fake_peer_fn *peer, void *arg);
/* requests whose URL contains it */
size_t fake_http_count(const struct fake_http *fake, const char *part);
const struct fake_sent *fake_http_sent(const struct fake_http *fake, const char *part,
                                       size_t index);
size_t fake_http_deliver(struct fake_http *fake);   /* answers what is open; returns how many */
size_t fake_http_open(const struct fake_http *fake);
void fake_http_drop(struct fake_http *fake);        /* the crash: nobody hears the answers */

#endif
