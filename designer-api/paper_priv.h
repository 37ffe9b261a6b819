/* paper_priv.h - what the files of paper.h share. */
#ifndef DESIGNER_API_PAPER_PRIV_H
#define DESIGNER_API_PAPER_PRIV_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/table.h"
#include "designer-api/paper.h"

#define PAPER_MARK  1024u /* bytes of a container that is worth a mark, */
#define PAPER_MANY  64u   /* and every so many children where one begins is noted */
#define PAPER_DEPTH 160u

/* Where a container ends, how many children it has, where every PAPER_MANY-th of them begins. */
struct paper_mark {
    size_t end;
    uint32_t count;
    uint32_t steps; /* in `steps`: where children 0, 64, 128, ... begin; of objects: their names */
};
struct paper {
    char *text;
    size_t size;
    char digest[HASH_TEXT];
    unsigned masked;
    struct paper_mark *marks;
    uint32_t mark_count, mark_room;
    size_t *steps;
    uint32_t step_count, step_room;
    struct table by_start; /* offset + 1 of the container to index of its mark + 1 */
};

/* paper_scan.c. Offsets behind what they pass over; SIZE_MAX: it is no JSON. */
size_t paper_pass_text(const char *text, size_t size, size_t at); /* at: behind the quote */
size_t paper_pass(const char *text, size_t size, size_t at);      /* at: a value */
char *paper_mask(const char *text, size_t size, size_t *masked_size, unsigned *masked);
bool paper_index(struct paper *paper);
const struct paper_mark *paper_mark_at(const struct paper *paper, size_t start);

#endif
