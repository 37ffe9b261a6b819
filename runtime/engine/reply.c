/* reply.c - what the caller of a webhook is told, and when. Only called where run.h's invariants
 * (1) and (3) hold: everything the answer speaks of is durable, or nothing of the run is. */
#include "engine/run.h"

#include "engine/arrival.h"
#include "engine/conflict.h"
#include "engine/guard.h"

#include <string.h>

#define REPLY_TEXT_MAX (LIMIT_OUTPUT + 64u * KIB)

void reply_expect(struct run *run, uint64_t request)
{
    struct engine *engine = run->engine;

    check(run->request == 0 && request != 0);
    run->request = request;
    run->caller_due = engine->steady + LIMIT_ANSWER_MS;
    run->caller_before = engine->callers_last;
    if (engine->callers_last != NULL)
        engine->callers_last->caller_next = run;
    else
        engine->callers = run;
    engine->callers_last = run;
}

static void reply_forget(struct run *run)
{
    struct engine *engine = run->engine;

    if (run->caller_before != NULL)
        run->caller_before->caller_next = run->caller_next;
    else
        engine->callers = run->caller_next;
    if (run->caller_next != NULL)
        run->caller_next->caller_before = run->caller_before;
    else
        engine->callers_last = run->caller_before;
    run->caller_next = run->caller_before = NULL;
    run->request = 0;
}

uint64_t reply_take(struct run *run)
{
    uint64_t request = run->request;

    if (request != 0)
        reply_forget(run);
    return request;
}

static void reply_give(struct run *run, const struct engine_answer *answer)
{
    uint64_t request = reply_take(run);

    if (request != 0)
        run->engine->world.answer(run->engine->world.arg, request, answer);
}

static void reply_request(struct engine *engine, uint64_t request, int status, uint64_t id,
                          const char *more)
{
    char text[IDENT_TEXT], body[160];
    struct engine_answer answer = { .status = status, .body = body };

    ident_text(id, text);
    answer.body_size = (size_t)snprintf(body, sizeof body, "{\"run\":\"%s\"%s}", text, more);
    check(answer.body_size < sizeof body);
    engine->world.answer(engine->world.arg, request, &answer);
}

static void reply_json(struct run *run, int status, uint64_t id, const char *more)
{
    uint64_t request = reply_take(run);

    if (request != 0)
        reply_request(run->engine, request, status, id, more);
}

void reply_conflict(struct engine *engine, uint64_t request, uint64_t first)
{
    reply_request(engine, request, 409, first, ",\"duplicate\":true,\"conflict\":true");
}

void reply_receipt(struct run *run)
{
    reply_json(run, 202, run->id, "");
}

static bool reply_first_body(void *arg, const struct store_run *first)
{
    json_t **body = arg, *input;
    struct err e;

    input = json_read(first->input, first->input_size, &record_limits, &e);
    *body = json_incref(json_object_get(input, "body"));
    json_decref(input);
    return false;
}

/* What a dotted path names; NULL: it is not there. */
static json_t *reply_part(json_t *body, const char *path)
{
    for (size_t size; body != NULL && *path != '\0'; path += size + (path[size] == '.')) {
        size = strcspn(path, ".");
        body = json_object_getn(body, path, size);
    }
    return body;
}

/* Whether two bodies are one event: by what the trigger says, where both have it. */
static bool reply_same(const struct run *run, json_t *first, json_t *own)
{
    const struct flow *flow = run->version->flow;
    struct node_arm arm;
    json_t *one, *other;

    if (arrival_arm(&flow->nodes[run->trigger], &arm) && arm.compare != NULL) {
        one = reply_part(first, arm.compare);
        other = reply_part(own, arm.compare);
        if (one != NULL && other != NULL)
            return json_same(one, other);
    }
    return json_same(first, own);
}

/* Whether the first event with this key was another one: then it is no second delivery, and
 * somebody must look. ERR_OK: the same. A first run whose row is gone was pruned long ago and is
 * taken for the same; one that cannot be read now proves nothing. */
static enum err_code reply_compare(const struct run *run, struct err *e)
{
    json_t *first = NULL, *own = json_object_get(run->input, "body");
    bool same;

    e->code = store_run_find(run->engine->world.store, run->first_run, reply_first_body, &first, e);
    if (e->code == ERR_NOT_FOUND)
        return ERR_OK;
    if (e->code != ERR_OK || first == NULL)
        return err_set(e, ERR_STORE,
                       "the first event with this key cannot be read now; send it "
                       "again");
    same = own == NULL || reply_same(run, first, own);
    json_decref(first);
    return same ? ERR_OK : ERR_CONFLICT;
}

/* A sender told it once and may not tell it again. What is asked for (a poll) or begun by ourselves
 * says of its own accord what makes two of them one, whatever else has changed in them. */
static bool reply_is_told(const struct run *run)
{
    return run->born == NULL && !run->keyed;
}

void reply_duplicate(struct run *run)
{
    struct log *log = run->engine->world.log;
    char first[IDENT_TEXT];
    struct err e;

    ident_text(run->first_run, first);
    switch (reply_compare(run, &e)) {
    case ERR_OK:
        log_info(log, "flow %s: a duplicate of run %s", run->deployment->slug, first);
        reply_json(run, 200, run->first_run, ",\"duplicate\":true");
        break;
    case ERR_CONFLICT:
        log_warn(log,
                 "flow %s: another event with the dedupe key \"%.80s\" of run %s, but not the "
                 "same body; it is not executed",
                 run->deployment->slug, run_key_shown(run->dedupe), first);
        if (reply_is_told(run))
            conflict_keep(run);
        else
            reply_json(run, 409, run->first_run, ",\"duplicate\":true,\"conflict\":true");
        break;
    default:
        reply_refuse(run, &e);
    }
}

void reply_late(struct run *run)
{
    struct err e;

    if (!run->accepted) { /* nothing may be promised */
        err_set(&e, ERR_STORE, "the store did not answer in time; send it again");
        reply_refuse(run, &e);
        return;
    }
    reply_json(run, 202, run->id, ",\"status\":\"active\"");
}

void reply_parked(struct run *run)
{
    reply_json(run, 202, run->id,
               run->doubts > 0 ? ",\"status\":\"in_doubt\"" : ",\"status\":\"waiting\"");
}

void reply_refuse(struct run *run, const struct err *e)
{
    struct err told = *e;
    struct engine_answer answer = { .status = err_status(e->code), .refusal = &told };

    guard_refusal(&told);
    reply_give(run, &answer);
}

void reply_free(struct engine_reply *reply)
{
    if (reply == NULL)
        return;
    mem_free(reply->content_type);
    json_decref(reply->headers);
    mem_free(reply->body);
    mem_free(reply);
}

void reply_send(struct run *run)
{
    struct engine_reply *reply = run->reply;
    struct http_pair headers[LIMIT_HEADERS];
    struct engine_answer answer;
    const char *name;
    json_t *value;

    if (reply == NULL)
        return;
    answer = (struct engine_answer){ .status = reply->status,
                                     .content_type = reply->content_type,
                                     .headers = headers,
                                     .body = reply->body,
                                     .body_size = reply->body_size };
    json_object_foreach(reply->headers, name, value)
    {
        if (answer.header_count < LIMIT_HEADERS && json_is_text(value))
            headers[answer.header_count++] = (struct http_pair){ name, json_text(value) };
    }
    reply_give(run, &answer);
    run->reply = NULL;
    reply_free(reply);
}

/* Nobody answered in the run: its last output, or what became of it. */
void reply_end(struct run *run)
{
    struct engine_answer answer = { .status = 200 };
    struct buf body;

    if (run->request == 0)
        return;
    if (run->status != RUN_SUCCEEDED) {
        char more[96];

        snprintf(more, sizeof more, ",\"status\":\"%s\",\"kind\":\"%s\"",
                 run_status_name(run->status), err_name(run->root->failure.code));
        reply_json(run, 500, run->id, more);
        return;
    }
    buf_init(&body, REPLY_TEXT_MAX);
    if (run->root->last_output != NULL)
        json_write(&body, run->root->last_output);
    else
        buf_add_text(&body, "null");
    answer.body = buf_text(&body);
    answer.body_size = body.len;
    reply_give(run, &answer);
    buf_fini(&body);
}

void step_answer(struct step *step, int status, json_t *headers, json_t *body)
{
    struct run *run = step->run;
    struct engine_reply *reply;
    const char *type = NULL, *name;
    struct buf text;
    json_t *value;

    CHECK_OBJ(step, STEP_MAGIC);
    if (run->request == 0 || run->reply != NULL || !run->respond_result)
        return;
    reply = mem_must(sizeof *reply);
    reply->status = status;
    reply->headers = json_object();
    json_object_foreach(headers, name, value)
    {
        if (strcasecmp(name, "content-type") == 0)
            type = json_text(value);
        else
            json_object_set_nocheck(reply->headers, name, value);
    }
    buf_init(&text, REPLY_TEXT_MAX);
    body = json_incref(body);
    guard_value(run, &body, "/answer");
    guard_value(run, &reply->headers, "/answer/headers");
    if (json_is_text(body) && type != NULL && strstr(type, "json") == NULL)
        buf_add(&text, json_string_value(body), json_string_length(body));
    else if (body != NULL)
        json_write(&text, body);
    json_decref(body);
    reply->content_type = mem_must_copy(type);
    reply->body = buf_take(&text, &reply->body_size);
    run->reply = reply;
}
