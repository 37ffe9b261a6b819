/* flow_parts.c - the parts of a bundle beside the definition: rule modules, lookups,
 * schemas. Connections: flow_connections.c. */
#include "flow/flow_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "schema/schema.h"

bool flow__part_name_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t size = strlen(name);

    return size > 0 && size <= LIMIT_ID && strspn(name, allowed) == size;
}

json_t *flow__part(const json_t *bundle, const char *part)
{
    json_t *found = json_object_get(bundle, part);

    if (strcmp(part, "connections") == 0)
        found = json_object_get(found, "connections"); /* the file has "secrets" beside them */
    return json_is_object(found) ? found : NULL;
}

const char **flow__names_new(const json_t *object, size_t *count)
{
    const char **names = mem_must((json_object_size(object) + 1) * sizeof *names);
    json_t *copy = (json_t *)object; /* jansson's iterators know no const */
    void *at = json_object_iter(copy);

    for (*count = 0; at != NULL; at = json_object_iter_next(copy, at))
        names[(*count)++] = json_object_iter_key(at);
    return names;
}

/* ---- Rules: the syntax is the rules layer's matter */

void flow__check_rule(const struct flow_source *source, const char *name, const char *text,
                      size_t size)
{
    if (!flow__part_name_valid(name))
        flow__fault(source, "",
                    "\"%.80s\" cannot name a rule module: lower-case letters, digits and \"_\", "
                    "at most %u",
                    name, LIMIT_ID);
    if (size > LIMIT_SCRIPT)
        flow__fault(source, "", "the module has %zu bytes, at most %u are allowed", size,
                    LIMIT_SCRIPT);
    else if (size > 0 && text[0] == '\033')
        flow__fault(source, "", "this is compiled Lua; only its text is taken");
    else if (memchr(text, '\0', size) != NULL)
        flow__fault(source, "", "the module holds a NUL character");
}

/* ---- Lookups: their shape, with places. The rules layer, which reads them, knows the rest (keys
 * that stand twice). */

static bool is_texts(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!json_is_text(json_array_get(array, i)))
            return false;
    return json_is_array(array) && json_array_size(array) > 0;
}

/* Columns, and ranges between two of them. */
static bool is_keys(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!json_is_text(json_array_get(array, i)) && !json_is_object(json_array_get(array, i)))
            return false;
    return json_is_array(array) && json_array_size(array) > 0;
}

static bool has_text(const json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (strcmp(json_text(json_array_get(array, i)), text) == 0)
            return true;
    return false;
}

static void check_columns(const struct flow_source *source, const json_t *lookup)
{
    const json_t *columns = json_object_get(lookup, "columns");
    const json_t *keys = json_object_get(lookup, "keys");

    if (!is_texts(columns) || json_array_size(columns) < 2) {
        flow__fault(source, columns != NULL ? "/columns" : "",
                    "\"columns\" must be a list of two or more names");
        return;
    }
    if (!is_keys(keys) || json_array_size(keys) >= json_array_size(columns)) {
        flow__fault(source, keys != NULL ? "/keys" : "",
                    "\"keys\" must be a list of the columns that a row is found by, and not of "
                    "all");
        return;
    }
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *key = json_text(json_array_get(keys, i));

        if (key != NULL && !has_text(columns, key))
            flow__fault(source, "/keys", "\"%.80s\" is none of the columns", key);
    }
}

/* What a key that is not there gives. */
static void check_missing(const struct flow_source *source, const json_t *missing)
{
    const char *text = json_text(missing);
    bool fine = missing == NULL ||
                (text != NULL && (strcmp(text, "error") == 0 || strcmp(text, "null") == 0 ||
                                  strcmp(text, "review") == 0)) ||
                (json_object_size(missing) == 1 && json_object_get(missing, "default") != NULL);

    if (!fine)
        flow__fault(source, "/missing",
                    "\"missing\" must be \"error\", \"null\", \"review\" or {\"default\": VALUE}");
}

static void check_rows(const struct flow_source *source, const json_t *lookup, const json_t *rows)
{
    size_t width = json_array_size(json_object_get(lookup, "columns"));

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        char *pointer;

        if (json_is_array(row) && json_array_size(row) == width)
            continue;
        pointer = flow__pointer_at("/rows", i);
        if (json_is_array(row))
            flow__fault(source, pointer, "the row has %zu values, but there are %zu columns",
                        json_array_size(row), width);
        else
            flow__fault(source, pointer, "a row is a list of its columns' values, not: %s",
                        json_kind(row));
        mem_free(pointer);
    }
}

static void check_lookup_members(const struct flow_source *source, const json_t *lookup)
{
    static const char *const known[] = { "columns", "keys",  "rows",   "missing", "title",
                                         "help",    "valid", "ignore", "types" };
    const size_t known_count = sizeof known / sizeof *known;
    size_t count;
    const char **names = flow__names_new(lookup, &count);

    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        char *pointer;

        while (at < known_count && strcmp(known[at], names[i]) != 0)
            at++;
        if (at < known_count)
            continue;
        pointer = flow__pointer("", names[i]);
        flow__fault_unknown(source, PLACE_KEY, pointer, "member", names[i], known, known_count);
        mem_free(pointer);
    }
    mem_free(names);
}

void flow__check_lookup(const struct flow_source *source, const char *name, const json_t *lookup)
{
    const json_t *rows = json_object_get(lookup, "rows");
    size_t count = json_is_array(rows) ? json_array_size(rows) : json_object_size(rows);

    if (!flow__part_name_valid(name))
        flow__fault(source, "",
                    "\"%.80s\" cannot name a lookup: lower-case letters, digits and \"_\", at "
                    "most %u",
                    name, LIMIT_ID);
    if (!json_is_object(lookup)) {
        flow__fault(source, "", "a lookup is an object {\"rows\": ...}, but here stands: %s",
                    json_kind(lookup));
        return;
    }
    if (json_object_get(lookup, "inputs") != NULL)
        return; /* a decision table */
    check_lookup_members(source, lookup);
    check_missing(source, json_object_get(lookup, "missing"));
    if (count > LIMIT_LOOKUP_ROWS) {
        flow__fault(source, "/rows", "%zu rows, at most %u are allowed", count, LIMIT_LOOKUP_ROWS);
    } else if (json_is_array(rows)) {
        check_columns(source, lookup);
        check_rows(source, lookup, rows);
    } else if (!json_is_object(rows)) {
        flow__fault(source, rows != NULL ? "/rows" : "",
                    "\"rows\" must be an object {\"KEY\": VALUE} or a list of rows");
    } else if (json_object_get(lookup, "columns") != NULL ||
               json_object_get(lookup, "keys") != NULL) {
        flow__fault(source, "/rows",
                    "with \"columns\" and \"keys\" the rows are a list of lists of values");
    }
}

/* ---- Tests: their shape; what they call is known when they run */

void flow__check_tests(const struct flow_source *source, const char *name, const json_t *tests)
{
    size_t i;
    json_t *test;

    (void)name;
    if (!json_is_array(tests)) {
        flow__fault(source, "", "tests are a list, but here stands: %s", json_kind(tests));
        return;
    }
    json_array_foreach(tests, i, test)
    {
        char *pointer = flow__pointer_at("", i);

        if (json_get_text(test, "name") == NULL)
            flow__fault(source, pointer, "a test is an object with a \"name\"");
        else if ((json_object_get(test, "expected") == NULL) ==
                 (json_object_get(test, "error") == NULL))
            flow__fault(source, pointer,
                        "a test says what is \"expected\", or a part of the \"error\"");
        mem_free(pointer);
    }
}

/* ---- Schemas: whoever uses one says whether its formats count */

static void schema_fault(void *arg, const struct schema_fault *fault)
{
    flow__fault(arg, fault->pointer, "%s", fault->text);
}

void flow__check_schema(const struct flow_source *source, const char *name, const json_t *schema)
{
    if (!flow__part_name_valid(name))
        flow__fault(source, "",
                    "\"%.80s\" cannot name a schema: lower-case letters, digits and \"_\", at "
                    "most %u",
                    name, LIMIT_ID);
    schema_free(schema_new((json_t *)schema, 0, schema_fault, (void *)source));
}
