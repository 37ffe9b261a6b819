/* settlement.c - the sums of a settlement, for each currency, and whether they close to zero.
 *
 * (1) Sums are of decimals, never of doubles; what does not fit is refused, never rounded.
 * (2) What is explained is added up from the classes, and held against the difference of what came
 *     in: the step's own sums of its lists. A rest that is not zero is shown, not hidden. */
#include "designer-api/settlement_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"

const char *const settlement__names[SETTLEMENT_CLASSES] = { "matched", "proposed", "differing",
                                                            "only_left", "only_right" };
const char *const settlement__lists[SETTLEMENT_CLASSES] = { "matched", "proposed", "differences",
                                                            "unmatched_left", "unmatched_right" };
const char *const settlement__sides[2] = { "left", "right" };

/* As the step's totals name them. */
static const char *const states[SETTLEMENT_CLASSES] = { "matched", "proposed", "differing",
                                                        "unmatched", "unmatched" };

enum err_code settlement_classes(const char *text, unsigned *classes, struct err *e)
{
    *classes = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, ","), i = 0;

        while (i < SETTLEMENT_CLASSES && (strlen(settlement__names[i]) != size ||
                                          strncmp(settlement__names[i], text, size) != 0))
            i++;
        if (i < SETTLEMENT_CLASSES)
            *classes |= 1u << i;
        else if (size == 4 && strncmp(text, "open", size) == 0)
            *classes |= SETTLEMENT_OPEN;
        else if (size == 3 && strncmp(text, "all", size) == 0)
            *classes |= (1u << SETTLEMENT_CLASSES) - 1;
        else
            return err_set(e, ERR_USAGE,
                           "class is matched, proposed, differing, only_left, only_right, open or "
                           "all, several with commas, not \"%.*s\"",
                           (int)(size < 30 ? size : 30), text);
        text += size + (text[size] == ',');
    }
    return *classes != 0 ? ERR_OK : err_set(e, ERR_USAGE, "\"class\" names none");
}

/* ---- Numbers */

bool settlement__read(const json_t *json, struct decimal *number)
{
    const char *text = json_is_exact(json) ? json_exact_text(json) : json_text(json);
    struct err e;

    if (json_is_integer(json)) {
        decimal_from_int(number, json_integer_value(json));
        return true;
    }
    return text != NULL && decimal_parse(number, text, strlen(text), &e) == ERR_OK;
}

json_t *settlement__number(const struct decimal *number)
{
    char text[DECIMAL_TEXT];
    size_t size = decimal_text(number, text);

    return json_exact_new(text, size);
}

/* "a.b" of an object; NULL. */
static const json_t *member_at(const json_t *object, const char *path)
{
    while (path != NULL && *path != '\0' && object != NULL) {
        size_t size = strcspn(path, ".");

        object = json_object_getn(object, path, size);
        path += size + (path[size] == '.');
    }
    return object;
}

const json_t *settlement__of_line(const struct settlement *settlement, const json_t *line,
                                  const char *what, int side)
{
    const json_t *paths = json_object_get(settlement->config, what);
    const char *path = json_get_text(paths, settlement__sides[side]);

    if (path == NULL)
        path = json_get_text(paths, settlement__sides[0]);
    return path != NULL ? member_at(line, path) : NULL;
}

/* ---- Sums of a currency */

struct sums {
    json_t *total;    /* what is made */
    const json_t *of; /* the step's */
    struct decimal classes[SETTLEMENT_CLASSES];
    struct decimal adjusted, proposed;
    bool amounts, failed;
    struct err *e;
};

static void sums_put(struct sums *sums, json_t *to, const char *name, const struct decimal *number)
{
    json_put(to, name, settlement__number(number), &sums->failed);
}

static void add(struct sums *sums, struct decimal *to, const struct decimal *number)
{
    const struct decimal before = *to;

    if (decimal_add(to, &before, number, sums->e) != ERR_OK)
        sums->failed = true;
}

static void sub(struct sums *sums, struct decimal *to, const struct decimal *number)
{
    const struct decimal before = *to;

    if (decimal_sub(to, &before, number, sums->e) != ERR_OK)
        sums->failed = true;
}

static bool side_sum(const struct sums *sums, int side, const char *state, struct decimal *sum)
{
    const json_t *of = json_object_get(sums->of, settlement__sides[side]);

    if (state != NULL)
        of = json_object_get(of, state);
    return settlement__read(json_object_get(of, "sum"), sum);
}

/* Zero with the digits of the sum that stands there. */
static void side_none(struct decimal *sum)
{
    const int16_t scale = sum->scale;

    decimal_from_int(sum, 0);
    sum->scale = scale;
}

/* {"left", "right", "difference"} of a class; a side on which it has no lines counts as zero. */
static json_t *class_sums(struct sums *sums, unsigned kind)
{
    json_t *json = json_object();
    struct decimal side[2], *difference = &sums->classes[kind];

    for (int i = 0; i < 2; i++) {
        bool other = kind == (i == 0 ? SETTLEMENT_ONLY_RIGHT : SETTLEMENT_ONLY_LEFT);

        if (!side_sum(sums, i, states[kind], &side[i])) {
            sums->amounts = false;
            decimal_from_int(&side[i], 0);
        }
        if (other)
            side_none(&side[i]);
        sums_put(sums, json, settlement__sides[i], &side[i]);
    }
    *difference = side[0];
    sub(sums, difference, &side[1]);
    sums_put(sums, json, "difference", difference);
    return json;
}

/* A line of the lists may stand for many: then these are counted. */
static const char *lines_of(const json_t *of)
{
    return json_object_get(of, "stands_for") != NULL ? "stands_for" : "count";
}

static json_t *side_json(struct sums *sums, int side)
{
    const json_t *of = json_object_get(sums->of, settlement__sides[side]);
    json_t *json = json_object();

    json_put(json, "count", json_integer(json_get_int(of, lines_of(of), 0)), &sums->failed);
    if (json_object_get(of, "sum") != NULL)
        json_put(json, "sum", json_incref(json_object_get(of, "sum")), &sums->failed);
    return json;
}

/* The difference of what came in, what the classes explain of it, and what is left. */
static void sums_close(struct sums *sums)
{
    struct decimal sides[2], explained = { 0 }, open = { 0 };

    if (!sums->amounts || !side_sum(sums, 0, NULL, &sides[0]) ||
        !side_sum(sums, 1, NULL, &sides[1]))
        return;
    sub(sums, &sides[0], &sides[1]);
    sums_put(sums, sums->total, "difference", &sides[0]);
    for (unsigned kind = 0; kind < SETTLEMENT_CLASSES; kind++) {
        add(sums, &explained, &sums->classes[kind]);
        if ((SETTLEMENT_OPEN >> kind & 1) != 0)
            add(sums, &open, &sums->classes[kind]);
    }
    sums_put(sums, sums->total, "explained", &explained);
    sub(sums, &sides[0], &explained);
    sums_put(sums, sums->total, "rest", &sides[0]);
    json_put(sums->total, "closes", json_boolean(decimal_is_zero(&sides[0])), &sums->failed);
    sums_put(sums, sums->total, "open", &open);
    sums_put(sums, sums->total, "adjusted", &sums->adjusted);
    sums_put(sums, sums->total, "proposed_adjustments", &sums->proposed);
    sub(sums, &open, &sums->adjusted);
    sums_put(sums, sums->total, "left_over", &open);
}

/* Those of this currency; what bears none belongs to the only one there is. */
static void sums_adjust(struct sums *sums, json_t *adjustments, bool only)
{
    const char *currency = json_get_text(sums->of, "currency"), *own, *state;
    struct decimal amount;
    json_t *one;
    size_t i;

    json_array_foreach(adjustments, i, one)
    {
        own = json_get_text(one, "currency");
        state = json_get_text(one, "state");
        if (own == NULL ? !only : currency == NULL || strcmp(own, currency) != 0)
            continue;
        if (!settlement__read(json_object_get(one, "amount"), &amount))
            continue;
        json_object_del(one, "counted");
        add(sums, state != NULL && strcmp(state, "agreed") == 0 ? &sums->adjusted : &sums->proposed,
            &amount);
    }
}

static json_t *total_sums(const json_t *of, json_t *adjustments, bool only, struct err *e)
{
    struct sums sums = { .total = json_object(), .of = of, .amounts = true, .e = e };
    json_t *classes = json_object();

    if (json_object_get(of, "currency") != NULL)
        json_put(sums.total, "currency", json_incref(json_object_get(of, "currency")),
                 &sums.failed);
    for (int side = 0; side < 2; side++)
        json_put(sums.total, settlement__sides[side], side_json(&sums, side), &sums.failed);
    for (unsigned kind = 0; kind < SETTLEMENT_CLASSES; kind++)
        json_put(classes, settlement__names[kind], class_sums(&sums, kind), &sums.failed);
    sums.adjusted.scale = sums.proposed.scale = sums.classes[SETTLEMENT_MATCHED].scale;
    sums_adjust(&sums, adjustments, only);
    if (sums.amounts)
        json_put(sums.total, "classes", json_incref(classes), &sums.failed);
    sums_close(&sums);
    json_decref(classes);
    if (!sums.failed)
        return sums.total;
    if (e->code == ERR_OK)
        err_set(e, ERR_MEMORY, "no memory for the sums of a settlement");
    json_decref(sums.total);
    return NULL;
}

/* ---- Counts */

static json_t *counts_json(const json_t *output, json_int_t *open, bool *failed)
{
    const json_t *counts = json_object_get(output, "stands_for"), *of;
    json_t *json = json_object(), *one;

    if (counts == NULL)
        counts = json_object_get(output, "counts");
    *open = 0;
    for (unsigned kind = 0; kind < SETTLEMENT_CLASSES; kind++) {
        const json_t *list = json_object_get(output, settlement__lists[kind]);
        json_int_t entries =
            json_is_integer(list) ? json_integer_value(list) : (json_int_t)json_array_size(list);

        one = json_object();
        if (kind != SETTLEMENT_MATCHED || entries > 0)
            json_put(one, "entries", json_integer(entries), failed);
        *open += (SETTLEMENT_OPEN >> kind & 1) != 0 ? entries : 0;
        for (int side = 0; side < 2; side++) {
            bool other = kind == (side == 0 ? SETTLEMENT_ONLY_RIGHT : SETTLEMENT_ONLY_LEFT);

            of = json_object_get(counts, settlement__sides[side]);
            if (!other)
                json_put(one, settlement__sides[side],
                         json_integer(json_get_int(of, states[kind], 0)), failed);
        }
        json_put(json, settlement__names[kind], one, failed);
    }
    return json;
}

/* Something was agreed, and it leaves nothing over in any currency. */
static bool all_adjusted(const json_t *totals, const json_t *adjustments)
{
    struct decimal left;
    bool agreed = false;
    json_t *one;
    size_t i;

    json_array_foreach(adjustments, i, one)
    {
        const char *state = json_get_text(one, "state");

        agreed = agreed || (state != NULL && strcmp(state, "agreed") == 0);
    }
    json_array_foreach(totals, i, one)
    {
        if (!settlement__read(json_object_get(one, "left_over"), &left) || !decimal_is_zero(&left))
            return false;
    }
    return agreed;
}

json_t *settlement_sums(const struct settlement *settlement, json_t *adjustments, struct err *e)
{
    const json_t *output = settlement->output, *totals = json_object_get(output, "totals");
    json_t *json = json_object(), *list = json_array(), *one;
    bool failed = false;
    json_int_t open;
    size_t i;

    e->code = ERR_OK;
    json_array_foreach(adjustments, i, one)
    {
        json_object_set_new_nocheck(one, "counted", json_false());
    }
    json_put(json, "balanced", json_boolean(json_is_true(json_object_get(output, "balanced"))),
             &failed);
    json_put(json, "counts", counts_json(output, &open, &failed), &failed);
    json_put(json, "open", json_integer(open), &failed);
    json_array_foreach(totals, i, one)
    {
        json_t *sums = total_sums(one, adjustments, json_array_size(totals) == 1, e);

        if (sums == NULL || json_array_append_new(list, sums) != 0)
            failed = true;
    }
    json_put(json, "adjusted", json_boolean(open > 0 && all_adjusted(list, adjustments)), &failed);
    json_put(json, "totals", list, &failed);
    if (!failed)
        return json;
    if (e->code == ERR_OK)
        err_set(e, ERR_MEMORY, "no memory for the sums of a settlement");
    json_decref(json);
    return NULL;
}

/* ---- What was paid out */

void settlement_statement(json_t *statement)
{
    const json_t *parts = json_object_get(statement, "parts");
    struct decimal rest, part, before;
    bool failed = false;
    json_t *one;
    struct err e;
    size_t i;

    if (json_array_size(parts) == 0 || !settlement__read(json_object_get(statement, "net"), &rest))
        return;
    json_array_foreach(parts, i, one)
    {
        before = rest;
        if (!settlement__read(json_object_get(one, "amount"), &part) ||
            decimal_sub(&rest, &before, &part, &e) != ERR_OK)
            return;
    }
    json_put(statement, "rest", settlement__number(&rest), &failed);
    json_put(statement, "closes", json_boolean(decimal_is_zero(&rest)), &failed);
    check(!failed);
}
