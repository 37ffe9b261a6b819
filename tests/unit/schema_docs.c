/* schema_docs.c - the example of docs/SCHEMAS.md is what it says, and its table has every keyword.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "schema/schema.h"
#include "schema/schema_priv.h"

static char page[256 * KIB];

static json_t *next_block(const char **at)
{
    const char *begin = strstr(*at, "\n```json\n"), *end;
    struct err e;
    json_t *json;

    assert_non_null(begin);
    begin += strlen("\n```json\n");
    end = strstr(begin, "\n```\n");
    assert_non_null(end);
    json = json_read(begin, (size_t)(end - begin), &json_limits_body, &e);
    if (json == NULL)
        fail_msg("%s in: %.60s", e.text, begin);
    *at = end;
    return json;
}

static void fault_add(void *arg, const struct schema_fault *fault)
{
    json_array_append_new(arg,
                          json_pack("{s:s, s:s, s:s, s:s}", "pointer", fault->pointer, "keyword",
                                    fault->keyword, "rule", fault->place, "text", fault->text));
}

static void test_the_example(void **state)
{
    const char *at = page;
    json_t *json = next_block(&at), *value = next_block(&at), *wanted = next_block(&at);
    json_t *faults = json_array();
    struct schema *schema = schema_new(json, SCHEMA_FORMATS, NULL, NULL);
    struct schema_ask ask = { .fault = fault_add, .arg = faults };
    struct buf said;
    struct err e;

    (void)state;
    assert_non_null(schema);
    assert_int_equal(schema_verify(schema, value, &ask, &e), ERR_INVALID);
    buf_init(&said, MIB);
    json_write_pretty(&said, faults);
    if (!json_same(faults, wanted))
        fail_msg("%s", buf_text(&said));
    buf_fini(&said);
    schema_free(schema);
    json_decref(json);
    json_decref(value);
    json_decref(wanted);
    json_decref(faults);
}

static void test_every_keyword_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema__word_count; i++) {
        char word[80];

        snprintf(word, sizeof word, "`%s`", schema__words[i].name);
        if (strstr(page, word) == NULL)
            fail_msg("docs/SCHEMAS.md does not tell of %s", word);
    }
}

static int install(void **state)
{
    FILE *file = fopen(SOURCE_DIR "/docs/SCHEMAS.md", "rb");

    (void)state;
    mem_install();
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_example),
        cmocka_unit_test(test_every_keyword_is_told),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
