/* http.c - one request to any system that speaks HTTP.
 *
 * What is sent is built from values and checked before anything leaves: no header from a payload
 * can break a line, no query can be cut off by a '#'. What an answer means is in nodes/reply.h; how
 * it is looked whether an effect happened, in http_probe.c. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/connector/http_priv.h"
#include "nodes/definition.h"
#include "nodes/form_data.h"
#include "nodes/header.h"
#include "nodes/reply.h"
#include "nodes/request.h"

static const char *const methods[] = { "GET",    "POST", "PUT",     "PATCH",
                                       "DELETE", "HEAD", "OPTIONS", NULL };
static const char *const effects[] = { "by_method", "none", "idempotent", "keyed", "once", NULL };

static const char *const responses[] = { "auto", "json", "text", "bytes", NULL };

static const struct field http_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "method",
      .offset = offsetof(struct http_config, method),
      .fallback = "GET",
      .choices = methods,
      .main = true,
      .help = "The method of the request." },
    { .kind = FIELD_VALUE,
      .name = "url",
      .offset = offsetof(struct http_config, url),
      .main = true,
      .help = "A whole address, for a node without a connection; the egress policy must allow it.",
      .example = "\"https://api.example.com/v1/rates\"" },
    { .kind = FIELD_VALUE,
      .name = "path",
      .offset = offsetof(struct http_config, path),
      .main = true,
      .help = "The path below the base URL of the node's connection.",
      .example = "\"='/orders/' .. trigger.body.orderId\"" },
    { .kind = FIELD_VALUE,
      .name = "query",
      .offset = offsetof(struct http_config, query),
      .main = true,
      .help = "An object that becomes the query; a list repeats its name, null leaves one out.",
      .example = "{\"limit\": 50}" },
    { .kind = FIELD_VALUE,
      .name = "headers",
      .offset = offsetof(struct http_config, headers),
      .help = "An object of texts. Credentials do not belong here but into a connection.",
      .example = "{\"Accept\": \"application/json\"}" },
    { .kind = FIELD_VALUE,
      .name = "body",
      .offset = offsetof(struct http_config, body),
      .main = true,
      .help =
          "Any value, sent as JSON; with a content_type that is none, a text or bytes "
          "({\"base64\": ...}) that are sent as they are, or for a form an object. nil sends no "
          "body.",
      .example = "\"=steps.entry\"" },
    { .kind = FIELD_TEXT,
      .name = "content_type",
      .offset = offsetof(struct http_config, content_type),
      .fallback = "application/json",
      .help = "How the body is written and declared. application/x-www-form-urlencoded: an object "
              "of fields. multipart/form-data: an object whose members are texts, or {\"text\" or "
              "\"base64\", \"filename\", \"type\"}." },
    { .kind = FIELD_CHOICE,
      .name = "response",
      .offset = offsetof(struct http_config, response),
      .fallback = "auto",
      .choices = responses,
      .help = "What `body` of the output is: auto: JSON where it is declared as such, else a text, "
              "or bytes; json: always read as JSON; text: never; bytes: {\"base64\": ...}." },
    { .kind = FIELD_JSON,
      .name = "expect",
      .offset = offsetof(struct http_config, expect),
      .fallback = "[\"2xx\"]",
      .help =
          "The statuses that are success: numbers, or classes such as \"2xx\". All others fail the "
          "step.",
      .example = "[200, 404]" },
    { .kind = FIELD_CHOICE,
      .name = "effect",
      .offset = offsetof(struct http_config, effect),
      .fallback = "by_method",
      .choices = effects,
      .help =
          "What the request does outside, which decides whether it may be repeated: none reads; "
          "idempotent may be done twice; keyed is recognised by its idempotency key; once must not "
          "be "
          "repeated. By method: GET, HEAD, OPTIONS none; PUT, DELETE idempotent; POST, PATCH "
          "once." },
    { .kind = FIELD_TEXT,
      .name = "key_header",
      .offset = offsetof(struct http_config, key_header),
      .help = "The header in which the system expects the idempotency key (effect keyed).",
      .example = "\"Idempotency-Key\"" },
    { .kind = FIELD_MS,
      .name = "key_valid",
      .offset = offsetof(struct http_config, key_valid_ms),
      .fallback = "24h",
      .help = "So long the system knows an idempotency key (effect keyed): after that time nothing "
              "of which nobody knows whether it happened is sent again with it." },
    { .kind = FIELD_OBJECT,
      .name = "probe",
      .offset = offsetof(struct http_config, probe),
      .rows = http__probe_rows,
      .size = sizeof(struct http_probe),
      .help = "A GET that tells whether the request was carried out, for when its answer got lost "
              "(effects keyed and once). Its answer then stands for the lost one.",
      .example = "{\"url\": \"https://api.example.com/v1/payments/7\"}" },
    { .kind = FIELD_OBJECT,
      .name = "save",
      .offset = offsetof(struct http_config, save),
      .rows = save__rows,
      .size = sizeof(struct saving),
      .help = "The body of an expected answer goes to a file, whatever its size, and `file` "
              "{folder, path, size, digest, changed} stands in the output in place of `body`. The "
              "file is there when the whole answer has come, and not before.",
      .example = "{\"folder\": \"/var/spool/reports\", \"file\": \"='report-' .. run.id .. "
                 "'.csv'\"}" },
    { .kind = FIELD_LIST,
      .name = "files",
      .offset = offsetof(struct http_config, files),
      .rows = http__upload_rows,
      .size = sizeof(struct upload),
      .max = STEP_UPLOADS,
      .help = "Files of this machine that are sent as they are read, whatever their size. With the "
              "content_type multipart/form-data each is a part, behind those of `body`; with "
              "another one the only file is the body. Nothing is sent of a file that changes "
              "between its look and its last byte but a request that is not whole.",
      .example = "[{\"part\": \"document\", \"folder\": \"/var/spool/reports\", \"file\": "
                 "\"=steps.get.file.path\", \"type\": \"text/csv\"}]" },
    { .kind = FIELD_JSON,
      .name = "not_processed",
      .offset = offsetof(struct http_config, not_processed),
      .help =
          "Statuses of 500 and above with which this system says that it did nothing, so that even "
          "a "
          "request that must not be repeated is tried again. Every 4xx but 408 says so by itself, "
          "429 among them.",
      .example = "[503]" },
    { .kind = FIELD_JSON,
      .name = "example",
      .offset = offsetof(struct http_config, example),
      .help = "The body of the answer in a simulated run, in which nothing leaves; with save the "
              "`file`." },
    FIELD_LAST,
};

/* ---- Compile */

void http__compile_target(struct flow_build *build, const struct value *url,
                          const struct value *path, bool connected, const char *pointer)
{
    if (url != NULL && path != NULL)
        flow_build_fault(build, pointer, "give either \"url\" or \"path\", not both");
    else if (url == NULL && path == NULL)
        flow_build_missing(build, pointer, connected ? "path" : "url", "%s",
                           connected ? "what to call below the connection's base URL"
                                     : "what to call; or name a connection and a \"path\"");
    else if (path != NULL && !connected)
        flow_build_fault(build, pointer,
                         "\"path\" is below the base URL of a connection, and the node names none; "
                         "give it a \"connection\", or a whole \"url\"");
    else if (url != NULL && connected)
        flow_build_fault(
            build, pointer,
            "the node has a connection, which holds its host: give the \"path\" below its "
            "base URL instead of a \"url\"");
}

static void http_compile_effect(struct flow_build *build, struct http_config *http,
                                const char *pointer)
{
    const char *method = methods[http->method];

    http->effect_class =
        http->effect == 0 ? request_effect(method) : (enum effect_class)(http->effect - 1);
    if (http->effect_class == EFFECT_KEYED && http->key_header == NULL)
        flow_build_fault(build, pointer,
                         "the effect keyed needs \"key_header\": where the system expects the key");
    if (http->effect_class != EFFECT_KEYED && http->key_header != NULL)
        flow_build_fault(build, pointer, "\"key_header\" has a meaning with the effect keyed only");
    if (http->key_header != NULL && !header_name_valid(http->key_header))
        flow_build_fault(build, pointer, "\"%.80s\" cannot be the name of a header",
                         http->key_header);
    if (http->body != NULL && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0))
        flow_build_fault(build, pointer, "a %s request has no body", method);
    if (!header_value_valid(http->content_type != NULL ? http->content_type : ""))
        flow_build_fault(build, pointer, "the content_type has control characters");
}

static void http_compile_save(struct flow_build *build, struct http_config *http,
                              const char *pointer)
{
    http->values[VALUE_FILE] = http->save->file;
    save__compile(build, http->save, pointer);
    if (http->response != RESPONSE_AUTO)
        flow_build_fault(build, pointer,
                         "\"response\" says what `body` is, and with \"save\" there is none");
    if (http->probe != NULL)
        flow_build_fault(build, pointer,
                         "a \"probe\" stands for an answer that got lost, and has no file: leave "
                         "out \"probe\" or \"save\"");
}

static void http_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    struct http_config *http = config;
    bool connected = definition_beside(build, pointer, "connection") != NULL;
    char place[PLACE_BYTES];

    (void)type;
    http->values[VALUE_TARGET] = http->url != NULL ? http->url : http->path;
    http->values[VALUE_QUERY] = http->query;
    http->values[VALUE_HEADERS] = http->headers;
    http->values[VALUE_BODY] = http->body;
    http__compile_target(build, http->url, http->path, connected, pointer);
    http_compile_effect(build, http, pointer);
    if (http->save != NULL)
        http_compile_save(build, http, pointer);
    http__upload_compile(build, http, methods[http->method], pointer);
    if (http->probe != NULL)
        http__probe_compile(build, http, pointer, connected);
    snprintf(place, sizeof place, "%s/headers", pointer);
    header_compile(build, http->headers, true, place);
    if (!status_set_read(&http->success, http->expect, "2xx")) {
        snprintf(place, sizeof place, "%s/expect", pointer);
        flow_build_fault(build, place, "\"expect\" is a list of statuses like 200 or \"2xx\"");
    }
    if (!status_set_read(&http->refused, http->not_processed, NULL)) {
        snprintf(place, sizeof place, "%s/not_processed", pointer);
        flow_build_fault(build, place, "\"not_processed\" is a list of statuses like 503");
    }
}

/* ---- The request */

struct http_sent {
    struct buf body; /* around the files */
    bool has_body;
    char type[FORM_DATA_TYPE];
    struct step_upload uploads[STEP_UPLOADS];
};

static bool http_saves(const void *config, int status)
{
    const struct http_config *http = config;

    return status_set_has(&http->success, status);
}

static void http_replied(struct step *step, const void *config, const struct step_reply *reply);

static void http_simulate(struct step *step, const struct http_config *http,
                          const struct step_ask *ask)
{
    json_t *output = json_object();
    bool failed = output == NULL;

    check(!failed); /* small things of our own */
    json_put(output, "status", json_integer(200), &failed);
    json_put(output, "headers", json_object(), &failed);
    json_put_or_null(output, http->save != NULL ? "file" : "body", json_incref(http->example),
                     &failed);
    check(!failed);
    step_simulate(step, ask, &output);
}

static void http_send(struct step *step, const struct http_config *http,
                      const struct header_list *headers, const struct buf *target,
                      const struct http_sent *sent, const struct step_save *save)
{
    struct step_ask ask = {
        .method = methods[http->method],
        .target = buf_text(target),
        .headers = headers->pairs,
        .header_count = headers->count,
        .body = sent->has_body ? buf_text(&sent->body) : NULL,
        .body_size = sent->body.len,
        .uploads = sent->uploads,
        .upload_count = http->uploads.count,
        .effect = http->effect_class,
        .key_header = http->key_header,
        .key_valid_ms = http->key_valid_ms,
        .save = http->save != NULL ? save : NULL,
    };

    if (step_simulated(step))
        http_simulate(step, http, &ask);
    else
        step_call(step, &ask, http_replied);
}

/* The body, and its Content-Type where the form says one of its own. */
static enum err_code http_body(struct step *step, const struct http_config *http, json_t *value,
                               struct http_sent *sent, struct header_list *headers, struct err *e)
{
    bool form = form_data_is(http->content_type);
    enum err_code rc;

    sent->has_body = value != NULL || http->uploads.count > 0;
    if (!sent->has_body)
        return ERR_OK;
    if (http->uploads.count > 0)
        rc = upload__body(step, &http->uploads, form, value, &sent->body, sent->type, sent->uploads,
                          e);
    else
        rc = form ? form_data_write(value, NULL, 0, &sent->body, sent->type, e)
                  : request_body(value, http->content_type, &sent->body, e);
    if (rc != ERR_OK)
        return rc;
    if (form && header_list_has(headers, "Content-Type"))
        return err_set(e, ERR_INVALID,
                       "the Content-Type of multipart/form-data has a boundary, "
                       "and is made here; leave the header out");
    if (!header_list_has(headers, "Content-Type") &&
        !header_list_add(headers, "Content-Type", form ? sent->type : http->content_type))
        return err_set(e, ERR_INVALID, "there are too many headers");
    return ERR_OK;
}

static void http_request(struct step *step, const void *config, const struct step_values *values)
{
    const struct http_config *http = config;
    struct header_list headers;
    struct http_sent sent;
    struct step_save save = { 0 };
    struct buf target;
    json_t *details = NULL;
    enum err_code rc;
    struct err e;

    check(values->count == VALUE_COUNT);
    header_list_init(&headers);
    buf_init(&target, LIMIT_HEADER_BYTES);
    buf_init(&sent.body, LIMIT_OUTPUT);
    rc = request_target(values->filled[VALUE_TARGET], values->filled[VALUE_QUERY], &target, &e);
    if (rc == ERR_OK)
        rc = header_list_read(&headers, values->filled[VALUE_HEADERS], true, &e);
    if (rc == ERR_OK && http->key_header != NULL && header_list_has(&headers, http->key_header))
        rc = err_set(&e, ERR_INVALID, "the header \"%s\" carries the idempotency key; leave it out",
                     http->key_header);
    if (rc == ERR_OK)
        rc = http_body(step, http, values->filled[VALUE_BODY], &sent, &headers, &e);
    if (rc == ERR_OK && http->save != NULL)
        rc = save__ask(http->save, values->filled[VALUE_FILE], &save, &e);
    save.wants = http_saves;
    if (rc != ERR_OK)
        step_fail(step, &e, &details);
    else
        http_send(step, http, &headers, &target, &sent, &save);
    buf_fini(&sent.body);
    buf_fini(&target);
    header_list_fini(&headers);
}

enum node_next http__ask(struct step *step, const void *config)
{
    const struct http_config *http = config;

    return step_eval(step, http->values, VALUE_COUNT, false, http_request);
}

static enum node_next http_start(struct step *step, const void *config)
{
    const struct http_config *http = config;

    check(http->success.count > 0);
    return http->uploads.count > 0 ? upload__look(step, &http->uploads) : http__ask(step, http);
}

/* ---- The answer */

static void http_refused(struct step *step, const struct http_config *http,
                         const struct step_reply *reply)
{
    bool not_processed = status_set_has(&http->refused, reply->status);
    json_t *body = NULL;
    char message[320];
    struct err ignored;

    if (reply_body(reply, &body, &ignored) != ERR_OK) {
        body = NULL;           /* the excerpt in the details has to do */
        not_processed = false; /* what cannot be read does not say so */
    }
    reply_message(body, NULL, message, sizeof message);
    json_decref(body);
    reply_fail(step, reply, reply_classify(reply->status, http->effect_class, not_processed),
               message);
}

/* body: of an answer that did not become a file. */
json_t *http__output(const struct step_reply *reply, json_t *body, struct err *e)
{
    json_t *output = json_object();
    bool failed = output == NULL;

    json_put(output, "status", json_integer(reply->status), &failed);
    json_put(output, "headers", header_json(reply->headers, reply->header_count, NULL), &failed);
    if (reply->saved != NULL)
        save__put(output, reply->saved, &failed);
    else
        json_put_or_null(output, "body", json_incref(body), &failed);
    if (!failed)
        return output;
    json_decref(output);
    err_set(e, ERR_MEMORY, "no memory for the answer");
    return NULL;
}

/* As "response" says. Compressed bytes were not asked for, and are not taken for a text. */
enum err_code http__body(const struct http_config *http, const struct step_reply *reply,
                         json_t **body, struct err *e)
{
    const char *coding = reply_coding(reply);

    if (coding != NULL)
        return err_set(e, ERR_INVALID, "the answer is compressed (%.40s), which was not asked for",
                       coding);
    switch ((enum http_response)http->response) {
    case RESPONSE_JSON:
        return reply_json(reply, body, e);
    case RESPONSE_TEXT:
        return reply_text(reply, body, e);
    case RESPONSE_BYTES:
        return reply_raw(reply, body, e);
    case RESPONSE_AUTO:
        break;
    }
    return reply_body(reply, body, e);
}

static void http_replied(struct step *step, const void *config, const struct step_reply *reply)
{
    const struct http_config *http = config;
    json_t *body = NULL, *output = NULL, *details = NULL;
    struct err e;

    if (!status_set_has(&http->success, reply->status)) {
        http_refused(step, http, reply);
        return;
    }
    if (reply->saved != NULL || http__body(http, reply, &body, &e) == ERR_OK)
        output = http__output(reply, body, &e);
    json_decref(body);
    if (output != NULL) {
        step_done(step, "out", &output);
        return;
    }
    details = reply_details(reply);
    step_fail_unsure(step, &e, &details);
}

const struct node_type node_connector_http = {
    .name = "connector.http",
    .kind = NODE_CONNECTOR,
    .title = "HTTP request",
    .help = "Calls a system over HTTP. The output is {status, headers, body}; a body declared as "
            "JSON is parsed with every digit of its numbers. With files it sends files, with save "
            "the body of the answer becomes one. Redirects are not followed.",
    .fields = http_fields,
    .config_size = sizeof(struct http_config),
    .effect = EFFECT_ONCE,
    .example = "{\"method\": \"GET\", \"url\": \"https://api.example.com/v1/rates\", \"query\": "
               "{\"base\": \"USD\"}}",
    .compile = http_compile,
    .start = http_start,
    .doubt = http__doubt,
    .probe = http__probe,
};
