/* payload_priv.h - large texts as files beside the store: PATH-OF-STORE's folder, payloads/.
 *
 * A text that is still large when it is packed is a file of its own, named by its SHA-256
 * (payloads/ab/cdef....zst, compressed with zstd); the row holds a mark: format 4 (pack_priv.h),
 * the hash and the size. So rows stay small, and the same text is there once.
 *
 * (1) A file is whole, synced and in its folder before a row that refers to it is committed.
 *                                                                              [payload_put]
 * (2) payload_use says which runs refer to it, in their transactions; a file is removed only when
 *     it stands there no more, and was found so twice, some time apart.        [payloads_sweep]
 * (3) What is read is compared with its hash.                                  [payload_read]
 *
 * What a crash or a rolled back transaction leaves is swept like any other. */
#ifndef STORE_SQLITE_PAYLOAD_PRIV_H
#define STORE_SQLITE_PAYLOAD_PRIV_H

#include "base/hash.h"
#include "base/log.h"
#include "store/sqlite/db_priv.h"

#define PAYLOAD_MIN    65536u /* packed bytes; below it a row is the better place */
#define PAYLOAD_FORMAT 4      /* of a mark; see pack_priv.h */
#define PAYLOAD_MARK   (1u + HASH_SIZE + 8u)

/* The folder of a store; NULL for one in memory, which keeps all in its rows. mem_free it. */
char *payload_folder(const char *store_path);
/* payloads/ab/cdef....zst below the folder. */
#define PAYLOAD_NAME (2 + 1 + 2 * HASH_SIZE - 2 + 4 + 1)
void payload_name(const unsigned char digest[HASH_SIZE], char name[PAYLOAD_NAME]);

/* Of the writer's thread. */
struct payloads;
struct payloads *payloads_new(const char *folder, struct log *log); /* folder: copied */
void payloads_free(struct payloads *payloads);                      /* NULL is fine */
/* Keeps a text of the run and writes its mark. In a transaction. An SQLite code. */
int payload_put(struct payloads *payloads, struct db *db, int64_t run, const char *text,
                size_t size, unsigned char mark[PAYLOAD_MARK]);
/* steady time of the next sweep, in ms */
int64_t payloads_due(const struct payloads *payloads);
/* One folder of 256; outside of a transaction. */
void payloads_sweep(struct payloads *payloads, struct db *db, int64_t now);
/* While held nothing is removed: a backup copies them. */
void payloads_hold(struct payloads *payloads, bool hold);

/* On any thread. Is it a mark? */
bool payload_marked(const unsigned char *packed, size_t size);
/* folder NULL: there are none. *text gets a NUL and is the caller's. ERR_STORE: not there, or not
 * what was written; ERR_MEMORY. */
enum err_code payload_read(const char *folder, const unsigned char mark[PAYLOAD_MARK], char **text,
                           size_t *size, struct err *e) MUST_USE;

/* ---- For backups: files as they are, compressed, each compared with its hash. */
enum err_code payload_bytes(const char *folder, const unsigned char digest[HASH_SIZE], char **bytes,
                            size_t *size, struct err *e) MUST_USE;
bool payload_whole(const unsigned char digest[HASH_SIZE], const void *bytes, size_t size);
/* Durable when this is SQLITE_OK. */
int payload_place(const char *folder, const unsigned char digest[HASH_SIZE], const void *bytes,
                  size_t size);

#endif
