/* rule_dump_priv.h - a compiled text, read from what lua_dump() writes of it. For rules/.
 *
 * The format is that of Lua 5.4; a dump whose header says anything else is not read. Everything
 * here borrows from the bytes of the dump. */
#ifndef RULES_RULE_DUMP_PRIV_H
#define RULES_RULE_DUMP_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum code { /* lopcodes.h of Lua 5.4 */
    CODE_LOADK = 3,
    CODE_LOADNIL = 8,
    CODE_GETUPVAL = 9,
    CODE_GETTABUP = 11,
    CODE_GETTABLE = 12,
    CODE_GETI = 13,
    CODE_GETFIELD = 14,
    CODE_SETTABUP = 15,
    CODE_SELF = 20,
    CODE_JMP = 56,
    CODE_RETURN = 70,
    CODE_CLOSURE = 79,
};

static inline uint32_t code_of(uint32_t word)
{
    return word & 0x7F;
}

static inline uint32_t code_a(uint32_t word)
{
    return word >> 7 & 0xFF;
}

static inline uint32_t code_b(uint32_t word)
{
    return word >> 16 & 0xFF;
}

static inline uint32_t code_c(uint32_t word)
{
    return word >> 24;
}

static inline uint32_t code_bx(uint32_t word)
{
    return word >> 15;
}

/* Whether the instruction reads or writes the register, which is a local's there: what is only put
 * together for a call or a list stands behind all locals. A closure's captures are not seen. */
bool code_touches(uint32_t word, uint32_t reg);

struct text {
    const char *at; /* NULL: none */
    size_t size;
};
struct dump {
    const unsigned char *at, *end;
    bool bad; /* it ended early */
};
/* The next number, the next text. */
size_t dump_size(struct dump *dump);
struct text dump_text(struct dump *dump);
/* Passes over the header. false: it is of another format. */
bool dump_head(struct dump *dump);

struct function {
    const struct function *outer; /* NULL: the outermost */
    size_t born;                  /* at which instruction of the outer one it is made */
    size_t env;                   /* which upvalue is _ENV; FUNCTION_NO_ENV: none */
    unsigned line;
    const unsigned char *code;
    size_t code_count;
    const unsigned char *constants; /* the first; NULL: none */
    size_t constant_count;
    const unsigned char *upvalues;
    size_t upvalue_count;
    const unsigned char *inner; /* the first; read with this one's head in mind */
    size_t inner_count;
    const unsigned char *lines;
    size_t line_count;
    const unsigned char *leaps; /* lines too far apart for a byte */
    size_t leap_count;
    const unsigned char *locals;
    size_t local_count;
};
#define FUNCTION_NO_ENV SIZE_MAX

/* Inner functions are passed over: they are read from .inner, one by one. */
void function_read(struct dump *dump, struct function *f);
/* Tells an inner function, which was just read, where the outer one makes it, and which of its
 * upvalues is _ENV there. */
void function_place(struct function *f, const struct function *outer, size_t index);
/* One instruction; 0 behind the last. */
uint32_t function_word(const struct function *f, size_t at);
/* .at is NULL where one is no text; mem_free() them. whole: the dump, as far as it was read. */
struct text *function_constants(const struct function *f, const struct dump *whole);
unsigned function_line(const struct function *f, const struct dump *whole, size_t at);
/* Adds the locals that can be seen at an instruction, of outer functions too. */
struct rule_near;
void function_near(const struct function *f, const struct dump *whole, size_t at,
                   struct rule_near *near);
/* Whether a jump ends at the instruction: then another value may stand there. */
bool function_joins(const struct function *f, size_t target);

#endif
