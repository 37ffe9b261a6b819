/* sql_system.h - what every system that is a database is told of it: where it is, who signs in.
 *
 * A connection of such a system has no URL; its secret is bound to sql://HOST:PORT. engine/sql.c
 * reads these settings by their names, from the connection or as they fall back. */
#ifndef NODES_SQL_SYSTEM_H
#define NODES_SQL_SYSTEM_H

#include "flow/connector.h"

extern const struct connector_info sql_system; /* that of connector.sql */

#endif
