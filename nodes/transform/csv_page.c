/* csv_page.c - transform.csv: a file, page by page, in the memory of one page.
 *
 * A page ends between two rows: behind so many of them, or where the bytes that were read end. The
 * cursor holds where the next one begins, of which file, how many lines are before it, and the
 * titles of the header, so that no page needs another. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "format/charset.h"
#include "nodes/cursor.h"
#include "nodes/transform/csv_priv.h"

#define BOM_SIZE 3

struct csv_page *csv_page_new(struct csv_plan *plan, json_t *cursor, uint64_t rows)
{
    struct csv_page *page = mem_must(sizeof *page);

    plan->base.refs++;
    *page = (struct csv_page){ .plan = plan, .cursor = json_incref(cursor), .rows = rows };
    return page;
}

void csv_page_free(void *arg)
{
    struct csv_page *page = arg;

    foreign_plan_unref(&page->plan->base);
    json_decref(page->cursor);
    json_decref(page->output);
    mem_free(page);
}

struct paging {
    struct csv_reading reading;
    struct charset *charset;
    struct buf line;
    size_t used;    /* bytes of whole rows */
    uint64_t lines; /* up to there, with those of the pages before */
    bool whole;     /* the file was read to its end */
};

/* Behind the line's break; NULL: it has none. */
static const char *line_end(const char *at, const char *end)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));

    return feed != NULL ? feed + 1 : NULL;
}

/* Line by line: only so a row's end is known as a place in the file. */
static enum err_code lines_feed(struct paging *p, const struct csv_page *page,
                                const struct file_ask *ask, const atomic_bool *given_up,
                                struct err *e)
{
    const char *at = ask->bytes, *end = at + ask->size;
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK && at < end && json_array_size(p->reading.rows) < page->rows) {
        const char *stop = line_end(at, end);

        if (at == ask->bytes) /* so much decides about a byte order mark */
            while (stop != NULL && stop < end && stop - at < BOM_SIZE)
                stop = line_end(stop, end);
        if (stop == NULL && !ask->last)
            break;
        stop = stop != NULL ? stop : end;
        buf_clear(&p->line);
        rc = charset_feed(p->charset, at, (size_t)(stop - at), &p->line, e);
        if (rc == ERR_OK && stop == end && ask->last)
            rc = charset_end(p->charset, &p->line, e);
        if (rc == ERR_OK)
            rc = csv_feed(p->reading.csv, buf_text(&p->line), p->line.len, e);
        at = stop;
        if (rc == ERR_OK && csv_between(p->reading.csv, &p->lines))
            p->used = (size_t)(at - ask->bytes);
        if (atomic_load_explicit(given_up, memory_order_relaxed))
            return err_set(e, ERR_CANCELLED, "nobody waits for it any more");
    }
    if (rc == ERR_OK && at == end && ask->last) {
        rc = csv_end(p->reading.csv, e);
        p->used = ask->size;
        p->whole = true;
    }
    return rc;
}

static enum err_code page_open(struct paging *p, const struct csv_page *page, struct err *e)
{
    struct csv_dialect dialect = page->plan->dialect;
    const json_t *titles = json_object_get(page->cursor, "columns");
    enum err_code rc;

    if (page->cursor != NULL) {
        dialect.skip = 0;
        dialect.lines_before = (uint64_t)json_get_int(page->cursor, "line", 0);
    }
    p->lines = dialect.lines_before;
    buf_init(&p->line, 2 * CSV_ROW_MAX);
    rc = csv__open(&p->reading, page->plan, &dialect, e);
    p->reading.keeps = true;
    if (rc == ERR_OK && page->cursor != NULL && page->plan->header)
        rc = csv__resume(&p->reading, titles, e);
    if (rc != ERR_OK)
        return rc;
    p->charset = charset_open(page->plan->encoding != NULL ? page->plan->encoding : "utf-8", e);
    return p->charset != NULL ? ERR_OK : e->code;
}

static enum err_code page_output(struct paging *p, struct csv_page *page, struct file_ask *ask,
                                 struct err *e)
{
    bool failed = false;
    json_t *next = NULL;

    page->output = csv__output(&p->reading);
    if (page->output == NULL)
        return err_set(e, ERR_MEMORY, "no memory for the rows");
    ask->next = ask->at + (int64_t)p->used;
    ask->last = p->whole;
    if (!p->whole) {
        next = cursor_json(ask);
        failed = next == NULL;
        if (!failed)
            json_put(next, "line", json_integer((json_int_t)p->lines), &failed);
        if (!failed && p->reading.titles != NULL)
            json_put(next, "columns", json_incref(p->reading.titles), &failed);
    }
    json_put_or_null(page->output, "next", next, &failed);
    json_put(page->output, "last", json_boolean(p->whole), &failed);
    return failed ? err_set(e, ERR_MEMORY, "no memory for the rows") : ERR_OK;
}

enum err_code csv_page_read(void *arg, struct file_ask *ask, const atomic_bool *given_up,
                            struct err *e)
{
    struct csv_page *page = arg;
    struct paging p = { .used = 0 };
    enum err_code rc = page_open(&p, page, e);

    if (rc == ERR_OK)
        rc = lines_feed(&p, page, ask, given_up, e);
    if (rc == ERR_OK && p.whole && !p.reading.ready)
        rc = err_set(e, ERR_INVALID,
                     "the file is empty, and so has no header; a file without rows has one too");
    if (rc == ERR_OK && p.used == 0 && !p.whole)
        rc = err_set(e, ERR_LIMIT,
                     "line %" PRIu64 ": no row ends within %zu bytes; is a closing quote missing? "
                     "Else give the page more \"bytes\"",
                     p.lines + 1, ask->size);
    if (rc == ERR_OK)
        rc = page_output(&p, page, ask, e);
    if (rc == ERR_SYNTAX)
        rc = e->code = ERR_INVALID;
    if (rc == ERR_INVALID || rc == ERR_LIMIT)
        err_prefix(e, "%.200s", ask->name);
    charset_close(p.charset);
    csv__close(&p.reading);
    buf_fini(&p.line);
    return rc;
}
