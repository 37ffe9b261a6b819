/* stage.c - see stage.h. */
#include "world/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/egress.h"
#include "world/types.h"
#include "world/yard.h"

#define STAGE_ANSWERS 4096
#define STAGE_START   INT64_C(1795000000000) /* 2026-11-18 */

struct stage {
    struct clock_manual clock;
    struct random_seeded random;
    struct log log;
    struct fake_store *store;
    struct fake_http *http;
    struct fake_folder *folder;
    struct fake_pool *pool;
    struct fake_sql *sql;
    struct files *files; /* real ones, below /tmp */
    struct rules *rules;
    struct vault *vault;
    struct egress *egress;
    struct registry *registry;
    struct engine *engine;
    struct world world;
    uint64_t hand;
    struct stage_answer answers[STAGE_ANSWERS];
    uint64_t requests;
    size_t memory;
};

static void stage_got(void *arg, uint64_t request, const struct engine_answer *answer)
{
    struct stage *stage = arg;
    struct stage_answer *a = &stage->answers[request];
    struct buf headers;
    size_t i;

    assert_true(request < STAGE_ANSWERS);
    assert_int_equal(a->status, 0); /* answered once */
    a->status = answer->status;
    if (answer->refusal != NULL)
        a->body = mem_must_copy(answer->refusal->text);
    else
        a->body = mem_must_copy_n(answer->body != NULL ? answer->body : "", answer->body_size);
    buf_init(&headers, 64 * KIB);
    if (answer->content_type != NULL)
        buf_addf(&headers, "Content-Type: %s\n", answer->content_type);
    for (i = 0; i < answer->header_count; i++)
        buf_addf(&headers, "%s: %s\n", answer->headers[i].name, answer->headers[i].value);
    a->headers = mem_must_copy(buf_text(&headers));
    buf_fini(&headers);
}

static void stage_fatal(void *arg, const char *why)
{
    (void)arg;
    fail_msg("the engine gave up: %s", why);
}

static const char *stage_environment(const char *name)
{
    return strcmp(name, "STAGE_SECRET") == 0 ? "s3cr3t-of-the-stage" : NULL;
}

static void stage_quiet(void *arg, enum log_level level, const char *text)
{
    (void)arg;
    (void)level;
    (void)text;
}

static void stage_vault(struct stage *stage)
{
    char dir[] = "/tmp/weft-stage-XXXXXX", file[64], *sealed;
    struct err e;

    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/key", dir);
    stage->vault = vault_open(file, true, &stage->random.random, &e);
    assert_non_null(stage->vault);
    assert_int_equal(vault_make_key(stage->vault, &sealed, &e), ERR_OK);
    mem_free(sealed);
    unlink(file);
    rmdir(dir);
}

static void stage_engine_new(struct stage *stage)
{
    struct err e;

    stage->engine = engine_new(&stage->world, &e);
    assert_non_null(stage->engine);
}

struct stage *stage_new(void)
{
    struct stage *stage;
    struct err e;
    size_t before;

    world_types_read();
    before = mem_used();
    stage = mem_must(sizeof *stage);
    stage->memory = before;
    clock_manual_init(&stage->clock, STAGE_START);
    random_seeded_init(&stage->random, 42);
    log_init(&stage->log, &stage->clock.clock);
    stage->log.line = stage_quiet;
    stage->store = fake_store_new();
    stage->http = fake_http_new();
    stage->folder = fake_folder_new();
    stage->pool = fake_pool_new();
    stage->sql = fake_sql_new();
    stage->files = files_real_new(yard_street(), &e);
    stage->rules = rules_new(&stage->clock.clock, &stage->log, NULL, &e);
    stage->egress = egress_new("127.0.0.1", NULL, &e);
    stage->registry = world_types();
    stage_vault(stage);
    stage->world = (struct world){
        .clock = &stage->clock.clock,
        .random = &stage->random.random,
        .log = &stage->log,
        .store = fake_store_store(stage->store),
        .rules = stage->rules,
        .http = fake_http_out(stage->http),
        .folders = fake_folder_folders(stage->folder),
        .pool = fake_pool_pool(stage->pool),
        .odbc = fake_sql_odbc(stage->sql),
        .files = stage->files,
        .vault = stage->vault,
        .egress = stage->egress,
        .registry = stage->registry,
        .environment = stage_environment,
        .hand = &stage->hand,
        .answer = stage_got,
        .fatal = stage_fatal,
        .arg = stage,
    };
    stage_engine_new(stage);
    return stage;
}

void stage_free(struct stage *stage)
{
    size_t i, before = stage->memory;

    engine_free(stage->engine);
    fake_pool_drop(stage->pool, false);
    fake_pool_free(stage->pool);
    fake_sql_free(stage->sql);
    files_real_free(stage->files);
    rules_free(stage->rules);
    vault_close(stage->vault);
    egress_free(stage->egress);
    registry_free(stage->registry);
    fake_http_free(stage->http);
    fake_folder_free(stage->folder);
    fake_store_free(stage->store);
    for (i = 0; i < STAGE_ANSWERS; i++) {
        mem_free(stage->answers[i].body);
        mem_free(stage->answers[i].headers);
    }
    mem_free(stage);
    assert_int_equal(mem_used(), before);
}

struct engine *stage_engine(struct stage *stage)
{
    return stage->engine;
}

struct fake_store *stage_store(struct stage *stage)
{
    return stage->store;
}

struct fake_folder *stage_folder(struct stage *stage)
{
    return stage->folder;
}

struct fake_pool *stage_pool(struct stage *stage)
{
    return stage->pool;
}

struct fake_sql *stage_sql(struct stage *stage)
{
    return stage->sql;
}

struct fake_http *stage_http(struct stage *stage)
{
    return stage->http;
}

struct rules *stage_rules(struct stage *stage)
{
    return stage->rules;
}

const struct registry *stage_registry(struct stage *stage)
{
    return stage->registry;
}

void stage_type(struct stage *stage, const struct node_type *type)
{
    registry_add(stage->registry, type);
}

void stage_deploy(struct stage *stage, const char *slug, const char *bundle)
{
    struct faults faults;
    struct buf text;
    struct err e;
    json_t *json = json_read(bundle, strlen(bundle), &json_limits_flow, &e);

    if (json == NULL)
        fail_msg("%s", e.text);
    faults_init(&faults);
    if (engine_deploy(stage->engine, "main", "test", slug, json, "flow.json", NULL, 0, &faults,
                      &e) != ERR_OK) {
        buf_init(&text, 64 * KIB);
        faults_write(&faults, &text);
        fail_msg("%s\n%s", e.text, buf_text(&text));
    }
    faults_fini(&faults);
    json_decref(json);
}

uint64_t stage_post(struct stage *stage, const char *path, const char *body)
{
    static const struct step_pair headers[] = { { "Content-Type", "application/json" } };
    char whole[200];
    struct engine_event event = {
        .request = ++stage->requests,
        .method = "POST",
        .path = whole,
        .query = "",
        .headers = headers,
        .header_count = 1,
        .body = body,
        .body_size = strlen(body),
        .received_ms = stage->clock.wall,
    };

    snprintf(whole, sizeof whole, "main/test/%s", path);
    engine_hook(stage->engine, &event);
    return stage->requests;
}

const struct stage_answer *stage_answer(const struct stage *stage, uint64_t request)
{
    return &stage->answers[request];
}

uint64_t stage_run_id(const struct stage *stage, uint64_t request)
{
    const struct stage_answer *a = &stage->answers[request];
    struct err e;
    json_t *body;
    uint64_t id = 0;

    assert_non_null(a->body);
    body = json_read(a->body, strlen(a->body), &json_limits_body, &e);
    assert_non_null(json_get_text(body, "run"));
    assert_true(ident_parse(json_get_text(body, "run"), &id));
    json_decref(body);
    return id;
}

void stage_turn(struct stage *stage)
{
    unsigned turns = 0;

    while (engine_turn(stage->engine))
        assert_true(++turns < 100000);
}

void stage_settle(struct stage *stage)
{
    unsigned rounds = 0;

    do {
        stage_turn(stage);
        assert_true(++rounds < 100000);
    } while (fake_store_commit(stage->store) + fake_http_deliver(stage->http) +
                 fake_folder_deliver(stage->folder) + fake_pool_deliver(stage->pool) >
             0);
    stage_turn(stage);
}

void stage_boot(struct stage *stage)
{
    stage->clock.clock.boot++;
    stage->clock.steady = 0;
}

void stage_boot_unknown(struct stage *stage)
{
    stage->clock.clock.boot = 0;
}

void stage_set(struct stage *stage, int64_t ms)
{
    stage->clock.wall += ms;
}

void stage_tick(struct stage *stage, int64_t ms)
{
    clock_manual_add(&stage->clock, ms);
}

void stage_wait(struct stage *stage, int64_t ms)
{
    clock_manual_add(&stage->clock, ms);
    stage_settle(stage);
}

void stage_die(struct stage *stage, uint64_t run)
{
    stage->hand = run;
    stage_crash(stage);
}

void stage_crash(struct stage *stage)
{
    size_t runs;
    struct err e;

    fake_store_lose(stage->store);
    engine_free(stage->engine);
    fake_pool_drop(stage->pool, false);
    fake_http_drop(stage->http);
    fake_folder_drop(stage->folder);
    stage_engine_new(stage);
    assert_int_equal(engine_recover(stage->engine, &runs, &e), ERR_OK);
}

const char *stage_status(const struct stage *stage, uint64_t run)
{
    enum run_status status;

    return fake_store_status(stage->store, run, &status) ? run_status_name(status) : "unknown";
}

void stage_steps(const struct stage *stage, uint64_t run, char *text, size_t room)
{
    json_t *entries = fake_store_entries(stage->store, run), *entry;
    size_t i, used = 0;

    text[0] = '\0';
    json_array_foreach(entries, i, entry)
    {
        const char *port = json_get_text(entry, "p");
        const char *what = port != NULL ? port : "out";

        if (json_object_get(entry, "i") != NULL)
            what = "intent";
        else if (json_object_get(entry, "doubt") != NULL)
            what = "doubt";
        else if (json_object_get(entry, "task") != NULL)
            what = "task";
        else if (json_object_get(entry, "decided") != NULL)
            what = "decided";
        else if (json_object_get(entry, "pause") != NULL)
            what = "pause";
        else if (json_object_get(entry, "woke") != NULL)
            what = "woke";
        else if (json_object_get(entry, "sub") != NULL)
            what = "sub";
        else if (json_object_get(entry, "sent") != NULL)
            what = "sent";
        else if (json_object_get(entry, "it") != NULL)
            what = "iteration";
        else if (json_object_get(entry, "next") != NULL)
            what = "retry";
        else if (json_object_get(entry, "e") != NULL && port == NULL)
            what = "failed";
        used += (size_t)snprintf(text + used, room - used, "%s%s %s", used > 0 ? ", " : "",
                                 json_get_text(entry, "n"), what);
        assert_true(used < room);
    }
    json_decref(entries);
}
