/* xml.c - XML documents: reading, finding values in them, writing (xml_run.c). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/transform/xml_priv.h"

#define XML_RULES  1000
#define XML_FIELDS 1000

struct xml_rule_config {
    const char *name;
    bool list;
    json_t *order;
    struct foreign_cell cell;
};
struct xml_field_config {
    const char *to, *path;
    bool list, required;
    struct foreign_cell cell;
};
struct xml_config {
    int mode, style;
    struct value *input;
    bool lists, local, declaration, indent;
    json_t *spaces;
    struct field_list elements, fields;
    const char *each, *encoding;
    struct foreign_numbers numbers;
    struct xml_plan *plan;
};
enum xml_mode { MODE_READ, MODE_EXTRACT, MODE_WRITE };
static const char *const modes[] = { "read", "extract", "write", NULL };
static const char *const styles[] = { "data", "nodes", NULL };

static const struct field rule_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "name",
      .offset = offsetof(struct xml_rule_config, name),
      .required = true,
      .help = "The name as it is in JSON: \"Amount\", \"inv:Amount\", of an attribute \"@no\".",
      .example = "\"Line\"" },
    { .kind = FIELD_BOOL,
      .name = "list",
      .offset = offsetof(struct xml_rule_config, list),
      .fallback = "false",
      .help = "Reading: it is a list, even of one." },
    { .kind = FIELD_JSON,
      .name = "order",
      .offset = offsetof(struct xml_rule_config, order),
      .help = "Writing: the names of its elements in the order in which the schema wants them; "
              "others come behind them.",
      .example = "[\"Header\", \"Line\"]" },
    FOREIGN_CELL_FIELDS(struct xml_rule_config, cell),
    FIELD_LAST,
};
static const struct field path_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "to",
      .offset = offsetof(struct xml_field_config, to),
      .required = true,
      .help = "The member of the output.",
      .example = "\"amount\"" },
    { .kind = FIELD_TEXT,
      .name = "path",
      .offset = offsetof(struct xml_field_config, path),
      .required = true,
      .help = "An XPath 1.0, seen from the document or from the node of `each`.",
      .example = "\"inv:Total/@value\"" },
    { .kind = FIELD_BOOL,
      .name = "list",
      .offset = offsetof(struct xml_field_config, list),
      .fallback = "false",
      .help = "All that it finds; else more than one is an error." },
    { .kind = FIELD_BOOL,
      .name = "required",
      .offset = offsetof(struct xml_field_config, required),
      .fallback = "false",
      .help = "Finding nothing is an error; else it is null." },
    FOREIGN_CELL_FIELDS(struct xml_field_config, cell),
    FIELD_LAST,
};
static const struct field xml_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "mode",
      .offset = offsetof(struct xml_config, mode),
      .fallback = "read",
      .choices = modes,
      .main = true,
      .help = "read: the whole document becomes JSON. extract: what `fields` finds. write: JSON "
              "becomes a document." },
    { .kind = FIELD_VALUE,
      .name = "input",
      .offset = offsetof(struct xml_config, input),
      .required = true,
      .help = "The document as a text, or as bytes {\"base64\": ...}; for write an object with one "
              "member, the root.",
      .example = "\"=trigger.body\"" },
    { .kind = FIELD_CHOICE,
      .name = "style",
      .offset = offsetof(struct xml_config, style),
      .fallback = "data",
      .choices = styles,
      .help = "data: elements are members by their names, attributes are \"@name\", text beside "
              "attributes is \"#text\". nodes: {name, attributes, children}, for texts with "
              "elements in them." },
    { .kind = FIELD_JSON,
      .name = "namespaces",
      .offset = offsetof(struct xml_config, spaces),
      .help = "The prefixes of this flow, whatever the document calls them: {\"inv\": "
              "\"urn:example:invoice\"}; \"\" is the namespace of names without a prefix. Without "
              "it names and prefixes are those of the document.",
      .example = "{\"inv\": \"urn:example:invoice\"}" },
    { .kind = FIELD_BOOL,
      .name = "local_names",
      .offset = offsetof(struct xml_config, local),
      .fallback = "false",
      .help = "read: names without prefixes and namespaces." },
    { .kind = FIELD_BOOL,
      .name = "lists",
      .offset = offsetof(struct xml_config, lists),
      .fallback = "false",
      .help = "read: every element but the root is a list. Otherwise those are that come again, "
              "and those that `elements` says." },
    { .kind = FIELD_LIST,
      .name = "elements",
      .offset = offsetof(struct xml_config, elements),
      .rows = rule_fields,
      .size = sizeof(struct xml_rule_config),
      .max = XML_RULES,
      .help = "What is to be known of elements and attributes, wherever they stand." },
    { .kind = FIELD_TEXT,
      .name = "each",
      .offset = offsetof(struct xml_config, each),
      .help = "extract: an XPath of nodes; each gives a row, and the output is {count, rows}.",
      .example = "\"//inv:Line\"" },
    { .kind = FIELD_LIST,
      .name = "fields",
      .offset = offsetof(struct xml_config, fields),
      .rows = path_fields,
      .size = sizeof(struct xml_field_config),
      .max = XML_FIELDS,
      .help = "extract: what is found." },
    FOREIGN_NUMBER_FIELDS(struct xml_config, numbers),
    { .kind = FIELD_TEXT,
      .name = "encoding",
      .offset = offsetof(struct xml_config, encoding),
      .help = "Of bytes, when it is not what the document declares. write: the encoding of the "
              "document; another one than UTF-8 gives bytes.",
      .example = "\"windows-1252\"" },
    { .kind = FIELD_BOOL,
      .name = "declaration",
      .offset = offsetof(struct xml_config, declaration),
      .fallback = "true",
      .help = "write: begin with <?xml ...?>." },
    { .kind = FIELD_BOOL,
      .name = "indent",
      .offset = offsetof(struct xml_config, indent),
      .fallback = "false",
      .help = "write: an element a line, for people; style data only." },
    FIELD_LAST,
};

/* ---- Compile */

static void plan_free(struct foreign_plan *base)
{
    struct xml_plan *plan = (struct xml_plan *)base;

    for (size_t i = 0; i < plan->form.rule_count; i++) {
        struct xml_rule *rule = (struct xml_rule *)&plan->form.rules[i];

        mem_free((char *)rule->name);
        for (size_t k = 0; rule->order != NULL && rule->order[k] != NULL; k++)
            mem_free((char *)rule->order[k]);
        mem_free((void *)rule->order);
        foreign_form_fini(&rule->form);
    }
    for (size_t i = 0; i < plan->path_count; i++) {
        mem_free((char *)plan->paths[i].to);
        mem_free((char *)plan->paths[i].path);
        foreign_form_fini(&plan->paths[i].form);
    }
    mem_free((void *)plan->form.rules);
    mem_free(plan->paths);
    json_decref(plan->form.spaces);
    mem_free(plan->each);
    mem_free(plan->encoding);
    mem_free(plan);
}

static bool spaces_valid(json_t *spaces)
{
    const char *prefix;
    json_t *uri;

    json_object_foreach(spaces, prefix, uri)
    {
        if (!json_is_text(uri) || *json_text(uri) == '\0' || strpbrk(prefix, ": \t\r\n<>&\"'/@") ||
            strcmp(prefix, "xml") == 0 || strcmp(prefix, "xmlns") == 0)
            return false;
    }
    return true;
}

static const char **compile_order(struct flow_build *build, json_t *order, const char *pointer)
{
    const char **names;
    json_t *name;
    size_t i;

    if (order == NULL)
        return NULL;
    names = mem_must((json_array_size(order) + 1) * sizeof *names);
    json_array_foreach(order, i, name)
    {
        names[i] = mem_must_copy(json_is_text(name) ? json_text(name) : "");
    }
    json_array_foreach(order, i, name)
    {
        if (!json_is_text(name))
            order = NULL;
    }
    if (!json_is_array(order))
        flow_build_fault(build, pointer, "\"order\" is a list of the elements' names");
    return names;
}

static void compile_rules(struct flow_build *build, const struct xml_config *xml,
                          const char *pointer, struct xml_plan *plan)
{
    const struct xml_rule_config *list = xml->elements.items;
    struct xml_rule *rules = mem_must((xml->elements.count + 1) * sizeof *rules);

    plan->form.rules = rules;
    for (size_t i = 0; i < xml->elements.count; i++) {
        struct xml_rule *rule = &rules[plan->form.rule_count++];
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/elements/%zu", pointer, i);
        foreign_cell_compile(build, &list[i].cell, &xml->numbers, place, &rule->form);
        rule->name = mem_must_copy(list[i].name != NULL ? list[i].name : "");
        rule->list = list[i].list;
        rule->order = compile_order(build, list[i].order, place);
        for (size_t k = 0; k < i; k++)
            if (strcmp(rules[k].name, rule->name) == 0)
                flow_build_fault(build, place, "\"%.80s\" is there already", rule->name);
    }
}

static void compile_path(struct flow_build *build, const char *path, json_t *spaces,
                         const char *place)
{
    struct err e;

    if (path != NULL && xml_path_check(path, spaces, &e) != ERR_OK)
        flow_build_fault(build, place, "%s", e.text);
}

static void compile_paths(struct flow_build *build, const struct xml_config *xml,
                          const char *pointer, struct xml_plan *plan)
{
    const struct xml_field_config *list = xml->fields.items;
    char each[PLACE_BYTES];

    plan->paths = mem_must((xml->fields.count + 1) * sizeof *plan->paths);
    snprintf(each, sizeof each, "%s/each", pointer);
    compile_path(build, xml->each, plan->form.spaces, each);
    for (size_t i = 0; i < xml->fields.count; i++) {
        struct xml_path *path = &plan->paths[plan->path_count++];
        char place[PLACE_BYTES];
        char place_path[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/fields/%zu", pointer, i);
        snprintf(place_path, sizeof place_path, "%s/fields/%zu/path", pointer, i);
        foreign_cell_compile(build, &list[i].cell, &xml->numbers, place, &path->form);
        path->to = mem_must_copy(list[i].to != NULL ? list[i].to : "");
        path->path = mem_must_copy(list[i].path != NULL ? list[i].path : "");
        path->list = list[i].list;
        path->required = list[i].required;
        compile_path(build, list[i].path, plan->form.spaces, place_path);
        for (size_t k = 0; k < i; k++)
            if (strcmp(plan->paths[k].to, path->to) == 0)
                flow_build_fault(build, place, "\"%.80s\" is there already", path->to);
    }
}

static void compile_mode(struct flow_build *build, const struct xml_config *xml,
                         const char *pointer)
{
    if (xml->mode == MODE_EXTRACT && xml->fields.count == 0)
        flow_build_fault(build, pointer, "\"extract\" needs \"fields\": what is to be found");
    if (xml->mode != MODE_EXTRACT && (xml->fields.count > 0 || xml->each != NULL))
        flow_build_fault(build, pointer,
                         "\"each\" and \"fields\" have a meaning with \"mode\": \"extract\" only");
    if (xml->mode != MODE_READ && xml->local)
        flow_build_fault(build, pointer,
                         "\"local_names\" has a meaning with \"mode\": \"read\" only");
    if (xml->style == XML_NODES && xml->indent)
        flow_build_fault(build, pointer,
                         "\"indent\" would change the text between the elements of the style "
                         "\"nodes\"");
}

static void xml_compile(struct flow_build *build, void *config, const char *pointer,
                        const struct node_type *type)
{
    struct xml_config *xml = config;
    struct xml_plan *plan = mem_must(sizeof *plan);
    char place[PLACE_BYTES];

    (void)type;
    xml->plan = plan;
    plan->base = (struct foreign_plan){ .refs = 1, .free = plan_free };
    plan->form.style = (enum xml_style)xml->style;
    plan->form.lists = xml->lists;
    plan->form.local = xml->local;
    plan->each = mem_must_copy(xml->each);
    plan->encoding = mem_must_copy(xml->encoding);
    plan->declaration = xml->declaration;
    plan->indent = xml->indent;
    if (xml->spaces != NULL && (!json_is_object(xml->spaces) || !spaces_valid(xml->spaces))) {
        snprintf(place, sizeof place, "%s/namespaces", pointer);
        flow_build_fault(build, place,
                         "\"namespaces\" is an object of prefixes and the URIs that they stand "
                         "for, like {\"inv\": \"urn:example:invoice\"}");
    } else {
        plan->form.spaces = json_incref(xml->spaces);
    }
    foreign_encoding_compile(build, xml->encoding, pointer);
    foreign_numbers_compile(build, &xml->numbers, pointer);
    compile_rules(build, xml, pointer, plan);
    compile_paths(build, xml, pointer, plan);
    compile_mode(build, xml, pointer);
}

static void xml_release(void *config)
{
    struct xml_config *xml = config;

    if (xml->plan != NULL)
        foreign_plan_unref(&xml->plan->base);
    xml->plan = NULL;
}

/* ---- Run */

static void xml_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    static foreign_run_fn *const runs[] = { xml_plan_read, xml_plan_extract, xml_plan_write };
    const struct xml_config *xml = config;
    json_t *input = values->filled[0] != NULL ? values->filled[0] : json_null();
    size_t weight = foreign_weight(input) * (xml->mode == MODE_EXTRACT ? 8 : 1); /* XPath is slow */

    check(values->count == 1);
    foreign_start(step, &xml->plan->base, input, weight, runs[xml->mode]);
}

static enum node_next xml_start(struct step *step, const void *config)
{
    const struct xml_config *xml = config;

    check(xml->plan != NULL);
    return step_eval(step, &xml->input, 1, false, xml_evaluated);
}

const struct node_type node_transform_xml = {
    .name = "transform.xml",
    .kind = NODE_TRANSFORM,
    .title = "XML",
    .help = "Reads an XML document into JSON, finds values in one by XPath, or writes one. A "
            "DOCTYPE is refused, nothing is fetched. Errors name the line, the column and the path "
            "of the element.",
    .fields = xml_fields,
    .config_size = sizeof(struct xml_config),
    .example = "{\"mode\": \"extract\", \"input\": \"=trigger.body\", \"namespaces\": {\"inv\": "
               "\"urn:example:invoice\"}, \"each\": \"//inv:Line\", \"fields\": [{\"to\": \"no\", "
               "\"path\": \"@no\"}, {\"to\": \"amount\", \"path\": \"inv:Amount\", \"type\": "
               "\"number\"}]}",
    .compile = xml_compile,
    .start = xml_start,
    .release = xml_release,
};
