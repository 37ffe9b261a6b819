/* vault.c - the two keys, and the secrets sealed under them.
 *
 * master key (a file) --seals--> data key (in the store) --seals--> secrets (in the store)
 *
 * The keys lie in a page of their own that is not swapped and not part of a core dump, as far as
 * the system allows it. */
#include "vault/vault.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "vault/keyfile_priv.h"
#include "vault/seal_priv.h"

#define VAULT_MAGIC 0x7661756cu
#define VAULT_NAME  1024u /* bytes of the longest name of a secret */

static const char vault_data_label[] = "weft-data-key";
static const char vault_secret_label[] = "weft-secret"; /* its NUL parts it from the name */

struct vault_keys {
    unsigned char master[SEAL_KEY];
    unsigned char data[SEAL_KEY];
};
struct vault {
    unsigned magic;
    bool has_data;
    char *file; /* of the master key, for messages */
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

/* ---- the data key */

enum err_code vault_make_key(struct vault *vault, char **sealed, struct err *e)
{
    const struct seal_label label = { vault_data_label, sizeof(vault_data_label) - 1 };
    enum err_code code;

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(!vault->has_data);
    vault->random->fill(vault->random, vault->keys->data, SEAL_KEY);
    code = seal_text(vault->keys->master, label, vault->random, vault->keys->data, SEAL_KEY, sealed,
                     e);
    vault->has_data = code == ERR_OK;
    return code;
}

enum err_code vault_load_key(struct vault *vault, const char *sealed, struct err *e)
{
    const struct seal_label label = { vault_data_label, sizeof(vault_data_label) - 1 };
    char *plain = NULL;
    size_t size = 0;
    struct err why;

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(!vault->has_data);
    if (seal_open(vault->keys->master, label, sealed, &plain, &size, &why) != ERR_OK ||
        size != SEAL_KEY) {
        vault_wipe(&plain, size);
        return err_set(e, ERR_FORBIDDEN,
                       "the master key in %s does not open the vault of this"
                       " store; put back the key file that belongs to it, or name that file with"
                       " WEFT_MASTER_KEY_FILE",
                       vault->file);
    }
    memcpy(vault->keys->data, plain, SEAL_KEY);
    vault_wipe(&plain, size);
    vault->has_data = true;
    return ERR_OK;
}

/* ---- secrets */

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
    struct buf text;
    struct seal_label label = secret_label(&text, name);
    enum err_code code;

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(vault->has_data);
    *sealed = NULL;
    code = buf_check(&text, "the name of a secret", e);
    if (code == ERR_OK)
        code = seal_text(vault->keys->data, label, vault->random, plain, size, sealed, e);
    buf_fini(&text);
    return code == ERR_OK ? code : err_prefix(e, "secret %.100s", name);
}

enum err_code vault_unseal(struct vault *vault, const char *name, const char *sealed, char **plain,
                           size_t *size, struct err *e)
{
    struct buf text;
    struct seal_label label = secret_label(&text, name);
    enum err_code code;

    CHECK_OBJ(vault, VAULT_MAGIC);
    check(vault->has_data);
    *plain = NULL;
    *size = 0;
    code = buf_check(&text, "the name of a secret", e);
    if (code == ERR_OK)
        code = seal_open(vault->keys->data, label, sealed, plain, size, e);
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
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, vault->keys->data, SEAL_KEY),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof(salt) - 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, size),
        OSSL_PARAM_construct_end(),
    };
    check(EVP_KDF_derive(context, key, VAULT_DERIVED, params) == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}
