/* flow_docs.c - the examples of docs/FLOWS.md are what they say. */
#include "flow_try_long.h"

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = mem_must(256 * KIB);
    size_t size;

    assert_non_null(file);
    size = fread(text, 1, 256 * KIB - 1, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

/* The next block of JSON in *at, or NULL; *at moves behind it. */
static json_t *next_block(const char **at)
{
    const char *begin = strstr(*at, "\n```json\n"), *end;
    struct err e;
    json_t *json;

    if (begin == NULL)
        return NULL;
    begin += strlen("\n```json\n");
    end = strstr(begin, "\n```\n");
    assert_non_null(end);
    json = json_read(begin, (size_t)(end - begin), &json_limits_flow, &e);
    if (json == NULL)
        fail_msg("%s in: %.60s", e.text, begin);
    *at = end;
    return json;
}

/* As a part of a bundle whose definition is in order. */
static void expect_part(struct try *try, const char *part, json_t *json)
{
    static const char flow[] = "{\"weft\":1,\"name\":\"x\",\"nodes\":[{\"id\":\"t\",\"type\":"
                               "\"trigger.manual\"}]}";
    json_t *parts = json_object();
    char *text;

    json_object_set(parts, part, json);
    text = json_text_new(parts, 100000, NULL);
    json_decref(parts);
    try_compile(try, flow, text);
    mem_free(text);
    try_is_fine(try);
}

static void the_examples_compile(void **state)
{
    struct try *try = *state;
    char *text = file_text(SOURCE_DIR "/docs/FLOWS.md");
    const char *at = text;
    unsigned flows = 0, connections = 0, lookups = 0;
    json_t *json;

    while ((json = next_block(&at)) != NULL) {
        if (json_object_get(json, "nodes") != NULL) {
            char *flow = json_text_new(json, 100000, NULL);

            try_compile(try, flow, NULL);
            mem_free(flow);
            try_is_fine(try);
            flows++;
        } else if (json_object_get(json, "connections") != NULL) {
            expect_part(try, "connections", json);
            connections++;
        } else if (json_object_get(json, "rows") != NULL) {
            json_t *tables = json_object();

            json_object_set(tables, "a", json);
            expect_part(try, "lookups", tables);
            json_decref(tables);
            lookups++;
        }
        json_decref(json);
    }
    mem_free(text);
    assert_int_equal(flows, 10);
    assert_int_equal(connections, 1);
    assert_int_equal(lookups, 4);
}

static void every_kind_of_failure_is_told(void **state)
{
    char *text = file_text(SOURCE_DIR "/docs/FLOWS.md");

    (void)state;
    for (enum err_code code = ERR_TRANSIENT; code <= ERR_POLICY; code++) {
        char wanted[64];

        snprintf(wanted, sizeof wanted, "\n| `%s` | ", err_name(code));
        if (strstr(text, wanted) == NULL)
            fail_msg("docs/FLOWS.md does not tell of %s", err_name(code));
    }
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY_LONG(the_examples_compile),
        TRY(every_kind_of_failure_is_told),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
