/* action_upload.c - the files that an action of a manifest sends: a node's settings for them, and
 * what templates see of them. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/connector/action_priv.h"
#include "nodes/definition.h"
#include "nodes/file_path.h"
#include "nodes/manifest_files.h"

/* ---- Settings */

static const struct field upload_rows[] = { UPLOAD_FOLDER_ROW, UPLOAD_FILE_ROW, FIELD_LAST };
static const struct field upload_rows_named[] = { UPLOAD_FOLDER_ROW, UPLOAD_FILE_ROW,
                                                  UPLOAD_FILENAME_ROW, FIELD_LAST };

static struct field file_row(const struct manifest_file *file, size_t index)
{
    return (struct field){ .kind = FIELD_OBJECT,
                           .name = file->name,
                           .offset = offsetof(struct action_files, list) +
                                     index * sizeof(struct upload *),
                           .help = file->help,
                           .required = !file->optional,
                           .rows = file->filename ? upload_rows_named : upload_rows,
                           .size = sizeof(struct upload) };
}

/* One allocation: the rows of the node, their end, the rows of the files, their end. */
struct field *action_fields_filed(const struct field *base, const struct manifest_files *files)
{
    size_t count = 0;
    struct field *rows, *inner;
    bool required = false;

    while (base[count].kind != FIELD_END)
        count++;
    rows = mem_must((count + 2 + files->count + 1) * sizeof *rows);
    inner = rows + count + 2;
    memcpy(rows, base, count * sizeof *rows);
    for (size_t i = 0; i < files->count; i++) {
        inner[i] = file_row(&files->list[i], i);
        required = required || !files->list[i].optional;
    }
    rows[count] = (struct field){ .kind = FIELD_OBJECT,
                                  .name = "files",
                                  .offset = offsetof(struct action_config, files),
                                  .help = "Files of this machine that are sent as they are read, "
                                          "whatever their size.",
                                  .required = required,
                                  .rows = inner,
                                  .size = sizeof(struct action_files) };
    return rows; /* zeroed: FIELD_END stands where it belongs */
}

void action__files_compile(struct flow_build *build, struct action_config *call,
                           const struct action *action, const char *pointer)
{
    const struct manifest_files *files = &action->files;
    char place[PLACE_BYTES];

    call->uploads.state_size = upload__state_size(files->count) + sizeof(struct action_kept);
    call->uploads.then = action__eval;
    for (size_t i = 0; call->files != NULL && i < files->count; i++) {
        struct upload *upload = call->files->list[i];

        if (upload == NULL)
            continue;
        upload->part = files->list[i].part;
        upload->type = files->list[i].type;
        upload->limit = files->list[i].limit;
        snprintf(place, sizeof place, "%s/files/%s", pointer, files->list[i].name);
        file_folder_compile(build, upload->folder, place);
        upload__add(&call->uploads, upload);
    }
}

/* ---- Templates */

enum err_code action__files_see(struct step *step, const struct action *action,
                                const struct action_config *call, json_t *scope, struct err *e)
{
    json_t *all = json_object(), *one;
    bool failed = all == NULL, known = !step_simulated(step);
    size_t at = 0;

    for (size_t i = 0; i < action->files.count && !failed; i++) {
        const struct upload_looked *looked;

        if (call->files->list[i] == NULL)
            continue;
        looked = upload__looked(step, &call->uploads, at++);
        one = json_object();
        failed = one == NULL;
        json_put(one, "filename", json_string(looked->filename), &failed);
        if (known) { /* a simulated run has no files */
            json_put(one, "size", json_integer(looked->stamp.size), &failed);
            json_put(one, "digest", json_string(looked->digest), &failed);
        }
        json_put(all, action->files.list[i].name, one, &failed);
    }
    json_put(scope, "file", all, &failed);
    return failed ? err_set(e, ERR_MEMORY, "no memory for the request") : ERR_OK;
}
