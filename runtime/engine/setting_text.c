/* setting_text.c - texts with places: {setting} in a manifest's, ${NAME} in connections.json. */
#include "engine/connection.h"

#include <string.h>

#include "base/percent.h"

#define SETTING_TEXT_MAX (16u * KIB)

/* The value of a place: the connection's, or the fallback of the connector. */
static const char *setting_text_value(const struct connector_info *info, const json_t *settings,
                                      const char *name, bool *url)
{
    const char *value = json_get_text(settings, name);
    size_t i;

    *url = false;
    for (i = 0; info != NULL && i < info->setting_count; i++) {
        if (strcmp(info->settings[i].name, name) != 0)
            continue;
        *url = info->settings[i].kind == SETTING_URL;
        if (value == NULL)
            value = info->settings[i].fallback;
    }
    return value;
}

static enum err_code setting_text_place(const struct connector_info *info, const json_t *settings,
                                        const char *name, enum setting_text_use use, bool first,
                                        struct buf *out, struct err *e)
{
    bool url;
    const char *value = setting_text_value(info, settings, name, &url);
    size_t size;

    if (value == NULL)
        return err_set(e, ERR_INVALID, "the setting \"%s\" is missing", name);
    if (use == SETTING_TEXT_URL && !(url && first)) {
        percent_write(out, value, strlen(value));
        return ERR_OK;
    }
    size = strlen(value);
    while (url && size > 0 && value[size - 1] == '/')
        size--;
    buf_add(out, value, size);
    return ERR_OK;
}

enum err_code setting_text_fill(const struct connector_info *info, const json_t *settings,
                                const char *text, enum setting_text_use use, char **filled,
                                struct err *e)
{
    struct buf out;
    const char *at;
    char name[LIMIT_ID + 1];
    enum err_code rc = ERR_OK;

    buf_init(&out, SETTING_TEXT_MAX);
    for (at = text; *at != '\0' && rc == ERR_OK; at++) {
        const char *end;

        if ((at[0] == '{' && at[1] == '{') || (at[0] == '}' && at[1] == '}')) {
            buf_add_char(&out, *at++);
            continue;
        }
        if (*at != '{') {
            buf_add_char(&out, *at);
            continue;
        }
        end = strchr(at, '}');
        check(end != NULL &&
              (size_t)(end - at - 1) <= LIMIT_ID); /* the manifest's reader saw to it */
        memcpy(name, at + 1, (size_t)(end - at - 1));
        name[end - at - 1] = '\0';
        rc = setting_text_place(info, settings, name, use, at == text, &out, e);
        at = end;
    }
    if (rc == ERR_OK)
        rc = buf_check(&out, "a setting of the connection", e);
    *filled = rc == ERR_OK ? mem_must_copy(buf_text(&out)) : NULL;
    buf_fini(&out);
    return rc;
}

enum err_code setting_text_environment(const struct world *world, const char *text, char **filled,
                                       struct err *e)
{
    struct buf out;
    char name[LIMIT_ID + 1];
    enum err_code rc = ERR_OK;

    buf_init(&out, SETTING_TEXT_MAX);
    while (*text != '\0' && rc == ERR_OK) {
        const char *start = strstr(text, "${"), *end, *fallback, *value;
        size_t size;

        if (start == NULL) {
            buf_add_text(&out, text);
            break;
        }
        buf_add(&out, text, (size_t)(start - text));
        end = strchr(start, '}');
        size = strcspn(start + 2, ":}");
        if (end == NULL || size == 0 || size > LIMIT_ID ||
            (start[2 + size] == ':' && start[3 + size] != '-')) {
            rc = err_set(e, ERR_SYNTAX,
                         "\"${\" begins a variable of the environment: ${NAME} or "
                         "${NAME:-default}");
            break;
        }
        memcpy(name, start + 2, size);
        name[size] = '\0';
        value = world->environment(name);
        fallback = start[2 + size] == ':' ? start + 4 + size : NULL;
        if (value != NULL && *value != '\0')
            buf_add_text(&out, value);
        else if (fallback != NULL)
            buf_add(&out, fallback, (size_t)(end - fallback));
        else
            rc = err_set(e, ERR_NOT_FOUND, "the environment variable %s is not set", name);
        text = end + 1;
    }
    if (rc == ERR_OK)
        rc = buf_check(&out, "a text with environment variables", e);
    *filled = rc == ERR_OK ? mem_must_copy(buf_text(&out)) : NULL;
    buf_fini(&out);
    return rc;
}
