/* watch.c - which folders are watched, and what is in them. See watch.h.
 *
 * (1) A file is read only after it was seen with one stamp for settle_ms.    [watch_ready]
 * (2) Callbacks hold a watch's tag, never a pointer.                         [watch__find] */
#include "engine/watch_priv.h"

#include <string.h>

#include "engine/arrival.h"

#define WATCH_REST_MS 100 /* between two listings of a folder where much happens */

struct watch *watch__find(const struct engine *engine, uint64_t tag)
{
    struct watch *watch = engine->watches != NULL ? engine->watches->list : NULL;

    while (watch != NULL && watch->tag != tag)
        watch = watch->next;
    return watch;
}

int64_t watch__now(const struct engine *engine)
{
    return engine->world.clock->steady_ms(engine->world.clock);
}

/* ---- Files that were seen */

void watch__free_file(struct watch_file *file)
{
    mem_free(file->name);
    mem_free(file->reason);
    mem_free(file);
}

void watch__forget(struct watch *watch, struct watch_file *file)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->files[i] == file)
            watch->files[i] = NULL;
    if (watch->work == file)
        watch->work = NULL;
    dict_remove(watch->names, file->name);
    watch__free_file(file);
}

static struct watch_file *watch_see(struct watch *watch, const struct folder_entry *entry,
                                    int64_t now)
{
    struct watch_file *file = dict_find(watch->names, entry->name);

    if (file == NULL) {
        file = mem_must(sizeof *file);
        file->name = mem_must_copy(entry->name);
        file->stamp = entry->stamp;
        file->since = now;
        dict_put(watch->names, file->name, file);
    } else if (file != watch->work && !folder_stamp_same(&file->stamp, &entry->stamp)) {
        mem_free(file->reason);
        *file = (struct watch_file){ .name = file->name, .stamp = entry->stamp, .since = now };
    }
    file->listed = true;
    return file;
}

/* What is on its way stays, whatever the listing says: its callback decides. */
static void watch_see_all(struct watch *watch, const struct folder_result *result, int64_t now)
{
    struct watch_file **files = mem_must((result->count + 1) * sizeof(struct watch_file *));
    struct watch_file *file;
    size_t count = 0, cursor = 0;

    for (size_t i = 0; i < result->count; i++)
        files[count++] = watch_see(watch, &result->entries[i], now);
    while ((file = dict_next(watch->names, &cursor, NULL)) != NULL) {
        if (!file->listed && file == watch->work) {
            files[count++] = file;
        } else if (!file->listed) {
            dict_remove(watch->names, file->name);
            watch__free_file(file);
        } else {
            file->listed = false;
        }
    }
    mem_free(watch->files);
    watch->files = files;
    watch->count = count;
}

static void watch_listed(void *owner, uint64_t tag, const struct folder_result *result)
{
    struct engine *engine = owner;
    struct watch *watch = watch__find(engine, tag);

    if (watch == NULL)
        return;
    watch->listing = 0;
    engine->watches->wake = INT64_MIN;
    if (result->code != ERR_OK) {
        if (!watch->failing)
            log_warn(engine->world.log, "flow %s cannot look for files: %s; it goes on trying",
                     watch->deployment->slug, result->text);
        watch->failing = true;
        return;
    }
    if (watch->failing)
        log_info(engine->world.log, "flow %s can look for files in %s again",
                 watch->deployment->slug, watch->folder);
    watch->failing = false;
    watch_see_all(watch, result, watch__now(engine));
}

static void watch_hinted(void *owner, uint64_t tag)
{
    struct engine *engine = owner;
    struct watch *watch = watch__find(engine, tag);

    if (watch == NULL)
        return;
    watch->hinted = true;
    engine->watches->wake = INT64_MIN;
}

/* ---- Arming */

static void watch_free(struct engine *engine, struct watch *watch)
{
    struct folders *folders = engine->world.folders;
    struct watch_file *file;
    size_t cursor = 0;

    folders_cancel(folders, watch->hints);
    folders_cancel(folders, watch->listing);
    folders_cancel(folders, watch->job);
    while ((file = dict_next(watch->names, &cursor, NULL)) != NULL)
        watch__free_file(file);
    dict_free(watch->names);
    mem_free(watch->files);
    mem_free(watch->id);
    mem_free(watch->folder);
    mem_free(watch->pattern);
    mem_free(watch->done);
    mem_free(watch->failed);
    mem_free(watch);
}

static bool text_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Slashes at the end do not count. */
static bool folder_same(const char *a, const char *b)
{
    size_t of_a = strlen(a), of_b = strlen(b);

    while (of_a > 1 && a[of_a - 1] == '/')
        of_a--;
    while (of_b > 1 && b[of_b - 1] == '/')
        of_b--;
    return of_a == of_b && memcmp(a, b, of_a) == 0;
}

static struct watch *watch_had(const struct engine *engine, const struct deployment *d,
                               const char *id, const struct node_watch *config)
{
    struct watch *w;

    for (w = engine->watches->list; w != NULL; w = w->next)
        if (w->deployment == d && strcmp(w->id, id) == 0 &&
            strcmp(w->folder, config->folder) == 0 && text_same(w->pattern, config->pattern))
            return w;
    return NULL;
}

static struct watch *watch_new(struct engine *engine, struct deployment *d, const char *id,
                               const struct node_watch *config)
{
    struct watch *watch = mem_must(sizeof *watch);

    watch->tag = ++engine->watches->last_tag;
    watch->deployment = d;
    watch->id = mem_must_copy(id);
    watch->folder = mem_must_copy(config->folder);
    watch->pattern = mem_must_copy(config->pattern);
    watch->names = dict_new();
    watch->hints =
        folders_watch(engine->world.folders, watch->folder, watch_hinted, engine, watch->tag);
    watch->hinted = true;
    watch->looked = INT64_MIN / 2;
    watch->next = engine->watches->list;
    engine->watches->list = watch;
    return watch;
}

static void watch_put(struct engine *engine, struct deployment *d, unsigned node,
                      const struct node_watch *config)
{
    const char *id = d->version->flow->nodes[node].id;
    struct watch *watch = watch_had(engine, d, id, config);

    if (watch == NULL)
        watch = watch_new(engine, d, id, config);
    mem_free(watch->done);
    mem_free(watch->failed);
    watch->done = mem_must_copy(config->done);
    watch->failed = mem_must_copy(config->failed);
    watch->settle_ms = config->settle_ms;
    watch->every_ms = config->every_ms > 0 ? config->every_ms : 1000;
    watch->node = node;
    watch->stays = true;
}

static void watches_sweep(struct engine *engine, const struct deployment *d)
{
    struct watch **at = &engine->watches->list, *watch;

    while ((watch = *at) != NULL) {
        if (watch->deployment != d || watch->stays) {
            watch->stays = false;
            at = &watch->next;
            continue;
        }
        *at = watch->next;
        watch_free(engine, watch);
    }
    engine->watches->wake = INT64_MIN;
}

void watches_put(struct engine *engine, struct deployment *d)
{
    const struct flow *flow = d->version->flow;
    struct node_arm arm;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (engine->watches == NULL)
        engine->watches = mem_must(sizeof *engine->watches);
    for (unsigned i = 0; i < flow->node_count; i++) {
        if (!arrival_arm(&flow->nodes[i], &arm) || arm.watch == NULL)
            continue;
        if (engine->world.folders != NULL)
            watch_put(engine, d, i, arm.watch);
        else
            log_warn(engine->world.log, "flow %s: nothing watches %s here", d->slug,
                     arm.watch->folder);
    }
    watches_sweep(engine, d);
}

void watches_remove(struct engine *engine, const struct deployment *d)
{
    if (engine->watches != NULL)
        watches_sweep(engine, d);
}

void watches_free(struct engine *engine)
{
    struct watch *watch;

    if (engine->watches == NULL)
        return;
    while ((watch = engine->watches->list) != NULL) {
        engine->watches->list = watch->next;
        watch_free(engine, watch);
    }
    mem_free(engine->watches);
    engine->watches = NULL;
}

/* ---- Checking */

/* Two patterns cannot be compared in general: only what is plainly the same is refused. */
static bool watch_overlaps(const char *folder, const char *pattern, const struct node_watch *config)
{
    return folder_same(folder, config->folder) &&
           (pattern == NULL || config->pattern == NULL || strcmp(pattern, config->pattern) == 0);
}

static const char *watch_rival(struct engine *engine, const struct deployment *d,
                               const struct flow *flow, unsigned node,
                               const struct node_watch *config)
{
    struct node_arm arm;

    for (unsigned i = 0; i < node; i++)
        if (arrival_arm(&flow->nodes[i], &arm) && arm.watch != NULL &&
            watch_overlaps(arm.watch->folder, arm.watch->pattern, config))
            return flow->slug != NULL ? flow->slug : d->slug;
    for (struct watch *w = engine->watches != NULL ? engine->watches->list : NULL; w != NULL;
         w = w->next)
        if (w->deployment != d && watch_overlaps(w->folder, w->pattern, config))
            return w->deployment->slug;
    return NULL;
}

static enum err_code watch_check(struct engine *engine, const struct deployment *d,
                                 const struct flow *flow, unsigned node,
                                 const struct node_watch *config, struct err *e)
{
    const char *rival;

    if (engine->world.folders == NULL)
        return err_set(e, ERR_POLICY,
                       "no folder is watched here; a server does it (weft serve) that is started "
                       "with WEFT_FILES_ROOT=%.200s, or a folder above it",
                       config->folder);
    if (folders_check(engine->world.folders, config->folder, e) != ERR_OK)
        return e->code;
    rival = watch_rival(engine, d, flow, node, config);
    if (rival != NULL)
        return err_set(e, ERR_CONFLICT,
                       "the files of %.200s are taken by flow \"%s\" already; give one of them "
                       "another folder or pattern",
                       config->folder, rival);
    return ERR_OK;
}

bool watches_check(struct engine *engine, const struct deployment *d, const struct flow *flow,
                   const char *file, struct faults *faults)
{
    struct node_arm arm;
    bool good = true;
    struct err e;

    for (unsigned i = 0; i < flow->node_count; i++) {
        if (!arrival_arm(&flow->nodes[i], &arm) || arm.watch == NULL ||
            watch_check(engine, d, flow, i, arm.watch, &e) == ERR_OK)
            continue;
        arrival_fault(faults, file, &flow->nodes[i], "folder", &e);
        good = false;
    }
    return good;
}

/* ---- The turn */

/* When it may be taken. */
static int64_t watch_ready(const struct watch *watch, const struct watch_file *file)
{
    int64_t ready =
        file->taken || file->reason != NULL ? file->since : file->since + watch->settle_ms;

    return file->again > ready ? file->again : ready;
}

/* Returns when there is something to do again; INT64_MAX: when a callback comes. */
static int64_t watch_look(struct engine *engine, struct watch *watch)
{
    int64_t now = engine->steady, next = watch->look_at, ready;

    if (watch->hinted && watch->looked + WATCH_REST_MS < next)
        next = watch->looked + WATCH_REST_MS;
    if (watch->listing == 0 && next <= now) {
        watch->hinted = false;
        watch->looked = now;
        watch->look_at = now + watch->every_ms;
        watch->listing = folders_list(engine->world.folders, watch->folder, watch->pattern,
                                      watch_listed, engine, watch->tag);
    }
    next = watch->listing == 0 ? next : INT64_MAX;
    if (watch->count > 0 && watch->work == NULL && !arrival_room(engine))
        return now + ARRIVAL_RETRY_MS < next ? now + ARRIVAL_RETRY_MS : next;
    for (size_t i = 0; i < watch->count && watch->work == NULL; i++) {
        if (watch->files[i] == NULL)
            continue;
        ready = watch_ready(watch, watch->files[i]);
        if (ready <= now)
            watch__take(engine, watch, watch->files[i]);
        else if (ready < next)
            next = ready;
    }
    return next;
}

void watches_turn(struct engine *engine)
{
    struct watches *all = engine->watches;
    struct watch *watch;
    int64_t next;

    if (all == NULL || engine->draining || engine->steady < all->wake)
        return;
    all->wake = INT64_MAX;
    for (watch = all->list; watch != NULL; watch = watch->next) {
        next = watch_look(engine, watch);
        if (next < all->wake)
            all->wake = next;
    }
}

int64_t watches_due(const struct engine *engine)
{
    const struct watches *all = engine->watches;

    if (all == NULL || all->list == NULL || engine->draining)
        return INT64_MAX;
    return all->wake > engine->steady ? all->wake : engine->steady;
}
