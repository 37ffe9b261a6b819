/* save_priv.h - an answer over HTTP whose body becomes a file: of connector.http, and of an action
 * whose manifest says so.
 *
 * The folder is part of the flow, never of a payload: what arrives can name no other. */
#ifndef NODES_CONNECTOR_SAVE_PRIV_H
#define NODES_CONNECTOR_SAVE_PRIV_H

#include "flow/node.h"
#include "flow/node_save.h"

/* As the flow says it. */
struct saving {
    const char *folder;
    struct value *file;
    int exists;
    bool make_folders, unsized;
    int64_t limit, keep_ms;
};
extern const struct field save__rows[];
void save__compile(struct flow_build *build, const struct saving *to, const char *pointer);
/* file: the value of `file`, which is checked and borrowed. The caller says which answers are
 * meant. */
enum err_code save__ask(const struct saving *to, const json_t *file, struct step_save *save,
                        struct err *e) MUST_USE;
/* "file": {folder, path, size, digest, changed} */
void save__put(json_t *output, const struct step_saved *saved, bool *failed);

#endif
