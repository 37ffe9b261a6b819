/* look_pages.c - how many pages of the store a list of runs reads, on one that api_fill.c has made.
 *
 *   look_pages FILE [LOOKS]
 *
 * A look begins with nothing in memory: its connection is new, and the kernel is asked to forget
 * the file. Prints, of each kind, medians of so many looks (21): rows found, pages read, the
 * processor's ms and the clock's. The clock's say what this disk does; pages say it of any.
 * Built by tests/bench/filler.sh look_pages. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/look.h"
#include "store/store_sqlite.h"

#define LOOKS 101u
#define PAGE  4096

struct tally {
    int rows[LOOKS], pages[LOOKS];
    double cpu[LOOKS], clock[LOOKS];
};

static void die(const char *text)
{
    fprintf(stderr, "look_pages: %s\n", text);
    exit(1);
}

/* Of all files, by what the process has read. */
static long long pages_read(void)
{
    long long bytes = -1;
    FILE *file = fopen("/proc/self/io", "r");

    check(file != NULL);
    check(fscanf(file, "rchar: %lld", &bytes) == 1);
    fclose(file);
    return bytes / PAGE;
}

static double seconds(clockid_t which)
{
    struct timespec at;

    clock_gettime(which, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static enum store_look_word count(void *arg, const struct store_run *run)
{
    (void)run;
    ++*(int *)arg;
    return LOOK_TAKE;
}

static void forget(const char *file)
{
    int fd = open(file, O_RDONLY);

    check(fd >= 0);
    check(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
    close(fd);
}

static void look_once(const char *file, const struct store_look *look, struct tally *tally,
                      unsigned at)
{
    struct store_look_end end;
    struct store *store;
    struct log log;
    struct err e;
    double cpu, began;
    long long pages;

    log_init(&log, clock_real());
    store = store_sqlite_open_readonly(file, &log, &e);
    if (store == NULL)
        die(e.text);
    forget(file);
    pages = pages_read();
    cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    began = seconds(CLOCK_MONOTONIC);
    tally->rows[at] = 0;
    if (store_look(store, look, count, &tally->rows[at], &end, &e) != ERR_OK)
        die(e.text);
    tally->clock[at] = (seconds(CLOCK_MONOTONIC) - began) * 1000;
    tally->cpu[at] = (seconds(CLOCK_THREAD_CPUTIME_ID) - cpu) * 1000;
    tally->pages[at] = (int)(pages_read() - pages);
    store_close(store);
}

static int less_int(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int less_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void show(const char *name, struct tally *tally, unsigned looks)
{
    qsort(tally->rows, looks, sizeof *tally->rows, less_int);
    qsort(tally->pages, looks, sizeof *tally->pages, less_int);
    qsort(tally->cpu, looks, sizeof *tally->cpu, less_double);
    qsort(tally->clock, looks, sizeof *tally->clock, less_double);
    printf("%-36s%6d%8d%9.2f%9.1f\n", name, tally->rows[looks / 2], tally->pages[looks / 2],
           tally->cpu[looks / 2], tally->clock[looks / 2]);
}

/* The keys and flows that people.py asks for, others at each turn. */
static void kind(const char *file, unsigned number, unsigned looks)
{
    static const char *const names[] = {
        "by order key",         "by order key, failed",
        "by business key",      "failed ones of a flow",
        "failed ones",          "waiting ones of a flow",
        "the newest of a flow", "counted: all that did not succeed",
    };
    static const unsigned bad = STORE_LOOK_STATUS(RUN_FAILED) | STORE_LOOK_STATUS(RUN_WAITING) |
                                STORE_LOOK_STATUS(RUN_IN_DOUBT);
    static struct tally tally;
    const bool key = number < 3, flow = number == 3 || number == 5 || number == 6;

    for (unsigned i = 0; i < looks; i++) {
        char text[32], name[32];
        struct store_look look = { .workspace = "main", .limit = number == 7 ? 0 : 50 };

        snprintf(text, sizeof text, number == 2 ? "SO-%07u" : "C-%u",
                 number == 2 ? i * 7919 % 1000000 : i * 7919 % 5000 * 4);
        snprintf(name, sizeof name, "flow-%02u",
                 number == 3   ? 16 + i % 3
                 : number == 5 ? 19
                               : i % 20);
        look.key = key ? text : NULL;
        look.flow = flow ? name : NULL;
        if (number == 1 || number == 3 || number == 4)
            look.statuses = STORE_LOOK_STATUS(RUN_FAILED);
        if (number == 5)
            look.statuses = STORE_LOOK_STATUS(RUN_WAITING);
        if (number == 7)
            look.statuses = bad, look.bare = true;
        look_once(file, &look, &tally, i);
    }
    show(names[number], &tally, looks);
}

int main(int argc, char **argv)
{
    unsigned looks = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 21;

    if (argc < 2 || looks == 0 || looks > LOOKS) {
        fprintf(stderr, "usage: look_pages FILE [LOOKS]\n");
        return 2;
    }
    printf("%-36s%6s%8s%9s%9s\n", "", "rows", "pages", "cpu ms", "ms");
    for (unsigned number = 0; number < 8; number++)
        kind(argv[1], number, looks);
    return 0;
}
