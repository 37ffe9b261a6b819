/* reply.c - what an answer over HTTP means to a step. */
#include "node_text.h"

#include "nodes/reply.h"

/* status, what it means, whether an effect that must not be repeated is in doubt after it */
static void test_classify(void **state)
{
    static const struct {
        int status;
        enum err_code code;
        bool unsure;
    } cases[] = {
        { 400, ERR_INVALID, false },   { 401, ERR_AUTH, false },
        { 403, ERR_INVALID, false },   { 404, ERR_INVALID, false },
        { 405, ERR_INVALID, false },   { 408, ERR_TIMEOUT, true },
        { 409, ERR_INVALID, false },   { 412, ERR_INVALID, false },
        { 413, ERR_INVALID, false },   { 422, ERR_INVALID, false },
        { 425, ERR_TRANSIENT, false }, { 429, ERR_RATE_LIMITED, false },
        { 500, ERR_TRANSIENT, true },  { 501, ERR_INVALID, true },
        { 502, ERR_TRANSIENT, true },  { 503, ERR_UNAVAILABLE, true },
        { 504, ERR_TIMEOUT, true },    { 599, ERR_TRANSIENT, true },
        { 302, ERR_INVALID, true },    { 202, ERR_INVALID, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply_verdict once = reply_classify(cases[i].status, EFFECT_ONCE, false);

        assert_string_equal(err_name(once.code), err_name(cases[i].code));
        assert_int_equal(once.unsure, cases[i].unsure);
        assert_false(reply_classify(cases[i].status, EFFECT_ONCE, true).unsure);
        assert_false(reply_classify(cases[i].status, EFFECT_NONE, false).unsure);
        assert_false(reply_classify(cases[i].status, EFFECT_IDEMPOTENT, false).unsure);
        assert_int_equal(reply_classify(cases[i].status, EFFECT_KEYED, false).unsure,
                         cases[i].unsure);
        assert_false(reply_classify(cases[i].status, EFFECT_KEYED, true).unsure);
    }
}

static void test_status_sets(void **state)
{
    static const char *const broken[] = { "['2x']", "['6xx']", "[600]", "[99]",
                                          "[null]", "{}",      "true",  "[200.5]" };
    struct status_set set;
    json_t *json = node_try_json("[200, '4xx']");

    (void)state;
    assert_true(status_set_read(&set, json, NULL));
    json_decref(json);
    assert_true(status_set_has(&set, 200));
    assert_false(status_set_has(&set, 201));
    assert_true(status_set_has(&set, 400));
    assert_true(status_set_has(&set, 499));
    assert_false(status_set_has(&set, 500));
    assert_true(status_set_read(&set, NULL, "2xx"));
    assert_true(status_set_has(&set, 204));
    assert_true(status_set_read(&set, NULL, NULL));
    assert_false(status_set_has(&set, 200));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        json = node_try_json(broken[i]);
        assert_false(status_set_read(&set, json, "2xx"));
        assert_false(status_set_has(&set, 200));
        json_decref(json);
    }
}

static struct step_reply reply_of(const struct step_pair *header, const char *text, size_t size)
{
    return (struct step_reply){ .status = 200,
                                .headers = header,
                                .header_count = 1,
                                .body = text,
                                .body_size = size,
                                .retry_after_ms = -1 };
}

static void test_reply_bodies(void **state)
{
    static const struct step_pair json_type = { "content-type", "application/json; odata=minimal" };
    static const struct step_pair text_type = { "Content-Type", "text/plain" };
    struct step_reply reply = reply_of(&json_type, "{\"a\": 1.10}", 11);
    json_t *json;
    struct err e;

    (void)state;
    assert_int_equal(reply_body(&reply, &json, &e), ERR_OK);
    node_try_same(json, "{'a': 1.10}");
    reply = reply_of(&text_type, "{\"a\": 1}", 8);
    assert_int_equal(reply_body(&reply, &json, &e), ERR_OK);
    assert_string_equal(json_text(json), "{\"a\": 1}");
    json_decref(json);
    reply = reply_of(&json_type, "", 0);
    assert_int_equal(reply_body(&reply, &json, &e), ERR_OK);
    assert_true(json_is_null(json));
    reply = reply_of(&text_type, "\xff\xfe\x00", 3);
    assert_int_equal(reply_body(&reply, &json, &e), ERR_OK);
    node_try_same(json, "{'base64': '//4A'}");
    reply = reply_of(&json_type, "{\"a\": 1", 7);
    assert_int_equal(reply_body(&reply, &json, &e), ERR_TRANSIENT);
    assert_null(json);
}

static void test_reply_messages(void **state)
{
    static const char *const own[] = { "fault.text", NULL };
    static const struct {
        const char *body, *wanted;
    } cases[] = {
        { "{'error': {'code': '7', 'message': 'no such row'}}", "no such row" },
        { "{'error': {'message': 'An error', 'innererror': {'message': 'Infolog'}}}", "Infolog" },
        { "{'error': 'invalid_client', 'error_description': 'AADSTS7000215'}", "AADSTS7000215" },
        { "{'error': 'invalid_client'}", "invalid_client" },
        { "{'title': 'Bad', 'detail': 'because'}", "because" },
        { "{'errors': [{'message': 'first'}]}", "first" },
        { "{'fault': {'text': 'own'}, 'message': 'other'}", "own" },
        { "{'code': 1}", "" },
        { "[1]", "" },
        { "'text'", "" },
    };
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = node_try_json(cases[i].body);

        reply_message(json, own, text, sizeof text);
        assert_string_equal(text, cases[i].wanted);
        json_decref(json);
    }
    reply_message(NULL, NULL, text, sizeof text);
    assert_string_equal(text, "");
}

static void test_details_are_bounded_text(void **state)
{
    static const struct step_pair type = { "Content-Type", "text/plain" };
    char large[2 * REPLY_EXCERPT];
    struct step_reply reply;
    json_t *details;

    (void)state;
    for (size_t i = 0; i < sizeof large; i += 2)
        /* bytes with a size, no text: NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        memcpy(large + i, "\xc3\xbc", 2); /* ü */
    for (size_t skip = 0; skip < 2; skip++) {
        reply = reply_of(&type, large + 2 - skip, sizeof large - 2);
        /* bytes with a size, no text: NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        memcpy(large, "xy", 2);
        details = reply_details(&reply);
        assert_non_null(details);
        assert_true(strlen(json_get_text(details, "answer")) <= REPLY_EXCERPT);
        assert_true(strlen(json_get_text(details, "answer")) >= REPLY_EXCERPT - 3);
        json_decref(details);
    }
    reply = reply_of(&type,
                     "a\xff"
                     "b",
                     3);
    details = reply_details(&reply);
    node_try_same(details, "{'status': 200, 'answer': 'a?b'}");
}

static void test_find(void **state)
{
    json_t *json = node_try_json("{'value': [{'id': 7}], 'a': {'b': null}}");

    (void)state;
    assert_int_equal(json_integer_value(reply_find(json, "value.0.id")), 7);
    assert_null(reply_find(json, "value.1.id"));
    assert_null(reply_find(json, "value.x"));
    assert_null(reply_find(json, "value..id"));
    assert_null(reply_find(json, ""));
    assert_true(json_is_null(reply_find(json, "a.b")));
    assert_null(reply_find(json, "a.b.c"));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEXT(test_classify),
        NODE_TEXT(test_status_sets),
        NODE_TEXT(test_reply_bodies),
        NODE_TEXT(test_reply_messages),
        NODE_TEXT(test_details_are_bounded_text),
        NODE_TEXT(test_find),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
