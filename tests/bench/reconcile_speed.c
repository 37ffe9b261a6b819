/* reconcile_speed.c - two lists of a million lines each, reconciled by exact keys.
 *
 *     reconcile_speed [LINES [DISTINCT]]     by default 1000000 lines, each with a key of its own
 *
 * Lines are texts as a CSV file has them ("ORD000000042,1234.56,USD,2026-11-21"), made before the
 * clock starts; reading them into keys, exact amounts and days is measured, as is the proof. The
 * right list is in another order; one line in a hundred has another amount, one has no partner. It
 * prints the seconds of each part and the most memory the process had.
 *
 * Built by hand against the release build:
 *     cc -O2 -D_GNU_SOURCE -Iruntime -I. tests/bench/reconcile_speed.c build/libweft_nodes.a
 *         build/libweft_flow.a build/libweft_schema.a build/libweft_base.a -ljansson -lcrypto -lgmp
 *         -lpcre2-8 -ljemalloc -lpthread -o reconcile_speed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "nodes/line.h"
#include "nodes/reconcile.h"

#define LINE_BYTES 64

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Line i of a side: its number goes through all residues, so the sides have other orders. */
static char *lines_make(size_t count, size_t distinct, bool right)
{
    char *lines = mem_must(count * LINE_BYTES);

    for (size_t i = 0; i < count; i++) {
        size_t n = right ? i * 611953 % count : i; /* a prime: each number once */
        unsigned cents = (unsigned)(n * 2654435761u % 1000000);

        if (right && n % 100 == 7)
            cents += 5;
        snprintf(lines + i * LINE_BYTES, LINE_BYTES, "%s%09zu,%u.%02u,USD,2026-%02zu-%02zu",
                 right && n % 100 == 8 ? "BAD" : "ORD", n % distinct, cents / 100, cents % 100,
                 1 + n % 12, 1 + n % 28);
    }
    return lines;
}

static bool line_feed(struct reconcile *r, enum reconcile_side side, const char *text)
{
    const char *amount = strchr(text, ',') + 1, *currency = strchr(amount, ',') + 1;
    const char *date = strchr(currency, ',') + 1;
    struct reconcile_text key = { text, (size_t)(amount - 1 - text) };
    struct reconcile_line line = { .keys = &key, .currency = { currency, 3 } };
    json_t *day = json_string(date);
    struct err e;
    bool fine;

    fine = amount_parse(amount, (size_t)(currency - 1 - amount), &line.amount, &line.scale, &e) ==
               ERR_OK &&
           line_day(day, &line.day, &e) == ERR_OK && reconcile_add(r, side, &line, &e) == ERR_OK;
    json_decref(day);
    if (!fine)
        fprintf(stderr, "%s: %s\n", text, e.text);
    return fine;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000, groups;
    size_t distinct = argc > 2 ? strtoul(argv[2], NULL, 10) : count;
    struct reconcile_pass pass = { .name = "key", .key_count = 1, .days = 3, .differs = true };
    struct reconcile_plan plan = { &pass, 1, 1 };
    char *left = lines_make(count, distinct, false), *right = lines_make(count, distinct, true);
    struct reconcile *r = reconcile_new(&plan);
    const struct reconcile_total *total;
    double began = seconds(), fed, ran, proven;
    struct rusage usage;
    struct err e;

    for (size_t i = 0; i < count; i++)
        if (!line_feed(r, RECONCILE_LEFT, left + i * LINE_BYTES) ||
            !line_feed(r, RECONCILE_RIGHT, right + i * LINE_BYTES))
            return 1;
    fed = seconds();
    if (reconcile_run(r, NULL, &e) != ERR_OK)
        return fprintf(stderr, "%s\n", e.text), 1;
    ran = seconds();
    if (reconcile_prove(r, &e) != ERR_OK)
        return fprintf(stderr, "%s\n", e.text), 1;
    proven = seconds();
    reconcile_groups(r, &groups);
    total = reconcile_totals(r, &groups);
    printf("%zu x %zu lines: fed %.2f s, reconciled %.2f s, proven %.2f s, in all %.2f s\n", count,
           count, fed - began, ran - fed, proven - ran, proven - began);
    printf("left: %llu matched, %llu differing, %llu unmatched\n",
           (unsigned long long)total->out[0][RECONCILE_MATCHED].count,
           (unsigned long long)total->out[0][RECONCILE_DIFFERING].count,
           (unsigned long long)total->out[0][RECONCILE_UNMATCHED].count);
    getrusage(RUSAGE_SELF, &usage);
    printf("at most %ld MiB, of them %zu MiB the texts of the lists\n", usage.ru_maxrss / 1024,
           2 * count * LINE_BYTES >> 20);
    reconcile_free(r);
    mem_free(left);
    mem_free(right);
    return 0;
}
