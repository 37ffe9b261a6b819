/* keyfile_priv.h - the file of the master key: 32 bytes, or 64 hex digits and
 * perhaps a line end. */
#ifndef VAULT_KEYFILE_PRIV_H
#define VAULT_KEYFILE_PRIV_H

#include <stdbool.h>

#include "base/err.h"
#include "base/ident.h"
#include "vault/seal_priv.h"

/* Errors as vault_open()'s. A new file appears whole or not at all. */
enum err_code keyfile_read(const char *path, bool may_create, struct random *random,
                           unsigned char key[SEAL_KEY], struct err *e) MUST_USE;

/* A change of the key: the next one lies in FILE.next until it is taken; then it is FILE, and the
 * one before is kept as FILE.before-ID. Taking it again does no harm. */
enum err_code keyfile_next_make(const char *path, struct random *random,
                                unsigned char key[SEAL_KEY], struct err *e) MUST_USE;
enum err_code keyfile_next_read(const char *path, unsigned char key[SEAL_KEY],
                                struct err *e) MUST_USE;
enum err_code keyfile_next_take(const char *path, const char *before_id, struct err *e) MUST_USE;
void keyfile_next_drop(const char *path);

#endif
