/* page_priv.h - a layer below SQLite that gives each page of the store a check sum.
 *
 * SQLite keeps 8 bytes free at the end of each page. When a page is written to the store's file
 * they get a sum over the page and its number; when it is read they are compared, so that a bit
 * that flipped, a page that was zeroed and pages that changed places are SQLITE_IOERR_DATA and
 * never data. The write-ahead log has sums of SQLite's own, and is not touched here.
 *
 * Only files whose header asks for it are summed: a foreign file can still be looked at. */
#ifndef STORE_SQLITE_PAGE_PRIV_H
#define STORE_SQLITE_PAGE_PRIV_H

#define PAGE_VFS     "weft" /* to open with */
#define PAGE_SIZE    4096
#define PAGE_RESERVE 8

int page_init(void); /* once a process; on top of SQLite's default. An SQLite code */

#endif
