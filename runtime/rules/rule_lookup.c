/* rule_lookup.c - the lookup tables of a unit: which there are, and finding a row.
 *
 * Exact keys are hashed; what a range of numbers or days tells apart is a sorted list below its
 * exact key (rule_span.c). */
#include "rules/rule_lookup_build_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "rules/rule_decision_priv.h"
#include "rules/rule_text_priv.h"

#define LOOKUP_NEAR     20000u /* rows that are looked through for a message */
#define LOOKUP_DISTANCE 3u

struct lookups {
    struct dict *tables;
    struct dict *decisions;
};

static void lookup_free(struct lookup *lookup)
{
    size_t cursor = 0;
    void *at;

    while (lookup__has_spans(lookup) && (at = dict_next(lookup->rows, &cursor, NULL)) != NULL)
        spans_free(at);
    cursor = 0;
    while ((at = dict_next(lookup->shown, &cursor, NULL)) != NULL)
        mem_free(at);
    dict_free(lookup->rows);
    dict_free(lookup->shown);
    json_decref(lookup->table);
    lookup->magic = 0;
    mem_free(lookup);
}

static bool lookup_add(struct lookups *lookups, const char *name, json_t *json, struct texts *texts,
                       table_fault_fn *fault, void *arg)
{
    struct lookup_build build = { .faults = { name, fault, arg, 0 } };

    build.lookup = mem_must(sizeof(*build.lookup));
    lookup__build(&build, json, texts);
    dict_put(lookups->tables, name, build.lookup);
    return build.faults.count == 0;
}

struct lookups *lookups_new(json_t *tables, struct texts *texts, table_fault_fn *fault, void *arg)
{
    struct lookups *lookups = mem_must(sizeof(*lookups));
    bool failed = false;
    const char *name;
    json_t *table;

    check(fault != NULL);
    lookups->tables = dict_new();
    lookups->decisions = dict_new();
    json_object_foreach(tables, name, table)
    {
        if (json_object_get(table, "inputs") != NULL) {
            struct decision *decision = decision_new(name, table, fault, arg);

            failed = failed || decision == NULL;
            if (decision != NULL)
                dict_put(lookups->decisions, name, decision);
            continue;
        }
        failed = !lookup_add(lookups, name, table, texts, fault, arg) || failed;
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
    struct decision *decision;
    size_t cursor = 0;
    const char *name;

    if (lookups == NULL)
        return;
    while ((lookup = dict_next(lookups->tables, &cursor, &name)) != NULL)
        lookup_free(lookup);
    cursor = 0;
    while ((decision = dict_next(lookups->decisions, &cursor, &name)) != NULL)
        decision_free(decision);
    dict_free(lookups->tables);
    dict_free(lookups->decisions);
    mem_free(lookups);
}

const struct lookup *lookups_find(const struct lookups *lookups, const char *name)
{
    return dict_find(lookups->tables, name);
}

const struct decision *lookups_decision(const struct lookups *lookups, const char *name)
{
    return dict_find(lookups->decisions, name);
}

const struct decision *lookups_next_decision(const struct lookups *lookups, size_t *cursor)
{
    return dict_next(lookups->decisions, cursor, NULL);
}

void lookups_names(const struct lookups *lookups, bool decisions, struct buf *names)
{
    const struct dict *all = decisions ? lookups->decisions : lookups->tables;
    size_t cursor = 0;
    const char *name;
    unsigned count = 0;

    while (count < 8 && dict_next(all, &cursor, &name) != NULL)
        buf_addf(names, "%s%.64s", count++ > 0 ? ", " : "", name);
    if (dict_count(all) > count)
        buf_add_text(names, ", ...");
}

/* ---- About a table */

unsigned lookup_keys(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup->key_count;
}

const char *lookup_key_name(const struct lookup *lookup, unsigned i)
{
    check(i < lookup->key_count);
    return lookup->keys[i].name;
}

bool lookup_key_is_range(const struct lookup *lookup, unsigned i)
{
    check(i < lookup->key_count);
    return lookup->keys[i].range;
}

bool lookup_is_dated(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup->dated;
}

const char *lookup_zone(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup->zone;
}

size_t lookup_count(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup->count;
}

unsigned lookup_values(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup->value_count;
}

unsigned lookup_columns(const struct lookup *lookup)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup->column_count;
}

const char *lookup_column_name(const struct lookup *lookup, size_t column)
{
    check(column < lookup->column_count);
    return json_text(json_array_get(json_object_get(lookup->table, "columns"), column));
}

const char *lookup_value_name(const struct lookup *lookup, unsigned i, size_t *column)
{
    check(i < lookup->value_count);
    *column = lookup->values[i];
    return lookup_column_name(lookup, *column);
}

bool lookup_column(const struct lookup *lookup, const char *name, size_t *column)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup__column_find(json_object_get(lookup->table, "columns"), name, column);
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

/* ---- Asking */

void lookup_ask_init(struct lookup_ask *ask)
{
    buf_init(&ask->key, LOOKUP_KEY);
    decimal_from_int(&ask->number, 0);
    ask->day = 0;
}

void lookup_ask_fini(struct lookup_ask *ask)
{
    buf_fini(&ask->key);
}

void lookup_ask_text(struct lookup_ask *ask, const struct lookup *lookup, const char *text,
                     size_t size)
{
    lookup__key_add(lookup, &ask->key, text, size);
}

/* Too long, or with a NUL: no table has it. */
static void *ask_find(const struct lookup *lookup, const struct lookup_ask *ask)
{
    if (!buf_ok(&ask->key) || strlen(buf_text(&ask->key)) != ask->key.len)
        return NULL;
    return dict_find(lookup->rows, buf_text(&ask->key));
}

json_t *lookup_find(const struct lookup *lookup, const struct lookup_ask *ask)
{
    struct decimal day;
    void *found;

    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    found = ask_find(lookup, ask);
    if (found == NULL || !lookup__has_spans(lookup))
        return found;
    if (lookup->range != NULL)
        return spans_find(found, &ask->number, lookup->dated ? ask->day : 0);
    decimal_from_int(&day, ask->day);
    return spans_find(found, &day, 0);
}

bool lookup_has_key(const struct lookup *lookup, const struct lookup_ask *ask)
{
    CHECK_OBJ(lookup, LOOKUP_MAGIC);
    return lookup__has_spans(lookup) && ask_find(lookup, ask) != NULL;
}

void lookup_near(const struct lookup *lookup, const struct lookup_ask *ask, struct buf *names)
{
    struct rule_near near;
    size_t cursor = 0;
    size_t looked = 0;
    const char *name;

    if (!buf_ok(&ask->key))
        return;
    rule_near_init(&near, buf_text(&ask->key), ask->key.len, LOOKUP_DISTANCE + 1);
    while (looked++ < LOOKUP_NEAR && dict_next(lookup->rows, &cursor, &name) != NULL)
        rule_near_add(&near, name, strlen(name));
    for (unsigned i = 0; i < near.count; i++) {
        char key[LOOKUP_KEY];
        const char *shown;

        snprintf(key, sizeof(key), "%.*s", (int)near.best[i].size, near.best[i].name);
        shown = dict_find(lookup->shown, key);
        shown = shown != NULL ? shown : key;
        buf_add_text(names, i > 0 ? ", \"" : "\"");
        lookup__key_show(shown, strlen(shown), names);
        buf_add_char(names, '"');
    }
}
