/* flow_read_priv.h - what reading a flow's folder consists of. For flow_read*.c only. */
#ifndef FLOW_FLOW_READ_PRIV_H
#define FLOW_FLOW_READ_PRIV_H

#include <limits.h>

#include "flow/flow_priv.h"

struct folder {
    const char *dir;     /* as it was given: faults say it so */
    char root[PATH_MAX]; /* where it really is */
    struct faults *faults;
    size_t total; /* bytes read so far */
    char *text;   /* of flow.json, for the places of later faults */
    size_t text_size;
    json_t *csv;  /* {"DIR/lookups/NAME.json": "DIR/lookups/NAME.csv"} of those that have one */
    json_t *only; /* {"NAME": found?}: of the common folder these parts alone; NULL: all */
};
enum found { FOUND, ABSENT, FAULTY };

/* "DIR/NAME"; mem_free() it. */
char *flow__path_new(const char *dir, const char *name) MUST_USE;
void flow__file_fault(struct faults *faults, const char *path, const char *text);
/* A file below the folder; *text is the caller's (mem_free) and ends with a NUL. */
enum found flow__folder_text(struct folder *folder, const char *path, size_t limit, char **text,
                             size_t *size);
typedef void check_json_fn(const struct flow_source *source, const char *name, const json_t *json);
/* NULL when it is absent (*found says so) or faulty. */
json_t *flow__folder_json(struct folder *folder, const char *path, const char *name,
                          const struct json_limits *limits, check_json_fn *check_json,
                          enum found *found);

/* rules/, lookups/ and their tests (flow_read_part.c). */
void flow__read_parts(struct folder *folder, json_t *bundle);
/* The same of DIR/../common, as DIR/common.json names them (flow_read_common.c). */
void flow__read_common(struct folder *folder, json_t *bundle);
/* A table's rows from CSV: the table's JSON, NULL: it has none; taken. The whole table, or NULL
 * with faults (flow_csv.c). */
json_t *flow__csv_table(struct folder *folder, const char *path, const char *text, size_t size,
                        json_t *table) MUST_USE;
/* Faults of a table found later are at its CSV. */
void flow__faults_of_csv(struct folder *folder);

#endif
