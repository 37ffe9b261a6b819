/* api_mapping.c - mappings while they are made: the values of every target, what is missing, what
 * fits; and mappings that are kept for other flows.
 *
 * A preview evaluates the whole mapping for each sample. Where that fails, or does not compile, the
 * fields of each target are evaluated by themselves, so that one wrong field hides no other. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"
#include "engine/budget.h"
#include "designer-api/piece.h"

#define TEMPLATE_KIND  "mapping_template" /* {"title", "config"} */
#define PREVIEW_MS     2000               /* of all samples together */
#define PREVIEW_GROUPS 300u               /* targets that are evaluated by themselves */

/* ---- Targets of a mapping */

struct group {
    char *to;            /* the first name of its fields' targets */
    json_t *fields;      /* the fields, */
    json_t *indexes;     /* and where they stand */
    struct piece *piece; /* NULL: not compiled yet, or it has faults: */
    json_t *fault;       /* its text */
};
struct preview {
    struct ask_later *later;
    struct engine *engine;
    struct rule_allowance set; /* of the workspace */
    struct clock *clock;
    int64_t until_ms;
    json_t *bundle, *samples, *faults;
    json_t *context; /* of all samples: what is known by name */
    struct piece *whole;
    struct group *groups;
    size_t group_count;
    json_t *results;
    json_t *targets;   /* of the sample in work */
    size_t sample, at; /* at: 0 the whole, then group at - 1 */
    bool waits, again;
};

/* "customer" of "customer.name", "lines" of "lines[].sku"; a dot behind a backslash belongs to it.
 */
static char *target_first(const char *to)
{
    size_t size = 0;

    while (to[size] != '\0' && to[size] != '.' && to[size] != '[')
        size += to[size] == '\\' && to[size + 1] == '.' ? 2 : 1;
    return mem_must_copy_n(to, size);
}

/* The value of the member that such a name writes: a\.b is the member "a.b". Borrowed. */
static json_t *target_value(const json_t *output, const char *to)
{
    char *name = mem_must_copy(to), *end = name;
    json_t *value;

    for (const char *at = to; *at != '\0'; at++) {
        if (at[0] == '\\' && at[1] == '.')
            at++;
        *end++ = *at;
    }
    *end = '\0';
    value = json_object_get(output, name);
    mem_free(name);
    return value;
}

static struct group *group_of(struct preview *p, const char *to)
{
    char *first = target_first(to);
    struct group *group;
    size_t i = 0;

    while (i < p->group_count && strcmp(p->groups[i].to, first) != 0)
        i++;
    group = &p->groups[i];
    if (i == p->group_count && i < PREVIEW_GROUPS) {
        *group = (struct group){ .to = first, .fields = json_array(), .indexes = json_array() };
        p->group_count++;
        return group;
    }
    mem_free(first);
    return i < p->group_count ? group : NULL;
}

static void groups_make(struct preview *p, const json_t *config)
{
    json_t *field;
    size_t i;

    p->groups = mem_must((PREVIEW_GROUPS + 1) * sizeof *p->groups);
    json_array_foreach(json_object_get(config, "fields"), i, field)
    {
        const char *to = json_get_text(field, "to");
        struct group *group = to != NULL ? group_of(p, to) : NULL;

        if (group == NULL)
            continue;
        json_array_append(group->fields, field);
        json_array_append_new(group->indexes, json_integer((json_int_t)i));
    }
}

/* All that some sample has: steps by their names, an item. */
static json_t *samples_context(const json_t *samples)
{
    json_t *context = json_object(), *steps = json_object(), *sample;
    size_t i;

    json_array_foreach(samples, i, sample)
    {
        json_object_update(steps, json_object_get(sample, "steps"));
        json_object_update(context, sample);
    }
    json_object_set_new(context, "steps", steps);
    return context;
}

static struct piece *mapping_piece(struct preview *p, json_t *config, struct faults *faults)
{
    struct piece_ask ask = {
        .kind = PIECE_MAPPING,
        .source = config,
        .context = p->context,
        .bundle = p->bundle,
        .set = p->set,
    };

    return piece_new(p->engine, &ask, faults);
}

static void group_compile(struct preview *p, struct group *group)
{
    json_t *config = json_pack("{s:O}", "fields", group->fields);
    struct faults faults;
    size_t i = 0;

    if (group->piece == NULL && group->fault == NULL) {
        faults_init(&faults);
        group->piece = mapping_piece(p, config, &faults);
        while (i < faults.count && faults.list[i].warning)
            i++;
        if (group->piece == NULL)
            group->fault = json_string(i < faults.count ? faults.list[i].text : "it has faults");
        faults_fini(&faults);
    }
    json_decref(config);
}

/* ---- Preview */

static void target_add(struct preview *p, const struct group *group, json_t *value,
                       const json_t *error)
{
    json_array_append_new(p->targets,
                          json_pack("{s:s, s:O, s:O*, s:O*}", "to", group->to, "fields",
                                    group->indexes, "value", value, "error", (json_t *)error));
}

/* The sample is done. output: NULL: it failed. */
static void sample_end(struct preview *p, json_t *output)
{
    json_array_append_new(p->results,
                          json_pack("{s:o, s:O*}", "targets", p->targets, "output", output));
    p->targets = NULL;
    p->sample++;
    p->at = 0;
}

static void preview_next(struct preview *p);

static void preview_told(void *arg, json_t *value, const struct err *e)
{
    struct preview *p = arg;
    struct group *group = p->at > 0 ? &p->groups[p->at - 1] : NULL;
    json_t *error = e != NULL ? json_string(piece_message(e->text, false)) : NULL;

    if (group != NULL) {
        target_add(p, group, target_value(value, group->to), error);
        p->at++;
    } else if (e == NULL) {
        for (size_t i = 0; i < p->group_count; i++)
            target_add(p, &p->groups[i], target_value(value, p->groups[i].to), NULL);
        sample_end(p, value);
    } else {
        p->at = 1;
    }
    json_decref(error);
    if (p->waits)
        preview_next(p);
    else
        p->again = true;
}

static void preview_one(struct preview *p)
{
    const json_t *sample = json_array_get(p->samples, p->sample);
    struct group *group;
    struct err e;

    if (p->targets == NULL)
        p->targets = json_array();
    if (p->at == 0 && p->whole != NULL) {
        piece_eval(p->whole, sample, preview_told, p);
        return;
    }
    if (p->at == 0)
        p->at = 1;
    if (p->at > p->group_count) {
        sample_end(p, NULL);
        p->again = true;
        return;
    }
    group = &p->groups[p->at - 1];
    group_compile(p, group);
    if (group->piece != NULL) {
        piece_eval(group->piece, sample, preview_told, p);
        return;
    }
    err_set(&e, ERR_INVALID, "%.380s", json_string_value(group->fault));
    preview_told(p, NULL, &e);
}

static void preview_end(struct preview *p)
{
    later_give(p->later, 200, json_pack("{s:O, s:O}", "samples", p->results, "faults", p->faults));
    piece_free(p->whole);
    for (size_t i = 0; i < p->group_count; i++) {
        piece_free(p->groups[i].piece);
        json_decref(p->groups[i].fields);
        json_decref(p->groups[i].indexes);
        json_decref(p->groups[i].fault);
        mem_free(p->groups[i].to);
    }
    mem_free(p->groups);
    json_decref(p->bundle);
    json_decref(p->samples);
    json_decref(p->faults);
    json_decref(p->context);
    json_decref(p->results);
    json_decref(p->targets);
    mem_free(p);
}

static void preview_next(struct preview *p)
{
    do {
        p->again = p->waits = false;
        if (p->sample == json_array_size(p->samples) ||
            p->clock->steady_ms(p->clock) > p->until_ms) {
            preview_end(p);
            return;
        }
        preview_one(p);
    } while (p->again);
    p->waits = true;
}

/* The bundle whose rules may be used; false: refused. */
static bool mapping_bundle(struct ask *ask, json_t **bundle)
{
    const char *flow = json_get_text(ask->body, "flow");
    struct err e;

    *bundle = NULL;
    if (flow == NULL || (*bundle = draft_current(ask, flow, &e)) != NULL)
        return true;
    ask_refuse(ask, &e);
    return false;
}

static void mapping_preview(struct ask *ask)
{
    json_t *config = json_object_get(ask->body, "config"), *plain, *bundle;
    struct preview *p;
    struct faults faults;

    if (!mapping_bundle(ask, &bundle))
        return;
    p = mem_must(sizeof *p);
    *p = (struct preview){ .engine = ask_engine(ask),
                           .set = engine_allowance(ask_engine(ask), ask->who->workspace, NULL),
                           .clock = ask_clock(ask),
                           .bundle = bundle,
                           .samples = json_incref(json_object_get(ask->body, "samples")),
                           .results = json_array() };
    p->until_ms = p->clock->steady_ms(p->clock) + PREVIEW_MS;
    p->context = samples_context(p->samples);
    faults_init(&faults);
    piece_free(mapping_piece(p, config, &faults)); /* with its schema, for the faults */
    p->faults = draft_faults(&faults, NULL);
    faults_fini(&faults);
    plain = json_copy(config);
    json_object_del(plain, "schema");
    faults_init(&faults);
    p->whole = mapping_piece(p, plain, &faults);
    faults_fini(&faults);
    json_decref(plain);
    groups_make(p, config);
    p->later = ask_later(ask);
    preview_next(p);
}

/* ---- Check */

/* Nothing is required any more, on any level. */
static void schema_relax(json_t *schema)
{
    json_t *member;
    const char *key;
    size_t i;

    if (json_is_array(json_object_get(schema, "required")))
        json_object_del(schema, "required");
    json_object_foreach(schema, key, member)
    {
        schema_relax(member);
    }
    json_array_foreach(schema, i, member)
    {
        schema_relax(member);
    }
}

/* A mapping that lacks something is described as if nothing were required: what is missing is told
 * by the faults. */
static json_t *check_targets(struct preview *p, json_t *config)
{
    struct faults faults;
    struct piece *piece;
    json_t *targets, *relaxed = NULL;

    faults_init(&faults);
    piece = mapping_piece(p, config, &faults);
    p->faults = draft_faults(&faults, NULL);
    faults_fini(&faults);
    if (piece == NULL && json_is_object(json_object_get(config, "schema"))) {
        relaxed = json_deep_copy(config);
        schema_relax(json_object_get(relaxed, "schema"));
        faults_init(&faults);
        piece = mapping_piece(p, relaxed, &faults);
        faults_fini(&faults);
    }
    targets = piece != NULL ? piece_describe(piece) : json_array();
    piece_free(piece);
    json_decref(relaxed);
    return targets;
}

static void mapping_check(struct ask *ask)
{
    struct preview p = { .engine = ask_engine(ask) };
    json_t *targets;

    if (!mapping_bundle(ask, &p.bundle))
        return;
    p.context = json_incref(json_object_get(ask->body, "context"));
    targets = check_targets(&p, json_object_get(ask->body, "config"));
    ask_give(ask, 200, json_pack("{s:o, s:o}", "targets", targets, "faults", p.faults));
    json_decref(p.context);
    json_decref(p.bundle);
}

/* ---- Kept for other flows */

static json_t *template_json(const struct object *object, bool brief)
{
    json_t *json = json_copy(object->body);

    check(json != NULL);
    if (brief)
        json_object_del(json, "config");
    json_object_set_new(json, "template", json_string(object->id));
    json_object_set_new(json, "revision", json_integer((json_int_t)object->revision));
    json_object_set_new(json, "by", json_string(object->by));
    json_object_set_new(json, "at", draft_moment(object->changed_ms));
    return json;
}

static bool template_take(void *arg, const struct object *object)
{
    json_array_append_new(arg, template_json(object, true));
    return true;
}

static void template_list(struct ask *ask)
{
    json_t *items = json_array();
    struct err e;

    if (object_list(ask_objects(ask), TEMPLATE_KIND, ask->who->workspace, NULL, NULL, 0,
                    template_take, items, &e) == ERR_OK) {
        draft_page(ask, items, "template");
        return;
    }
    json_decref(items);
    ask_refuse(ask, &e);
}

static void template_get(struct ask *ask)
{
    struct object kept;
    struct err e;

    if (object_read(ask_objects(ask), TEMPLATE_KIND, ask->who->workspace, ask->path[0], &kept,
                    &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    ask_give_revision(ask, 200, template_json(&kept, false), kept.revision);
    object_fini(&kept);
}

/* body NULL: it is removed. */
static void template_change(struct ask *ask, json_t *body, uint64_t from, int status)
{
    struct clock *clock = ask_clock(ask);
    struct object_change change = { .kind = TEMPLATE_KIND,
                                    .workspace = ask->who->workspace,
                                    .id = ask->path[0],
                                    .from = from,
                                    .body = body,
                                    .by = ask->who->name,
                                    .what = body != NULL ? "mapping_template.change"
                                                         : "mapping_template.delete",
                                    .told = true };
    struct ask_later *later = ask_later(ask);
    struct object shown = { .body = body, .changed_ms = clock->wall_ms(clock) };
    struct err e;

    snprintf(shown.id, sizeof shown.id, "%s", ask->path[0]);
    snprintf(shown.by, sizeof shown.by, "%s", ask->who->name);
    later_will(later, status, NULL, 0);
    if (object_change(ask_objects(ask), &change, &shown.revision, later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
    else if (body != NULL)
        later_will(later, status, template_json(&shown, false), shown.revision);
}

/* A new one needs no If-Match. */
static void template_put(struct ask *ask)
{
    struct object kept;
    uint64_t from = 0;
    struct err e;

    if (object_read(ask_objects(ask), TEMPLATE_KIND, ask->who->workspace, ask->path[0], &kept,
                    &e) == ERR_OK) {
        object_fini(&kept);
        if (ask_if_match(ask, &from, &e) != ERR_OK) {
            ask_refuse(ask, &e);
            return;
        }
    }
    template_change(ask, ask->body, from, 200);
}

static void template_delete(struct ask *ask)
{
    uint64_t from;
    struct err e;

    if (ask_if_match(ask, &from, &e) == ERR_OK)
        template_change(ask, NULL, from, 204);
    else
        ask_refuse(ask, &e);
}

const struct ask_bind mapping_binds[] = {
    { "previewMapping", mapping_preview },
    { "checkMapping", mapping_check },
    { "listMappingTemplates", template_list },
    { "getMappingTemplate", template_get },
    { "putMappingTemplate", template_put },
    { "deleteMappingTemplate", template_delete },
    { NULL, NULL },
};
