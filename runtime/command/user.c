/* user.c - `weft user`: people, their roles, and tokens of machines, of a running server. What it
 * shows once (an invitation, a token) goes to stdout and is kept nowhere. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "command/client.h"
#include "command/tell.h"

#define USER_WORKSPACE "main"
#define USER_PAGES     1000

struct user_ask {
    struct app app;
    const struct options *options;
    const char *workspace, *by;
    bool json;
};

static json_t *user_send(const struct user_ask *ask, const char *method, const char *path,
                         json_t *body, int64_t revision, struct err *e)
{
    struct client_ask send = { .method = method,
                               .path = path,
                               .workspace = ask->workspace,
                               .revision = revision,
                               .body = body };
    json_t *told;

    if (body != NULL && ask->by != NULL)
        json_object_set_new(body, "by", json_string(ask->by));
    told = client_send(tell_data(&ask->app), &send, e);
    json_decref(body);
    return told;
}

static void user_path(struct buf *path, const char *name, const char *rest)
{
    buf_init(path, 8 * KIB);
    buf_add_text(path, "/api/v1/users/");
    tell_path(path, name);
    buf_add_text(path, rest);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_get_text(object, key);

    return text != NULL ? text : "-";
}

/* ---- People */

static void user_line(const json_t *user)
{
    const char *workspace;
    json_t *role;

    printf("%-24s %-9s %-7s %-24s", text_of(user, "name"),
           json_is_true(json_object_get(user, "disabled"))       ? "disabled"
           : json_is_true(json_object_get(user, "password_set")) ? "active"
                                                                 : "invited",
           json_is_true(json_object_get(user, "second_factor")) ? "two" : "one",
           text_of(user, "signed_in_at"));
    json_object_foreach(json_object_get(user, "roles"), workspace, role)
    {
        printf(" %s=%s", workspace, json_string_value(role));
    }
    printf("\n");
}

/* All pages of a list as one. */
static json_t *user_all(const struct user_ask *ask, const char *what, struct err *e)
{
    json_t *all = json_array(), *page, *cursor = NULL;
    struct buf path;

    for (unsigned pages = 0; pages < USER_PAGES; pages++) {
        buf_init(&path, 16 * KIB);
        buf_addf(&path, "/api/v1/%s", what);
        if (cursor != NULL)
            buf_addf(&path, "&cursor=%s", json_string_value(cursor));
        page = user_send(ask, "GET", buf_text(&path), NULL, 0, e);
        buf_fini(&path);
        json_decref(cursor);
        if (page == NULL) {
            json_decref(all);
            return NULL;
        }
        json_array_extend(all, json_object_get(page, "items"));
        cursor = json_incref(json_object_get(page, "next"));
        json_decref(page);
        if (cursor == NULL)
            break;
    }
    return all;
}

static json_t *user_list(struct user_ask *ask, struct err *e)
{
    json_t *all = user_all(ask, "users?limit=200", e), *user;
    size_t i;

    if (all == NULL || ask->json)
        return all;
    printf("%-24s %-9s %-7s %-24s %s\n", "NAME", "STATE", "FACTORS", "LAST SIGN-IN", "ROLES");
    json_array_foreach(all, i, user)
    {
        user_line(user);
    }
    return all;
}

static void user_invitation(const struct user_ask *ask, const json_t *told)
{
    const json_t *invitation = json_object_get(told, "invitation");

    if (ask->json)
        return;
    printf("%s chooses a password here, once, until %s:\n  %s\n",
           text_of(json_object_get(told, "user"), "name"), text_of(invitation, "ends_at"),
           text_of(invitation, "path"));
}

static json_t *user_add(struct user_ask *ask, struct err *e)
{
    const char *role = option_text(ask->options, "--role");
    json_t *told;

    if (role == NULL) {
        err_set(e, ERR_USAGE, "weft user add takes a --role: weft user roles lists them");
        return NULL;
    }
    told = user_send(ask, "POST", "/api/v1/users",
                     json_pack("{s:s, s:s*, s:s*, s:{s:s}}", "name", option_word(ask->options, 1),
                               "title", option_text(ask->options, "--title"), "email",
                               option_text(ask->options, "--email"), "roles", ask->workspace, role),
                     0, e);
    if (told != NULL)
        user_invitation(ask, told);
    return told;
}

/* As it is now, then changed from there. */
static json_t *user_change(struct user_ask *ask, const char *method, json_t *change, struct err *e)
{
    json_t *user, *told = NULL;
    struct buf path;

    user_path(&path, option_word(ask->options, 1), "");
    user = user_send(ask, "GET", buf_text(&path), NULL, 0, e);
    if (user != NULL)
        told =
            user_send(ask, method, buf_text(&path), change, json_get_int(user, "revision", 0), e);
    else
        json_decref(change);
    if (told != NULL && !ask->json && json_get_text(told, "name") != NULL)
        user_line(told);
    json_decref(user);
    buf_fini(&path);
    return told;
}

static json_t *user_role(struct user_ask *ask, struct err *e)
{
    const char *role = option_word(ask->options, 2);

    return user_change(ask, "PATCH",
                       json_pack("{s:{s:o}}", "roles", ask->workspace,
                                 strcmp(role, "none") == 0 ? json_null() : json_string(role)),
                       e);
}

static json_t *user_disable(struct user_ask *ask, struct err *e)
{
    return user_change(ask, "PATCH", json_pack("{s:b}", "disabled", true), e);
}

static json_t *user_enable(struct user_ask *ask, struct err *e)
{
    return user_change(ask, "PATCH", json_pack("{s:b}", "disabled", false), e);
}

static json_t *user_remove(struct user_ask *ask, struct err *e)
{
    json_t *told = user_change(ask, "DELETE", NULL, e);

    if (told != NULL && !ask->json)
        printf("%s is removed\n", option_word(ask->options, 1));
    return told;
}

static json_t *user_reset(struct user_ask *ask, struct err *e)
{
    struct buf path;
    json_t *told;

    user_path(&path, option_word(ask->options, 1), "/reset");
    told = user_send(
        ask, "POST", buf_text(&path),
        json_pack("{s:b}", "second_factor", option_given(ask->options, "--second-factor")), 0, e);
    buf_fini(&path);
    if (told != NULL)
        user_invitation(ask, told);
    return told;
}

static json_t *user_roles(struct user_ask *ask, struct err *e)
{
    json_t *all = user_all(ask, "roles", e), *role, *permission;
    size_t i, j;

    json_array_foreach(all, i, role)
    {
        if (ask->json)
            break;
        printf("%-11s", text_of(role, "role"));
        json_array_foreach(json_object_get(role, "permissions"), j, permission)
        {
            printf(" %s", json_string_value(permission));
        }
        printf("\n");
    }
    return all;
}

/* ---- Tokens */

static json_t *token_list(struct user_ask *ask, struct err *e)
{
    json_t *all = user_all(ask, "tokens?everybody=true", e), *token, *scope;
    size_t i, j;

    if (all == NULL || ask->json)
        return all;
    printf("%-22s %-16s %-20s %-10s %-24s %-24s %s\n", "TOKEN", "OWNER", "NAME", "WORKSPACE",
           "ENDS", "LAST USE", "MAY");
    json_array_foreach(all, i, token)
    {
        printf("%-22s %-16s %-20s %-10s %-24s %-24s", text_of(token, "id"), text_of(token, "user"),
               text_of(token, "name"), text_of(token, "workspace"),
               json_is_true(json_object_get(token, "ended")) ? "ended" : text_of(token, "ends_at"),
               text_of(token, "used_at"));
        json_array_foreach(json_object_get(token, "scopes"), j, scope)
        {
            printf(" %s", json_string_value(scope));
        }
        printf("\n");
    }
    return all;
}

static json_t *token_add(struct user_ask *ask, struct err *e)
{
    json_t *scopes = json_array(), *told;
    const char *scope;
    size_t cursor = 0;
    bool ok = true;
    long days = option_number(ask->options, "--days", 90, 1, 366, &ok);

    while ((scope = option_next(ask->options, "--scope", &cursor)) != NULL)
        json_array_append_new(scopes, json_string(scope));
    if (!ok || json_array_size(scopes) == 0) {
        json_decref(scopes);
        err_set(e, ERR_USAGE,
                "weft user token add OWNER NAME takes --scope PERMISSION, once or more often, and "
                "--days 1 to 366");
        return NULL;
    }
    told = user_send(ask, "POST", "/api/v1/tokens",
                     json_pack("{s:s, s:s, s:o, s:i}", "user", option_word(ask->options, 2), "name",
                               option_word(ask->options, 3), "scopes", scopes, "days", (int)days),
                     0, e);
    if (told != NULL && !ask->json)
        printf("%s\n", text_of(told, "secret"));
    return told;
}

static json_t *token_remove(struct user_ask *ask, struct err *e)
{
    struct buf path;
    json_t *told;

    buf_init(&path, 8 * KIB);
    buf_add_text(&path, "/api/v1/tokens/");
    tell_path(&path, option_word(ask->options, 2));
    told = user_send(ask, "DELETE", buf_text(&path), NULL, 0, e);
    buf_fini(&path);
    if (told != NULL && !ask->json)
        printf("%s is taken back\n", option_word(ask->options, 2));
    return told;
}

/* ---- The command */

static const struct user_verb {
    const char *first, *second; /* second: of `token` */
    size_t words;
    json_t *(*run)(struct user_ask *ask, struct err *e);
} user_verbs[] = {
    { "list", NULL, 1, user_list },         { "add", NULL, 2, user_add },
    { "role", NULL, 3, user_role },         { "disable", NULL, 2, user_disable },
    { "enable", NULL, 2, user_enable },     { "reset", NULL, 2, user_reset },
    { "remove", NULL, 2, user_remove },     { "roles", NULL, 1, user_roles },
    { "token", "list", 2, token_list },     { "token", "add", 4, token_add },
    { "token", "remove", 3, token_remove },
};

static const struct user_verb *user_verb(const struct options *options)
{
    size_t words = option_words(options);

    for (size_t i = 0; i < sizeof user_verbs / sizeof *user_verbs; i++) {
        const struct user_verb *verb = &user_verbs[i];

        if (strcmp(verb->first, option_word(options, 0)) == 0 && words == verb->words &&
            (verb->second == NULL || strcmp(verb->second, option_word(options, 1)) == 0))
            return verb;
    }
    return NULL;
}

static int user_run(const struct command *command, const struct options *options)
{
    struct user_ask ask = { .options = options, .workspace = option_text(options, "--workspace") };
    const struct user_verb *verb = user_verb(options);
    json_t *told = NULL;
    struct err e;

    if (verb == NULL) {
        complain("weft user takes %s", command->usage);
        return EXIT_USAGE;
    }
    if (ask.workspace == NULL)
        ask.workspace = USER_WORKSPACE;
    ask.by = option_text(options, "--by");
    ask.json = option_given(options, "--json");
    if (tell_open(&ask.app, options, &e) == ERR_OK)
        told = verb->run(&ask, &e);
    if (told == NULL)
        complain("%s", e.text);
    else if (ask.json)
        tell_json(told);
    json_decref(told);
    app_fini(&ask.app);
    if (told != NULL)
        return EXIT_DONE;
    return e.code == ERR_USAGE || e.code == ERR_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

static const struct option_row user_options[] = {
    { "--role", "ROLE", "add: what they may do; weft user roles lists them", false },
    { "--workspace", "NAME", "where (main)", false },
    { "--title", "TEXT", "add: their name for people", false },
    { "--email", "ADDRESS", "add: their address", false },
    { "--second-factor", NULL, "reset: the second factor goes, too", false },
    { "--scope", "PERMISSION", "token add: what the token may do; may be repeated", true },
    { "--days", "N", "token add: it ends after so many days (90)", false },
    { "--by", "NAME", "who, for the audit record (your login name)", false },
    { "--json", NULL, "as JSON", false },
    { "--data", "DIR", "the data directory (data)", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_user = {
    .name = "user",
    .usage = "list|add NAME|role NAME ROLE|disable NAME|enable NAME|reset NAME|remove NAME|roles|"
             "token list|token add OWNER NAME|token remove ID",
    .summary = "invites people, gives them roles, lets them in again, and makes tokens of machines",
    .example = "weft user add anna --role admin --data /var/lib/weft",
    .options = user_options,
    .words_min = 1,
    .words_max = 4,
    .run = user_run,
};
