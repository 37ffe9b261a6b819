/* flow_compile.c - from a bundle to a flow, or to everything that is wrong with it.
 *
 * (1) Every pass runs as far as what the passes before it made allows: all faults at once.
 *                                                                                  [compile_all]
 * (2) A flow leaves only without an error; with one, nothing of it stays.         [flow_compile] */
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_priv.h"

/* "flows/pay/flow.json" and "rules/x.lua" to "flows/pay/rules/x.lua". */
static char *sibling_new(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    struct buf path;
    char *taken;

    buf_init(&path, strlen(file) + strlen(name) + 1);
    if (slash != NULL)
        buf_add(&path, file, (size_t)(slash + 1 - file));
    buf_add_text(&path, name);
    taken = buf_take(&path, NULL);
    buf_fini(&path);
    return taken != NULL ? taken : mem_must_copy("");
}

/* Where faults of a part go: to the file it would stand in. mem_free() its file. */
static struct flow_source part_source(const struct flow_build *build, const char *folder,
                                      const char *name, const char *suffix)
{
    struct buf path;
    struct flow_source source = { .faults = build->source.faults };

    buf_init(&path, LIMIT_JSON_KEY + 64);
    buf_addf(&path, "%s%.*s%s", folder, (int)LIMIT_JSON_KEY, name, suffix);
    source.file = sibling_new(build->source.file, buf_text(&path));
    buf_fini(&path);
    return source;
}

static void check_rules(struct flow_build *build, const json_t *rules)
{
    size_t count;
    const char **names = flow__names_new(rules, &count);

    for (size_t i = 0; i < count; i++) {
        const json_t *text = json_object_get(rules, names[i]);
        struct flow_source source = part_source(build, "rules/", names[i], ".lua");

        if (json_is_text(text))
            flow__check_rule(&source, names[i], json_text(text), json_string_length(text));
        else
            flow__fault(&source, "", "a rule module is a text, not: %s", json_kind(text));
        mem_free((char *)source.file);
    }
    mem_free(names);
}

static void check_tests(struct flow_build *build, const json_t *tests)
{
    size_t count;
    const char **names = flow__names_new(tests, &count);

    for (size_t i = 0; i < count; i++) {
        struct flow_source source = part_source(build, "", names[i], ".test.json");

        flow__check_tests(&source, names[i], json_object_get(tests, names[i]));
        mem_free((char *)source.file);
    }
    mem_free(names);
}

static void check_schemas(struct flow_build *build, const json_t *schemas)
{
    size_t count;
    const char **names = flow__names_new(schemas, &count);

    for (size_t i = 0; i < count; i++) {
        struct flow_source source = part_source(build, "schemas/", names[i], ".json");

        flow__check_schema(&source, names[i], json_object_get(schemas, names[i]));
        mem_free((char *)source.file);
    }
    mem_free(names);
}

static void check_lookups(struct flow_build *build, const json_t *lookups)
{
    size_t count;
    const char **names = flow__names_new(lookups, &count);

    for (size_t i = 0; i < count; i++) {
        const json_t *table = json_object_get(lookups, names[i]);
        bool decides = json_object_get(table, "inputs") != NULL;
        struct flow_source source = decides ? part_source(build, "rules/", names[i], ".table.json")
                                            : part_source(build, "lookups/", names[i], ".json");

        flow__check_lookup(&source, names[i], json_object_get(lookups, names[i]));
        mem_free((char *)source.file);
    }
    mem_free(names);
}

/* The parts beside the definition, which may come from elsewhere than flow_read_dir(). The rules
 * layer looks at lookups itself. */
static void check_parts(struct flow_build *build, bool lookups)
{
    static const char *const known[] = { "flow", "rules",       "lookups", "schemas",
                                         "wsdl", "connections", "tests" };
    const size_t known_count = sizeof known / sizeof *known;
    const json_t *bundle = build->flow->bundle;
    size_t count;
    const char **names = flow__names_new(bundle, &count);
    const json_t *connections = json_object_get(bundle, "connections");

    for (size_t i = 0; i < count; i++) {
        const json_t *part = json_object_get(bundle, names[i]);
        size_t at = 0;

        while (at < known_count && strcmp(known[at], names[i]) != 0)
            at++;
        if (at == known_count)
            flow__fault(&build->source, "", "a bundle has no part \"%.80s\"", names[i]);
        else if (at > 0 && !json_is_object(part))
            flow__fault(&build->source, "", "the bundle's \"%s\" must be an object, not: %s",
                        names[i], json_kind(part));
    }
    mem_free(names);
    check_rules(build, flow__part(bundle, "rules"));
    if (lookups)
        check_lookups(build, flow__part(bundle, "lookups"));
    check_schemas(build, flow__part(bundle, "schemas"));
    check_tests(build, flow__part(bundle, "tests"));
    if (json_is_object(connections)) {
        struct flow_source source = part_source(build, "connections.json", "", "");

        flow__check_connections(&source, connections);
        mem_free((char *)source.file);
    }
}

static bool is_deeper(const json_t *json, unsigned levels)
{
    json_t *copy = (json_t *)json; /* jansson's iterators know no const */

    if (!json_is_object(json) && !json_is_array(json))
        return false;
    if (levels == 0)
        return true;
    for (size_t i = 0; i < json_array_size(json); i++)
        if (is_deeper(json_array_get(json, i), levels - 1))
            return true;
    for (void *at = json_object_iter(copy); at != NULL; at = json_object_iter_next(copy, at))
        if (is_deeper(json_object_iter_value(at), levels - 1))
            return true;
    return false;
}

/* The digest of the compact text. What is published must be readable again: its text keeps the
 * limits of json_limits_reply. */
static bool make_version(struct flow_build *build)
{
    struct flow *flow = build->flow;
    size_t size = 0;
    char *text;

    if (is_deeper(flow->bundle, LIMIT_JSON_DEPTH)) {
        flow__fault(&build->source, "", "nested deeper than %u levels", LIMIT_JSON_DEPTH - 1);
        return false;
    }
    text = json_text_new(flow->bundle, LIMIT_REPLY, &size);
    if (text == NULL) {
        flow__fault(&build->source, "",
                    "the flow with its rules and lookups is longer than %u bytes, or memory is "
                    "short; large tables belong in a system of their own",
                    LIMIT_REPLY);
        return false;
    }
    digest_text(text, size, flow->version);
    mem_free(text);
    return true;
}

/* The rules layer knows expressions, not places: its faults in the definition come with line 0. */
static void check_services(struct flow_build *build, const struct flow_services *services)
{
    struct faults *faults = build->source.faults;

    services->check_rules(services->arg, build->flow, build->source.file, faults);
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];

        if (fault->line != 0)
            continue;
        fault->line = fault->column = 1;
        if (build->source.places != NULL)
            json_places_find(build->source.places, fault->pointer, &fault->line, &fault->column);
    }
}

static void compile_all(struct flow_build *build, const struct flow_services *services)
{
    if (!make_version(build))
        return; /* too large or too deep to be looked at further */
    check_parts(build, services == NULL || services->check_rules == NULL);
    flow__parse(build);
    if (build->flow->edges != NULL) {
        flow__check_graph(build);
        flow__check_expressions(build);
    }
    if (services != NULL && services->check_rules != NULL)
        check_services(build, services);
}

/* A config that its type never saw whole is released by its rows alone. */
static void drop_faulty_configs(struct flow_build *build)
{
    struct flow *flow = build->flow;

    for (size_t i = 0; i < flow->node_count; i++) {
        struct flow_node *node = &flow->nodes[i];

        if (node->config == NULL || build->configs[i] != CONFIG_FAULTY)
            continue;
        fields_release(node->type->fields, node->config);
        mem_free(node->config);
        node->config = NULL;
    }
}

struct flow *flow_compile(json_t *bundle, const char *slug, const char *file, const char *text,
                          size_t text_size, const struct registry *registry,
                          const struct flow_services *services, struct faults *faults)
{
    const size_t errors = faults->errors;
    struct flow *flow = mem_must(sizeof *flow);
    struct json_places *places = NULL;
    json_t *again = NULL;
    struct err e;
    unsigned line, column;
    struct flow_build build = { .flow = flow,
                                .definition = json_object_get(bundle, "flow"),
                                .registry = registry };

    check(bundle != NULL);
    check(slug != NULL);
    check(file != NULL);
    flow->refs = 1;
    flow->slug = mem_must_copy(slug);
    flow->bundle = json_incref(bundle);
    if (text != NULL)
        again = json_read_places(text, text_size, &json_limits_flow, &places, &line, &column, &e);
    build.source = (struct flow_source){ faults, file, again != NULL ? places : NULL };
    compile_all(&build, services);
    drop_faulty_configs(&build);
    if (again != NULL)
        json_places_free(places);
    json_decref(again);
    mem_free(build.scopes);
    mem_free(build.configs);
    mem_free(build.edge_places);
    if (faults->errors > errors) {
        flow_unref(flow);
        return NULL;
    }
    return flow;
}
