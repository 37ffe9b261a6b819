/* card_stream.h - the guard of card.h for a text that comes in pieces, however it is cut.
 *
 * The end of what has come is held until what follows has, for a number or a code may go on there:
 * up to a line end or a comma among the last CARD_STREAM_HELD bytes, else the last of them. A piece
 * is larger than that, or little of it passes at once. */
#ifndef BASE_CARD_STREAM_H
#define BASE_CARD_STREAM_H

#include "base/card.h"

#define CARD_STREAM_HELD 32768u

struct card_stream {
    struct buf held;
};
void card_stream_init(struct card_stream *stream);
void card_stream_fini(struct card_stream *stream);
/* Appends what may pass to *out. */
void card_stream_add(struct card_stream *stream, const char *bytes, size_t size, struct buf *out,
                     struct card_report *report);
/* Nothing follows: appends the rest. */
void card_stream_end(struct card_stream *stream, struct buf *out, struct card_report *report);

#endif
