/* connection_test.h - a connection is tried at somebody's wish: nothing of it has an effect.
 *
 * A step after the other: its secrets are there; a token is fetched, where it signs in by one; the
 * base URL is asked by a signed GET. What is found names the layer and the remedy. It does not wait
 * for the governor, so that a halted connection can be tried, and tells it nothing. */
#ifndef ENGINE_CONNECTION_TEST_H
#define ENGINE_CONNECTION_TEST_H

#include "engine/engine.h"

#define CONNECTION_TESTS 20u /* at a time */

/* {"connection", "works": bool, "steps": [{"step": "secrets", "state": "well" | "failed" |
 * "not_tested", "text", "remedy"?}], "status"?, "took_ms"}; borrowed. NULL with *e: the engine
 * ends. */
typedef void connection_test_fn(void *arg, json_t *found, const struct err *e);
/* connection: "main/production/FLOW/erp". ERR_NOT_FOUND, ERR_OVERLOAD. done() comes in a later
 * turn, or from within. */
enum err_code engine_connection_test(struct engine *engine, const char *connection, const char *by,
                                     connection_test_fn *done, void *arg, struct err *e) MUST_USE;
/* Nothing leaves by it until a person says so; others' credentials are not enough. done():
 * once, when it is durable; NULL: nobody asks. ERR_NOT_FOUND, ERR_CONFLICT: it is halted. */
enum err_code engine_connection_halt(struct engine *engine, const char *connection, const char *by,
                                     const char *reason, engine_done_fn *done, void *arg,
                                     struct err *e) MUST_USE;

void connection_tests_turn(struct engine *engine);
void connection_tests_free(struct engine *engine);

#endif
