/* lua_pattern.c - a backtracking matcher that counts.
 *
 * (1) Every turn of every loop takes a step, so the time of a match is bounded by its steps.
 * (2) A fault or spent steps end the match at once: whoever gets NULL looks at pattern_failed()
 *     before trying another way.
 * (3) No byte before text, behind text_end or behind subject_end is read. */
#include "rules/lua_pattern_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

#define PATTERN_ESCAPE '%'

static const char *match_rest(struct pattern *p, const char *s, const char *t);

static const char *pattern_fault(struct pattern *p, const char *text)
{
    if (p->fault[0] == '\0')
        snprintf(p->fault, sizeof(p->fault), "%s", text);
    return NULL;
}

static const char *pattern_fault_index(struct pattern *p, int index)
{
    snprintf(p->fault, sizeof(p->fault), "invalid capture index %%%d in a pattern", index);
    return NULL;
}

void pattern_grant(struct pattern *p, uint64_t steps)
{
    p->steps = steps < PATTERN_PIECE ? steps : PATTERN_PIECE;
    p->more = steps - p->steps;
}

static bool pattern_refill(struct pattern *p, uint64_t cost)
{
    while (p->steps < cost && p->more > 0 && (p->go_on == NULL || p->go_on(p->arg))) {
        uint64_t piece = p->more < PATTERN_PIECE ? p->more : PATTERN_PIECE;

        p->steps += piece;
        p->more -= piece;
    }
    p->spent = p->steps < cost;
    return !p->spent;
}

static bool pattern_spend(struct pattern *p, uint64_t cost)
{
    if (p->steps < cost && !pattern_refill(p, cost))
        return false;
    p->steps -= cost;
    return true;
}

static bool pattern_step(struct pattern *p)
{
    return pattern_spend(p, 1);
}

static unsigned char byte_at(const char *s)
{
    return (unsigned char)*s;
}

/* The place behind the single item that begins at t: a character, a class or a set. */
static const char *item_end(struct pattern *p, const char *t)
{
    char first = *t++;

    if (first == PATTERN_ESCAPE) {
        if (t == p->text_end)
            return pattern_fault(p, "malformed pattern (ends with '%')");
        return t + 1;
    }
    if (first != '[')
        return t;
    if (t < p->text_end && *t == '^')
        t++;
    do { /* a ']' in the first place stands for itself */
        if (t == p->text_end)
            return pattern_fault(p, "malformed pattern (missing ']')");
        if (*t++ == PATTERN_ESCAPE && t < p->text_end)
            t++;
    } while (t == p->text_end || *t != ']');
    return t + 1;
}

static bool class_has(unsigned char c, unsigned char name)
{
    bool has;

    switch (tolower(name)) {
    case 'a':
        has = isalpha(c);
        break;
    case 'c':
        has = iscntrl(c);
        break;
    case 'd':
        has = isdigit(c);
        break;
    case 'g':
        has = isgraph(c);
        break;
    case 'l':
        has = islower(c);
        break;
    case 'p':
        has = ispunct(c);
        break;
    case 's':
        has = isspace(c);
        break;
    case 'u':
        has = isupper(c);
        break;
    case 'w':
        has = isalnum(c);
        break;
    case 'x':
        has = isxdigit(c);
        break;
    case 'z': /* an old name that Lua still knows */
        has = c == '\0';
        break;
    default:
        return name == c;
    }
    return isupper(name) ? !has : has;
}

/* t: the '[', last: its ']'. */
static bool set_has(unsigned char c, const char *t, const char *last)
{
    bool wanted = true;

    if (t[1] == '^') {
        wanted = false;
        t++;
    }
    while (++t < last) {
        if (*t == PATTERN_ESCAPE) {
            t++;
            if (class_has(c, byte_at(t)))
                return wanted;
        } else if (t[1] == '-' && t + 2 < last) {
            if (byte_at(t) <= c && c <= byte_at(t + 2))
                return wanted;
            t += 2;
        } else if (byte_at(t) == c) {
            return wanted;
        }
    }
    return !wanted;
}

static bool item_has(const struct pattern *p, const char *s, const char *t, const char *end)
{
    if (s >= p->subject_end)
        return false;
    switch (*t) {
    case '.':
        return true;
    case PATTERN_ESCAPE:
        return class_has(byte_at(s), byte_at(t + 1));
    case '[':
        return set_has(byte_at(s), t, end - 1);
    default:
        return *t == *s;
    }
}

/* A set may be long: looking through four bytes of it takes as long as a step. */
static bool item_step(struct pattern *p, const char *s, const char *t, const char *end, bool *has)
{
    uint64_t cost = 1 + (uint64_t)(end - t) / 4;

    if (!pattern_spend(p, cost))
        return false;
    *has = item_has(p, s, t, end);
    return true;
}

/* As many as there are, then fewer and fewer. */
static const char *match_most(struct pattern *p, const char *s, const char *t, const char *end)
{
    ptrdiff_t count = 0;
    bool has;

    for (;;) {
        if (!item_step(p, s + count, t, end, &has))
            return NULL;
        if (!has)
            break;
        count++;
    }
    for (; count >= 0; count--) {
        const char *found = match_rest(p, s + count, end + 1);

        if (found != NULL || pattern_failed(p))
            return found;
    }
    return NULL;
}

/* None, then more and more. */
static const char *match_least(struct pattern *p, const char *s, const char *t, const char *end)
{
    for (;;) {
        const char *found = match_rest(p, s, end + 1);
        bool has;

        if (found != NULL || pattern_failed(p))
            return found;
        if (!item_step(p, s, t, end, &has) || !has)
            return NULL;
        s++;
    }
}

/* "%bxy", t at the 'x'. The place behind the closing y. */
static const char *match_balance(struct pattern *p, const char *s, const char *t)
{
    int open = 1;

    if (p->text_end - t < 2)
        return pattern_fault(p, "malformed pattern (missing arguments to '%b')");
    if (s >= p->subject_end || *s != t[0])
        return NULL;
    while (++s < p->subject_end) {
        if (!pattern_step(p))
            return NULL;
        if (*s == t[1]) {
            if (--open == 0)
                return s + 1;
        } else if (*s == t[0]) {
            open++;
        }
    }
    return NULL;
}

/* "%f[set]", t at the '['. Does the set begin here? */
static bool match_frontier(struct pattern *p, const char *s, const char *t, const char **end)
{
    unsigned char before = s == p->subject ? '\0' : byte_at(s - 1);
    unsigned char here = s == p->subject_end ? '\0' : byte_at(s);

    if (t >= p->text_end || *t != '[') {
        pattern_fault(p, "missing '[' after '%f' in pattern");
        return false;
    }
    *end = item_end(p, t);
    if (*end == NULL)
        return false;
    return !set_has(before, t, *end - 1) && set_has(here, t, *end - 1);
}

/* "%1": what that capture caught, once more. */
static const char *match_back(struct pattern *p, const char *s, unsigned char digit)
{
    int index = digit - '1';
    const struct pattern_capture *capture;

    if (index < 0 || index >= (int)p->level || p->captures[index].size == PATTERN_OPEN)
        return pattern_fault_index(p, index + 1);
    capture = &p->captures[index];
    if (capture->size == PATTERN_POSITION || p->subject_end - s < capture->size)
        return NULL;
    if (!pattern_spend(p, (uint64_t)capture->size / 16))
        return NULL;
    if (memcmp(capture->at, s, (size_t)capture->size) != 0)
        return NULL;
    return s + capture->size;
}

static const char *capture_begin(struct pattern *p, const char *s, const char *t, ptrdiff_t size)
{
    const char *found;

    if (p->level >= PATTERN_CAPTURES)
        return pattern_fault(p, "too many captures");
    p->captures[p->level].at = s;
    p->captures[p->level].size = size;
    p->level++;
    found = match_rest(p, s, t);
    if (found == NULL)
        p->level--;
    return found;
}

static const char *capture_end(struct pattern *p, const char *s, const char *t)
{
    struct pattern_capture *capture = NULL;
    const char *found;

    for (unsigned i = p->level; i-- > 0 && capture == NULL;)
        if (p->captures[i].size == PATTERN_OPEN)
            capture = &p->captures[i];
    if (capture == NULL)
        return pattern_fault(p, "invalid pattern capture");
    capture->size = s - capture->at;
    found = match_rest(p, s, t);
    if (found == NULL)
        capture->size = PATTERN_OPEN;
    return found;
}

enum match_next { MATCH_ON, MATCH_DONE };

/* A single item with its suffix. MATCH_ON: go on at *s and *t; MATCH_DONE: *s is the answer. */
static enum match_next match_item(struct pattern *p, const char **s, const char **t)
{
    const char *end = item_end(p, *t);
    char suffix;
    bool has;

    if (end == NULL || !item_step(p, *s, *t, end, &has)) {
        *s = NULL;
        return MATCH_DONE;
    }
    suffix = end < p->text_end ? *end : '\0';
    if (suffix == '?') {
        const char *found = has ? match_rest(p, *s + 1, end + 1) : NULL;

        if (found != NULL || pattern_failed(p)) {
            *s = found;
            return MATCH_DONE;
        }
        *t = end + 1;
        return MATCH_ON;
    }
    if (suffix == '*' || suffix == '+' || suffix == '-') {
        if (suffix == '-')
            *s = match_least(p, *s, *t, end);
        else if (suffix == '*')
            *s = match_most(p, *s, *t, end);
        else
            *s = has ? match_most(p, *s + 1, *t, end) : NULL;
        return MATCH_DONE;
    }
    if (!has) {
        *s = NULL;
        return MATCH_DONE;
    }
    *s += 1;
    *t = end;
    return MATCH_ON;
}

/* What begins with '%' and is no single item. MATCH_ON with *t moved, or MATCH_DONE as above;
 * *t unmoved: it is a single item after all. */
static enum match_next match_special(struct pattern *p, const char **s, const char **t)
{
    unsigned char kind = *t + 1 < p->text_end ? byte_at(*t + 1) : '\0';

    if (kind == 'b') {
        *s = match_balance(p, *s, *t + 2);
        *t += 4;
    } else if (kind == 'f') {
        const char *end = NULL;

        if (!match_frontier(p, *s, *t + 2, &end))
            *s = NULL;
        *t = end;
    } else if (isdigit(kind)) {
        *s = match_back(p, *s, kind);
        *t += 2;
    }
    return *s == NULL ? MATCH_DONE : MATCH_ON;
}

static const char *match_loop(struct pattern *p, const char *s, const char *t)
{
    for (;;) {
        enum match_next next;
        const char *before = t;

        if (!pattern_step(p))
            return NULL;
        if (t == p->text_end)
            return s;
        if (*t == '(') {
            bool position = t + 1 < p->text_end && t[1] == ')';

            return position ? capture_begin(p, s, t + 2, PATTERN_POSITION)
                            : capture_begin(p, s, t + 1, PATTERN_OPEN);
        }
        if (*t == ')')
            return capture_end(p, s, t + 1);
        if (*t == '$' && t + 1 == p->text_end)
            return s == p->subject_end ? s : NULL;
        next = MATCH_ON;
        if (*t == PATTERN_ESCAPE)
            next = match_special(p, &s, &t);
        if (next == MATCH_ON && t == before)
            next = match_item(p, &s, &t);
        if (next == MATCH_DONE)
            return s;
    }
}

static const char *match_rest(struct pattern *p, const char *s, const char *t)
{
    const char *found;

    if (p->depth == 0)
        return pattern_fault(p, "pattern too complex");
    p->depth--;
    found = match_loop(p, s, t);
    p->depth++;
    return found;
}

void pattern_init(struct pattern *p, const char *subject, size_t subject_size, const char *text,
                  size_t text_size, uint64_t steps)
{
    check(subject != NULL);
    check(text != NULL);
    p->subject = subject;
    p->subject_end = subject + subject_size;
    p->text = text;
    p->text_end = text + text_size;
    p->go_on = NULL;
    p->arg = NULL;
    pattern_grant(p, steps);
    p->depth = PATTERN_DEPTH;
    p->level = 0;
    p->spent = false;
    p->fault[0] = '\0';
}

const char *pattern_match(struct pattern *p, const char *at)
{
    check(at >= p->subject);
    check(at <= p->subject_end);
    p->level = 0;
    p->depth = PATTERN_DEPTH;
    return match_rest(p, at, p->text);
}

bool pattern_is_plain(const char *text, size_t size)
{
    static const char special[] = "^$*+?.([%-";

    for (size_t i = 0; i < size; i++)
        if (text[i] != '\0' && strchr(special, text[i]) != NULL)
            return false;
    return true;
}
