/* http_save.c - connector.http: an answer whose body becomes a file. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/connector/http_priv.h"
#include "nodes/file_path.h"
#include "nodes/header.h"

#define SAVE_MOST ((int64_t)64 * 1024 * MIB)
#define SAVE_KEEP INT64_C(315360000000) /* ten years */

static const char *const exists[] = { "refuse", "replace", NULL };

const struct field http__save_rows[] = {
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct http_save, folder),
      .required = true,
      .help = "The folder out of which no path leads: an absolute path below one that the server's "
              "configuration allows.",
      .example = "\"/var/spool/reports\"" },
    { .kind = FIELD_VALUE,
      .name = "file",
      .offset = offsetof(struct http_save, file),
      .required = true,
      .help = "The file, seen from the folder.",
      .example = "\"='report-' .. trigger.body.day .. '.csv'\"" },
    { .kind = FIELD_CHOICE,
      .name = "exists",
      .offset = offsetof(struct http_save, exists),
      .fallback = "refuse",
      .choices = exists,
      .help = "When a file with other content is there already: fail, or replace it. The same "
              "content is no other file." },
    { .kind = FIELD_BOOL,
      .name = "make_folders",
      .offset = offsetof(struct http_save, make_folders),
      .fallback = "false",
      .help = "Folders of the path that are not there are made." },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct http_save, limit),
      .fallback = "1073741824",
      .min = 1,
      .max = SAVE_MOST,
      .help = "Bytes; of a larger answer nothing is kept." },
    { .kind = FIELD_MS,
      .name = "keep",
      .offset = offsetof(struct http_save, keep_ms),
      .min = 1,
      .max = SAVE_KEEP,
      .help = "So long after it was saved the file is removed, unless it is another one by then. "
              "Without it the file stays.",
      .example = "\"30d\"" },
    { .kind = FIELD_BOOL,
      .name = "unsized",
      .offset = offsetof(struct http_save, unsized),
      .fallback = "false",
      .help = "Take answers also that do not say how long they are: when the connection breaks, "
              "such a one looks as if it were whole." },
    FIELD_LAST,
};

void http__save_compile(struct flow_build *build, struct http_config *http, const char *pointer)
{
    struct http_save *save = http->save;
    char place[PLACE_BYTES];

    http->values[VALUE_FILE] = save->file;
    snprintf(place, sizeof place, "%s/save", pointer);
    file_folder_compile(build, save->folder, place);
    if (http->response != RESPONSE_AUTO)
        flow_build_fault(build, pointer,
                         "\"response\" says what `body` is, and with \"save\" there is none");
    if (http->probe != NULL)
        flow_build_fault(build, pointer,
                         "a \"probe\" stands for an answer that got lost, and has no file: leave "
                         "out \"probe\" or \"save\"");
}

static bool save_wants(const void *config, int status)
{
    const struct http_config *http = config;

    return status_set_has(&http->success, status);
}

enum err_code http__save_ask(struct step *step, const struct http_config *http, const json_t *file,
                             struct step_save *save, struct err *e)
{
    const struct http_save *to = http->save;
    char *name = http__state(step, http)->saved;

    if (file_path_read(file, "file", e) != ERR_OK)
        return e->code;
    if (strlen(json_text(file)) >= UPLOAD_NAME)
        return err_set(e, ERR_INVALID, "\"file\" is longer than %u bytes", UPLOAD_NAME - 1);
    snprintf(name, UPLOAD_NAME, "%s", json_text(file));
    *save = (struct step_save){ .folder = to->folder,
                                .name = name,
                                .parents = to->make_folders,
                                .replace = to->exists == 1,
                                .unsized = to->unsized,
                                .most = to->limit,
                                .keep_ms = to->keep_ms,
                                .wants = save_wants };
    return ERR_OK;
}

json_t *http__saved(struct step *step, const struct http_config *http,
                    const struct step_reply *reply, struct err *e)
{
    const struct step_saved *saved = reply->saved;
    json_t *output = json_object(), *file = json_object();
    bool failed = output == NULL || file == NULL;

    check(saved != NULL);
    json_put(file, "folder", json_string(http->save->folder), &failed);
    json_put(file, "path", json_string(http__state(step, http)->saved), &failed);
    json_put(file, "size", json_integer(saved->size), &failed);
    json_put(file, "digest", json_string(saved->digest), &failed);
    json_put(file, "changed", json_boolean(saved->changed), &failed);
    json_put(output, "status", json_integer(reply->status), &failed);
    json_put(output, "headers", header_json(reply->headers, reply->header_count, NULL), &failed);
    json_put(output, "file", file, &failed);
    if (!failed)
        return output;
    json_decref(output);
    err_set(e, ERR_MEMORY, "no memory for the answer");
    return NULL;
}
