/* rule_text_priv.h - texts that leave the sandbox, and names that were nearly right.
 *
 * Whatever a rule says (an error, a line of log()) is foreign text: it may hold control characters,
 * broken UTF-8, or a card number that an author put into a message. */
#ifndef RULES_RULE_TEXT_PRIV_H
#define RULES_RULE_TEXT_PRIV_H

#include <stdbool.h>
#include <stddef.h>

/* Copies at most size bytes of text into to (room bytes with the NUL): control characters become
 * spaces, broken UTF-8 becomes '?', card numbers are masked (base/card.h), and what is too long is
 * cut between characters and ends in "...". Returns the length. */
size_t rule_text_tidy(char *to, size_t room, const char *text, size_t size);

/* How few changes (a character put in, left out, replaced, two swapped) turn one text into the
 * other. A number above `most` is told as most + 1; texts longer than 64 bytes are always that far
 * apart. */
unsigned rule_text_distance(const char *a, size_t a_size, const char *b, size_t b_size,
                            unsigned most);

/* The best few of many names, nearest first. */
#define RULE_NEAR_COUNT 5u
struct rule_near {
    const char *wanted;
    size_t wanted_size;
    unsigned most;  /* names further away are not kept */
    unsigned count; /* kept */
    struct {
        const char *name; /* borrowed */
        size_t size;
        unsigned distance;
    } best[RULE_NEAR_COUNT];
};
void rule_near_init(struct rule_near *near, const char *wanted, size_t size, unsigned most);
/* How many changes a slip of the pen may have in a name of that size. */
unsigned rule_near_slip(size_t size);
void rule_near_add(struct rule_near *near, const char *name, size_t size);

/* Whether the word stands there, not as a part of a longer one. */
bool rule_text_has_word(const char *text, size_t size, const char *word);

#endif
