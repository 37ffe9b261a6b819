/* anomaly.c - "transform.anomaly": how unusual an event is for its key (nodes/anomaly.h). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"
#include "flow/node_note.h"
#include "nodes/alike.h"
#include "nodes/anomaly.h"
#include "nodes/definition.h"
#include "nodes/moment.h"
#include "nodes/word.h"

#define KEEP_MS   (INT64_C(3660) * 86400000) /* ten years */
#define KEYS_MOST 1000000
#define WITHIN_MS (INT64_C(90) * 86400000)

enum anomaly_value { VALUE_KEY, VALUE_AMOUNT, VALUE_EVENT, VALUE_AT, VALUE_SLOT, VALUES };

struct rule_config {
    int64_t within_ms, count, points;
    json_t *sum;
};
struct twice_config {
    int64_t within_ms, near, points;
};
struct anomaly_config {
    struct value *values[VALUES];
    const char *space, *zone;
    int64_t recent, least, keys, keep_ms;
    int season, scale;
    bool drift, own_event;
    struct field_list velocity; /* of struct rule_config */
    struct twice_config *twice;
    json_t *rate, *expected, *initial;
    struct anomaly_plan plan;
};

/* ---- Settings */

static const char *const seasons[] = { "hour_of_week", "hour_of_day", "day_of_week", "none", NULL };
static const char *const scales[] = { "factor", "difference", NULL };

static const struct field rule_fields[] = {
    { .kind = FIELD_MS,
      .name = "within",
      .offset = offsetof(struct rule_config, within_ms),
      .required = true,
      .min = 1000,
      .max = WITHIN_MS,
      .help = "The time up to the event.",
      .example = "\"10m\"" },
    { .kind = FIELD_INT,
      .name = "count",
      .offset = offsetof(struct rule_config, count),
      .min = 1,
      .max = ANOMALY_RECENT - 1,
      .help = "At most so many events of the key; below `recent`.",
      .example = "5" },
    { .kind = FIELD_JSON,
      .name = "sum",
      .offset = offsetof(struct rule_config, sum),
      .help = "At most this sum of their amounts.",
      .example = "1000.00" },
    { .kind = FIELD_INT,
      .name = "points",
      .offset = offsetof(struct rule_config, points),
      .fallback = "12",
      .min = 1,
      .max = 100,
      .help =
          "What is given when there is more; twice as much as allowed gives 1.7 times so many." },
    FIELD_LAST,
};
static const struct field twice_fields[] = {
    { .kind = FIELD_MS,
      .name = "within",
      .offset = offsetof(struct twice_config, within_ms),
      .fallback = "1h",
      .min = 1000,
      .max = WITHIN_MS,
      .help = "How long ago the other may be." },
    { .kind = FIELD_INT,
      .name = "near",
      .offset = offsetof(struct twice_config, near),
      .fallback = "100",
      .max = 100,
      .help = "Other keys count that are alike in so many percent, by letters and digits: at 100 "
              "\"ACME-1\" and \"acme 1\"; 0: only the key itself." },
    { .kind = FIELD_INT,
      .name = "points",
      .offset = offsetof(struct twice_config, points),
      .fallback = "12",
      .min = 1,
      .max = 100,
      .help = "What is given; less to a key whose amounts often come twice." },
    FIELD_LAST,
};
static const struct field anomaly_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "space",
      .offset = offsetof(struct anomaly_config, space),
      .required = true,
      .help =
          "What belongs together: keys, and past scores. All flows of the environment that name "
          "it share it.",
      .example = "\"sales\"" },
    { .kind = FIELD_VALUE,
      .name = "key",
      .offset = offsetof(struct anomaly_config, values[VALUE_KEY]),
      .required = true,
      .help = "Whose event it is: a text or a whole number, such as the customer's number.",
      .example = "\"=trigger.body.customerId\"" },
    { .kind = FIELD_VALUE,
      .name = "amount",
      .offset = offsetof(struct anomaly_config, values[VALUE_AMOUNT]),
      .main = true,
      .help = "Its amount; nil: it has none, and only times are looked at.",
      .example = "\"=trigger.body.amount\"" },
    { .kind = FIELD_VALUE,
      .name = "event",
      .offset = offsetof(struct anomaly_config, values[VALUE_EVENT]),
      .fallback = "\"=trigger.replay_of and trigger.replay_of.origin or run.id\"",
      .help = "What names the event: one that comes again is not counted again. By default the run "
              "that it began, also after a replay, and the step.",
      .example = "\"=trigger.body.transactionId\"" },
    { .kind = FIELD_VALUE,
      .name = "at",
      .offset = offsetof(struct anomaly_config, values[VALUE_AT]),
      .fallback = "\"=now()\"",
      .help = "Its moment, an expression." },
    { .kind = FIELD_CHOICE,
      .name = "scale",
      .offset = offsetof(struct anomaly_config, scale),
      .fallback = "factor",
      .choices = scales,
      .help = "By what amounts differ. factor: 10 is to 20 as 100 to 200; only amounts above zero. "
              "difference: 10 is to 20 as 100 to 110." },
    { .kind = FIELD_BOOL,
      .name = "drift",
      .offset = offsetof(struct anomaly_config, drift),
      .fallback = "true",
      .help = "Whether the last eight amounts are compared with those before." },
    { .kind = FIELD_CHOICE,
      .name = "season",
      .offset = offsetof(struct anomaly_config, season),
      .fallback = "hour_of_week",
      .choices = seasons,
      .help = "Of which hours or days a key has its habits." },
    { .kind = FIELD_TEXT,
      .name = "zone",
      .offset = offsetof(struct anomaly_config, zone),
      .zone = true,
      .fallback = "UTC",
      .help = "The time zone of these hours and days, or \"=vars.NAME\", the constant that has it.",
      .example = "\"America/New_York\"" },
    { .kind = FIELD_LIST,
      .name = "velocity",
      .offset = offsetof(struct anomaly_config, velocity),
      .max = ANOMALY_RULES,
      .rows = rule_fields,
      .size = sizeof(struct rule_config),
      .help = "How many events, and how much, are allowed within a time." },
    { .kind = FIELD_OBJECT,
      .name = "twice",
      .offset = offsetof(struct anomaly_config, twice),
      .rows = twice_fields,
      .size = sizeof(struct twice_config),
      .help = "Looks for the same amount again; without it that is not looked at." },
    { .kind = FIELD_JSON,
      .name = "rate",
      .offset = offsetof(struct anomaly_config, rate),
      .fallback = "0.01",
      .help = "The wanted share of false alarms, 0.0001 to 0.2: the threshold is the score that so "
              "many of the past ones were above.",
      .example = "0.005" },
    { .kind = FIELD_JSON,
      .name = "expected",
      .offset = offsetof(struct anomaly_config, expected),
      .fallback = "0",
      .help =
          "The share of events, 0 to 0.2, that are what is looked for; they are no false alarms." },
    { .kind = FIELD_JSON,
      .name = "initial",
      .offset = offsetof(struct anomaly_config, initial),
      .help = "The threshold until one is known, 1 to 900; without it nothing is an alarm until "
              "then.",
      .example = "11" },
    { .kind = FIELD_INT,
      .name = "least",
      .offset = offsetof(struct anomaly_config, least),
      .fallback = "10",
      .min = 5,
      .max = 200,
      .help =
          "So many events of a key must be known before amounts, hours and drift give points." },
    { .kind = FIELD_INT,
      .name = "recent",
      .offset = offsetof(struct anomaly_config, recent),
      .fallback = "64",
      .min = 24,
      .max = ANOMALY_RECENT,
      .help = "So many of the last events of a key are kept; medians are theirs." },
    { .kind = FIELD_INT,
      .name = "keys",
      .offset = offsetof(struct anomaly_config, keys),
      .fallback = "20000",
      .min = 4,
      .max = KEYS_MOST,
      .help = "About so many keys are known at a time; at most twice as many are stored. Of four "
              "that fall together with a fifth the one seen longest ago is forgotten." },
    { .kind = FIELD_MS,
      .name = "keep",
      .offset = offsetof(struct anomaly_config, keep_ms),
      .fallback = "400d",
      .min = 3600000,
      .max = KEEP_MS,
      .help = "What has not been written for so long is forgotten." },
    FIELD_LAST,
};

/* ---- Compile */

static double number_compile(struct flow_build *build, const json_t *json, const char *pointer,
                             const char *name, double least, double most)
{
    const char *exact = json_exact_text(json);
    char place[PLACE_BYTES];
    struct decimal number;
    struct err e;
    double value = least - 1;

    if (json_is_integer(json))
        value = (double)json_integer_value(json);
    else if (exact != NULL && decimal_parse(&number, exact, strlen(exact), &e) == ERR_OK)
        value = decimal_to_double(&number);
    if (value >= least && value <= most)
        return value;
    snprintf(place, sizeof place, "%s/%s", pointer, name);
    flow_build_fault(build, place, "must be a number from %g to %g, but is: %s", least, most,
                     exact != NULL ? exact : json_kind(json));
    return least;
}

static void rules_compile(struct flow_build *build, struct anomaly_config *config,
                          const char *pointer)
{
    const struct rule_config *rows = config->velocity.items;
    char place[PLACE_BYTES];
    struct err e;

    for (size_t i = 0; i < config->velocity.count && i < ANOMALY_RULES; i++) {
        struct anomaly_rule *rule = &config->plan.rules[config->plan.rule_count++];

        *rule = (struct anomaly_rule){ .within_ms = rows[i].within_ms,
                                       .count = rows[i].count,
                                       .has_sum = rows[i].sum != NULL,
                                       .points = rows[i].points };
        snprintf(place, sizeof place, "%s/velocity/%zu", pointer, i);
        if (rule->count == 0 && !rule->has_sum)
            flow_build_fault(build, place, "give a \"count\", a \"sum\" or both");
        if (rule->count >= config->recent)
            flow_build_fault(build, place,
                             "\"count\" must be below \"recent\", which is %lld: more events are "
                             "not kept; make \"recent\" larger, at most %u",
                             (long long)config->recent, ANOMALY_RECENT);
        snprintf(place, sizeof place, "%s/velocity/%zu/sum", pointer, i);
        if (rule->has_sum && amount_read(rows[i].sum, &rule->sum, &rule->scale, &e) != ERR_OK)
            flow_build_fault(build, place, "%s", e.text);
        if (rule->has_sum && config->values[VALUE_AMOUNT] == NULL)
            flow_build_fault(build, place, "a sum needs the setting \"amount\"");
    }
}

/* The hour of the week is asked for by an expression: zones are the rules' matter. */
static void slot_compile(struct flow_build *build, struct anomaly_config *config,
                         const char *pointer)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "/_+-:";
    char place[PLACE_BYTES];
    const char *at, *zone = config->zone;
    struct buf text;
    json_t *json;

    snprintf(place, sizeof place, "%s/zone", pointer);
    if (*zone == '\0' || zone[strspn(zone, allowed)] != '\0') {
        flow_build_fault(build, place,
                         "\"%.80s\" is no time zone; write a name of the IANA database like "
                         "\"America/New_York\"",
                         zone);
        return;
    }
    snprintf(place, sizeof place, "%s/at", pointer);
    at = json_text(definition_at(build, place));
    if (at != NULL && at[0] != '=') {
        flow_build_fault(build, place, "must be an expression, such as \"=trigger.body.date\"");
        return;
    }
    buf_init(&text, LIMIT_EXPRESSION);
    buf_addf(&text, "=date.format(%s, 'EEE HH', '%s')", at != NULL ? at + 1 : "now()", zone);
    json = buf_ok(&text) ? json_string(buf_text(&text)) : NULL;
    if (json != NULL)
        config->values[VALUE_SLOT] = value_new(build, json, place);
    else
        flow_build_fault(build, place, "is too long for an expression");
    json_decref(json);
    buf_fini(&text);
}

static void anomaly_compile(struct flow_build *build, void *into, const char *pointer,
                            const struct node_type *type)
{
    struct anomaly_config *config = into;
    struct anomaly_plan *plan = &config->plan;
    char place[PLACE_BYTES];

    (void)type;
    snprintf(place, sizeof place, "%s/space", pointer);
    word_event_compile(build, config->space, place);
    snprintf(place, sizeof place, "%s/event", pointer);
    config->own_event = definition_at(build, place) != NULL;
    plan->amount = config->values[VALUE_AMOUNT] != NULL;
    plan->drift = plan->amount && config->drift;
    plan->plain = config->scale == 1;
    plan->season = (enum anomaly_season)config->season;
    plan->recent = (unsigned)config->recent;
    plan->least = (unsigned)config->least;
    plan->sets = (unsigned)((config->keys + 1) / 2);
    plan->rate = number_compile(build, config->rate, pointer, "rate", 0.0001, 0.2);
    plan->expected = number_compile(build, config->expected, pointer, "expected", 0, 0.2);
    plan->initial = -1;
    if (config->initial != NULL)
        plan->initial = number_compile(build, config->initial, pointer, "initial", 1, 900);
    if (plan->least > plan->recent)
        flow_build_fault(build, pointer, "\"least\" must not be above \"recent\"");
    rules_compile(build, config, pointer);
    if (config->twice != NULL) {
        plan->twice_ms = config->twice->within_ms;
        plan->twice_points = config->twice->points;
        plan->near = (int)config->twice->near * ALIKE_ONE / 100;
        snprintf(place, sizeof place, "%s/twice", pointer);
        if (!plan->amount)
            flow_build_fault(build, place, "equal amounts need the setting \"amount\"");
    }
    if (plan->season != ANOMALY_NO_SEASON && config->zone != NULL)
        slot_compile(build, config, pointer);
}

static void anomaly_release(void *into)
{
    struct anomaly_config *config = into;

    value_free(config->values[VALUE_SLOT]);
    config->values[VALUE_SLOT] = NULL;
}

/* ---- Run */

struct anomaly_state {
    struct anomaly_event event;
    char key[WORD_KEY];
};

static enum err_code slot_read(const json_t *value, unsigned *slot, struct err *e)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    const char *text = json_text(value), *day;

    if (text != NULL && strlen(text) == 6) {
        day = strstr(days, (char[4]){ text[0], text[1], text[2], '\0' });
        *slot = (unsigned)((text[4] - '0') * 10 + text[5] - '0');
        if (day != NULL && *slot < 24) {
            *slot += (unsigned)(day - days) / 3 * 24;
            return ERR_OK;
        }
    }
    return err_set(e, ERR_INVALID, "\"at\" has no hour in the zone");
}

static enum err_code event_name(const struct step *step, const struct anomaly_config *config,
                                const json_t *value, uint64_t *id, struct err *e)
{
    char name[WORD_KEY];
    struct buf text;

    if (word_key(value, name, e) != ERR_OK)
        return err_prefix(e, "\"event\"");
    buf_init(&text, 64 * KIB);
    buf_add_text(&text, name);
    if (!config->own_event)
        buf_addf(&text, "/%s", step_path(step));
    *id = anomaly_hash(buf_text(&text), text.len);
    buf_fini(&text);
    return ERR_OK;
}

static enum err_code event_read(const struct step *step, const struct anomaly_config *config,
                                json_t *const *values, struct anomaly_state *state, struct err *e)
{
    struct anomaly_event *event = &state->event;
    const json_t *amount = values[VALUE_AMOUNT];

    if (word_key(values[VALUE_KEY], state->key, e) != ERR_OK)
        return err_prefix(e, "\"key\"");
    event->key_hash = anomaly_hash(state->key, strlen(state->key));
    if (moment_read(values[VALUE_AT], &event->at_ms, e) != ERR_OK)
        return err_prefix(e, "\"at\"");
    event->has_amount = amount != NULL && !json_is_null(amount);
    if (event->has_amount && amount_read(amount, &event->amount, &event->scale, e) != ERR_OK)
        return err_prefix(e, "\"amount\"");
    if (config->values[VALUE_SLOT] != NULL &&
        slot_read(values[VALUE_SLOT], &event->slot, e) != ERR_OK)
        return e->code;
    return event_name(step, config, values[VALUE_EVENT], &event->id, e);
}

static void anomaly_known(struct step *step, const void *into, json_t *const *values)
{
    const struct anomaly_config *config = into;
    struct anomaly_state *state = step_state(step, sizeof *state);
    json_t *changed[ANOMALY_NAMES] = { NULL }, *output, *details = NULL;
    struct anomaly_names names;
    struct err e = { .code = ERR_OK };

    state->event.key = state->key;
    anomaly_names(&config->plan, &state->event, &names);
    output = anomaly_judge(&config->plan, &state->event, values, changed);
    json_object_set_new_nocheck(output, "key", json_string(state->key));
    for (size_t i = 0; i < names.writable; i++) {
        if (changed[i] != NULL && e.code == ERR_OK)
            e.code = step_notes_put(step, i, changed[i], &e);
        json_decref(changed[i]);
    }
    if (e.code == ERR_OK) {
        step_done(step, "out", &output);
        return;
    }
    json_decref(output);
    step_fail(step, &e, &details);
}

static void anomaly_evaluated(struct step *step, const void *into, const struct step_values *values)
{
    const struct anomaly_config *config = into;
    struct anomaly_state *state = step_state(step, sizeof *state);
    struct anomaly_names names;
    struct step_notes notes;
    json_t *details = NULL;
    char space[NOTE_SPACE + 16];
    struct err e;

    check(values->count == VALUES);
    if (event_read(step, config, values->filled, state, &e) != ERR_OK) {
        step_fail(step, &e, &details);
        return;
    }
    state->event.key = state->key;
    anomaly_names(&config->plan, &state->event, &names);
    snprintf(space, sizeof space, "anomaly:%.64s", config->space);
    notes = (struct step_notes){ .space = space,
                                 .keys = names.keys,
                                 .count = names.count,
                                 .writable = names.writable,
                                 .keep_ms = config->keep_ms };
    step_notes(step, &notes, anomaly_known);
}

static enum node_next anomaly_start(struct step *step, const void *into)
{
    const struct anomaly_config *config = into;

    return step_eval(step, config->values, VALUES, false, anomaly_evaluated);
}

const struct node_type node_transform_anomaly = {
    .name = "transform.anomaly",
    .kind = NODE_TRANSFORM,
    .title = "Score for anomalies",
    .help =
        "Says how unusual an event is for its key: its amount against the median of the key's, a "
        "drift of them, the hour or day, too many within a time, the same amount twice. The output "
        "is {score, alarm, threshold, why, checks, key, events, scores, cold, seen}; each check "
        "says its points and its baseline, and the score is their sum. It only tells: what an "
        "alarm holds up is a rule of the flow (docs/ANOMALY.md). What it knows is durable together "
        "with the step, and each event counts once.",
    .fields = anomaly_fields,
    .config_size = sizeof(struct anomaly_config),
    .example = "{\"space\": \"sales\", \"key\": \"=trigger.body.customerId\", \"amount\": "
               "\"=trigger.body.amount\", \"velocity\": [{\"within\": \"10m\", \"count\": 5}], "
               "\"twice\": {\"within\": \"1h\"}, \"rate\": 0.01}",
    .compile = anomaly_compile,
    .start = anomaly_start,
    .release = anomaly_release,
};
