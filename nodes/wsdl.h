/* wsdl.h - a web service as its WSDL 1.1 describes it, and its messages between JSON and XML.
 *
 * What is understood: document/literal bindings of SOAP 1.1 and 1.2 whose messages have one part,
 * an element; XML Schema with sequences and "all", nested types, extension, references, attributes
 * and simple types. What is not (rpc and encoded messages, choice, any, groups, imports, types that
 * hold themselves) is told when an operation needs it. Nothing is fetched.
 *
 * A message is JSON by a JSON Schema made from the XML Schema: an element is a member, one that may
 * come again is a list, attributes are "@name", the text beside attributes is "#text". The order of
 * a schema's "properties" is the order of the elements; "x-ns" is the namespace of one, "x-xsd" its
 * simple type. */
#ifndef NODES_WSDL_H
#define NODES_WSDL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define SOAP_11 "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP_12 "http://www.w3.org/2003/05/soap-envelope"

struct wsdl;
/* ERR_SYNTAX with line and column; ERR_INVALID: no WSDL. */
struct wsdl *wsdl_read(const char *text, size_t size, struct err *e) MUST_USE;
void wsdl_free(struct wsdl *wsdl); /* NULL is fine */

/* An operation; all owned. */
struct wsdl_operation {
    char *action;              /* the SOAPAction; "" when there is none */
    char *address;             /* where the WSDL says the service is; NULL: nowhere */
    char *name, *space;        /* of the element that asks */
    char *answer;              /* name of the element that answers; NULL: one-way */
    json_t *input, *output;    /* schemas of these elements; output may be NULL */
};
/* Told for each thing that is not supported, and for an operation that is not there. */
typedef void wsdl_problem_fn(void *arg, const char *text);
/* False: there were problems with what is sent. What is not understood of the answer has an empty
 * schema, and stays as it came. */
bool wsdl_find(const struct wsdl *wsdl, const char *operation, bool soap12,
               wsdl_problem_fn *problem, void *arg, struct wsdl_operation *found) MUST_USE;
void wsdl_operation_fini(struct wsdl_operation *operation);

/* Appends the element with the value, which fits the schema. */
enum err_code wsdl_write(const struct wsdl_operation *operation, json_t *value, struct buf *out,
                         struct err *e) MUST_USE;
/* What an XML reader gave (data style, local names) as the schema says: lists, numbers, truth
 * values, nulls. A new reference, NULL when memory fails. */
json_t *wsdl_typed(const json_t *schema, json_t *value) MUST_USE;

#endif
