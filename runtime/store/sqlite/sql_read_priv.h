/* sql_read_priv.h - the statements of the readers: part of sql_priv.h. */
#ifndef STORE_SQLITE_SQL_READ_PRIV_H
#define STORE_SQLITE_SQL_READ_PRIV_H

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

/* Looking for runs (look.c): ids from the greatest down, below ?1 and from ?2 on; ?3 flow, ?4
 * status, ?5 how many. */
#define SQL_LOOK(index) "SELECT id FROM run " index " WHERE id < ?1 AND id >= ?2 "
#define SQL_LOOK_DOWN   " ORDER BY id DESC LIMIT ?5"
/* What a list shows of the run ?1: look.c takes the columns in this order. */
#define SQL_HEAD(error, input, index)                                                             \
    "SELECT id, status, origin, dedupe, order_key, received_ms, ended_ms, " error ", end_sum,"    \
    " due_ms, " input " FROM run " index

#define SQL_READS(X)                                                                              \
    X(HOLD, "BEGIN")                                                                              \
    X(LET_GO, "COMMIT")                                                                           \
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
    X(JOURNAL, "SELECT seq, sum, entries FROM journal WHERE run = ?1 AND seq >= ?2 ORDER BY seq") \
    X(FACTS_DUE, /* sorts what is due */                                                          \
      SQL_FACT "INDEXED BY fact_at WHERE at_ms <> 0 AND at_ms > 0 AND at_ms <= ?6 AND "           \
      SQL_FACT_KEYS SQL_FACT_RUN SQL_FACT_ORDER)                                                  \
    X(VERSION_FIND, "SELECT flow, sum, bundle FROM version WHERE digest = ?1")                    \
    X(DEPLOYMENTS,                                                                                \
      "SELECT workspace, environment, flow, version FROM deployment"                              \
      " ORDER BY workspace, environment, flow")                                                   \
    X(SECRETS, "SELECT workspace, name, sealed FROM secret ORDER BY workspace, name")             \
    X(RUN_LAST, "SELECT max(coalesce((SELECT max(id) FROM run), 0), coalesce("                    \
                "(SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'ids_after'), 0))")        \
    X(LOOK_ALL, SQL_LOOK("") SQL_LOOK_DOWN)                                                       \
    X(LOOK_STATUS,                                                                                \
      SQL_LOOK("INDEXED BY run_unusual") "AND status = ?4 AND status <> 1" SQL_LOOK_DOWN)         \
    X(LOOK_FLOW, SQL_LOOK("INDEXED BY run_flow") "AND flow = ?3" SQL_LOOK_DOWN)                   \
    X(LOOK_FLOW_STATUS, /* all that it gives stands in the index */                               \
      "SELECT id, origin, ended_ms FROM run INDEXED BY run_open WHERE id < ?1 AND id >= ?2"       \
      " AND flow = ?3 AND status = ?4 AND status > 1" SQL_LOOK_DOWN)                              \
    X(LOOK_ORDER, /* ?3 the first key, ?4 below this */                                           \
      "SELECT id, order_key FROM run INDEXED BY run_order WHERE id < ?1 AND id >= ?2"             \
      " AND order_key >= ?3 AND order_key < ?4 LIMIT ?5")                                         \
    X(LOOK_DEDUPE,                                                                                \
      "SELECT run FROM dedupe WHERE run < ?1 AND run >= ?2 AND key >= ?3 AND key < ?4"            \
      " AND scope = ?6 LIMIT ?5")                                                                 \
    X(LOOK_SCOPES,                                                                                \
      "SELECT s.id, f.id FROM scope s CROSS JOIN flow f ON f.id = s.flow"                         \
      " WHERE (?1 IS NULL OR s.workspace = ?1) AND (?2 IS NULL OR s.environment = ?2)"            \
      " AND (?3 IS NULL OR f.name = ?3)")                                                         \
    X(LOOK_OTHERS, "SELECT 1 FROM scope WHERE workspace <> ?1 LIMIT 1")                           \
    X(LOOK_HEAD, SQL_HEAD("error", "input", "") "WHERE id = ?1")                                  \
    X(LOOK_HEAD_UNUSUAL, /* ?4 status */                                                          \
      SQL_HEAD("error", "NULL", "INDEXED BY run_unusual ")                                        \
      "WHERE status = ?4 AND status <> 1 AND id = ?1")                                            \
    X(LOOK_HEAD_ORDER, /* ?2 order key */                                                         \
      SQL_HEAD("NULL", "NULL", "INDEXED BY run_order ") "WHERE order_key = ?2 AND id = ?1")       \
    X(LOOK_ORIGIN,                                                                                \
      "SELECT s.workspace, s.environment, f.name, o.version, o.trigger_node FROM origin o"        \
      " CROSS JOIN scope s ON s.id = o.scope CROSS JOIN flow f ON f.id = s.flow"                  \
      " WHERE o.id = ?1")                                                                         \
    X(AUDIT, "SELECT seq, at_ms, text, mac FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2")       \
    X(AUDIT_BACK, "SELECT seq, at_ms, text, mac FROM audit WHERE seq < ?1"                         \
      " ORDER BY seq DESC LIMIT ?2")

#endif
