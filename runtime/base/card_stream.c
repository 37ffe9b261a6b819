/* card_stream.c - see card_stream.h. */
#include "base/card_stream.h"

#include <string.h>

#include "base/limits.h"

#define STREAM_LEAST 512u /* bytes held where nothing parts the text */
#define STREAM_MOST  (64u * MIB)

void card_stream_init(struct card_stream *stream)
{
    buf_init(&stream->held, STREAM_MOST);
}

void card_stream_fini(struct card_stream *stream)
{
    buf_fini(&stream->held);
}

/* Of numbers in groups, and what may stand between them. */
static bool stream_is_group(char c)
{
    return (c >= '0' && c <= '9') || c == ' ' || c == '-' || c == '.' || c == '/' || c == '_';
}

/* Behind which byte the text can be cut: no number, and no name with its value, goes on there. */
static size_t stream_cut(const char *text, size_t size)
{
    size_t least = size > CARD_STREAM_HELD ? size - CARD_STREAM_HELD : 0;
    const char *end = memrchr(text + least, '\n', size - least);

    if (end == NULL)
        end = memrchr(text + least, ',', size - least);
    if (end != NULL)
        return (size_t)(end - text) + 1;
    if (size <= CARD_STREAM_HELD)
        return 0;
    for (size = size - STREAM_LEAST; size > least && stream_is_group(text[size - 1]);)
        size--;
    return size;
}

static void stream_pass(const char *text, size_t size, struct buf *out, struct card_report *report)
{
    if (!card_suspect(text, size) || !card_mask_text(text, size, NULL, out, report))
        buf_add(out, text, size);
}

void card_stream_add(struct card_stream *stream, const char *bytes, size_t size, struct buf *out,
                     struct card_report *report)
{
    struct buf *held = &stream->held;
    size_t cut;

    buf_add(held, bytes, size);
    if (!buf_ok(held))
        report->failed = true;
    cut = stream_cut(buf_text(held), held->len);
    stream_pass(buf_text(held), cut, out, report);
    if (cut > 0 && held->len > cut)
        memmove(held->at, held->at + cut, held->len - cut);
    held->len -= cut;
}

void card_stream_end(struct card_stream *stream, struct buf *out, struct card_report *report)
{
    stream_pass(buf_text(&stream->held), stream->held.len, out, report);
    buf_clear(&stream->held);
}
