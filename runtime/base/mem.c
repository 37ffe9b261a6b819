/* mem.c - the only file that calls malloc(): it counts what is allocated, for all threads in one
 * figure.
 *
 * The figure counts what the allocator really set aside (malloc_usable_size()), so no header is
 * kept in front of a block and memory of other libraries can be counted the same way. */
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

#define MEM_TOP_KEPT   (4 * 1024 * 1024) /* free at the heap's top and not given back, in bytes */
#define MEM_TOP_GROWTH (256 * 1024)      /* the heap grows by so much at a time */

#define MEM_SLOTS  64u   /* threads that count for themselves; those after them share the last */
#define MEM_ZEROED 4096u /* up to here malloc() and memset() beat calloc(), which has no cache */
#define MEM_LINE   64    /* bytes of a cache line: no two threads write to the same */

/* Each thread adds to a count of its own, which no other thread writes, so that counting costs no
 * locked instruction. A block freed by another thread than its maker makes one count too small and
 * the other too large by the same: the sum is right. */
static struct {
    _Alignas(MEM_LINE) atomic_llong bytes;
} mem_counts[MEM_SLOTS];
static atomic_uint mem_threads;
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

void *mem_must(size_t size)
{
    void *memory = size > MEM_ZEROED ? calloc(1, size) : malloc(size > 0 ? size : 1);

    if (memory == NULL)
        mem_exhausted(size);
    if (size <= MEM_ZEROED)
        memset(memory, 0, size > 0 ? size : 1);
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

void *mem_try(size_t size)
{
    void *memory;

    if (fault_hit("mem.try"))
        return NULL;
    memory = malloc(size > 0 ? size : 1);
    if (memory != NULL)
        mem_counted(memory);
    return memory;
}

void *mem_try_resize(void *old, size_t size)
{
    if (fault_hit("mem.try"))
        return NULL;
    return mem_resize(old, size);
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

    /* Small freed blocks are merged at once instead of at the next larger allocation: with a
     * run's hundreds of small blocks and a few larger ones that sweep cost a twentieth of its
     * time. What is freed at the top is kept, up to a limit, so that the heap does not
     * breathe with each run. */
    (void)mallopt(M_MXFAST, 0);                    /* refused where another allocator stands in */
    (void)mallopt(M_TRIM_THRESHOLD, MEM_TOP_KEPT); /* refused where another allocator stands in */
    (void)mallopt(M_TOP_PAD, MEM_TOP_GROWTH);      /* refused where another allocator stands in */
    json_set_alloc_funcs(mem_try, mem_free);
    /* Keys of objects come from outside: their hash must not be foreseeable. 0 would let jansson
     * choose. */
    while (seed == 0)
        check(getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed));
    json_object_seed(seed);
}
