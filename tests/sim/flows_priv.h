/* flows_priv.h - what the reference flows (flows.c, flows_long.c) are written with. */
#ifndef SIM_FLOWS_PRIV_H
#define SIM_FLOWS_PRIV_H

#include "sim/sim.h"

struct flow_ask {
    const char *node, *account, *amount; /* amount: an expression */
    enum effect_class effect;
    const char *ref;     /* an expression; NULL: the event's id */
    const char *more;    /* members of the node, after a comma; NULL: none */
    const char *config;  /* the same of its config */
    bool loops;          /* stands in a loop: says in which iteration */
    bool connected;      /* by the connection "erp" */
};
void flow_ask(const struct sim_flow *flow, struct buf *out, const struct flow_ask *ask);

void flow_begin(const struct sim_flow *flow, struct buf *out); /* settings and the webhook */
void flow_begin_totals(const struct sim_flow *flow, struct buf *out, const char *totals);
/* Begins with another trigger; `config` is its settings as JSON. */
void flow_begin_by(const struct sim_flow *flow, struct buf *out, const char *type,
                   const char *config);
void flow_call(const struct sim_flow *flow, struct buf *out, const char *node,
               enum effect_class effect, const char *account, const char *amount,
               const char *more);
void flow_edges(struct buf *out);
void flow_edge(struct buf *out, const char *from, const char *port, const char *to);
void flow_end(struct buf *out);
void flow_amount(int64_t cents, struct buf *out);
void body_plain(const struct sim_event *event, struct buf *out);
void outcome_add(struct sim_outcome *outcome, const struct sim_event *event, const char *account,
                 const char *node, enum effect_class effect, int64_t cents);

#endif
