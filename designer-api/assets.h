/* assets.h - the browser's files, embedded in the program, and their answers.
 *
 * What the web build made (WEFT_WEB, web/dist) is in the program as FILE, FILE.br and FILE.gz; the
 * form is chosen by Accept-Encoding. /assets/... has names that change with the content: it is
 * immutable. "/" and any path without an extension that names no file is the page itself: never
 * stored, with a fresh nonce for styles and the strict policy of what it may load. A program that
 * was built without the browser side answers with a small page that says so. */
#ifndef DESIGNER_API_ASSETS_H
#define DESIGNER_API_ASSETS_H

#include "io/http_in.h"

struct assets;
/* clock and random source of the nonces are the system's. Never NULL. */
struct assets *assets_new(void);
void assets_free(struct assets *assets); /* NULL is fine */

/* Whether GET or HEAD of this path is answered with something other than 404; for admit(). */
bool assets_have(const struct assets *assets, const char *path);
/* Answers a request whose path is no route: 200 or 304, 404, or 405 for what is neither GET nor
 * HEAD. Always answers at once. */
void assets_answer(struct assets *assets, struct http_in *in, const struct http_request *request);

#endif
