/* flow_differ.c - see flow_differ.h. */
#include "designer-api/flow_differ.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"

struct differ {
    json_t *changes;
    bool layout;
};
struct difference {
    const char *what, *id, *node, *pointer; /* id, node: NULL: none */
    const json_t *before, *after;           /* NULL: not there */
};

static void difference_add(struct differ *differ, const struct difference *d)
{
    const char *kind = d->before == NULL ? "added" : d->after == NULL ? "removed" : "changed";
    json_t *change;

    if ((d->before == NULL && d->after == NULL) ||
        (d->before != NULL && d->after != NULL && json_same(d->before, d->after)))
        return;
    change = json_pack("{s:s, s:s, s:s*, s:s*, s:s, s:O*, s:O*}", "kind", kind, "what", d->what,
                       "id", d->id, "node", d->node, "pointer", d->pointer, "before",
                       (json_t *)d->before, "after", (json_t *)d->after);
    check(change != NULL);
    json_array_append_new(differ->changes, change);
}

static bool is_drawing(const char *member)
{
    return strcmp(member, "ui") == 0 || strcmp(member, "notes") == 0;
}

/* ---- Members of two objects, one by one */

/* Those of `skip` (ends with NULL) are left out. what "layout" for what is only drawn. */
static void differ_members(struct differ *differ, const struct difference *about,
                           const char *const *skip)
{
    const json_t *sides[2] = { about->before, about->after };
    const char *key;
    json_t *value;

    for (size_t side = 0; side < 2; side++) {
        json_object_foreach((json_t *)sides[side], key, value)
        {
            struct difference d = *about;
            struct buf pointer;
            size_t i = 0;

            while (skip[i] != NULL && strcmp(skip[i], key) != 0)
                i++;
            if (skip[i] != NULL || (side == 1 && json_object_get(sides[0], key) != NULL) ||
                (is_drawing(key) && !differ->layout))
                continue;
            buf_init(&pointer, 16 * KIB);
            buf_add_text(&pointer, about->pointer);
            json_pointer_add(&pointer, key);
            d.pointer = buf_text(&pointer);
            d.before = json_object_get(sides[0], key);
            d.after = json_object_get(sides[1], key);
            if (is_drawing(key))
                d.what = "layout";
            if (d.id == NULL)
                d.id = key;
            difference_add(differ, &d);
            buf_fini(&pointer);
        }
    }
}

/* ---- Nodes */

/* {ID: {"node", "pointer"}} of a level and all below it. */
static void nodes_collect(json_t *into, const json_t *level, const char *pointer)
{
    json_t *nodes = json_object_get(level, "nodes"), *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const char *id = json_get_text(node, "id");
        const json_t *body = json_object_get(json_object_get(node, "config"), "body");
        struct buf own;

        if (id == NULL)
            continue;
        buf_init(&own, 16 * KIB);
        buf_addf(&own, "%s/nodes/%zu", pointer, i);
        json_object_set_new(into, id,
                            json_pack("{s:O, s:s}", "node", node, "pointer", buf_text(&own)));
        buf_add_text(&own, "/config/body");
        if (json_is_object(body) && buf_ok(&own))
            nodes_collect(into, body, buf_text(&own));
        buf_fini(&own);
    }
}

/* {TARGET: field}; several of one target get a number behind it. */
static json_t *mapping_lines(const json_t *fields)
{
    json_t *lines = json_object(), *field;
    size_t i;

    json_array_foreach(fields, i, field)
    {
        const char *to = json_get_text(field, "to");
        struct buf name;

        buf_init(&name, 16 * KIB);
        buf_add_text(&name, to != NULL ? to : "");
        for (unsigned n = 2; json_object_get(lines, buf_text(&name)) != NULL; n++) {
            buf_clear(&name);
            buf_addf(&name, "%s (%u)", to != NULL ? to : "", n);
        }
        json_object_set(lines, buf_text(&name), field);
        buf_fini(&name);
    }
    return lines;
}

static void differ_mapping(struct differ *differ, const struct difference *node, const json_t *from,
                           const json_t *to)
{
    static const char *const nothing[] = { NULL };
    json_t *before = mapping_lines(json_object_get(from, "fields")),
           *after = mapping_lines(json_object_get(to, "fields"));
    struct difference d = *node;
    struct buf pointer;

    buf_init(&pointer, 16 * KIB);
    buf_addf(&pointer, "%s/config/fields", node->pointer);
    d.what = "mapping";
    d.node = node->id;
    d.id = NULL;
    d.pointer = buf_text(&pointer);
    d.before = before;
    d.after = after;
    differ_members(differ, &d, nothing);
    json_decref(before);
    json_decref(after);
    buf_fini(&pointer);
}

static void differ_config(struct differ *differ, const struct difference *node)
{
    static const char *const mapped[] = { "fields", NULL }, *const other[] = { "body", NULL };
    const char *type = json_get_text(node->after, "type");
    const json_t *from = json_object_get(node->before, "config"),
                 *to = json_object_get(node->after, "config");
    bool mapping = type != NULL && strcmp(type, "transform.map") == 0;
    struct difference d = *node;
    struct buf pointer;

    buf_init(&pointer, 16 * KIB);
    buf_addf(&pointer, "%s/config", node->pointer);
    d.pointer = buf_text(&pointer);
    d.before = from;
    d.after = to;
    if (mapping)
        differ_mapping(differ, node, from, to);
    differ_members(differ, &d, mapping ? mapped : other);
    buf_fini(&pointer);
}

static void differ_nodes(struct differ *differ, const json_t *from, const json_t *to)
{
    static const char *const skip[] = { "config", NULL };
    json_t *before = json_object(), *after = json_object(), *entry, *other;
    const char *id;

    nodes_collect(before, from, "/flow");
    nodes_collect(after, to, "/flow");
    json_object_foreach(before, id, entry)
    {
        struct difference d = { .what = "node", .id = id };

        other = json_object_get(after, id);
        d.before = json_object_get(entry, "node");
        d.after = json_object_get(other, "node");
        d.pointer = json_get_text(other != NULL ? other : entry, "pointer");
        if (d.after == NULL) {
            difference_add(differ, &d);
            continue;
        }
        differ_members(differ, &d, skip);
        differ_config(differ, &d);
    }
    json_object_foreach(after, id, entry)
    {
        struct difference d = { .what = "node",
                                .id = id,
                                .after = json_object_get(entry, "node"),
                                .pointer = json_get_text(entry, "pointer") };

        if (json_object_get(before, id) == NULL)
            difference_add(differ, &d);
    }
    json_decref(before);
    json_decref(after);
}

/* ---- Edges */

/* {"FROM.PORT -> TO": edge} of a level and all below it. */
static void edges_collect(json_t *into, const json_t *level)
{
    json_t *list = json_object_get(level, "edges"), *edge;
    size_t i;

    json_array_foreach(list, i, edge)
    {
        const char *from = json_get_text(edge, "from"), *port = json_get_text(edge, "port"),
                   *to = json_get_text(edge, "to");
        char name[4 * LIMIT_ID];

        snprintf(name, sizeof name, "%.64s.%.64s -> %.64s", from != NULL ? from : "?",
                 port != NULL ? port : "out", to != NULL ? to : "?");
        json_object_set(into, name, edge);
    }
    json_array_foreach(json_object_get(level, "nodes"), i, edge)
    {
        const json_t *body = json_object_get(json_object_get(edge, "config"), "body");

        if (json_is_object(body))
            edges_collect(into, body);
    }
}

static void differ_edges(struct differ *differ, const json_t *from, const json_t *to)
{
    static const char *const nothing[] = { NULL };
    struct difference d = { .what = "edge", .pointer = "/flow/edges" };
    json_t *before = json_object(), *after = json_object();

    edges_collect(before, from);
    edges_collect(after, to);
    d.before = before;
    d.after = after;
    differ_members(differ, &d, nothing);
    json_decref(before);
    json_decref(after);
}

/* ---- The whole */

static void differ_part(struct differ *differ, const json_t *from, const json_t *to,
                        const char *member, const char *what)
{
    static const char *const nothing[] = { NULL };
    struct difference d = { .what = what,
                            .before = json_object_get(from, member),
                            .after = json_object_get(to, member) };
    char pointer[64];

    snprintf(pointer, sizeof pointer, "/%s", member);
    d.pointer = pointer;
    differ_members(differ, &d, nothing);
}

static void differ_connections(struct differ *differ, const json_t *from, const json_t *to)
{
    static const char *const members[] = { "connections", "secrets" };
    const json_t *before = json_object_get(from, "connections"),
                 *after = json_object_get(to, "connections");
    static const char *const nothing[] = { NULL };

    for (size_t i = 0; i < 2; i++) {
        struct difference d = { .what = "connection",
                                .pointer =
                                    i == 0 ? "/connections/connections" : "/connections/secrets",
                                .before = json_object_get(before, members[i]),
                                .after = json_object_get(after, members[i]) };

        differ_members(differ, &d, nothing);
    }
}

json_t *flow_differ(const json_t *from, const json_t *to, bool layout)
{
    static const char *const own[] = { "nodes", "edges", "settings", "vars", NULL };
    static const char *const nothing[] = { NULL };
    struct differ differ = { .changes = json_array(), .layout = layout };
    const json_t *before = json_object_get(from, "flow"), *after = json_object_get(to, "flow");
    struct difference d = { .what = "flow", .pointer = "/flow", .before = before, .after = after };

    differ_members(&differ, &d, own);
    d = (struct difference){ .what = "setting",
                             .pointer = "/flow/settings",
                             .before = json_object_get(before, "settings"),
                             .after = json_object_get(after, "settings") };
    differ_members(&differ, &d, nothing);
    d.pointer = "/flow/vars";
    d.before = json_object_get(before, "vars");
    d.after = json_object_get(after, "vars");
    differ_members(&differ, &d, nothing);
    differ_nodes(&differ, before, after);
    differ_edges(&differ, before, after);
    differ_part(&differ, from, to, "rules", "rule");
    differ_part(&differ, from, to, "lookups", "lookup");
    differ_part(&differ, from, to, "tests", "test");
    differ_part(&differ, from, to, "schemas", "schema");
    differ_part(&differ, from, to, "wsdl", "wsdl");
    differ_connections(&differ, from, to);
    if (layout)
        differ_part(&differ, from, to, "layout", "layout");
    return differ.changes;
}
