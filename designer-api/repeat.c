/* repeat.c - Idempotency-Key: what was asked with a key is done once, and answered the same again.
 *
 *   nothing -> BEGUN -> ANSWERED                        object "idempotency", a digest of caller,
 *      |         |                                      workspace and key; it stays for a day
 *      |         '-> nothing: the answer was a failure of ours (5xx, 429), so nothing was done
 *      '-> refused: the key was used for something else, or what it began has no answer yet
 *
 * (1) That it has begun is appended before the handler is called. The store commits in that order,
 *     so where an effect is durable, its beginning is.                              [repeat__begin]
 * (2) The answer leaves when it is durable under its key. [repeat_answered] (3) After a crash
 * between the two nobody knows whether it was done: the caller is told so, and nothing is done
 * again.                                                         [repeat_found] (4) What is shown
 * once (x-once) is not kept: the key is answered with a refusal then. */
#include "designer-api/repeat_priv.h"

#include <string.h>

#include "base/hash.h"
#include "base/ident.h"
#include "designer-api/object.h"

#define REPEAT_KIND    "idempotency"
#define REPEAT_KEY     200
#define REPEAT_MS      (24 * 3600 * 1000LL)
#define REPEAT_BODY    (64u * KIB) /* of an answer that is kept */
#define REPEAT_HEADERS 8

struct repeat {
    struct api *api;    /* NULL: it has closed; ends with what is under way */
    struct ask_end end; /* of the answer, without the repeat */
    char id[DIGEST_TEXT];
    char workspace[LIMIT_ID];
    char by[WHO_NAME];
    bool once;
    bool storing;     /* a change of its object is under way */
    json_t *begun;    /* its object's body so far */
    json_t *answered; /* with the answer; NULL: it has not come */
    /* the answer as it will leave */
    struct http_answer answer;
    struct pair headers[REPEAT_HEADERS];
    char *body, *type;
    struct repeat *next, *before;
};

static void repeat_free(struct repeat *repeat)
{
    if (repeat->api != NULL && repeat->before == NULL)
        repeat->api->repeats = repeat->next;
    if (repeat->before != NULL)
        repeat->before->next = repeat->next;
    if (repeat->next != NULL)
        repeat->next->before = repeat->before;
    for (size_t i = 0; i < repeat->answer.header_count; i++) {
        mem_free((void *)(uintptr_t)repeat->headers[i].name);
        mem_free((void *)(uintptr_t)repeat->headers[i].value);
    }
    json_decref(repeat->begun);
    json_decref(repeat->answered);
    mem_free(repeat->body);
    mem_free(repeat->type);
    mem_free(repeat);
}

void repeat__leave(struct api *api)
{
    for (struct repeat *repeat = api->repeats, *next; repeat != NULL; repeat = next) {
        next = repeat->next;
        repeat->api = NULL;
        repeat->next = repeat->before = NULL;
        if (!repeat->storing)
            repeat_free(repeat);
    }
    api->repeats = NULL;
}

/* ---- The answer */

static void repeat_send(struct repeat *repeat)
{
    if (repeat->api != NULL)
        ask__send(&repeat->end, &repeat->answer);
    repeat_free(repeat);
}

static enum err_code repeat_store(struct repeat *repeat, json_t *body, engine_done_fn *done,
                                  struct err *e)
{
    struct clock *clock = repeat->api->rooms.clock;
    const struct object_change change = { .kind = REPEAT_KIND,
                                          .workspace = repeat->workspace,
                                          .id = repeat->id,
                                          .from = OBJECT_ANY,
                                          .body = body,
                                          .by = repeat->by,
                                          .until_ms = clock->wall_ms(clock) + REPEAT_MS };

    repeat->storing = true;
    if (object_change(repeat->api->rooms.objects, &change, NULL, done, repeat, e) == ERR_OK)
        return ERR_OK;
    repeat->storing = false;
    return e->code;
}

/* (2) Should the store refuse, the effect is there all the same: its answer leaves. */
static void repeat_answered(void *arg, const struct err *e)
{
    struct repeat *repeat = arg;

    repeat->storing = false;
    if (e->code != ERR_OK && repeat->api != NULL)
        log_warn(repeat->api->options.log, "request %s: its answer was not kept for its key: %s",
                 repeat->end.trace, e->text);
    repeat_send(repeat);
}

static void repeat_keep(struct repeat *repeat)
{
    bool failed = repeat->answer.status >= 500 || repeat->answer.status == 429;
    struct err e;

    if (repeat_store(repeat, failed ? NULL : repeat->answered, repeat_answered, &e) != ERR_OK)
        repeat_answered(repeat, &e);
}

static void repeat_begun(void *arg, const struct err *e)
{
    struct repeat *repeat = arg;

    (void)e; /* a store that takes nothing refuses the effect, too */
    repeat->storing = false;
    if (repeat->api == NULL)
        repeat_free(repeat);
    else if (repeat->answered != NULL)
        repeat_keep(repeat);
}

/* As it is kept; without its body where that is shown once, or cannot be kept. */
static json_t *repeat_record(const struct repeat *repeat)
{
    const struct http_answer *answer = &repeat->answer;
    json_t *record = json_copy(repeat->begun), *headers = json_array(), *body = NULL;

    check(record != NULL && headers != NULL);
    if (!repeat->once && answer->body_size <= REPEAT_BODY)
        body = json_stringn(repeat->body != NULL ? repeat->body : "", answer->body_size);
    json_object_set_new_nocheck(record, "status", json_integer(answer->status));
    json_object_set_new_nocheck(record, "type", json_string(repeat->type));
    for (size_t i = 0; i < answer->header_count && body != NULL; i++)
        json_array_append_new(
            headers, json_pack("[s, s]", repeat->headers[i].name, repeat->headers[i].value));
    json_object_set_new_nocheck(record, "headers", headers);
    if (body != NULL)
        json_object_set_new_nocheck(record, "body", body);
    return record;
}

void repeat__answer(struct repeat *repeat, const struct http_answer *answer)
{
    check(repeat->answered == NULL);
    repeat->answer = *answer;
    repeat->answer.headers = repeat->headers;
    repeat->answer.header_count = 0;
    for (size_t i = 0; i < answer->header_count && i < REPEAT_HEADERS; i++)
        repeat->headers[repeat->answer.header_count++] =
            (struct pair){ mem_must_copy(answer->headers[i].name),
                           mem_must_copy(answer->headers[i].value) };
    if (answer->body_size > 0)
        repeat->body = mem_must_copy_n(answer->body, answer->body_size);
    repeat->answer.body = repeat->body;
    repeat->type =
        mem_must_copy(answer->content_type != NULL ? answer->content_type : "application/json");
    repeat->answer.content_type = repeat->type;
    repeat->answered = repeat_record(repeat);
    if (!repeat->storing)
        repeat_keep(repeat);
}

/* ---- The question */

static bool repeat_key_well(const char *key)
{
    size_t size = strlen(key);

    for (size_t i = 0; i < size; i++)
        if (key[i] < '!' || key[i] > '~')
            return false;
    return size > 0 && size <= REPEAT_KEY;
}

/* Whose key it is, as an id. */
static void repeat_id(const struct ask *ask, const char *key, char id[DIGEST_TEXT])
{
    const struct who *who = ask->who;
    struct buf text;

    buf_init(&text, 4 * KIB);
    buf_addf(&text, "%d\n%s\n%s\n%lld\n%s", (int)who->kind, who->user,
             who->kind == WHO_TOKEN ? who->session : "",
             who->kind == WHO_LOCAL ? (long long)ask->request->uid : -1, key);
    digest_text(buf_text(&text), text.len, id);
    buf_fini(&text);
}

/* What was asked. */
static void repeat_digest(const struct ask *ask, char digest[DIGEST_TEXT])
{
    struct hash *hash = hash_new(NULL, 0);
    unsigned char sum[HASH_SIZE];

    hash_add(hash, ask->request->path, strlen(ask->request->path) + 1);
    hash_add(hash, ask->request->query, strlen(ask->request->query) + 1);
    hash_add(hash, ask->request->body, ask->request->body_size);
    hash_end(hash, sum);
    hash_text(sum, digest);
    hash_free(hash);
}

static void repeat_give(struct ask *ask, const json_t *record)
{
    const json_t *body = json_object_get(record, "body");
    struct pair headers[REPEAT_HEADERS + 1];
    size_t count = 0, i;
    json_t *header;

    headers[count++] = (struct pair){ "Idempotency-Replayed", "true" };
    json_array_foreach(json_object_get(record, "headers"), i, header)
    {
        if (count < REPEAT_HEADERS + 1)
            headers[count++] = (struct pair){ json_string_value(json_array_get(header, 0)),
                                              json_string_value(json_array_get(header, 1)) };
    }
    ask_bytes(ask, (int)json_get_int(record, "status", 500), json_get_text(record, "type"),
              json_string_value(body), json_string_length(body), headers, count);
}

static const struct repeat *repeat_find(const struct api *api, const char *id)
{
    const struct repeat *repeat = api->repeats;

    while (repeat != NULL && strcmp(repeat->id, id) != 0)
        repeat = repeat->next;
    return repeat;
}

/* (3), (4) */
static void repeat_found(struct ask *ask, const char *id, const char *digest, const json_t *record)
{
    const char *was = json_get_text(record, "digest");
    struct err e;

    e.code = ERR_OK;
    if (was == NULL || strcmp(was, digest) != 0)
        err_set(&e, ERR_CONFLICT,
                "this Idempotency-Key was used for another request: take a new"
                " one");
    else if (repeat_find(ask->api, id) != NULL)
        err_set(&e, ERR_CONFLICT,
                "the first request with this Idempotency-Key is still under way:"
                " ask again in a moment");
    else if (json_object_get(record, "status") == NULL)
        err_set(&e, ERR_CONFLICT,
                "the first request with this Idempotency-Key was cut off, and"
                " nobody knows whether it was done: look at what it changes, and"
                " take a new key");
    else if (json_object_get(record, "body") == NULL)
        err_set(&e, ERR_CONFLICT,
                "the first request with this Idempotency-Key was answered with"
                " status %d, and that answer is not kept",
                (int)json_get_int(record, "status", 0));
    if (e.code != ERR_OK)
        ask_refuse(ask, &e);
    else
        repeat_give(ask, record);
}

/* (1) */
static void repeat_start(struct ask *ask, struct ask_end *end, const char *id, const char *digest)
{
    struct repeat *repeat = mem_must(sizeof *repeat);
    struct api *api = ask->api;
    struct err e;

    *repeat = (struct repeat){ .api = api, .end = *end, .next = api->repeats };
    snprintf(repeat->id, sizeof repeat->id, "%s", id);
    snprintf(repeat->workspace, sizeof repeat->workspace, "%s", ask->who->workspace);
    snprintf(repeat->by, sizeof repeat->by, "%s", ask->who->name);
    repeat->once = ask->operation->once;
    repeat->begun = json_pack("{s:s, s:s}", "operation", ask->operation->id, "digest", digest);
    check(repeat->begun != NULL);
    if (api->repeats != NULL)
        api->repeats->before = repeat;
    api->repeats = repeat;
    if (repeat_store(repeat, repeat->begun, repeat_begun, &e) == ERR_OK) {
        end->repeat = repeat;
        return;
    }
    repeat_free(repeat);
    ask_refuse(ask, &e);
}

bool repeat__begin(struct ask *ask, struct ask_end *end)
{
    const char *key = http_request_header(ask->request, "Idempotency-Key");
    char id[DIGEST_TEXT], digest[DIGEST_TEXT];
    const struct repeat *first;
    struct object object;
    struct err e;

    if (key == NULL || strcmp(ask->operation->method, "POST") != 0)
        return true;
    if (!repeat_key_well(key)) {
        err_set(&e, ERR_USAGE, "Idempotency-Key is 1 to %d visible ASCII characters", REPEAT_KEY);
        ask_refuse(ask, &e);
        return false;
    }
    repeat_id(ask, key, id);
    repeat_digest(ask, digest);
    first = repeat_find(ask->api, id);
    if (first != NULL) {
        repeat_found(ask, id, digest, first->begun);
        return false;
    }
    if (object_read(ask_objects(ask), REPEAT_KIND, ask->who->workspace, id, &object, &e) ==
        ERR_OK) {
        repeat_found(ask, id, digest, object.body);
        object_fini(&object);
        return false;
    }
    if (e.code != ERR_NOT_FOUND)
        ask_refuse(ask, &e);
    else
        repeat_start(ask, end, id, digest);
    return end->repeat != NULL;
}
