/* sql_ask.c - what a step asks of a database. */
#include "base/sql_ask.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"

static const char *const as_names[] = {
#define X(code, name) name,
    SQL_AS_TABLE(X)
#undef X
};

const char *sql_as_name(enum sql_as as)
{
    check(as < SQL_AS_COUNT);
    return as_names[as];
}

bool sql_as_find(const char *name, enum sql_as *as)
{
    for (int i = 0; name != NULL && i < SQL_AS_COUNT; i++)
        if (strcmp(as_names[i], name) == 0) {
            *as = (enum sql_as)i;
            return true;
        }
    return false;
}

struct sql_ask *sql_ask_new(size_t count)
{
    struct sql_ask *ask = mem_must(sizeof *ask);

    check(count > 0);
    ask->list = mem_must(count * sizeof *ask->list);
    ask->count = count;
    for (size_t i = 0; i < count; i++)
        ask->list[i].expect = -1;
    return ask;
}

void sql_ask_free(struct sql_ask *ask)
{
    if (ask == NULL)
        return;
    for (size_t i = 0; i < ask->count; i++) {
        struct sql_statement *statement = &ask->list[i];

        for (size_t j = 0; j < statement->param_count; j++) {
            mem_free(statement->params[j].name);
            json_decref(statement->params[j].value);
        }
        mem_free(statement->params);
        mem_free(statement->text);
        mem_free(statement->again);
        json_decref(statement->columns);
        json_decref(statement->answer);
    }
    file_ask_free(ask->file);
    mem_free(ask->list);
    mem_free(ask);
}

/* ---- Names */

#define NAME_PART  128u /* bytes of an identifier: SQL Server's */
#define NAME_PARTS 4

bool sql_name_valid(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_#";
    static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_#0123456789$@";

    for (int parts = 0; parts < NAME_PARTS; parts++) {
        size_t size = strspn(name, more);

        if (size == 0 || size > NAME_PART || strchr(letters, *name) == NULL)
            return false;
        name += size;
        if (*name == '\0')
            return true;
        if (*name++ != '.')
            return false;
    }
    return false;
}
