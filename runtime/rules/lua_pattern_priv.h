/* lua_pattern_priv.h - matches Lua's patterns with a budget of steps.
 *
 * The language is that of string.find() in Lua 5.4, and so are the results; what differs is that
 * a match which takes too many steps or nests too deep ends with a fault instead of taking its
 * time. Knows nothing of a Lua state. The subject and the pattern are borrowed while the struct
 * is used. */
#ifndef RULES_LUA_PATTERN_PRIV_H
#define RULES_LUA_PATTERN_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_CAPTURES 32u
#define PATTERN_DEPTH    200u /* as Lua has it; four small frames of C each */

#define PATTERN_PIECE    400000u /* steps: two milliseconds */

#define PATTERN_OPEN     (-1) /* its ')' has not been reached */
#define PATTERN_POSITION (-2) /* "()": the place itself */

struct pattern_capture {
    const char *at;
    ptrdiff_t size; /* or one of the two above */
};

struct pattern {
    const char *subject, *subject_end;
    const char *text, *text_end; /* without the '^' that anchors, which is the caller's matter */
    uint64_t steps;              /* left until the host is asked */
    uint64_t more;               /* left behind that */
    bool (*go_on)(void *arg);    /* asked every PATTERN_PIECE steps; false: they count as used up */
    void *arg;
    unsigned depth;              /* left */
    unsigned level;              /* captures begun */
    bool spent;                  /* the steps are used up */
    char fault[64];              /* what is wrong with the pattern; "": nothing so far */
    struct pattern_capture captures[PATTERN_CAPTURES];
};

void pattern_init(struct pattern *p, const char *subject, size_t subject_size, const char *text,
                  size_t text_size, uint64_t steps);
/* Gives it so many steps, which are all that it has. */
void pattern_grant(struct pattern *p, uint64_t steps);
/* Matches at one place of the subject. Where the match ends, or NULL: no match, fault or spent. */
const char *pattern_match(struct pattern *p, const char *at);
/* No match, because the pattern is wrong or the steps are used up. */
static inline bool pattern_failed(const struct pattern *p)
{
    return p->spent || p->fault[0] != '\0';
}
/* A text without a special character can be searched for as it is. */
bool pattern_is_plain(const char *text, size_t size);

#endif
