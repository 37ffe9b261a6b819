/* lineage_map.c - what fills a field of a mapping: its lines are walked as they are written
 * (docs/MAPPING.md), and those whose target meets the field are followed.
 *
 * (1) Of lines that may fill one place, each may have: then none is told as the value's only
 * source. [line_meets] (2) An element of a list is told by its position only where the mapping
 * keeps it: a list that is filtered, sorted or grouped is read as a whole. [item_of] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "designer-api/lineage_priv.h"

#define MAP_SEGMENT 600u

struct map_walk {
    struct lineage *all;
    json_t *hop;
    const json_t *node;
    const char *frame;
    bool any;       /* a line has met the field */
    unsigned fills; /* lines that give its value, counted before they are followed */
    bool count;
};

/* ---- Targets against places */

/* The next name of a target, as a pointer has it: of "a\.b[].c" "a.b", then "[]", then "c". */
static const char *target_next(const char *to, char name[MAP_SEGMENT])
{
    size_t used = 0;

    if (to[0] == '[' && to[1] == ']') {
        memcpy(name, "[]", 3);
        return to[2] == '.' ? to + 3 : to + 2;
    }
    while (*to != '\0' && *to != '.' && !(to[0] == '[' && to[1] == ']')) {
        to += to[0] == '\\' && to[1] == '.';
        if (*to == '~' || *to == '/') { /* escaped in pointers */
            if (used + 2 < MAP_SEGMENT) {
                name[used++] = '~';
                name[used++] = *to == '~' ? '0' : '1';
            }
        } else if (used + 1 < MAP_SEGMENT) {
            name[used++] = *to;
        }
        to++;
    }
    name[used] = '\0';
    return *to == '.' ? to + 1 : to;
}

struct map_meet {
    bool meets;
    bool whole;                           /* the place is the target or within it, not around it */
    const char *rest;                     /* of the place, within the target */
    int64_t index[LIMIT_LOOP_DEPTH + 16]; /* of the lists on the way; -1: any */
    unsigned lists;
};

static struct map_meet target_meet(const char *to, const char *at)
{
    struct map_meet meet = { .meets = true, .whole = true, .rest = at };
    const unsigned most = sizeof meet.index / sizeof *meet.index;
    char name[MAP_SEGMENT];

    while (*to != '\0' && meet.meets) {
        size_t size;

        to = target_next(to, name);
        if (*at == '\0') {
            meet.whole = false;
            if (strcmp(name, "[]") == 0 && meet.lists < most)
                meet.index[meet.lists++] = -1;
            continue;
        }
        size = strcspn(at + 1, "/");
        if (strcmp(name, "[]") == 0 && meet.lists < most)
            meet.index[meet.lists++] = strtoll(at + 1, NULL, 10);
        else
            meet.meets = size == strlen(name) && strncmp(at + 1, name, size) == 0;
        at += size + 1;
    }
    meet.rest = at;
    return meet;
}

void lineage_target(const json_t *node, const char *line, char target[LIMIT_PATH], bool *whole)
{
    const json_t *fields = json_object_get(json_object_get(node, "config"), "fields");
    const json_t *field = NULL;
    char name[MAP_SEGMENT];
    struct buf out;
    bool listed = false;

    buf_init(&out, LIMIT_PATH - 1);
    while (strncmp(line, "/fields/", 8) == 0) {
        const char *to;

        field = json_array_get(fields, (size_t)strtoul(line + 8, NULL, 10));
        to = json_get_text(field, "to");
        listed = listed || json_object_get(field, "each") != NULL;
        while (to != NULL && *to != '\0' && !listed) {
            to = target_next(to, name);
            listed = strcmp(name, "[]") == 0;
            if (!listed)
                buf_addf(&out, "/%s", name);
        }
        /* up to the list itself: which element it went to is not told */
        for (; to != NULL && *to != '\0' && strstr(json_get_text(field, "to"), "[]") == NULL;) {
            to = target_next(to, name);
            buf_addf(&out, "/%s", name);
        }
        fields = json_object_get(field, "fields");
        line += 8;
        line += strcspn(line, "/");
    }
    *whole = strcmp(line, "/from") == 0 && !listed && json_object_get(field, "convert") == NULL;
    snprintf(target, LIMIT_PATH, "%s", buf_ok(&out) ? buf_text(&out) : "");
    buf_fini(&out);
}

/* ---- Lines */

static void walk_fields(struct map_walk *walk, const json_t *fields, const char *pointer,
                        const char *at, const struct lineage_item *item);

static void line_follow(struct map_walk *walk, const char *pointer, const char *member,
                        const char *relation, const char *rest, const struct lineage_item *item)
{
    struct lineage_read read = { walk->hop, walk->node, walk->frame, item, relation, rest };
    char at[LIMIT_PATH];

    snprintf(at, sizeof at, "%s/%s", pointer, member);
    lineage_settings(walk->all, &read, at);
}

/* The list of a line, with what decides which items are in it. */
static void item_of(struct lineage_item *item, const json_t *field, const char *prefix,
                    int64_t index, const struct lineage_item *outer)
{
    *item = (struct lineage_item){
        .outer = outer,
        .as = json_get_text(field, "as"),
        .prefix = prefix,
        .index = index,
        .all = json_object_get(field, "where") != NULL || json_object_get(field, "sort") != NULL ||
               json_object_get(field, "group") != NULL,
    };
}

static void line_list(struct map_walk *walk, const json_t *field, const char *pointer,
                      const struct lineage_item *item, const struct lineage_item *outer)
{
    static const char *const decides[] = { "where", "sort", "group" };

    if (walk->count)
        return;
    /* how many elements there are, and which */
    line_follow(walk, pointer, "each", item->index >= 0 ? "because" : "made", "", outer);
    for (size_t i = 0; i < sizeof decides / sizeof *decides; i++)
        if (json_object_get(field, decides[i]) != NULL)
            line_follow(walk, pointer, decides[i], "because", "", item);
}

static void line_value(struct map_walk *walk, const json_t *field, const char *pointer,
                       const struct map_meet *meet, const struct lineage_item *item)
{
    const char *relation = !meet->whole || walk->fills > 1 ? "made" : NULL;

    walk->any = true;
    if (walk->count) {
        walk->fills += 1 + (json_object_get(field, "default") != NULL);
        return;
    }
    if (json_object_get(field, "convert") != NULL)
        relation = "made";
    line_follow(walk, pointer, "from", relation, meet->rest, item);
    if (json_object_get(field, "default") != NULL)
        line_follow(walk, pointer, "default", relation, meet->rest, item);
}

/* The line among its siblings that makes the list on the way of a path: "lines" of "lines[].sku".
 */
static const json_t *list_maker(const json_t *fields, const char *to, size_t size, size_t *which)
{
    const json_t *field;
    size_t i;

    json_array_foreach((json_t *)fields, i, field)
    {
        const char *own = json_get_text(field, "to");
        size_t have = own != NULL ? strlen(own) : 0;

        if (json_object_get(field, "each") == NULL || have < size || strncmp(own, to, size) != 0)
            continue;
        if (own[size] != '\0' && strstr(own + size + 1, "[]") != NULL)
            continue; /* its `each` is of a list further in */
        if (own[size] != '\0' && strncmp(own + size, "[]", 2) != 0)
            continue;
        *which = i;
        return field;
    }
    return NULL;
}

struct map_ways {
    struct lineage_item items[16];
    char prefixes[16][160];
    const struct lineage_item *last;
    unsigned count;
};

/* The lists that lead to the target of a line, as items that it sees. */
static void line_ways(struct map_walk *walk, const json_t *fields, const char *pointer,
                      const char *to, const struct map_meet *meet, struct map_ways *ways)
{
    for (const char *list = to; (list = strstr(list, "[]")) != NULL; list += 2) {
        unsigned at = ways->count;
        char line[120];
        size_t which;
        const json_t *maker;

        if (list[2] == '\0' || at >= 16)
            return;
        maker = list_maker(fields, to, (size_t)(list - to), &which);
        if (maker == NULL)
            continue;
        snprintf(line, sizeof line, "%.80s/%zu", pointer, which);
        snprintf(ways->prefixes[at], sizeof ways->prefixes[at], "%s/each", line);
        item_of(&ways->items[at], maker, ways->prefixes[at],
                at < meet->lists ? meet->index[at] : -1, ways->last);
        line_list(walk, maker, line, &ways->items[at], ways->last);
        ways->last = &ways->items[at];
        ways->count++;
    }
}

/* {"to": "lines", "each": ...}: its elements have fields, or are values. */
static void line_each(struct map_walk *walk, const json_t *field, const char *pointer,
                      const struct map_meet *meet, const struct lineage_item *outer)
{
    char prefix[160], inner[160];
    const char *rest = meet->rest;
    struct lineage_item item;
    struct map_meet element = *meet;

    snprintf(prefix, sizeof prefix, "%.120s/each", pointer);
    snprintf(inner, sizeof inner, "%.120s/fields", pointer);
    item_of(&item, field, prefix, *rest == '/' ? strtoll(rest + 1, NULL, 10) : -1, outer);
    line_list(walk, field, pointer, &item, outer);
    if (*rest == '/')
        rest += 1 + strcspn(rest + 1, "/");
    walk->any = true;
    if (json_object_get(field, "fields") != NULL) {
        walk_fields(walk, json_object_get(field, "fields"), inner, rest, &item);
        return;
    }
    element.rest = rest;
    element.whole = meet->whole && item.index >= 0;
    line_value(walk, field, pointer, &element, &item);
}

static void walk_field(struct map_walk *walk, const json_t *fields, const json_t *field,
                       const char *pointer, const char *line, const char *at,
                       const struct lineage_item *item)
{
    const char *written = json_get_text(field, "to");
    size_t size = written != NULL ? strlen(written) : 0;
    struct map_ways ways = { .last = item };
    struct map_meet meet;
    char to[LIMIT_PATH];
    const char *list;

    size -= size > 2 && strcmp(written + size - 2, "[]") == 0 ? 2 : 0;
    snprintf(to, sizeof to, "%.*s", (int)size, size > 0 ? written : "");
    meet = target_meet(to, at);
    if (!meet.meets || size == 0)
        return;
    line_ways(walk, fields, pointer, to, &meet, &ways);
    if (json_object_get(field, "when") != NULL && !walk->count)
        line_follow(walk, line, "when", "because", "", ways.last);
    if (walk->count && json_object_get(field, "when") != NULL)
        walk->fills++; /* it may have been left out */
    list = strstr(to, "[].");
    if (json_object_get(field, "each") != NULL && list == NULL)
        line_each(walk, field, line, &meet, item);
    else
        line_value(walk, field, line, &meet, ways.last);
}

static void walk_fields(struct map_walk *walk, const json_t *fields, const char *pointer,
                        const char *at, const struct lineage_item *item)
{
    const json_t *field;
    char line[160];
    size_t i;

    json_array_foreach((json_t *)fields, i, field)
    {
        snprintf(line, sizeof line, "%.120s/%zu", pointer, i);
        walk_field(walk, fields, field, pointer, line, at, item);
    }
}

void lineage_map(struct lineage *all, json_t *hop, const json_t *node, const char *frame,
                 const char *at)
{
    const json_t *config = json_object_get(node, "config"),
                 *fields = json_object_get(config, "fields");
    struct map_walk walk = { .all = all, .hop = hop, .node = node, .frame = frame, .count = true };
    bool base = json_object_get(config, "base") != NULL;
    struct lineage_read read = { hop, node, frame, NULL, NULL, at };

    walk_fields(&walk, fields, "/fields", at, NULL);
    walk.count = false;
    walk.fills += base;
    walk_fields(&walk, fields, "/fields", at, NULL);
    if (base && walk.any)
        read.relation = "made";
    if (base)
        lineage_settings(all, &read, "/base");
}
