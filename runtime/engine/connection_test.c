/* connection_test.c - see connection_test.h. */
#include "engine/connection_test.h"

#include <string.h>

#include "engine/audit.h"
#include "engine/connection.h"
#include "engine/connection_ask.h"
#include "engine/token.h"

#define TEST_CALL_MS 15000
#define TEST_REPLY   (256u * KIB)

struct connection_test {
    struct connection_test *next;
    struct engine *engine;
    struct connection *connection; /* counted */
    char *key;
    uint64_t number, http; /* http: the call under way, 0: none */
    int64_t began;         /* steady */
    bool waits;            /* for its token */
    json_t *found, *steps;
    connection_test_fn *done;
    void *arg;
};

static void test_step(struct connection_test *test, const char *step, const char *state,
                      const char *text, const char *remedy)
{
    json_t *one = json_pack("{s:s, s:s, s:s}", "step", step, "state", state, "text", text);

    check(one != NULL);
    if (remedy != NULL)
        json_object_set_new(one, "remedy", json_string(remedy));
    json_array_append_new(test->steps, one);
}

static void test_free(struct connection_test *test)
{
    struct connection_test **at = &test->engine->tests;

    while (*at != test)
        at = &(*at)->next;
    *at = test->next;
    connection_unref(test->connection);
    json_decref(test->found);
    mem_free(test->key);
    mem_free(test);
}

static void test_end(struct connection_test *test)
{
    struct clock *clock = test->engine->world.clock;
    const struct err fine = { .code = ERR_OK };
    bool works = true, tested = false;
    json_t *one;
    size_t i;

    json_array_foreach(test->steps, i, one)
    {
        const char *state = json_get_text(one, "state");

        works = works && strcmp(state, "failed") != 0;
        tested = tested || strcmp(json_get_text(one, "step"), "answer") != 0 ||
                 strcmp(state, "well") == 0;
    }
    json_object_set_new(test->found, "works", json_boolean(works && tested));
    json_object_set_new(test->found, "took_ms",
                        json_integer(clock->steady_ms(clock) - test->began));
    test->done(test->arg, test->found, &fine);
    test_free(test);
}

/* ---- The answer */

static void test_status(struct connection_test *test, int status)
{
    char text[160];

    json_object_set_new(test->found, "status", json_integer(status));
    if (status == 401) {
        test_step(test, "answer", "failed",
                  "the system answered 401: it does not take this sign-in",
                  "look whether the secrets are those of this environment and not expired");
    } else if (status == 403) {
        test_step(test, "answer", "not_tested",
                  "the system answered 403: it is there; some refuse their root to everybody",
                  "look what this user may do there");
    } else if (status >= 500) {
        snprintf(text, sizeof text, "the system answered %d: it has trouble of its own", status);
        test_step(test, "answer", "failed", text, "try again later, or ask who runs it");
    } else {
        snprintf(text, sizeof text,
                 status < 300
                     ? "the system answered %d"
                     : "the system answered %d: it is there, and did not refuse the sign-in",
                 status);
        test_step(test, "answer", "well", text, NULL);
    }
}

static const char *test_remedy(enum err_code code)
{
    switch (code) {
    case ERR_POLICY:
        return "allow the address by egress.allow (WEFT_EGRESS_ALLOW), if it shall be called";
    case ERR_TIMEOUT:
        return "look whether a firewall lets this machine out to it, and whether it is busy";
    case ERR_AUTH:
        return "set the secret: weft vault set NAME";
    case ERR_LIMIT:
        return NULL;
    default:
        return "look at the name, the port and the certificate of the address";
    }
}

static void test_answered(void *owner, uint64_t tag, const struct http_reply *reply)
{
    struct engine *engine = owner;
    struct connection_test *test = engine->tests;

    while (test != NULL && test->number != tag)
        test = test->next;
    if (test == NULL)
        return;
    test->http = 0;
    if (reply->code == ERR_OK || (reply->code == ERR_LIMIT && reply->status != 0))
        test_status(test, reply->status);
    else
        test_step(test, "answer", "failed",
                  reply->text != NULL ? reply->text : err_about(reply->code),
                  test_remedy(reply->code));
    test_end(test);
}

/* ---- The call */

static void test_call(struct connection_test *test)
{
    const struct http_ask ask = { .method = "GET",
                                  .timeout_ms = TEST_CALL_MS,
                                  .reply_limit = TEST_REPLY };
    const struct connection *c = test->connection;
    struct err e = { .code = ERR_OK };

    if (c->base_url == NULL || strncmp(c->base_url, "http", 4) != 0) {
        test_step(test, "answer", "not_tested",
                  "systems of this kind are not called by a test; a run of the flow shows it",
                  NULL);
        test_end(test);
        return;
    }
    if (connection_simulated(c)) {
        test_step(test, "answer", "not_tested", "the connection is simulated: nothing leaves by it",
                  NULL);
        test_end(test);
        return;
    }
    if (connection_send(test->connection, NULL, &ask, test_answered, test->number, &test->http,
                        &e) == ERR_OK)
        return;
    test_step(test, "secrets", "failed", e.text, test_remedy(e.code));
    test_end(test);
}

/* ---- The token */

static void test_token(struct connection_test *test, const struct err *e)
{
    if (e == NULL) {
        test_step(test, "sign_in", "well", "a token is there", NULL);
        test_call(test);
        return;
    }
    test_step(test, "sign_in", "failed", e->text,
              e->code == ERR_AUTH ? "look at the client's id and secret, or have a person consent "
                                    "again (weft connector authorize)"
                                  : test_remedy(e->code));
    test_end(test);
}

static void test_begin(struct connection_test *test)
{
    struct connection *c = test->connection;
    struct err e;

    if (!sign_in_fetches(c->sign_in)) {
        test_call(test);
    } else if (connection_ready(c, &e) == ERR_OK) {
        test_token(test, NULL);
    } else if (e.code == ERR_TRANSIENT && c->token != NULL) {
        test->waits = true;
        token_wait(c, 0);
    } else {
        test_token(test, &e);
    }
}

void connection_tests_turn(struct engine *engine)
{
    struct connection_test *test, *next;

    for (test = engine->tests; test != NULL; test = next) {
        const struct token *token = test->connection->token;
        struct err e;

        next = test->next;
        if (!test->waits || token == NULL || token->fetch != 0)
            continue;
        test->waits = false;
        if (connection_ready(test->connection, &e) == ERR_OK)
            test_token(test, NULL);
        else
            test_token(test,
                       token_error(test->connection) != NULL ? token_error(test->connection) : &e);
    }
}

void connection_tests_free(struct engine *engine)
{
    struct connection_test *test;
    struct err e;

    err_set(&e, ERR_CANCELLED, "the program ended before the test did");
    while ((test = engine->tests) != NULL) {
        if (test->http != 0)
            http_out_cancel(engine->world.http, test->http);
        test->done(test->arg, NULL, &e);
        test_free(test);
    }
}

enum err_code engine_connection_test(struct engine *engine, const char *key, const char *by,
                                     connection_test_fn *done, void *arg, struct err *e)
{
    struct connection *c = connection_by_key(engine, key);
    struct connection_test *test;
    char workspace[LIMIT_ID + 1];
    unsigned count = 0;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    for (test = engine->tests; test != NULL; test = test->next)
        count++;
    if (count >= CONNECTION_TESTS)
        return err_set(e, ERR_OVERLOAD, "%u connections are tested; try again in a moment", count);
    c = c != NULL ? connection_ref(c) : connection_of_workspace(engine, key, e);
    if (c == NULL)
        return e->code;
    engine_moment(engine);
    audit_workspace_of(key, workspace);
    engine_audit(engine, workspace, by, "connection.test", key, NULL);
    test = mem_must(sizeof *test);
    *test = (struct connection_test){ .next = engine->tests,
                                      .engine = engine,
                                      .connection = c,
                                      .key = mem_must_copy(key),
                                      .number = ++engine->last_test,
                                      .began = engine->steady,
                                      .done = done,
                                      .arg = arg,
                                      .steps = json_array() };
    test->found = json_pack("{s:s, s:o}", "connection", key, "steps", test->steps);
    check(test->found != NULL);
    engine->tests = test;
    test_begin(test);
    return ERR_OK;
}
