/* lookup_speed.c - how long a lookup table of 100,000 rows takes to be indexed, and to be asked.
 *
 * Built as rule_speed.c is; prints a line for each kind of key. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "rules/rule.h"

#define ROWS  100000
#define ASKED 2000 /* in one evaluation */

static double now_ms(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void on_fault(void *arg, size_t source, const char *module, unsigned line, const char *text)
{
    (void)arg;
    (void)source;
    fprintf(stderr, "%s:%u: %s\n", module != NULL ? module : "rule", line, text);
}

static void on_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    (void)owner;
    (void)tag;
    if (result->error != NULL)
        fprintf(stderr, "%s\n", result->error->text);
}

/* ROWS rows "KEY, FROM, TO, SINCE, UNTIL, VALUE". */
static json_t *table_new(const char *keys, const char *valid)
{
    struct buf text;
    json_t *json;
    struct err e;

    buf_init(&text, 64 * MIB);
    buf_addf(&text,
             "{\"t\":{\"columns\":[\"k\",\"a\",\"b\",\"f\",\"u\",\"v\"],\"keys\":[%s]%s,\"rows\":[",
             keys, valid);
    for (int i = 0; i < ROWS; i++)
        buf_addf(&text, "%s[\"key %d\",%d.5,%d.5,null,null,%d]", i > 0 ? "," : "",
                 strchr(keys, 'k') != NULL ? i : 0, i, i + 1, i);
    buf_add_text(&text, "]}}");
    json = json_read(buf_text(&text), text.len,
                     &(struct json_limits){ 64 * MIB, LIMIT_JSON_DEPTH, 10 * ROWS }, &e);
    check(json != NULL);
    buf_fini(&text);
    return json;
}

static void measure(const char *name, const char *keys, const char *valid, const char *ask)
{
    json_t *tables = table_new(keys, valid);
    struct log log;
    struct err e;
    struct rules *rules;
    char script[256];
    struct rule_source source = { RULE_SCRIPT, "bench", script, 0 };
    struct rule_unit_input input = { &source, 1, NULL, 0, tables };
    struct rule_scope scope = { .now_ms = 1795000000000 };
    struct rule_unit *unit;
    unsigned which = 0;
    double at, made, asked;

    log_init(&log, clock_real());
    rules =
        rules_new(clock_real(), &log, &(struct rules_limits){ .ms = 60000, .ticks = 1u << 30 }, &e);
    check(rules != NULL);
    snprintf(script, sizeof script, "for i = 1, %d do local v = %s end return 1", ASKED, ask);
    source.size = strlen(script);
    at = now_ms();
    unit = rule_unit_new(rules, &input, on_fault, NULL);
    made = now_ms() - at;
    check(unit != NULL);
    at = now_ms();
    for (int i = 0; i < 50; i++)
        rules_eval(rules, unit, &which, 1, RULE_ALL, &scope, on_done, NULL, 0);
    asked = now_ms() - at;
    printf("%-28s %7.1f ms to index %d rows, %6.2f us a lookup\n", name, made, ROWS,
           asked * 1000 / (50.0 * ASKED));
    rule_unit_free(rules, unit);
    rules_free(rules);
    json_decref(tables);
}

int main(void)
{
    measure("exact key", "\"k\"", "", "lookup('t', 'key ' .. (i * 37 % 100000))");
    measure("range", "{\"name\":\"n\",\"from\":\"a\",\"to\":\"b\"}", "",
            "lookup('t', i * 37 % 100000 + 1)");
    measure("exact key, range, days", "\"k\",{\"name\":\"n\",\"from\":\"a\",\"to\":\"b\"}",
            ",\"valid\":{\"from\":\"f\",\"to\":\"u\"}",
            "lookup('t', 'key ' .. (i * 37 % 100000), i * 37 % 100000 + 1)");
    return 0;
}
