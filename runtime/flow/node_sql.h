/* node_sql.h - a transaction on the database of the step's connection.
 *
 * The connection is one of connector "sql": its settings say where the database is and who signs
 * in; egress policy, limits and halting are the connection's. The transaction runs on a thread of
 * the pool (node_work.h). What fails on the way there ends the step itself (retry, in doubt, ...)
 * and the callback does not run. It runs when the database has answered: with ask->refusal when it
 * said No, and then nothing was done. With ask->file, below the roots that the program allows, the
 * file is there, whole and durable, by then; whatever fails before leaves nothing behind. */
#ifndef FLOW_NODE_SQL_H
#define FLOW_NODE_SQL_H

#include "base/sql_ask.h"
#include "flow/node.h"

struct step_sql {
    struct sql_ask *ask;        /* taken, also when the call fails the step */
    enum effect_class effect;
    const char *what;           /* with an effect: "INSERT INTO batch", for the journal; copied */
    int64_t key_valid_ms;       /* EFFECT_KEYED, see struct step_ask */
};
/* ask: borrowed for the call. */
typedef void step_sql_fn(struct step *step, const void *config, struct sql_ask *ask);
enum node_next step_sql(struct step *step, const struct step_sql *sql, step_sql_fn *then);

#endif
