/* shape_priv.h - what shape.c and shape_check.c share. For nodes/shape only. */
#ifndef NODES_SHAPE_PRIV_H
#define NODES_SHAPE_PRIV_H

#include <jansson.h>
#include <stdbool.h>

#include "base/decimal.h"

bool shape__format_known(const char *format);
bool shape__decimal(const json_t *number, struct decimal *d); /* false: too many digits, or none */

#endif
