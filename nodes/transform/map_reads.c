/* map_reads.c - reads the words of an expression, not its meaning. */
#include "nodes/transform/map_reads.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "schema/schema.h"

#define CHAIN_BYTES 400u

enum word_kind { WORD_END, WORD_NAME, WORD_NUMBER, WORD_TEXT, WORD_SIGN };
struct word {
    enum word_kind kind;
    const char *at; /* of a text: between its quotes */
    size_t size;
};
struct scan {
    const char *at, *end;
};

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void scan_blank(struct scan *scan)
{
    while (scan->at < scan->end) {
        if (isspace((unsigned char)*scan->at)) {
            scan->at++;
        } else if (scan->end - scan->at > 1 && memcmp(scan->at, "--", 2) == 0) {
            while (scan->at < scan->end && *scan->at != '\n')
                scan->at++;
        } else {
            return;
        }
    }
}

static struct word scan_text(struct scan *scan)
{
    char quote = *scan->at++;
    struct word word = { .kind = WORD_TEXT, .at = scan->at };

    while (scan->at < scan->end && *scan->at != quote)
        scan->at += *scan->at == '\\' && scan->end - scan->at > 1 ? 2 : 1;
    word.size = (size_t)(scan->at - word.at);
    if (scan->at < scan->end)
        scan->at++;
    return word;
}

static struct word scan_word(struct scan *scan)
{
    static const char *const signs[] = { "...", "..", "==", "~=", "<=", ">=", "//", "[[" };
    struct word word = { .kind = WORD_END, .at = scan->end };

    scan_blank(scan);
    if (scan->at == scan->end)
        return word;
    word.at = scan->at;
    if (isdigit((unsigned char)*scan->at)) {
        word.kind = WORD_NUMBER;
        while (scan->at < scan->end && (is_name(*scan->at) || *scan->at == '.'))
            scan->at++;
    } else if (is_name(*scan->at)) {
        word.kind = WORD_NAME;
        while (scan->at < scan->end && is_name(*scan->at))
            scan->at++;
    } else if (*scan->at == '"' || *scan->at == '\'') {
        return scan_text(scan);
    } else {
        word.kind = WORD_SIGN;
        word.size = 1;
        for (size_t i = 0; i < sizeof signs / sizeof *signs && word.size == 1; i++) {
            size_t size = strlen(signs[i]);

            if ((size_t)(scan->end - scan->at) >= size && memcmp(scan->at, signs[i], size) == 0)
                word.size = size;
        }
        scan->at += word.size;
        return word;
    }
    word.size = (size_t)(scan->at - word.at);
    return word;
}

static bool word_is(const struct word *word, const char *text)
{
    return word->kind != WORD_TEXT && word->size == strlen(text) &&
           memcmp(word->at, text, word->size) == 0;
}

static bool word_among(const struct word *word, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (word_is(word, *texts))
            return true;
    return false;
}

/* ---- Chains */

struct chain {
    char text[CHAIN_BYTES];
    size_t length;
};

static void chain_add(struct chain *chain, const char *text, size_t size)
{
    if (chain->length + size + 1 > sizeof chain->text)
        return; /* a path so long is shown cut */
    memcpy(chain->text + chain->length, text, size);
    chain->length += size;
    chain->text[chain->length] = '\0';
}

/* The name of a list's item becomes the list it is from. false: the name begins no chain. */
static bool chain_begin(struct chain *chain, const struct word *word, const struct map_names *names)
{
    static const char *const roots[] = { "trigger", "steps", "input", "vars",
                                         "env",     "run",   "item",  NULL };

    chain->length = 0;
    for (const struct map_names *at = names; at != NULL; at = at->outer) {
        bool own = at->name != NULL && word_is(word, at->name);

        if (!own && !(at == names && word_is(word, "item")))
            continue;
        if (at->source == NULL) {
            chain_add(chain, word->at, word->size);
        } else {
            chain_add(chain, at->source, strlen(at->source));
            chain_add(chain, "[]", 2);
        }
        return true;
    }
    if (!word_among(word, roots))
        return false;
    chain_add(chain, word->at, word->size);
    return true;
}

/* The members behind the name; the scan stands behind the last one. A method is none. */
static void chain_members(struct chain *chain, struct scan *scan)
{
    for (;;) {
        struct scan ahead = *scan;
        struct word sign = scan_word(&ahead);
        struct word word = scan_word(&ahead);

        if (word_is(&sign, ".") && word.kind == WORD_NAME) {
            chain_add(chain, ".", 1);
            chain_add(chain, word.at, word.size);
        } else if (word_is(&sign, "[") && (word.kind == WORD_TEXT || word.kind == WORD_NUMBER)) {
            struct word close = scan_word(&ahead);

            if (!word_is(&close, "]"))
                return;
            chain_add(chain, word.kind == WORD_TEXT ? "." : "[", 1);
            chain_add(chain, word.at, word.size);
            if (word.kind == WORD_NUMBER)
                chain_add(chain, "]", 1);
        } else {
            return;
        }
        *scan = ahead;
    }
}

static void reads_add(json_t *into, const char *prefix, const char *text, size_t size)
{
    char read[CHAIN_BYTES + 16];

    snprintf(read, sizeof read, "%s%.*s", prefix, (int)(size < CHAIN_BYTES ? size : CHAIN_BYTES),
             text);
    for (size_t i = 0; i < json_array_size(into); i++)
        if (strcmp(json_string_value(json_array_get(into, i)), read) == 0)
            return;
    json_array_append_new(into, json_string(read));
}

/* The text behind a call's name: lookup('NAME', ...), require 'rules.NAME' */
static void reads_named(json_t *into, const char *prefix, struct scan scan)
{
    struct word word = scan_word(&scan);

    if (word_is(&word, "("))
        word = scan_word(&scan);
    if (word.kind == WORD_TEXT)
        reads_add(into, prefix, word.at, word.size);
}

void map_reads(const char *text, size_t size, const struct map_names *names, json_t *into)
{
    struct scan scan = { text, text + size };
    bool member = false; /* behind a dot or colon */
    struct chain chain;
    struct word word;

    while ((word = scan_word(&scan)).kind != WORD_END) {
        if (word.kind == WORD_NAME && !member) {
            if (word_is(&word, "lookup")) {
                reads_named(into, "lookup ", scan);
            } else if (word_is(&word, "require")) {
                reads_named(into, "", scan);
            } else if (chain_begin(&chain, &word, names)) {
                chain_members(&chain, &scan);
                reads_add(into, "", chain.text, chain.length);
            }
        }
        member = word_is(&word, ".") || word_is(&word, ":");
    }
}

bool map_chain(const char *text, size_t size, const struct map_names *names, char *out, size_t room)
{
    struct scan scan = { text, text + size };
    struct word word = scan_word(&scan);
    struct chain chain;

    if (word.kind != WORD_NAME || !chain_begin(&chain, &word, names))
        return false;
    chain_members(&chain, &scan);
    if (scan_word(&scan).kind != WORD_END)
        return false;
    snprintf(out, room, "%s", chain.text);
    return true;
}

/* ---- Shapes */

/* What stands at the top of an expression, outside of all brackets. */
struct outline {
    struct word first;
    struct word method;    /* of the call that everything ends with; size 0: none */
    const char *arguments; /* behind its '(' */
    bool choice, compares, joins, calculates;
    unsigned words;
};

static void outline_sign(struct outline *line, const struct word *word)
{
    static const char *const compares[] = { "==", "~=", "<", ">", "<=", ">=", NULL };
    static const char *const calculates[] = { "+", "-", "*", "/", "//", "%", "^", NULL };

    line->compares = line->compares || word_among(word, compares);
    line->joins = line->joins || word_is(word, "..");
    line->calculates = line->calculates || (word_among(word, calculates) && line->words > 0);
}

static void outline_read(struct outline *line, struct scan scan)
{
    static const char *const opens[] = { "(", "[", "{", NULL };
    static const char *const closes[] = { ")", "]", "}", NULL };
    struct word word, name = { 0 };
    int depth = 0;

    memset(line, 0, sizeof *line);
    while ((word = scan_word(&scan)).kind != WORD_END) {
        if (word_among(&word, closes))
            depth--;
        if (depth == 0) {
            if (line->words == 0)
                line->first = word;
            if (word.kind == WORD_SIGN)
                outline_sign(line, &word);
            line->choice = line->choice || word_is(&word, "and") || word_is(&word, "or");
            if (word_is(&word, "(")) {
                line->method = name;
                line->arguments = scan.at;
            } else if (!word_is(&word, ")")) {
                line->method.size = 0;
            }
            name = word;
            line->words++;
        }
        if (word_among(&word, opens))
            depth++;
    }
}

static int64_t characters(const struct word *word)
{
    int64_t count = 0;

    if (memchr(word->at, '\\', word->size) != NULL)
        return -1;
    for (size_t i = 0; i < word->size; i++)
        count += ((unsigned char)word->at[i] & 0xC0) != 0x80;
    return count;
}

static void shape_number(struct map_shape *shape, const struct word *word)
{
    const char *point = memchr(word->at, '.', word->size);

    shape->types = point != NULL ? SCHEMA_NUMBER : SCHEMA_INTEGER;
    shape->scale = point != NULL ? (int)(word->at + word->size - point - 1) : 0;
}

/* One word. */
static void shape_word(struct map_shape *shape, const struct word *word)
{
    if (word->kind == WORD_TEXT) {
        shape->types = SCHEMA_STRING;
        shape->length = characters(word);
    } else if (word->kind == WORD_NUMBER) {
        shape_number(shape, word);
    } else if (word_is(word, "true") || word_is(word, "false")) {
        shape->types = SCHEMA_BOOLEAN;
    } else if (word_is(word, "null")) {
        shape->types = SCHEMA_NULL;
    } else if (word_is(word, "index")) {
        shape->types = SCHEMA_INTEGER;
    }
}

/* What ends with a call of a method, x:round(2), or is a call, text.upper(x). */
static void shape_call(struct map_shape *shape, const struct outline *line, const char *end)
{
    static const char *const texts[] = { "upper",   "lower",    "rep",  "sub", "gsub",
                                         "reverse", "trim",     "text", "pad", "format",
                                         "encode",  "tostring", "uuid", "iso", NULL };
    static const char *const wholes[] = { "floor", "ceil", "int", "tointeger", NULL };
    struct scan scan = { line->arguments, end };
    struct word argument = scan_word(&scan);

    if (word_is(&line->method, "round")) {
        shape->types = SCHEMA_NUMBER;
        shape->scale = 0;
        if (argument.kind == WORD_NUMBER && argument.size == 1)
            shape->scale = argument.at[0] - '0';
        else if (!word_is(&argument, ")"))
            shape->scale = -1;
        if (shape->scale == 0)
            shape->types = SCHEMA_INTEGER;
    } else if (word_among(&line->method, wholes)) {
        shape->types = SCHEMA_INTEGER;
        shape->scale = 0;
    } else if (word_is(&line->method, "decimal")) {
        shape->types = SCHEMA_NUMBER;
    } else if (word_is(&line->method, "money")) {
        shape->types = SCHEMA_OBJECT;
    } else if (word_among(&line->method, texts)) {
        shape->types = SCHEMA_STRING;
    }
}

void map_shape(const char *text, size_t size, struct map_shape *shape)
{
    struct scan scan = { text, text + size };
    struct outline line;

    *shape = (struct map_shape){ .types = SCHEMA_ANY, .scale = -1, .length = -1 };
    outline_read(&line, scan);
    if (line.choice || line.words == 0)
        return;
    if (line.compares || word_is(&line.first, "not"))
        shape->types = SCHEMA_BOOLEAN;
    else if (line.joins)
        shape->types = SCHEMA_STRING;
    else if (line.calculates)
        shape->types = SCHEMA_NUMBER | SCHEMA_OBJECT; /* of money too */
    else if (line.words == 1)
        shape_word(shape, &line.first);
    else if (word_is(&line.first, "#"))
        shape->types = SCHEMA_INTEGER;
    else if (word_is(&line.first, "{") && line.words == 2)
        shape->types = SCHEMA_OBJECT | SCHEMA_ARRAY;
    else if (line.method.size > 0)
        shape_call(shape, &line, text + size);
}
