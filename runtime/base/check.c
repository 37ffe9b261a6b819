/* check.c - how the process ends when it finds itself wrong: one line, status 70, nothing
 * unwound. */
#include "base/check.h"

#include <stdio.h>
#include <unistd.h>

void check_failed(const char *what, const char *file, int line)
{
    char text[512];
    int length =
        snprintf(text, sizeof(text), "weft: internal fault: %s (%s:%d)\n", what, file, line);

    if (length > (int)sizeof(text) - 1)
        length = (int)sizeof(text) - 1;
    if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
        _exit(70);
    _exit(70);
}
