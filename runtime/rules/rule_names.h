/* rule_names.h - names that a unit's texts use and that nobody knows.
 *
 * Such a text compiles, and an evaluation that comes to the name fails. A unit with some is a unit
 * all the same: who makes a new version of a flow asks, who runs a stored one does not. */
#ifndef RULES_RULE_NAMES_H
#define RULES_RULE_NAMES_H

#include "rules/rule.h"

/* Tells each, as rule_unit_new() tells faults. true: there is none. */
bool rule_unit_names(struct rules *rules, struct rule_unit *unit, rule_fault_fn *fault, void *arg);

#endif
