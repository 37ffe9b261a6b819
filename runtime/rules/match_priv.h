/* match_priv.h - how alike two texts are. Knows nothing of Lua. For rules/ only.
 *
 * Texts are code points. A score is 0 (nothing in common) to MATCH_ONE (alike), that is four
 * digits, rounded half up from an exact fraction. Nothing here allocates: the caller gives a room,
 * and asks match_cost() before how much work it will be. */
#ifndef RULES_MATCH_PRIV_H
#define RULES_MATCH_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATCH_ONE  10000
#define MATCH_TEXT 10000u /* characters of one text */

#define MATCH_METHODS(X)               \
    X(LEVENSHTEIN, "levenshtein")      \
    X(DAMERAU, "damerau")              \
    X(JARO_WINKLER, "jaro_winkler")    \
    X(TOKEN_SET, "token_set")
enum match_method {
#define X(code, name) MATCH_##code,
    MATCH_METHODS(X)
#undef X
};
bool match_method_find(const char *name, enum match_method *method);

struct match_text {
    int32_t *at;
    size_t size;
};
struct match_word { /* of a text */
    const int32_t *at;
    size_t size;
};
struct match_room { /* for texts of at most `chars` characters; all within one block */
    size_t chars;
    struct match_text a, b;   /* filled by the caller */
    struct match_text joined_a, joined_b;
    struct match_word *words_a, *words_b;
    uint32_t *rows; /* three */
    unsigned char *marks_a, *marks_b;
};
size_t match_room_size(size_t chars);
/* In a block of that size. */
struct match_room *match_room_init(void *block, size_t chars);

/* Elementary steps that comparing a and b takes, at about 2 ns. */
uint64_t match_cost(const struct match_room *room, enum match_method method);
/* How many characters are put in, left out or replaced to make b of a... */
size_t match_levenshtein(struct match_room *room);
/* ... or two neighbours swapped; no part is changed twice (optimal string alignment). */
size_t match_damerau(struct match_room *room);
int match_score(struct match_room *room, enum match_method method);

#endif
