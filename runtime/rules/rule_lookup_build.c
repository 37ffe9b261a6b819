/* rule_lookup_build.c - a lookup table from JSON to its index.
 *
 * A fault names the rows it is about, counted from 1. Two rows with the same key are a fault, and
 * so are two whose ranges and days overlap: which of them counted would be chance. */
#include "rules/rule_lookup_build_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/rule_text_priv.h"
#include "rules/text_icu_priv.h"

/* The number of a row that is in the index. */
static size_t row_number(const struct lookup *lookup, const json_t *row)
{
    const json_t *rows = json_object_get(lookup->table, "rows");
    size_t i = 0;

    while (i < json_array_size(rows) && json_array_get(rows, i) != row)
        i++;
    return i + 1;
}

static void key_remember(struct lookup *lookup, const char *key, const struct buf *written)
{
    if (strcmp(key, buf_text(written)) != 0)
        dict_put(lookup->shown, key, mem_must_copy(buf_text(written)));
}

static void build_put(struct lookup_build *build, const struct buf *key, const struct buf *written,
                      size_t row, json_t *value)
{
    struct lookup *lookup = build->lookup;
    const json_t *before = dict_find(lookup->rows, buf_text(key));
    struct buf shown;
    char name[96];

    if (before == NULL) {
        dict_put(lookup->rows, buf_text(key), value);
        key_remember(lookup, buf_text(key), written);
        return;
    }
    buf_init(&shown, 2 * LOOKUP_KEY);
    lookup__key_show(buf_text(written), written->len, &shown);
    rule_text_tidy(name, sizeof(name), buf_text(&shown), shown.len);
    buf_fini(&shown);
    if (lookup->is_short)
        table_fault(&build->faults, "row %zu has the key of an earlier row: \"%s\"", row, name);
    else
        table_fault(&build->faults, "row %zu has the key of row %zu: \"%s\"", row,
                    row_number(lookup, before), name);
}

static bool span_read_range(struct lookup_build *build, const json_t *cells, struct span *span)
{
    const struct lookup_key *range = build->lookup->range;

    if (!lookup__cell_number(json_array_get(cells, range->from), &span->from, &span->open_from) ||
        !lookup__cell_number(json_array_get(cells, range->to), &span->to, &span->open_to)) {
        table_fault(&build->faults,
                    "row %zu: a bound of %.64s is no number; null or nothing is no bound",
                    span->number, range->name);
        return false;
    }
    if (!span->open_from && !span->open_to && decimal_compare(&span->from, &span->to) >= 0) {
        table_fault(&build->faults,
                    "row %zu: the range of %.64s is empty; it holds what is at least the first "
                    "bound and less than the second",
                    span->number, range->name);
        return false;
    }
    return true;
}

static bool span_read_days(struct lookup_build *build, const json_t *cells, struct span *span)
{
    const struct lookup *lookup = build->lookup;
    bool open_from, open_to;

    if (!lookup__cell_day(json_array_get(cells, lookup->valid_from), &span->day_from, &open_from) ||
        !lookup__cell_day(json_array_get(cells, lookup->valid_to), &span->day_to, &open_to)) {
        table_fault(&build->faults,
                    "row %zu: a day of validity is no day like \"2026-11-21\"; null or nothing "
                    "is no bound",
                    span->number);
        return false;
    }
    if (!open_from && !open_to && span->day_to < span->day_from) {
        table_fault(&build->faults, "row %zu: its last day is before its first", span->number);
        return false;
    }
    span->day_from = open_from ? INT64_MIN : span->day_from;
    span->day_to = open_to ? INT64_MAX : span->day_to + 1;
    return true;
}

/* Where days alone tell rows apart, they are the numbers of the spans. */
static void span_turn(struct span *span)
{
    span->open_from = span->day_from == INT64_MIN;
    span->open_to = span->day_to == INT64_MAX;
    decimal_from_int(&span->from, span->open_from ? 0 : span->day_from);
    decimal_from_int(&span->to, span->open_to ? 0 : span->day_to);
    span->day_from = INT64_MIN;
    span->day_to = INT64_MAX;
}

static void build_span(struct lookup_build *build, const struct buf *key, const struct buf *written,
                       size_t row, json_t *cells)
{
    struct lookup *lookup = build->lookup;
    struct spans *spans;
    struct span span = { .row = cells,
                         .number = row,
                         .open_from = true,
                         .open_to = true,
                         .day_from = INT64_MIN,
                         .day_to = INT64_MAX };

    if ((lookup->range != NULL && !span_read_range(build, cells, &span)) ||
        (lookup->dated && !span_read_days(build, cells, &span)))
        return;
    if (lookup->range == NULL)
        span_turn(&span);
    spans = dict_find(lookup->rows, buf_text(key));
    if (spans == NULL) {
        spans = spans_new();
        dict_put(lookup->rows, buf_text(key), spans);
        key_remember(lookup, buf_text(key), written);
    }
    spans_add(spans, &span);
}

static void build_row(struct lookup_build *build, size_t row, json_t *cells)
{
    static const struct lookup as_written;
    struct lookup *lookup = build->lookup;
    struct buf key, written;

    if (!json_is_array(cells) || json_array_size(cells) != lookup->column_count) {
        table_fault(&build->faults, "row %zu is not a list of %u values, one for each column", row,
                    lookup->column_count);
        return;
    }
    buf_init(&key, LOOKUP_KEY);
    buf_init(&written, LOOKUP_KEY);
    for (unsigned i = 0; i < lookup->key_count; i++) {
        char room[32];
        size_t size;
        const char *text;

        if (lookup->keys[i].range)
            continue;
        text = lookup__cell_text(json_array_get(cells, lookup->keys[i].column), room, &size);
        if (text == NULL || memchr(text, '\0', size) != NULL) {
            table_fault(&build->faults,
                        "row %zu has no text, number or boolean in its key column %zu", row,
                        lookup->keys[i].column + 1);
            goto out;
        }
        lookup__key_add(lookup, &key, text, size);
        lookup__key_add(&as_written, &written, text, size);
    }
    if (!buf_ok(&key) || !buf_ok(&written))
        table_fault(&build->faults, "the key of row %zu is longer than %u bytes", row, LOOKUP_KEY);
    else if (lookup__has_spans(lookup))
        build_span(build, &key, &written, row, cells);
    else
        build_put(build, &key, &written, row, cells);
out:
    buf_fini(&key);
    buf_fini(&written);
}

static void build_overlap(void *arg, size_t a, size_t b)
{
    struct lookup_build *build = arg;
    const struct lookup *lookup = build->lookup;

    table_fault(&build->faults, "rows %zu and %zu overlap: both hold for the same key%s%s", a, b,
                lookup->range != NULL ? ", number" : "", lookup->dated ? ", day" : "");
}

static void build_seal(struct lookup_build *build)
{
    size_t cursor = 0, work = SPAN_WORK;
    struct spans *spans;
    const char *key;
    bool told = false;

    while ((spans = dict_next(build->lookup->rows, &cursor, &key)) != NULL)
        if (!spans_seal(spans, &work, build_overlap, build) && !told) {
            table_fault(&build->faults,
                        "too many rows hold for the same numbers on different days");
            told = true;
        }
}

static void build_short(struct lookup_build *build, json_t *rows)
{
    static const struct lookup as_written;
    struct lookup *lookup = build->lookup;
    const char *name;
    json_t *value;
    size_t row = 0;

    lookup->is_short = true;
    lookup->key_count = 1;
    lookup->keys[0].name = "key";
    lookup->count = json_object_size(rows);
    if (json_object_get(lookup->table, "valid") != NULL)
        table_fault(&build->faults, "\"valid\" needs rows with columns");
    json_object_foreach(rows, name, value)
    {
        struct buf key, written;

        row++;
        buf_init(&key, LOOKUP_KEY);
        buf_init(&written, LOOKUP_KEY);
        lookup__key_add(lookup, &key, name, strlen(name));
        lookup__key_add(&as_written, &written, name, strlen(name));
        if (buf_ok(&key) && buf_ok(&written))
            build_put(build, &key, &written, row, value);
        else
            table_fault(&build->faults, "the key of row %zu is longer than %u bytes", row,
                        LOOKUP_KEY);
        buf_fini(&key);
        buf_fini(&written);
    }
}

static void build_long(struct lookup_build *build, json_t *rows)
{
    size_t i;
    json_t *row;

    build->lookup->count = json_array_size(rows);
    if (!lookup__head(build, build->lookup->table))
        return;
    json_array_foreach(rows, i, row)
    {
        build_row(build, i + 1, row);
        if (build->faults.count >= LIMIT_FAULTS)
            return;
    }
    if (lookup__has_spans(build->lookup))
        build_seal(build);
}

static void build_missing(struct lookup_build *build, const json_t *missing)
{
    struct lookup *lookup = build->lookup;
    const char *name = json_text(missing);

    if (missing == NULL)
        return;
    if (name != NULL && strcmp(name, "null") == 0) {
        lookup->missing = LOOKUP_NULL;
    } else if (name != NULL && strcmp(name, "review") == 0) {
        lookup->missing = LOOKUP_REVIEW;
    } else if (json_is_object(missing) && json_object_size(missing) == 1 &&
               json_object_get(missing, "default") != NULL) {
        lookup->missing = LOOKUP_DEFAULT;
        lookup->fallback = json_object_get(missing, "default");
    } else if (name == NULL || strcmp(name, "error") != 0) {
        table_fault(&build->faults,
                    "\"missing\" is not \"error\", \"null\", \"review\" or {\"default\": VALUE}");
    }
}

static void build_ignore(struct lookup_build *build, const json_t *ignore)
{
    size_t i;
    json_t *what;
    bool fine = ignore == NULL || json_is_array(ignore);

    json_array_foreach(ignore, i, what)
    {
        const char *name = json_is_text(what) ? json_text(what) : "";

        if (strcmp(name, "case") == 0)
            build->lookup->ignore_case = true;
        else if (strcmp(name, "space") == 0)
            build->lookup->ignore_space = true;
        else
            fine = false;
    }
    if (!fine)
        table_fault(&build->faults, "\"ignore\" is not a list of \"case\" and \"space\"");
}

static void build_members(struct lookup_build *build)
{
    static const char *const known[] = { "columns", "keys",  "rows",   "missing", "title",
                                         "help",    "valid", "ignore", "types" };
    const char *key;
    json_t *value;

    json_object_foreach(build->lookup->table, key, value)
    {
        bool found = false;

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            found = found || strcmp(known[i], key) == 0;
        if (!found)
            table_fault(&build->faults, "\"%.64s\" means nothing in a lookup table", key);
    }
}

void lookup__build(struct lookup_build *build, json_t *table, struct texts *texts)
{
    json_t *rows = json_object_get(table, "rows");
    struct lookup *lookup = build->lookup;

    lookup->magic = LOOKUP_MAGIC;
    lookup->table = json_incref(table);
    lookup->texts = texts;
    lookup->rows = dict_new();
    lookup->shown = dict_new();
    if (!json_is_object(table)) {
        table_fault(&build->faults, "it is not an object");
        return;
    }
    build_members(build);
    build_missing(build, json_object_get(table, "missing"));
    build_ignore(build, json_object_get(table, "ignore"));
    if (lookup->ignore_case)
        texts_share(texts);
    if (json_array_size(rows) > LIMIT_LOOKUP_ROWS || json_object_size(rows) > LIMIT_LOOKUP_ROWS)
        table_fault(&build->faults, "it has more than %u rows", LIMIT_LOOKUP_ROWS);
    else if (json_is_object(rows))
        build_short(build, rows);
    else if (json_is_array(rows))
        build_long(build, rows);
    else
        table_fault(&build->faults,
                    "\"rows\" is neither a list of rows nor an object of keys and values");
}
