/* node_types.c - every node type the program comes with. */
#include "nodes/node_types.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/manifest.h"
#include "nodes/connectors/embedded.h"

#define NODE(name) extern const struct node_type node_##name;
#include "nodes/node_list.h"
#undef NODE

static const struct node_type *const types[] = {
#define NODE(name) &node_##name,
#include "nodes/node_list.h"
#undef NODE
};

/* The types of manifests are made once and shared by all registries. */
#define MANIFESTS_MAX 256u
static struct manifest *manifests[MANIFESTS_MAX];
static size_t manifest_count;
/* Those of folders: the file and its text; NULL for the embedded ones. */
static struct {
    char *file, *text;
} origins[MANIFESTS_MAX];

static struct manifest *manifest_open(const struct embedded_manifest *embedded)
{
    struct manifest *manifest;
    struct faults faults;
    char file[128];

    snprintf(file, sizeof file, "nodes/connectors/%s/manifest.json", embedded->name);
    faults_init(&faults);
    manifest = manifest_read(file, embedded->text, embedded->size, &faults);
    if (manifest == NULL || faults.count > 0) {
        struct buf text;

        buf_init(&text, MIB);
        faults_write(&faults, &text);
        fputs(buf_text(&text), stderr);
        buf_fini(&text);
    }
    check(faults.count == 0); /* ours are without warnings too */
    faults_fini(&faults);
    check(manifest != NULL);
    check(strcmp(manifest->info.name, embedded->name) == 0);
    return manifest;
}

void node_types_add(struct registry *registry)
{
    check(registry != NULL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        registry_add(registry, types[i]);
    if (manifest_count == 0)
        for (size_t i = 0; embedded_manifests[i].name != NULL; i++) {
            check(manifest_count < MANIFESTS_MAX);
            manifests[manifest_count++] = manifest_open(&embedded_manifests[i]);
        }
    for (size_t i = 0; i < manifest_count; i++)
        manifest_add(manifests[i], registry);
}

/* ---- Folders of systems */

static size_t manifest_find(const char *name)
{
    size_t i = 0;

    while (i < manifest_count && strcmp(manifests[i]->info.name, name) != 0)
        i++;
    return i;
}

/* One that is there already: from here and unchanged, or a reason to say something. */
static bool manifest_known(const char *file, const char *text, const struct manifest *manifest,
                           struct faults *faults)
{
    size_t at = manifest_find(manifest->info.name);

    if (at == manifest_count)
        return false;
    if (origins[at].file == NULL)
        faults_add(faults, false, file, 1, 1, "/name",
                   "the program itself brings the system \"%s\"; give this one another name",
                   manifest->info.name);
    else if (strcmp(origins[at].file, file) != 0)
        faults_add(faults, false, file, 1, 1, "/name",
                   "the system \"%s\" is described in %s already", manifest->info.name,
                   origins[at].file);
    else if (strcmp(origins[at].text, text) != 0)
        faults_add(faults, true, file, 1, 1, "",
                   "it has changed; running versions need the one they were checked with, so this "
                   "one counts from the next start");
    return true;
}

bool node_types_add_file(struct registry *registry, const char *file, const char *name,
                         const char *text, size_t size, struct faults *faults)
{
    struct manifest *manifest = manifest_read(file, text, size, faults);
    bool known;

    if (manifest == NULL)
        return false;
    if (strcmp(manifest->info.name, name) != 0) {
        faults_add(faults, false, file, 1, 1, "/name",
                   "the system is called \"%s\", but its folder \"%s\"; give both one name",
                   manifest->info.name, name);
        manifest_free(manifest);
        return false;
    }
    known = manifest_known(file, text, manifest, faults);
    if (known || manifest_count == MANIFESTS_MAX) {
        if (!known)
            faults_add(faults, false, file, 1, 1, "", "there are more than %u systems",
                       MANIFESTS_MAX);
        manifest_free(manifest);
        return false;
    }
    origins[manifest_count].file = mem_must_copy(file);
    origins[manifest_count].text = mem_must_copy(text);
    manifests[manifest_count++] = manifest;
    manifest_add(manifest, registry);
    return true;
}

const struct manifest *node_types_system(const char *name, size_t *cursor, const char **file)
{
    size_t at = name != NULL ? manifest_find(name) : (*cursor)++;

    if (at >= manifest_count)
        return NULL;
    *file = origins[at].file;
    return manifests[at];
}

void node_types_free(void)
{
    while (manifest_count > 0) {
        manifest_free(manifests[--manifest_count]);
        mem_free(origins[manifest_count].file);
        mem_free(origins[manifest_count].text);
        origins[manifest_count].file = origins[manifest_count].text = NULL;
    }
}
