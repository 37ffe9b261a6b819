/* gallery_text.c - see gallery.h. */
#include <zstd.h>

#include "base/check.h"
#include "base/mem.h"
#include "designer-api/gallery.h"

void gallery_text_pack(struct gallery_text *text, const char *plain, size_t size, int level)
{
    size_t room = ZSTD_compressBound(size);
    unsigned char *packed = mem_must(room);

    *text = (struct gallery_text){ .packed = packed, .size = size };
    text->packed_size = ZSTD_compress(packed, room, plain, size, level);
    check(!ZSTD_isError(text->packed_size));
}

char *gallery_text_plain(const struct gallery_text *text)
{
    char *plain = mem_must(text->size + 1);

    check(ZSTD_decompress(plain, text->size, text->packed, text->packed_size) == text->size);
    return plain;
}
