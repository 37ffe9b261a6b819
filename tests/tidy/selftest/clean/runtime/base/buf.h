/* buf.h - a room's header. */
#include <stddef.h>
void buf_clear(void); /* strcpy( in a comment is no call */
