/* flow_sign_in_priv.h - how a connection signs in, and by which way it goes. For flow/ only. */
#ifndef FLOW_FLOW_SIGN_IN_PRIV_H
#define FLOW_FLOW_SIGN_IN_PRIV_H

#include "flow/flow_priv.h"

/* Its "auth", "tls" and "proxy"; adds their faults to the source. */
void flow__check_sign_in(const struct flow_source *source, const json_t *connection,
                         const char *parent);

#endif
