/* rule_chain.c - reads as much Lua as is needed to name what was nil.
 *
 * Lua knows only the last name ("field 'amount'"); people need the way to it. The text of the rule
 * has it, and the scope says which of several is meant: the one that is missing there. */
#include "rules/rule_chain_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/check.h"
#include "rules/lua_env_priv.h"

static bool is_name_begin(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static size_t name_length(const char *text, const char *end)
{
    size_t length = 0;

    while (text + length < end && is_name(text[length]))
        length++;
    return length;
}

/* ['name'] or [3]; the length with the brackets, 0: it is something else. */
static size_t bracket_read(struct chain_step *step, const char *text, const char *end)
{
    const char *at = text + 1;

    if (at < end && (*at == '\'' || *at == '"')) {
        const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));

        if (close == NULL || close + 1 >= end || close[1] != ']' || close == at + 1)
            return 0;
        step->at = at + 1;
        step->size = (size_t)(close - at - 1);
        return (size_t)(close + 2 - text);
    }
    step->at = NULL;
    step->index = 0;
    while (at < end && isdigit((unsigned char)*at) && step->index < 100000000)
        step->index = step->index * 10 + (size_t)(*at++ - '0');
    if (step->index == 0 || at >= end || *at != ']')
        return 0;
    return (size_t)(at + 1 - text);
}

void chain_read(struct chain *chain, const char *text, const char *end)
{
    const char *at = text;

    check(text < end);
    chain->begin = text;
    chain->count = 0;
    while (chain->count < CHAIN_STEPS) {
        struct chain_step *step = &chain->steps[chain->count];
        size_t length;

        if (chain->count > 0 && at < end && *at == '[') {
            length = bracket_read(step, at, end);
        } else {
            const char *name = at;

            if (chain->count > 0 && (at >= end || *at++ != '.'))
                return;
            if (at >= end || !is_name_begin(*at))
                return;
            step->at = at;
            step->size = name_length(at, end);
            length = (size_t)(at - name) + step->size;
            at = name;
        }
        if (length == 0)
            return;
        at += length;
        step->end = (size_t)(at - text);
        chain->count++;
    }
}

json_t *chain_value(const struct chain *chain, unsigned count, const struct rule_scope *scope,
                    bool *known)
{
    json_t *value = NULL;

    check(count > 0);
    *known = env__scope_find(scope, chain->steps[0].at, chain->steps[0].size, &value);
    for (unsigned i = 1; i < count && *known; i++) {
        const struct chain_step *step = &chain->steps[i];

        if (json_is_object(value) && step->at != NULL)
            value = json_object_getn(value, step->at, step->size);
        else if (json_is_array(value) && step->at == NULL)
            value = json_array_get(value, step->index - 1);
        else
            *known = false;
    }
    return *known ? value : NULL;
}

/* The place behind a text literal or comment that begins at `at`; `at` itself if none does. */
static const char *skip_dead(const char *at, const char *end)
{
    char quote = *at;

    if (quote == '-' && at + 1 < end && at[1] == '-') {
        while (at < end && *at != '\n')
            at++;
        return at;
    }
    if (quote != '"' && quote != '\'')
        return at;
    for (at++; at < end && *at != quote && *at != '\n'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at < end ? at + 1 : end;
}

/* The next name at or behind `at` that begins a chain; NULL: there is none. */
static const char *chain_next(const char *text, const char *at, const char *end)
{
    while (at < end) {
        const char *behind = skip_dead(at, end);

        if (behind != at) {
            at = behind;
        } else if (is_name_begin(*at) && (at == text || (at[-1] != '.' && at[-1] != ':'))) {
            return at;
        } else if (is_name(*at)) {
            at += name_length(at, end);
        } else {
            at++;
        }
    }
    return NULL;
}

static void line_bounds(const char *text, size_t size, unsigned line, const char **from,
                        const char **to)
{
    const char *end = text + size;
    const char *at = text;
    const char *stop;

    while (line-- > 1) {
        const char *next = memchr(at, '\n', (size_t)(end - at));

        if (next == NULL)
            break;
        at = next + 1;
    }
    stop = memchr(at, '\n', (size_t)(end - at));
    *from = at;
    *to = stop != NULL ? stop : end;
}

/* NULL stands for any position. */
static bool step_is(const struct chain_step *step, const char *name)
{
    if (name == NULL)
        return step->at == NULL;
    return step->at != NULL && step->size == strlen(name) &&
           memcmp(step->at, name, step->size) == 0;
}

/* surely: only a chain that has no value in the scope. */
static bool find_within(struct chain *chain, unsigned *count, const char *from, const char *to,
                        const char *name, const struct rule_scope *scope, bool surely)
{
    for (const char *at = chain_next(from, from, to); at != NULL;) {
        chain_read(chain, at, to);
        for (unsigned i = 0; i < chain->count; i++) {
            bool known;
            json_t *value;

            if (!step_is(&chain->steps[i], name))
                continue;
            value = chain_value(chain, i + 1, scope, &known);
            if (!surely || (known && (value == NULL || json_is_null(value)))) {
                *count = i + 1;
                return true;
            }
        }
        at = chain_next(from, at + chain_size(chain, chain->count), to);
    }
    return false;
}

bool chain_find(struct chain *chain, unsigned *count, const char *text, size_t size, unsigned line,
                const char *name, const struct rule_scope *scope)
{
    const char *from;
    const char *to;

    line_bounds(text, size, line, &from, &to);
    return find_within(chain, count, from, to, name, scope, true) ||
           find_within(chain, count, text, text + size, name, scope, true) ||
           (name != NULL && find_within(chain, count, from, to, name, scope, false));
}

/* Moves over one argument; the place of the ',' or ')' behind it, NULL: the text ends before. */
static const char *argument_end(const char *at, const char *end)
{
    int depth = 0;

    while (at < end) {
        const char *behind = skip_dead(at, end);

        if (behind != at) {
            at = behind;
            continue;
        }
        if (depth == 0 && (*at == ',' || *at == ')'))
            return at;
        if (*at == '(' || *at == '{' || *at == '[')
            depth++;
        else if (*at == ')' || *at == '}' || *at == ']')
            depth--;
        at++;
    }
    return NULL;
}

/* The argument of the call whose '(' is at open, if it is a chain without a value. */
static bool argument_read(struct chain *chain, const char *open, const char *end, unsigned argument,
                          const struct rule_scope *scope)
{
    const char *from = open + 1;
    const char *to = argument_end(from, end);
    bool known;
    json_t *value;

    for (unsigned i = 1; i < argument && to != NULL; i++) {
        if (*to != ',')
            return false;
        from = to + 1;
        to = argument_end(from, end);
    }
    while (to != NULL && from < to && isspace((unsigned char)*from))
        from++;
    while (to != NULL && from < to && isspace((unsigned char)to[-1]))
        to--;
    if (to == NULL || from >= to)
        return false;
    chain_read(chain, from, to);
    if (chain->count == 0 || from + chain_size(chain, chain->count) != to)
        return false;
    value = chain_value(chain, chain->count, scope, &known);
    return known && (value == NULL || json_is_null(value));
}

static bool find_argument_within(struct chain *chain, const char *from, const char *to,
                                 const char *function, unsigned argument,
                                 const struct rule_scope *scope)
{
    const char *method = strrchr(function, '.');
    size_t size = strlen(function);

    for (const char *at = from; at < to; at++) {
        if ((size_t)(to - at) > size && memcmp(at, function, size) == 0 && at[size] == '(' &&
            (at == from || !is_name(at[-1])) &&
            argument_read(chain, at + size, to, argument, scope))
            return true;
        if (*at == ':' && method != NULL && argument > 1 && (size_t)(to - at) > strlen(method) &&
            memcmp(at + 1, method + 1, strlen(method + 1)) == 0 && at[strlen(method)] == '(' &&
            argument_read(chain, at + strlen(method), to, argument - 1, scope))
            return true;
    }
    return false;
}

bool chain_find_argument(struct chain *chain, const char *text, size_t size, unsigned line,
                         const char *function, unsigned argument, const struct rule_scope *scope)
{
    const char *from;
    const char *to;

    check(argument > 0);
    line_bounds(text, size, line, &from, &to);
    return find_argument_within(chain, from, to, function, argument, scope) ||
           find_argument_within(chain, text, text + size, function, argument, scope);
}
