/* sql_text.c - an SQL statement as its author writes it. */
#include "nodes/sql_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"

struct scan {
    const char *start, *at;
    struct buf out;
    struct sql_text *sql;
    bool marks;   /* it has "?" */
    bool ended;   /* behind a ";" */
    bool changes; /* a word that changes something was seen */
    struct err *e;
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* ---- What is taken over as it stands */

static void copy_to(struct scan *s, const char *end)
{
    buf_add(&s->out, s->at, (size_t)(end - s->at));
    s->at = end;
}

/* '...' where '' is one quote, and in E'...' a backslash protects what follows. */
static enum err_code copy_quoted(struct scan *s, char close, bool escapes)
{
    const char *at = s->at + 1;

    for (; *at != '\0'; at++) {
        if (escapes && *at == '\\' && at[1] != '\0')
            at++;
        else if (*at == close && at[1] == close)
            at++;
        else if (*at == close)
            break;
    }
    if (*at == '\0')
        return err_set(s->e, ERR_SYNTAX, "a %c is not closed", close == ']' ? '[' : close);
    copy_to(s, at + 1);
    return ERR_OK;
}

static enum err_code copy_comment(struct scan *s)
{
    const char *end;

    if (s->at[0] == '-') {
        end = s->at + strcspn(s->at, "\n");
    } else {
        end = strstr(s->at + 2, "*/");
        if (end == NULL)
            return err_set(s->e, ERR_SYNTAX, "a comment is not closed");
        end += 2;
    }
    copy_to(s, end);
    return ERR_OK;
}

/* $tag$ ... $tag$; false: it is none. */
static bool copy_dollar(struct scan *s, enum err_code *rc)
{
    const char *end = s->at + 1;
    size_t size;

    while (is_word(*end))
        end++;
    if (*end != '$' || isdigit((unsigned char)s->at[1]))
        return false;
    size = (size_t)(end + 1 - s->at);
    for (const char *at = end + 1; *at != '\0'; at++)
        if (strncmp(at, s->at, size) == 0) {
            copy_to(s, at + size);
            *rc = ERR_OK;
            return true;
        }
    *rc = err_set(s->e, ERR_SYNTAX, "a %.*s is not closed", (int)(size < 40 ? size : 40), s->at);
    return true;
}

/* ---- Values */

static enum err_code param_add(struct scan *s, const char *name, size_t size)
{
    struct sql_text *sql = s->sql;
    char number[16];

    if (sql->count == SQL_TEXT_PARAMS)
        return err_set(s->e, ERR_SYNTAX, "a statement takes at most %d values", SQL_TEXT_PARAMS);
    if (size > LIMIT_ID)
        return err_set(s->e, ERR_SYNTAX, "the name :%.40s... is longer than %u bytes", name,
                       LIMIT_ID);
    if ((name != NULL && s->marks) || (name == NULL && sql->named))
        return err_set(
            s->e, ERR_SYNTAX,
            "\"?\" and \":name\" do not go together; name all values (the operators ?, "
            "?| and ?& of PostgreSQL are the functions jsonb_exists, jsonb_exists_any and "
            "jsonb_exists_all)");
    s->marks = name == NULL;
    sql->named = name != NULL;
    snprintf(number, sizeof number, "%zu", sql->count + 1);
    sql->names = mem_must_resize(sql->names, (sql->count + 1) * sizeof *sql->names);
    sql->names[sql->count++] = name != NULL ? mem_must_copy_n(name, size) : mem_must_copy(number);
    buf_add_char(&s->out, '?');
    return ERR_OK;
}

static enum err_code take_colon(struct scan *s)
{
    const char *end = s->at + 1;

    if (*end == ':' || !(isalpha((unsigned char)*end) || *end == '_')) {
        copy_to(s, end + (*end == ':')); /* a cast, a slice, := */
        return ERR_OK;
    }
    while (is_word(*end))
        end++;
    if (param_add(s, s->at + 1, (size_t)(end - s->at - 1)) != ERR_OK)
        return s->e->code;
    s->at = end;
    return ERR_OK;
}

/* ---- Words */

static bool word_among(const char *word, size_t size, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strlen(*list) == size && strncasecmp(*list, word, size) == 0)
            return true;
    return false;
}

static enum err_code word_first(struct scan *s, const char *word, size_t size)
{
    static const char *const control[] = { "COMMIT", "ROLLBACK", "BEGIN",   "START", "SAVEPOINT",
                                           "ABORT",  "END",      "RELEASE", NULL };
    struct sql_text *sql = s->sql;

    for (size_t i = 0; i < size && i + 1 < sizeof sql->verb; i++)
        sql->verb[i] = (char)toupper((unsigned char)word[i]);
    if (!word_among(word, size, control))
        return ERR_OK;
    return err_set(s->e, ERR_SYNTAX,
                   "%s is not said here: the statements of a node are one transaction, which "
                   "begins and ends with the node",
                   sql->verb);
}

static enum err_code take_word(struct scan *s)
{
    static const char *const changing[] = { "INSERT",   "UPDATE",  "DELETE", "MERGE",
                                            "INTO",     "CALL",    "EXEC",   "EXECUTE",
                                            "TRUNCATE", "NEXTVAL", NULL };
    const char *end = s->at;

    while (is_word(*end))
        end++;
    if (s->sql->verb[0] == '\0' && word_first(s, s->at, (size_t)(end - s->at)) != ERR_OK)
        return s->e->code;
    if (word_among(s->at, (size_t)(end - s->at), changing) &&
        !(strncasecmp(s->at, "UPDATE", 6) == 0 && s->out.len >= 4 &&
          strncasecmp(s->out.at + s->out.len - 4, "FOR ", 4) == 0))
        s->changes = true; /* SELECT ... FOR UPDATE only locks, and the end lets go */
    copy_to(s, end);
    return ERR_OK;
}

/* ---- The whole */

static enum err_code scan_next(struct scan *s)
{
    bool escapes = s->out.len > 0 && tolower((unsigned char)s->out.at[s->out.len - 1]) == 'e' &&
                   (s->out.len == 1 || !is_word(s->out.at[s->out.len - 2]));
    enum err_code rc = ERR_OK;

    if (strncmp(s->at, "--", 2) == 0 || strncmp(s->at, "/*", 2) == 0)
        return copy_comment(s);
    if (s->ended && !isspace((unsigned char)*s->at) && *s->at != ';')
        return err_set(
            s->e, ERR_SYNTAX,
            "one statement stands here, and behind the \";\" is another; give several in "
            "\"statements\"");
    switch (*s->at) {
    case '\'':
        return copy_quoted(s, '\'', escapes);
    case '"':
    case '`':
        return copy_quoted(s, *s->at, false);
    case '[':
        if (s->out.len > 0 &&
            (is_word(s->out.at[s->out.len - 1]) || strchr(")]", s->out.at[s->out.len - 1]) != NULL))
            break; /* an element of an array */
        return copy_quoted(s, ']', false);
    case '$':
        if (copy_dollar(s, &rc))
            return rc;
        break;
    case ':':
        return take_colon(s);
    case '?':
        if (param_add(s, NULL, 0) != ERR_OK)
            return s->e->code;
        s->at++;
        return ERR_OK;
    case ';':
        s->ended = true;
        s->at++;
        return ERR_OK;
    default:
        if (is_word(*s->at) && !isdigit((unsigned char)*s->at))
            return take_word(s);
        if (isdigit((unsigned char)*s->at)) { /* 1e5 has no word in it */
            const char *end = s->at;

            while (is_word(*end))
                end++;
            copy_to(s, end);
            return ERR_OK;
        }
    }
    copy_to(s, s->at + 1);
    return ERR_OK;
}

enum err_code sql_text_read(struct sql_text *sql, const char *statement, struct err *e)
{
    static const char *const readers[] = { "SELECT", "WITH", "VALUES", "SHOW", "TABLE", NULL };
    struct scan s = { .start = statement, .at = statement, .sql = sql, .e = e };
    enum err_code rc = ERR_OK;

    memset(sql, 0, sizeof *sql);
    if (statement[strspn(statement, " \t\r\n")] == '=')
        return err_set(e, ERR_SYNTAX,
                       "a statement is a fixed text, never built by an expression: write :name in "
                       "it, and give the value in \"params\"");
    buf_init(&s.out, LIMIT_SCRIPT);
    while (*s.at != '\0' && rc == ERR_OK)
        rc = scan_next(&s);
    if (rc == ERR_OK)
        rc = buf_check(&s.out, "a statement", e);
    if (rc == ERR_OK && sql->verb[0] == '\0')
        rc = err_set(e, ERR_SYNTAX, "there is no statement here");
    if (rc == ERR_OK) {
        sql->text = buf_take(&s.out, NULL);
        sql->reads = !s.changes && word_among(sql->verb, strlen(sql->verb), readers);
    }
    buf_fini(&s.out);
    if (rc != ERR_OK)
        sql_text_fini(sql);
    return rc;
}

void sql_text_fini(struct sql_text *sql)
{
    for (size_t i = 0; i < sql->count; i++)
        mem_free(sql->names[i]);
    mem_free(sql->names);
    mem_free(sql->text);
    memset(sql, 0, sizeof *sql);
}

void sql_text_title(const char *statement, char *title, size_t room)
{
    size_t used = 0;

    check(room > 8);
    for (const char *at = statement; *at != '\0' && used + 5 < room; at++) {
        bool gap = isspace((unsigned char)*at) != 0;

        if (gap && (used == 0 || title[used - 1] == ' '))
            continue;
        if ((unsigned char)*at >= 0x80) { /* no character is cut */
            title[used++] = '.';
            while (((unsigned char)at[1] & 0xC0) == 0x80)
                at++;
            continue;
        }
        title[used++] = gap ? ' ' : *at;
    }
    while (used > 0 && title[used - 1] == ' ')
        used--;
    title[used] = '\0';
}
