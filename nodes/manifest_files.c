/* manifest_files.c - reads which files of this machine an action sends, and whether its answer
 * becomes one. Where each lies is the node's to say, as a part of the flow; what becomes of it is
 * the manifest's. */
#include "nodes/manifest_files.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "nodes/connector/upload_priv.h"
#include "nodes/definition.h"
#include "nodes/header.h"

#define FILES_LIMIT                                                              \
    ((int64_t)1024 * MIB) /* bytes of a file, unless the manifest says otherwise \
                           */

static void read_file(const struct manifest_source *source, const json_t *json, const char *pointer,
                      struct manifest_file *file)
{
    static const struct member rows[] = {
        { "help", MEMBER_TEXT, true },      { "part", MEMBER_TEXT, false },
        { "type", MEMBER_TEXT, false },     { "limit", MEMBER_INT, false },
        { "optional", MEMBER_BOOL, false }, { 0 },
    };
    char place[PLACE_BYTES];

    if (!manifest__name_valid(file->name))
        manifest__fault(source, pointer,
                        "\"%.60s\" cannot be the name of a file: a small letter, then small "
                        "letters, digits and \"_\"",
                        file->name);
    if (!manifest__members(source, json, pointer, rows))
        return;
    file->help = json_get_text(json, "help");
    file->part = json_get_text(json, "part");
    file->type = json_get_text(json, "type");
    file->limit = json_get_int(json, "limit", FILES_LIMIT);
    file->optional = json_is_true(json_object_get(json, "optional"));
    file->filename = file->part != NULL;
    if (file->part != NULL && *file->part == '\0')
        manifest__fault(source, manifest__place(place, pointer, "part"),
                        "the name of its part in the form cannot be empty; of a file that is the "
                        "whole body leave \"part\" out");
    if (file->type != NULL && (*file->type == '\0' || !header_value_valid(file->type)))
        manifest__fault(source, manifest__place(place, pointer, "type"),
                        "\"type\" is a media type such as \"text/csv\"; this cannot be sent");
    if (file->limit < 1 || file->limit > UPLOAD_MOST)
        manifest__fault(source, manifest__place(place, pointer, "limit"),
                        "\"limit\" is a number of bytes, 1 to %lld", (long long)UPLOAD_MOST);
}

void manifest__files(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action)
{
    json_t *files = json_object_get(json, "files"), *member;
    char all[PLACE_BYTES], place[PLACE_BYTES];
    const char *name;

    if (!json_is_object(files))
        return; /* none, or a fault */
    manifest__place(all, pointer, "files");
    if (json_object_size(files) == 0 || json_object_size(files) > STEP_UPLOADS) {
        manifest__fault(source, all,
                        "\"files\" names 1 to %u files; an action that sends none has "
                        "no \"files\"",
                        STEP_UPLOADS);
        return;
    }
    action->files.list = mem_must(json_object_size(files) * sizeof *action->files.list);
    json_object_foreach(files, name, member)
    {
        struct manifest_file *file = &action->files.list[action->files.count++];

        file->name = name;
        read_file(source, member, manifest__place(place, all, name), file);
    }
}

bool manifest__file_place(struct action *action, const char *path)
{
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot != NULL && i < action->files.count; i++) {
        struct manifest_file *file = &action->files.list[i];

        if (strlen(file->name) != (size_t)(dot - path) ||
            strncmp(file->name, path, (size_t)(dot - path)) != 0)
            continue;
        file->filename = file->filename || strcmp(dot, ".filename") == 0;
        return strcmp(dot, ".filename") == 0 || strcmp(dot, ".size") == 0 ||
               strcmp(dot, ".digest") == 0;
    }
    return false;
}

/* ---- Whether the request has a place for them */

static const char *content_type(const struct action *action)
{
    const char *name;
    json_t *member;

    json_object_foreach(action->headers, name, member)
    {
        if (strcasecmp(name, "Content-Type") == 0)
            return json_text(member);
    }
    return NULL;
}

/* A form of parts. */
static void form_fits(const struct manifest_source *source, const char *pointer,
                      const struct action *action)
{
    bool certain = action->body != NULL;
    const char *type = content_type(action);
    char place[PLACE_BYTES];

    for (size_t i = 0; i < action->files.count; i++) {
        const struct manifest_file *file = &action->files.list[i];

        certain = certain || !file->optional;
        if (file->part == NULL)
            manifest__fault(source, manifest__place(place, pointer, file->name),
                            "\"part\" is missing: the name of its part in the form. A file without "
                            "one is the whole body, and the only file");
    }
    if (type == NULL || !form_data_is(type))
        manifest__fault(source, pointer,
                        "files with a \"part\" are sent in a form: give the action \"headers\": "
                        "{\"Content-Type\": \"multipart/form-data\"}");
    if (!certain)
        manifest__fault(source, pointer,
                        "every file is optional, and there is no \"body\": a request might have "
                        "no body at all; let one file be required, or give fields in \"body\"");
}

/* The one file is the body. */
static void whole_fits(const struct manifest_source *source, const char *pointer,
                       const struct action *action)
{
    const struct manifest_file *file = action->files.list;
    const char *type = content_type(action);
    char place[PLACE_BYTES];

    manifest__place(place, pointer, file->name);
    if (type != NULL && form_data_is(type))
        manifest__fault(source, place,
                        "the request is a form: give the file a \"part\", the name of its part");
    else if (type != NULL && file->type != NULL)
        manifest__fault(source, place,
                        "the header Content-Type says what the body is; leave \"type\" out");
    if (action->body != NULL)
        manifest__fault(source, place,
                        "a file without a \"part\" is the whole body: leave the action's \"body\" "
                        "out, or send a form");
    if (file->optional)
        manifest__fault(source, place,
                        "a file that is the whole body cannot be optional; make two actions");
}

/* Ways that sign all bytes of a body need them in memory. */
static bool signs_body(const struct action *action)
{
    const struct connector_sign_in *sign_in = &action->data.info->sign_in;

    return sign_in_signs_body(sign_in->type, json_get_text(sign_in->members, "text"),
                              json_get_text(sign_in->members, "value"));
}

void manifest__files_fit(const struct manifest_source *source, const json_t *json,
                         const char *pointer, const struct action *action)
{
    bool form = action->files.count > 1;
    char all[PLACE_BYTES];

    if (action->files.count == 0)
        return;
    manifest__place(all, pointer, "files");
    for (size_t i = 0; i < action->files.count; i++)
        form = form || action->files.list[i].part != NULL;
    if (form)
        form_fits(source, all, action);
    else
        whole_fits(source, all, action);
    if (strcmp(action->method, "GET") == 0)
        manifest__fault(source, all, "a GET request has no body, and so no files");
    if (json_object_get(json, "pages") != NULL)
        manifest__fault(source, all,
                        "a list in pages is asked for many times, and a file is sent once: leave "
                        "\"files\" or \"pages\" out");
    if (signs_body(action))
        manifest__fault(source, all,
                        "the sign-in signs the whole body, which would have to be in memory: take "
                        "the content as a value of the input, or another sign-in");
}

/* ---- An answer that becomes a file */

static json_t *saved_schema(bool rows)
{
    json_t *schema = json_pack(
        "{s:s,s:{s:{s:s,s:s,s:{s:{s:s},s:{s:s},s:{s:s},s:{s:s},s:{s:s}}}},s:[s]}", "type", "object",
        "properties", "file", "type", "object", "description", "The file that has it all.",
        "properties", "folder", "type", "string", "path", "type", "string", "size", "type",
        "integer", "digest", "type", "string", "changed", "type", "boolean", "required", "file");

    if (rows && schema != NULL) {
        json_object_set_new(json_object_get(schema, "properties"), "count",
                            json_pack("{s:s,s:s}", "type", "integer", "description", "Rows."));
        json_array_append_new(json_object_get(schema, "required"), json_string("count"));
    }
    return schema;
}

void manifest__saved(const struct manifest_source *source, json_t *json, const char *pointer,
                     bool rows)
{
    static const char *const own[] = { "output", "output_schema" };
    char place[PLACE_BYTES];

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (json_object_get(json, own[i]) != NULL)
            manifest__fault(source, manifest__place(place, pointer, "save"),
                            "with \"save\" the output is %s: leave out \"%s\"",
                            rows ? "{count, file}" : "{file}", own[i]);
    json_object_set_new(json, "output_schema", saved_schema(rows));
}

void manifest__save(const struct manifest_source *source, json_t *json, const char *pointer,
                    struct action *action)
{
    static const char *const never[] = { "pages", "batch", "echo" };
    char place[PLACE_BYTES];

    action->files.saves = json_is_true(json_object_get(json, "save"));
    if (!action->files.saves)
        return;
    manifest__place(place, pointer, "save");
    if (action->effect != EFFECT_NONE)
        manifest__fault(
            source, place,
            "\"save\" is for what only reads (\"effect\": \"none\"): a file that did not "
            "come whole is asked for again");
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (json_object_get(json, never[i]) != NULL)
            manifest__fault(
                source, place,
                "\"%s\" looks into the answer, which with \"save\" is a file: leave one "
                "of them out",
                never[i]);
    manifest__saved(source, json, pointer, false);
}
