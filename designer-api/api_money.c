/* api_money.c - what flows with settings.money moved, by currency: over time from the rows of the
 * measurements, less what was replayed since, and what waits now from the runs that have not ended.
 * Sums are exact, and texts. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/series_grid.h"

#define MONEY_CURRENCIES 20u     /* of a workspace; what is beyond is counted as unknown */
#define MONEY_WAITING    100000u /* runs that are looked at */

struct money_sums {
    char currency[TALLY_CURRENCY];
    struct tally_money *steps; /* one for each step of the grid */
    struct decimal waiting;
    uint64_t waiting_runs;
};
struct money_look {
    struct beside_ask *look;
    struct series_grid grid;
    struct money_sums sums[MONEY_CURRENCIES];
    size_t count;
    uint64_t unknown;
    unsigned seen;
    bool full;
};

/* NULL: there are too many. */
static struct money_sums *money_sums(struct money_look *money, const char *currency)
{
    struct money_sums *sums;

    for (size_t i = 0; i < money->count; i++)
        if (strcmp(money->sums[i].currency, currency) == 0)
            return &money->sums[i];
    if (money->count == MONEY_CURRENCIES)
        return NULL;
    sums = &money->sums[money->count++];
    snprintf(sums->currency, sizeof sums->currency, "%s", currency);
    sums->steps = mem_must((money->grid.count + 1) * sizeof *sums->steps);
    return sums;
}

/* ---- Over time */

static bool money_add(struct tally_money *to, const struct tally_money *more)
{
    struct err e;

    for (unsigned kind = 0; kind < TALLY_MONEY_KINDS; kind++) {
        if (decimal_add(&to->sums[kind], &to->sums[kind], &more->sums[kind], &e) != ERR_OK)
            return false;
        to->runs[kind] += more->runs[kind];
    }
    return true;
}

static bool money_row(void *arg, const char *place, int64_t at_s, const struct series_cell *cell)
{
    struct money_look *money = arg;

    (void)place;
    if (!series_grid_has(&money->grid, at_s))
        return true;
    money->unknown += cell->money_unknown;
    for (size_t i = 0; i < TALLY_CURRENCIES && cell->money[i].currency[0] != '\0'; i++) {
        struct money_sums *sums = money_sums(money, cell->money[i].currency);

        if (sums == NULL ||
            !money_add(&sums->steps[series_grid_find(&money->grid, at_s)], &cell->money[i]))
            money->full = true;
    }
    return true;
}

/* ---- What waits */

/* "WORKSPACE/ENVIRONMENT/FLOW/RUN" */
static bool money_is_asked(const struct money_look *money, const char *key)
{
    const struct ask *ask = &money->look->ask;
    const char *environment = ask_text(ask, "environment"), *flow = ask_text(ask, "flow");
    struct series_place place;

    return series_place(key, &place) &&
           (environment == NULL || strcmp(environment, place.environment) == 0) &&
           (flow == NULL || strcmp(flow, place.flow) == 0);
}

/* A fact that is looked at. NULL: it is none of those that are asked for, or there is no more. */
static json_t *money_fact(struct money_look *money, const struct store_fact *fact)
{
    static const struct json_limits limits = { 1 * KIB, 4, 20 };
    struct err e;

    if (!money_is_asked(money, fact->key))
        return NULL;
    return json_read(fact->value, strlen(fact->value), &limits, &e);
}

static bool money_number(const json_t *json, const char *name, struct decimal *value)
{
    const char *text = json_get_text(json, name);
    struct err e;

    return text != NULL && decimal_parse(value, text, strlen(text), &e) == ERR_OK;
}

static struct money_sums *money_sums_of(struct money_look *money, const json_t *json)
{
    const char *currency = json_get_text(json, "currency");

    return currency != NULL && strlen(currency) < TALLY_CURRENCY ? money_sums(money, currency)
                                                                 : NULL;
}

static bool money_waits(void *arg, const struct store_fact *fact)
{
    struct money_look *money = arg;
    struct money_sums *sums;
    struct decimal value;
    struct err e;
    json_t *json;

    if (++money->seen > MONEY_WAITING) {
        money->full = true;
        return false;
    }
    json = money_fact(money, fact);
    if (json == NULL)
        return true;
    sums = money_sums_of(money, json);
    if (sums != NULL && money_number(json, "amount", &value) &&
        decimal_add(&sums->waiting, &sums->waiting, &value, &e) == ERR_OK)
        sums->waiting_runs++;
    else
        money->full = true;
    json_decref(json);
    return true;
}

/* ---- What was replayed counts where the replay stands */

/* Of the step that counted it: that of its end, or, at the turn of a minute, the next one. What a
 * kill has kept from being counted is nowhere. */
static void money_less(struct money_look *money, struct money_sums *sums, int64_t at_s,
                       unsigned kind, const struct decimal *value)
{
    size_t at = series_grid_find(&money->grid, at_s);
    struct tally_money *step = &sums->steps[at];
    struct err e;

    if (decimal_is_zero(value))
        return;
    if (step->runs[kind] == 0 && at + 1 < money->grid.count)
        step = &sums->steps[at + 1];
    if (step->runs[kind] == 0)
        return;
    if (decimal_sub(&step->sums[kind], &step->sums[kind], value, &e) != ERR_OK)
        money->full = true;
    step->runs[kind]--;
}

static bool money_redone(void *arg, const struct store_fact *fact)
{
    struct money_look *money = arg;
    int64_t at_s = fact->at_ms / 1000;
    struct decimal amount, posted, rest;
    struct money_sums *sums;
    const char *as;
    struct err e;
    json_t *json;

    if (++money->seen > MONEY_WAITING) {
        money->full = true;
        return false;
    }
    if (!series_grid_has(&money->grid, at_s))
        return true;
    json = money_fact(money, fact);
    sums = money_sums_of(money, json);
    as = json_get_text(json, "as");
    if (sums != NULL && as != NULL && money_number(json, "amount", &amount)) {
        if (strcmp(as, "posted") != 0) {
            money_less(money, sums, at_s,
                       strcmp(as, "failed") == 0 ? TALLY_FAILED : TALLY_CANCELLED, &amount);
        } else if (!money_number(json, "posted", &posted)) {
            money_less(money, sums, at_s, TALLY_POSTED, &amount);
        } else if (decimal_sub(&rest, &amount, &posted, &e) == ERR_OK) {
            money_less(money, sums, at_s, TALLY_POSTED, &posted);
            money_less(money, sums, at_s, TALLY_NOT_POSTED, &rest);
        }
    }
    json_decref(json);
    return true;
}

/* ---- Both */

static enum err_code money_facts(struct money_look *money, enum store_fact_kind kind,
                                 store_fact_fn *visit, struct err *e)
{
    const char *workspace = beside_workspace(money->look);
    char prefix[LIMIT_ID + 2] = "";
    const struct store_facts_filter filter = { .kind = kind, .prefix = prefix };

    money->seen = 0;
    if (workspace != NULL)
        snprintf(prefix, sizeof prefix, "%s/", workspace);
    return store_facts(money->look->store, &filter, visit, money, e);
}

/* ---- The answer */

static json_t *money_text(const struct decimal *sum)
{
    char text[DECIMAL_TEXT];

    decimal_text(sum, text);
    return json_string(text);
}

static json_t *money_json(const struct money_look *money, const struct money_sums *sums)
{
    static const char *const names[TALLY_MONEY_KINDS] = { "posted", "failed", "cancelled",
                                                          "not_posted" };
    json_t *json = json_pack("{s:s}", "currency", sums->currency), *totals = json_object();
    struct tally_money total = { .runs = { 0 } };
    char runs[24];

    check(json != NULL && totals != NULL);
    for (unsigned kind = 0; kind < TALLY_MONEY_KINDS; kind++) {
        json_t *values = json_array(), *counts = json_array();

        for (size_t i = 0; i < money->grid.count; i++) {
            json_array_append_new(values, money_text(&sums->steps[i].sums[kind]));
            json_array_append_new(counts, json_integer((json_int_t)sums->steps[i].runs[kind]));
        }
        snprintf(runs, sizeof runs, "%s_runs", names[kind]);
        json_object_set_new(json, names[kind], values);
        json_object_set_new(json, runs, counts);
    }
    for (size_t i = 0; i < money->grid.count; i++)
        (void)money_add(&total, &sums->steps[i]);
    for (unsigned kind = 0; kind < TALLY_MONEY_KINDS; kind++) {
        snprintf(runs, sizeof runs, "%s_runs", names[kind]);
        json_object_set_new(totals, names[kind], money_text(&total.sums[kind]));
        json_object_set_new(totals, runs, json_integer((json_int_t)total.runs[kind]));
    }
    json_object_set_new(totals, "waiting", money_text(&sums->waiting));
    json_object_set_new(totals, "waiting_runs", json_integer((json_int_t)sums->waiting_runs));
    json_object_set_new(json, "totals", totals);
    return json;
}

static void money_work(struct beside_ask *look)
{
    const struct series_span span = { .family = 'f' };
    struct money_look *money = mem_must(sizeof *money);
    json_t *list = json_array();

    money->look = look;
    if (series_grid_read(look, &money->grid, &look->e) == ERR_OK &&
        series_grid_walk(look, &money->grid, &span, money_row, money, &look->e) == ERR_OK &&
        money_facts(money, FACT_REDONE, money_redone, &look->e) == ERR_OK &&
        money_facts(money, FACT_MONEY, money_waits, &look->e) == ERR_OK) {
        for (size_t i = 0; i < money->count; i++)
            json_array_append_new(list, money_json(money, &money->sums[i]));
        look->value = series_grid_json(look, &money->grid);
        json_object_set(look->value, "currencies", list);
        json_object_set_new(look->value, "unknown_runs", json_integer((json_int_t)money->unknown));
        json_object_set_new(look->value, "incomplete", json_boolean(money->full));
    }
    for (size_t i = 0; i < money->count; i++)
        mem_free(money->sums[i].steps);
    series_grid_fini(&money->grid);
    mem_free(money);
    json_decref(list);
}

static void money_get(struct ask *ask)
{
    series_grid_ask(ask, money_work);
}

const struct ask_bind money_binds[] = { { "getMoney", money_get }, { NULL, NULL } };
