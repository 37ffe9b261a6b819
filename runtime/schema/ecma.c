/* ecma.c - a regular expression of ECMA-262 (Unicode mode), written as PCRE2 means the same.
 *
 * Differences that are evened out: \d \w \b know ASCII only, in both; \s knows Unicode's spaces;
 * "." does not match the four line ends; \v is one character; \uXXXX, \u{X}, \cX; \p has long names
 * and "gc="; a class may be empty; "[" within a class and a "{" that begins no repeat are
 * themselves. What only PCRE2 understands is refused. */
#include "schema/pattern.h"

#include <stdio.h>
#include <string.h>

#define SPACES                                                                           \
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}" \
    "\\x{205f}\\x{3000}\\x{feff}"
#define NO_SPACES                                                                            \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"         \
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-" \
    "\\x{fefe}\\x{ff00}-\\x{10ffff}"
#define ANY_BUT_LINE_ENDS "[^\\x{a}\\x{d}\\x{2028}\\x{2029}]"

struct ecma {
    const char *text;
    size_t size, at;
    struct buf *out;
    struct err *e;
    bool in_class;
    unsigned groups; /* open ones */
};

/* General categories by their long names. */
static const char *const categories[][2] = {
    { "Cased_Letter", "LC" },
    { "Close_Punctuation", "Pe" },
    { "Connector_Punctuation", "Pc" },
    { "Control", "Cc" },
    { "Currency_Symbol", "Sc" },
    { "Dash_Punctuation", "Pd" },
    { "Decimal_Number", "Nd" },
    { "Enclosing_Mark", "Me" },
    { "Final_Punctuation", "Pf" },
    { "Format", "Cf" },
    { "Initial_Punctuation", "Pi" },
    { "Letter", "L" },
    { "Letter_Number", "Nl" },
    { "Line_Separator", "Zl" },
    { "Lowercase_Letter", "Ll" },
    { "Mark", "M" },
    { "Math_Symbol", "Sm" },
    { "Modifier_Letter", "Lm" },
    { "Modifier_Symbol", "Sk" },
    { "Nonspacing_Mark", "Mn" },
    { "Number", "N" },
    { "Open_Punctuation", "Ps" },
    { "Other", "C" },
    { "Other_Letter", "Lo" },
    { "Other_Number", "No" },
    { "Other_Punctuation", "Po" },
    { "Other_Symbol", "So" },
    { "Paragraph_Separator", "Zp" },
    { "Private_Use", "Co" },
    { "Punctuation", "P" },
    { "Separator", "Z" },
    { "Space_Separator", "Zs" },
    { "Spacing_Mark", "Mc" },
    { "Surrogate", "Cs" },
    { "Symbol", "S" },
    { "Titlecase_Letter", "Lt" },
    { "Unassigned", "Cn" },
    { "Uppercase_Letter", "Lu" },
    { "digit", "Nd" },
    { "punct", "P" },
};
/* Properties that a character has or has not; PCRE2 knows them by the same names. */
static const char *const properties[] = {
    "ASCII",
    "ASCII_Hex_Digit",
    "AHex",
    "Alphabetic",
    "Alpha",
    "Any",
    "Bidi_Control",
    "Bidi_C",
    "Case_Ignorable",
    "CI",
    "Cased",
    "Dash",
    "Default_Ignorable_Code_Point",
    "DI",
    "Deprecated",
    "Dep",
    "Diacritic",
    "Dia",
    "Emoji",
    "Emoji_Component",
    "Emoji_Modifier",
    "Emoji_Modifier_Base",
    "Emoji_Presentation",
    "Extended_Pictographic",
    "ExtPict",
    "Extender",
    "Ext",
    "Hex_Digit",
    "Hex",
    "ID_Continue",
    "IDC",
    "ID_Start",
    "IDS",
    "Ideographic",
    "Ideo",
    "Join_Control",
    "Join_C",
    "Lowercase",
    "Lower",
    "Math",
    "Quotation_Mark",
    "QMark",
    "Radical",
    "Regional_Indicator",
    "RI",
    "Sentence_Terminal",
    "STerm",
    "Soft_Dotted",
    "SD",
    "Terminal_Punctuation",
    "Term",
    "Unified_Ideograph",
    "UIdeo",
    "Uppercase",
    "Upper",
    "Variation_Selector",
    "VS",
    "White_Space",
    "XID_Continue",
    "XIDC",
    "XID_Start",
    "XIDS",
};

static bool wrong(struct ecma *x, const char *what)
{
    err_set(x->e, ERR_SYNTAX, "at byte %zu: %s", x->at + 1, what);
    return false;
}

static char peek(const struct ecma *x, size_t ahead)
{
    return x->at + ahead < x->size ? x->text[x->at + ahead] : '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* `count` hex digits from here, or -1. */
static long hex_read(const struct ecma *x, size_t ahead, unsigned count)
{
    long value = 0;

    for (unsigned i = 0; i < count; i++) {
        int digit = hex_value(peek(x, ahead + i));

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool code_add(struct ecma *x, long code, size_t used)
{
    if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return wrong(x, "this is no character");
    buf_addf(x->out, "\\x{%lx}", (unsigned long)code);
    x->at += used;
    return true;
}

/* \uXXXX, a pair of surrogates, \u{XXXXX} */
static bool unicode_write(struct ecma *x)
{
    size_t end = 3;
    long code = 0, low;

    if (peek(x, 2) == '{') {
        for (; hex_value(peek(x, end)) >= 0 && code <= 0x10FFFF; end++)
            code = code * 16 + hex_value(peek(x, end));
        return peek(x, end) == '}' && end > 3 ? code_add(x, code, end + 1)
                                              : wrong(x, "\\u{...} holds hex digits");
    }
    code = hex_read(x, 2, 4);
    if (code < 0)
        return wrong(x, "\\u is followed by four hex digits, or by {...}");
    low = peek(x, 6) == '\\' && peek(x, 7) == 'u' ? hex_read(x, 8, 4) : -1;
    if (code >= 0xD800 && code <= 0xDBFF && low >= 0xDC00 && low <= 0xDFFF)
        return code_add(x, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), 12);
    return code_add(x, code, 6);
}

static bool category_short(const char *name)
{
    static const char known[] =
        " C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd "
        "Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs ";
    char word[8];

    snprintf(word, sizeof word, " %.4s ", name);
    return strlen(name) <= 2 && *name != '\0' && strstr(known, word) != NULL;
}

/* As PCRE2 calls it; NULL: there is no such category. */
static const char *category_find(const char *name)
{
    if (category_short(name))
        return name;
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
        if (strcmp(categories[i][0], name) == 0)
            return categories[i][1];
    return NULL;
}

static bool property_known(const char *name)
{
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        if (strcmp(properties[i], name) == 0)
            return true;
    return false;
}

/* \p{L} \p{Letter} \p{gc=L} \p{Script=Greek} \p{Alphabetic} */
static bool property_write(struct ecma *x)
{
    const char *begin = x->text + x->at + 3, *close, *name;
    char word[64];

    close = peek(x, 2) == '{' ? memchr(begin, '}', x->size - x->at - 3) : NULL;
    if (close == NULL || (size_t)(close - begin) >= sizeof word)
        return wrong(x, "\\p and \\P are followed by the name of a property in {...}");
    snprintf(word, sizeof word, "%.*s", (int)(close - begin), begin);
    if (strncmp(word, "gc=", 3) == 0 || strncmp(word, "General_Category=", 17) == 0) {
        name = category_find(strchr(word, '=') + 1);
    } else if (strncmp(word, "sc=", 3) == 0 || strncmp(word, "scx=", 4) == 0 ||
               strncmp(word, "Script=", 7) == 0 || strncmp(word, "Script_Extensions=", 18) == 0) {
        name =
            strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_=") == strlen(word)
                ? word
                : NULL;
    } else {
        name = category_find(word);
        if (name == NULL && property_known(word))
            name = word;
    }
    if (name == NULL)
        return wrong(x, "there is no such property of characters");
    buf_addf(x->out, "\\%c{%s}", peek(x, 1), name);
    x->at = (size_t)(close + 1 - x->text);
    return true;
}

/* \k<name>, \1 */
static bool reference_write(struct ecma *x)
{
    char c = peek(x, 1);
    size_t end = 1;

    if (x->in_class)
        return wrong(x, "this escape has no meaning within [...]");
    if (c == 'k') {
        const char *close =
            peek(x, 2) == '<' ? memchr(x->text + x->at, '>', x->size - x->at) : NULL;

        if (close == NULL)
            return wrong(x, "\\k is followed by <name>");
        buf_add(x->out, x->text + x->at, (size_t)(close + 1 - x->text) - x->at);
        x->at = (size_t)(close + 1 - x->text);
        return true;
    }
    while (peek(x, end) >= '0' && peek(x, end) <= '9')
        end++;
    if (end > 4)
        return wrong(x, "there is no such group");
    buf_addf(x->out, "\\g{%.*s}", (int)(end - 1), x->text + x->at + 1);
    x->at += end;
    return true;
}

static bool spaces_write(struct ecma *x, bool spaces)
{
    const char *open = x->in_class ? "" : "[", *close = x->in_class ? "" : "]";

    buf_addf(x->out, "%s%s%s", open, spaces ? SPACES : NO_SPACES, close);
    x->at += 2;
    return true;
}

static bool letter_escape_write(struct ecma *x, char c)
{
    static const char controls[] = "tnvfr";
    static const char codes[] = { 9, 10, 11, 12, 13 };
    const char *control = strchr(controls, c);

    if (control != NULL)
        return code_add(x, codes[control - controls], 2);
    switch (c) {
    case 'u':
        return unicode_write(x);
    case 'x':
        return hex_read(x, 2, 2) >= 0 ? code_add(x, hex_read(x, 2, 2), 4)
                                      : wrong(x, "\\x is followed by two hex digits");
    case 'c':
        c = (char)(peek(x, 2) | 0x20);
        return c >= 'a' && c <= 'z' ? code_add(x, c - 'a' + 1, 3)
                                    : wrong(x, "\\c is followed by a letter");
    case 'p':
    case 'P':
        return property_write(x);
    case 's':
    case 'S':
        return spaces_write(x, c == 's');
    case 'b':
        if (x->in_class)
            return code_add(x, 8, 2);
        break;
    case 'B':
        if (x->in_class)
            return wrong(x, "\\B has no meaning within [...]");
        break;
    case 'd':
    case 'D':
    case 'w':
    case 'W':
        break;
    case 'k':
        return reference_write(x);
    default:
        return wrong(x, "ECMA-262 does not know this escape");
    }
    buf_addf(x->out, "\\%c", c);
    x->at += 2;
    return true;
}

static bool escape_write(struct ecma *x)
{
    char c = peek(x, 1);

    if (x->at + 1 >= x->size)
        return wrong(x, "a character must follow the \\");
    if (c >= '1' && c <= '9')
        return reference_write(x);
    if (c == '0')
        return peek(x, 2) >= '0' && peek(x, 2) <= '9' ? wrong(x, "write \\xHH for a character code")
                                                      : code_add(x, 0, 2);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return letter_escape_write(x, c);
    if ((unsigned char)c >= 0x80 || (unsigned char)c <= 0x20)
        return wrong(x, "ECMA-262 does not know this escape");
    buf_addf(x->out, "\\%c", c);
    x->at += 2;
    return true;
}

/* "(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?<name>" */
static bool group_write(struct ecma *x)
{
    size_t used = 1;

    if (peek(x, 1) == '*')
        return wrong(x, "nothing stands before the *");
    if (peek(x, 1) == '?') {
        char c = peek(x, 2), d = peek(x, 3);
        bool named = c == '<' && d != '=' && d != '!';

        if (strchr(":=!<", c) == NULL || c == '\0')
            return wrong(x, "ECMA-262 knows the groups (?: (?= (?! (?<= (?<! and (?<name> only");
        if (named && (d == '>' || d == '\0'))
            return wrong(x, "the group's name is missing");
        used = c == '<' && !named ? 4 : 3;
    }
    buf_add(x->out, x->text + x->at, used);
    x->at += used;
    x->groups++;
    return true;
}

/* {n} {n,} {n,m}; any other "{" is itself. */
static size_t braces_size(const struct ecma *x)
{
    size_t end = 1;

    while (peek(x, end) >= '0' && peek(x, end) <= '9')
        end++;
    if (end == 1)
        return 0;
    if (peek(x, end) == ',')
        end++;
    while (peek(x, end) >= '0' && peek(x, end) <= '9')
        end++;
    return peek(x, end) == '}' ? end + 1 : 0;
}

/* A repeat, with "?" behind it at most: "a++" is possessive in PCRE2 only. */
static bool repeat_write(struct ecma *x)
{
    size_t used = peek(x, 0) == '{' ? braces_size(x) : 1;

    if (used == 0) {
        buf_add_text(x->out, "\\{");
        x->at++;
        return true;
    }
    if (peek(x, used) == '?')
        used++;
    buf_add(x->out, x->text + x->at, used);
    x->at += used;
    if (peek(x, 0) == '*' || peek(x, 0) == '+' || peek(x, 0) == '?' ||
        (peek(x, 0) == '{' && braces_size(x) > 0))
        return wrong(x, "a repeat cannot be repeated");
    return true;
}

static bool class_write(struct ecma *x)
{
    x->in_class = true;
    buf_add_char(x->out, '[');
    x->at++;
    if (peek(x, 0) == '^') {
        buf_add_char(x->out, '^');
        x->at++;
    }
    while (x->at < x->size && x->text[x->at] != ']') {
        char c = x->text[x->at];

        if (c == '\\') {
            if (!escape_write(x))
                return false;
            continue;
        }
        if (c == '[') /* "[:" would begin a POSIX class */
            buf_add_char(x->out, '\\');
        buf_add_char(x->out, c);
        x->at++;
    }
    if (x->at >= x->size)
        return wrong(x, "the ] that ends the class is missing");
    buf_add_char(x->out, ']');
    x->at++;
    x->in_class = false;
    return true;
}

static bool item_write(struct ecma *x)
{
    char c = x->text[x->at];

    switch (c) {
    case '\\':
        return escape_write(x);
    case '[':
        return class_write(x);
    case '(':
        return group_write(x);
    case '*':
    case '+':
    case '?':
    case '{':
        return repeat_write(x);
    case '.':
        buf_add_text(x->out, ANY_BUT_LINE_ENDS);
        break;
    case '\0':
        buf_add_text(x->out, "\\x{0}");
        break;
    case ')':
        if (x->groups == 0)
            return wrong(x, "this ) closes no group");
        x->groups--;
        buf_add_char(x->out, c);
        break;
    default:
        buf_add_char(x->out, c);
    }
    x->at++;
    return true;
}

bool ecma_write(struct buf *out, const char *text, size_t size, struct err *e)
{
    struct ecma x = { .text = text, .size = size, .out = out, .e = e };

    while (x.at < size)
        if (!item_write(&x))
            return false;
    return x.groups == 0 || wrong(&x, "a ) is missing at the end");
}
