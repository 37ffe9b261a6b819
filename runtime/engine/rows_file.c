/* rows_file.c - see rows_file.h. */
#include "engine/rows_file.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define ROWS_PIECE (256u * KIB) /* goes to the file at once */

struct rows_file {
    struct sql_sink sink; /* first */
    struct files *files;
    struct sql_ask *ask;
    struct files_draft *draft;
    struct buf piece;
    int64_t size;
    struct card_report cards;
};

static enum err_code piece_write(struct rows_file *rows, struct err *e)
{
    if (buf_check(&rows->piece, "a row", e) != ERR_OK)
        return e->code;
    rows->size += (int64_t)rows->piece.len;
    if (rows->size > (int64_t)rows->ask->file->most)
        return err_set(e, ERR_LIMIT,
                       "the rows are larger than %zu bytes: raise \"limit\" of \"save\", or ask "
                       "for less",
                       rows->ask->file->most);
    if (files_draft_add(rows->draft, buf_text(&rows->piece), rows->piece.len, e) != ERR_OK)
        return e->code;
    buf_clear(&rows->piece);
    return ERR_OK;
}

static enum err_code rows_begin(struct sql_sink *sink, struct err *e)
{
    struct rows_file *rows = (struct rows_file *)sink;

    files_draft_free(rows->draft);
    rows->draft = NULL;
    rows->ask->rows = rows->size = 0;
    buf_clear(&rows->piece);
    buf_add_char(&rows->piece, '[');
    return files_draft(rows->files, rows->ask->file, &rows->draft, e);
}

static enum err_code rows_add(struct sql_sink *sink, json_t *row, struct err *e)
{
    struct rows_file *rows = (struct rows_file *)sink;
    json_t *masked;

    if (rows->ask->rows == (int64_t)rows->ask->list[0].max_rows)
        return err_set(e, ERR_LIMIT,
                       "there are more than %u rows: raise \"max_rows\" of \"save\", or ask for "
                       "less; nothing was kept",
                       rows->ask->list[0].max_rows);
    masked = card_mask_json(row, "", &rows->cards);
    if (masked == NULL)
        return err_set(e, ERR_MEMORY, "no memory to look for card data in a row");
    buf_add_text(&rows->piece, rows->ask->rows > 0 ? ",\n" : "\n");
    json_write(&rows->piece, masked);
    json_decref(masked);
    rows->ask->rows++;
    return rows->piece.len < ROWS_PIECE ? ERR_OK : piece_write(rows, e);
}

struct rows_file *rows_file_new(struct files *files, struct sql_ask *ask)
{
    struct rows_file *rows = mem_must(sizeof *rows);

    check(files != NULL && ask->file != NULL);
    check(ask->count == 1 && ask->reads);
    *rows = (struct rows_file){ .sink = { rows_begin, rows_add }, .files = files, .ask = ask };
    buf_init(&rows->piece, ROWS_PIECE + 2 * (size_t)LIMIT_OUTPUT);
    ask->list[0].sink = &rows->sink;
    return rows;
}

void rows_file_free(struct rows_file *rows)
{
    if (rows == NULL)
        return;
    files_draft_free(rows->draft);
    card_report_fini(&rows->cards);
    buf_fini(&rows->piece);
    mem_free(rows);
}

enum err_code rows_file_keep(struct rows_file *rows, struct err *e)
{
    check(rows->draft != NULL); /* begun, also by a result without rows */
    buf_add_text(&rows->piece, "\n]\n");
    if (piece_write(rows, e) != ERR_OK)
        return e->code;
    return files_draft_keep(rows->draft, rows->ask->file, e);
}

const struct card_report *rows_file_cards(const struct rows_file *rows)
{
    return &rows->cards;
}
