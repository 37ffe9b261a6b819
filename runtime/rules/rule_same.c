/* rule_same.c - puts calls in the place of == and ~=, and decimals in that of literals.
 *
 *     a + 1 == b and c     becomes     __same(a + 1 , b) and c
 *     a * 0.97             becomes     a *  __number["0.97"]
 *
 * One pass over the tokens with a stack of brackets. All comparisons are of one precedence and
 * associate to the left, only `and` and `or` bind less: so the left side begins where the operand
 * of `and`, `or` or the whole expression begins, and the right side ends at the next comparison or
 * at the expression's end. Where one side is a literal that is no number, the operator stays. */
#include "rules/rule_same_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "rules/rule_token_priv.h"

#define SAME_DEPTH  250u /* brackets; Lua refuses more than 200 */
#define NUMBER_SIZE 100u /* bytes of a literal */

enum edit_kind {
    EDIT_CLOSE,
    EDIT_OPERATOR,
    EDIT_OPEN,
    EDIT_NUMBER
}; /* in this order at one place */

struct edit {
    enum edit_kind kind;
    size_t at; /* in the text */
    size_t number;
    bool differ;
    size_t size; /* EDIT_NUMBER: of the literal */
};

struct side {
    unsigned tokens;
    enum token_kind first;
};
struct level {            /* of brackets */
    const char *begin;    /* of the operand of `and` and `or`; NULL: it has not begun */
    const char *operator; /* == or ~=, whose right side is being read; NULL: none */
    struct side left, right;
};
struct same {
    const char *text;
    struct level levels[SAME_DEPTH];
    unsigned depth;
    bool operand;    /* the last token can end an operand */
    bool opened;     /* the last token is '[' */
    bool heading;    /* in the head of a `for`, before `in` */
    const char *end; /* of the last token */
    struct edit *edits;
    size_t count, room;
};

static void edit_add(struct same *same, enum edit_kind kind, const char *at, bool differ)
{
    if (same->count == same->room) {
        same->room = same->room == 0 ? 16 : same->room * 2;
        same->edits = mem_must_resize(same->edits, same->room * sizeof(*same->edits));
    }
    same->edits[same->count] =
        (struct edit){ kind, (size_t)(at - same->text), same->count, differ, 0 };
    same->count++;
}

/* The literal as decimals are written: 0.5 for .5, 5 for 5.; false: it stays Lua's. */
static bool number_read(const char *at, size_t size, char digits[NUMBER_SIZE])
{
    struct decimal decimal;
    size_t length = 0;
    struct err e;

    if (size + 2 > NUMBER_SIZE || (size > 1 && (at[1] == 'x' || at[1] == 'X')))
        return false;
    if (at[0] == '.')
        digits[length++] = '0';
    for (size_t i = 0; i < size; i++)
        if (at[i] != '.' || (i + 1 < size && isdigit((unsigned char)at[i + 1])))
            digits[length++] = at[i];
    digits[length] = '\0';
    return memchr(at, '.', size) != NULL || strpbrk(digits, "eE") != NULL
               ? decimal_parse(&decimal, digits, length, &e) == ERR_OK
               : false;
}

static void take_number(struct same *same, const struct token *token, const char *end)
{
    char digits[NUMBER_SIZE];
    const char *behind = token->at + token->size;

    while (behind < end && isspace((unsigned char)*behind))
        behind++;
    if (same->heading || (same->opened && behind < end && *behind == ']') ||
        !number_read(token->at, token->size, digits))
        return;
    edit_add(same, EDIT_NUMBER, token->at, false);
    same->edits[same->count - 1].size = token->size;
}

/* Can no number be there? */
static bool is_settled(const struct side *side)
{
    return side->tokens == 0 || (side->tokens == 1 && side->first != TOKEN_NAME &&
                                 side->first != TOKEN_NUMBER && side->first != TOKEN_CLOSE);
}

/* The right side of the comparison in hand, if there is one, ends with the last token. */
static void level_close(struct same *same)
{
    struct level *level = &same->levels[same->depth];
    bool differ = level->operator!= NULL && level->operator[0] == '~';

    if (level->operator== NULL)
        return;
    if (!is_settled(&level->left) && !is_settled(&level->right)) {
        edit_add(same, EDIT_OPEN, level->begin, differ);
        edit_add(same, EDIT_OPERATOR, level->operator, differ);
        edit_add(same, EDIT_CLOSE, same->end, differ);
    }
    level->operator= NULL;
    level->left.tokens = 2; /* a comparison is no literal */
}

/* The expression ends, or an operand of `and` and `or`. */
static void level_break(struct same *same)
{
    struct level *level = &same->levels[same->depth];

    level_close(same);
    level->begin = NULL;
    level->left.tokens = 0;
}

static void take_operand(struct same *same, const struct token *token)
{
    struct level *level = &same->levels[same->depth];
    struct side *side = level->operator!= NULL ? &level->right : & level->left;

    if (level->begin == NULL)
        level->begin = token->at;
    if (side->tokens++ == 0)
        side->first = token->kind;
}

static void take_compare(struct same *same, const struct token *token)
{
    struct level *level = &same->levels[same->depth];

    level_close(same);
    if (level->begin == NULL)
        return; /* an operand is missing: Lua will say so */
    level->right.tokens = 0;
    if (token->at[0] == '=' || token->at[0] == '~')
        level->operator= token->at;
    else
        level->left.tokens = 2;
}

/* false: the brackets do not fit, or are too many. */
static bool take_bracket(struct same *same, const struct token *token)
{
    if (token->kind == TOKEN_OPEN) {
        take_operand(same, token);
        if (same->depth + 1 == SAME_DEPTH)
            return false;
        memset(&same->levels[++same->depth], 0, sizeof(same->levels[0]));
        return true;
    }
    level_break(same);
    if (same->depth == 0)
        return false;
    same->depth--;
    take_operand(same, token);
    return true;
}

/* false: the text is not Lua. */
static bool take(struct same *same, const struct token *token, const char *end)
{
    bool ends = false; /* an operand can end with it */
    bool fits = true;

    switch (token->kind) {
    case TOKEN_NUMBER:
        take_number(same, token, end);
        /* fall through */
    case TOKEN_NAME:
    case TOKEN_VALUE:
        if (same->operand) /* a new statement begins */
            level_break(same);
        take_operand(same, token);
        ends = true;
        break;
    case TOKEN_TEXT:
        take_operand(same, token); /* f "text" is a call */
        ends = true;
        break;
    case TOKEN_OTHER:
        take_operand(same, token);
        break;
    case TOKEN_COMPARE:
        take_compare(same, token);
        break;
    case TOKEN_OPEN:
    case TOKEN_CLOSE:
        ends = token->kind == TOKEN_CLOSE;
        fits = take_bracket(same, token);
        break;
    case TOKEN_WORD:
        same->heading = token->size == 3 && memcmp(token->at, "for", 3) == 0;
        level_break(same);
        break;
    case TOKEN_BREAK:
    case TOKEN_END:
        level_break(same);
        break;
    case TOKEN_BAD:
        return false;
    }
    same->operand = ends;
    same->opened = token->kind == TOKEN_OPEN && token->at[0] == '[';
    same->end = token->at + token->size;
    return fits;
}

static int edit_order(const void *a, const void *b)
{
    const struct edit *left = a, *right = b;

    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return left->number > right->number ? -1 : 1; /* what was found later is around */
}

static void write_edits(struct same *same, size_t size, struct buf *out)
{
    size_t at = 0;

    qsort(same->edits, same->count, sizeof(*same->edits), edit_order);
    for (size_t i = 0; i < same->count; i++) {
        const struct edit *edit = &same->edits[i];

        check(edit->at >= at);
        buf_add(out, same->text + at, edit->at - at);
        at = edit->at;
        if (edit->kind == EDIT_OPEN) {
            buf_add_text(out, edit->differ ? " " DIFFER_CALL "(" : " " SAME_CALL "(");
        } else if (edit->kind == EDIT_CLOSE) {
            buf_add_char(out, ')');
        } else if (edit->kind == EDIT_NUMBER) {
            char digits[NUMBER_SIZE];

            check(number_read(same->text + at, edit->size, digits));
            buf_addf(out, " " SAME_NUMBER "[\"%s\"]", digits);
            at += edit->size;
        } else {
            buf_add_char(out, ',');
            at += 2;
        }
    }
    buf_add(out, same->text + at, size - at);
}

bool rule_same(const char *text, size_t size, struct buf *out)
{
    struct same *same;
    const char *at = text;
    struct token token;
    bool done;

    same = mem_must(sizeof(*same));
    same->text = same->end = text;
    do {
        token = token_next(&at, text + size);
        done = !take(same, &token, text + size);
    } while (!done && token.kind != TOKEN_END);
    done = !done && same->depth == 0 && same->count > 0;
    if (done)
        write_edits(same, size, out);
    mem_free(same->edits);
    mem_free(same);
    return done && buf_ok(out);
}
