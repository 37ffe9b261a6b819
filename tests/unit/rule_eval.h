/* rule_eval.h - one rules room for a test: evaluate a text, get its JSON or its error. */
#ifndef UNIT_RULE_EVAL_H
#define UNIT_RULE_EVAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "rules/rule.h"

#define EVAL_NOW INT64_C(1763715783123) /* 2025-11-21T09:03:03.123Z */

struct eval {
    struct clock_manual clock;
    struct log log;
    unsigned log_lines;
    char log_text[1024]; /* the last line */
    struct rules *rules;
    struct rule_scope scope;
    const struct rule_module *modules;
    size_t module_count;
    json_t *lookups;
    char text[2048]; /* of the last result, or error */
    bool failed;
    unsigned fault_line;
    char fault_module[80];
    unsigned faults;
};

static inline void eval_logged(void *arg, enum log_level level, const char *text)
{
    struct eval *eval = arg;

    (void)level;
    eval->log_lines++;
    snprintf(eval->log_text, sizeof(eval->log_text), "%s", text);
}

static inline json_t *eval_json(const char *text)
{
    struct err e;
    json_t *value = json_read(text, strlen(text), &json_limits_reply, &e);

    if (value == NULL)
        fail_msg("%s: %.200s", e.text, text);
    return value;
}

static inline void eval_begin(struct eval *eval, const struct rules_limits *limits)
{
    struct err e;

    memset(eval, 0, sizeof(*eval));
    clock_manual_init(&eval->clock, EVAL_NOW);
    log_init(&eval->log, &eval->clock.clock);
    eval->log.line = eval_logged;
    eval->log.arg = eval;
    eval->rules = rules_new(&eval->clock.clock, &eval->log, limits, &e);
    assert_non_null(eval->rules);
    eval->scope.now_ms = EVAL_NOW;
    eval->scope.seed = 42;
}

static inline void eval_end(struct eval *eval)
{
    rules_free(eval->rules);
    json_decref(eval->lookups);
}

static inline void eval_fault(void *arg, size_t source, const char *module, unsigned line,
                              const char *text)
{
    struct eval *eval = arg;

    (void)source;
    eval->faults++;
    eval->fault_line = line;
    snprintf(eval->fault_module, sizeof(eval->fault_module), "%s", module != NULL ? module : "");
    snprintf(eval->text, sizeof(eval->text), "%s", text);
}

static inline void eval_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct eval *eval = owner;
    struct buf out;

    assert_int_equal(tag, 7);
    eval->failed = result->error != NULL;
    if (eval->failed) {
        snprintf(eval->text, sizeof(eval->text), "%s", result->error->text);
        assert_int_equal(result->error->code, ERR_RULE);
        return;
    }
    buf_init(&out, 16 * MIB);
    for (size_t i = 0; i < result->count; i++) {
        if (i > 0)
            buf_add_char(&out, '|');
        if (result->values[i] != NULL)
            json_write(&out, result->values[i]);
        else
            buf_add_text(&out, "nil");
    }
    snprintf(eval->text, sizeof(eval->text), "%s", buf_text(&out));
    buf_fini(&out);
}

/* One text of that kind; its result is in eval->text. NULL: it does not compile. */
static inline const char *eval_kind(struct eval *eval, enum rule_kind kind, const char *text,
                                    size_t size)
{
    struct rule_source source = { kind, "node map", text, size };
    struct rule_unit_input input = { &source, 1, eval->modules, eval->module_count, eval->lookups };
    struct rule_unit *unit = rule_unit_new(eval->rules, &input, eval_fault, eval);
    unsigned which = 0;

    if (unit == NULL)
        return NULL;
    rules_eval(eval->rules, unit, &which, 1, RULE_ALL, &eval->scope, eval_done, eval, 7);
    rule_unit_free(eval->rules, unit);
    return eval->text;
}

#define eval_is(eval, rule, wanted)                                              \
    do {                                                                         \
        const char *got_ = eval_kind(eval, RULE_EXPRESSION, rule, strlen(rule)); \
        if (got_ == NULL || strcmp(got_, wanted) != 0)                           \
            fail_msg("%s: %s, not %s", rule, (eval)->text, wanted);              \
    } while (0)
#define eval_script(eval, rule) eval_kind(eval, RULE_SCRIPT, rule, strlen(rule))

#endif
