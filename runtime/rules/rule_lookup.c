/* rule_lookup.c - lookup tables from JSON to a hash.
 *
 * A key is the texts of its values, each with its length in front, so that no two keys look alike.
 */
#include "rules/rule_lookup_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/table.h"
#include "rules/rule_text_priv.h"

#define LOOKUP_MAGIC    0x100C0B01u
#define LOOKUP_COLUMNS  64u
#define LOOKUP_KEY      1024u  /* bytes of a key */
#define LOOKUP_NEAR     20000u /* rows that are looked through for a message */
#define LOOKUP_DISTANCE 3u

struct lookup {
    unsigned magic;
    json_t *table; /* holds everything below */
    bool is_short;
    unsigned key_count, value_count;
    size_t keys[LOOKUP_KEYS];      /* columns */
    size_t values[LOOKUP_COLUMNS]; /* columns */
    enum lookup_missing missing;
    json_t *fallback;
    struct dict *rows; /* key to row or value */
};

struct lookups {
    struct dict *tables;
};

/* What is being built, and whom to tell. */
struct lookup_build {
    struct lookup *lookup;
    const char *name;
    lookup_fault_fn *fault;
    void *arg;
    bool failed;
};

static void build_fault(struct lookup_build *build, const char *fmt, ...) PRINTF(2, 3);
static void build_fault(struct lookup_build *build, const char *fmt, ...)
{
    char raw[320];
    char text[320];
    va_list args;
    int length;

    va_start(args, fmt);
    length = vsnprintf(raw, sizeof(raw), fmt, args);
    va_end(args);
    check(length >= 0);
    rule_text_tidy(text, sizeof(text), raw, strlen(raw));
    build->failed = true;
    build->fault(build->arg, build->name, text);
}

void lookup_key_add(struct buf *key, const char *text, size_t size)
{
    buf_add_int(key, (long long)size);
    buf_add_char(key, ':');
    buf_add(key, text, size);
}

/* Text, number and boolean have a text as a key; the rest has none. */
static const char *key_text(const json_t *value, char room[32], size_t *size)
{
    const char *text = NULL;

    if (json_is_text(value)) {
        *size = json_string_length(value);
        return json_text(value);
    }
    if (json_is_exact(value)) {
        text = json_exact_text(value);
    } else if (json_is_integer(value)) {
        snprintf(room, 32, "%lld", (long long)json_integer_value(value));
        text = room;
    } else if (json_is_boolean(value)) {
        text = json_is_true(value) ? "true" : "false";
    }
    *size = text != NULL ? strlen(text) : 0;
    return text;
}

static void build_put(struct lookup_build *build, const char *key, size_t row, json_t *value)
{
    char name[96];

    if (dict_find(build->lookup->rows, key) == NULL) {
        dict_put(build->lookup->rows, key, value);
        return;
    }
    rule_text_tidy(name, sizeof(name), key, strlen(key));
    build_fault(build, "row %zu has the key of an earlier row: %s", row, name);
}

static void build_row(struct lookup_build *build, size_t row, json_t *cells, size_t columns)
{
    struct lookup *lookup = build->lookup;
    struct buf key;

    if (!json_is_array(cells) || json_array_size(cells) != columns) {
        build_fault(build, "row %zu is not a list of %zu values, one for each column", row,
                    columns);
        return;
    }
    buf_init(&key, LOOKUP_KEY);
    for (unsigned i = 0; i < lookup->key_count; i++) {
        char room[32];
        size_t size;
        const char *text = key_text(json_array_get(cells, lookup->keys[i]), room, &size);

        if (text == NULL || memchr(text, '\0', size) != NULL) {
            build_fault(build, "row %zu has no text, number or boolean in its key column %zu", row,
                        lookup->keys[i] + 1);
            goto out;
        }
        lookup_key_add(&key, text, size);
    }
    if (buf_ok(&key))
        build_put(build, buf_text(&key), row, cells);
    else
        build_fault(build, "the key of row %zu is longer than %u bytes", row, LOOKUP_KEY);
out:
    buf_fini(&key);
}

static size_t column_find(const json_t *columns, const char *name)
{
    size_t i;
    json_t *column;

    json_array_foreach(columns, i, column) if (strcmp(json_text(column), name) == 0) return i;
    return SIZE_MAX;
}

static bool build_columns(struct lookup_build *build, const json_t *columns)
{
    size_t i;
    json_t *column;

    if (!json_is_array(columns) || json_array_size(columns) < 2 ||
        json_array_size(columns) > LOOKUP_COLUMNS) {
        build_fault(build, "\"columns\" is not a list of 2 to %u names", LOOKUP_COLUMNS);
        return false;
    }
    json_array_foreach(columns, i, column)
    {
        if (!json_is_text(column)) {
            build_fault(build, "column %zu has no name", i + 1);
            return false;
        }
        if (column_find(columns, json_text(column)) != i) {
            build_fault(build, "two columns are named \"%.64s\"", json_text(column));
            return false;
        }
    }
    return true;
}

static bool build_keys(struct lookup_build *build, const json_t *columns, const json_t *keys)
{
    struct lookup *lookup = build->lookup;
    size_t i;
    json_t *key;

    if (!json_is_array(keys) || json_array_size(keys) == 0 || json_array_size(keys) > LOOKUP_KEYS ||
        json_array_size(keys) >= json_array_size(columns)) {
        build_fault(build, "\"keys\" is not a list of 1 to %u of the columns, but not all",
                    LOOKUP_KEYS);
        return false;
    }
    json_array_foreach(keys, i, key)
    {
        size_t at = json_is_text(key) ? column_find(columns, json_text(key)) : SIZE_MAX;

        if (at == SIZE_MAX) {
            build_fault(build, "key %zu is none of the columns", i + 1);
            return false;
        }
        for (unsigned j = 0; j < lookup->key_count; j++)
            if (lookup->keys[j] == at) {
                build_fault(build, "\"%.64s\" is twice in \"keys\"", json_text(key));
                return false;
            }
        lookup->keys[lookup->key_count++] = at;
    }
    for (size_t at = 0; at < json_array_size(columns); at++) {
        bool is_key = false;

        for (unsigned j = 0; j < lookup->key_count; j++)
            is_key = is_key || lookup->keys[j] == at;
        if (!is_key)
            lookup->values[lookup->value_count++] = at;
    }
    return true;
}

static void build_missing(struct lookup_build *build, const json_t *missing)
{
    struct lookup *lookup = build->lookup;
    const char *name = json_text(missing);

    if (missing == NULL)
        return;
    if (name != NULL && strcmp(name, "null") == 0) {
        lookup->missing = LOOKUP_NULL;
    } else if (json_is_object(missing) && json_object_size(missing) == 1 &&
               json_object_get(missing, "default") != NULL) {
        lookup->missing = LOOKUP_DEFAULT;
        lookup->fallback = json_object_get(missing, "default");
    } else if (name == NULL || strcmp(name, "error") != 0) {
        build_fault(build, "\"missing\" is not \"error\", \"null\" or {\"default\": VALUE}");
    }
}

static void build_short(struct lookup_build *build, json_t *rows)
{
    const char *key;
    json_t *value;
    size_t row = 0;

    build->lookup->is_short = true;
    build->lookup->key_count = 1;
    json_object_foreach(rows, key, value)
    {
        struct buf text;

        row++;
        buf_init(&text, LOOKUP_KEY);
        lookup_key_add(&text, key, strlen(key));
        if (buf_ok(&text))
            build_put(build, buf_text(&text), row, value);
        else
            build_fault(build, "the key of row %zu is longer than %u bytes", row, LOOKUP_KEY);
        buf_fini(&text);
    }
}

static void build_long(struct lookup_build *build, json_t *rows)
{
    const json_t *columns = json_object_get(build->lookup->table, "columns");
    const json_t *keys = json_object_get(build->lookup->table, "keys");
    unsigned faults = 0;
    size_t i;
    json_t *row;

    if (!build_columns(build, columns) || !build_keys(build, columns, keys))
        return;
    json_array_foreach(rows, i, row)
    {
        bool failed = build->failed;

        build->failed = false;
        build_row(build, i + 1, row, json_array_size(columns));
        faults += build->failed ? 1 : 0;
        build->failed = build->failed || failed;
        if (faults >= LIMIT_FAULTS)
            return;
    }
}

static void build_members(struct lookup_build *build)
{
    static const char *const known[] = { "columns", "keys", "rows", "missing", "title", "help" };
    const char *key;
    json_t *value;

    json_object_foreach(build->lookup->table, key, value)
    {
        bool found = false;

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            found = found || strcmp(known[i], key) == 0;
        if (!found)
            build_fault(build, "\"%.64s\" means nothing in a lookup table", key);
    }
}

static void lookup_free(struct lookup *lookup)
{
    dict_free(lookup->rows);
    json_decref(lookup->table);
    lookup->magic = 0;
    mem_free(lookup);
}

static void build_table(struct lookup_build *build, json_t *table)
{
    json_t *rows = json_object_get(table, "rows");
    struct lookup *lookup = build->lookup;

    lookup->magic = LOOKUP_MAGIC;
    lookup->table = json_incref(table);
    lookup->rows = dict_new();
    if (!json_is_object(table)) {
        build_fault(build, "it is not an object");
        return;
    }
    build_members(build);
    build_missing(build, json_object_get(table, "missing"));
    if (json_array_size(rows) > LIMIT_LOOKUP_ROWS || json_object_size(rows) > LIMIT_LOOKUP_ROWS)
        build_fault(build, "it has more than %u rows", LIMIT_LOOKUP_ROWS);
    else if (json_is_object(rows))
        build_short(build, rows);
    else if (json_is_array(rows))
        build_long(build, rows);
    else
        build_fault(build, "\"rows\" is neither a list of rows nor an object of keys and values");
}

struct lookups *lookups_new(json_t *tables, lookup_fault_fn *fault, void *arg)
{
    struct lookups *lookups = mem_must(sizeof(*lookups));
    bool failed = false;
    const char *name;
    json_t *table;

    check(fault != NULL);
    lookups->tables = dict_new();
    json_object_foreach(tables, name, table)
    {
        struct lookup_build build = { .name = name, .fault = fault, .arg = arg };

        build.lookup = mem_must(sizeof(*build.lookup));
        build_table(&build, table);
        dict_put(lookups->tables, name, build.lookup);
        failed = failed || build.failed;
    }
    if (failed) {
        lookups_free(lookups);
        return NULL;
    }
    return lookups;
}

void lookups_free(struct lookups *lookups)
{
    struct lookup *lookup;
    size_t cursor = 0;
    const char *name;

    if (lookups == NULL)
        return;
    while ((lookup = dict_next(lookups->tables, &cursor, &name)) != NULL)
        lookup_free(lookup);
    dict_free(lookups->tables);
    mem_free(lookups);
}

const struct lookup *lookups_find(const struct lookups *lookups, const char *name)
{
    return dict_find(lookups->tables, name);
}

void lookups_names(const struct lookups *lookups, struct buf *names)
{
    size_t cursor = 0;
    const char *name;
    unsigned count = 0;

    while (count < 8 && dict_next(lookups->tables, &cursor, &name) != NULL)
        buf_addf(names, "%s%.64s", count++ > 0 ? ", " : "", name);
    if (dict_count(lookups->tables) > count)
        buf_add_text(names, ", ...");
}

unsigned lookup_keys(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup->key_count;
}

size_t lookup_count(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return dict_count(lookup->rows);
}

json_t *lookup_find(const struct lookup *lookup, const char *key)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return dict_find(lookup->rows, key);
}

unsigned lookup_values(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup->value_count;
}

const char *lookup_value_name(const struct lookup *lookup, unsigned i, size_t *column)
{
    check(i < lookup->value_count);
    *column = lookup->values[i];
    return json_text(json_array_get(json_object_get(lookup->table, "columns"), *column));
}

bool lookup_column(const struct lookup *lookup, const char *name, size_t *column)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    *column = column_find(json_object_get(lookup->table, "columns"), name);
    return *column != SIZE_MAX;
}

json_t *lookup_rows(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return json_object_get(lookup->table, "rows");
}

enum lookup_missing lookup_missing(const struct lookup *lookup, json_t **fallback)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    *fallback = lookup->fallback;
    return lookup->missing;
}

/* "10:CreditCard1:x" to "CreditCard, x". */
static void key_show(const char *key, size_t size, struct buf *out)
{
    const char *end = key + size;
    bool first = true;

    while (key < end) {
        size_t part = 0;

        while (key < end && *key != ':')
            part = part * 10 + (size_t)(*key++ - '0');
        key++;
        check(key + part <= end);
        if (!first)
            buf_add_text(out, ", ");
        buf_add(out, key, part < 40 ? part : 40);
        first = false;
        key += part;
    }
}

void lookup_near(const struct lookup *lookup, const char *key, struct buf *names)
{
    struct rule_near near;
    size_t cursor = 0;
    size_t looked = 0;
    const char *name;

    rule_near_init(&near, key, strlen(key), LOOKUP_DISTANCE + 1);
    while (looked++ < LOOKUP_NEAR && dict_next(lookup->rows, &cursor, &name) != NULL)
        rule_near_add(&near, name, strlen(name));
    for (unsigned i = 0; i < near.count; i++) {
        buf_add_text(names, i > 0 ? ", \"" : "\"");
        key_show(near.best[i].name, near.best[i].size, names);
        buf_add_char(names, '"');
    }
}
