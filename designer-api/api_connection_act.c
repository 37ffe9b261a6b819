/* api_connection_act.c - what people do to a connection: they try it, stop it, use it again. */
#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"
#include "engine/connection_test.h"

static void connection_tested(void *arg, json_t *found, const struct err *e)
{
    if (found != NULL)
        later_give(arg, 200, json_incref(found));
    else
        later_refuse(arg, e);
}

/* The answer of an act at an own connection; NULL: it was refused. */
static struct ask_later *act_at(struct ask *ask, const char **connection)
{
    struct err e;

    *connection = json_get_text(ask->body, "connection");
    if (connection_own(ask, *connection, &e) == ERR_OK)
        return ask_later(ask);
    ask_refuse(ask, &e);
    return NULL;
}

static void connection_test(struct ask *ask)
{
    const char *connection;
    struct ask_later *later = act_at(ask, &connection);
    struct err e;

    if (later != NULL && engine_connection_test(ask_engine(ask), connection, ask->who->name,
                                                connection_tested, later, &e) != ERR_OK)
        later_refuse(later, &e);
}

static void connection_halt(struct ask *ask)
{
    const char *connection;
    struct ask_later *later = act_at(ask, &connection);
    struct err e;

    if (later == NULL)
        return;
    later_will(later, 200, json_pack("{s:s}", "halted", connection), 0);
    if (engine_connection_halt(ask_engine(ask), connection, ask->who->name,
                               json_get_text(ask->body, "reason"), later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
}

static void connection_resume(struct ask *ask)
{
    const char *connection;
    struct ask_later *later = act_at(ask, &connection);
    struct err e;

    if (later == NULL)
        return;
    later_will(later, 200, json_pack("{s:s}", "resumed", connection), 0);
    if (engine_connection_resume(ask_engine(ask), connection, ask->who->name,
                                 json_get_text(ask->body, "reason"), later_told, later,
                                 &e) != ERR_OK)
        later_refuse(later, &e);
}

const struct ask_bind connection_act_binds[] = {
    { "testConnection", connection_test },
    { "resumeConnection", connection_resume },
    { "haltConnection", connection_halt },
    { NULL, NULL },
};
