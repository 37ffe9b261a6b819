/* wsdl_tree.c - a WSDL as a tree in which names are whole. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/xml.h"
#include "nodes/wsdl_priv.h"

#define SPACES_MAX 200u /* prefixes declared at a time */

struct space {
    char *prefix, *uri;
    unsigned depth;
};
struct reader {
    json_t *open[XML_DEPTH + 1]; /* elements in work; [0] holds the root */
    unsigned depth;
    struct space spaces[SPACES_MAX];
    size_t space_count;
};

static enum err_code no_memory(struct err *e)
{
    return err_set(e, ERR_MEMORY, "no memory for the WSDL");
}

static json_t *qualified(const char *uri, const char *name, size_t size)
{
    struct buf text;
    json_t *json;

    buf_init(&text, LIMIT_PATH * 4u);
    buf_addf(&text, "{%s}", uri != NULL ? uri : "");
    buf_add(&text, name, size);
    json = buf_ok(&text) ? json_string(buf_text(&text)) : NULL;
    buf_fini(&text);
    return json;
}

/* The namespace of a prefix in a value ("tns" of "tns:Batch"). */
static const char *space_of(const struct reader *reader, const char *prefix, size_t size)
{
    for (size_t i = reader->space_count; i > 0; i--) {
        const struct space *space = &reader->spaces[i - 1];

        if (strlen(space->prefix) == size && memcmp(space->prefix, prefix, size) == 0)
            return space->uri;
    }
    return NULL;
}

static bool is_name_valued(const char *name)
{
    static const char *const names[] = { "type",    "element", "ref",     "base",
                                         "message", "binding", "itemType" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static json_t *attribute_value(const struct reader *reader, const struct xml_attribute *attribute)
{
    const char *colon = memchr(attribute->value, ':', attribute->size);
    size_t prefix = colon != NULL ? (size_t)(colon - attribute->value) : 0;
    size_t skip = colon != NULL ? prefix + 1 : 0;

    if (attribute->uri != NULL || !is_name_valued(attribute->name))
        return json_stringn(attribute->value, attribute->size);
    return qualified(space_of(reader, attribute->value, prefix), attribute->value + skip,
                     attribute->size - skip);
}

static enum err_code spaces_add(struct reader *reader, const struct xml_element *element,
                                struct err *e)
{
    for (size_t i = 0; i < element->space_count; i++) {
        const struct xml_space *from = &element->spaces[i];

        if (reader->space_count == SPACES_MAX)
            return err_set(e, ERR_LIMIT, "more than %u prefixes are declared", SPACES_MAX);
        reader->spaces[reader->space_count++] =
            (struct space){ mem_must_copy(from->prefix != NULL ? from->prefix : ""),
                            mem_must_copy(from->uri != NULL ? from->uri : ""), reader->depth };
    }
    return ERR_OK;
}

static enum err_code tree_begin(void *arg, const struct xml_element *element, struct err *e)
{
    struct reader *reader = arg;
    json_t *node = json_object(), *attributes = json_object(), *children = json_array();
    bool failed = node == NULL || attributes == NULL || children == NULL;
    enum err_code rc = spaces_add(reader, element, e);

    check(reader->depth < XML_DEPTH);
    for (size_t i = 0; i < element->attribute_count && rc == ERR_OK; i++)
        if (element->attributes[i].uri == NULL)
            json_put(attributes, element->attributes[i].name,
                     attribute_value(reader, &element->attributes[i]), &failed);
    json_put(node, "n", qualified(element->uri, element->name, strlen(element->name)), &failed);
    json_put(node, "a", attributes, &failed);
    json_put(node, "c", children, &failed);
    if (rc == ERR_OK &&
        (failed || json_array_append(json_object_get(reader->open[reader->depth], "c"), node) != 0))
        rc = no_memory(e);
    reader->open[++reader->depth] = node;
    json_decref(node); /* its parent holds it */
    return rc;
}

static enum err_code tree_text(void *arg, const char *text, size_t size, struct err *e)
{
    (void)arg;
    (void)text;
    (void)size;
    (void)e;
    return ERR_OK;
}

static void space_drop(struct reader *reader)
{
    struct space *space = &reader->spaces[--reader->space_count];

    mem_free(space->prefix);
    mem_free(space->uri);
}

static enum err_code tree_end(void *arg, struct err *e)
{
    struct reader *reader = arg;

    (void)e;
    check(reader->depth > 0);
    reader->depth--;
    while (reader->space_count > 0 &&
           reader->spaces[reader->space_count - 1].depth == reader->depth)
        space_drop(reader);
    return ERR_OK;
}

json_t *wsdl__tree(const char *text, size_t size, struct err *e)
{
    static const struct xml_events events = { tree_begin, tree_text, tree_end };
    struct reader *reader = mem_must(sizeof *reader);
    json_t *top = json_pack("{s:[]}", "c"), *root = NULL;
    struct xml *xml = xml_new(&events, reader, e);
    enum err_code rc = xml != NULL && top != NULL ? ERR_OK : ERR_MEMORY;

    reader->open[0] = top;
    if (rc == ERR_OK)
        rc = xml_feed(xml, text, size, e);
    if (rc == ERR_OK)
        rc = xml_end(xml, e);
    if (rc == ERR_OK)
        root = json_incref(json_array_get(json_object_get(top, "c"), 0));
    while (reader->space_count > 0)
        space_drop(reader);
    xml_free(xml);
    json_decref(top);
    mem_free(reader);
    return root;
}

/* ---- Looking at it */

const char *wsdl__name(const json_t *node)
{
    return json_string_value(json_object_get(node, "n"));
}

const char *wsdl__attribute(const json_t *node, const char *name)
{
    return json_string_value(json_object_get(json_object_get(node, "a"), name));
}

const char *wsdl__local(const char *name)
{
    const char *end = strrchr(name, '}');

    return end != NULL ? end + 1 : name;
}

bool wsdl__is(const json_t *node, const char *space, const char *name)
{
    const char *whole = wsdl__name(node);
    size_t size = strlen(space);

    return strncmp(whole, space, size) == 0 && strcmp(whole + size, name) == 0;
}

json_t *wsdl__children(const json_t *node)
{
    return json_object_get(node, "c");
}

json_t *wsdl__child(const json_t *node, const char *space, const char *name, const char *named)
{
    json_t *child;
    size_t i;

    json_array_foreach(wsdl__children(node), i, child)
    {
        const char *its = wsdl__attribute(child, "name");

        if (wsdl__is(child, space, name) &&
            (named == NULL || (its != NULL && strcmp(its, named) == 0)))
            return child;
    }
    return NULL;
}
