/* transfer.c - SFTP and mail of steps (flow/node_transfer.h): the login of their connection, and a
 * job that does it.
 *
 * A job has a copy of all that signs in; it is wiped with the job. */
#include "engine/run.h"

#include <string.h>

#include "base/card_stream.h"
#include "engine/connection.h"
#include "engine/guard.h"
#include "engine/secret.h"
#include "engine/usage.h"
#include "flow/node_transfer.h"
#include "io/transfer.h"

struct transfer_job {
    struct transfer *transfer;
    struct transfer_login login;
    struct connection *connection; /* counted: its egress policy */
    struct transfer_ask *ask;
    char *texts[6]; /* of the login; owned */
    size_t text_count;
    char *secret, *passphrase;
    size_t secret_size, passphrase_size;
    step_transfer_fn *then;
    struct card_report cards;
};

/* What was got becomes a file of this machine: without card data, as everywhere. */
static enum err_code transfer_guard(struct transfer_job *job, struct err *e)
{
    struct transfer_ask *ask = job->ask;
    struct card_stream cards;
    enum err_code rc;
    struct buf passed;

    if (ask->size == 0)
        return ERR_OK;
    buf_init(&passed, 2 * (size_t)TRANSFER_MAX);
    card_stream_init(&cards);
    card_stream_add(&cards, ask->bytes, ask->size, &passed, &job->cards);
    card_stream_end(&cards, &passed, &job->cards);
    card_stream_fini(&cards);
    rc = job->cards.failed ? err_set(e, ERR_MEMORY, "no memory to look for card data in the file")
                           : buf_check(&passed, "the file", e);
    if (rc == ERR_OK) {
        mem_free(ask->bytes);
        ask->bytes = buf_take(&passed, &ask->size);
    }
    buf_fini(&passed);
    return rc;
}

static enum err_code transfer_work(void *arg, const atomic_bool *given_up, bool *sent,
                                   struct err *e)
{
    struct transfer_job *job = arg;

    enum err_code rc = transfer_do(job->transfer, &job->login, job->ask, given_up, sent, e);

    if (rc == ERR_OK && job->ask->verb == TRANSFER_GET && job->ask->to != NULL)
        rc = transfer_guard(job, e);
    return rc;
}

static void transfer_drop(void *arg)
{
    struct transfer_job *job = arg;

    vault_wipe(&job->secret, job->secret_size);
    vault_wipe(&job->passphrase, job->passphrase_size);
    while (job->text_count > 0)
        mem_free(job->texts[--job->text_count]);
    connection_unref(job->connection);
    transfer_ask_free(job->ask);
    card_report_fini(&job->cards);
    mem_free(job);
}

static void transfer_worked(struct step *step, const void *config, void *arg)
{
    struct transfer_job *job = arg;

    guard_taken_out(step->run, &job->cards);
    job->then(step, config, job->ask);
}

/* ---- The login */

static const char *transfer_text(struct transfer_job *job, const char *text)
{
    if (text == NULL || *text == '\0')
        return NULL;
    check(job->text_count < sizeof job->texts / sizeof *job->texts);
    return job->texts[job->text_count++] = mem_must_copy(text);
}

static enum err_code transfer_secret(struct engine *engine, struct transfer_job *job,
                                     const char *name, char **plain, size_t *size, struct err *e)
{
    const struct connection *c = job->connection;

    return secret_for(engine, c->workspace, name, c->base_url, plain, size, e);
}

static enum err_code transfer_login(struct engine *engine, struct transfer_job *job, struct err *e)
{
    const struct connection *c = job->connection;
    bool has_passphrase =
        json_object_get(json_object_get(c->shape, "secrets"), "passphrase") != NULL;
    char *name;
    enum err_code rc = ERR_OK;

    job->login = (struct transfer_login){
        .url = transfer_text(job, c->base_url),
        .host_keys = transfer_text(job, connection_setting(c, "host_key")),
        .ca_file = transfer_text(job, connection_setting(c, "ca_file")),
        .helo = transfer_text(job, connection_setting(c, "helo")),
        .egress = connection_egress(c),
        .files = engine->world.files,
    };
    if (c->sign_in != SIGN_IN_NONE) {
        job->login.user = transfer_text(job, connection_setting(c, "user"));
        if (job->login.user == NULL || c->secret == NULL)
            return err_set(e, ERR_INVALID, "connection \"%s\" lacks \"user\" or its secret",
                           c->name);
        rc = transfer_secret(engine, job, c->secret, &job->secret, &job->secret_size, e);
        job->login.secret = job->secret;
    }
    if (rc == ERR_OK && has_passphrase) {
        name = connection_secret_name(c, "passphrase");
        rc = transfer_secret(engine, job, name, &job->passphrase, &job->passphrase_size, e);
        mem_free(name);
        job->login.passphrase = job->passphrase;
    }
    return rc;
}

static enum err_code transfer_connect(struct step *step, struct transfer_job *job, struct err *e)
{
    const char *name = node_of(step->n)->connection;
    struct engine *engine = step->run->engine;
    struct connection *c = name != NULL ? connection_find(step->run->deployment, name) : NULL;

    if (c == NULL)
        return err_set(e, ERR_INVALID, "there is no connection \"%.60s\"",
                       name != NULL ? name : "");
    if (c->info == NULL || c->base_url == NULL || strcmp(c->info->name, step->type->connector) != 0)
        return err_set(e, ERR_INVALID,
                       "connection \"%.60s\" is not of such a system (\"connector\": "
                       "\"%s\")",
                       name, step->type->connector);
    if (engine->world.transfer == NULL || (job->ask->file != NULL && engine->world.files == NULL))
        return err_set(e, ERR_UNAVAILABLE, "such systems cannot be reached from here");
    job->transfer = engine->world.transfer;
    job->connection = connection_ref(c);
    if (transfer_login(engine, job, e) != ERR_OK)
        return e->code;
    usage_connection(step->run, c);
    return ERR_OK;
}

/* ---- The step */

static const struct {
    enum effect_class effect;
    const char *what;
} transfer_verbs[] = {
    [TRANSFER_LIST] = { EFFECT_NONE, "LIST" },
    [TRANSFER_STAT] = { EFFECT_NONE, "STAT" },
    [TRANSFER_GET] = { EFFECT_NONE, "GET" },
    [TRANSFER_PUT] = { EFFECT_IDEMPOTENT, "PUT" },
    [TRANSFER_RENAME] = { EFFECT_IDEMPOTENT, "RENAME" },
    [TRANSFER_DELETE] = { EFFECT_IDEMPOTENT, "DELETE" },
    [TRANSFER_MAIL] = { EFFECT_ONCE, "MAIL" },
};

static void transfer_begin(struct step *step, struct transfer_job *job, const char *what)
{
    struct transfer_ask *ask = job->ask;
    const struct progress *progress = step->n->progress;
    struct step_work work = { .job = job, .work = transfer_work, .drop = transfer_drop };
    struct buf said, digest;
    char bytes[DIGEST_TEXT];

    ask->again = progress != NULL && progress->ladder.digest[0] != '\0';
    ask->timeout_ms = node_of(step->n)->timeout_ms;
    work.effect = transfer_verbs[ask->verb].effect;
    if (work.effect != EFFECT_NONE)
        snprintf(ask->key, sizeof ask->key, "%s", step_key(step));
    buf_init(&said, 8 * KIB);
    buf_init(&digest, 16 * KIB);
    digest_text(ask->bytes, ask->size, bytes);
    buf_addf(&said, "%s %s", transfer_verbs[ask->verb].what, what != NULL ? what : ask->path);
    buf_addf(&digest, "%s\n%s\n%s", buf_text(&said), ask->to != NULL ? ask->to : "", bytes);
    if (ask->file != NULL)
        buf_addf(&digest, "\n%s/%s", ask->folder, ask->file);
    work.what = buf_text(&said);
    work.digest = buf_text(&digest);
    work.digest_size = digest.len;
    step_work(step, &work, transfer_worked);
    buf_fini(&said);
    buf_fini(&digest);
}

enum node_next step_transfer(struct step *step, struct transfer_ask *ask, const char *what,
                             step_transfer_fn *then)
{
    struct transfer_job *job = mem_must(sizeof *job);
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(ask != NULL);
    job->ask = ask;
    job->then = then;
    if (transfer_connect(step, job, &e) == ERR_OK) {
        transfer_begin(step, job, what);
        return step->ended ? NODE_ENDED : NODE_WAITING;
    }
    transfer_drop(job);
    step_fail(step, &e, NULL);
    return NODE_ENDED;
}
