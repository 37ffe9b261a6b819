/* lib_priv.h - what the files of the library share: opening them, and reading arguments.
 *
 * Arguments are refused with one form of text, "NAME: argument N is nil, not a text", which the
 * error handler completes by where the nil came from. Only for rules/. */
#ifndef RULES_LIB_PRIV_H
#define RULES_LIB_PRIV_H

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

#include "base/decimal.h"
#include "rules/lua_box_priv.h"
#include "rules/money_priv.h"

/* Each puts its functions into the table at the top of the stack, the library's. */
void lib_base_open(lua_State *L);
void lib_number_open(lua_State *L); /* the literals of rules */
void lib_call_open(lua_State *L);
void lib_order_open(lua_State *L);
void lib_list_open(lua_State *L);
/* Are the keys of the table 1 to its length and nothing else? */
bool lib_items_only(lua_State *L, int index);
void lib_string_open(lua_State *L);
/* Adds find, match, gmatch, gsub to the members of `string`, which are at the top. */
void lib_pattern_add(lua_State *L);
/* Adds format. */
void lib_format_add(lua_State *L);
void lib_table_open(lua_State *L);
void lib_math_open(lua_State *L);
void lib_decimal_open(lua_State *L);
void lib_money_open(lua_State *L);
/* Adds convert, allocate, sum to the members of `money`, which are at the top. */
void lib_money_spread_add(lua_State *L);
void lib_date_open(lua_State *L);
/* Add to the members of `date`, which are at the top: business days, fiscal; read, write. */
void lib_date_work_add(lua_State *L);
void lib_date_form_add(lua_State *L);
void lib_text_open(lua_State *L);
void lib_address_add(lua_State *L); /* to the members of `text`, which are at the top */
void lib_match_open(lua_State *L);
void lib_lookup_open(lua_State *L);
void lib_decide_open(lua_State *L);
/* Can the expressions of decision tables be compiled? */
struct lookups;
struct decision;
enum err_code lib_decide_check(struct lua_box *box, const struct lookups *lookups,
                               struct err *e) MUST_USE;
/* Pushes each of them, compiled, for one to look at; runs protected. row: from 1, 0 of an input. */
typedef void lib_decide_fn(void *arg, lua_State *L, const struct decision *table, size_t row);
void lib_decide_each(lua_State *L, const struct lookups *lookups, lib_decide_fn *each, void *arg);
void lib_codec_open(lua_State *L);
void lib_data_open(lua_State *L);
void lib_random_open(lua_State *L);
int lib_uuid_v5(lua_State *L);

/* Adds a read-only table NAME of functions to the table at the top; call: what NAME(...) does,
 * or NULL. */
void lib_add(lua_State *L, const char *name, const luaL_Reg *functions, lua_CFunction call);
/* The table behind the read-only one at index is pushed. */
void lib_push_members(lua_State *L, int index);

/* Text: a string, or a number of any kind as its text (which replaces the argument). */
const char *lib_text(lua_State *L, int arg, const char *who, size_t *size);
const char *lib_text_or(lua_State *L, int arg, const char *who, const char *fallback, size_t *size);
lua_Integer lib_integer(lua_State *L, int arg, const char *who); /* any number without a fraction */
lua_Integer lib_integer_or(lua_State *L, int arg, const char *who, lua_Integer fallback);
lua_Number lib_float(lua_State *L, int arg, const char *who);    /* any number, as a float */
/* touched, so that raw access is right */
void lib_table(lua_State *L, int arg, const char *who);
void lib_function(lua_State *L, int arg, const char *who);
/* Raises "WHO: argument ARG is nil, not WANTED". */
int lib_bad(lua_State *L, int arg, const char *who, const char *wanted) __attribute__((noreturn));
int lib_fail(lua_State *L, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* Of a value for a message: what looks like a card number is masked before the text is cut to so
 * many bytes. The text is on the stack. */
const char *lib_show(lua_State *L, const char *text, size_t most);
const char *lib_type_name(lua_State *L, int index); /* "nil", "null", "text", "decimal", ... */
bool lib_is_null(lua_State *L, int index);          /* the null of JSON */
void lib_push_null(lua_State *L);
/* Pushes the text of any value as tostring() gives it. */
const char *lib_push_text(lua_State *L, int index, size_t *size);

/* Decimals. */
void lib_decimal_push(lua_State *L, const struct decimal *value);
const struct decimal *lib_decimal_test(lua_State *L, int index); /* NULL if it is none */
/* Of a decimal, an integer, a float by its shortest text. false: it is none of these. */
bool lib_decimal_read(lua_State *L, int index, struct decimal *value);
/* Any number, or a text that is one; raises an error. */
void lib_decimal_arg(lua_State *L, int arg, const char *who, struct decimal *value);
enum decimal_rounding lib_rounding_arg(lua_State *L, int arg, const char *who);
void lib_money_push(lua_State *L, const struct money *money);
const struct money *lib_money_test(lua_State *L, int index); /* NULL if it is none */
/* Money, or an object {amount, currency}; raises an error. */
void lib_money_read(lua_State *L, int index, const char *who, struct money *money);
int lib_money_mul(lua_State *L); /* `*` with money on one side */
/* A moment: milliseconds, or an ISO text, in which the zone counts if it has no offset. */
int64_t lib_moment(lua_State *L, int arg, const char *who, const char *zone);
void lib_wide_push(lua_State *L, const char *digits);
const char *lib_wide_test(lua_State *L, int index); /* the digits; NULL if it is none */
void lib_wide_open(lua_State *L); /* the methods of decimals are at the top, and stay */
int lib_number_concat(lua_State *L); /* `..` with a decimal or a wide number */

/* Pushes a list of the keys of the table at index, which is touched: in the order of pairs(), or
 * sorted. */
lua_Integer lib_order_keys(lua_State *L, int index, bool sorted);

/* Grows a text of at most LIMIT_RULE_STRING bytes. */
struct lib_build {
    luaL_Buffer buffer;
    size_t size;
    const char *who;
};
void lib_build_begin(lua_State *L, struct lib_build *build, const char *who);
void lib_build_add(struct lib_build *build, const char *text, size_t size);
void lib_build_add_value(struct lib_build *build); /* the text at the top, which is taken off */
void lib_build_end(struct lib_build *build);       /* pushes the text */

#endif
