/* api_ask.c - what a request asks: its query, its body, who it comes from; and the requests whose
 * answer waits for a commit. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/percent.h"
#include "designer-api/api_priv.h"

/* The raw text behind "NAME=", or NULL. */
static const char *ask_find(const char *query, const char *name, size_t *size)
{
    size_t name_size = strlen(name);

    for (;;) {
        size_t length = strcspn(query, "&");

        if (length > name_size && strncmp(query, name, name_size) == 0 && query[name_size] == '=') {
            *size = length - name_size - 1;
            return query + name_size + 1;
        }
        if (query[length] == '\0')
            return NULL;
        query += length + 1;
    }
}

bool api__query(const struct http_request *request, const char *name, char *value, size_t room)
{
    size_t size;
    const char *raw = ask_find(request->query, name, &size);
    struct buf text;
    bool well;

    if (raw == NULL)
        return false;
    buf_init(&text, room);
    well = percent_read(&text, raw, size, true) && buf_ok(&text) && text.len < room &&
           strlen(buf_text(&text)) == text.len && utf8_valid(buf_text(&text), text.len);
    if (well)
        memcpy(value, buf_text(&text), text.len + 1);
    buf_fini(&text);
    return well;
}

static bool ask_knows(const char *const *members, const char *name)
{
    while (*members != NULL && strcmp(*members, name) != 0)
        members++;
    return *members != NULL;
}

json_t *api__body(const struct http_request *request, const char *const *members, struct err *e)
{
    json_t *body = json_read(request->body, request->body_size, &json_limits_body, e), *value;
    const char *name;

    if (body == NULL)
        return NULL;
    e->code = ERR_OK;
    if (!json_is_object(body))
        err_set(e, ERR_USAGE, "the body is a JSON object, not %s", json_kind(body));
    json_object_foreach(body, name, value)
    {
        if (e->code == ERR_OK && !ask_knows(members, name))
            err_set(e, ERR_USAGE, "there is no member \"%.60s\" here", name);
    }
    if (e->code == ERR_OK)
        return body;
    json_decref(body);
    return NULL;
}

const char *api__text(const json_t *body, const char *member, struct err *e)
{
    const char *text = json_get_text(body, member);

    if (text != NULL && *text != '\0')
        return text;
    err_set(e, ERR_USAGE, "\"%s\" is missing: a text that is not empty", member);
    return NULL;
}

enum err_code api__by(const struct http_request *request, const json_t *body, char name[API_NAME],
                      struct err *e)
{
    const char *by = json_get_text(body, "by");
    struct passwd entry, *found = NULL;
    char room[4096];

    if (by != NULL && (*by == '\0' || strlen(by) >= API_NAME))
        return err_set(e, ERR_USAGE, "\"by\" is a name of 1 to %d bytes", API_NAME - 1);
    if (by != NULL) {
        snprintf(name, API_NAME, "%s", by);
    } else if (request->uid < 0) {
        return err_set(e, ERR_USAGE, "\"by\" is missing: who you are is not known here");
    } else if (getpwuid_r((uid_t)request->uid, &entry, room, sizeof room, &found) == 0 &&
               found != NULL && strlen(entry.pw_name) < API_NAME) {
        snprintf(name, API_NAME, "%s", entry.pw_name);
    } else {
        snprintf(name, API_NAME, "uid %lld", (long long)request->uid);
    }
    return ERR_OK;
}

/* ---- Answers after a commit */

struct api_wait {
    struct api *api; /* NULL: it has closed */
    struct http_in *in;
    uint64_t request;
    json_t *value;
    struct api_wait *next, *before;
};

struct api_wait *api__wait(struct api *api, struct http_in *in, uint64_t request, json_t *value)
{
    struct api_wait *wait = mem_must(sizeof *wait);

    check(value != NULL);
    *wait = (struct api_wait){
        .api = api, .in = in, .request = request, .value = value, .next = api->waits
    };
    if (api->waits != NULL)
        api->waits->before = wait;
    api->waits = wait;
    return wait;
}

void api__wait_drop(struct api_wait *wait)
{
    if (wait->api != NULL && wait->before == NULL)
        wait->api->waits = wait->next;
    if (wait->before != NULL)
        wait->before->next = wait->next;
    if (wait->next != NULL)
        wait->next->before = wait->before;
    json_decref(wait->value);
    mem_free(wait);
}

void api__told(void *arg, const struct err *e)
{
    struct api_wait *wait = arg;

    if (wait->api != NULL && e->code == ERR_OK)
        api__json(wait->in, wait->request, 200, wait->value);
    else if (wait->api != NULL)
        api__refuse(wait->in, wait->request, e);
    api__wait_drop(wait);
}

void api__waits_leave(struct api *api)
{
    for (struct api_wait *wait = api->waits, *next; wait != NULL; wait = next) {
        next = wait->next;
        wait->api = NULL;
        wait->next = wait->before = NULL;
    }
    api->waits = NULL;
}
