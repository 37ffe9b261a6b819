/* function.h - the functions that rules have, as docs/RULES.md tells them: the document is built
 * in, and its tables and examples are read when somebody asks. tests/unit/rule_docs.c holds that it
 * is whole and that its examples are true. */
#ifndef DESIGNER_API_FUNCTION_H
#define DESIGNER_API_FUNCTION_H

#include <jansson.h>

#include "base/err.h"

/* [{"name", "group", "call", "text", "refuses"?, "examples": [{"code", "result"}]}] in the order of
 * the document; search NULL: all, else those whose name or text has it. New reference. */
json_t *functions_json(const char *search) MUST_USE;

#endif
