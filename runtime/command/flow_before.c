/* flow_before.c - the runs that come before a test of a flow. */
#include "command/flow_before.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define BEFORE_MOST 1000 /* runs */

/* The pause between the runs of a row of "before"; -1: it is none. */
int64_t flow_before_every(const json_t *row)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
    const char *text = json_get_text(row, "every");
    char *end = NULL;
    long value;

    if (json_object_get(row, "every") == NULL)
        return 60000;
    value = text != NULL && *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
    for (size_t i = 0; value > 0 && value <= 100000 && i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0)
            return value * units[i].ms;
    return -1;
}

int64_t flow_before_times(const json_t *row)
{
    const json_t *times = json_object_get(row, "times");

    return times == NULL ? 1 : json_is_integer(times) ? json_integer_value(times) : 0;
}

bool flow_before_ok(const json_t *before, struct buf *why)
{
    int64_t runs = 0;
    json_t *row;
    size_t i;

    if (before != NULL && !json_is_array(before)) {
        buf_add_text(why, "\"before\" is a list of {\"input\": ...}");
        return false;
    }
    json_array_foreach(before, i, row)
    {
        if (!json_is_object(row) || flow_before_every(row) < 0 || flow_before_times(row) < 1 ||
            flow_before_times(row) > BEFORE_MOST) {
            buf_add_text(why, "of \"before\" each is {\"input\": ..., \"times\": 20, \"every\": "
                              "\"1d\"}");
            return false;
        }
        runs += flow_before_times(row);
    }
    if (runs <= BEFORE_MOST)
        return true;
    buf_addf(why, "\"before\" has %lld runs, at most %d", (long long)runs, BEFORE_MOST);
    return false;
}

int64_t flow_before_span(const json_t *before)
{
    int64_t span = 0;
    json_t *row;
    size_t i;

    json_array_foreach(before, i, row)
    {
        span += flow_before_times(row) * flow_before_every(row);
    }
    return span;
}
