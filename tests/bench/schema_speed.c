/* schema_speed.c - how fast values are checked against a JSON Schema.
 *
 *     schema_speed           a schema of 40 properties: compiling it, a value that fits, one with 8
 *                            faults; 10,000 such values in a list; the longest that a hostile
 *                            pattern holds a thread before its budget ends
 *
 * Built by hand against the release build:
 *     cc -O2 -Iruntime tests/bench/schema_speed.c build/libweft_schema.a build/libweft_base.a
 *         -lpcre2-8 -ljansson -lcrypto -lgmp -ljemalloc -lm -o schema_speed */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "schema/schema.h"

#define SECONDS_EACH 0.5
#define PROPERTIES   40

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* others may share the machine */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What properties of orders and payments look like, eight kinds in turn. */
static const char *const rules[] = {
    "{\"type\": \"string\", \"minLength\": 1, \"maxLength\": 40}",
    "{\"type\": \"number\", \"multipleOf\": 0.01, \"minimum\": 0, \"maximum\": 1000000}",
    "{\"enum\": [\"USD\", \"EUR\", \"CAD\", \"GBP\"]}",
    "{\"type\": \"string\", \"format\": \"date\"}",
    "{\"type\": \"integer\", \"minimum\": 1}",
    "{\"type\": [\"string\", \"null\"], \"maxLength\": 200}",
    "{\"type\": \"string\", \"pattern\": \"^[A-Z]{2}-[0-9]{4,8}$\"}",
    "{\"type\": \"boolean\"}",
};
static const char *const good[] = { "\"Contoso Ltd\"", "1234.56", "\"EUR\"",
                                    "\"2026-11-21\"",  "17",      "null",
                                    "\"AB-12345\"",    "true" };
static const char *const bad[] = { "\"\"", "1234.567", "\"CHF\"",      "\"21.11.2026\"",
                                   "0",    "5",        "\"ab-12345\"", "1" };

static json_t *members_new(const char *const *values, size_t wrong)
{
    struct buf text;
    struct err e;
    json_t *json;

    buf_init(&text, MIB);
    for (size_t i = 0; i < PROPERTIES; i++)
        buf_addf(&text, "%s\"property_%zu\": %s", i == 0 ? "{" : ", ", i,
                 i < wrong ? bad[i % 8] : values[i % 8]);
    buf_add_text(&text, "}");
    json = json_read(buf_text(&text), text.len, &json_limits_body, &e);
    check(json != NULL);
    buf_fini(&text);
    return json;
}

static void fault_count(void *arg, const struct schema_fault *fault)
{
    (void)fault;
    ++*(size_t *)arg;
}

static void compile_time(json_t *json)
{
    double from = seconds();
    size_t count = 0;

    for (; seconds() - from < SECONDS_EACH; count++)
        schema_free(schema_new(json, SCHEMA_FORMATS, NULL, NULL));
    printf("compile 40 properties        %8.2f us\n", (seconds() - from) * 1e6 / (double)count);
}

static void check_time(const char *what, const struct schema *schema, const json_t *value,
                       size_t faults)
{
    double from = seconds();
    size_t count = 0, told = 0;
    struct schema_ask ask = { .work = 100000000, .fault = fault_count, .arg = &told };
    struct err e;

    for (; seconds() - from < SECONDS_EACH; count++)
        check(schema_verify(schema, value, &ask, &e) == (faults > 0 ? ERR_INVALID : ERR_OK));
    check(told == faults * count);
    printf("%-28s %8.2f us\n", what, (seconds() - from) * 1e6 / (double)count);
}

static void hostile_time(void)
{
    json_t *json = json_pack("{s:s}", "pattern", "^(([a-z])+.)+[A-Z]([a-z])+$");
    struct schema *schema = schema_new(json, 0, NULL, NULL);
    struct buf text;
    json_t *value;
    double from;
    struct err e;

    buf_init(&text, MIB);
    for (int i = 0; i < 4096; i++)
        buf_add_char(&text, 'a');
    value = json_string(buf_text(&text));
    from = seconds();
    check(schema_verify(schema, value, NULL, &e) == ERR_LIMIT);
    printf("hostile pattern, default     %8.2f ms\n", (seconds() - from) * 1e3);
    buf_fini(&text);
    json_decref(value);
    json_decref(json);
    schema_free(schema);
}

int main(void)
{
    json_t *properties, *json, *value, *wrong, *many = NULL;
    struct schema *schema, *list;

    mem_install();
    properties = members_new(rules, 0);
    json = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                     "additionalProperties", 0);
    schema = schema_new(json, SCHEMA_FORMATS, NULL, NULL);
    value = members_new(good, 0);
    wrong = members_new(good, 8);
    many = json_array();
    for (int i = 0; i < 10000; i++)
        json_array_append(many, value);
    json = json_pack("{s:o}", "items", json);
    list = schema_new(json, SCHEMA_FORMATS, NULL, NULL);
    compile_time(json_object_get(json, "items"));
    check_time("40 properties that fit", schema, value, 0);
    check_time("40 properties, 8 faults", schema, wrong, 8);
    check_time("10,000 of them in a list", list, many, 0);
    hostile_time();
    schema_free(schema);
    schema_free(list);
    json_decref(json);
    json_decref(value);
    json_decref(wrong);
    json_decref(many);
    return 0;
}
