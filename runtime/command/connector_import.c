/* connector_import.c - `weft connector import`: drafts a manifest from an OpenAPI document. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/connector.h"
#include "format/yaml.h"
#include "nodes/manifest.h"
#include "nodes/manifest_import.h"

#define IMPORT_BYTES      (32u * MIB)
#define IMPORT_OPERATIONS 200u

static const struct json_limits import_limits = { IMPORT_BYTES, 200, 2000000 };

/* JSON is read as such: its numbers and faults are told more exactly. */
static json_t *import_document(const char *path, struct err *e)
{
    char *text = NULL;
    size_t size, first;
    json_t *json;

    if (file_read(path, IMPORT_BYTES, &text, &size, e) != ERR_OK)
        return NULL;
    first = strspn(text, " \t\r\n");
    json = text[first] == '{' ? json_read(text, size, &import_limits, e)
                              : yaml_to_json(text, size, &import_limits, e);
    mem_free(text);
    if (json == NULL)
        err_prefix(e, "%s", path);
    return json;
}

/* "a,b" and further ones; their texts are `kept`. */
static size_t import_operations(const struct options *options, const char **operations, char *kept,
                                size_t room)
{
    const char *list;
    size_t cursor = 0, count = 0, at = 0;

    while ((list = option_next(options, "--operations", &cursor)) != NULL) {
        while (*list != '\0' && count < IMPORT_OPERATIONS) {
            size_t size = strcspn(list, ",");

            if (at + size + 1 > room)
                return count;
            memcpy(kept + at, list, size);
            kept[at + size] = '\0';
            if (size > 0)
                operations[count++] = kept + at;
            at += size + 1;
            list += size + (list[size] == ',');
        }
    }
    return count;
}

static void import_list(json_t *report)
{
    json_t *line;
    size_t i;

    if (json_array_size(report) > 0)
        printf("\nnot carried over, or to be looked at:\n");
    json_array_foreach(report, i, line)
    {
        printf("  %s\n", json_text(line));
    }
}

static void import_told(const json_t *manifest, json_t *report, const char *path)
{
    printf("%s: %zu actions\n", path, json_object_size(json_object_get(manifest, "actions")));
    import_list(report);
    fprintf(stderr,
            "\nnext: read it; say of each action what its effect is and how to look for it; "
            "weft connector check %s\n",
            path);
}

static enum err_code import_write(const struct options *options, const json_t *manifest,
                                  json_t *report, struct err *e)
{
    const char *folder = option_text(options, "-o");
    char *path = NULL;
    struct buf text;

    buf_init(&text, LIMIT_FLOW_BYTES);
    json_write_pretty(&text, manifest);
    buf_add_char(&text, '\n');
    if (!buf_ok(&text))
        err_set(e, ERR_LIMIT,
                "the draft is larger than %u bytes; choose with --operations what you need",
                LIMIT_FLOW_BYTES);
    else if (connector_write(folder != NULL ? folder : "connectors",
                             json_get_text(manifest, "name"), buf_text(&text), text.len, &path,
                             e) == ERR_OK)
        import_told(manifest, report, path);
    mem_free(path);
    buf_fini(&text);
    return e->code;
}

int connector_import(const struct options *options)
{
    const char *file = option_word(options, 1), *operations[IMPORT_OPERATIONS];
    struct import_ask ask = { .name = option_text(options, "--name"), .operations = operations };
    json_t *document = NULL, *manifest = NULL, *report = json_array();
    char kept[16 * KIB];
    struct err e = { .code = ERR_OK };

    ask.operation_count = import_operations(options, operations, kept, sizeof kept);
    if (file == NULL)
        err_set(&e, ERR_USAGE, "which document? weft connector import openapi.yaml");
    else if (ask.name != NULL && !manifest_name_valid(ask.name))
        err_set(&e, ERR_USAGE,
                "a system's name begins with a small letter; then small letters, digits and \"_\"");
    else
        document = import_document(file, &e);
    if (document != NULL)
        manifest = manifest_import(document, &ask, report, &e);
    if (manifest != NULL) {
        import_write(options, manifest, report, &e);
    } else if (document != NULL) {
        err_prefix(&e, "%s", file);
        import_list(report);
    }
    if (e.code != ERR_OK)
        complain("%s", e.text);
    json_decref(manifest);
    json_decref(document);
    json_decref(report);
    return e.code == ERR_OK ? EXIT_DONE : EXIT_USAGE;
}
