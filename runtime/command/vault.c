/* vault.c - `weft vault`: secrets are set, listed and removed, and the keys above them changed. Of
 * a running server; without one this program opens the store itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/client.h"
#include "command/tell.h"
#include "engine/secret.h"
#include "vault/vault.h"

#define VAULT_VALUE     (64u * KIB)
#define VAULT_WORKSPACE "main"

/* What is asked for; the texts are those of the options. */
struct vault_ask {
    struct app app;
    const char *word, *name, *workspace, *by;
    bool json, running;
    json_t *body; /* what the server is told */
};

static const char *vault_by(const struct vault_ask *ask)
{
    const char *login = ask->by == NULL ? getlogin() : NULL;

    return ask->by != NULL ? ask->by : login != NULL ? login : "the console";
}

/* ---- Without a server */

static void vault_answer(void *arg, uint64_t request, const struct engine_answer *answer)
{
    (void)arg;
    (void)request;
    (void)answer;
}

static void vault_fatal(void *arg, const char *why)
{
    (void)arg;
    complain("the store failed for good: %s", why);
    _exit(EXIT_FAULT);
}

static enum err_code vault_alone(struct vault_ask *ask, struct err *e)
{
    struct app *app = &ask->app;

    app->world.by_hand = true;
    app->world.answer = vault_answer;
    app->world.fatal = vault_fatal;
    if (app_compiler(app, e) != ERR_OK)
        return e->code;
    return app_open(app, tell_data(app), e);
}

static json_t *vault_alone_do(struct vault_ask *ask, struct err *e)
{
    const json_t *value = json_object_get(ask->body, "value");
    struct engine *engine;
    size_t resealed = 0;

    if (strcmp(ask->word, "remove") == 0) {
        err_set(e, ERR_USAGE,
                "no server runs on %s, and only it knows what refers to a secret: start it first",
                tell_data(&ask->app));
        return NULL;
    }
    if (vault_alone(ask, e) != ERR_OK)
        return NULL;
    engine = ask->app.engine;
    if (strcmp(ask->word, "list") == 0)
        return engine_secrets(engine, ask->workspace, e);
    if (strcmp(ask->word, "set") == 0)
        return engine_secret_set(engine, ask->workspace, ask->name, json_string_value(value),
                                 json_string_length(value), json_object_get(ask->body, "origins"),
                                 vault_by(ask), e) == ERR_OK
                   ? json_pack("{s:s, s:s}", "name", ask->name, "done", "set")
                   : NULL;
    return engine_vault_rotate(engine, strcmp(ask->name, "master") == 0, vault_by(ask), &resealed,
                               e) == ERR_OK
               ? json_pack("{s:s, s:i}", "key", ask->name, "resealed", (int)resealed)
               : NULL;
}

/* ---- Of a server */

static json_t *vault_server_do(struct vault_ask *ask, struct err *e)
{
    struct buf path;
    json_t *told, *page;
    bool running;

    buf_init(&path, 1 * KIB);
    if (strcmp(ask->word, "list") == 0) {
        buf_add_text(&path, "/api/v1/vault?workspace=");
        tell_path(&path, ask->workspace);
        page = client_get(tell_data(&ask->app), buf_text(&path), &running, e);
        told = json_incref(json_object_get(page, "items"));
        json_decref(page);
    } else {
        buf_add_text(&path, "/api/v1/vault/");
        tell_path(&path, ask->name);
        buf_addf(&path, "/%s", ask->word);
        if (ask->by != NULL)
            json_object_set_new(ask->body, "by", json_string(ask->by));
        told = client_post(tell_data(&ask->app), buf_text(&path), ask->body, e);
    }
    buf_fini(&path);
    return told;
}

/* ---- The value: from a file or standard input, never from the command line */

static enum err_code vault_value(struct vault_ask *ask, const struct options *options,
                                 struct err *e)
{
    const char *file = option_text(options, "--file"), *origin;
    json_t *origins = json_array(), *value;
    size_t size, cursor = 0;
    char *text;

    if (file == NULL && isatty(STDIN_FILENO))
        fprintf(stderr, "the secret, then Ctrl-D: ");
    if (file_read(file != NULL ? file : "-", VAULT_VALUE, &text, &size, e) != ERR_OK) {
        json_decref(origins);
        return e->code;
    }
    if (size > 0 && text[size - 1] == '\n')
        size--;
    if (size > 0 && text[size - 1] == '\r')
        size--;
    value = utf8_valid(text, size) ? json_stringn(text, size) : NULL;
    vault_wipe(&text, size);
    while ((origin = option_next(options, "--origin", &cursor)) != NULL)
        json_array_append_new(origins, json_string(origin));
    json_object_set_new(ask->body, "origins", origins);
    if (value == NULL)
        return err_set(e, ERR_USAGE, "a secret is a text (UTF-8); write bytes in base64 or hex");
    json_object_set_new(ask->body, "value", value);
    return ERR_OK;
}

/* ---- Telling */

static void vault_list(const json_t *list)
{
    json_t *one, *origin, *use;
    size_t i, j;

    json_array_foreach(list, i, one)
    {
        const json_t *origins = json_object_get(one, "origins");
        const char *at = json_get_text(one, "set_at"), *fault = json_get_text(one, "fault");

        printf("%-32s  %-24s ", json_get_text(one, "name"), at != NULL ? at : "-");
        json_array_foreach(origins, j, origin)
        {
            printf(" %s", json_string_value(origin));
        }
        if (origins != NULL && json_is_array(origins) && json_array_size(origins) == 0)
            printf(" (is not sent)");
        if (json_is_null(origins))
            printf(" (any origin: set it again)");
        printf("%s%s\n", fault != NULL ? " " : "", fault != NULL ? fault : "");
        json_array_foreach(json_object_get(one, "used_by"), j, use)
        {
            printf("    used by %s\n", json_string_value(use));
        }
    }
    if (json_array_size(list) == 0)
        printf("the vault holds no secrets\n");
}

static void vault_tell(const struct vault_ask *ask, const json_t *told)
{
    if (ask->json)
        tell_json(told);
    else if (strcmp(ask->word, "list") == 0)
        vault_list(told);
    else if (strcmp(ask->word, "rotate") != 0)
        printf("%s is %s\n", ask->name, json_get_text(told, "done"));
    else if (strcmp(ask->name, "master") == 0)
        printf("the vault is sealed under a new master key; the one before stands beside it, for "
               "backups of before: keep both out of them\n");
    else
        printf("the data key is a new one; %lld secrets were sealed again\n",
               (long long)json_get_int(told, "resealed", 0));
}

static enum err_code vault_words(struct vault_ask *ask, const struct options *options,
                                 struct err *e)
{
    bool set, list, removes;

    ask->word = option_word(options, 0);
    ask->name = option_words(options) > 1 ? option_word(options, 1) : NULL;
    ask->json = option_given(options, "--json");
    ask->by = option_text(options, "--by");
    ask->workspace = option_text(options, "--workspace");
    if (ask->workspace == NULL)
        ask->workspace = VAULT_WORKSPACE;
    set = strcmp(ask->word, "set") == 0;
    list = strcmp(ask->word, "list") == 0;
    removes = strcmp(ask->word, "remove") == 0;
    if (!set && !list && !removes && strcmp(ask->word, "rotate") != 0)
        return err_set(e, ERR_USAGE, "weft vault takes set, list, remove or rotate, not \"%.40s\"",
                       ask->word);
    if ((set || removes) && ask->name == NULL)
        return err_set(e, ERR_USAGE, "weft vault %s takes the name of a secret", ask->word);
    if ((set || removes) && !engine_secret_name(ask->name))
        return err_set(e, ERR_USAGE,
                       "the name of a secret is letters, digits, \"_\", \".\" and \"-\", at "
                       "most %u",
                       LIMIT_ID);
    if (list && ask->name != NULL)
        return err_set(e, ERR_USAGE, "weft vault list takes no name");
    if (!set && !list && !removes && ask->name == NULL)
        ask->name = option_given(options, "--master") ? "master" : "data";
    return ERR_OK;
}

static int vault_run(const struct command *command, const struct options *options)
{
    struct vault_ask ask = { .body = json_object() };
    json_t *told = NULL, *alive;
    struct err e = { .code = ERR_OK };

    (void)command;
    if (vault_words(&ask, options, &e) != ERR_OK) {
        complain("%s", e.text);
        json_decref(ask.body);
        return EXIT_USAGE;
    }
    json_object_set_new(ask.body, "workspace", json_string(ask.workspace));
    if (tell_open(&ask.app, options, &e) == ERR_OK &&
        (strcmp(ask.word, "set") != 0 || vault_value(&ask, options, &e) == ERR_OK)) {
        alive = client_get(tell_data(&ask.app), "/healthz", &ask.running, &e);
        json_decref(alive);
        told = ask.running ? vault_server_do(&ask, &e) : vault_alone_do(&ask, &e);
    }
    if (told == NULL)
        complain("%s", e.text);
    else
        vault_tell(&ask, told);
    json_decref(ask.body);
    app_fini(&ask.app);
    if (told == NULL)
        return e.code == ERR_USAGE || e.code == ERR_INVALID ? EXIT_USAGE : EXIT_FAILED;
    json_decref(told);
    return EXIT_DONE;
}

static const struct option_row vault_options[] = {
    { "--file", "FILE", "set: the file that holds the secret; else standard input", false },
    { "--origin", "URL", "set: where it may be sent; may be repeated; none: it is only checked",
      true },
    { "--master", NULL, "rotate: the master key instead of the data key", false },
    { "--workspace", "NAME", "of this workspace (main)", false },
    { "--by", "NAME", "who, for the audit record (your login name)", false },
    { "--json", NULL, "as JSON", false },
    { "--data", "DIR", "the data directory (data)", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_vault = {
    .name = "vault",
    .usage = "set NAME|list|remove NAME|rotate [--origin URL]... [--master]",
    .summary = "keeps secrets, which are written and never shown, and changes the keys above them",
    .example = "weft vault set erp_secret --origin https://login.example.com < secret.txt",
    .options = vault_options,
    .words_min = 1,
    .words_max = 2,
    .run = vault_run,
};
