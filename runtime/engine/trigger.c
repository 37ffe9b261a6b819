/* trigger.c - an event becomes a run: the path finds the trigger, the trigger checks what came and
 * makes the run's input. Nothing is kept of what is refused here. */
#include "engine/guard.h"
#include "engine/run.h"
#include "engine/usage.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"

/* ---- What a trigger's receive() may ask */

struct trigger_event {
    struct engine *engine;
    const struct deployment *deployment;
};

/* algorithm: "sha256/base64"; the key is what `coded` says in base64. */
static bool trigger_hmac_base64(const char *algorithm, const char *encoding, const char *coded,
                                size_t coded_size, const void *text, size_t size,
                                const char *signature)
{
    char name[32];
    struct buf key;
    bool same;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(algorithm, "/"), algorithm);
    buf_init_secret(&key, coded_size + 4);
    same = base64_read(&key, coded, coded_size) && buf_ok(&key) &&
           sign_hmac_matches(name, encoding, buf_text(&key), key.len, text, size, signature);
    buf_fini(&key);
    return same;
}

static bool trigger_hmac(void *arg, const char *algorithm, const char *encoding, const char *secret,
                         const void *text, size_t size, const char *signature, struct err *e)
{
    const struct trigger_event *event = arg;
    char *key;
    size_t key_size;
    bool same;

    if (secret_get(event->engine, event->deployment->workspace, secret, &key, &key_size, e) !=
        ERR_OK)
        return false;
    if (strstr(algorithm, "/base64") != NULL)
        same = trigger_hmac_base64(algorithm, encoding, key, key_size, text, size, signature);
    else
        same = sign_hmac_matches(algorithm, encoding, key, key_size, text, size, signature);
    vault_wipe(&key, key_size);
    if (same)
        usage_trigger(event->engine, event->deployment, secret);
    else
        err_set(e, ERR_SIGNATURE, "the signature does not match");
    return same;
}

static bool trigger_equals(void *arg, const char *secret, const char *text, struct err *e)
{
    const struct trigger_event *event = arg;
    char *key;
    size_t key_size;
    bool same;

    if (secret_get(event->engine, event->deployment->workspace, secret, &key, &key_size, e) !=
        ERR_OK)
        return false;
    same = sign_equal(text, key);
    vault_wipe(&key, key_size);
    if (same)
        usage_trigger(event->engine, event->deployment, secret);
    else
        err_set(e, ERR_SIGNATURE, "the credential does not match");
    return same;
}

static const struct node_event_services trigger_services = { trigger_hmac, trigger_equals };

/* ---- Webhooks */

static enum err_code trigger_room(const struct engine *engine, struct err *e)
{
    if (engine->draining)
        return err_set(e, ERR_OVERLOAD, "the server is shutting down; send it again in a moment");
    if (engine->memory >= LIMIT_MEMORY)
        return err_set(e, ERR_OVERLOAD, "too much is under way; send it again in a moment");
    if (engine->runs.count >= engine->most_runs)
        return err_set(e, ERR_OVERLOAD, "%zu runs are under way; send it again in a moment",
                       engine->runs.count);
    return ERR_OK;
}

static const struct hook *trigger_hook(struct engine *engine, const char *method, const char *path,
                                       const char **allow, struct err *e)
{
    const struct hook *first = hook_find(engine, path), *hook;

    for (hook = first; hook != NULL; hook = hook->next) {
        if (strcmp(hook->method, method) != 0)
            continue;
        if (!hook->deployment->paused)
            return hook;
        err_set(e, ERR_GONE, "the flow behind this path is paused: nothing is taken");
        return NULL;
    }
    if (first == NULL) {
        err_set(e, ERR_NOT_FOUND, "nothing listens at this path");
        return NULL;
    }
    if (allow != NULL)
        *allow = first->method;
    err_set(e, ERR_METHOD, "this path takes %s", first->method);
    return NULL;
}

enum err_code engine_hook_find(struct engine *engine, const char *method, const char *path,
                               const char **allow, struct err *e)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (trigger_hook(engine, method, path, allow, e) == NULL)
        return e->code;
    return trigger_room(engine, e);
}

static enum err_code trigger_run(struct engine *engine, struct deployment *d, unsigned node,
                                 json_t **input, int64_t received_ms, bool respond_result,
                                 bool simulate, uint64_t request, uint64_t *id, struct err *e)
{
    struct run *run;

    *id = ident_next(&engine->ident, engine->world.clock->wall_ms(engine->world.clock));
    if (simulate) /* also after a restart: run_new() reads it */
        json_object_set_new_nocheck(*input, "simulated", json_true());
    run = run_new(engine, d, d->version, *id, node, input, received_ms);
    if (guard_input(run, true, e) != ERR_OK) {
        run_drop(run);
        return e->code;
    }
    run->respond_result = respond_result;
    run->simulate = simulate;
    run->env = d->env;
    if (request != 0)
        reply_expect(run, request);
    run_queue(run);
    return ERR_OK;
}

static void trigger_refuse(struct engine *engine, uint64_t request, struct err *e)
{
    struct engine_answer answer = { .status = err_status(e->code), .refusal = e };

    guard_refusal(e);

    engine->world.answer(engine->world.arg, request, &answer);
}

/* A system makes sure that it may send: no run begins. */
static void trigger_tell(struct engine *engine, uint64_t request, struct node_event *received)
{
    struct engine_answer answer = { .status = 200,
                                    .content_type = received->answer_type,
                                    .body = received->answer,
                                    .body_size = strlen(received->answer) };

    log_info(engine->world.log, "answered %s /hooks/%s, which asks whether it may send",
             received->method, received->path);
    engine->world.answer(engine->world.arg, request, &answer);
    mem_free(received->answer);
}

void engine_hook(struct engine *engine, const struct engine_event *event)
{
    struct err e = { .code = ERR_OK };
    const struct hook *hook;
    const struct flow_node *node;
    json_t *input = NULL;
    uint64_t id;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    hook = trigger_hook(engine, event->method, event->path, NULL, &e);
    if (hook == NULL || trigger_room(engine, &e) != ERR_OK) {
        trigger_refuse(engine, event->request, &e);
        return;
    }
    node = &hook->deployment->version->flow->nodes[hook->node];
    struct trigger_event arg = { engine, hook->deployment };
    struct node_event received = {
        .method = event->method,
        .path = event->path,
        .query = event->query,
        .headers = event->headers,
        .header_count = event->header_count,
        .body = event->body,
        .body_size = event->body_size,
        .received_ms = event->received_ms,
        .services = &trigger_services,
        .arg = &arg,
    };
    if (node->type->receive(&received, node->config, &input, &e) != ERR_OK) {
        log_info(engine->world.log, "refused %s /hooks/%s: %s", event->method, event->path, e.text);
        if (e.code == ERR_AUTH) /* a secret of ours is missing: not the sender's fault, and none of
                                   its matters */
            err_set(&e, ERR_UNAVAILABLE, "this end point is not set up completely");
        trigger_refuse(engine, event->request, &e);
        return;
    }
    if (received.answer != NULL) {
        trigger_tell(engine, event->request, &received);
        return;
    }
    if (trigger_run(engine, hook->deployment, hook->node, &input, event->received_ms,
                    hook->respond_result, false, event->request, &id, &e) != ERR_OK) {
        log_warn(engine->world.log, "refused %s /hooks/%s: %s", event->method, event->path, e.text);
        trigger_refuse(engine, event->request, &e);
    }
}

/* ---- By hand */

/* The deployment and its node that a run by hand begins at; NULL with *e. */
static struct deployment *hand_find(struct engine *engine, const char *workspace,
                                    const char *environment, const char *slug, const char *trigger,
                                    unsigned *node, struct err *e)
{
    struct deployment *d = deployment_find(engine, workspace, environment, slug);
    const struct flow *flow;

    *node = 0;
    if (d == NULL || d->version == NULL) {
        err_set(e, ERR_NOT_FOUND, "no flow \"%s\" is deployed in %s/%s", slug, workspace,
                environment);
        return NULL;
    }
    if (d->paused) {
        err_set(e, ERR_CONFLICT, "flow \"%s\" is paused in %s: resume it first", slug, environment);
        return NULL;
    }
    if (trigger_room(engine, e) != ERR_OK)
        return NULL;
    for (flow = d->version->flow; *node < flow->node_count; (*node)++)
        if (flow->nodes[*node].type->kind == NODE_TRIGGER &&
            (trigger == NULL || strcmp(flow->nodes[*node].id, trigger) == 0))
            return d;
    err_set(e, ERR_NOT_FOUND, "flow \"%s\" has no trigger \"%s\"", slug,
            trigger != NULL ? trigger : "");
    return NULL;
}

static json_t *hand_input(json_t *body, int64_t now_ms)
{
    char at[CLOCK_TEXT];
    json_t *input = json_object();

    clock_text(now_ms, at);
    json_object_set_nocheck(input, "body", body != NULL ? body : json_null());
    json_object_set_new_nocheck(input, "received_at", json_string(at));
    return input;
}

enum err_code engine_start(struct engine *engine, const char *workspace, const char *environment,
                           const char *slug, const char *trigger, json_t *body, bool simulate,
                           uint64_t request, uint64_t *run, struct err *e)
{
    int64_t now = engine->world.clock->wall_ms(engine->world.clock);
    unsigned node;
    struct deployment *d = hand_find(engine, workspace, environment, slug, trigger, &node, e);
    json_t *input;

    if (d == NULL)
        return e->code;
    input = hand_input(body, now);
    return trigger_run(engine, d, node, &input, now, true, simulate, request, run, e);
}

static void hand_born(void *owner, uint64_t tag, enum err_code code, uint64_t id)
{
    const struct run *run = owner;
    char first[IDENT_TEXT];
    struct err e = { .code = ERR_OK };

    (void)tag;
    if (code == ERR_DUPLICATE) {
        ident_text(id, first);
        err_set(&e, code, "settings.dedupe gives the key of run %s, which stands for this event",
                first);
    } else if (code != ERR_OK) {
        err_set(&e, code, "%s", run->commit.code != ERR_OK ? run->commit.text : err_about(code));
        guard_refusal(&e);
    }
    run->hand(run->hand_arg, id, &e);
}

enum err_code engine_begin(struct engine *engine, const char *workspace, const char *environment,
                           const char *slug, const char *trigger, json_t *body, bool simulate,
                           engine_begun_fn *done, void *arg, struct err *e)
{
    uint64_t id;
    struct run *run;

    if (engine_start(engine, workspace, environment, slug, trigger, body, simulate, 0, &id, e) !=
        ERR_OK)
        return e->code;
    run = table_find(&engine->runs, id);
    check(run != NULL);
    run->hand = done;
    run->hand_arg = arg;
    run->born_owner = run;
    run->born = hand_born;
    return ERR_OK;
}
