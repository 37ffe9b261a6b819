/* yard.c - see yard.h. */
#include "world/yard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

void yard_make(char path[YARD_PATH])
{
    snprintf(path, YARD_PATH, "/tmp/weft-yard-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static int yard_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void yard_remove(const char *path)
{
    assert_int_equal(nftw(path, yard_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void yard_put(const char *path, const char *name, const char *text, const char *mode)
{
    char whole[YARD_PATH + 256];
    FILE *file;

    snprintf(whole, sizeof whole, "%s/%s", path, name);
    file = fopen(whole, mode);
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

char *yard_text(const char *path, const char *name)
{
    char whole[YARD_PATH + 256], *text = NULL;
    size_t size;
    struct err e;

    snprintf(whole, sizeof whole, "%s/%s", path, name);
    if (file_read(whole, 64u * MIB, &text, &size, &e) != ERR_OK)
        return NULL;
    return text;
}
