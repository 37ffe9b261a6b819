/* condition.c - settings that are true or false. */
#include "nodes/condition.h"

#include "base/check.h"
#include "base/json.h"
#include "flow/flow.h"

void condition_compile(struct flow_build *build, const struct value *value, const char *pointer)
{
    size_t count;

    check(pointer != NULL);
    if (value == NULL)
        return;
    value_expressions(value, &count);
    if (value_is_literal(value) && json_is_boolean(value_literal(value)))
        return;
    if (value_is_literal(value))
        flow_build_fault(build, pointer,
                         "a condition is an expression that begins with \"=\", or true or false; "
                         "here stands: %s",
                         json_kind(value_literal(value)));
    else if (count != 1)
        flow_build_fault(build, pointer, "a condition is one expression, not %zu", count);
}
