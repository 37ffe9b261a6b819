/* lib_random.c - random() and uuid.random(): the same for the same run and step.
 *
 * SplitMix64 over the scope's seed. The generator is part of what a repetition relies on: a run
 * that goes on after an update of the program must see the same numbers, so it is never to be
 * changed. */
#include "rules/lib_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/ident.h"

static uint64_t random_next(struct lua_box *box)
{
    uint64_t z = box->run.random += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Below `count`, each with the same chance. */
static uint64_t random_below(struct lua_box *box, uint64_t count)
{
    uint64_t odd = (0 - count) % count; /* these would come once more than the rest */
    uint64_t value;

    do
        value = random_next(box);
    while (value < odd);
    return value % count;
}

/* random(): [0, 1); random(n): 1 to n; random(m, n): m to n. */
static int random_call(lua_State *L)
{
    static const char who[] = "random";
    struct lua_box *box = box_of(L);
    lua_Integer least = 1, most;
    uint64_t count;

    if (lua_isnone(L, 1)) {
        lua_pushnumber(L, (lua_Number)(random_next(box) >> 11) * 0x1.0p-53);
        return 1;
    }
    most = lib_integer(L, 1, who);
    if (!lua_isnone(L, 2)) {
        least = most;
        most = lib_integer(L, 2, who);
    }
    if (least > most)
        lib_fail(L, "%s: the range is empty", who);
    count = (uint64_t)most - (uint64_t)least + 1;
    lua_pushinteger(L, (lua_Integer)((uint64_t)least +
                                     (count == 0 ? random_next(box) : random_below(box, count))));
    return 1;
}

/* As struct random, for uuid_random(). */
struct random_box {
    struct random random;
    struct lua_box *box;
};

static void random_box_fill(struct random *random, void *bytes, size_t size)
{
    struct random_box *source = (struct random_box *)random;
    unsigned char *to = bytes;

    for (size_t i = 0; i < size; i += 8) {
        uint64_t value = random_next(source->box);

        memcpy(to + i, &value, size - i < 8 ? size - i : 8);
    }
}

static int random_uuid(lua_State *L)
{
    struct random_box source = { .random.fill = random_box_fill, .box = box_of(L) };
    char text[UUID_TEXT];

    uuid_random(&source.random, text);
    lua_pushstring(L, text);
    return 1;
}

void lib_random_open(lua_State *L)
{
    static const luaL_Reg uuid[] = { { "random", random_uuid },
                                     { "v5", lib_uuid_v5 },
                                     { NULL, NULL } };

    lib_add(L, "uuid", uuid, NULL);
    lua_pushcfunction(L, random_call);
    lua_setfield(L, -2, "random");
}
