/* rule_room_priv.h - what goes into the other room and comes back. For rules/ only; on the loop's
 * thread. */
#ifndef RULES_RULE_ROOM_PRIV_H
#define RULES_RULE_ROOM_PRIV_H

#include "rules/rule_eval_priv.h"
#include "rules/rule_room.h"

/* Takes the evaluation, which has not begun. ERR_MEMORY: it stays the caller's. */
enum err_code room_put(struct room *room, struct eval *eval, struct err *e) MUST_USE;
/* A unit that is no longer used has a twin there: unit__left() follows. */
void room_leave(struct room *room, struct rule_unit *unit);
/* Ends what has come back. */
void room_take(struct room *room);
/* What is there is given up. NULL is fine. */
void room_free(struct room *room);

#endif
