/* facts.c - the rows of the table fact, each with its sum. */
#include "store/sqlite/facts_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/mem.h"
#include "store/sqlite/reading_priv.h"
#include "store/sqlite/row_priv.h"

/* ---- writing */

static int fact_remove(struct db *db, const struct store_fact *fact)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_FACT_REMOVE, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int(stmt, 1, (int)fact->kind);
    db_bind_text(stmt, 2, fact->key);
    return db_step_done(stmt);
}

static int fact_write(struct db *db, const struct store_fact *fact, struct err *why)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, fact->op == FACT_ADD ? SQL_FACT_ADD : SQL_FACT_PUT, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int(stmt, 1, (int)fact->kind);
    db_bind_text(stmt, 2, fact->key);
    sqlite3_bind_int64(stmt, 3, (int64_t)fact->run);
    sqlite3_bind_int64(stmt, 4, fact->at_ms);
    sqlite3_bind_int64(stmt, 5, row_fact_sum(fact));
    db_bind_text(stmt, 6, fact->value);
    rc = db_step_done(stmt);
    if (rc == SQLITE_CONSTRAINT_PRIMARYKEY)
        err_set(why, ERR_CONFLICT, "the %s %s is there already", store_fact_name(fact->kind),
                fact->key);
    return rc;
}

int facts_put(struct db *db, const struct store_facts *facts, struct err *why)
{
    int rc = SQLITE_OK;

    for (const struct store_fact_row *row = facts->first; row != NULL && rc == SQLITE_OK;
         row = row->next) {
        if (fault_hit("store.write"))
            return SQLITE_IOERR_WRITE;
        rc = row->fact.op == FACT_REMOVE ? fact_remove(db, &row->fact)
                                         : fact_write(db, &row->fact, why);
    }
    return rc;
}

/* ---- reading */

static enum sql facts_sql(const struct store_facts_filter *filter)
{
    if (filter->key != NULL)
        return SQL_FACT_FIND;
    if (filter->run != 0)
        return SQL_FACTS_OF_RUN;
    return filter->due_ms > 0 ? SQL_FACTS_DUE : SQL_FACTS;
}

/* The first text that is above all that begin with the prefix: its last byte plus one. */
static void facts_bind_end(sqlite3_stmt *stmt, int at, const char *prefix)
{
    size_t size = prefix != NULL ? strlen(prefix) : 0;
    char *end;

    while (size > 0 && (unsigned char)prefix[size - 1] == 0xff)
        size--;
    if (size == 0) {
        sqlite3_bind_zeroblob(stmt, at, 0);
        return;
    }
    end = mem_must_copy_n(prefix, size);
    end[size - 1] = (char)((unsigned char)end[size - 1] + 1);
    sqlite3_bind_text(stmt, at, end, (int)size, mem_free);
}

static void facts_bind(sqlite3_stmt *stmt, const struct store_facts_filter *filter)
{
    const char *first = filter->prefix != NULL ? filter->prefix : "";

    if (filter->after != NULL && strcmp(filter->after, first) > 0)
        first = filter->after;
    sqlite3_bind_int(stmt, 1, (int)filter->kind);
    db_bind_text(stmt, 2, first);
    db_bind_text(stmt, 3, filter->after);
    facts_bind_end(stmt, 4, filter->prefix);
    sqlite3_bind_int64(stmt, 5, (int64_t)filter->run);
    sqlite3_bind_int64(stmt, 6, filter->due_ms > 0 ? filter->due_ms : 0);
    sqlite3_bind_int64(stmt, 7, filter->limit > 0 ? (int64_t)filter->limit : -1);
    if (filter->key != NULL)
        db_bind_text(stmt, 8, filter->key);
}

/* False: the visitor has seen enough. */
static bool fact_visit(struct reading *reading, enum store_fact_kind kind, store_fact_fn *visit,
                       void *arg)
{
    sqlite3_stmt *stmt = reading->stmt;
    const struct store_fact fact = {
        .op = FACT_PUT,
        .kind = kind,
        .key = reading_text(stmt, 0),
        .run = (uint64_t)sqlite3_column_int64(stmt, 1),
        .at_ms = sqlite3_column_int64(stmt, 2),
        .value = reading_text(stmt, 4),
    };

    if (row_fact_sum(&fact) == sqlite3_column_int64(stmt, 3))
        return visit(arg, &fact);
    reading_damaged(reading, store_fact_name(kind), fact.key);
    return true;
}

enum err_code facts_read(struct reader *reader, const struct store_facts_filter *filter,
                         store_fact_fn *visit, void *arg, struct err *e)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, facts_sql(filter), "reading facts", e);

    check(filter->run <= INT64_MAX);
    if (rc == SQLITE_OK) {
        facts_bind(reading.stmt, filter);
        while ((rc = sqlite3_step(reading.stmt)) == SQLITE_ROW)
            if (!fact_visit(&reading, filter->kind, visit, arg))
                break;
    }
    return reading_end(&reading, rc);
}
