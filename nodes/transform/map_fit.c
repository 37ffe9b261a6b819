/* map_fit.c - a literal or expression against what the schema says of its place.
 *
 * Of a literal everything is known, of an expression what its words tell (map_reads.c). What cannot
 * fit is an error, what may lose something a warning, and what is not known is left to the check of
 * the output. */
#include "nodes/transform/map_fit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/transform/map_reads.h"

static void tell(const struct map_fit *fit, bool error, const char *at, const char *fmt, ...)
    PRINTF(4, 5);
static void tell(const struct map_fit *fit, bool error, const char *at, const char *fmt, ...)
{
    char text[LIMIT_RULE_TEXT];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fit->tell(fit->arg, error, at, text);
}

const struct flow_expression *map_fit_expression(const struct flow *flow, const struct value *value)
{
    struct plan_node node = { .kind = PLAN_LITERAL };
    const struct flow_expression *expression = NULL;

    value_plan(value, &node);
    if (node.kind == PLAN_RULE)
        expression = flow->expressions[node.rule];
    plan_node_clear(&node);
    return expression;
}

static void shape_of(const struct map_fit *fit, const struct value *value, struct map_shape *shape)
{
    const struct flow_expression *expression = map_fit_expression(fit->flow, value);
    struct plan_node node = { .kind = PLAN_LITERAL };

    *shape = (struct map_shape){ .types = SCHEMA_ANY, .scale = -1, .length = -1 };
    if (expression != NULL) {
        map_shape(expression->text, expression->size, shape);
    } else if (!value_is_literal(value)) {
        value_plan(value, &node);
        shape->types = node.kind == PLAN_ARRAY ? SCHEMA_ARRAY : SCHEMA_OBJECT;
        plan_node_clear(&node);
    }
}

static unsigned literal_types(const json_t *literal)
{
    switch (json_typeof(literal)) {
    case JSON_OBJECT:
        return SCHEMA_OBJECT;
    case JSON_ARRAY:
        return SCHEMA_ARRAY;
    case JSON_STRING:
        return json_is_exact(literal) ? SCHEMA_NUMBER : SCHEMA_STRING;
    case JSON_INTEGER:
        return SCHEMA_INTEGER;
    case JSON_REAL:
        return SCHEMA_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return SCHEMA_BOOLEAN;
    case JSON_NULL:
        break;
    }
    return SCHEMA_NULL;
}

static int64_t characters(const char *text)
{
    int64_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static unsigned types_of(const struct schema_place *place)
{
    return place->types | ((place->types & SCHEMA_NUMBER) != 0 ? SCHEMA_INTEGER : 0);
}

static bool is_choice(const json_t *choices, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(choices); i++)
        if (json_same(json_array_get(choices, i), value))
            return true;
    return choices == NULL;
}

static void fit_literal(const struct map_fit *fit, const struct schema_place *place,
                        const json_t *literal, const char *at)
{
    char wanted[120];
    unsigned types = literal_types(literal);

    if ((types_of(place) & types) == 0)
        tell(fit, true, at, "here stands %s, but the target wants %s", json_kind(literal),
             schema_types_text(place->types, wanted, sizeof wanted));
    else if (!is_choice(place->choices, literal))
        tell(fit, true, at, "the target allows a few values only, and this is none of them");
    else if (place->constant != NULL && !json_same(place->constant, literal))
        tell(fit, true, at, "the target allows one value only, and this is another");
    else if (types == SCHEMA_STRING && place->max_length >= 0 &&
             characters(json_text(literal)) > place->max_length)
        tell(fit, true, at, "this has %lld characters, and the target takes at most %lld",
             (long long)characters(json_text(literal)), (long long)place->max_length);
    else if (types == SCHEMA_STRING && characters(json_text(literal)) < place->min_length)
        tell(fit, true, at, "this has %lld characters, and the target wants at least %lld",
             (long long)characters(json_text(literal)), (long long)place->min_length);
}

/* Digits behind the point that "multipleOf" leaves; -1: it is no power of ten. */
static int allowed_scale(const json_t *multiple)
{
    const char *digits = json_exact_text(multiple);
    struct decimal step;
    struct err e;

    if (json_is_integer(multiple))
        return 0;
    if (digits == NULL || decimal_parse(&step, digits, strlen(digits), &e) != ERR_OK)
        return -1;
    return step.scale;
}

static void fit_digits(const struct map_fit *fit, const struct schema_place *place,
                       const struct map_shape *shape, const char *at)
{
    int scale = place->multiple_of != NULL ? allowed_scale(place->multiple_of) : -1;

    if ((place->types & SCHEMA_NUMBER) == 0 && (place->types & SCHEMA_INTEGER) != 0)
        scale = 0;
    if (scale < 0 || (shape->types & SCHEMA_NUMBER) == 0 ||
        (shape->scale >= 0 && shape->scale <= scale) || shape->types == SCHEMA_ANY)
        return;
    if (scale == 0)
        tell(fit, false, at,
             "this may have a fraction, and the target takes whole numbers only: round(0) rounds, "
             "\"convert\": \"integer\" refuses a fraction");
    else
        tell(fit, false, at,
             "this may have more digits after the point than the %d that the target takes: "
             "round(%d)",
             scale, scale);
}

static void fit_shape(const struct map_fit *fit, const struct schema_place *place,
                      const struct map_shape *shape, const char *at)
{
    char given[120], wanted[120];

    if ((types_of(place) & shape->types) == 0 &&
        !((shape->types & SCHEMA_NUMBER) != 0 && (place->types & SCHEMA_INTEGER) != 0)) {
        tell(fit, true, at, "this gives %s, but the target wants %s%s",
             schema_types_text(shape->types, given, sizeof given),
             schema_types_text(place->types, wanted, sizeof wanted),
             shape->types == SCHEMA_OBJECT ? "" : "; \"convert\" makes one of the other");
        return;
    }
    if (shape->types == SCHEMA_STRING && place->max_length >= 0 &&
        shape->length > place->max_length)
        tell(fit, true, at, "this has %lld characters, and the target takes at most %lld",
             (long long)shape->length, (long long)place->max_length);
    fit_digits(fit, place, shape, at);
}

void map_fit(const struct map_fit *fit, const char *path, const struct value *value,
             enum plan_convert convert, const char *at)
{
    static const unsigned types[] = {
        [PLAN_CONVERT_NONE] = SCHEMA_ANY,        [PLAN_CONVERT_TEXT] = SCHEMA_STRING,
        [PLAN_CONVERT_NUMBER] = SCHEMA_NUMBER,   [PLAN_CONVERT_INTEGER] = SCHEMA_INTEGER,
        [PLAN_CONVERT_BOOLEAN] = SCHEMA_BOOLEAN,
    };
    struct schema_place place;
    struct map_shape shape;
    char wanted[120];

    schema_at(fit->schema, path, &place);
    if (place.types == 0) /* told once, for the path */
        return;
    if (value == NULL) {
        if ((place.types & SCHEMA_ARRAY) == 0)
            tell(fit, true, at, "this makes a list, but the target wants %s",
                 schema_types_text(place.types, wanted, sizeof wanted));
        return;
    }
    if (value_is_literal(value) && convert == PLAN_CONVERT_NONE) {
        fit_literal(fit, &place, value_literal(value), at);
        return;
    }
    shape_of(fit, value, &shape);
    if (convert != PLAN_CONVERT_NONE)
        shape = (struct map_shape){ .types = types[convert], .scale = -1, .length = -1 };
    fit_shape(fit, &place, &shape, at);
}
