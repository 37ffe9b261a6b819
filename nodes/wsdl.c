/* wsdl.c - a web service as its WSDL describes it: services, bindings, messages. */
#include "nodes/wsdl.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/wsdl_priv.h"

#define WSDL_SOAP_11 "{http://schemas.xmlsoap.org/wsdl/soap/}"
#define WSDL_SOAP_12 "{http://schemas.xmlsoap.org/wsdl/soap12/}"
#define XSD_BUDGET   20000u /* elements of one message; the largest real one seen has 900 */

/* ---- Reading */

static bool index_add(json_t *index, const char *space, bool is_qualified, json_t *node)
{
    const char *name = wsdl__attribute(node, "name");
    json_t *entry = json_object();
    bool failed = entry == NULL;
    struct buf key;

    buf_init(&key, LIMIT_PATH * 4u);
    buf_addf(&key, "{%s}%s", space, name != NULL ? name : "");
    json_put(entry, "node", json_incref(node), &failed);
    json_put(entry, "space", json_string(space), &failed);
    json_put(entry, "qualified", json_boolean(is_qualified), &failed);
    json_put(index, buf_text(&key), entry, &failed);
    failed = failed || !buf_ok(&key);
    buf_fini(&key);
    return !failed;
}

static bool index_schema(struct wsdl *wsdl, const json_t *schema)
{
    const char *space = wsdl__attribute(schema, "targetNamespace");
    const char *form = wsdl__attribute(schema, "elementFormDefault");
    bool is_qualified = form != NULL && strcmp(form, "qualified") == 0, good = true;
    json_t *node;
    size_t i;

    json_array_foreach(wsdl__children(schema), i, node)
    {
        if (wsdl__is(node, XSD, "element"))
            good =
                good && index_add(wsdl->elements, space != NULL ? space : "", is_qualified, node);
        else if (wsdl__is(node, XSD, "complexType") || wsdl__is(node, XSD, "simpleType"))
            good = good && index_add(wsdl->types, space != NULL ? space : "", is_qualified, node);
    }
    return good;
}

struct wsdl *wsdl_read(const char *text, size_t size, struct err *e)
{
    struct wsdl *wsdl = mem_must(sizeof *wsdl);
    json_t *types, *schema;
    bool good;
    size_t i;

    wsdl->root = wsdl__tree(text, size, e);
    wsdl->elements = json_object();
    wsdl->types = json_object();
    good = wsdl->elements != NULL && wsdl->types != NULL;
    if (wsdl->root != NULL && !wsdl__is(wsdl->root, WSDL, "definitions")) {
        err_set(e, ERR_INVALID, "this is no WSDL 1.1: its root is not \"definitions\" but %.200s",
                wsdl__name(wsdl->root));
        json_decref(wsdl->root);
        wsdl->root = NULL;
    }
    if (wsdl->root == NULL || !good) {
        wsdl_free(wsdl);
        return NULL;
    }
    types = wsdl__child(wsdl->root, WSDL, "types", NULL);
    json_array_foreach(wsdl__children(types), i, schema)
    {
        if (wsdl__is(schema, XSD, "schema"))
            good = good && index_schema(wsdl, schema);
    }
    if (good)
        return wsdl;
    err_set(e, ERR_MEMORY, "no memory for the WSDL");
    wsdl_free(wsdl);
    return NULL;
}

void wsdl_free(struct wsdl *wsdl)
{
    if (wsdl == NULL)
        return;
    json_decref(wsdl->root);
    json_decref(wsdl->elements);
    json_decref(wsdl->types);
    mem_free(wsdl);
}

/* ---- An operation */

struct search {
    const struct wsdl *wsdl;
    const char *operation, *soap;
    wsdl_problem_fn *problem;
    void *arg;
    json_t *binding, *bound; /* the binding and its operation */
};

static bool search_fail(const struct search *search, const char *fmt, const char *what)
{
    char text[400];

    snprintf(text, sizeof text, fmt, what);
    search->problem(search->arg, text);
    return false;
}

static bool find_bound(struct search *search)
{
    json_t *node;
    size_t i;

    json_array_foreach(wsdl__children(search->wsdl->root), i, node)
    {
        if (!wsdl__is(node, WSDL, "binding") ||
            wsdl__child(node, search->soap, "binding", NULL) == NULL)
            continue;
        search->bound = wsdl__child(node, WSDL, "operation", search->operation);
        search->binding = node;
        if (search->bound != NULL)
            return true;
    }
    return search_fail(search, "the WSDL has no operation \"%.100s\" for this version of SOAP",
                       search->operation);
}

/* document/literal, and the SOAPAction */
static bool check_style(const struct search *search, struct wsdl_operation *found)
{
    const json_t *binding = wsdl__child(search->binding, search->soap, "binding", NULL);
    const json_t *operation = wsdl__child(search->bound, search->soap, "operation", NULL);
    const json_t *input = wsdl__child(search->bound, WSDL, "input", NULL);
    const json_t *body = input != NULL ? wsdl__child(input, search->soap, "body", NULL) : NULL;
    const char *style = operation != NULL ? wsdl__attribute(operation, "style") : NULL;
    const char *use = body != NULL ? wsdl__attribute(body, "use") : NULL, *action;

    if (style == NULL)
        style = wsdl__attribute(binding, "style");
    if (style != NULL && strcmp(style, "document") != 0)
        return search_fail(search, "operations of style \"%.40s\" are not supported, only document",
                           style);
    if (use == NULL || strcmp(use, "literal") != 0)
        return search_fail(search, "a body of use \"%.40s\" is not supported, only literal",
                           use != NULL ? use : "");
    action = operation != NULL ? wsdl__attribute(operation, "soapAction") : NULL;
    found->action = mem_must_copy(action != NULL ? action : "");
    return true;
}

/* The element of the message that the port type's operation has as its input or output; NULL with
 * *missing when there is no such message at all. */
static const char *message_element(const struct search *search, const char *side, bool *missing)
{
    const char *type = wsdl__attribute(search->binding, "type");
    const json_t *port =
        type != NULL ? wsdl__child(search->wsdl->root, WSDL, "portType", wsdl__local(type)) : NULL;
    const json_t *operation =
        port != NULL ? wsdl__child(port, WSDL, "operation", search->operation) : NULL;
    const json_t *end = operation != NULL ? wsdl__child(operation, WSDL, side, NULL) : NULL;
    const char *name = end != NULL ? wsdl__attribute(end, "message") : NULL;
    const json_t *message =
        name != NULL ? wsdl__child(search->wsdl->root, WSDL, "message", wsdl__local(name)) : NULL;
    const json_t *part = message != NULL ? wsdl__child(message, WSDL, "part", NULL) : NULL;

    *missing = end == NULL;
    return part != NULL && json_array_size(wsdl__children(message)) == 1
               ? wsdl__attribute(part, "element")
               : NULL;
}

static const char *find_address(const struct search *search)
{
    const char *name = wsdl__attribute(search->binding, "name");
    json_t *service, *port;
    size_t i, k;

    json_array_foreach(wsdl__children(search->wsdl->root), i, service)
    {
        if (!wsdl__is(service, WSDL, "service"))
            continue;
        json_array_foreach(wsdl__children(service), k, port)
        {
            const char *its = wsdl__attribute(port, "binding");
            const json_t *address = wsdl__child(port, search->soap, "address", NULL);

            if (its != NULL && name != NULL && strcmp(wsdl__local(its), name) == 0 &&
                address != NULL)
                return wsdl__attribute(address, "location");
        }
    }
    return NULL;
}

static bool find_input(const struct search *search, const char *element,
                       struct wsdl_operation *found)
{
    struct xsd xsd = {
        .wsdl = search->wsdl, .problem = search->problem, .arg = search->arg, .budget = XSD_BUDGET
    };
    const json_t *entry = json_object_get(search->wsdl->elements, element);

    found->input = wsdl__element(&xsd, element);
    if (found->input == NULL && !xsd.failed)
        return search_fail(search,
                           "the schema of the WSDL itself has no element %.200s (imported "
                           "schemas are not supported)",
                           element);
    found->name = mem_must_copy(wsdl__local(element));
    found->space = mem_must_copy(json_get_text(entry, "space"));
    return !xsd.failed && found->input != NULL;
}

bool wsdl_find(const struct wsdl *wsdl, const char *operation, bool soap12,
               wsdl_problem_fn *problem, void *arg, struct wsdl_operation *found)
{
    struct search search = { .wsdl = wsdl,
                             .operation = operation,
                             .soap = soap12 ? WSDL_SOAP_12 : WSDL_SOAP_11,
                             .problem = problem,
                             .arg = arg };
    struct xsd quiet = { .wsdl = wsdl, .budget = XSD_BUDGET };
    const char *input, *output;
    bool missing;

    check(problem != NULL);
    memset(found, 0, sizeof *found);
    if (!find_bound(&search) || !check_style(&search, found))
        return false;
    input = message_element(&search, "input", &missing);
    if (input == NULL)
        return search_fail(&search,
                           "the message of \"%.100s\" is not one part with an element, and others "
                           "are not supported",
                           operation);
    if (!find_input(&search, input, found))
        return false;
    output = message_element(&search, "output", &missing);
    if (output != NULL) {
        found->answer = mem_must_copy(wsdl__local(output));
        found->output = wsdl__element(&quiet, output);
    }
    found->address = mem_must_copy(find_address(&search));
    return true;
}

void wsdl_operation_fini(struct wsdl_operation *operation)
{
    mem_free(operation->action);
    mem_free(operation->address);
    mem_free(operation->name);
    mem_free(operation->space);
    mem_free(operation->answer);
    json_decref(operation->input);
    json_decref(operation->output);
    memset(operation, 0, sizeof *operation);
}
