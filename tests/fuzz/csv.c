/* csv.c - foreign bytes as CSV: read in pieces they give the rows that they give at once, or the
 * same error; rows that are written are read again as they were. The first byte chooses the
 * dialect, the second the size of the pieces. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/charset.h"
#include "format/csv.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    mem_install();
    return 0;
}

/* Rows as a text that no two different rows share. */
static enum err_code row_note(struct csv *csv, void *arg, const struct csv_row *row, struct err *e)
{
    struct buf *out = arg;

    (void)csv;
    (void)e;
    buf_addf(out, "%llu %zu:", (unsigned long long)row->line, row->count);
    for (size_t i = 0; i < row->count; i++) {
        buf_addf(out, "%zu%s:", row->fields[i].size, row->fields[i].bare ? "-" : "");
        buf_add(out, row->fields[i].at, row->fields[i].size);
    }
    return ERR_OK;
}

static enum err_code row_write(struct csv *csv, void *arg, const struct csv_row *row, struct err *e)
{
    static const struct csv_writing how = { .delimiter = ',', .quote = '"', .null_differs = true };
    struct buf *out = arg;
    size_t row_at = out->len;

    (void)csv;
    for (size_t i = 0; i < row->count; i++)
        if (row->fields[i].bare && row->count > 1)
            csv_write_null(&how, i == 0, out);
        else if (csv_write_field(&how, i == 0, row->fields[i].at, row->fields[i].size, false, out,
                                 e) != ERR_OK)
            return e->code;
    csv_write_end(&how, row_at, out);
    return ERR_OK;
}

/* Fails at the field in the middle of each third row: places are found. */
static enum err_code row_place(struct csv *csv, void *arg, const struct csv_row *row, struct err *e)
{
    (void)arg;
    if (row->number % 3 != 0)
        return ERR_OK;
    err_set(e, ERR_INVALID, "here");
    return csv_fail_at(csv, row->count / 2, NULL, e);
}

static enum err_code read_all(const struct csv_dialect *dialect, const char *text, size_t size,
                              size_t step, csv_row_fn *on_row, struct buf *out, struct err *e)
{
    struct csv *csv = csv_open(dialect, on_row, out, e);
    enum err_code rc = ERR_OK;

    check(csv != NULL);
    for (size_t at = 0; rc == ERR_OK && at < size; at += step)
        rc = csv_feed(csv, text + at, size - at < step ? size - at : step, e);
    if (rc == ERR_OK)
        rc = csv_end(csv, e);
    csv_close(csv);
    return rc;
}

static void try_text(const struct csv_dialect *dialect, const struct buf *text, size_t step)
{
    static const struct csv_dialect plain = { .delimiter = ',', .quote = '"', .strict = true };
    struct buf once, pieces, written, again;
    struct err e, other;
    enum err_code rc;

    buf_init(&once, 64 * MIB);
    buf_init(&pieces, 64 * MIB);
    buf_init(&written, 64 * MIB);
    buf_init(&again, 64 * MIB);
    rc = read_all(dialect, buf_text(text), text->len, text->len + 1, row_note, &once, &e);
    check(read_all(dialect, buf_text(text), text->len, step, row_note, &pieces, &other) == rc);
    check(rc == ERR_OK || strcmp(e.text, other.text) == 0);
    check(once.len == pieces.len);
    check(once.len == 0 || memcmp(once.at, pieces.at, once.len) == 0);
    rc = read_all(dialect, buf_text(text), text->len, step, row_place, &once, &e);
    check(rc != ERR_INVALID || strstr(e.text, ": here") != NULL);
    if (read_all(dialect, buf_text(text), text->len, step, row_write, &written, &e) == ERR_OK) {
        buf_clear(&pieces);
        check(read_all(&plain, buf_text(&written), written.len, 1000, row_write, &again, &e) ==
              ERR_OK);
        check(again.len == written.len);
        check(again.len == 0 || memcmp(again.at, written.at, again.len) == 0);
    }
    buf_fini(&once);
    buf_fini(&pieces);
    buf_fini(&written);
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const encodings[] = { NULL, "windows-1252", "utf-16le", "shift_jis" };
    static const char delimiters[] = ",;\t|";
    struct csv_dialect dialect;
    struct buf text;
    struct err e;

    if (size < 2)
        return 0;
    dialect = (struct csv_dialect){
        .delimiter = delimiters[bytes[0] & 3],
        .quote = (bytes[0] & 4) != 0 ? '\0' : '"',
        .strict = (bytes[0] & 8) != 0,
        .trim = (bytes[0] & 16) != 0,
        .skip = (bytes[0] & 32) != 0,
    };
    buf_init(&text, 64 * MIB);
    if (charset_decode(encodings[bytes[0] >> 6], (const char *)bytes + 2, size - 2, &text, &e) ==
        ERR_OK)
        try_text(&dialect, &text, (size_t)bytes[1] + 1);
    buf_fini(&text);
    return 0;
}

#include "fuzz_main.h"
