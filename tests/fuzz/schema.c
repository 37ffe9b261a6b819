/* schema.c - foreign schemas and values: a schema is refused or obeyed, a check comes to an end,
 * and the verdict alone is the verdict with all faults.
 *
 * The input is a list of a schema and a value; what is no such list is both.
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

static void schema_try(json_t *json, const json_t *value, unsigned flags)
{
    size_t faults = 0;
    struct schema *schema = schema_new(json, flags, fault_count, &faults);

    check((schema == NULL) == (faults > 0));
    if (schema == NULL)
        return;
    value_check(schema, value);
    if (flags == 0)
        schema_walk(schema, DEPTH, place_look, schema);
    schema_free(schema);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct err e;
    json_t *both = json_read((const char *)bytes, size, &json_limits_body, &e);
    json_t *schema = both, *value = both;

    if (both == NULL)
        return 0;
    if (json_array_size(both) == 2) {
        schema = json_array_get(both, 0);
        value = json_array_get(both, 1);
    }
    schema_try(schema, value, 0);
    schema_try(schema, value, SCHEMA_FORMATS | SCHEMA_CLOSED | SCHEMA_DEFAULTS);
    json_decref(both);
    return 0;
}

#include "fuzz_main.h"
