/* rule_explain.c - the message handler, and what it knows about Lua's sentences.
 *
 * Nothing here allocates from Lua or runs a rule's code: an error object is only looked at raw. */
#include "rules/rule_explain_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "rules/lib_priv.h"
#include "rules/lua_env_priv.h"
#include "rules/rule_chain_priv.h"
#include "rules/rule_priv.h"
#include "rules/rule_text_priv.h"

#define SHAPE_KEYS 8u

struct explain {
    lua_State *L;
    struct lua_box *box;
    const char *raw; /* the message without its place */
    char chunk[LIMIT_ID + 16];
    unsigned line;    /* 0: unknown */
    const char *text; /* of the chunk; NULL: unknown */
    size_t size;
    char out[2 * LIMIT_RULE_TEXT];
    size_t length;
};

static void say(struct explain *ex, const char *fmt, ...) PRINTF(2, 3);
static void say(struct explain *ex, const char *fmt, ...)
{
    va_list args;
    int added;

    va_start(args, fmt);
    added = vsnprintf(ex->out + ex->length, sizeof(ex->out) - ex->length, fmt, args);
    va_end(args);
    check(added >= 0);
    ex->length += (size_t)added;
    if (ex->length >= sizeof(ex->out))
        ex->length = sizeof(ex->out) - 1;
}

/* "rule:3: text" or "rules.NAME:3: text": the place is taken off. false: it has none. */
static bool place_take(const char **raw, char *chunk, size_t room, unsigned *line)
{
    const char *colon = strchr(*raw, ':');
    const char *at;
    unsigned number = 0;
    size_t size;

    if (colon == NULL || (strncmp(*raw, "rule:", 5) != 0 && strncmp(*raw, "rules.", 6) != 0))
        return false;
    size = (size_t)(colon - *raw);
    for (at = colon + 1; isdigit((unsigned char)*at) && number < 100000000; at++)
        number = number * 10 + (unsigned)(*at - '0');
    if (at == colon + 1 || at[0] != ':' || at[1] != ' ' || size + 2 > room)
        return false;
    snprintf(chunk, room, "=%.*s", (int)size, *raw);
    *line = number;
    *raw = at + 2;
    return true;
}

/* The innermost function of a rule on the stack. */
static void place_from_stack(struct explain *ex)
{
    lua_Debug where;

    for (int level = 1; lua_getstack(ex->L, level, &where); level++)
        if (lua_getinfo(ex->L, "Sl", &where) && where.currentline > 0) {
            snprintf(ex->chunk, sizeof(ex->chunk), "%s", where.source);
            ex->line = (unsigned)where.currentline;
            return;
        }
}

static void place_say(struct explain *ex)
{
    const char *name = NULL;

    ex->text = unit__find_text(ex->box, ex->chunk, &ex->size, &name);
    if (ex->line == 0)
        return;
    if (name != NULL)
        snprintf(ex->box->run.where, sizeof(ex->box->run.where), ", %s, line %u", name, ex->line);
    else
        snprintf(ex->box->run.where, sizeof(ex->box->run.where), ", line %u", ex->line);
}

/* "attempt to VERB a TYPE value (KIND 'NAME')" */
struct claim {
    char verb[40];
    char type[24];
    char kind[16];
    char name[80]; /* "": Lua does not know */
};

static bool part_take(const char **at, const char *until, char *part, size_t room)
{
    const char *end = strstr(*at, until);

    if (end == NULL)
        return false;
    snprintf(part, room, "%.*s", (int)(end - *at), *at);
    *at = end + strlen(until);
    return true;
}

static bool claim_read(struct claim *claim, const char *raw)
{
    static const char prefix[] = "attempt to ";
    const char *at = raw + sizeof(prefix) - 1;

    memset(claim, 0, sizeof(*claim));
    if (strncmp(raw, prefix, sizeof(prefix) - 1) != 0)
        return false;
    if (!part_take(&at, " a ", claim->verb, sizeof(claim->verb)) ||
        !part_take(&at, " value", claim->type, sizeof(claim->type)))
        return false;
    if (strncmp(at, " (", 2) == 0) {
        at += 2;
        if (!part_take(&at, " '", claim->kind, sizeof(claim->kind)) ||
            !part_take(&at, "'", claim->name, sizeof(claim->name)))
            claim->name[0] = '\0';
    }
    if (strcmp(claim->name, "?") == 0 || strcmp(claim->name, "integer index") == 0)
        claim->name[0] = '\0';
    return true;
}

/* As rules' authors call it, with its article. */
static const char *type_word(const char *type)
{
    static const char *const words[][2] = {
        { "nil", "nil" },
        { "userdata", "null" },
        { "string", "a text" },
        { "table", "a table" },
        { "number", "a number" },
        { "boolean", "a boolean" },
        { "function", "a function" },
        { "decimal", "a decimal" },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], type) == 0)
            return words[i][1];
    return type;
}

static void shape_say_object(struct explain *ex, json_t *object, const char *path, size_t size,
                             const struct chain_step *wanted)
{
    struct rule_near near;
    unsigned count = 0;

    rule_near_init(&near, wanted->at != NULL ? wanted->at : "", wanted->size,
                   rule_near_slip(wanted->size));
    say(ex, " (%.*s has: ", (int)size, path);
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        if (count < SHAPE_KEYS)
            say(ex, "%s%.40s", count > 0 ? ", " : "", json_object_iter_key(at));
        if (count++ < 1000)
            rule_near_add(&near, json_object_iter_key(at), json_object_iter_key_len(at));
    }
    say(ex, count == 0 ? "nothing)" : count > SHAPE_KEYS ? ", ...)" : ")");
    if (near.count > 0 && wanted->at != NULL)
        say(ex, "; do you mean '%.64s'?", near.best[0].name);
}

/* What stands where the last step of the chain was looked for. */
static void shape_say(struct explain *ex, const struct chain *chain, unsigned count)
{
    size_t size = count > 1 ? chain_size(chain, count - 1) : 0;
    bool known;
    json_t *parent;

    if (count < 2 || chain_value(chain, count, ex->box->run.seen, &known) != NULL)
        return;
    parent = chain_value(chain, count - 1, ex->box->run.seen, &known);
    if (!known)
        return;
    if (json_is_object(parent))
        shape_say_object(ex, parent, chain->begin, size, &chain->steps[count - 1]);
    else if (json_is_array(parent))
        say(ex, " (%.*s is a list of %zu)", (int)size, chain->begin, json_array_size(parent));
}

static void claim_say_call(struct explain *ex, const struct claim *claim, const struct chain *chain,
                           unsigned count)
{
    if (strcmp(claim->type, "nil") != 0)
        say(ex, "'%s' is %s, not a function", claim->name, type_word(claim->type));
    else if (strcmp(claim->kind, "global") == 0 && env__is_absent(claim->name))
        say(ex, "'%s' is not available in rules", claim->name);
    else if (count > 0)
        say(ex, "there is no function %.*s", (int)chain_size(chain, count), chain->begin);
    else
        say(ex, "there is no %s %s", strcmp(claim->kind, "method") == 0 ? "method" : "function",
            claim->name);
}

static const char *claim_because(const struct claim *claim)
{
    if (strcmp(claim->verb, "perform arithmetic on") == 0)
        return strcmp(claim->type, "string") == 0 ? " and not a number; decimal(...) makes it one"
                                                  : " and cannot be calculated with";
    if (strcmp(claim->verb, "concatenate") == 0)
        return " and cannot be joined with ..";
    if (strcmp(claim->verb, "get length of") == 0)
        return " and has no length";
    if (strcmp(claim->verb, "perform bitwise operation on") == 0)
        return " and has no bits";
    if (strcmp(claim->verb, "index") == 0 && strcmp(claim->type, "nil") != 0 &&
        strcmp(claim->type, "userdata") != 0)
        return " and has no members";
    return "";
}

static bool claim_say(struct explain *ex)
{
    struct claim claim;
    struct chain chain;
    unsigned count = 0;
    const char *word;

    if (!claim_read(&claim, ex->raw))
        return false;
    if (ex->text != NULL &&
        !chain_find(&chain, &count, ex->text, ex->size, ex->line,
                    claim.name[0] != '\0' ? claim.name : NULL, ex->box->run.seen))
        count = 0;
    if (strcmp(claim.verb, "call") == 0 && claim.name[0] != '\0') {
        claim_say_call(ex, &claim, &chain, count);
        return true;
    }
    word = type_word(claim.type);
    if (strcmp(claim.kind, "global") == 0 && env__is_absent(claim.name)) {
        say(ex, "'%s' is not available in rules", claim.name);
        return true;
    }
    if (count > 0)
        say(ex, "%.*s is %s%s", (int)chain_size(&chain, count), chain.begin, word,
            claim_because(&claim));
    else if (claim.name[0] != '\0')
        say(ex, "%s is %s%s", claim.name, word, claim_because(&claim));
    else
        say(ex, "a value in this line is %s%s", word, claim_because(&claim));
    if (count > 0)
        shape_say(ex, &chain, count);
    return true;
}

/* "attempt to compare two nil values", "attempt to compare nil with number" */
static bool compare_say(struct explain *ex)
{
    const char *at = ex->raw;
    char left[24], right[24];

    if (strncmp(at, "attempt to compare ", 19) != 0)
        return false;
    at += 19;
    if (strncmp(at, "two ", 4) == 0) {
        at += 4;
        if (!part_take(&at, " values", left, sizeof(left)))
            return false;
        say(ex, "two values that are %s cannot be compared by < or >", type_word(left));
        return true;
    }
    if (!part_take(&at, " with ", left, sizeof(left)))
        return false;
    snprintf(right, sizeof(right), "%s", at);
    say(ex, "%s and %s cannot be compared by < or >", type_word(left), type_word(right));
    return true;
}

/* "NAME: argument N is nil, not WANTED", as lib_bad() says it */
static bool argument_say(struct explain *ex)
{
    const char *at = ex->raw;
    char name[48], number[8], found[24];
    struct chain chain;

    if (ex->text == NULL || !part_take(&at, ": argument ", name, sizeof(name)) ||
        !part_take(&at, " is ", number, sizeof(number)) ||
        !part_take(&at, ", ", found, sizeof(found)) || !isdigit((unsigned char)number[0]) ||
        number[1] != '\0' || number[0] == '0')
        return false;
    if (strcmp(found, "nil") != 0 && strcmp(found, "null") != 0)
        return false;
    if (!chain_find_argument(&chain, ex->text, ex->size, ex->line, name,
                             (unsigned)(number[0] - '0'), ex->box->run.seen))
        return false;
    say(ex, "%s: %.*s is %s", name, (int)chain_size(&chain, chain.count), chain.begin, found);
    shape_say(ex, &chain, chain.count);
    return true;
}

/* "a text has no member 'token'", as lib_unknown() says it: what was the text? */
static bool member_say(struct explain *ex)
{
    const char *at = ex->raw;
    char what[16], name[80];
    struct chain chain;
    unsigned count;

    if (ex->text == NULL || !part_take(&at, " has no member '", what, sizeof(what)) ||
        !part_take(&at, "'", name, sizeof(name)) || strncmp(what, "a ", 2) != 0)
        return false;
    if (!chain_find(&chain, &count, ex->text, ex->size, ex->line, name, ex->box->run.seen) ||
        count < 2)
        return false;
    say(ex, "%.*s is %s and has no member '%s'", (int)chain_size(&chain, count - 1), chain.begin,
        what, name);
    return true;
}

/* The text of an error value; its place is not taken off yet. */
static const char *raw_text(lua_State *L)
{
    const char *raw = NULL;

    if (lua_type(L, 1) == LUA_TSTRING)
        return lua_tostring(L, 1);
    if (lua_type(L, 1) == LUA_TTABLE && lua_checkstack(L, 4)) {
        lua_pushnil(L);
        while (lua_next(L, 1) && raw == NULL) { /* a name needs no memory to be compared so */
            if (lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING &&
                strcmp(lua_tostring(L, -2), "message") == 0)
                raw = lua_tostring(L, -1);
            lua_pop(L, 1);
        }
        if (raw != NULL)
            return raw;
        return "an error without a message was raised (a table; its 'message' would be shown)";
    }
    return "an error without a text was raised";
}

int explain__handler(lua_State *L)
{
    struct explain ex = { .L = L, .box = box_of(L) };

    lua_settop(L, 1);
    ex.raw = ex.box->run.spent != BOX_LEFT ? "" : raw_text(L);
    lua_settop(L, 2);
    if (ex.box->run.unit == NULL) { /* compiling: explain__syntax() does the rest */
        say(&ex, "%.*s", (int)sizeof(ex.out), ex.raw);
    } else {
        if (!place_take(&ex.raw, ex.chunk, sizeof(ex.chunk), &ex.line))
            place_from_stack(&ex);
        place_say(&ex);
        if (!claim_say(&ex) && !compare_say(&ex) && !argument_say(&ex) && !member_say(&ex))
            say(&ex, "%.*s", (int)sizeof(ex.out), ex.raw);
    }
    rule_text_tidy(ex.box->run.text, sizeof(ex.box->run.text), ex.out, ex.length);
    lua_settop(L, 1);
    return 1;
}

void explain__syntax(const char *raw, bool expression, unsigned *line, char text[LIMIT_RULE_TEXT])
{
    struct explain ex = { .raw = raw };
    const char *near;

    *line = 1;
    if (place_take(&ex.raw, ex.chunk, sizeof(ex.chunk), &ex.line))
        *line = ex.line;
    near = strstr(ex.raw, "near <eof>");
    if (near != NULL)
        say(&ex, "%.*sat the end of the text", (int)(near - ex.raw), ex.raw);
    else
        say(&ex, "%.*s", (int)sizeof(ex.out), ex.raw);
    if (expression && strstr(ex.raw, "<eof> expected") != NULL) {
        ex.length = 0;
        near = strstr(ex.raw, "near ");
        say(&ex, "the expression should end before %s", near != NULL ? near + 5 : "this");
        if (near != NULL && strcmp(near, "near '='") == 0)
            say(&ex, "; == compares");
    } else if (expression && strstr(ex.raw, "near 'return'") != NULL) {
        say(&ex, "; an expression needs no 'return'");
    }
    rule_text_tidy(text, LIMIT_RULE_TEXT, ex.out, ex.length);
}
