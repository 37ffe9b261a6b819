/* reference.c - docs/NODES.md is what the types say today. */
#include "node_try.h"

#include <stdio.h>
#include <stdlib.h>

#include "nodes/reference.h"

#define FILE_NAME SOURCE_DIR "/docs/NODES.md"

static char *file_text(size_t *size)
{
    FILE *in = fopen(FILE_NAME, "rb");
    char *text = mem_must(MIB);

    *size = 0;
    if (in == NULL)
        return text;
    *size = fread(text, 1, MIB - 1, in);
    fclose(in);
    return text;
}

/* WEFT_REFERENCE=write makes the file; `weft types --markdown` is the same
 * without a test's build. */
static void test_the_reference_is_up_to_date(void **state)
{
    struct node_try *try = *state;
    const char *wish = getenv("WEFT_REFERENCE");
    struct buf text;
    size_t size;
    char *there;

    buf_init(&text, MIB);
    node_reference_write(try->registry, &text);
    assert_true(buf_ok(&text));
    if (wish != NULL && strcmp(wish, "write") == 0) {
        FILE *out = fopen(FILE_NAME, "wb");

        assert_non_null(out);
        assert_int_equal(fwrite(buf_text(&text), 1, text.len, out), text.len);
        assert_int_equal(fclose(out), 0);
    }
    there = file_text(&size);
    if (size != text.len || memcmp(there, buf_text(&text), size) != 0)
        fail_msg("docs/NODES.md is stale; make it again: weft types --markdown > docs/NODES.md");
    mem_free(there);
    buf_fini(&text);
}

static void test_the_reference_names_everything(void **state)
{
    struct node_try *try = *state;
    const struct node_type *type;
    size_t cursor = 0;
    struct buf text;

    buf_init(&text, MIB);
    node_reference_write(try->registry, &text);
    while ((type = registry_next(try->registry, &cursor)) != NULL) {
        char title[200];

        snprintf(title, sizeof title, "\n### %s\n", type->name);
        assert_non_null(strstr(buf_text(&text), title));
    }
    assert_non_null(strstr(buf_text(&text), "| `verify.type` | choice: `none`, `hmac`, `basic`"));
    assert_non_null(strstr(buf_text(&text), "| `cases[].when` | value |"));
    assert_non_null(strstr(buf_text(&text), "those that `cases[].port` names, those that `else`"));
    assert_non_null(strstr(buf_text(&text), "| `authority` | url | `https://login.microsoft"));
    assert_non_null(strstr(buf_text(&text), "| `CreditAmount` | number |"));
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TRY(test_the_reference_is_up_to_date),
        NODE_TRY(test_the_reference_names_everything),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
