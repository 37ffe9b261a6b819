/* cursor.c - see cursor.h. */
#include "nodes/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

static json_t *stamp_json(const struct file_stamp *stamp)
{
    char text[80];

    snprintf(text, sizeof text, "%" PRId64 "-%" PRId64 "-%" PRIu64, stamp->size, stamp->mtime_ns,
             stamp->inode);
    return json_string(text);
}

static bool stamp_read(const char *text, struct file_stamp *stamp)
{
    char *end;

    stamp->size = (int64_t)strtoull(text, &end, 10);
    if (end == text || *end != '-')
        return false;
    text = end + 1;
    stamp->mtime_ns = (int64_t)strtoull(text, &end, 10);
    if (end == text || *end != '-')
        return false;
    text = end + 1;
    stamp->inode = strtoull(text, &end, 10);
    return end != text && *end == '\0';
}

json_t *cursor_json(const struct file_ask *ask)
{
    json_t *cursor;
    bool failed = false;

    cursor = json_object();
    if (cursor == NULL)
        return NULL;
    json_put(cursor, "at", json_integer(ask->next), &failed);
    json_put(cursor, "file", stamp_json(&ask->stamp), &failed);
    if (!failed)
        return cursor;
    json_decref(cursor);
    return NULL;
}

enum err_code cursor_read(const json_t *cursor, struct file_ask *ask, struct err *e)
{
    const char *stamp = json_get_text(cursor, "file");

    if (cursor == NULL || json_is_null(cursor))
        return ERR_OK;
    ask->at = json_get_int(cursor, "at", -1);
    if (ask->at < 0 || stamp == NULL || !stamp_read(stamp, &ask->stamp))
        return err_set(
            e, ERR_INVALID,
            "\"cursor\" must be what the page before gave as `next`, or null, but is: %s",
            json_kind(cursor));
    ask->stamped = true;
    return ERR_OK;
}
