/* sample.h - what the engine has counted, place by place, for whoever keeps it over time.
 *
 * The counts are those of tally.h: they grow from the engine's start and never go back. Whoever
 * wants what happened in a minute takes them twice and subtracts. Taking them costs a look at each
 * place; nothing is counted twice for it. */
#ifndef ENGINE_SAMPLE_H
#define ENGINE_SAMPLE_H

#include "engine/engine.h"
#include "engine/tally.h"

struct sample_place { /* a deployment; texts and tally are borrowed until the next turn */
    const void *key;  /* the same for the same place, as long as the engine lives */
    const char *workspace, *environment, *flow;
    const struct tally_flow *tally;
    bool live;        /* a version works there */
    unsigned running; /* runs that hold a place of its concurrency */
    unsigned queued;  /* runs that wait for one */
    int64_t oldest_ms; /* wall: when the oldest of those came; 0: none waits */
    int64_t failing_ms; /* wall: since when a poll of it fails; 0: none does */
};
/* Start with *cursor 0. False: that was the last. */
bool sample_place(const struct engine *engine, size_t *cursor, struct sample_place *place);

struct sample_connection {
    const char *key;   /* "main/production/FLOW/erp"; borrowed until the next turn */
    const char *state; /* "open", "broken", "halted" */
    const char *text;  /* why it is not open; "" */
    enum err_code code; /* the same as a kind; ERR_OK: it is open */
    int64_t since_ms;  /* wall; of what is not open */
    size_t waiting, parked;
    bool by_hand;      /* halted by a person */
};
bool sample_connection(const struct engine *engine, size_t *cursor,
                       struct sample_connection *connection);

/* Certificates by which connections sign in: until when they are valid, wall ms. What stands in the
 * vault is looked at anew after ten minutes. */
typedef void sample_certificate_fn(void *arg, const char *connection, int64_t until_ms);
void sample_certificates(struct engine *engine, sample_certificate_fn *visit, void *arg);

#endif
