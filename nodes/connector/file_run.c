/* file_run.c - connector.file: what is asked of the settings' values, and what the step gives. */
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/connector/file_priv.h"
#include "nodes/cursor.h"
#include "nodes/file_path.h"
#include "nodes/foreign.h"

#define FILE_WHOLE (3u * MIB) /* as a JSON text it still fits a step's output */

/* ---- The ask */

static enum err_code ask_fill(const struct file_config *config, json_t *const *values,
                              struct file_ask *ask, struct err *e)
{
    enum err_code rc = ERR_OK;

    ask->parents = config->make_folders;
    ask->replace = config->exists == 1;
    ask->folders = config->folders;
    ask->limit = (unsigned)config->limit;
    ask->grows = config->grows;
    ask->pattern = mem_must_copy(config->pattern);
    if (config->action == FILE_DO_STAT)
        ask->whole = config->digest;
    if (config->action == FILE_DO_READ) {
        ask->whole = config->page == NULL;
        ask->most = ask->whole ? FILE_WHOLE : (size_t)config->page->bytes;
        ask->lines = ask->whole || config->as == FILE_AS_ITEMS ? 0 : (uint64_t)config->page->lines;
        rc = cursor_read(values[VALUE_CURSOR], ask, e);
    } else if (config->action == FILE_DO_MOVE) {
        rc = file_path_read(values[VALUE_TO], "to", e);
        if (rc == ERR_OK)
            ask->to = mem_must_copy(json_text(values[VALUE_TO]));
    } else if (config->action == FILE_DO_WRITE || config->action == FILE_DO_APPEND) {
        rc = file_content_read(values[VALUE_CONTENT], FOREIGN_TEXT, &ask->bytes, &ask->size, e);
    } else if (config->action == FILE_DO_LIST && json_is_text(values[VALUE_AFTER])) {
        ask->after = mem_must_copy(json_text(values[VALUE_AFTER]));
    }
    return rc;
}

struct file_ask *file__ask(const struct file_config *config, json_t *const *values, struct err *e)
{
    static const enum file_verb verbs[] = {
        [FILE_DO_READ] = FILE_READ,     [FILE_DO_WRITE] = FILE_WRITE,
        [FILE_DO_APPEND] = FILE_APPEND, [FILE_DO_LIST] = FILE_LIST,
        [FILE_DO_STAT] = FILE_STAT,     [FILE_DO_MOVE] = FILE_MOVE,
        [FILE_DO_DELETE] = FILE_DELETE,
    };
    const json_t *path = values[VALUE_PATH];
    bool absent = path == NULL || (json_is_text(path) && *json_text(path) == '\0');
    struct file_ask *ask;

    check((size_t)config->action < sizeof verbs / sizeof *verbs);
    if (!(config->action == FILE_DO_LIST && absent) && file_path_read(path, "path", e) != ERR_OK)
        return NULL;
    ask = file_ask_new(verbs[config->action], config->folder, absent ? "" : json_text(path));
    if (ask_fill(config, values, ask, e) == ERR_OK)
        return ask;
    file_ask_free(ask);
    return NULL;
}

/* ---- The output */

static void put_time(json_t *output, int64_t mtime_ns, bool *failed)
{
    char text[CLOCK_TEXT];

    clock_text(mtime_ns / 1000000, text);
    json_put(output, "modified", json_string(text), failed);
}

static json_t *entry_json(const struct file_ask *ask, const struct file_entry *entry)
{
    json_t *json = json_object();
    bool failed = json == NULL;
    struct buf path;

    if (failed)
        return NULL;
    buf_init(&path, 4 * KIB);
    buf_addf(&path, "%s%s%s", ask->name, *ask->name != '\0' ? "/" : "", entry->name);
    json_put(json, "name", json_string(entry->name), &failed);
    json_put(json, "path", json_string(buf_text(&path)), &failed);
    json_put(json, "kind", json_string(entry->folder ? "folder" : "file"), &failed);
    json_put(json, "size", json_integer(entry->folder ? 0 : entry->stamp.size), &failed);
    put_time(json, entry->stamp.mtime_ns, &failed);
    buf_fini(&path);
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

static void put_entries(json_t *output, const struct file_ask *ask, bool *failed)
{
    json_t *entries = json_array();

    for (size_t i = 0; entries != NULL && i < ask->count; i++)
        if (json_array_append_new(entries, entry_json(ask, &ask->entries[i])) != 0)
            *failed = true;
    json_put(output, "entries", entries, failed);
    json_put(output, "more", json_boolean(ask->more), failed);
    if (ask->count > 0)
        json_put(output, "after", json_string(ask->entries[ask->count - 1].name), failed);
    else
        json_put_or_null(output, "after", NULL, failed);
}

static void put_stat(json_t *output, const struct file_ask *ask, bool *failed)
{
    json_put(output, "exists", json_boolean(ask->exists), failed);
    if (!ask->exists)
        return;
    json_put(output, "kind", json_string(ask->is_folder ? "folder" : "file"), failed);
    json_put(output, "size", json_integer(ask->is_folder ? 0 : ask->stamp.size), failed);
    put_time(output, ask->stamp.mtime_ns, failed);
    if (ask->digest[0] != '\0')
        json_put(output, "digest", json_string(ask->digest), failed);
}

static void put_read(json_t *output, const struct file_config *config, const struct file_ask *ask,
                     json_t *body, bool *failed)
{
    static const char *const names[] = { "text", "lines", "base64", "items" };

    json_put(output, names[config->as], body, failed);
    json_put(output, "size", json_integer(ask->stamp.size), failed);
    put_time(output, ask->stamp.mtime_ns, failed);
    if (ask->whole) {
        json_put(output, "digest", json_string(ask->digest), failed);
        return;
    }
    json_put(output, "at", json_integer(ask->at), failed);
    json_put_or_null(output, "next", ask->last ? NULL : cursor_json(ask), failed);
    if (!ask->last && json_is_null(json_object_get(output, "next")))
        *failed = true;
    json_put(output, "last", json_boolean(ask->last), failed);
}

json_t *file__output(const struct file_config *config, const struct file_ask *ask, json_t *body)
{
    json_t *output = json_object();
    bool failed = output == NULL;

    if (failed) {
        json_decref(body);
        return NULL;
    }
    json_put(output, "path", json_string(ask->name), &failed);
    if (ask->verb == FILE_READ)
        put_read(output, config, ask, body, &failed);
    else if (ask->verb == FILE_LIST)
        put_entries(output, ask, &failed);
    else if (ask->verb == FILE_STAT)
        put_stat(output, ask, &failed);
    else
        json_put(output, "changed", json_boolean(ask->changed), &failed);
    if (ask->verb == FILE_WRITE || ask->verb == FILE_APPEND)
        json_put(output, "size", json_integer(ask->stamp.size), &failed);
    if (ask->verb == FILE_WRITE)
        json_put(output, "digest", json_string(ask->digest), &failed);
    if (ask->verb == FILE_APPEND)
        json_put(output, "at", json_integer(ask->next), &failed);
    if (ask->verb == FILE_MOVE)
        json_put(output, "to", json_string(ask->to), &failed);
    if (!failed)
        return output;
    json_decref(output);
    return NULL;
}
