/* schema.c - JSON Schema: the cases of tests/unit/schema/, one by one.
 *
 * A group is {"about", "schema", "formats", "fits": [...], "not": [...]}, or {"schema", "refused":
 * [PLACE, PART]}. "alone": tests/second/schema.test.ts leaves it out. */
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

static json_t *cases_read(const char *name)
{
    static char text[MIB];
    char path[500];
    FILE *file;
    size_t size;
    json_t *json;
    struct err e;

    snprintf(path, sizeof path, SOURCE_DIR "/tests/unit/schema/%s.json", name);
    file = fopen(path, "r");
    assert_non_null(file);
    size = fread(text, 1, sizeof text, file);
    fclose(file);
    json = json_read(text, size, &json_limits_body, &e);
    if (json == NULL)
        fail_msg("%s: %s", path, e.text);
    return json;
}

static void say(void *arg, const struct schema_fault *fault)
{
    buf_addf(arg, "%s (%s): %s\n", fault->pointer, fault->place, fault->text);
}

static unsigned flags_of(const json_t *group)
{
    return json_is_true(json_object_get(group, "formats")) ? SCHEMA_FORMATS : 0;
}

/* The verdict alone and the verdict with all faults are the same. */
static void value_try(const struct schema *schema, const char *about, const json_t *value,
                      enum err_code wanted)
{
    struct buf said, text;
    struct schema_ask ask = { .fault = say, .arg = &said };
    struct err e = { 0 }, quiet = { 0 };
    enum err_code rc;

    buf_init(&said, MIB);
    buf_init(&text, MIB);
    json_write(&text, value);
    rc = schema_verify(schema, value, &ask, &e);
    if (rc != wanted)
        fail_msg("%s: %s gives %s, not %s:\n%s", about, buf_text(&text), err_name(rc),
                 err_name(wanted), buf_text(&said));
    assert_int_equal(schema_verify(schema, value, NULL, &quiet), wanted);
    assert_true((said.len > 0) == (wanted == ERR_INVALID));
    if (wanted == ERR_INVALID)
        assert_string_equal(e.text, quiet.text);
    buf_fini(&said);
    buf_fini(&text);
}

static size_t group_try(json_t *group)
{
    const char *about = json_get_text(group, "about");
    struct buf said;
    struct schema *schema;
    json_t *value;
    size_t i, count = 0;

    buf_init(&said, MIB);
    schema = schema_new(json_object_get(group, "schema"), flags_of(group), say, &said);
    if (schema == NULL)
        fail_msg("%s: refused: %s", about, buf_text(&said));
    json_array_foreach(json_object_get(group, "fits"), i, value)
    {
        value_try(schema, about, value, ERR_OK);
        count++;
    }
    json_array_foreach(json_object_get(group, "not"), i, value)
    {
        value_try(schema, about, value, ERR_INVALID);
        count++;
    }
    schema_free(schema);
    buf_fini(&said);
    return count;
}

static void file_try(const char *name, size_t least)
{
    size_t used = mem_used(), count = 0, i;
    json_t *groups = cases_read(name), *group;

    json_array_foreach(groups, i, group)
    {
        count += group_try(group);
    }
    json_decref(groups);
    assert_true(count >= least);
    print_message("%s: %zu values\n", name, count);
    assert_int_equal(mem_used(), used);
}

static void test_core(void **state)
{
    (void)state;
    file_try("core", 115);
}

static void test_validation(void **state)
{
    (void)state;
    file_try("validation", 200);
}

static void test_applicators(void **state)
{
    (void)state;
    file_try("applicator", 160);
}

static void test_unevaluated(void **state)
{
    (void)state;
    file_try("unevaluated", 75);
}

static void test_numbers(void **state)
{
    (void)state;
    file_try("numbers", 95);
}

static void test_patterns(void **state)
{
    (void)state;
    file_try("patterns", 115);
}

static void test_formats(void **state)
{
    (void)state;
    file_try("formats", 180);
}

static void test_refused(void **state)
{
    size_t used = mem_used(), i;
    json_t *groups = cases_read("refused"), *group;

    (void)state;
    json_array_foreach(groups, i, group)
    {
        const json_t *wanted = json_object_get(group, "refused");
        const char *place = json_text(json_array_get(wanted, 0));
        const char *part = json_text(json_array_get(wanted, 1));
        struct buf said, schema;

        buf_init(&said, MIB);
        buf_init(&schema, MIB);
        json_write(&schema, json_object_get(group, "schema"));
        assert_null(schema_new(json_object_get(group, "schema"), flags_of(group), say, &said));
        if (strstr(buf_text(&said), place) == NULL || strstr(buf_text(&said), part) == NULL)
            fail_msg("%s\nwanted at %s: %s, but said:\n%s", buf_text(&schema), place, part,
                     buf_text(&said));
        buf_fini(&said);
        buf_fini(&schema);
    }
    json_decref(groups);
    assert_int_equal(mem_used(), used);
}

static int install(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_core),        cmocka_unit_test(test_validation),
        cmocka_unit_test(test_applicators), cmocka_unit_test(test_unevaluated),
        cmocka_unit_test(test_numbers),     cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_formats),     cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
