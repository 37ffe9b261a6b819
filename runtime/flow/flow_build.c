/* flow_build.c - the flow under construction: where faults go, and what settings declare. */
#include "flow/flow_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/nearest.h"

#define REPORT_TEXT 1000 /* bytes of one message */

static void report_place(const struct flow_source *source, enum flow_place place,
                         const char *pointer, unsigned *line, unsigned *column)
{
    check(source->faults != NULL);
    check(pointer != NULL);
    *line = 1;
    *column = 1;
    if (source->places != NULL && place == PLACE_KEY)
        json_places_key(source->places, pointer, line, column);
    else if (source->places != NULL)
        json_places_find(source->places, pointer, line, column);
}

void flow__report(const struct flow_source *source, bool warning, enum flow_place place,
                  const char *pointer, const char *fmt, va_list args)
{
    char text[REPORT_TEXT];
    unsigned line, column;

    vsnprintf(text, sizeof text, fmt, args);
    report_place(source, place, pointer, &line, &column);
    faults_add(source->faults, warning, source->file, line, column, pointer, "%s", text);
}

void flow__fault(const struct flow_source *source, const char *pointer, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    flow__report(source, false, PLACE_VALUE, pointer, fmt, args);
    va_end(args);
}

void flow__fault_key(const struct flow_source *source, const char *pointer, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    flow__report(source, false, PLACE_KEY, pointer, fmt, args);
    va_end(args);
}

void flow__warn(const struct flow_source *source, const char *pointer, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    flow__report(source, true, PLACE_VALUE, pointer, fmt, args);
    va_end(args);
}

void flow_build_fault(struct flow_build *build, const char *pointer, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    flow__report(&build->source, false, PLACE_VALUE, pointer, fmt, args);
    va_end(args);
}

void flow_build_missing(struct flow_build *build, const char *pointer, const char *member,
                        const char *fmt, ...)
{
    const struct flow_source *source = &build->source;
    char text[REPORT_TEXT];
    unsigned line, column;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    report_place(source, PLACE_VALUE, pointer, &line, &column);
    faults_add_missing(source->faults, source->file, line, column, pointer, member, text);
}

void flow_build_warn(struct flow_build *build, const char *pointer, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    flow__report(&build->source, true, PLACE_VALUE, pointer, fmt, args);
    va_end(args);
}

void flow__fault_unknown(const struct flow_source *source, enum flow_place place,
                         const char *pointer, const char *what, const char *name,
                         const char *const *known, size_t count)
{
    void (*fault)(const struct flow_source *, const char *, const char *, ...) =
        place == PLACE_KEY ? flow__fault_key : flow__fault;
    struct nearest nearest;
    struct buf list;

    nearest_init(&nearest, name);
    for (size_t i = 0; i < count; i++)
        nearest_try(&nearest, known[i]);
    buf_init(&list, REPORT_TEXT);
    nearest_list(&list, name, known, count);
    if (nearest_name(&nearest) != NULL)
        fault(source, pointer, "there is no %s \"%.80s\"; did you mean \"%s\"?", what, name,
              nearest_name(&nearest));
    else
        fault(source, pointer, "there is no %s \"%.80s\"; there is %s", what, name,
              buf_text(&list));
    buf_fini(&list);
}

/* Pointers are bounded by the depth and key length of json_read(); one of a bundle made elsewhere
 * that is longer is cut to its parent, which is a place too. */
static char *pointer_take(struct buf *pointer, const char *parent)
{
    char *taken = buf_take(pointer, NULL);

    buf_fini(pointer);
    return taken != NULL ? taken : mem_must_copy(parent);
}

char *flow__pointer(const char *parent, const char *key)
{
    struct buf pointer;

    buf_init(&pointer, FLOW_POINTER_MAX);
    buf_add_text(&pointer, parent);
    json_pointer_add(&pointer, key);
    return pointer_take(&pointer, parent);
}

char *flow__pointer_at(const char *parent, size_t index)
{
    struct buf pointer;

    buf_init(&pointer, FLOW_POINTER_MAX);
    buf_add_text(&pointer, parent);
    buf_add_char(&pointer, '/');
    buf_add_int(&pointer, (long long)index);
    return pointer_take(&pointer, parent);
}

bool flow__name_valid(const char *name, const char *more)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    size_t size = strlen(name);

    if (size == 0 || size > LIMIT_ID || strchr(letters, name[0]) == NULL)
        return false;
    for (const char *at = name; *at != '\0'; at++)
        if (strchr(letters, *at) == NULL && strchr("0123456789", *at) == NULL &&
            strchr(more, *at) == NULL)
            return false;
    return true;
}

void flow_build_port(struct flow_build *build, const char *port, const char *pointer)
{
    struct flow_node *node = build->node;

    check(node != NULL);
    check(port != NULL);
    if (!flow__name_valid(port, "-")) {
        flow_build_fault(build, pointer,
                         "\"%.80s\" cannot name an exit: a letter or \"_\", then letters, digits, "
                         "\"_\" and \"-\", at most %u",
                         port, LIMIT_ID);
        return;
    }
    if (strcmp(port, "error") == 0) {
        flow_build_fault(build, pointer,
                         "\"error\" is the exit that \"on_error\": \"route\" makes; choose another "
                         "name");
        return;
    }
    if (flow_port_find(node, port) >= 0)
        return; /* two cases may leave by one exit */
    if (node->port_count == FLOW_PORTS_MAX) {
        flow_build_fault(build, pointer, "a node has at most %u exits; use a lookup table",
                         FLOW_PORTS_MAX);
        return;
    }
    node->ports = mem_must_resize(node->ports, (node->port_count + 1) * sizeof *node->ports);
    node->ports[node->port_count++] = mem_must_copy(port);
}

/* What stands behind the node's or the flow's own place: "/fields/3/from". */
static char *expression_name_new(const struct flow_build *build, const char *pointer)
{
    const struct flow_node *node = build->node;
    size_t skip = node != NULL ? strlen(node->pointer) : 0;
    const char *rest = pointer;
    struct buf name;

    if (node != NULL && strncmp(pointer, node->pointer, skip) == 0)
        rest += skip;
    if (node != NULL && strncmp(rest, "/config/", 8) == 0)
        rest += strlen("/config");
    buf_init(&name, FLOW_POINTER_MAX + LIMIT_NAME);
    if (node != NULL)
        buf_addf(&name, "node %s, %s", node->id, rest);
    else
        buf_addf(&name, "flow, %s", rest);
    return pointer_take(&name, "");
}

/* "MODULE:FUNCTION" of a module that the bundle has. */
static void function_check(struct flow_build *build, const char *text, const char *pointer)
{
    const char *colon = strchr(text, ':');
    json_t *rules = flow__part(build->flow->bundle, "rules");
    char *module;

    if (colon == NULL || colon == text || !flow__name_valid(colon + 1, "")) {
        flow_build_fault(build, pointer, "\"%.80s\" names no function: write MODULE:FUNCTION",
                         text);
        return;
    }
    module = mem_must_copy_n(text, (size_t)(colon - text));
    if (json_object_get(rules, module) == NULL) {
        size_t count;
        const char **names = flow__names_new(rules, &count);

        flow__fault_unknown(&build->source, PLACE_VALUE, pointer, "rule module", module, names,
                            count);
        mem_free(names);
    }
    mem_free(module);
}

/* Refuses what no rule can be; false: it is not kept. */
static bool expression_check(struct flow_build *build, bool script, const char *text, size_t size,
                             const char *pointer)
{
    size_t limit = script ? LIMIT_SCRIPT : LIMIT_EXPRESSION;

    if (size > limit) {
        flow_build_fault(build, pointer, "the %s has %zu bytes, at most %zu are allowed",
                         script ? "script" : "expression", size, limit);
        return false;
    }
    if (memchr(text, '\0', size) != NULL) {
        flow_build_fault(build, pointer, "a rule cannot hold a NUL character");
        return false;
    }
    if (strspn(text, " \t\r\n") == size) {
        flow_build_fault(build, pointer,
                         script ? "the script is empty: it must return the output"
                                : "behind \"=\" an expression is missing; for the text itself "
                                  "write \"'=\"");
        return false;
    }
    return true;
}

/* One more expression of the flow, of the node in work. */
static struct flow_expression *expression_add(struct flow_build *build, const char *text,
                                              size_t size, const char *pointer)
{
    struct flow *flow = build->flow;
    struct flow_expression *expression = mem_must(sizeof *expression);

    expression->text = mem_must_copy_n(text, size);
    expression->size = size;
    expression->name = expression_name_new(build, pointer);
    expression->pointer = mem_must_copy(pointer);
    expression->index = (unsigned)flow->expression_count;
    if (flow->expression_count == build->expression_room) {
        size_t room = build->expression_room == 0 ? 16 : build->expression_room * 2;

        flow->expressions = mem_must_resize(flow->expressions, room * sizeof *flow->expressions);
        build->scopes = mem_must_resize(build->scopes, room * sizeof *build->scopes);
        build->expression_room = room;
    }
    build->scopes[flow->expression_count] =
        (struct flow_scope){ .node = build->node != NULL ? (int)(build->node - flow->nodes) : -1,
                             .inside = build->inside };
    flow->expressions[flow->expression_count++] = expression;
    return expression;
}

struct flow_expression *flow_build_expression(struct flow_build *build, bool script, bool function,
                                              const char *text, size_t size, const char *pointer)
{
    struct flow_expression *expression;

    check(!(script && function));
    check(text != NULL);
    if (!expression_check(build, script, text, size, pointer))
        size = 0;
    expression = expression_add(build, text, size, pointer);
    expression->script = script;
    expression->function = function;
    if (function && size > 0)
        function_check(build, expression->text, pointer);
    return expression;
}

static void mark_listed(struct flow *flow, const struct plan_node *node, bool listed)
{
    for (; node != NULL; node = node->next) {
        mark_listed(flow, node->when, listed);
        mark_listed(flow, node->fallback, listed);
        for (size_t i = 0; i < node->count; i++)
            mark_listed(flow, &node->parts[i], listed);
        if (node->kind == PLAN_RULE)
            flow->expressions[node->rule]->listed = listed;
        if (node->kind != PLAN_EACH)
            continue;
        mark_listed(flow, &node->each->list, listed);
        mark_listed(flow, node->each->where, true);
        mark_listed(flow, node->each->group, true);
        mark_listed(flow, &node->each->element, true);
        for (size_t i = 0; i < node->each->sort_count; i++)
            mark_listed(flow, &node->each->sorts[i].by, true);
    }
}

struct flow_expression *flow_build_plan(struct flow_build *build, struct plan *plan,
                                        const char *pointer)
{
    struct flow_expression *expression = expression_add(build, "", 0, pointer);

    check(plan != NULL);
    expression->plan = plan;
    mark_listed(build->flow, &plan->root, false);
    return expression;
}

const struct flow *flow_build_flow(const struct flow_build *build)
{
    return build->flow;
}

const struct node_type *flow_build_type(const struct flow_build *build, const char *name)
{
    check(build != NULL);
    return registry_find(build->registry, name);
}

json_t *flow_build_bundle(const struct flow_build *build)
{
    check(build != NULL);
    return build->flow->bundle;
}
