/* version.c - compiled flow versions: made when they are deployed or when a run of theirs comes
 * back, kept while a deployment or a run counts on them. */
#include "engine/budget.h"
#include "engine/engine_priv.h"

#include <string.h>

#include "base/file.h"
#include "rules/rule_names.h"

/* The rules of a flow are compiled while the flow is checked: their faults join the others. */
struct version_rules {
    struct rules *rules;
    struct rule_unit *unit;
    const struct flow *flow;
    const char *file;
    struct faults *faults;
    const struct rule_allowance *set; /* what flows may ask for; NULL: told elsewhere */
    unsigned line;                    /* of what is told of a definition; 0: of its pointer */
};

/* Beside flow.json: the file of "lookups/NAME", which may be a decision table, or of a module. */
static void version_part_file(const struct version_rules *v, const char *module, char *file,
                              size_t room)
{
    const char *slash = strrchr(v->file, '/');
    int folder = slash != NULL ? (int)(slash + 1 - v->file) : 0;
    const json_t *tables = json_object_get(v->flow->bundle, "lookups");

    if (strncmp(module, "lookups/", 8) != 0)
        snprintf(file, room, "%.*srules/%.80s.lua", folder, v->file, module);
    else if (json_object_get(json_object_get(tables, module + 8), "inputs") != NULL)
        snprintf(file, room, "%.*srules/%.80s.table.json", folder, v->file, module + 8);
    else
        snprintf(file, room, "%.*s%.80s.json", folder, v->file, module);
}

static void version_rule_fault(void *arg, size_t source, const char *module, unsigned line,
                               const char *text)
{
    struct version_rules *v = arg;

    if (source < v->flow->expression_count) {
        const struct flow_expression *x = v->flow->expressions[source];

        /* line 0: the place is that of the pointer */
        if (x->script && line > 1)
            faults_add(v->faults, false, v->file, v->line, v->line, x->pointer,
                       "line %u of the script: %s", line, text);
        else
            faults_add(v->faults, false, v->file, v->line, v->line, x->pointer, "%s", text);
    } else {
        char file[512];

        version_part_file(v, module, file, sizeof file);
        faults_add(v->faults, false, file, line, 1, "", "%s", text);
    }
}

static void version_check_rules(void *arg, const struct flow *flow, const char *file,
                                struct faults *faults)
{
    struct version_rules *v = arg;
    struct rule_unit_input input = { .lookups = json_object_get(flow->bundle, "lookups") };
    json_t *modules = json_object_get(flow->bundle, "rules"), *text;
    struct rule_source *sources = mem_must((flow->expression_count + 1) * sizeof *sources);
    struct plan **plans = mem_must((flow->expression_count + 1) * sizeof *plans);
    struct rule_module *module = mem_must((json_object_size(modules) + 1) * sizeof *module);
    const char *name;
    size_t i;

    v->flow = flow;
    v->file = file;
    v->faults = faults;
    for (i = 0; i < flow->expression_count; i++) {
        const struct flow_expression *x = flow->expressions[i];
        enum rule_kind kind = x->plan != NULL ? RULE_PLAN
                              : x->function   ? RULE_FUNCTION
                              : x->script     ? RULE_SCRIPT
                                              : RULE_EXPRESSION;

        sources[i] = (struct rule_source){ kind, x->name, x->text, x->size };
        plans[i] = x->plan;
    }
    json_object_foreach(modules, name, text)
    {
        module[input.module_count++] =
            (struct rule_module){ name, json_text(text), json_string_length(text) };
    }
    input.sources = sources;
    input.source_count = flow->expression_count;
    input.modules = module;
    rule_unit_free(v->rules, v->unit);
    v->unit = rule_unit_new_plans(v->rules, &input, plans, version_rule_fault, v);
    if (v->set != NULL) {
        (void)budget_fits(v->set, flow, file, 0, faults);
        if (v->unit != NULL)
            rule_unit_names(v->rules, v->unit, version_rule_fault, v);
    }
    mem_free(sources);
    mem_free(plans);
    mem_free(module);
}

bool version_names_fit(struct engine *engine, const struct version *version, const char *file,
                       struct faults *faults)
{
    struct version_rules v = { .rules = engine->world.rules,
                               .flow = version->flow,
                               .file = file,
                               .faults = faults,
                               .line = 1 };

    return rule_unit_names(v.rules, version->unit, version_rule_fault, &v);
}

struct flow *engine_check(struct rules *rules, const struct registry *registry, const char *path,
                          bool folder, const char *slug, struct faults *faults)
{
    const struct rule_allowance set = rules_allowance(rules);
    struct version_rules v = { .rules = rules, .set = &set };
    struct flow_services services = { &v, version_check_rules };
    struct flow *flow = NULL;
    char *text = NULL;
    size_t size = 0;
    json_t *bundle;
    struct err e;

    if (folder) {
        flow = flow_check_dir(path, slug, registry, &services, faults);
    } else {
        bundle = flow_read_file(path, faults);
        if (bundle != NULL && file_read(path, LIMIT_FLOW_BYTES, &text, &size, &e) == ERR_OK)
            flow = flow_compile(bundle, slug, path, text, size, registry, &services, faults);
        json_decref(bundle);
        mem_free(text);
    }
    rule_unit_free(rules, v.unit);
    return flow;
}

/* Whether some rule may say the word. An expression that names a function of a module gives it all
 * that there is, `run` among it. */
static bool version_wants(const struct flow *flow, const char *word)
{
    json_t *modules = json_object_get(flow->bundle, "rules"), *text;
    bool run = strcmp(word, "run") == 0;
    const char *name;
    size_t i;

    for (i = 0; i < flow->expression_count; i++)
        if (strstr(flow->expressions[i]->text, word) != NULL ||
            (run && flow->expressions[i]->function))
            return true;
    /* of decision tables too: their expressions are not looked at here */
    json_object_foreach(json_object_get(flow->bundle, "lookups"), name, text)
    {
        if (json_object_get(text, "inputs") != NULL)
            return true;
    }
    json_object_foreach(modules, name, text)
    {
        if (json_is_text(text) && strstr(json_text(text), word) != NULL)
            return true;
    }
    return false;
}

struct version *version_compile(struct engine *engine, json_t *bundle, const char *slug,
                                const char *file, const char *text, size_t text_size,
                                struct faults *faults)
{
    struct version_rules rules = { .rules = engine->world.rules };
    struct flow_services services = { &rules, version_check_rules };
    struct version *version, *known;
    struct flow *flow;

    flow = flow_compile(bundle, slug, file, text, text_size, engine->world.registry, &services,
                        faults);
    if (flow == NULL) {
        rule_unit_free(engine->world.rules, rules.unit);
        return NULL;
    }
    known = dict_find(engine->versions, flow->version);
    if (known != NULL) {
        flow_unref(flow);
        rule_unit_free(engine->world.rules, rules.unit);
        return version_ref(known);
    }
    check(rules.unit != NULL);
    version = mem_must(sizeof *version);
    version->flow = flow;
    version->unit = rules.unit;
    version->wants_run = version_wants(flow, "run");
    version->wants_moments = version_wants(flow, "effect_at");
    version->refs = 1;
    dict_put(engine->versions, flow->version, version);
    return version;
}

struct version *version_load(struct engine *engine, const char *digest, const char *slug,
                             struct err *e)
{
    struct version *version = dict_find(engine->versions, digest);
    struct faults faults;
    struct buf why;
    json_t *bundle;
    char *text;
    size_t size;

    if (version != NULL)
        return version_ref(version);
    if (store_version(engine->world.store, digest, &text, &size, e) != ERR_OK)
        return NULL;
    bundle = json_read(text, size, &json_limits_reply, e);
    mem_free(text);
    if (bundle == NULL)
        return NULL;
    faults_init(&faults);
    version = version_compile(engine, bundle, slug, slug, NULL, 0, &faults);
    json_decref(bundle);
    if (version == NULL) {
        buf_init(&why, 64 * KIB);
        faults_write(&faults, &why);
        err_set(e, ERR_INVALID, "version %.12s of flow %s does not compile any more: %.200s",
                digest, slug, buf_text(&why));
        buf_fini(&why);
    }
    faults_fini(&faults);
    return version;
}

struct version *version_ref(struct version *version)
{
    check(version->refs > 0);
    version->refs++;
    return version;
}

void version_unref(struct engine *engine, struct version *version)
{
    if (version == NULL)
        return;
    check(version->refs > 0);
    if (--version->refs > 0)
        return;
    dict_remove(engine->versions, version->flow->version);
    rule_unit_free(engine->world.rules, version->unit);
    flow_unref(version->flow);
    mem_free(version);
}
