/* manifest_import.c - drafts a manifest: chooses operations, tries each action with the manifest's
 * own reader, and leaves out what it would refuse. */
#include "nodes/manifest_import.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/manifest_import_priv.h"
#include "nodes/manifest.h"
#include "nodes/reply.h"

#define DRAFT_BYTES (16u * MIB)

/* ---- What the files share */

void import__say(const struct import *import, const char *fmt, ...)
{
    char text[500];
    va_list args;
    int size = snprintf(text, 200, "%s: ", import->where);

    check(size > 0);
    if (size > 190)
        size = 190;
    va_start(args, fmt);
    vsnprintf(text + size, sizeof text - (size_t)size, fmt, args);
    va_end(args);
    for (size_t i = 0; i < json_array_size(import->report); i++)
        if (strcmp(json_text(json_array_get(import->report, i)), text) == 0)
            return; /* once is enough */
    json_array_append_new(import->report, json_string(text));
}

/* RFC 6901, behind '#'; the document is JSON, so it ends. */
static json_t *import_pointer(json_t *json, const char *pointer)
{
    while (json != NULL && *pointer == '/') {
        char name[300];
        size_t at = 0;

        for (pointer++; *pointer != '\0' && *pointer != '/' && at + 1 < sizeof name; pointer++) {
            if (pointer[0] == '~' && (pointer[1] == '0' || pointer[1] == '1')) {
                name[at++] = *++pointer == '0' ? '~' : '/';
            } else if (pointer[0] == '%' && strncasecmp(pointer, "%7B", 3) == 0) {
                name[at++] = '{';
                pointer += 2;
            } else if (pointer[0] == '%' && strncasecmp(pointer, "%7D", 3) == 0) {
                name[at++] = '}';
                pointer += 2;
            } else {
                name[at++] = *pointer;
            }
        }
        name[at] = '\0';
        json = json_is_array(json) ? reply_find(json, name) : json_object_get(json, name);
    }
    return *pointer == '\0' ? json : NULL;
}

json_t *import__resolve(const struct import *import, json_t *json)
{
    for (unsigned i = 0; i < IMPORT_DEPTH && json != NULL; i++) {
        const char *reference = json_get_text(json, "$ref");

        if (reference == NULL)
            return json;
        json = reference[0] == '#' ? import_pointer(import->document, reference + 1) : NULL;
    }
    return NULL;
}

const char *import__astray(const struct import *import, json_t *json)
{
    for (unsigned i = 0; i < IMPORT_DEPTH; i++) {
        const char *reference = json_get_text(json, "$ref");

        if (reference == NULL || reference[0] != '#')
            return "leads out of the document or nowhere";
        json = import_pointer(import->document, reference + 1);
    }
    return "leads only in a circle";
}

void import__slug(struct buf *out, const char *text)
{
    bool small = false; /* the character before was a small letter or a digit */

    for (; *text != '\0' && out->len < LIMIT_ID - 4; text++) {
        bool capital = *text >= 'A' && *text <= 'Z';
        bool letter = capital || (*text >= 'a' && *text <= 'z');
        bool digit = *text >= '0' && *text <= '9';

        if ((capital && small) || (!letter && !digit)) {
            if (out->len > 0 && out->at[out->len - 1] != '_')
                buf_add_char(out, '_');
        }
        if (digit && out->len == 0)
            buf_add_char(out, 'n');
        if (letter || digit)
            buf_add_char(out, (char)(capital ? *text - 'A' + 'a' : *text));
        small = (letter && !capital) || digit;
    }
    while (out->len > 0 && out->at[out->len - 1] == '_')
        out->at[--out->len] = '\0';
}

json_t *import__line(const char *text, size_t most)
{
    size_t size = strcspn(text, "\r\n");

    if (size > most) {
        for (size = most; size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80; size--)
            ; /* not within a character */
    }
    return json_stringn(text, size);
}

/* ---- Choosing */

static bool chosen(const struct import_ask *ask, const char *path, json_t *operation)
{
    const char *id = json_get_text(operation, "operationId");
    json_t *tag;
    size_t i;

    for (size_t at = 0; at < ask->operation_count; at++) {
        const char *wanted = ask->operations[at];

        if ((id != NULL && strcmp(id, wanted) == 0) || strcmp(path, wanted) == 0)
            return true;
        json_array_foreach(json_object_get(operation, "tags"), i, tag)
        {
            if (json_is_text(tag) && strcasecmp(json_text(tag), wanted) == 0)
                return true;
        }
    }
    return ask->operation_count == 0;
}

static void action_name(json_t *actions, const char *method, const char *path, json_t *operation,
                        struct buf *name)
{
    const char *id = json_get_text(operation, "operationId");
    size_t size;

    if (id != NULL) {
        import__slug(name, id);
    } else {
        import__slug(name, method);
        buf_add_char(name, '_');
        import__slug(name, path);
    }
    if (name->len == 0)
        buf_add_text(name, "action");
    size = name->len;
    for (unsigned n = 2; json_object_get(actions, buf_text(name)) != NULL; n++) {
        name->len = size;
        buf_addf(name, "_%u", n);
    }
}

/* ---- Trying */

/* Warnings stand beside it and keep nothing out. */
static const char *first_error(const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        if (!faults->list[i].warning)
            return faults->list[i].text;
    return "too large";
}

/* Whether the manifest with this action alone can be read; said: tells why not. */
static bool action_reads(const struct import *import, json_t *manifest, const char *name,
                         json_t *action, bool said)
{
    json_t *alone = json_copied(manifest), *actions = json_pack("{s:O}", name, action);
    char *text;
    struct faults faults;
    struct manifest *read = NULL;
    size_t size = 0;

    json_object_set_new(alone, "actions", actions);
    text = json_text_new(alone, DRAFT_BYTES, &size);
    faults_init(&faults);
    if (text != NULL)
        read = manifest_read("draft", text, size, &faults);
    if (read == NULL && said)
        import__say(import, "left out: %s", first_error(&faults));
    faults_fini(&faults);
    mem_free(text);
    json_decref(alone);
    if (read == NULL)
        return false;
    manifest_free(read);
    return true;
}

static void import_operation(struct import *import, json_t *manifest, const char *method,
                             const char *path, json_t *item, json_t *operation)
{
    json_t *actions = json_object_get(manifest, "actions");
    char where[300];
    struct buf name;
    bool reads = false;

    snprintf(where, sizeof where, "%s %s", method, path);
    import->where = where;
    buf_init(&name, 300);
    action_name(actions, method, path, operation, &name);
    for (unsigned pass = 0; pass < 3 && !reads; pass++) {
        json_t *action;

        import->plain = pass >= 1; /* the document's own examples do not always fit */
        import->loose = pass == 2;
        action = import__action(import, method, path, item, operation);
        reads =
            action != NULL && action_reads(import, manifest, buf_text(&name), action, pass == 2);
        if (reads)
            json_object_set(actions, buf_text(&name), action);
        json_decref(action);
        if (action == NULL)
            break;
    }
    if (reads && json_is_true(json_object_get(operation, "deprecated")))
        import__say(import, "the document calls it deprecated");
    if (json_object_get(operation, "callbacks") != NULL)
        import__say(import, "its callbacks are not carried over: write them as events");
    buf_fini(&name);
}

static void import_path(struct import *import, const struct import_ask *ask, json_t *manifest,
                        const char *path, json_t *item)
{
    static const char *const methods[][2] = { { "get", "GET" },
                                              { "post", "POST" },
                                              { "put", "PUT" },
                                              { "patch", "PATCH" },
                                              { "delete", "DELETE" } };
    static const char *const others[] = { "head", "options", "trace" };

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        json_t *operation = json_object_get(item, methods[i][0]);

        if (json_is_object(operation) && chosen(ask, path, operation))
            import_operation(import, manifest, methods[i][1], path, item, operation);
    }
    import->where = path;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (json_object_get(item, others[i]) != NULL && ask->operation_count == 0)
            import__say(import, "the method %s is not supported", others[i]);
}

/* ---- The document */

static json_t *draft_new(const struct import *import, const struct import_ask *ask)
{
    const json_t *info = json_object_get(import->document, "info");
    const char *title = json_get_text(info, "title"), *about = json_get_text(info, "description");
    const char *version = json_get_text(info, "version");
    struct buf name;
    json_t *made;

    buf_init(&name, 200);
    import__slug(&name, ask->name != NULL ? ask->name : title != NULL ? title : "system");
    if (title == NULL || *title == '\0')
        title = "A system";
    if (about == NULL || *about == '\0')
        about = title;
    made = json_pack("{s:i, s:s, s:o, s:s, s:o, s:[s], s:{}, s:[], s:{s:s}, s:{}}", "weft", 1,
                     "name", name.len > 0 ? buf_text(&name) : "system", "title",
                     import__line(title, 80), "version", version != NULL ? version : "0.1", "help",
                     import__line(about, 400), "sources", "Drafted from an OpenAPI document.",
                     "environments", "settings", "sign_in", "type", "none", "actions");
    buf_fini(&name);
    return made;
}

static enum err_code document_check(json_t *document, struct err *e)
{
    const char *version = json_get_text(document, "openapi");

    if (json_get_text(document, "swagger") != NULL)
        return err_set(e, ERR_INVALID,
                       "it is Swagger %.20s; convert it to OpenAPI 3 first (swagger2openapi does)",
                       json_get_text(document, "swagger"));
    if (version == NULL || strncmp(version, "3.", 2) != 0)
        return err_set(e, ERR_INVALID,
                       "it is no OpenAPI 3 document: \"openapi\" must be 3.0 or 3.1");
    if (json_object_size(json_object_get(document, "paths")) == 0)
        return err_set(e, ERR_INVALID,
                       "it has no \"paths\", so there is nothing to call; what it tells of "
                       "webhooks is written as \"events\" by hand (docs/CONNECTORS.md)");
    return ERR_OK;
}

json_t *manifest_import(json_t *document, const struct import_ask *ask, json_t *report,
                        struct err *e)
{
    struct import import = { .document = document, .report = report, .where = "document" };
    json_t *manifest, *item;
    const char *path;

    check(json_is_array(report));
    if (document_check(document, e) != ERR_OK)
        return NULL;
    manifest = draft_new(&import, ask);
    if (manifest == NULL) {
        err_set(e, ERR_MEMORY, "no memory for the draft");
        return NULL;
    }
    import__system(&import, manifest);
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_t *resolved = import__resolve(&import, item);

        if (resolved != NULL)
            import_path(&import, ask, manifest, path, resolved);
    }
    import.where = "document";
    if (json_object_size(json_object_get(document, "webhooks")) > 0)
        import__say(&import, "its webhooks are not carried over: write them as events");
    if (json_object_size(json_object_get(manifest, "actions")) > 0)
        return manifest;
    json_decref(manifest);
    err_set(e, ERR_NOT_FOUND,
            "no operation of it could be carried over, or was chosen: what is listed says "
            "why, and --operations chooses by operationId, tag or path");
    return NULL;
}
