/* sql_save.c - rows that become a file, one by one, in the memory of one row: of connector.sql, and
 * of an action over SQL that is made for it. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/connector/sql_priv.h"
#include "nodes/file_path.h"

#define SAVE_MOST ((int64_t)64 * 1024 * MIB)
#define SAVE_ROWS INT64_C(1000000000)

static const char *const exists[] = { "refuse", "replace", NULL };

const struct field sql__save_rows[] = {
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct sql_save, folder),
      .required = true,
      .help = "The folder out of which no path leads: " FILE_FOLDER_HELP,
      .example = "\"/var/spool/rows\"" },
    { .kind = FIELD_VALUE,
      .name = "file",
      .offset = offsetof(struct sql_save, file),
      .required = true,
      .help = "The file, seen from the folder. Give each run its own: `run.id` is one.",
      .example = "\"='invoices-' .. run.id .. '.json'\"" },
    { .kind = FIELD_CHOICE,
      .name = "exists",
      .offset = offsetof(struct sql_save, exists),
      .fallback = "replace",
      .choices = exists,
      .help = "When a file with other content is there already: replace it, as a step does that is "
              "done again after a crash, or fail." },
    { .kind = FIELD_BOOL,
      .name = "make_folders",
      .offset = offsetof(struct sql_save, make_folders),
      .fallback = "false",
      .help = "Folders of the path that are not there are made." },
    { .kind = FIELD_INT,
      .name = "max_rows",
      .offset = offsetof(struct sql_save, max_rows),
      .fallback = "1000000",
      .min = 1,
      .max = SAVE_ROWS,
      .help = "When there are more rows, the step fails and nothing is kept: none is left out in "
              "silence." },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct sql_save, limit),
      .fallback = "1073741824",
      .min = 1,
      .max = SAVE_MOST,
      .help = "Bytes; of a longer file nothing is kept." },
    FIELD_LAST,
};

void sql__save_compile(struct flow_build *build, const struct sql_save *save, const char *pointer)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/save", pointer);
    file_folder_compile(build, save->folder, place);
}

enum err_code sql__save_ask(struct step *step, const struct sql_save *save, const json_t *file,
                            struct sql_ask *ask, struct err *e)
{
    check(ask->count == 1 && ask->file == NULL);
    if (file_path_read(file, "file", e) != ERR_OK)
        return e->code;
    ask->file = file_ask_new(FILE_WRITE, save->folder, json_text(file));
    ask->file->parents = save->make_folders;
    ask->file->replace = save->exists == 1;
    ask->file->most = (size_t)save->limit;
    snprintf(ask->file->key, sizeof ask->file->key, "%s", step_key(step));
    ask->list[0].max_rows = (unsigned)save->max_rows;
    return ERR_OK;
}

json_t *sql__saved(const struct sql_ask *ask)
{
    const struct file_ask *kept = ask->file;
    json_t *output = json_object(), *file = json_object();
    bool failed = output == NULL || file == NULL;

    json_put(file, "folder", json_string(kept->folder), &failed);
    json_put(file, "path", json_string(kept->name), &failed);
    json_put(file, "size", json_integer(kept->stamp.size), &failed);
    json_put(file, "digest", json_string(kept->digest), &failed);
    json_put(file, "changed", json_boolean(kept->changed), &failed);
    json_put(output, "count", json_integer(ask->rows), &failed);
    json_put(output, "file", file, &failed);
    if (!failed)
        return output;
    json_decref(output);
    return NULL;
}
