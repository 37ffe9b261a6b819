/* lib_pattern.c - string.find, match, gmatch, gsub: as in Lua, over our matcher, which counts.
 *
 * The steps of a match are what is left of the batch's ticks; what it took is charged afterwards.
 */
#include "rules/lib_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/check.h"
#include "rules/lua_json_priv.h"
#include "rules/lua_pattern_priv.h"

#define STEPS_PER_TICK 2u        /* a step of the matcher is cheaper than an instruction of Lua */
#define STEPS_MOST     20000000u /* of one match: about 100 ms */

static uint64_t steps_left(lua_State *L)
{
    uint64_t ticks = box_ticks_left(box_of(L));

    return ticks < STEPS_MOST / STEPS_PER_TICK ? (ticks + 1) * STEPS_PER_TICK : STEPS_MOST;
}

static bool pattern_in_time(void *box)
{
    return !box__is_late(box);
}

static void pattern_prepare(lua_State *L, struct pattern *p, const char *subject,
                            size_t subject_size, const char *text, size_t text_size)
{
    pattern_init(p, subject, subject_size, text, text_size, steps_left(L));
    p->go_on = pattern_in_time;
    p->arg = box_of(L);
}

/* pattern_match() whose steps are charged and whose fault is raised. */
static const char *pattern_run(lua_State *L, struct pattern *p, const char *at)
{
    uint64_t before = p->steps + p->more;
    const char *end = pattern_match(p, at);

    box_charge(L, (before - p->steps - p->more) / STEPS_PER_TICK);
    if (p->spent)
        box_spend(L, BOX_TICKS);
    if (p->fault[0] != '\0')
        lib_fail(L, "%s", p->fault);
    return end;
}

/* Pushes one capture; the whole match for index 0 of a pattern without captures. */
static void capture_push(lua_State *L, const struct pattern *p, unsigned index, const char *from,
                         const char *to)
{
    const struct pattern_capture *capture = &p->captures[index];

    if (index >= p->level) {
        if (index != 0)
            lib_fail(L, "invalid capture index %%%u", index + 1);
        lua_pushlstring(L, from, (size_t)(to - from));
    } else if (capture->size == PATTERN_POSITION) {
        lua_pushinteger(L, capture->at - p->subject + 1);
    } else if (capture->size == PATTERN_OPEN) {
        lib_fail(L, "unfinished capture");
    } else {
        lua_pushlstring(L, capture->at, (size_t)capture->size);
    }
}

/* from NULL: only what the pattern captures. */
static int captures_push(lua_State *L, const struct pattern *p, const char *from, const char *to)
{
    unsigned count = p->level == 0 && from != NULL ? 1 : p->level;

    luaL_checkstack(L, (int)count, "too many captures");
    for (unsigned i = 0; i < count; i++)
        capture_push(L, p, i, from, to);
    return (int)count;
}

static int find_plain(lua_State *L, const char *subject, size_t size, size_t init, const char *text,
                      size_t text_size)
{
    const char *found;

    box_charge(L, (size - init) / 32);
    found = memmem(subject + init, size - init, text, text_size);
    if (found == NULL) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)text_size);
    return 2;
}

/* Where a search begins: 0 to size; more: nowhere. */
static size_t init_read(lua_State *L, int arg, const char *who, size_t size)
{
    lua_Integer init = lib_integer_or(L, arg, who, 1);

    if (init > 0)
        return (size_t)init - 1;
    return init == 0 || init < -(lua_Integer)size ? 0 : size + (size_t)init;
}

static int pattern_find(lua_State *L, bool find)
{
    const char *who = find ? "string.find" : "string.match";
    size_t size, text_size;
    const char *subject = lib_text(L, 1, who, &size);
    const char *text = lib_text(L, 2, who, &text_size);
    size_t init = init_read(L, 3, who, size);
    struct pattern p;
    bool anchor;

    if (init > size) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || pattern_is_plain(text, text_size)))
        return find_plain(L, subject, size, init, text, text_size);
    anchor = text_size > 0 && *text == '^';
    pattern_prepare(L, &p, subject, size, text + (anchor ? 1 : 0), text_size - (anchor ? 1 : 0));
    for (const char *at = subject + init; at <= subject + size; at++) {
        const char *end = pattern_run(L, &p, at);

        if (end != NULL && find) {
            lua_pushinteger(L, at - subject + 1);
            lua_pushinteger(L, end - subject);
            return captures_push(L, &p, NULL, NULL) + 2;
        }
        if (end != NULL)
            return captures_push(L, &p, at, end);
        if (anchor)
            break;
    }
    lua_pushnil(L);
    return 1;
}

static int string_find(lua_State *L)
{
    return pattern_find(L, true);
}

static int string_match(lua_State *L)
{
    return pattern_find(L, false);
}

/* Upvalues: subject, pattern, where to go on, where the last match ended (-1: none yet). */
static int gmatch_step(lua_State *L)
{
    size_t size, text_size;
    const char *subject = lua_tolstring(L, lua_upvalueindex(1), &size);
    const char *text = lua_tolstring(L, lua_upvalueindex(2), &text_size);
    size_t from = (size_t)lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    struct pattern p;

    pattern_prepare(L, &p, subject, size, text, text_size);
    for (; from <= size; from++) {
        const char *end = pattern_run(L, &p, subject + from);

        if (end == NULL || end - subject == last)
            continue;
        lua_pushinteger(L, end - subject);
        lua_copy(L, -1, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return captures_push(L, &p, subject + from, end);
    }
    return 0;
}

static int string_gmatch(lua_State *L)
{
    size_t size;
    size_t init;

    lib_text(L, 1, "string.gmatch", &size);
    lib_text(L, 2, "string.gmatch", NULL);
    init = init_read(L, 3, "string.gmatch", size);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(init > size ? size + 1 : init));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_step, 4);
    return 1;
}

/* Adds a replacement text with its %0 ... %9 filled in. */
static void gsub_add_text(lua_State *L, struct lib_build *build, const struct pattern *p,
                          const char *from, const char *to)
{
    size_t size;
    const char *text = lua_tolstring(L, 3, &size);
    const char *end = text + size;

    while (text < end) {
        const char *escape = memchr(text, '%', (size_t)(end - text));
        char name;

        lib_build_add(build, text, (size_t)((escape != NULL ? escape : end) - text));
        if (escape == NULL)
            return;
        name = escape + 1 < end ? escape[1] : '\0';
        if (name == '%') {
            lib_build_add(build, "%", 1);
        } else if (name == '0') {
            lib_build_add(build, from, (size_t)(to - from));
        } else if (isdigit((unsigned char)name)) {
            capture_push(L, p, (unsigned)(name - '1'), from, to);
            lua_tostring(L, -1); /* a position becomes a text */
            lib_build_add_value(build);
        } else {
            lib_fail(L, "string.gsub: invalid use of '%%' in the replacement");
        }
        text = escape + 2;
    }
}

/* Adds what takes the place of one match. */
static void gsub_add(lua_State *L, struct lib_build *build, const struct pattern *p,
                     const char *from, const char *to)
{
    int type = lua_type(L, 3);

    box_charge(L, 4);
    if (type == LUA_TSTRING) {
        gsub_add_text(L, build, p, from, to);
        return;
    }
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, captures_push(L, p, from, to), 1);
    } else {
        capture_push(L, p, 0, from, to);
        lua_rawget(L, 3);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        lib_build_add(build, from, (size_t)(to - from));
        return;
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        if (lua_type(L, -1) != LUA_TNUMBER && lua_type(L, -1) != LUA_TUSERDATA)
            lib_fail(L, "string.gsub: the replacement is %s, not a text", lib_type_name(L, -1));
        lib_push_text(L, -1, NULL);
        lua_replace(L, -2);
    }
    lib_build_add_value(build);
}

static int string_gsub(lua_State *L)
{
    static const char who[] = "string.gsub";
    size_t size, text_size;
    const char *at = lib_text(L, 1, who, &size);
    const char *text = lib_text(L, 2, who, &text_size);
    const char *end = at + size;
    const char *last = NULL;
    lua_Integer most = lib_integer_or(L, 4, who, (lua_Integer)size + 1);
    lua_Integer count = 0;
    bool anchor = text_size > 0 && *text == '^';
    struct lib_build build;
    struct pattern p;

    if (lua_type(L, 3) == LUA_TTABLE)
        lib_table(L, 3, who);
    else if (lua_type(L, 3) != LUA_TFUNCTION)
        lib_text(L, 3, who, NULL);
    pattern_prepare(L, &p, at, size, text + (anchor ? 1 : 0), text_size - (anchor ? 1 : 0));
    lib_build_begin(L, &build, who);
    while (count < most) {
        const char *found;

        pattern_grant(&p, steps_left(L)); /* a callback may take some */
        found = pattern_run(L, &p, at);
        if (found != NULL && found != last) {
            count++;
            gsub_add(L, &build, &p, at, found);
            at = last = found;
        } else if (at < end) {
            lib_build_add(&build, at++, 1);
        } else {
            break;
        }
        if (anchor)
            break;
    }
    lib_build_add(&build, at, (size_t)(end - at));
    lib_build_end(&build);
    lua_pushinteger(L, count);
    return 2;
}

void lib_pattern_add(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "find", string_find },
        { "match", string_match },
        { "gmatch", string_gmatch },
        { "gsub", string_gsub },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}
