/* manifest_files.h - what a manifest says of files of this machine that an action sends, or that
 * its answer becomes. For nodes/ only. */
#ifndef NODES_MANIFEST_FILES_H
#define NODES_MANIFEST_FILES_H

#include "nodes/manifest_priv.h"

/* connector/action_save.c, connector/action_sql.c: a node's settings with "save". */
extern const struct field action_fields_saved[], action_fields_rows[];

/* "files", before the request that may speak of them. */
void manifest__files(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action);
/* Faults where the request, which was read, cannot have them. */
void manifest__files_fit(const struct manifest_source *source, const json_t *json,
                         const char *pointer, const struct action *action);
/* connector/action_upload.c: a node's settings with those of the files, from which they borrow.
 * base: those without. Owned by the caller. */
struct field *action_fields_filed(const struct field *base,
                                  const struct manifest_files *files) MUST_USE;
/* "document.size": whether there is such a place; says that the name is told where it is. */
bool manifest__file_place(struct action *action, const char *path);
/* "save": what the node names is a file that the answer becomes; its request was read. */
void manifest__save(const struct manifest_source *source, json_t *json, const char *pointer,
                    struct action *action);
/* The output of what was saved: {count, file} of rows, else {file}. */
void manifest__saved(const struct manifest_source *source, json_t *json, const char *pointer,
                     bool rows);

#endif
