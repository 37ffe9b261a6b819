/* unseen.h - a run that came back with a backup, and ends before it has gone on.
 *
 * What it did after the backup was made is not known here, and whoever ends it (an operator, its
 * time limit, a failure) looks no further: so its end says it, in words and as
 * error.details.unseen {"after": step, "backup_at"?}. One that was cancelled stands among the dead
 * letters for that (dead.h); it is settled like them. */
#ifndef ENGINE_UNSEEN_H
#define ENGINE_UNSEEN_H

#include "store/store.h"

struct frame;
/* The run's level has just failed, and nothing has been stopped for it yet. */
void unseen_note(struct frame *root);
/* Whether the end of a run that was cancelled says so. */
bool unseen_is_told(const struct store_run *run);

#endif
