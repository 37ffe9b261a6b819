/* roots.h - the folders of WEFT_FILES_ROOT, held open: nothing outside of them is used. For io/. */
#ifndef IO_ROOTS_H
#define IO_ROOTS_H

#include <stddef.h>

#include "base/err.h"

#define ROOTS_MOST 16u

struct roots {
    struct {
        char *path; /* without a slash at its end; "" is all of the machine */
        int fd;
    } list[ROOTS_MOST];
    size_t count;
};

/* text: absolute paths with ':' between them; NULL or "": none. roots_close() it in any case. */
enum err_code roots_open(struct roots *roots, const char *text, struct err *e) MUST_USE;
void roots_close(struct roots *roots);
/* The descriptor of the root that a folder is below, and *below: its way from there ("." for the
 * root itself, borrowed of `folder`). A folder that is no absolute path is below the first root.
 * -1 with *e (ERR_POLICY); nothing: what cannot be done where there are no roots, "no files may be
 * used here". */
int roots_find(const struct roots *roots, const char *folder, const char *nothing,
               const char **below, struct err *e);

#endif
