/* gallery_read.c - a folder of a flow becomes the texts of a template: its bundle, the events of
 * its tests, and what people read about it. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/gallery.h"
#include "flow/flow.h"

#define GALLERY_TEXT_MAX    (16u * MIB)
#define GALLERY_SAMPLES_MAX 200u

bool gallery_file_add(struct buf *text, const char *path, struct faults *faults)
{
    char part[4096];
    FILE *in = fopen(path, "rb");
    size_t got;
    bool good;

    if (in == NULL && errno == ENOENT)
        return true;
    while (in != NULL && (got = fread(part, 1, sizeof part, in)) > 0)
        buf_add(text, part, got);
    good = in != NULL && !ferror(in) && buf_ok(text);
    if (!good)
        faults_add(faults, false, path, 1, 1, "", "the file cannot be read, or is too long");
    if (in != NULL)
        fclose(in);
    return good;
}

static bool about_read(struct gallery_files *files, const char *folder, struct faults *faults)
{
    char path[LIMIT_PATH];

    snprintf(path, sizeof path, "%s/README.md", folder);
    if (!gallery_file_add(&files->about, path, faults))
        return false;
    if (utf8_valid(buf_text(&files->about), files->about.len))
        return true;
    faults_add(faults, false, path, 1, 1, "", "the text is not UTF-8");
    return false;
}

/* A test without what it expects but how it ends; NULL when it begins with other events. */
static json_t *sample_new(const struct buf *text)
{
    struct err e;
    json_t *sample = json_read(buf_text(text), text->len, &json_limits_flow, &e);
    json_t *expect = json_object_get(sample, "expect");

    if (sample == NULL || json_object_get(sample, "before") != NULL) {
        json_decref(sample);
        return NULL;
    }
    json_object_set(sample, "status", json_object_get(expect, "status"));
    json_object_del(sample, "expect");
    return sample;
}

static int name_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the folder's tests without their ".json", in order; how many there are. */
static size_t tests_list(const char *folder, char **names)
{
    char path[LIMIT_PATH];
    struct dirent *entry;
    size_t count = 0;
    DIR *listing;

    snprintf(path, sizeof path, "%s/tests", folder);
    listing = opendir(path);
    while (listing != NULL && count < GALLERY_SAMPLES_MAX && (entry = readdir(listing)) != NULL) {
        char *dot = strrchr(entry->d_name, '.');

        if (dot == NULL || strcmp(dot, ".json") != 0)
            continue;
        *dot = '\0';
        names[count++] = mem_must_copy(entry->d_name);
    }
    if (listing != NULL)
        closedir(listing);
    qsort(names, count, sizeof *names, name_order);
    return count;
}

static bool samples_read(struct gallery_files *files, const char *folder, struct faults *faults)
{
    char path[LIMIT_PATH], *names[GALLERY_SAMPLES_MAX];
    size_t count = tests_list(folder, names);
    json_t *samples = json_object();
    struct buf text;
    bool good = true;

    buf_init(&text, GALLERY_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/tests/%s.json", folder, names[i]);
        buf_clear(&text);
        good = gallery_file_add(&text, path, faults) && good;
        json_object_set_new(samples, names[i], sample_new(&text));
        mem_free(names[i]);
    }
    json_write(&files->samples, samples);
    json_decref(samples);
    buf_fini(&text);
    return good && buf_ok(&files->samples);
}

static bool bundle_read(struct gallery_files *files, const char *folder, struct faults *faults)
{
    json_t *bundle = flow_read_dir(folder, faults);

    if (bundle == NULL)
        return false;
    json_write(&files->bundle, bundle);
    json_decref(bundle);
    return buf_ok(&files->bundle);
}

bool gallery_read(struct gallery_files *files, const char *folder, struct faults *faults)
{
    buf_init(&files->bundle, GALLERY_TEXT_MAX);
    buf_init(&files->samples, GALLERY_TEXT_MAX);
    buf_init(&files->about, GALLERY_TEXT_MAX);
    return bundle_read(files, folder, faults) && about_read(files, folder, faults) &&
           samples_read(files, folder, faults);
}

void gallery_files_fini(struct gallery_files *files)
{
    buf_fini(&files->bundle);
    buf_fini(&files->samples);
    buf_fini(&files->about);
}
