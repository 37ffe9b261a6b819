/* vault_try.h - what the tests of the vault share: a folder of their own, and a vault in it. */
#ifndef UNIT_VAULT_TRY_H
#define UNIT_VAULT_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "vault/vault.h"
#include "world/yard.h"

static char folder[YARD_PATH];
static char key_file[96];
static struct err e;

static inline int folder_begin(void **state)
{
    (void)state;
    yard_make(folder);
    snprintf(key_file, sizeof key_file, "%s/master.key", folder);
    memset(&e, 0, sizeof e);
    return 0;
}

static inline int folder_end(void **state)
{
    (void)state;
    yard_remove(folder);
    return 0;
}

static inline struct vault *vault_of(const char *file, bool may_create)
{
    return vault_open(file, may_create, random_real(), &e);
}

/* A new vault with its data key made; the sealed data key is the caller's. */
static inline struct vault *vault_made(char **sealed)
{
    struct vault *vault = vault_of(key_file, true);

    assert_non_null(vault);
    assert_int_equal(vault_make_key(vault, sealed, &e), ERR_OK);
    return vault;
}

static inline void file_write(const char *path, const void *bytes, size_t size, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

#endif
