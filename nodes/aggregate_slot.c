/* aggregate_slot.c - one field of one group: what is kept while lines are added, and what it
 * gives. Sums are exact; only an average is rounded, as its settings name it. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/aggregate_priv.h"

json_t *aggregate__decimal(const struct decimal *d)
{
    char text[DECIMAL_TEXT];
    size_t size = decimal_text(d, text);

    return json_exact_new(text, size);
}

enum err_code aggregate__number(const json_t *value, struct decimal *d, struct err *e)
{
    const char *text = json_is_exact(value) ? json_exact_text(value) : json_text(value);

    if (json_is_integer(value)) {
        decimal_from_int(d, json_integer_value(value));
        return ERR_OK;
    }
    if (text == NULL)
        return err_set(e, ERR_INVALID, "a number is needed, but here is: %s", json_kind(value));
    if (strlen(text) > LIMIT_JSON_NUMBER || decimal_parse(d, text, strlen(text), e) != ERR_OK)
        return err_set(e, ERR_INVALID,
                       "\"%.40s\" is not a number such as 1234.50, of at most %d digits", text,
                       DECIMAL_DIGITS);
    return ERR_OK;
}

static bool number_is(const json_t *value)
{
    return json_is_integer(value) || json_is_exact(value);
}

enum err_code aggregate__compare(const json_t *a, const json_t *b, int *order, struct err *e)
{
    struct decimal x, y;

    if (json_is_text(a) && json_is_text(b)) {
        int by = strcmp(json_text(a), json_text(b));

        *order = (by > 0) - (by < 0);
        return ERR_OK;
    }
    if (!number_is(a) || !number_is(b))
        return err_set(e, ERR_INVALID,
                       "two numbers or two texts can be compared, but here are: %s and %s",
                       json_kind(a), json_kind(b));
    if (aggregate__number(a, &x, e) != ERR_OK || aggregate__number(b, &y, e) != ERR_OK)
        return e->code;
    *order = decimal_compare(&x, &y);
    return ERR_OK;
}

static enum err_code slot_sum(struct aggregate_slot *slot, const json_t *value, struct err *e)
{
    struct decimal number;

    if (aggregate__number(value, &number, e) != ERR_OK)
        return e->code;
    if (decimal_add(&slot->sum, &slot->sum, &number, e) != ERR_OK)
        return err_set(e, ERR_LIMIT, "the sum has more than %d digits", DECIMAL_DIGITS);
    return ERR_OK;
}

static void slot_keep(struct aggregate_slot *slot, json_t *value)
{
    json_decref(slot->value);
    slot->value = json_incref(value);
}

/* The smaller one with sign 1, the larger one with sign -1. */
static enum err_code slot_extreme(struct aggregate_slot *slot, json_t *value, int sign,
                                  struct err *e)
{
    int order = 0;

    if (!number_is(value) && !json_is_text(value))
        return err_set(e, ERR_INVALID, "a number or a text is needed, but here is: %s",
                       json_kind(value));
    if (slot->value != NULL && aggregate__compare(value, slot->value, &order, e) != ERR_OK)
        return e->code;
    if (slot->value == NULL || order * sign < 0)
        slot_keep(slot, value);
    return ERR_OK;
}

static enum err_code slot_list(struct aggregate_slot *slot, json_t *value, struct err *e)
{
    if (slot->list == NULL)
        slot->list = json_array();
    if (slot->list == NULL || json_array_append(slot->list, value) != 0)
        return err_set(e, ERR_MEMORY, "no memory for a list of values");
    return ERR_OK;
}

/* Values are the same when their JSON is. */
static enum err_code slot_once(struct aggregate_slot *slot, const struct aggregate_field *field,
                               json_t *value, struct err *e)
{
    char *text = json_text_new(value, LIMIT_OUTPUT, NULL);
    enum err_code rc = ERR_OK;

    if (text == NULL)
        return err_set(e, ERR_LIMIT, "a value is too large to compare");
    if (slot->seen == NULL)
        slot->seen = dict_new();
    if (dict_find(slot->seen, text) == NULL) {
        dict_put(slot->seen, text, slot);
        if (field->what == AGGREGATE_DISTINCT)
            rc = slot_list(slot, value, e);
    }
    mem_free(text);
    return rc;
}

static enum err_code slot_take(struct aggregate_slot *slot, const struct aggregate_field *field,
                               json_t *value, struct err *e)
{
    slot->count++;
    switch (field->what) {
    case AGGREGATE_SUM:
    case AGGREGATE_RUNNING:
    case AGGREGATE_AVERAGE:
        return slot_sum(slot, value, e);
    case AGGREGATE_MIN:
        return slot_extreme(slot, value, 1, e);
    case AGGREGATE_MAX:
        return slot_extreme(slot, value, -1, e);
    case AGGREGATE_FIRST:
        if (slot->value == NULL)
            slot_keep(slot, value);
        return ERR_OK;
    case AGGREGATE_LAST:
        slot_keep(slot, value);
        return ERR_OK;
    case AGGREGATE_LIST:
        return slot_list(slot, value, e);
    case AGGREGATE_COUNT_DISTINCT:
    case AGGREGATE_DISTINCT:
        return slot_once(slot, field, value, e);
    case AGGREGATE_COUNT:
        return ERR_OK;
    }
    check_failed("no such aggregate", __FILE__, __LINE__);
}

enum err_code aggregate__add(struct aggregate_slot *slot, const struct aggregate_field *field,
                             json_t *line, struct err *e)
{
    json_t *value = field->from.text != NULL ? line_at(line, &field->from) : line;
    bool numbers = field->what == AGGREGATE_SUM || field->what == AGGREGATE_RUNNING ||
                   field->what == AGGREGATE_AVERAGE || field->what == AGGREGATE_MIN ||
                   field->what == AGGREGATE_MAX;

    if (value == NULL) {
        if (numbers && !field->skip)
            return err_set(e, ERR_INVALID,
                           "\"%s\": nothing is there; with \"nothing\": \"skip\" such lines do not "
                           "count",
                           field->from.text);
        return ERR_OK;
    }
    if (slot_take(slot, field, value, e) != ERR_OK)
        return field->from.text != NULL ? err_prefix(e, "\"%s\"", field->from.text) : e->code;
    return ERR_OK;
}

json_t *aggregate__value(const struct aggregate_slot *slot, const struct aggregate_field *field,
                         struct err *e)
{
    struct decimal count, average;
    json_t *value = NULL;

    switch (field->what) {
    case AGGREGATE_SUM:
    case AGGREGATE_RUNNING:
        value = aggregate__decimal(&slot->sum);
        break;
    case AGGREGATE_COUNT:
        value = json_integer((json_int_t)slot->count);
        break;
    case AGGREGATE_COUNT_DISTINCT:
        value = json_integer(slot->seen != NULL ? (json_int_t)dict_count(slot->seen) : 0);
        break;
    case AGGREGATE_AVERAGE:
        if (slot->count == 0)
            return json_null();
        decimal_from_int(&count, (int64_t)slot->count);
        if (decimal_div(&average, &slot->sum, &count, field->scale, field->rounding, e) != ERR_OK)
            return NULL;
        value = aggregate__decimal(&average);
        break;
    case AGGREGATE_LIST:
    case AGGREGATE_DISTINCT:
        value = slot->list != NULL ? json_incref(slot->list) : json_array();
        break;
    default:
        value = slot->value != NULL ? json_incref(slot->value) : json_null();
    }
    if (value == NULL)
        err_set(e, ERR_MEMORY, "no memory for the value of a group");
    return value;
}

void aggregate__slot_fini(struct aggregate_slot *slot)
{
    json_decref(slot->value);
    json_decref(slot->list);
    dict_free(slot->seen);
}
