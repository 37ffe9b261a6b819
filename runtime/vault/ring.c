/* ring.c - see ring_priv.h. The first stores had one data key, sealed without a ring: it is the
 * first of the ring, and its root. */
#include "vault/ring_priv.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"

#define RING_TEXT (SEAL_KEY + RING_KEYS * (4 + SEAL_KEY)) /* bytes at most */

static const char ring_label[] = "weft-data-key";

void ring_first(struct ring *ring, struct random *random)
{
    memset(ring, 0, sizeof *ring);
    random->fill(random, ring->root, SEAL_KEY);
    ring->count = 1;
    ring->keys[0].generation = 1;
    random->fill(random, ring->keys[0].key, SEAL_KEY);
}

enum err_code ring_add(struct ring *ring, struct random *random, struct err *e)
{
    struct ring_key *key = &ring->keys[ring->count];

    check(ring->count > 0);
    if (ring->count == RING_KEYS)
        return err_set(e, ERR_LIMIT,
                       "%u data keys are in use already: secrets that do not open hold them; enter "
                       "those anew",
                       RING_KEYS);
    key->generation = ring_last(ring)->generation + 1;
    random->fill(random, key->key, SEAL_KEY);
    ring->count++;
    return ERR_OK;
}

void ring_keep_last(struct ring *ring)
{
    check(ring->count > 0);
    ring->keys[0] = *ring_last(ring);
    OPENSSL_cleanse(ring->keys + 1, sizeof ring->keys - sizeof ring->keys[0]);
    ring->count = 1;
}

const struct ring_key *ring_last(const struct ring *ring)
{
    check(ring->count > 0 && ring->count <= RING_KEYS);
    return &ring->keys[ring->count - 1];
}

const unsigned char *ring_find(const struct ring *ring, uint32_t generation)
{
    for (uint32_t i = 0; i < ring->count; i++)
        if (ring->keys[i].generation == generation)
            return ring->keys[i].key;
    return NULL;
}

void ring_master_id(const unsigned char master[SEAL_KEY], char id[RING_ID])
{
    static char digest[] = "SHA256", salt[] = "weft-master-key", info[] = "id";
    unsigned char name[4];
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)master, SEAL_KEY),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof salt - 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof info - 1),
        OSSL_PARAM_construct_end(),
    };

    check(context != NULL);
    check(EVP_KDF_derive(context, name, sizeof name, params) == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    snprintf(id, RING_ID, "%02x%02x%02x%02x", name[0], name[1], name[2], name[3]);
}

/* ---- In the store */

static void ring_put(unsigned char *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t ring_get(const unsigned char *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

enum err_code ring_seal(const struct ring *ring, const unsigned char master[SEAL_KEY],
                        struct random *random, char **sealed, struct err *e)
{
    const struct seal_label label = { ring_label, sizeof ring_label - 1 };
    unsigned char text[RING_TEXT];
    size_t size = SEAL_KEY;
    char id[RING_ID], *inner = NULL;
    struct buf whole;

    memcpy(text, ring->root, SEAL_KEY);
    for (uint32_t i = 0; i < ring->count; i++, size += 4 + SEAL_KEY) {
        ring_put(text + size, ring->keys[i].generation);
        memcpy(text + size + 4, ring->keys[i].key, SEAL_KEY);
    }
    *sealed = NULL;
    e->code = seal_text(master, label, random, text, size, &inner, e);
    OPENSSL_cleanse(text, sizeof text);
    if (e->code != ERR_OK)
        return e->code;
    ring_master_id(master, id);
    buf_init(&whole, strlen(inner) + RING_ID + 8);
    buf_addf(&whole, "m%s.%s", id, inner);
    mem_free(inner);
    *sealed = buf_take(&whole, NULL);
    check(*sealed != NULL);
    return ERR_OK;
}

static bool ring_read(struct ring *ring, const unsigned char *text, size_t size)
{
    memset(ring, 0, sizeof *ring);
    memcpy(ring->root, text, SEAL_KEY);
    if (size == SEAL_KEY) { /* a store of before */
        ring->count = 1;
        ring->keys[0].generation = 1;
        memcpy(ring->keys[0].key, text, SEAL_KEY);
        return true;
    }
    size -= SEAL_KEY;
    text += SEAL_KEY;
    if (size == 0 || size % (4 + SEAL_KEY) != 0 || size / (4 + SEAL_KEY) > RING_KEYS)
        return false;
    for (; size > 0; size -= 4 + SEAL_KEY, text += 4 + SEAL_KEY) {
        ring->keys[ring->count].generation = ring_get(text);
        memcpy(ring->keys[ring->count++].key, text + 4, SEAL_KEY);
    }
    return true;
}

enum err_code ring_open(struct ring *ring, const unsigned char master[SEAL_KEY], const char *sealed,
                        struct err *e)
{
    const struct seal_label label = { ring_label, sizeof ring_label - 1 };
    const char *inner = sealed;
    char id[RING_ID], *plain = NULL;
    size_t size = 0;
    bool good;

    ring_master_id(master, id);
    if (sealed[0] == 'm' && strlen(sealed) > RING_ID && sealed[RING_ID] == '.') {
        if (strncmp(sealed + 1, id, RING_ID - 1) != 0)
            return err_set(e, ERR_FORBIDDEN,
                           "the vault is sealed under the master key %.8s, and this one is %s",
                           sealed + 1, id);
        inner = sealed + RING_ID + 1;
    }
    e->code = seal_open(master, label, inner, &plain, &size, e);
    if (e->code == ERR_SYNTAX)
        return err_set(e, ERR_FORBIDDEN, "the vault's keys in the store are damaged");
    if (e->code != ERR_OK)
        return err_set(e, ERR_FORBIDDEN,
                       inner != sealed
                           ? "the name of the master key (%s) is right, but the vault's "
                             "keys do not open: they were changed in the store"
                           : "the vault's keys do not open under the master key %s",
                       id);
    good = size >= SEAL_KEY && ring_read(ring, (const unsigned char *)plain, size);
    OPENSSL_cleanse(plain, size);
    mem_free(plain);
    return good ? ERR_OK : err_set(e, ERR_FORBIDDEN, "the vault's keys have an unknown form");
}
