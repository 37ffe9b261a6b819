/* anomaly_priv.h - what the files of anomaly share. */
#ifndef NODES_ANOMALY_PRIV_H
#define NODES_ANOMALY_PRIV_H

#include "base/buf.h"
#include "nodes/anomaly.h"

#define ANOMALY_UNIT     16u   /* one event, in counts that are halved now and then */
#define ANOMALY_ID       17u   /* bytes of a hash as text: letters, so that it is no number */
#define ANOMALY_BINS     1001u /* of scores: tenths of a point; the last has all above */
#define ANOMALY_BIN      10    /* hundredths of a point in one */
#define ANOMALY_SHORT    8u    /* events that a drift is seen in */
#define ANOMALY_WHY      200u

struct anomaly_past {
    int64_t at_ms;
    uint64_t id;
    bool has_amount;
    amount_units amount;
    int scale;
    int score;              /* in hundredths */
    int threshold;          /* that it was compared with; -1: none */
};
/* Events that are no longer kept one by one: what sums over a time still need of them. */
#define ANOMALY_GONE 16u
struct anomaly_gone {
    int64_t from_ms, to_ms; /* of the first and the last of them */
    int64_t count;
    amount_units sum;
    int scale;
};
/* One key, the oldest event first. */
struct anomaly_key {
    uint64_t hash;
    int64_t count;          /* events ever */
    int64_t last_ms;
    struct anomaly_past past[ANOMALY_RECENT];
    unsigned n;
    struct anomaly_gone gone[ANOMALY_GONE]; /* the oldest first */
    unsigned gone_n;
    uint32_t season[ANOMALY_SLOTS];
};
/* Of one event: what has been found so far. */
struct anomaly_find {
    json_t *checks;
    double score, most;     /* most: of one check */
    char why[ANOMALY_WHY];  /* of that check */
};

void anomaly__id_text(uint64_t id, char text[ANOMALY_ID]);
bool anomaly__id_read(const char *text, uint64_t *id);
/* Sparse counts as text: "12a48b" is 48 (sixteenths) in place 12. */
void anomaly__counts_read(const char *text, uint32_t *counts, unsigned places);
json_t *anomaly__counts_text(const uint32_t *counts, unsigned places);
/* The key's state in its set; a new one when it is not there. What cannot be read is left out. */
void anomaly__key_read(const json_t *set, uint64_t hash, struct anomaly_key *key);
/* The set with the key in front; a new reference. */
json_t *anomaly__set_with(const json_t *set, const struct anomaly_key *key);
/* again: it takes the place of one that was counted. */
void anomaly__key_add(const struct anomaly_plan *plan, struct anomaly_key *key,
                      const struct anomaly_event *event, int score, int threshold, bool again);

/* The threshold in hundredths; -1: none yet. lanes: ANOMALY_LANES values. *scores: how many. */
int anomaly__threshold(const struct anomaly_plan *plan, json_t *const *lanes, int64_t *scores);
json_t *anomaly__lane_with(const json_t *lane, int score);

void anomaly__give(struct anomaly_find *find, const char *check, double points, json_t *baseline,
                   const char *fmt, ...) PRINTF(5, 6);
json_t *anomaly__number(double value); /* with two digits behind the point */

/* The checks; a season's and an amount's say that they are cold below plan->least events. */
void anomaly__amount(const struct anomaly_plan *plan, const struct anomaly_event *event,
                     const struct anomaly_key *key, struct anomaly_find *find);
void anomaly__season(const struct anomaly_plan *plan, const struct anomaly_event *event,
                     const struct anomaly_key *key, struct anomaly_find *find);
void anomaly__velocity(const struct anomaly_plan *plan, const struct anomaly_event *event,
                       const struct anomaly_key *key, struct anomaly_find *find);
void anomaly__twice(const struct anomaly_plan *plan, const struct anomaly_event *event,
                    const struct anomaly_key *key, const json_t *near, struct anomaly_find *find);
json_t *anomaly__near_with(const struct anomaly_plan *plan, const struct anomaly_event *event,
                           const json_t *near);

#endif
