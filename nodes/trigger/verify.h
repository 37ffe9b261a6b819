/* verify.h - is this request from whom it says? Over the raw bytes, before anything is parsed.
 *
 * A request with two of the headers that carry the proof is refused: the one that was checked and
 * the one that counts could differ. */
#ifndef NODES_TRIGGER_VERIFY_H
#define NODES_TRIGGER_VERIFY_H

#include <stdint.h>

#include "base/err.h"
#include "flow/node.h"

enum verify_type { VERIFY_NONE, VERIFY_HMAC, VERIFY_BASIC, VERIFY_BEARER };

struct verify {
    int type;             /* enum verify_type */
    const char *header;
    int algorithm, encoding;
    const char *secret;
    const char *prefix;
    const char *user;
    const char *timestamp_header;
    int64_t tolerance_ms;
    /* hmac: the header has parts, "t=17...;keyId=...;sig=..."; NULL: it is the signature */
    const char *signature_part, *timestamp_part;
    int key_encoding;     /* of the secret: enum verify_key */
    const char *signed_member; /* of the body; NULL: the whole */
};
enum verify_key { VERIFY_KEY_TEXT, VERIFY_KEY_BASE64 };
extern const struct field verify_fields[];

void verify_compile(struct flow_build *build, const struct verify *verify, const char *pointer);
/* ERR_OK; ERR_SIGNATURE with a text that tells a sender what to mend and an attacker nothing; or
 * what the vault says when the secret is not there. */
enum err_code verify_event(const struct node_event *event, const struct verify *verify,
                           struct err *e) MUST_USE;
/* The header that carries the proof; NULL: none. */
const char *verify_header(const struct verify *verify);

#endif
