/* header.c - HTTP headers between a flow and the wire. */
#include "nodes/header.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/flow.h"

#define HEADER_NAME 256 /* bytes of a name that is looked at, with its NUL */

/* Parts of names, in lower case. A missed secret costs more than a header that a flow does not
 * see. */
static const char *const secret_parts[] = {
    "authorization", "cookie",     "token",      "secret",   "passw",       "api-key",
    "apikey",        "api_key",    "access-key", "auth-key", "account-key", "subscription-key",
    "functions-key", "credential", "signature",  "session",  "hmac",        "x-auth-",
    "private-key",
};
/* The framing of a message is the HTTP library's. */
static const char *const framing[] = {
    "connection", "content-length",    "expect",  "host", "keep-alive", "te",
    "trailer",    "transfer-encoding", "upgrade",
};
static const char *const credentials[] = { "authorization", "proxy-authorization", "cookie" };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Headers of every request: not worth a look through the list. */
static const char *const known_plain[] = { "host",      "content-type", "content-length",
                                           "accept",    "user-agent",   "accept-encoding",
                                           "connection" };

static bool small_is_secret(const char *small)
{
    for (size_t i = 0; i < sizeof known_plain / sizeof *known_plain; i++)
        if (strcmp(small, known_plain[i]) == 0)
            return false;
    for (size_t i = 0; i < sizeof secret_parts / sizeof *secret_parts; i++)
        if (strstr(small, secret_parts[i]) != NULL)
            return true;
    return false;
}

bool header_is_secret(const char *name)
{
    char small[HEADER_NAME];
    size_t size = strlen(name);

    check(name != NULL);
    if (size >= sizeof small)
        return true; /* nobody has a use for it */
    for (size_t i = 0; i <= size; i++)
        small[i] = lower(name[i]);
    return small_is_secret(small);
}

bool header_name_valid(const char *name)
{
    check(name != NULL);
    for (const char *c = name; *c != '\0'; c++) {
        char small = lower(*c);

        if ((small < 'a' || small > 'z') && (small < '0' || small > '9') &&
            strchr("!#$%&'*+-.^_`|~", small) == NULL)
            return false;
    }
    return *name != '\0' && strlen(name) <= 200;
}

bool header_value_valid(const char *value)
{
    size_t size = 0;

    check(value != NULL);
    for (const unsigned char *c = (const unsigned char *)value; *c != '\0'; c++, size++)
        if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
            return false;
    return size <= HEADER_VALUE;
}

/* Sets a member, or joins to the one that is there (RFC 9110, 5.2). */
static bool header_json_put(json_t *object, const char *name, const char *value)
{
    const char *old = json_get_text(object, name);
    struct buf joined;
    bool done;

    if (old == NULL)
        return json_object_set_new(object, name, json_string(value)) == 0;
    buf_init(&joined, LIMIT_REPLY_HEADERS);
    buf_add_text(&joined, old);
    buf_add_text(&joined, ", ");
    buf_add_text(&joined, value);
    done = buf_ok(&joined) &&
           json_object_set_new(object, name, json_stringn(buf_text(&joined), joined.len)) == 0;
    buf_fini(&joined);
    return done;
}

json_t *header_json(const struct step_pair *headers, size_t count, const char *except)
{
    json_t *object = json_object();

    check(headers != NULL || count == 0);
    for (size_t i = 0; i < count && object != NULL; i++) {
        char name[HEADER_NAME];
        size_t size = strlen(headers[i].name);

        if (size >= sizeof name)
            continue;
        for (size_t j = 0; j <= size; j++)
            name[j] = lower(headers[i].name[j]);
        if (small_is_secret(name) || (except != NULL && strcasecmp(headers[i].name, except) == 0) ||
            !utf8_valid(headers[i].value, strlen(headers[i].value)) ||
            !utf8_valid(headers[i].name, size))
            continue;
        if (!header_json_put(object, name, headers[i].value)) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

void header_list_init(struct header_list *list)
{
    check(list != NULL);
    memset(list, 0, sizeof *list);
}

void header_list_fini(struct header_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mem_free(list->owned[i]);
    list->count = 0;
}

bool header_list_has(const struct header_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcasecmp(list->pairs[i].name, name) == 0)
            return true;
    return false;
}

bool header_list_add(struct header_list *list, const char *name, const char *value)
{
    check(header_name_valid(name));
    check(header_value_valid(value));
    if (list->count >= HEADER_LIST)
        return false;
    list->pairs[list->count].name = name;
    list->pairs[list->count].value = value;
    list->owned[list->count] = NULL;
    list->count++;
    return true;
}

static bool header_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static enum err_code header_check_name(const char *name, bool request, struct err *e)
{
    if (!header_name_valid(name))
        return err_set(e, ERR_INVALID, "\"%.60s\" cannot be the name of a header", name);
    if (header_among(name, framing, sizeof framing / sizeof *framing))
        return err_set(e, ERR_INVALID, "the header \"%s\" is set by Weft itself", name);
    if (request && header_among(name, credentials, sizeof credentials / sizeof *credentials))
        return err_set(e, ERR_INVALID,
                       "the header \"%s\" is a credential: it belongs into a connection", name);
    return ERR_OK;
}

static enum err_code header_list_put(struct header_list *list, const char *name,
                                     const json_t *value, struct err *e)
{
    const char *text = json_text(value);
    char *owned = NULL;

    if (text == NULL && (json_is_object(value) || json_is_array(value)))
        return err_set(e, ERR_INVALID, "the header \"%s\" is an %s; a text belongs there", name,
                       json_kind(value));
    if (text == NULL) {
        owned = json_text_new(value, LIMIT_JSON_NUMBER + 1, NULL);
        if (owned == NULL)
            return err_set(e, ERR_MEMORY, "no memory for the header \"%s\"", name);
        text = owned;
    } else if (strlen(text) != json_string_length(value) || !header_value_valid(text)) {
        return err_set(e, ERR_INVALID,
                       "the header \"%s\" has a line break or another control character, or is "
                       "longer than %u bytes",
                       name, HEADER_VALUE);
    }
    if (!header_list_add(list, name, text)) {
        mem_free(owned);
        return err_set(e, ERR_INVALID, "there are more than %u headers", HEADER_LIST);
    }
    list->owned[list->count - 1] = owned;
    return ERR_OK;
}

enum err_code header_list_read(struct header_list *list, json_t *object, bool request,
                               struct err *e)
{
    enum err_code rc = ERR_OK;
    const char *name;
    json_t *value;

    check(list != NULL);
    if (object == NULL || json_is_null(object))
        return ERR_OK;
    if (!json_is_object(object))
        return err_set(e, ERR_INVALID, "the headers are a %s; an object of texts belongs there",
                       json_kind(object));
    json_object_foreach(object, name, value)
    {
        if (json_is_null(value))
            continue;
        rc = header_check_name(name, request, e);
        if (rc == ERR_OK && header_list_has(list, name))
            rc = err_set(e, ERR_INVALID, "the header \"%s\" is given twice", name);
        if (rc == ERR_OK)
            rc = header_list_put(list, name, value, e);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

void header_compile(struct flow_build *build, const struct value *value, bool request,
                    const char *pointer)
{
    struct header_list list;
    struct err e;

    if (value == NULL || !value_is_literal(value))
        return;
    header_list_init(&list);
    if (header_list_read(&list, (json_t *)value_literal(value), request, &e) != ERR_OK)
        flow_build_fault(build, pointer, "%s", e.text);
    header_list_fini(&list);
}
