/* reply.c - what an answer over HTTP means to a step. */
#include "nodes/reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/media.h"
#include "nodes/multipart.h"

/* ---- Sets of statuses */

static bool status_range_read(const json_t *json, int *from, int *to)
{
    const char *text = json_text(json);

    if (json_is_integer(json)) {
        *from = *to = (int)json_integer_value(json);
        return json_integer_value(json) >= 100 && json_integer_value(json) <= 599;
    }
    if (text == NULL || strlen(text) != 3 || text[0] < '1' || text[0] > '5' ||
        strcmp(text + 1, "xx") != 0)
        return false;
    *from = (text[0] - '0') * 100;
    *to = *from + 99;
    return true;
}

static bool status_set_add(struct status_set *set, const json_t *json)
{
    if (set->count == REPLY_RANGES ||
        !status_range_read(json, &set->range[set->count].from, &set->range[set->count].to))
        return false;
    set->count++;
    return true;
}

bool status_set_read(struct status_set *set, const json_t *json, const char *fallback)
{
    json_t *usual = json == NULL && fallback != NULL ? json_string(fallback) : NULL;
    const json_t *list = json != NULL ? json : usual;
    bool good = true;
    json_t *item;
    size_t i;

    check(set != NULL);
    set->count = 0;
    if (json_is_array(list)) {
        json_array_foreach(list, i, item)
        {
            good = good && status_set_add(set, item);
        }
    } else if (list != NULL) {
        good = status_set_add(set, list);
    }
    json_decref(usual);
    if (!good)
        set->count = 0;
    return good;
}

bool status_set_has(const struct status_set *set, int status)
{
    for (size_t i = 0; i < set->count; i++)
        if (status >= set->range[i].from && status <= set->range[i].to)
            return true;
    return false;
}

/* ---- Verdict */

struct reply_verdict reply_classify(int status, enum effect_class effect, bool not_processed)
{
    struct reply_verdict verdict = { .code = ERR_INVALID };

    if (status == 401)
        verdict.code = ERR_AUTH;
    else if (status == 408)
        verdict.code = ERR_TIMEOUT;
    else if (status == 425)
        verdict.code = ERR_TRANSIENT;
    else if (status == 429)
        verdict.code = ERR_RATE_LIMITED;
    else if (status == 503)
        verdict.code = ERR_UNAVAILABLE;
    else if (status == 504)
        verdict.code = ERR_TIMEOUT;
    else if (status >= 500 && status != 501 && status != 505)
        verdict.code = ERR_TRANSIENT;
    verdict.unsure = effect >= EFFECT_KEYED && !not_processed &&
                     (status < 400 || status == 408 || status >= 500);
    verdict.meaning.cause = status == 403                    ? "permission"
                            : status == 404 || status == 410 ? "not_found"
                                                             : NULL;
    return verdict;
}

/* ---- Body */

const char *reply_header(const struct step_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (strcasecmp(reply->headers[i].name, name) == 0)
            return reply->headers[i].value;
    return NULL;
}

static json_t *reply_bytes(const struct step_reply *reply)
{
    json_t *object = json_object();
    bool failed = object == NULL;
    struct buf text;

    buf_init(&text, 2 * (size_t)LIMIT_REPLY);
    base64_write(&text, reply->body, reply->body_size);
    if (!failed && buf_ok(&text))
        json_put(object, "base64", json_stringn(buf_text(&text), text.len), &failed);
    failed = failed || !buf_ok(&text);
    buf_fini(&text);
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

enum err_code reply_body(const struct step_reply *reply, json_t **body, struct err *e)
{
    const char *type = reply_header(reply, "Content-Type");

    check(body != NULL);
    *body = NULL;
    if (reply->body_size == 0) {
        *body = json_null();
    } else if (type != NULL && media_is_json(type)) {
        *body = json_read(reply->body, reply->body_size, &json_limits_reply, e);
        if (*body == NULL && e->code == ERR_SYNTAX)
            e->code = ERR_TRANSIENT; /* most often a cut answer */
        if (*body == NULL)
            return err_prefix(e, "the answer is declared as JSON but cannot be read");
    } else if (type != NULL && multipart_is(type)) {
        return multipart_read(type, reply->body, reply->body_size, body, e);
    } else if (utf8_valid(reply->body, reply->body_size)) {
        *body = json_stringn(reply->body, reply->body_size);
    } else {
        *body = reply_bytes(reply);
    }
    return *body != NULL ? ERR_OK : err_set(e, ERR_MEMORY, "no memory for the answer");
}

enum err_code reply_json(const struct step_reply *reply, json_t **body, struct err *e)
{
    *body = json_read(reply->body, reply->body_size, &json_limits_reply, e);
    if (*body != NULL)
        return ERR_OK;
    if (e->code == ERR_SYNTAX)
        e->code = ERR_TRANSIENT; /* most often a cut answer */
    return err_prefix(e, "the answer cannot be read as JSON");
}

enum err_code reply_text(const struct step_reply *reply, json_t **body, struct err *e)
{
    if (!utf8_valid(reply->body, reply->body_size))
        return err_set(e, ERR_INVALID,
                       "the answer is no text in UTF-8; \"response\": \"bytes\" gives its bytes");
    *body = json_stringn(reply->body, reply->body_size);
    return *body != NULL ? ERR_OK : err_set(e, ERR_MEMORY, "no memory for the answer");
}

enum err_code reply_raw(const struct step_reply *reply, json_t **body, struct err *e)
{
    *body = reply_bytes(reply);
    return *body != NULL ? ERR_OK : err_set(e, ERR_MEMORY, "no memory for the answer");
}

const char *reply_coding(const struct step_reply *reply)
{
    const char *coding = reply_header(reply, "Content-Encoding");

    return coding == NULL || *coding == '\0' || strcasecmp(coding, "identity") == 0 ? NULL : coding;
}

static json_t *reply_member(json_t *json, const char *name, size_t size)
{
    char key[256];

    if (size == 0 || size >= sizeof key)
        return NULL;
    memcpy(key, name, size);
    key[size] = '\0';
    if (json_is_array(json) && size < 7 && strspn(key, "0123456789") == size) {
        size_t index = 0;

        for (size_t i = 0; i < size; i++)
            index = index * 10 + (size_t)(key[i] - '0');
        return json_array_get(json, index);
    }
    return json_object_get(json, key);
}

/* "*": the first member from which the rest of the path leads on. */
static json_t *reply_any(json_t *json, const char *rest)
{
    const char *name;
    json_t *member, *found;

    json_object_foreach(json, name, member)
    {
        found = reply_find(member, rest);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* A name may have dots of its own ("@odata.nextLink"): the shortest that leads on is taken.
 * Recursion is bounded by the dots of the path. */
json_t *reply_find(json_t *json, const char *path)
{
    if (json == NULL || path == NULL)
        return json;
    for (const char *at = path;; at++) {
        const char *rest;
        json_t *found;

        at += strcspn(at, ".");
        rest = *at == '.' ? at + 1 : NULL;
        found = reply_member(json, path, (size_t)(at - path));
        if (found != NULL)
            found = reply_find(found, rest);
        else if (at - path == 1 && *path == '*')
            found = reply_any(json, rest);
        if (found != NULL || *at == '\0')
            return found;
    }
}

enum probe_result reply_probe(json_t *body, const char *found, json_t **value)
{
    const char *dot = found != NULL ? strrchr(found, '.') : NULL;
    json_t *holder = body;
    struct buf path;

    *value = body;
    if (found == NULL)
        return PROBE_HAPPENED;
    if (dot != NULL) {
        buf_init(&path, LIMIT_PATH);
        buf_add(&path, found, (size_t)(dot - found));
        holder = buf_ok(&path) ? reply_find(body, buf_text(&path)) : NULL;
        buf_fini(&path);
    }
    if (!json_is_object(holder) && !json_is_array(holder))
        return PROBE_UNKNOWN;
    *value = reply_find(body, found);
    return *value == NULL || json_is_null(*value) ? PROBE_ABSENT : PROBE_HAPPENED;
}

/* ---- Failure */

/* Where systems say what is wrong, the most exact first. */
static const char *const message_places[] = {
    "error.innererror.message",
    "error.message",
    "error_description",
    "error.description",
    "detail",
    "message",
    "status_message",
    "errors.0.message",
    "errors.0.detail",
    "errorMessage",
    "reason",
    "title",
    "error",
    NULL,
};

static const char *reply_message_among(json_t *body, const char *const *places)
{
    for (; places != NULL && *places != NULL; places++) {
        const char *text = json_text(reply_find(body, *places));

        if (text != NULL && *text != '\0')
            return text;
    }
    return NULL;
}

void reply_message(json_t *body, const char *const *more, char *text, size_t room)
{
    const char *message = reply_message_among(body, more);

    check(room > 0);
    if (message == NULL)
        message = reply_message_among(body, message_places);
    snprintf(text, room, "%s", message != NULL ? message : "");
    while (*text != '\0' && !utf8_valid(text, strlen(text)))
        text[strlen(text) - 1] = '\0'; /* a character that was cut */
}

json_t *reply_details(const struct step_reply *reply)
{
    size_t size = reply->body_size < REPLY_EXCERPT ? reply->body_size : REPLY_EXCERPT;
    json_t *details = json_object();
    char excerpt[REPLY_EXCERPT + 1];
    bool failed = details == NULL;

    memcpy(excerpt, reply->body, size);
    excerpt[size] = '\0';
    for (unsigned cut = 0; cut < 4 && size > 0 && !utf8_valid(excerpt, size); cut++)
        if (reply->body_size > REPLY_EXCERPT)
            size--; /* the ceiling may stand within a character */
    for (size_t i = 0; i < size; i++)
        if (!utf8_valid(excerpt, size) && (unsigned char)excerpt[i] >= 0x80)
            excerpt[i] = '?';
    if (failed)
        return NULL;
    json_put(details, "status", json_integer(reply->status), &failed);
    json_put(details, "answer", json_stringn(excerpt, size), &failed);
    if (!failed)
        return details;
    json_decref(details);
    return NULL;
}

void reply_mean(json_t **details, const struct reply_meaning *meaning)
{
    json_t *said;

    if (meaning->help == NULL && meaning->remedy == NULL && meaning->cause == NULL)
        return;
    said = json_pack("{s:s*, s:s*, s:s*, s:s*}", "system", meaning->system, "cause", meaning->cause,
                     "help", meaning->help, "remedy", meaning->remedy);
    if (*details == NULL)
        *details = json_object();
    json_object_set_new_nocheck(*details, "meaning", said); /* without memory: it is not told */
}

void reply_fail(struct step *step, const struct step_reply *reply, struct reply_verdict verdict,
                const char *message)
{
    json_t *details = reply_details(reply);
    const char *colon = *message != '\0' ? ": " : "";
    struct err e;

    reply_mean(&details, &verdict.meaning);
    if (reply->status >= 300 && reply->status < 400)
        err_set(&e, verdict.code, "the system answered %d with a redirect, which is not followed",
                reply->status);
    else
        err_set(&e, verdict.code, "the system answered %d%s%.300s", reply->status, colon, message);
    if (verdict.unsure)
        step_fail_unsure(step, &e, &details);
    else if (reply->retry_after_ms >= 0 &&
             (verdict.code == ERR_RATE_LIMITED || verdict.code == ERR_UNAVAILABLE))
        step_fail_after(step, &e, reply->retry_after_ms, &details);
    else
        step_fail(step, &e, &details);
}
