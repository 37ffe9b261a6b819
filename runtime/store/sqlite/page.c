/* page.c - passes every call on to the layer below; reads and writes of whole pages are summed. */
#include "store/sqlite/page_priv.h"

#include <endian.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "store/sqlite/schema_priv.h"
#include "store/sqlite/sum_priv.h"

#define PAGE_BODY   (PAGE_SIZE - PAGE_RESERVE)
#define PAGE_HEADER 100 /* bytes of the file's header, at the start of page 1 */

struct page_file {
    sqlite3_file base; /* first */
    bool summed;
    sqlite3_file *below; /* behind this struct */
};

static sqlite3_vfs page_vfs; /* a copy of the one below, with our xOpen */
static sqlite3_vfs *page_below;

static sqlite3_file *page_down(sqlite3_file *file)
{
    return ((struct page_file *)file)->below;
}

/* Does the header (100 bytes at least) say that this is a store with sums? mark: look at it too;
 * while a new store is made it is not there yet. */
static bool page_asks(const unsigned char *header, bool mark)
{
    uint32_t id;

    memcpy(&id, header + 68, sizeof(id)); /* application_id */
    return header[16] == PAGE_SIZE >> 8 && header[17] == (PAGE_SIZE & 255) &&
           header[20] == PAGE_RESERVE && (!mark || be32toh(id) == SCHEMA_MARK);
}

static uint64_t page_sum(const unsigned char *page, sqlite3_int64 at)
{
    struct sum sum;

    sum_init(&sum);
    sum_int(&sum, at / PAGE_SIZE + 1);
    sum_bytes(&sum, page, PAGE_BODY);
    return htole64(sum.state);
}

static int page_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
    struct page_file *own = (struct page_file *)file;
    int rc = own->below->pMethods->xRead(own->below, bytes, size, at);
    uint64_t sum;

    if (rc != SQLITE_OK)
        return rc;
    if (at == 0 && size >= PAGE_HEADER && !own->summed)
        own->summed = page_asks(bytes, true);
    if (!own->summed || size != PAGE_SIZE || at % PAGE_SIZE != 0)
        return SQLITE_OK;
    sum = page_sum(bytes, at);
    if (memcmp(&sum, (const char *)bytes + PAGE_BODY, sizeof(sum)) == 0)
        return SQLITE_OK;
    sqlite3_log(SQLITE_IOERR_DATA, "page %lld is damaged", at / PAGE_SIZE + 1);
    return SQLITE_IOERR_DATA;
}

static int page_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    struct page_file *own = (struct page_file *)file;
    unsigned char page[PAGE_SIZE];
    uint64_t sum;

    if (at == 0 && size == PAGE_SIZE && !own->summed)
        own->summed = page_asks(bytes, false);
    if (!own->summed || size != PAGE_SIZE || at % PAGE_SIZE != 0)
        return own->below->pMethods->xWrite(own->below, bytes, size, at);
    memcpy(page, bytes, PAGE_BODY);
    sum = page_sum(page, at);
    memcpy(page + PAGE_BODY, &sum, sizeof(sum));
    return own->below->pMethods->xWrite(own->below, page, size, at);
}

/* ---- what is only passed on */

static int page_close(sqlite3_file *file)
{
    return page_down(file)->pMethods->xClose(page_down(file));
}

static int page_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return page_down(file)->pMethods->xTruncate(page_down(file), size);
}

static int page_sync(sqlite3_file *file, int flags)
{
    return page_down(file)->pMethods->xSync(page_down(file), flags);
}

static int page_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return page_down(file)->pMethods->xFileSize(page_down(file), size);
}

static int page_lock(sqlite3_file *file, int lock)
{
    return page_down(file)->pMethods->xLock(page_down(file), lock);
}

static int page_unlock(sqlite3_file *file, int lock)
{
    return page_down(file)->pMethods->xUnlock(page_down(file), lock);
}

static int page_check_lock(sqlite3_file *file, int *held)
{
    return page_down(file)->pMethods->xCheckReservedLock(page_down(file), held);
}

static int page_control(sqlite3_file *file, int op, void *arg)
{
    return page_down(file)->pMethods->xFileControl(page_down(file), op, arg);
}

static int page_sector_size(sqlite3_file *file)
{
    return page_down(file)->pMethods->xSectorSize(page_down(file));
}

static int page_characteristics(sqlite3_file *file)
{
    return page_down(file)->pMethods->xDeviceCharacteristics(page_down(file));
}

static int page_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return page_down(file)->pMethods->xShmMap(page_down(file), page, size, extend, at);
}

static int page_shm_lock(sqlite3_file *file, int from, int count, int flags)
{
    return page_down(file)->pMethods->xShmLock(page_down(file), from, count, flags);
}

static void page_shm_barrier(sqlite3_file *file)
{
    page_down(file)->pMethods->xShmBarrier(page_down(file));
}

static int page_shm_unmap(sqlite3_file *file, int remove)
{
    return page_down(file)->pMethods->xShmUnmap(page_down(file), remove);
}

static const sqlite3_io_methods page_methods = {
    .iVersion = 2, /* 3 would let SQLite map the file and read past us */
    .xClose = page_close,
    .xRead = page_read,
    .xWrite = page_write,
    .xTruncate = page_truncate,
    .xSync = page_sync,
    .xFileSize = page_file_size,
    .xLock = page_lock,
    .xUnlock = page_unlock,
    .xCheckReservedLock = page_check_lock,
    .xFileControl = page_control,
    .xSectorSize = page_sector_size,
    .xDeviceCharacteristics = page_characteristics,
    .xShmMap = page_shm_map,
    .xShmLock = page_shm_lock,
    .xShmBarrier = page_shm_barrier,
    .xShmUnmap = page_shm_unmap,
};

/* Logs and journals are opened straight below. */
static int page_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
    struct page_file *own = (struct page_file *)file;
    int rc;

    (void)vfs;
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
        return page_below->xOpen(page_below, name, file, flags, got);
    memset(own, 0, sizeof(*own));
    own->below = (sqlite3_file *)(own + 1);
    rc = page_below->xOpen(page_below, name, own->below, flags, got);
    if (own->below->pMethods != NULL) /* then it will be closed, also when it failed */
        own->base.pMethods = &page_methods;
    return rc;
}

int page_init(void)
{
    page_below = sqlite3_vfs_find(NULL);
    check(page_below != NULL);
    check(page_below->iVersion >= 2);
    page_vfs = *page_below;
    page_vfs.zName = PAGE_VFS;
    page_vfs.pNext = NULL;
    page_vfs.szOsFile = (int)sizeof(struct page_file) + page_below->szOsFile;
    page_vfs.xOpen = page_open;
    return sqlite3_vfs_register(&page_vfs, 0);
}
