/* pack.c - folders of flows become a C file with their bundles: gallery_pack OUT.C FOLDER... */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/flow.h"

#define PACK_MAX    (16u * MIB)
#define PACK_LEVEL  19
#define SAMPLES_MAX 200

/* The text, packed, as NAME_NUMBER. */
static void pack_text(FILE *out, const char *name, size_t number, const struct buf *text)
{
    size_t room = ZSTD_compressBound(text->len), size;
    unsigned char *packed = mem_must(room);

    size = ZSTD_compress(packed, room, text->at, text->len, PACK_LEVEL);
    check(!ZSTD_isError(size));
    fprintf(out, "static const unsigned char %s_%zu_packed[] = {", name, number);
    for (size_t i = 0; i < size; i++)
        fprintf(out, "%s%d,", i % 32 == 0 ? "\n" : "", packed[i]);
    fprintf(out, "};\n#define %s_%zu { %s_%zu_packed, %zu, %zu }\n", name, number, name, number,
            size, text->len);
    mem_free(packed);
}

/* The file's bytes; false: it is there and cannot be read. */
static bool file_read(const char *path, struct buf *text)
{
    char part[4096];
    FILE *in = fopen(path, "rb");
    size_t got;
    bool good;

    if (in == NULL)
        return true;
    while ((got = fread(part, 1, sizeof part, in)) > 0)
        buf_add(text, part, got);
    good = !ferror(in) && buf_ok(text);
    fclose(in);
    return good;
}

/* What people read about it; a flow may have nothing to read. */
static bool pack_about(FILE *out, const char *folder, size_t number)
{
    char path[LIMIT_PATH];
    struct buf text;
    bool good;

    snprintf(path, sizeof path, "%s/README.md", folder);
    buf_init(&text, PACK_MAX);
    good = file_read(path, &text) && utf8_valid(buf_text(&text), text.len);
    if (!good)
        fprintf(stderr, "%s cannot be read as UTF-8\n", path);
    pack_text(out, "about", number, &text);
    buf_fini(&text);
    return good;
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
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        char *dot = strrchr(entry->d_name, '.');

        if (dot == NULL || strcmp(dot, ".json") != 0)
            continue;
        check(count < SAMPLES_MAX);
        *dot = '\0';
        names[count++] = mem_must_copy(entry->d_name);
    }
    if (listing != NULL)
        closedir(listing);
    qsort(names, count, sizeof *names, name_order);
    return count;
}

/* The events of its tests, by their files' names. */
static bool pack_samples(FILE *out, const char *folder, size_t number)
{
    char path[LIMIT_PATH], *names[SAMPLES_MAX];
    size_t count = tests_list(folder, names);
    json_t *samples = json_object();
    struct buf text;
    bool good = true;

    buf_init(&text, PACK_MAX);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/tests/%s.json", folder, names[i]);
        buf_clear(&text);
        good = file_read(path, &text) && good;
        json_object_set_new(samples, names[i], sample_new(&text));
        mem_free(names[i]);
    }
    buf_clear(&text);
    json_write(&text, samples);
    pack_text(out, "samples", number, &text);
    json_decref(samples);
    buf_fini(&text);
    return good;
}

static bool pack_flow(FILE *out, const char *folder, size_t number)
{
    struct faults faults;
    struct buf text;
    json_t *bundle;
    bool good;

    faults_init(&faults);
    buf_init(&text, PACK_MAX);
    bundle = flow_read_dir(folder, &faults);
    good = bundle != NULL;
    if (good) {
        json_write(&text, bundle);
        good = buf_ok(&text);
    } else {
        faults_write(&faults, &text);
        fputs(buf_text(&text), stderr);
    }
    pack_text(out, "flow", number, &text);
    json_decref(bundle);
    buf_fini(&text);
    faults_fini(&faults);
    return good;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
    bool good = true;

    mem_install();
    if (out == NULL) {
        fprintf(stderr, "gallery_pack OUT.C FOLDER...\n");
        return 2;
    }
    fprintf(out, "/* Made from flows/ by designer-api/gallery/pack.c. */\n"
                 "#include \"designer-api/gallery.h\"\n");
    for (int i = 2; i < argc; i++)
        good = pack_flow(out, argv[i], (size_t)i) && pack_about(out, argv[i], (size_t)i) &&
               pack_samples(out, argv[i], (size_t)i) && good;
    fprintf(out, "const struct gallery_flow gallery_flows[] = {\n");
    for (int i = 2; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');

        fprintf(out, "    { \"%s\", flow_%d, samples_%d, about_%d },\n",
                slash != NULL ? slash + 1 : argv[i], i, i, i);
    }
    fprintf(out, "    { .name = NULL },\n};\n");
    return fclose(out) == 0 && good ? 0 : 1;
}
