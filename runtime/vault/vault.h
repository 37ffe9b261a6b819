/* vault.h - sealing of credentials, and the few cryptographic checks that nodes need.
 *
 * A secret is sealed with AES-256-GCM under a data key; the data key is sealed under the master
 * key, which comes from a file (32 bytes, or 64 hex digits) and is never stored. The name of a
 * secret is authenticated with it, so that sealed texts cannot be exchanged. Sealed texts are
 * safe to store and to back up. Plain secrets live only in memory from here, which is wiped on
 * release; they are never logged and never part of an error text. */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/ident.h"

struct vault;

/* Reads the master key. A missing file is made (mode 0600, new random key) only when may_create
 * says that no vault exists yet; else ERR_NOT_FOUND with the remedy. ERR_FORBIDDEN when others
 * can read the file. */
struct vault *vault_open(const char *master_key_file, bool may_create, struct random *random,
                         struct err *e) MUST_USE;
void vault_close(struct vault *vault); /* wipes and frees; NULL is fine */

/* The data key: made once for a new store, or loaded. A wrong master key is ERR_FORBIDDEN. The
 * sealed text is the caller's (mem_free). */
enum err_code vault_make_key(struct vault *vault, char **sealed, struct err *e) MUST_USE;
enum err_code vault_load_key(struct vault *vault, const char *sealed, struct err *e) MUST_USE;

/* name: workspace and name together, e.g. "main/erp.client_secret". */
enum err_code vault_seal(struct vault *vault, const char *name, const void *plain, size_t size,
                         char **sealed, struct err *e) MUST_USE;
/* plain ends with a NUL; vault_wipe() it */
enum err_code vault_unseal(struct vault *vault, const char *name, const char *sealed, char **plain,
                           size_t *size, struct err *e) MUST_USE;
void vault_wipe(char **plain, size_t size); /* wipes, frees, sets to NULL */

/* A key of its own for each purpose ("audit"), from the data key: the same for the same store, and
 * none tells of another (HKDF, RFC 5869). The caller wipes it. */
#define VAULT_DERIVED 32
void vault_derive(const struct vault *vault, const char *purpose,
                  unsigned char key[VAULT_DERIVED]);

#endif
