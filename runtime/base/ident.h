/* ident.h - identifiers and randomness, handed in from outside.
 *
 * A run's id is a 63-bit number that grows with time (41 bits of milliseconds since 2024-01-01,
 * 22 bits of sequence), so that inserts append. People and JSON see it as 13 characters of
 * Crockford's base 32, whose order is the order of the numbers. Names derived from what they
 * identify are version 5 UUIDs (RFC 9562): the same run, path and effect give the same key on
 * every machine, after every crash and every restore. */
#ifndef BASE_IDENT_H
#define BASE_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct random {
    void (*fill)(struct random *random, void *bytes, size_t size);
};
struct random *random_real(void); /* the kernel's getrandom() */
struct random_seeded {
    struct random random;
    uint64_t state;
};
void random_seeded_init(struct random_seeded *seeded, uint64_t seed);

struct ident {
    uint64_t last;
};
/* last: the greatest id given out so far, or 0 */
void ident_init(struct ident *ident, uint64_t last);
uint64_t ident_next(struct ident *ident, int64_t wall_ms);
uint64_t ident_at(int64_t wall_ms); /* the first id of that moment */

#define IDENT_TEXT 14
void ident_text(uint64_t id, char text[IDENT_TEXT]);
bool ident_parse(const char *text, uint64_t *id); /* accepts lower case; false if it is none */

#define UUID_TEXT 37
void uuid_from_name(const unsigned char space[16], const void *name, size_t size,
                    char text[UUID_TEXT]);
void uuid_random(struct random *random, char text[UUID_TEXT]);
/* SHA-256 as 64 lower-case hex digits and a NUL. */
#define DIGEST_TEXT 65
void digest_text(const void *bytes, size_t size, char text[DIGEST_TEXT]);

#endif
