/* schema.c - foreign schemas and values: a schema is refused or obeyed, a check comes to an end,
 * and the verdict alone is the verdict with all faults.
 *
 * The input is two JSON texts with a NUL between them, the schema and the value; without one the
 * text is both.
 *
 * With -DFUZZ_MAIN instead of a fuzzing engine: reads the files named as arguments. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "schema/schema.h"

#define WORK  100000u
#define DEPTH 6u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    mem_install();
    return 0;
}

static void fault_count(void *arg, const struct schema_fault *fault)
{
    check(fault->text[0] != '\0');
    check(fault->pointer[0] == '\0' || fault->pointer[0] == '/');
    ++*(size_t *)arg;
}

static void place_look(void *arg, const char *path, const struct schema_place *place)
{
    struct schema_place again;

    check(schema_at(arg, path, &again));
    check(again.types == place->types);
    check(again.required == place->required);
}

static void value_check(const struct schema *schema, const json_t *value)
{
    size_t count = 0;
    struct schema_ask all = { .work = WORK, .fault = fault_count, .arg = &count };
    struct schema_ask first = { .work = WORK };
    struct err e = { 0 }, quiet = { 0 };
    enum err_code rc = schema_verify(schema, value, &all, &e);
    enum err_code verdict = schema_verify(schema, value, &first, &quiet);

    check(rc == ERR_OK || rc == ERR_INVALID || rc == ERR_LIMIT || rc == ERR_MEMORY);
    if (rc == ERR_OK || rc == ERR_INVALID)
        check((rc == ERR_INVALID) == (count > 0));
    if (rc == ERR_OK)
        check(verdict == ERR_OK);
    if (rc == ERR_INVALID)
        check(verdict == ERR_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes, *cut = memchr(bytes, 0, size);
    size_t schema_size = cut != NULL ? (size_t)(cut - text) : size;
    size_t faults = 0;
    struct schema *schema;
    struct err e;
    json_t *json = json_read(text, schema_size, &json_limits_body, &e), *value;

    if (json == NULL)
        return 0;
    value = cut != NULL ? json_read(cut + 1, size - schema_size - 1, &json_limits_body, &e)
                        : json_incref(json);
    for (unsigned flags = 0; flags < 8; flags += 7) {
        faults = 0;
        schema = schema_new(json, flags, fault_count, &faults);
        check((schema == NULL) == (faults > 0));
        if (schema != NULL && value != NULL)
            value_check(schema, value);
        if (schema != NULL && flags == 0)
            schema_walk(schema, DEPTH, place_look, schema);
        schema_free(schema);
    }
    json_decref(value);
    json_decref(json);
    return 0;
}

#include "fuzz_main.h"
