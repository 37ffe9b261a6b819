/* ring_priv.h - the data keys of a vault, and the root from which keys for other purposes come.
 *
 * The ring is one text in the store, sealed under the master key: a change of the master key or of
 * the data key is the change of one row, which is kept or not. The root never changes: what was
 * hashed with a key that comes from it stays comparable. */
#ifndef VAULT_RING_PRIV_H
#define VAULT_RING_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ident.h"
#include "vault/seal_priv.h"

#define RING_KEYS 8u      /* of data keys at a time: two, unless resealing was cut short often */
#define RING_ID   9u      /* eight hex digits that name a master key, and a NUL */

struct ring_key {
    uint32_t generation;  /* from 1 */
    unsigned char key[SEAL_KEY];
};
struct ring {
    unsigned char root[SEAL_KEY];
    uint32_t count;
    struct ring_key keys[RING_KEYS]; /* the last one seals */
};

void ring_first(struct ring *ring, struct random *random);
/* Another data key, which seals from now on. ERR_LIMIT: there are too many. */
enum err_code ring_add(struct ring *ring, struct random *random, struct err *e) MUST_USE;
void ring_keep_last(struct ring *ring);
const struct ring_key *ring_last(const struct ring *ring);
const unsigned char *ring_find(const struct ring *ring, uint32_t generation); /* or NULL */

/* What names a master key without telling it. */
void ring_master_id(const unsigned char master[SEAL_KEY], char id[RING_ID]);
/* "mID.SEALED" */
enum err_code ring_seal(const struct ring *ring, const unsigned char master[SEAL_KEY],
                        struct random *random, char **sealed, struct err *e) MUST_USE;
/* ERR_FORBIDDEN: it is sealed under another master key, or changed since; *e says which. */
enum err_code ring_open(struct ring *ring, const unsigned char master[SEAL_KEY],
                        const char *sealed, struct err *e) MUST_USE;

#endif
