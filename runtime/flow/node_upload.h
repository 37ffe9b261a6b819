/* node_upload.h - files of this machine in the body of a request, for types that call.
 *
 * They are read as they go, in the memory of two pages, below the roots that the program allows
 * (node_file.h). A type looks at a file first (FILE_STAT with `whole`): its size and digest belong
 * to what the intent says of the request. What is sent is that and nothing else: a file that
 * changes meanwhile ends the call with ERR_CONFLICT before its last bytes have left, so no system
 * has a whole request with other bytes, whatever they are. */
#ifndef FLOW_NODE_UPLOAD_H
#define FLOW_NODE_UPLOAD_H

#include "base/file_ask.h"
#include "flow/node.h"

#define STEP_UPLOADS 16u /* of one request */

/* Texts are copied. */
struct step_upload {
    size_t at;                 /* where it stands in `body`; in ascending order */
    const char *folder, *name; /* as of struct file_ask */
    struct file_stamp stamp;   /* as it was looked at */
    const char *digest;        /* SHA-256 in hex */
};

#endif
