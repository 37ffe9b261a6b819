/* schedule.c - see schedule.h.
 *
 *   put -> waits for its slot -> firing (a run is on its way to the store) -> settled: next slot
 *              ^                     | refused
 *              +--- after a pause ---+
 *
 * (1) One run of a schedule is on its way at most: slots are accepted in order.  [schedule_look]
 * (2) The cursor moves in memory only after the commit of the run.                [schedule_born]
 * (3) A callback holds a schedule's tag, never a pointer.                        [schedule_find] */
#include "engine/schedule_priv.h"

#include <stdio.h>
#include <string.h>

#include "engine/arrival.h"
#include "engine/spawn.h"

struct schedules {
    struct schedule *list;
    uint64_t last_tag;
    int64_t seen;   /* wall: when all were looked at */
    int64_t wall;   /* the next slot, INT64_MIN: look at once */
    int64_t steady; /* the next try or look-up */
};

/* ---- Arming */

bool schedules_check(const struct flow *flow, const char *file, struct faults *faults)
{
    struct schedule *s;
    struct node_arm arm;
    const char *setting;
    bool good = true;
    struct err e;

    for (size_t i = 0; i < flow->node_count; i++) {
        if (!arrival_arm(&flow->nodes[i], &arm) || arm.schedule == NULL)
            continue;
        s = schedule__new(arm.schedule, &setting, &e);
        if (s != NULL) {
            schedule__free(s);
            continue;
        }
        arrival_fault(faults, file, &flow->nodes[i], setting, &e);
        good = false;
    }
    return good;
}

static struct schedule *schedule_had(const struct schedules *all, const struct schedule *s)
{
    struct schedule *had;

    for (had = all->list; had != NULL; had = had->next)
        if (had->deployment == s->deployment && strcmp(had->id, s->id) == 0)
            return had;
    return NULL;
}

static void schedule_arm(struct engine *engine, struct schedule *s)
{
    struct schedule__cursor cursor;

    if (schedule__load(engine, s, &cursor)) {
        s->fired = cursor.fired;
        schedule__settle(s, cursor.last);
        return;
    }
    schedule__settle(s, engine->wall);
    schedule__keep(engine, s);
    s->keep_at = engine->steady + ARRIVAL_RETRY_MS;
}

static void schedule_put(struct engine *engine, struct deployment *d, unsigned node,
                         const struct node_schedule *config)
{
    struct schedules *all = engine->schedules;
    const char *setting;
    struct schedule *s, *had;
    struct err e;

    s = schedule__new(config, &setting, &e);
    if (s == NULL) { /* schedules_check() took it once: the zone is not known any more */
        log_error(engine->world.log, "schedule %s of flow %s does not work: %s",
                  d->version->flow->nodes[node].id, d->slug, e.text);
        return;
    }
    s->deployment = d;
    s->id = mem_must_copy(d->version->flow->nodes[node].id);
    had = schedule_had(all, s);
    if (had != NULL && strcmp(had->text, s->text) == 0) {
        had->node = node;
        had->misfire = config->misfire;
        had->again = 0;
        had->stays = true;
        schedule__free(s);
        return;
    }
    s->node = node;
    s->misfire = config->misfire;
    s->tag = ++all->last_tag;
    s->stays = true;
    schedule_arm(engine, s);
    s->next = all->list; /* in front of what it replaces, which goes now */
    all->list = s;
}

/* Takes out what does not stay. */
static void schedules_sweep(struct engine *engine, const struct deployment *d)
{
    struct schedules *all = engine->schedules;
    struct schedule **at = &all->list, *s;

    while ((s = *at) != NULL) {
        if (s->deployment != d || s->stays) {
            s->stays = false;
            at = &s->next;
            continue;
        }
        *at = s->next;
        if (schedule_had(all, s) == NULL)
            schedule__drop(engine, s);
        schedule__free(s);
    }
    all->wall = INT64_MIN;
}

void schedules_put(struct engine *engine, struct deployment *d)
{
    const struct flow *flow = d->version->flow;
    struct node_arm arm;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (engine->schedules == NULL) {
        engine->schedules = mem_must(sizeof *engine->schedules);
        engine->schedules->seen = engine->wall;
    }
    for (unsigned i = 0; i < flow->node_count; i++)
        if (arrival_arm(&flow->nodes[i], &arm) && arm.schedule != NULL)
            schedule_put(engine, d, i, arm.schedule);
    schedules_sweep(engine, d);
}

void schedules_remove(struct engine *engine, const struct deployment *d)
{
    if (engine->schedules != NULL)
        schedules_sweep(engine, d);
}

void schedules_free(struct engine *engine)
{
    struct schedule *s;

    if (engine->schedules == NULL)
        return;
    while ((s = engine->schedules->list) != NULL) {
        engine->schedules->list = s->next;
        schedule__free(s);
    }
    mem_free(engine->schedules);
    engine->schedules = NULL;
}

/* ---- Firing */

static struct schedule *schedule_find(const struct schedules *all, uint64_t tag)
{
    struct schedule *s;

    for (s = all->list; s != NULL && s->tag != tag; s = s->next)
        ;
    return s;
}

static void schedule_refused(struct engine *engine, struct schedule *s, int64_t slot,
                             enum err_code code, const char *text)
{
    char at[CLOCK_TEXT];

    clock_text(slot, at);
    if (s->refused++ == 0)
        log_warn(engine->world.log,
                 "schedule %s of flow %s: the run for %s was refused (%s); it is tried again",
                 s->id, s->deployment->slug, at, text);
    s->stuck = slot;
    s->again = engine->steady + arrival_pause(code, s->refused);
}

static void schedule_born(void *owner, uint64_t tag, enum err_code code, uint64_t run)
{
    struct engine *engine = owner;
    struct schedule *s = engine->schedules != NULL ? schedule_find(engine->schedules, tag) : NULL;
    int64_t slot;

    (void)run;
    if (s == NULL) /* another schedule stands there by now, or none */
        return;
    slot = s->firing;
    check(slot > 0);
    s->firing = 0;
    engine->schedules->wall = INT64_MIN;
    if (code != ERR_OK && code != ERR_DUPLICATE) {
        schedule_refused(engine, s, slot, code, err_about(code));
        return;
    }
    if (code == ERR_OK)
        s->keep_at = 0; /* the cursor went with it */
    s->refused = 0;
    s->stuck = 0;
    s->fired = slot;
    schedule__settle(s, slot);
}

static json_t *schedule_body(const struct schedule *s, int64_t slot)
{
    char at[CLOCK_TEXT], before[CLOCK_TEXT], local[ZONE_TEXT];
    json_t *body;

    clock_text(slot, at);
    clock_text(s->fired, before);
    zone_text(s->zone, slot, local);
    body = json_pack("{s:s, s:s, s:o}", "slot", at, "scheduled_at", local, "previous",
                     s->fired > 0 ? json_string(before) : json_null());
    check(body != NULL);
    return body;
}

static void schedule_fire(struct engine *engine, struct schedule *s, int64_t slot)
{
    const struct flow_node *node = &s->deployment->version->flow->nodes[s->node];
    char at[CLOCK_TEXT], dedupe[LIMIT_ID + 64];
    json_t *body = schedule_body(s, slot), *input;
    struct schedule__fact fact;
    struct err e;

    if (!arrival_room(engine)) {
        json_decref(body);
        schedule_refused(engine, s, slot, ERR_OVERLOAD, err_about(ERR_OVERLOAD));
        return;
    }
    if (arrival_input_json(engine, node, "SCHEDULE", &body, &input, &e) != ERR_OK) {
        schedule_refused(engine, s, slot, e.code, e.text);
        return;
    }
    clock_text(slot, at);
    snprintf(dedupe, sizeof dedupe, "schedule/%s/%s", s->id, at);
    schedule__fact(s, slot, slot, &fact);
    struct spawn spawn = { .deployment = s->deployment,
                           .trigger = s->node,
                           .input = &input,
                           .dedupe = dedupe,
                           .facts = &fact.fact,
                           .fact_count = 1,
                           .done = schedule_born,
                           .owner = engine,
                           .tag = s->tag };

    s->firing = slot;
    s->again = 0;
    spawn_run(engine, &spawn);
    mem_free(fact.value);
}

/* Several slots are behind, or the only one is late. */
static void schedule_missed(struct engine *engine, struct schedule *s, int64_t newest)
{
    char from[CLOCK_TEXT], to[CLOCK_TEXT];

    clock_text(s->slot, from);
    clock_text(newest, to);
    if (s->misfire == MISFIRE_ALL && s->late < SCHEDULE_ALL_MAX) {
        if (s->late++ == 0)
            log_info(engine->world.log, "schedule %s of flow %s: slots from %s to %s were missed",
                     s->id, s->deployment->slug, from, to);
        schedule_fire(engine, s, s->slot);
        return;
    }
    if (s->misfire == MISFIRE_ALL)
        log_warn(engine->world.log,
                 "schedule %s of flow %s: more than %u slots were missed; those from %s to before "
                 "%s are dropped",
                 s->id, s->deployment->slug, SCHEDULE_ALL_MAX, from, to);
    else
        log_info(engine->world.log, "schedule %s of flow %s: slots from %s to %s were missed: %s",
                 s->id, s->deployment->slug, from, to,
                 s->misfire == MISFIRE_ONCE ? "once for all" : "skipped");
    s->late = 0;
    if (s->misfire != MISFIRE_SKIP || engine->wall - newest <= SCHEDULE_GRACE_MS)
        schedule_fire(engine, s, newest);
    else
        schedule__settle(s, newest);
}

static void schedule_look(struct engine *engine, struct schedule *s)
{
    struct schedule__cursor cursor;
    int64_t newest;

    if (engine->wall < s->last - SCHEDULE_BACK_MS) {
        log_warn(engine->world.log,
                 "schedule %s of flow %s: the clock went back; it goes on from now", s->id,
                 s->deployment->slug);
        schedule__settle(s, engine->wall);
        s->stuck = 0;
    }
    if (s->keep_at != 0 && s->keep_at <= engine->steady && s->firing == 0) {
        s->keep_at = 0;
        if (!schedule__load(engine, s, &cursor)) {
            schedule__keep(engine, s);
            s->keep_at = engine->steady + ARRIVAL_RETRY_MS;
        }
    }
    if (s->firing != 0 || s->slot > engine->wall || s->again > engine->steady)
        return;
    if (s->stuck != 0) {
        schedule_fire(engine, s, s->stuck);
        return;
    }
    newest = schedule__newest(s, engine->wall);
    if (newest == s->slot && engine->wall - newest <= SCHEDULE_GRACE_MS) {
        s->late = 0;
        schedule_fire(engine, s, newest);
    } else {
        schedule_missed(engine, s, newest);
    }
}

static void schedules_note(struct schedules *all, const struct schedule *s, int64_t steady)
{
    if (s->keep_at != 0 && s->keep_at < all->steady)
        all->steady = s->keep_at;
    if (s->firing != 0)
        return; /* schedule_born() comes */
    if (s->again > steady && s->again < all->steady)
        all->steady = s->again;
    else if (s->again <= steady && s->slot < all->wall)
        all->wall = s->slot;
}

void schedules_turn(struct engine *engine)
{
    struct schedules *all = engine->schedules;
    struct schedule *s;

    if (all == NULL || engine->draining ||
        (engine->wall < all->wall && engine->steady < all->steady &&
         engine->wall >= all->seen - SCHEDULE_BACK_MS))
        return;
    all->seen = engine->wall;
    all->wall = all->steady = INT64_MAX;
    for (s = all->list; s != NULL; s = s->next) {
        schedule_look(engine, s);
        schedules_note(all, s, engine->steady);
    }
}

int64_t schedules_due(const struct engine *engine)
{
    const struct schedules *all = engine->schedules;
    int64_t due;

    if (all == NULL || all->list == NULL || engine->draining)
        return INT64_MAX;
    due = engine->steady + SCHEDULE_WAKE_MS;
    if (all->wall < engine->wall + SCHEDULE_WAKE_MS)
        due =
            all->wall > engine->wall ? engine->steady + (all->wall - engine->wall) : engine->steady;
    return all->steady < due ? all->steady : due;
}
