/* ask_answer.c - answers: values, bytes, problem details (RFC 9457); at once or later. */
#include <string.h>

#include "designer-api/repeat_priv.h"

#define ANSWER_HEADERS 4

/* ---- What leaves */

void ask__send(const struct ask_end *end, const struct http_answer *answer)
{
    if (end->repeat != NULL)
        repeat__answer(end->repeat, answer);
    else
        http_in_answer(end->in, end->request, answer);
}

static void revision_text(uint64_t revision, char text[32])
{
    snprintf(text, 32, "\"%llu\"", (unsigned long long)revision);
}

enum err_code ask__text(const json_t *value, struct buf *body, struct err *e)
{
    json_write(body, value);
    buf_add_char(body, '\n');
    return buf_ok(body) ? (e->code = ERR_OK)
                        : err_set(e, ERR_LIMIT, "the answer is larger than %u MiB: ask for less",
                                  ASK_TEXT_MAX / MIB);
}

void ask__json(const struct ask_end *end, int status, const json_t *value, uint64_t revision)
{
    char etag[32];
    const struct pair header = { "ETag", etag };
    struct http_answer answer = { .status = status,
                                  .headers = &header,
                                  .header_count = revision != 0 ? 1 : 0 };
    struct buf body;
    struct err e;

    revision_text(revision, etag);
    buf_init(&body, ASK_TEXT_MAX);
    if (value == NULL || ask__text(value, &body, &e) == ERR_OK) {
        answer.body = buf_text(&body);
        answer.body_size = body.len;
        ask__send(end, &answer);
    } else {
        ask__problem(end, &e, NULL, NULL, NULL);
    }
    buf_fini(&body);
}

/* ---- Problems */

/* What a caller sent may be cut in the middle of a character in the text of e, or have been none:
 * the writer puts U+FFFD there. */
static json_t *problem_value(const struct ask_end *end, const struct err *e, json_t *faults)
{
    json_t *first = json_array_get(faults, 0), *problem;
    const char *place = json_get_text(first, "pointer");

    problem =
        json_pack("{s:s+, s:s, s:i, s:s}", "type", "urn:weft:problem:", err_name(e->code), "title",
                  err_about(e->code), "status", err_status(e->code), "code", err_name(e->code));
    check(problem != NULL);
    json_object_set_new_nocheck(problem, "detail", json_string_nocheck(e->text));
    if (place == NULL)
        place = json_get_text(first, "parameter");
    if (place != NULL)
        json_object_set_new_nocheck(problem, "path", json_string(place));
    if (faults != NULL)
        json_object_set_nocheck(problem, "faults", faults);
    if (end->trace[0] != '\0')
        json_object_set_new_nocheck(problem, "trace", json_string(end->trace));
    return problem;
}

static size_t problem_headers(const struct err *e, const json_t *members, const char *allow,
                              char etag[32], char wait[24], struct pair headers[ANSWER_HEADERS])
{
    int status = err_status(e->code);
    int64_t revision = json_get_int(members, "revision", 0);
    size_t count = 0;

    snprintf(wait, 24, "%lld", (long long)json_get_int(members, "retry_after_s", 2));
    if (status == 503 || status == 429)
        headers[count++] = (struct pair){ "Retry-After", wait };
    if (status == 401)
        headers[count++] = (struct pair){ "WWW-Authenticate", "Bearer" };
    if (allow != NULL)
        headers[count++] = (struct pair){ "Allow", allow };
    if (revision > 0) {
        revision_text((uint64_t)revision, etag);
        headers[count++] = (struct pair){ "ETag", etag };
    }
    check(count <= ANSWER_HEADERS);
    return count;
}

void ask__problem(const struct ask_end *end, const struct err *e, json_t *faults, json_t *members,
                  const char *allow)
{
    json_t *problem = problem_value(end, e, faults);
    struct pair headers[ANSWER_HEADERS];
    struct http_answer answer = { .status = err_status(e->code),
                                  .content_type = "application/problem+json",
                                  .headers = headers };
    char etag[32], wait[24];
    struct buf body;

    check(e->code != ERR_OK);
    answer.header_count = problem_headers(e, members, allow, etag, wait, headers);
    if (members != NULL)
        json_object_update_missing(problem, members);
    if (answer.status >= 500 && end->trace[0] != '\0')
        log_warn(end->api->options.log, "request %s: %s: %s", end->trace, err_name(e->code),
                 e->text);
    buf_init(&body, 16 * MIB);
    json_write(&body, problem);
    buf_add_char(&body, '\n');
    answer.body = buf_text(&body);
    answer.body_size = body.len;
    ask__send(end, &answer);
    buf_fini(&body);
    json_decref(problem);
    json_decref(faults);
    json_decref(members);
}

/* ---- At once */

void ask_give_revision(struct ask *ask, int status, json_t *value, uint64_t revision)
{
    check(value != NULL);
    ask__json(ask->end, status, value, revision);
    json_decref(value);
}

void ask_give(struct ask *ask, int status, json_t *value)
{
    ask_give_revision(ask, status, value, 0);
}

void ask_nothing(struct ask *ask)
{
    ask__json(ask->end, 204, NULL, 0);
}

void ask_bytes(struct ask *ask, int status, const char *content_type, const char *bytes,
               size_t size, const struct pair *headers, size_t header_count)
{
    const struct http_answer answer = { .status = status,
                                        .content_type = content_type,
                                        .headers = headers,
                                        .header_count = header_count,
                                        .body = bytes,
                                        .body_size = size };

    ask__send(ask->end, &answer);
}

void ask_refuse(struct ask *ask, const struct err *e)
{
    ask__problem(ask->end, e, NULL, NULL, NULL);
}

void ask_refuse_faults(struct ask *ask, const struct err *e, json_t *faults)
{
    ask__problem(ask->end, e, faults, NULL, NULL);
}

void ask_refuse_with(struct ask *ask, const struct err *e, json_t *members)
{
    ask__problem(ask->end, e, NULL, members, NULL);
}

void ask_give_or_refuse(struct ask *ask, json_t *value, const struct err *e)
{
    if (value != NULL)
        ask_give(ask, 200, value);
    else
        ask_refuse(ask, e);
}

/* ---- Later */

struct ask_later {
    struct ask_end end; /* end.api NULL: it has closed */
    json_t *value;      /* of later_will() */
    int status;
    uint64_t revision;
    struct ask_later *next, *before;
};

struct ask_later *ask_later(struct ask *ask)
{
    struct ask_later *later = mem_must(sizeof *later);
    struct api *api = ask->api;

    *later = (struct ask_later){ .end = *ask->end, .next = api->laters };
    if (api->laters != NULL)
        api->laters->before = later;
    api->laters = later;
    return later;
}

void later_drop(struct ask_later *later)
{
    if (later->end.api != NULL && later->before == NULL)
        later->end.api->laters = later->next;
    if (later->before != NULL)
        later->before->next = later->next;
    if (later->next != NULL)
        later->next->before = later->before;
    json_decref(later->value);
    mem_free(later);
}

void later_give_revision(struct ask_later *later, int status, json_t *value, uint64_t revision)
{
    if (later->end.api != NULL)
        ask__json(&later->end, value != NULL ? status : 204, value, revision);
    json_decref(value);
    later_drop(later);
}

void later_give(struct ask_later *later, int status, json_t *value)
{
    later_give_revision(later, status, value, 0);
}

void later_refuse(struct ask_later *later, const struct err *e)
{
    if (later->end.api != NULL)
        ask__problem(&later->end, e, NULL, NULL, NULL);
    later_drop(later);
}

void later_will(struct ask_later *later, int status, json_t *value, uint64_t revision)
{
    json_decref(later->value);
    later->status = status;
    later->value = value;
    later->revision = revision;
}

struct alerts *later_alerts(const struct ask_later *later)
{
    return later->end.api != NULL ? later->end.api->rooms.alerts : NULL;
}

void later_told(void *arg, const struct err *e)
{
    struct ask_later *later = arg;
    json_t *value = later->value;

    if (e->code != ERR_OK) {
        later_refuse(later, e);
        return;
    }
    later->value = NULL;
    later_give_revision(later, later->status, value, later->revision);
}

void ask__laters_leave(struct api *api)
{
    for (struct ask_later *later = api->laters, *next; later != NULL; later = next) {
        next = later->next;
        later->end.api = NULL;
        later->next = later->before = NULL;
    }
    api->laters = NULL;
}
