/* sql_priv.h - what the files of connector.sql share: sql.c its settings, sql_run.c a step,
 * sql_probe.c how it is looked whether its transaction happened. */
#ifndef NODES_CONNECTOR_SQL_PRIV_H
#define NODES_CONNECTOR_SQL_PRIV_H

#include "base/sql_ask.h"
#include "flow/node.h"
#include "flow/node_doubt.h"
#include "flow/node_sql.h"
#include "nodes/definition.h"
#include "nodes/reply.h"
#include "nodes/sql_text.h"

/* One statement with its settings. */
struct sql_part {
    const char *statement;
    struct value *params;
    json_t *types, *out, *columns;
    int result;
    int64_t max_rows, expect;
    const char *again;
    struct sql_text sql;  /* made by compile() */
};
struct sql_probe {
    struct sql_part part; /* first; of it statement, params, types, columns */
    int64_t settle_ms;
    bool read_after_write;
};
struct sql_save {
    const char *folder;
    struct value *file;
    int exists;
    bool make_folders;
    int64_t max_rows, limit;
};
enum { SQL_EFFECT_AUTO }; /* then enum effect_class, one higher */
struct sql_config {
    struct sql_part one;
    struct field_list statements; /* of struct sql_part; or empty, and `one` is it */
    int effect;
    int64_t key_valid_ms;
    int duplicate;
    struct sql_probe *probe;
    struct sql_save *save; /* NULL: rows are the output */
    json_t *example;
    enum effect_class effect_class;
    /* one for each part, then the file of `save`; owned, what they point to is not */
    struct value **values;
    char what[80];
};
enum { SQL_DUPLICATE_FAIL, SQL_DUPLICATE_DONE };

const struct sql_part *sql__part(const struct sql_config *sql, size_t index);
size_t sql__part_count(const struct sql_config *sql);

/* A statement with its values bound; ERR_INVALID names what is missing. */
enum err_code sql__bind(struct step *step, const struct sql_part *part, json_t *params,
                        struct sql_statement *statement, struct err *e) MUST_USE;
/* What a result gives, by its kind; a new reference, NULL: no memory. */
json_t *sql__output(const struct sql_part *part, const struct sql_statement *statement);
/* The values as they would have left: an object by name, or a list of such for several statements;
 * a new reference. */
json_t *sql__values(const struct sql_ask *ask);
/* Ends the step with what the database refused. */
void sql__refused(struct step *step, const struct sql_ask *ask,
                  const struct reply_verdict *verdict);
enum node_next sql__start(struct step *step, const void *config);

/* sql_save.c */
extern const struct field sql__save_rows[];
void sql__save_compile(struct flow_build *build, const struct sql_save *save, const char *pointer);
enum err_code sql__save_ask(struct step *step, const struct sql_save *save, const json_t *file,
                            struct sql_ask *ask, struct err *e) MUST_USE;
/* {"count", "file"}; a new reference, NULL: no memory. */
json_t *sql__saved(const struct sql_ask *ask);

extern const struct field sql__probe_rows[];
void sql__probe_compile(struct flow_build *build, struct sql_config *sql, const char *pointer);
void sql__part_compile(struct flow_build *build, struct sql_part *part, const char *pointer);
void sql__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt);
enum node_next sql__probe(struct step *step, const void *config);

#endif
