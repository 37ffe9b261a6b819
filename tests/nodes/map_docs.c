/* map_docs.c - the examples of docs/MAPPING.md are what they say. */
#include "node_run.h"
#include "node_try.h"

#include "base/file.h"

/* The next block of that kind in *at; *at moves behind it. NULL: there is none. The caller frees
 * it. */
static char *block_next(const char **at, const char *kind)
{
    char fence[32];
    const char *begin, *end;

    snprintf(fence, sizeof fence, "\n```json %s\n", kind);
    begin = strstr(*at, fence);
    if (begin == NULL)
        return NULL;
    begin += strlen(fence);
    end = strstr(begin, "\n```\n");
    assert_non_null(end);
    *at = end;
    return mem_must_copy_n(begin, (size_t)(end - begin));
}

static json_t *block_json(const char *text)
{
    struct err e;
    json_t *json = json_read(text, strlen(text), &json_limits_flow, &e);

    if (json == NULL)
        fail_msg("%s: %s", e.text, text);
    return json;
}

static void example_run(const char *config, const char *in, const char *out)
{
    struct stage *stage = stage_new();
    const struct stage_answer *answer;
    json_t *wanted = block_json(out), *got;
    struct buf flow;
    uint64_t request;

    buf_init(&flow, MIB);
    buf_addf(&flow,
             "{\"flow\": {\"weft\": 1, \"name\": \"Docs\", \"nodes\": [{\"id\": \"in\", \"type\": "
             "\"trigger.webhook\", \"config\": {\"path\": \"x\", \"respond\": \"result\", "
             "\"verify\": {\"type\": \"none\"}}}, {\"id\": \"it\", \"type\": \"transform.map\", "
             "\"config\": %s}], \"edges\": [{\"from\": \"in\", \"to\": \"it\"}]}}",
             config);
    stage_deploy(stage, "docs", buf_text(&flow));
    request = stage_post(stage, "x", in);
    stage_settle(stage);
    answer = stage_answer(stage, request);
    got = block_json(answer->body);
    if (answer->status != 200 || !json_same(got, wanted))
        fail_msg("%s\nanswered %d, %s", config, answer->status, answer->body);
    json_decref(got);
    json_decref(wanted);
    buf_fini(&flow);
    stage_free(stage);
}

static void every_example_is_true(void **state)
{
    unsigned count = 0;
    const char *at;
    char *text, *config;
    size_t size;
    struct err e;

    (void)state;
    assert_int_equal(file_read(SOURCE_DIR "/docs/MAPPING.md", MIB, &text, &size, &e), ERR_OK);
    at = text;
    while ((config = block_next(&at, "map")) != NULL) {
        char *in = block_next(&at, "in"), *out = block_next(&at, "out");

        assert_non_null(in);
        assert_non_null(out);
        example_run(config, in, out);
        mem_free(config);
        mem_free(in);
        mem_free(out);
        count++;
    }
    mem_free(text);
    assert_true(count >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_true),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
