/* look_ids.c - ids of runs, as the indexes give them. */
#include "store/sqlite/look_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/sqlite/reading_priv.h"

#define LOOK_STATUSES 6u /* status.h */
#define LOOK_SCOPES   1000u
#define LOOK_ORDERS   (4u * MIB) /* their order keys */
#define LOOK_FEW      500u       /* rows with a key: read sooner than found in other indexes */

/* ---- One index */

static int64_t ids_at(const struct look_ids *ids)
{
    return ids->at < ids->count ? ids->entries[ids->at].id : 0;
}

/* Takes the next few that are at most this. The statement is at rest again afterwards: all that ask
 * the same index share one. */
static int ids_read(struct look_ids *ids, const struct look_groups *groups, int64_t id)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(groups->db, ids->sql, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    ids->at = ids->count = 0;
    sqlite3_bind_int64(stmt, 1, id + 1);
    sqlite3_bind_int64(stmt, 2, groups->from);
    sqlite3_bind_int64(stmt, 3, ids->flow);
    sqlite3_bind_int64(stmt, 4, ids->status);
    sqlite3_bind_int64(stmt, 5, ids->ahead);
    while (ids->count < ids->ahead && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct look_entry *entry = &ids->entries[ids->count++];

        *entry = (struct look_entry){ .id = sqlite3_column_int64(stmt, 0) };
        if (ids->sql != SQL_LOOK_FLOW_STATUS)
            continue;
        entry->origin = sqlite3_column_int64(stmt, 1);
        entry->ended_ms = sqlite3_column_int64(stmt, 2);
    }
    sqlite3_reset(stmt);
    ids->over = ids->count < ids->ahead;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Goes on to the greatest id that is at most this. Where most of what was taken ahead was asked
 * for, more is taken the next time; where it was passed over, little. */
static int ids_seek(struct look_ids *ids, const struct look_groups *groups, int64_t id)
{
    ids->asked++;
    while (ids_at(ids) > id)
        ids->at++;
    if (ids->at < ids->count || ids->over)
        return SQLITE_OK;
    ids->ahead = ids->asked * 2 < ids->ahead ? LOOK_AHEAD_MIN
                 : ids->ahead < LOOK_AHEAD   ? ids->ahead * 2
                                             : LOOK_AHEAD;
    ids->asked = 0;
    return ids_read(ids, groups, id);
}

/* ---- Those that stand in one of several */

static void group_swap(struct look_group *group, unsigned left, unsigned right)
{
    struct look_ids *ids = group->streams[left];

    group->streams[left] = group->streams[right];
    group->streams[right] = ids;
}

static int64_t group_at(const struct look_group *group, unsigned i)
{
    return ids_at(group->streams[i]);
}

static void group_rise(struct look_group *group, unsigned i)
{
    for (; i > 0 && group_at(group, i) > group_at(group, (i - 1) / 2); i = (i - 1) / 2)
        group_swap(group, i, (i - 1) / 2);
}

/* The first has gone on to a lesser id. */
static void group_sink(struct look_group *group)
{
    for (unsigned i = 0, next; (next = 2 * i + 1) < group->count; i = next) {
        if (next + 1 < group->count && group_at(group, next + 1) > group_at(group, next))
            next++;
        if (group_at(group, i) >= group_at(group, next))
            return;
        group_swap(group, i, next);
    }
}

/* flow, status: 0 where the index has none. */
static int group_add(struct look_groups *groups, enum sql sql, int64_t flow, int64_t status)
{
    struct look_group *group = &groups->group[groups->count - 1];
    struct look_ids *ids = mem_must(sizeof *ids);
    int rc;

    *ids = (struct look_ids){ .sql = sql, .flow = flow, .status = status, .ahead = LOOK_AHEAD_MIN };
    rc = ids_read(ids, groups, groups->to - 1);
    if (group->count == group->room) {
        group->room = group->room == 0 ? 8 : group->room * 2;
        group->streams = mem_must_resize(group->streams, group->room * sizeof(*group->streams));
    }
    group->streams[group->count] = ids;
    group_rise(group, group->count++);
    return rc;
}

/* The stream that stands at the run, which was found; NULL: the group is a list. */
static const struct look_ids *group_stream(const struct look_group *group, int64_t id)
{
    return group->count > 0 && group_at(group, 0) == id ? group->streams[0] : NULL;
}

/* Of the run, where the group knows that it is not the usual one; else -1. */
static int64_t group_status(const struct look_group *group, int64_t id)
{
    const struct look_ids *ids = group_stream(group, id);

    return ids != NULL && (ids->sql == SQL_LOOK_FLOW_STATUS || ids->sql == SQL_LOOK_STATUS)
               ? ids->status
               : -1;
}

/* The order key by which the list has the run; NULL: it has it by none. */
static const char *group_order(const struct look_group *group, int64_t id)
{
    const struct look_key *at;

    if (group->list_at >= group->list_count)
        return NULL;
    at = &group->list[group->list_at];
    return at->id == id && at->order > 0 ? buf_text(&group->orders) + at->order - 1 : NULL;
}

static void group_fini(struct look_group *group)
{
    for (unsigned i = 0; i < group->count; i++)
        mem_free(group->streams[i]);
    mem_free(group->streams);
    mem_free(group->list);
    buf_fini(&group->orders);
    *group = (struct look_group){ .list = NULL };
}

static int group_seek(const struct look_groups *groups, struct look_group *group, int64_t id,
                      int64_t *found)
{
    int rc = SQLITE_OK;

    *found = 0;
    if (group->list != NULL) {
        while (group->list_at < group->list_count && group->list[group->list_at].id > id)
            group->list_at++;
        if (group->list_at < group->list_count)
            *found = group->list[group->list_at].id;
        return SQLITE_OK;
    }
    while (group->count > 0 && group_at(group, 0) > id && rc == SQLITE_OK) {
        rc = ids_seek(group->streams[0], groups, id);
        group_sink(group);
    }
    if (group->count > 0)
        *found = group_at(group, 0);
    return rc;
}

int look_groups_seek(struct look_groups *groups, int64_t id, int64_t *found)
{
    unsigned agree = 0, i = 0;
    int rc = SQLITE_OK;

    *found = id;
    while (rc == SQLITE_OK && *found > 0 && agree < groups->count) {
        int64_t at;

        rc = group_seek(groups, &groups->group[i], *found, &at);
        agree = at == *found ? agree + 1 : 1;
        *found = at;
        i = (i + 1) % groups->count;
    }
    return rc;
}

const struct look_entry *look_groups_entry(const struct look_groups *groups, int64_t id,
                                           enum run_status *status)
{
    const struct look_group *group = &groups->group[0];

    const struct look_ids *ids = group_stream(group, id);

    check(groups->bare && groups->count == 1);
    check(ids != NULL); /* it was found */
    *status = (enum run_status)ids->status;
    return &ids->entries[ids->at];
}

void look_groups_fini(struct look_groups *groups)
{
    for (unsigned i = 0; i < groups->count; i++)
        group_fini(&groups->group[i]);
    groups->count = 0;
}

/* ---- What else the indexes say of the run that was found */

/* run_unusual has it all, run_order all but the error. */
enum sql look_groups_head(const struct look_groups *groups, int64_t id)
{
    enum sql head = SQL_LOOK_HEAD;

    for (unsigned i = 0; i < groups->count; i++) {
        if (group_status(&groups->group[i], id) >= 0)
            return SQL_LOOK_HEAD_UNUSUAL;
        if (group_order(&groups->group[i], id) != NULL)
            head = SQL_LOOK_HEAD_ORDER;
    }
    return head;
}

void look_groups_bind(const struct look_groups *groups, int64_t id, sqlite3_stmt *stmt)
{
    sqlite3_bind_int64(stmt, 1, id);
    for (unsigned i = 0; i < groups->count; i++) {
        const char *order = group_order(&groups->group[i], id);
        int64_t status = group_status(&groups->group[i], id);

        if (order != NULL)
            db_bind_text(stmt, 2, order);
        if (status >= 0)
            sqlite3_bind_int64(stmt, 4, status);
    }
}

/* ---- What the indexes offer */

struct look_scopes {
    int64_t scope[LOOK_SCOPES], flow[LOOK_STREAMS];
    unsigned scopes, flows;
    bool more; /* of either than there is room for */
};

static void scopes_add(struct look_scopes *scopes, int64_t scope, int64_t flow)
{
    unsigned i = 0;

    if (scopes->scopes == LOOK_SCOPES)
        scopes->more = true;
    else
        scopes->scope[scopes->scopes++] = scope;
    while (i < scopes->flows && scopes->flow[i] != flow)
        i++;
    if (i < scopes->flows)
        return;
    if (scopes->flows == LOOK_STREAMS)
        scopes->more = true;
    else
        scopes->flow[scopes->flows++] = flow;
}

static int scopes_read(struct db *db, const struct store_look *look, struct look_scopes *scopes)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_LOOK_SCOPES, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    db_bind_text(stmt, 1, look->workspace);
    db_bind_text(stmt, 2, look->environment);
    db_bind_text(stmt, 3, look->flow);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        scopes_add(scopes, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1));
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Whether there are runs that are none of this workspace. */
static int scopes_others(struct db *db, const char *workspace, bool *others)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_LOOK_OTHERS, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    db_bind_text(stmt, 1, workspace);
    rc = sqlite3_step(stmt);
    *others = rc == SQLITE_ROW;
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int look_descends(const void *left, const void *right)
{
    const struct look_key *a = left, *b = right;

    if (a->id != b->id)
        return a->id < b->id ? 1 : -1;
    return a->order < b->order ? 1 : a->order > b->order ? -1 : 0; /* of two, the one that helps */
}

/* The first text above all that begin with the prefix; it has no 0xff, since it is UTF-8. */
static void look_bind_prefix(sqlite3_stmt *stmt, const char *prefix)
{
    size_t size = strlen(prefix);
    char *end = mem_must_copy_n(prefix, size);

    db_bind_text(stmt, 3, prefix);
    if (size == 0) {
        sqlite3_bind_zeroblob(stmt, 4, 0); /* above all texts */
        mem_free(end);
        return;
    }
    end[size - 1] = (char)((unsigned char)end[size - 1] + 1);
    sqlite3_bind_text(stmt, 4, end, (int)size, mem_free);
}

/* Where the order key stands among those of the list; last: of the entry before, which often has
 * the same. 0: there is no room for it. */
static size_t keys_order(struct look_group *group, const char *key, size_t last)
{
    struct buf *orders = &group->orders;
    size_t at = orders->len;

    if (last > 0 && strcmp(buf_text(orders) + last - 1, key) == 0)
        return last;
    if (orders->ceiling - at <= strlen(key) + 1)
        return 0;
    buf_add(orders, key, strlen(key) + 1);
    return buf_ok(orders) ? at + 1 : 0;
}

static int keys_take(struct look_groups *groups, struct look_group *group, enum sql sql,
                     const char *prefix, int64_t scope)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(groups->db, sql, &stmt);
    size_t order = 0;

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, groups->to);
    sqlite3_bind_int64(stmt, 2, groups->from);
    look_bind_prefix(stmt, prefix);
    sqlite3_bind_int64(stmt, 5, (int64_t)(LOOK_KEYS - group->list_count));
    if (sql == SQL_LOOK_DEDUPE)
        sqlite3_bind_int64(stmt, 6, scope);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && group->list_count < LOOK_KEYS) {
        struct look_key *at = &group->list[group->list_count++];

        *at = (struct look_key){ .id = sqlite3_column_int64(stmt, 0) };
        if (sql == SQL_LOOK_ORDER)
            at->order = order = keys_order(group, reading_text(stmt, 1), order);
    }
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* Runs whose key begins so. Too many of them are no group: then most rows fit anyhow. */
static int keys_open(struct look_groups *groups, const struct store_look *look,
                     const struct look_scopes *scopes)
{
    struct look_group *group = &groups->group[groups->count];
    size_t ordered;
    int rc;

    if (scopes->more)
        return SQLITE_OK;
    group->list = mem_must(LOOK_KEYS * sizeof *group->list);
    buf_init(&group->orders, LOOK_ORDERS);
    rc = keys_take(groups, group, SQL_LOOK_ORDER, look->key, 0);
    ordered = group->list_count;
    for (unsigned i = 0; i < scopes->scopes && rc == SQLITE_OK; i++) {
        rc = keys_take(groups, group, SQL_LOOK_DEDUPE, look->key, scopes->scope[i]);
        if (rc == SQLITE_OK && look->key_marked != NULL)
            rc = keys_take(groups, group, SQL_LOOK_DEDUPE, look->key_marked, scopes->scope[i]);
    }
    if (rc == SQLITE_OK && group->list_count < LOOK_KEYS) {
        qsort(group->list, group->list_count, sizeof *group->list, look_descends);
        groups->count++;
        groups->few = group->list_count <= LOOK_FEW;
        groups->told = groups->few && ordered == group->list_count;
        return SQLITE_OK;
    }
    group_fini(group);
    return rc;
}

static int statuses_open(struct look_groups *groups, unsigned statuses)
{
    int rc = SQLITE_OK;

    groups->count++;
    for (unsigned status = 0; status < LOOK_STATUSES && rc == SQLITE_OK; status++)
        if ((statuses & STORE_LOOK_STATUS(status)) != 0)
            rc = group_add(groups, SQL_LOOK_STATUS, 0, status);
    return rc;
}

static int flows_open(struct look_groups *groups, const struct look_scopes *scopes)
{
    int rc = SQLITE_OK;

    groups->count++;
    for (unsigned i = 0; i < scopes->flows && rc == SQLITE_OK; i++)
        rc = group_add(groups, SQL_LOOK_FLOW, scopes->flow[i], 0);
    return rc;
}

/* Both at once by the index that has both. Who is active stands in none with his flow: all of them
 * are offered, and those of other flows are left out when their rows are read. */
static int flow_statuses_open(struct look_groups *groups, const struct look_scopes *scopes,
                              unsigned statuses)
{
    int rc = SQLITE_OK;

    groups->count++;
    if ((statuses & STORE_LOOK_STATUS(RUN_ACTIVE)) != 0)
        rc = group_add(groups, SQL_LOOK_STATUS, 0, RUN_ACTIVE);
    for (unsigned status = RUN_FAILED; status < LOOK_STATUSES; status++)
        for (unsigned i = 0; i < scopes->flows && rc == SQLITE_OK; i++)
            if ((statuses & STORE_LOOK_STATUS(status)) != 0)
                rc = group_add(groups, SQL_LOOK_FLOW_STATUS, scopes->flow[i], status);
    return rc;
}

/* What the indexes of statuses and of flows say. usual: runs that succeeded are looked for, too. */
static int places_open(struct look_groups *groups, const struct look_scopes *scopes, bool flows,
                       bool usual, unsigned statuses)
{
    unsigned streams = (unsigned)__builtin_popcount(statuses) * scopes->flows;
    int rc = SQLITE_OK;

    if (flows && !usual && streams < LOOK_STREAMS) {
        groups->bare = groups->bare && (statuses & STORE_LOOK_STATUS(RUN_ACTIVE)) == 0;
        return flow_statuses_open(groups, scopes, statuses);
    }
    groups->bare = false;
    if (!usual)
        rc = statuses_open(groups, statuses);
    if (rc == SQLITE_OK && flows)
        rc = flows_open(groups, scopes);
    return rc;
}

int look_groups_open(struct look_groups *groups, const struct store_look *look, bool *none)
{
    struct look_scopes *scopes = mem_must(sizeof *scopes);
    unsigned statuses = look->statuses;
    bool others = look->flow != NULL || look->bare, usual;
    int rc = scopes_read(groups->db, look, scopes);

    groups->few = groups->told = false;
    groups->bare = look->bare;
    if (statuses == 0 && (look->error_kind != NULL || look->error_text != NULL))
        statuses = ~STORE_LOOK_STATUS(RUN_SUCCEEDED); /* who succeeded has no error */
    statuses &= STORE_LOOK_STATUS(LOOK_STATUSES) - 1;
    usual = statuses == 0 || (statuses & STORE_LOOK_STATUS(RUN_SUCCEEDED)) != 0;
    *none = rc == SQLITE_OK && scopes->scopes == 0;
    if (rc == SQLITE_OK && !others && look->workspace != NULL)
        rc = scopes_others(groups->db, look->workspace, &others);
    if (rc == SQLITE_OK && !*none && look->key != NULL)
        rc = keys_open(groups, look, scopes);
    if (rc == SQLITE_OK && !*none && !groups->told)
        rc = places_open(groups, scopes, others && !scopes->more && !groups->few, usual, statuses);
    if (rc == SQLITE_OK && !*none && groups->count == 0) {
        groups->count = 1;
        rc = group_add(groups, SQL_LOOK_ALL, 0, 0);
    }
    mem_free(scopes);
    return rc;
}
