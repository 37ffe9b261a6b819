/* file_priv.h - what the files of connector.file share. For nodes/connector/file*.c only. */
#ifndef NODES_CONNECTOR_FILE_PRIV_H
#define NODES_CONNECTOR_FILE_PRIV_H

#include "flow/node_file.h"

enum file_action {
    FILE_DO_READ,
    FILE_DO_WRITE,
    FILE_DO_APPEND,
    FILE_DO_LIST,
    FILE_DO_STAT,
    FILE_DO_MOVE,
    FILE_DO_DELETE,
};
enum file_as { FILE_AS_TEXT, FILE_AS_LINES, FILE_AS_BASE64, FILE_AS_ITEMS };
enum file_value { VALUE_PATH, VALUE_TO, VALUE_CONTENT, VALUE_CURSOR, VALUE_AFTER, FILE_VALUES };

struct file_page {
    int64_t lines, bytes;
};
struct file_config {
    int action, as, exists;
    const char *folder, *encoding, *pattern, *list;
    struct value *values[FILE_VALUES];
    struct file_page *page; /* NULL: the whole */
    bool make_folders, grows, digest, folders;
    int64_t limit;
    json_t *example;
    json_t *members; /* a list of names; NULL: all */
};

/* A new ask by the settings and their values; NULL with *e. */
struct file_ask *file__ask(const struct file_config *config, json_t *const *values, struct err *e);
/* What the step gives; NULL: no memory. body: what was made of the bytes, taken. */
json_t *file__output(const struct file_config *config, const struct file_ask *ask, json_t *body);

/* A page of the items of a JSON file's list, from the bytes that were read; says where the next
 * one begins. NULL with *e. On whatever thread. */
struct file_items {
    char *list;     /* the member that is the list; NULL: the file is */
    uint64_t count; /* items at most */
    json_t *members; /* a list of names: all that is kept of an item that is an object; NULL */
};
json_t *file__items(const struct file_items *plan, struct file_ask *ask, struct err *e) MUST_USE;

#endif
