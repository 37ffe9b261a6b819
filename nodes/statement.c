/* statement.c - see statement.h. */
#include "nodes/statement.h"

json_t *statement_summary(const json_t *output)
{
    json_t *own = json_object_get(output, "settlement");

    return json_is_object(own) ? json_pack("{s:O}", "settlement", own) : NULL;
}
