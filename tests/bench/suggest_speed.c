/* suggest_speed.c - how long suggestions for two large schemas take.
 *
 *     suggest_speed [FIELDS]      both sides have so many fields (2,000), of two to four words that
 *                                 names in ledgers are made of, three samples each
 *
 * Built by hand against the release build:
 *     cc -O2 -Iruntime -I. tests/bench/suggest_speed.c build/libweft_api.a build/libweft_base.a
 *         -ljansson -lcrypto -lgmp -ljemalloc -lm -o suggest_speed */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/mem.h"
#include "designer-api/suggest.h"

static const char *const words[] = {
    "Cust",  "Acct", "Inv",   "Ord",  "Doc",  "Tran", "Batch", "Pmt",  "Ship", "Bill",
    "Tax",   "Disc", "Line",  "Item", "Qty",  "Unit", "Price", "Amt",  "Date", "Due",
    "Cury",  "Rate", "Ref",   "Nbr",  "ID",   "Code", "Type",  "Stat", "Desc", "Name",
    "Addr",  "City", "State", "Zip",  "Attn", "Mail", "Phone", "Per",  "Post", "User",
    "Class", "Site", "Lot",   "Bin",  "Wgt",  "Vol",  "Proj",  "Task", "Sub",  "Cpny",
};
#define WORDS (sizeof words / sizeof *words)

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct suggest_field *fields_new(size_t count, unsigned seed)
{
    struct suggest_field *fields = mem_must(count * sizeof *fields);

    for (size_t i = 0; i < count; i++) {
        char *path = mem_must(80);
        const char **values = mem_must(3 * sizeof *values);

        snprintf(path, 80, "T%u.%s%s%s%u", seed % 7, words[(i * 7 + seed) % WORDS],
                 words[(i / 11 + seed) % WORDS], words[(i * 13 + i / 50) % WORDS],
                 (unsigned)(i / 200));
        for (unsigned k = 0; k < 3; k++) {
            char *value = mem_must(24);

            snprintf(value, 24, "%c-%zu", (char)('A' + i % 26), i * 3 + k + seed);
            values[k] = value;
        }
        fields[i] = (struct suggest_field){ path, SUGGEST_TEXT, 0, NULL, values, 3 };
    }
    return fields;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    struct suggest_field *sources, *targets;
    struct suggestions got;
    struct rusage use;
    struct err e;
    double begin;

    mem_install();
    sources = fields_new(count, 1);
    targets = fields_new(count, 5);
    begin = seconds();
    if (suggest_fields(sources, count, targets, count, NULL, 0, &got, &e) != ERR_OK)
        return 1;
    getrusage(RUSAGE_SELF, &use);
    printf("%zu x %zu fields: %.3f s of CPU, %zu candidates, %ld KiB\n", count, count,
           seconds() - begin, got.count, use.ru_maxrss);
    suggestions_fini(&got);
    return 0;
}
