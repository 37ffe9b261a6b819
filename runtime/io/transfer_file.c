/* transfer_file.c - what goes comes from a file: a page at a time, so that nobody holds the whole.
 *
 * The file is opened anew for each page, by the way that all files are opened (files.h), and has to
 * be the one of the first page: one that changes meanwhile ends the call. */
#include "io/transfer_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"

#define SOURCE_PAGE (256 * KIB)

/* The page in which the byte stands becomes the one in memory. */
static enum err_code source_page(struct transfer__call *call, int64_t at)
{
    const struct transfer_ask *ask = call->ask;
    struct transfer__source *source = &call->source;
    struct file_ask *page = file_ask_new(FILE_READ, ask->folder, ask->file);
    bool sent;

    page->at = at;
    page->most = SOURCE_PAGE;
    page->stamped = source->page != NULL;
    if (page->stamped)
        page->stamp = source->page->stamp;
    if (files_do(call->login->files, page, call->given_up, &sent, &source->error) != ERR_OK) {
        if (page->stamped && source->error.code == ERR_CONFLICT)
            err_set(&source->error, ERR_CONFLICT, "%.150s/%.150s has changed on its way",
                    ask->folder, ask->file);
        file_ask_free(page);
        return source->error.code;
    }
    file_ask_free(source->page);
    source->page = page;
    return ERR_OK;
}

enum err_code transfer__source_open(struct transfer__call *call, struct err *e)
{
    check(call->login->files != NULL && call->ask->folder != NULL);
    if (source_page(call, 0) != ERR_OK) {
        *e = call->source.error;
        return e->code;
    }
    call->ask->size = (size_t)call->source.page->stamp.size;
    return ERR_OK;
}

void transfer__source_close(struct transfer__call *call)
{
    file_ask_free(call->source.page);
    call->source.page = NULL;
}

size_t transfer__source_at(struct transfer__call *call, int64_t at, const char **bytes)
{
    const struct file_ask *page = call->source.page;

    if (at >= (int64_t)call->ask->size)
        return 0;
    if ((at < page->at || at >= page->at + (int64_t)page->size) && source_page(call, at) != ERR_OK)
        return 0;
    page = call->source.page;
    check(at >= page->at && page->size > 0);
    *bytes = page->bytes + (at - page->at);
    return page->size - (size_t)(at - page->at);
}

bool transfer__source_same(struct transfer__call *call, const char *bytes, size_t size)
{
    while (size > 0) {
        const char *ours;
        size_t have = transfer__source_at(call, (int64_t)call->out_at, &ours);
        size_t now = have < size ? have : size;

        if (have == 0 || memcmp(ours, bytes, now) != 0)
            return false;
        call->out_at += now;
        bytes += now;
        size -= now;
    }
    return true;
}
