/* change.c - each change is one statement, run on the writer's thread while the caller waits. */
#include "store/sqlite/change_priv.h"

#include "base/check.h"
#include "base/mem.h"
#include "store/sqlite/pack_priv.h"
#include "store/sqlite/row_priv.h"

/* What a change binds; it lives on the stack of the caller, who waits. */
struct change_text {
    enum sql sql;
    const char *text[4]; /* bound as ?1 to ?4 up to `count` */
    int count;
    int64_t now_ms; /* bound behind the texts, unless 0 */
};

static int change_text_run(struct db *db, void *arg)
{
    const struct change_text *change = arg;
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, change->sql, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    for (int i = 0; i < change->count; i++)
        db_bind_text(stmt, i + 1, change->text[i]);
    if (change->now_ms != 0)
        sqlite3_bind_int64(stmt, change->count + 1, change->now_ms);
    return db_step_done(stmt);
}

struct change_version {
    const char *version, *flow;
    int64_t now_ms;
    unsigned char *packed;
    size_t packed_size;
};

static int change_version_run(struct db *db, void *arg)
{
    const struct change_version *change = arg;
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_VERSION_ADD, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    db_bind_text(stmt, 1, change->version);
    db_bind_text(stmt, 2, change->flow);
    sqlite3_bind_int64(stmt, 3, change->now_ms);
    sqlite3_bind_int64(
        stmt, 4,
        row_version_sum(change->version, change->flow, change->packed, change->packed_size));
    sqlite3_bind_blob64(stmt, 5, change->packed, change->packed_size, SQLITE_STATIC);
    return db_step_done(stmt);
}

enum err_code change_put_version(struct writer *writer, const char *version, const char *flow,
                                 const char *bundle, size_t size, int64_t now_ms, struct err *e)
{
    struct change_version change = { .version = version, .flow = flow, .now_ms = now_ms };
    struct packer *packer = mem_must(sizeof(*packer));
    enum err_code code;

    check(version != NULL);
    check(flow != NULL);
    change.packed = mem_try(pack_room(size));
    if (change.packed != NULL) {
        packer_init(packer);
        change.packed_size = pack(packer, bundle, size, change.packed);
        code = writer_change(writer, change_version_run, &change, "keeping a version", e);
    } else {
        code = err_set(e, ERR_MEMORY, "no memory for a version of %zu bytes", size);
    }
    mem_free(change.packed);
    mem_free(packer);
    return code;
}

enum err_code change_deploy(struct writer *writer, const char *workspace, const char *environment,
                            const char *flow, const char *version, int64_t now_ms, struct err *e)
{
    struct change_text change = {
        .sql = version != NULL ? SQL_DEPLOY : SQL_UNDEPLOY,
        .text = { workspace, environment, flow, version },
        .count = version != NULL ? 4 : 3,
        .now_ms = version != NULL ? now_ms : 0,
    };

    return writer_change(writer, change_text_run, &change, "keeping a deployment", e);
}

enum err_code change_put_secret(struct writer *writer, const char *workspace, const char *name,
                                const char *sealed, int64_t now_ms, struct err *e)
{
    struct change_text change = {
        .sql = sealed != NULL ? SQL_SECRET_PUT : SQL_SECRET_REMOVE,
        .text = { workspace, name, sealed },
        .count = sealed != NULL ? 3 : 2,
        .now_ms = sealed != NULL ? now_ms : 0,
    };

    return writer_change(writer, change_text_run, &change, "keeping a secret", e);
}
