/* rule_token_priv.h - cuts the text of a rule into Lua's tokens. For rules/ only. */
#ifndef RULES_RULE_TOKEN_PRIV_H
#define RULES_RULE_TOKEN_PRIV_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
    TOKEN_END,     /* of the text */
    TOKEN_BAD,     /* an unfinished text or comment, a byte that is no Lua */
    TOKEN_NAME,    /* or ... */
    TOKEN_NUMBER,
    TOKEN_TEXT,    /* of any form */
    TOKEN_VALUE,   /* nil, true, false */
    TOKEN_WORD,    /* any other keyword */
    TOKEN_OPEN,    /* ( [ { */
    TOKEN_CLOSE,
    TOKEN_COMPARE, /* == ~= < <= > >= */
    TOKEN_BREAK,   /* , ; = :: */
    TOKEN_OTHER,   /* + - * . : # and so on, and `not` */
};
struct token {
    enum token_kind kind;
    const char *at; /* in the text */
    size_t size;
};
/* The next token at *at or behind, which is moved behind it. */
struct token token_next(const char **at, const char *end);

#endif
