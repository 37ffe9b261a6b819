/* flow_schema.c - the JSON Schema of a definition says what the parser takes. A small
 * reader of the words that the schema uses judges definitions by it, so that schema and
 * parser are seen to agree. */
#include "flow_try_long.h"

static const json_t *definitions; /* what "$ref" means */

static json_t *schema_of(struct try *try)
{
    json_t *schema = flow_schema(try->registry);

    assert_non_null(schema);
    definitions = json_object_get(schema, "$defs");
    return schema;
}

/* Borrowed; keys end with NULL. */
static json_t *at(json_t *json, const char *first, ...)
{
    va_list keys;

    va_start(keys, first);
    for (const char *key = first; key != NULL; key = va_arg(keys, const char *)) {
        json = json_object_get(json, key);
        if (json == NULL)
            fail_msg("the schema has no \"%s\"", key);
    }
    va_end(keys);
    return json;
}

/* ---- The reader */

static bool accepts(const json_t *schema, const json_t *value);

static bool type_accepts(const char *type, const json_t *value)
{
    return (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "string") == 0 && json_is_text(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "number") == 0 && (json_is_integer(value) || json_is_exact(value))) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(value));
}

/* Of a member "type" that is one name or a list of them. */
static bool types_accept(const json_t *type, const json_t *value)
{
    bool found = type == NULL || (json_is_text(type) && type_accepts(json_text(type), value));

    for (size_t i = 0; i < json_array_size(type); i++)
        found = found || type_accepts(json_text(json_array_get(type, i)), value);
    return found;
}

static bool length_accepts(const json_t *schema, const json_t *value)
{
    int64_t size = json_is_text(value) ? (int64_t)json_string_length(value) : -1;

    return size < 0 || (size >= json_get_int(schema, "minLength", 0) &&
                        size <= json_get_int(schema, "maxLength", INT64_MAX));
}

static bool choice_accepts(const json_t *schema, const json_t *value)
{
    const json_t *constant = json_object_get(schema, "const");
    const json_t *names = json_object_get(schema, "enum");
    bool found = names == NULL;

    if (constant != NULL && !json_same(constant, value))
        return false;
    for (size_t i = 0; i < json_array_size(names); i++)
        found = found || json_same(json_array_get(names, i), value);
    return found;
}

static bool members_accept(const json_t *schema, json_t *value)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    const char *key;
    json_t *member;

    for (size_t i = 0; i < json_array_size(required); i++)
        if (json_object_get(value, json_text(json_array_get(required, i))) == NULL)
            return false;
    json_object_foreach(value, key, member)
    {
        const json_t *rule = json_object_get(properties, key);

        if (rule == NULL && json_is_false(json_object_get(schema, "additionalProperties")))
            return false;
        if (rule != NULL && !accepts(rule, member))
            return false;
    }
    return true;
}

static bool all_accept(const json_t *all, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);

        if (accepts(json_object_get(one, "if"), value) &&
            !accepts(json_object_get(one, "then"), value))
            return false;
    }
    return true;
}

/* "#/$defs/NAME" */
static bool reference_accepts(const char *to, const json_t *value)
{
    const json_t *schema;

    if (to == NULL)
        return true;
    assert_memory_equal(to, "#/$defs/", strlen("#/$defs/"));
    schema = json_object_get(definitions, to + strlen("#/$defs/"));
    assert_non_null(schema);
    return accepts(schema, value);
}

static bool accepts(const json_t *schema, const json_t *value)
{
    const json_t *except = json_object_get(schema, "not");
    const json_t *items = json_object_get(schema, "items");
    int64_t count = (int64_t)json_array_size(value);

    if (!types_accept(json_object_get(schema, "type"), value) || !length_accepts(schema, value) ||
        !choice_accepts(schema, value) ||
        !reference_accepts(json_get_text(schema, "$ref"), value) ||
        (except != NULL && accepts(except, value)))
        return false;
    if (json_is_object(value) && !members_accept(schema, (json_t *)value))
        return false;
    if (json_is_array(value) && (count > json_get_int(schema, "maxItems", INT64_MAX) ||
                                 count < json_get_int(schema, "minItems", 0)))
        return false;
    for (size_t i = 0; items != NULL && i < json_array_size(value); i++)
        if (!accepts(items, json_array_get(value, i)))
            return false;
    if (json_is_integer(value) &&
        (json_integer_value(value) < json_get_int(schema, "minimum", INT64_MIN) ||
         json_integer_value(value) > json_get_int(schema, "maximum", INT64_MAX)))
        return false;
    return all_accept(json_object_get(schema, "allOf"), value);
}

/* ---- The tests */

static void it_names_itself(void **state)
{
    json_t *schema = schema_of(*state);

    assert_string_equal(json_get_text(schema, "$schema"),
                        "https://json-schema.org/draft/2020-12/schema");
    assert_string_equal(json_get_text(schema, "$id"), "urn:weft:schema:flow:1");
    assert_string_equal(json_get_text(schema, "type"), "object");
    assert_int_equal(json_integer_value(at(schema, "properties", "weft", "const", NULL)), 1);
    json_decref(schema);
}

static void it_knows_the_types(void **state)
{
    json_t *schema = schema_of(*state);
    json_t *node = at(schema, "$defs", "node", NULL);
    json_t *names = at(node, "properties", "type", "enum", NULL);
    json_t *rules = at(node, "allOf", NULL);

    assert_int_equal(json_array_size(names), 18);
    assert_int_equal(json_array_size(rules), 18);
    for (size_t i = 0; i < 18; i++)
        assert_string_equal(
            json_text(json_array_get(names, i)),
            json_text(at(json_array_get(rules, i), "if", "properties", "type", "const", NULL)));
    json_decref(schema);
}

static void it_marks_what_the_designer_needs(void **state)
{
    static const struct field zone_rows[] = {
        { .kind = FIELD_TEXT, .name = "zone", .zone = true },
        { .kind = FIELD_TEXT, .name = "other", .offset = sizeof(char *) },
        FIELD_LAST,
    };
    json_t *zones = fields_schema(zone_rows);
    json_t *schema = fields_schema(try_hook_rows);
    json_t *verify = at(schema, "properties", "verify", "properties", NULL);
    json_t *map = fields_schema(try_map_field_rows);
    json_t *cases = fields_schema(try_case_rows);

    (void)state;
    assert_true(json_is_true(at(verify, "secret", "x-weft-secret", NULL)));
    assert_int_equal(json_array_size(at(verify, "type", "enum", NULL)), 4);
    assert_string_equal(json_text(at(schema, "properties", "method", "default", NULL)), "POST");
    assert_true(json_is_true(at(map, "properties", "from", "x-weft-expression", NULL)));
    assert_true(json_is_true(at(map, "properties", "from", "x-weft-main", NULL)));
    assert_null(json_object_get(at(map, "properties", "to", NULL), "x-weft-main"));
    assert_true(json_is_true(at(map, "properties", "to", "x-weft-path", NULL)));
    assert_string_equal(json_text(at(map, "properties", "to", "description", NULL)), "where");
    assert_true(json_is_true(at(cases, "properties", "port", "x-weft-port", NULL)));
    assert_true(json_is_true(at(zones, "properties", "zone", "x-weft-zone", NULL)));
    assert_null(json_object_get(at(zones, "properties", "other", NULL), "x-weft-zone"));
    json_decref(zones);
    json_decref(schema);
    json_decref(map);
    json_decref(cases);
}

#define HEAD "{\"weft\":1,\"name\":\"x\",\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\"},"
#define SETTINGS(settings)                                                             \
    "{\"weft\":1,\"name\":\"x\",\"settings\":{" settings "},\"nodes\":[{\"id\":\"t\"," \
    "\"type\":\"trigger.manual\"}]}"
#define PARAMETERS(one)                                                  \
    "{\"weft\":1,\"name\":\"x\",\"vars\":{\"a\":1},\"parameters\":[" one \
    "],\"nodes\":[{\"id\":\"t\","                                        \
    "\"type\":\"trigger.manual\"}]}"
#define LOOP(nodes)                                                                 \
    "{\"id\":\"n\",\"type\":\"branch.foreach\",\"config\":{\"items\":[],\"body\":{" \
    "\"nodes\":[" nodes "]}}}"
#define TAIL "],\"edges\":[{\"from\":\"t\",\"to\":\"n\"}]}"

/* The parser takes it, and so does the schema; or neither does. */
static void expect_good(struct try *try, const json_t *schema, const char *text)
{
    assert_non_null(try_compile(try, text, NULL));
    if (!accepts(schema, json_object_get(try->flow->bundle, "flow")))
        fail_msg("the schema refuses %s", text);
}

static void expect_bad(struct try *try, const json_t *schema, const char *text)
{
    struct err e;
    json_t *definition = json_read(text, strlen(text), &json_limits_flow, &e);

    assert_null(try_compile(try, text, NULL));
    if (accepts(schema, definition))
        fail_msg("the schema takes %s", text);
    json_decref(definition);
}

static void it_agrees_with_the_parser(void **state)
{
    json_t *schema = schema_of(*state);
    static const char *const good[] = {
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\"}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\",\"title\":\"T\",\"timeout\":\"5s\","
             "\"on_error\":\"continue\",\"disabled\":true,\"ui\":{},\"notes\":[],\"config\":{"
             "\"status\":204,\"body\":{\"a\":\"=x\"}},\"retry\":{\"attempts\":2,\"backoff\":"
             "\"fixed\",\"initial\":\"1s\",\"max\":\"2s\",\"jitter\":0.5}}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"transform.map\",\"config\":{\"fields\":[{\"to\":\"a\","
             "\"from\":1}]}}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.dynamics365.create_payment_journal\","
             "\"connection\":\"erp\"}" TAIL,
    };
    static const char *const bad[] = {
        "[]",
        "{\"weft\":1,\"name\":\"x\"}",
        "{\"weft\":\"1\",\"name\":\"x\",\"nodes\":[]}",
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\",\"colour\":1}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.respnd\"}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\",\"config\":{\"status\":99}}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\",\"config\":{\"sttus\":200}}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\",\"config\":[]}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\",\"on_error\":\"panic\"}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"transform.map\"}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"transform.map\",\"config\":{\"fields\":[]}}" TAIL,
        HEAD
        "{\"id\":\"n\",\"type\":\"transform.map\",\"config\":{\"fields\":[{\"to\":\"a\"}]}}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.dynamics365.create_payment_journal\"}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\",\"retry\":{\"backoff\":\"x\"}}" TAIL,
        HEAD "{\"type\":\"connector.respond\"}" TAIL,
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect_good(*state, schema, good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_bad(*state, schema, bad[i]);
    json_decref(schema);
}

static void it_agrees_on_levels_and_settings(void **state)
{
    json_t *schema = schema_of(*state);
    static const char *const good[] = {
        HEAD LOOP("{\"id\":\"a\",\"type\":\"connector.respond\",\"config\":{\"body\":1}}") TAIL,
        HEAD LOOP("{\"id\":\"m\",\"type\":\"branch.repeat\",\"join\":\"all\",\"config\":{"
                  "\"until\":\"=index == 2\",\"body\":{\"nodes\":[{\"id\":\"a\",\"type\":"
                  "\"connector.respond\"},{\"id\":\"b\",\"type\":\"connector.respond\"}],"
                  "\"edges\":[{\"from\":\"a\",\"to\":\"b\"}],\"notes\":1,\"ui\":{}}}}") TAIL,
        SETTINGS("\"failure\":\"collect\",\"totals\":[{\"name\":\"n\",\"left\":\"=trigger.body\","
                 "\"right\":0}]"),
        PARAMETERS(
            "{\"name\":\"a\",\"title\":\"A\",\"description\":\"d\",\"choices\":[{\"value\":1,"
            "\"title\":\"One\"}]}"),
    };
    static const char *const bad[] = {
        HEAD LOOP("") TAIL,
        HEAD LOOP("{\"id\":\"a\",\"type\":\"trigger.manual\"}") TAIL,
        HEAD LOOP("{\"id\":\"a\",\"type\":\"connector.respond\",\"colour\":1}") TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"branch.foreach\",\"config\":{\"items\":[]}}" TAIL,
        HEAD
        "{\"id\":\"n\",\"type\":\"branch.foreach\",\"config\":{\"items\":[],\"body\":[]}}" TAIL,
        HEAD LOOP("{\"id\":\"m\",\"type\":\"branch.repeat\",\"config\":{\"body\":{\"nodes\":[]}}}")
            TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"branch.foreach\",\"config\":{\"items\":[],\"body\":{"
             "\"nodes\":[{\"id\":\"a\",\"type\":\"connector.respond\"}],\"vars\":{}}}}" TAIL,
        HEAD "{\"id\":\"n\",\"type\":\"connector.respond\",\"join\":\"some\"}" TAIL,
        SETTINGS("\"totals\":[{\"name\":\"n\",\"left\":\"=a\"}]"),
        SETTINGS("\"failure\":\"slow\""),
        PARAMETERS("{\"name\":\"a\"}"),
        PARAMETERS("{\"name\":\"a\",\"title\":\"\"}"),
        PARAMETERS("{\"name\":\"a\",\"title\":\"A\",\"choices\":[{\"value\":[],\"title\":\"L\"}]}"),
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect_good(*state, schema, good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_bad(*state, schema, bad[i]);
    json_decref(schema);
}

/* A type's own schema stands alone: its body refers to the flow's by name. */
static void a_type_refers_to_the_schema_of_a_flow(void **state)
{
    json_t *type = node_type_json(&try_foreach_type);
    json_t *properties = at(type, "schema", "properties", NULL);
    json_t *schema = schema_of(*state);

    assert_string_equal(json_text(at(properties, "body", "$ref", NULL)),
                        "urn:weft:schema:flow:1#/$defs/body");
    assert_true(json_is_true(at(properties, "body", "x-weft-body", NULL)));
    assert_true(json_is_true(at(properties, "collect", "x-weft-inside", NULL)));
    assert_null(json_object_get(json_object_get(properties, "items"), "x-weft-inside"));
    assert_non_null(at(schema, "$defs", "body", NULL));
    json_decref(schema);
    json_decref(type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY_LONG(it_names_itself),
        TRY_LONG(it_knows_the_types),
        TRY_LONG(it_marks_what_the_designer_needs),
        TRY_LONG(it_agrees_with_the_parser),
        TRY_LONG(it_agrees_on_levels_and_settings),
        TRY_LONG(a_type_refers_to_the_schema_of_a_flow),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
