/* buf.c - its own header first, a member called free, a literal that looks like a call. */
#include "base/buf.h"

#include <string.h>

#define BUF_MAGIC 0x62756600u

struct buf_owner {
    void (*free)(void *memory);
};

void buf_clear(void)
{
    static const char text[] = "malloc(1) // \" /* sprintf( */";
    struct buf_owner owner = { 0 };

    if (owner.free != NULL)
        owner.free((void *)text);
}
