/* http_priv.h - what the files of connector.http share: http.c the request, http_upload.c files in
 * it, http_probe.c how it is looked whether its effect happened. */
#ifndef NODES_CONNECTOR_HTTP_PRIV_H
#define NODES_CONNECTOR_HTTP_PRIV_H

#include "base/buf.h"
#include "nodes/connector/save_priv.h"
#include "nodes/connector/upload_priv.h"
#include "nodes/definition.h"
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

struct http_config {
    struct uploads uploads; /* first: see there; of `files` */
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
    struct saving *save; /* the body goes to a file */
    struct field_list files; /* of struct upload */
    json_t *example;
    struct value *values[VALUE_COUNT]; /* borrowed from above */
    struct status_set success, refused;
    enum effect_class effect_class;
};

extern const struct field http__upload_rows[];
void http__upload_compile(struct flow_build *build, struct http_config *http, const char *method,
                          const char *pointer);
/* Evaluates what the request is made of, and sends it. */
enum node_next http__ask(struct step *step, const void *config);

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
