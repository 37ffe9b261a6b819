/* proof_priv.h - for proof.c and proof_set.c. */
#ifndef ENGINE_PROOF_PRIV_H
#define ENGINE_PROOF_PRIV_H

#include "engine/budget.h"
#include "engine/proof.h"

/* proof_run() that can be given up. */
enum err_code proof__all(const struct flow *flow, const struct rule_allowance *set, struct log *log,
                         const atomic_bool *quit, proof_fn *told, void *arg,
                         struct err *e) MUST_USE;

#endif
