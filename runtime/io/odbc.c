/* odbc.c - unixODBC: connections that are kept, and the watch that calls off what takes too long.
 *
 * (1) A connection serves one transaction at a time, and only those with the very same login.
 *                                                                                     [link_take]
 * (2) One that was kept may be dead without our knowing. When it is lost before a COMMIT, nothing
 *     was done, and a fresh one does it.                                                 [unix_run]
 * (3) The watch touches a statement only while it is set, and who resets it waits for the watch.
 *                                                                                [odbc__watch]
 * (4) Nobody waits for ever for a server that says nothing: what was called off and did not end,
 * and an end that has no answer, lose their sockets. The watch itself waits for no server.
 *                                                                      [watch_due, cancel_begin] */
#include "io/odbc_priv.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"

#define ODBC_MAGIC    0x4f444243u
#define WATCH_MS      20   /* so often it looks whether something is to be called off */
#define WATCH_IDLE_MS 1000 /* and whether a connection has been idle too long */
#define LOGIN_BYTES   (64 * KIB)
#define CUT_MS        3000 /* so long after it was to be called off */

struct odbc_unix {
    struct odbc odbc; /* first */
    unsigned magic;
    SQLHENV env;
    pthread_mutex_t lock;
    pthread_cond_t stir;
    pthread_t thread;
    bool began, stops;
    struct odbc_link *links;
    struct odbc_watched *watched;
    unsigned cancels; /* threads that call something off */
};

enum err_code odbc_run(struct odbc *odbc, const struct odbc_login *login, struct sql_ask *ask,
                       const atomic_bool *given_up, bool *sent, struct err *e)
{
    check(odbc != NULL && ask->count > 0);
    check(login->driver != NULL && login->host != NULL);
    return odbc->run(odbc, login, ask, given_up, sent, e);
}

static struct odbc_unix *unix_of(struct odbc *odbc)
{
    struct odbc_unix *u = (struct odbc_unix *)odbc;

    CHECK_OBJ(u, ODBC_MAGIC);
    return u;
}

static int64_t now_ms(void)
{
    return clock_real()->steady_ms(clock_real());
}

/* ---- The watch */

void odbc__watch(struct odbc *odbc, struct odbc_watched *watched, SQLHSTMT statement)
{
    struct odbc_unix *u = unix_of(odbc);

    pthread_mutex_lock(&u->lock);
    while (watched->busy)
        pthread_cond_wait(&u->stir, &u->lock);
    watched->statement = statement;
    pthread_cond_broadcast(&u->stir);
    pthread_mutex_unlock(&u->lock);
}

void odbc__watch_end(struct odbc *odbc, struct odbc_watched *watched, int64_t ms)
{
    struct odbc_unix *u = unix_of(odbc);

    pthread_mutex_lock(&u->lock);
    watched->cut_at = now_ms() + ms;
    pthread_cond_broadcast(&u->stir);
    pthread_mutex_unlock(&u->lock);
}

static void watch_add(struct odbc_unix *u, struct odbc_watched *watched)
{
    pthread_mutex_lock(&u->lock);
    if (watched->link->socket < 0)
        odbc__socket_find(u->links, watched->link);
    watched->next = u->watched;
    u->watched = watched;
    pthread_mutex_unlock(&u->lock);
}

static void watch_remove(struct odbc_unix *u, struct odbc_watched *watched)
{
    struct odbc_watched **at = &u->watched;

    pthread_mutex_lock(&u->lock);
    while (watched->busy)
        pthread_cond_wait(&u->stir, &u->lock);
    while (*at != watched)
        at = &(*at)->next;
    *at = watched->next;
    pthread_mutex_unlock(&u->lock);
}

/* The first that is to be called off; those that were and did not end are cut. */
static struct odbc_watched *watch_due(const struct odbc_unix *u, bool *any)
{
    int64_t now = now_ms();

    *any = false;
    for (struct odbc_watched *w = u->watched; w != NULL; w = w->next) {
        if (now >= w->cut_at) {
            odbc__socket_cut(u->links, w->link);
            w->cut_at = INT64_MAX;
        }
        *any = *any || w->cut_at != INT64_MAX;
        if (w->statement == NULL || w->called_off)
            continue;
        if (atomic_load(w->given_up) || now >= w->deadline)
            return w;
    }
    return NULL;
}

struct cancel {
    struct odbc_unix *unix_odbc;
    struct odbc_watched *watched;
};

static void *cancel_work(void *arg)
{
    const struct cancel cancel = *(struct cancel *)arg;
    struct odbc_unix *u = cancel.unix_odbc;

    mem_free(arg);
    (void)SQLCancel(cancel.watched->statement); /* it may ask the server, and take its time */
    pthread_mutex_lock(&u->lock);
    cancel.watched->busy = false;
    u->cancels--;
    pthread_cond_broadcast(&u->stir);
    pthread_mutex_unlock(&u->lock);
    return NULL;
}

/* With the lock. Without a thread its socket is cut, which is as good for us. */
static void cancel_begin(struct odbc_unix *u, struct odbc_watched *due)
{
    struct cancel *cancel = mem_must(sizeof *cancel);
    pthread_t thread;

    *cancel = (struct cancel){ u, due };
    due->called_off = due->busy = true;
    due->cut_at = now_ms() + CUT_MS;
    u->cancels++;
    if (pthread_create(&thread, NULL, cancel_work, cancel) == 0) {
        (void)pthread_detach(thread);
        return;
    }
    due->busy = false;
    due->cut_at = now_ms();
    u->cancels--;
    mem_free(cancel);
}

static void link_close(struct odbc_link *link)
{
    (void)SQLDisconnect(link->dbc);
    (void)SQLFreeHandle(SQL_HANDLE_DBC, link->dbc);
    mem_free(link);
}

/* Takes one that has been idle for so long out of the list; NULL: none. */
static struct odbc_link *link_idle(struct odbc_unix *u, int64_t idle_ms)
{
    for (struct odbc_link **at = &u->links; *at != NULL; at = &(*at)->next) {
        struct odbc_link *link = *at;

        if (link->busy || now_ms() - link->idle_since < idle_ms)
            continue;
        *at = link->next;
        return link;
    }
    return NULL;
}

static void watch_wait(struct odbc_unix *u, bool any)
{
    struct timespec until;
    int64_t ms = any ? WATCH_MS : WATCH_IDLE_MS;

    if (!any && u->links == NULL) {
        pthread_cond_wait(&u->stir, &u->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&u->stir, &u->lock, &until);
}

static void *watch_work(void *arg)
{
    struct odbc_unix *u = arg;
    struct odbc_watched *due;
    struct odbc_link *idle;
    bool any;

    pthread_mutex_lock(&u->lock);
    while (!u->stops) {
        due = watch_due(u, &any);
        if (due != NULL) {
            cancel_begin(u, due);
            continue;
        }
        idle = link_idle(u, ODBC_IDLE_MS);
        if (idle != NULL) {
            pthread_mutex_unlock(&u->lock);
            link_close(idle);
            pthread_mutex_lock(&u->lock);
            continue;
        }
        watch_wait(u, any);
    }
    pthread_mutex_unlock(&u->lock);
    return NULL;
}

/* ---- Connections */

static void login_digest(const struct odbc_login *login, unsigned char digest[HASH_SIZE])
{
    const char *const parts[] = { login->key,
                                  login->driver,
                                  login->host,
                                  login->port,
                                  login->database,
                                  login->user,
                                  login->password,
                                  login->tls,
                                  login->ca_file,
                                  login->options,
                                  login->pinned ? "pinned" : "",
                                  login->streams ? "streams" : "" };
    struct hash *hash = hash_new(NULL, 0);

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *part = parts[i] != NULL ? parts[i] : "";

        hash_add_int(hash, strlen(part));
        hash_add(hash, part, strlen(part));
    }
    hash_end(hash, digest);
    hash_free(hash);
}

static enum err_code link_connect(struct odbc_unix *u, struct odbc_link *link,
                                  const struct odbc_login *login, struct err *e)
{
    struct odbc_trouble trouble;
    struct buf text, wide;
    SQLSMALLINT size;
    enum err_code rc;

    buf_init_secret(&text, LOGIN_BYTES);
    buf_init_secret(&wide, 3 * LOGIN_BYTES);
    rc = odbc__login_text(login, &text, &link->peer, e);
    if (rc == ERR_OK) {
        odbc__widen(&wide, buf_text(&text), text.len);
        rc = buf_check(&wide, "the connection's settings", e);
    }
    if (rc == ERR_OK) {
        check(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, u->env, &link->dbc)));
        (void)SQLSetConnectAttr(link->dbc, SQL_ATTR_LOGIN_TIMEOUT,
                                (SQLPOINTER)(SQLULEN)((login->login_ms + 999) / 1000), 0);
        if (!SQL_SUCCEEDED(SQLDriverConnectW(link->dbc, NULL, (SQLWCHAR *)(void *)wide.at, SQL_NTS,
                                             NULL, 0, &size, SQL_DRIVER_NOPROMPT))) {
            odbc__login_trouble(link->dbc, login->password, &trouble);
            rc = err_set(e, odbc__login_kind(&trouble),
                         "no connection to the database: SQLSTATE %s: %.300s", trouble.state,
                         trouble.text);
        } else if (!SQL_SUCCEEDED(SQLSetConnectAttr(link->dbc, SQL_ATTR_AUTOCOMMIT,
                                                    (SQLPOINTER)SQL_AUTOCOMMIT_OFF, 0))) {
            rc = err_set(e, ERR_INVALID, "the driver has no transactions");
            (void)SQLDisconnect(link->dbc);
        }
        if (rc != ERR_OK)
            (void)SQLFreeHandle(SQL_HANDLE_DBC, link->dbc);
    }
    buf_fini(&text);
    buf_fini(&wide);
    return rc;
}

/* (1); fresh: none that was kept. */
static enum err_code link_take(struct odbc_unix *u, const struct odbc_login *login, bool fresh,
                               struct odbc_link **link, struct err *e)
{
    unsigned char digest[HASH_SIZE];
    struct odbc_link *found = NULL;
    unsigned open = 0;

    login_digest(login, digest);
    pthread_mutex_lock(&u->lock);
    for (struct odbc_link *at = u->links; at != NULL; at = at->next) {
        if (!hash_equal(at->login, digest))
            continue;
        open++;
        if (!at->busy && !fresh && found == NULL)
            found = at;
    }
    if (found == NULL && open < ODBC_CONNECTIONS) {
        *link = mem_must(sizeof **link);
        (*link)->busy = true;
        (*link)->socket = -1;
        (*link)->family = odbc__family(login->driver);
        memcpy((*link)->login, digest, sizeof digest);
        (*link)->next = u->links;
        u->links = *link; /* it counts from now on */
    } else if (found != NULL) {
        found->busy = true;
        *link = found;
    }
    pthread_mutex_unlock(&u->lock);
    if (found != NULL)
        return ERR_OK;
    if (open >= ODBC_CONNECTIONS)
        return err_set(e, ERR_TRANSIENT, "all %u connections to this database are in use",
                       ODBC_CONNECTIONS);
    return link_connect(u, *link, login, e);
}

/* Back among those that are kept; broken: gone. connected: it has a handle. */
static void link_give(struct odbc_unix *u, struct odbc_link *link, bool broken, bool connected)
{
    struct odbc_link **at = &u->links;

    pthread_mutex_lock(&u->lock);
    link->busy = false;
    link->kept = true;
    link->idle_since = now_ms();
    if (broken) {
        while (*at != link)
            at = &(*at)->next;
        *at = link->next;
    }
    pthread_cond_broadcast(&u->stir);
    pthread_mutex_unlock(&u->lock);
    if (!broken)
        return;
    if (connected)
        link_close(link);
    else
        mem_free(link);
}

/* ---- Work */

static enum err_code unix_once(struct odbc_unix *u, const struct odbc_login *login,
                               struct sql_ask *ask, bool fresh, const atomic_bool *given_up,
                               bool *again, bool *sent, struct err *e)
{
    struct odbc_watched watched = { .given_up = given_up };
    struct odbc_link *link = NULL;
    bool lost = false;
    enum err_code rc = link_take(u, login, fresh, &link, e);

    *again = false;
    if (rc != ERR_OK) {
        if (link != NULL)
            link_give(u, link, true, false);
        return rc;
    }
    watched.link = link;
    watched.deadline = now_ms() + login->query_ms;
    watched.cut_at = watched.deadline + CUT_MS;
    watch_add(u, &watched);
    rc = odbc__transaction(&u->odbc, link, login, ask, &watched, sent, &lost, e);
    watch_remove(u, &watched);
    *again = rc != ERR_OK && lost && link->kept && !*sent && !watched.called_off;
    link_give(u, link, lost, true);
    return rc;
}

static void answers_drop(struct sql_ask *ask)
{
    for (size_t i = 0; i < ask->count; i++) {
        json_decref(ask->list[i].answer);
        ask->list[i].answer = NULL;
    }
}

static enum err_code unix_run(struct odbc *odbc, const struct odbc_login *login,
                              struct sql_ask *ask, const atomic_bool *given_up, bool *sent,
                              struct err *e)
{
    struct odbc_unix *u = unix_of(odbc);
    bool again;
    enum err_code rc;

    pthread_mutex_lock(&u->lock);
    if (!u->began)
        u->began = pthread_create(&u->thread, NULL, watch_work, u) == 0;
    pthread_mutex_unlock(&u->lock);
    if (!u->began)
        return err_set(e, ERR_UNAVAILABLE, "no thread can be made");
    *sent = false;
    rc = unix_once(u, login, ask, false, given_up, &again, sent, e);
    if (again) { /* (2) */
        answers_drop(ask);
        rc = unix_once(u, login, ask, true, given_up, &again, sent, e);
    }
    return rc;
}

/* ---- Life */

struct odbc *odbc_unix_new(void)
{
    struct odbc_unix *u = mem_must(sizeof *u);
    pthread_condattr_t steady;

    u->magic = ODBC_MAGIC;
    u->odbc.run = unix_run;
    pthread_mutex_init(&u->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&u->stir, &steady);
    pthread_condattr_destroy(&steady);
    check(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &u->env)));
    check(SQL_SUCCEEDED(SQLSetEnvAttr(u->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0)));
    return &u->odbc;
}

void odbc_unix_free(struct odbc *odbc)
{
    struct odbc_unix *u;
    struct odbc_link *link;

    if (odbc == NULL)
        return;
    u = unix_of(odbc);
    check(u->watched == NULL);
    pthread_mutex_lock(&u->lock);
    u->stops = true;
    pthread_cond_broadcast(&u->stir);
    pthread_mutex_unlock(&u->lock);
    if (u->began)
        pthread_join(u->thread, NULL);
    check(u->cancels == 0); /* who is watched waits for it */
    while ((link = link_idle(u, 0)) != NULL)
        link_close(link);
    check(u->links == NULL);
    (void)SQLFreeHandle(SQL_HANDLE_ENV, u->env);
    pthread_cond_destroy(&u->stir);
    pthread_mutex_destroy(&u->lock);
    u->magic = 0;
    mem_free(u);
}
