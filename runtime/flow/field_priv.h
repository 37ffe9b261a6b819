/* field_priv.h - what field.c, field_text.c and field_schema.c share. For flow/ only. */
#ifndef FLOW_FIELD_PRIV_H
#define FLOW_FIELD_PRIV_H

#include <jansson.h>

#include "flow/field.h"

#define FIELD_PATH_PATTERN     "^[^.\\[\\]]+(\\[\\])?(\\.[^.\\[\\]]+(\\[\\])?)*$"
#define FIELD_NAME_PATTERN     "^[A-Za-z_][A-Za-z0-9_-]{0,63}$"
#define FIELD_SECRET_PATTERN   "^[A-Za-z0-9_.-]{1,64}$"
/* of a body, within the schema of a flow */
#define FIELD_BODY_REF         "#/$defs/body"
#define FIELD_DURATION_PATTERN "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$"

/* What is wrong with a path or a secret's name; NULL: nothing. */
const char *field__path_fault(const char *path);
const char *field__secret_fault(const char *name);
/* The row's default as JSON; a new reference, NULL when memory fails. */
json_t *field__fallback(const struct field *row);

#endif
