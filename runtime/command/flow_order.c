/* flow_order.c */
#include "command/flow_order.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"

/* The first part of a step's path: "lines" and "[3]" of "lines[3]/post". */
struct part {
    const char *id, *turn;
    size_t id_size, turn_size;
};

static struct part part_of(const char *path)
{
    size_t id_size = strcspn(path, "[/");

    return (struct part){ .id = path,
                          .id_size = id_size,
                          .turn = path + id_size,
                          .turn_size = strcspn(path + id_size, "/") };
}

static bool part_is(const struct part *part, const char *id)
{
    return id != NULL && strlen(id) == part->id_size && memcmp(id, part->id, part->id_size) == 0;
}

static const json_t *node_of(const json_t *level, const struct part *part)
{
    const json_t *found = NULL;
    size_t i;
    json_t *node;

    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        if (part_is(part, json_get_text(node, "id")))
            found = node;
    }
    return found;
}

/* Edges lead from a node of a level to another one. */
static bool leads(const json_t *level, const char *from, const char *to)
{
    json_t *reached = json_object(), *ahead = json_array(), *edge;
    bool found = false;
    size_t i;

    check(json_array_append_new(ahead, json_string(from)) == 0);
    for (size_t n = 0; n < json_array_size(ahead) && !found; n++) {
        const char *here = json_text(json_array_get(ahead, n));

        json_array_foreach(json_object_get(level, "edges"), i, edge)
        {
            const char *next = json_get_text(edge, "to");

            if (strcmp(json_get_text(edge, "from"), here) != 0 ||
                json_object_get(reached, next) != NULL)
                continue;
            found = found || strcmp(next, to) == 0;
            check(json_object_set_new(reached, next, json_true()) == 0);
            check(json_array_append_new(ahead, json_string(next)) == 0);
        }
    }
    json_decref(reached);
    json_decref(ahead);
    return found;
}

/* Of what the flow does not have (the undoing of a step) the order counts. */
static bool beside(const json_t *level, const char *a, const char *b)
{
    struct part of_a = part_of(a), of_b = part_of(b);
    const json_t *node_a = node_of(level, &of_a), *node_b = node_of(level, &of_b), *config;
    const char *id_a, *id_b;

    if (node_a == NULL || node_b == NULL)
        return false;
    id_a = json_get_text(node_a, "id");
    id_b = json_get_text(node_b, "id");
    if (node_a != node_b)
        return !leads(level, id_a, id_b) && !leads(level, id_b, id_a);
    config = json_object_get(node_a, "config");
    a = of_a.turn + of_a.turn_size;
    b = of_b.turn + of_b.turn_size;
    if (of_a.turn_size != of_b.turn_size || memcmp(of_a.turn, of_b.turn, of_a.turn_size) != 0)
        return json_get_int(config, "parallel", 1) > 1;
    return *a == '/' && *b == '/' && beside(json_object_get(config, "body"), a + 1, b + 1);
}

/* Where the step comes next, from `at` on, when everything before it there is beside it; else
 * `at`. */
static size_t next_of(const json_t *definition, const json_t *got, size_t at, const char *step)
{
    for (size_t i = at; i < json_array_size(got); i++) {
        const char *one = json_get_text(json_array_get(got, i), "step");

        if (strcmp(one, step) == 0)
            return i;
        if (!beside(definition, one, step))
            break;
    }
    return at;
}

void flow_order_as(const json_t *definition, const json_t *expected, json_t *got)
{
    size_t i;
    json_t *wanted;

    json_array_foreach(expected, i, wanted)
    {
        const char *step = json_get_text(wanted, "step");
        size_t from = step != NULL ? next_of(definition, got, i, step) : i;
        json_t *moved;

        if (from == i)
            continue;
        moved = json_incref(json_array_get(got, from));
        check(json_array_remove(got, from) == 0);
        check(json_array_insert_new(got, i, moved) == 0);
    }
}
