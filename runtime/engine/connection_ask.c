/* connection_ask.c - see connection_ask.h. */
#include "engine/connection_ask.h"

#include <string.h>

#include "engine/connection.h"
#include "engine/governor.h"

struct connection_asked {
    struct connection_asked *next;
    struct engine *engine;
    struct connection *connection; /* counted */
    uint64_t number, http;         /* http: the call under way, 0: none */
    bool placed, probes;           /* holds a place of its governor */
    connection_ask_fn *done;
    void *arg;
};

static void asked_free(struct connection_asked *asked)
{
    struct connection_asked **at = &asked->engine->asks;

    while (*at != asked)
        at = &(*at)->next;
    *at = asked->next;
    if (asked->placed)
        governor_leave(asked->connection->governor, asked->probes);
    connection_unref(asked->connection);
    mem_free(asked);
}

/* ---- The answer */

static enum err_code asked_judge(const struct http_reply *reply, struct err *e)
{
    int status = reply->status;

    if (reply->code != ERR_OK)
        return err_set(e, reply->code, "%s",
                       reply->text != NULL ? reply->text : err_about(reply->code));
    if (status == 200)
        return e->code = ERR_OK;
    return err_set(e,
                   status == 401   ? ERR_AUTH
                   : status == 429 ? ERR_RATE_LIMITED
                   : status >= 500 ? ERR_TRANSIENT
                                   : ERR_INVALID,
                   "the system answered %d", status);
}

static void asked_answered(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct engine *engine = owner;
    struct connection_asked *asked = engine->asks;
    const struct connection *c;
    struct err e;

    while (asked != NULL && asked->number != tag)
        asked = asked->next;
    if (asked == NULL)
        return;
    asked->http = 0;
    c = asked->connection;
    engine_moment(engine);
    if (asked_judge(reply, &e) != ERR_OK && e.code != ERR_INVALID && e.code != ERR_LIMIT)
        governor_failed(c->governor, &e, http_reply_retry_after(reply, engine->wall), reply->sent);
    else
        governor_answered(c->governor);
    if (c->info != NULL && reply->header_count > 0)
        governor_heard(c->governor, &c->info->limits, reply->headers, reply->header_count);
    asked->done(asked->arg, e.code == ERR_OK ? reply->body : NULL, reply->body_size, &e);
    asked_free(asked);
}

/* ---- The connection */

/* As a flow would have it that uses the workspace's connection: under the same governor. NULL with
 * *e. Counted. */
static struct connection *ask_connection(struct engine *engine, const struct connection_ask *ask,
                                         struct err *e)
{
    json_t *shape = connection_use(engine, ask->workspace, ask->environment, ask->name, e);
    char *workspace, *environment, slug[] = "*";
    struct connection *found = NULL;
    struct deployment as_flow;
    struct dict *read;
    struct faults faults;
    json_t *bundle;

    if (shape == NULL)
        return NULL;
    bundle = json_pack("{s:{s:{s:{s:O, s:s}}}}", "connections", "connections", ask->name,
                       "connector", json_object_get(shape, "connector"), "use", ask->name);
    check(bundle != NULL);
    workspace = mem_must_copy(ask->workspace);
    environment = mem_must_copy(ask->environment);
    as_flow = (struct deployment){ .workspace = workspace, .environment = environment };
    as_flow.slug = slug;
    faults_init(&faults);
    read = connections_read(engine, &as_flow, bundle, "connections.json", &faults, e);
    if (read != NULL) {
        found = connection_ref(dict_find(read, ask->name));
        connections_free(read);
    } else {
        err_set(e, ERR_INVALID, "%.150s", faults.count > 0 ? faults.list[0].text : e->text);
    }
    faults_fini(&faults);
    mem_free(workspace);
    mem_free(environment);
    json_decref(bundle);
    json_decref(shape);
    return found;
}

struct connection *connection_of_workspace(struct engine *engine, const char *key, struct err *e)
{
    const char *environment = strchr(key, '/');
    const char *star = environment != NULL ? strchr(environment + 1, '/') : NULL;
    struct connection_ask ask = { .workspace = NULL };
    struct connection *found;
    char *workspace, *own;

    if (star == NULL || strncmp(star, "/*/", 3) != 0) {
        err_set(e, ERR_NOT_FOUND, "there is no connection \"%.200s\"", key);
        return NULL;
    }
    ask.workspace = workspace = mem_must_copy_n(key, (size_t)(environment - key));
    ask.environment = own = mem_must_copy_n(environment + 1, (size_t)(star - environment) - 1);
    ask.name = star + 3;
    found = ask_connection(engine, &ask, e);
    mem_free(workspace);
    mem_free(own);
    return found;
}

/* The keys of one connection, of each environment it has. */
static bool known_row(void *arg, const struct store_fact *fact)
{
    const char *place = strchr(fact->key, '/'), *name, *environment;
    struct err ignored;
    json_t *row, *unused;

    name = place != NULL ? strchr(place + 1, '/') : NULL;
    row = json_read(fact->value, strlen(fact->value), &json_limits_reply, &ignored);
    if (name != NULL)
        json_object_foreach(json_object_get(json_object_get(row, "v"), "environments"), environment,
                            unused)
        {
            json_array_append_new(arg, json_sprintf("%.*s/%s/*%s", (int)(name - place) - 1,
                                                    place + 1, environment, name));
        }
    json_decref(row);
    return true;
}

void connections_known(struct engine *engine)
{
    struct store_facts_filter filter = { .kind = FACT_OBJECT, .prefix = "connection/" };
    json_t *keys = json_array(), *key;
    struct err e;
    size_t i;

    check(keys != NULL);
    if (store_facts(engine->world.store, &filter, known_row, keys, &e) != ERR_OK)
        log_warn(engine->world.log, "the workspaces' connections cannot be read now: %s", e.text);
    json_array_foreach(keys, i, key)
    {
        if (dict_find(engine->governors, json_string_value(key)) == NULL)
            connection_unref(connection_of_workspace(engine, json_string_value(key), &e));
    }
    json_decref(keys);
}

/* ---- The call */

enum err_code connection_send(struct connection *c, const char *target,
                              const struct http_ask *given, http_out_fn *done, uint64_t tag,
                              uint64_t *http, struct err *e)
{
    struct call_headers headers = { .count = 0 };
    struct way way = { .secrets = { NULL } };
    enum err_code code = ERR_OK; /* e may tell of a token that was looked for, and found */
    struct http_ask ask = *given;
    struct buf url;

    buf_init_secret(&url, 8 * LIMIT_PATH);
    for (size_t i = 0; i < given->header_count; i++)
        check(call_header_add(&headers, given->headers[i].name, given->headers[i].value));
    if (target != NULL)
        code = connection_url(c, target, &url, e);
    else
        buf_add_text(&url, c->base_url);
    if (code == ERR_OK)
        code = connection_sign(c, ask.method, &url, ask.body, ask.body_size, &headers, e);
    if (code == ERR_OK)
        code = buf_check(&url, "the URL", e);
    if (code == ERR_OK)
        code = connection_way(c, buf_text(&url), &way, e);
    if (code == ERR_OK) {
        ask.url = buf_text(&url);
        call_headers_give(&headers, &ask);
        ask.egress = connection_egress(c);
        ask.way = connection_way_of(&way);
        *http = http_out_send(c->engine->world.http, &ask, done, c->engine, tag);
    }
    connection_way_fini(&way);
    call_headers_cut(&headers, 0);
    buf_fini(&url);
    return code;
}

static enum err_code ask_begin(struct connection_asked *asked, const struct connection_ask *ask,
                               struct err *e)
{
    static const struct pair json[] = { { "Content-Type", "application/json" } };
    const struct http_ask http = { .method = "POST",
                                   .headers = json,
                                   .header_count = 1,
                                   .body = ask->body,
                                   .body_size = ask->body_size,
                                   .timeout_ms = ask->timeout_ms,
                                   .reply_limit = ask->reply_limit };
    struct connection *c = asked->connection;

    if (connection_simulated(c))
        return err_set(e, ERR_CONFLICT, "the connection %s is simulated: nothing leaves by it",
                       ask->name);
    asked->placed = governor_pass(c->governor, &asked->probes, e);
    if (!asked->placed)
        return e->code;
    return connection_send(c, ask->target, &http, asked_answered, asked->number, &asked->http, e);
}

enum err_code engine_connection_ask(struct engine *engine, const struct connection_ask *ask,
                                    connection_ask_fn *done, void *arg, struct err *e)
{
    struct connection_asked *asked;
    struct connection *c;
    unsigned count = 0;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(done != NULL);
    for (asked = engine->asks; asked != NULL; asked = asked->next)
        count++;
    if (count >= CONNECTION_ASKS)
        return err_set(e, ERR_OVERLOAD, "%u questions are under way; try again in a moment", count);
    engine_moment(engine);
    c = ask_connection(engine, ask, e);
    if (c == NULL)
        return e->code;
    asked = mem_must(sizeof *asked);
    *asked = (struct connection_asked){ .next = engine->asks,
                                        .engine = engine,
                                        .connection = c,
                                        .number = ++engine->last_test,
                                        .done = done,
                                        .arg = arg };
    engine->asks = asked;
    if (ask_begin(asked, ask, e) != ERR_OK) {
        asked_free(asked);
        return e->code;
    }
    return ERR_OK;
}

void connection_asks_free(struct engine *engine)
{
    struct connection_asked *asked;
    struct err e;

    err_set(&e, ERR_CANCELLED, "the program ended before the answer came");
    while ((asked = engine->asks) != NULL) {
        if (asked->http != 0)
            http_out_cancel(engine->world.http, asked->http);
        asked->done(asked->arg, NULL, 0, &e);
        asked_free(asked);
    }
}
