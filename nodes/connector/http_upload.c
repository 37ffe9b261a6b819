/* http_upload.c - connector.http: files of this machine in the body of a request.
 *
 *   start: their paths -> each is looked at: size and digest -> the request -> call (node_upload.h)
 *
 * The folder is part of the flow, never of a payload: what arrives can name no other. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "flow/node_file.h"
#include "nodes/connector/http_priv.h"
#include "nodes/file_path.h"
#include "nodes/header.h"

#define UPLOAD_MOST ((int64_t)64 * 1024 * MIB)

const struct field http__upload_rows[] = {
    { .kind = FIELD_TEXT,
      .name = "part",
      .offset = offsetof(struct http_upload, part),
      .help = "The name of its part of the form (multipart/form-data).",
      .example = "\"document\"" },
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct http_upload, folder),
      .required = true,
      .help = "The folder out of which no path leads: an absolute path below one that the server's "
              "configuration allows.",
      .example = "\"/var/spool/reports\"" },
    { .kind = FIELD_VALUE,
      .name = "file",
      .offset = offsetof(struct http_upload, file),
      .required = true,
      .help = "The file, seen from the folder.",
      .example = "\"=steps.get.file.path\"" },
    { .kind = FIELD_VALUE,
      .name = "filename",
      .offset = offsetof(struct http_upload, filename),
      .help = "What the part says of the file's name; without it the last part of `file`.",
      .example = "\"='report-' .. trigger.body.day .. '.csv'\"" },
    { .kind = FIELD_TEXT,
      .name = "type",
      .offset = offsetof(struct http_upload, type),
      .help = "The media type of the part; without it application/octet-stream.",
      .example = "\"text/csv\"" },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct http_upload, limit),
      .fallback = "1073741824",
      .min = 1,
      .max = UPLOAD_MOST,
      .help = "Bytes; a larger file is not sent." },
    FIELD_LAST,
};

static const struct http_upload *upload_at(const struct http_config *http, size_t i)
{
    check(i < http->files.count);
    return (const struct http_upload *)http->files.items + i;
}

/* ---- Compile */

void http__upload_names(struct http_config *http)
{
    for (size_t i = 0; i < http->files.count && i < STEP_UPLOADS; i++) {
        http->names[2 * i] = upload_at(http, i)->file;
        http->names[2 * i + 1] = upload_at(http, i)->filename;
    }
}

static void upload_compile_one(struct flow_build *build, const struct http_upload *upload,
                               bool form, const char *place)
{
    const char *type = upload->type;

    file_folder_compile(build, upload->folder, place);
    if (form && (upload->part == NULL || *upload->part == '\0'))
        flow_build_fault(build, place, "\"part\" is missing: the file's name in the form");
    if (!form && (upload->part != NULL || upload->filename != NULL || type != NULL))
        flow_build_fault(build, place,
                         "\"part\", \"filename\" and \"type\" belong to a form (\"content_type\": "
                         "\"multipart/form-data\"); here the file is the whole body, and "
                         "\"content_type\" is its type");
    if (type != NULL && (!header_value_valid(type) || *type == '\0'))
        flow_build_fault(build, place,
                         "\"type\" cannot be sent: it is empty or has control "
                         "characters");
}

void http__upload_compile(struct flow_build *build, const struct http_config *http,
                          const char *method, const char *pointer)
{
    bool form = form_data_is(http->content_type);
    char place[PLACE_BYTES];

    for (size_t i = 0; i < http->files.count; i++) {
        snprintf(place, sizeof place, "%s/files/%zu", pointer, i);
        upload_compile_one(build, upload_at(http, i), form, place);
    }
    snprintf(place, sizeof place, "%s/files", pointer);
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        flow_build_fault(build, place, "a %s request has no body, and so no files", method);
    if (!form && http->files.count > 1)
        flow_build_fault(build, place,
                         "several files are sent as a form: \"content_type\": "
                         "\"multipart/form-data\", with a \"part\" for each");
    if (!form && http->body != NULL)
        flow_build_fault(build, place,
                         "the file is the whole body; leave out \"body\", or send a form "
                         "(\"content_type\": \"multipart/form-data\")");
}

/* ---- What is there */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static enum err_code upload_name(const struct http_upload *upload, json_t *file, json_t *filename,
                                 struct http_looked *looked, struct err *e)
{
    const char *shown;

    if (file_path_read(file, "file", e) != ERR_OK)
        return e->code;
    if (strlen(json_text(file)) >= HTTP_NAME)
        return err_set(e, ERR_INVALID, "\"file\" is longer than %u bytes", HTTP_NAME - 1);
    if (upload->filename != NULL && !json_is_text(filename))
        return err_set(e, ERR_INVALID, "\"filename\" must be a text, but is: %s",
                       json_kind(filename));
    snprintf(looked->name, sizeof looked->name, "%s", json_text(file));
    shown = upload->filename != NULL ? json_text(filename) : last_part(looked->name);
    if (strlen(shown) >= sizeof looked->filename)
        return err_set(e, ERR_INVALID, "\"filename\" is longer than %zu bytes",
                       sizeof looked->filename - 1);
    snprintf(looked->filename, sizeof looked->filename, "%s", shown);
    return ERR_OK;
}

static enum err_code upload_judge(const struct http_upload *upload, const struct file_ask *ask,
                                  struct err *e)
{
    if (!ask->exists)
        return err_set(e, ERR_NOT_FOUND, "%.200s/%.150s is not there", ask->folder, ask->name);
    if (ask->is_folder)
        return err_set(e, ERR_INVALID, "%.200s/%.150s is not a regular file", ask->folder,
                       ask->name);
    if (ask->stamp.size > upload->limit)
        return err_set(
            e, ERR_LIMIT, "%.200s/%.150s has %lld bytes, and \"limit\" allows %lld to be sent",
            ask->folder, ask->name, (long long)ask->stamp.size, (long long)upload->limit);
    return ERR_OK;
}

static void upload_next(struct step *step, const struct http_config *http);

static void upload_looked(struct step *step, const void *config, struct file_ask *ask, void *job)
{
    const struct http_config *http = config;
    struct http_state *state = http__state(step, http);
    struct http_looked *looked = &state->files[state->count];
    struct err e;

    (void)job;
    if (upload_judge(upload_at(http, state->count), ask, &e) != ERR_OK) {
        step_fail(step, &e, NULL);
        return;
    }
    looked->stamp = ask->stamp;
    memcpy(looked->digest, ask->digest, sizeof looked->digest);
    state->count++;
    upload_next(step, http);
}

/* The next file, or behind the last one the request. A simulated run has no files to look at. */
static void upload_next(struct step *step, const struct http_config *http)
{
    struct http_state *state = http__state(step, http);
    struct step_filing filing = { .ask = NULL };

    if (state->count == http->files.count || step_simulated(step)) {
        step_eval(step, http->values, VALUE_COUNT, false, http__request);
        return;
    }
    filing.ask = file_ask_new(FILE_STAT, upload_at(http, state->count)->folder,
                              state->files[state->count].name);
    filing.ask->whole = true;
    filing.ask->most = (size_t)upload_at(http, state->count)->limit;
    step_file(step, &filing, upload_looked);
}

static void upload_named(struct step *step, const void *config, const struct step_values *values)
{
    const struct http_config *http = config;
    struct http_state *state = http__state(step, http);
    struct err e;

    check(values->count == 2 * http->files.count);
    state->count = 0;
    for (size_t i = 0; i < http->files.count; i++)
        if (upload_name(upload_at(http, i), values->filled[2 * i], values->filled[2 * i + 1],
                        &state->files[i], &e) != ERR_OK) {
            step_fail(step, &e, NULL);
            return;
        }
    upload_next(step, http);
}

enum node_next http__upload_look(struct step *step, const struct http_config *http)
{
    return step_eval(step, http->names, 2 * http->files.count, false, upload_named);
}

/* ---- The request */

enum err_code http__upload_body(struct step *step, const struct http_config *http, json_t *value,
                                struct buf *body, char type[FORM_DATA_TYPE],
                                struct step_upload *uploads, struct err *e)
{
    struct http_state *state = http__state(step, http);
    struct form_data_file files[STEP_UPLOADS];
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < http->files.count; i++) {
        const struct http_upload *upload = upload_at(http, i);
        const struct http_looked *looked = &state->files[i];

        files[i] =
            (struct form_data_file){ .part = upload->part,
                                     .filename = looked->filename,
                                     .type = upload->type != NULL ? upload->type
                                                                  : "application/octet-stream",
                                     .digest = looked->digest };
    }
    if (form_data_is(http->content_type))
        rc = form_data_write(value, files, http->files.count, body, type, e);
    for (size_t i = 0; rc == ERR_OK && i < http->files.count; i++)
        uploads[i] = (struct step_upload){ .at = files[i].at,
                                           .folder = upload_at(http, i)->folder,
                                           .name = state->files[i].name,
                                           .stamp = state->files[i].stamp,
                                           .digest = state->files[i].digest };
    return rc;
}
