/* api_connection.c - connections: what they take now, and one that is used again. */
#include "designer-api/ask.h"

#include "base/check.h"
#include "base/json.h"

static void connection_list(struct ask *ask)
{
    struct err e;

    ask_give_or_refuse(ask, engine_connections(ask_engine(ask), &e), &e);
}

static void connection_resume(struct ask *ask)
{
    const char *connection = json_get_text(ask->body, "connection");
    json_t *done = NULL;
    struct err e;

    if (engine_connection_resume(ask_engine(ask), connection, ask->who->name, &e) == ERR_OK) {
        done = json_pack("{s:s}", "resumed", connection);
        check(done != NULL);
    }
    ask_give_or_refuse(ask, done, &e);
}

const struct ask_bind connection_binds[] = {
    { "listConnections", connection_list },
    { "resumeConnection", connection_resume },
    { NULL, NULL },
};
