/* sql_write_priv.h - the statements of the writer: part of sql_priv.h. */
#ifndef STORE_SQLITE_SQL_WRITE_PRIV_H
#define STORE_SQLITE_SQL_WRITE_PRIV_H

/* Runs that may be old, as prune.c takes them. */
#define SQL_PRUNE_ROW                                                                             \
    "SELECT r.id, r.status, r.received_ms, r.ended_ms, r.error, r.due_ms, r.end_sum, o.scope "
#define SQL_NOT_NEWEST "r.id < (SELECT max(id) FROM run) "

#define SQL_WRITES(X)                                                                             \
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
    X(DEDUPE_RENEW, /* ?4 below this, ?3 in its place, unless its run is there */                 \
      "UPDATE dedupe SET run = ?3 WHERE scope = ?1 AND key = ?2 AND run < ?4"                     \
      " AND NOT EXISTS (SELECT 1 FROM run WHERE id = dedupe.run)")                                \
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
    X(PRUNE_FAILED,                                                                               \
      SQL_PRUNE_ROW "FROM run r INDEXED BY run_unusual CROSS JOIN origin o ON o.id = r.origin"    \
      " WHERE r.status = 2 AND r.status <> 1 AND r.id > ?2 AND " SQL_NOT_NEWEST                   \
      "ORDER BY r.id LIMIT ?3")                                                                   \
    X(PRUNE_SETTLED, "SELECT 1 FROM fact WHERE run = ?1 AND run <> 0 AND kind = 5 LIMIT 1")       \
    X(PRUNE_JOURNAL, "DELETE FROM journal WHERE run = ?1")                                        \
    X(PRUNE_FACTS, "DELETE FROM fact WHERE run = ?1 AND run <> 0")                                \
    X(PRUNE_RUN, "DELETE FROM run WHERE id = ?1")                                                 \
    X(PRUNE_KEYS_END,                                                                             \
      "SELECT key FROM dedupe WHERE scope = ?1 AND key > ?2 ORDER BY key LIMIT 1 OFFSET ?3")      \
    X(PRUNE_KEYS,                                                                                 \
      "DELETE FROM dedupe WHERE scope = ?1 AND key > ?2 AND key <= ?3 AND run < ?4"               \
      " AND NOT EXISTS (SELECT 1 FROM run WHERE id = dedupe.run)")                                \
    X(PRUNE_KEY, /* of a run that is removed */                                                   \
      "UPDATE dedupe SET run = ?3 WHERE scope = ?1"                                               \
      " AND key = (SELECT dedupe FROM run WHERE id = ?2) AND run = ?2")                           \
    X(PRUNE_PAYLOADS, "DELETE FROM payload_use WHERE run = ?1")                                   \
    /* large texts */                                                                             \
    X(PAYLOAD_USE,                                                                                \
      "INSERT INTO payload_use (digest, run) VALUES (?1, ?2) ON CONFLICT DO NOTHING")             \
    X(PAYLOAD_USED, "SELECT 1 FROM payload_use WHERE digest = ?1 LIMIT 1")                        \
    /* the audit chain */                                                                         \
    X(AUDIT_LAST, "SELECT seq, mac FROM audit WHERE seq = (SELECT max(seq) FROM audit)")          \
    X(AUDIT_ADD, "INSERT INTO audit (seq, at_ms, text, mac) VALUES (?1, ?2, ?3, ?4)")             \
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
    X(SECRET_REMOVE, "DELETE FROM secret WHERE workspace = ?1 AND name = ?2")

#endif
