/* alert_judge_age.c - what waits too long, and what did not come. */
#include "designer-api/alert_priv.h"

#include <string.h>

#include "base/table.h"
#include "designer-api/desk.h"
#include "designer-api/when.h"
#include "engine/dead.h"
#include "engine/operate.h"
#include "engine/sample.h"
#include "rules/zone.h"
#include "store/look.h"

#define AGE_LOOK_MS                                                               \
    10 /* on the loop: what is not seen in this time is seen when others are gone \
        */

struct ages {
    struct alert_look *look;
    struct dict *oldest; /* place to int64_t * */
    struct err e;
};

static void age_put(struct ages *ages, const char *workspace, const char *environment,
                    const char *flow, int64_t since_ms)
{
    char place[STORE_FACT_KEY];
    int64_t *oldest;

    if (workspace == NULL || environment == NULL || flow == NULL || since_ms <= 0)
        return;
    snprintf(place, sizeof place, "%s/%s/%s", workspace, environment, flow);
    if (!alert__concerns(ages->look->rule, place))
        return;
    oldest = dict_find(ages->oldest, place);
    if (oldest == NULL) {
        oldest = mem_must(sizeof *oldest);
        *oldest = since_ms;
        dict_put(ages->oldest, place, oldest);
    }
    *oldest = since_ms < *oldest ? since_ms : *oldest;
}

static bool age_task(void *arg, const struct store_fact *fact)
{
    struct ages *ages = arg;
    json_t *task = desk_task(fact);
    const char *since = json_get_text(task, "since");
    int64_t ms;

    if (since != NULL && when_read(since, &ms))
        age_put(ages, json_get_text(task, "workspace"), json_get_text(task, "environment"),
                json_get_text(task, "flow"), ms);
    json_decref(task);
    return true;
}

static enum store_look_word age_dead(void *arg, const struct store_run *run)
{
    struct ages *ages = arg;

    if (engine_dead_is(run) &&
        !engine_dead_settled(ages->look->alerts->rooms.store, run->run, &ages->e))
        age_put(ages, run->workspace, run->environment, run->flow, run->ended_ms);
    return LOOK_PASS;
}

static enum store_look_word age_waiting(void *arg, const struct store_run *run)
{
    age_put(arg, run->workspace, run->environment, run->flow, run->received_ms);
    return LOOK_PASS;
}

static enum err_code age_runs(struct ages *ages, unsigned statuses, store_look_fn *visit,
                              struct err *e)
{
    const struct alerts_rooms *rooms = &ages->look->alerts->rooms;
    const json_t *body = ages->look->rule->body;
    struct effort effort;
    const struct store_look look = { .workspace = ages->look->rule->workspace,
                                     .environment = json_get_text(body, "environment"),
                                     .flow = json_get_text(body, "flow"),
                                     .statuses = statuses,
                                     .effort = &effort };
    struct store_look_end end;

    effort_begin(&effort, rooms->clock, AGE_LOOK_MS);
    return store_look(rooms->store, &look, visit, ages, &end, e);
}

static void age_places(struct ages *ages, bool polls)
{
    struct sample_place place;
    size_t cursor = 0;

    while (sample_place(ages->look->alerts->rooms.engine, &cursor, &place))
        age_put(ages, place.workspace, place.environment, place.flow,
                polls ? place.failing_ms : place.oldest_ms);
}

static enum err_code age_collect(struct ages *ages, const char *of, struct err *e)
{
    const struct store_facts_filter tasks = { .kind = FACT_TASK };

    if (strcmp(of, "queue") == 0 || strcmp(of, "poll") == 0) {
        age_places(ages, of[0] == 'p');
        return ERR_OK;
    }
    if (strcmp(of, "waiting") == 0)
        return age_runs(ages, STORE_LOOK_STATUS(RUN_WAITING), age_waiting, e);
    if (store_facts(ages->look->alerts->rooms.store, &tasks, age_task, ages, e) != ERR_OK)
        return e->code;
    return age_runs(ages, engine_dead_statuses(ages->look->alerts->rooms.store), age_dead, e);
}

enum err_code alert__judge_age(struct alert_look *look, struct err *e)
{
    const char *of = json_get_text(look->rule->body, "of"), *place;
    struct ages ages = { .look = look, .oldest = dict_new() };
    char text[ALERT_TEXT], span[40], limit[40];
    int64_t *oldest;
    size_t cursor = 0;

    e->code = age_collect(&ages, of, e);
    alert__span(alert__number(look->rule->body, "above", 0), limit);
    while ((oldest = dict_next(ages.oldest, &cursor, &place)) != NULL) {
        double age = (double)(look->now_ms - *oldest) / 1000;

        alert__span(age, span);
        snprintf(text, sizeof text, "%s of %.260s %s for %s, and %s is the limit",
                 strcmp(of, "exception") == 0 ? "the oldest exception"
                 : strcmp(of, "queue") == 0   ? "the oldest run without a place"
                 : strcmp(of, "poll") == 0    ? "a poll"
                                              : "the oldest waiting run",
                 place + strlen(look->rule->workspace) + 1,
                 strcmp(of, "poll") == 0 ? "fails" : "waits", span, limit);
        if (e->code == ERR_OK)
            alert__found(look, place, age, text);
        mem_free(oldest);
    }
    dict_free(ages.oldest);
    return e->code;
}

/* ---- What did not come */

struct missing {
    const char *environment;
    bool came;
};

static enum store_look_word missing_run(void *arg, const struct store_run *run)
{
    struct missing *missing = arg;

    (void)run;
    missing->came = true;
    return LOOK_TAKE;
}

static void missing_tell(struct alert_look *look, const struct alert_due *due)
{
    const json_t *body = look->rule->body, *terms = json_object_get(body, "due");
    const char *flow = json_get_text(body, "flow"), *zone_name = json_get_text(terms, "zone"),
               *environment = json_get_text(body, "environment");
    struct alert_finding finding = { .fires = true, .limit = 1 };
    char text[ALERT_TEXT], print[ALERT_PRINT], from[ZONE_TEXT], to[ZONE_TEXT];
    struct err e;
    struct zone *zone = zone_open(zone_name, &e);

    if (zone == NULL)
        return;
    zone_text(zone, due->from_ms, from);
    zone_text(zone, due->to_ms, to);
    zone_close(zone);
    snprintf(text, sizeof text, "no run of %.200s has %s between %s and %s (%s)", flow,
             json_is_true(json_object_get(terms, "succeeded")) ? "come to a good end" : "begun",
             from, to, zone_name != NULL ? zone_name : "UTC");
    snprintf(print, sizeof print, "%s/%s@%lld", environment != NULL ? environment : "*", flow,
             (long long)due->to_ms);
    finding.print = print;
    finding.text = text;
    finding.about = json_pack("{s:s, s:s*}", "flow", flow, "environment", environment);
    look->found(look->arg, &finding);
    json_decref(finding.about);
}

/* The last moment at which something was due, if the rule stood then. What comes late ends it, too:
 * until the next one is due. */
enum err_code alert__judge_missing(struct alert_look *look, struct err *e)
{
    const struct alerts_rooms *rooms = &look->alerts->rooms;
    const json_t *body = look->rule->body, *terms = json_object_get(body, "due");
    struct store_look runs = { .workspace = look->rule->workspace,
                               .environment = json_get_text(body, "environment"),
                               .flow = json_get_text(body, "flow"),
                               .trigger = json_get_text(terms, "trigger"),
                               .limit = 1 };
    struct missing missing = { .came = false };
    struct store_look_end end;
    struct alert_due due;

    if (alert__due(terms, look->now_ms, &due, e) != ERR_OK)
        return e->code;
    if (due.to_ms == 0 || due.to_ms <= look->rule->since_ms)
        return ERR_OK;
    if (json_is_true(json_object_get(terms, "succeeded")))
        runs.statuses = STORE_LOOK_STATUS(RUN_SUCCEEDED);
    runs.from_ms = due.from_ms;
    if (store_look(rooms->store, &runs, missing_run, &missing, &end, e) != ERR_OK)
        return e->code;
    if (!missing.came)
        missing_tell(look, &due);
    return ERR_OK;
}
