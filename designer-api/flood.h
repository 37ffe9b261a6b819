/* flood.h - how many webhooks a second one address may send, and one path be sent.
 *
 * A bucket for each: so many flow in every second, and FLOOD_BURST seconds' worth fit in, so a
 * sender that hands over its day at once is not refused for that. What is refused is refused by its
 * head, before its body, its signature and the store cost anything. A network of IPv6 is one
 * address as far as /64. In memory, of a bounded size: the one that rested longest makes room. */
#ifndef DESIGNER_API_FLOOD_H
#define DESIGNER_API_FLOOD_H

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#define FLOOD_BURST 10u

struct flood_limits { /* events a second; 0: no limit */
    unsigned per_address, per_path;
};
struct flood;
struct flood *flood_new(const struct flood_limits *limits, struct clock *clock, struct log *log);
void flood_free(struct flood *flood); /* NULL is fine */
/* Counts one from there; ERR_RATE_LIMITED: it is one too many. The log has a line for the first of
 * them, with the setting. */
enum err_code flood_address(struct flood *flood, const char *address, struct err *e) MUST_USE;
/* The same of one to that path, at which something listens. */
enum err_code flood_path(struct flood *flood, const char *path, struct err *e) MUST_USE;

#endif
