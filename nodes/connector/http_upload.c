/* http_upload.c - connector.http: the files that a node sends (upload_priv.h). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "nodes/connector/http_priv.h"
#include "nodes/file_path.h"
#include "nodes/header.h"

const struct field http__upload_rows[] = {
    { .kind = FIELD_TEXT,
      .name = "part",
      .offset = offsetof(struct upload, part),
      .help = "The name of its part of the form (multipart/form-data).",
      .example = "\"document\"" },
    UPLOAD_FOLDER_ROW,
    UPLOAD_FILE_ROW,
    UPLOAD_FILENAME_ROW,
    { .kind = FIELD_TEXT,
      .name = "type",
      .offset = offsetof(struct upload, type),
      .help = "The media type of the part; without it application/octet-stream.",
      .example = "\"text/csv\"" },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct upload, limit),
      .fallback = "1073741824",
      .min = 1,
      .max = UPLOAD_MOST,
      .help = "Bytes; a larger file is not sent." },
    FIELD_LAST,
};

static void upload_compile_one(struct flow_build *build, const struct upload *upload, bool form,
                               const char *place)
{
    const char *type = upload->type;

    file_folder_compile(build, upload->folder, place);
    if (form && (upload->part == NULL || *upload->part == '\0'))
        flow_build_missing(build, place, "part", "the file's name in the form");
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

static void upload_compile_all(struct flow_build *build, const struct http_config *http,
                               const char *method, const char *pointer)
{
    bool form = form_data_is(http->content_type);
    char place[PLACE_BYTES];

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

void http__upload_compile(struct flow_build *build, struct http_config *http, const char *method,
                          const char *pointer)
{
    const struct upload *list = http->files.items;
    char place[PLACE_BYTES];

    for (size_t i = 0; i < http->files.count; i++) {
        snprintf(place, sizeof place, "%s/files/%zu", pointer, i);
        upload_compile_one(build, &list[i], form_data_is(http->content_type), place);
        upload__add(&http->uploads, &list[i]);
    }
    if (http->files.count > 0)
        upload_compile_all(build, http, method, pointer);
    http->uploads.state_size = upload__state_size(http->uploads.count);
    http->uploads.then = http__ask;
}
