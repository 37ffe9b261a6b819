/* beside.h - asks that are answered by reading the store beside the loop.
 *
 * The loop moves runs; a look at a million of them or at a body of 50 MB must not hold it up. So
 * such an ask is kept, its work runs on another thread with a connection to the store of its own
 * and after the loop's (pool_calm_new), what it found is written there, too, and the answer is
 * given in a later turn of the loop. One work at a time, in the order of their
 * coming: what they keep between them (struct trails, struct papers) needs no locks.
 *
 * (1) A work touches the ask, its own store and what is kept here; never the engine, the loop or an
 *     object.                                                                    [beside_work_fn]
 * (2) Each ask is answered once; when the API closes before, nobody is.              [beside_free]
 * (3) At most BESIDE_WAITING wait; who comes then is refused with 503.                [beside_ask]
 *
 * A store in memory has one connection: then the work is done at once. */
#ifndef DESIGNER_API_BESIDE_H
#define DESIGNER_API_BESIDE_H

#include "base/effort.h"
#include "designer-api/ask.h"
#include "io/loop.h"
#include "store/store.h"

#define BESIDE_WAITING 500u
#define BESIDE_LOOK_MS 6    /* of the processor: a look, until it tells where to go on; effort.h */
#define BESIDE_LONG_MS 2000 /* the same of what is asked for once, unlike a page */

struct beside;
struct trails; /* kept.h */
struct papers; /* paper.h */
/* store: of the engine; file: of it, NULL: in memory. ERR_STORE, ERR_IO. */
struct beside *beside_new(struct loop *loop, struct clock *clock, struct log *log,
                          struct store *store, const char *file, struct err *e) MUST_USE;
void beside_free(struct beside *beside); /* NULL is fine; waits for what is under way */

struct beside_ask {
    struct ask ask;         /* kept: its query and body are held, its request is not */
    struct store *store;    /* to be read */
    struct clock *clock;
    struct trails *trails;
    struct papers *papers;
    struct effort effort;   /* at its end a look gives what it has */
    json_t *given;          /* what the handler brought along from the loop; owned. May be NULL */
    /* what the work has found */
    struct err e;           /* refused with this, unless it is ERR_OK, as at the beginning */
    json_t *value;          /* owned */
    bool page;              /* value is a page's items: */
    char next[LIMIT_PATH];  /* cursor, "": this was the last */
    bool incomplete;        /* the look was ended by its time */
    int64_t total;          /* < 0, as at the beginning: not known */
    char *bytes;            /* instead of value; owned */
    size_t size;
    char *text;             /* what the value became; owned. For beside.c */
    size_t text_size;
    int status;             /* 200 at the beginning */
    const char *content_type;
    char range[80], etag[80]; /* headers of bytes; "": none */
    void *kept;             /* the handler's own; at the end it goes by: */
    void (*drop)(void *kept);
    struct beside *beside;  /* for beside.c */
    bool again, held;
    void (*work)(struct beside_ask *);
    void (*answer)(struct beside_ask *);
    struct beside_ask *after;
};
typedef void beside_work_fn(struct beside_ask *look);
/* Keeps the ask and answers it. answer: on the loop's thread, in the place of the usual one; NULL:
 * gives what was found. given: taken. */
void beside_ask(struct ask *ask, beside_work_fn *work, beside_work_fn *answer, json_t *given);
void beside_give(struct beside_ask *look); /* the usual answer */
/* Of a work, which has not come to its end, or of an answer: the work is done once more when the
 * others had their turn, with an effort of its own; a work that says so is not answered before. */
void beside_again(struct beside_ask *look);
/* Of an answer that waits for something else: it is given once more by beside_go(), or nobody is
 * answered (gone). One of both must come. */
void beside_hold(struct beside_ask *look);
void beside_go(struct beside_ask *look, bool gone);

/* ---- For works */
/* Where the asked workspace is compared: NULL at the local socket, when no workspace was named. */
const char *beside_workspace(const struct beside_ask *look);
/* Where a page begins that counts: by "cursor", else by "position". An error is look->e, too. */
enum err_code beside_from(struct beside_ask *look, size_t *from) MUST_USE;
/* The run of that id, when it is one of the workspace: its row as engine_row() shows it; NULL with
 * look->e, ERR_NOT_FOUND also for a foreign one. */
json_t *beside_run(struct beside_ask *look, const char *text, uint64_t *id);

#endif
