/* serve_people.c - settings of sessions, and the link to the first administrator. */
#include "command/serve_people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_SECONDS (31 * 24 * 3600) /* the longest session */

/* A setting in seconds, as milliseconds. */
static enum err_code people_seconds(const struct app *app, enum config_key key, const char *name,
                                    int64_t *ms, struct err *e)
{
    const char *text = config_text(&app->config, key);
    char *end;
    unsigned long seconds = strtoul(text, &end, 10);

    *ms = (int64_t)seconds * 1000;
    if (end != text && *end == '\0' && seconds >= 1 && seconds <= PEOPLE_SECONDS)
        return ERR_OK;
    return err_set(e, ERR_USAGE, "%s is a number of seconds, at most %d, not \"%.40s\"", name,
                   PEOPLE_SECONDS, text);
}

/* One of two words: *second, whether it is the second. */
static enum err_code people_word(const struct app *app, enum config_key key, const char *name,
                                 const char *first, const char *other, bool *second, struct err *e)
{
    const char *text = config_text(&app->config, key);

    *second = strcmp(text, other) == 0;
    if (*second || strcmp(text, first) == 0)
        return ERR_OK;
    return err_set(e, ERR_USAGE, "%s is %s or %s, not \"%.40s\"", name, first, other, text);
}

/* An address without a path: what is shown to people is made of it. */
static enum err_code people_address(const struct app *app, const char **address, struct err *e)
{
    const char *text = config_text(&app->config, CONFIG_PUBLIC_URL);
    size_t scheme = strncmp(text, "https://", 8) == 0  ? 8
                    : strncmp(text, "http://", 7) == 0 ? 7
                                                       : 0;

    if (*text == '\0')
        return ERR_OK;
    if (scheme == 0 || text[scheme] == '\0' || strpbrk(text + scheme, "/?#@\\\"'<> ") != NULL)
        return err_set(e, ERR_USAGE,
                       "server.public_url (WEFT_SERVER_PUBLIC_URL) is an address without a path, "
                       "like https://weft.example.com, not \"%.100s\"",
                       text);
    *address = text;
    return ERR_OK;
}

struct people *serve_people(const struct app *app, struct objects *objects, struct err *e)
{
    struct people_options options = { .engine = app->engine,
                                      .objects = objects,
                                      .vault = app->vault,
                                      .clock = app->world.clock,
                                      .random = app->world.random,
                                      .log = app->world.log,
                                      .pool = app->pool };

    if (people_seconds(app, CONFIG_SESSION_IDLE, "session.idle_s", &options.idle_ms, e) != ERR_OK ||
        people_seconds(app, CONFIG_SESSION_END, "session.end_s", &options.absolute_ms, e) !=
            ERR_OK ||
        people_word(app, CONFIG_SESSION_FACTOR, "session.second_factor", "optional", "required",
                    &options.second_factor, e) != ERR_OK ||
        people_word(app, CONFIG_SESSION_PLAIN, "session.plain_http", "local", "anywhere",
                    &options.plain, e) != ERR_OK ||
        people_address(app, &options.public_url, e) != ERR_OK)
        return NULL;
    return people_new(&options, e);
}

void serve_people_tell(const struct people *people, const struct api_options *options,
                       unsigned port)
{
    const char *scheme = options->tls_cert != NULL ? "https" : "http";
    const char *token = people_first(people), *public_url = people_public_url(people);
    bool six;

    if (token == NULL)
        return;
    fputs("weft: nobody can sign in yet; the first administrator is made, once, at ", stderr);
    six = options->host != NULL && strchr(options->host, ':') != NULL;
    if (public_url != NULL)
        fprintf(stderr, "%s/first#%s\n", public_url, token);
    else if (options->host != NULL)
        fprintf(stderr, "%s://%s%s%s:%u/first#%s\n", scheme, six ? "[" : "", options->host,
                six ? "]" : "", port, token);
    else
        fprintf(stderr, "/first#%s\n", token);
    fflush(stderr);
}
