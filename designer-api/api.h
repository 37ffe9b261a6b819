/* api.h - HTTP on the outside of the engine: webhooks, health, and the API for people.
 *
 * Two listeners share the loop. The open one takes /hooks/..., /healthz, /readyz and /api/v1/...,
 * where sessions and tokens say who asks. The local one, a Unix socket in the data directory that
 * only its owner can open, takes the same and knows its caller by that; the commands use it. What
 * there is under /api/v1 stands in openapi.yaml (contract.h). */
#ifndef DESIGNER_API_API_H
#define DESIGNER_API_API_H

#include "designer-api/flood.h"
#include "engine/engine.h"
#include "io/http_in.h"

struct api;
struct api_options {
    struct loop *loop;
    struct log *log;
    const char *host;     /* NULL with unix_path */
    unsigned port;
    const char *unix_path; /* for a proxy: its group may open it */
    const char *tls_cert, *tls_key, *trusted_proxies; /* see http_in.h */
    const char *local;    /* path of the Unix socket; NULL: none */
    struct flood_limits hooks;
};
struct jobs;
struct settings;
struct api_rooms { /* behind the API; all borrowed, and longer there than it */
    struct loop *loop;
    struct clock *clock;
    struct engine *engine;
    struct store *store;
    struct objects *objects;
    struct people *people; /* NULL: nobody can sign in */
    struct beside *beside; /* reads beside the loop */
    struct live *live;     /* events for who watches */
    struct settings *settings; /* what people set */
    struct series *series; /* measurements over time; NULL: none */
    struct alerts *alerts; /* who is told what is wrong; NULL: nobody */
    struct jobs *jobs;
    struct templates *templates;
    const char *data;          /* the data directory */
};
/* Reads the contract and opens the open listener; nothing is answered before api_serve(). */
struct api *api_open(const struct api_options *options, struct err *e) MUST_USE;
/* Opens the local one too; from now on requests are served. */
enum err_code api_serve(struct api *api, const struct api_rooms *rooms, struct err *e) MUST_USE;
unsigned api_port(const struct api *api);
/* For struct world: gives an answer to the request it is for. arg: the api. */
void api_answer(void *arg, uint64_t request, const struct engine_answer *answer);
/* Takes a new certificate from its files; when it is no good the former stays in use. */
enum err_code api_reload(struct api *api, struct err *e) MUST_USE;
void api_drain(struct api *api);      /* no new connections; what is open is answered */
bool api_idle(const struct api *api);
void api_close(struct api *api);      /* NULL is fine */

#endif
