/* watch_take.c - one file: it is read, its run is accepted, it is moved away.
 *
 * (1) A file is moved only after the accept of its run is committed, by this process or an earlier
 *     one, or after its content was refused.                                   [take_born]
 * (2) It is the file that was read that is moved: the stamp is compared.       [take_move] */
#include "engine/watch_priv.h"

#include <stdio.h>
#include <string.h>

#include "engine/arrival.h"
#include "engine/guard.h"
#include "engine/spawn.h"

static void take_ended(struct engine *engine, struct watch *watch)
{
    watch->work = NULL;
    engine->watches->wake = INT64_MIN;
}

/* It stays where it is, for another try. */
static void take_again(struct engine *engine, struct watch *watch, enum err_code code,
                       const char *text)
{
    struct watch_file *file = watch->work;

    if (file->refused++ == 0)
        log_warn(engine->world.log, "flow %s: file %s stays in %s: %s; it is tried again",
                 watch->deployment->slug, file->name, watch->folder, text);
    file->again = watch__now(engine) + arrival_pause(code, file->refused);
    take_ended(engine, watch);
}

/* It is another file now: it settles anew, as a listing shows it. */
static void take_changed(struct engine *engine, struct watch *watch)
{
    struct watch_file *file = watch->work;

    mem_free(file->reason);
    *file = (struct watch_file){ .name = file->name,
                                 .stamp = file->stamp,
                                 .since = watch__now(engine),
                                 .again = watch__now(engine) + ARRIVAL_RETRY_MS };
    watch->hinted = true;
    take_ended(engine, watch);
}

/* ---- Moving */

static void take_moved(void *owner, uint64_t tag, const struct folder_result *result)
{
    struct engine *engine = owner;
    struct watch *watch = watch__find(engine, tag);
    struct watch_file *file;

    if (watch == NULL)
        return;
    file = watch->work;
    check(file != NULL);
    watch->job = 0;
    switch (result->code) {
    case ERR_OK:
        if (file->reason != NULL)
            log_warn(engine->world.log, "flow %s: file %s is in %s/%s as %s: %s",
                     watch->deployment->slug, file->name, watch->folder, watch->failed,
                     result->name, file->reason);
        if (result->text != NULL)
            log_warn(engine->world.log, "flow %s: the reason could not be kept: %s",
                     watch->deployment->slug, result->text);
        break;
    case ERR_NOT_FOUND: /* somebody else has taken it away */
        break;
    case ERR_CONFLICT:
        take_changed(engine, watch);
        return;
    default:
        take_again(engine, watch, result->code, result->text);
        return;
    }
    take_ended(engine, watch);
    watch__forget(watch, file);
}

static void take_move(struct engine *engine, struct watch *watch)
{
    struct watch_file *file = watch->work;
    struct folder_move move = { .folder = watch->folder,
                                .name = file->name,
                                .stamp = file->stamp,
                                .into = file->reason != NULL ? watch->failed : watch->done,
                                .reason = file->reason };

    check(file->taken != (file->reason != NULL));
    watch->job = folders_move(engine->world.folders, &move, take_moved, engine, watch->tag);
}

/* ---- Accepting */

/* Is it the content that was refused, for good? */
static bool take_refused(enum err_code code)
{
    return !err_retry(code) && code != ERR_FATAL && code != ERR_INTERNAL && code != ERR_CANCELLED;
}

static void take_fail(struct engine *engine, struct watch *watch, const char *reason)
{
    watch->work->reason = mem_must_copy(reason);
    watch->work->refused = 0;
    take_move(engine, watch);
}

static void take_born(void *owner, uint64_t tag, enum err_code code, uint64_t run)
{
    struct engine *engine = owner;
    struct watch *watch = watch__find(engine, tag);
    char text[IDENT_TEXT], reason[200];

    if (watch == NULL) /* the key will tell whoever finds the file */
        return;
    check(watch->work != NULL && watch->job == 0);
    if (code == ERR_OK || code == ERR_DUPLICATE) {
        ident_text(run, text);
        log_info(engine->world.log, "flow %s: file %s: run %s%s", watch->deployment->slug,
                 watch->work->name, text, code == ERR_OK ? "" : " was begun before");
        watch->work->taken = true;
        watch->work->refused = 0;
        take_move(engine, watch);
    } else if (take_refused(code)) {
        snprintf(reason, sizeof reason, "the run was refused: %s", err_about(code));
        take_fail(engine, watch, reason);
    } else {
        take_again(engine, watch, code, err_about(code));
    }
}

static void take_spawn(struct engine *engine, struct watch *watch, json_t **input,
                       const char *digest)
{
    const struct watch_file *file = watch->work;
    struct buf key;
    struct spawn spawn = { .deployment = watch->deployment,
                           .trigger = watch->node,
                           .input = input,
                           .done = take_born,
                           .owner = engine,
                           .tag = watch->tag };

    buf_init(&key, 4 * KIB);
    buf_addf(&key, "file/%s/%s/%lld/%lld/%s", watch->id, file->name, (long long)file->stamp.size,
             (long long)file->stamp.mtime_ns, digest);
    check(buf_ok(&key));
    spawn.dedupe = buf_text(&key);
    spawn_run(engine, &spawn);
    buf_fini(&key);
}

/* ---- Reading */

static enum err_code take_input(struct engine *engine, const struct watch *watch,
                                const struct folder_result *result, json_t **input, struct err *e)
{
    const struct flow_node *node = &watch->deployment->version->flow->nodes[watch->node];
    char size[32], modified[CLOCK_TEXT];
    const struct step_pair headers[] = { { "size", size }, { "modified", modified } };
    struct arrival arrival = { .method = "FILE",
                               .path = watch->work->name,
                               .headers = headers,
                               .header_count = 2,
                               .body = result->bytes,
                               .body_size = result->size };

    snprintf(size, sizeof size, "%zu", result->size);
    clock_text(watch->work->stamp.mtime_ns / 1000000, modified);
    if (arrival_input(engine, node, &arrival, input, e) != ERR_OK ||
        guard_given(engine, watch->deployment, *input, "", e) == ERR_OK)
        return e->code;
    json_decref(*input);
    *input = NULL;
    return e->code;
}

static void take_read(void *owner, uint64_t tag, const struct folder_result *result)
{
    struct engine *engine = owner;
    struct watch *watch = watch__find(engine, tag);
    struct watch_file *file;
    json_t *input = NULL;
    struct err e = { .code = ERR_OK };

    if (watch == NULL)
        return;
    file = watch->work;
    check(file != NULL);
    watch->job = 0;
    if (result->code == ERR_NOT_FOUND) {
        take_ended(engine, watch);
        watch__forget(watch, file);
    } else if (result->code == ERR_CONFLICT) {
        take_changed(engine, watch);
    } else if (result->code == ERR_LIMIT) {
        take_fail(engine, watch, result->text);
    } else if (result->code != ERR_OK) {
        take_again(engine, watch, result->code, result->text);
    } else if (take_input(engine, watch, result, &input, &e) == ERR_OK) {
        take_spawn(engine, watch, &input, result->digest);
    } else if (take_refused(e.code)) {
        take_fail(engine, watch, e.text);
    } else {
        take_again(engine, watch, e.code, e.text);
    }
}

void watch__take(struct engine *engine, struct watch *watch, struct watch_file *file)
{
    const struct folder_entry entry = { file->name, file->stamp };

    check(watch->work == NULL && watch->job == 0);
    watch->work = file;
    if (file->taken || file->reason != NULL)
        take_move(engine, watch);
    else
        watch->job = folders_read(engine->world.folders, watch->folder, &entry, take_read, engine,
                                  watch->tag);
}
