/* upload_priv.h - files of this machine in the body of a request: of connector.http, and of an
 * action whose manifest names them.
 *
 *   their paths -> each is looked at: size and digest -> `then`: the request -> node_upload.h
 *
 * The folder is part of the flow, never of a payload: what arrives can name no other. */
#ifndef NODES_CONNECTOR_UPLOAD_PRIV_H
#define NODES_CONNECTOR_UPLOAD_PRIV_H

#include <stddef.h>

#include "base/buf.h"
#include "flow/node_upload.h"
#include "nodes/form_data.h"

/* One of them as the flow says it; in a manifest's action `part`, `type` and `limit` are the
 * manifest's. */
struct upload {
    const char *part, *folder, *type; /* part: NULL: it is the whole body; type: NULL: bytes */
    struct value *file, *filename;    /* filename: NULL: the last part of `file` */
    int64_t limit;                    /* bytes */
};
#define UPLOAD_FOLDER_ROW                                                                          \
    { .kind = FIELD_TEXT, .name = "folder", .offset = offsetof(struct upload, folder),             \
      .required = true,                                                                            \
      .help = "The folder out of which no path leads: an absolute path below one that the "        \
              "server's configuration allows.",                                                    \
      .example = "\"/var/spool/reports\"" }
#define UPLOAD_FILE_ROW                                                                            \
    { .kind = FIELD_VALUE, .name = "file", .offset = offsetof(struct upload, file),                \
      .required = true, .help = "The file, seen from the folder.",                                 \
      .example = "\"=steps.get.file.path\"" }
#define UPLOAD_FILENAME_ROW                                                                        \
    { .kind = FIELD_VALUE, .name = "filename", .offset = offsetof(struct upload, filename),        \
      .help = "What the system is told of the file's name; without it the last part of `file`.",   \
      .example = "\"='report-' .. trigger.body.day .. '.csv'\"" }
#define UPLOAD_MOST ((int64_t)64 * 1024 * MIB)

/* What is found of one, kept with the step over its waits. */
#define UPLOAD_NAME 1024u /* bytes of a file's path with its NUL */
struct upload_looked {
    char name[UPLOAD_NAME], filename[256], digest[65];
    struct file_stamp stamp;
};
struct upload_state {
    size_t count; /* those that have been looked at; in a simulated run none is */
    struct upload_looked files[];
};

/* All of a node's: the first member of its config. Made by the type's compile(). */
struct uploads {
    const struct upload *list[STEP_UPLOADS];
    size_t count;
    struct value *names[2 * STEP_UPLOADS]; /* file and filename of each */
    size_t state_size;                     /* of the step's state, which begins with theirs */
    enum node_next (*then)(struct step *step, const void *config);
};
size_t upload__state_size(size_t count); /* of a struct upload_state */
void upload__add(struct uploads *uploads, const struct upload *upload);
/* Looks at all; `then` follows. A file that is not there, or too large, fails the step. */
enum node_next upload__look(struct step *step, const struct uploads *uploads);
const struct upload_looked *upload__looked(struct step *step, const struct uploads *uploads,
                                           size_t index);
/* The body around the files, and where they stand in it: made[count]. form: they are parts behind
 * those of `value`, and `type` becomes that of form_data_write(); else the one is the body. */
enum err_code upload__body(struct step *step, const struct uploads *uploads, bool form,
                           json_t *value, struct buf *body, char type[FORM_DATA_TYPE],
                           struct step_upload *made, struct err *e) MUST_USE;

#endif
