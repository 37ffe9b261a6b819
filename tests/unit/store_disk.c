/* store_disk.c - the disk below SQLite: each call of each kind fails once and from then on, and the
 * power fails at each write and sync with what was not synced lost, kept, torn or in another order.
 *
 * A layer of our own stands below the store's: it counts calls and makes one fail, or it keeps what
 * was written since the last sync apart, so that a disk as it may look after a power cut can be
 * made. */
#include "store_shop.h"

#include <sqlite3.h>
#include <stdatomic.h>

/* ---- the layer: which call fails, and how */

enum call {
    CALL_OPEN,
    CALL_READ,
    CALL_WRITE,
    CALL_SYNC,
    CALL_TRUNCATE,
    CALL_SIZE,
    CALL_LOCK,
    CALL_SHM,
    CALL_COUNT
};

static struct {
    enum call call;
    unsigned nth; /* 0: none fails */
    unsigned hits;
    bool lasting;
    int rc;
} disk;

static bool disk_fails(enum call call)
{
    if (disk.nth == 0 || call != disk.call)
        return false;
    disk.hits++;
    return disk.lasting ? disk.hits >= disk.nth : disk.hits == disk.nth;
}

static void disk_arm(enum call call, unsigned nth, bool lasting, int rc)
{
    disk.call = call;
    disk.nth = nth;
    disk.hits = 0;
    disk.lasting = lasting;
    disk.rc = rc;
}

/* ---- the layer: what was written since the last sync, file by file */

#define TAPE_MAX 20000

struct tape {
    int file; /* 0: the store, 1: its log */
    bool sync, truncate;
    sqlite3_int64 at;
    int size;
    unsigned char *bytes;
    unsigned acked; /* batches acknowledged before it */
};
static struct tape tape[TAPE_MAX];
static size_t tape_used;
static bool taping;
static atomic_uint tape_acked;

static void tape_add(int file, bool sync, bool truncate, const void *bytes, int size,
                     sqlite3_int64 at)
{
    struct tape *t = &tape[tape_used];

    if (!taping)
        return;
    assert_true(tape_used++ < TAPE_MAX);
    *t = (struct tape){ file, sync, truncate, at, size, NULL, tape_acked };
    if (bytes != NULL)
        t->bytes = (unsigned char *)mem_must_copy_n(bytes, (size_t)size);
}

static void tape_clear(void)
{
    while (tape_used > 0)
        mem_free(tape[--tape_used].bytes);
}

/* ---- the layer: calls */

struct disk_file {
    sqlite3_file base;
    int file;
    sqlite3_file *below;
};
static sqlite3_vfs disk_vfs, *disk_below;

static struct disk_file *disk_file(sqlite3_file *file)
{
    return (struct disk_file *)file;
}
#define DOWN(file) disk_file(file)->below

static int disk_close(sqlite3_file *file)
{
    return DOWN(file)->pMethods->xClose(DOWN(file));
}

static int disk_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
    return disk_fails(CALL_READ) ? SQLITE_IOERR_READ
                                 : DOWN(file)->pMethods->xRead(DOWN(file), bytes, size, at);
}

static int disk_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    if (disk_fails(CALL_WRITE)) {
        (void)DOWN(file)->pMethods->xWrite(DOWN(file), bytes, size / 2,
                                           at); /* half of it went through */
        return disk.rc;
    }
    tape_add(disk_file(file)->file, false, false, bytes, size, at);
    return DOWN(file)->pMethods->xWrite(DOWN(file), bytes, size, at);
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (disk_fails(CALL_TRUNCATE))
        return SQLITE_IOERR_TRUNCATE;
    tape_add(disk_file(file)->file, false, true, NULL, 0, size);
    return DOWN(file)->pMethods->xTruncate(DOWN(file), size);
}

static int disk_sync(sqlite3_file *file, int flags)
{
    if (disk_fails(CALL_SYNC))
        return SQLITE_IOERR_FSYNC;
    tape_add(disk_file(file)->file, true, false, NULL, 0, 0);
    return DOWN(file)->pMethods->xSync(DOWN(file), flags);
}

static int disk_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return disk_fails(CALL_SIZE) ? SQLITE_IOERR_FSTAT
                                 : DOWN(file)->pMethods->xFileSize(DOWN(file), size);
}

static int disk_lock(sqlite3_file *file, int lock)
{
    return disk_fails(CALL_LOCK) ? SQLITE_IOERR_LOCK
                                 : DOWN(file)->pMethods->xLock(DOWN(file), lock);
}

static int disk_unlock(sqlite3_file *file, int lock)
{
    return DOWN(file)->pMethods->xUnlock(DOWN(file), lock);
}

static int disk_check_lock(sqlite3_file *file, int *held)
{
    return DOWN(file)->pMethods->xCheckReservedLock(DOWN(file), held);
}

static int disk_control(sqlite3_file *file, int op, void *arg)
{
    return DOWN(file)->pMethods->xFileControl(DOWN(file), op, arg);
}

static int disk_sector_size(sqlite3_file *file)
{
    return DOWN(file)->pMethods->xSectorSize(DOWN(file));
}

static int disk_characteristics(sqlite3_file *file)
{
    return DOWN(file)->pMethods->xDeviceCharacteristics(DOWN(file));
}

static int disk_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return disk_fails(CALL_SHM) ? SQLITE_IOERR_SHMMAP
                                : DOWN(file)->pMethods->xShmMap(DOWN(file), page, size, extend, at);
}

static int disk_shm_lock(sqlite3_file *file, int from, int count, int flags)
{
    return DOWN(file)->pMethods->xShmLock(DOWN(file), from, count, flags);
}

static void disk_shm_barrier(sqlite3_file *file)
{
    DOWN(file)->pMethods->xShmBarrier(DOWN(file));
}

static int disk_shm_unmap(sqlite3_file *file, int forget)
{
    return DOWN(file)->pMethods->xShmUnmap(DOWN(file), forget);
}

static const sqlite3_io_methods disk_methods = {
    2,
    disk_close,
    disk_read,
    disk_write,
    disk_truncate,
    disk_sync,
    disk_size,
    disk_lock,
    disk_unlock,
    disk_check_lock,
    disk_control,
    disk_sector_size,
    disk_characteristics,
    disk_shm_map,
    disk_shm_lock,
    disk_shm_barrier,
    disk_shm_unmap,
    NULL,
    NULL,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
    struct disk_file *own = disk_file(file);
    int rc;

    (void)vfs;
    memset(own, 0, sizeof *own);
    if (disk_fails(CALL_OPEN))
        return SQLITE_CANTOPEN;
    own->below = (sqlite3_file *)(own + 1);
    own->file = (flags & SQLITE_OPEN_WAL) != 0 ? 1 : (flags & SQLITE_OPEN_MAIN_DB) != 0 ? 0 : 2;
    rc = disk_below->xOpen(disk_below, name, own->below, flags, got);
    if (own->below->pMethods != NULL)
        own->base.pMethods = &disk_methods;
    return rc;
}

static int disk_register(void **state)
{
    (void)state;
    disk_below = sqlite3_vfs_find(NULL);
    disk_vfs = *disk_below;
    disk_vfs.zName = "disk";
    disk_vfs.szOsFile = (int)sizeof(struct disk_file) + disk_below->szOsFile;
    disk_vfs.xOpen = disk_open;
    return sqlite3_vfs_register(&disk_vfs, 1);
}

static int disk_end(void **state)
{
    disk.nth = 0;
    taping = false;
    return folder_end(state);
}

/* ---- each call fails */

static bool see_deployment(void *arg, const char *workspace, const char *environment,
                           const char *flow, const char *version)
{
    (void)workspace, (void)environment, (void)flow, (void)version;
    *(bool *)arg = true;
    return true;
}

/* One life of a store with the n-th call failing. Returns whether that call came at all. */
static bool life(enum call call, unsigned n, bool lasting, int rc)
{
    struct ledger ledger = { .runs = 4 };
    bool reached, deployed = false, shown = false;

    disk_arm(call, n, lasting, rc);
    if (shop_try(&shop, path)) {
        ledger_play(&ledger, &shop, 6);
        deployed = store_deploy(shop.store, "w", "e", "f", "v", 1, &shop.e) == ERR_OK;
        shop_close(&shop);
    } else {
        assert_true(shop.e.code != ERR_OK && strstr(shop.e.text, path) != NULL);
    }
    reached = disk.hits >= n;
    disk.nth = 0;
    if (!shop_try(&shop, path))
        fail_msg("call %d, hit %u: %s", (int)call, n, shop.e.text);
    ledger_verify(&ledger, shop.store);
    assert_int_equal(store_deployments(shop.store, see_deployment, &shown, &shop.e), ERR_OK);
    assert_true(shown || !deployed);
    shop_close(&shop);
    store_remove();
    return reached;
}

static void each_call_fails_once_and_for_good(void **state)
{
    static const struct {
        enum call call;
        int rc;
    } ways[] = {
        { CALL_OPEN, 0 },
        { CALL_READ, 0 },
        { CALL_WRITE, SQLITE_IOERR_WRITE },
        { CALL_WRITE, SQLITE_FULL },
        { CALL_SYNC, 0 },
        { CALL_TRUNCATE, 0 },
        { CALL_SIZE, 0 },
        { CALL_LOCK, 0 },
        { CALL_SHM, 0 },
    };
    unsigned points = 0;

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        for (int lasting = 0; lasting < 2; lasting++)
            for (unsigned n = 1; life(ways[i].call, n, lasting != 0, ways[i].rc); n++)
                points++;
    assert_true(points > 300);
    print_message("%u points\n", points);
}

/* A second failure while the first is recovered from. */
static void a_call_fails_in_the_recovery(void **state)
{
    (void)state;
    for (enum call call = CALL_OPEN; call < CALL_COUNT; call++) {
        bool reached = true;

        for (unsigned n = 1; reached; n++) {
            struct ledger ledger = { .runs = 4 };

            assert_true(shop_try(&shop, path));
            disk_arm(CALL_SYNC, 6, true, 0); /* the log is left as it is */
            ledger_play(&ledger, &shop, 6);
            shop_close(&shop);
            disk_arm(call, n, false, SQLITE_IOERR_WRITE);
            if (shop_try(&shop, path))
                shop_close(&shop);
            reached = disk.hits >= n;
            disk.nth = 0;
            assert_true(shop_try(&shop, path));
            ledger_verify(&ledger, shop.store);
            shop_close(&shop);
            store_remove();
        }
    }
}

/* ---- the power fails */

enum cut { CUT_LOST, CUT_KEPT, CUT_SOME, CUT_TORN, CUT_WAYS };

static unsigned noise = 1;

static unsigned next_noise(void)
{
    noise = noise * 1103515245u + 12345u;
    return noise >> 16;
}

static void apply(const int files[2], const struct tape *t, enum cut cut)
{
    size_t size = (size_t)t->size;

    if (t->file > 1 || t->sync)
        return;
    if (t->truncate) {
        assert_int_equal(ftruncate(files[t->file], t->at), 0);
        return;
    }
    if (cut == CUT_TORN && size > 512)
        size = next_noise() % (size / 512) * 512; /* sectors are whole */
    assert_int_equal(pwrite(files[t->file], t->bytes, size, t->at), size);
}

/* The disk as it may look when the power fails before tape[end]: all that was synced, and of the
 * rest nothing, everything, some of it, or some of it in part. Returns the batches acknowledged by
 * then. */
static unsigned disk_after_cut(size_t end, enum cut cut)
{
    char wal[128];
    int files[2];

    store_remove();
    snprintf(wal, sizeof wal, "%s-wal", path);
    files[0] = open(path, O_RDWR | O_CREAT, 0600);
    files[1] = open(wal, O_RDWR | O_CREAT, 0600);
    for (size_t i = 0; i < end; i++) {
        bool synced = false;

        for (size_t k = i + 1; k < end && !synced; k++)
            synced = tape[k].sync && tape[k].file == tape[i].file;
        if (synced || cut == CUT_KEPT)
            apply(files, &tape[i], CUT_KEPT);
        else if (cut != CUT_LOST && next_noise() % 2 == 0)
            apply(files, &tape[i], cut);
    }
    close(files[0]);
    close(files[1]);
    return end < tape_used ? tape[end].acked : tape_acked;
}

/* Acknowledgement k of the taped life was of run order[k]. */
static uint64_t order[256];

static void cut_told(void *owner, uint64_t run, const struct store_result *result)
{
    shop_told(owner, run, result);
    assert_int_equal(result->code, ERR_OK);
    order[tape_acked++] = run;
}

static void verify_after_cut(unsigned acked, unsigned runs)
{
    struct ledger ledger = { .runs = runs };

    for (unsigned i = 0; i < acked; i++)
        ledger.acked[order[i] - 1]++;
    for (unsigned i = 0; i < runs; i++)
        ledger.under_way[i] = ledger.acked[i] < 3;
    if (!shop_try(&shop, path)) {
        /* Before the store was there at all nothing was promised. */
        if (acked > 0)
            fail_msg("%u acknowledged: %s", acked, shop.e.text);
        return;
    }
    ledger_verify(&ledger, shop.store);
    shop_send(&shop, batch_accept(999, NULL, "{}"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_OK);
    shop_close(&shop);
}

static void the_power_fails_at_each_write_and_sync(void **state)
{
    const unsigned runs = 12;
    struct ledger ledger = { .runs = runs };
    unsigned images = 0;

    (void)state;
    tape_acked = 0;
    taping = true;
    assert_true(shop_try(&shop, path));
    store_on_done(shop.store, cut_told, &shop);
    ledger_play(&ledger, &shop, 3);
    shop_close(&shop); /* with the checkpoint */
    taping = false;
    for (size_t end = 0; end <= tape_used; end++)
        for (enum cut cut = CUT_LOST; cut < CUT_WAYS; cut++)
            for (unsigned again = 0; again < (cut < CUT_SOME ? 1 : 3); again++, images++)
                verify_after_cut(disk_after_cut(end, cut), runs);
    print_message("%u images\n", images);
    assert_true(images > 500);
    tape_clear();
}

#define TEST(test)                                \
    {                                             \
#test, test, folder_begin, disk_end, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_call_fails_once_and_for_good),
        TEST(a_call_fails_in_the_recovery),
        TEST(the_power_fails_at_each_write_and_sync),
    };

    return cmocka_run_group_tests(tests, disk_register, NULL);
}
