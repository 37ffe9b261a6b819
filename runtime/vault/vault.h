/* vault.h - sealing of credentials, and keys for other rooms.
 *
 *   master key (a file) --seals--> ring of data keys (a row of the store) --seal--> secrets (rows)
 *
 * AES-256-GCM throughout. The master key comes from a file (32 bytes, or 64 hex digits) and is
 * never stored. The name of a secret is authenticated with it, so that sealed texts cannot be
 * exchanged; so are the day it was set and the origins it may go to. Sealed texts are safe to store
 * and to back up. Plain secrets live only in memory from here, which is wiped on release; they are
 * never logged and never part of an error text.
 *
 * Both kinds of keys are changed while the program works. A change is made in memory as a
 * *candidate*; its sealed ring goes to the store, then vault_settle() says what became of it. */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ident.h"

struct vault;

/* Reads the master key. A missing file is made (mode 0600, new random key) only when may_create
 * says that no vault exists yet; else ERR_NOT_FOUND with the remedy. ERR_FORBIDDEN when others
 * can read the file. */
struct vault *vault_open(const char *master_key_file, bool may_create, struct random *random,
                         struct err *e) MUST_USE;
void vault_close(struct vault *vault); /* wipes and frees; NULL is fine */

/* The ring: made once for a new store, or loaded. A wrong master key is ERR_FORBIDDEN, and *e says
 * what did not fit. The sealed text is the caller's (mem_free). */
enum err_code vault_make_key(struct vault *vault, char **sealed, struct err *e) MUST_USE;
/* A change of the master key that was cut short after it was stored is brought to its end. */
enum err_code vault_load_key(struct vault *vault, const char *sealed, struct err *e) MUST_USE;

/* ---- Changing keys; *sealed is the ring to be stored */

/* Another data key, which seals from then on; what is sealed under the others stays readable. */
enum err_code vault_change_data(struct vault *vault, char **sealed, struct err *e) MUST_USE;
/* Only the key that seals stays: everything was sealed again. */
enum err_code vault_forget_old(struct vault *vault, char **sealed, struct err *e) MUST_USE;
/* Another master key: in FILE.next until it is settled, then in FILE; the one before is kept in
 * FILE.before-ID, for backups of then. */
enum err_code vault_change_master(struct vault *vault, char **sealed, struct err *e) MUST_USE;
/* The candidate's ring was stored, or not. ERR_IO: FILE could not be replaced; the next start does
 * it. */
enum err_code vault_settle(struct vault *vault, bool stored, struct err *e) MUST_USE;
unsigned vault_data_keys(const struct vault *vault);          /* how many there are */
unsigned vault_generation(const struct vault *vault);         /* of the one that seals */
bool vault_is_current(const struct vault *vault, const char *sealed);
#define VAULT_ID 9
void vault_master_id(const struct vault *vault, char id[VAULT_ID]); /* names it, tells nothing */

/* ---- Secrets. name: workspace and name together, e.g. "main/erp.client_secret". */
enum err_code vault_seal(struct vault *vault, const char *name, const void *plain, size_t size,
                         char **sealed, struct err *e) MUST_USE;
/* plain ends with a NUL; vault_wipe() it */
enum err_code vault_unseal(struct vault *vault, const char *name, const char *sealed, char **plain,
                           size_t *size, struct err *e) MUST_USE;
void vault_wipe(char **plain, size_t size); /* wipes, frees, sets to NULL */

/* A secret with what is known of it. */
struct vault_secret {
    char *value;     /* followed by a NUL */
    size_t size;
    int64_t set_ms;  /* 0: not known */
    char *origins;   /* "https://api.example.com https://login.example.com"; "": any */
};
enum err_code vault_seal_secret(struct vault *vault, const char *name,
                                const struct vault_secret *secret, char **sealed,
                                struct err *e) MUST_USE;
enum err_code vault_open_secret(struct vault *vault, const char *name, const char *sealed,
                                struct vault_secret *secret, struct err *e) MUST_USE;
void vault_secret_fini(struct vault_secret *secret); /* wipes */

/* A key of its own for each purpose ("audit"): the same for the same store, whatever keys are
 * changed, and none tells of another (HKDF, RFC 5869). The caller wipes it. */
#define VAULT_DERIVED 32
void vault_derive(const struct vault *vault, const char *purpose,
                  unsigned char key[VAULT_DERIVED]);

#endif
