/* odbc_trouble.c - what a driver's error means: SQLSTATE, and the number of the database itself
 * where a state says too little. */
#include "io/odbc_priv.h"

#include <stdio.h>
#include <string.h>

#define TROUBLE_CHARS   1024 /* of the driver's message */
#define TROUBLE_RECORDS 8

/* No line breaks, no password: some drivers repeat what they were given. */
static void trouble_clean(char *text, const char *password)
{
    size_t size = password != NULL ? strlen(password) : 0;

    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20)
            *at = ' ';
    for (char *at = text; size > 0 && (at = strstr(at, password)) != NULL; at += size)
        memset(at, '*', size);
}

/* False: there is no such record. */
static bool trouble_read(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT record,
                         const char *password, struct odbc_trouble *trouble)
{
    SQLWCHAR state[6] = { 0 }, text[TROUBLE_CHARS];
    SQLINTEGER native = 0;
    SQLSMALLINT size = 0;
    struct buf said;

    memset(trouble, 0, sizeof *trouble);
    if (!SQL_SUCCEEDED(
            SQLGetDiagRecW(kind, handle, record, state, &native, text, TROUBLE_CHARS, &size)))
        return false;
    for (int i = 0; i < 5; i++)
        trouble->state[i] = (char)state[i];
    trouble->native = native;
    if (size >= TROUBLE_CHARS)
        size = TROUBLE_CHARS - 1;
    buf_init_secret(&said, 4 * TROUBLE_CHARS);
    odbc__narrow(&said, text, (size_t)(size > 0 ? size : 0));
    if (buf_ok(&said) && said.at != NULL)
        trouble_clean(said.at, password);
    snprintf(trouble->text, sizeof trouble->text, "%.390s", buf_text(&said));
    for (size_t end = strlen(trouble->text);
         end > 0 && ((unsigned char)trouble->text[end - 1] & 0xC0) == 0x80; end--)
        if (strlen(trouble->text) >= 387) /* a character may be cut */
            trouble->text[end - 1] = '\0';
    buf_fini(&said);
    return true;
}

void odbc__trouble(SQLSMALLINT kind, SQLHANDLE handle, const char *password,
                   struct odbc_trouble *trouble)
{
    if (!trouble_read(kind, handle, 1, password, trouble))
        snprintf(trouble->text, sizeof trouble->text, "the driver gives no reason");
}

/* What SQL Server says to a login while it starts, is upgraded or paused, or while the database is
 * opened, restored or handed to another node: the password may be right. */
static bool login_comes_later(const struct odbc_trouble *trouble)
{
    static const long numbers[] = { 921,   922,   927,   976,   983,   4060,  17142,
                                    17187, 18401, 18451, 18461, 40197, 40501, 40613,
                                    42108, 42109, 49918, 49919, 49920 };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (trouble->native == numbers[i])
            return true;
    return false;
}

void odbc__login_trouble(SQLHANDLE dbc, const char *password, struct odbc_trouble *trouble)
{
    struct odbc_trouble other;

    odbc__trouble(SQL_HANDLE_DBC, dbc, password, trouble);
    for (SQLSMALLINT record = 2; record <= TROUBLE_RECORDS && !login_comes_later(trouble) &&
                                 trouble_read(SQL_HANDLE_DBC, dbc, record, password, &other);
         record++)
        if (login_comes_later(&other))
            *trouble = other;
}

static bool state_begins(const struct odbc_trouble *trouble, const char *class)
{
    return strncmp(trouble->state, class, strlen(class)) == 0;
}

bool odbc__is_lost(const struct odbc_trouble *trouble)
{
    return state_begins(trouble, "08") || state_begins(trouble, "57P");
}

static bool is_duplicate(const struct odbc_trouble *trouble)
{
    long n = trouble->native;

    return strcmp(trouble->state, "23505") == 0 ||
           (state_begins(trouble, "23") && (n == 2601 || n == 2627 || n == 1062));
}

enum err_code odbc__kind(const struct odbc_trouble *trouble)
{
    static const struct {
        const char *state;
        enum err_code kind;
    } kinds[] = {
        { "28", ERR_AUTH },         { "40", ERR_TRANSIENT },   { "55P03", ERR_TRANSIENT },
        { "55006", ERR_TRANSIENT }, { "53", ERR_UNAVAILABLE }, { "57014", ERR_TIMEOUT },
        { "HYT", ERR_TIMEOUT },     { "HY008", ERR_TIMEOUT },  { "08", ERR_TRANSIENT },
        { "57P", ERR_TRANSIENT },
    };

    if (trouble->native == 1205 || trouble->native == 1222) /* SQL Server: deadlock, lock timeout */
        return ERR_TRANSIENT;
    if (is_duplicate(trouble))
        return ERR_DUPLICATE;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (state_begins(trouble, kinds[i].state))
            return kinds[i].kind;
    return ERR_INVALID;
}

/* PostgreSQL's driver says 08001 or HY000 also for a refused password, with the server's text. */
static bool login_refused(const struct odbc_trouble *trouble)
{
    static const char *const said[] = { "authentication failed", "no password supplied",
                                        "Login failed",          "Access denied",
                                        "no pg_hba.conf entry",  "is not permitted to log in" };

    if (state_begins(trouble, "28") || trouble->native == 18456 || trouble->native == 1045)
        return true;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (strstr(trouble->text, said[i]) != NULL)
            return true;
    return false;
}

enum err_code odbc__login_kind(const struct odbc_trouble *trouble)
{
    if (login_comes_later(trouble))
        return ERR_UNAVAILABLE;
    if (login_refused(trouble))
        return ERR_AUTH;
    if (state_begins(trouble, "HYT"))
        return ERR_TIMEOUT;
    /* IM: the driver is not there; 3D, 42: the database is not */
    if (state_begins(trouble, "IM") || state_begins(trouble, "3D") || state_begins(trouble, "42") ||
        strcmp(trouble->state, "01000") == 0)
        return ERR_INVALID;
    return ERR_UNAVAILABLE;
}
