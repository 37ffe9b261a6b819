/* patch.c - JSON Patch: every kind of step, what is refused, and that what was made leads there. */
#include "designer-api/patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

static json_t *read_json(const char *text)
{
    struct err e;
    json_t *json = json_read(text, strlen(text), &json_limits_body, &e);

    if (json == NULL)
        fail_msg("%s: %s", text, e.text);
    return json;
}

/* wanted NULL: it is refused, with that code */
static void applies(const char *document, const char *patch, const char *wanted, enum err_code code)
{
    json_t *from = read_json(document), *steps = read_json(patch), *to;
    struct err e = { .code = ERR_OK };
    char *text;

    to = patch_apply(from, steps, &e);
    if (wanted == NULL) {
        assert_null(to);
        assert_int_equal(e.code, code);
    } else {
        text = json_text_new(to, MIB, NULL);
        assert_non_null(text);
        assert_string_equal(text, wanted);
        mem_free(text);
    }
    text = json_text_new(from, MIB, NULL); /* is as it was */
    mem_free(text);
    json_decref(from);
    json_decref(steps);
    json_decref(to);
}

static void test_steps(void **state)
{
    (void)state;
    applies("{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":[]}]", "{\"a\":1,\"b\":[]}",
            ERR_OK);
    applies("{\"a\":[1,3]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":2}]", "{\"a\":[1,2,3]}",
            ERR_OK);
    applies("{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":2}]", "{\"a\":[1,2]}",
            ERR_OK);
    applies("{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/0\"}]", "{\"a\":[2]}", ERR_OK);
    applies("{\"a\":{\"x\":1}}", "[{\"op\":\"move\",\"from\":\"/a/x\",\"path\":\"/y\"}]",
            "{\"a\":{},\"y\":1}", ERR_OK);
    applies("{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]", "{\"a\":1,\"b\":1}",
            ERR_OK);
    applies("{\"a/b~c\":1}", "[{\"op\":\"replace\",\"path\":\"/a~1b~0c\",\"value\":2.50}]",
            "{\"a/b~c\":2.50}", ERR_OK);
    applies("{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":null}]", "null", ERR_OK);
    applies(
        "{\"a\":1.10}",
        "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.10},{\"op\":\"remove\",\"path\":\"/a\"}]",
        "{}", ERR_OK);
}

static void test_refused(void **state)
{
    (void)state;
    applies("{\"a\":1.10}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.1}]", NULL,
            ERR_CONFLICT);
    applies("{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":1}]", NULL, ERR_INVALID);
    applies("{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b/c\",\"value\":1}]", NULL, ERR_INVALID);
    applies("{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":1}]", NULL, ERR_INVALID);
    applies("{\"a\":[1]}", "[{\"op\":\"replace\",\"path\":\"/a/1\",\"value\":1}]", NULL,
            ERR_INVALID);
    applies("{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/01\"}]", NULL, ERR_INVALID);
    applies("{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"a\"}]", NULL, ERR_INVALID);
    applies("{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a~2\"}]", NULL, ERR_INVALID);
    applies("{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", NULL,
            ERR_INVALID);
    applies("{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\"}]", NULL, ERR_INVALID);
    applies("{\"a\":1}", "[{\"op\":\"dance\",\"path\":\"/a\",\"value\":1}]", NULL, ERR_INVALID);
}

static void leads(const char *a, const char *b)
{
    json_t *from = read_json(a), *to = read_json(b), *patch = patch_make(from, to), *got;
    struct err e;

    got = patch_apply(from, patch, &e);
    assert_true(json_same(got, to));
    json_decref(from);
    json_decref(to);
    json_decref(patch);
    json_decref(got);
}

static void test_made(void **state)
{
    static const char *const documents[] = {
        "{}",
        "[]",
        "{\"a\":[1,2,3,4]}",
        "{\"a\":[1,3,4]}",
        "{\"a\":[0,1,2,3,4,5]}",
        "{\"a\":[4,3,2,1]}",
        "{\"a\":[{\"id\":\"x\",\"n\":1.10},{\"id\":\"y\"}],\"b\":{\"c\":null}}",
        "{\"a\":[{\"id\":\"x\",\"n\":1.1},{\"id\":\"z\"},{\"id\":\"y\"}],\"b\":{\"~\":{\"/\":[]}}}",
        "\"text\"",
    };
    const size_t count = sizeof documents / sizeof *documents;

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            leads(documents[i], documents[j]);
}

static void test_same(void **state)
{
    json_t *one = read_json("{\"a\":[1,{\"b\":2}]}"), *patch = patch_make(one, one);

    (void)state;
    assert_int_equal(json_array_size(patch), 0);
    assert_int_equal(json_integer_value(patch_find(one, "/a/1/b")), 2);
    assert_null(patch_find(one, "/a/2"));
    assert_ptr_equal(patch_find(one, ""), one);
    json_decref(one);
    json_decref(patch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
