/* file_path.c - see file_path.h. */
#include "nodes/file_path.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/file_ask.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/foreign.h"

enum err_code file_path_read(const json_t *value, const char *what, struct err *e)
{
    if (!json_is_text(value))
        return err_set(e, ERR_INVALID, "\"%s\" must be a text, but is: %s", what, json_kind(value));
    if (file_name_check(json_text(value), e) != ERR_OK)
        return err_prefix(e, "\"%s\"", what);
    return ERR_OK;
}

enum err_code file_content_read(json_t *value, size_t most, char **bytes, size_t *size,
                                struct err *e)
{
    const char *encoding;
    bool decoded;
    struct buf content;
    enum err_code rc;

    buf_init(&content, most);
    rc = foreign_bytes(value != NULL ? value : json_null(), &content, &encoding, &decoded, e);
    if (rc == ERR_OK)
        *bytes = buf_take(&content, size);
    else if (rc == ERR_INVALID)
        err_set(e, rc, "\"content\" must be a text, or bytes as {\"base64\": ...}, but is: %s",
                json_kind(value));
    buf_fini(&content);
    if (rc == ERR_OK && *bytes == NULL)
        *bytes = mem_must_copy("");
    return rc;
}

void file_folder_compile(struct flow_build *build, const char *folder, const char *pointer)
{
    char place[PLACE_BYTES];

    if (folder == NULL || folder[0] != '\0')
        return;
    snprintf(place, sizeof place, "%s/folder", pointer);
    flow_build_fault(build, place,
                     "\"folder\" is empty; \".\" is the first folder that the server's "
                     "configuration allows");
}
