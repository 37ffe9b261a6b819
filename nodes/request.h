/* request.h - what a node sends, built from values and checked before anything leaves. */
#ifndef NODES_REQUEST_H
#define NODES_REQUEST_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "flow/node.h"

/* What a method does outside unless somebody says otherwise: POST and PATCH once; PUT and DELETE
 * idempotent; GET, HEAD, OPTIONS none. */
enum effect_class request_effect(const char *method);
/* Whether a part between slashes is "." or "..", plainly or percent-encoded: whoever resolves it
 * would come out elsewhere than the text says. */
bool request_has_dots(const char *target);

/* Appends the target (an absolute URL or a path) and behind it the query, an object; both may be
 * NULL, the query also null. ERR_INVALID for a target that is no text or holds what must be
 * percent-encoded: a '#' would cut off the query, a space or line break would end the request
 * line. */
enum err_code request_target(json_t *target, json_t *query, struct buf *out,
                             struct err *e) MUST_USE;
/* Appends the body as its content type wants it: JSON of any value, a form of an object, else a
 * text, or bytes as {"base64": ...} (foreign.h). */
enum err_code request_body(json_t *body, const char *type, struct buf *out, struct err *e) MUST_USE;

#endif
