/* odbc_column.c - rows on their way out of a database.
 *
 * A column is read piece by piece, so that a long one costs what it holds and no more. Numbers keep
 * their digits: they are read as text. */
#include "io/odbc_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

#define PIECE_BYTES 16384
#define NAME_CHARS  256

struct odbc_column {
    char name[3 * NAME_CHARS];
    enum sql_as as;
    bool utc; /* a timestamp with a zone: the session is in UTC */
};
struct odbc_columns {
    unsigned count;
    struct odbc_column list[];
};

/* ---- Values */

/* JSON's form of a number: ".5" and "5." are none. */
static json_t *value_number(const char *text, size_t size)
{
    char digits[LIMIT_JSON_NUMBER + 4];
    size_t used = 0;
    json_t *json;

    if (size == 0 || size > LIMIT_JSON_NUMBER)
        return json_stringn(text, size);
    if (*text == '+')
        text++, size--;
    if (size > 0 && *text == '-')
        digits[used++] = *text++, size--;
    if (size > 0 && *text == '.')
        digits[used++] = '0';
    memcpy(digits + used, text, size);
    used += size;
    if (used > 0 && digits[used - 1] == '.')
        used--;
    json = json_exact_new(digits, used);
    return json != NULL ? json : json_stringn(digits, used); /* NaN, Infinity */
}

/* "2026-11-21 09:03:03.1+00" -> "2026-11-21T09:03:03.1Z" */
static json_t *value_moment(const char *text, size_t size)
{
    char iso[64];

    if (size < 19 || size >= sizeof iso - 1 || text[10] != ' ')
        return json_stringn(text, size);
    memcpy(iso, text, size);
    iso[10] = 'T';
    if (size >= 22 && memcmp(iso + size - 3, "+00", 3) == 0) {
        size -= 2;
        iso[size - 1] = 'Z';
    }
    return json_stringn(iso, size);
}

json_t *odbc__value(enum sql_as as, const char *text, size_t size)
{
    switch (as) {
    case SQL_AS_INTEGER:
    case SQL_AS_DECIMAL:
    case SQL_AS_FLOAT:
        return value_number(text, size);
    case SQL_AS_BOOLEAN:
        return json_boolean(size > 0 && (*text == '1' || *text == 't' || *text == 'T'));
    case SQL_AS_TIMESTAMP:
        return value_moment(text, size);
    case SQL_AS_DATE: /* of a moment its day: SQL Server's datetime is one */
        return json_stringn(text, size > 10 && text[10] == ' ' ? 10 : size);
    default:
        return json_stringn(text, size);
    }
}

/* ---- Their types */

static enum sql_as column_as(SQLSMALLINT type)
{
    switch (type) {
    case SQL_NUMERIC:
    case SQL_DECIMAL:
        return SQL_AS_DECIMAL;
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT:
        return SQL_AS_INTEGER;
    case SQL_REAL:
    case SQL_FLOAT:
    case SQL_DOUBLE:
        return SQL_AS_FLOAT;
    case SQL_BIT:
        return SQL_AS_BOOLEAN;
    case SQL_TYPE_DATE:
        return SQL_AS_DATE;
    case SQL_TYPE_TIME:
        return SQL_AS_TIME;
    case SQL_TYPE_TIMESTAMP:
        return SQL_AS_TIMESTAMP;
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY:
        return SQL_AS_BINARY;
    default:
        return SQL_AS_TEXT;
    }
}

static bool column_has_zone(SQLHSTMT handle, SQLUSMALLINT index)
{
    SQLCHAR name[64] = "";
    SQLSMALLINT size;

    return SQL_SUCCEEDED(SQLColAttribute(handle, index, SQL_DESC_TYPE_NAME, name, sizeof name,
                                         &size, NULL)) &&
           strcmp((const char *)name, "timestamptz") == 0;
}

static enum err_code column_describe(SQLHSTMT handle, unsigned index,
                                     const struct sql_statement *statement,
                                     struct odbc_column *column, struct err *e)
{
    SQLWCHAR name[NAME_CHARS] = { 0 };
    SQLSMALLINT size = 0, type = 0, scale, nullable;
    SQLULEN width;
    struct buf text;
    const char *wanted;

    if (!SQL_SUCCEEDED(SQLDescribeColW(handle, (SQLUSMALLINT)(index + 1), name, NAME_CHARS, &size,
                                       &type, &width, &scale, &nullable)))
        return err_set(e, ERR_TRANSIENT, "a column cannot be described");
    buf_init(&text, sizeof column->name);
    odbc__narrow(&text, name, (size_t)(size < NAME_CHARS ? size : NAME_CHARS - 1));
    snprintf(column->name, sizeof column->name, "%s", buf_text(&text));
    buf_fini(&text);
    if (*column->name == '\0' || strcmp(column->name, "?column?") == 0)
        snprintf(column->name, sizeof column->name, "column_%u", index + 1);
    column->as = column_as(type);
    column->utc =
        column->as == SQL_AS_TIMESTAMP && column_has_zone(handle, (SQLUSMALLINT)(index + 1));
    wanted = json_get_text(statement->columns, column->name);
    if (wanted != NULL)
        (void)sql_as_find(wanted, &column->as); /* the node has checked it */
    return ERR_OK;
}

enum err_code odbc__columns(SQLHSTMT handle, const struct sql_statement *statement, unsigned count,
                            struct odbc_columns **columns, struct err *e)
{
    struct odbc_columns *all;

    *columns = NULL;
    if (count > ODBC_COLUMNS)
        return err_set(e, ERR_LIMIT, "a row has %u columns, at most %u are read", count,
                       ODBC_COLUMNS);
    *columns = all = mem_must(sizeof *all + count * sizeof *all->list);
    all->count = count;
    for (unsigned i = 0; i < count; i++) {
        if (column_describe(handle, i, statement, &all->list[i], e) != ERR_OK)
            return e->code;
        for (unsigned j = 0; j < i; j++)
            if (strcmp(all->list[j].name, all->list[i].name) == 0)
                return err_set(e, ERR_INVALID,
                               "two columns are named \"%.80s\"; name one of them with AS",
                               all->list[i].name);
    }
    return ERR_OK;
}

void odbc__columns_free(struct odbc_columns *columns)
{
    mem_free(columns);
}

/* ---- One value of a row */

/* All of it, in the driver's form; *null: there is none. */
static enum err_code column_read(SQLHSTMT handle, SQLUSMALLINT index, SQLSMALLINT c_type,
                                 struct buf *bytes, bool *null, struct err *e)
{
    size_t end = c_type == SQL_C_BINARY ? 0 : c_type == SQL_C_WCHAR ? sizeof(SQLWCHAR) : 1;
    char piece[PIECE_BYTES] __attribute__((aligned(8)));

    *null = false;
    for (;;) {
        SQLLEN size = 0;
        SQLRETURN rc = SQLGetData(handle, index, c_type, piece, sizeof piece, &size);

        if (rc == SQL_NO_DATA)
            return ERR_OK;
        if (!SQL_SUCCEEDED(rc))
            return err_set(e, ERR_TRANSIENT, "a value cannot be read");
        *null = size == SQL_NULL_DATA;
        if (*null)
            return ERR_OK;
        if (size == SQL_NO_TOTAL || size > (SQLLEN)(sizeof piece - end)) {
            buf_add(bytes, piece, sizeof piece - end);
        } else {
            buf_add(bytes, piece, (size_t)size);
            return ERR_OK;
        }
        if (!buf_ok(bytes))
            return ERR_OK; /* the caller sees it */
    }
}

/* The shortest text that reads back as the same double. */
static enum err_code column_float(SQLHSTMT handle, SQLUSMALLINT index, json_t **value,
                                  struct err *e)
{
    char digits[40] = "";
    double number = 0;
    SQLLEN size = 0;

    if (!SQL_SUCCEEDED(SQLGetData(handle, index, SQL_C_DOUBLE, &number, sizeof number, &size)))
        return err_set(e, ERR_TRANSIENT, "a value cannot be read");
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    *value = size == SQL_NULL_DATA ? json_null() : value_number(digits, strlen(digits));
    return ERR_OK;
}

static json_t *column_json(const struct odbc_column *column, const struct buf *bytes)
{
    struct buf text;
    json_t *json;

    buf_init(&text, 2 * (size_t)LIMIT_OUTPUT);
    if (column->as == SQL_AS_BINARY) {
        base64_write(&text, buf_text(bytes), bytes->len);
        json = json_stringn(buf_text(&text), text.len);
    } else if (column->as == SQL_AS_TEXT || column->as == SQL_AS_AUTO) {
        odbc__narrow(&text, (const SQLWCHAR *)(const void *)buf_text(bytes), bytes->len / 2);
        json = json_stringn(buf_text(&text), text.len);
    } else {
        buf_add(&text, buf_text(bytes), bytes->len);
        if (column->utc)
            buf_add_text(&text, "+00");
        json = odbc__value(column->as, buf_text(&text), text.len);
    }
    if (!buf_ok(&text)) {
        json_decref(json);
        json = NULL;
    }
    buf_fini(&text);
    return json;
}

static enum err_code column_value(SQLHSTMT handle, unsigned index, const struct odbc_column *column,
                                  size_t *budget, json_t **value, struct err *e)
{
    SQLSMALLINT c_type = column->as == SQL_AS_BINARY ? SQL_C_BINARY
                         : column->as == SQL_AS_TEXT ? SQL_C_WCHAR
                                                     : SQL_C_CHAR;
    struct buf bytes;
    bool null;
    enum err_code rc;

    if (column->as == SQL_AS_FLOAT)
        return column_float(handle, (SQLUSMALLINT)(index + 1), value, e);
    buf_init(&bytes, 2 * (size_t)LIMIT_OUTPUT);
    rc = column_read(handle, (SQLUSMALLINT)(index + 1), c_type, &bytes, &null, e);
    if (rc == ERR_OK && (!buf_ok(&bytes) || bytes.len / (c_type == SQL_C_WCHAR ? 2 : 1) > *budget))
        rc = err_set(e, ERR_LIMIT,
                     "the rows are larger than %u bytes, with column \"%.60s\"; fetch fewer with "
                     "\"max_rows\", or read long columns alone",
                     LIMIT_OUTPUT, column->name);
    if (rc == ERR_OK) {
        *value = null ? json_null() : column_json(column, &bytes);
        *budget -= bytes.len / (c_type == SQL_C_WCHAR ? 2 : 1);
        if (*value == NULL)
            rc = err_set(e, ERR_MEMORY, "no memory for column \"%.60s\"", column->name);
    }
    buf_fini(&bytes);
    return rc;
}

enum err_code odbc__row(SQLHSTMT handle, const struct odbc_columns *columns, size_t *budget,
                        json_t **row, struct err *e)
{
    bool failed = false;

    *row = json_object();
    if (*row == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a row");
    for (unsigned i = 0; i < columns->count; i++) {
        const struct odbc_column *column = &columns->list[i];
        size_t own = strlen(column->name) + 8;
        json_t *value = NULL;

        *budget -= own < *budget ? own : *budget;
        if (column_value(handle, i, column, budget, &value, e) != ERR_OK)
            return e->code;
        json_put(*row, column->name, value, &failed);
    }
    return failed ? err_set(e, ERR_MEMORY, "no memory for a row") : ERR_OK;
}
