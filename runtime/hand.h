/* hand.h - where the engine notes which run it works on: a page of a file, which the kernel keeps
 * when the process dies. */
#ifndef HAND_H
#define HAND_H

#include <stdint.h>

#include "base/err.h"

struct hand;
struct hand *hand_open(const char *folder, struct err *e) MUST_USE; /* FOLDER/hand */
uint64_t *hand_run(struct hand *hand);
void hand_close(struct hand *hand); /* NULL is fine */

#endif
