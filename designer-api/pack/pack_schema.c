/* pack_schema.c - schemas of the document: references, examples. */
#include "designer-api/pack/pack.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "schema/schema.h"

#define SCHEMAS "#/components/schemas/"

static bool schema_is_note(const char *name, const json_t *value)
{
    return strncmp(name, "x-", 2) == 0 ||
           (strcmp(name, "description") == 0 && json_is_text(value)) ||
           (strcmp(name, "title") == 0 && json_is_text(value)) ||
           (strcmp(name, "examples") == 0 && json_is_array(value));
}

static bool schema_is_map(const char *name)
{
    return strcmp(name, "properties") == 0 || strcmp(name, "patternProperties") == 0 ||
           strcmp(name, "dependentSchemas") == 0 || strcmp(name, "$defs") == 0;
}

static bool schema_is_data(const char *name)
{
    return strcmp(name, "enum") == 0 || strcmp(name, "const") == 0 || strcmp(name, "default") == 0;
}

/* map: its members are schemas, whatever their names are */
static json_t *schema_copy(const json_t *from, bool map)
{
    json_t *to, *value;
    const char *name;
    size_t i;

    if (json_is_array(from)) {
        to = json_array();
        json_array_foreach(from, i, value)
        {
            json_array_append_new(to, schema_copy(value, false));
        }
        return to;
    }
    if (!json_is_object(from))
        return json_deep_copy(from);
    to = json_object();
    json_object_foreach((json_t *)from, name, value)
    {
        const char *ref = json_text(value);

        if (!map && schema_is_note(name, value))
            continue;
        if (!map && strcmp(name, "$ref") == 0 && ref != NULL &&
            strncmp(ref, SCHEMAS, strlen(SCHEMAS)) == 0)
            json_object_set_new(to, name, json_sprintf("#/$defs/%s", ref + strlen(SCHEMAS)));
        else if (!map && schema_is_data(name))
            json_object_set_new(to, name, json_deep_copy(value));
        else
            json_object_set_new(to, name, schema_copy(value, !map && schema_is_map(name)));
    }
    return to;
}

json_t *pack_schema(const json_t *schema)
{
    return schema_copy(schema, false);
}

/* ---- What it needs */

static void needs_find(const struct pack *pack, const json_t *schema, json_t *needs)
{
    const char *ref = json_get_text(schema, "$ref"), *name;
    json_t *value;
    size_t i;

    if (ref != NULL && strncmp(ref, "#/$defs/", 8) == 0 &&
        json_object_get(needs, ref + 8) == NULL && json_object_get(pack->defs, ref + 8) != NULL) {
        json_object_set_new(needs, ref + 8, json_true());
        needs_find(pack, json_object_get(pack->defs, ref + 8), needs);
    }
    json_object_foreach((json_t *)schema, name, value)
    {
        needs_find(pack, value, needs);
    }
    json_array_foreach(schema, i, value)
    {
        needs_find(pack, value, needs);
    }
}

json_t *pack_needs(const struct pack *pack, const json_t *schema)
{
    json_t *needs = json_object(), *names = json_array(), *value;
    const char *name;

    needs_find(pack, schema, needs);
    json_object_foreach(needs, name, value)
    {
        json_array_append_new(names, json_string(name));
    }
    json_decref(needs);
    return names;
}

json_t *pack_whole(const struct pack *pack, const json_t *schema)
{
    json_t *needs = pack_needs(pack, schema), *defs = json_object(), *name;
    json_t *whole = json_pack("{s:[o], s:o}", "allOf", json_deep_copy(schema), "$defs", defs);
    size_t i;

    check(whole != NULL);
    json_array_foreach(needs, i, name)
    {
        const char *text = json_string_value(name);

        json_object_set_new(defs, text, json_deep_copy(json_object_get(pack->defs, text)));
    }
    json_decref(needs);
    return whole;
}

/* ---- Checking */

struct schema_tell {
    struct pack *pack;
    const char *place, *what;
};

static void schema_told(void *arg, const struct schema_fault *fault)
{
    const struct schema_tell *tell = arg;

    pack_fault(tell->pack, tell->place, "%s %s: %s", tell->what, fault->pointer, fault->text);
}

static void check_example(struct pack *pack, const char *place, const struct schema *schema,
                          const json_t *example)
{
    struct schema_tell tell = { pack, place, "its example at" };
    struct schema_ask ask = { .name = "example", .fault = schema_told, .arg = &tell };
    struct err e;

    if (schema_verify(schema, example, &ask, &e) != ERR_OK && e.code != ERR_INVALID)
        pack_fault(pack, place, "its example: %s", e.text);
}

void pack_check_media(struct pack *pack, const char *place, const json_t *media)
{
    struct schema_tell tell = { pack, place, "the schema" };
    json_t *own = pack_schema(json_object_get(media, "schema")), *whole = pack_whole(pack, own);
    struct schema *schema = schema_new(whole, SCHEMA_FORMATS, schema_told, &tell);
    const json_t *example = json_object_get(media, "example");
    json_t *named;
    const char *name;

    if (schema != NULL && example != NULL)
        check_example(pack, place, schema, example);
    json_object_foreach(json_object_get(media, "examples"), name, named)
    {
        const json_t *value = json_object_get(pack_follow(pack, named), "value");

        if (schema != NULL && value != NULL)
            check_example(pack, place, schema, value);
    }
    schema_free(schema);
    json_decref(whole);
    json_decref(own);
}

void pack_check_defs(struct pack *pack)
{
    struct schema_tell tell = { pack, "/components/schemas", "" };
    json_t *whole = json_pack("{s:O}", "$defs", pack->defs);

    check(whole != NULL);
    schema_free(schema_new(whole, SCHEMA_FORMATS, schema_told, &tell));
    json_decref(whole);
}
