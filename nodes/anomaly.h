/* anomaly.h - how unusual an event is for its key, from what is known of earlier ones.
 *
 * Each check gives points: the surprise in nats, that is the natural logarithm of how much less
 * likely this is than the usual. Their sum is the score. It is above the threshold in the share of
 * events that was wanted: the threshold is that quantile of the past scores of all keys.
 *
 * What is known stands in notes of bounded number and size (anomaly_names()), and is read and
 * written as JSON:
 *   key/N     a set: up to ANOMALY_WAYS keys that fall into it, the last seen first
 *   score/N   a lane: how often which score came
 *   near/N    amounts of late, with their keys, for equal amounts under other keys
 * A set that is full forgets the key that was seen longest ago. An event is counted once: one whose
 * id is among the key's recent ones gets the result it had, and changes nothing.
 *
 * Amounts are exact; scores, and the factors by which amounts differ, are doubles. */
#ifndef NODES_ANOMALY_H
#define NODES_ANOMALY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nodes/amount.h"

#define ANOMALY_LANES  8u
#define ANOMALY_NEAR   16u  /* notes of amounts of late */
#define ANOMALY_WAYS   4u   /* keys of a set */
#define ANOMALY_RECENT 256u /* events of a key, at most */
#define ANOMALY_RULES  8u
#define ANOMALY_NAMES  (ANOMALY_LANES + 2)
#define ANOMALY_SLOTS  168u /* hours of a week, from Monday 00 */

enum anomaly_season { ANOMALY_HOUR_OF_WEEK, ANOMALY_HOUR_OF_DAY, ANOMALY_DAY_OF_WEEK,
                      ANOMALY_NO_SEASON };

struct anomaly_rule {
    int64_t within_ms;
    int64_t count;     /* at most so many; 0: any number */
    bool has_sum;
    amount_units sum;  /* at most so much, with `scale` digits behind the point */
    int scale;
    int64_t points;
};
struct anomaly_plan {
    bool amount, drift; /* which checks */
    bool plain;         /* amounts differ by what is between them, not by a factor */
    enum anomaly_season season;
    struct anomaly_rule rules[ANOMALY_RULES];
    size_t rule_count;
    int64_t twice_ms;   /* an equal amount again within; 0: not looked for */
    int64_t twice_points;
    int near;           /* how alike other keys must be, of ALIKE_ONE; 0: only the key itself */
    unsigned recent;    /* events of a key that are kept, at most ANOMALY_RECENT */
    unsigned least;     /* events that must be known before a baseline counts */
    unsigned sets;
    double rate;        /* wanted share of false alarms */
    double expected;    /* share of events that are what is looked for */
    double initial;     /* threshold while none is known; negative: none */
};
struct anomaly_event {
    const char *key;
    uint64_t key_hash, id; /* anomaly_hash() of the key and of what names the event */
    int64_t at_ms;
    bool has_amount;
    amount_units amount;
    int scale;
    unsigned slot;         /* of ANOMALY_SLOTS */
};

uint64_t anomaly_hash(const char *text, size_t size);
/* So many past scores make a threshold. */
int64_t anomaly_warm(const struct anomaly_plan *plan);

struct anomaly_names {
    char text[ANOMALY_NAMES][16];
    const char *keys[ANOMALY_NAMES];
    size_t count, writable; /* the first are written, the others only read */
};
void anomaly_names(const struct anomaly_plan *plan, const struct anomaly_event *event,
                   struct anomaly_names *names);
/* values: of these names; NULL: not there yet. The result, a new reference:
 *   {"score", "alarm", "threshold" (null: none yet), "why", "seen", "cold", "events", "scores",
 *    "checks": [{"check", "points", "text", "baseline"?}]}
 * changed: for each writable name its new value, a new reference, or NULL: it stays. */
json_t *anomaly_judge(const struct anomaly_plan *plan, const struct anomaly_event *event,
                      json_t *const *values, json_t **changed) MUST_USE;

#endif
