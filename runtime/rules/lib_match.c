/* lib_match.c - match.*: texts that are nearly the same.
 *
 * Each comparison is charged by the size of its table before it is made. A match proposes: what is
 * posted needs an exact one or a person, so best() tells how sure it is. */
#include "rules/lib_priv.h"

#include <string.h>
#include <unicode/utf8.h>

#include "base/check.h"
#include "rules/lua_json_priv.h"
#include "rules/match_priv.h"

#define MATCH_CALL  10 /* ticks of one comparison, without its table */
#define MATCH_STEPS 4  /* steps for a tick */
#define MATCH_GROW  64

/* Code points of the UTF-8 text. */
static void text_decode(lua_State *L, const char *who, const char *text, size_t size,
                        struct match_text *to)
{
    int32_t at = 0;

    to->size = 0;
    while (at < (int32_t)size) {
        int32_t c;

        U8_NEXT(text, at, (int32_t)size, c);
        if (c < 0)
            lib_fail(L, "%s: the text is not UTF-8", who);
        to->at[to->size++] = c;
    }
}

/* Bytes, which are at least the characters. */
static void size_check(lua_State *L, const char *who, size_t size)
{
    if (size > MATCH_TEXT)
        lib_fail(L, "%s: a text is longer than %u bytes", who, MATCH_TEXT);
}

static struct match_room *room_push(lua_State *L, size_t chars)
{
    return match_room_init(lua_newuserdatauv(L, match_room_size(chars), 0), chars);
}

/* Arguments 1 and 2, ready to be compared. */
static struct match_room *pair_args(lua_State *L, const char *who, enum match_method method)
{
    size_t a_size, b_size;
    const char *a = lib_text(L, 1, who, &a_size);
    const char *b = lib_text(L, 2, who, &b_size);
    struct match_room *room;

    size_check(L, who, a_size);
    size_check(L, who, b_size);
    room = room_push(L, a_size > b_size ? a_size : b_size);
    text_decode(L, who, a, a_size, &room->a);
    text_decode(L, who, b, b_size, &room->b);
    box_charge(L, MATCH_CALL + match_cost(room, method) / MATCH_STEPS);
    return room;
}

static void push_score(lua_State *L, int score)
{
    struct decimal value;

    decimal_from_int(&value, score);
    value.scale = 4;
    lib_decimal_push(L, &value);
}

static int match_levenshtein_call(lua_State *L)
{
    struct match_room *room = pair_args(L, "match.levenshtein", MATCH_LEVENSHTEIN);

    lua_pushinteger(L, (lua_Integer)match_levenshtein(room));
    return 1;
}

static int match_damerau_call(lua_State *L)
{
    struct match_room *room = pair_args(L, "match.damerau", MATCH_DAMERAU);

    lua_pushinteger(L, (lua_Integer)match_damerau(room));
    return 1;
}

static int match_jaro_winkler_call(lua_State *L)
{
    struct match_room *room = pair_args(L, "match.jaro_winkler", MATCH_JARO_WINKLER);

    push_score(L, match_score(room, MATCH_JARO_WINKLER));
    return 1;
}

static int match_token_set_call(lua_State *L)
{
    struct match_room *room = pair_args(L, "match.token_set", MATCH_TOKEN_SET);

    push_score(L, match_score(room, MATCH_TOKEN_SET));
    return 1;
}

static enum match_method method_arg(lua_State *L, int arg, const char *who)
{
    const char *name = lib_text_or(L, arg, who, "damerau", NULL);
    enum match_method method;

    if (!match_method_find(name, &method))
        lib_fail(L,
                 "%s: '%.20s' is no method; there are levenshtein, damerau, jaro_winkler, "
                 "token_set",
                 who, lib_show(L, name, 20));
    return method;
}

static int match_score_call(lua_State *L)
{
    static const char who[] = "match.score";
    enum match_method method = method_arg(L, 3, who);

    push_score(L, match_score(pair_args(L, who, method), method));
    return 1;
}

/* ---- the best of a list ---------------------------------------------------------------------- */

struct best_search {
    enum match_method method;
    int least;        /* scores below do not count */
    const char *text; /* argument 2 */
    size_t size;
    bool member;       /* its name is at BEST_BY */
    lua_Integer at;    /* 0: none */
    int score, second; /* second -1: none */
};
enum { BEST_LIST = 1, BEST_TEXT, BEST_OPTIONS, BEST_BY, BEST_ROOM, BEST_ITEM };

static const char best_who[] = "match.best";

/* A least score from 0 to 1 as units of MATCH_ONE, rounded up. */
static int least_read(lua_State *L, int index)
{
    struct decimal value, units, one;
    int64_t whole = -1;
    struct err e;

    lib_decimal_arg(L, index, best_who, &value);
    decimal_from_int(&one, MATCH_ONE);
    if (decimal_mul(&units, &value, &one, &e) == ERR_OK &&
        decimal_round(&units, &units, 0, DECIMAL_CEILING, &e) == ERR_OK)
        (void)decimal_to_int(&units, &whole);
    if (whole < 0 || whole > MATCH_ONE)
        lib_fail(L, "%s: min is a score from 0 to 1", best_who);
    return (int)whole;
}

/* {by = NAME, method = NAME, min = SCORE}; others are slips. Leaves `by` at BEST_BY. */
static void options_read(lua_State *L, struct best_search *search)
{
    lua_pushnil(L);
    if (lua_isnil(L, BEST_OPTIONS))
        return;
    lib_table(L, BEST_OPTIONS, best_who);
    lua_pushnil(L);
    while (lua_next(L, BEST_OPTIONS)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        int value = lua_gettop(L);

        if (strcmp(name, "method") == 0) {
            search->method = method_arg(L, value, best_who);
        } else if (strcmp(name, "min") == 0) {
            search->least = least_read(L, value);
        } else if (strcmp(name, "by") == 0) {
            if (lua_type(L, value) != LUA_TSTRING)
                lib_fail(L, "%s: 'by' is %s, not the name of a member", best_who,
                         lib_type_name(L, value));
            lua_copy(L, value, BEST_BY);
            search->member = true;
        } else if (lua_type(L, -2) != LUA_TLIGHTUSERDATA) { /* the hidden entry */
            lib_fail(L, "%s: there is no option '%.20s'; there are by, method, min", best_who,
                     lib_show(L, name, 20));
        }
        lua_pop(L, 1);
    }
}

/* The text of item i at the top; false: it has none. */
static bool item_push(lua_State *L, const struct best_search *search, lua_Integer i)
{
    lua_rawgeti(L, BEST_LIST, i);
    if (search->member) {
        if (lua_type(L, -1) != LUA_TTABLE || !lua_json_touch(L, lua_gettop(L)))
            lib_fail(L, "%s: item %lld is %s, not an object", best_who, i, lib_type_name(L, -1));
        lua_pushvalue(L, BEST_BY);
        lua_rawget(L, -2);
    }
    if (lua_isnil(L, -1) || lib_is_null(L, -1))
        return false;
    if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER &&
        lua_type(L, -1) != LUA_TUSERDATA)
        lib_fail(L, "%s: item %lld is %s, not a text", best_who, i, lib_type_name(L, -1));
    lib_push_text(L, -1, NULL);
    return true;
}

static void item_compare(lua_State *L, struct best_search *search, lua_Integer i)
{
    struct match_room *room = lua_touserdata(L, BEST_ROOM);
    size_t size;
    const char *text = lua_tolstring(L, -1, &size);
    int score;

    size_check(L, best_who, size);
    if (size > room->chars) {
        room = room_push(L, size + MATCH_GROW < MATCH_TEXT ? size + MATCH_GROW : MATCH_TEXT);
        lua_replace(L, BEST_ROOM);
    }
    text_decode(L, best_who, search->text, search->size, &room->a);
    text_decode(L, best_who, text, size, &room->b);
    box_charge(L, MATCH_CALL + match_cost(room, search->method) / MATCH_STEPS);
    score = match_score(room, search->method);
    if (score > search->score) {
        search->second = search->at != 0 ? search->score : -1;
        search->score = score;
        search->at = i;
    } else if (score > search->second) {
        search->second = score;
    }
}

/* {item, index, score, runner_up, margin} */
static void push_best(lua_State *L, const struct best_search *search)
{
    lua_createtable(L, 0, 5);
    lua_rawgeti(L, BEST_LIST, search->at);
    lua_setfield(L, -2, "item");
    lua_pushinteger(L, search->at);
    lua_setfield(L, -2, "index");
    push_score(L, search->score);
    lua_setfield(L, -2, "score");
    if (search->second >= 0)
        push_score(L, search->second);
    else
        lib_push_null(L);
    lua_setfield(L, -2, "runner_up");
    push_score(L, search->score - (search->second > 0 ? search->second : 0));
    lua_setfield(L, -2, "margin");
}

/* match.best(list, text[, {by, method, min}]): nil if none is as good as `min`. */
static int match_best(lua_State *L)
{
    struct best_search search = { .least = MATCH_ONE * 8 / 10, .score = -1, .second = -1 };
    lua_Integer count;

    search.method = MATCH_DAMERAU;
    lua_settop(L, BEST_OPTIONS);
    lib_table(L, BEST_LIST, best_who);
    search.text = lib_text(L, BEST_TEXT, best_who, &search.size);
    size_check(L, best_who, search.size);
    options_read(L, &search);
    room_push(L, search.size + MATCH_GROW < MATCH_TEXT ? search.size + MATCH_GROW : MATCH_TEXT);
    count = (lua_Integer)lua_rawlen(L, BEST_LIST);
    for (lua_Integer i = 1; i <= count; i++) {
        if (item_push(L, &search, i))
            item_compare(L, &search, i);
        lua_settop(L, BEST_ROOM);
    }
    if (search.at == 0 || search.score < search.least)
        return 0;
    push_best(L, &search);
    return 1;
}

void lib_match_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "levenshtein", match_levenshtein_call },
        { "damerau", match_damerau_call },
        { "jaro_winkler", match_jaro_winkler_call },
        { "token_set", match_token_set_call },
        { "score", match_score_call },
        { "best", match_best },
        { NULL, NULL },
    };

    lib_add(L, "match", functions, NULL);
}
