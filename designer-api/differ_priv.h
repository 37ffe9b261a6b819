/* differ_priv.h - what the files of differ.h share. */
#ifndef DESIGNER_API_DIFFER_PRIV_H
#define DESIGNER_API_DIFFER_PRIV_H

#include "base/buf.h"
#include "designer-api/differ.h"

#define DIFFER_VALUE (4u * 1024)  /* bytes of a value that is told */
#define DIFFER_KEY   (64u * 1024) /* of what identifies an element */

struct differ {
    const json_t *keys;
    unsigned limit;
    json_t *found;
    struct buf pointer;            /* of the place in hand */
    const struct effort *effort;   /* NULL: as long as it takes */
    unsigned asked;                /* of the effort, and how many entries are held: differ_text.c */
    size_t entries;
    bool more;                     /* there are more than `limit` */
    bool over;                     /* the effort is */
};
/* Members that identify an element where none is given, in the order in which they are tried; the
 * last is NULL. */
extern const char *const differ_usual[];

void differ_begin(struct differ *differ, const json_t *keys, unsigned limit);
json_t *differ_end(struct differ *differ) MUST_USE;
/* What differs at the place in hand. depth: of the place. */
void differ_pair(struct differ *differ, const json_t *left, const json_t *right, unsigned depth);
/* One difference there; kind: "added", "removed" or "changed". left, right: NULL where none is. */
void differ_tell(struct differ *differ, const char *kind, const json_t *left, const json_t *right);
/* Back to the place around it, whose pointer had that length. */
void differ_back(struct differ *differ, size_t before);

#endif
