/* plan_convert.h - turns a value into another kind without losing anything, or refuses. */
#ifndef BASE_PLAN_CONVERT_H
#define BASE_PLAN_CONVERT_H

#include <jansson.h>

#include "base/err.h"
#include "base/plan.h"

/* A new reference; NULL with ERR_INVALID "1.5 has a fraction" or ERR_MEMORY. null stays null. */
json_t *plan_convert(json_t *value, enum plan_convert convert, struct err *e) MUST_USE;

#endif
