/* xml_path.c - see xml.h. Values found by XPath. */
#include <stdio.h>
#include <string.h>

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "format/xml_priv.h"

struct finder {
    xmlXPathContextPtr context;
    struct err e; /* what libxml2 says of an expression */
};

/* libxml2 gives a number only. In the order of its xmlXPathError. */
static const char *error_text(int code)
{
    static const char *const texts[] = {
        "it cannot be evaluated",
        "a number is wrong",
        "a text is not closed",
        "a text must begin",
        "a variable must be named behind $",
        "it names a variable, and there are none",
        "a predicate is not closed, or no predicate",
        "it is no expression",
        "a brace is not closed",
        "it calls a function that XPath 1.0 does not have",
        "an operand is wrong",
        "an operand is of the wrong type",
        "a function has too many or too few arguments",
        "the context has no such size",
        "the context has no such position",
        "no memory for an XPath",
        "the syntax is wrong",
        "a resource is wrong",
        "a resource is wrong",
        "it has a prefix that \"namespaces\" does not name",
        "it is no UTF-8",
        "a character cannot stand in XML",
        "the context is not whole",
        "the stack is used wrongly",
        "variables are not allowed",
        "it takes too many steps; make it more exact, with fewer \"//\"",
        "it is nested too deeply",
    };
    size_t at = (size_t)(code - XML_XPATH_EXPRESSION_OK);

    return at < sizeof texts / sizeof *texts ? texts[at] : texts[0];
}

static void on_error(void *arg, xmlErrorPtr error)
{
    struct finder *finder = arg;
    bool memory = error->code == XML_XPATH_EXPRESSION_OK + XPATH_MEMORY_ERROR;

    if (finder->e.code == ERR_OK)
        err_set(&finder->e, memory ? ERR_MEMORY : ERR_INVALID, "%s", error_text(error->code));
}

static enum err_code finder_open(struct finder *finder, xmlDocPtr doc, json_t *spaces,
                                 struct err *e)
{
    const char *prefix;
    json_t *uri;
    bool failed;

    *finder = (struct finder){ .context = xmlXPathNewContext(doc) };
    failed = finder->context == NULL;
    json_object_foreach(spaces, prefix, uri)
    {
        if (!failed && *prefix != '\0')
            failed = xmlXPathRegisterNs(finder->context, (const xmlChar *)prefix,
                                        (const xmlChar *)json_text(uri)) != 0;
    }
    if (failed)
        return err_set(e, ERR_MEMORY, "no memory for an XPath");
    finder->context->opLimit = XML_PATH_OPS;
    finder->context->userData = finder;
    finder->context->error = on_error;
    return ERR_OK;
}

static void finder_close(struct finder *finder)
{
    if (finder->context != NULL)
        xmlXPathFreeContext(finder->context);
    xmlResetLastError();
}

static enum err_code find_fail(const struct finder *finder, const char *path, struct err *e)
{
    if (finder->e.code == ERR_OK)
        return err_set(e, ERR_INVALID, "the XPath \"%.80s\" cannot be evaluated", path);
    *e = finder->e;
    return err_prefix(e, "the XPath \"%.80s\"", path);
}

/* The caller frees the result. */
static enum err_code find(struct finder *finder, const char *path, xmlNodePtr from,
                          xmlXPathObjectPtr *found, struct err *e)
{
    xmlXPathCompExprPtr compiled;

    finder->e.code = ERR_OK;
    compiled = xmlXPathCtxtCompile(finder->context, (const xmlChar *)path);
    finder->context->node = from;
    *found = compiled != NULL ? xmlXPathCompiledEval(compiled, finder->context) : NULL;
    if (compiled != NULL)
        xmlXPathFreeCompExpr(compiled);
    if (*found != NULL && finder->e.code == ERR_OK)
        return ERR_OK;
    if (*found != NULL)
        xmlXPathFreeObject(*found);
    *found = NULL;
    return find_fail(finder, path, e);
}

enum err_code xml_path_check(const char *path, json_t *spaces, struct err *e)
{
    struct finder finder;
    xmlXPathObjectPtr found = NULL;
    xmlDocPtr doc;
    enum err_code rc;

    check(path != NULL);
    xml__ready();
    doc = xmlNewDoc((const xmlChar *)"1.0");
    if (doc == NULL)
        return err_set(e, ERR_MEMORY, "no memory for an XPath");
    rc = finder_open(&finder, doc, spaces, e);
    if (rc == ERR_OK)
        rc = find(&finder, path, (xmlNodePtr)doc, &found, e);
    if (found != NULL)
        xmlXPathFreeObject(found);
    finder_close(&finder);
    xmlFreeDoc(doc);
    return rc;
}

/* ---- Values */

/* Takes the text. */
static json_t *text_value(const struct xml_path *path, xmlChar *text, struct err *e)
{
    json_t *value = NULL;
    size_t size = text != NULL ? strlen((char *)text) : 0;

    if (text == NULL)
        err_set(e, ERR_MEMORY, "no memory for a value");
    else if (path->form.kind != CELL_TEXT && !xml__filled((char *)text, size))
        value = json_null();
    else
        value = cell_read(&path->form, (char *)text, size, e);
    if (text != NULL)
        xmlFree(text);
    return value;
}

static enum err_code nodes_value(const struct xml_path *path, xmlNodeSetPtr nodes, json_t **value,
                                 struct err *e)
{
    int count = nodes != NULL ? nodes->nodeNr : 0;

    if (!path->list && count > 1)
        return err_set(e, ERR_INVALID,
                       "it finds %d nodes where one is wanted; take the first with \"(...)[1]\", "
                       "or all with \"list\": true",
                       count);
    if (count == 0 && path->required)
        return err_set(e, ERR_INVALID, "it is required, but finds nothing");
    if (!path->list) {
        *value = count == 1 ? text_value(path, xmlXPathCastNodeToString(nodes->nodeTab[0]), e)
                            : json_null();
        return *value != NULL ? ERR_OK : e->code;
    }
    *value = json_array();
    for (int i = 0; *value != NULL && i < count; i++) {
        json_t *item = text_value(path, xmlXPathCastNodeToString(nodes->nodeTab[i]), e);

        if (item == NULL) {
            json_decref(*value);
            *value = NULL;
            return err_prefix(e, "node %d", i + 1);
        }
        if (json_array_append_new(*value, item) != 0) {
            json_decref(*value);
            *value = NULL;
        }
    }
    return *value != NULL ? ERR_OK : err_set(e, ERR_MEMORY, "no memory for a list");
}

static enum err_code path_value(struct finder *finder, const struct xml_path *path, xmlNodePtr from,
                                json_t **value, struct err *e)
{
    xmlXPathObjectPtr found;
    enum err_code rc = find(finder, path->path, from, &found, e);

    *value = NULL;
    if (rc == ERR_OK && found->type == XPATH_NODESET) {
        rc = nodes_value(path, found->nodesetval, value, e);
    } else if (rc == ERR_OK) {
        *value = text_value(path, xmlXPathCastToString(found), e);
        rc = *value != NULL ? ERR_OK : e->code;
    }
    if (found != NULL)
        xmlXPathFreeObject(found);
    return rc == ERR_OK ? rc : err_prefix(e, "%.80s", path->to);
}

static enum err_code object_make(struct finder *finder, const struct xml_path *paths, size_t count,
                                 xmlNodePtr from, json_t **object, struct err *e)
{
    enum err_code rc = ERR_OK;

    *object = json_object();
    if (*object == NULL)
        return err_set(e, ERR_MEMORY, "no memory for an object");
    for (size_t i = 0; rc == ERR_OK && i < count; i++) {
        json_t *value;

        rc = path_value(finder, &paths[i], from, &value, e);
        if (rc == ERR_OK && json_object_set_new_nocheck(*object, paths[i].to, value) != 0)
            rc = err_set(e, ERR_MEMORY, "no memory for an object");
    }
    if (rc != ERR_OK) {
        json_decref(*object);
        *object = NULL;
    }
    return rc;
}

static enum err_code list_make(struct finder *finder, const struct xml_path *paths, size_t count,
                               xmlNodeSetPtr nodes, const atomic_bool *given_up, json_t **list,
                               struct err *e)
{
    enum err_code rc = ERR_OK;

    *list = json_array();
    for (int i = 0; *list != NULL && rc == ERR_OK && nodes != NULL && i < nodes->nodeNr; i++) {
        xmlNodePtr node = nodes->nodeTab[i];
        json_t *object;

        if (atomic_load(given_up))
            rc = err_set(e, ERR_CANCELLED, "nobody waits for it any more");
        if (rc == ERR_OK)
            rc = object_make(finder, paths, count, node, &object, e);
        if (rc != ERR_OK && node->type == XML_ELEMENT_NODE)
            err_prefix(e, "line %ld, %s, number %d", xmlGetLineNo(node), (const char *)node->name,
                       i + 1);
        if (rc == ERR_OK && json_array_append_new(*list, object) != 0)
            rc = err_set(e, ERR_MEMORY, "no memory for a list");
    }
    if (*list == NULL)
        rc = err_set(e, ERR_MEMORY, "no memory for a list");
    if (rc != ERR_OK) {
        json_decref(*list);
        *list = NULL;
    }
    return rc;
}

enum err_code xml_extract(struct xml *tree, const char *each, const struct xml_path *paths,
                          size_t count, json_t *spaces, const atomic_bool *given_up, json_t **value,
                          struct err *e)
{
    xmlDocPtr doc = xml__doc(tree);
    xmlXPathObjectPtr found = NULL;
    struct finder finder;
    enum err_code rc;

    *value = NULL;
    check(doc != NULL);
    rc = finder_open(&finder, doc, spaces, e);
    if (rc == ERR_OK && each == NULL)
        rc = object_make(&finder, paths, count, (xmlNodePtr)doc, value, e);
    else if (rc == ERR_OK)
        rc = find(&finder, each, (xmlNodePtr)doc, &found, e);
    if (rc == ERR_OK && each != NULL && found->type != XPATH_NODESET)
        rc = err_set(e, ERR_INVALID, "the XPath \"%.80s\" of \"each\" finds no nodes but a value",
                     each);
    if (rc == ERR_OK && each != NULL)
        rc = list_make(&finder, paths, count, found->nodesetval, given_up, value, e);
    if (found != NULL)
        xmlXPathFreeObject(found);
    finder_close(&finder);
    return rc;
}
