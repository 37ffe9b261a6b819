/* sql.c - transactions of steps: the login of their connection, and a job that runs them.
 *
 * A job has a copy of all that signs in, for it may leave later and on another thread; it is wiped
 * with the job. A credential that was changed meanwhile is refused, and the step begins anew. */
#include "flow/node_sql.h"

#include <string.h>

#include "engine/connection.h"
#include "engine/guard.h"
#include "engine/rows_file.h"
#include "engine/run.h"
#include "engine/secret.h"
#include "engine/usage.h"
#include "flow/node_work.h"
#include "io/odbc.h"

#define SQL_LOGIN_MS 10000
#define SQL_QUERY_MS 60000

struct sql_job {
    struct odbc *odbc;
    struct odbc_login login;
    struct connection *connection; /* counted: its egress policy */
    struct sql_ask *ask;
    struct rows_file *rows; /* NULL: they stand in the answer */
    char *texts[10];        /* of the login; owned */
    size_t text_count, password_size;
    char *password;
    step_sql_fn *then;
};

/* ---- The login */

static const char *sql_text(struct sql_job *job, const char *name)
{
    const struct connector_info *info = job->connection->info;
    const char *text = connection_setting(job->connection, name);

    for (size_t i = 0; text == NULL && i < info->setting_count; i++)
        if (strcmp(info->settings[i].name, name) == 0)
            text = info->settings[i].fallback;
    if (text == NULL || *text == '\0')
        return NULL;
    check(job->text_count < sizeof job->texts / sizeof *job->texts);
    return job->texts[job->text_count++] = mem_must_copy(text);
}

static int64_t sql_ms(struct sql_job *job, const char *name, int64_t usual)
{
    const char *text = connection_setting(job->connection, name);
    int64_t ms = text != NULL ? flow_duration(text) : -1;

    return ms > 0 ? ms : usual;
}

static enum err_code sql_login(struct engine *engine, struct sql_job *job, struct err *e)
{
    struct connection *c = job->connection;
    struct odbc_login *login = &job->login;
    const char *pin = connection_setting(c, "address");

    login->driver = sql_text(job, "driver");
    login->host = sql_text(job, "host");
    login->port = sql_text(job, "port");
    login->database = sql_text(job, "database");
    login->user = sql_text(job, "user");
    login->tls = sql_text(job, "tls");
    login->ca_file = sql_text(job, "ca_file");
    login->options = sql_text(job, "options");
    login->pinned = pin == NULL || strcmp(pin, "by_name") != 0;
    login->egress = connection_egress(c);
    login->key = job->texts[job->text_count++] = mem_must_copy(c->place);
    login->login_ms = sql_ms(job, "login_timeout", SQL_LOGIN_MS);
    login->query_ms = sql_ms(job, "query_timeout", SQL_QUERY_MS);
    if (login->driver == NULL || login->host == NULL || login->user == NULL || c->secret == NULL ||
        c->base_url == NULL)
        return err_set(e, ERR_INVALID, "connection \"%s\" lacks \"driver\", \"host\" or \"user\"",
                       c->name);
    if (secret_for(engine, c->workspace, c->secret, c->base_url, &job->password,
                   &job->password_size, e) != ERR_OK)
        return err_prefix(e, "the password of the database");
    login->password = job->password;
    return ERR_OK;
}

/* ---- The job */

static enum err_code sql_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct sql_job *job = arg;
    enum err_code rc = odbc_run(job->odbc, &job->login, job->ask, given_up, sent, e);

    if (rc == ERR_OK && job->rows != NULL && job->ask->refusal.code == ERR_OK)
        rc = rows_file_keep(job->rows, e);
    return rc;
}

static void sql_drop(void *arg)
{
    struct sql_job *job = arg;

    vault_wipe(&job->password, job->password_size);
    while (job->text_count > 0)
        mem_free(job->texts[--job->text_count]);
    connection_unref(job->connection);
    rows_file_free(job->rows);
    sql_ask_free(job->ask);
    mem_free(job);
}

static void sql_worked(struct step *step, const void *config, void *arg)
{
    struct sql_job *job = arg;

    if (job->rows != NULL)
        guard_taken_out(step->run, rows_file_cards(job->rows));
    job->then(step, config, job->ask);
}

/* The same for the same effect: texts and values, in order. */
static void sql_digest(const struct sql_ask *ask, struct buf *bytes)
{
    for (size_t i = 0; i < ask->count; i++) {
        const struct sql_statement *statement = &ask->list[i];

        buf_add(bytes, statement->text, strlen(statement->text) + 1);
        for (size_t j = 0; j < statement->param_count; j++) {
            const struct sql_param *param = &statement->params[j];

            buf_addf(bytes, "%d", (int)param->as);
            if (param->value != NULL)
                json_write(bytes, param->value);
            buf_add_char(bytes, '\n');
        }
    }
}

static enum err_code sql_connect(struct step *step, struct sql_job *job, struct err *e)
{
    const char *name = node_of(step->n)->connection;
    struct engine *engine = step->run->engine;
    struct connection *c = name != NULL ? connection_find(step->run->deployment, name) : NULL;

    if (c == NULL)
        return err_set(e, ERR_INVALID, "there is no connection \"%.60s\"",
                       name != NULL ? name : "");
    if (!connector_is_database(c->info))
        return err_set(e, ERR_INVALID,
                       "connection \"%.60s\" is not of a database (\"connector\": "
                       "\"sql\")",
                       name);
    if (engine->world.odbc == NULL)
        return err_set(e, ERR_UNAVAILABLE, "databases cannot be reached from here");
    job->odbc = engine->world.odbc;
    job->connection = connection_ref(c);
    if (sql_login(engine, job, e) != ERR_OK)
        return e->code;
    if (job->ask->file != NULL && engine->world.files == NULL)
        return err_set(e, ERR_POLICY, "no files may be used here");
    if (job->ask->file != NULL)
        job->rows = rows_file_new(engine->world.files, job->ask);
    job->login.streams = job->rows != NULL;
    usage_connection(step->run, c);
    return ERR_OK;
}

enum node_next step_sql(struct step *step, const struct step_sql *sql, step_sql_fn *then)
{
    struct sql_job *job = mem_must(sizeof *job);
    struct buf digest;
    struct err e;
    enum node_next next = NODE_ENDED;

    CHECK_OBJ(step, STEP_MAGIC);
    check(sql->ask != NULL && (sql->effect == EFFECT_NONE || sql->what != NULL));
    check(sql->ask->reads == (sql->effect == EFFECT_NONE));
    job->ask = sql->ask;
    job->then = then;
    buf_init(&digest, 2 * (size_t)LIMIT_OUTPUT);
    sql_digest(job->ask, &digest);
    if (sql_connect(step, job, &e) != ERR_OK || buf_check(&digest, "the values", &e) != ERR_OK) {
        sql_drop(job);
        step_fail(step, &e, NULL);
    } else {
        next = step_work(step,
                         &(struct step_work){ .job = job,
                                              .work = sql_work,
                                              .drop = sql_drop,
                                              .effect = sql->effect,
                                              .what = sql->what,
                                              .digest = buf_text(&digest),
                                              .digest_size = digest.len,
                                              .key_valid_ms = sql->key_valid_ms },
                         sql_worked);
    }
    buf_fini(&digest);
    return next;
}
