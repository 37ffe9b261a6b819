/* api_settings.c - settings are shown, and changed by people.
 *
 * Those of the program, and what the configuration says, are seen and changed in the workspace main
 * and at the local socket only. The revision counts the changes of both objects. */
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/people_priv.h"
#include "designer-api/settings_priv.h"
#include "designer-api/suggest_ask.h"

static const struct settings *settings_of(const struct ask *ask)
{
    return ask->api->rooms.settings;
}

static const char *settings_workspace_of(const struct ask *ask)
{
    return ask->who->workspace[0] != '\0' ? ask->who->workspace : PEOPLE_MAIN;
}

static bool settings_whole(const struct ask *ask)
{
    return strcmp(settings_workspace_of(ask), PEOPLE_MAIN) == 0;
}

/* ---- Showing */

static json_t *settings_choices(const char *choices)
{
    json_t *list = json_array();

    while (*choices != '\0') {
        size_t size = strcspn(choices, " ");

        json_array_append_new(list, json_stringn(choices, size));
        choices += size + (choices[size] == ' ');
    }
    return list;
}

static json_t *settings_value(const struct settings *settings, const struct setting_row *row,
                              const char *workspace)
{
    enum setting setting = (enum setting)(row - settings__rows);

    if (row->form == SETTING_NUMBER)
        return json_integer(settings_number(settings, workspace, setting));
    return json_string(settings_text(settings, workspace, setting));
}

static const char *settings_source(const struct settings *settings, const struct setting_row *row,
                                   const char *workspace)
{
    const json_t *fixed = settings__fixed(settings, row);
    const char *of = row->scope == SETTING_PROGRAM ? "" : workspace;

    if (fixed != NULL)
        return json_get_text(fixed, "source");
    return json_object_get(json_object_get(settings->kept, of), row->name) != NULL ? "set"
                                                                                   : "default";
}

static json_t *settings_one(const struct settings *settings, const struct setting_row *row,
                            const char *workspace)
{
    static const char *const kinds[] = { "choice", "number", "text" };
    json_t *one =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:b, s:s, s:s}", "name", row->name, "scope",
                  row->scope == SETTING_PROGRAM ? "program" : "workspace", "kind", kinds[row->form],
                  "value", settings_value(settings, row, workspace), "default",
                  row->form == SETTING_NUMBER ? json_integer(strtoll(row->fallback, NULL, 10))
                                              : json_string(row->fallback),
                  "source", settings_source(settings, row, workspace), "fixed",
                  settings__fixed(settings, row) != NULL, "works", "at once", "help", row->help);

    check(one != NULL);
    if (row->form == SETTING_NUMBER) {
        json_object_set_new(one, "min", json_integer(row->min));
        json_object_set_new(one, "max", json_integer(row->max));
    } else if (row->form == SETTING_CHOICE) {
        json_object_set_new(one, "choices", settings_choices(row->choices));
    }
    return one;
}

/* What the configuration says, but for what is shown above by its row. */
static void settings_configured(const struct settings *settings, json_t *items)
{
    json_t *one, *shown;
    size_t i;

    json_array_foreach(settings->options.configured, i, one)
    {
        const char *name = json_get_text(one, "name");
        bool row = false;

        for (size_t at = 0; at < SETTINGS_COUNT; at++)
            row = row || (settings__rows[at].fixed_by != NULL &&
                          strcmp(settings__rows[at].fixed_by, name) == 0);
        if (row)
            continue;
        shown = json_pack("{s:s, s:s, s:s, s:O, s:O, s:b, s:s, s:O, s:O}", "name", name, "scope",
                          "configuration", "kind", "text", "value", json_object_get(one, "value"),
                          "source", json_object_get(one, "source"), "fixed", true, "works",
                          "at the next start", "help", json_object_get(one, "help"), "variable",
                          json_object_get(one, "variable"));
        check(shown != NULL);
        json_array_append_new(items, shown);
    }
}

static json_t *settings_shown(const struct ask *ask, uint64_t revision)
{
    const struct settings *settings = settings_of(ask);
    json_t *items = json_array(), *can = json_array();

    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (settings__rows[i].scope == SETTING_WORKSPACE || settings_whole(ask))
            json_array_append_new(
                items, settings_one(settings, &settings__rows[i], settings_workspace_of(ask)));
    if (settings_whole(ask))
        settings_configured(settings, items);
    if (who_may(ask->who, MAY_SETTINGS_WRITE))
        json_array_append_new(can, json_string("change"));
    return json_pack("{s:I, s:o, s:o}", "revision", (json_int_t)revision, "items", items, "can",
                     can);
}

/* ---- The two objects */

struct settings_pair {
    struct object program, own; /* revision 0: there is none */
    uint64_t revision;          /* of both, from 1 */
};

static enum err_code settings_object(const struct ask *ask, const char *workspace,
                                     struct object *object, struct err *e)
{
    *object = (struct object){ .body = NULL };
    if (object_read(ask_objects(ask), SETTINGS_KIND, workspace, settings__id(workspace), object,
                    e) == ERR_NOT_FOUND)
        e->code = ERR_OK;
    return e->code;
}

static enum err_code settings_pair(const struct ask *ask, struct settings_pair *pair, struct err *e)
{
    *pair = (struct settings_pair){ .revision = 0 };
    if (settings_object(ask, "", &pair->program, e) == ERR_OK)
        (void)!settings_object(ask, settings_workspace_of(ask), &pair->own, e);
    pair->revision = 1 + pair->program.revision + pair->own.revision;
    return e->code;
}

static void settings_pair_fini(struct settings_pair *pair)
{
    object_fini(&pair->program);
    object_fini(&pair->own);
}

static void settings_get(struct ask *ask)
{
    struct settings_pair pair;
    struct err e;

    if (settings_pair(ask, &pair, &e) == ERR_OK)
        ask_give_revision(ask, 200, settings_shown(ask, pair.revision), pair.revision);
    else
        ask_refuse(ask, &e);
    settings_pair_fini(&pair);
}

/* ---- Changing */

/* Empty, or what the row's choices name. */
static enum err_code settings_check_text(const struct ask *ask, const struct setting_row *row,
                                         const json_t *value, struct err *e)
{
    const char *text = json_text(value), *at;
    struct decimal number;
    struct err why;

    if (text == NULL || strlen(text) > (size_t)row->max)
        return err_set(e, ERR_INVALID, "/%s: a text of at most %lld bytes is needed", row->name,
                       (long long)row->max);
    if (*text == '\0')
        return ERR_OK;
    if (strcmp(row->choices, "connection") == 0)
        return suggest_model_check(ask, text, e);
    if (strcmp(row->choices, "decimal") == 0)
        return decimal_parse(&number, text, strlen(text), &why) == ERR_OK && !number.negative
                   ? ERR_OK
                   : err_set(e, ERR_INVALID, "/%s: a decimal like \"1000.00\" is needed, or \"\"",
                             row->name);
    at = strchr(text, '@');
    return at != NULL && at != text && at[1] != '\0' && strpbrk(text, "\r\n\t,") == NULL
               ? ERR_OK
               : err_set(e, ERR_INVALID, "/%s: an address like weft@example.com is needed, or \"\"",
                         row->name);
}

static enum err_code settings_check(const struct ask *ask, const struct setting_row *row,
                                    const json_t *value, struct err *e)
{
    const json_t *fixed = settings__fixed(settings_of(ask), row);
    int64_t number = json_integer_value(value);
    json_t *choices, *choice;
    bool known = false;
    size_t i;

    if (fixed != NULL)
        return err_set(e, ERR_CONFLICT,
                       "/%s: it is fixed by %s (%s): change it there and start the program again",
                       row->name, json_get_text(fixed, "variable"), json_get_text(fixed, "source"));
    if (row->scope == SETTING_PROGRAM && !settings_whole(ask))
        return err_set(e, ERR_FORBIDDEN,
                       "/%s: it is set for the whole program, in the workspace main", row->name);
    if (json_is_null(value))
        return ERR_OK;
    if (row->form == SETTING_NUMBER)
        return json_is_integer(value) && number >= row->min && number <= row->max
                   ? ERR_OK
                   : err_set(e, ERR_INVALID, "/%s: a whole number from %lld to %lld is needed",
                             row->name, (long long)row->min, (long long)row->max);
    if (row->form == SETTING_TEXT)
        return settings_check_text(ask, row, value, e);
    choices = settings_choices(row->choices);
    json_array_foreach(choices, i, choice)
    {
        known = known || json_equal(choice, value);
    }
    json_decref(choices);
    return known ? ERR_OK
                 : err_set(e, ERR_INVALID, "/%s: one of these is needed: %s", row->name,
                           row->choices);
}

/* What becomes of an object; NULL: nothing of it is changed. */
static json_t *settings_body(const struct ask *ask, enum setting_scope scope, json_t *kept)
{
    json_t *body = kept != NULL ? json_copy(kept) : json_object(), *value;
    const char *name;
    bool changed = false;

    json_object_foreach(ask->body, name, value)
    {
        if (settings__row(name)->scope != scope)
            continue;
        changed = true;
        if (json_is_null(value))
            json_object_del(body, name);
        else
            json_object_set(body, name, value);
    }
    if (changed)
        return body;
    json_decref(body);
    return NULL;
}

struct settings_change {
    struct api *api;
    struct ask_later *later;
    struct ask ask; /* for what is shown: its `who` is below */
    struct who who;
    uint64_t revision;
};

/* It is kept: it works from now on. */
static void settings_told(void *arg, const struct err *e)
{
    struct settings_change *change = arg;
    struct settings *settings = change->api->rooms.settings;
    struct err read = *e;

    if (e->code == ERR_OK && settings__read(settings, "", &read) == ERR_OK &&
        settings__read(settings, settings_workspace_of(&change->ask), &read) == ERR_OK) {
        settings__apply(settings);
        later_give_revision(change->later, 200, settings_shown(&change->ask, change->revision),
                            change->revision);
    } else {
        later_refuse(change->later, &read);
    }
    mem_free(change);
}

static void settings_keep(struct ask *ask, const struct settings_pair *pair, json_t *program,
                          json_t *own)
{
    const char *workspace = settings_workspace_of(ask);
    struct object_change changes[2];
    struct settings_change *told = mem_must(sizeof *told);
    size_t count = 0;
    struct err e;

    *told = (struct settings_change){ .api = ask->api, .ask = *ask, .who = *ask->who };
    told->ask.who = &told->who;
    told->later = ask_later(ask);
    for (unsigned i = 0; i < 2; i++) {
        if ((i == 0 ? program : own) == NULL)
            continue;
        changes[count++] =
            (struct object_change){ .kind = SETTINGS_KIND,
                                    .workspace = i == 0 ? "" : workspace,
                                    .id = settings__id(i == 0 ? "" : workspace),
                                    .from = i == 0 ? pair->program.revision : pair->own.revision,
                                    .body = i == 0 ? program : own,
                                    .by = ask->who->name,
                                    .what = "setting.change",
                                    .told = true };
    }
    told->revision = pair->revision + count;
    if (object_change_all(ask_objects(ask), changes, count, settings_told, told, &e) != ERR_OK)
        settings_told(told, &e);
}

static enum err_code settings_asked(const struct ask *ask, const struct settings_pair *pair,
                                    struct err *e)
{
    const char *name;
    uint64_t from;
    json_t *value;

    if (ask_if_match(ask, &from, e) != ERR_OK || people_proved(ask, e) != ERR_OK)
        return e->code;
    if (from != pair->revision)
        return err_set(
            e, ERR_STALE,
            "the settings were changed meanwhile: they have revision %llu now, and yours "
            "is %llu",
            (unsigned long long)pair->revision, (unsigned long long)from);
    json_object_foreach(ask->body, name, value)
    {
        const struct setting_row *row = settings__row(name);

        if (row == NULL)
            return err_set(e, ERR_UNKNOWN, "/%.60s: there is no such setting", name);
        if (settings_check(ask, row, value, e) != ERR_OK)
            return e->code;
    }
    return ERR_OK;
}

static void settings_patch(struct ask *ask)
{
    json_t *program = NULL, *own = NULL;
    struct settings_pair pair;
    struct err e;

    if (settings_pair(ask, &pair, &e) == ERR_OK && settings_asked(ask, &pair, &e) == ERR_OK) {
        program = settings_body(ask, SETTING_PROGRAM, pair.program.body);
        own = settings_body(ask, SETTING_WORKSPACE, pair.own.body);
    }
    if (e.code == ERR_STALE)
        ask_refuse_with(ask, &e, json_pack("{s:I}", "revision", (json_int_t)pair.revision));
    else if (e.code != ERR_OK)
        ask_refuse(ask, &e);
    else if (program == NULL && own == NULL)
        ask_give_revision(ask, 200, settings_shown(ask, pair.revision), pair.revision);
    else
        settings_keep(ask, &pair, program, own);
    json_decref(program);
    json_decref(own);
    settings_pair_fini(&pair);
}

const struct ask_bind settings_binds[] = {
    { "getSettings", settings_get },
    { "changeSettings", settings_patch },
    { NULL, NULL },
};
