/* pool.h - work on threads beside the loop.
 *
 * An interface: the program plugs in the loop's thread pool, the tests one that works when they
 * say so. work() runs on another thread, then done() on the loop's thread in a later turn; both
 * run once, whatever happens. What they are given belongs to whoever asked. */
#ifndef IO_POOL_H
#define IO_POOL_H

#include <stddef.h>

#include "base/err.h"

struct pool {
    void (*work)(struct pool *pool, void (*work)(void *arg), void (*done)(void *arg), void *arg);
    size_t threads; /* more at once than this wait for each other */
};
void pool_work(struct pool *pool, void (*work)(void *arg), void (*done)(void *arg), void *arg);

struct loop;
/* The threads of libuv, which files and queries of the store use too. They are made here: libuv
 * ends the process without a word where its first work finds that there can be none. NULL: there
 * can be none, and *e says how many are wanted. */
struct pool *pool_uv_new(struct loop *loop, struct err *e) MUST_USE;
void pool_uv_free(struct pool *pool); /* after its work has ended: loop_free(); NULL is fine */

/* One thread, made for it, whose work has time: where processors are short, the loop and the store
 * go first. */
struct pool *pool_calm_new(struct loop *loop);
/* Lets its work end, and tells; before loop_free(). done() asks for nothing more then. */
void pool_calm_free(struct pool *pool);

#endif
