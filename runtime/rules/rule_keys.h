/* rule_keys.h - secrets that a rule signs with and never sees: what hmac.keyed() asks for. */
#ifndef RULES_RULE_KEYS_H
#define RULES_RULE_KEYS_H

#include <stddef.h>

#include "base/err.h"

#define RULE_KEYS_MAC 64u /* bytes of the longest */

struct rule_keys {
    /* The HMAC of a text, its key being `prefix` and the named secret. Returns its bytes; 0 with
     * *e: there is no such secret or algorithm. */
    size_t (*hmac)(void *arg, const char *secret, const char *prefix, const char *algorithm,
                   const void *text, size_t size, unsigned char mac[RULE_KEYS_MAC], struct err *e);
    void *arg;
};

#endif
