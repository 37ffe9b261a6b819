/* rule_room.h - a second room, on a thread of its own, for rules that run long.
 *
 * From then on rules_eval() ends within about two milliseconds: an evaluation that has taken so
 * long begins anew in the other room, with all of its budgets, and the same text goes there at
 * once until it has been short for a while. Its callback runs within rules_turn(). What the scope
 * names is read by the thread meanwhile: nobody may change it (`steps` is copied). The log is used
 * by both threads. Budgets of time are the thread's own time on the processor. */
#ifndef RULES_RULE_ROOM_H
#define RULES_RULE_ROOM_H

#include "rules/rule.h"

#define ROOM_STAYS 16u /* short evaluations there until a text is tried on the loop again */

/* ring() is called from the thread, when the host is to call rules_turn(). Once for some rules, and
 * before their first evaluation. */
void rules_room(struct rules *rules, void (*ring)(void *arg), void *arg);

#endif
