/* node_types.c - every node type the program comes with. */
#include "nodes/node_types.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
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
#define MANIFESTS_MAX 64u
static struct manifest *manifests[MANIFESTS_MAX];
static size_t manifest_count;

static struct manifest *manifest_open(const struct embedded_manifest *embedded)
{
    struct manifest *manifest;
    struct faults faults;
    char file[128];

    snprintf(file, sizeof file, "nodes/connectors/%s/manifest.json", embedded->name);
    faults_init(&faults);
    manifest = manifest_read(file, embedded->text, embedded->size, &faults);
    if (manifest == NULL) {
        struct buf text;

        buf_init(&text, MIB);
        faults_write(&faults, &text);
        fputs(buf_text(&text), stderr);
        buf_fini(&text);
    }
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
    for (size_t i = manifest_count; embedded_manifests[i].name != NULL; i++) {
        check(manifest_count < MANIFESTS_MAX);
        manifests[manifest_count++] = manifest_open(&embedded_manifests[i]);
    }
    for (size_t i = 0; i < manifest_count; i++)
        manifest_add(manifests[i], registry);
}

void node_types_free(void)
{
    while (manifest_count > 0)
        manifest_free(manifests[--manifest_count]);
}
