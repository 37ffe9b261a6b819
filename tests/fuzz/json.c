/* json.c - foreign bytes as JSON: what is read can be written and read again, and is then the same;
 * the places of a document that is read never point outside of it.
 *
 * With -DFUZZ_MAIN instead of a fuzzing engine: reads the files named as arguments. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    mem_install();
    return 0;
}

/* Both ways of writing give the same value again, and the compact one the same text. */
static void check_round(const json_t *value)
{
    struct buf compact, pretty, again;
    json_t *from_compact, *from_pretty;
    struct err e;

    buf_init(&compact, 16 * MIB);
    buf_init(&pretty, 16 * MIB);
    buf_init(&again, 16 * MIB);
    json_write(&compact, value);
    json_write_pretty(&pretty, value);
    if (buf_ok(&compact) && buf_ok(&pretty)) {
        const struct json_limits limits = { 16 * MIB, LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES };

        from_compact = json_read(buf_text(&compact), compact.len, &limits, &e);
        from_pretty = json_read(buf_text(&pretty), pretty.len, &limits, &e);
        check(from_compact != NULL);
        check(from_pretty != NULL);
        check(json_same(value, from_compact));
        check(json_same(value, from_pretty));
        json_write(&again, from_compact);
        check(again.len == compact.len);
        check(memcmp(buf_text(&again), buf_text(&compact), compact.len) == 0);
        json_decref(from_compact);
        json_decref(from_pretty);
    }
    buf_fini(&compact);
    buf_fini(&pretty);
    buf_fini(&again);
}

static void check_places(const json_t *value, const char *text, size_t size)
{
    unsigned line = 0, column = 0;
    struct json_places *places = NULL;
    struct err e;
    json_t *again = json_read_places(text, size, &json_limits_body, &places, &line, &column, &e);

    check(again != NULL);
    check(json_same(value, again));
    json_places_find(places, "/a/0/b", &line, &column);
    check(line >= 1 && column >= 1);
    json_places_key(places, "", &line, &column);
    check(line >= 1 && column >= 1);
    json_places_free(places);
    json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = size > 0 ? (const char *)bytes : "";
    struct err e;
    json_t *value = json_read(text, size, &json_limits_body, &e);

    if (value == NULL)
        return 0;
    check_round(value);
    check_places(value, text, size);
    json_decref(value);
    return 0;
}

#include "fuzz_main.h"
