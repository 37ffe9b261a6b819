/* rule_twin.c - the texts of a unit for a second state.
 *
 * A twin shares everything of its original that never changes: texts, plans, tables. Its own are
 * the places of its chunks. */
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/rule_priv.h"

struct rule_unit *unit__twin_new(const struct rule_unit *unit)
{
    struct rule_unit *twin = mem_must(sizeof(*twin));

    twin->magic = UNIT_MAGIC;
    twin->original = unit;
    twin->lookups = unit->lookups;
    twin->text_count = unit->text_count;
    twin->module_count = unit->module_count;
    twin->texts = mem_must(unit->text_count * sizeof(*twin->texts));
    twin->modules = mem_must(unit->module_count * sizeof(*twin->modules));
    if (unit->text_count > 0)
        memcpy(twin->texts, unit->texts, unit->text_count * sizeof(*twin->texts));
    if (unit->module_count > 0)
        memcpy(twin->modules, unit->modules, unit->module_count * sizeof(*twin->modules));
    return twin; /* of no state's epoch: unit__ready() compiles it */
}

void unit__twin_free(struct rules *rules, struct rule_unit *twin)
{
    CHECK_OBJ(twin, UNIT_MAGIC);
    check(twin->original != NULL && twin->users == 0);
    if (rules != NULL)
        unit__unref(rules, twin);
    mem_free(twin->texts);
    mem_free(twin->modules);
    twin->magic = 0;
    mem_free(twin);
}
