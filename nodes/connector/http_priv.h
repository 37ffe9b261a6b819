/* http_priv.h - what the files of connector.http share: http.c the request, http_upload.c files in
 * it, http_save.c an answer that becomes a file, http_probe.c how it is looked whether its effect
 * happened. */
#ifndef NODES_CONNECTOR_HTTP_PRIV_H
#define NODES_CONNECTOR_HTTP_PRIV_H

#include "base/buf.h"
#include "flow/node_save.h"
#include "flow/node_upload.h"
#include "nodes/definition.h"
#include "nodes/form_data.h"
#include "nodes/reply.h"

/* The values that a request is made from, in the order of their evaluation. */
enum { VALUE_TARGET, VALUE_QUERY, VALUE_HEADERS, VALUE_BODY, VALUE_FILE, VALUE_COUNT };

enum http_response { RESPONSE_AUTO, RESPONSE_JSON, RESPONSE_TEXT, RESPONSE_BYTES };

/* How to look whether the effect happened. */
struct http_probe {
    struct value *url, *path, *query, *headers;
    const char *found;
    json_t *found_status, *absent_status;
    int64_t settle_ms;
    bool read_after_write;
    struct value *values[VALUE_BODY]; /* borrowed from above */
    size_t query_members;             /* as they are written; 0: none, or an expression */
    struct status_set there, absent;
};

/* The body goes to a file. */
struct http_save {
    const char *folder;
    struct value *file;
    int exists;
    bool make_folders, unsized;
    int64_t limit, keep_ms;
};

/* A file of this machine in the body. */
struct http_upload {
    const char *part, *folder, *type;
    struct value *file, *filename;
    int64_t limit;
};

struct http_config {
    int method;
    struct value *url, *path, *query, *headers, *body;
    const char *content_type;
    int response; /* enum http_response */
    json_t *expect;
    int effect;
    const char *key_header;
    int64_t key_valid_ms;
    json_t *not_processed;
    struct http_probe *probe;
    struct http_save *save;
    struct field_list files; /* of struct http_upload */
    json_t *example;
    struct value *values[VALUE_COUNT]; /* borrowed from above */
    struct value *names[2 * STEP_UPLOADS]; /* file and filename of each of the files */
    struct status_set success, refused;
    enum effect_class effect_class;
};

/* What a step keeps over its waits. */
#define HTTP_NAME 1024u /* bytes of a file's path with its NUL */
struct http_looked {
    char name[HTTP_NAME], filename[256], digest[65];
    struct file_stamp stamp;
};
struct http_state {
    char saved[HTTP_NAME]; /* the file of `save` */
    size_t count;          /* of the files, those that have been looked at */
    struct http_looked files[];
};
struct http_state *http__state(struct step *step, const struct http_config *http);

extern const struct field http__upload_rows[];
void http__upload_compile(struct flow_build *build, const struct http_config *http,
                          const char *method, const char *pointer);
void http__upload_names(struct http_config *http); /* fills `names` */
/* Looks at all files; then the values of the request are evaluated for http__request(). */
enum node_next http__upload_look(struct step *step, const struct http_config *http);
void http__request(struct step *step, const void *config, const struct step_values *values);
/* The body around the files, and where they stand in it: uploads[files.count]. type: as of
 * form_data_write(). */
enum err_code http__upload_body(struct step *step, const struct http_config *http, json_t *value,
                                struct buf *body, char type[FORM_DATA_TYPE],
                                struct step_upload *uploads, struct err *e) MUST_USE;

extern const struct field http__save_rows[];
void http__save_compile(struct flow_build *build, struct http_config *http, const char *pointer);
/* file: its value, which is checked; it is kept with the step for http__saved(). */
enum err_code http__save_ask(struct step *step, const struct http_config *http, const json_t *file,
                             struct step_save *save, struct err *e) MUST_USE;
/* {"status", "headers", "file"}; NULL with *e */
json_t *http__saved(struct step *step, const struct http_config *http,
                    const struct step_reply *reply, struct err *e);

extern const struct field http__probe_rows[];
void http__compile_target(struct flow_build *build, const struct value *url,
                          const struct value *path, bool connected, const char *pointer);
void http__probe_compile(struct flow_build *build, struct http_config *http, const char *pointer,
                         bool connected);
enum err_code http__body(const struct http_config *http, const struct step_reply *reply,
                         json_t **body, struct err *e) MUST_USE;
/* {"status", "headers", "body"}; NULL with *e set */
json_t *http__output(const struct step_reply *reply, json_t *body, struct err *e);
void http__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt);
enum node_next http__probe(struct step *step, const void *config);

#endif
