/* mem.c - the only file that calls malloc(): it counts what is allocated, for all threads in one
 * figure.
 *
 * The figure counts what the allocator really set aside (malloc_usable_size()), so no header is
 * kept in front of a block and memory of other libraries can be counted the same way.
 *
 * malloc() is jemalloc's where no sanitizer brings its own: a run's hundreds of small blocks and
 * libcurl's large ones for each effect cost it half of what they cost the C library. */
#include "base/mem.h"

#include <jansson.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault.h"

#define MEM_SLOTS 64u /* threads that count for themselves; those after them share the last */
#define MEM_LINE  64  /* bytes of a cache line: no two threads write to the same */

/* Each thread adds to a count of its own, which no other thread writes, so that counting costs no
 * locked instruction. A block freed by another thread than its maker makes one count too small and
 * the other too large by the same: the sum is right. */
static struct {
    _Alignas(MEM_LINE) atomic_llong bytes;
} mem_counts[MEM_SLOTS];
static atomic_uint mem_threads;
static atomic_ulong mem_refusal_count;
static _Thread_local unsigned mem_slot; /* + 1; 0: none yet */

static void mem_add(long long size)
{
    atomic_llong *bytes;

    if (mem_slot == 0) {
        unsigned slot = atomic_fetch_add_explicit(&mem_threads, 1, memory_order_relaxed);

        mem_slot = (slot < MEM_SLOTS - 1 ? slot : MEM_SLOTS - 1) + 1;
    }
    bytes = &mem_counts[mem_slot - 1].bytes;
    if (mem_slot == MEM_SLOTS)
        atomic_fetch_add_explicit(bytes, size, memory_order_relaxed);
    else
        atomic_store_explicit(bytes, atomic_load_explicit(bytes, memory_order_relaxed) + size,
                              memory_order_relaxed);
}

static void mem_counted(void *memory)
{
    mem_add((long long)malloc_usable_size(memory));
}

static void mem_uncounted(size_t size)
{
    mem_add(-(long long)size);
}

static void mem_exhausted(size_t size) __attribute__((noreturn, cold));
static void mem_exhausted(size_t size)
{
    char text[128];
    int length = snprintf(text, sizeof(text), "weft: out of memory: %zu bytes more, %zu in use\n",
                          size, mem_used());

    if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
        _exit(70);
    _exit(70);
}

/* Read by jemalloc before main(): few arenas, since few threads allocate much; and pages that stay
 * unused for a second are given back. Another allocator does not look at it. */
extern const char *malloc_conf;
const char *malloc_conf = "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0";

void *mem_must(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);

    if (memory == NULL)
        mem_exhausted(size);
    mem_counted(memory);
    return memory;
}

/* realloc() that keeps count; NULL leaves the old block as it was. */
static void *mem_resize(void *old, size_t size)
{
    size_t before = old != NULL ? malloc_usable_size(old) : 0;
    void *memory = realloc(old, size > 0 ? size : 1);

    if (memory == NULL)
        return NULL;
    mem_uncounted(before);
    mem_counted(memory);
    return memory;
}

void *mem_must_resize(void *old, size_t size)
{
    void *memory = mem_resize(old, size);

    if (memory == NULL)
        mem_exhausted(size);
    return memory;
}

char *mem_must_copy(const char *text)
{
    return text != NULL ? mem_must_copy_n(text, strlen(text)) : NULL;
}

char *mem_must_copy_n(const void *bytes, size_t size)
{
    char *copy;

    check(bytes != NULL || size == 0);
    check(size < SIZE_MAX);
    copy = mem_must(size + 1);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

static void *mem_refused(void)
{
    atomic_fetch_add_explicit(&mem_refusal_count, 1, memory_order_relaxed);
    return NULL;
}

void *mem_try(size_t size)
{
    void *memory = fault_hit("mem.try") ? NULL : malloc(size > 0 ? size : 1);

    if (memory == NULL)
        return mem_refused();
    mem_counted(memory);
    return memory;
}

void *mem_try_resize(void *old, size_t size)
{
    void *memory = fault_hit("mem.try") ? NULL : mem_resize(old, size);

    return memory != NULL ? memory : mem_refused();
}

unsigned long mem_refusals(void)
{
    return atomic_load_explicit(&mem_refusal_count, memory_order_relaxed);
}

void mem_free(void *memory)
{
    if (memory == NULL)
        return;
    mem_uncounted(malloc_usable_size(memory));
    free(memory);
}

size_t mem_used(void)
{
    long long sum = 0;

    for (unsigned i = 0; i < MEM_SLOTS; i++)
        sum += atomic_load_explicit(&mem_counts[i].bytes, memory_order_relaxed);
    return sum > 0 ? (size_t)sum : 0;
}

void mem_install(void)
{
    size_t seed = 0;

    json_set_alloc_funcs(mem_try, mem_free);
    /* Keys of objects come from outside: their hash must not be foreseeable. 0 would let jansson
     * choose. */
    while (seed == 0)
        check(getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed));
    json_object_seed(seed);
}
