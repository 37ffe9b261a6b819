/* anomaly_state.c - what is kept of keys and scores, as JSON and back.
 *
 * Numbers stand in one text each, with letters between them: short to read and write, and no two
 * of them are ever taken for the digits of a card. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/anomaly_priv.h"

#define SEASON_MOST (2000u * ANOMALY_UNIT) /* then the counts are halved: the past fades */

uint64_t anomaly_hash(const char *text, size_t size)
{
    unsigned char out[HASH_SIZE];
    struct hash *hash = hash_new(NULL, 0);
    uint64_t value = 0;

    hash_add(hash, text, size);
    hash_end(hash, out);
    hash_free(hash);
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | out[i];
    return value;
}

void anomaly__id_text(uint64_t id, char text[ANOMALY_ID])
{
    for (unsigned i = 0; i < ANOMALY_ID - 1; i++)
        text[i] = (char)('A' + (id >> (60 - 4 * i) & 15));
    text[ANOMALY_ID - 1] = '\0';
}

bool anomaly__id_read(const char *text, uint64_t *id)
{
    *id = 0;
    for (unsigned i = 0; i < ANOMALY_ID - 1; i++) {
        if (text[i] < 'A' || text[i] > 'P')
            return false;
        *id = *id << 4 | (uint64_t)(text[i] - 'A');
    }
    return true;
}

/* ---- Counts */

void anomaly__counts_read(const char *text, uint32_t *counts, unsigned places)
{
    memset(counts, 0, places * sizeof *counts);
    while (text != NULL && *text != '\0') {
        char *end;
        unsigned long place = strtoul(text, &end, 10), count;

        if (end == text || *end != 'a')
            return;
        count = strtoul(end + 1, &end, 10);
        if (*end != 'b')
            return;
        if (place < places && count < UINT32_MAX / 2)
            counts[place] = (uint32_t)count;
        text = end + 1;
    }
}

json_t *anomaly__counts_text(const uint32_t *counts, unsigned places)
{
    struct buf text;
    json_t *json;

    buf_init(&text, 64 * KIB);
    for (unsigned i = 0; i < places; i++) {
        if (counts[i] == 0)
            continue;
        buf_add_int(&text, i);
        buf_add_char(&text, 'a');
        buf_add_int(&text, counts[i]);
        buf_add_char(&text, 'b');
    }
    check(buf_ok(&text));
    json = json_string(buf_text(&text));
    buf_fini(&text);
    check(json != NULL);
    return json;
}

/* ---- Events of a key: "AGEaAMOUNTiIDsSCOREtTHRESHOLD;", the age in ms before the last */

static bool past_number(const char **at, char end, long long *value)
{
    char *stop;

    *value = strtoll(*at, &stop, 10);
    if (stop == *at || *stop != end)
        return false;
    *at = stop + 1;
    return true;
}

static bool past_read(const char **at, int64_t last_ms, struct anomaly_past *past)
{
    long long age, score, threshold;
    size_t size;
    struct err e;

    memset(past, 0, sizeof *past);
    if (!past_number(at, 'a', &age))
        return false;
    size = strcspn(*at, "i");
    past->has_amount = size > 0;
    if (size > 0 && amount_parse(*at, size, &past->amount, &past->scale, &e) != ERR_OK)
        return false;
    *at += size + ((*at)[size] == 'i');
    if (strlen(*at) < ANOMALY_ID || !anomaly__id_read(*at, &past->id))
        return false;
    *at += ANOMALY_ID - 1;
    if (*(*at)++ != 's' || !past_number(at, 't', &score) || !past_number(at, ';', &threshold))
        return false;
    past->at_ms = last_ms - age;
    past->score = (int)score;
    past->threshold = (int)threshold;
    return true;
}

static void past_write(struct buf *text, const struct anomaly_past *past, int64_t last_ms)
{
    char id[ANOMALY_ID], amount[AMOUNT_TEXT];

    anomaly__id_text(past->id, id);
    buf_add_int(text, last_ms - past->at_ms);
    buf_add_char(text, 'a');
    if (past->has_amount)
        buf_add(text, amount, amount_text(past->amount, past->scale, amount));
    buf_add_char(text, 'i');
    buf_add_text(text, id);
    buf_add_char(text, 's');
    buf_add_int(text, past->score);
    buf_add_char(text, 't');
    buf_add_int(text, past->threshold);
    buf_add_char(text, ';');
}

/* ---- Those that are gone: "AGEaAGEaCOUNTaSUMi", the ages in ms before the last event */

static bool gone_read(const char **at, int64_t last_ms, struct anomaly_gone *gone)
{
    long long from, to, count;
    size_t size;
    struct err e;

    if (!past_number(at, 'a', &from) || !past_number(at, 'a', &to) || !past_number(at, 'a', &count))
        return false;
    size = strcspn(*at, "i");
    if ((*at)[size] != 'i' || amount_parse(*at, size, &gone->sum, &gone->scale, &e) != ERR_OK)
        return false;
    *at += size + 1;
    gone->from_ms = last_ms - from;
    gone->to_ms = last_ms - to;
    gone->count = count;
    return true;
}

static void gone_write(struct buf *text, const struct anomaly_gone *gone, int64_t last_ms)
{
    char sum[AMOUNT_TEXT];

    buf_add_int(text, last_ms - gone->from_ms);
    buf_add_char(text, 'a');
    buf_add_int(text, last_ms - gone->to_ms);
    buf_add_char(text, 'a');
    buf_add_int(text, gone->count);
    buf_add_char(text, 'a');
    buf_add(text, sum, amount_text(gone->sum, gone->scale, sum));
    buf_add_char(text, 'i');
}

static json_t *gone_text(const struct anomaly_key *key)
{
    struct buf text;
    json_t *json;

    buf_init(&text, 16 * KIB);
    for (unsigned i = 0; i < key->gone_n; i++)
        gone_write(&text, &key->gone[i], key->last_ms);
    check(buf_ok(&text));
    json = json_string(buf_text(&text));
    buf_fini(&text);
    check(json != NULL);
    return json;
}

/* The longest time of a rule with a sum; 0: nobody asks for what is gone. */
static int64_t gone_within(const struct anomaly_plan *plan)
{
    int64_t longest = 0;

    for (size_t i = 0; i < plan->rule_count; i++)
        if (plan->rules[i].has_sum && plan->rules[i].within_ms > longest)
            longest = plan->rules[i].within_ms;
    return longest;
}

/* Joins the newest of them as long as that stays short against the time that is looked at. */
static void gone_add(const struct anomaly_plan *plan, struct anomaly_key *key,
                     const struct anomaly_past *past)
{
    struct anomaly_gone *last = key->gone_n > 0 ? &key->gone[key->gone_n - 1] : NULL;
    int64_t longest = gone_within(plan);
    amount_units amount = past->has_amount ? past->amount : 0;

    if (longest == 0)
        return;
    if (last != NULL && past->at_ms >= last->to_ms &&
        past->at_ms - last->from_ms <= longest / (ANOMALY_GONE - 1) &&
        amount_add(&last->sum, amount)) {
        last->to_ms = past->at_ms;
        last->count++;
        last->scale = past->scale > last->scale ? past->scale : last->scale;
        return;
    }
    if (key->gone_n == ANOMALY_GONE)
        memmove(key->gone, key->gone + 1, --key->gone_n * sizeof *key->gone);
    key->gone[key->gone_n++] =
        (struct anomaly_gone){ past->at_ms, past->at_ms, 1, amount, past->scale };
}

/* ---- Keys */

static bool key_is(const json_t *one, const char *id)
{
    const char *text = json_get_text(one, "k");

    return text != NULL && strcmp(text, id) == 0;
}

void anomaly__key_read(const json_t *set, uint64_t hash, struct anomaly_key *key)
{
    const char *text;
    char id[ANOMALY_ID];
    json_t *one;
    size_t i;

    memset(key, 0, sizeof *key);
    key->hash = hash;
    anomaly__id_text(hash, id);
    json_array_foreach(json_object_get(set, "keys"), i, one)
    {
        if (!key_is(one, id))
            continue;
        key->count = json_get_int(one, "n", 0);
        key->last_ms = json_get_int(one, "t", 0);
        anomaly__counts_read(json_get_text(one, "s"), key->season, ANOMALY_SLOTS);
        text = json_get_text(one, "g");
        while (text != NULL && *text != '\0' && key->gone_n < ANOMALY_GONE &&
               gone_read(&text, key->last_ms, &key->gone[key->gone_n]))
            key->gone_n++;
        text = json_get_text(one, "r");
        while (text != NULL && *text != '\0' && key->n < ANOMALY_RECENT) {
            if (past_read(&text, key->last_ms, &key->past[key->n]))
                key->n++;
            else
                text += strcspn(text, ";") + (text[strcspn(text, ";")] == ';');
        }
    }
}

static json_t *key_json(const struct anomaly_key *key)
{
    char id[ANOMALY_ID];
    struct buf text;
    json_t *one;

    anomaly__id_text(key->hash, id);
    buf_init(&text, 64 * KIB);
    for (unsigned i = 0; i < key->n; i++)
        past_write(&text, &key->past[i], key->last_ms);
    check(buf_ok(&text));
    one = json_pack("{s:s, s:I, s:I, s:s, s:o, s:o}", "k", id, "n", (json_int_t)key->count, "t",
                    (json_int_t)key->last_ms, "r", buf_text(&text), "g", gone_text(key), "s",
                    anomaly__counts_text(key->season, ANOMALY_SLOTS));
    buf_fini(&text);
    check(one != NULL);
    return one;
}

json_t *anomaly__set_with(const json_t *set, const struct anomaly_key *key)
{
    char id[ANOMALY_ID];
    json_t *keys = json_array(), *one, *made;
    size_t i;

    anomaly__id_text(key->hash, id);
    check(keys != NULL && json_array_append_new(keys, key_json(key)) == 0);
    json_array_foreach(json_object_get(set, "keys"), i, one)
    {
        if (!key_is(one, id) && json_array_size(keys) < ANOMALY_WAYS)
            check(json_array_append(keys, one) == 0);
    }
    made = json_pack("{s:o}", "keys", keys);
    check(made != NULL);
    return made;
}

static void season_add(struct anomaly_key *key, unsigned slot)
{
    uint64_t total = 0;

    check(slot < ANOMALY_SLOTS);
    key->season[slot] += ANOMALY_UNIT;
    for (unsigned i = 0; i < ANOMALY_SLOTS; i++)
        total += key->season[i];
    for (unsigned i = 0; total > SEASON_MOST && i < ANOMALY_SLOTS; i++)
        key->season[i] /= 2;
}

void anomaly__key_add(const struct anomaly_plan *plan, struct anomaly_key *key,
                      const struct anomaly_event *event, int score, int threshold, bool again)
{
    if (key->n >= plan->recent) {
        unsigned over = key->n - plan->recent + 1;

        for (unsigned i = 0; i < over; i++)
            gone_add(plan, key, &key->past[i]);
        memmove(key->past, key->past + over, (key->n - over) * sizeof *key->past);
        key->n -= over;
    }
    key->past[key->n++] = (struct anomaly_past){ .at_ms = event->at_ms,
                                                 .id = event->id,
                                                 .has_amount = event->has_amount,
                                                 .amount = event->amount,
                                                 .scale = event->scale,
                                                 .score = score,
                                                 .threshold = threshold };
    key->count++;
    if (event->at_ms > key->last_ms)
        key->last_ms = event->at_ms;
    if (plan->season != ANOMALY_NO_SEASON && !again) /* its hour was counted */
        season_add(key, event->slot);
}
