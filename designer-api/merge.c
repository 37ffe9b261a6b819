/* merge.c - see merge.h. A place is a JSON pointer whose elements of lists have their names instead
 * of numbers: "/flow/nodes/post/config/fields/CustID". */
#include "designer-api/merge.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"

struct merging {
    const struct merge *asked;
    struct merged *merged;
    struct buf place;
    const char *node; /* the step it is in; NULL: none */
    const char *line; /* the line of its mapping; NULL: none */
    const char *name; /* the last part of the place */
};
struct sides { /* what stands at a place; NULL: nothing */
    const json_t *base, *mine, *theirs;
};

static json_t *merge_sides(struct merging *m, struct sides sides);

static bool is_same(const json_t *a, const json_t *b)
{
    return a == NULL || b == NULL ? a == b : json_same(a, b);
}

static json_t *kept(const json_t *value)
{
    return json_incref((json_t *)(uintptr_t)value);
}

/* ---- Decisions */

static bool place_begins(const struct merging *m, const char *with)
{
    return strncmp(buf_text(&m->place), with, strlen(with)) == 0;
}

/* What a person of this house answered, bound or drew. */
static bool is_own(const struct merging *m)
{
    return strcmp(buf_text(&m->place), "/flow/name") == 0 || place_begins(m, "/flow/vars/") ||
           place_begins(m, "/connections/connections/") ||
           place_begins(m, "/connections/secrets/") || strcmp(m->name, "ui") == 0 ||
           strcmp(buf_text(&m->place), "/flow/notes") == 0;
}

/* As flow_differ() calls it. */
static const char *what_is(const struct merging *m)
{
    static const struct {
        const char *begins, *what;
    } kinds[] = {
        { "/rules/", "rule" },
        { "/lookups/", "lookup" },
        { "/tests/", "test" },
        { "/schemas/", "schema" },
        { "/wsdl/", "wsdl" },
        { "/connections/", "connection" },
        { "/flow/settings", "setting" },
        { "/flow/vars", "setting" },
    };

    if (m->node != NULL)
        return m->line != NULL ? "mapping" : "node";
    if (strstr(buf_text(&m->place), "/edges") != NULL)
        return "edge";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (place_begins(m, kinds[i].begins))
            return kinds[i].what;
    return "flow";
}

static json_t *merge_decide(struct merging *m, struct sides sides)
{
    const char *place = buf_text(&m->place), *choice = json_get_text(m->asked->choices, place);
    bool theirs = choice != NULL && strcmp(choice, "theirs") == 0;
    json_t *conflict;

    conflict =
        json_pack("{s:s, s:s, s:s, s:s*, s:O*, s:O*, s:O*, s:s*}", "place", place, "what",
                  what_is(m), "id", m->line != NULL ? m->line : m->name, "node", m->node, "base",
                  sides.base, "mine", sides.mine, "theirs", sides.theirs, "choice", choice);
    check(conflict != NULL);
    json_array_append_new(m->merged->conflicts, conflict);
    m->merged->undecided += choice == NULL;
    return kept(theirs ? sides.theirs : sides.mine);
}

/* ---- Below a place */

/* What stands at `name` below this place, or NULL. */
static json_t *merge_part(struct merging *m, const char *name, struct sides sides)
{
    size_t before = m->place.len;
    const char *outer = m->name;
    json_t *value;

    json_pointer_add(&m->place, name);
    check(buf_ok(&m->place));
    m->name = name;
    value = merge_sides(m, sides);
    m->name = outer;
    m->place.len = before;
    m->place.at[before] = '\0';
    return value;
}

static struct sides members_of(struct sides of, const char *name)
{
    return (struct sides){ .base = json_object_get(of.base, name),
                           .mine = json_object_get(of.mine, name),
                           .theirs = json_object_get(of.theirs, name) };
}

static void merge_member(struct merging *m, json_t *into, struct sides sides, const char *name)
{
    json_t *value = merge_part(m, name, members_of(sides, name));

    if (value != NULL)
        json_object_set_new(into, name, value);
}

static json_t *merge_objects(struct merging *m, struct sides sides)
{
    json_t *into = json_object(), *value;
    const char *name;

    check(into != NULL);
    json_object_foreach((json_t *)(uintptr_t)sides.mine, name, value)
    {
        merge_member(m, into, sides, name);
    }
    json_object_foreach((json_t *)(uintptr_t)sides.theirs, name, value)
    {
        if (json_object_get(sides.mine, name) == NULL)
            merge_member(m, into, sides, name);
    }
    return into;
}

/* ---- Lists */

/* What an element is called: "FROM.PORT -> TO" of an edge, else the text of its member. */
static bool element_name(const json_t *element, const char *member, char name[LIMIT_PATH])
{
    const char *own = json_get_text(element, member), *to, *port;

    if (own == NULL || strlen(own) >= LIMIT_PATH)
        return false;
    if (strcmp(member, "from") != 0) {
        snprintf(name, LIMIT_PATH, "%s", own);
        return true;
    }
    to = json_get_text(element, "to");
    port = json_get_text(element, "port");
    snprintf(name, LIMIT_PATH, "%.64s.%.64s -> %.64s", own, port != NULL ? port : "out",
             to != NULL ? to : "?");
    return true;
}

/* {NAME: element}, in the list's order; NULL: an element has none, or another's. */
static json_t *list_named(const json_t *list, const char *member)
{
    json_t *named = json_object(), *element;
    char name[LIMIT_PATH];
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)list, i, element)
    {
        if (!element_name(element, member, name) || json_object_get(named, name) != NULL) {
            json_decref(named);
            return NULL;
        }
        json_object_set(named, name, element);
    }
    return named;
}

struct named { /* the lists of the sides as objects, in their order */
    json_t *base, *mine, *theirs;
};

static void named_fini(struct named *named)
{
    json_decref(named->base);
    json_decref(named->mine);
    json_decref(named->theirs);
}

/* Whether their elements have names by one member. */
static bool named_init(struct named *named, struct sides sides, bool edges)
{
    static const char *const members[] = { "from", "id", "to", "name", "port", "key", "number" };

    for (size_t i = edges ? 0 : 1; i < sizeof members / sizeof *members; i++) {
        *named = (struct named){ .base = list_named(sides.base, members[i]),
                                 .mine = list_named(sides.mine, members[i]),
                                 .theirs = list_named(sides.theirs, members[i]) };
        if (named->base != NULL && named->mine != NULL && named->theirs != NULL)
            return true;
        named_fini(named);
    }
    return false;
}

/* The names that both have, in the order of the first. */
static json_t *names_common(const json_t *of, const json_t *with)
{
    json_t *names = json_array(), *value;
    const char *name;

    json_object_foreach((json_t *)(uintptr_t)of, name, value)
    {
        if (json_object_get(with, name) != NULL)
            json_array_append_new(names, json_string(name));
    }
    return names;
}

static bool is_moved(const json_t *a, const json_t *b)
{
    json_t *one = names_common(a, b), *other = names_common(b, a);
    bool moved = !json_same(one, other);

    json_decref(one);
    json_decref(other);
    return moved;
}

/* The names of both: in the order of `first`, and each that only `second` has behind the one that
 * it stands behind there. */
static json_t *names_all(const json_t *first, const json_t *second)
{
    json_t *names = json_array(), *behind = json_object(), *value, *list;
    const char *name, *last = "";

    json_object_foreach((json_t *)(uintptr_t)second, name, value)
    {
        if (json_object_get(first, name) != NULL) {
            last = name;
            continue;
        }
        list = json_object_get(behind, last);
        if (list == NULL)
            json_object_set_new(behind, last, list = json_array());
        json_array_append_new(list, json_string(name));
    }
    json_array_extend(names, json_object_get(behind, ""));
    json_object_foreach((json_t *)(uintptr_t)first, name, value)
    {
        json_array_append_new(names, json_string(name));
        json_array_extend(names, json_object_get(behind, name));
    }
    json_decref(behind);
    return names;
}

static json_t *merge_named(struct merging *m, const struct named *named)
{
    bool theirs_moved = is_moved(named->base, named->theirs);
    const json_t *first = theirs_moved ? named->theirs : named->mine,
                 *second = theirs_moved ? named->mine : named->theirs;
    struct sides sides = { named->base, named->mine, named->theirs };
    bool nodes = strcmp(m->name, "nodes") == 0, lines = strcmp(m->name, "fields") == 0;
    json_t *names = names_all(first, second), *list = json_array(), *one, *value;
    const char *outer = m->node, *line = m->line;
    size_t i;

    check(list != NULL);
    json_array_foreach(names, i, one)
    {
        if (nodes)
            m->node = json_text(one);
        if (lines)
            m->line = json_text(one);
        value = merge_part(m, json_text(one), members_of(sides, json_text(one)));
        if (value != NULL)
            json_array_append_new(list, value);
    }
    m->node = outer;
    m->line = line;
    json_decref(names);
    return list;
}

static json_t *merge_lists(struct merging *m, struct sides sides)
{
    struct named named;
    json_t *list;

    if (!named_init(&named, sides, strcmp(m->name, "edges") == 0))
        return merge_decide(m, sides);
    if (is_moved(named.base, named.mine) && is_moved(named.base, named.theirs) &&
        is_moved(named.mine, named.theirs))
        list = merge_decide(m, sides);
    else
        list = merge_named(m, &named);
    named_fini(&named);
    return list;
}

/* ---- A place */

static json_t *merge_sides(struct merging *m, struct sides sides)
{
    if (is_same(sides.mine, sides.theirs))
        return kept(sides.mine);
    if (is_same(sides.base, sides.mine))
        return kept(sides.theirs);
    if (is_same(sides.base, sides.theirs))
        return kept(sides.mine);
    if (is_own(m))
        return kept(sides.mine != NULL ? sides.mine : sides.theirs);
    if (json_is_object(sides.base) && json_is_object(sides.mine) && json_is_object(sides.theirs))
        return merge_objects(m, sides);
    if (json_is_array(sides.base) && json_is_array(sides.mine) && json_is_array(sides.theirs))
        return merge_lists(m, sides);
    return merge_decide(m, sides);
}

void merge_bundles(const struct merge *merge, struct merged *merged)
{
    static const char *const parts[] = { "flow",    "rules", "lookups",    "tests",
                                         "schemas", "wsdl",  "connections" },
                             *const own[] = { "layout", "trials" };
    const struct sides sides = { merge->base, merge->mine, merge->theirs };
    struct merging m = { .asked = merge, .merged = merged, .name = "" };
    json_t *value;

    *merged = (struct merged){ .bundle = json_object(), .conflicts = json_array() };
    check(merged->bundle != NULL && merged->conflicts != NULL);
    buf_init(&m.place, MIB);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        merge_member(&m, merged->bundle, sides, parts[i]);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        value = json_object_get(merge->mine, own[i]);
        if (value != NULL)
            json_object_set(merged->bundle, own[i], value);
    }
    buf_fini(&m.place);
}

void merged_fini(struct merged *merged)
{
    json_decref(merged->bundle);
    json_decref(merged->conflicts);
    *merged = (struct merged){ .bundle = NULL };
}
