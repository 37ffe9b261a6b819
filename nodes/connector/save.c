/* save.c - see save_priv.h. */
#include "nodes/connector/save_priv.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/definition.h"
#include "nodes/file_path.h"

#define SAVE_MOST ((int64_t)64 * 1024 * MIB)
#define SAVE_KEEP INT64_C(315360000000) /* ten years */

static const char *const exists[] = { "refuse", "replace", NULL };

const struct field save__rows[] = {
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct saving, folder),
      .required = true,
      .help = "The folder out of which no path leads: " FILE_FOLDER_HELP,
      .example = "\"/var/spool/reports\"" },
    { .kind = FIELD_VALUE,
      .name = "file",
      .offset = offsetof(struct saving, file),
      .required = true,
      .help = "The file, seen from the folder.",
      .example = "\"='report-' .. trigger.body.day .. '.csv'\"" },
    { .kind = FIELD_CHOICE,
      .name = "exists",
      .offset = offsetof(struct saving, exists),
      .fallback = "refuse",
      .choices = exists,
      .help = "When a file with other content is there already: fail, or replace it. The same "
              "content is no other file." },
    { .kind = FIELD_BOOL,
      .name = "make_folders",
      .offset = offsetof(struct saving, make_folders),
      .fallback = "false",
      .help = "Folders of the path that are not there are made." },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct saving, limit),
      .fallback = "1073741824",
      .min = 1,
      .max = SAVE_MOST,
      .help = "Bytes; of a larger answer nothing is kept." },
    { .kind = FIELD_MS,
      .name = "keep",
      .offset = offsetof(struct saving, keep_ms),
      .min = 1,
      .max = SAVE_KEEP,
      .help = "So long after it was saved the file is removed, unless it is another one by then. "
              "Without it the file stays.",
      .example = "\"30d\"" },
    { .kind = FIELD_BOOL,
      .name = "unsized",
      .offset = offsetof(struct saving, unsized),
      .fallback = "false",
      .help = "Take answers also that do not say how long they are: when the connection breaks, "
              "such a one looks as if it were whole." },
    FIELD_LAST,
};

void save__compile(struct flow_build *build, const struct saving *to, const char *pointer)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/save", pointer);
    file_folder_compile(build, to->folder, place);
}

enum err_code save__ask(const struct saving *to, const json_t *file, struct step_save *save,
                        struct err *e)
{
    if (file_path_read(file, "file", e) != ERR_OK)
        return e->code;
    *save = (struct step_save){ .folder = to->folder,
                                .name = json_text(file),
                                .parents = to->make_folders,
                                .replace = to->exists == 1,
                                .unsized = to->unsized,
                                .most = to->limit,
                                .keep_ms = to->keep_ms };
    return ERR_OK;
}

void save__put(json_t *output, const struct step_saved *saved, bool *failed)
{
    json_t *file = json_object();

    check(saved != NULL);
    json_put(file, "folder", json_string(saved->folder), failed);
    json_put(file, "path", json_string(saved->name), failed);
    json_put(file, "size", json_integer(saved->size), failed);
    json_put(file, "digest", json_string(saved->digest), failed);
    json_put(file, "changed", json_boolean(saved->changed), failed);
    json_put(output, "file", file, failed);
}
