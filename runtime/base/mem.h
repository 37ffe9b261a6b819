/* mem.h - the two allocators.
 *
 * mem_must*() is for small things of our own: failure ends the process with status 70, and
 * recovery resumes the runs. mem_try*() is for every size that came from outside: it returns
 * NULL, and the caller refuses the thing with ERR_MEMORY. Both count into one figure.
 * mem_install() gives jansson mem_try(), so a json_*() constructor may return NULL; the other
 * libraries are given the same functions by the layer that owns them. Memory from here is
 * released with mem_free() only (jansson's by json_decref()). */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/err.h"

void *mem_must(size_t size) MUST_USE;                       /* zeroed */
void *mem_must_resize(void *old, size_t size) MUST_USE;     /* new bytes are not zeroed */
char *mem_must_copy(const char *text) MUST_USE;             /* NULL stays NULL */
char *mem_must_copy_n(const void *bytes, size_t size) MUST_USE; /* adds a NUL */
void *mem_try(size_t size) MUST_USE;                        /* not zeroed; NULL when it fails */
void *mem_try_resize(void *old, size_t size) MUST_USE;
void mem_free(void *memory);                                /* NULL is fine */

/* How often mem_try*() has failed so far: whoever must not go on with a part compares. */
unsigned long mem_refusals(void);
size_t mem_used(void);    /* bytes allocated now, all threads */
void mem_install(void);   /* once, before any json_t is made */

#endif
