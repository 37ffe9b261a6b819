/* function.c - see function.h. */
#include "designer-api/function.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"

#define FUNCTION_LINE     1024u
#define FUNCTION_EXAMPLES 6u /* of one function */

/* docs/RULES.md, embedded by the build; ends with NUL. */
extern const char function__document[];

struct reading {
    json_t *list;
    size_t first; /* of the list: functions of the section in work */
    char group[80];
    bool table;   /* within one of calls */
    bool code;    /* within a block of examples */
    bool refuses; /* the table has a third column */
};

/* ---- Tables */

/* The next cell of "| a | b |", its blanks and the escapes of "\|" taken away; false: there is
 * none. */
static bool cell_next(const char **at, char cell[FUNCTION_LINE])
{
    size_t size = 0;

    if (**at != '|' || (*at)[1] == '\0')
        return false;
    for (++*at; **at == ' '; ++*at)
        ;
    for (; **at != '\0' && **at != '|'; ++*at) {
        if (**at == '\\' && (*at)[1] == '|')
            ++*at;
        cell[size++] = **at;
    }
    while (size > 0 && cell[size - 1] == ' ')
        size--;
    cell[size] = '\0';
    return true;
}

/* "`text.upper(s)`" to "text.upper", "`x:round(scale = 0)`" to ":round". */
static void name_of(const char *call, char name[FUNCTION_LINE])
{
    const char *colon = strchr(call, ':');
    const char *from = colon != NULL && (size_t)(colon - call) < strcspn(call, "(") ? colon : call;

    snprintf(name, FUNCTION_LINE, "%.*s", (int)strcspn(from, "( `,"), from);
}

/* Each call of a cell "`a(s)`, `b(s)`" is a function. */
static void calls_add(struct reading *r, const char *calls, const char *gives, const char *refuses)
{
    const char *at = calls, *end;

    while ((at = strchr(at, '`')) != NULL && (end = strchr(at + 1, '`')) != NULL) {
        char call[FUNCTION_LINE], name[FUNCTION_LINE];

        snprintf(call, sizeof call, "%.*s", (int)(end - at - 1), at + 1);
        name_of(call, name);
        json_array_append_new(r->list,
                              json_pack("{s:s, s:s, s:s, s:s, s:s*, s:[]}", "name", name, "group",
                                        r->group, "call", call, "text", gives, "refuses",
                                        *refuses != '\0' ? refuses : NULL, "examples"));
        at = end + 1;
    }
}

static void row_read(struct reading *r, const char *line)
{
    char call[FUNCTION_LINE] = "", gives[FUNCTION_LINE] = "", refuses[FUNCTION_LINE] = "";
    const char *at = line;

    if (!cell_next(&at, call) || !cell_next(&at, gives))
        return;
    (void)cell_next(&at, refuses);
    if (strcmp(call, "call") == 0) {
        r->table = true;
        r->refuses = strcmp(refuses, "refuses") == 0;
    } else if (r->table && call[0] == '`') {
        calls_add(r, call, gives, r->refuses ? refuses : "");
    }
}

/* ---- Examples */

/* Whether the code has the function: its name with a parenthesis behind it. */
static bool code_has(const char *code, const char *name)
{
    char call[FUNCTION_LINE];
    const char *at = code;

    snprintf(call, sizeof call, "%.200s(", name);
    while ((at = strstr(at, call)) != NULL) {
        char before = at > code ? at[-1] : ' ';

        if (call[0] == ':' ||
            (strchr("._", before) == NULL && !((before | 32) >= 'a' && (before | 32) <= 'z')))
            return true;
        at++;
    }
    return false;
}

static void example_read(struct reading *r, const char *line)
{
    const char *arrow = strstr(line, "--> ");
    char code[FUNCTION_LINE];
    size_t size;

    if (arrow == NULL || arrow == line)
        return;
    size = (size_t)(arrow - line);
    while (size > 0 && line[size - 1] == ' ')
        size--;
    snprintf(code, sizeof code, "%.*s", (int)size, line);
    for (size_t i = r->first; i < json_array_size(r->list); i++) {
        json_t *function = json_array_get(r->list, i),
               *examples = json_object_get(function, "examples");

        if (json_array_size(examples) < FUNCTION_EXAMPLES &&
            code_has(code, json_get_text(function, "name")))
            json_array_append_new(examples,
                                  json_pack("{s:s, s:s}", "code", code, "result", arrow + 4));
    }
}

/* ---- The document */

static void line_read(struct reading *r, const char *line)
{
    if (strncmp(line, "```", 3) == 0) {
        r->code = !r->code && strcmp(line, "```lua") == 0;
        r->table = false;
    } else if (r->code) {
        example_read(r, line);
    } else if (line[0] == '#') {
        if (strncmp(line, "## ", 3) == 0)
            r->first = json_array_size(r->list);
        snprintf(r->group, sizeof r->group, "%.79s", line + strspn(line, "# "));
    } else if (line[0] == '|') {
        row_read(r, line);
    } else {
        r->table = false;
    }
}

static bool function_fits(const json_t *function, const char *search)
{
    return search == NULL || strcasestr(json_get_text(function, "name"), search) != NULL ||
           strcasestr(json_get_text(function, "text"), search) != NULL;
}

json_t *functions_json(const char *search)
{
    struct reading reading = { .list = json_array() };
    json_t *found = json_array(), *function;
    const char *at = function__document;
    size_t i;

    while (*at != '\0') {
        size_t size = strcspn(at, "\n");
        char line[FUNCTION_LINE];

        snprintf(line, sizeof line, "%.*s", (int)size, at);
        line_read(&reading, line);
        at += size + (at[size] == '\n');
    }
    json_array_foreach(reading.list, i, function)
    {
        if (function_fits(function, search))
            json_array_append(found, function);
    }
    json_decref(reading.list);
    return found;
}
