/* prove.h - the tests of a version's rules on a thread of their own, so that nobody waits for them
 * but who has asked.
 *
 * (1) One after the other, in the order of their coming; for whom nobody waits any more when it is
 *     their turn, they do not run.                                                   [prove_next]
 * (2) What came of them is known while done() runs: engine_flow_check(), engine_flow_publish(),
 *     engine_deploy() and engine_proof() of those versions take it from there. Without it they run
 *     the tests themselves, and everybody waits.                                   [engine_proof]
 * (3) Of the last PROVE_PAST versions whose tests all passed it stays known, for the same budgets,
 *     and they stay compiled: whoever looks again at what has not changed waits for nothing, and
 *     who waited behind the first look waits no longer. What failed is tried anew, time may have
 *     been short.                                                      [prove_past, prove_begin]
 * (4) When the engine ends, tests that are under way are given up.                 [proves_free] */
#ifndef ENGINE_PROVE_H
#define ENGINE_PROVE_H

#include "engine/flows.h"
#include "engine/proof.h"
#include "io/loop.h"

#define PROVE_MOST 64u /* that wait */
#define PROVE_PAST 24u /* the flows of a pairing, and some beside them */

/* What came of it: PROVE_ENDS when the engine ends, PROVE_LEFT when nobody wanted it any more. */
enum prove_end { PROVE_RAN, PROVE_ENDS, PROVE_LEFT };
/* Once, in a later turn, or from within engine_free(). */
typedef void prove_done_fn(void *arg, enum prove_end end);
typedef bool prove_wanted_fn(void *arg);
/* With the budgets that their rules have in that workspace. The versions are kept as long. wanted()
 * is asked when it is their turn; NULL: they are wanted in any case.
 * ERR_OVERLOAD, ERR_MEMORY: done() is not called. */
enum err_code engine_prove(struct engine *engine, struct loop *loop, const char *workspace,
                           struct version *const *versions, size_t count,
                           prove_wanted_fn *wanted, prove_done_fn *done, void *arg,
                           struct err *e) MUST_USE;
/* Whether somebody would wait: there are tests, and it is not known what comes of them. */
bool engine_proof_takes(const struct engine *engine, const char *workspace,
                        const struct version *version);
/* Whether it is known, of no tests too: such a version is there again without a wait. */
bool engine_proof_known(const struct engine *engine, const char *workspace,
                        const struct version *version);
/* Tells what comes of the tests. */
enum err_code engine_proof(struct engine *engine, const char *workspace,
                           const struct version *version, proof_fn *told, void *arg,
                           struct err *e) MUST_USE;

/* ---- For the engine */
/* What came of that flow's tests with these budgets; NULL: not known. */
const struct proof_set *prove_known(const struct engine *engine, const struct flow *flow,
                                    const struct rule_allowance *set);
void proves_free(struct engine *engine);

#endif
