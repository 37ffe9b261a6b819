/* folder_uv.c - folders of this machine: work on the loop's thread pool, hints from uv_fs_event.
 *
 * (1) A callback runs on the loop's thread, and only if nobody cancelled in between.  [job_done]
 * (2) The roots stay open until the last job has ended: jobs hold their descriptors.
 *                                                                          [folders_release] */
#include "io/folder_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/table.h"
#include "io/loop.h"
#include "io/roots.h"

#define FOLDERS_MAGIC 0x464F4C44u

struct folders_uv {
    struct folders folders; /* first */
    unsigned magic;
    struct loop *loop;
    struct roots roots;
    uint64_t last_id;
    struct table jobs;    /* id to struct folders_job */
    struct table watches; /* id to struct folders_watch */
    size_t working;       /* jobs with the pool, cancelled ones too */
    bool closed;
};

struct folders_job {
    struct folder__job job;
    uint64_t id;
    struct folders_uv *of;
    folder_fn *done; /* NULL: cancelled */
    void *owner;
    uint64_t tag;
};
struct folders_watch {
    uv_fs_event_t event; /* first */
    folder_hint_fn *hint;
    void *owner;
    uint64_t tag;
};

/* ---- Roots */

/* The root's descriptor; -1 with *e. */
static int root_find(const struct folders_uv *of, const char *folder, const char **below,
                     struct err *e)
{
    return roots_find(&of->roots, folder, "no folder may be watched here", below, e);
}

static enum err_code folders_uv_allows(struct folders *folders, const char *folder, struct err *e)
{
    struct folders_uv *of = (struct folders_uv *)folders;
    const char *below;
    int root, fd;

    CHECK_OBJ(of, FOLDERS_MAGIC);
    root = root_find(of, folder, &below, e);
    if (root < 0)
        return e->code;
    fd = folder__open(root, below, folder, e);
    if (fd < 0)
        return e->code;
    close(fd);
    return ERR_OK;
}

/* ---- Life */

static void folders_release(struct folders_uv *of)
{
    if (!of->closed || of->working > 0)
        return;
    roots_close(&of->roots);
    table_fini(&of->jobs);
    table_fini(&of->watches);
    of->magic = 0;
    mem_free(of);
}

/* ---- Jobs */

static void job_work(void *arg)
{
    struct folders_job *job = arg;

    folder__do(&job->job);
}

static void job_done(void *arg)
{
    struct folders_job *job = arg;
    struct folders_uv *of = job->of;
    const struct folder__job *did = &job->job;
    struct folder_result result = {
        .code = did->e.code,
        .text = did->e.text[0] != '\0' ? did->e.text : NULL,
        .entries = did->entries,
        .count = did->count,
        .bytes = did->bytes,
        .size = did->size,
        .digest = did->digest,
        .name = did->moved,
    };

    CHECK_OBJ(of, FOLDERS_MAGIC);
    check(of->working > 0);
    if (job->done != NULL) {
        table_remove(&of->jobs, job->id);
        job->done(job->owner, job->tag, &result);
    }
    of->working--;
    folder__fini(&job->job);
    mem_free(job);
    folders_release(of);
}

static void job_nothing(void *arg)
{
    (void)arg; /* no root allows it: the error is there already */
}

static uint64_t job_start(struct folders_uv *of, enum folder__kind kind, const char *folder,
                          struct folders_job *job, folder_fn *done, void *owner, uint64_t tag)
{
    const char *below = NULL;

    CHECK_OBJ(of, FOLDERS_MAGIC);
    check(!of->closed);
    job->of = of;
    job->id = ++of->last_id;
    job->done = done;
    job->owner = owner;
    job->tag = tag;
    job->job.kind = kind;
    job->job.folder = mem_must_copy(folder);
    job->job.root = root_find(of, job->job.folder, &below, &job->job.e);
    job->job.below = below;
    table_put(&of->jobs, job->id, job);
    of->working++;
    loop_work(of->loop, job->job.root >= 0 ? job_work : job_nothing, job_done, job);
    return job->id;
}

static uint64_t folders_uv_list(struct folders *folders, const char *folder, const char *pattern,
                                folder_fn *done, void *owner, uint64_t tag)
{
    struct folders_job *job = mem_must(sizeof *job);

    job->job.pattern = mem_must_copy(pattern);
    return job_start((struct folders_uv *)folders, FOLDER_LIST, folder, job, done, owner, tag);
}

static uint64_t folders_uv_read(struct folders *folders, const char *folder,
                                const struct folder_entry *file, folder_fn *done, void *owner,
                                uint64_t tag)
{
    struct folders_job *job = mem_must(sizeof *job);

    job->job.name = mem_must_copy(file->name);
    job->job.stamp = file->stamp;
    return job_start((struct folders_uv *)folders, FOLDER_READ, folder, job, done, owner, tag);
}

static uint64_t folders_uv_move(struct folders *folders, const struct folder_move *move,
                                folder_fn *done, void *owner, uint64_t tag)
{
    struct folders_job *job = mem_must(sizeof *job);

    job->job.name = mem_must_copy(move->name);
    job->job.stamp = move->stamp;
    job->job.into = mem_must_copy(move->into);
    job->job.reason = mem_must_copy(move->reason);
    return job_start((struct folders_uv *)folders, FOLDER_MOVE, move->folder, job, done, owner,
                     tag);
}

/* ---- Hints */

static void watch_came(uv_fs_event_t *event, const char *name, int events, int status)
{
    struct folders_watch *watch = (struct folders_watch *)event;

    (void)name; /* a hint: what is there is asked for */
    (void)events;
    (void)status;
    watch->hint(watch->owner, watch->tag);
}

static uint64_t folders_uv_watch(struct folders *folders, const char *folder, folder_hint_fn *hint,
                                 void *owner, uint64_t tag)
{
    struct folders_uv *of = (struct folders_uv *)folders;
    struct folders_watch *watch = mem_must(sizeof *watch);

    CHECK_OBJ(of, FOLDERS_MAGIC);
    check(!of->closed);
    watch->hint = hint;
    watch->owner = owner;
    watch->tag = tag;
    check(uv_fs_event_init(loop_uv(of->loop), &watch->event) == 0);
    /* Where that fails (no such folder yet, no watches left), there are no hints. */
    (void)uv_fs_event_start(&watch->event, watch_came, folder, 0);
    table_put(&of->watches, ++of->last_id, watch);
    return of->last_id;
}

static void watch_closed(uv_handle_t *handle)
{
    mem_free(handle); /* the handle is the watch's first member */
}

static void watch_stop(struct folders_watch *watch)
{
    uv_close((uv_handle_t *)&watch->event, watch_closed);
}

/* ---- */

static void folders_uv_cancel(struct folders *folders, uint64_t id)
{
    struct folders_uv *of = (struct folders_uv *)folders;
    struct folders_watch *watch;
    struct folders_job *job;

    CHECK_OBJ(of, FOLDERS_MAGIC);
    watch = table_remove(&of->watches, id);
    if (watch != NULL)
        watch_stop(watch);
    job = table_remove(&of->jobs, id);
    if (job != NULL)
        job->done = NULL;
}

static void folders_uv_close(struct folders *folders)
{
    struct folders_uv *of = (struct folders_uv *)folders;
    struct folders_watch *watch;
    struct folders_job *job;
    size_t cursor = 0;

    CHECK_OBJ(of, FOLDERS_MAGIC);
    check(!of->closed);
    while ((watch = table_next(&of->watches, &cursor)) != NULL)
        watch_stop(watch);
    cursor = 0;
    while ((job = table_next(&of->jobs, &cursor)) != NULL)
        job->done = NULL;
    of->closed = true;
    folders_release(of);
}

struct folders *folders_uv_new(struct loop *loop, const char *roots, struct err *e)
{
    struct folders_uv *of = mem_must(sizeof *of);

    check(loop != NULL);
    of->folders = (struct folders){
        .allows = folders_uv_allows,
        .watch = folders_uv_watch,
        .list = folders_uv_list,
        .read = folders_uv_read,
        .move = folders_uv_move,
        .cancel = folders_uv_cancel,
        .close = folders_uv_close,
    };
    of->magic = FOLDERS_MAGIC;
    of->loop = loop;
    table_init(&of->jobs);
    table_init(&of->watches);
    if (roots_open(&of->roots, roots, e) == ERR_OK)
        return &of->folders;
    folders_close(&of->folders);
    return NULL;
}
