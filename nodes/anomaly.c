/* anomaly.c - one event: its checks, its score, and what is known afterwards.
 *
 * (1) The event is judged by what came before it; then it is counted. [anomaly_judge]
 * (2) An event that was counted changes nothing, and has the result it had. With another amount it
 *     takes the place of the former.                                          [judge_seen]
 * (3) Scores of keys that are not known well enough do not make the threshold, nor does an alarm of
 * a key of whose events of late a quarter were alarms: a flood under one key raises it for nobody.
 * [judge_count] */
#include "nodes/anomaly_priv.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

#define SCORE_MOST 99999 /* hundredths */

enum { NAME_KEY, NAME_LANE, NAME_NEAR }; /* the writable ones */

void anomaly_names(const struct anomaly_plan *plan, const struct anomaly_event *event,
                   struct anomaly_names *names)
{
    unsigned own = (unsigned)(event->id % ANOMALY_LANES), count = 0;
    amount_units amount = event->has_amount ? event->amount : 0;

    check(plan->sets > 0);
    memset(names, 0, sizeof *names);
    snprintf(names->text[count++], sizeof *names->text, "key/%u",
             (unsigned)(event->key_hash % plan->sets));
    snprintf(names->text[count++], sizeof *names->text, "score/%u", own);
    if (plan->near > 0 && event->has_amount)
        snprintf(names->text[count++], sizeof *names->text, "near/%u",
                 (unsigned)((uint64_t)amount % 1000003u % ANOMALY_NEAR));
    names->writable = count;
    for (unsigned i = 1; i < ANOMALY_LANES; i++)
        snprintf(names->text[count++], sizeof *names->text, "score/%u", (own + i) % ANOMALY_LANES);
    names->count = count;
    for (unsigned i = 0; i < count; i++)
        names->keys[i] = names->text[i];
}

json_t *anomaly__number(double value)
{
    char text[40];
    json_t *json;

    check(isfinite(value) && fabs(value) < 1e15);
    snprintf(text, sizeof text, "%.2f", value);
    json = json_exact_new(text, strlen(text));
    check(json != NULL);
    return json;
}

void anomaly__give(struct anomaly_find *find, const char *check_name, double points,
                   json_t *baseline, const char *fmt, ...)
{
    char text[ANOMALY_WHY];
    json_t *one;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    one = json_pack("{s:s, s:o, s:s, s:o*}", "check", check_name, "points", anomaly__number(points),
                    "text", text, "baseline", baseline);
    check(one != NULL && json_array_append_new(find->checks, one) == 0);
    find->score += points;
    if (points > find->most) {
        find->most = points;
        snprintf(find->why, sizeof find->why, "%s", text);
    }
}

/* ---- One event */

static bool is_alarm(int score, int threshold)
{
    return threshold >= 0 && score > threshold;
}

static json_t *judge_result(const struct anomaly_key *key, const struct anomaly_find *find,
                            int score, int threshold, int64_t scores)
{
    json_t *made = json_object();
    bool failed = false;

    json_put(made, "score", anomaly__number(score / 100.0), &failed);
    json_put(made, "alarm", json_boolean(is_alarm(score, threshold)), &failed);
    json_put(made, "threshold", threshold < 0 ? json_null() : anomaly__number(threshold / 100.0),
             &failed);
    json_put(made, "why", json_string(find->why), &failed);
    json_put(made, "seen", json_false(), &failed);
    json_put(made, "cold", json_false(), &failed);
    json_put(made, "events", json_integer(key->count), &failed);
    json_put(made, "scores", json_integer(scores), &failed);
    json_put(made, "checks", json_incref(find->checks), &failed);
    check(!failed);
    return made;
}

/* (2) The place of the event among the key's; key->n: it is none of them. */
static unsigned judge_place(const struct anomaly_key *key, uint64_t id)
{
    unsigned i = 0;

    while (i < key->n && key->past[i].id != id)
        i++;
    return i;
}

static json_t *judge_seen(const struct anomaly_key *key, unsigned place, struct anomaly_find *find,
                          int64_t scores)
{
    const struct anomaly_past *past = &key->past[place];
    json_t *result;

    snprintf(find->why, sizeof find->why, "this event was scored before");
    result = judge_result(key, find, past->score, past->threshold, scores);
    json_object_set_new_nocheck(result, "seen", json_true());
    return result;
}

static void judge_forget(struct anomaly_key *key, unsigned place)
{
    key->n--;
    key->count--;
    memmove(key->past + place, key->past + place + 1, (key->n - place) * sizeof *key->past);
}

static unsigned key_alarms(const struct anomaly_key *key)
{
    unsigned alarms = 0;

    for (unsigned i = 0; i < key->n; i++)
        alarms += is_alarm(key->past[i].score, key->past[i].threshold);
    return alarms;
}

/* (3) */
static void judge_count(const struct anomaly_plan *plan, const struct anomaly_event *event,
                        json_t *const *values, json_t **changed, struct anomaly_key *key, int score,
                        int threshold, bool again)
{
    bool known = key->count >= plan->least;
    bool flood = is_alarm(score, threshold) && key_alarms(key) >= plan->recent / 4;

    anomaly__key_add(plan, key, event, score, threshold, again);
    changed[NAME_KEY] = anomaly__set_with(values[NAME_KEY], key);
    if (known && !again && !flood)
        changed[NAME_LANE] = anomaly__lane_with(values[NAME_LANE], score);
    if (plan->near > 0 && event->has_amount)
        changed[NAME_NEAR] = anomaly__near_with(plan, event, values[NAME_NEAR]);
}

static int judge_threshold(const struct anomaly_plan *plan, const struct anomaly_names *names,
                           json_t *const *values, int64_t *scores)
{
    json_t *lanes[ANOMALY_LANES];

    lanes[0] = values[NAME_LANE];
    for (unsigned i = 1; i < ANOMALY_LANES; i++)
        lanes[i] = values[names->writable + i - 1];
    return anomaly__threshold(plan, lanes, scores);
}

json_t *anomaly_judge(const struct anomaly_plan *plan, const struct anomaly_event *event,
                      json_t *const *values, json_t **changed)
{
    struct anomaly_key *key = mem_must(sizeof *key);
    struct anomaly_find find = { .checks = json_array() };
    struct anomaly_names names;
    int64_t scores;
    int threshold, score;
    unsigned place;
    bool again;
    json_t *result;

    check(find.checks != NULL);
    anomaly_names(plan, event, &names);
    memset(changed, 0, names.writable * sizeof *changed);
    threshold = judge_threshold(plan, &names, values, &scores);
    anomaly__key_read(values[NAME_KEY], event->key_hash, key);
    place = judge_place(key, event->id);
    again = place < key->n;
    if (again && key->past[place].has_amount == event->has_amount &&
        key->past[place].amount == event->amount) {
        result = judge_seen(key, place, &find, scores);
        goto out;
    }
    if (again)
        judge_forget(key, place);
    anomaly__amount(plan, event, key, &find);
    anomaly__season(plan, event, key, &find);
    anomaly__velocity(plan, event, key, &find);
    anomaly__twice(plan, event, key, plan->near > 0 && event->has_amount ? values[NAME_NEAR] : NULL,
                   &find);
    score = find.score * 100 < SCORE_MOST ? (int)lround(find.score * 100) : SCORE_MOST;
    result = judge_result(key, &find, score, threshold, scores);
    json_object_set_new_nocheck(result, "cold", json_boolean(key->count < plan->least));
    judge_count(plan, event, values, changed, key, score, threshold, again);
out:
    json_decref(find.checks);
    mem_free(key);
    return result;
}
