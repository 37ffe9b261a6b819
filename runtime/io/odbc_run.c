/* odbc_run.c - one transaction: its statements one after the other, then its end.
 *
 *   statement -> refused by the database ----------------+--> ROLLBACK, the refusal is the answer
 *       |        lost, called off -> sent is false ------+
 *       v
 *   all done -> it only reads: ROLLBACK
 *            -> COMMIT -> answered: done
 *                      -> refused: the database has rolled it back
 *                      -> no answer, or one that says nothing: sent is true */
#include "io/odbc_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"

struct running {
    struct odbc *odbc;
    struct odbc_link *link;
    const struct odbc_login *login;
    struct sql_ask *ask;
    struct odbc_watched *watched;
    bool lost;
    struct err *e;
};

/* ---- What went wrong */

static bool link_is_dead(const struct odbc_link *link)
{
    SQLUINTEGER dead = SQL_CD_FALSE;

    return SQL_SUCCEEDED(SQLGetConnectAttr(link->dbc, SQL_ATTR_CONNECTION_DEAD, &dead, 0, NULL)) &&
           dead == SQL_CD_TRUE;
}

static enum err_code called_off(const struct running *r)
{
    if (atomic_load(r->watched->given_up))
        return err_set(r->e, ERR_CANCELLED, "it was called off");
    return err_set(r->e, ERR_TIMEOUT,
                   "the database was not done in %lld ms (the connection's \"query_timeout\"); it "
                   "was told to stop, and nothing was changed",
                   (long long)r->login->query_ms);
}

/* The database's No is an answer; all else an error of the work. */
static enum err_code went_wrong(struct running *r, SQLSMALLINT kind, SQLHANDLE handle,
                                const char *what)
{
    struct odbc_trouble trouble;
    enum err_code code;

    odbc__trouble(kind, handle, r->login->password, &trouble);
    code = odbc__kind(&trouble);
    if (r->watched->called_off)
        return called_off(r);
    if (odbc__is_lost(&trouble) || link_is_dead(r->link)) {
        r->lost = true;
        return err_set(r->e, ERR_TRANSIENT, "the connection to the database was lost: %.120s",
                       trouble.text);
    }
    err_set(&r->ask->refusal, code, "%sSQLSTATE %s: %.300s", what, trouble.state, trouble.text);
    memcpy(r->ask->state, trouble.state, sizeof trouble.state);
    r->ask->native = trouble.native;
    return ERR_OK;
}

/* Nothing was done, and the flow's author can mend it. */
static void refuse(struct running *r, const struct err *e)
{
    r->ask->refusal = *e;
}

/* ---- Rows */

static enum err_code rows_read(struct running *r, SQLHSTMT handle, struct sql_statement *statement,
                               unsigned columns_count, size_t *budget)
{
    struct odbc_columns *columns = NULL;
    json_t *rows = json_array(), *row;
    bool one = statement->result != SQL_RESULT_ROWS, more = false, failed = rows == NULL;
    size_t most = one ? 1 : statement->max_rows;
    struct err own = { .code = ERR_OK };
    enum err_code rc = odbc__columns(handle, statement, columns_count, &columns, &own);
    SQLRETURN got = SQL_NO_DATA;

    while (rc == ERR_OK && !failed && (got = SQLFetch(handle)) != SQL_NO_DATA) {
        if (!SQL_SUCCEEDED(got))
            break;
        if (json_array_size(rows) == most) {
            more = true;
            break;
        }
        row = NULL;
        rc = odbc__row(handle, columns, budget, &row, &own);
        if (rc == ERR_OK)
            failed = json_array_append_new(rows, row) != 0;
        else
            json_decref(row);
    }
    odbc__columns_free(columns);
    json_put(statement->answer, "rows", rows, &failed);
    json_put(statement->answer, "more", json_boolean(more), &failed);
    if (failed)
        return err_set(r->e, ERR_MEMORY, "no memory for the rows");
    if (rc == ERR_TRANSIENT || (rc == ERR_OK && got != SQL_NO_DATA && !more))
        return went_wrong(r, SQL_HANDLE_STMT, handle, "");
    if (rc != ERR_OK)
        refuse(r, &own);
    return ERR_OK;
}

/* The same, row by row to somewhere else: there is one row in memory at a time. */
static enum err_code rows_pour(struct running *r, SQLHSTMT handle, struct sql_statement *statement,
                               unsigned columns_count)
{
    struct odbc_columns *columns = NULL;
    struct sql_sink *sink = statement->sink;
    struct err own = { .code = ERR_OK };
    enum err_code rc = odbc__columns(handle, statement, columns_count, &columns, &own);
    bool ours = rc != ERR_OK; /* the flow's author can mend it */
    SQLRETURN got = SQL_NO_DATA;

    while (rc == ERR_OK && (got = SQLFetch(handle)) != SQL_NO_DATA && SQL_SUCCEEDED(got)) {
        size_t budget = LIMIT_OUTPUT;
        json_t *row = NULL;

        if (atomic_load(r->watched->given_up)) {
            odbc__columns_free(columns);
            return called_off(r);
        }
        rc = odbc__row(handle, columns, &budget, &row, &own);
        ours = rc != ERR_OK && rc != ERR_TRANSIENT;
        if (rc == ERR_OK && sink->row(sink, row, r->e) != ERR_OK) {
            json_decref(row);
            odbc__columns_free(columns);
            return r->e->code;
        }
        json_decref(row);
    }
    odbc__columns_free(columns);
    if (ours) {
        refuse(r, &own);
        return ERR_OK;
    }
    return rc != ERR_OK || got != SQL_NO_DATA ? went_wrong(r, SQL_HANDLE_STMT, handle, "") : ERR_OK;
}

/* Every result of the statement; the first with columns has the rows. */
static enum err_code results_read(struct running *r, SQLHSTMT handle,
                                  struct sql_statement *statement, int64_t *count)
{
    size_t budget = LIMIT_OUTPUT;
    bool wants = statement->result != SQL_RESULT_COUNT && statement->result != SQL_RESULT_NONE;
    SQLRETURN rc;

    do {
        SQLSMALLINT columns = 0;
        SQLLEN rows = -1;
        enum err_code code = ERR_OK;

        if (!SQL_SUCCEEDED(SQLNumResultCols(handle, &columns)))
            return went_wrong(r, SQL_HANDLE_STMT, handle, "");
        if (columns == 0 && SQL_SUCCEEDED(SQLRowCount(handle, &rows)) && rows > 0)
            *count += rows;
        if (columns > 0 && wants) {
            wants = false;
            code = statement->sink != NULL
                       ? rows_pour(r, handle, statement, (unsigned)columns)
                       : rows_read(r, handle, statement, (unsigned)columns, &budget);
        }
        if (code != ERR_OK || r->ask->refusal.code != ERR_OK)
            return code;
        rc = SQLMoreResults(handle);
    } while (SQL_SUCCEEDED(rc));
    return rc == SQL_NO_DATA ? ERR_OK : went_wrong(r, SQL_HANDLE_STMT, handle, "");
}

/* ---- One statement */

static enum err_code statement_answer(struct running *r, SQLHSTMT handle,
                                      struct sql_statement *statement,
                                      const struct odbc_bound *bound, const char *what)
{
    int64_t count = 0;
    bool failed = false;
    json_t *out = NULL;
    struct err own;

    statement->answer = json_object();
    if (statement->answer == NULL)
        return err_set(r->e, ERR_MEMORY, "no memory for the answer");
    if (statement->sink != NULL && statement->sink->begin(statement->sink, r->e) != ERR_OK)
        return r->e->code;
    if (results_read(r, handle, statement, &count) != ERR_OK)
        return r->e->code;
    if (r->ask->refusal.code != ERR_OK)
        return ERR_OK;
    json_put(statement->answer, "count", json_integer(count), &failed);
    if (odbc__bound_out(bound, statement, &out, &own) != ERR_OK)
        refuse(r, &own);
    if (out != NULL)
        json_put(statement->answer, "out", out, &failed);
    if (statement->expect >= 0 && statement->expect != count)
        err_set(&r->ask->refusal, ERR_INVALID,
                "%s%lld rows would be changed, and %lld are expected; nothing was changed", what,
                (long long)count, (long long)statement->expect);
    return failed ? err_set(r->e, ERR_MEMORY, "no memory for the answer") : ERR_OK;
}

static enum err_code statement_execute(struct running *r, SQLHSTMT handle,
                                       struct sql_statement *statement, const char *what)
{
    struct odbc_bound *bound = NULL;
    struct buf text;
    struct err own;
    enum err_code rc = ERR_OK;
    SQLRETURN done;

    buf_init(&text, 4 * (size_t)LIMIT_SCRIPT);
    odbc__widen(&text, statement->text, strlen(statement->text));
    if (odbc__bind(handle, statement, &bound, &own) != ERR_OK) {
        refuse(r, &own);
    } else {
        odbc__watch(r->odbc, r->watched, handle);
        done = SQLPrepareW(handle, (SQLWCHAR *)(void *)text.at, SQL_NTS);
        if (SQL_SUCCEEDED(done))
            done = SQLExecute(handle);
        if (SQL_SUCCEEDED(done) || done == SQL_NO_DATA)
            rc = statement_answer(r, handle, statement, bound, what);
        else
            rc = went_wrong(r, SQL_HANDLE_STMT, handle, what);
        odbc__watch(r->odbc, r->watched, NULL);
    }
    buf_fini(&text);
    (void)SQLFreeStmt(handle, SQL_CLOSE);
    (void)SQLFreeStmt(handle, SQL_RESET_PARAMS);
    odbc__bound_free(bound);
    return rc;
}

/* A procedure that says that it is not done yet, such as an import that takes its rows in parts. */
static bool statement_wants_more(const struct running *r, const struct sql_statement *statement)
{
    const json_t *out = json_object_get(statement->answer, "out");

    return statement->again != NULL && r->ask->refusal.code == ERR_OK &&
           json_get_int(out, statement->again, 0) == 1;
}

static enum err_code statement_run(struct running *r, size_t index)
{
    struct sql_statement *statement = &r->ask->list[index];
    unsigned calls = 0;
    char what[40] = "";
    SQLHSTMT handle;
    enum err_code rc;

    if (r->ask->count > 1)
        snprintf(what, sizeof what, "statement %zu: ", index + 1);
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, r->link->dbc, &handle)))
        return went_wrong(r, SQL_HANDLE_DBC, r->link->dbc, what);
    if (r->link->family != ODBC_POSTGRES) /* whose driver asks the server for it each time */
        (void)SQLSetStmtAttr(handle, SQL_ATTR_QUERY_TIMEOUT,
                             (SQLPOINTER)(SQLULEN)(r->login->query_ms / 1000 + 1), 0);
    do {
        json_decref(statement->answer);
        statement->answer = NULL;
        rc = r->watched->called_off || atomic_load(r->watched->given_up)
                 ? called_off(r)
                 : statement_execute(r, handle, statement, what);
    } while (rc == ERR_OK && statement_wants_more(r, statement) && ++calls < SQL_AGAIN_MAX);
    if (calls == SQL_AGAIN_MAX)
        err_set(&r->ask->refusal, ERR_INVALID,
                "%s\"%.60s\" was still 1 after %u calls; nothing was changed", what,
                statement->again, SQL_AGAIN_MAX);
    (void)SQLFreeHandle(SQL_HANDLE_STMT, handle);
    return rc;
}

/* ---- The end */

static void rolled_back(struct running *r)
{
    odbc__watch_end(r->odbc, r->watched, r->login->query_ms);
    if (!r->lost && !SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, r->link->dbc, SQL_ROLLBACK)))
        r->lost = true;
}

/* What a database says to a COMMIT that it did not carry out. 57P01 is none of it: it may come
 * after the commit too. */
static bool commit_is_refused(const struct odbc_trouble *trouble)
{
    return strncmp(trouble->state, "40", 2) == 0 ? strcmp(trouble->state, "40003") != 0
                                                 : strncmp(trouble->state, "23", 2) == 0;
}

/* psqlODBC closes its cursors by itself, and tells nobody when that fails; then it takes the answer
 * to COMMIT, "ROLLBACK", for success. What the transaction refuses when it is over has no cursor.
 */
static enum err_code still_open(struct running *r)
{
    static SQLCHAR text[] = "SET LOCAL application_name = 'weft'";
    enum err_code rc = ERR_OK;
    SQLHSTMT handle;

    if (r->link->family != ODBC_POSTGRES)
        return ERR_OK;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, r->link->dbc, &handle)))
        return went_wrong(r, SQL_HANDLE_DBC, r->link->dbc, "before the commit: ");
    if (!SQL_SUCCEEDED(SQLExecDirect(handle, text, SQL_NTS)))
        rc = went_wrong(r, SQL_HANDLE_STMT, handle, "before the commit: ");
    (void)SQLFreeHandle(SQL_HANDLE_STMT, handle);
    if (r->ask->refusal.code != ERR_OK)
        r->ask->refusal.code = ERR_TRANSIENT; /* the fault is none of the statements' */
    return rc;
}

/* A driver that finds its line dead before it has sent the COMMIT says success, too. */
static enum err_code commit_send(struct running *r, bool *sent)
{
    struct odbc_trouble trouble = { .text = "the line is dead" };

    *sent = true;
    odbc__watch_end(r->odbc, r->watched, r->login->query_ms);
    if (SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, r->link->dbc, SQL_COMMIT))) {
        if (!link_is_dead(r->link))
            return ERR_OK;
    } else {
        odbc__trouble(SQL_HANDLE_DBC, r->link->dbc, r->login->password, &trouble);
    }
    r->lost = true;
    if (commit_is_refused(&trouble)) {
        *sent = false;
        err_set(&r->ask->refusal, odbc__kind(&trouble), "at the commit: SQLSTATE %s: %.300s",
                trouble.state, trouble.text);
        memcpy(r->ask->state, trouble.state, sizeof trouble.state);
        return ERR_OK;
    }
    return err_set(r->e, ERR_TRANSIENT,
                   "the commit has no answer, so that it may have happened: %.200s", trouble.text);
}

/* What was called off is not committed: the call may reach the server late, and hit what comes
 * after the statement it was meant for. */
static enum err_code commit(struct running *r, bool *sent)
{
    enum err_code rc =
        r->watched->called_off || atomic_load(r->watched->given_up) ? called_off(r) : still_open(r);

    if (rc == ERR_OK && r->ask->refusal.code == ERR_OK)
        return commit_send(r, sent);
    rolled_back(r);
    return rc;
}

enum err_code odbc__transaction(struct odbc *odbc, struct odbc_link *link,
                                const struct odbc_login *login, struct sql_ask *ask,
                                struct odbc_watched *watched, bool *sent, bool *lost, struct err *e)
{
    struct running r = { odbc, link, login, ask, watched, false, e };
    enum err_code rc = ERR_OK;

    e->code = ERR_OK;
    for (size_t i = 0; i < ask->count && rc == ERR_OK && ask->refusal.code == ERR_OK; i++)
        rc = statement_run(&r, i);
    if (rc != ERR_OK || ask->refusal.code != ERR_OK || ask->reads)
        rolled_back(&r);
    else
        rc = commit(&r, sent);
    *lost = r.lost || watched->called_off; /* whose call may still be on its way */
    return rc;
}
