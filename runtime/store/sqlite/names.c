/* names.c - one table in memory over three on disk. */
#include "store/sqlite/names_priv.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/table.h"

#define NAMES_MAX 4096u       /* origins remembered; above it the memory starts anew */
#define NAMES_KEY (64u * KIB) /* bytes of the five names together */

struct names {
    struct dict *origins; /* by the five names; each a struct origin of ours */
    struct buf key;
};

struct names *names_new(void)
{
    struct names *names = mem_must(sizeof(*names));

    names->origins = dict_new();
    buf_init(&names->key, NAMES_KEY);
    return names;
}

void names_forget(struct names *names)
{
    size_t cursor = 0;
    const char *key;
    struct origin *origin;

    while ((origin = dict_next(names->origins, &cursor, &key)) != NULL)
        mem_free(origin);
    dict_free(names->origins);
    names->origins = dict_new();
}

void names_free(struct names *names)
{
    if (names == NULL)
        return;
    names_forget(names);
    dict_free(names->origins);
    buf_fini(&names->key);
    mem_free(names);
}

/* The first column of the row that `find`, or else `add`, is about; both are
 * bound by the caller. */
static int names_find_or_add(struct db *db, sqlite3_stmt *find, sqlite3_stmt *add, int64_t *id)
{
    int rc = sqlite3_step(find);

    if (rc == SQLITE_ROW)
        *id = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    if (rc == SQLITE_ROW)
        return SQLITE_OK;
    if (rc != SQLITE_DONE)
        return rc;
    rc = db_step_done(add);
    *id = sqlite3_last_insert_rowid(db->handle);
    return rc;
}

static int names_flow(struct db *db, const char *name, int64_t *id)
{
    sqlite3_stmt *stmt[2];
    int rc = db_prepare(db, SQL_FLOW_FIND, &stmt[0]);

    if (rc == SQLITE_OK)
        rc = db_prepare(db, SQL_FLOW_ADD, &stmt[1]);
    if (rc != SQLITE_OK)
        return rc;
    for (int i = 0; i < 2; i++)
        db_bind_text(stmt[i], 1, name);
    return names_find_or_add(db, stmt[0], stmt[1], id);
}

static int names_scope(struct db *db, const struct store_accept *accept, int64_t flow, int64_t *id)
{
    sqlite3_stmt *stmt[2];
    int rc = db_prepare(db, SQL_SCOPE_FIND, &stmt[0]);

    if (rc == SQLITE_OK)
        rc = db_prepare(db, SQL_SCOPE_ADD, &stmt[1]);
    if (rc != SQLITE_OK)
        return rc;
    for (int i = 0; i < 2; i++) {
        db_bind_text(stmt[i], 1, accept->workspace);
        db_bind_text(stmt[i], 2, accept->environment);
        sqlite3_bind_int64(stmt[i], 3, flow);
    }
    return names_find_or_add(db, stmt[0], stmt[1], id);
}

static int names_enter(struct db *db, const struct store_accept *accept, struct origin *origin)
{
    sqlite3_stmt *stmt[2];
    int rc = names_flow(db, accept->flow, &origin->flow);

    if (rc == SQLITE_OK)
        rc = names_scope(db, accept, origin->flow, &origin->scope);
    if (rc == SQLITE_OK)
        rc = db_prepare(db, SQL_ORIGIN_FIND, &stmt[0]);
    if (rc == SQLITE_OK)
        rc = db_prepare(db, SQL_ORIGIN_ADD, &stmt[1]);
    if (rc != SQLITE_OK)
        return rc;
    for (int i = 0; i < 2; i++) {
        sqlite3_bind_int64(stmt[i], 1, origin->scope);
        db_bind_text(stmt[i], 2, accept->version);
        db_bind_text(stmt[i], 3, accept->trigger);
    }
    return names_find_or_add(db, stmt[0], stmt[1], &origin->id);
}

int names_origin(struct names *names, struct db *db, const struct store_accept *accept,
                 struct origin *origin)
{
    const char *const parts[] = { accept->workspace, accept->environment, accept->flow,
                                  accept->version, accept->trigger };
    struct origin *known;
    int rc;

    buf_clear(&names->key);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        buf_add_int(&names->key,
                    (long long)strlen(parts[i])); /* no two sets of names give one key */
        buf_add_char(&names->key, ' ');
        buf_add_text(&names->key, parts[i]);
    }
    if (!buf_ok(&names->key))
        return SQLITE_TOOBIG;
    known = dict_find(names->origins, buf_text(&names->key));
    if (known != NULL) {
        *origin = *known;
        return SQLITE_OK;
    }
    rc = names_enter(db, accept, origin);
    if (rc != SQLITE_OK)
        return rc;
    if (dict_count(names->origins) >= NAMES_MAX)
        names_forget(names);
    known = mem_must(sizeof(*known));
    *known = *origin;
    dict_put(names->origins, buf_text(&names->key), known);
    return SQLITE_OK;
}
