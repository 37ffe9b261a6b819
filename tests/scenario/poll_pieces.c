/* poll_pieces.c - a poll that finds more than one transaction takes: its items are taken in pieces,
 * and whatever happens between two of them, each item begins one run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/setting.h"
#include "world/stage.h"

#define ITEMS 10u
#define PIECE 4u

#define POLL(id)                                                                                   \
    "{\"flow\": {\"weft\": 1, \"name\": \"t\", \"nodes\": [{\"id\": \"new\", \"type\": "           \
    "\"trigger.poll\", \"config\": {\"every\": \"1m\", \"items\": \"=steps.ask.body.value\", " id  \
    "\"cursor\": \"=steps.ask.body.next\", \"body\": {\"nodes\": [{\"id\": \"ask\", \"type\": "    \
    "\"connector.http\", \"config\": {\"url\": \"http://127.0.0.1/list\", \"query\": {\"after\": " \
    "\"=trigger.cursor\"}}}], \"edges\": []}}}, {\"id\": \"put\", \"type\": \"connector.http\", "  \
    "\"config\": {\"method\": \"PUT\", \"url\": \"='http://127.0.0.1/erp/' .. "                    \
    "trigger.body.id\"}}], \"edges\": [{\"from\": \"new\", \"to\": \"put\"}]}}"

static const char *const flows[] = { POLL("\"id\": \"=item.id\","), POLL("") };

/* A system that tells what is behind the cursor, all at once. */
struct inbox {
    unsigned count, asked;
    unsigned alike;            /* so many at the beginning are one and the same text */
    unsigned broken;           /* the one with this number has no id; 0: none */
    struct buf answer, former; /* two may be on their way */
};

static struct fake_answer tell(void *arg, const struct fake_sent *sent)
{
    struct inbox *inbox = arg;
    const char *after = strstr(sent->url, "after=");
    unsigned from = after != NULL ? (unsigned)strtoul(after + 6, NULL, 10) : 0;

    inbox->asked++;
    buf_fini(&inbox->former);
    inbox->former = inbox->answer;
    buf_init(&inbox->answer, LIMIT_REPLY);
    buf_add_text(&inbox->answer, "{\"value\": [");
    for (unsigned i = from + 1; i <= inbox->count; i++)
        if (i == inbox->broken)
            buf_addf(&inbox->answer, "%s{\"id\": {}}", i > from + 1 ? ", " : "");
        else
            buf_addf(&inbox->answer, "%s{\"id\": %u}", i > from + 1 ? ", " : "",
                     i <= inbox->alike ? 1 : i);
    buf_addf(&inbox->answer, "], \"next\": %u}", inbox->count);
    return (struct fake_answer){ .status = 200,
                                 .body = buf_text(&inbox->answer),
                                 .header = "Content-Type",
                                 .value = "application/json" };
}

static struct stage *begin(struct inbox *inbox, const char *flow, unsigned piece)
{
    static const struct fake_answer fine = { .status = 200, .body = "{}" };
    struct stage *stage = stage_new();

    buf_init(&inbox->answer, LIMIT_REPLY);
    buf_init(&inbox->former, LIMIT_REPLY);
    fake_http_script(stage_http(stage), "/erp/", &fine, 1);
    fake_http_play(stage_http(stage), "/list", tell, inbox);
    engine_poll_piece(stage_engine(stage), piece);
    stage_deploy(stage, "t", flow);
    return stage;
}

static void end(struct inbox *inbox, struct stage *stage)
{
    buf_fini(&inbox->answer);
    buf_fini(&inbox->former);
    stage_free(stage); /* asserts that no byte is left */
}

static void crash(struct stage *stage, unsigned piece)
{
    stage_crash(stage);
    engine_poll_piece(stage_engine(stage), piece);
}

/* Each item began a run, and nothing began another one. */
static void each_began_one(const struct inbox *inbox, struct stage *stage)
{
    char url[80];

    assert_int_equal(fake_store_runs(stage_store(stage)), inbox->count);
    for (unsigned i = inbox->alike > 0 ? inbox->alike : 1; i <= inbox->count; i++) {
        snprintf(url, sizeof url, "/erp/%u", i <= inbox->alike ? 1 : i);
        assert_true(fake_http_count(stage_http(stage), url) > 0);
    }
}

static void thousands_of_items_are_taken_in_pieces(void **state)
{
    struct inbox inbox = { .count = 2300 };
    struct stage *stage = begin(&inbox, flows[0], 1000);

    (void)state;
    stage_settle(stage);
    assert_int_equal(inbox.asked, 2); /* until nothing is new */
    each_began_one(&inbox, stage);
    end(&inbox, stage);
}

/* One thing at a time moves, and before each of them the program may die, also twice. */
static bool move(struct stage *stage, unsigned n)
{
    stage_turn(stage);
    if (n % 2 == 0 && fake_store_queued(stage_store(stage)) > 0)
        return fake_store_commit_some(stage_store(stage), 1) > 0;
    return fake_http_deliver(stage_http(stage)) > 0;
}

static void a_crash_between_pieces_loses_nothing_and_doubles_nothing(void **state)
{
    (void)state;
    for (size_t flow = 0; flow < 2; flow++)
        for (unsigned at = 0; at < 24; at++) {
            struct inbox inbox = { .count = ITEMS, .alike = flow == 1 ? 3 : 0 };
            struct stage *stage = begin(&inbox, flows[flow], PIECE);

            for (unsigned n = 0; n < at; n++)
                move(stage, n);
            crash(stage, at % 3 == 2 ? PIECE - 1 : PIECE); /* the pieces need not be the same */
            for (unsigned n = 0; n < at / 2; n++)
                move(stage, n);
            crash(stage, at % 5 == 4 ? ITEMS : PIECE);
            stage_settle(stage);
            stage_wait(stage, 60000);
            each_began_one(&inbox, stage);
            end(&inbox, stage);
        }
}

/* What is the same as something that was taken long ago is new again, without `id`. */
static void an_answer_that_is_taken_whole_is_forgotten(void **state)
{
    struct inbox inbox = { .count = ITEMS, .alike = ITEMS };
    struct stage *stage = begin(&inbox, flows[1], PIECE);

    (void)state;
    stage_settle(stage);
    assert_int_equal(fake_store_runs(stage_store(stage)), ITEMS);
    inbox.count = inbox.alike = 2 * ITEMS; /* the same text ten times more */
    stage_wait(stage, 60000);
    assert_int_equal(fake_store_runs(stage_store(stage)), 2 * ITEMS);
    end(&inbox, stage);
}

static void a_piece_waits_for_room(void **state)
{
    struct inbox inbox = { .count = 60 };
    struct stage *stage = begin(&inbox, flows[0], 1000);

    (void)state;
    engine_most_runs(stage_engine(stage), 7);
    for (unsigned n = 0; n < 400; n++) {
        stage_turn(stage);
        assert_true(engine_runs(stage_engine(stage)) <= 7);
        fake_store_commit(stage_store(stage));
        assert_true(engine_runs(stage_engine(stage)) <= 7);
        if (n % 3 == 0)
            fake_http_deliver(stage_http(stage));
    }
    stage_wait(stage, 60000);
    each_began_one(&inbox, stage);
    assert_in_range(inbox.asked, 1, 3);
    end(&inbox, stage);
}

/* The former pieces stay, the cursor too; when the item is mended, what is left comes. */
static void an_item_without_a_key_stops_what_is_behind_it(void **state)
{
    struct inbox inbox = { .count = ITEMS, .broken = PIECE + 2 };
    struct stage *stage = begin(&inbox, flows[0], PIECE);

    (void)state;
    stage_settle(stage);
    assert_int_equal(fake_store_runs(stage_store(stage)), PIECE);
    stage_wait(stage, 60000);
    assert_int_equal(fake_store_runs(stage_store(stage)), PIECE);
    assert_int_equal(inbox.asked, 2);
    inbox.broken = 0;
    stage_wait(stage, 60000);
    each_began_one(&inbox, stage);
    end(&inbox, stage);
}

/* The store refuses a piece in the middle: it is asked again, and nothing comes twice. */
static void a_piece_that_is_not_kept_is_found_again(void **state)
{
    (void)state;
    for (size_t flow = 0; flow < 2; flow++) {
        struct inbox inbox = { .count = ITEMS };
        struct stage *stage = begin(&inbox, flows[flow], PIECE);

        while (fake_store_runs(stage_store(stage)) < PIECE)
            move(stage, inbox.asked > 0 ? 0 : 1);
        stage_turn(stage);
        fake_store_refuse(stage_store(stage), ERR_STORE, 1);
        stage_settle(stage);
        stage_wait(stage, 60000);
        stage_wait(stage, 60000);
        each_began_one(&inbox, stage);
        assert_true(inbox.asked > 1);
        end(&inbox, stage);
    }
}

/* A new version takes over while a piece is in the store's hands: it begins behind that. */
static void a_deployment_between_pieces_doubles_nothing(void **state)
{
    (void)state;
    for (size_t flow = 0; flow < 2; flow++)
        for (unsigned at = 0; at < 16; at++) {
            struct inbox inbox = { .count = ITEMS };
            struct stage *stage = begin(&inbox, flows[flow], at % 2 == 0 ? PIECE : ITEMS);

            for (unsigned n = 0; n < at; n++)
                move(stage, n);
            stage_turn(stage);
            stage_deploy(stage, "t", flows[flow]);
            stage_settle(stage);
            stage_wait(stage, 60000);
            each_began_one(&inbox, stage);
            end(&inbox, stage);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_of_items_are_taken_in_pieces),
        cmocka_unit_test(a_crash_between_pieces_loses_nothing_and_doubles_nothing),
        cmocka_unit_test(an_answer_that_is_taken_whole_is_forgotten),
        cmocka_unit_test(a_piece_waits_for_room),
        cmocka_unit_test(an_item_without_a_key_stops_what_is_behind_it),
        cmocka_unit_test(a_piece_that_is_not_kept_is_found_again),
        cmocka_unit_test(a_deployment_between_pieces_doubles_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
