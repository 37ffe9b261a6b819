/* fixed.c - foreign bytes as lines of fixed positions: in pieces they give what they give at once;
 * lines that are read are written, and read again as they were. The first byte chooses the layout,
 * the second the size of the pieces. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/charset.h"
#include "format/fixed.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define NUMBER                                        \
    {                                                 \
        .kind = CELL_NUMBER, .scale = 2, .places = -1 \
    }
static const struct fixed_field head[] = {
    { .value = "H", .start = 1, .length = 1, .pad = ' ' },
    { .name = "day",
      .start = 2,
      .length = 8,
      .pad = ' ',
      .form = { .kind = CELL_DATE, .pattern = "yyyyMMdd" } },
    { .name = "all",
      .start = 10,
      .length = 4,
      .align = FIXED_RIGHT,
      .pad = '0',
      .form = { .kind = CELL_INTEGER },
      .check = FIXED_COUNT,
      .of_record = FIXED_ALL },
};
static const struct fixed_field entry[] = {
    { .name = "text", .start = 2, .length = 6, .pad = ' ' },
    { .name = "sum", .start = 8, .length = 6, .align = FIXED_RIGHT, .pad = '0', .form = NUMBER },
    { .name = "zoned",
      .start = 14,
      .length = 4,
      .align = FIXED_RIGHT,
      .pad = '0',
      .sign = FIXED_SIGN_OVERPUNCH,
      .form = NUMBER },
    { .name = "behind",
      .start = 18,
      .length = 4,
      .align = FIXED_RIGHT,
      .pad = '0',
      .sign = FIXED_SIGN_TRAILING,
      .form = { .kind = CELL_INTEGER } },
};
static const struct fixed_field tail[] = {
    { .name = "total",
      .start = 2,
      .length = 12,
      .align = FIXED_RIGHT,
      .pad = '0',
      .form = NUMBER,
      .check = FIXED_SUM,
      .of_record = 1,
      .of_field = 1 },
};
static const struct fixed_record records[] = {
    { .name = "head", .match = "H", .place = FIXED_FIRST, .fields = head, .field_count = 3 },
    { .name = "entry", .match = "D", .fields = entry, .field_count = 4 },
    { .name = "tail", .match = "T", .place = FIXED_LAST, .fields = tail, .field_count = 1 },
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    mem_install();
    return 0;
}

struct rows {
    json_t *list; /* [record, row] each */
};

static enum err_code on_row(void *arg, size_t record, json_t *row, struct err *e)
{
    struct rows *rows = arg;

    (void)e;
    json_array_append_new(rows->list, json_integer((json_int_t)record));
    json_array_append_new(rows->list, row);
    return ERR_OK;
}

static enum err_code read_all(const struct fixed_layout *layout, const char *text, size_t size,
                              size_t step, json_t **list, struct err *e)
{
    struct rows rows = { .list = json_array() };
    struct fixed *fixed = fixed_new(layout, on_row, &rows, e);
    enum err_code rc = ERR_OK;

    check(fixed != NULL);
    for (size_t at = 0; rc == ERR_OK && at < size; at += step)
        rc = fixed_feed(fixed, text + at, size - at < step ? size - at : step, e);
    if (rc == ERR_OK)
        rc = fixed_end(fixed, e);
    fixed_free(fixed);
    *list = rows.list;
    return rc;
}

static void write_again(const struct fixed_layout *layout, json_t *list)
{
    struct err e;
    struct fixed_writer *writer = fixed_writer_new(layout, &e);
    struct buf out;
    json_t *again;
    bool written = true;

    buf_init(&out, 64 * MIB);
    for (size_t i = 0; written && i < json_array_size(list); i += 2) {
        size_t record = (size_t)json_integer_value(json_array_get(list, i));

        /* what counts the whole file cannot be written in front; a text can hold a lone CR */
        written = record != 0 &&
                  fixed_write(writer, record, json_array_get(list, i + 1), &out, &e) == ERR_OK;
    }
    if (written && layout->record_count == 1) {
        check(read_all(layout, buf_text(&out), out.len, 1000, &again, &e) == ERR_OK);
        check(json_same(list, again));
        json_decref(again);
    }
    buf_fini(&out);
    fixed_writer_free(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fixed_layout layout;
    json_t *once, *pieces;
    struct buf text;
    struct err e, other;

    if (size < 2)
        return 0;
    layout = (struct fixed_layout){ .records = records,
                                    .record_count = 3,
                                    .key_start = 1,
                                    .key_length = 1,
                                    .short_lines = (bytes[0] & 1) != 0 };
    if ((bytes[0] & 2) != 0) {
        layout.records = &records[1];
        layout.record_count = 1;
        layout.key_length = 0;
    }
    layout.unbroken = (bytes[0] & 4) != 0 && !layout.short_lines;
    layout.width = layout.unbroken ? 21 : 0;
    buf_init(&text, 64 * MIB);
    if (charset_decode(NULL, (const char *)bytes + 2, size - 2, &text, &e) == ERR_OK) {
        enum err_code rc = read_all(&layout, buf_text(&text), text.len, text.len + 1, &once, &e);

        check(read_all(&layout, buf_text(&text), text.len, (size_t)bytes[1] + 1, &pieces, &other) ==
              rc);
        check(rc == ERR_OK || strcmp(e.text, other.text) == 0);
        check(json_same(once, pieces));
        if (rc == ERR_OK)
            write_again(&layout, once);
        json_decref(once);
        json_decref(pieces);
    }
    buf_fini(&text);
    return 0;
}

#include "fuzz_main.h"
