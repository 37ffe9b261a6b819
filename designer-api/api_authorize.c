/* api_authorize.c - a person's consent for a connection, from the URL to open to what the browser
 * came back with. */
#include "designer-api/draft.h"

#include "base/check.h"
#include "base/json.h"
#include "engine/authorize.h"

static void authorize_begin(struct ask *ask)
{
    const char *connection = json_get_text(ask->body, "connection");
    json_t *given = NULL;
    struct err e;

    if (connection_own(ask, connection, &e) == ERR_OK)
        given = engine_authorize(ask_engine(ask), connection,
                                 json_get_text(ask->body, "redirect_uri"), ask->who->name, &e);
    ask_give_or_refuse(ask, given, &e);
}

static void authorize_end(struct ask *ask)
{
    const struct authorized answer = { .state = json_get_text(ask->body, "state"),
                                       .code = json_get_text(ask->body, "code"),
                                       .issuer = json_get_text(ask->body, "iss"),
                                       .error = json_get_text(ask->body, "error"),
                                       .by = ask->who->name };
    struct ask_later *later = ask_later(ask);
    json_t *done = json_pack("{s:b}", "authorized", 1);
    struct err e;

    check(done != NULL);
    later_will(later, 200, done, 0);
    if (engine_authorized(ask_engine(ask), &answer, later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
}

const struct ask_bind authorize_binds[] = {
    { "beginAuthorization", authorize_begin },
    { "endAuthorization", authorize_end },
    { NULL, NULL },
};
