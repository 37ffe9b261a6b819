/* lua_env.c - the globals of rules: one read-only table in front of the library and the scope.
 *
 * (1) `_ENV` of every chunk is an empty table whose metatable reads from the table of the library
 * and refuses writes. The table of the library itself is never reachable. (2) A value of the scope
 * is put into the table of the library when it is first read, and taken out after the batch.
 * [env_read, env__clear] (3) A name that nobody knows is an error, not nil: a slip of the pen must
 * not decide where money goes. */
#include "rules/lua_env_priv.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "rules/date_priv.h"
#include "rules/lib_priv.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_priv.h"
#include "rules/rule_text_priv.h"
#include "rules/text_icu_priv.h"

struct env_name {
    const char *name;
    size_t size;
    size_t offset; /* of its json_t in struct rule_scope */
};
static const struct env_name env_names[] = {
#define X(field) { #field, sizeof(#field) - 1, offsetof(struct rule_scope, field) },
    ENV_SCOPE(X)
#undef X
        { "index", 5, 0 },
};
_Static_assert(sizeof(env_names) / sizeof(env_names[0]) == ENV_NAMES, "ENV_NAMES counts them");
#define ENV_INDEX (ENV_NAMES - 1)

static const char *const env_absent[] = {
    "_ENV",         "_G",       "_VERSION",   "arg",     "bit32",        "collectgarbage",
    "coroutine",    "debug",    "dofile",     "getfenv", "getmetatable", "io",
    "load",         "loadfile", "loadstring", "module",  "newproxy",     "os",
    "package",      "rawequal", "rawget",     "rawlen",  "rawset",       "setfenv",
    "setmetatable", "unpack",   "utf8",       "warn",    "jit",          "ffi",
};

static json_t *env_value(const struct rule_scope *scope, size_t at)
{
    json_t *value;

    memcpy(&value, (const char *)scope + env_names[at].offset, sizeof(value));
    return value;
}

static size_t env_find(const char *name, size_t size)
{
    size_t at = 0;

    while (at < ENV_NAMES &&
           (env_names[at].size != size || memcmp(env_names[at].name, name, size) != 0))
        at++;
    return at;
}

bool env__scope_find(const struct rule_scope *scope, const char *name, size_t size, json_t **value)
{
    size_t at = env_find(name, size);

    if (at >= ENV_INDEX || scope == NULL)
        return false;
    *value = env_value(scope, at);
    return true;
}

bool env__is_absent(const char *name)
{
    for (size_t i = 0; i < sizeof(env_absent) / sizeof(env_absent[0]); i++)
        if (strcmp(env_absent[i], name) == 0)
            return true;
    return false;
}

void env__near(lua_State *L, struct rule_near *near)
{
    for (unsigned i = 0; i < ENV_NAMES; i++)
        rule_near_add(near, env_names[i].name, env_names[i].size);
    lua_rawgeti(L, LUA_REGISTRYINDEX, box_of(L)->library_ref);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        size_t size;
        const char *name;

        lua_pop(L, 1);
        name = lua_tolstring(L, -1, &size); /* all keys are texts */
        if (name[0] != '_')
            rule_near_add(near, name, size);
    }
    lua_pop(L, 1);
}

bool env__knows(lua_State *L, const char *name)
{
    bool known = env_find(name, strlen(name)) < ENV_NAMES;

    lua_rawgeti(L, LUA_REGISTRYINDEX, box_of(L)->library_ref);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        known = known || strcmp(lua_tostring(L, -2), name) == 0;
    lua_pop(L, 1);
    return known;
}

void env__unknown_say(const char *name, const struct rule_near *near, char text[LIMIT_RULE_TEXT])
{
    if (near->count > 0)
        snprintf(text, LIMIT_RULE_TEXT, "there is nothing named '%.64s'; do you mean '%.*s'?", name,
                 (int)(near->best[0].size < 64 ? near->best[0].size : 64), near->best[0].name);
    else
        snprintf(text, LIMIT_RULE_TEXT,
                 "there is nothing named '%.64s' (rules have no global variables; use local)",
                 name);
}

void env__written_say(const char *name, char text[LIMIT_RULE_TEXT])
{
    snprintf(text, LIMIT_RULE_TEXT, "rules have no global variables; use: local %.64s = ...", name);
}

static int env_unknown(lua_State *L, const char *name)
{
    char text[LIMIT_RULE_TEXT];
    struct rule_near near;

    if (env__is_absent(name)) {
        lua_pushnil(L);
        return 1;
    }
    rule_near_init(&near, name, strlen(name), rule_near_slip(strlen(name)));
    env__near(L, &near);
    env__unknown_say(name, &near, text);
    lib_fail(L, "%s", text);
}

/* __index of the table of the library: (table, name). */
static int env_read(lua_State *L)
{
    struct lua_box *box = box_of(L);
    size_t size;
    const char *name;
    size_t at;

    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    name = lua_tolstring(L, 2, &size);
    at = env_find(name, size);
    if (at == ENV_NAMES)
        return env_unknown(L, name);
    if (box->run.scope == NULL)
        return 0;
    if (at == ENV_INDEX) {
        if (box->run.scope->index == 0)
            return 0;
        lua_pushinteger(L, box->run.scope->index);
    } else {
        json_t *value = env_value(box->run.scope, at);

        if (value == NULL)
            return 0;
        lua_json_push(L, value);
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    box->run.touched |= 1u << at;
    return 1;
}

static int env_write(lua_State *L)
{
    char text[LIMIT_RULE_TEXT];

    env__written_say(lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "it", text);
    lib_fail(L, "%s", text);
}

/* 1: the name, 2: the modules of the batch, 3: what the module returned. */
static int env_loaded(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    if (lua_isnil(L, 3)) {
        lua_pushboolean(L, 1);
        lua_replace(L, 3);
    }
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 3);
    lua_settable(L, 2);
    return 1;
}

int env__load(lua_State *L)
{
    struct lua_box *box = box_of(L);
    const char *name = lua_tostring(L, 1);
    int type;

    lua_settop(L, 1);
    box_charge(L, 20);
    if (box->run.modules_ref == LUA_NOREF) {
        lua_newtable(L);
        box->run.modules_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, box->run.modules_ref);
    type = lua_getfield(L, 2, name);
    if (type == LUA_TLIGHTUSERDATA)
        lib_fail(L, "require: module 'rules.%.64s' requires itself", name);
    if (type != LUA_TNIL)
        return 1;
    lua_pop(L, 1);
    lua_pushlightuserdata(L, box); /* while it loads */
    lua_setfield(L, 2, name);
    unit__push_module(L, name);
    lua_callk(L, 0, 1, 0, env_loaded);
    return env_loaded(L, LUA_OK, 0);
}

static int env_require(lua_State *L)
{
    static const char prefix[] = "rules.";
    const char *name = lib_text(L, 1, "require", NULL);

    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
        lib_fail(L, "require: modules are named 'rules.NAME', not '%s'", lib_show(L, name, 64));
    lua_pushstring(L, name + sizeof(prefix) - 1);
    lua_replace(L, 1);
    return env__load(L);
}

/* Texts have methods: ("x"):upper(), numbers too: (5):round(2). The metatables are out of reach. */
static void env_methods(lua_State *L, const char *library)
{
    lua_createtable(L, 0, 1);
    lua_getfield(L, -3, library);
    lib_push_members(L, -1);
    lua_setfield(L, -3, "__index");
    lua_pop(L, 1);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

static void env_open_library(lua_State *L)
{
    lib_base_open(L);
    lib_number_open(L);
    lib_call_open(L);
    lib_order_open(L);
    lib_list_open(L);
    lib_string_open(L);
    lib_table_open(L);
    lib_math_open(L);
    lib_decimal_open(L);
    lib_money_open(L);
    lib_date_open(L);
    lib_text_open(L);
    lib_match_open(L);
    lib_lookup_open(L);
    lib_decide_open(L);
    lib_codec_open(L);
    lib_data_open(L);
    lib_random_open(L);
    lua_pushcfunction(L, env_require);
    lua_setfield(L, -2, "require");
    lua_pushliteral(L, "");
    env_methods(L, "string");
    lua_pushinteger(L, 0);
    env_methods(L, "decimal");
}

void env__open(lua_State *L)
{
    struct lua_box *box = box_of(L);

    lua_json_open(L);
    lua_createtable(L, 0, 80); /* the library */
    env_open_library(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, env_read);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_createtable(L, 0, 0); /* the environment */
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, env_write);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS); /* what lua_load() gives a chunk */
    box->library_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_createtable(L, ENV_NAMES, 0);
    for (unsigned i = 0; i < ENV_NAMES; i++) {
        lua_pushlstring(L, env_names[i].name, env_names[i].size);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    box->names_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* Allocates nothing, so it may run unprotected. */
void env__clear(struct lua_box *box)
{
    lua_State *L = box->state;

    check(!box->run.armed);
    if (box->run.touched != 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, box->library_ref);
        lua_rawgeti(L, LUA_REGISTRYINDEX, box->names_ref);
        for (unsigned i = 0; i < ENV_NAMES; i++)
            if ((box->run.touched & 1u << i) != 0) {
                lua_rawgeti(L, -1, (lua_Integer)i + 1);
                lua_pushnil(L);
                lua_rawset(L, -4);
            }
        lua_pop(L, 2);
        box->run.touched = 0;
    }
    if (box->run.modules_ref != LUA_NOREF) {
        luaL_unref(L, LUA_REGISTRYINDEX, box->run.modules_ref);
        box->run.modules_ref = LUA_NOREF;
    }
}

void env__save(struct lua_box *box, int save_ref)
{
    lua_State *L = box->state;

    if (box->run.touched == 0)
        return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, box->library_ref);
    lua_rawgeti(L, LUA_REGISTRYINDEX, box->names_ref);
    lua_rawgeti(L, LUA_REGISTRYINDEX, save_ref);
    for (unsigned i = 0; i < ENV_NAMES; i++)
        if ((box->run.touched & 1u << i) != 0) {
            lua_rawgeti(L, -2, (lua_Integer)i + 1);
            lua_pushvalue(L, -1);
            lua_rawget(L, -5);
            lua_rawseti(L, -3, (lua_Integer)i + 1);
            lua_pushnil(L);
            lua_rawset(L, -5);
        }
    lua_pop(L, 3);
}

/* Runs protected; 1: the table of what was saved. */
static int env_restore(lua_State *L)
{
    struct lua_box *box = box_of(L);

    lua_rawgeti(L, LUA_REGISTRYINDEX, box->library_ref);
    lua_rawgeti(L, LUA_REGISTRYINDEX, box->names_ref);
    for (unsigned i = 0; i < ENV_NAMES; i++)
        if ((box->run.touched & 1u << i) != 0) {
            lua_rawgeti(L, 3, (lua_Integer)i + 1);
            lua_rawgeti(L, 1, (lua_Integer)i + 1);
            lua_rawset(L, 2);
        }
    return 0;
}

bool env__restore(struct lua_box *box, int save_ref)
{
    lua_State *L = box->state;
    bool done;

    if (box->run.touched == 0)
        return true;
    lua_pushcfunction(L, env_restore);
    lua_rawgeti(L, LUA_REGISTRYINDEX, save_ref);
    done = lua_pcall(L, 1, 0, 0) == LUA_OK;
    lua_settop(L, 0);
    env__forget(box, save_ref);
    return done;
}

void env__forget(struct lua_box *box, int save_ref)
{
    lua_State *L = box->state;

    lua_rawgeti(L, LUA_REGISTRYINDEX, save_ref);
    for (int i = 1; i <= ENV_NAMES; i++) {
        lua_pushboolean(L, 0);
        lua_rawseti(L, -2, i);
    }
    lua_pop(L, 1);
}

void env__caches_new(struct lua_box *box)
{
    box->dates = dates_new();
    box->texts = texts_new();
}

void env__caches_free(struct lua_box *box)
{
    dates_free(box->dates);
    texts_free(box->texts);
    box->dates = NULL;
    box->texts = NULL;
}
