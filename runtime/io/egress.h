/* egress.h - which addresses a request may go to.
 *
 * Public addresses are allowed; loopback, private, link-local, shared, multicast, reserved and
 * metadata ranges (and IPv4 inside IPv6: mapped, compatible, 64:ff9b::/96, 2002::/16) are not,
 * unless a rule allows them. A rule is a CIDR ("10.1.0.0/16", "127.0.0.1", "::1") or a host
 * pattern ("erp.local", "*.corp.example"), with ":PORT" behind it where only that port is meant
 * ("127.0.0.1:8080", "[::1]:80"). A host pattern allows every address that name resolves to. The
 * check is made on the address really connected to. */
#ifndef IO_EGRESS_H
#define IO_EGRESS_H

#include <stdbool.h>

#include "base/err.h"

struct egress;
struct sockaddr;

/* rules: separated by commas or spaces; NULL or "": none. parent: asked too, may be NULL,
 * borrowed. */
struct egress *egress_new(const char *rules, const struct egress *parent, struct err *e) MUST_USE;
void egress_free(struct egress *egress);
bool egress_allows(const struct egress *egress, const char *host, const struct sockaddr *address);

#endif
