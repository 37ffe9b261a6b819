/* odbc_param.c - values on their way into a statement, and out of a procedure.
 *
 * Numbers with a fraction travel as their text, never as a double. A text travels as UTF-16. */
#include "io/odbc_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/mem.h"

#define PARAM_BYTES (4 * MIB)
#define OUT_CHARS   4000 /* of a text that a procedure gives back */

struct odbc_value {
    union {
        SQLBIGINT integer;
        double number;
        unsigned char bit;
    };
    struct buf bytes; /* texts and binaries */
    SQLLEN size;      /* or SQL_NULL_DATA */
    SQLLEN room;
    SQLSMALLINT c_type;
};
struct odbc_bound {
    size_t count;
    struct odbc_value values[];
};

/* ---- One value in */

static enum err_code value_wrong(const struct sql_param *param, const char *wanted, struct err *e)
{
    return err_set(e, ERR_INVALID, "the value of \"%.60s\" must be %s, but is: %s", param->name,
                   wanted, json_kind(param->value));
}

/* The digits or the text of a value; NULL: it has none. */
static const char *value_text(const json_t *value, char digits[32])
{
    if (json_is_integer(value)) {
        snprintf(digits, 32, "%lld", (long long)json_integer_value(value));
        return digits;
    }
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    return json_is_exact(value) ? json_exact_text(value) : json_text(value);
}

static bool fits(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; text++, pattern++)
        if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
            return false;
    return true; /* the rest is of the caller's to look at */
}

/* Behind the seconds: a fraction, and a Z where a zone may stand. */
static bool fits_rest(const char *text, bool zone)
{
    if (*text == '.') {
        size_t digits = strspn(text + 1, "0123456789");

        if (digits == 0 || digits > 9)
            return false;
        text += 1 + digits;
    }
    if (zone && *text == 'Z')
        text++;
    return *text == '\0';
}

/* "2026-11-21T09:03:03.5Z" as ODBC writes it: a blank for the T, no Z, for sessions are in UTC. */
static enum err_code value_moment(struct odbc_value *v, const struct sql_param *param,
                                  const char *text, struct err *e)
{
    bool good = text != NULL;
    char *at;

    if (good && param->as == SQL_AS_DATE)
        good = fits(text, "0000-00-00") && text[10] == '\0';
    else if (good && param->as == SQL_AS_TIME)
        good = fits(text, "00:00:00") && fits_rest(text + 8, false);
    else if (good)
        good = fits(text, "0000-00-00") && (text[10] == 'T' || text[10] == ' ') &&
               fits(text + 11, "00:00:00") && fits_rest(text + 19, true);
    if (!good)
        return err_set(e, ERR_INVALID, "the value of \"%.60s\" must be a %s like %s, in UTC",
                       param->name, sql_as_name(param->as),
                       param->as == SQL_AS_DATE   ? "2026-11-21"
                       : param->as == SQL_AS_TIME ? "09:03:03"
                                                  : "2026-11-21T09:03:03Z");
    buf_add_text(&v->bytes, text);
    at = v->bytes.at;
    if (param->as == SQL_AS_TIMESTAMP && at != NULL) {
        at[10] = ' ';
        if (at[v->bytes.len - 1] == 'Z')
            at[--v->bytes.len] = '\0';
    }
    v->c_type = SQL_C_CHAR;
    return ERR_OK;
}

static enum err_code value_number(struct odbc_value *v, const struct sql_param *param,
                                  const char *text, struct err *e)
{
    struct decimal number;
    char digits[DECIMAL_TEXT], *end;

    if (text == NULL || decimal_parse(&number, text, strlen(text), e) != ERR_OK)
        return value_wrong(param, "a number", e);
    if (param->as == SQL_AS_INTEGER) {
        int64_t whole;

        if (!decimal_to_int(&number, &whole))
            return value_wrong(param, "a whole number of 64 bits", e);
        v->integer = whole;
        v->c_type = SQL_C_SBIGINT;
    } else if (param->as == SQL_AS_FLOAT) {
        v->number = strtod(text, &end);
        v->c_type = SQL_C_DOUBLE;
    } else {
        decimal_text(&number, digits);
        buf_add_text(&v->bytes, digits);
        v->c_type = SQL_C_CHAR;
    }
    return ERR_OK;
}

static enum err_code value_binary(struct odbc_value *v, const struct sql_param *param,
                                  const char *text, struct err *e)
{
    if (text == NULL || !base64_read(&v->bytes, text, strlen(text)))
        return value_wrong(param, "base64", e);
    v->c_type = SQL_C_BINARY;
    return ERR_OK;
}

static enum sql_as value_as(const struct sql_param *param)
{
    if (param->as != SQL_AS_AUTO)
        return param->as;
    if (json_is_boolean(param->value))
        return SQL_AS_BOOLEAN;
    if (json_is_integer(param->value))
        return SQL_AS_INTEGER;
    return json_is_exact(param->value)  ? SQL_AS_DECIMAL
           : json_is_real(param->value) ? SQL_AS_FLOAT
                                        : SQL_AS_TEXT;
}

static enum err_code value_in(struct odbc_value *v, const struct sql_param *given, struct err *e)
{
    struct sql_param param = *given;
    char digits[32];
    const char *text;

    param.as = value_as(given);
    if (param.value == NULL || json_is_null(param.value)) {
        v->size = SQL_NULL_DATA;
        v->c_type = SQL_C_WCHAR;
        return ERR_OK;
    }
    if (json_is_real(param.value) && param.as == SQL_AS_FLOAT) {
        v->number = json_real_value(param.value);
        v->c_type = SQL_C_DOUBLE;
        return ERR_OK;
    }
    text = value_text(param.value, digits);
    if (text == NULL)
        return value_wrong(&param, "a text, a number, true, false or null", e);
    switch (param.as) {
    case SQL_AS_BOOLEAN:
        if (!json_is_boolean(param.value))
            return value_wrong(&param, "true or false", e);
        v->bit = json_is_true(param.value);
        v->c_type = SQL_C_BIT;
        return ERR_OK;
    case SQL_AS_INTEGER:
    case SQL_AS_FLOAT:
    case SQL_AS_DECIMAL:
        return value_number(v, &param, text, e);
    case SQL_AS_DATE:
    case SQL_AS_TIME:
    case SQL_AS_TIMESTAMP:
        return value_moment(v, &param, text, e);
    case SQL_AS_BINARY:
        return value_binary(v, &param, text, e);
    default:
        odbc__widen(&v->bytes, text,
                    json_is_text(param.value) ? json_string_length(param.value) : strlen(text));
        v->c_type = SQL_C_WCHAR;
        return ERR_OK;
    }
}

/* ---- Binding */

/* The type that the database is told, with its size and digits behind the point. */
static SQLSMALLINT value_type(const struct odbc_value *v, enum sql_as as, SQLULEN *size,
                              SQLSMALLINT *scale)
{
    const char *text = buf_text(&v->bytes), *point = strchr(text, '.');

    *scale = 0;
    *size = v->bytes.len > 0 ? v->bytes.len : 1;
    switch (as) {
    case SQL_AS_BOOLEAN:
        return SQL_BIT;
    case SQL_AS_INTEGER:
        *size = 19;
        return SQL_BIGINT;
    case SQL_AS_FLOAT:
        *size = 53;
        return SQL_DOUBLE;
    case SQL_AS_DECIMAL:
        *scale = point != NULL ? (SQLSMALLINT)strlen(point + 1) : 0;
        *size = strlen(text) - (point != NULL) - (*text == '-');
        return SQL_DECIMAL;
    case SQL_AS_DATE:
        *size = 10;
        return SQL_TYPE_DATE;
    case SQL_AS_TIME:
        *size = 8;
        return SQL_TYPE_TIME;
    case SQL_AS_TIMESTAMP:
        *scale = point != NULL ? (SQLSMALLINT)strlen(point + 1) : 0;
        *size = 19 + (SQLULEN)*scale + (*scale > 0);
        return SQL_TYPE_TIMESTAMP;
    case SQL_AS_BINARY:
        return *size > 8000 ? SQL_LONGVARBINARY : SQL_VARBINARY;
    default:
        *size = v->bytes.len > 2 ? v->bytes.len / 2 - 1 : 1;
        return *size > 4000 ? SQL_WLONGVARCHAR : SQL_WVARCHAR;
    }
}

/* Room for what comes back, what goes in at its beginning. */
static void value_room(struct odbc_value *v, const struct sql_param *param)
{
    static const SQLSMALLINT c_types[SQL_AS_COUNT] = {
        [SQL_AS_AUTO] = SQL_C_WCHAR,      [SQL_AS_TEXT] = SQL_C_WCHAR,
        [SQL_AS_INTEGER] = SQL_C_SBIGINT, [SQL_AS_DECIMAL] = SQL_C_CHAR,
        [SQL_AS_FLOAT] = SQL_C_DOUBLE,    [SQL_AS_BOOLEAN] = SQL_C_BIT,
        [SQL_AS_DATE] = SQL_C_CHAR,       [SQL_AS_TIME] = SQL_C_CHAR,
        [SQL_AS_TIMESTAMP] = SQL_C_CHAR,  [SQL_AS_BINARY] = SQL_C_BINARY,
    };
    static const char nothing[64];

    if (!param->in)
        v->size = SQL_NULL_DATA;
    v->c_type = c_types[param->as];
    while (v->bytes.len < 2 * OUT_CHARS)
        buf_add(&v->bytes, nothing, sizeof nothing);
}

/* It lies in the value itself, and not in its bytes. */
static bool is_fixed(SQLSMALLINT c_type)
{
    return c_type == SQL_C_SBIGINT || c_type == SQL_C_DOUBLE || c_type == SQL_C_BIT;
}

static enum err_code bind_one(SQLHSTMT handle, SQLUSMALLINT index, struct odbc_value *v,
                              const struct sql_param *param, struct err *e)
{
    enum sql_as as = param->in ? value_as(param) : param->as;
    SQLSMALLINT scale, type, way = SQL_PARAM_INPUT;
    SQLULEN size;

    if (v->size != SQL_NULL_DATA && !is_fixed(v->c_type))
        v->size = v->c_type == SQL_C_WCHAR ? (SQLLEN)v->bytes.len - 2 : (SQLLEN)v->bytes.len;
    type = value_type(v, as, &size, &scale);
    if (param->out) {
        way = param->in ? SQL_PARAM_INPUT_OUTPUT : SQL_PARAM_OUTPUT;
        value_room(v, param);
        if (!param->in || v->size == SQL_NULL_DATA) {
            size = as == SQL_AS_DECIMAL ? 38 : size < OUT_CHARS ? OUT_CHARS : size;
            scale = as == SQL_AS_DECIMAL ? 10 : 0;
        }
    }
    if (!buf_ok(&v->bytes))
        return buf_check(&v->bytes, param->name, e);
    v->room = (SQLLEN)v->bytes.len;
    if (SQL_SUCCEEDED(SQLBindParameter(handle, index, way, v->c_type, type, size, scale,
                                       is_fixed(v->c_type) ? (SQLPOINTER)&v->integer
                                                           : (SQLPOINTER)v->bytes.at,
                                       v->room, &v->size)))
        return ERR_OK;
    return err_set(e, ERR_INVALID, "the driver does not take the value of \"%.60s\" as %s",
                   param->name, sql_as_name(as));
}

enum err_code odbc__bind(SQLHSTMT handle, const struct sql_statement *statement,
                         struct odbc_bound **bound, struct err *e)
{
    size_t count = statement->param_count;
    struct odbc_bound *all = mem_must(sizeof *all + count * sizeof *all->values);
    enum err_code rc = ERR_OK;

    *bound = all;
    all->count = count;
    for (size_t i = 0; i < count; i++)
        buf_init(&all->values[i].bytes, PARAM_BYTES);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        if (statement->params[i].in)
            rc = value_in(&all->values[i], &statement->params[i], e);
        if (rc == ERR_OK)
            rc = bind_one(handle, (SQLUSMALLINT)(i + 1), &all->values[i], &statement->params[i], e);
    }
    return rc;
}

void odbc__bound_free(struct odbc_bound *bound)
{
    if (bound == NULL)
        return;
    for (size_t i = 0; i < bound->count; i++)
        buf_fini(&bound->values[i].bytes);
    mem_free(bound);
}

/* ---- What comes back */

static json_t *value_out(const struct odbc_value *v, enum sql_as as, struct err *e)
{
    struct buf text;
    json_t *json = NULL;
    char digits[40];

    e->code = ERR_OK;
    if (v->size == SQL_NULL_DATA)
        return json_null();
    buf_init(&text, PARAM_BYTES);
    if (v->c_type == SQL_C_SBIGINT) {
        json = json_integer(v->integer);
    } else if (v->c_type == SQL_C_BIT) {
        json = json_boolean(v->bit);
    } else if (v->c_type == SQL_C_DOUBLE) {
        snprintf(digits, sizeof digits, "%.17g", v->number);
        for (int precision = 15; precision < 17 && json == NULL; precision++) {
            char shorter[40];

            snprintf(shorter, sizeof shorter, "%.*g", precision, v->number);
            if (strtod(shorter, NULL) == v->number)
                json = odbc__value(SQL_AS_FLOAT, shorter, strlen(shorter));
        }
        if (json == NULL)
            json = odbc__value(SQL_AS_FLOAT, digits, strlen(digits));
    } else if (v->size < 0 || v->size > v->room) {
        err_set(e, ERR_LIMIT, "what came back is longer than %u characters", OUT_CHARS);
    } else if (v->c_type == SQL_C_WCHAR) {
        odbc__narrow(&text, (const SQLWCHAR *)(const void *)v->bytes.at, (size_t)v->size / 2);
        json = odbc__value(as, buf_text(&text), text.len);
    } else if (v->c_type == SQL_C_BINARY) {
        base64_write(&text, v->bytes.at, (size_t)v->size);
        json = json_stringn(buf_text(&text), text.len);
    } else {
        json = odbc__value(as, v->bytes.at, (size_t)v->size);
    }
    buf_fini(&text);
    if (json == NULL && e->code == ERR_OK)
        err_set(e, ERR_MEMORY, "no memory for what came back");
    return json;
}

enum err_code odbc__bound_out(const struct odbc_bound *bound, const struct sql_statement *statement,
                              json_t **out, struct err *e)
{
    bool failed = false;

    *out = NULL;
    for (size_t i = 0; i < bound->count; i++) {
        const struct sql_param *param = &statement->params[i];
        json_t *value;

        if (!param->out)
            continue;
        if (*out == NULL)
            *out = json_object();
        value = value_out(&bound->values[i], param->as, e);
        if (value == NULL)
            return err_prefix(e, "%s", param->name);
        json_put(*out, param->name, value, &failed);
    }
    return failed ? err_set(e, ERR_MEMORY, "no memory for what came back") : ERR_OK;
}
