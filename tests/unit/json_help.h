/* json_help.h - reading and writing for the tests of JSON. */
#ifndef TESTS_UNIT_JSON_HELP_H
#define TESTS_UNIT_JSON_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

static inline json_t *read_text(const char *text)
{
    struct err e;
    json_t *value = json_read(text, strlen(text), &json_limits_body, &e);

    if (value == NULL)
        fail_msg("%s: %s", text, e.text);
    return value;
}

static inline void assert_written(const json_t *value, const char *wanted)
{
    size_t length;
    char *text = json_text_new(value, 100000, &length);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
    mem_free(text);
}

static inline int json_begin(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

#endif
