/* rule_dump.c - reading what lua_dump() writes, in the order that it has it:
 *
 *     header, then a function: its line, instructions, constants, upvalues, inner functions, and
 *     last what only messages need: lines, names of locals, names of upvalues
 *
 * So a function's own lines stand behind its inner functions, which are passed over first. */
#include "rules/rule_dump_priv.h"

#include <lua.h>
#include <string.h>

#include "base/mem.h"
#include "rules/rule_text_priv.h"

/* ---- Reading a dump */

static const unsigned char *dump_bytes(struct dump *dump, size_t size)
{
    const unsigned char *at = dump->at;

    if (dump->bad || size > (size_t)(dump->end - dump->at)) {
        dump->bad = true;
        return NULL;
    }
    dump->at += size;
    return at;
}

static unsigned dump_byte(struct dump *dump)
{
    const unsigned char *at = dump_bytes(dump, 1);

    return at != NULL ? *at : 0;
}

/* Seven bits a byte, the most significant first; the last one has its top bit set. */
size_t dump_size(struct dump *dump)
{
    size_t size = 0;
    unsigned byte;

    do {
        byte = dump_byte(dump);
        size = size << 7 | (byte & 0x7F);
    } while ((byte & 0x80) == 0 && !dump->bad);
    return size;
}

/* How many of at least `least` bytes each follow. */
static size_t dump_count(struct dump *dump, size_t least)
{
    size_t count = dump_size(dump);

    if (count > (size_t)(dump->end - dump->at) / least)
        dump->bad = true;
    return dump->bad ? 0 : count;
}

struct text dump_text(struct dump *dump)
{
    size_t size = dump_size(dump);
    struct text text = { NULL, 0 };

    if (size == 0)
        return text;
    text.at = (const char *)dump_bytes(dump, size - 1);
    text.size = text.at != NULL ? size - 1 : 0;
    return text;
}

/* One constant; .at is NULL if it is no text. */
static struct text dump_constant(struct dump *dump)
{
    struct text none = { NULL, 0 };

    switch (dump_byte(dump)) {
    case LUA_TSTRING:
    case LUA_TSTRING | 1 << 4: /* a long one */
        return dump_text(dump);
    case LUA_TNUMBER:
        dump_bytes(dump, sizeof(lua_Integer));
        return none;
    case LUA_TNUMBER | 1 << 4:
        dump_bytes(dump, sizeof(lua_Number));
        return none;
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TBOOLEAN | 1 << 4:
        return none;
    default:
        dump->bad = true;
        return none;
    }
}

static lua_Number dump_number(const unsigned char *at)
{
    lua_Number number;

    memcpy(&number, at, sizeof(number));
    return number;
}

bool dump_head(struct dump *dump)
{
    static const char known[] = LUA_SIGNATURE "\x54\x00\x19\x93\r\n\x1a\n\x04";
    const lua_Integer integer = 0x5678;
    const lua_Number number = 370.5;
    const unsigned char *at = dump_bytes(dump, sizeof(known) - 1);

    if (at == NULL || memcmp(at, known, sizeof(known) - 1) != 0 ||
        dump_byte(dump) != sizeof(integer) || dump_byte(dump) != sizeof(number))
        return false;
    at = dump_bytes(dump, sizeof(integer));
    if (at == NULL || memcmp(at, &integer, sizeof(integer)) != 0)
        return false;
    at = dump_bytes(dump, sizeof(number));
    return at != NULL && dump_number(at) == number && dump_byte(dump) == 1;
}

/* ---- Instructions */

/* Which operands are registers, by the codes in the order of lopcodes.h: - none, a A, b A and B,
 * c all, k C, e A and C, s all; of the last three C only where it is no constant. */
static const char code_operands[] = "baaaaaaa"     /* MOVE LOADI LOADF LOADK LOADKX LOADFALSE .. */
                                    "aaaa"         /* LOADNIL GETUPVAL SETUPVAL GETTABUP */
                                    "cbb"          /* GETTABLE GETI GETFIELD */
                                    "ksee"         /* SETTABUP SETTABLE SETI SETFIELD */
                                    "as"           /* NEWTABLE SELF */
                                    "bbbbbbbb"     /* ADDI ADDK SUBK MULK MODK POWK DIVK IDIVK */
                                    "bbbbb"        /* BANDK BORK BXORK SHRI SHLI */
                                    "cccccccccccc" /* ADD to SHR */
                                    "baa"          /* MMBIN MMBINI MMBINK */
                                    "bbbb"         /* UNM BNOT NOT LEN */
                                    "aaa-"         /* CONCAT CLOSE TBC JMP */
                                    "bbb"          /* EQ LT LE */
                                    "aaaaaa"       /* EQK EQI LTI LEI GTI GEI */
                                    "ab"           /* TEST TESTSET */
                                    "aaa-a"        /* CALL TAILCALL RETURN RETURN0 RETURN1 */
                                    "aaaaa"        /* FORLOOP FORPREP TFORPREP TFORCALL TFORLOOP */
                                    "aaa--";       /* SETLIST CLOSURE VARARG VARARGPREP EXTRAARG */

bool code_touches(uint32_t word, uint32_t reg)
{
    uint32_t code = code_of(word);
    char kind = code < sizeof code_operands - 1 ? code_operands[code] : 'c';
    bool constant = (word >> 15 & 1) != 0 && strchr("kes", kind) != NULL;

    if (code == CODE_LOADNIL) /* several in a row */
        return code_a(word) <= reg && reg <= code_a(word) + code_b(word);
    return (strchr("abces", kind) != NULL && code_a(word) == reg) ||
           (strchr("bcs", kind) != NULL && code_b(word) == reg) ||
           (strchr("ckes", kind) != NULL && !constant && code_c(word) == reg);
}

/* ---- Functions */

static void function_read_lines(struct dump *dump, struct function *f)
{
    f->line_count = dump_count(dump, 1);
    f->lines = dump_bytes(dump, f->line_count);
    f->leap_count = dump_count(dump, 2);
    f->leaps = dump->at;
    for (size_t i = 0; i < f->leap_count && !dump->bad; i++) {
        dump_size(dump);
        dump_size(dump);
    }
    f->local_count = dump_count(dump, 3);
    f->locals = dump->at;
    for (size_t i = 0; i < f->local_count && !dump->bad; i++) {
        dump_text(dump);
        dump_size(dump);
        dump_size(dump);
    }
    for (size_t count = dump_count(dump, 1); count > 0 && !dump->bad; count--)
        dump_text(dump);
}

void function_read(struct dump *dump, struct function *f)
{
    dump_text(dump); /* the source */
    f->line = (unsigned)dump_size(dump);
    dump_size(dump);
    dump_bytes(dump, 3);
    f->code_count = dump_count(dump, 4);
    f->code = dump_bytes(dump, 4 * f->code_count);
    f->constant_count = dump_count(dump, 1);
    f->constants = dump->at;
    for (size_t i = 0; i < f->constant_count && !dump->bad; i++)
        dump_constant(dump);
    f->upvalue_count = dump_count(dump, 3);
    f->upvalues = dump_bytes(dump, 3 * f->upvalue_count);
    f->inner_count = dump_count(dump, 3);
    f->inner = dump->at;
    for (size_t i = 0; i < f->inner_count && !dump->bad; i++) {
        struct function passed;

        function_read(dump, &passed);
    }
    function_read_lines(dump, f);
}

uint32_t function_word(const struct function *f, size_t at)
{
    uint32_t word = 0;

    if (at < f->code_count)
        memcpy(&word, f->code + 4 * at, 4);
    return word;
}

struct text *function_constants(const struct function *f, const struct dump *whole)
{
    struct text *constants = mem_must((f->constant_count + 1) * sizeof(*constants));
    struct dump dump = { f->constants, whole->end, false };

    for (size_t i = 0; i < f->constant_count; i++)
        constants[i] = dump_constant(&dump);
    return constants;
}

/* Differences in bytes; the least one says that the line is told apart. */
unsigned function_line(const struct function *f, const struct dump *whole, size_t at)
{
    struct dump leaps = { f->leaps, whole->end, false };
    long line = (long)f->line;

    for (size_t i = 0; i <= at && i < f->line_count; i++) {
        int step = f->lines[i] < 128 ? f->lines[i] : f->lines[i] - 256; /* a signed byte */

        if (step != -128) {
            line += step;
            continue;
        }
        dump_size(&leaps); /* of this instruction: both are in order */
        line = (long)dump_size(&leaps);
    }
    return line > 0 ? (unsigned)line : 1;
}

void function_near(const struct function *f, const struct dump *whole, size_t at,
                   struct rule_near *near)
{
    for (; f != NULL; at = f->born, f = f->outer) {
        struct dump dump = { f->locals, whole->end, false };

        for (size_t i = 0; i < f->local_count; i++) {
            struct text name = dump_text(&dump);
            size_t begin = dump_size(&dump), end = dump_size(&dump);

            if (begin <= at && at < end && name.at != NULL && name.at[0] != '(')
                rule_near_add(near, name.at, name.size);
        }
    }
}

bool function_joins(const struct function *f, size_t target)
{
    for (size_t i = 0; i < f->code_count; i++) {
        uint32_t word = function_word(f, i);

        if (code_of(word) == CODE_JMP &&
            (long)i + 1 + (long)(word >> 7) - ((1L << 24) - 1) == (long)target)
            return true;
    }
    return false;
}

void function_place(struct function *f, const struct function *outer, size_t index)
{
    f->outer = outer;
    f->env = FUNCTION_NO_ENV;
    for (size_t i = 0; i < f->upvalue_count; i++)
        if (f->upvalues[3 * i] == 0 && f->upvalues[3 * i + 1] == outer->env)
            f->env = i;
    for (f->born = 0; f->born < outer->code_count; f->born++) {
        uint32_t word = function_word(outer, f->born);

        if (code_of(word) == CODE_CLOSURE && code_bx(word) == index)
            return;
    }
}
