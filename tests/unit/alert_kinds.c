/* alert_kinds.c - what channels send and do when they fail, and what is due at a local time,
 * missing or too old. */
#include "alert_try.h"

/* ---- Channels */

static void a_channel_that_fails_is_seen_and_tried_again(void **state)
{
    json_t *channel;

    (void)state;
    fake_http_script(stage_http(stage), "desk.example.com", &down, 1);
    keep(ALERT_RULE_KIND, "fails", COUNT_RULE ", \"repeat_s\": 0}");
    post_wrong();
    pass(MINUTE);
    assert_int_equal(notices(), 3); /* at once, after 10 s, after 30 more */
    channel = alerts_channel_state(alerts, "main", "desk");
    assert_string_equal(json_get_text(channel, "state"), "failing");
    assert_string_equal(json_get_text(channel, "code"), "unavailable");
    assert_int_equal(json_get_int(channel, "waiting", 0), 1);
    json_decref(channel);
    crash();
    fake_http_script(stage_http(stage), "desk.example.com", &taken, 1);
    pass(4 * MINUTE);
    assert_int_equal(notices(), 4); /* the pauses go on where they were */
    channel = alerts_channel_state(alerts, "main", "desk");
    assert_string_equal(json_get_text(channel, "state"), "ok");
    assert_int_equal(json_get_int(channel, "waiting", 0), 0);
    json_decref(channel);
}

static void card_numbers_do_not_leave(void **state)
{
    const struct fake_sent *sent;

    (void)state;
    keep(ALERT_RULE_KIND, "fails",
         "{\"kind\": \"count\", \"metric\": \"runs.failed\", \"above\": 0, \"channels\": "
         "[\"desk\"], \"title\": \"4111 1111 1111 1111\", \"note\": \"call 5500005555555559\"}");
    post_wrong();
    pass(SECOND);
    sent = fake_http_sent(stage_http(stage), "desk.example.com", 0);
    assert_null(strstr(sent->body, "1111 1111"));
    assert_null(strstr(sent->body, "5500005555555559"));
}

static void each_kind_of_channel_has_its_shape(void **state)
{
    const struct channel_notice leaves = { .id = "1",
                                           .what = "firing",
                                           .workspace = "main",
                                           .subject = "<!channel> & *co*",
                                           .text = "a_b" };
    struct buf out;
    json_t *body;

    (void)state;
    buf_init(&out, MIB);
    assert_true(channel_body("slack", &leaves, &out));
    body = json_read(out.at, out.len, &limits, &e);
    assert_string_equal(json_get_text(body, "text"), "&lt;!channel&gt; &amp; *co*");
    assert_int_equal(json_array_size(json_object_get(body, "blocks")), 2);
    json_decref(body);
    buf_clear(&out);
    assert_true(channel_body("teams", &leaves, &out));
    assert_non_null(strstr(buf_text(&out), "application/vnd.microsoft.card.adaptive"));
    assert_non_null(strstr(buf_text(&out), "a\\\\_b"));
    buf_fini(&out);
}

/* ---- What is due */

static int64_t at(const char *text)
{
    int64_t ms;

    assert_true(when_read(text, &ms));
    return ms;
}

static void expect_due(const char *terms, const char *now, const char *from, const char *to)
{
    json_t *due = json_read(terms, strlen(terms), &limits, &e);
    struct alert_due last;

    assert_non_null(due);
    assert_int_equal(alert__due(due, at(now), &last, &e), ERR_OK);
    assert_int_equal(last.from_ms, at(from));
    assert_int_equal(last.to_ms, at(to));
    json_decref(due);
}

static void what_is_due_is_due_by_the_clock_of_the_place(void **state)
{
    static const char seven[] = "{\"time\": \"07:00\", \"zone\": \"America/New_York\"}";
    static const char work[] = "{\"time\": \"07:00\", \"zone\": \"America/New_York\", \"days\": "
                               "[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"], \"except\": "
                               "[\"2026-11-26\"]}";
    static const char night[] = "{\"time\": \"02:30\", \"since\": \"22:00\", \"zone\": "
                                "\"America/New_York\"}";

    (void)state;
    expect_due(seven, "2026-07-01T11:00:00Z", "2026-07-01T04:00:00Z", "2026-07-01T11:00:00Z");
    expect_due(seven, "2026-07-01T10:59:59Z", "2026-06-30T04:00:00Z", "2026-06-30T11:00:00Z");
    expect_due(seven, "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-01T12:00:00Z");
    expect_due(work, "2026-11-26T20:00:00Z", "2026-11-25T05:00:00Z", "2026-11-25T12:00:00Z");
    expect_due(work, "2026-11-29T20:00:00Z", "2026-11-27T05:00:00Z", "2026-11-27T12:00:00Z");
    /* 02:30 is left out on 8 March: the moment of the change */
    expect_due(night, "2026-03-08T20:00:00Z", "2026-03-08T03:00:00Z", "2026-03-08T07:00:00Z");
    /* it comes twice on 1 November at 01:30, not at 02:30 */
    expect_due(night, "2026-11-01T20:00:00Z", "2026-11-01T02:00:00Z", "2026-11-01T07:30:00Z");
}

static void what_did_not_come_is_told_and_ends_when_it_comes(void **state)
{
    int64_t now = the_clock()->wall_ms(the_clock()), due = now + HOUR;
    char rule[400];

    (void)state;
    snprintf(rule, sizeof rule,
             "{\"kind\": \"missing\", \"flow\": \"orders\", \"channels\": [\"desk\"], \"due\": "
             "{\"time\": \"%02d:%02d\"}}",
             (int)(due / HOUR % 24), (int)(due / MINUTE % 60));
    keep(ALERT_RULE_KIND, "file", rule);
    pass(50 * MINUTE);
    expect_state(0, ""); /* yesterday it was not asked for */
    pass(20 * MINUTE);
    expect_state(1, "firing");
    assert_int_equal(notices(), 1);
    crash();
    pass(MINUTE);
    assert_int_equal(notices(), 1);
    post("{\"n\": 1}");
    pass(MINUTE);
    expect_state(1, "resolved");
    pass(12 * HOUR);
    post("{\"n\": 1}"); /* in time for tomorrow's */
    pass(12 * HOUR);
    expect_state(1, "resolved");
    assert_int_equal(notices(), 2);
}

static void what_waits_too_long_is_told(void **state)
{
    (void)state;
    keep(ALERT_RULE_KIND, "old",
         "{\"kind\": \"age\", \"of\": \"exception\", \"above\": 3600, \"channels\": [\"desk\"]}");
    post_wrong();
    pass(50 * MINUTE);
    expect_state(0, "");
    pass(20 * MINUTE);
    expect_state(1, "firing");
    assert_int_equal(notices(), 1);
}

static void a_rule_that_is_removed_ends_its_alerts_silently(void **state)
{
    const struct object_change gone = { .kind = ALERT_RULE_KIND,
                                        .workspace = "main",
                                        .id = "fails",
                                        .from = OBJECT_ANY,
                                        .by = "anna" };

    (void)state;
    keep(ALERT_RULE_KIND, "fails", COUNT_RULE "}");
    post_wrong();
    pass(SECOND);
    assert_int_equal(object_change(objects, &gone, NULL, told, NULL, &e), ERR_OK);
    stage_settle(stage);
    alerts_rule_changed(alerts, "main", "fails");
    pass(20 * SECOND);
    expect_state(1, "resolved");
    assert_int_equal(notices(), 1);
}

#define HALTING                                                                                  \
    "{\"flow\": {\"weft\": 1, \"name\": \"Erp\", \"nodes\": [{\"id\": \"hook\", \"type\": "      \
    "\"trigger.webhook\", \"config\": {\"path\": \"erp\", \"verify\": {\"type\": \"none\"}}}, "  \
    "{\"id\": \"put\", \"type\": \"connector.http\", \"connection\": \"erp\", \"config\": "      \
    "{\"method\": \"PUT\", \"path\": \"/erp\", \"body\": {\"n\": 1}}}], \"edges\": [{\"from\": " \
    "\"hook\", \"to\": \"put\"}]}, \"connections\": {\"weft\": 1, \"connections\": {\"erp\": "   \
    "{\"connector\": \"http\", \"base_url\": \"http://127.0.0.1\"}}}}"

static void a_halted_connection_is_told_with_who_waits(void **state)
{
    static const struct fake_answer unknown = { .status = 401, .body = "canary of the answer" };
    json_t *list, *shown;

    (void)state;
    fake_http_script(stage_http(stage), "/erp", &unknown, 1);
    stage_deploy(stage, "erp", HALTING);
    keep(ALERT_RULE_KIND, "systems", "{\"kind\": \"connection\", \"channels\": [\"desk\"]}");
    pass(SECOND);
    expect_state(0, "");
    (void)stage_post(stage, "erp", "{}");
    stage_settle(stage);
    pass(20 * SECOND);
    expect_state(1, "firing");
    list = listed();
    shown = json_object_get(json_array_get(list, 0), "about");
    assert_string_equal(json_get_text(shown, "connection"), "main/test/erp/erp");
    assert_string_equal(json_get_text(shown, "flow"), "erp");
    json_decref(list);
    shown = notice(0);
    assert_non_null(strstr(json_get_text(shown, "text"),
                           "the sign-in of the connection main/test/erp/erp is refused"));
    assert_null(strstr(json_get_text(shown, "text"), "canary"));
    json_decref(shown);
    fake_http_script(stage_http(stage), "/erp", &taken, 1);
    assert_int_equal(engine_connection_resume(stage_engine(stage), "main/test/erp/erp", "anna",
                                              NULL, NULL, NULL, &e),
                     ERR_OK);
    stage_settle(stage);
    pass(20 * SECOND);
    expect_state(1, "resolved");
    assert_int_equal(notices(), 2);
}

#define TOTALS                                                                                 \
    "{\"flow\": {\"weft\": 1, \"name\": \"Sums\", \"settings\": {\"totals\": [{\"name\": "     \
    "\"in = out\", \"left\": \"=trigger.body.n\", \"right\": \"=steps.map.n\"}]}, \"nodes\": " \
    "[{\"id\": \"hook\", \"type\": \"trigger.webhook\", \"config\": {\"path\": \"sums\", "     \
    "\"verify\": {\"type\": \"none\"}}}, {\"id\": \"map\", \"type\": \"transform.map\", "      \
    "\"config\": {\"fields\": [{\"to\": \"n\", \"from\": \"=5\"}]}}], \"edges\": [{\"from\": " \
    "\"hook\", \"to\": \"map\"}]}}"

static void totals_that_do_not_hold_are_told(void **state)
{
    (void)state;
    stage_deploy(stage, "sums", TOTALS);
    keep(ALERT_RULE_KIND, "sums", "{\"kind\": \"totals\", \"channels\": [\"desk\"]}");
    (void)stage_post(stage, "sums", "{\"n\": 5}");
    post_wrong(); /* another flow, another failure */
    pass(20 * SECOND);
    expect_state(0, "");
    (void)stage_post(stage, "sums", "{\"n\": 6}");
    stage_settle(stage);
    pass(20 * SECOND);
    expect_state(1, "firing");
    assert_int_equal(notices(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_channel_that_fails_is_seen_and_tried_again),
        TEST(card_numbers_do_not_leave),
        TEST(each_kind_of_channel_has_its_shape),
        TEST(what_is_due_is_due_by_the_clock_of_the_place),
        TEST(what_did_not_come_is_told_and_ends_when_it_comes),
        TEST(what_waits_too_long_is_told),
        TEST(a_halted_connection_is_told_with_who_waits),
        TEST(totals_that_do_not_hold_are_told),
        TEST(a_rule_that_is_removed_ends_its_alerts_silently),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
