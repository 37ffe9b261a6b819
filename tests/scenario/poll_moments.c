/* poll_moments.c - polls of systems that are asked by time, by the manifests that come with the
 * program, over half a month in which the system is down and the program too for a while. The
 * system is a peer with a clock: it tells what lies in the window it is asked for, and what is
 * entered late only later. Time is made; nothing may be lost, and nothing come twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/manifest.h"
#include "nodes/moment.h"
#include "world/stage.h"

#define START      INT64_C(1795000000000) /* where a stage's clock begins */
#define HOUR       INT64_C(3600000)
#define DAY        (24 * HOUR)
#define SALES_MOST 2000u

/* A trigger and how its system is asked and tells. */
struct kind {
    const char *type, *connections, *url, *from, *to;
    const char *row;                /* the member with the id */
    const char *head, *tail, *none; /* around rows; an answer without any */
    int64_t zone; /* ms from UTC to the account's days; asked by days when days is set */
    bool days;
    int64_t late;      /* ms: some are told so long after their moment */
    size_t most;       /* rows that an answer has */
    size_t large;      /* more of them are too large an answer; 0: none is */
    const char *first; /* `from` of the trigger */
    bool dated;        /* its answers say when, by its own clock */
};

struct seller {
    const struct kind *kind;
    int64_t now;
    bool down;
    int64_t at[SALES_MOST], told[SALES_MOST];
    size_t count, asked, cut;
    struct buf answer;
    char date[40];
    int64_t frozen; /* its Date stands still there */
};

/* The moment behind `name` in the request; days begin in the account's zone. */
static int64_t asked_for(const struct seller *seller, const struct fake_sent *sent,
                         const char *name)
{
    const char *at = strstr(sent->body, name);
    char text[40] = "", iso[40];
    size_t size = 0;
    json_t *json;
    struct err e;
    int64_t ms = 0;

    if (at == NULL)
        at = strstr(sent->url, name);
    assert_non_null(at);
    for (at += strlen(name); strchr("\"]} &", *at) == NULL && size < sizeof text - 1; at++) {
        if (strncmp(at, "%3A", 3) == 0) {
            text[size++] = ':';
            at += 2;
        } else {
            text[size++] = *at;
        }
    }
    if (seller->kind->days)
        snprintf(iso, sizeof iso, "%.4s-%.2s-%.2s", text + 6, text, text + 3);
    else
        snprintf(iso, sizeof iso, "%.39s", text);
    json = json_string(iso);
    if (moment_read(json, &ms, &e) != ERR_OK)
        fail_msg("%s in %s %s: %s", name, sent->url, sent->body, e.text);
    json_decref(json);
    return ms - seller->kind->zone;
}

static const char *date_of(struct seller *seller)
{
    const time_t now = (time_t)((seller->frozen != 0 ? seller->frozen : seller->now) / 1000);
    struct tm parts;

    strftime(seller->date, sizeof seller->date, "%a, %d %b %Y %H:%M:%S GMT",
             gmtime_r(&now, &parts));
    return seller->date;
}

static struct fake_answer tell(void *arg, const struct fake_sent *sent)
{
    struct seller *seller = arg;
    const struct kind *kind = seller->kind;
    int64_t from = asked_for(seller, sent, kind->from), to = asked_for(seller, sent, kind->to);
    size_t rows = 0;

    seller->asked++;
    if (seller->down)
        return (struct fake_answer){ .status = 503, .body = "" };
    if (kind->days)
        to += DAY;
    buf_fini(&seller->answer);
    buf_init(&seller->answer, MIB);
    for (size_t i = 0; i < seller->count && rows < kind->most; i++)
        if (seller->told[i] <= seller->now && seller->at[i] >= from && seller->at[i] < to) {
            buf_addf(&seller->answer, "%s{\"%s\": \"%zu\"}", rows > 0 ? ", " : kind->head,
                     kind->row, i);
            rows++;
        }
    if (kind->large > 0 && rows > kind->large) {
        seller->cut++;
        return (struct fake_answer){ .code = ERR_LIMIT };
    }
    buf_add_text(&seller->answer, rows > 0 ? kind->tail : kind->none);
    return (struct fake_answer){ .status = 200,
                                 .body = buf_text(&seller->answer),
                                 .header = "Content-Type",
                                 .value = "application/json",
                                 .more = { { kind->dated ? "Date" : NULL, date_of(seller) } } };
}

static struct fake_answer token(void *arg, const struct fake_sent *sent)
{
    (void)arg, (void)sent;
    return (struct fake_answer){
        .status = 200,
        .body = "{\"access_token\":\"a:b:c\",\"token_type\":\"bearer\",\"expires_in\":999999}",
        .header = "Content-Type",
        .value = "application/json"
    };
}

#define PAYTRACE(event, page, name, first_page)                                                 \
    {                                                                                           \
        .type = "trigger.paytrace." event,                                                      \
        .connections = "'connector': 'paytrace', 'settings': {'user': 'api', 'integrator_id': " \
                       "'9'}, 'secrets': {'password': {'env': 'STAGE_SECRET'}}",                \
        .url = page, .from = "\"start_date\":\"", .to = "\"end_date\":\"", .row = name,         \
        .head = "{\"success\": true, \"" first_page "\": [", .tail = "]}",                      \
        .none = "{\"success\": true, \"" first_page "\": []}", .zone = -8 * HOUR, .days = true, \
        .late = 47 * HOUR, .most = 1000                                                         \
    }
#define CYBERSOURCE                                                                              \
    "'connector': 'cybersource', 'environment': 'sandbox', 'settings': {'merchant_id': 'acme', " \
    "'key_id': 'k'}, 'auth': {'type': 'bearer', 'secret': 'shared_secret'}, 'secrets': "         \
    "{'shared_secret': {'env': 'STAGE_SECRET'}}"

static const struct kind kinds[] = {
    PAYTRACE("transaction", "/v1/transactions/export/by_date_range", "transaction_id",
             "transactions"),
    PAYTRACE("batch", "/v1/batches/export", "batch_number", "batches"),
    { .type = "trigger.cybersource.transaction",
      .connections = CYBERSOURCE,
      .url = "/tss/v2/searches",
      .from = "submitTimeUtc:[",
      .to = " TO ",
      .row = "id",
      .head = "{\"totalCount\": 1, \"_embedded\": {\"transactionSummaries\": [",
      .tail = "]}}",
      .none = "{\"totalCount\": 0}",
      .late = 50 * 60000,
      .most = 1000 },
    { .type = "trigger.cybersource.chargeback",
      .connections = CYBERSOURCE,
      .url = "/reporting/v3/chargeback-details",
      .from = "startTime=",
      .to = "endTime=",
      .row = "requestId",
      .head = "{\"chargebackDetails\": [",
      .tail = "]}",
      .none = "{\"chargebackDetails\": []}",
      .late = 6 * DAY,
      .most = 1000 },
};

#define BANK                                                                            \
    .type = "trigger.bank.paid", .connections = "'connector': 'bank'", .url = "/paid",  \
    .from = "since=", .to = "until=", .row = "n", .head = "{\"list\": [", .tail = "]}", \
    .none = "{\"list\": []}", .most = 8, .dated = true
static const struct kind bank_kind = { BANK }; /* as read_bank() has it */

static const struct manifest *added; /* beside those of the program */

static struct stage *begin_as(struct seller *seller, const struct kind *kind, bool down)
{
    static const struct fake_answer fine = { .status = 200, .body = "{}" };
    struct stage *stage = stage_new();
    char text[4096];

    if (added != NULL)
        manifest_add(added, (struct registry *)stage_registry(stage));

    *seller = (struct seller){ .kind = kind, .now = START, .down = down };
    buf_init(&seller->answer, MIB);
    fake_http_script(stage_http(stage), "/erp/", &fine, 1);
    fake_http_play(stage_http(stage), "/oauth/token", token, NULL);
    fake_http_play(stage_http(stage), kind->url, tell, seller);
    snprintf(text, sizeof text,
             "{'flow': {'weft': 1, 'name': 't', 'nodes': [{'id': 'new', 'type': '%s', "
             "'connection': 'pay', 'config': {'every': '6h'%s}}, {'id': 'put', 'type': "
             "'connector.http', 'config': {'method': 'PUT', 'url': \"='http://127.0.0.1/erp/' .. "
             "trigger.body.%s\"}}], 'edges': [{'from': 'new', 'to': 'put'}]}, 'connections': "
             "{'weft': 1, 'connections': {'pay': {%s}}}}",
             kind->type, kind->first != NULL ? kind->first : "", kind->row, kind->connections);
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\'' && strncmp(c, "'http:", 6) != 0 && strncmp(c, "' ..", 4) != 0)
            *c = '"';
    stage_deploy(stage, "t", text);
    if (down) /* nor is the moment of its first ask kept at once */
        fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    stage_settle(stage);
    return stage;
}

static struct stage *begin(struct seller *seller, const struct kind *kind)
{
    return begin_as(seller, kind, false);
}

static struct stage *begin_down(struct seller *seller, const struct kind *kind)
{
    return begin_as(seller, kind, true);
}

static void end(struct seller *seller, struct stage *stage)
{
    buf_fini(&seller->answer);
    stage_free(stage); /* asserts that no byte is left */
}

static void sell(struct seller *seller, int64_t at, int64_t late)
{
    assert_true(seller->count < SALES_MOST);
    seller->at[seller->count] = at;
    seller->told[seller->count++] = at + late;
}

static void pass(struct seller *seller, struct stage *stage, int64_t ms)
{
    seller->now += ms;
    stage_wait(stage, ms);
}

static void all_came_once(struct seller *seller, struct stage *stage)
{
    char url[80];

    for (size_t i = 0; i < seller->count; i++) {
        size_t came = 0;

        snprintf(url, sizeof url, "/erp/%zu", i);
        for (size_t n = 0; n < fake_http_count(stage_http(stage), url); n++)
            came +=
                strcmp(strstr(fake_http_sent(stage_http(stage), url, n)->url, "/erp/"), url) == 0;
        if (came != 1)
            fail_msg("%s: %zu came %zu times, of day %.2f", seller->kind->type, i, came,
                     (double)(seller->at[i] - START) / (double)DAY);
    }
}

static void weeks_of_silence_lose_nothing(void **state)
{
    static struct seller seller;

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct stage *stage = begin(&seller, &kinds[k]);
        size_t during = 0;

        for (unsigned hour = 0; hour < 30 * 24; hour += 3) {
            if (hour % 9 == 0 && hour < 20 * 24)
                sell(&seller, seller.now + 60000, hour % 21 == 0 ? kinds[k].late : 0);
            seller.down = hour >= 2 * 24 && hour < 17 * 24;
            if (hour == 9 * 24)
                stage_crash(stage);
            pass(&seller, stage, 3 * HOUR);
            if (seller.down && during == 0)
                during = fake_store_runs(stage_store(stage));
            if (seller.down)
                assert_int_equal(fake_store_runs(stage_store(stage)), during);
        }
        assert_true(during > 0 && during < seller.count);
        all_came_once(&seller, stage);
        end(&seller, stage);
    }
}

/* Days of so many sales that the answer for a poll's window, which begins two days back, is larger
 * than any that is read: it is walked by days, and a crash in the middle of it begins nothing anew.
 */
static void a_window_whose_answer_is_too_large_is_walked(void **state)
{
    static struct seller seller;
    struct kind kind = kinds[0];
    struct stage *stage;

    (void)state;
    kind.large = 100;
    stage = begin(&seller, &kind);
    for (unsigned hour = 0; hour < 9 * 24; hour++) {
        for (unsigned i = 0; i < (hour < 3 * 24 || hour > 8 * 24 ? 0 : 2); i++)
            sell(&seller, seller.now + 60000 * i, hour % 5 == 0 ? 40 * HOUR : 0);
        seller.down = hour == 6 * 24 + 2;
        if (hour % 31 == 30) {
            seller.now += HOUR / 2;
            stage_tick(stage, HOUR / 2);
            for (unsigned n = 0; n < 3 + hour % 7; n++) {
                stage_turn(stage);
                fake_http_deliver(stage_http(stage));
                fake_store_commit_some(stage_store(stage), 1);
            }
            stage_crash(stage);
            pass(&seller, stage, HOUR / 2);
        } else {
            pass(&seller, stage, HOUR);
        }
    }
    for (unsigned hour = 0; hour < 2 * 24; hour += 6)
        pass(&seller, stage, 6 * HOUR);
    all_came_once(&seller, stage);
    assert_in_range(seller.cut, 20, 80);
    assert_true(seller.asked < 6 * seller.cut); /* it does not ask by the shortest for ever */
    end(&seller, stage);
}

/* A system of our own that says how many items an answer has at most. */
static struct manifest *read_bank(void)
{
    static const char bank[] =
        "{'weft': 1, 'name': 'bank', 'title': 'Bank', 'version': '1', 'help': 'A bank.', "
        "'environments': {'test': {'base_url': 'http://127.0.0.1'}}, 'sign_in': {'type': 'none'}, "
        "'actions': {'look': {'title': 'L', 'help': 'L.', 'method': 'GET', 'path': '/l', 'input': "
        "{'type': 'object', 'properties': {}}, 'example': {'input': {}, 'output': {}}}}, 'events': "
        "{'paid': {'title': 'P', 'help': 'P.', 'poll': {'path': '/paid', 'query': {'since': "
        "'{window.from}', 'until': '{window.to}'}, 'items': 'list', 'id': 'n', 'cursor': "
        "{'moment': 'iso', 'back': '1h', 'step': '4d', 'full': 8}}, 'example': {'body': {'n': "
        "'1'}}}}}";
    struct manifest *manifest;
    struct faults faults;
    char *text;

    mem_install();
    text = mem_must_copy(bank);
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    faults_init(&faults);
    manifest = manifest_read("bank", text, strlen(text), &faults);
    if (manifest == NULL)
        fail_msg("%s: %s", faults.list[0].pointer, faults.list[0].text);
    faults_fini(&faults);
    mem_free(text);
    return manifest;
}

/* A walk takes its time, and the poll rests behind it: it is not behind for ever. */
static void a_walk_rests_when_it_is_over(struct seller *seller, struct stage *stage)
{
    size_t before;

    for (unsigned i = 0; i < 20; i++)
        sell(seller, seller->now + 5 * HOUR + HOUR / 4 + i * 120000, 0);
    pass(seller, stage, 6 * HOUR - 60000);
    before = seller->asked;
    for (unsigned second = 0; second < 900; second++) {
        seller->now += 1000;
        stage_tick(stage, 1000);
        stage_turn(stage);
        fake_http_deliver(stage_http(stage));
        fake_store_commit(stage_store(stage));
    }
    stage_settle(stage);
    all_came_once(seller, stage);
    assert_in_range(seller->asked - before, 5, 100);
}

/* An answer that has as many items as it may have may leave some out: the window is walked. */
static void an_answer_that_is_cut_is_asked_for_in_parts(void **state)
{
    static struct seller seller;
    struct manifest *manifest = read_bank();
    struct stage *stage;
    size_t before;

    (void)state;
    added = manifest;
    stage = begin(&seller, &bank_kind);
    seller.down = true;
    for (unsigned hour = 0; hour < 5 * 24; hour++) {
        sell(&seller, seller.now + 60000, 0);
        pass(&seller, stage, HOUR);
    }
    seller.down = false;
    before = seller.asked;
    pass(&seller, stage, 6 * HOUR);
    all_came_once(&seller, stage);
    assert_in_range(seller.asked - before, 120 / 8, 120);
    /* what was missed is asked for at once, also where there was nothing */
    seller.down = true;
    pass(&seller, stage, 17 * DAY);
    seller.down = false;
    sell(&seller, seller.now - HOUR, 0);
    pass(&seller, stage, 6 * HOUR);
    all_came_once(&seller, stage);
    /* more in an hour, which every poll goes back, than an answer has */
    for (unsigned i = 0; i < 40; i++)
        sell(&seller, seller.now + i * 80000, 0);
    seller.down = true;
    pass(&seller, stage, 3 * DAY);
    seller.down = false;
    before = seller.asked;
    pass(&seller, stage, 6 * HOUR);
    all_came_once(&seller, stage);
    assert_in_range(seller.asked - before, 40 / 8, 60); /* the parts grow behind that hour */
    a_walk_rests_when_it_is_over(&seller, stage);
    /* a crowd in one moment: nobody knows what is left out, so nothing is taken for all */
    for (unsigned i = 0; i < 9; i++)
        sell(&seller, seller.now + 60000, 0);
    before = fake_store_runs(stage_store(stage));
    pass(&seller, stage, 12 * HOUR);
    assert_int_equal(fake_store_runs(stage_store(stage)), before);
    end(&seller, stage);
    added = NULL;
    manifest_free(manifest);
}

/* Our clock is ahead of the system's for two days, by more than a poll goes back, and is put right:
 * what came meanwhile lies before where we would think that all is known. */
static void a_clock_that_was_ahead_loses_nothing(void **state)
{
    static struct seller seller;
    struct stage *stage;

    (void)state;
    added = read_bank();
    stage = begin(&seller, &bank_kind);
    pass(&seller, stage, 6 * HOUR);
    stage_set(stage, 20 * HOUR);
    for (unsigned hour = 0; hour < 96; hour++) {
        for (int i = 0; i < (hour == 0 ? 12 : 1); i++) /* a window that is walked */
            sell(&seller, seller.now + 60000 + i * 240000, 0);
        pass(&seller, stage, HOUR);
        if (hour == 48)
            stage_set(stage, -20 * HOUR);
    }
    pass(&seller, stage, 6 * HOUR);
    all_came_once(&seller, stage);
    seller.frozen = seller.now; /* one that stands still is none */
    for (unsigned day = 0; day < 12; day++) {
        sell(&seller, seller.now + 60000, 0);
        pass(&seller, stage, DAY);
    }
    all_came_once(&seller, stage);
    end(&seller, stage);
    manifest_free((struct manifest *)added);
    added = NULL;
}

/* A system that is down from the first poll on, for longer than a poll goes back: what came since
 * that first poll is asked for, also when the program was started anew meanwhile. */
static void the_first_poll_is_where_it_begins(void **state)
{
    static struct seller seller;

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct stage *stage = begin_down(&seller, &kinds[k]);

        assert_true(seller.asked > 0);
        for (unsigned hour = 0; hour < 12 * 24; hour += 6) {
            sell(&seller, seller.now + 60000, 0);
            if (hour == 5 * 24)
                stage_crash(stage);
            pass(&seller, stage, 6 * HOUR);
        }
        assert_int_equal(fake_store_runs(stage_store(stage)), 0);
        seller.down = false;
        pass(&seller, stage, 2 * DAY);
        all_came_once(&seller, stage);
        end(&seller, stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weeks_of_silence_lose_nothing),
        cmocka_unit_test(the_first_poll_is_where_it_begins),
        cmocka_unit_test(a_window_whose_answer_is_too_large_is_walked),
        cmocka_unit_test(a_clock_that_was_ahead_loses_nothing),
        cmocka_unit_test(an_answer_that_is_cut_is_asked_for_in_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
