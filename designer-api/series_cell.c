/* series_cell.c - what was counted, added up, written and read:
 * {"s": started, "d": duplicates, "r": refused, "c": totals, "e": [by status], "n": times, "t": ms,
 * "h": [bucket, count, ...], "g": [running, queued], "k": [minutes, down, waiting, parked],
 * "m": money, "u": runs of unknown money}; what is 0 is left out. */
#include "designer-api/series_priv.h"

#include <string.h>

static uint64_t more_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void series_cell_add(struct series_cell *cell, const struct series_cell *more)
{
    cell->started += more->started;
    cell->duplicates += more->duplicates;
    cell->refused += more->refused;
    cell->totals += more->totals;
    for (unsigned i = 0; i < TALLY_STATUSES; i++)
        cell->ended[i] += more->ended[i];
    cell->running = more_of(cell->running, more->running);
    cell->queued = more_of(cell->queued, more->queued);
    cell->minutes += more->minutes;
    cell->down += more->down;
    cell->waiting = more_of(cell->waiting, more->waiting);
    cell->parked = more_of(cell->parked, more->parked);
    cell->count += more->count;
    cell->sum_ms += more->sum_ms;
    for (unsigned i = 0; more->count > 0 && i < TALLY_SPREAD; i++)
        cell->spread[i] += more->spread[i];
    cell->money_unknown += more->money_unknown;
    for (unsigned i = 0; i < TALLY_CURRENCIES && more->money[i].currency[0] != '\0'; i++)
        if (!tally_money_add(cell->money, &more->money[i]))
            for (unsigned kind = 0; kind < TALLY_MONEY_KINDS; kind++)
                cell->money_unknown += more->money[i].runs[kind];
}

static uint64_t row_number(const json_t *value)
{
    json_int_t number = json_integer_value(value);

    return number > 0 ? (uint64_t)number : 0;
}

/* ---- Money: {"USD": ["149.90", "0", "0", 1, 0, 0, "5.00", 1]}: sums, then runs, as posted,
 * failed, cancelled; then sum and runs of what was not posted, where there is any */

#define MONEY_ALWAYS 3u /* kinds */

static void money_row_sum(json_t *one, const struct decimal *sum)
{
    char text[DECIMAL_TEXT];

    decimal_text(sum, text);
    json_array_append_new(one, json_string(text));
}

static json_t *money_row(const struct tally_money list[TALLY_CURRENCIES])
{
    json_t *row = json_object();

    for (unsigned i = 0; i < TALLY_CURRENCIES && list[i].currency[0] != '\0'; i++) {
        json_t *one = json_array();

        for (unsigned kind = 0; kind < MONEY_ALWAYS; kind++)
            money_row_sum(one, &list[i].sums[kind]);
        for (unsigned kind = 0; kind < MONEY_ALWAYS; kind++)
            json_array_append_new(one, json_integer((json_int_t)list[i].runs[kind]));
        if (list[i].runs[TALLY_NOT_POSTED] > 0) {
            money_row_sum(one, &list[i].sums[TALLY_NOT_POSTED]);
            json_array_append_new(one, json_integer((json_int_t)list[i].runs[TALLY_NOT_POSTED]));
        }
        json_object_set_new(row, list[i].currency, one);
    }
    return row;
}

static bool money_read_kind(struct tally_money *money, unsigned kind, json_t *one, size_t sum,
                            size_t runs)
{
    const char *text = json_text(json_array_get(one, sum));
    struct err e;

    money->runs[kind] = row_number(json_array_get(one, runs));
    return text != NULL && decimal_parse(&money->sums[kind], text, strlen(text), &e) == ERR_OK;
}

static bool money_read(struct tally_money list[TALLY_CURRENCIES], json_t *row)
{
    const char *currency;
    json_t *one;

    json_object_foreach(row, currency, one)
    {
        struct tally_money money = { .runs = { 0 } };

        if (strlen(currency) != TALLY_CURRENCY - 1)
            return false;
        memcpy(money.currency, currency, TALLY_CURRENCY);
        for (unsigned kind = 0; kind < MONEY_ALWAYS; kind++)
            if (!money_read_kind(&money, kind, one, kind, MONEY_ALWAYS + kind))
                return false;
        if (json_array_size(one) > 2 * MONEY_ALWAYS &&
            !money_read_kind(&money, TALLY_NOT_POSTED, one, 2 * MONEY_ALWAYS, 2 * MONEY_ALWAYS + 1))
            return false;
        if (!tally_money_add(list, &money))
            return false;
    }
    return true;
}

static void row_numbers(const json_t *list, uint64_t **to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        *to[i] = row_number(json_array_get(list, i));
}

bool series_cell_read(struct series_cell *cell, const json_t *row)
{
    const json_t *times = json_object_get(row, "h"), *ended = json_object_get(row, "e");
    uint64_t *gauges[] = { &cell->running, &cell->queued };
    uint64_t *health[] = { &cell->minutes, &cell->down, &cell->waiting, &cell->parked };

    *cell = (struct series_cell){ .started = 0 };
    if (!json_is_object(row))
        return false;
    cell->started = row_number(json_object_get(row, "s"));
    cell->duplicates = row_number(json_object_get(row, "d"));
    cell->refused = row_number(json_object_get(row, "r"));
    cell->totals = row_number(json_object_get(row, "c"));
    for (unsigned i = 0; i < TALLY_STATUSES; i++)
        cell->ended[i] = row_number(json_array_get(ended, i));
    row_numbers(json_object_get(row, "g"), gauges, 2);
    row_numbers(json_object_get(row, "k"), health, 4);
    cell->count = row_number(json_object_get(row, "n"));
    cell->sum_ms = (int64_t)row_number(json_object_get(row, "t"));
    for (size_t i = 0; i + 1 < json_array_size(times); i += 2) {
        uint64_t bucket = row_number(json_array_get(times, i));

        if (bucket >= TALLY_SPREAD)
            return false;
        cell->spread[bucket] += (uint32_t)row_number(json_array_get(times, i + 1));
    }
    cell->money_unknown = row_number(json_object_get(row, "u"));
    return money_read(cell->money, json_object_get(row, "m"));
}

static void row_put(json_t *row, const char *name, uint64_t value)
{
    if (value > 0)
        json_object_set_new(row, name, json_integer((json_int_t)value));
}

static void row_put_list(json_t *row, const char *name, const uint64_t *values, size_t count)
{
    json_t *list = json_array();
    uint64_t any = 0;

    for (size_t i = 0; i < count; i++) {
        any |= values[i];
        json_array_append_new(list, json_integer((json_int_t)values[i]));
    }
    if (any != 0)
        json_object_set(row, name, list);
    json_decref(list);
}

json_t *series_cell_row(const struct series_cell *cell)
{
    const uint64_t gauges[] = { cell->running, cell->queued };
    const uint64_t health[] = { cell->minutes, cell->down, cell->waiting, cell->parked };
    json_t *row = json_object(), *times = json_array();

    check(row != NULL && times != NULL);
    row_put(row, "s", cell->started);
    row_put(row, "d", cell->duplicates);
    row_put(row, "r", cell->refused);
    row_put(row, "c", cell->totals);
    row_put_list(row, "e", cell->ended, TALLY_STATUSES);
    row_put_list(row, "g", gauges, 2);
    row_put_list(row, "k", health, 4);
    row_put(row, "n", cell->count);
    row_put(row, "t", (uint64_t)(cell->sum_ms > 0 ? cell->sum_ms : 0));
    for (unsigned i = 0; cell->count > 0 && i < TALLY_SPREAD; i++) {
        if (cell->spread[i] == 0)
            continue;
        json_array_append_new(times, json_integer(i));
        json_array_append_new(times, json_integer(cell->spread[i]));
    }
    if (json_array_size(times) > 0)
        json_object_set(row, "h", times);
    json_decref(times);
    if (cell->money[0].currency[0] != '\0')
        json_object_set_new(row, "m", money_row(cell->money));
    row_put(row, "u", cell->money_unknown);
    return row;
}

/* Within a bucket the times are taken to lie evenly. */
double series_cell_percentile(const struct series_cell *cell, double part)
{
    uint64_t sum = 0, total = 0;
    double rank;

    for (unsigned i = 0; i < TALLY_SPREAD; i++)
        total += cell->spread[i];
    if (total == 0)
        return -1;
    rank = part * (double)total;
    for (unsigned i = 0; i < TALLY_SPREAD; i++) {
        double from = (double)tally_spread_from(i), to = (double)tally_spread_from(i + 1);

        if (cell->spread[i] > 0 && (double)(sum + cell->spread[i]) >= rank)
            return i < 16 ? from
                          : from + (to - from) * (rank - (double)sum) / (double)cell->spread[i];
        sum += cell->spread[i];
    }
    return (double)tally_spread_from(TALLY_SPREAD - 1);
}
