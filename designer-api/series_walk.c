/* series_walk.c - rows of the store by place and time. A walk leaps: what does not fit is not read
 * but passed over, so it costs what it gives, and one look for each place. */
#include "designer-api/series_priv.h"

#include <stdlib.h>
#include <string.h>

static const struct json_limits row_limits = { 64 * KIB, 4, 2000 };

struct walk {
    const struct series_span *span;
    series_row_fn *visit;
    void *arg;
    char after[STORE_FACT_KEY + 64]; /* where to go on; "": nowhere */
    bool enough;
};

bool series_place(const char *text, struct series_place *place)
{
    const char *environment = strchr(text, '/'),
               *flow = environment != NULL ? strchr(environment + 1, '/') : NULL;
    size_t size;

    if (flow == NULL)
        return false;
    size = strcspn(flow + 1, "/");
    if ((size_t)(environment - text) >= sizeof place->workspace ||
        (size_t)(flow - environment - 1) >= sizeof place->environment || size >= sizeof place->flow)
        return false;
    snprintf(place->workspace, sizeof place->workspace, "%.*s", (int)(environment - text), text);
    snprintf(place->environment, sizeof place->environment, "%.*s", (int)(flow - environment - 1),
             environment + 1);
    snprintf(place->flow, sizeof place->flow, "%.*s", (int)size, flow + 1);
    return true;
}

static bool place_fits(const struct series_span *span, const char *text)
{
    struct series_place place;

    if (span->place != NULL && strcmp(text, span->place) != 0)
        return false;
    if (span->workspace == NULL && span->environment == NULL && span->flow == NULL)
        return true;
    return series_place(text, &place) &&
           (span->workspace == NULL || strcmp(place.workspace, span->workspace) == 0) &&
           (span->environment == NULL || strcmp(place.environment, span->environment) == 0) &&
           (span->flow == NULL || strcmp(place.flow, span->flow) == 0);
}

/* Whether the row's minute is one that the asker has from memory. */
static bool is_open(const json_t *open, int64_t at_s, int64_t boot_ms)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(open, "minutes"), i, one)
    {
        if (json_integer_value(json_array_get(one, 0)) == at_s &&
            json_integer_value(json_array_get(one, 1)) == boot_ms)
            return true;
    }
    return false;
}

/* "f1/PLACE/SECONDS/BOOT"; false: it is none. */
static bool key_parse(const char *key, char place[STORE_FACT_KEY + 1], int64_t *at_s,
                      int64_t *boot_ms)
{
    const char *boot = strrchr(key, '/'), *at = boot;

    while (at != NULL && at > key && at[-1] != '/')
        at--;
    if (at == NULL || at <= key + 4 || boot == at)
        return false;
    *at_s = strtoll(at, NULL, 10);
    *boot_ms = strtoll(boot + 1, NULL, 10);
    snprintf(place, STORE_FACT_KEY + 1, "%.*s", (int)(at - 1 - (key + 3)), key + 3);
    return true;
}

/* False: it goes on elsewhere, or not at all. */
static bool walk_row(void *arg, const struct store_fact *fact)
{
    struct walk *walk = arg;
    const struct series_span *span = walk->span;
    char place[STORE_FACT_KEY + 1];
    struct series_cell cell;
    int64_t at_s, boot_ms;
    json_t *row;
    struct err e;
    bool fits, read;

    if (!key_parse(fact->key, place, &at_s, &boot_ms))
        return true;
    fits = place_fits(span, place);
    if (fits && at_s >= span->from_s && at_s < span->to_s) {
        if (is_open(span->open, at_s, boot_ms))
            return true;
        row = json_read(fact->value, strlen(fact->value), &row_limits, &e);
        read = row != NULL && series_cell_read(&cell, row);
        json_decref(row);
        walk->enough = read && !walk->visit(walk->arg, place, at_s, &cell);
        return !walk->enough;
    }
    if (fits && at_s < span->from_s) /* digits are below '~' */
        snprintf(walk->after, sizeof walk->after, "%.3s%s/%010lld", fact->key, place,
                 (long long)span->from_s);
    else
        snprintf(walk->after, sizeof walk->after, "%.3s%s/~", fact->key, place);
    return false;
}

enum err_code series_walk(struct store *store, const struct series_span *span, series_row_fn *visit,
                          void *arg, struct err *e)
{
    struct walk walk = { .span = span, .visit = visit, .arg = arg };
    char prefix[STORE_FACT_KEY + 8], after[sizeof walk.after];
    struct store_facts_filter filter = { .kind = FACT_SERIES, .prefix = prefix };

    check(visit != NULL && (span->family == 'f' || span->family == 'c'));
    if (span->from_s >= span->to_s)
        return ERR_OK;
    if (span->place != NULL)
        snprintf(prefix, sizeof prefix, "%c%c/%s/", span->family, span->tier, span->place);
    else if (span->workspace != NULL)
        snprintf(prefix, sizeof prefix, "%c%c/%s/", span->family, span->tier, span->workspace);
    else
        snprintf(prefix, sizeof prefix, "%c%c/", span->family, span->tier);
    do {
        snprintf(after, sizeof after, "%s", walk.after);
        filter.after = after[0] != '\0' ? after : NULL;
        walk.after[0] = '\0';
        if (store_facts(store, &filter, walk_row, &walk, e) != ERR_OK)
            return e->code;
    } while (walk.after[0] != '\0' && !walk.enough);
    return ERR_OK;
}

/* ---- All tiers */

static void read_open(const struct series_ask *ask, series_row_fn *visit, void *arg)
{
    const struct series_span *span = &ask->span;
    struct series_cell cell;
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(span->open, "rows"), i, one)
    {
        const char *family = json_text(json_array_get(one, 0)),
                   *place = json_text(json_array_get(one, 1));
        int64_t at_s = json_integer_value(json_array_get(one, 3));

        if (family == NULL || place == NULL || *family != span->family || at_s < span->from_s ||
            at_s >= span->to_s || !place_fits(span, place))
            continue;
        if (series_cell_read(&cell, json_array_get(one, 2)) && !visit(arg, place, at_s, &cell))
            return;
    }
}

static int64_t low(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t hour_up(int64_t at_s)
{
    return (at_s + SERIES_HOUR - 1) / SERIES_HOUR * SERIES_HOUR;
}

/* Minutes before the first whole hour, hours as far as they were made, then minutes. Days are asked
 * for by themselves. */
enum err_code series_read(struct store *store, const struct series_ask *ask, series_row_fn *visit,
                          void *arg, struct err *e)
{
    int64_t from = ask->span.from_s, to = ask->span.to_s, hours = to, rest = from;
    struct series_span part = ask->span;

    if (ask->step_s >= SERIES_HOUR) {
        hours = low(hour_up(from), to);
        rest = low(to / SERIES_HOUR * SERIES_HOUR, ask->rolled_s);
    }
    part.tier = '1';
    part.to_s = rest > hours ? hours : from;
    if (part.to_s > from && series_walk(store, &part, visit, arg, e) != ERR_OK)
        return e->code;
    if (rest > hours) {
        part.tier = '2';
        part.from_s = hours;
        part.to_s = rest;
        if (series_walk(store, &part, visit, arg, e) != ERR_OK)
            return e->code;
    }
    part.tier = '1';
    part.from_s = rest > hours ? rest : from;
    part.to_s = to;
    if (series_walk(store, &part, visit, arg, e) != ERR_OK)
        return e->code;
    read_open(ask, visit, arg);
    return ERR_OK;
}
