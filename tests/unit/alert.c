/* alert.c - alerts of a rule: told once, never forgotten, whatever the store and the network do and
 * whenever the process ends; limits with a hysteresis, quiet hours, and what people say. */
#include "alert_try.h"

/* ---- Told once */

static void it_fires_is_told_and_ends(void **state)
{
    json_t *body;

    (void)state;
    keep(ALERT_RULE_KIND, "fails", COUNT_RULE "}");
    look();
    expect_state(0, "");
    post_wrong();
    pass(SECOND);
    expect_state(1, "firing");
    assert_int_equal(notices(), 1);
    body = notice(0);
    assert_string_equal(json_get_text(body, "what"), "firing");
    assert_non_null(strstr(json_get_text(body, "text"), "test/orders: 1 in 5 minutes"));
    json_decref(body);
    pass(3 * MINUTE);
    assert_int_equal(notices(), 1);
    pass(5 * MINUTE);
    expect_state(1, "resolved");
    assert_int_equal(notices(), 2);
    expect_notice(1, "resolved");
    post_wrong(); /* another one */
    pass(SECOND);
    expect_state(2, "firing");
    assert_int_equal(notices(), 3);
}

static void a_notice_is_signed(void **state)
{
    const struct fake_sent *sent;
    unsigned char mac[SIGN_MAX];
    char signed_[4000], hex[2 * SIGN_MAX + 1] = "";
    const char *at;
    size_t size;

    (void)state;
    keep(ALERT_RULE_KIND, "fails", COUNT_RULE "}");
    post_wrong();
    pass(SECOND);
    sent = fake_http_sent(stage_http(stage), "desk.example.com", 0);
    at = strstr(sent->headers, "Weft-Signature: t=");
    assert_non_null(at);
    at += strlen("Weft-Signature: t=");
    snprintf(signed_, sizeof signed_, "%.*s.%s", (int)strcspn(at, ","), at, sent->body);
    size = sign_hmac("sha256", KEY, strlen(KEY), signed_, strlen(signed_), mac);
    for (size_t i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    assert_non_null(strstr(at, hex));
    assert_true(sent->effect);
}

static void a_crash_tells_nothing_twice_and_forgets_nothing(void **state)
{
    char first[200], again[200];

    (void)state;
    keep(ALERT_RULE_KIND, "fails", COUNT_RULE "}");
    post_wrong();
    pass(MINUTE);
    assert_int_equal(notices(), 1);
    for (unsigned i = 0; i < 3; i++) {
        crash();
        pass(30 * SECOND);
        expect_state(1, "firing");
        assert_int_equal(notices(), 1);
    }
    /* Its end is written, its notice has left, and nobody heard the answer. */
    stage_wait(stage, 5 * MINUTE);
    for (unsigned i = 0; i < 20 && notices() < 2; i++) {
        (void)alerts_turn(alerts);
        fake_store_commit(stage_store(stage));
        stage_turn(stage);
    }
    assert_int_equal(notices(), 2);
    snprintf(
        first, sizeof first, "%.199s",
        strstr(fake_http_sent(stage_http(stage), "desk.example.com", 1)->headers, "Weft-Notice"));
    crash();
    pass(30 * SECOND);
    expect_state(1, "resolved");
    assert_int_equal(notices(), 3); /* with the id by which it is known again */
    snprintf(
        again, sizeof again, "%.199s",
        strstr(fake_http_sent(stage_http(stage), "desk.example.com", 2)->headers, "Weft-Notice"));
    assert_int_equal(strcspn(first, "\n"), strcspn(again, "\n"));
    assert_memory_equal(first, again, strcspn(first, "\n"));
}

static void a_store_that_refuses_holds_it_up_only(void **state)
{
    (void)state;
    keep(ALERT_RULE_KIND, "fails", COUNT_RULE "}");
    post_wrong();
    fake_store_refuse(stage_store(stage), ERR_STORE, 2);
    pass(SECOND);
    assert_int_equal(notices(), 0);
    pass(30 * SECOND);
    expect_state(1, "firing");
    assert_int_equal(notices(), 1);
}

static void what_does_not_last_is_no_alert(void **state)
{
    (void)state;
    keep(ALERT_RULE_KIND, "fails", COUNT_RULE ", \"for_s\": 600}");
    post_wrong();
    pass(4 * MINUTE);
    assert_string_equal(alerts_rule_state(alerts, "main", "fails"), "pending");
    pass(8 * MINUTE);
    expect_state(0, "");
    for (unsigned i = 0; i < 12; i++) {
        post_wrong();
        pass(MINUTE);
    }
    expect_state(1, "firing");
    assert_int_equal(notices(), 1);
}

static void it_ends_behind_clear(void **state)
{
    (void)state;
    keep(ALERT_RULE_KIND, "rate",
         "{\"kind\": \"failure_rate\", \"above\": 0.5, \"clear\": 0.1, \"window_s\": 86400, "
         "\"channels\": [\"desk\"]}");
    post_wrong();
    post_wrong();
    post("{\"n\": 1}");
    pass(20 * SECOND);
    expect_state(1, "firing");
    for (unsigned i = 0; i < 15; i++)
        post("{\"n\": 1}");
    pass(MINUTE); /* 2 of 18 are 11 % */
    expect_state(1, "firing");
    for (unsigned i = 0; i < 5; i++)
        post("{\"n\": 1}");
    pass(MINUTE);
    expect_state(1, "resolved");
    assert_int_equal(notices(), 2);
}

/* ---- People and hours */

static void it_is_told_again_until_somebody_has_it(void **state)
{
    (void)state;
    keep(ALERT_RULE_KIND, "fails",
         "{\"kind\": \"count\", \"metric\": \"runs.failed\", \"above\": 0, \"window_s\": 86400, "
         "\"repeat_s\": 3600, \"channels\": [\"desk\"]}");
    post_wrong();
    pass(30 * MINUTE);
    assert_int_equal(notices(), 1);
    pass(40 * MINUTE);
    assert_int_equal(notices(), 2);
    expect_notice(1, "repeated");
    say(ALERT_ACKNOWLEDGE, 0);
    expect_state(1, "acknowledged");
    crash();
    pass(5 * HOUR);
    assert_int_equal(notices(), 2);
    pass(20 * HOUR); /* but its end is told */
    expect_state(1, "resolved");
    assert_int_equal(notices(), 3);
}

static void what_is_snoozed_wakes_up(void **state)
{
    (void)state;
    keep(ALERT_RULE_KIND, "fails",
         "{\"kind\": \"count\", \"metric\": \"runs.failed\", \"above\": 0, \"window_s\": 86400, "
         "\"repeat_s\": 600, \"channels\": [\"desk\"]}");
    post_wrong();
    pass(SECOND);
    say(ALERT_SNOOZE, 60);
    pass(55 * MINUTE);
    expect_state(1, "snoozed");
    assert_int_equal(notices(), 1);
    pass(6 * MINUTE);
    expect_state(1, "firing");
    assert_int_equal(notices(), 2);
}

static void what_a_person_has_ended_stays_so_while_it_lasts(void **state)
{
    (void)state;
    keep(ALERT_RULE_KIND, "fails", COUNT_RULE "}");
    post_wrong();
    pass(MINUTE);
    say(ALERT_RESOLVE, 0);
    crash();
    pass(2 * MINUTE);
    expect_state(1, "resolved");
    pass(6 * MINUTE);
    post_wrong();
    pass(SECOND);
    expect_state(2, "firing");
    assert_int_equal(notices(), 2);
}

static void nobody_is_woken_in_quiet_hours(void **state)
{
    struct cron_local {
        char from[8], to[8];
    } at;
    char rule[400];
    int64_t minute = the_clock()->wall_ms(the_clock()) / MINUTE % (24 * 60);

    (void)state;
    snprintf(at.from, sizeof at.from, "%02d:%02d", (int)(minute / 60) % 24, (int)(minute % 60));
    minute = (minute + 120) % (24 * 60);
    snprintf(at.to, sizeof at.to, "%02d:%02d", (int)(minute / 60) % 24, (int)(minute % 60));
    snprintf(
        rule, sizeof rule,
        "{\"kind\": \"count\", \"metric\": \"runs.failed\", \"above\": 0, \"window_s\": 86400, "
        "\"channels\": [\"desk\"], \"quiet\": [{\"from\": \"%s\", \"to\": \"%s\"}]}",
        at.from, at.to);
    keep(ALERT_RULE_KIND, "fails", rule);
    post_wrong();
    pass(100 * MINUTE);
    expect_state(1, "firing");
    assert_int_equal(notices(), 0);
    pass(30 * MINUTE);
    assert_int_equal(notices(), 1);
    expect_notice(0, "firing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_fires_is_told_and_ends),
        TEST(a_notice_is_signed),
        TEST(a_crash_tells_nothing_twice_and_forgets_nothing),
        TEST(a_store_that_refuses_holds_it_up_only),
        TEST(what_does_not_last_is_no_alert),
        TEST(it_ends_behind_clear),
        TEST(it_is_told_again_until_somebody_has_it),
        TEST(what_is_snoozed_wakes_up),
        TEST(what_a_person_has_ended_stays_so_while_it_lasts),
        TEST(nobody_is_woken_in_quiet_hours),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
