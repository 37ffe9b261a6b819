/* template.c - texts with values in them: bodies of mails, SOAP envelopes, pages.
 *
 * The places of a text are expressions of the flow, compiled when it is published like all others.
 * A part with `each` is one expression that gives what its places are for each item, so that a list
 * of any length costs one evaluation. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/stencil.h"
#include "format/xml.h"
#include "nodes/definition.h"
#include "nodes/foreign.h"

#define TEMPLATE_PARTS 200

struct part_config {
    const char *text, *between;
    json_t *each;
};
struct part {
    struct stencil *stencil;
    char *between; /* NULL: nothing */
    bool each;
    size_t first; /* of its values */
};
struct template_plan {
    struct foreign_plan base; /* first */
    enum stencil_media media;
    struct part *parts;
    size_t part_count;
    char *encoding;
    bool fragment;
};
struct template_config {
    int media;
    const char *text, *encoding;
    bool fragment;
    struct field_list parts;
    struct value **values; /* of all places, in order */
    size_t value_count;
    struct template_plan *plan;
};

static const struct field part_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "text",
      .offset = offsetof(struct part_config, text),
      .required = true,
      .help = "A text with places, {{ expression }}.",
      .example = "\"<line no='{{ index }}'>{{ item.name }}</line>\"" },
    { .kind = FIELD_JSON,
      .name = "each",
      .offset = offsetof(struct part_config, each),
      .help = "An expression that gives a list: the text is written for each of it, and sees "
              "`item` and `index`.",
      .example = "\"=trigger.body.lines\"" },
    { .kind = FIELD_TEXT,
      .name = "between",
      .offset = offsetof(struct part_config, between),
      .help = "What stands between two items, as it is.",
      .example = "\", \"" },
    FIELD_LAST,
};
static const struct field template_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "media",
      .offset = offsetof(struct template_config, media),
      .required = true,
      .choices = stencil_medias,
      .help = "What the text is, and so how values are escaped: html and xml by where they stand, "
              "json as values or within strings, url percent-encoded, csv in quotes where needed, "
              "text not at all." },
    { .kind = FIELD_TEXT,
      .name = "text",
      .offset = offsetof(struct template_config, text),
      .help = "A text with places, {{ expression }}. {{raw: expression}} is not escaped.",
      .example = "\"Dear {{ trigger.body.name }},\"" },
    { .kind = FIELD_LIST,
      .name = "parts",
      .offset = offsetof(struct template_config, parts),
      .rows = part_fields,
      .size = sizeof(struct part_config),
      .max = TEMPLATE_PARTS,
      .help = "Instead of text: texts one behind the other, some of them for each item of a "
              "list." },
    { .kind = FIELD_BOOL,
      .name = "fragment",
      .offset = offsetof(struct template_config, fragment),
      .fallback = "false",
      .help = "The text is a piece only; else xml and json must be whole and well-formed." },
    { .kind = FIELD_TEXT,
      .name = "encoding",
      .offset = offsetof(struct template_config, encoding),
      .help = "Another one than UTF-8 gives bytes.",
      .example = "\"windows-1252\"" },
    FIELD_LAST,
};

/* ---- Compile */

static void plan_free(struct foreign_plan *base)
{
    struct template_plan *plan = (struct template_plan *)base;

    for (size_t i = 0; i < plan->part_count; i++) {
        stencil_free(plan->parts[i].stencil);
        mem_free(plan->parts[i].between);
    }
    mem_free(plan->parts);
    mem_free(plan->encoding);
    mem_free(plan);
}

static void value_add(struct flow_build *build, struct template_config *template,
                      const struct buf *expression, const char *pointer)
{
    json_t *json = buf_ok(expression) ? json_string(buf_text(expression)) : NULL;

    if (json == NULL) {
        flow_build_fault(build, pointer, "the expressions of the text are too long");
        return;
    }
    template->values =
        mem_must_resize(template->values, (template->value_count + 1) * sizeof *template->values);
    template->values[template->value_count++] = value_new(build, json, pointer);
    json_decref(json);
}

/* One value for each place. */
static void compile_places(struct flow_build *build, struct template_config *template,
                           const struct stencil *stencil, const char *pointer)
{
    for (size_t i = 0; i < stencil_places(stencil); i++) {
        struct buf expression;
        size_t size;
        const char *text = stencil_expression(stencil, i, &size);

        buf_init(&expression, LIMIT_EXPRESSION);
        buf_add_char(&expression, '=');
        buf_add(&expression, text, size);
        value_add(build, template, &expression, pointer);
        buf_fini(&expression);
    }
}

/* One value for all items: the list of their places. Each place stands in parentheses and before a
 * line break, so that it is one expression whatever it holds. */
static void compile_each(struct flow_build *build, struct template_config *template,
                         const struct stencil *stencil, const char *each, const char *pointer)
{
    struct buf expression;

    buf_init(&expression, LIMIT_EXPRESSION);
    buf_addf(&expression,
             "=(function() local list = {} for index, item in ipairs((%s\n) or {}) do list[index] "
             "= {",
             each);
    for (size_t i = 0; i < stencil_places(stencil); i++) {
        size_t size;
        const char *text = stencil_expression(stencil, i, &size);

        buf_addf(&expression, " p%zu = (", i);
        buf_add(&expression, text, size);
        buf_add_text(&expression, "\n),");
    }
    buf_add_text(&expression, " } end return list end)()");
    value_add(build, template, &expression, pointer);
    buf_fini(&expression);
}

static void compile_part(struct flow_build *build, struct template_config *template,
                         const struct part_config *from, struct stencil_state *state,
                         const char *pointer)
{
    struct template_plan *plan = template->plan;
    struct part *part = &plan->parts[plan->part_count];
    const char *each = json_text(from->each);
    struct stencil_state before = *state;
    char place[PLACE_BYTES];
    struct err e;

    snprintf(place, sizeof place, "%s/text", pointer);
    part->stencil = stencil_new((enum stencil_media) template->media,
                                from->text != NULL ? from->text : "", state, &e);
    if (part->stencil == NULL) {
        flow_build_fault(build, place, "%s", e.text);
        return;
    }
    plan->part_count++;
    part->between = mem_must_copy(from->between);
    part->each = from->each != NULL;
    part->first = template->value_count;
    if (from->each == NULL) {
        if (from->between != NULL)
            flow_build_fault(build, pointer, "\"between\" has a meaning with \"each\" only");
        compile_places(build, template, part->stencil, place);
    } else if (each == NULL || each[0] != '=') {
        flow_build_fault(build, pointer,
                         "\"each\" is an expression that gives a list, like "
                         "\"=trigger.body.lines\"");
    } else {
        if (!stencil_same(&before, state))
            flow_build_fault(build, place,
                             "a text for each item ends where it began: what it opens (a tag, a "
                             "quote) it closes");
        compile_each(build, template, part->stencil, each + 1, place);
    }
}

static void template_compile(struct flow_build *build, void *config, const char *pointer,
                             const struct node_type *type)
{
    struct template_config *template = config;
    const struct part_config *list = template->parts.items;
    struct template_plan *plan = mem_must(sizeof *plan);
    struct stencil_state state;

    (void)type;
    template->plan = plan;
    plan->base = (struct foreign_plan){ .refs = 1, .free = plan_free };
    plan->media = (enum stencil_media) template->media;
    plan->encoding = mem_must_copy(template->encoding);
    plan->fragment = template->fragment;
    plan->parts = mem_must((template->parts.count + 1) * sizeof *plan->parts);
    stencil_begin(&state);
    foreign_encoding_compile(build, template->encoding, pointer);
    if ((template->text != NULL) == (template->parts.count > 0))
        flow_build_fault(build, pointer, "give either \"text\" or \"parts\"");
    if (template->text != NULL)
        compile_part(build, template, &(struct part_config){ .text = template->text }, &state,
                     pointer);
    for (size_t i = 0; template->text == NULL && i < template->parts.count; i++) {
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/parts/%zu", pointer, i);
        compile_part(build, template, &list[i], &state, place);
    }
}

static void template_release(void *config)
{
    struct template_config *template = config;

    for (size_t i = 0; i < template->value_count; i++)
        value_free(template->values[i]);
    mem_free(template->values);
    if (template->plan != NULL)
        foreign_plan_unref(&template->plan->base);
    template->values = NULL;
    template->value_count = 0;
    template->plan = NULL;
}

/* ---- Run */

static json_t *value_at(void *arg, size_t place)
{
    return json_array_get(arg, place);
}

/* Values of a part without `each` stand one behind the other. */
struct shift {
    json_t *values;
    size_t first;
};
static json_t *value_behind(void *arg, size_t place)
{
    const struct shift *shift = arg;

    return value_at(shift->values, shift->first + place);
}

static json_t *value_of_item(void *item, size_t place)
{
    char name[32];

    snprintf(name, sizeof name, "p%zu", place);
    return json_object_get(item, name);
}

static enum err_code part_write(const struct part *part, json_t *values, struct buf *out,
                                struct err *e)
{
    struct shift shift = { values, part->first };
    json_t *list, *item;
    enum err_code rc;
    size_t i;

    if (!part->each)
        return stencil_write(part->stencil, value_behind, &shift, out, e);
    list = json_array_get(values, part->first);
    json_array_foreach(list, i, item)
    {
        if (i > 0 && part->between != NULL)
            buf_add_text(out, part->between);
        rc = stencil_write(part->stencil, value_of_item, item, out, e);
        if (rc != ERR_OK)
            return err_prefix(e, "item %zu", i + 1);
    }
    return ERR_OK;
}

static enum err_code no_event(void *arg, struct err *e)
{
    (void)arg;
    (void)e;
    return ERR_OK;
}

static enum err_code no_begin(void *arg, const struct xml_element *element, struct err *e)
{
    (void)element;
    return no_event(arg, e);
}

static enum err_code no_text(void *arg, const char *text, size_t size, struct err *e)
{
    (void)text;
    (void)size;
    return no_event(arg, e);
}

/* A document that is none must not leave: raw values, and texts of people, can make one. */
static enum err_code whole_check(enum stencil_media media, const struct buf *text, struct err *e)
{
    static const struct xml_events events = { no_begin, no_text, no_event };
    enum err_code rc = ERR_OK;

    if (media == STENCIL_JSON) {
        json_t *json = json_read(buf_text(text), text->len, &json_limits_reply, e);

        rc = json != NULL ? ERR_OK : e->code;
        json_decref(json);
    } else if (media == STENCIL_XML) {
        struct xml *xml = xml_new(&events, NULL, e);

        rc = xml != NULL ? xml_feed(xml, buf_text(text), text->len, e) : e->code;
        if (rc == ERR_OK)
            rc = xml_end(xml, e);
        xml_free(xml);
    }
    if (rc == ERR_OK || rc == ERR_MEMORY)
        return rc;
    e->code = rc == ERR_LIMIT ? ERR_LIMIT : ERR_INVALID;
    return err_prefix(e, "the text is not whole %s (a piece of one says \"fragment\": true)",
                      stencil_medias[media]);
}

static enum err_code template_run(const struct foreign_plan *base, json_t *values,
                                  const atomic_bool *given_up, json_t **output, struct err *e)
{
    const struct template_plan *plan = (const struct template_plan *)base;
    enum err_code rc = ERR_OK;
    struct buf out;

    *output = NULL;
    buf_init(&out, FOREIGN_TEXT);
    for (size_t i = 0; rc == ERR_OK && i < plan->part_count; i++) {
        rc = part_write(&plan->parts[i], values, &out, e);
        if (rc != ERR_OK && plan->part_count > 1)
            err_prefix(e, "part %zu", i + 1);
        if (rc == ERR_OK && atomic_load(given_up))
            rc = err_set(e, ERR_CANCELLED, "nobody waits for it any more");
    }
    if (rc == ERR_OK)
        rc = buf_check(&out, "the text", e);
    if (rc == ERR_OK && !plan->fragment)
        rc = whole_check(plan->media, &out, e);
    if (rc == ERR_OK)
        rc = foreign_write(&out, plan->encoding, false, output, e);
    buf_fini(&out);
    return rc;
}

static void template_evaluated(struct step *step, const void *config,
                               const struct step_values *values)
{
    const struct template_config *template = config;
    json_t *list = json_array(), *details = NULL;
    bool failed = list == NULL;
    struct err e;

    check(values->count == template->value_count);
    for (size_t i = 0; !failed && i < values->count; i++)
        failed = json_array_append(list, values->filled[i] != NULL ? values->filled[i]
                                                                   : json_null()) != 0;
    if (failed) {
        err_set(&e, ERR_MEMORY, "no memory for the text");
        step_fail(step, &e, &details);
    } else {
        foreign_start(step, &template->plan->base, list, foreign_weight(list), template_run);
    }
    json_decref(list);
}

static enum node_next template_start(struct step *step, const void *config)
{
    const struct template_config *template = config;

    check(template->plan != NULL);
    if (template->value_count == 0) {
        json_t *none = json_array();
        enum node_next next = foreign_start(step, &template->plan->base, none, 0, template_run);

        json_decref(none);
        return next;
    }
    return step_eval(step, template->values, template->value_count, false, template_evaluated);
}

const struct node_type node_transform_template = {
    .name = "transform.template",
    .kind = NODE_TRANSFORM,
    .title = "Template",
    .help = "Writes a text with values in it: the body of a mail, a SOAP envelope, a page. Its "
            "places are expressions, {{ trigger.body.name }}; each value is escaped for where it "
            "stands, so that no value can change the text around it.",
    .fields = template_fields,
    .config_size = sizeof(struct template_config),
    .example = "{\"media\": \"html\", \"parts\": [{\"text\": \"<p>Dear {{ trigger.body.name "
               "}},</p><ul>\"}, {\"each\": \"=trigger.body.lines\", \"text\": \"<li>{{ item.text "
               "}}</li>\"}, {\"text\": \"</ul>\"}]}",
    .compile = template_compile,
    .start = template_start,
    .release = template_release,
};
