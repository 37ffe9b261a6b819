/* http_hide.c - an answer that shows what signed in to get it: a page that lists the request's
 * headers, a refusal that quotes the key. It is covered before anybody else has the answer. */
#include "io/http_hide_priv.h"

#include <string.h>

enum err_code http_hide__keep(struct http_call *call, const struct http_ask *ask, struct err *e)
{
    for (size_t i = 0; i < ask->hide_count; i++)
        if (ask->hides[i][0] != '\0')
            buf_add(&call->hides, ask->hides[i], strlen(ask->hides[i]) + 1);
    return buf_check(&call->hides, "what signs in", e);
}

static void cover(struct buf *shown, const char *text, size_t size)
{
    char *at = shown->at, *found;
    size_t left = shown->len;

    while (left >= size && (found = memmem(at, left, text, size)) != NULL) {
        memset(found, '*', size);
        left -= (size_t)(found + size - at);
        at = found + size;
    }
}

void http_hide__cover(struct http_call *call)
{
    for (size_t at = 0; at < call->hides.len; at += strlen(call->hides.at + at) + 1) {
        cover(&call->head, call->hides.at + at, strlen(call->hides.at + at));
        cover(&call->body, call->hides.at + at, strlen(call->hides.at + at));
    }
}
