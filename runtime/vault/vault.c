/* vault.c - the keys, and what is sealed under them.
 *
 * The keys lie in a page of their own that is not swapped and not part of a core dump, as far as
 * the system allows it. */
#include "vault/vault.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "vault/keyfile_priv.h"
#include "vault/ring_priv.h"
#include "vault/seal_priv.h"

#define VAULT_MAGIC 0x7661756cu
#define VAULT_NAME  1024u /* bytes of the longest name of a secret */

static const char vault_secret_label[] = "weft-secret"; /* its NUL parts it from the name */

struct vault_keys {
    unsigned char master[SEAL_KEY], next_master[SEAL_KEY];
    struct ring ring, next_ring;
};
struct vault {
    unsigned magic;
    bool has_data;
    bool changing;        /* the next_ ones are a candidate */
    bool changing_master; /* and the master key is another, too */
    char *file;           /* of the master key */
    struct random *random;
    struct vault_keys *keys; /* a page */
};

static struct vault_keys *keys_new(void)
{
    void *page = mmap(NULL, sizeof(struct vault_keys), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return NULL;
    (void)mlock(page, sizeof(struct vault_keys)); /* may be more than the user is allowed */
    (void)madvise(page, sizeof(struct vault_keys), MADV_DONTDUMP);
    return page;
}

static void keys_free(struct vault_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof(*keys));
    check(munmap(keys, sizeof(*keys)) == 0);
}

struct vault *vault_open(const char *master_key_file, bool may_create, struct random *random,
                         struct err *e)
{
    struct vault_keys *keys = keys_new();
    struct vault *vault;

    check(master_key_file != NULL);
    check(random != NULL);
    if (keys == NULL) {
        err_set(e, ERR_MEMORY, "no page of memory for the keys of the vault");
        return NULL;
    }
    if (keyfile_read(master_key_file, may_create, random, keys->master, e) != ERR_OK) {
        keys_free(keys);
        return NULL;
    }
    vault = mem_must(sizeof(*vault));
    vault->magic = VAULT_MAGIC;
    vault->file = mem_must_copy(master_key_file);
    vault->random = random;
    vault->keys = keys;
    return vault;
}

void vault_close(struct vault *vault)
{
    if (vault == NULL)
        return;
    CHECK_OBJ(vault, VAULT_MAGIC);
    keys_free(vault->keys);
    mem_free(vault->file);
    vault->magic = 0;
    mem_free(vault);
}

/* ---- the ring */

enum err_code vault_make_key(struct vault *vault, char **sealed, struct err *e)
{
    CHECK_OBJ(vault, VAULT_MAGIC);
    check(!vault->has_data);
    ring_first(&vault->keys->ring, vault->random);
    vault->has_data =
        ring_seal(&vault->keys->ring, vault->keys->master, vault->random, sealed, e) == ERR_OK;
    return vault->has_data ? ERR_OK : e->code;
}

/* The change of the master key was stored, and the file not replaced any more. */
static bool vault_goes_on(struct vault *vault, const char *sealed)
{
    struct err ignored;

    if (keyfile_next_read(vault->file, vault->keys->next_master, &ignored) != ERR_OK)
        return false;
    if (ring_open(&vault->keys->ring, vault->keys->next_master, sealed, &ignored) != ERR_OK)
        return false;
    memcpy(vault->keys->master, vault->keys->next_master, SEAL_KEY);
    return true;
}

enum err_code vault_load_key(struct vault *vault, const char *sealed, struct err *e)
{
    char id[RING_ID];
    struct err why;

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(!vault->has_data);
    vault->has_data = true;
    if (ring_open(&vault->keys->ring, vault->keys->master, sealed, &why) == ERR_OK)
        return ERR_OK;
    ring_master_id(vault->keys->master, id);
    if (vault_goes_on(vault, sealed))
        return keyfile_next_take(vault->file, id, e);
    vault->has_data = false;
    return err_set(e, ERR_FORBIDDEN,
                   "the master key in %s does not open the vault of this"
                   " store: %s; put back the key file that belongs to it, or name that file with"
                   " WEFT_MASTER_KEY_FILE",
                   vault->file, why.text);
}

/* ---- changing keys */

static struct vault_keys *vault_candidate(struct vault *vault)
{
    CHECK_OBJ(vault, VAULT_MAGIC);
    check(vault->has_data && !vault->changing);
    vault->keys->next_ring = vault->keys->ring;
    memcpy(vault->keys->next_master, vault->keys->master, SEAL_KEY);
    return vault->keys;
}

static enum err_code vault_candidate_seal(struct vault *vault, char **sealed, struct err *e)
{
    vault->changing = ring_seal(&vault->keys->next_ring, vault->keys->next_master, vault->random,
                                sealed, e) == ERR_OK;
    return vault->changing ? ERR_OK : e->code;
}

enum err_code vault_change_data(struct vault *vault, char **sealed, struct err *e)
{
    struct vault_keys *keys = vault_candidate(vault);

    if (ring_add(&keys->next_ring, vault->random, e) != ERR_OK)
        return e->code;
    return vault_candidate_seal(vault, sealed, e);
}

enum err_code vault_forget_old(struct vault *vault, char **sealed, struct err *e)
{
    ring_keep_last(&vault_candidate(vault)->next_ring);
    return vault_candidate_seal(vault, sealed, e);
}

enum err_code vault_change_master(struct vault *vault, char **sealed, struct err *e)
{
    struct vault_keys *keys = vault_candidate(vault);

    if (keyfile_next_make(vault->file, vault->random, keys->next_master, e) != ERR_OK)
        return e->code;
    vault->changing_master = vault_candidate_seal(vault, sealed, e) == ERR_OK;
    return vault->changing_master ? ERR_OK : e->code;
}

enum err_code vault_settle(struct vault *vault, bool stored, struct err *e)
{
    struct vault_keys *keys = vault->keys;
    bool master = vault->changing_master;
    char id[RING_ID];

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(vault->changing);
    vault->changing = vault->changing_master = false;
    ring_master_id(keys->master, id);
    if (stored) {
        keys->ring = keys->next_ring;
        memcpy(keys->master, keys->next_master, SEAL_KEY);
    }
    OPENSSL_cleanse(&keys->next_ring, sizeof keys->next_ring);
    OPENSSL_cleanse(keys->next_master, SEAL_KEY);
    if (!master)
        return ERR_OK;
    if (stored)
        return keyfile_next_take(vault->file, id, e);
    keyfile_next_drop(vault->file);
    return ERR_OK;
}

unsigned vault_data_keys(const struct vault *vault)
{
    CHECK_OBJ(vault, VAULT_MAGIC);
    return vault->keys->ring.count;
}

unsigned vault_generation(const struct vault *vault)
{
    CHECK_OBJ(vault, VAULT_MAGIC);
    return ring_last(&vault->keys->ring)->generation;
}

void vault_master_id(const struct vault *vault, char id[VAULT_ID])
{
    CHECK_OBJ(vault, VAULT_MAGIC);
    check(VAULT_ID == RING_ID);
    ring_master_id(vault->keys->master, id);
}

/* ---- secrets: "gGENERATION.SEALED"; without a generation, of the first key */

static const char *secret_inner(const char *sealed, uint32_t *generation)
{
    char *end;
    unsigned long number;

    *generation = 1;
    if (sealed[0] != 'g')
        return sealed;
    number = strtoul(sealed + 1, &end, 10);
    if (end == sealed + 1 || *end != '.' || number == 0 || number > UINT32_MAX)
        return sealed; /* no sealed text at all: it will not open */
    *generation = (uint32_t)number;
    return end + 1;
}

bool vault_is_current(const struct vault *vault, const char *sealed)
{
    uint32_t generation;

    CHECK_OBJ(vault, VAULT_MAGIC);
    (void)secret_inner(sealed, &generation);
    return generation == ring_last(&vault->keys->ring)->generation;
}

static struct seal_label secret_label(struct buf *label, const char *name)
{
    buf_init(label, sizeof(vault_secret_label) + VAULT_NAME);
    buf_add(label, vault_secret_label, sizeof(vault_secret_label));
    buf_add_text(label, name);
    return (struct seal_label){ label->at, label->len };
}

enum err_code vault_seal(struct vault *vault, const char *name, const void *plain, size_t size,
                         char **sealed, struct err *e)
{
    struct buf text, whole;
    struct seal_label label = secret_label(&text, name);
    const struct ring_key *key = ring_last(&vault->keys->ring);
    char *inner = NULL;
    enum err_code code;

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(vault->has_data);
    *sealed = NULL;
    code = buf_check(&text, "the name of a secret", e);
    if (code == ERR_OK)
        code = seal_text(key->key, label, vault->random, plain, size, &inner, e);
    buf_fini(&text);
    if (code == ERR_OK) {
        buf_init(&whole, strlen(inner) + 16);
        buf_addf(&whole, "g%u.%s", (unsigned)key->generation, inner);
        *sealed = buf_take(&whole, NULL);
        check(*sealed != NULL);
    }
    mem_free(inner);
    return code == ERR_OK ? code : err_prefix(e, "secret %.100s", name);
}

enum err_code vault_unseal(struct vault *vault, const char *name, const char *sealed, char **plain,
                           size_t *size, struct err *e)
{
    struct buf text;
    struct seal_label label = secret_label(&text, name);
    uint32_t generation;
    const char *inner = secret_inner(sealed, &generation);
    const unsigned char *key = ring_find(&vault->keys->ring, generation);
    enum err_code code;

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(vault->has_data);
    *plain = NULL;
    *size = 0;
    code = buf_check(&text, "the name of a secret", e);
    if (code == ERR_OK && key == NULL)
        code = err_set(e, ERR_FORBIDDEN, "sealed under data key %u, which is not there any more",
                       (unsigned)generation);
    if (code == ERR_OK)
        code = seal_open(key, label, inner, plain, size, e);
    buf_fini(&text);
    return code == ERR_OK ? code : err_prefix(e, "secret %.100s: enter it anew", name);
}

void vault_wipe(char **plain, size_t size)
{
    if (*plain == NULL)
        return;
    OPENSSL_cleanse(*plain, size);
    mem_free(*plain);
    *plain = NULL;
}

/* ---- a secret with what is known of it: a head of lines, an empty one, the value */

#define SECRET_HEAD "weft-secret/1\n"

enum err_code vault_seal_secret(struct vault *vault, const char *name,
                                const struct vault_secret *secret, char **sealed, struct err *e)
{
    struct buf text;

    check(strchr(secret->origins, '\n') == NULL);
    buf_init_secret(&text, SEAL_PLAIN);
    buf_addf(&text, SECRET_HEAD "set %lld\norigins %s\n\n", (long long)secret->set_ms,
             secret->origins);
    buf_add(&text, secret->value, secret->size);
    *sealed = NULL;
    if (buf_check(&text, "the secret", e) == ERR_OK)
        e->code = vault_seal(vault, name, buf_text(&text), text.len, sealed, e);
    buf_fini(&text);
    return e->code;
}

/* The value behind the head; NULL: there is none, the whole is the value. */
static const char *secret_head(const char *plain, struct vault_secret *secret)
{
    const char *at = plain + sizeof SECRET_HEAD - 1, *end;

    if (strncmp(plain, SECRET_HEAD, sizeof SECRET_HEAD - 1) != 0 || strncmp(at, "set ", 4) != 0)
        return NULL;
    secret->set_ms = strtoll(at + 4, NULL, 10);
    at = strchr(at, '\n');
    if (at == NULL || strncmp(at + 1, "origins ", 8) != 0)
        return NULL;
    at += 9;
    end = strchr(at, '\n');
    if (end == NULL || end[1] != '\n')
        return NULL;
    secret->origins = mem_must_copy_n(at, (size_t)(end - at));
    return end + 2;
}

enum err_code vault_open_secret(struct vault *vault, const char *name, const char *sealed,
                                struct vault_secret *secret, struct err *e)
{
    char *plain;
    const char *value;
    size_t size;

    memset(secret, 0, sizeof *secret);
    if (vault_unseal(vault, name, sealed, &plain, &size, e) != ERR_OK)
        return e->code;
    value = secret_head(plain, secret);
    if (value == NULL) { /* of a store of before */
        value = plain;
        secret->origins = mem_must_copy("");
    }
    secret->size = size - (size_t)(value - plain);
    secret->value = mem_must_copy_n(value, secret->size);
    vault_wipe(&plain, size);
    return ERR_OK;
}

void vault_secret_fini(struct vault_secret *secret)
{
    vault_wipe(&secret->value, secret->size);
    mem_free(secret->origins);
    memset(secret, 0, sizeof *secret);
}

/* ---- keys for other purposes */

void vault_derive(const struct vault *vault, const char *purpose, unsigned char key[VAULT_DERIVED])
{
    static char digest[] = "SHA256", salt[] = "weft-derived-key";
    char info[64];
    size_t size = strlen(purpose);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(vault->has_data && context != NULL);
    check(size > 0 && size <= sizeof(info));
    memcpy(info, purpose, size); /* NOLINT(bugprone-not-null-terminated-result): its size is told */
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, vault->keys->ring.root, SEAL_KEY),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof(salt) - 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, size),
        OSSL_PARAM_construct_end(),
    };
    check(EVP_KDF_derive(context, key, VAULT_DERIVED, params) == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}
