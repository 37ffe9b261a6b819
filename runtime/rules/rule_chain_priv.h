/* rule_chain_priv.h - finds in the text of a rule what an error speaks of, like
 * trigger.body.amount, and looks it up in the scope. For messages; for rules/ only. */
#ifndef RULES_RULE_CHAIN_PRIV_H
#define RULES_RULE_CHAIN_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/rule.h"

#define CHAIN_STEPS 12u

struct chain_step {
    const char *at; /* in the text; NULL: a position */
    size_t size;
    size_t index; /* from 1 */
    size_t end;   /* of the chain so far, from its begin */
};
struct chain {
    const char *begin;
    unsigned count;
    struct chain_step steps[CHAIN_STEPS];
};

/* Reads the names, points and brackets that begin at text. */
void chain_read(struct chain *chain, const char *text, const char *end);
static inline size_t chain_size(const struct chain *chain, unsigned count)
{
    return chain->steps[count - 1].end;
}
/* The value of the first `count` steps in the scope; *known: the first step is a name of the
 * scope, and all steps but the last lead to a value. */
json_t *chain_value(const struct chain *chain, unsigned count, const struct rule_scope *scope,
                    bool *known);

/* Finds a chain whose step *count - 1 is `name` (NULL: a position, [3]), preferably one that has
 * no value, or null, in the scope: in that line, else anywhere. */
bool chain_find(struct chain *chain, unsigned *count, const char *text, size_t size, unsigned line,
                const char *name, const struct rule_scope *scope);
/* Finds the argument, from 1, of a call of the function that is nothing but a chain without a
 * value. */
bool chain_find_argument(struct chain *chain, const char *text, size_t size, unsigned line,
                         const char *function, unsigned argument, const struct rule_scope *scope);

#endif
