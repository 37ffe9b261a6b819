/* templates.c - see templates.h. */
#include "designer-api/templates.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define TEMPLATES_OWN_MAX 1000u
#define TEMPLATES_LEVEL   3 /* of packing at run time */

struct templates {
    char *folder;
    struct log *log;
    struct gallery_flow *own; /* read; their names and texts are on the heap */
    size_t own_count;
    const struct gallery_flow **list; /* all that there are, sorted */
    size_t count;
    json_t *made; /* templates_made() */
};

/* ---- What a folder has */

static void own_free(struct templates *templates)
{
    for (size_t i = 0; i < templates->own_count; i++) {
        struct gallery_flow *flow = &templates->own[i];

        mem_free((void *)flow->name);
        mem_free((void *)flow->bundle.packed);
        mem_free((void *)flow->samples.packed);
        mem_free((void *)flow->about.packed);
    }
    mem_free(templates->own);
    templates->own = NULL;
    templates->own_count = 0;
}

static void text_of(struct gallery_text *text, const struct buf *plain)
{
    gallery_text_pack(text, buf_text(plain), plain->len, TEMPLATES_LEVEL);
}

static void own_add(struct templates *templates, const char *name, struct faults *faults)
{
    struct gallery_files files;
    struct gallery_flow *flow;
    char path[LIMIT_PATH];
    struct stat about;

    snprintf(path, sizeof path, "%s/%s/flow.json", templates->folder, name);
    if (templates->own_count == TEMPLATES_OWN_MAX || stat(path, &about) != 0)
        return;
    snprintf(path, sizeof path, "%s/%s", templates->folder, name);
    if (gallery_read(&files, path, faults)) {
        flow = &templates->own[templates->own_count++];
        *flow = (struct gallery_flow){ .name = mem_must_copy(name) };
        text_of(&flow->bundle, &files.bundle);
        text_of(&flow->samples, &files.samples);
        text_of(&flow->about, &files.about);
        digest_text(buf_text(&files.bundle), files.bundle.len, flow->digest);
    }
    gallery_files_fini(&files);
}

static void own_read(struct templates *templates)
{
    DIR *listing = opendir(templates->folder);
    struct dirent *entry;
    struct faults faults;

    if (listing == NULL)
        return;
    faults_init(&faults);
    templates->own = mem_must(TEMPLATES_OWN_MAX * sizeof *templates->own);
    while ((entry = readdir(listing)) != NULL)
        if (entry->d_name[0] != '.')
            own_add(templates, entry->d_name, &faults);
    closedir(listing);
    faults_tell(&faults, templates->log);
    if (faults.errors > 0)
        log_error(templates->log, "templates with faults are left out");
    faults_fini(&faults);
}

/* ---- All of them */

static const struct gallery_flow *own_find(const struct templates *templates, const char *name)
{
    for (size_t i = 0; i < templates->own_count; i++)
        if (strcmp(templates->own[i].name, name) == 0)
            return &templates->own[i];
    return NULL;
}

static int flow_order(const void *a, const void *b)
{
    return strcmp((*(const struct gallery_flow *const *)a)->name,
                  (*(const struct gallery_flow *const *)b)->name);
}

void templates_read(struct templates *templates)
{
    size_t embedded = 0;

    templates_keep(templates, NULL);
    own_free(templates);
    mem_free(templates->list);
    own_read(templates);
    while (gallery_flows[embedded].name != NULL)
        embedded++;
    templates->list = mem_must((embedded + templates->own_count) * sizeof *templates->list);
    templates->count = 0;
    for (size_t i = 0; i < embedded; i++)
        if (own_find(templates, gallery_flows[i].name) == NULL)
            templates->list[templates->count++] = &gallery_flows[i];
    for (size_t i = 0; i < templates->own_count; i++)
        templates->list[templates->count++] = &templates->own[i];
    qsort(templates->list, templates->count, sizeof *templates->list, flow_order);
}

struct templates *templates_new(const char *folder, struct log *log)
{
    struct templates *templates = mem_must(sizeof *templates);

    *templates = (struct templates){ .folder = mem_must_copy(folder), .log = log };
    templates_read(templates);
    return templates;
}

void templates_free(struct templates *templates)
{
    if (templates == NULL)
        return;
    templates_keep(templates, NULL);
    own_free(templates);
    mem_free(templates->list);
    mem_free(templates->folder);
    mem_free(templates);
}

const struct gallery_flow *templates_at(const struct templates *templates, size_t i)
{
    return i < templates->count ? templates->list[i] : NULL;
}

const struct gallery_flow *templates_find(const struct templates *templates, const char *name)
{
    for (size_t i = 0; i < templates->count; i++)
        if (strcmp(templates->list[i]->name, name) == 0)
            return templates->list[i];
    return NULL;
}

const json_t *templates_made(const struct templates *templates)
{
    return templates->made;
}

void templates_keep(struct templates *templates, json_t *made)
{
    json_decref(templates->made);
    templates->made = made;
}

json_t *templates_json(const struct gallery_text *text)
{
    char *plain = gallery_text_plain(text);
    struct err e;
    json_t *json = json_read(plain, text->size, &json_limits_reply, &e);

    check(json != NULL); /* it was written by us */
    mem_free(plain);
    return json;
}

size_t templates_events(const struct templates *templates, const char *name)
{
    const struct gallery_flow *flow = templates_find(templates, name);
    json_t *samples = flow != NULL ? templates_json(&flow->samples) : NULL;
    size_t count = json_object_size(samples);

    json_decref(samples);
    return count;
}
