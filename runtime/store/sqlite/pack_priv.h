/* pack_priv.h - makes JSON small before it is stored.
 *
 * Steps repeat what the steps before them said, so a text is written as literals and as references
 * to what stood before: in itself and in the texts packed since packer_begin() (a run's journal
 * refers to its input). A packed text begins with its format:
 *
 *   0  the text follows as it is
 *   1  size of the text (7 bits a byte, low first), then sequences; they may refer to pack_words
 *   2  as 1, and to the text packed before, which stands between the words and this one
 *   3  as 1, but only to itself
 *   4  the hash and size of a text that is a file (payload_priv.h); not for unpack()
 *
 * A sequence is: a token (high 4 bits: count of literals, low 4 bits: length of the match - 4; 15
 * goes on in bytes of 255 and a rest), the literals, and, unless the text ends here, 2 bytes of
 * distance (low first). The formats are in stores: a new one gets a new number. unpack() trusts
 * nothing it reads. */
#ifndef STORE_SQLITE_PACK_PRIV_H
#define STORE_SQLITE_PACK_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PACK_WINDOW 65536u /* distances have 16 bits */
#define PACK_HASHES 4096u

extern const char pack_words[]; /* common words */
extern const size_t pack_words_size;

struct packer {
    /* Where four bytes with this hash were seen last, plus 1; 0: nowhere. */
    uint32_t at[PACK_HASHES];
    uint32_t words[PACK_HASHES]; /* the same at the start: the words alone */
    uint32_t used;               /* bytes of `window` */
    unsigned char window[PACK_WINDOW];
};
/* The room that pack() needs at most. */
static inline size_t pack_room(size_t size)
{
    return size + size / 255 + 24;
}
void packer_init(struct packer *packer);  /* needs no end */
void packer_begin(struct packer *packer); /* forgets the texts before */
size_t pack(struct packer *packer, const char *text, size_t size, unsigned char *out);
/* Does it refer to the text packed before it? */
bool pack_refers(const unsigned char *packed, size_t packed_size);

/* before: the text packed before it (NULL: none). *text gets a NUL behind it and is the caller's
 * (mem_free). ERR_STORE when the bytes are not what pack() wrote; ERR_MEMORY. */
enum err_code unpack(const char *before, size_t before_size, const unsigned char *packed,
                     size_t packed_size, char **text, size_t *size, struct err *e) MUST_USE;

#endif
