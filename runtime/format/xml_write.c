/* xml_write.c - see xml.h. JSON becomes a document.
 *
 * Names, prefixes and characters are checked: what is written is well-formed, with its namespaces
 * declared. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/xml_priv.h"

#define WRITE_PATH 400u

struct xml_writer {
    const struct xml_writing *how;
    struct buf *out;
    struct buf cell;
    struct err *e;
    unsigned depth;
    json_t *scopes[XML_DEPTH + 2]; /* the objects whose xmlns attributes are in force */
    char path[WRITE_PATH];
};

/* ---- Pieces */

static enum err_code writer_fail(const struct xml_writer *writer)
{
    return err_prefix(writer->e, "%s", *writer->path != '\0' ? writer->path : "/");
}

static enum err_code invalid(const struct xml_writer *writer, const char *what, const char *name)
{
    err_set(writer->e, ERR_INVALID, "\"%.80s\" %s", name, what);
    return writer_fail(writer);
}

/* Text, or the value of an attribute, in which blanks other than spaces would become spaces. */
static enum err_code text_write(struct xml_writer *writer, const char *text, size_t size,
                                bool attribute)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;

    while (at < end) {
        const unsigned char *begin = at;
        uint32_t point = xml__point(&at);

        if (point == '&')
            buf_add_text(writer->out, "&amp;");
        else if (point == '<')
            buf_add_text(writer->out, "&lt;");
        else if (point == '>')
            buf_add_text(writer->out, "&gt;");
        else if (point == '"' && attribute)
            buf_add_text(writer->out, "&quot;");
        else if (point == '\r' || (attribute && (point == '\n' || point == '\t')))
            buf_addf(writer->out, "&#%u;", (unsigned)point);
        else if ((point < ' ' && point != '\t' && point != '\n') || point == 0xFFFE ||
                 point == 0xFFFF) {
            err_set(writer->e, ERR_INVALID,
                    "the character U+%04X cannot stand in XML; take it out before",
                    (unsigned)point);
            return writer_fail(writer);
        } else
            buf_add(writer->out, begin, (size_t)(at - begin));
    }
    return ERR_OK;
}

static bool prefix_declared(const struct xml_writer *writer, const char *prefix, size_t size)
{
    bool nodes = writer->how->form->style == XML_NODES;
    char name[LIMIT_JSON_KEY + 16];

    if (size == 3 && memcmp(prefix, "xml", 3) == 0)
        return true;
    snprintf(name, sizeof name, "%.*s", (int)size, prefix);
    if (writer->how->form->spaces != NULL &&
        json_object_get(writer->how->form->spaces, name) != NULL)
        return true;
    snprintf(name, sizeof name, "%sxmlns:%.*s", nodes ? "" : "@", (int)size, prefix);
    for (unsigned i = 0; i <= writer->depth; i++)
        if (json_object_get(writer->scopes[i], name) != NULL)
            return true;
    return false;
}

/* The name of an element or attribute, without "@". */
static enum err_code name_check(const struct xml_writer *writer, const char *name)
{
    const char *colon = strchr(name, ':');

    if (!xml__is_name(name))
        return invalid(writer, "cannot be a name in XML", name);
    if (strcmp(name, "xmlns") == 0 || strncmp(name, "xmlns:", 6) == 0)
        return ERR_OK;
    if (colon != NULL && !prefix_declared(writer, name, (size_t)(colon - name)))
        return invalid(writer, "has a prefix that \"namespaces\" does not name", name);
    return ERR_OK;
}

/* A scalar as its rule says. */
static enum err_code scalar_text(struct xml_writer *writer, const char *name, const json_t *value)
{
    static const struct cell_form plain = { .kind = CELL_TEXT, .places = -1 };
    const struct xml_rule *rule = xml__rule(writer->how->form, name);
    enum err_code rc;

    buf_clear(&writer->cell);
    rc = cell_write(rule != NULL ? &rule->form : &plain, value, &writer->cell, NULL, writer->e);
    if (rc == ERR_OK)
        rc = buf_check(&writer->cell, "the text", writer->e);
    return rc == ERR_OK ? rc : writer_fail(writer);
}

static enum err_code attribute_write(struct xml_writer *writer, const char *name,
                                     const char *rule_name, const json_t *value)
{
    enum err_code rc = name_check(writer, name);

    if (rc == ERR_OK && writer->how->form->spaces != NULL && strncmp(name, "xmlns", 5) == 0 &&
        (name[5] == '\0' || name[5] == ':'))
        return invalid(writer, "is not needed: \"namespaces\" says the namespaces", name);
    if (rc == ERR_OK)
        rc = scalar_text(writer, rule_name, value);
    if (rc != ERR_OK)
        return rc;
    buf_addf(writer->out, " %s=\"", name);
    rc = text_write(writer, buf_text(&writer->cell), writer->cell.len, true);
    buf_add_char(writer->out, '"');
    return rc;
}

static void spaces_write(struct xml_writer *writer)
{
    const char *prefix;
    json_t *uri;

    if (writer->depth > 1)
        return;
    json_object_foreach(writer->how->form->spaces, prefix, uri)
    {
        buf_addf(writer->out, " xmlns%s%s=\"", *prefix != '\0' ? ":" : "", prefix);
        if (text_write(writer, json_text(uri), json_string_length(uri), true) != ERR_OK)
            return; /* the settings were checked */
        buf_add_char(writer->out, '"');
    }
}

static void line_break(struct xml_writer *writer)
{
    if (!writer->how->indent)
        return;
    buf_add_char(writer->out, '\n');
    for (unsigned i = 1; i < writer->depth; i++)
        buf_add_text(writer->out, "  ");
}

/* Enters an element; the path of messages is as long as it was when it is left. */
static enum err_code element_enter(struct xml_writer *writer, const char *name, json_t *scope,
                                   size_t *path)
{
    *path = strlen(writer->path);
    snprintf(writer->path + *path, sizeof writer->path - *path, "/%s", name);
    if (writer->depth >= XML_DEPTH) {
        err_set(writer->e, ERR_LIMIT, "elements are nested deeper than %u levels", XML_DEPTH);
        return writer_fail(writer);
    }
    writer->scopes[++writer->depth] = scope;
    return name_check(writer, name);
}

static void element_leave(struct xml_writer *writer, size_t path)
{
    writer->path[path] = '\0';
    writer->scopes[writer->depth--] = NULL;
}

/* ---- XML_DATA */

static enum err_code data_write(struct xml_writer *writer, const char *name, json_t *value);

/* Is it among the first so many of the order? */
static bool order_has(const char *const *order, const char *key)
{
    for (size_t i = 0; order != NULL && order[i] != NULL; i++)
        if (strcmp(order[i], key) == 0)
            return true;
    return false;
}

static enum err_code data_members(struct xml_writer *writer, const char *name, json_t *object)
{
    const struct xml_rule *rule = xml__rule(writer->how->form, name);
    const char *const *order = rule != NULL ? rule->order : NULL;
    enum err_code rc = ERR_OK;
    const char *key;
    json_t *value;

    for (size_t i = 0; rc == ERR_OK && order != NULL && order[i] != NULL; i++) {
        value = json_object_get(object, order[i]);
        if (value != NULL)
            rc = data_write(writer, order[i], value);
    }
    json_object_foreach(object, key, value)
    {
        if (rc != ERR_OK)
            break;
        if (key[0] != '@' && strcmp(key, "#text") != 0 && !order_has(order, key))
            rc = data_write(writer, key, value);
    }
    return rc;
}

static enum err_code data_attributes(struct xml_writer *writer, json_t *object, bool *elements)
{
    enum err_code rc = ERR_OK;
    const char *key;
    json_t *value;

    *elements = false;
    json_object_foreach(object, key, value)
    {
        if (key[0] == '@' && !json_is_null(value))
            rc = attribute_write(writer, key + 1, key, value);
        else if (key[0] != '@' && strcmp(key, "#text") != 0 && !json_is_null(value))
            *elements = true;
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

/* What stands in an element that is an object. */
static enum err_code data_content(struct xml_writer *writer, const char *name, json_t *object)
{
    json_t *text = json_object_get(object, "#text");
    bool elements;
    enum err_code rc = data_attributes(writer, object, &elements);

    if (rc != ERR_OK)
        return rc;
    if (text != NULL && elements)
        return invalid(writer, "stands beside elements; the style \"nodes\" has mixed content",
                       "#text");
    if (text != NULL && !json_is_null(text)) {
        rc = scalar_text(writer, name, text);
        buf_add_char(writer->out, '>');
        if (rc == ERR_OK)
            rc = text_write(writer, buf_text(&writer->cell), writer->cell.len, false);
    } else if (elements) {
        buf_add_char(writer->out, '>');
        rc = data_members(writer, name, object);
        if (rc == ERR_OK)
            line_break(writer);
    } else {
        buf_add_text(writer->out, "/>");
        return ERR_OK;
    }
    buf_addf(writer->out, "</%s>", name);
    return rc;
}

static enum err_code data_element(struct xml_writer *writer, const char *name, json_t *value)
{
    size_t path;
    enum err_code rc;

    rc = element_enter(writer, name, value, &path);
    if (rc != ERR_OK)
        return rc;
    if (writer->depth > 1)
        line_break(writer);
    buf_addf(writer->out, "<%s", name);
    spaces_write(writer);
    if (json_is_object(value)) {
        rc = data_content(writer, name, value);
    } else {
        rc = scalar_text(writer, name, value);
        if (rc == ERR_OK && writer->cell.len == 0) {
            buf_add_text(writer->out, "/>");
        } else if (rc == ERR_OK) {
            buf_add_char(writer->out, '>');
            rc = text_write(writer, buf_text(&writer->cell), writer->cell.len, false);
            buf_addf(writer->out, "</%s>", name);
        }
    }
    if (rc == ERR_OK)
        element_leave(writer, path);
    return rc;
}

/* A member: null leaves it out, a list is the element again and again. */
static enum err_code data_write(struct xml_writer *writer, const char *name, json_t *value)
{
    enum err_code rc = ERR_OK;
    json_t *item;
    size_t i;

    if (json_is_null(value))
        return ERR_OK;
    if (!json_is_array(value))
        return data_element(writer, name, value);
    json_array_foreach(value, i, item)
    {
        if (rc == ERR_OK && json_is_array(item))
            rc = invalid(writer, "is a list in a list, which XML has no way to say", name);
        if (rc == ERR_OK && !json_is_null(item))
            rc = data_element(writer, name, item);
    }
    return rc;
}

static enum err_code data_root(struct xml_writer *writer, json_t *value)
{
    const char *name;
    json_t *root;

    if (!json_is_object(value) || json_object_size(value) != 1)
        return err_set(writer->e, ERR_INVALID,
                       "\"input\" must be an object of one member, the root element, but is: %s%s",
                       json_kind(value), json_is_object(value) ? " of another size" : "");
    name = json_object_iter_key(json_object_iter(value));
    root = json_object_get(value, name);
    if (json_is_array(root) || json_is_null(root) || name[0] == '@' || name[0] == '#')
        return err_set(writer->e, ERR_INVALID, "\"%.80s\" cannot be the root element: it is %s",
                       name, json_is_object(root) ? "no name" : json_kind(root));
    return data_element(writer, name, root);
}

/* ---- XML_NODES */

static enum err_code node_write(struct xml_writer *writer, json_t *node)
{
    const char *name = json_get_text(node, "name"), *key;
    json_t *attributes = json_object_get(node, "attributes");
    json_t *children = json_object_get(node, "children"), *value;
    size_t path, i;
    enum err_code rc;

    if (name == NULL) {
        err_set(writer->e, ERR_INVALID,
                "a node is {\"name\", \"attributes\", \"children\"} or a text, but here is: %s",
                json_kind(node));
        return writer_fail(writer);
    }
    rc = element_enter(writer, name, attributes, &path);
    if (rc != ERR_OK)
        return rc;
    buf_addf(writer->out, "<%s", name);
    spaces_write(writer);
    json_object_foreach(attributes, key, value)
    {
        if (rc == ERR_OK)
            rc = attribute_write(writer, key, key, value);
    }
    buf_add_text(writer->out, json_array_size(children) > 0 ? ">" : "/>");
    json_array_foreach(children, i, value)
    {
        if (rc == ERR_OK && json_is_text(value))
            rc = text_write(writer, json_string_value(value), json_string_length(value), false);
        else if (rc == ERR_OK)
            rc = node_write(writer, value);
    }
    if (json_array_size(children) > 0)
        buf_addf(writer->out, "</%s>", name);
    if (rc == ERR_OK)
        element_leave(writer, path);
    return rc;
}

enum err_code xml_write(const struct xml_writing *how, json_t *value, struct buf *out,
                        struct err *e)
{
    struct xml_writer writer = { .how = how, .out = out, .e = e };
    enum err_code rc;

    check(how->form != NULL);
    xml__ready();
    buf_init(&writer.cell, XML_BYTES);
    if (how->declaration)
        buf_addf(out, "<?xml version=\"1.0\" encoding=\"%s\"?>\n",
                 how->encoding != NULL ? how->encoding : "UTF-8");
    rc = how->form->style == XML_DATA ? data_root(&writer, value) : node_write(&writer, value);
    if (rc == ERR_OK && how->indent)
        buf_add_char(out, '\n');
    if (rc == ERR_OK)
        rc = buf_check(out, "the document", e);
    buf_fini(&writer.cell);
    return rc;
}
