/* app.c - the program's rooms, opened in order and closed in reverse. */
#include "app.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/card.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/guard.h"
#include "io/egress.h"
#include "io/files.h"
#include "io/folder.h"
#include "folders.h"
#include "nodes/node_types.h"
#include "rules/rule_room.h"
#include "vault/vault.h"

#define APP_THREADS "12"       /* for files, queries and what steps do beside the loop */
#define APP_KEY     "data-key" /* the vault's own row among the secrets: its workspace is "" */

enum err_code app_init(struct app *app, const char *config_file, struct err *e)
{
    memset(app, 0, sizeof *app);
    if (config_load(&app->config, config_file, e) != ERR_OK)
        return e->code;
    log_init(&app->log, clock_real());
    app->log.recent = &app->log_recent;
    if (!log_level_parse(config_text(&app->config, CONFIG_LOG_LEVEL), &app->log.level))
        return err_set(e, ERR_USAGE,
                       "log.level (WEFT_LOG_LEVEL) is error, warn, info or debug, not \"%s\"",
                       config_text(&app->config, CONFIG_LOG_LEVEL));
    app->log.json = strcmp(config_text(&app->config, CONFIG_LOG_FORMAT), "json") == 0;
    setenv("UV_THREADPOOL_SIZE", APP_THREADS, 0); /* libuv makes them at their first work */
    app->loop = loop_new(clock_real(), e);
    return app->loop != NULL ? ERR_OK : e->code;
}

/* The engine's turn comes with the loop's. */
static void app_rules_rang(void *arg)
{
    (void)arg;
}

static void app_rules_ring(void *arg)
{
    mailbox_ring(arg);
}

static enum err_code app_rule_limit(const struct app *app, enum config_key key, const char *name,
                                    const char *variable, uint64_t least, uint64_t most,
                                    uint64_t *value, struct err *e)
{
    const char *text = config_text(&app->config, key);
    char *end;

    *value = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && *end == '\0' && *value >= least && *value <= most)
        return ERR_OK;
    return err_set(e, ERR_USAGE,
                   "rules.%s (%s) is a whole number from %" PRIu64 " to %" PRIu64 ", not \"%.40s\"",
                   name, variable, least, most, text);
}

static enum err_code app_rule_limits(const struct app *app, struct rules_limits *limits,
                                     struct err *e)
{
    uint64_t ticks, ms, mib;

    if (app_rule_limit(app, CONFIG_RULE_TICKS, "instructions_most", "WEFT_RULES_INSTRUCTIONS_MOST",
                       LIMIT_RULE_LEAST_TICKS, LIMIT_RULE_MOST_TICKS, &ticks, e) != ERR_OK ||
        app_rule_limit(app, CONFIG_RULE_MS, "ms_most", "WEFT_RULES_MS_MOST", LIMIT_RULE_LEAST_MS,
                       LIMIT_RULE_MOST_MS, &ms, e) != ERR_OK ||
        app_rule_limit(app, CONFIG_RULE_MIB, "memory_mib_most", "WEFT_RULES_MEMORY_MIB_MOST",
                       LIMIT_RULE_LEAST_MIB, LIMIT_RULE_MOST_MIB, &mib, e) != ERR_OK)
        return e->code;
    limits->most = (struct rule_amounts){ ticks, (int64_t)ms, (size_t)mib * MIB };
    return ERR_OK;
}

enum err_code app_compiler(struct app *app, struct err *e)
{
    struct rules_limits limits = { .memory = 0 };

    if (app_rule_limits(app, &limits, e) != ERR_OK)
        return e->code;
    app->registry = registry_new();
    node_types_add(app->registry);
    app_connectors(app);
    app->rules = rules_new(clock_real(), &app->log, &limits, e);
    if (app->rules == NULL)
        return e->code;
    app->rules_bell = mailbox_new(app->loop, app_rules_rang, NULL);
    rules_room(app->rules, app_rules_ring, app->rules_bell);
    return ERR_OK;
}

/* ---- The vault */

struct app_key {
    char *sealed;
};

static bool app_key_visit(void *arg, const char *workspace, const char *name, const char *sealed)
{
    struct app_key *key = arg;

    if (*workspace != '\0' || strcmp(name, APP_KEY) != 0)
        return true;
    key->sealed = mem_must_copy(sealed);
    return false;
}

/* sealed: the data key, NULL: there is none yet. */
static enum err_code app_vault_open(struct app *app, const char *data, const char *sealed,
                                    struct err *e)
{
    const char *file = config_text(&app->config, CONFIG_MASTER_KEY);
    const char *folder = getenv("CREDENTIALS_DIRECTORY"); /* of systemd */
    struct buf path;
    bool made;

    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/weft-master-key", folder != NULL ? folder : "");
    if (folder == NULL || access(buf_text(&path), F_OK) != 0) {
        buf_clear(&path);
        buf_addf(&path, "%s/master.key", data);
    }
    if (*file != '\0') {
        buf_clear(&path);
        buf_add_text(&path, file);
    }
    made = access(buf_text(&path), F_OK) != 0;
    app->vault = vault_open(buf_text(&path), sealed == NULL, random_real(), e);
    if (app->vault != NULL && made)
        log_info(&app->log, "a master key was made: %s; keep a copy of it elsewhere",
                 buf_text(&path));
    buf_fini(&path);
    if (app->vault == NULL)
        return e->code;
    return sealed != NULL ? vault_load_key(app->vault, sealed, e) : ERR_OK;
}

static enum err_code app_vault(struct app *app, struct err *e)
{
    struct app_key key = { .sealed = NULL };
    char *own = NULL;

    e->code = store_secrets(app->store, app_key_visit, &key, e);
    if (e->code == ERR_OK)
        e->code = app_vault_open(app, datadir_path(app->datadir), key.sealed, e);
    if (e->code != ERR_OK || key.sealed != NULL)
        goto out;
    e->code = vault_make_key(app->vault, &own, e);
    if (e->code == ERR_OK)
        e->code =
            store_put_secret(app->store, "", APP_KEY, own, clock_real()->wall_ms(clock_real()), e);
out:
    mem_free(own);
    mem_free(key.sealed);
    return e->code;
}

static enum err_code app_audit(struct app *app, struct err *e)
{
    unsigned char key[STORE_AUDIT_KEY];
    enum err_code code;

    app_audit_key(app, key);
    code = store_audit_key(app->store, key, e);
    explicit_bzero(key, sizeof key);
    return code;
}

void app_audit_key(const struct app *app, unsigned char key[STORE_AUDIT_KEY])
{
    check(STORE_AUDIT_KEY == VAULT_DERIVED);
    vault_derive(app->vault, "audit", key);
}

/* ---- Only looking */

enum err_code app_look(struct app *app, const char *data, bool vault, struct err *e)
{
    struct buf path;

    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/weft.db", data);
    e->code = app_look_at(app, buf_text(&path), data, vault, e);
    buf_fini(&path);
    return e->code;
}

enum err_code app_look_at(struct app *app, const char *path, const char *data, bool vault,
                          struct err *e)
{
    struct app_key key = { .sealed = NULL };

    app->store = store_sqlite_open_readonly(path, &app->log, e);
    if (app->store == NULL || !vault)
        return app->store != NULL ? ERR_OK : e->code;
    e->code = store_secrets(app->store, app_key_visit, &key, e);
    if (e->code == ERR_OK && key.sealed == NULL)
        err_set(e, ERR_NOT_FOUND, "%s has no vault yet", path);
    if (e->code == ERR_OK)
        e->code = app_vault_open(app, data, key.sealed, e);
    mem_free(key.sealed);
    return e->code;
}

/* ---- The whole */

static enum err_code app_data(struct app *app, const char *data, struct err *e)
{
    char template[] = "/tmp/weft-run-XXXXXX";
    struct buf path;

    if (data == NULL) {
        if (mkdtemp(template) == NULL)
            return err_set(e, ERR_IO, "no temporary directory can be made in /tmp");
        app->temporary = mem_must_copy(template);
        data = template;
    }
    app->datadir = datadir_lock(data, e);
    if (app->datadir == NULL)
        return e->code;
    if (app->temporary == NULL && datadir_whole(app->datadir, e) != ERR_OK)
        return e->code;
    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/weft.db", datadir_path(app->datadir));
    app->store = store_sqlite_open(app->temporary != NULL ? NULL : buf_text(&path), app->loop,
                                   clock_real(), &app->log, e);
    buf_fini(&path);
    return app->store != NULL ? datadir_opened(app->datadir, true, e) : e->code;
}

/* "512 MiB, 5 %", or one of them, or 0. */
static enum err_code app_keep_free(struct app *app, struct err *e)
{
    const char *text = config_text(&app->config, CONFIG_KEEP_FREE), *at = text;
    unsigned long long number, bytes = 0, percent = 0;
    char *end;

    do {
        number = strtoull(at, &end, 10);
        if (end == at || number > 1000000)
            break;
        end += strspn(end, " ");
        if (strncmp(end, "MiB", 3) == 0 || strncmp(end, "GiB", 3) == 0)
            bytes = number * (*end == 'G' ? 1024u * MIB : MIB);
        else if (*end == '%')
            percent = number;
        else if (number != 0)
            break;
        at = end + (*end == '%' ? 1 : *end == '\0' || *end == ',' ? 0 : 3);
        at += strspn(at, " ");
        if (*at == '\0' && percent < 100)
            return store_sqlite_keep_free(app->store, bytes, (unsigned)percent, e);
    } while (*at++ == ',');
    return err_set(e, ERR_USAGE,
                   "store.keep_free (WEFT_STORE_KEEP_FREE) is like \"512 MiB, 5 %%\" or \"2 GiB\","
                   " not \"%.40s\"",
                   text);
}

static const char *app_environment(const char *name)
{
    return getenv(name);
}

static enum err_code app_card_names(const struct app *app, struct err *e)
{
    const char *setting = config_text(&app->config, CONFIG_CARD_NAMES);
    bool distrust = strcmp(setting, "distrust") == 0;

    if (!distrust && strcmp(setting, "trust") != 0)
        return err_set(e, ERR_USAGE,
                       "guard.names (WEFT_GUARD_NAMES) is trust or distrust, not %.60s", setting);
    card_distrust_names(distrust);
    return ERR_OK;
}

enum err_code app_open(struct app *app, const char *data, struct err *e)
{
    check(app->loop != NULL && app->rules != NULL);
    app->egress = egress_new(config_text(&app->config, CONFIG_EGRESS), NULL, e);
    if (app->egress == NULL)
        return err_prefix(e, "egress.allow (WEFT_EGRESS_ALLOW)");
    if (app_data(app, data, e) != ERR_OK || app_vault(app, e) != ERR_OK ||
        app_audit(app, e) != ERR_OK || app_keep_free(app, e) != ERR_OK)
        return e->code;
    app->http = http_out_uv_new(app->loop, clock_real(), app->egress, e);
    if (app->http == NULL)
        return e->code;
    if (app->temporary == NULL) {
        app->hand = hand_open(datadir_path(app->datadir), e);
        if (app->hand == NULL)
            log_warn(&app->log, "a run that kills the process cannot be found: %s", e->text);
        else
            app->world.hand = hand_run(app->hand);
    }
    if (app->world.clock == NULL)
        app->world.clock = clock_real();
    if (app->world.random == NULL)
        app->world.random = random_real();
    app->world.log = &app->log;
    app->world.store = app->store;
    app->world.rules = app->rules;
    app->world.http = app->http;
    app->world.vault = app->vault;
    app->world.egress = app->egress;
    app->world.registry = app->registry;
    app->folders = folders_uv_new(app->loop, config_text(&app->config, CONFIG_FILES_ROOT), e);
    if (app->folders == NULL)
        return err_prefix(e, "files.root (WEFT_FILES_ROOT)");
    app->world.folders = app->folders;
    app->files = files_real_new(config_text(&app->config, CONFIG_FILES_ROOT), e);
    if (app->files == NULL)
        return err_prefix(e, "files.root (WEFT_FILES_ROOT)");
    app->world.files = app->files;
    app->transfer = transfer_curl_new();
    app->world.transfer = app->transfer;
    app->pool = pool_uv_new(app->loop, e);
    if (app->pool == NULL)
        return e->code;
    app->world.pool = app->pool;
    app->odbc = odbc_unix_new();
    app->world.odbc = app->odbc;
    if (app->world.environment == NULL)
        app->world.environment = app_environment;
    app->world.card_data = config_text(&app->config, CONFIG_CARD_DATA);
    if (guard_setting(app->world.card_data, e) != ERR_OK || app_card_names(app, e) != ERR_OK)
        return e->code;
    app->engine = engine_new(&app->world, e);
    return app->engine != NULL ? ERR_OK : e->code;
}

static void app_remove_temporary(struct app *app)
{
    static const char *const files[] = { "master.key", "lock" };
    struct buf path;
    size_t i;

    for (i = 0; i < sizeof files / sizeof *files; i++) {
        buf_init(&path, 8 * KIB);
        buf_addf(&path, "%s/%s", app->temporary, files[i]);
        unlink(buf_text(&path));
        buf_fini(&path);
    }
    rmdir(app->temporary);
    mem_free(app->temporary);
}

void app_fini(struct app *app)
{
    bool stored = app->store != NULL && app->datadir != NULL;
    struct err e;

    store_close(app->store); /* first: it commits what is queued */
    engine_free(app->engine);
    http_out_close(app->http);
    folders_close(app->folders);
    rules_free(app->rules);
    if (app->rules_bell != NULL)
        mailbox_close(app->rules_bell);
    if (app->registry != NULL) {
        registry_free(app->registry);
        node_types_free();
    }
    vault_close(app->vault);
    hand_close(app->hand);
    if (stored && datadir_opened(app->datadir, false, &e) != ERR_OK)
        log_warn(&app->log, "%s", e.text); /* the next start looks more closely */
    datadir_unlock(app->datadir);
    if (app->temporary != NULL)
        app_remove_temporary(app);
    if (app->loop != NULL)
        loop_free(app->loop);
    egress_free(app->egress); /* threads that still sent something ask it */
    pool_uv_free(app->pool);
    odbc_unix_free(app->odbc);
    files_real_free(app->files);
    transfer_curl_free(app->transfer);
    config_fini(&app->config);
}
