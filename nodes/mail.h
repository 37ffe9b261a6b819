/* mail.h - a message as it goes over the wire (RFC 5322, 2045-2049, 2047, 2231). */
#ifndef NODES_MAIL_H
#define NODES_MAIL_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

#define MAIL_ADDRESS    321u /* bytes of an address with its NUL: RFC 5321's 64 + 1 + 255 */
#define MAIL_RECIPIENTS 100u /* of one message, as RFC 5321 wants every server to take */
#define MAIL_SIZE       (32u * 1024u * 1024u)

/* An address as people write it, "Ann Lee <ann@example.com>" or "ann@example.com". ERR_INVALID: it
 * is none, or has what would begin another header. Appends it as a header has it, and gives the
 * bare address. */
enum err_code mail_address(const char *text, struct buf *header, char bare[MAIL_ADDRESS],
                           struct err *e) MUST_USE;

struct mail_part {
    const char *name;       /* of an attachment; NULL: it is a body */
    const char *type;       /* "text/plain", "application/pdf" */
    const char *bytes;
    size_t size;
};
struct mail {
    /* whole headers' values: addresses by mail_address(), parted by ", "; NULL: none */
    const char *from, *to, *cc, *reply_to;
    const char *subject;
    const char *id;         /* without brackets: "KEY@example.com" */
    int64_t date_ms;
    const char *key;        /* from which boundaries are made */
    const char *text, *html; /* one of them at least */
    const struct mail_part *attachments;
    size_t attachment_count;
};
enum err_code mail_write(const struct mail *mail, struct buf *out, struct err *e) MUST_USE;

#endif
