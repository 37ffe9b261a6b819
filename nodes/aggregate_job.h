/* aggregate_job.h - lines put into groups, and what is calculated of each, on whatever thread.
 *
 * A setup is what the settings say, const once made and shared by the jobs of all runs; counted on
 * the loop's thread. */
#ifndef NODES_AGGREGATE_JOB_H
#define NODES_AGGREGATE_JOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/decimal.h"
#include "base/err.h"
#include "nodes/line.h"
#include "nodes/list_job.h"

#define AGGREGATE_DOS(X)              \
    X(SUM, "sum")                     \
    X(RUNNING, "running")             \
    X(COUNT, "count")                 \
    X(COUNT_DISTINCT, "count_distinct") \
    X(MIN, "min")                     \
    X(MAX, "max")                     \
    X(AVERAGE, "average")             \
    X(FIRST, "first")                 \
    X(LAST, "last")                   \
    X(LIST, "list")                   \
    X(DISTINCT, "distinct")
enum aggregate_do {
#define X(code, name) AGGREGATE_##code,
    AGGREGATE_DOS(X)
#undef X
};
#define AGGREGATE_TESTS(X)      \
    X(EQUAL, "equal")           \
    X(NOT_EQUAL, "not_equal")   \
    X(LESS, "less")             \
    X(AT_MOST, "at_most")       \
    X(MORE, "more")             \
    X(AT_LEAST, "at_least")
enum aggregate_test {
#define X(code, name) AGGREGATE_##code,
    AGGREGATE_TESTS(X)
#undef X
};

struct aggregate_key {
    char *to;
    struct line_path from;
    enum line_key how;
};
struct aggregate_field {
    char *to;
    enum aggregate_do what;
    struct line_path from; /* text NULL: the lines themselves (count, list) */
    bool skip;             /* nothing there is passed over, not refused */
    int scale;
    enum decimal_rounding rounding;
};
struct aggregate_having {
    char *field;
    enum aggregate_test test;
    json_t *than;          /* a number or a text */
};
struct aggregate_order {
    char *field;
    bool descending;
};
struct aggregate_setup {
    unsigned refs;
    struct aggregate_key *keys;
    size_t key_count;
    struct aggregate_field *fields;
    size_t field_count;
    struct aggregate_having *having;
    size_t having_count;
    struct aggregate_order *order;
    size_t order_count;
};
struct aggregate_setup *aggregate_setup_new(void); /* one reference */
struct aggregate_setup *aggregate_setup_ref(struct aggregate_setup *setup);
void aggregate_setup_unref(struct aggregate_setup *setup); /* NULL is fine */

/* Of struct aggregate_setup. ERR_INVALID names the line. */
extern const struct list_job_kind aggregate_job;

#endif
