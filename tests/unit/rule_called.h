/* rule_called.h - evaluations that may end later: begun, counted, and what they said. */
#ifndef TESTS_RULE_CALLED_H
#define TESTS_RULE_CALLED_H

#include "rule_eval.h"

struct called { /* one evaluation */
    struct rule_unit *unit;
    unsigned times;
    bool failed;
    char text[1001];
};

static inline void called_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct called *called = (struct called *)owner + tag;
    struct buf out;

    called->times++;
    called->failed = result->error != NULL;
    if (called->failed) {
        snprintf(called->text, sizeof(called->text), "%s", result->error->text);
        return;
    }
    buf_init(&out, 16 * MIB);
    if (result->values[0] != NULL)
        json_write(&out, result->values[0]);
    else
        buf_add_text(&out, "nil");
    snprintf(called->text, sizeof(called->text), "%s", buf_text(&out));
    buf_fini(&out);
}

static inline struct rule_unit *compile(struct eval *eval, const char *text, size_t size)
{
    struct rule_source source = { RULE_SCRIPT, "node map", text, size };
    struct rule_unit_input input = { &source, 1, eval->modules, eval->module_count, eval->lookups };

    return rule_unit_new(eval->rules, &input, eval_fault, eval);
}

static inline void again(struct eval *eval, struct called *called, unsigned at)
{
    unsigned which = 0;

    called[at].times = 0;
    rules_eval(eval->rules, called[at].unit, &which, 1, RULE_ALL, &eval->scope, called_done, called,
               at);
}

/* Begins the script; whether it has ended says called->times. */
static inline void start(struct eval *eval, struct called *called, unsigned at, const char *script)
{
    memset(&called[at], 0, sizeof(called[at]));
    called[at].unit = compile(eval, script, strlen(script));
    assert_non_null(called[at].unit);
    again(eval, called, at);
}

static inline void stop(struct eval *eval, struct called *called, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(called[i].times, 1);
        rule_unit_free(eval->rules, called[i].unit);
    }
}

#endif
