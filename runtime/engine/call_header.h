/* call_header.h - the headers of a call, those of its sign-in among them. */
#ifndef ENGINE_CALL_HEADER_H
#define ENGINE_CALL_HEADER_H

#include "engine/engine_priv.h"

#define CALL_HIDES 4u

/* The headers of a call; names and values owned. */
struct call_headers {
    struct pair list[LIMIT_HEADERS];
    size_t count;
    const char *hides[CALL_HIDES]; /* what signs in by itself: no reply may show it; owned */
    size_t hide_count;
};
/* false: full */
bool call_header_add(struct call_headers *headers, const char *name, const char *value);
bool call_header_has(const struct call_headers *headers, const char *name);
/* A text too short to be told from others is not hidden, nor one more than CALL_HIDES. */
void call_header_hide(struct call_headers *headers, const char *text);
/* To an ask, which borrows them. */
void call_headers_give(const struct call_headers *headers, struct http_ask *ask);
/* keeps the first `count`, wipes the others and what is hidden */
void call_headers_cut(struct call_headers *headers, size_t count);

#endif
