/* series.c - takes the engine's counts each minute and writes what has changed. */
#include "designer-api/series_priv.h"

#include <string.h>

#include "engine/append.h"
#include "engine/sample.h"

#define SERIES_AGAIN_MS 5000 /* the store has refused a minute: tried again */
#define SERIES_SOON_MS  200  /* the next hour or day that is to be rolled up */
#define SERIES_TRIES    100u

struct series_last { /* of a place: the counts up to which it was written */
    struct tally_flow tally;
};
/* A minute's rows, until they are on the disk. (1) */
struct series_write {
    struct series *series; /* NULL: it has gone */
    json_t *rows;          /* [[FAMILY, PLACE, row], ...] */
    int64_t minute_s, boot_ms;
    unsigned tries;
    int64_t again_ms; /* steady; 0: on its way */
    struct series_write *next;
};

/* ---- Batches */

void series__fact(struct series_batch *unit, const struct store_fact *fact)
{
    if (unit->count == 0 || unit->rows >= SERIES_ROWS) {
        if (unit->count >= sizeof unit->batches / sizeof *unit->batches)
            return; /* 25,600 rows: more places than an engine has */
        unit->batches[unit->count++] = store_batch_new(0);
        unit->rows = 0;
    }
    store_batch_fact(unit->batches[unit->count - 1], fact);
    unit->rows++;
}

void series__row(struct series_batch *unit, char family, char tier, const char *place, int64_t at_s,
                 int64_t boot_ms, int64_t until_ms, const struct series_cell *cell)
{
    char key[STORE_FACT_KEY + 64];
    json_t *row = series_cell_row(cell);
    char *text = json_text_new(row, 64 * KIB, NULL);
    const struct store_fact fact = {
        .op = FACT_PUT, .kind = FACT_SERIES, .key = key, .value = text, .at_ms = until_ms
    };

    snprintf(key, sizeof key, "%c%c/%s/%010lld/%lld", family, tier, place, (long long)at_s,
             (long long)boot_ms);
    if (text != NULL && strlen(key) <= STORE_FACT_KEY)
        series__fact(unit, &fact);
    mem_free(text);
    json_decref(row);
}

/* ---- The open minute */

/* Sums only grow by what comes, so that the difference fits. */
static void last_money(const struct tally_flow *now, const struct tally_flow *old,
                       struct series_cell *cell)
{
    size_t count = 0;
    struct err e;

    cell->money_unknown = now->money_unknown - old->money_unknown;
    for (size_t i = 0; i < TALLY_CURRENCIES && now->money[i].currency[0] != '\0'; i++) {
        const struct tally_money *before = tally_money_find(old->money, now->money[i].currency);
        struct tally_money more = now->money[i];
        uint64_t runs = 0;

        for (unsigned kind = 0; kind < TALLY_MONEY_KINDS; kind++) {
            if (before != NULL) {
                more.runs[kind] -= before->runs[kind];
                check(decimal_sub(&more.sums[kind], &more.sums[kind], &before->sums[kind], &e) ==
                      ERR_OK);
            }
            runs += more.runs[kind];
        }
        if (runs > 0)
            cell->money[count++] = more;
    }
}

/* What has come since the last time. False: nothing. */
static bool last_changed(const struct series_last *last, const struct sample_place *place,
                         struct series_cell *cell)
{
    const struct tally_flow *now = place->tally, *old = &last->tally;
    uint64_t any;

    *cell = (struct series_cell){ .started = now->events - old->events };
    cell->duplicates = now->duplicates - old->duplicates;
    cell->refused = now->refused - old->refused;
    cell->totals = now->totals - old->totals;
    any = cell->started | cell->duplicates | cell->refused;
    for (unsigned i = 0; i < TALLY_STATUSES; i++) {
        cell->ended[i] = now->ended[i] - old->ended[i];
        any |= cell->ended[i];
    }
    cell->running = place->running;
    cell->queued = place->queued;
    cell->count = now->times.count - old->times.count;
    cell->sum_ms = now->times.sum_ms - old->times.sum_ms;
    for (unsigned i = 0; cell->count > 0 && i < TALLY_SPREAD; i++)
        cell->spread[i] = now->spread[i] - old->spread[i];
    last_money(now, old, cell);
    return any != 0 || cell->count > 0 || place->running > 0 || place->queued > 0;
}

static struct series_last *series_last(struct series *series, const void *key)
{
    struct series_last *last = table_find(&series->places, (uint64_t)(uintptr_t)key);

    if (last == NULL) {
        last = mem_must(sizeof *last);
        table_put(&series->places, (uint64_t)(uintptr_t)key, last);
    }
    return last;
}

static void rows_add(json_t *rows, const char *family, const char *place,
                     const struct series_cell *cell)
{
    json_array_append_new(rows, json_pack("[s, s, o]", family, place, series_cell_row(cell)));
}

static void rows_connections(struct series *series, json_t *rows)
{
    struct sample_connection connection;
    size_t cursor = 0;

    while (sample_connection(series->engine, &cursor, &connection)) {
        struct series_cell cell = { .minutes = 1,
                                    .down = strcmp(connection.state, "open") != 0,
                                    .waiting = connection.waiting,
                                    .parked = connection.parked };

        if (cell.down > 0 || cell.waiting > 0 || cell.parked > 0)
            rows_add(rows, "c", connection.key, &cell);
    }
}

static void place_name(const struct sample_place *place, char name[STORE_FACT_KEY])
{
    snprintf(name, STORE_FACT_KEY, "%s/%s/%s", place->workspace, place->environment, place->flow);
}

void series__open(struct series *series, series__open_fn *visit, void *arg)
{
    struct sample_place place;
    struct series_cell cell;
    char name[STORE_FACT_KEY];
    size_t cursor = 0;

    while (sample_place(series->engine, &cursor, &place)) {
        if (!last_changed(series_last(series, place.key), &place, &cell))
            continue;
        place_name(&place, name);
        visit(arg, name, &cell);
    }
}

/* taken: the next minute begins with what is counted from now on. */
static json_t *series_rows(struct series *series, bool taken)
{
    json_t *rows = json_array();
    struct sample_place place;
    struct series_cell cell;
    char name[STORE_FACT_KEY];
    size_t cursor = 0;

    check(rows != NULL);
    while (sample_place(series->engine, &cursor, &place)) {
        struct series_last *last = series_last(series, place.key);

        if (!last_changed(last, &place, &cell))
            continue;
        place_name(&place, name);
        rows_add(rows, "f", name, &cell);
        if (taken) {
            last->tally = *place.tally;
            series__pulse(series, name, series->minute_s, &cell);
        }
    }
    rows_connections(series, rows);
    return rows;
}

/* ---- Writing it */

static void write_free(struct series_write *write)
{
    json_decref(write->rows);
    mem_free(write);
}

static void write_told(void *arg, const struct err *e)
{
    struct series_write *write = arg, **link;
    struct series *series = write->series;

    if (series == NULL) {
        write_free(write);
        return;
    }
    if (e->code != ERR_OK && ++write->tries < SERIES_TRIES) {
        write->again_ms = series->clock->steady_ms(series->clock) + SERIES_AGAIN_MS;
        return;
    }
    if (e->code != ERR_OK)
        log_warn(series->log, "the measurements of a minute are lost: %s", e->text);
    for (link = &series->writes; *link != write; link = &(*link)->next)
        check(*link != NULL);
    *link = write->next;
    write_free(write);
}

static void write_send(struct series_write *write)
{
    struct series *series = write->series;
    struct series_batch unit = { .count = 0 };
    struct series_cell cell;
    json_t *one;
    size_t i;

    write->again_ms = 0;
    json_array_foreach(write->rows, i, one)
    {
        if (series_cell_read(&cell, json_array_get(one, 2)))
            series__row(&unit, *json_text(json_array_get(one, 0)), '1',
                        json_text(json_array_get(one, 1)), write->minute_s, write->boot_ms,
                        (write->minute_s + series->kept.minutes_s) * 1000, &cell);
    }
    engine_append(series->engine, unit.batches, unit.count, write_told, write);
}

/* The open minute is over, or its process. (1) */
static void series_minute(struct series *series)
{
    struct series_write *write = mem_must(sizeof *write);

    write->series = series;
    write->minute_s = series->minute_s;
    write->boot_ms = series->boot_ms;
    write->rows = series_rows(series, true);
    if (json_array_size(write->rows) == 0) {
        write_free(write);
        return;
    }
    write->next = series->writes;
    series->writes = write;
    write_send(write);
}

/* Of one minute. */
static void open_add(json_t *open, json_t *rows, int64_t minute_s, int64_t boot_ms)
{
    json_t *all = json_object_get(open, "rows"), *one, *row;
    size_t i;

    json_array_append_new(json_object_get(open, "minutes"),
                          json_pack("[I, I]", (json_int_t)minute_s, (json_int_t)boot_ms));
    json_array_foreach(rows, i, one)
    {
        row = json_copy(one);
        json_array_append_new(row, json_integer(minute_s));
        json_array_append_new(all, row);
    }
}

json_t *series_open(struct series *series)
{
    json_t *open = json_pack("{s:[], s:[]}", "minutes", "rows"), *rows;

    CHECK_OBJ(series, SERIES_MAGIC);
    check(open != NULL);
    for (const struct series_write *write = series->writes; write != NULL; write = write->next)
        open_add(open, write->rows, write->minute_s, write->boot_ms);
    rows = series_rows(series, false);
    open_add(open, rows, series->minute_s, series->boot_ms);
    json_decref(rows);
    return open;
}

static void series_again(struct series *series, int64_t now)
{
    for (struct series_write *write = series->writes; write != NULL; write = write->next)
        if (write->again_ms != 0 && write->again_ms <= now)
            write_send(write);
}

/* ---- Life */

struct series *series_new(struct engine *engine, struct store *store, struct clock *clock,
                          struct log *log, const struct series_kept *kept, struct err *e)
{
    struct series *series = mem_must(sizeof *series);
    int64_t wall = clock->wall_ms(clock);

    series->magic = SERIES_MAGIC;
    series->engine = engine;
    series->store = store;
    series->clock = clock;
    series->log = log;
    series->kept = *kept;
    if (kept->minutes_s <= 0)
        series->kept.minutes_s = 48 * SERIES_HOUR;
    if (kept->hours_s <= 0)
        series->kept.hours_s = 90 * (int64_t)SERIES_DAY;
    if (kept->days_s <= 0)
        series->kept.days_s = 1096 * (int64_t)SERIES_DAY;
    table_init(&series->places);
    series->pulses = dict_new();
    series->boot_ms = wall;
    series->minute_s = wall / 60000 * SERIES_MINUTE;
    if (series__recover(series, e) == ERR_OK && series__pulses_open(series, e) == ERR_OK)
        return series;
    series_free(series);
    return NULL;
}

void series_free(struct series *series)
{
    struct series_last *last;
    size_t cursor = 0;

    if (series == NULL)
        return;
    CHECK_OBJ(series, SERIES_MAGIC);
    series_minute(series);
    while ((last = table_next(&series->places, &cursor)) != NULL)
        mem_free(last);
    table_fini(&series->places);
    series__pulses_close(series);
    while (series->writes != NULL) {
        struct series_write *write = series->writes;

        series->writes = write->next;
        write->series = NULL; /* whoever tells it frees it */
        if (write->again_ms != 0)
            write_free(write);
    }
    if (series->rolling != NULL)
        series->rolling->series = NULL; /* whoever tells it frees it */
    series->magic = 0;
    mem_free(series);
}

int64_t series_rolled(const struct series *series)
{
    CHECK_OBJ(series, SERIES_MAGIC);
    return series->hour_s;
}

int64_t series_hours_from(const struct series *series)
{
    int64_t from = series->minute_s - series->kept.hours_s;

    CHECK_OBJ(series, SERIES_MAGIC);
    return (from + SERIES_DAY - 1) / SERIES_DAY * SERIES_DAY;
}

int64_t series_turn(struct series *series)
{
    int64_t steady = series->clock->steady_ms(series->clock), wall, minute;
    bool more;

    CHECK_OBJ(series, SERIES_MAGIC);
    if (steady < series->due_ms)
        return series->due_ms;
    wall = series->clock->wall_ms(series->clock);
    minute = wall / 60000 * SERIES_MINUTE;
    if (minute != series->minute_s) {
        series_minute(series);
        if (minute < series->minute_s) /* set back: what was written for it stays as it is */
            series->boot_ms++;
        series->minute_s = minute;
    }
    series_again(series, steady);
    more = series__roll(series);
    series__sweep(series);
    series->due_ms = steady + (more ? SERIES_SOON_MS : 60000 - wall % 60000);
    if (series->writes != NULL && series->due_ms > steady + SERIES_AGAIN_MS)
        series->due_ms = steady + SERIES_AGAIN_MS;
    return series->due_ms;
}
