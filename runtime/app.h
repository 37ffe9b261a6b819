/* app.h - builds the program from its rooms, in this order: clock, log, loop, store, vault, rules,
 * network, engine. */
#ifndef APP_H
#define APP_H

#include "config.h"
#include "engine/engine.h"
#include "hand.h"
#include "io/loop.h"
#include "store/audit.h"
#include "store/store_sqlite.h"

struct app {
    struct config config;
    struct log log;
    struct log_recent log_recent;
    struct loop *loop;
    struct datadir *datadir;
    char *temporary;          /* a data directory made for one run; removed at the end */
    struct store *store;
    struct hand *hand;
    struct vault *vault;
    struct rules *rules;
    struct mailbox *rules_bell; /* what ran long has ended */
    struct egress *egress;
    struct http_out *http;
    struct folders *folders;
    struct pool *pool;
    struct odbc *odbc;
    struct files *files;
    struct transfer *transfer;
    struct registry *registry;
    struct engine *engine;
    struct world world;
};

/* Settings, log and loop. */
enum err_code app_init(struct app *app, const char *config_file, struct err *e) MUST_USE;
/* What works without a store: node types and rules. */
enum err_code app_compiler(struct app *app, struct err *e) MUST_USE;
/* Locks the data directory (NULL: a temporary one with a store in memory) and opens store, vault,
 * network, engine. world.answer and the other calls of the host must be set before. */
enum err_code app_open(struct app *app, const char *data, struct err *e) MUST_USE;
/* Opens the store for reading only, beside a running server or without one; with vault: also the
 * vault, whose master key must be there. */
enum err_code app_look(struct app *app, const char *data, bool vault, struct err *e) MUST_USE;
/* The same for a store elsewhere, whose master key is that of `data`. */
enum err_code app_look_at(struct app *app, const char *path, const char *data, bool vault,
                          struct err *e) MUST_USE;
/* The audit chain's key, from the open vault; the caller wipes it. */
void app_audit_key(const struct app *app, unsigned char key[STORE_AUDIT_KEY]);
void app_fini(struct app *app);

/* connectors.c: the systems of DATA/connectors and of the folders of connectors.folders; those that
 * are there already stay. Faults go to stderr; a faulty system is left out. */
void app_connectors(struct app *app);
/* For a command with --connectors (and perhaps --data): before app_init(). */
struct options;
void app_connectors_option(const struct options *options);

/* The folders below each DIR of --flows: deploys every DIR/NAME/flow.json to workspace main, takes
 * out what is no longer there, reports faults on stderr. A flow that is refused leaves the others
 * alone; ERR_STORE when the store failed, which is no fault of a flow. serving: one with tests of
 * rules is deployed when they have run, in a later turn. */
enum err_code app_deploy_folders(struct app *app, const char *const *dirs, size_t count,
                                 const char *environment, bool serving, struct err *e) MUST_USE;
/* One folder or file; slug_out: its name (mem_free). Faults go to stderr. */
enum err_code app_deploy(struct app *app, const char *path, const char *environment,
                         char **slug_out, struct err *e) MUST_USE;

#endif
