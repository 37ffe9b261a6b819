/* proof.h - runs the tests that stand beside the rules and tables of a flow.
 *
 * They are the bundle's "tests" (docs/TESTING.md). They run in a rules room of their own, so that
 * nothing of a running engine is touched, at a fixed moment and with a fixed seed: the same flow
 * always proves the same. Nothing here waits or reaches outside. */
#ifndef ENGINE_PROOF_H
#define ENGINE_PROOF_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "flow/flow.h"
#include "rules/budget.h"

#define PROOF_TESTS 5000u /* of one flow */
#define PROOF_MS    20000 /* all of them together */
#define PROOF_NOW   "2026-01-15T12:00:00.000Z" /* what now() says if a test does not say `now` */

/* One test that has run. Borrowed for the call. */
struct proof {
    const char *file;       /* "rules/payment.test.json" */
    const char *name;
    size_t index;           /* in its file, from 0 */
    bool passed;
    const json_t *expected; /* NULL: an error */
    const json_t *got;      /* NULL: nil, or an error */
    const char *text;       /* of a failure, one line for people */
    const char *pointer;    /* of the first difference; "" if there is none to show */
};
typedef void proof_fn(void *arg, const struct proof *proof);

/* Runs all with the budgets that the flow's rules have where `set` holds (budget.h); each is told.
 * The error says why they could not run at all. */
enum err_code proof_run(const struct flow *flow, const struct rule_allowance *set, struct log *log,
                        proof_fn *told, void *arg, struct err *e) MUST_USE;

/* What has come of all tests of a version. Made on any thread, while others only read the flow. */
struct proof_set;
/* *quit set: it ends soon, with an error. */
struct proof_set *proof_set_new(const struct flow *flow, const struct rule_allowance *set,
                                struct log *log, const atomic_bool *quit);
void proof_set_free(struct proof_set *set); /* NULL is fine */
bool proof_set_passed(const struct proof_set *set); /* all of them; set NULL: no */
bool proof_set_is_of(const struct proof_set *set, const struct flow *flow); /* set NULL: no */
/* As proof_run() told it. */
enum err_code proof_set_tell(const struct proof_set *set, proof_fn *told, void *arg,
                             struct err *e) MUST_USE;
/* Tests that fail are faults. false: there was one. known: of that flow, NULL: they run now. */
bool proof_faults(const struct flow *flow, const struct rule_allowance *set,
                  const struct proof_set *known, const char *file, struct log *log,
                  struct faults *faults);

/* "2026-01-15T12:00:00Z", with milliseconds or without; false: it is none. */
bool proof_moment(const char *text, int64_t *ms);

/* Where two values first differ: appends the JSON pointer and sets the two, NULL: absent there.
 * false: they are the same, numbers digit for digit. With `part`, members that only `got` has are
 * no difference. */
bool proof_differ(const json_t *expected, const json_t *got, bool part, struct buf *pointer,
                  const json_t **expected_at, const json_t **got_at);
/* "expected 5, got 6" or "at /lines/0/amount: expected ..., got ...". */
void proof_differ_text(const json_t *expected, const json_t *got, bool part, struct buf *text,
                       struct buf *pointer);

#endif
