/* foreign.c - foreign texts and bytes at the doors: "trigger.webhook" that accepts text, and what
 * is sent. */
#include "node_try.h"

#include "nodes/foreign.h"
#include "nodes/request.h"

/* What the body of a run's input is, for a body of that type. The caller releases it. */
static json_t *received(struct node_try *try, const char *type, const char *bytes, size_t size,
                        struct err *e)
{
    const struct flow_node *node =
        node_try_fine(try, "trigger.webhook",
                      "{'path': 'x', 'accept': 'text', 'verify': {'type': 'none'}}", NULL);
    const struct step_pair headers[] = { { "Content-Type", type } };
    struct node_event event = { .method = "POST",
                                .path = "main/test/x",
                                .query = "",
                                .headers = headers,
                                .header_count = type != NULL,
                                .body = bytes,
                                .body_size = size };
    json_t *input = NULL, *body;

    if (node->type->receive(&event, node->config, &input, e) != ERR_OK)
        return NULL;
    body = json_incref(json_object_get(input, "body"));
    json_decref(input);
    return body;
}

static void test_webhook_takes_text(void **state)
{
    struct err e;

    node_try_same(received(*state, "text/csv", "a;b", 3, &e), "'a;b'");
    node_try_same(received(*state, "application/xml", "<a/>", 4, &e), "'<a/>'");
    node_try_same(received(*state, "application/EDI-X12", "ISA*00~", 7, &e), "'ISA*00~'");
    node_try_same(received(*state, "application/json", "{}", 2, &e), "'{}'");
    node_try_same(received(*state, NULL, "a", 1, &e), "'a'");
    node_try_same(received(*state, "text/csv", "", 0, &e), "null");
    node_try_same(received(*state, "text/csv; charset=utf-8", "\xEF\xBB\xBF\xC3\xBC", 5, &e),
                  "'\xC3\xBC'");
}

static void test_webhook_keeps_bytes(void **state)
{
    struct err e;

    node_try_same(received(*state, "text/csv; charset=windows-1252", "\xFC", 1, &e),
                  "{'base64': '/A==', 'encoding': 'windows-1252'}");
    node_try_same(received(*state, "text/csv; charset=\"iso-8859-1\"", "a", 1, &e),
                  "{'base64': 'YQ==', 'encoding': 'iso-8859-1'}");
    node_try_same(received(*state, "text/csv", "\xFC", 1, &e), "{'base64': '/A=='}");
    node_try_same(received(*state, "text/plain", "a\0b", 3, &e), "{'base64': 'YQBi'}");
    node_try_same(received(*state, "text/csv; charset=utf-8", "\xFC", 1, &e), "{'base64': '/A=='}");
}

static void test_bytes_are_sent(void **state)
{
    json_t *body = node_try_json("{'base64': '/ABh', 'encoding': 'windows-1252'}");
    json_t *wrong = node_try_json("{'base64': '!'}");
    struct buf out;
    struct err e;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(request_body(body, "text/csv", &out, &e), ERR_OK);
    assert_int_equal(out.len, 3);
    assert_memory_equal(buf_text(&out), "\xFC\0a", 3);
    buf_clear(&out);
    assert_int_equal(request_body(wrong, "text/csv", &out, &e), ERR_INVALID);
    buf_clear(&out);
    assert_int_equal(request_body(body, "application/json", &out, &e), ERR_OK);
    assert_int_equal(*buf_text(&out), '{'); /* JSON is JSON */
    buf_fini(&out);
    json_decref(body);
    json_decref(wrong);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        NODE_TRY(test_webhook_takes_text),
        NODE_TRY(test_webhook_keeps_bytes),
        NODE_TEXT(test_bytes_are_sent),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
