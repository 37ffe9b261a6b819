/* xml.h - XML in and out, without anything that reaches beyond the document.
 *
 * Reading stands on libxml2's push parser. A DOCTYPE is refused as soon as it is seen: so there are
 * no entities but the five of XML, nothing is fetched, and nothing grows. Namespaces must be
 * declared. Comments and processing instructions are passed over. Depth, elements, attributes and
 * bytes have ceilings. Errors name the line, the column and the path of the element.
 *
 * Text is UTF-8 (charset.h makes it so); what its declaration says of another encoding is what it
 * was in before. xml_encoding() says what bytes declare.
 *
 * Two conventions of JSON (docs/FLOWS.md, "Files of other systems"). XML_DATA: an element is an
 * object of its attributes ("@name"), its elements by name, and its text ("#text"); with nothing
 * but text it is that text; what comes again is a list. Text between elements is refused.
 * XML_NODES: {"name", "attributes", "children": [text or node]}, which loses nothing but comments
 * and the like. */
#ifndef FORMAT_XML_H
#define FORMAT_XML_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "format/cell.h"

#define XML_DEPTH      60u               /* LIMIT_JSON_DEPTH less what stands around it */
#define XML_ATTRIBUTES 1000u             /* of one element */
#define XML_BYTES      (32u * 1024u * 1024u)
#define XML_PATH_OPS   20000000u         /* of one XPath: about a second at the very most */

/* ---- Reading: elements are told as they come */
struct xml_attribute {
    const char *prefix, *uri, *name; /* prefix and uri may be NULL */
    const char *value;               /* not followed by a NUL */
    size_t size;
};
struct xml_space {
    const char *prefix, *uri;        /* prefix: NULL is the default namespace */
};
struct xml_element {                 /* borrowed for the call */
    const char *prefix, *uri, *name;
    const struct xml_space *spaces;  /* declared here */
    size_t space_count;
    const struct xml_attribute *attributes;
    size_t attribute_count;
};
/* An error ends the reading; the place is put in front of its text. */
struct xml_events {
    enum err_code (*begin)(void *arg, const struct xml_element *element, struct err *e);
    enum err_code (*text)(void *arg, const char *text, size_t size, struct err *e); /* in pieces */
    enum err_code (*end)(void *arg, struct err *e);
};
struct xml;
/* events NULL: a tree is built, for xml_path.c. */
struct xml *xml_new(const struct xml_events *events, void *arg, struct err *e) MUST_USE;
void xml_free(struct xml *xml); /* NULL is fine */
enum err_code xml_feed(struct xml *xml, const char *text, size_t size, struct err *e) MUST_USE;
enum err_code xml_end(struct xml *xml, struct err *e) MUST_USE;
/* The encoding that bytes declare; false: none, then they are UTF-8. */
bool xml_encoding(const char *bytes, size_t size, char *name, size_t room);

/* ---- JSON */
enum xml_style { XML_DATA, XML_NODES };
struct xml_rule {         /* of elements and attributes ("@id") by their name */
    const char *name;
    bool list;            /* a list, even of one */
    struct cell_form form;
    const char *const *order; /* in writing: the first of its members; ends with NULL; or NULL */
};
struct xml_form {
    enum xml_style style;
    bool lists;           /* every element is a list, but for the root */
    bool local;           /* names without their prefixes; xmlns is left out */
    json_t *spaces;       /* {PREFIX: URI}, borrowed; NULL: names as they are written, and xmlns is
                             an attribute as others. "" is for names without a prefix */
    const struct xml_rule *rules;
    size_t rule_count;
};
struct xml_json;
struct xml_json *xml_json_new(const struct xml_form *form, struct err *e) MUST_USE;
void xml_json_free(struct xml_json *reader);
enum err_code xml_json_feed(struct xml_json *reader, const char *text, size_t size,
                            struct err *e) MUST_USE;
enum err_code xml_json_end(struct xml_json *reader, json_t **value, struct err *e) MUST_USE;

struct xml_writing {
    const struct xml_form *form;
    bool declaration;
    const char *encoding; /* what the declaration names; NULL: UTF-8 */
    bool indent;
};
/* Appends the document. ERR_INVALID names the path of what XML cannot say. */
enum err_code xml_write(const struct xml_writing *how, json_t *value, struct buf *out,
                        struct err *e) MUST_USE;

/* ---- XPath 1.0 over a document */
struct xml_path {
    const char *to, *path;
    bool list, required;
    struct cell_form form;
};
/* Syntax and prefixes. */
enum err_code xml_path_check(const char *path, json_t *spaces, struct err *e) MUST_USE;
/* each NULL: one object in *value; else a list of one for each node that it finds. The tree must
 * have been read to its end. */
enum err_code xml_extract(struct xml *tree, const char *each, const struct xml_path *paths,
                          size_t count, json_t *spaces, const atomic_bool *given_up,
                          json_t **value, struct err *e) MUST_USE;

#endif
