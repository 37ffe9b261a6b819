/* node_text.h - JSON in tests with ' for ", compared, and no byte lost. */
#ifndef NODES_NODE_TEXT_H
#define NODES_NODE_TEXT_H

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
#include "world/types.h"

static inline int node_try_install(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

/* A text with ' for ", so that JSON stays readable in C. The caller frees it. */
static inline char *node_try_text(const char *text)
{
    char *copy = mem_must_copy(text);

    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

static inline json_t *node_try_json(const char *text)
{
    char *copy = node_try_text(text);
    struct err e;
    json_t *json = json_read(copy, strlen(copy), &json_limits_flow, &e);

    if (json == NULL)
        fail_msg("%s: %s", copy, e.text);
    mem_free(copy);
    return json;
}

/* Takes json. */
static inline void node_try_same(json_t *json, const char *wanted)
{
    json_t *other = node_try_json(wanted);

    if (json == NULL || !json_same(json, other)) {
        char *text = json_text_new(json != NULL ? json : json_null(), MIB, NULL);

        print_error("wanted %s, is %s\n", wanted, text);
        mem_free(text);
        fail();
    }
    json_decref(other);
    json_decref(json);
}

static inline int node_try_no_leak_begin(void **state)
{
    static size_t used;

    world_types_read();
    used = mem_used();
    *state = &used;
    return 0;
}

static inline int node_try_no_leak_end(void **state)
{
    assert_int_equal(mem_used(), *(size_t *)*state);
    return 0;
}
#define NODE_TEXT(name) \
    cmocka_unit_test_setup_teardown(name, node_try_no_leak_begin, node_try_no_leak_end)

#endif
