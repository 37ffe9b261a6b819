/* csv.c - see csv.h. Reading.
 *
 * libcsv knows no places, so it is given one line at a time: the number of the line is known then,
 * and the column of a field is found by reading the line again, which is done for messages only.
 *
 * (1) libcsv sees whole lines, each with its line break, but for the last.  [csv_feed, csv_end]
 * (2) A row is open after a line only when a quoted field goes on.          [line_feed]
 * (3) After an error nothing is told any more.                              [on_field, on_row] */
#include "format/csv.h"

#include <csv.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

#define CSV_MAGIC 0xC5F11E5Au

struct place {
    uint64_t line, column;
};
struct csv {
    unsigned magic;
    struct csv_dialect dialect;
    csv_row_fn *on_row;
    void *arg;
    struct csv_parser parser;
    struct buf carry;         /* a line that is not whole yet */
    struct buf text;          /* of the fields of the row in work */
    struct csv_field *fields; /* their `at` is set when the row is whole */
    size_t count, room;
    uint64_t rows, line; /* line: of the one in work */
    uint64_t row_line;   /* where the row in work begins */
    const char *line_at; /* the line in work */
    size_t line_size;
    bool line_quoted;     /* it began within a quoted field */
    size_t line_first;    /* with the so many-th field */
    struct place *places; /* of fields that began in earlier lines of the row */
    size_t place_count, place_room;
    bool over; /* failed, or ended */
    enum err_code rc;
    struct err *e; /* of the call under way */
};

/* libcsv asks in doubt; with these it takes blanks for what they are. */
static int no_blank(unsigned char c)
{
    (void)c;
    return 0;
}

/* libcsv's memory; a field's size is checked after each line, a line's before. */
static void *parser_resize(void *old, size_t size)
{
    return mem_try_resize(old, size);
}

struct csv *csv_open(const struct csv_dialect *dialect, csv_row_fn *on_row, void *arg,
                     struct err *e)
{
    struct csv *csv = mem_try(sizeof *csv);
    unsigned char options = CSV_STRICT_FINI | CSV_EMPTY_IS_NULL;

    check(dialect->delimiter != dialect->quote);
    check(on_row != NULL);
    if (csv == NULL) {
        err_set(e, ERR_MEMORY, "no memory for the rows");
        return NULL;
    }
    memset(csv, 0, sizeof *csv);
    csv->magic = CSV_MAGIC;
    csv->dialect = *dialect;
    csv->line = dialect->lines_before;
    if (csv->dialect.columns_max == 0)
        csv->dialect.columns_max = CSV_COLUMNS_MAX;
    if (csv->dialect.field_max == 0)
        csv->dialect.field_max = CSV_FIELD_MAX;
    csv->on_row = on_row;
    csv->arg = arg;
    buf_init(&csv->carry, CSV_ROW_MAX);
    buf_init(&csv->text, CSV_ROW_MAX);
    check(csv_init(&csv->parser, options) == 0);
    if (dialect->strict)
        csv_set_opts(&csv->parser, options | CSV_STRICT);
    csv_set_delim(&csv->parser, (unsigned char)dialect->delimiter);
    csv_set_quote(&csv->parser, (unsigned char)dialect->quote);
    csv_set_realloc_func(&csv->parser, parser_resize);
    csv_set_free_func(&csv->parser, mem_free);
    csv_set_blk_size(&csv->parser, 4096);
    if (!dialect->trim)
        csv_set_space_func(&csv->parser, no_blank);
    return csv;
}

void csv_close(struct csv *csv)
{
    if (csv == NULL)
        return;
    check(csv->magic == CSV_MAGIC);
    csv->magic = 0;
    csv_free(&csv->parser);
    buf_fini(&csv->carry);
    buf_fini(&csv->text);
    mem_free(csv->fields);
    mem_free(csv->places);
    mem_free(csv);
}

/* ---- Places */

/* Where a quoted field's line goes on: behind its closing quote, or at the end. */
static size_t quoted_pass(const struct csv *csv, size_t at)
{
    const char *text = csv->line_at;

    while (at < csv->line_size) {
        size_t next;

        if (text[at++] != csv->dialect.quote)
            continue;
        if (at < csv->line_size && text[at] == csv->dialect.quote) {
            at++;
            continue;
        }
        next = at;
        while (csv->dialect.trim && next < csv->line_size &&
               (text[next] == ' ' || text[next] == '\t') && text[next] != csv->dialect.delimiter)
            next++;
        if (next == csv->line_size || text[next] == csv->dialect.delimiter || text[next] == '\r' ||
            text[next] == '\n')
            return next;
    }
    return csv->line_size;
}

/* Tells where the field begins in the line in work; false: it does not begin there. `wanted` may be
 * SIZE_MAX: each is told. */
static bool line_places(const struct csv *csv, size_t wanted, uint64_t *column, struct csv *keep);

static void place_keep(struct csv *csv, size_t column)
{
    if (csv->place_count == csv->place_room) {
        csv->place_room = csv->place_room == 0 ? 16 : 2 * csv->place_room;
        csv->places = mem_must_resize(csv->places, csv->place_room * sizeof *csv->places);
    }
    csv->places[csv->place_count++] = (struct place){ csv->line, column };
}

static bool line_places(const struct csv *csv, size_t wanted, uint64_t *column, struct csv *keep)
{
    const char *text = csv->line_at;
    size_t field = csv->line_first;
    bool inside = csv->line_quoted;
    size_t at = 0;

    for (;;) {
        size_t blank = at;

        if (!inside && keep != NULL)
            place_keep(keep, at + 1);
        if (!inside && field == wanted) {
            *column = at + 1;
            return true;
        }
        while (csv->dialect.trim && blank < csv->line_size &&
               (text[blank] == ' ' || text[blank] == '\t') && text[blank] != csv->dialect.delimiter)
            blank++;
        if (inside)
            at = quoted_pass(csv, at);
        else if (blank < csv->line_size && text[blank] == csv->dialect.quote)
            at = quoted_pass(csv, blank + 1);
        while (at < csv->line_size && text[at] != csv->dialect.delimiter)
            at++;
        if (at == csv->line_size)
            return false;
        inside = false;
        field++;
        at++;
    }
}

static struct place field_place(const struct csv *csv, size_t field)
{
    struct place place = { csv->line, 1 };

    if (field < csv->place_count)
        return csv->places[field];
    line_places(csv, field, &place.column, NULL);
    return place;
}

enum err_code csv_fail_at(const struct csv *csv, size_t field, const char *name, struct err *e)
{
    struct place place = field_place(csv, field);

    check(csv->magic == CSV_MAGIC);
    return err_prefix(e, "line %llu, column %llu, field %zu%s%.80s%s",
                      (unsigned long long)place.line, (unsigned long long)place.column, field + 1,
                      name != NULL ? " (" : "", name != NULL ? name : "", name != NULL ? ")" : "");
}

/* ---- What libcsv tells */

static void csv_stop(struct csv *csv, enum err_code rc)
{
    check(rc != ERR_OK);
    csv->rc = rc;
    csv->over = true;
}

static bool fields_grow(struct csv *csv)
{
    size_t room = csv->room == 0 ? 32 : 2 * csv->room;
    struct csv_field *fields = mem_try_resize(csv->fields, room * sizeof *fields);

    if (fields == NULL)
        return false;
    csv->fields = fields;
    csv->room = room;
    return true;
}

static void on_field(void *text, size_t size, void *arg)
{
    struct csv *csv = arg;
    struct csv_field *field;

    if (csv->over)
        return;
    if (csv->count == csv->dialect.columns_max) {
        err_set(csv->e, ERR_LIMIT, "a row has at most %zu fields", csv->dialect.columns_max);
        csv_stop(csv, csv_fail_at(csv, csv->count, NULL, csv->e));
        return;
    }
    if (size > csv->dialect.field_max) {
        err_set(csv->e, ERR_LIMIT, "the field has %zu bytes, at most %zu are allowed", size,
                csv->dialect.field_max);
        csv_stop(csv, csv_fail_at(csv, csv->count, NULL, csv->e));
        return;
    }
    if (csv->count == csv->room && !fields_grow(csv)) {
        csv_stop(csv, err_set(csv->e, ERR_MEMORY, "no memory for a row"));
        return;
    }
    field = &csv->fields[csv->count++];
    field->size = size;
    field->bare = text == NULL;
    if (size > 0)
        buf_add(&csv->text, text, size);
}

static void row_clear(struct csv *csv)
{
    buf_clear(&csv->text);
    csv->count = 0;
    csv->place_count = 0;
}

static void on_row(int end, void *arg)
{
    struct csv *csv = arg;
    struct csv_row row = { .fields = csv->fields, .count = csv->count, .line = csv->row_line };
    const char *text = buf_text(&csv->text);
    enum err_code rc;

    (void)end;
    if (csv->over)
        return;
    if (!buf_ok(&csv->text)) {
        if (buf_check(&csv->text, "the row", csv->e) != ERR_OK)
            csv_stop(csv, csv_fail_at(csv, 0, NULL, csv->e));
        return;
    }
    row.number = ++csv->rows;
    if (csv->dialect.rows_max > 0 && row.number > csv->dialect.rows_max) {
        err_set(csv->e, ERR_LIMIT, "there are more than %llu rows",
                (unsigned long long)csv->dialect.rows_max);
        csv_stop(csv, csv_fail_at(csv, 0, NULL, csv->e));
        return;
    }
    for (size_t i = 0; i < csv->count; i++) {
        csv->fields[i].at = text;
        text += csv->fields[i].size;
    }
    rc = csv->on_row(csv, csv->arg, &row, csv->e);
    row_clear(csv);
    if (rc != ERR_OK)
        csv_stop(csv, rc);
}

/* ---- Lines */

static enum err_code line_fault(struct csv *csv, size_t at)
{
    struct place place = { csv->line, at + 1 };

    csv->over = true;
    if (csv_error(&csv->parser) != CSV_EPARSE)
        return csv->rc = err_set(csv->e, ERR_MEMORY, "no memory for a field");
    return csv->rc = err_set(
               csv->e, ERR_SYNTAX,
               csv->line_at[at] == csv->dialect.quote && !csv->parser.quoted
                   ? "line %llu, column %llu, field %zu: a quote within a field that does not "
                     "begin with one; put the whole field in quotes and double this one"
                   : "line %llu, column %llu, field %zu: behind the closing quote must come the "
                     "delimiter or the end of the line; a quote within quotes is doubled",
               (unsigned long long)place.line, (unsigned long long)place.column, csv->count + 1);
}

/* One line with its break, or the last without. */
static enum err_code line_feed(struct csv *csv, const char *text, size_t size)
{
    bool open = csv->count > 0 || csv->parser.entry_pos > 0 || csv->line_quoted;
    size_t done;

    csv->line++;
    if (csv->dialect.skip > 0) {
        csv->dialect.skip--;
        return ERR_OK;
    }
    if (!open)
        csv->row_line = csv->line;
    csv->line_at = text;
    csv->line_size = size;
    csv->line_first = csv->count;
    done = csv_parse(&csv->parser, text, size, on_field, on_row, csv);
    if (csv->rc == ERR_OK && done != size)
        return line_fault(csv, done);
    if (csv->rc != ERR_OK)
        return csv->rc;
    /* The line's break is part of the field then; the last line may have none. */
    open = csv->parser.entry_pos > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r');
    if (open) {
        line_places(csv, SIZE_MAX, NULL, csv);
        if (csv->parser.entry_pos > csv->dialect.field_max) {
            err_set(csv->e, ERR_LIMIT,
                    "the field has more than %zu bytes; is its closing quote missing?",
                    csv->dialect.field_max);
            csv->over = true;
            return csv->rc = csv_fail_at(csv, csv->count, NULL, csv->e);
        }
    }
    csv->line_quoted = open;
    return ERR_OK;
}

/* What ends with LF, or is the last of all; a CR alone breaks lines too. */
static enum err_code lines_feed(struct csv *csv, const char *text, size_t size)
{
    const char *end = text + size, *cr;
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK && text < end) {
        cr = memchr(text, '\r', (size_t)(end - text));
        if (cr == NULL || cr + 1 == end || (cr + 2 == end && cr[1] == '\n'))
            return line_feed(csv, text, (size_t)(end - text));
        rc = line_feed(csv, text, (size_t)(cr + 1 - text));
        text = cr + 1;
    }
    return rc;
}

static enum err_code carry_add(struct csv *csv, const char *text, size_t size)
{
    buf_add(&csv->carry, text, size);
    if (buf_ok(&csv->carry))
        return ERR_OK;
    csv->over = true;
    csv->rc = buf_check(&csv->carry, "the line", csv->e);
    return err_prefix(csv->e, "line %llu", (unsigned long long)csv->line + 1);
}

bool csv_between(const struct csv *csv, uint64_t *lines)
{
    check(csv->magic == CSV_MAGIC);
    *lines = csv->line;
    return csv->carry.len == 0 && !csv->line_quoted;
}

enum err_code csv_feed(struct csv *csv, const char *text, size_t size, struct err *e)
{
    const char *end = text + size;
    enum err_code rc = ERR_OK;

    check(csv->magic == CSV_MAGIC);
    check(!csv->over);
    csv->e = e;
    while (rc == ERR_OK && text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));

        if (stop == NULL)
            return carry_add(csv, text, (size_t)(end - text));
        if (csv->carry.len == 0) {
            rc = lines_feed(csv, text, (size_t)(stop + 1 - text));
        } else {
            rc = carry_add(csv, text, (size_t)(stop + 1 - text));
            if (rc == ERR_OK)
                rc = lines_feed(csv, buf_text(&csv->carry), csv->carry.len);
            if (rc == ERR_OK)
                buf_clear(&csv->carry);
        }
        text = stop + 1;
    }
    return rc;
}

enum err_code csv_end(struct csv *csv, struct err *e)
{
    enum err_code rc = ERR_OK;

    check(csv->magic == CSV_MAGIC);
    check(!csv->over);
    csv->e = e;
    if (csv->carry.len > 0)
        rc = lines_feed(csv, buf_text(&csv->carry), csv->carry.len);
    if (rc != ERR_OK)
        return rc;
    /* An open quote is wrong in any case. */
    csv_set_opts(&csv->parser, (unsigned char)(csv_get_opts(&csv->parser) | CSV_STRICT));
    if (csv_fini(&csv->parser, on_field, on_row, csv) != 0) {
        csv->rc = err_set(e, ERR_SYNTAX,
                          "the field's closing quote is missing: the text ends within the quotes");
        csv_fail_at(csv, csv->count, NULL, e);
    }
    csv->over = true;
    return csv->rc;
}
