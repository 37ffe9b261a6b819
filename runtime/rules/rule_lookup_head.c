/* rule_lookup_head.c - what a lookup table says about itself: columns, keys, days, and what a
 * missing key gives. */
#include "rules/rule_lookup_build_priv.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "rules/date_priv.h"

bool lookup__column_find(const json_t *columns, const char *name, size_t *at)
{
    for (*at = 0; *at < json_array_size(columns); ++*at) {
        const char *column = json_text(json_array_get(columns, *at));

        if (column != NULL && strcmp(column, name) == 0)
            return true;
    }
    return false;
}

static bool head_columns(struct lookup_build *build, const json_t *columns)
{
    size_t i, at;
    json_t *column;

    if (!json_is_array(columns) || json_array_size(columns) < 2 ||
        json_array_size(columns) > LOOKUP_COLUMNS) {
        table_fault(&build->faults, "\"columns\" is not a list of 2 to %u names", LOOKUP_COLUMNS);
        return false;
    }
    json_array_foreach(columns, i, column)
    {
        if (!json_is_text(column)) {
            table_fault(&build->faults, "column %zu has no name", i + 1);
            return false;
        }
        if (lookup__column_find(columns, json_text(column), &at) && at != i) {
            table_fault(&build->faults, "two columns are named \"%.64s\"", json_text(column));
            return false;
        }
    }
    build->lookup->column_count = (unsigned)json_array_size(columns);
    return true;
}

/* One of two columns that hold the ends of something. */
static bool head_bound(struct lookup_build *build, const json_t *columns, const json_t *pair,
                       const char *what, const char *which, size_t *at)
{
    const char *name = json_get_text(pair, which);

    if (name != NULL && lookup__column_find(columns, name, at))
        return true;
    table_fault(&build->faults, "\"%s\" of %.64s is none of the columns", which, what);
    return false;
}

static bool head_range(struct lookup_build *build, const json_t *columns, const json_t *json,
                       size_t i, struct lookup_key *key)
{
    key->name = json_get_text(json, "name");
    if (key->name == NULL || json_object_size(json) != 3) {
        table_fault(&build->faults,
                    "key %zu is neither a column nor {\"name\": ..., \"from\": COLUMN, \"to\": "
                    "COLUMN}",
                    i + 1);
        return false;
    }
    if (build->lookup->range != NULL) {
        table_fault(&build->faults, "\"%.64s\" is a second range; a table has one", key->name);
        return false;
    }
    key->range = true;
    build->lookup->range = key;
    return head_bound(build, columns, json, key->name, "from", &key->from) &&
           head_bound(build, columns, json, key->name, "to", &key->to);
}

static bool head_keys(struct lookup_build *build, const json_t *columns, const json_t *keys)
{
    struct lookup *lookup = build->lookup;
    size_t i;
    json_t *json;

    if (!json_is_array(keys) || json_array_size(keys) == 0 || json_array_size(keys) > LOOKUP_KEYS ||
        json_array_size(keys) >= json_array_size(columns)) {
        table_fault(&build->faults, "\"keys\" is not a list of 1 to %u of the columns, but not all",
                    LOOKUP_KEYS);
        return false;
    }
    json_array_foreach(keys, i, json)
    {
        struct lookup_key *key = &lookup->keys[lookup->key_count];

        key->name = json_text(json);
        if (key->name == NULL && json_is_object(json)) {
            if (!head_range(build, columns, json, i, key))
                return false;
        } else if (key->name == NULL || !lookup__column_find(columns, key->name, &key->column)) {
            table_fault(&build->faults, "key %zu is none of the columns", i + 1);
            return false;
        }
        for (unsigned j = 0; j < lookup->key_count; j++)
            if (strcmp(lookup->keys[j].name, key->name) == 0) {
                table_fault(&build->faults, "\"%.64s\" is twice in \"keys\"", key->name);
                return false;
            }
        lookup->key_count++;
    }
    return true;
}

static bool head_valid(struct lookup_build *build, const json_t *columns, const json_t *valid)
{
    struct lookup *lookup = build->lookup;
    struct dates *dates;
    const json_t *zone = json_object_get(valid, "zone");
    int64_t offset;
    struct err e;
    bool known;

    if (valid == NULL)
        return true;
    lookup->dated = true;
    if (json_object_size(valid) != (zone != NULL ? 3 : 2)) {
        table_fault(&build->faults,
                    "\"valid\" is {\"from\": COLUMN, \"to\": COLUMN}, and may have a "
                    "\"zone\"");
        return false;
    }
    lookup->zone = json_text(zone);
    dates = dates_new();
    known = zone == NULL ||
            (lookup->zone != NULL && date__offset(dates, lookup->zone, 0, &offset, &e) == ERR_OK);
    dates_free(dates);
    if (!known) {
        table_fault(&build->faults,
                    "the zone of \"valid\" is unknown; it is like \"Europe/Vienna\"");
        return false;
    }
    return head_bound(build, columns, valid, "\"valid\"", "from", &lookup->valid_from) &&
           head_bound(build, columns, valid, "\"valid\"", "to", &lookup->valid_to);
}

static bool head_values(struct lookup_build *build)
{
    struct lookup *lookup = build->lookup;

    for (size_t at = 0; at < lookup->column_count; at++) {
        unsigned uses = 0;

        for (unsigned j = 0; j < lookup->key_count; j++) {
            const struct lookup_key *key = &lookup->keys[j];

            uses += key->range ? (key->from == at) + (key->to == at) : key->column == at;
        }
        if (lookup->dated)
            uses += (lookup->valid_from == at) + (lookup->valid_to == at);
        if (uses > 1) {
            table_fault(&build->faults, "column %zu has two uses among \"keys\" and \"valid\"",
                        at + 1);
            return false;
        }
        if (uses == 0)
            lookup->values[lookup->value_count++] = at;
    }
    if (lookup->value_count == 0)
        table_fault(&build->faults, "no column is left to be a value");
    return lookup->value_count > 0;
}

bool lookup__head(struct lookup_build *build, const json_t *table)
{
    const json_t *columns = json_object_get(table, "columns");

    return head_columns(build, columns) &&
           head_keys(build, columns, json_object_get(table, "keys")) &&
           head_valid(build, columns, json_object_get(table, "valid")) && head_values(build);
}
