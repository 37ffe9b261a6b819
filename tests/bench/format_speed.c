/* format_speed.c - how fast foreign formats are read and written, and in how much memory.
 *
 *     format_speed [LINES]    1,000,000 lines of CSV with 10 columns, made as it goes: read, read
 *                             to rows as JSON objects, and written back; an XML of as many lines
 *                             of an invoice, as events and to JSON objects line by line
 *
 * Nothing is kept: the peak of memory is that of a piece and a row. Built by hand against the
 * release build:
 *     cc -O2 -D_GNU_SOURCE -Iruntime tests/bench/format_speed.c build/libweft_format.a
 *         build/libweft_base.a -ljansson -lcrypto -licui18n -licuuc -lgmp -ljemalloc -lxml2 -lcsv
 *         -lm -o format_speed */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/cell.h"
#include "format/charset.h"
#include "format/csv.h"
#include "format/xml.h"

#define COLUMNS 10
#define PIECE   65536u

static const char *const names[COLUMNS] = { "invoice", "customer", "date",   "account", "text",
                                            "net",     "tax",      "amount", "paid",    "note" };

/* Of the CPU: what else runs on the machine does not count. */
static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long peak_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void line_make(struct buf *out, unsigned long i)
{
    buf_addf(out, "INV-%lu,%lu,2026-11-%02lu,40%lu0,\"Parts, %s\",%lu.%02lu,%lu.%02lu,%lu.10,%s,\n",
             i, i % 9973, 1 + i % 28, i % 10, i % 7 == 0 ? "say \"\"new\"\"" : "used", i % 5000,
             i % 100, i % 900, i % 100, i % 6000, i % 2 == 0 ? "true" : "false");
}

struct reading {
    struct buf *out; /* NULL: rows are not written */
    bool json;
    unsigned long rows;
};

static enum err_code row_write(json_t *object, struct buf *out, struct err *e)
{
    static const struct csv_writing how = { .delimiter = ',', .quote = '"' };
    static const struct cell_form plain = { .kind = CELL_TEXT, .places = -1 };
    size_t row_at = out->len;
    struct buf cell;

    buf_init(&cell, MIB);
    for (size_t i = 0; i < COLUMNS; i++) {
        bool number;

        buf_clear(&cell);
        if (cell_write(&plain, json_object_get(object, names[i]), &cell, &number, e) != ERR_OK ||
            csv_write_field(&how, i == 0, buf_text(&cell), cell.len, number, out, e) != ERR_OK)
            return e->code;
    }
    buf_fini(&cell);
    csv_write_end(&how, row_at, out);
    if (out->len > MIB)
        buf_clear(out); /* it is on its way */
    return ERR_OK;
}

static enum err_code on_row(struct csv *csv, void *arg, const struct csv_row *row, struct err *e)
{
    static const struct cell_form number = { .kind = CELL_NUMBER, .places = -1 };
    struct reading *reading = arg;
    json_t *object;
    enum err_code rc = ERR_OK;

    (void)csv;
    check(row->count == COLUMNS);
    reading->rows++;
    if (!reading->json)
        return ERR_OK;
    object = json_object();
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct csv_field *field = &row->fields[i];
        json_t *value = i == 7 ? cell_read(&number, field->at, field->size, e)
                               : json_stringn_nocheck(field->at, field->size);

        check(json_object_set_new_nocheck(object, names[i], value) == 0);
    }
    if (reading->out != NULL)
        rc = row_write(object, reading->out, e);
    json_decref(object);
    return rc;
}

static void csv_speed(const char *what, unsigned long lines, bool json, bool write)
{
    static const struct csv_dialect dialect = { .delimiter = ',', .quote = '"', .strict = true };
    struct buf piece, text, out;
    struct reading reading = { .out = write ? &out : NULL, .json = json };
    struct err e;
    struct csv *csv = csv_open(&dialect, on_row, &reading, &e);
    struct charset *charset = charset_open(NULL, &e);
    double begin, spent = 0;
    size_t bytes = 0;

    buf_init(&piece, MIB);
    buf_init(&text, MIB);
    buf_init(&out, 2 * MIB);
    for (unsigned long i = 0; i < lines;) {
        buf_clear(&piece);
        while (i < lines && piece.len < PIECE)
            line_make(&piece, i++);
        bytes += piece.len;
        begin = seconds(); /* making the lines does not count */
        buf_clear(&text);
        check(charset_feed(charset, buf_text(&piece), piece.len, &text, &e) == ERR_OK);
        check(csv_feed(csv, buf_text(&text), text.len, &e) == ERR_OK);
        spent += seconds() - begin;
    }
    check(csv_end(csv, &e) == ERR_OK);
    check(reading.rows == lines);
    printf("%-34s %9.0f lines/s %7.1f MB/s   peak %ld KiB\n", what, (double)lines / spent,
           (double)bytes / spent / 1e6, peak_kib());
    csv_close(csv);
    charset_close(charset);
    buf_fini(&piece);
    buf_fini(&text);
    buf_fini(&out);
}

static enum err_code on_begin(void *arg, const struct xml_element *element, struct err *e)
{
    (void)element;
    (void)e;
    ++*(unsigned long *)arg;
    return ERR_OK;
}

static enum err_code on_text(void *arg, const char *text, size_t size, struct err *e)
{
    (void)arg;
    (void)text;
    (void)size;
    (void)e;
    return ERR_OK;
}

static enum err_code on_end(void *arg, struct err *e)
{
    (void)arg;
    (void)e;
    return ERR_OK;
}

/* A document of 2 MB at a time, over and over. */
static void xml_speed(bool json, unsigned rounds)
{
    static const struct xml_events events = { on_begin, on_text, on_end };
    static const struct xml_form form = { .style = XML_DATA };
    unsigned long elements = 0;
    struct buf text;
    struct err e;
    double begin;

    buf_init(&text, 4 * MIB);
    buf_add_text(&text, "<inv:Invoice xmlns:inv=\"urn:example:invoice\">\n");
    for (unsigned long i = 0; i < 12000; i++)
        buf_addf(&text,
                 "  <inv:Line no=\"%lu\"><inv:Text>Parts &amp; %lu</inv:Text><inv:Net>%lu.10"
                 "</inv:Net><inv:Tax rate=\"20\">%lu.02</inv:Tax></inv:Line>\n",
                 i, i, i, i);
    buf_add_text(&text, "</inv:Invoice>\n");
    begin = seconds();
    for (unsigned i = 0; i < rounds; i++) {
        if (json) {
            struct xml_json *reader = xml_json_new(&form, &e);
            json_t *value;

            check(xml_json_feed(reader, buf_text(&text), text.len, &e) == ERR_OK);
            check(xml_json_end(reader, &value, &e) == ERR_OK);
            json_decref(value);
            xml_json_free(reader);
        } else {
            struct xml *xml = xml_new(&events, &elements, &e);

            check(xml_feed(xml, buf_text(&text), text.len, &e) == ERR_OK);
            check(xml_end(xml, &e) == ERR_OK);
            xml_free(xml);
        }
    }
    printf("%-34s %25.1f MB/s   peak %ld KiB\n", json ? "XML of 2 MB to JSON" : "XML as events",
           (double)text.len * rounds / (seconds() - begin) / 1e6, peak_kib());
    buf_fini(&text);
}

int main(int argc, char **argv)
{
    unsigned long lines = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;

    mem_install();
    csv_speed("CSV read", lines, false, false);
    csv_speed("CSV to JSON objects", lines, true, false);
    csv_speed("CSV to JSON objects and back", lines, true, true);
    xml_speed(false, 20);
    xml_speed(true, 20);
    return 0;
}
