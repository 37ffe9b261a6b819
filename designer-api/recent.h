/* recent.h - rows by key, of a bounded number: the one that rested longest makes room.
 *
 * For what is counted of strangers: keys are kept as digests, so that nobody's long or many names
 * take memory. A row is of its user's own kind, all zero at first; owned here. */
#ifndef DESIGNER_API_RECENT_H
#define DESIGNER_API_RECENT_H

#include <stdbool.h>
#include <stddef.h>

struct recent;
struct recent *recent_new(size_t most, size_t row_size);
void recent_free(struct recent *recent); /* NULL is fine */
/* The key's row, which goes on resting; NULL: there is none. */
void *recent_find(const struct recent *recent, const char *key);
/* The key's row, the last one used from now on; *made: there was none before. It stays where it is
 * until another key is used or this one dropped. */
void *recent_use(struct recent *recent, const char *key, bool *made);
void recent_drop(struct recent *recent, const char *key); /* one that is not there is fine */

#endif
