/* rule_event.h - a rules room whose rules see one payment event. */
#ifndef UNIT_RULE_EVENT_H
#define UNIT_RULE_EVENT_H

#include "rule_eval.h"

static const char event[] =
    "{\"body\":{\"transactionId\":\"T-1\",\"orderId\":\"O-7\",\"amount\":100.10,\"n\":5,"
    "\"status\":\"Approved\",\"card\":{\"token\":\"tok\"},\"none\":null,\"lines\":[{\"a\":1},{"
    "\"a\":2}]}}";

static inline void begin(struct eval *eval, const struct rules_limits *limits)
{
    eval_begin(eval, limits);
    eval->scope.trigger = eval_json(event);
}

static inline void end(struct eval *eval)
{
    json_decref(eval->scope.trigger);
    eval_end(eval);
}

static inline struct rule_unit *unit_of(struct eval *eval, const char *const *texts, size_t count)
{
    struct rule_source sources[64];
    struct rule_unit_input input = { sources, count, eval->modules, eval->module_count,
                                     eval->lookups };

    for (size_t i = 0; i < count; i++)
        sources[i] =
            (struct rule_source){ RULE_EXPRESSION, "node map", texts[i], strlen(texts[i]) };
    return rule_unit_new(eval->rules, &input, eval_fault, eval);
}

#endif
