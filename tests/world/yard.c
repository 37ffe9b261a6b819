/* yard.c - see yard.h. */
#include "world/yard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

/* What a test opens and syncs some thousand times takes minutes on a slow disk, and is not about
 * the disk: how that fails is played by the test. A container may have a place in memory that is
 * too small. */
static bool memory_has_room(void)
{
    struct statvfs room;

    return access("/dev/shm", W_OK | X_OK) == 0 && statvfs("/dev/shm", &room) == 0 &&
           (uint64_t)room.f_bavail * room.f_frsize >= 1024u * MIB;
}

const char *yard_street(void)
{
    return memory_has_room() ? "/dev/shm" : "/tmp";
}

void yard_make(char path[YARD_PATH])
{
    snprintf(path, YARD_PATH, "%s/weft-yard-XXXXXX", yard_street());
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
    assert_int_equal(nftw(path, yard_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
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
