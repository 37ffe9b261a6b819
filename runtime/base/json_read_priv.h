/* json_read_priv.h - what the reader's two files share: its state, and how it scans texts and
 * reports faults. For json_read.c and json_scan.c only. */
#ifndef BASE_JSON_READ_PRIV_H
#define BASE_JSON_READ_PRIV_H

#include "base/json_priv.h"

struct json__span {
    const char *at;
    size_t size;
};

struct json__reader {
    const char *text;
    const char *at;
    const char *end;
    const struct json_limits *limits;
    size_t values;
    unsigned depth;
    struct buf scratch;         /* a text with escapes, decoded; until the next text is read */
    struct json_places *places; /* NULL: not wanted */
    struct json__place place;   /* of the value that comes next */
    unsigned line;              /* of the fault */
    unsigned column;
    struct err *e;
};

/* Fills r->e with "line L, column C: ..." of a place in the text. */
void json__fail(struct json__reader *r, const char *at, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), cold));
/* Says what stands at r->at, where a value should, and what its author may have meant. */
void json__fail_value(struct json__reader *r) __attribute__((cold));
void json__fail_memory(struct json__reader *r) __attribute__((cold));

bool json__word_at(const struct json__reader *r, const char *word);
/* Reads a text whose first quote is at r->at. The span lies in the document or in r->scratch. */
bool json__scan_text(struct json__reader *r, struct json__span *text);

#endif
