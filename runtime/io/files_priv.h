/* files_priv.h - what the files of io/files*.c share. For io/ only. */
#ifndef IO_FILES_PRIV_H
#define IO_FILES_PRIV_H

#include "io/files.h"

struct stat;

/* A place: the folder in which the file's last part stands. */
struct files__place {
    int folder;         /* descriptor; -1: none */
    const char *name;   /* the last part, borrowed of the ask; "." for the ask's folder itself */
    const char *shown;  /* folder and name for people, borrowed of the ask */
    const char *below;
};
/* parents: folders that are not there are made. Close with files__leave(). */
enum err_code files__enter(struct files *files, const struct file_ask *ask, const char *name,
                           bool parents, struct files__place *place, struct err *e) MUST_USE;
void files__leave(struct files__place *place);
enum err_code files__failed(struct err *e, int error, const struct files__place *place);
int files__open(int folder, const char *name, int flags, unsigned mode);
struct file_stamp files__stamp(const struct stat *st);
/* Opens a regular file; *st is of it. */
enum err_code files__file(const struct files__place *place, int flags, int *fd, struct stat *st,
                          struct err *e) MUST_USE;
enum err_code files__read_all(int fd, int64_t at, char *bytes, size_t size, size_t *got,
                              const struct files__place *place, struct err *e) MUST_USE;
enum err_code files__write_all(int fd, int64_t at, const char *bytes, size_t size,
                               const struct files__place *place, struct err *e) MUST_USE;
/* Whether the file's bytes from `at` have this digest. */
enum err_code files__digest(int fd, int64_t at, int64_t size, char digest[65],
                            const struct files__place *place, struct err *e) MUST_USE;

enum err_code files__list(const struct files__place *place, struct file_ask *ask, struct err *e);
enum err_code files__read(const struct files__place *place, struct file_ask *ask, struct err *e);
/* files_write.c */
/* Whether the file there has the bytes of ask->digest and that size already; then it is on the
 * disk, too. ask->exists and ask->stamp say what is there. */
enum err_code files__is_done(const struct files__place *place, struct file_ask *ask, int64_t size,
                             bool *done, struct err *e) MUST_USE;
enum err_code files__taken(const struct files__place *place, struct err *e);
/* What stands under the temporary name becomes the file, and that is on the disk. */
enum err_code files__show(const struct files__place *place, const char *temporary, bool replace,
                          struct err *e) MUST_USE;
enum err_code files__write(const struct files__place *place, struct file_ask *ask,
                           const atomic_bool *given_up, bool *sent, struct err *e);
/* Never onto another file: 0 or an errno, EEXIST among them. Where the system cannot say so itself
 * (some network file systems), a look before does: then nobody else may write into that folder. */
int files__rename_new(int from, const char *name, int into, const char *to);
enum err_code files__move(const struct files__place *place, const struct files__place *to,
                          struct file_ask *ask, struct err *e);
enum err_code files__delete(const struct files__place *place, struct file_ask *ask, struct err *e);
/* files_draft.c */
enum err_code files__draft(struct files *files, const struct file_ask *ask,
                           struct files_draft **draft, struct err *e);
/* files_append.c */
enum err_code files__append(const struct files__place *place, struct file_ask *ask, bool *sent,
                            struct err *e);

#endif
