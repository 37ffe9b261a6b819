/* lib_decide.c - decide(table, values): the decision tables of a flow version.
 *
 *     values of the inputs, one by one --> the rows that take them --> their outcomes, one by one
 *
 * An input or an outcome may be an expression, which sees the values given as `input`. It is
 * compiled when it is first needed in a batch, and kept for the batch beside the modules; that it
 * can be compiled was seen when the unit was made [lib_decide_check]. Since an expression can
 * pause, everything about a call is in a userdata on the Lua stack:
 *
 *     1 the table's name   2 the values given   3 struct decide   4 values of the inputs   then
 *     the result being built */
#include "rules/lib_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "rules/date_priv.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_lookup_priv.h"
#include "rules/rule_priv.h"
#include "rules/rule_decision_priv.h"

#define MS_DAY INT64_C(86400000)

enum decide_next { DECIDE_VALUE, DECIDE_CALL, DECIDE_END };

struct decide {
    const struct decision *table; /* of the unit, which outlives the batch */
    struct decision_value values[DECISION_INPUTS];
    size_t input;  /* in hand */
    size_t output; /* in hand, of hits[hit] */
    size_t hit, hit_count;
    bool calling;                     /* an expression is under way */
    uint16_t hits[DECISION_ROWS + 1]; /* row_count: the default */
};

static const struct decision *table_arg(lua_State *L)
{
    const struct rule_unit *unit = box_of(L)->run.unit;
    const char *name = lib_text(L, 1, "decide", NULL);
    const struct decision *table;
    char text[LIMIT_RULE_TEXT];
    struct buf names;

    check(unit != NULL);
    table = lookups_decision(unit->lookups, name);
    if (table != NULL)
        return table;
    buf_init(&names, 1024);
    lookups_names(unit->lookups, true, &names);
    snprintf(text, sizeof(text), "%s", buf_text(&names));
    buf_fini(&names);
    if (text[0] == '\0')
        lib_fail(L, "decide: there is no decision table '%.64s'; this flow has none",
                 lib_show(L, name, 64));
    lib_fail(L, "decide: there is no decision table '%.64s'; there are: %s", lib_show(L, name, 64),
             text);
}

/* ---- Expressions */

struct decide_code {
    const char *text;
    bool read;
};

static const char *code_read(lua_State *L, void *arg, size_t *size)
{
    struct decide_code *code = arg;

    (void)L;
    *size = code->read ? 0 : strlen(code->text);
    code->read = true;
    return *size > 0 ? code->text : NULL;
}

/* row: from 1; 0: of an input. */
static void code_compile(lua_State *L, const struct decision *table, const char *text, size_t row)
{
    struct decide_code code = { text, false };
    char chunk[LIMIT_ID + 32];
    int status;

    if (row == 0)
        snprintf(chunk, sizeof chunk, "=rules.%.40s.table inputs", table->name);
    else
        snprintf(chunk, sizeof chunk, "=rules.%.40s.table row %zu", table->name, row);
    box_charge(L, 50 + strlen(text) / 4);
    status = lua_load(L, code_read, &code, chunk, "t");
    box_check(L, status);
    if (status != LUA_OK)
        lua_error(L);
}

/* The chunk, compiled in this batch. */
static void code_push(lua_State *L, const struct decision *table, const char *text, size_t row)
{
    struct lua_box *box = box_of(L);

    if (box->run.modules_ref == LUA_NOREF) {
        lua_newtable(L);
        box->run.modules_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, box->run.modules_ref);
    if (lua_rawgetp(L, -1, text) == LUA_TNIL) {
        lua_pop(L, 1);
        code_compile(L, table, text, row);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, -3, text);
    }
    lua_remove(L, -2);
}

void lib_decide_each(lua_State *L, const struct lookups *lookups, lib_decide_fn *each, void *arg)
{
    const struct decision *table;
    int top = lua_gettop(L);
    size_t cursor = 0;

    while ((table = lookups_next_decision(lookups, &cursor)) != NULL) {
        for (size_t i = 0; i < table->input_count; i++)
            if (table->inputs[i].code != NULL) {
                code_compile(L, table, table->inputs[i].code, 0);
                each(arg, L, table, 0);
                lua_settop(L, top);
            }
        for (size_t i = 0; i < (table->row_count + 1) * table->output_count; i++)
            if (table->outcomes[i].code != NULL) {
                code_compile(L, table, table->outcomes[i].code, i / table->output_count + 1);
                each(arg, L, table, i / table->output_count + 1);
                lua_settop(L, top);
            }
    }
}

static void code_compiles(void *arg, lua_State *L, const struct decision *table, size_t row)
{
    (void)arg;
    (void)L;
    (void)table;
    (void)row;
}

/* Runs protected. */
static int code_check(lua_State *L)
{
    lib_decide_each(L, lua_touserdata(L, 1), code_compiles, NULL);
    return 0;
}

enum err_code lib_decide_check(struct lua_box *box, const struct lookups *lookups, struct err *e)
{
    return box_call(box, code_check, (void *)lookups, e);
}

/* ---- Values of inputs */

static int input_fail(lua_State *L, const struct decide *decide, const char *why)
{
    return lib_fail(L, "decide: table '%.64s': input '%.64s' %s", decide->table->name,
                    decide->table->inputs[decide->input].name, why);
}

static void input_number(lua_State *L, const struct decide *decide, struct decimal *number)
{
    size_t size;
    const char *text;
    struct err ignored;

    if (lua_type(L, -1) == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &size);
        if (decimal_parse(number, text, size, &ignored) == ERR_OK)
            return;
    } else if (lib_decimal_read(L, -1, number)) {
        return;
    }
    input_fail(L, decide, "is no number");
}

static void input_day(lua_State *L, const struct decision_input *input, struct decimal *number)
{
    size_t size;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
    int64_t day = 0, moment, offset = 0;
    struct err e;

    if (text == NULL || !decision__day_read(text, size, &day)) {
        moment = lib_moment(L, lua_gettop(L), "decide", input->zone);
        if (!date__in_range(moment))
            lib_fail(L, "decide: '%.64s' is no moment of the years 1 to 9999", input->name);
        if (input->zone != NULL &&
            date__offset(box_of(L)->dates, input->zone, moment, &offset, &e) != ERR_OK)
            lib_fail(L, "decide: %s", e.text);
        moment += offset;
        day = moment / MS_DAY - (moment % MS_DAY < 0 ? 1 : 0);
    }
    decimal_from_int(number, day);
}

/* The value at the top; its text stays on the stack. */
static void input_take(lua_State *L, struct decide *decide)
{
    const struct decision_input *input = &decide->table->inputs[decide->input];
    struct decision_value *value = &decide->values[decide->input];

    value->null = lua_isnil(L, -1) || lib_is_null(L, -1);
    if (value->null && !input->optional)
        input_fail(L, decide, lua_isnil(L, -1) ? "is nil" : "is null");
    if (value->null) {
        ;
    } else if (input->type == DECISION_NUMBER) {
        input_number(L, decide, &value->number);
    } else if (input->type == DECISION_DATE) {
        input_day(L, input, &value->number);
    } else if (input->type == DECISION_BOOLEAN) {
        if (lua_type(L, -1) != LUA_TBOOLEAN)
            input_fail(L, decide, "is not true or false");
        decimal_from_int(&value->number, lua_toboolean(L, -1));
    } else {
        if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER &&
            lib_decimal_test(L, -1) == NULL)
            input_fail(L, decide, "is no text");
        if (lua_type(L, -1) != LUA_TSTRING) {
            lib_push_text(L, -1, NULL);
            lua_replace(L, -2);
        }
        value->text = lua_tostring(L, -1);
    }
    decide->input++;
}

/* ---- The rows */

static int decide_none(lua_State *L, const struct decide *decide)
{
    const struct decision *table = decide->table;
    char shown[LIMIT_RULE_TEXT];
    struct buf text;
    struct err e;

    for (size_t i = 0; i < table->input_count; i++)
        if (!decision_value_fits(&table->inputs[i], &decide->values[i], &e)) {
            lib_fail(L, "decide: table '%.64s': input '%.64s' %s, and the table has no default",
                     table->name, table->inputs[i].name, e.text);
        }
    buf_init(&text, 4096);
    for (size_t i = 0; i < table->input_count; i++) {
        buf_add_text(&text, i > 0 ? ", " : "");
        decision_value_show(&table->inputs[i], &decide->values[i], &text);
    }
    snprintf(shown, sizeof shown, "%s", buf_text(&text));
    buf_fini(&text);
    return lib_fail(L, "decide: table '%.64s' has no row for %.300s", table->name,
                    lib_show(L, shown, 300));
}

/* Which rows take the values; pushes the list that the outcomes go into, if there is one. */
static void decide_match(lua_State *L, struct decide *decide)
{
    const struct decision *table = decide->table;
    bool fits = true;
    struct err ignored;

    box_charge(L, 20 + table->row_count * table->input_count);
    for (size_t i = 0; i < table->input_count; i++)
        fits = fits && decision_value_fits(&table->inputs[i], &decide->values[i], &ignored);
    for (size_t row = 0; fits && row < table->row_count; row++) {
        if (!decision_row_takes(table, row, decide->values))
            continue;
        decide->hits[decide->hit_count++] = (uint16_t)row;
        if (table->hit != DECISION_ALL)
            break;
    }
    if (decide->hit_count == 0 && table->has_default)
        decide->hits[decide->hit_count++] = (uint16_t)table->row_count;
    if (decide->hit_count == 0 && (table->hit != DECISION_ALL || !fits))
        decide_none(L, decide);
    if (table->hit == DECISION_ALL) {
        lua_createtable(L, (int)decide->hit_count, 0);
        kind_set(L, KIND_ARRAY);
    }
}

/* ---- Outcomes */

/* The value at the top goes where it belongs. */
static void outcome_take(lua_State *L, struct decide *decide)
{
    const struct decision *table = decide->table;

    if (table->output_count > 1)
        lua_setfield(L, -2, table->outputs[decide->output]);
    decide->output++;
    if (decide->output < table->output_count)
        return;
    decide->output = 0;
    decide->hit++;
    if (table->hit == DECISION_ALL)
        lua_rawseti(L, -2, (lua_Integer)decide->hit);
}

/* Pushes a value, or an expression and what it is called with. */
static enum decide_next decide_push(lua_State *L, struct decide *decide)
{
    const struct decision *table = decide->table;
    const struct decision_outcome *outcome;
    const char *code;
    size_t row = 0;

    if (decide->input < table->input_count) {
        code = table->inputs[decide->input].code;
        if (code == NULL) {
            lua_pushstring(L, table->inputs[decide->input].name);
            lua_rawget(L, 2);
            return DECIDE_VALUE;
        }
    } else {
        if (decide->hit == decide->hit_count)
            return DECIDE_END;
        outcome =
            &table->outcomes[decide->hits[decide->hit] * table->output_count + decide->output];
        if (decide->output == 0 && table->output_count > 1)
            lua_createtable(L, 0, (int)table->output_count);
        code = outcome->code;
        if (code == NULL) {
            lua_json_push(L, outcome->literal);
            return DECIDE_VALUE;
        }
    }
    code_push(L, table, code, row);
    lua_pushvalue(L, 2);
    return DECIDE_CALL;
}

static void decide_take(lua_State *L, struct decide *decide)
{
    if (decide->input == decide->table->input_count) {
        outcome_take(L, decide);
        return;
    }
    input_take(L, decide);
    if (decide->input == decide->table->input_count)
        decide_match(L, decide);
}

static int decide_go(lua_State *L, int status, lua_KContext context)
{
    struct decide *decide = lua_touserdata(L, 3);
    enum decide_next next;

    (void)status;
    for (;;) {
        if (decide->calling) {
            decide->calling = false;
            decide_take(L, decide);
        }
        next = decide_push(L, decide);
        if (next == DECIDE_END)
            return 1;
        if (next == DECIDE_VALUE) {
            decide_take(L, decide);
            continue;
        }
        decide->calling = true;
        lua_callk(L, 1, 1, context, decide_go);
    }
}

static int decide_call(lua_State *L)
{
    const struct decision *table = table_arg(L);
    struct decide *decide;

    lib_table(L, 2, "decide");
    lua_settop(L, 2);
    luaL_checkstack(L, DECISION_INPUTS + 10, NULL);
    decide = lua_newuserdatauv(L, sizeof *decide, 0);
    memset(decide, 0, sizeof *decide);
    decide->table = table;
    return decide_go(L, LUA_OK, 0);
}

void lib_decide_open(lua_State *L)
{
    lua_pushcfunction(L, decide_call);
    lua_setfield(L, -2, "decide");
}
