/* sql_priv.h - every statement of the SQLite store, by name.
 *
 * Parameters have the same number in all statements of a family. A column list and the code that
 * reads it (reader.c) stand in the same order. */
#ifndef STORE_SQLITE_SQL_PRIV_H
#define STORE_SQLITE_SQL_PRIV_H

/* Columns of a run as reader.c takes them. CROSS JOIN holds the order of the loops: runs first. */
#define SQL_RUN_BY(index)                                                                         \
    "SELECT r.id, r.status, s.workspace, s.environment, f.name, o.version, o.trigger_node,"      \
    " r.dedupe, r.order_key, r.received_ms, r.ended_ms, r.error, r.flow, r.origin, r.sum,"       \
    " r.end_sum, r.input, r.entries, r.due_ms FROM run r " index                                  \
    "CROSS JOIN origin o ON o.id = r.origin CROSS JOIN scope s ON s.id = o.scope"                 \
    " CROSS JOIN flow f ON f.id = s.flow "
#define SQL_RUN SQL_RUN_BY("")

/* ?1 id to start beside, ?2 how many, ?3 flow, ?4 status */
#define SQL_BELOW   "r.id < ?1 "
#define SQL_ABOVE   "r.id > ?1 "
#define SQL_DOWN    "ORDER BY r.id DESC LIMIT ?2"
#define SQL_UP      "ORDER BY r.id LIMIT ?2"
#define SQL_STATUS  "AND (?4 < 0 OR r.status = ?4) "
#define SQL_OF_FLOW "AND r.flow = (SELECT id FROM flow WHERE name = ?3) "
#define SQL_MAYBE_FLOW "AND (?3 IS NULL OR f.name = ?3) "
/* "status <> 1" lets SQLite use the index run_unusual. */
#define SQL_UNUSUAL "AND r.status = ?4 AND r.status <> 1 " SQL_MAYBE_FLOW
#define SQL_UNDONE_AS(beside, status)                                            \
    SQL_RUN "WHERE " beside "AND r.status = " status " AND r.status <> 1 " SQL_MAYBE_FLOW
#define SQL_UNDONE(beside)                                                       \
    SQL_UNDONE_AS(beside, "0") "UNION ALL " SQL_UNDONE_AS(beside, "4")           \
    "UNION ALL " SQL_UNDONE_AS(beside, "5")

/* ?1 kind, ?2 the first key, ?3 but not this one, ?4 below this (a blob is above all texts),
 * ?5 run, ?6 due_ms, ?7 how many, ?8 the key */
#define SQL_FACT "SELECT key, run, at_ms, sum, value FROM fact "
#define SQL_FACT_KEYS "kind = ?1 AND key >= ?2 AND key IS NOT ?3 AND key < ?4 "
#define SQL_FACT_RUN "AND (?5 = 0 OR run = ?5) "
#define SQL_FACT_DUE "AND (?6 = 0 OR (at_ms > 0 AND at_ms <= ?6)) "
#define SQL_FACT_ORDER "ORDER BY key LIMIT ?7"

/* Runs that may be old, as prune.c takes them. */
#define SQL_PRUNE_ROW                                                                             \
    "SELECT r.id, r.status, r.received_ms, r.ended_ms, r.error, r.due_ms, r.end_sum, o.scope "
#define SQL_NOT_NEWEST "r.id < (SELECT max(id) FROM run) "

#define SQL_TABLE(X)                                                                              \
    /* transactions */                                                                            \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                   \
    X(COMMIT, "COMMIT")                                                                           \
    X(ROLLBACK, "ROLLBACK")                                                                       \
    X(SAVEPOINT, "SAVEPOINT batch")                                                               \
    X(RELEASE, "RELEASE batch")                                                                   \
    X(BACK, "ROLLBACK TO batch")                                                                  \
    /* names that many rows share */                                                              \
    X(FLOW_FIND, "SELECT id FROM flow WHERE name = ?1")                                           \
    X(FLOW_ADD, "INSERT INTO flow (name) VALUES (?1)")                                            \
    X(SCOPE_FIND,                                                                                 \
      "SELECT id FROM scope WHERE workspace = ?1 AND environment = ?2 AND flow = ?3")             \
    X(SCOPE_ADD, "INSERT INTO scope (workspace, environment, flow) VALUES (?1, ?2, ?3)")          \
    X(ORIGIN_FIND,                                                                                \
      "SELECT id FROM origin WHERE scope = ?1 AND version = ?2 AND trigger_node = ?3")            \
    X(ORIGIN_ADD, "INSERT INTO origin (scope, version, trigger_node) VALUES (?1, ?2, ?3)")        \
    /* appends */                                                                                 \
    X(DEDUPE_ADD,                                                                                 \
      "INSERT INTO dedupe (scope, key, run) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")          \
    X(DEDUPE_FIND, "SELECT run FROM dedupe WHERE scope = ?1 AND key = ?2")                        \
    X(RUN_ADD,                                                                                    \
      "INSERT INTO run (id, flow, origin, status, received_ms, ended_ms, sum, end_sum, dedupe,"   \
      " order_key, error, input, entries, due_ms)"                                                \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")                    \
    X(RUN_END,                                                                                    \
      "UPDATE run SET status = ?2, ended_ms = ?3, end_sum = ?4, error = ?5, due_ms = ?6"          \
      " WHERE id = ?1")                                                                           \
    X(FACT_ADD,                                                                                   \
      "INSERT INTO fact (kind, key, run, at_ms, sum, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")     \
    X(FACT_PUT,                                                                                   \
      "INSERT INTO fact (kind, key, run, at_ms, sum, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"      \
      " ON CONFLICT DO UPDATE SET run = ?3, at_ms = ?4, sum = ?5, value = ?6")                    \
    X(FACT_REMOVE, "DELETE FROM fact WHERE kind = ?1 AND key = ?2")                               \
    X(JOURNAL_ADD, "INSERT INTO journal (run, seq, sum, entries) VALUES (?1, ?2, ?3, ?4)")        \
    /* old runs and keys */                                                                       \
    X(META_FIND, "SELECT value FROM meta WHERE name = ?1")                                        \
    X(META_PUT,                                                                                   \
      "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")      \
    X(PRUNE_SCOPE,                                                                                \
      "SELECT s.id, f.id FROM flow f CROSS JOIN scope s ON s.workspace = ?1"                      \
      " AND s.environment = ?2 AND s.flow = f.id WHERE f.name = ?3")                              \
    X(PRUNE_LATE,                                                                                 \
      SQL_PRUNE_ROW "FROM origin o CROSS JOIN run r INDEXED BY run_late ON r.origin = o.id"       \
      " AND r.ended_ms < ?2 AND r.ended_ms - r.received_ms > 3600000"                             \
      " WHERE o.scope = ?1 AND " SQL_NOT_NEWEST)                                                  \
    X(PRUNE_WALK,                                                                                 \
      SQL_PRUNE_ROW "FROM run r INDEXED BY run_flow CROSS JOIN origin o ON o.id = r.origin"       \
      " WHERE r.flow = ?1 AND r.id > ?2 AND " SQL_NOT_NEWEST "ORDER BY r.id LIMIT ?3")            \
    X(PRUNE_JOURNAL, "DELETE FROM journal WHERE run = ?1")                                        \
    X(PRUNE_FACTS, "DELETE FROM fact WHERE run = ?1 AND run <> 0")                                \
    X(PRUNE_RUN, "DELETE FROM run WHERE id = ?1")                                                 \
    X(PRUNE_KEYS_END,                                                                             \
      "SELECT key FROM dedupe WHERE scope = ?1 AND key > ?2 ORDER BY key LIMIT 1 OFFSET ?3")      \
    X(PRUNE_KEYS,                                                                                 \
      "DELETE FROM dedupe WHERE scope = ?1 AND key > ?2 AND key <= ?3 AND run < ?4")              \
    /* changes */                                                                                 \
    X(VERSION_ADD,                                                                                \
      "INSERT INTO version (digest, flow, created_ms, sum, bundle) VALUES (?1, ?2, ?3, ?4, ?5)"   \
      " ON CONFLICT DO NOTHING")                                                                  \
    X(DEPLOY,                                                                                     \
      "INSERT INTO deployment (workspace, environment, flow, version, since_ms)"                  \
      " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET version = ?4, since_ms = ?5")       \
    X(UNDEPLOY, "DELETE FROM deployment WHERE workspace = ?1 AND environment = ?2 AND flow = ?3") \
    X(SECRET_PUT,                                                                                 \
      "INSERT INTO secret (workspace, name, sealed, changed_ms) VALUES (?1, ?2, ?3, ?4)"          \
      " ON CONFLICT DO UPDATE SET sealed = ?3, changed_ms = ?4")                                  \
    X(SECRET_REMOVE, "DELETE FROM secret WHERE workspace = ?1 AND name = ?2")                     \
    /* reads */                                                                                   \
    X(RUN_FIND, SQL_RUN "WHERE r.id = ?1")                                                        \
    X(RUNS_DOWN, SQL_RUN "WHERE " SQL_BELOW SQL_STATUS SQL_DOWN)                                  \
    X(RUNS_UP, SQL_RUN "WHERE " SQL_ABOVE SQL_STATUS SQL_UP)                                      \
    X(FLOW_DOWN, SQL_RUN "WHERE " SQL_BELOW SQL_OF_FLOW SQL_STATUS SQL_DOWN)                      \
    X(FLOW_UP, SQL_RUN "WHERE " SQL_ABOVE SQL_OF_FLOW SQL_STATUS SQL_UP)                          \
    X(UNUSUAL_DOWN, SQL_RUN "WHERE " SQL_BELOW SQL_UNUSUAL SQL_DOWN)                              \
    X(UNUSUAL_UP, SQL_RUN "WHERE " SQL_ABOVE SQL_UNUSUAL SQL_UP)                                  \
    X(UNDONE_DOWN, SQL_UNDONE(SQL_BELOW) "ORDER BY 1 DESC LIMIT ?2")                              \
    X(UNDONE_UP, SQL_UNDONE(SQL_ABOVE) "ORDER BY 1 LIMIT ?2")                                     \
    X(ORDERED_UP,                                                                                 \
      SQL_RUN_BY("INDEXED BY run_ordered ")                                                       \
      "WHERE " SQL_ABOVE "AND r.status = 5 AND r.order_key IS NOT NULL " SQL_MAYBE_FLOW SQL_UP)   \
    X(DUE, "SELECT id, due_ms FROM run WHERE due_ms > 0 ORDER BY due_ms")                         \
    X(FACT_FIND,                                                                                  \
      SQL_FACT "WHERE key = ?8 AND " SQL_FACT_KEYS SQL_FACT_RUN SQL_FACT_DUE SQL_FACT_ORDER)      \
    X(FACTS, SQL_FACT "WHERE " SQL_FACT_KEYS SQL_FACT_RUN SQL_FACT_DUE SQL_FACT_ORDER)            \
    X(FACTS_OF_RUN,                                                                               \
      SQL_FACT "INDEXED BY fact_run WHERE run = ?5 AND run <> 0 AND " SQL_FACT_KEYS               \
      SQL_FACT_DUE SQL_FACT_ORDER)                                                                \
    X(JOURNAL_FIRST, SQL_RUN "WHERE r.id = ?1") /* its own: a visitor of the run may ask for it */ \
    X(JOURNAL, "SELECT seq, sum, entries FROM journal WHERE run = ?1 ORDER BY seq")               \
    X(FACTS_DUE, /* sorts what is due */                                                          \
      SQL_FACT "INDEXED BY fact_at WHERE at_ms <> 0 AND at_ms > 0 AND at_ms <= ?6 AND "           \
      SQL_FACT_KEYS SQL_FACT_RUN SQL_FACT_ORDER)                                                  \
    X(VERSION_FIND, "SELECT flow, sum, bundle FROM version WHERE digest = ?1")                    \
    X(DEPLOYMENTS,                                                                                \
      "SELECT workspace, environment, flow, version FROM deployment"                              \
      " ORDER BY workspace, environment, flow")                                                   \
    X(SECRETS, "SELECT workspace, name, sealed FROM secret ORDER BY workspace, name")             \
    X(RUN_LAST, "SELECT max(id) FROM run")

enum sql {
#define X(name, text) SQL_##name,
    SQL_TABLE(X)
#undef X
    SQL_COUNT
};

#endif
