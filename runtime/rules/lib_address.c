/* lib_address.c - text.address, text.street, text.state: addresses of the USA and Canada. */
#include "rules/lib_priv.h"

#include <string.h>

#include "base/json.h"
#include "rules/address_priv.h"

#define ADDRESS_TICKS 3000 /* the tables are searched for each word */
#define STATE_TICKS   200

static const char *text_arg(lua_State *L, const char *who, size_t *size)
{
    const char *text = lib_text(L, 1, who, size);

    if (*size > ADDRESS_TEXT)
        lib_fail(L, "%s: the text is longer than %u bytes", who, ADDRESS_TEXT);
    if (!utf8_valid(text, *size))
        lib_fail(L, "%s: the text is not UTF-8", who);
    return text;
}

static const char *country_arg(lua_State *L, const char *who)
{
    const char *country = lib_text_or(L, 2, who, "", NULL);

    if (country[0] != '\0' && strcmp(country, "US") != 0 && strcmp(country, "CA") != 0)
        lib_fail(L, "%s: the country is 'US' or 'CA', not '%.20s'", who, lib_show(L, country, 20));
    return country;
}

static void set_part(lua_State *L, const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

static int text_address(lua_State *L)
{
    static const char who[] = "text.address";
    size_t size;
    const char *text = text_arg(L, who, &size);
    const char *country = country_arg(L, who);
    struct address address;

    box_charge(L, ADDRESS_TICKS);
    if (!address_read(&address, text, size, country))
        lib_fail(L, "%s: the text has more than %u parts", who, ADDRESS_LINES);
    lua_createtable(L, 0, 7);
    set_part(L, "name", address.name);
    set_part(L, "street", address.street);
    set_part(L, "unit", address.unit);
    set_part(L, "city", address.city);
    set_part(L, "state", address.state);
    set_part(L, "postcode", address.postcode);
    set_part(L, "country", address.country);
    kind_set(L, KIND_OBJECT);
    return 1;
}

static int text_street(lua_State *L)
{
    size_t size;
    const char *text = text_arg(L, "text.street", &size);
    char street[ADDRESS_TEXT + 1];

    box_charge(L, ADDRESS_TICKS);
    address_street(street, text, size);
    lua_pushstring(L, street);
    return 1;
}

static int text_state(lua_State *L)
{
    static const char who[] = "text.state";
    size_t size;
    const char *text = text_arg(L, who, &size);
    const char *country = country_arg(L, who);
    const char *code, *found;

    box_charge(L, STATE_TICKS);
    code = address_state(text, size, country, &found);
    if (code != NULL)
        lua_pushstring(L, code);
    else
        lua_pushnil(L);
    return 1;
}

void lib_address_add(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "address", text_address },
        { "street", text_street },
        { "state", text_state },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}
