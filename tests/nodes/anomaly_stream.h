/* anomaly_stream.h - streams of payments with labels, and how well they are told apart.
 *
 * The generator, from a seed: KEYS customers, each with a level of amounts (log-normal around 150,
 * a sigma of 0.9 between customers), a spread of its own (sigma 0.15 to 0.55), business hours of
 * its own (8 to 12 hours from 6 to 10 o'clock; two thirds of them on weekdays only), 1 to 5
 * payments a day in those hours and four in a thousand at any hour. A sixth have a price that three
 * of ten of their payments are. From day QUIET on, one event in `one_in` is followed by an anomaly
 * of its key, of the kinds in turn: outlier   one payment of 6 to 30 times the amount, or of a
 * tenth to a fortieth burst     nine payments within four minutes, of usual amounts: its events are
 * one case twice     the same amount again after 1 to 40 minutes; every second under the key as
 * another system writes it ("ACME 17" for "acme-17") odd       a payment of a usual amount between
 * 1 and 4 o'clock in the night drift     from then on amounts are 1.8 to 3 times as high: the next
 * twenty are one case A case is found when one of its events is an alarm. An alarm at an ordinary
 * event is a false one; events of a drift's case, and a day after it, count for neither. */
#ifndef NODES_ANOMALY_STREAM_H
#define NODES_ANOMALY_STREAM_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "nodes/alike.h"
#include "nodes/anomaly.h"

#define STREAM_KEYS  150u
#define STREAM_DRIFT 20u
#define STREAM_BURST 9u
#define STREAM_HOUR  INT64_C(3600000)

enum stream_kind {
    STREAM_USUAL,
    STREAM_OUTLIER,
    STREAM_BURSTS,
    STREAM_TWICE,
    STREAM_ODD,
    STREAM_DRIFTS,
    STREAM_KINDS
};
static const char *const stream_names[STREAM_KINDS] = { "usual", "outlier",  "burst",
                                                        "twice", "odd hour", "drift" };
static const char *const stream_checks[STREAM_KINDS] = { "",      "amount", "velocity",
                                                         "twice", "season", "drift" };

struct stream_key {
    double level, sigma, a_day, price;
    unsigned from, hours;
    bool weekdays;
    unsigned drifting; /* events of a drift that are still its case; then it is the usual */
    bool drifted, drift_found;
};
struct stream_tally {
    unsigned usual, false_alarms; /* once there is a threshold */
    unsigned cases[STREAM_KINDS], found[STREAM_KINDS];
    unsigned right[STREAM_KINDS], wrong[STREAM_KINDS]; /* alarms by the check with most points */
    unsigned events;
    double threshold;                     /* the last */
    size_t largest; /* bytes of one note */
};
struct stream {
    uint64_t random, serial;
    struct anomaly_plan plan;
    struct dict *notes;
    struct stream_key keys[STREAM_KEYS];
    unsigned days, quiet, one_in, turn;
    struct stream_tally tally;
    bool found; /* an alarm in the case under way */
};

static inline double stream_random(struct stream *s)
{
    uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

static inline double stream_between(struct stream *s, double least, double most)
{
    return least + stream_random(s) * (most - least);
}

static inline double stream_normal(struct stream *s)
{
    double sum = -6;

    for (unsigned i = 0; i < 12; i++)
        sum += stream_random(s);
    return sum;
}

static inline double stream_amount(struct stream *s, const struct stream_key *key)
{
    if (key->price > 0 && stream_random(s) < 0.3)
        return key->price;
    return key->level * exp(key->sigma * stream_normal(s));
}

/* ---- One event through the judge */

static inline void stream_store(struct stream *s, const char *name, json_t *value)
{
    if (s->serial % 64 == 0) {
        char *text = json_text_new(value, 64 * 1024, NULL);

        check(text != NULL);
        if (strlen(text) > s->tally.largest)
            s->tally.largest = strlen(text);
        mem_free(text);
    }
    json_decref(dict_remove(s->notes, name));
    dict_put(s->notes, name, value);
}

static inline bool stream_alarm(struct stream *s, const char *name, int64_t at_ms, double amount,
                                unsigned *top, bool *known)
{
    json_t *values[ANOMALY_NAMES], *changed[ANOMALY_NAMES], *result, *one;
    struct anomaly_event event = { .key = name, .at_ms = at_ms, .has_amount = true, .scale = 2 };
    struct anomaly_names names;
    double most = -1;
    bool alarm;
    size_t i;

    event.amount = (amount_units)llround(amount * 100) * INT64_C(10000000000000000);
    event.key_hash = anomaly_hash(name, strlen(name));
    s->serial++;
    event.id = anomaly_hash((const char *)&s->serial, sizeof s->serial);
    event.slot = (unsigned)(at_ms / STREAM_HOUR % ANOMALY_SLOTS);
    anomaly_names(&s->plan, &event, &names);
    for (i = 0; i < names.count; i++)
        values[i] = dict_find(s->notes, names.keys[i]);
    result = anomaly_judge(&s->plan, &event, values, changed);
    for (i = 0; i < names.writable; i++)
        if (changed[i] != NULL)
            stream_store(s, names.keys[i], changed[i]);
    alarm = json_is_true(json_object_get(result, "alarm"));
    *known = !json_is_null(json_object_get(result, "threshold"));
    if (*known)
        s->tally.threshold = atof(json_exact_text(json_object_get(result, "threshold")));
    *top = 0;
    json_array_foreach(json_object_get(result, "checks"), i, one)
    {
        double points = atof(json_exact_text(json_object_get(one, "points")));

        if (points <= most)
            continue;
        most = points;
        for (unsigned k = 1; k < STREAM_KINDS; k++)
            if (strcmp(stream_checks[k], json_get_text(one, "check")) == 0)
                *top = k;
    }
    json_decref(result);
    return alarm;
}

static inline void stream_event(struct stream *s, unsigned k, const char *name, int64_t at_ms,
                                double amount, enum stream_kind kind)
{
    struct stream_key *key = &s->keys[k];
    bool drifting = key->drifting > 0, known;
    unsigned top;
    bool alarm = stream_alarm(s, name, at_ms, amount, &top, &known);

    s->tally.events++;
    if (drifting) {
        key->drift_found |= alarm;
        if (--key->drifting == 0) {
            s->tally.cases[STREAM_DRIFTS]++;
            s->tally.found[STREAM_DRIFTS] += key->drift_found;
        }
    }
    if (kind == STREAM_USUAL && !drifting && !key->drifted && known) {
        s->tally.usual++;
        s->tally.false_alarms += alarm;
    }
    if (alarm && (kind != STREAM_USUAL || drifting))
        s->tally.right[top]++;
    else if (alarm && !key->drifted)
        s->tally.wrong[top]++;
    s->found |= alarm;
}

/* ---- Anomalies */

static inline void stream_case(struct stream *s, unsigned k, int64_t at_ms, double amount)
{
    struct stream_key *key = &s->keys[k];
    enum stream_kind kind = STREAM_OUTLIER + s->turn++ % (STREAM_KINDS - 1);
    char name[32], other[32];

    snprintf(name, sizeof name, "acme-%u", k);
    snprintf(other, sizeof other, "ACME %u", k);
    s->found = false;
    if (kind == STREAM_OUTLIER) {
        double times =
            stream_random(s) < 0.75 ? stream_between(s, 6, 30) : 1 / stream_between(s, 10, 40);

        stream_event(s, k, name, at_ms + 60000, stream_amount(s, key) * times, kind);
    } else if (kind == STREAM_BURSTS) {
        for (unsigned i = 0; i < STREAM_BURST; i++)
            stream_event(s, k, name, at_ms + 30000 * i, stream_amount(s, key), kind);
    } else if (kind == STREAM_TWICE) {
        at_ms += (int64_t)(stream_between(s, 1, 40) * 60000);
        stream_event(s, k, s->turn % 2 == 0 ? other : name, at_ms, amount, kind);
    } else if (kind == STREAM_ODD) {
        at_ms += 24 * STREAM_HOUR - at_ms % (24 * STREAM_HOUR) +
                 (int64_t)(stream_between(s, 1, 4) * (double)STREAM_HOUR);
        stream_event(s, k, name, at_ms, stream_amount(s, key), kind);
    } else if (!key->drifted) {
        key->level *= stream_between(s, 1.8, 3);
        key->drifting = STREAM_DRIFT;
        key->drifted = true; /* what is usual afterwards is learned: not tallied */
        key->drift_found = false;
        return;
    }
    s->tally.cases[kind]++;
    s->tally.found[kind] += s->found;
}

static inline bool stream_open(const struct stream_key *key, unsigned day, unsigned hour)
{
    return hour >= key->from && hour < key->from + key->hours && !(key->weekdays && day % 7 >= 5);
}

static inline void stream_hour(struct stream *s, unsigned day, unsigned hour)
{
    for (unsigned k = 0; k < STREAM_KEYS; k++) {
        struct stream_key *key = &s->keys[k];
        double share = stream_open(key, day, hour) ? 0.996 / key->hours : 0.004 / 24;
        char name[32];
        int64_t at_ms;
        double amount;

        if (stream_random(s) >= key->a_day * share)
            continue;
        snprintf(name, sizeof name, "acme-%u", k);
        at_ms = ((int64_t)day * 24 + hour) * STREAM_HOUR +
                (int64_t)(stream_random(s) * (double)STREAM_HOUR);
        amount = stream_amount(s, key);
        stream_event(s, k, name, at_ms, amount, STREAM_USUAL);
        if (s->one_in > 0 && day >= s->quiet && stream_random(s) * s->one_in < 1)
            stream_case(s, k, at_ms, amount);
    }
}

/* one_in 0: no anomalies. */
static inline void stream_run(struct stream *s, uint64_t seed, unsigned days, unsigned quiet,
                              unsigned one_in, double rate, double expected)
{
    memset(s, 0, sizeof *s);
    s->random = seed;
    s->days = days;
    s->quiet = quiet;
    s->one_in = one_in;
    s->notes = dict_new();
    s->plan = (struct anomaly_plan){ .amount = true,
                                     .drift = true,
                                     .season = ANOMALY_HOUR_OF_WEEK,
                                     .rules = { { .within_ms = 600000, .count = 5, .points = 12 } },
                                     .rule_count = 1,
                                     .twice_ms = STREAM_HOUR,
                                     .twice_points = 12,
                                     .near = ALIKE_ONE,
                                     .recent = 64,
                                     .least = 10,
                                     .sets = 1000,
                                     .rate = rate,
                                     .expected = expected,
                                     .initial = -1 };
    for (unsigned k = 0; k < STREAM_KEYS; k++) {
        struct stream_key *key = &s->keys[k];

        key->level = 150 * exp(0.9 * stream_normal(s));
        key->sigma = stream_between(s, 0.15, 0.55);
        key->a_day = stream_between(s, 1, 5);
        key->from = (unsigned)stream_between(s, 6, 11);
        key->hours = (unsigned)stream_between(s, 8, 13);
        key->weekdays = stream_random(s) < 0.67;
        if (k % 6 == 0)
            key->price = floor(key->level) + 0.99;
    }
    for (unsigned hour = 0; hour < days * 24; hour++)
        stream_hour(s, hour / 24, hour % 24);
}

static inline void stream_end(struct stream *s)
{
    size_t cursor = 0;
    json_t *value;

    while ((value = dict_next(s->notes, &cursor, NULL)) != NULL)
        json_decref(value);
    dict_free(s->notes);
}

#endif
