/* api_connection_act.c - what people do to a connection that works: they try it, and stop it. */
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

static void connection_test(struct ask *ask)
{
    const char *connection = json_get_text(ask->body, "connection");
    struct ask_later *later;
    struct err e;

    if (connection_own(ask, connection, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    later = ask_later(ask);
    if (engine_connection_test(ask_engine(ask), connection, ask->who->name, connection_tested,
                               later, &e) != ERR_OK)
        later_refuse(later, &e);
}

static void connection_halt(struct ask *ask)
{
    const char *connection = json_get_text(ask->body, "connection");
    struct ask_later *later;
    struct err e;

    if (connection_own(ask, connection, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    later = ask_later(ask);
    later_will(later, 200, json_pack("{s:s}", "halted", connection), 0);
    if (engine_connection_halt(ask_engine(ask), connection, ask->who->name,
                               json_get_text(ask->body, "reason"), later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
}

const struct ask_bind connection_act_binds[] = {
    { "testConnection", connection_test },
    { "haltConnection", connection_halt },
    { NULL, NULL },
};
