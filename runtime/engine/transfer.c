/* transfer.c - SFTP and mail of steps (flow/node_transfer.h): the login of their connection, and a
 * job that does it.
 *
 *   put, rename, delete: looked at -> intent, with what tells the file -> committed -> done
 *   all others:                                           (intent -> committed ->) done
 *
 * (1) A job has a copy of all that signs in; it is wiped with the job.            [transfer_drop]
 * (2) What is renamed or removed is the file that was there before the intent, told by size and
 *     time; what a put has sent lies under a name of the step's own until then. After an attempt of
 *     which nobody knows, that file is here, or where it was to go: then it is clear what happened.
 *     All else is in doubt.                                                 [transfer_after_doubt]
 * (3) Servers tell time in seconds, so a file that was young when the step began may be another one
 *     by now: that is in doubt, too.                                           [transfer_is_young]
 */
#include "engine/run.h"

#include <string.h>

#include "base/card_stream.h"
#include "engine/connection.h"
#include "engine/connection_account.h"
#include "engine/guard.h"
#include "engine/secret.h"
#include "engine/usage.h"
#include "flow/node_transfer.h"
#include "io/transfer.h"

#define YOUNG_MS 10000 /* by our clock, which may differ from the server's */

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
    bool looks; /* (2) */
    const char *what;
} transfer_verbs[] = {
    [TRANSFER_LIST] = { EFFECT_NONE, false, "LIST" },
    [TRANSFER_STAT] = { EFFECT_NONE, false, "STAT" },
    [TRANSFER_GET] = { EFFECT_NONE, false, "GET" },
    [TRANSFER_PUT] = { EFFECT_IDEMPOTENT, true, "PUT" },
    [TRANSFER_RENAME] = { EFFECT_IDEMPOTENT, true, "RENAME" },
    [TRANSFER_DELETE] = { EFFECT_IDEMPOTENT, true, "DELETE" },
    [TRANSFER_MAIL] = { EFFECT_ONCE, false, "MAIL" },
};

/* What leaves: the same bytes to the same place, or the very file. */
static void transfer_digest(const struct transfer_ask *ask, const char *said,
                            const struct transfer_stamp *stamp, struct buf *digest)
{
    char bytes[DIGEST_TEXT];

    digest_text(ask->bytes, ask->bytes != NULL ? ask->size : 0, bytes);
    buf_addf(digest, "%s\n%s\n%s", said, ask->to != NULL ? ask->to : "", bytes);
    if (ask->file != NULL)
        buf_addf(digest, "\n%s/%s", ask->folder, ask->file);
    if (transfer_verbs[ask->verb].looks)
        buf_addf(digest, "\n%lld %lld", (long long)stamp->size, (long long)stamp->modified_s);
}

static void transfer_send(struct step *step, struct transfer_job *job, const char *what)
{
    struct transfer_ask *ask = job->ask;
    struct step_work work = { .job = job, .work = transfer_work, .drop = transfer_drop };
    struct buf said, digest;

    ask->timeout_ms = node_of(step->n)->timeout_ms;
    work.effect = transfer_verbs[ask->verb].effect;
    if (work.effect != EFFECT_NONE)
        snprintf(ask->key, sizeof ask->key, "%s", step_key(step));
    buf_init(&said, 8 * KIB);
    buf_init(&digest, 16 * KIB);
    buf_addf(&said, "%s %s", transfer_verbs[ask->verb].what, what != NULL ? what : ask->path);
    transfer_digest(ask, buf_text(&said), &ask->stamp, &digest);
    work.what = buf_text(&said);
    work.digest = buf_text(&digest);
    work.digest_size = digest.len;
    step_work(step, &work, transfer_worked);
    buf_fini(&said);
    buf_fini(&digest);
}

/* ---- (2) */

struct transfer_look {
    struct transfer_job *job; /* NULL: it went on */
};

static enum err_code look_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct transfer_look *look = arg;

    return transfer_work(look->job, given_up, sent, e);
}

static void look_drop(void *arg)
{
    struct transfer_look *look = arg;

    if (look->job != NULL)
        transfer_drop(look->job);
    mem_free(look);
}

/* It may have been done, and no person has said that it is done now. */
static bool transfer_is_again(const struct step *step)
{
    const struct progress *progress = step->n->progress;

    return progress != NULL && progress->left && !progress->allowed;
}

static bool transfer_is_there(const struct step *step, const struct transfer_job *job)
{
    char place[DIGEST_TEXT];

    connection_place(job->connection, place);
    return strcmp(place, step->n->progress->ladder.place) == 0;
}

/* Is it the file of the intent that may have left? */
static bool transfer_is(const struct step *step, const struct transfer_job *job,
                        const struct transfer_stamp *found)
{
    const struct transfer_ask *ask = job->ask;
    char digest[DIGEST_TEXT];
    struct buf said, text;

    if (!found->exists)
        return false;
    buf_init(&said, 8 * KIB);
    buf_init(&text, 16 * KIB);
    buf_addf(&said, "%s %s", transfer_verbs[ask->verb].what, ask->path);
    transfer_digest(ask, buf_text(&said), found, &text);
    job_digest(job->connection, buf_text(&text), text.len, digest);
    buf_fini(&said);
    buf_fini(&text);
    return strcmp(digest, step->n->progress->ladder.digest) == 0;
}

/* (3) */
static bool transfer_is_young(const struct step *step, const struct transfer_ask *ask)
{
    int64_t modified_s = ask->found.modified_s;

    return ask->verb != TRANSFER_PUT &&
           (modified_s <= 0 || modified_s * 1000 > step->n->progress->intended_ms - YOUNG_MS);
}

static void transfer_doubt(struct step *step, const char *why)
{
    struct err e;

    step->n->progress->ladder.only_person = true;
    step->unsure = true;
    err_set(&e, ERR_IN_DOUBT, "whether it was done is not known: %s", why);
    step_fail(step, &e, NULL);
}

/* The job goes on to what it is for; the look has it no more. */
static void transfer_go_on(struct step *step, struct transfer_look *look)
{
    struct transfer_job *job = look->job;

    look->job = NULL;
    job->ask->stamp = job->ask->found;
    job->ask->phase = TRANSFER_DO;
    transfer_send(step, job, NULL);
}

static void transfer_after_doubt(struct step *step, const void *config, struct transfer_look *look)
{
    struct transfer_job *job = look->job;
    struct transfer_ask *ask = job->ask;
    bool here = transfer_is(step, job, &ask->found);
    bool done = ask->verb == TRANSFER_DELETE ? !ask->found.exists
                                             : !here && transfer_is(step, job, &ask->found_to);

    if (done) {
        ask->changed = true;
        transfer_worked(step, config, job);
    } else if (!here) {
        transfer_doubt(step, ask->found.exists ? "another file has its name by now"
                                               : "the file is neither there nor where it goes");
    } else if (transfer_is(step, job, &ask->found_to)) {
        transfer_doubt(step, "a file of its size and time is there and where it goes, too");
    } else if (transfer_is_young(step, ask)) {
        transfer_doubt(step, "the file was so young when this step began that the one that is "
                             "there now may be another, of the same size and second");
    } else {
        transfer_go_on(step, look);
    }
}

static void transfer_looked(struct step *step, const void *config, void *arg)
{
    struct transfer_look *look = arg;
    struct transfer_ask *ask = look->job->ask;
    struct err e;

    if (ask->phase == TRANSFER_RELOOK && !transfer_is_there(step, look->job)) {
        transfer_doubt(step, "the connection leads to another address or account by now");
    } else if (ask->same) {
        ask->changed = ask->phase == TRANSFER_RELOOK && !ask->found.exists;
        transfer_worked(step, config, look->job);
    } else if (ask->phase == TRANSFER_RELOOK) {
        transfer_after_doubt(step, config, look);
    } else if (ask->found.exists) {
        transfer_go_on(step, look);
    } else if (ask->verb == TRANSFER_DELETE) {
        transfer_worked(step, config, look->job);
    } else {
        err_set(&e, ERR_NOT_FOUND, "%.250s is not there", ask->path);
        step_fail(step, &e, NULL);
    }
}

static void transfer_look(struct step *step, struct transfer_job *job)
{
    struct transfer_ask *ask = job->ask;
    struct transfer_look *look = mem_must(sizeof *look);
    struct step_work work = { .job = look, .work = look_work, .drop = look_drop };

    look->job = job;
    ask->phase = transfer_is_again(step) ? TRANSFER_RELOOK : TRANSFER_LOOK;
    ask->timeout_ms = node_of(step->n)->timeout_ms;
    snprintf(ask->key, sizeof ask->key, "%s", step_key(step));
    work.effect = EFFECT_NONE;
    step_work(step, &work, transfer_looked);
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
        if (transfer_verbs[ask->verb].looks)
            transfer_look(step, job);
        else
            transfer_send(step, job, what);
        return step->ended ? NODE_ENDED : NODE_WAITING;
    }
    transfer_drop(job);
    step_fail(step, &e, NULL);
    return NODE_ENDED;
}
