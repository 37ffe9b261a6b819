/* flood.c - see flood.h. */
#include "designer-api/flood.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "designer-api/people_priv.h"
#include "designer-api/recent.h"

#define FLOOD_MOST 10000u
#define FLOOD_ONE  1000 /* thousandths: what one event takes out of a bucket */

struct bucket {
    int64_t level, at_ms; /* thousandths of an event, then */
    bool refuses;         /* since then, and the log has its line */
};

struct flood {
    struct flood_limits limits;
    struct clock *clock;
    struct log *log;
    struct recent *buckets;
};

struct flood *flood_new(const struct flood_limits *limits, struct clock *clock, struct log *log)
{
    struct flood *flood = mem_must(sizeof *flood);

    *flood = (struct flood){ .limits = *limits,
                             .clock = clock,
                             .log = log,
                             .buckets = recent_new(FLOOD_MOST, sizeof(struct bucket)) };
    return flood;
}

void flood_free(struct flood *flood)
{
    if (flood == NULL)
        return;
    recent_free(flood->buckets);
    mem_free(flood);
}

/* The key's bucket; a new one is full. */
static struct bucket *bucket_of(struct flood *flood, const char *key, int64_t full, int64_t now)
{
    bool made;
    struct bucket *bucket = recent_use(flood->buckets, key, &made);

    if (made)
        *bucket = (struct bucket){ .level = full, .at_ms = now };
    return bucket;
}

/* what: "from 203.0.113.9" */
static enum err_code flood_take(struct flood *flood, const char *what, unsigned rate,
                                const char *setting, struct err *e)
{
    const int64_t now = flood->clock->steady_ms(flood->clock);
    const int64_t full = (int64_t)rate * FLOOD_BURST * FLOOD_ONE;
    struct bucket *bucket = bucket_of(flood, what, full, now);
    const int64_t passed = now - bucket->at_ms;

    bucket->at_ms = now;
    bucket->level = passed >= FLOOD_BURST * INT64_C(1000) ? full : bucket->level + passed * rate;
    if (bucket->level > full)
        bucket->level = full;
    if (bucket->level >= FLOOD_ONE) {
        bucket->level -= FLOOD_ONE;
        bucket->refuses = bucket->refuses && bucket->level < full / 2;
        return ERR_OK;
    }
    if (!bucket->refuses)
        log_warn(flood->log,
                 "webhooks %s are refused with 429: more than %u a second come; %s says how many "
                 "may",
                 what, rate, setting);
    bucket->refuses = true;
    return err_set(e, ERR_RATE_LIMITED, "too many come at once: send it again in a moment");
}

enum err_code flood_address(struct flood *flood, const char *address, struct err *e)
{
    char network[PEOPLE_ADDRESS], what[PEOPLE_ADDRESS + 8];

    if (flood->limits.per_address == 0)
        return ERR_OK;
    throttle_network(address, network);
    snprintf(what, sizeof what, "from %s", network);
    return flood_take(flood, what, flood->limits.per_address, "webhooks.per_address", e);
}

enum err_code flood_path(struct flood *flood, const char *path, struct err *e)
{
    char what[512];

    if (flood->limits.per_path == 0)
        return ERR_OK;
    snprintf(what, sizeof what, "to /hooks/%s", path);
    return flood_take(flood, what, flood->limits.per_path, "webhooks.per_path", e);
}
