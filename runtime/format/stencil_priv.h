/* stencil_priv.h - what stencil.c and stencil_escape.c share. For format/ only. */
#ifndef FORMAT_STENCIL_PRIV_H
#define FORMAT_STENCIL_PRIV_H

#include "format/stencil.h"

enum stencil_escape {
    ESCAPE_NONE,
    ESCAPE_MARKUP,    /* & < > " ' */
    ESCAPE_LINK,      /* the same, and what begins a URL: http, https, mailto, or no scheme */
    ESCAPE_JSON,      /* a whole value */
    ESCAPE_JSON_TEXT, /* a part of a string */
    ESCAPE_URL,
    ESCAPE_CSV,
};
struct stencil_piece {
    const char *text; /* of a place: its expression */
    size_t size;
    bool place, raw;
    enum stencil_escape escape;
};
/* Appends the value; NULL is nil. */
enum err_code stencil__escape(enum stencil_escape escape, json_t *value, struct buf *out,
                              struct err *e) MUST_USE;

#endif
