/* fake_folder.c - see fake_folder.h. */
#include "world/fake_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/mem.h"

#define FAKE_FILES 4096
#define FAKE_ASKS  64
#define FAKE_PATH  300

struct fake_file {
    char *folder, *name, *text;
    struct folder_stamp stamp;
};
enum fake_kind { FAKE_WATCH, FAKE_LIST, FAKE_READ, FAKE_MOVE };
struct fake_ask {
    enum fake_kind kind;
    uint64_t id; /* 0: cancelled */
    char folder[FAKE_PATH], name[FAKE_PATH], pattern[FAKE_PATH], into[FAKE_PATH];
    bool has_pattern;
    char *reason;
    struct folder_stamp stamp;
    folder_fn *done;
    folder_hint_fn *hint;
    void *owner;
    uint64_t tag;
};
struct fake_folder {
    struct folders folders; /* first */
    struct fake_file files[FAKE_FILES];
    size_t file_count;
    struct fake_ask asks[FAKE_ASKS], watches[FAKE_ASKS];
    size_t ask_count, watch_count;
    uint64_t last_id, last_inode;
    enum err_code fail;
    unsigned fail_times;
};

/* ---- Files */

static struct fake_file *file_find(const struct fake_folder *fake, const char *folder,
                                   const char *name)
{
    for (size_t i = 0; i < fake->file_count; i++) {
        const struct fake_file *file = &fake->files[i];

        if (strcmp(file->folder, folder) == 0 && strcmp(file->name, name) == 0)
            return (struct fake_file *)file;
    }
    return NULL;
}

static void file_fini(struct fake_file *file)
{
    mem_free(file->folder);
    mem_free(file->name);
    mem_free(file->text);
}

void fake_folder_put(struct fake_folder *fake, const char *folder, const char *name,
                     const char *text, int64_t mtime_s)
{
    struct fake_file *file = file_find(fake, folder, name);

    if (file != NULL) {
        file_fini(file);
    } else {
        check(fake->file_count < FAKE_FILES);
        file = &fake->files[fake->file_count++];
    }
    *file = (struct fake_file){
        .folder = mem_must_copy(folder),
        .name = mem_must_copy(name),
        .text = mem_must_copy(text),
        .stamp = { (int64_t)strlen(text), mtime_s * 1000000000, ++fake->last_inode },
    };
}

const char *fake_folder_text(const struct fake_folder *fake, const char *folder, const char *name)
{
    const struct fake_file *file = file_find(fake, folder, name);

    return file != NULL ? file->text : NULL;
}

size_t fake_folder_holds(const struct fake_folder *fake, const char *folder, const char *text)
{
    size_t count = 0;

    for (size_t i = 0; i < fake->file_count; i++)
        count +=
            strcmp(fake->files[i].folder, folder) == 0 && strcmp(fake->files[i].text, text) == 0;
    return count;
}

size_t fake_folder_count(const struct fake_folder *fake, const char *folder)
{
    size_t count = 0;

    for (size_t i = 0; i < fake->file_count; i++)
        count += strcmp(fake->files[i].folder, folder) == 0;
    return count;
}

/* ---- Asking */

static enum err_code fake_allows(struct folders *folders, const char *folder, struct err *e)
{
    struct fake_folder *fake = (struct fake_folder *)folders;

    if (strncmp(folder, "/in", 3) != 0)
        return err_set(e, ERR_POLICY, "WEFT_FILES_ROOT does not allow %s", folder);
    if (fake->fail_times > 0)
        return err_set(e, fake->fail, "%s is not there", folder);
    return ERR_OK;
}

static struct fake_ask *fake_ask(struct fake_ask *list, size_t *count, struct fake_folder *fake,
                                 const char *folder, void *owner, uint64_t tag)
{
    struct fake_ask *ask;

    check(*count < FAKE_ASKS);
    ask = &list[(*count)++];
    *ask = (struct fake_ask){ .id = ++fake->last_id, .owner = owner, .tag = tag };
    snprintf(ask->folder, sizeof ask->folder, "%s", folder);
    return ask;
}

static uint64_t fake_watch(struct folders *folders, const char *folder, folder_hint_fn *hint,
                           void *owner, uint64_t tag)
{
    struct fake_folder *fake = (struct fake_folder *)folders;
    struct fake_ask *ask = fake_ask(fake->watches, &fake->watch_count, fake, folder, owner, tag);

    ask->hint = hint;
    return ask->id;
}

static struct fake_ask *fake_do(struct folders *folders, enum fake_kind kind, const char *folder,
                                folder_fn *done, void *owner, uint64_t tag)
{
    struct fake_folder *fake = (struct fake_folder *)folders;
    struct fake_ask *ask = fake_ask(fake->asks, &fake->ask_count, fake, folder, owner, tag);

    ask->kind = kind;
    ask->done = done;
    return ask;
}

static uint64_t fake_list(struct folders *folders, const char *folder, const char *pattern,
                          folder_fn *done, void *owner, uint64_t tag)
{
    struct fake_ask *ask = fake_do(folders, FAKE_LIST, folder, done, owner, tag);

    ask->has_pattern = pattern != NULL;
    snprintf(ask->pattern, sizeof ask->pattern, "%s", pattern != NULL ? pattern : "");
    return ask->id;
}

static uint64_t fake_read(struct folders *folders, const char *folder,
                          const struct folder_entry *file, folder_fn *done, void *owner,
                          uint64_t tag)
{
    struct fake_ask *ask = fake_do(folders, FAKE_READ, folder, done, owner, tag);

    snprintf(ask->name, sizeof ask->name, "%s", file->name);
    ask->stamp = file->stamp;
    return ask->id;
}

static uint64_t fake_move(struct folders *folders, const struct folder_move *move, folder_fn *done,
                          void *owner, uint64_t tag)
{
    struct fake_ask *ask = fake_do(folders, FAKE_MOVE, move->folder, done, owner, tag);

    snprintf(ask->name, sizeof ask->name, "%s", move->name);
    snprintf(ask->into, sizeof ask->into, "%s", move->into);
    ask->stamp = move->stamp;
    ask->reason = mem_must_copy(move->reason);
    return ask->id;
}

static void fake_cancel(struct folders *folders, uint64_t id)
{
    struct fake_folder *fake = (struct fake_folder *)folders;

    for (size_t i = 0; i < fake->ask_count; i++)
        if (fake->asks[i].id == id)
            fake->asks[i].id = 0;
    for (size_t i = 0; i < fake->watch_count; i++)
        if (fake->watches[i].id == id)
            fake->watches[i--] = fake->watches[--fake->watch_count];
}

static void fake_close(struct folders *folders)
{
    (void)folders; /* they outlive the engine: fake_folder_free() */
}

/* ---- Doing */

static int entry_order(const void *left, const void *right)
{
    const struct folder_entry *a = left, *b = right;

    if (a->stamp.mtime_ns != b->stamp.mtime_ns)
        return a->stamp.mtime_ns < b->stamp.mtime_ns ? -1 : 1;
    return strcmp(a->name, b->name);
}

static struct folder_entry *do_list(struct fake_folder *fake, const struct fake_ask *ask,
                                    struct folder_result *result)
{
    struct folder_entry *entries = mem_must((fake->file_count + 1) * sizeof *entries);

    for (size_t i = 0; i < fake->file_count; i++) {
        const struct fake_file *file = &fake->files[i];

        if (strcmp(file->folder, ask->folder) == 0 &&
            folder_match(ask->has_pattern ? ask->pattern : NULL, file->name))
            entries[result->count++] = (struct folder_entry){ file->name, file->stamp };
    }
    qsort(entries, result->count, sizeof *entries, entry_order);
    result->entries = entries;
    return entries;
}

static void do_read(const struct fake_file *file, struct folder_result *result,
                    char digest[DIGEST_TEXT])
{
    if (file->stamp.size > (int64_t)FOLDER_FILE_MAX) {
        result->code = ERR_LIMIT;
        result->text = "it is too large";
        return;
    }
    result->bytes = file->text;
    result->size = strlen(file->text);
    digest_text(file->text, result->size, digest);
    result->digest = digest;
}

static void do_move(struct fake_folder *fake, const struct fake_ask *ask, struct fake_file *file,
                    struct folder_result *result)
{
    char folder[2 * FAKE_PATH], name[FAKE_PATH + 20];

    snprintf(folder, sizeof folder, "%s/%s", ask->folder, ask->into);
    snprintf(name, sizeof name, "%s", ask->name);
    for (unsigned n = 2; file_find(fake, folder, name) != NULL; n++)
        snprintf(name, sizeof name, "%s.%u", ask->name, n);
    mem_free(file->folder);
    mem_free(file->name);
    file->folder = mem_must_copy(folder);
    file->name = mem_must_copy(name);
    result->name = file->name;
    if (ask->reason == NULL)
        return;
    snprintf(name, sizeof name, "%s.reason.txt", ask->name);
    fake_folder_put(fake, folder, name, ask->reason, 1);
}

static void fake_answer(struct fake_folder *fake, struct fake_ask *ask)
{
    struct folder_result result = { .code = ERR_OK };
    struct folder_entry *entries = NULL;
    struct fake_file *file = NULL;
    char digest[DIGEST_TEXT];

    if (fake->fail_times > 0) {
        fake->fail_times--;
        result.code = fake->fail;
        result.text = "the disk makes noises";
    } else if (ask->kind == FAKE_LIST) {
        entries = do_list(fake, ask, &result);
    } else {
        file = file_find(fake, ask->folder, ask->name);
        if (file == NULL) {
            result.code = ERR_NOT_FOUND;
            result.text = "there is no such file";
        } else if (!folder_stamp_same(&file->stamp, &ask->stamp)) {
            result.code = ERR_CONFLICT;
            result.text = "it has changed";
        } else if (ask->kind == FAKE_READ) {
            do_read(file, &result, digest);
        } else {
            do_move(fake, ask, file, &result);
        }
    }
    mem_free(ask->reason);
    ask->done(ask->owner, ask->tag, &result);
    mem_free(entries);
}

size_t fake_folder_deliver(struct fake_folder *fake)
{
    struct fake_ask asks[FAKE_ASKS];
    size_t count = fake->ask_count, done = 0;

    memcpy(asks, fake->asks, count * sizeof asks[0]);
    fake->ask_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (asks[i].id == 0) {
            mem_free(asks[i].reason);
            continue;
        }
        done++;
        fake_answer(fake, &asks[i]);
    }
    return done;
}

size_t fake_folder_open(const struct fake_folder *fake)
{
    return fake->ask_count;
}

void fake_folder_hint(struct fake_folder *fake)
{
    for (size_t i = 0; i < fake->watch_count; i++)
        fake->watches[i].hint(fake->watches[i].owner, fake->watches[i].tag);
}

void fake_folder_drop(struct fake_folder *fake)
{
    for (size_t i = 0; i < fake->ask_count; i++)
        mem_free(fake->asks[i].reason);
    fake->ask_count = fake->watch_count = 0;
}

bool fake_folder_fails(const struct fake_folder *fake)
{
    return fake->fail_times > 0;
}

void fake_folder_fail(struct fake_folder *fake, enum err_code code, unsigned times)
{
    fake->fail = code;
    fake->fail_times = times;
}

struct fake_folder *fake_folder_new(void)
{
    struct fake_folder *fake = mem_must(sizeof *fake);

    fake->folders = (struct folders){ .allows = fake_allows,
                                      .watch = fake_watch,
                                      .list = fake_list,
                                      .read = fake_read,
                                      .move = fake_move,
                                      .cancel = fake_cancel,
                                      .close = fake_close };
    return fake;
}

struct folders *fake_folder_folders(struct fake_folder *fake)
{
    return &fake->folders;
}

void fake_folder_free(struct fake_folder *fake)
{
    fake_folder_drop(fake);
    for (size_t i = 0; i < fake->file_count; i++)
        file_fini(&fake->files[i]);
    mem_free(fake);
}
