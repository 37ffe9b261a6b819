/* settlement_lines.c - the entries of a settlement in windows, and the lists it was made from. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/settlement_priv.h"

/* ---- Which */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool text_has(const char *text, const char *wanted)
{
    size_t size = strlen(wanted);

    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (i < size && lower(text[i]) == lower(wanted[i]))
            i++;
        if (i == size)
            return true;
    }
    return size == 0;
}

/* Whether a value of it has the text: names do not count. */
static bool value_has(const json_t *value, const char *text)
{
    const char *name, *own = json_is_exact(value) ? json_exact_text(value) : json_text(value);
    char number[32];
    json_t *one;
    size_t i;

    if (own != NULL)
        return text_has(own, text);
    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return text_has(number, text);
    }
    json_array_foreach(value, i, one)
    {
        if (value_has(one, text))
            return true;
    }
    json_object_foreach((json_t *)value, name, one)
    {
        if (strcmp(name, "at") != 0 && value_has(one, text))
            return true;
    }
    return false;
}

static bool entry_fits(const struct settlement_find *find, const json_t *entry)
{
    const char *pass = json_get_text(entry, "pass");

    if (find->pass != NULL && (pass == NULL || strcmp(pass, find->pass) != 0))
        return false;
    return find->text == NULL || find->text[0] == '\0' || value_has(entry, find->text);
}

void settlement__each(const struct settlement *settlement, const struct settlement_find *find,
                      settlement_entry_fn *entry, void *arg)
{
    json_t *list, *one;
    size_t i;

    for (unsigned kind = 0; kind < SETTLEMENT_CLASSES; kind++) {
        if ((find->classes >> kind & 1) == 0)
            continue;
        list = json_object_get(settlement->output, settlement__lists[kind]);
        json_array_foreach(list, i, one)
        {
            if (entry_fits(find, one) && !entry(arg, (enum settlement_class)kind, one))
                return;
        }
    }
}

/* ---- As it is shown */

/* {"at", "line"} of one side becomes an entry like those of two. */
static json_t *shown_single(const struct settlement *settlement, enum settlement_class kind,
                            json_t *entry)
{
    int side = kind == SETTLEMENT_ONLY_RIGHT;
    const json_t *line = json_object_get(entry, "line");
    const json_t *currency = settlement__of_line(settlement, line, "currency", side);
    json_t *shown =
        json_pack("{s:[O], s:[]}", settlement__sides[side], entry, settlement__sides[!side]);
    struct decimal amount, zero = { 0 }, apart;
    bool failed = shown == NULL;
    struct err e;

    if (!failed && json_is_text(currency))
        json_put(shown, "currency", json_incref((json_t *)currency), &failed);
    if (!failed &&
        settlement__read(settlement__of_line(settlement, line, "amount", side), &amount)) {
        json_put(shown, side == 0 ? "left_sum" : "right_sum", settlement__number(&amount), &failed);
        if ((side == 0 ? decimal_add(&apart, &zero, &amount, &e)
                       : decimal_sub(&apart, &zero, &amount, &e)) == ERR_OK)
            json_put(shown, "difference", settlement__number(&apart), &failed);
    }
    check(!failed);
    return shown;
}

json_t *settlement__shown(const struct settlement *settlement, enum settlement_class kind,
                          json_t *entry)
{
    bool single = kind == SETTLEMENT_ONLY_LEFT || kind == SETTLEMENT_ONLY_RIGHT, failed = false;
    json_t *shown = single ? shown_single(settlement, kind, entry) : json_copy(entry);

    json_put(shown, "class", json_string(settlement__names[kind]), &failed);
    check(!failed);
    return shown;
}

/* The sum of a side and its currency, when all its lines have that one. */
static void apart_side(const struct settlement *settlement, int side, json_t *shown, bool *failed)
{
    const char *const names[2][2] = { { "left_sum", "left_currency" },
                                      { "right_sum", "right_currency" } };
    const char *currency = NULL, *own;
    struct decimal sum = { 0 }, before, amount;
    json_t *one;
    struct err e;
    size_t i;

    json_array_foreach(json_object_get(shown, settlement__sides[side]), i, one)
    {
        const json_t *line = json_object_get(one, "line");

        own = json_text(settlement__of_line(settlement, line, "currency", side));
        before = sum;
        if (own == NULL || (currency != NULL && strcmp(own, currency) != 0) ||
            !settlement__read(settlement__of_line(settlement, line, "amount", side), &amount) ||
            decimal_add(&sum, &before, &amount, &e) != ERR_OK)
            return;
        currency = own;
    }
    if (currency == NULL)
        return;
    json_put(shown, names[side][0], settlement__number(&sum), failed);
    json_put(shown, names[side][1], json_string(currency), failed);
}

/* ---- A window */

struct window {
    const struct settlement *settlement;
    json_t *rows;
    size_t from, limit, seen;
};

static bool window_take(void *arg, enum settlement_class kind, json_t *entry)
{
    struct window *window = arg;
    size_t at = window->seen++;
    bool failed = false;
    json_t *shown;

    if (at < window->from || at - window->from >= window->limit)
        return true;
    shown = settlement__shown(window->settlement, kind, entry);
    for (int side = 0; side < 2 && json_object_get(shown, "difference") == NULL; side++)
        apart_side(window->settlement, side, shown, &failed);
    failed = json_array_append_new(window->rows, shown) != 0 || failed;
    check(!failed);
    return true;
}

json_t *settlement_lines(const struct settlement *settlement, const struct settlement_find *find,
                         size_t from, size_t limit, size_t *total)
{
    struct window window = { settlement, json_array(), from, limit, 0 };

    settlement__each(settlement, find, window_take, &window);
    *total = window.seen;
    return window.rows;
}

/* ---- The lists */

struct gather {
    json_t *lists[2];
    bool missing;
};

static void gather_side(struct gather *gather, int side, const json_t *entries)
{
    json_t *entry, *line;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        json_int_t at = json_get_int(entry, "at", 0);
        size_t size = json_array_size(gather->lists[side]);

        line = json_object_get(entry, "line");
        if (line == NULL || at < 1 || (size_t)at > LIMIT_JSON_VALUES) {
            gather->missing = true;
            return;
        }
        for (; size < (size_t)at; size++)
            json_array_append_new(gather->lists[side], json_null());
        json_array_set(gather->lists[side], (size_t)at - 1, line);
    }
}

static bool gather_take(void *arg, enum settlement_class kind, json_t *entry)
{
    struct gather *gather = arg;
    json_t *single = NULL;

    if (kind == SETTLEMENT_ONLY_LEFT || kind == SETTLEMENT_ONLY_RIGHT) {
        single = json_pack("[O]", entry);
        gather_side(gather, kind == SETTLEMENT_ONLY_RIGHT, single);
        json_decref(single);
    } else {
        gather_side(gather, 0, json_object_get(entry, "left"));
        gather_side(gather, 1, json_object_get(entry, "right"));
    }
    return !gather->missing;
}

enum err_code settlement_lists(const json_t *output, json_t *lists[2], struct err *e)
{
    const struct settlement settlement = { output, NULL };
    const struct settlement_find find = { .classes = (1u << SETTLEMENT_CLASSES) - 1 };
    struct gather gather = { { json_array(), json_array() }, false };
    const json_t *counts = json_object_get(output, "counts");

    settlement__each(&settlement, &find, gather_take, &gather);
    for (int side = 0; side < 2 && !gather.missing; side++)
        gather.missing = json_get_int(json_object_get(counts, settlement__sides[side]), "lines",
                                      0) != (int64_t)json_array_size(gather.lists[side]);
    memcpy(lists, gather.lists, sizeof gather.lists);
    if (!gather.missing)
        return ERR_OK;
    json_decref(lists[0]);
    json_decref(lists[1]);
    lists[0] = lists[1] = NULL;
    return err_set(e, ERR_CONFLICT,
                   "the step kept no lines of what it matched: with \"matched\": \"lines\" in its "
                   "settings another tolerance can be tried");
}
