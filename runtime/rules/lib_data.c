/* lib_data.c - json.* and uuid.v5: what stands in a text, and names made from names. */
#include "rules/lib_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/mem.h"
#include "rules/lua_json_priv.h"

/* The text of a value, with the keys of an object in the order of pairs(). */
static int json_encode(lua_State *L)
{
    struct lua_box *box = box_of(L);
    char *text;
    size_t size;

    check(box->run.making == NULL);
    lua_settop(L, 1);
    if (lua_isnil(L, 1))
        lib_push_null(L);
    lua_json_take(L, -1, "json.encode: the value", &box->run.making);
    text = json_text_new(box->run.making, LIMIT_RULE_STRING, &size);
    if (text == NULL)
        lib_fail(L, "json.encode: the text becomes longer than %u bytes", LIMIT_RULE_STRING);
    box->run.scratch = text;
    json_decref(box->run.making);
    box->run.making = NULL;
    box_charge(L, size / 8);
    lua_pushlstring(L, text, size);
    box->run.scratch = NULL;
    mem_free(text);
    return 1;
}

static int json_decode(lua_State *L)
{
    struct lua_box *box = box_of(L);
    struct json_limits limits = { LIMIT_REPLY, LIMIT_JSON_DEPTH, box_values(box) };
    size_t size;
    const char *text = lib_text(L, 1, "json.decode", &size);
    struct err e;

    check(box->run.making == NULL);
    box_charge(L, 10 + size / 2);
    box->run.making = json_read(text, size, &limits, &e);
    if (box->run.making == NULL)
        lib_fail(L, "json.decode: %s", e.text);
    lua_json_push_copy(L, box->run.making);
    json_decref(box->run.making);
    box->run.making = NULL;
    return 1;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "6ba7b810-9dad-11d1-80b4-00c04fd430c8" */
static bool uuid_read(const char *text, size_t size, unsigned char bytes[16])
{
    unsigned count = 0;

    if (size != UUID_TEXT - 1)
        return false;
    for (size_t i = 0; i < size; i++) {
        int value = hex_digit(text[i]);

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return false;
            continue;
        }
        if (value < 0)
            return false;
        bytes[count / 2] = (unsigned char)(count % 2 == 0 ? value << 4 : bytes[count / 2] | value);
        count++;
    }
    return true;
}

/* The name spaces of RFC 9562; they differ in one digit. */
static bool uuid_space(const char *name, size_t size, unsigned char bytes[16])
{
    static const struct {
        const char *name;
        const char *uuid;
    } known[] = {
        { "dns", "6ba7b810-9dad-11d1-80b4-00c04fd430c8" },
        { "url", "6ba7b811-9dad-11d1-80b4-00c04fd430c8" },
        { "oid", "6ba7b812-9dad-11d1-80b4-00c04fd430c8" },
        { "x500", "6ba7b814-9dad-11d1-80b4-00c04fd430c8" },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, name) == 0)
            return uuid_read(known[i].uuid, UUID_TEXT - 1, bytes);
    return uuid_read(name, size, bytes);
}

int lib_uuid_v5(lua_State *L)
{
    static const char who[] = "uuid.v5";
    size_t space_size, size;
    const char *space = lib_text(L, 1, who, &space_size);
    const char *name = lib_text(L, 2, who, &size);
    unsigned char bytes[16];
    char text[UUID_TEXT];

    box_charge(L, 50 + size / 4);
    if (!uuid_space(space, space_size, bytes))
        lib_fail(L, "%s: the name space is 'dns', 'url', 'oid', 'x500' or a UUID, not '%s'", who,
                 lib_show(L, space, 40));
    uuid_from_name(bytes, name, size, text);
    lua_pushstring(L, text);
    return 1;
}

void lib_data_open(lua_State *L)
{
    static const luaL_Reg json[] = { { "encode", json_encode },
                                     { "decode", json_decode },
                                     { NULL, NULL } };

    lib_add(L, "json", json, NULL);
}
