/* schema_setting.h - a setting that is a JSON Schema: as it stands there, or by the name of a file
 * of the flow, schemas/NAME.json, or of an action of a connector, whose input it then is: the
 * manifest stays the one place that says what a system takes. */
#ifndef NODES_SCHEMA_SETTING_H
#define NODES_SCHEMA_SETTING_H

#include <jansson.h>

#include "flow/flow.h"
#include "schema/schema.h"

/* For compile(). json: the setting, not NULL; pointer: its own; flags: of schema_new(). NULL with
 * faults at their places. Ends with schema_free(). */
struct schema *schema_setting_new(struct flow_build *build, json_t *json, const char *pointer,
                                  unsigned flags);

#endif
