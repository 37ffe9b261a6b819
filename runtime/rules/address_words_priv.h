/* address_words_priv.h - words of addresses, within address*.c. */
#ifndef RULES_ADDRESS_WORDS_PRIV_H
#define RULES_ADDRESS_WORDS_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/address_priv.h"

#define WORDS_MOST (ADDRESS_TEXT / 2 + 1) /* with a blank between: no text has more */

struct word { /* borrowed */
    const char *at;
    size_t size;
};
/* Without regard to case, points and commas. */
bool words__same(const char *a, size_t a_size, const char *b);
/* The abbreviation of a word of that kind ("suffix", "direction", "unit"); NULL: it is none. */
const char *words__find(const char *kind, const struct word *word);
unsigned words__cut(struct word *words, const char *text, size_t size); /* returns how many */
bool words__has_digit(const struct word *word);
/* Where a unit ("Apt 4", "#4", "REAR") begins at `from` or behind; count: nowhere. */
unsigned words__unit(const struct word *words, unsigned count, unsigned from);

#endif
