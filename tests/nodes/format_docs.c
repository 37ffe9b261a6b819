/* format_docs.c - the examples of docs/FORMATS.md are what they say. */
#include "node_run.h"

#include "base/file.h"

/* The next block of that kind in *at; *at moves behind it. NULL: there is none. The caller frees
 * it. */
static char *block_next(const char **at, const char *fence)
{
    const char *begin = strstr(*at, fence), *end;

    if (begin == NULL)
        return NULL;
    begin += strlen(fence);
    end = strstr(begin, "\n```\n");
    assert_non_null(end);
    *at = end;
    return mem_must_copy_n(begin, (size_t)(end + 1 - begin));
}

/* The bytes of the body are what `in` says: a webhook that accepts text does not ask their type. */
static void example_run(const char *definition, const char *in, const char *out)
{
    struct stage *stage = stage_new();
    const struct stage_answer *answer;
    const char *path = strstr(definition, "\"path\": \"");
    char name[64];
    struct buf flow;
    uint64_t request;

    assert_non_null(path);
    path += strlen("\"path\": \"");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(path, "\""), path);
    buf_init(&flow, MIB);
    buf_addf(&flow, "{\"flow\": %s}", definition);
    stage_deploy(stage, "docs", buf_text(&flow));
    request = stage_post(stage, name, in);
    stage_settle(stage);
    answer = stage_answer(stage, request);
    if (answer->status != 200 || strncmp(answer->body, out, strlen(answer->body)) != 0 ||
        strlen(answer->body) + 1 < strlen(out))
        fail_msg("%s\nanswered %d, %s", definition, answer->status, answer->body);
    buf_fini(&flow);
    stage_free(stage);
}

static void every_example_is_true(void **state)
{
    unsigned count = 0;
    const char *at;
    char *text, *flow;
    size_t size;
    struct err e;

    (void)state;
    assert_int_equal(file_read(SOURCE_DIR "/docs/FORMATS.md", MIB, &text, &size, &e), ERR_OK);
    at = text;
    while ((flow = block_next(&at, "\n```json flow\n")) != NULL) {
        char *in = block_next(&at, "\n```text in\n"), *out = block_next(&at, "\n```text out\n");

        assert_non_null(in);
        assert_non_null(out);
        example_run(flow, in, out);
        mem_free(flow);
        mem_free(in);
        mem_free(out);
        count++;
    }
    mem_free(text);
    assert_int_equal(count, 4);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_true),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
