/* lib_codec.c - hash, hmac, base64, hex: bytes as texts and back. */
#include "rules/lib_priv.h"
#include "rules/rule_keys.h"

#include <ctype.h>
#include <string.h>

#include "base/check.h"
#include "base/ident.h"

#define SHA_SIZE  32u
#define SHA_BLOCK 64u

static const char codec_64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void hash_charge(lua_State *L, size_t size)
{
    box_charge(L, 50 + size / 4); /* about 2 ns a byte */
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void sha256_bytes(const void *bytes, size_t size, unsigned char hash[SHA_SIZE])
{
    char text[DIGEST_TEXT];

    digest_text(bytes, size, text);
    for (unsigned i = 0; i < SHA_SIZE; i++)
        hash[i] = (unsigned char)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
}

/* Pushes the bytes in base 64. */
static void push_base64(lua_State *L, const unsigned char *bytes, size_t size)
{
    size_t room = (size + 2) / 3 * 4;
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, room);

    for (; size >= 3; bytes += 3, size -= 3) {
        *to++ = codec_64[bytes[0] >> 2];
        *to++ = codec_64[(bytes[0] & 3) << 4 | bytes[1] >> 4];
        *to++ = codec_64[(bytes[1] & 15) << 2 | bytes[2] >> 6];
        *to++ = codec_64[bytes[2] & 63];
    }
    if (size > 0) {
        unsigned second = size == 2 ? bytes[1] : 0;

        *to++ = codec_64[bytes[0] >> 2];
        *to++ = codec_64[(bytes[0] & 3) << 4 | second >> 4];
        *to++ = size == 2 ? codec_64[(second & 15) << 2] : '=';
        *to++ = '=';
    }
    luaL_pushresultsize(&buffer, room);
}

static void push_hex(lua_State *L, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, size * 2);

    for (size_t i = 0; i < size; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    luaL_pushresultsize(&buffer, size * 2);
}

/* Pushes a hash as the argument says: 'hex' (default) or 'base64'. */
static int push_hash(lua_State *L, int arg, const char *who, const unsigned char hash[SHA_SIZE])
{
    const char *encoding = lib_text_or(L, arg, who, "hex", NULL);

    if (strcmp(encoding, "hex") == 0)
        push_hex(L, hash, SHA_SIZE);
    else if (strcmp(encoding, "base64") == 0)
        push_base64(L, hash, SHA_SIZE);
    else
        lib_fail(L, "%s: the encoding is 'hex' or 'base64', not '%.20s'", who,
                 lib_show(L, encoding, 20));
    return 1;
}

static int hash_sha256(lua_State *L)
{
    static const char who[] = "hash.sha256";
    unsigned char hash[SHA_SIZE];
    size_t size;
    const char *text = lib_text(L, 1, who, &size);

    hash_charge(L, size);
    sha256_bytes(text, size, hash);
    return push_hash(L, 2, who, hash);
}

/* RFC 2104 over SHA-256: the key is made one block long and put in front, twice. */
static int hmac_sha256(lua_State *L)
{
    static const char who[] = "hmac.sha256";
    unsigned char key[SHA_BLOCK] = { 0 }, outer[SHA_BLOCK + SHA_SIZE];
    size_t key_size, size;
    const char *secret = lib_text(L, 1, who, &key_size);
    const char *text = lib_text(L, 2, who, &size);
    unsigned char *inner;

    lua_settop(L, 3);
    hash_charge(L, key_size + size);
    if (key_size > SHA_BLOCK)
        sha256_bytes(secret, key_size, key);
    else
        memcpy(key, secret, key_size);
    inner = lua_newuserdatauv(L, SHA_BLOCK + size, 0);
    for (unsigned i = 0; i < SHA_BLOCK; i++) {
        inner[i] = key[i] ^ 0x36;
        outer[i] = key[i] ^ 0x5C;
    }
    memcpy(inner + SHA_BLOCK, text, size);
    sha256_bytes(inner, SHA_BLOCK + size, outer + SHA_BLOCK);
    sha256_bytes(outer, sizeof(outer), key);
    return push_hash(L, 3, who, key);
}

/* By a secret that the rule names and never sees (rule_keys.h):
 * hmac.keyed(SECRET, TEXT [, ENCODING [, ALGORITHM [, PREFIX]]]) */
static int hmac_keyed(lua_State *L)
{
    static const char who[] = "hmac.keyed";
    const struct rule_scope *scope = box_of(L)->run.scope;
    const struct rule_keys *keys = scope != NULL ? scope->keys : NULL;
    size_t size, mac_size;
    const char *secret = lib_text(L, 1, who, NULL);
    const char *text = lib_text(L, 2, who, &size);
    const char *encoding = lib_text_or(L, 3, who, "hex", NULL);
    const char *algorithm = lib_text_or(L, 4, who, "sha256", NULL);
    const char *prefix = lib_text_or(L, 5, who, "", NULL);
    unsigned char mac[RULE_KEYS_MAC];
    struct err e;

    if (keys == NULL)
        lib_fail(L, "%s: only the rule by which a connection signs in has secrets", who);
    hash_charge(L, size);
    mac_size = keys->hmac(keys->arg, secret, prefix, algorithm, text, size, mac, &e);
    if (mac_size == 0)
        lib_fail(L, "%s: %s", who, e.text);
    if (strcmp(encoding, "hex") == 0)
        push_hex(L, mac, mac_size);
    else if (strcmp(encoding, "base64") == 0)
        push_base64(L, mac, mac_size);
    else if (strcmp(encoding, "bytes") == 0)
        lua_pushlstring(L, (const char *)mac, mac_size);
    else
        lib_fail(L, "%s: the encoding is 'hex', 'base64' or 'bytes', not '%.20s'", who,
                 lib_show(L, encoding, 20));
    return 1;
}

static void encoded_check(lua_State *L, const char *who, size_t size)
{
    box_charge(L, 2 + size / 16);
    if (size > LIMIT_RULE_STRING / 2)
        lib_fail(L, "%s: the text becomes longer than %u bytes", who, LIMIT_RULE_STRING);
}

static int base64_encode(lua_State *L)
{
    size_t size;
    const char *text = lib_text(L, 1, "base64.encode", &size);

    encoded_check(L, "base64.encode", size);
    push_base64(L, (const unsigned char *)text, size);
    return 1;
}

/* Both alphabets; -1: neither. */
static int value_64(char c)
{
    const char *at = c != '\0' ? strchr(codec_64, c) : NULL;

    if (at != NULL)
        return (int)(at - codec_64);
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Blanks between are passed over, as are missing '=' at the end. */
static int base64_decode(lua_State *L)
{
    static const char who[] = "base64.decode";
    size_t size, length = 0, digits = 0, pads = 0;
    const char *text = lib_text(L, 1, who, &size);
    unsigned bits = 0;
    luaL_Buffer buffer;
    char *to;

    encoded_check(L, who, size);
    to = luaL_buffinitsize(L, &buffer, size / 4 * 3 + 3);
    for (size_t i = 0; i < size; i++) {
        int value = value_64(text[i]);

        if (isspace((unsigned char)text[i]))
            continue;
        if (text[i] == '=') {
            pads++;
            continue;
        }
        if (value < 0 || pads > 0)
            lib_fail(L, "%s: byte %zu is not base 64", who, i + 1);
        bits = bits << 6 | (unsigned)value;
        if (++digits % 4 != 1)
            to[length++] = (char)(bits >> (3 - (digits + 3) % 4) * 2);
    }
    if (digits % 4 == 1 || (pads > 0 && (digits + pads) % 4 != 0))
        lib_fail(L, "%s: the text is cut off", who);
    luaL_pushresultsize(&buffer, length);
    return 1;
}

static int hex_encode(lua_State *L)
{
    size_t size;
    const char *text = lib_text(L, 1, "hex.encode", &size);

    encoded_check(L, "hex.encode", size);
    push_hex(L, (const unsigned char *)text, size);
    return 1;
}

static int hex_decode(lua_State *L)
{
    static const char who[] = "hex.decode";
    size_t size;
    const char *text = lib_text(L, 1, who, &size);
    luaL_Buffer buffer;
    char *to;

    encoded_check(L, who, size);
    if (size % 2 != 0)
        lib_fail(L, "%s: the text has an odd number of digits", who);
    to = luaL_buffinitsize(L, &buffer, size / 2);
    for (size_t i = 0; i < size; i++) {
        int value = hex_value(text[i]);

        if (value < 0)
            lib_fail(L, "%s: byte %zu is no hexadecimal digit", who, i + 1);
        to[i / 2] = (char)(i % 2 == 0 ? value << 4 : to[i / 2] | value);
    }
    luaL_pushresultsize(&buffer, size / 2);
    return 1;
}

void lib_codec_open(lua_State *L)
{
    static const luaL_Reg hash[] = { { "sha256", hash_sha256 }, { NULL, NULL } };
    static const luaL_Reg hmac[] = { { "sha256", hmac_sha256 },
                                     { "keyed", hmac_keyed },
                                     { NULL, NULL } };
    static const luaL_Reg base64[] = { { "encode", base64_encode },
                                       { "decode", base64_decode },
                                       { NULL, NULL } };
    static const luaL_Reg hex[] = { { "encode", hex_encode },
                                    { "decode", hex_decode },
                                    { NULL, NULL } };

    lib_add(L, "hash", hash, NULL);
    lib_add(L, "hmac", hmac, NULL);
    lib_add(L, "base64", base64, NULL);
    lib_add(L, "hex", hex, NULL);
}
