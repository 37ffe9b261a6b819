/* suggest_word.h - the words of a field's name, and what they mean. */
#ifndef DESIGNER_API_SUGGEST_WORD_H
#define DESIGNER_API_SUGGEST_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORD_ROOM  24u
#define WORDS_MOST 16u /* of one path; the last ones count */

struct word {
    char text[WORD_ROOM];    /* written out, in lower case: "amount" */
    uint64_t means;          /* groups of words that mean the same, a bit for each */
    uint64_t nears;          /* groups of words that stand for each other at times */
    bool known;              /* it stands in a table: it is no abbreviation */
    bool general;            /* "identifier", "number", "code": it says little by itself */
    bool thin;               /* general, or "name", "amount", "date": it needs to be said of what */
    bool apart;              /* "tax", "discount", "fee": without it the field is another */
    bool weak;               /* "document", "transaction": the whole that the field belongs to */
    bool list;               /* it names a list that the field is in: so do all fields of it */
    unsigned char above;     /* 0: of the field itself; 1, 2: of what stands so far above it */
};

/* The words of a path, those of the field itself first. */
size_t words_of(const char *path, struct word words[WORDS_MOST]);
/* The words of a date, "date" among them; how many they are then. */
size_t words_date(struct word words[WORDS_MOST], size_t count);
/* Whether it belongs to the group that begins with this word: "client" to "customer". */
bool word_means(const struct word *word, const char *first);
/* How alike two words are, 0 to 1: the same, of one meaning, one short for the other, of one stem,
 * nearly the same spelling. */
double word_alike(const struct word *a, const struct word *b);

#endif
