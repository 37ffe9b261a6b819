/* template.h - texts and JSON with places, for what a manifest sends and returns.
 *
 * "{input.customer.name}" stands for what the scope, an object, has at that path; "{{" and "}}"
 * are a literal brace. Behind the path may come filters, each with a bar: text (digits as a
 * text), odata (a literal of an OData URL: a text in quotes with its own quotes doubled, a number
 * as it is), url (percent-encoded); and as the first one, of lists and objects too, odata_filter,
 * odata_key, odata_names and odata_changes (odata.h).
 *
 * In JSON, a string that is nothing but one place without filters gives the value as it is, with
 * every digit of a number; any other string gives a text. Where a place has nothing the member is
 * left out, and so is an object in an object of which nothing is left; an element is null. */
#ifndef NODES_TEMPLATE_H
#define NODES_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define TEMPLATE_PATH 200u  /* bytes of a path in a place */

/* Told for each place of a text. filtered: it has filters. */
typedef void template_place_fn(void *arg, const char *path, size_t at, bool filtered);
/* Whether the text is a template; if not, *e says why. at: where the place begins in the text. */
enum err_code template_check(const char *text, template_place_fn *place, void *arg,
                             struct err *e) MUST_USE;

enum template_use {
    TEMPLATE_TEXT,
    TEMPLATE_URL_PATH, /* places are percent-encoded; nothing, "", "." and ".." are ERR_INVALID */
};
/* Appends the filled text. missing: set when a place has nothing (TEMPLATE_TEXT), and then *out
 * is undefined. ERR_INVALID when a place has an object or array. */
enum err_code template_text(const char *text, json_t *scope, enum template_use use, struct buf *out,
                            bool *missing, struct err *e) MUST_USE;
/* A new reference; NULL: left out, or an error when e->code is no longer ERR_OK, as which the
 * caller sets it. */
json_t *template_json(json_t *template, json_t *scope, struct err *e);

#endif
