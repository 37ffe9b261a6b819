/* wsdl_priv.h - what the files of wsdl.h share. For nodes/wsdl*.c only.
 *
 * A document is a tree of {"n": "{URI}name", "a": {attributes}, "c": [elements]}; attributes that
 * are qualified names are written out, "{URI}name". */
#ifndef NODES_WSDL_PRIV_H
#define NODES_WSDL_PRIV_H

#include "nodes/wsdl.h"

#define WSDL "{http://schemas.xmlsoap.org/wsdl/}"
#define XSD  "{http://www.w3.org/2001/XMLSchema}"

struct wsdl {
    json_t *root;
    /* by qualified name: {"node", "space", "qualified"} */
    json_t *elements, *types;
};
const char *wsdl__name(const json_t *node);                         /* "{URI}name" */
const char *wsdl__attribute(const json_t *node, const char *name);  /* NULL: none */
const char *wsdl__local(const char *name);                          /* behind the "}" */
bool wsdl__is(const json_t *node, const char *space, const char *name);
/* The first child of that name, with that "name" attribute (NULL: any); NULL: none. */
json_t *wsdl__child(const json_t *node, const char *space, const char *name, const char *named);
json_t *wsdl__children(const json_t *node);
json_t *wsdl__tree(const char *text, size_t size, struct err *e) MUST_USE;

struct xsd {
    const struct wsdl *wsdl;
    wsdl_problem_fn *problem; /* NULL: nobody wants to know */
    void *arg;
    unsigned depth, budget;
    bool failed, memory;
};
/* The schema of a global element; NULL: there is none. */
json_t *wsdl__element(struct xsd *xsd, const char *name) MUST_USE;

#endif
