/* xml_json.c - see xml.h. A document becomes JSON. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/xml_priv.h"

#define XML_JSON_MAGIC 0x3BD10F77u

/* An element in work. */
struct frame {
    char *name;                    /* as JSON has it */
    json_t *members;               /* XML_DATA: attributes and elements; NULL: none yet */
    json_t *children, *attributes; /* XML_NODES */
    struct buf text;
    bool nested; /* it has elements */
};
struct xml_json {
    unsigned magic;
    const struct xml_form *form;
    struct xml *xml;
    struct frame frames[XML_DEPTH + 1]; /* [0] holds the root */
    unsigned depth;
};

static enum err_code no_memory(struct err *e)
{
    return err_set(e, ERR_MEMORY, "no memory for the document");
}

const struct xml_rule *xml__rule(const struct xml_form *form, const char *name)
{
    for (size_t i = 0; i < form->rule_count; i++)
        if (strcmp(form->rules[i].name, name) == 0)
            return &form->rules[i];
    return NULL;
}

/* ---- Names */

/* The prefix that the settings give a namespace; NULL: none. */
static const char *space_prefix(json_t *spaces, const char *uri)
{
    const char *prefix;
    json_t *value;

    json_object_foreach(spaces, prefix, value)
    {
        if (strcmp(json_text(value), uri) == 0)
            return prefix;
    }
    return NULL;
}

/* The name in JSON: mark, prefix and local name. */
static enum err_code name_make(const struct xml_form *form, bool attribute, const char *prefix,
                               const char *uri, const char *name, char **out, struct err *e)
{
    char text[LIMIT_JSON_KEY + 1];
    int size;

    if (form->local) {
        prefix = NULL;
    } else if (form->spaces != NULL && uri != NULL) {
        /* an attribute without a prefix is in no namespace, so the default is not for it */
        const char *found = space_prefix(form->spaces, uri);

        if (found == NULL && strcmp(uri, "http://www.w3.org/XML/1998/namespace") != 0)
            return err_set(e, ERR_INVALID,
                           "\"%.80s\" is of the namespace \"%.120s\", which \"namespaces\" does "
                           "not name",
                           name, uri);
        if (found != NULL)
            prefix = *found != '\0' ? found : NULL;
    } else if (form->spaces != NULL && !attribute && json_object_get(form->spaces, "") != NULL) {
        return err_set(e, ERR_INVALID,
                       "\"%.80s\" is of no namespace, but \"namespaces\" says that names without "
                       "a prefix are of \"%.120s\"",
                       name, json_get_text(form->spaces, ""));
    }
    size = snprintf(text, sizeof text, "%s%s%s%s", attribute ? "@" : "",
                    prefix != NULL ? prefix : "", prefix != NULL ? ":" : "", name);
    if (size < 0 || (size_t)size >= sizeof text)
        return err_set(e, ERR_LIMIT, "a name has more than %u bytes", LIMIT_JSON_KEY);
    *out = mem_must_copy(text);
    return ERR_OK;
}

/* ---- Elements */

static void frame_fini(struct frame *frame)
{
    mem_free(frame->name);
    json_decref(frame->members);
    json_decref(frame->children);
    json_decref(frame->attributes);
    buf_fini(&frame->text);
    *frame = (struct frame){ 0 };
}

/* A text as its rule says. */
static json_t *value_make(const struct xml_form *form, const char *name, const char *text,
                          size_t size, struct err *e)
{
    const struct xml_rule *rule = xml__rule(form, name);
    json_t *value;

    if (rule != NULL && rule->form.kind != CELL_TEXT) {
        if (!xml__filled(text, size))
            return json_null();
        value = cell_read(&rule->form, text, size, e);
        if (value == NULL)
            err_prefix(e, "%.80s", name);
        return value;
    }
    value = json_stringn_nocheck(text, size);
    if (value == NULL)
        no_memory(e);
    return value;
}

static enum err_code frame_set(json_t **object, const char *name, json_t *value, struct err *e)
{
    if (value == NULL)
        return e->code;
    if (*object == NULL)
        *object = json_object();
    if (*object != NULL && json_object_get(*object, name) != NULL) {
        json_decref(value);
        return err_set(e, ERR_INVALID, "\"%.80s\" is there twice under one name", name);
    }
    if (json_object_set_new_nocheck(*object, name, value) != 0)
        return no_memory(e);
    return ERR_OK;
}

static enum err_code spaces_keep(const struct xml_form *form, json_t **object,
                                 const struct xml_element *element, struct err *e)
{
    enum err_code rc = ERR_OK;

    if (form->local || form->spaces != NULL)
        return ERR_OK; /* the settings say them */
    for (size_t i = 0; rc == ERR_OK && i < element->space_count; i++) {
        const struct xml_space *space = &element->spaces[i];
        char name[LIMIT_JSON_KEY + 1];
        int size =
            snprintf(name, sizeof name, "%sxmlns%s%s", form->style == XML_DATA ? "@" : "",
                     space->prefix != NULL ? ":" : "", space->prefix != NULL ? space->prefix : "");

        if (size < 0 || (size_t)size >= sizeof name)
            return err_set(e, ERR_LIMIT, "a prefix has more than %u bytes", LIMIT_JSON_KEY);
        e->code = ERR_MEMORY;
        rc = frame_set(object, name, json_string(space->uri), e);
    }
    return rc;
}

static enum err_code on_begin(void *arg, const struct xml_element *element, struct err *e)
{
    struct xml_json *reader = arg;
    struct frame *frame = &reader->frames[reader->depth + 1];
    const struct xml_form *form = reader->form;
    bool nodes = form->style == XML_NODES;
    enum err_code rc;

    check(reader->depth < XML_DEPTH);
    reader->frames[reader->depth++].nested = true;
    *frame = (struct frame){ 0 };
    buf_init(&frame->text, XML_BYTES);
    rc = name_make(form, false, element->prefix, element->uri, element->name, &frame->name, e);
    if (rc == ERR_OK)
        rc = spaces_keep(form, nodes ? &frame->attributes : &frame->members, element, e);
    for (size_t i = 0; rc == ERR_OK && i < element->attribute_count; i++) {
        const struct xml_attribute *attribute = &element->attributes[i];
        char *name = NULL;

        rc = name_make(form, true, attribute->prefix, attribute->uri, attribute->name, &name, e);
        if (rc == ERR_OK)
            rc = frame_set(nodes ? &frame->attributes : &frame->members, nodes ? name + 1 : name,
                           value_make(form, name, attribute->value, attribute->size, e), e);
        mem_free(name);
    }
    return rc;
}

/* The text so far is a child of its own. */
static enum err_code children_flush(struct frame *frame, struct err *e)
{
    if (frame->children == NULL)
        frame->children = json_array();
    if (frame->text.len > 0 &&
        json_array_append_new(frame->children,
                              json_stringn_nocheck(buf_text(&frame->text), frame->text.len)) != 0)
        return no_memory(e);
    buf_clear(&frame->text);
    return frame->children != NULL ? ERR_OK : no_memory(e);
}

static enum err_code on_text(void *arg, const char *text, size_t size, struct err *e)
{
    struct xml_json *reader = arg;
    struct frame *frame = &reader->frames[reader->depth];

    buf_add(&frame->text, text, size);
    return buf_check(&frame->text, "the text", e);
}

/* XML_DATA: what the element is. */
static json_t *frame_data(const struct xml_form *form, struct frame *frame, struct err *e)
{
    const char *text = buf_text(&frame->text);

    if (frame->nested && xml__filled(text, frame->text.len)) {
        err_set(e, ERR_INVALID,
                "text stands between elements; the style \"nodes\" keeps such documents");
        return NULL;
    }
    if (frame->members == NULL)
        return value_make(form, frame->name, text, frame->text.len, e);
    if (!frame->nested && frame->text.len > 0 &&
        frame_set(&frame->members, "#text", value_make(form, frame->name, text, frame->text.len, e),
                  e) != ERR_OK)
        return NULL;
    return json_incref(frame->members);
}

static json_t *frame_node(struct frame *frame, struct err *e)
{
    json_t *node = json_object();
    bool failed = node == NULL;

    if (children_flush(frame, e) != ERR_OK)
        failed = true;
    if (!failed)
        json_put(node, "name", json_string(frame->name), &failed);
    if (!failed && frame->attributes != NULL)
        json_put(node, "attributes", json_incref(frame->attributes), &failed);
    if (!failed)
        json_put(node, "children", json_incref(frame->children), &failed);
    if (!failed)
        return node;
    json_decref(node);
    no_memory(e);
    return NULL;
}

/* Takes the value. */
static enum err_code parent_add(const struct xml_form *form, struct frame *parent, bool root,
                                const char *name, json_t *value, struct err *e)
{
    const struct xml_rule *rule = xml__rule(form, name);
    json_t *there = json_object_get(parent->members, name);
    json_t *list;

    if (json_is_array(there))
        return json_array_append_new(there, value) == 0 ? ERR_OK : no_memory(e);
    if (there == NULL && (root || (!form->lists && (rule == NULL || !rule->list))))
        return frame_set(&parent->members, name, value, e);
    list = json_array();
    if (list == NULL || (there != NULL && json_array_append(list, there) != 0) ||
        json_array_append(list, value) != 0 ||
        (parent->members == NULL && (parent->members = json_object()) == NULL) ||
        json_object_set_nocheck(parent->members, name, list) != 0)
        no_memory(e);
    else
        e->code = ERR_OK;
    json_decref(value);
    json_decref(list);
    return e->code;
}

static enum err_code on_end(void *arg, struct err *e)
{
    struct xml_json *reader = arg;
    struct frame *frame = &reader->frames[reader->depth];
    struct frame *parent = frame - 1;
    const struct xml_form *form = reader->form;
    enum err_code rc = ERR_OK;
    json_t *value;

    check(reader->depth > 0);
    e->code = ERR_OK;
    value = form->style == XML_DATA ? frame_data(form, frame, e) : frame_node(frame, e);
    if (value == NULL)
        return e->code != ERR_OK ? e->code : no_memory(e);
    if (form->style == XML_DATA)
        rc = parent_add(form, parent, reader->depth == 1, frame->name, value, e);
    else if (reader->depth == 1)
        parent->members = value;
    else if ((rc = children_flush(parent, e)) != ERR_OK)
        json_decref(value);
    else if (json_array_append_new(parent->children, value) != 0)
        rc = no_memory(e);
    frame_fini(frame);
    reader->depth--;
    return rc;
}

static const struct xml_events events = { on_begin, on_text, on_end };

/* ---- All */

struct xml_json *xml_json_new(const struct xml_form *form, struct err *e)
{
    struct xml_json *reader = mem_try(sizeof *reader);

    if (reader == NULL) {
        no_memory(e);
        return NULL;
    }
    memset(reader, 0, sizeof *reader);
    reader->magic = XML_JSON_MAGIC;
    reader->form = form;
    reader->xml = xml_new(&events, reader, e);
    if (reader->xml != NULL)
        return reader;
    xml_json_free(reader);
    return NULL;
}

void xml_json_free(struct xml_json *reader)
{
    if (reader == NULL)
        return;
    check(reader->magic == XML_JSON_MAGIC);
    xml_free(reader->xml);
    for (unsigned i = 0; i <= reader->depth; i++)
        frame_fini(&reader->frames[i]);
    reader->magic = 0;
    mem_free(reader);
}

enum err_code xml_json_feed(struct xml_json *reader, const char *text, size_t size, struct err *e)
{
    check(reader->magic == XML_JSON_MAGIC);
    return xml_feed(reader->xml, text, size, e);
}

enum err_code xml_json_end(struct xml_json *reader, json_t **value, struct err *e)
{
    enum err_code rc;

    check(reader->magic == XML_JSON_MAGIC);
    *value = NULL;
    rc = xml_end(reader->xml, e);
    if (rc == ERR_OK)
        *value = json_incref(reader->frames[0].members);
    return rc;
}
