/* upload.c - see upload_priv.h. */
#include "nodes/connector/upload_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/node_file.h"
#include "nodes/file_path.h"

size_t upload__state_size(size_t count)
{
    return sizeof(struct upload_state) + count * sizeof(struct upload_looked);
}

void upload__add(struct uploads *uploads, const struct upload *upload)
{
    if (uploads->count == STEP_UPLOADS)
        return; /* more are a fault of the flow or the manifest */
    uploads->names[2 * uploads->count] = upload->file;
    uploads->names[2 * uploads->count + 1] = upload->filename;
    uploads->list[uploads->count++] = upload;
}

static struct upload_state *upload_state(struct step *step, const struct uploads *uploads)
{
    char *state = step_state(step, uploads->state_size);

    return (struct upload_state *)(void *)state;
}

const struct upload_looked *upload__looked(struct step *step, const struct uploads *uploads,
                                           size_t index)
{
    check(index < uploads->count);
    return &upload_state(step, uploads)->files[index];
}

/* ---- What is there */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static enum err_code upload_name(const struct upload *upload, json_t *file, json_t *filename,
                                 struct upload_looked *looked, struct err *e)
{
    const char *shown;

    if (file_path_read(file, "file", e) != ERR_OK)
        return e->code;
    if (strlen(json_text(file)) >= UPLOAD_NAME)
        return err_set(e, ERR_INVALID, "\"file\" is longer than %u bytes", UPLOAD_NAME - 1);
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

static enum err_code upload_judge(const struct upload *upload, const struct file_ask *ask,
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

static void upload_next(struct step *step, const void *config);

static void upload_looked_at(struct step *step, const void *config, struct file_ask *ask, void *job)
{
    const struct uploads *uploads = config;
    struct upload_state *state = upload_state(step, uploads);
    struct upload_looked *looked = &state->files[state->count];
    struct err e;

    (void)job;
    if (upload_judge(uploads->list[state->count], ask, &e) != ERR_OK) {
        step_fail(step, &e, NULL);
        return;
    }
    looked->stamp = ask->stamp;
    memcpy(looked->digest, ask->digest, sizeof looked->digest);
    state->count++;
    upload_next(step, config);
}

/* The next file, or behind the last one the request. A simulated run has no files to look at. */
static void upload_next(struct step *step, const void *config)
{
    const struct uploads *uploads = config;
    struct upload_state *state = upload_state(step, uploads);
    struct step_filing filing = { .ask = NULL };

    if (state->count == uploads->count || step_simulated(step)) {
        uploads->then(step, config);
        return;
    }
    filing.ask = file_ask_new(FILE_STAT, uploads->list[state->count]->folder,
                              state->files[state->count].name);
    filing.ask->whole = true;
    filing.ask->most = (size_t)uploads->list[state->count]->limit;
    step_file(step, &filing, upload_looked_at);
}

static void upload_named(struct step *step, const void *config, const struct step_values *values)
{
    const struct uploads *uploads = config;
    struct upload_state *state = upload_state(step, uploads);
    struct err e;

    check(values->count == 2 * uploads->count);
    state->count = 0;
    for (size_t i = 0; i < uploads->count; i++)
        if (upload_name(uploads->list[i], values->filled[2 * i], values->filled[2 * i + 1],
                        &state->files[i], &e) != ERR_OK) {
            step_fail(step, &e, NULL);
            return;
        }
    upload_next(step, config);
}

enum node_next upload__look(struct step *step, const struct uploads *uploads)
{
    check(uploads->count > 0);
    return step_eval(step, uploads->names, 2 * uploads->count, false, upload_named);
}

/* ---- The request */

enum err_code upload__body(struct step *step, const struct uploads *uploads, bool form,
                           json_t *value, struct buf *body, char type[FORM_DATA_TYPE],
                           struct step_upload *made, struct err *e)
{
    const struct upload_state *state = upload_state(step, uploads);
    struct form_data_file files[STEP_UPLOADS] = { 0 };
    enum err_code rc = ERR_OK;

    check(form || uploads->count == 1);
    for (size_t i = 0; i < uploads->count; i++) {
        const struct upload *upload = uploads->list[i];
        const struct upload_looked *looked = &state->files[i];

        files[i] =
            (struct form_data_file){ .part = upload->part,
                                     .filename = looked->filename,
                                     .type = upload->type != NULL ? upload->type
                                                                  : "application/octet-stream",
                                     .digest = looked->digest };
    }
    if (form)
        rc = form_data_write(value, files, uploads->count, body, type, e);
    for (size_t i = 0; rc == ERR_OK && i < uploads->count; i++)
        made[i] = (struct step_upload){ .at = files[i].at,
                                        .folder = uploads->list[i]->folder,
                                        .name = state->files[i].name,
                                        .stamp = state->files[i].stamp,
                                        .digest = state->files[i].digest };
    return rc;
}
