/* paper.h - a payload as text with an index over it: any window, any level of its tree, any match,
 * without reading it all again.
 *
 * A paper is what is shown of a payload: masked (mask.h), unless it is made plain. It is made once,
 * at the cost of a few walks over the text, and kept with others within PAPERS_BYTES. Offsets count
 * the bytes of what is shown. The text is compact JSON of our own writing. */
#ifndef DESIGNER_API_PAPER_H
#define DESIGNER_API_PAPER_H

#include <jansson.h>

#include "base/err.h"

#define PAPERS_BYTES (96u * 1024 * 1024)

struct paper;
/* text: taken, mem_free(). plain: nothing is masked. ERR_INVALID: it is no JSON. */
struct paper *paper_new(char *text, size_t size, bool plain, struct err *e) MUST_USE;
void paper_free(struct paper *paper); /* NULL is fine */
const char *paper_text(const struct paper *paper, size_t *size); /* with a NUL behind it */
const char *paper_digest(const struct paper *paper); /* of what is shown: SHA-256 in hex */
unsigned paper_masked(const struct paper *paper);    /* values that are not shown */

/* The largest offset, at most this, at which no character is cut. */
size_t paper_edge(const struct paper *paper, size_t offset);
/* One level: {"pointer", "kind", "bytes", "offset", "count"?, "value"?, "items"?: [{"name" |
 * "index", "pointer", "kind", "bytes", "offset", "count"?, "value" | "preview"}], "next_offset"?}
 * of the value at the pointer, its children from the from-th on. New reference. ERR_NOT_FOUND. */
json_t *paper_view(const struct paper *paper, const char *pointer, size_t from, unsigned limit,
                   struct err *e) MUST_USE;
/* Matches of a text from an offset on, ASCII letters of either case: {"items": [{"offset",
 * "pointer", "excerpt"}], "next_offset"?}. */
json_t *paper_search(const struct paper *paper, const char *text, size_t from, unsigned limit);

/* ---- Those that are kept */
struct papers;
struct papers *papers_new(void);
void papers_free(struct papers *papers); /* NULL is fine */
const struct paper *papers_find(struct papers *papers, const char *id); /* NULL: not kept */
/* Takes it; borrowed until the next call. */
const struct paper *papers_keep(struct papers *papers, const char *id, struct paper *paper);

#endif
