/* stage.h - the engine with a world of the test's making: a clock that stands still, a seeded
 * random source, a store in memory, a scripted network, real rules and node types. Nothing here
 * waits for real time. */
#ifndef WORLD_STAGE_H
#define WORLD_STAGE_H

#include <jansson.h>

#include "engine/engine.h"
#include "world/fake_folder.h"
#include "world/fake_http.h"
#include "world/fake_pool.h"
#include "world/fake_sql.h"
#include "world/fake_store.h"

struct stage_answer {
    int status;      /* 0: none yet */
    char *body;
    char *headers;   /* "Name: value\n" lines */
};

struct stage;
struct stage *stage_new(void);
void stage_free(struct stage *stage);  /* asserts that no run and no byte is left */
struct engine *stage_engine(struct stage *stage);
struct fake_store *stage_store(struct stage *stage);
struct fake_http *stage_http(struct stage *stage);
struct fake_folder *stage_folder(struct stage *stage);
struct fake_pool *stage_pool(struct stage *stage);
struct fake_sql *stage_sql(struct stage *stage);
struct rules *stage_rules(struct stage *stage);
const struct registry *stage_registry(struct stage *stage);
void stage_type(struct stage *stage, const struct node_type *type); /* one of the test's own */

/* Deploys a bundle {"flow": ..., ...} as main/test/SLUG; fails the test with the faults it has. */
void stage_deploy(struct stage *stage, const char *slug, const char *bundle);
/* POSTs a JSON body to a webhook path of main/test; returns the request's number. */
uint64_t stage_post(struct stage *stage, const char *path, const char *body);
const struct stage_answer *stage_answer(const struct stage *stage, uint64_t request);
/* The id of the run in the answer {"run": ...}. */
uint64_t stage_run_id(const struct stage *stage, uint64_t request);

void stage_turn(struct stage *stage);   /* the engine works as far as it can; nothing else moves */
void stage_settle(
    struct stage *stage); /* turns, commits and answers of the network until nothing moves */
void stage_wait(struct stage *stage, int64_t ms); /* the clock moves on, then everything settles */
void stage_tick(struct stage *stage, int64_t ms); /* the clock moves on, nothing else does */
void stage_boot(struct stage *stage); /* the machine starts anew, and steady time with it */
void stage_boot_unknown(struct stage *stage); /* it does not say which start of it this is */
void stage_set(struct stage *stage, int64_t ms);  /* the wall clock is set: so much on, or back */
void stage_crash(
    struct stage *stage); /* the engine is gone, what was not committed too; a new one recovers */
void stage_die(struct stage *stage, uint64_t run); /* the same, while that run was in hand */
/* Status of the n-th run ended since the start, in order; or of one by id in the store. */
const char *stage_status(const struct stage *stage, uint64_t run);
/* The steps a run has done, in the order of the journal: "map out, post out, ..." into text. */
void stage_steps(const struct stage *stage, uint64_t run, char *text, size_t room);

#endif
