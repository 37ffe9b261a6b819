/* schema_priv.h - what schema.c and schema_check.c share. For nodes/schema only. */
#ifndef NODES_SCHEMA_PRIV_H
#define NODES_SCHEMA_PRIV_H

#include <jansson.h>
#include <stdbool.h>

#include "base/decimal.h"

bool schema__format_known(const char *format);
bool schema__decimal(const json_t *number, struct decimal *d); /* false: too many digits, or none */

#endif
