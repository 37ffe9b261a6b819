/* anomaly_rule.c - the checks that follow a rule of the author's.
 *
 * velocity  more events, or a larger sum, within a time than allowed
 * twice     the same amount within a time, under the same key or one like it */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/alike.h"
#include "nodes/anomaly_priv.h"

#define NEAR_EVENTS 64u /* that a note of amounts has */

static bool within(int64_t at_ms, int64_t earlier_ms, int64_t within_ms)
{
    return earlier_ms <= at_ms && at_ms - earlier_ms <= within_ms;
}

/* "90s", "10m", "2h", "3d": whole ones of the largest unit that fits. */
static void time_text(int64_t ms, char text[24])
{
    static const struct {
        int64_t ms;
        char name;
    } units[] = { { 86400000, 'd' }, { 3600000, 'h' }, { 60000, 'm' } };

    for (unsigned i = 0; i < 3; i++) {
        if (ms < units[i].ms * 2 && ms % units[i].ms != 0)
            continue;
        if (ms >= units[i].ms) {
            snprintf(text, 24, "%lld%c", (long long)(ms / units[i].ms), units[i].name);
            return;
        }
    }
    snprintf(text, 24, "%llds", (long long)(ms / 1000));
}

/* ---- Velocity */

struct pace {
    int64_t count;
    amount_units sum;
    int scale;
    bool fits; /* the sum is one */
    bool full; /* there may be more than are known */
};

/* Those that are not kept one by one: of a bundle that has begun before the time nothing is known.
 */
static void pace_gone(const struct anomaly_event *event, const struct anomaly_key *key,
                      int64_t within_ms, struct pace *pace)
{
    for (unsigned i = 0; i < key->gone_n; i++) {
        const struct anomaly_gone *gone = &key->gone[i];

        if (gone->to_ms > event->at_ms || !within(event->at_ms, gone->to_ms, within_ms))
            continue;
        if (!within(event->at_ms, gone->from_ms, within_ms)) {
            pace->full = true;
            continue;
        }
        pace->count += gone->count;
        pace->fits = pace->fits && amount_add(&pace->sum, gone->sum);
        pace->scale = gone->scale > pace->scale ? gone->scale : pace->scale;
    }
}

static struct pace pace_of(const struct anomaly_plan *plan, const struct anomaly_event *event,
                           const struct anomaly_key *key, int64_t within_ms)
{
    struct pace pace = { .count = 1, .sum = event->amount, .scale = event->scale, .fits = true };

    for (unsigned i = 0; i < key->n; i++) {
        const struct anomaly_past *past = &key->past[i];

        if (!within(event->at_ms, past->at_ms, within_ms))
            continue;
        pace.count++;
        if (past->has_amount)
            pace.fits = pace.fits && amount_add(&pace.sum, past->amount);
        if (past->scale > pace.scale)
            pace.scale = past->scale;
    }
    pace_gone(event, key, within_ms, &pace);
    pace.full = pace.full || (key->n >= plan->recent && pace.count == (int64_t)plan->recent + 1);
    return pace;
}

static void give_rule(const struct anomaly_rule *rule, const struct pace *pace,
                      struct anomaly_find *find)
{
    bool many = rule->count > 0 && pace->count > rule->count;
    bool large = rule->has_sum && (!pace->fits || pace->sum > rule->sum);
    char sum[AMOUNT_TEXT] = "more than fits", most[AMOUNT_TEXT], time[24];
    double times = 1;
    json_t *baseline;

    if (pace->fits)
        amount_text(pace->sum, pace->scale, sum);
    amount_text(rule->sum, rule->scale, most);
    time_text(rule->within_ms, time);
    if (many)
        times = (double)pace->count / (double)rule->count;
    if (large && pace->fits && rule->sum > 0)
        times = fmax(times, (double)pace->sum / (double)rule->sum);
    baseline = json_pack("{s:s, s:I}", "within", time, "count", (json_int_t)pace->count);
    check(baseline != NULL);
    if (many)
        anomaly__give(find, "velocity", (double)rule->points * (1 + log(times)), baseline,
                      "%s%lld events within %s, at most %lld", pace->full ? "at least " : "",
                      (long long)pace->count, time, (long long)rule->count);
    else if (large)
        anomaly__give(find, "velocity", (double)rule->points * (1 + log(times)), baseline,
                      "%s%s within %s, at most %s", pace->full ? "at least " : "", sum, time, most);
    else
        anomaly__give(find, "velocity", 0, baseline, "%lld events within %s",
                      (long long)pace->count, time);
}

void anomaly__velocity(const struct anomaly_plan *plan, const struct anomaly_event *event,
                       const struct anomaly_key *key, struct anomaly_find *find)
{
    for (size_t i = 0; i < plan->rule_count; i++) {
        struct pace pace = pace_of(plan, event, key, plan->rules[i].within_ms);

        give_rule(&plan->rules[i], &pace, find);
    }
}

/* ---- The same amount again */

static bool same_amount(const struct anomaly_past *past, const struct anomaly_event *event)
{
    return past->has_amount && past->amount == event->amount;
}

/* The share of the key's events that had an equal one in front of them: to some it is usual. */
static double twice_usual(const struct anomaly_plan *plan, const struct anomaly_key *key)
{
    unsigned twice = 0;

    for (unsigned i = 1; i < key->n; i++) {
        const struct anomaly_past *late = &key->past[i];
        bool found = false;

        for (unsigned k = i; !found && late->has_amount && k-- > 0;)
            found = key->past[k].has_amount && key->past[k].amount == late->amount &&
                    within(late->at_ms, key->past[k].at_ms, plan->twice_ms);
        twice += found;
    }
    return key->n > 0 ? (double)twice / key->n : 0;
}

static bool near_like(const struct anomaly_plan *plan, const struct anomaly_event *event,
                      json_t *one, int64_t *at_ms)
{
    const char *amount = json_text(json_array_get(one, 1)),
               *key = json_text(json_array_get(one, 2));
    const char *id = json_text(json_array_get(one, 3));
    amount_units units;
    uint64_t other;
    int scale;
    struct err e;

    *at_ms = (int64_t)json_integer_value(json_array_get(one, 0));
    return amount != NULL && key != NULL && id != NULL && strlen(id) == ANOMALY_ID - 1 &&
           anomaly__id_read(id, &other) && other != event->id && strcmp(key, event->key) != 0 &&
           amount_parse(amount, strlen(amount), &units, &scale, &e) == ERR_OK &&
           units == event->amount && within(event->at_ms, *at_ms, plan->twice_ms) &&
           alike_score(key, strlen(key), event->key, strlen(event->key)) >= plan->near;
}

static bool twice_near(const struct anomaly_plan *plan, const struct anomaly_event *event,
                       const json_t *near, struct anomaly_find *find)
{
    char amount[AMOUNT_TEXT], ago[24];
    json_t *one;
    int64_t at_ms;
    size_t i;

    json_array_foreach(json_object_get(near, "amounts"), i, one)
    {
        if (!near_like(plan, event, one, &at_ms))
            continue;
        amount_text(event->amount, event->scale, amount);
        time_text(event->at_ms - at_ms, ago);
        anomaly__give(find, "twice", (double)plan->twice_points, NULL, "%s came %s ago from %.80s",
                      amount, ago, json_text(json_array_get(one, 2)));
        return true;
    }
    return false;
}

void anomaly__twice(const struct anomaly_plan *plan, const struct anomaly_event *event,
                    const struct anomaly_key *key, const json_t *near, struct anomaly_find *find)
{
    char amount[AMOUNT_TEXT], ago[24];

    if (plan->twice_ms == 0 || !event->has_amount)
        return;
    for (unsigned i = key->n; i-- > 0;) {
        const struct anomaly_past *past = &key->past[i];
        double usual;

        if (!same_amount(past, event) || !within(event->at_ms, past->at_ms, plan->twice_ms))
            continue;
        usual = twice_usual(plan, key);
        amount_text(event->amount, event->scale, amount);
        time_text(event->at_ms - past->at_ms, ago);
        anomaly__give(find, "twice", (double)plan->twice_points * (1 - usual), NULL,
                      "%s came %s ago, too; that is so with %.0f %% of the key's events", amount,
                      ago, usual * 100);
        return;
    }
    if (near == NULL || !twice_near(plan, event, near, find))
        anomaly__give(find, "twice", 0, NULL, "no equal amount of late");
}

json_t *anomaly__near_with(const struct anomaly_plan *plan, const struct anomaly_event *event,
                           const json_t *near)
{
    char amount[AMOUNT_TEXT], id[ANOMALY_ID];
    json_t *list = json_array(), *one, *made;
    size_t i;

    amount_text(event->amount, event->scale, amount);
    anomaly__id_text(event->id, id);
    made = json_pack("[I, s, s, s]", (json_int_t)event->at_ms, amount, event->key, id);
    check(list != NULL && made != NULL);
    json_array_append_new(list, made);
    json_array_foreach(json_object_get(near, "amounts"), i, one)
    {
        int64_t at_ms = (int64_t)json_integer_value(json_array_get(one, 0));
        const char *other = json_text(json_array_get(one, 3));

        if (json_array_size(list) < NEAR_EVENTS && event->at_ms - at_ms <= plan->twice_ms &&
            (other == NULL || strcmp(other, id) != 0))
            json_array_append(list, one);
    }
    made = json_pack("{s:o}", "amounts", list);
    check(made != NULL);
    return made;
}
