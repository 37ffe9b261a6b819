/* alike.h - how alike two texts are, for proposals: names, references with a slip of the finger.
 *
 * The score is 1 - edits / length of the longer text, where an edit puts in, leaves out or replaces
 * one character; the better of the texts as they stand and with their words in order of the
 * alphabet ("Smith, Ann" is "Ann Smith"). Case (A-Z) and everything that is neither letter nor
 * digit does not count. It is in ten thousandths, rounded down, and the same both ways round. */
#ifndef NODES_ALIKE_H
#define NODES_ALIKE_H

#include <stddef.h>

#define ALIKE_ONE   10000
#define ALIKE_CHARS 200u /* of a text; what is behind them is not looked at */

/* Texts are UTF-8. Two without a letter or digit are not alike. */
int alike_score(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
