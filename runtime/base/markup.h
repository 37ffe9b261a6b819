/* markup.h - a character as XML and HTML take it, in text and in quoted values alike.
 *
 * Which control characters may stand there is another matter for each of those who write. */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include "base/buf.h"

/* One byte of UTF-8; & < > " ' become references. */
static inline void markup_add(struct buf *out, char c)
{
    if (c == '&')
        buf_add_text(out, "&amp;");
    else if (c == '<')
        buf_add_text(out, "&lt;");
    else if (c == '>')
        buf_add_text(out, "&gt;");
    else if (c == '"')
        buf_add_text(out, "&quot;");
    else if (c == '\'')
        buf_add_text(out, "&#39;");
    else
        buf_add_char(out, c);
}

#endif
