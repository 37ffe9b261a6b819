/* request.c - what a node sends, built from values and checked before anything leaves. */
#include "nodes/request.h"

#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/foreign.h"
#include "nodes/form.h"
#include "nodes/media.h"

enum effect_class request_effect(const char *method)
{
    check(method != NULL);
    if (strcmp(method, "PUT") == 0 || strcmp(method, "DELETE") == 0)
        return EFFECT_IDEMPOTENT;
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "OPTIONS") == 0)
        return EFFECT_NONE;
    return EFFECT_ONCE;
}

bool request_has_dots(const char *target)
{
    const char *end = target + strcspn(target, "?");

    while (target < end) {
        size_t size = strcspn(target, "/?"), dots = 0;
        const char *at = target;

        while (at < target + size && (*at == '.' || strncasecmp(at, "%2e", 3) == 0)) {
            at += *at == '.' ? 1 : 3;
            dots++;
        }
        if (at == target + size && (dots == 1 || dots == 2))
            return true;
        target += size + 1;
    }
    return false;
}

enum err_code request_target(json_t *target, json_t *query, struct buf *out, struct err *e)
{
    const char *text = json_text(target);
    struct buf form;
    enum err_code rc = ERR_OK;

    if (text == NULL || *text == '\0')
        return err_set(e, ERR_INVALID, "the address of the request must be a text, but is: %s",
                       text != NULL ? "empty" : json_kind(target));
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        if (*c <= 0x20 || *c >= 0x7f || *c == '#')
            return err_set(
                e, ERR_INVALID,
                "the address of the request has a space, a \"#\" or another character that "
                "must be percent-encoded; what belongs behind the \"?\" goes into \"query\"");
    if (request_has_dots(text))
        return err_set(e, ERR_INVALID, "the address of the request has a \".\" or \"..\" part");
    buf_add_text(out, text);
    if (query == NULL || json_is_null(query))
        return buf_check(out, "the address", e);
    if (!json_is_object(query))
        return err_set(e, ERR_INVALID, "\"query\" must be an object, but is: %s", json_kind(query));
    buf_init(&form, LIMIT_HEADER_BYTES);
    rc = form_write(&form, query, "the query", e);
    if (rc == ERR_OK && form.len > 0) {
        buf_add_char(out, strchr(text, '?') != NULL ? '&' : '?');
        buf_add(out, buf_text(&form), form.len);
    }
    buf_fini(&form);
    return rc == ERR_OK ? buf_check(out, "the address", e) : rc;
}

enum err_code request_body(json_t *body, const char *type, struct buf *out, struct err *e)
{
    check(body != NULL);
    if (media_is_json(type)) {
        json_write(out, body);
    } else if (media_is_form(type) && json_is_object(body)) {
        enum err_code rc = form_write(out, body, "the form", e);

        if (rc != ERR_OK)
            return rc;
    } else if (json_is_text(body)) {
        buf_add(out, json_string_value(body), json_string_length(body));
    } else if (foreign_size(body) > 0) {
        const char *encoding;
        bool decoded;

        return foreign_bytes(body, out, &encoding, &decoded, e);
    } else {
        return err_set(e, ERR_INVALID, "a body of content type %.60s must be a text, but is: %s",
                       type, json_kind(body));
    }
    return buf_check(out, "the body", e);
}
