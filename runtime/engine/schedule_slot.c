/* schedule_slot.c - one schedule: its slots and its cursor. */
#include "engine/schedule_priv.h"

#include <stdio.h>
#include <string.h>

#define SCHEDULE_HOUR 3600000

void schedule__free(struct schedule *s)
{
    zone_close(s->zone);
    mem_free(s->id);
    mem_free(s->text);
    mem_free(s);
}

static char *schedule_text(const struct node_schedule *config)
{
    struct buf text;

    buf_init(&text, 4 * KIB);
    if (config->cron != NULL)
        buf_addf(&text, "%s %s", config->cron, config->zone != NULL ? config->zone : "UTC");
    else
        buf_addf(&text, "every %lld", (long long)config->every_ms);
    check(buf_ok(&text));
    return buf_take(&text, NULL);
}

struct schedule *schedule__new(const struct node_schedule *config, const char **setting,
                               struct err *e)
{
    struct schedule *s = mem_must(sizeof *s);

    *setting = "zone";
    s->zone = zone_open(config->zone, e);
    if (s->zone == NULL)
        goto refuse;
    *setting = "cron";
    if (config->cron != NULL && cron_parse(&s->cron, config->cron, e) != ERR_OK)
        goto refuse;
    if (config->cron == NULL) {
        check(config->every_ms > 0);
        s->every_ms = config->every_ms;
    }
    s->text = schedule_text(config);
    return s;
refuse:
    schedule__free(s);
    return NULL;
}

/* ---- Slots */

int64_t schedule__next(const struct schedule *s, int64_t after)
{
    struct cron_time local;
    int64_t slot;

    if (s->every_ms > 0)
        return (after / s->every_ms + 1) * s->every_ms;
    zone_local(s->zone, after, &local);
    while (cron_next(&s->cron, local, &local)) {
        slot = zone_moment(s->zone, local);
        if (slot > after) /* else: a local time that comes for the second time */
            return slot;
    }
    return INT64_MAX;
}

int64_t schedule__newest(const struct schedule *s, int64_t now)
{
    int64_t back = SCHEDULE_HOUR, slot, next;

    check(s->slot <= now);
    if (s->every_ms > 0)
        return now / s->every_ms * s->every_ms;
    do {
        slot = schedule__next(s, now - back > s->last ? now - back : s->last);
        back *= 2;
    } while (slot > now);
    while ((next = schedule__next(s, slot)) <= now)
        slot = next;
    return slot;
}

void schedule__settle(struct schedule *s, int64_t slot)
{
    s->last = slot;
    s->slot = schedule__next(s, slot);
}

/* ---- The cursor */

static const char *cursor_key(const struct schedule *s, char key[SCHEDULE_KEY])
{
    const struct deployment *d = s->deployment;
    int size = snprintf(key, SCHEDULE_KEY, "schedule/%s/%s/%s/%s", d->workspace, d->environment,
                        d->slug, s->id);

    check(size > 0 && size < SCHEDULE_KEY);
    return key;
}

void schedule__fact(const struct schedule *s, int64_t last, int64_t fired,
                    struct schedule__fact *fact)
{
    int64_t next = schedule__next(s, last);
    json_t *value = json_pack("{s:s, s:I, s:I}", "schedule", s->text, "slot", (json_int_t)last,
                              "fired", (json_int_t)fired);

    check(value != NULL);
    fact->value = json_text_new(value, 8 * KIB, NULL);
    json_decref(value);
    check(fact->value != NULL);
    fact->fact = (struct store_fact){ .op = FACT_PUT,
                                      .kind = FACT_CURSOR,
                                      .key = cursor_key(s, fact->key),
                                      .value = fact->value,
                                      .at_ms = next < INT64_MAX ? next : 0 };
}

void schedule__keep(struct engine *engine, const struct schedule *s)
{
    struct schedule__fact fact;

    schedule__fact(s, s->last, s->fired, &fact);
    engine_fact(engine, &fact.fact);
    mem_free(fact.value);
}

void schedule__drop(struct engine *engine, const struct schedule *s)
{
    char key[SCHEDULE_KEY];
    struct store_fact fact = { .op = FACT_REMOVE, .kind = FACT_CURSOR, .key = cursor_key(s, key) };

    engine_fact(engine, &fact);
}

struct cursor_look {
    const struct schedule *of;
    struct schedule__cursor *cursor;
    bool found;
};

static bool cursor_visit(void *arg, const struct store_fact *fact)
{
    struct cursor_look *look = arg;
    struct err e;
    json_t *value = json_read(fact->value, strlen(fact->value), &json_limits_body, &e);
    const char *text = json_get_text(value, "schedule");

    if (text != NULL && strcmp(text, look->of->text) == 0) {
        look->cursor->last = json_get_int(value, "slot", 0);
        look->cursor->fired = json_get_int(value, "fired", 0);
        look->found = look->cursor->last > 0;
    }
    json_decref(value);
    return false;
}

bool schedule__load(struct engine *engine, const struct schedule *s,
                    struct schedule__cursor *cursor)
{
    char key[SCHEDULE_KEY];
    struct cursor_look look = { .of = s, .cursor = cursor };
    struct store_facts_filter filter = { .kind = FACT_CURSOR,
                                         .key = cursor_key(s, key),
                                         .limit = 1 };
    struct err e;

    if (store_facts(engine->world.store, &filter, cursor_visit, &look, &e) != ERR_OK)
        log_error(engine->world.log, "schedule %s of flow %s: its cursor cannot be read: %s", s->id,
                  s->deployment->slug, e.text);
    return look.found;
}
