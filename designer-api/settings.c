/* settings.c - see settings.h. */
#include "designer-api/settings_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/budget.h"
#include "engine/guard.h"
#include "engine/setting.h"

#define SETTINGS_CARDS (64u * KIB)
#define DAY_MS         INT64_C(86400000)

const struct setting_row settings__rows[SETTINGS_COUNT] = {
#define X(code, scope, kind, name, fixed, min, max, choices, fallback, help) \
    { SETTING_##scope, SETTING_##kind, name, fixed, min, max, choices, fallback, help },
    SETTINGS_TABLE(X)
#undef X
};

const struct setting_row *settings__row(const char *name)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (strcmp(settings__rows[i].name, name) == 0)
            return &settings__rows[i];
    return NULL;
}

const json_t *settings__configured(const struct settings *settings, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach(settings->options.configured, i, one)
    {
        if (strcmp(json_get_text(one, "name"), name) == 0)
            return one;
    }
    return NULL;
}

const json_t *settings__fixed(const struct settings *settings, const struct setting_row *row)
{
    const json_t *one =
        row->fixed_by != NULL ? settings__configured(settings, row->fixed_by) : NULL;
    const char *source = json_get_text(one, "source");

    return source != NULL && strcmp(source, "default") != 0 ? one : NULL;
}

/* ---- Values */

static const json_t *settings_kept(const struct settings *settings, const struct setting_row *row,
                                   const char *workspace)
{
    const char *of = row->scope == SETTING_PROGRAM ? "" : workspace != NULL ? workspace : "";

    return json_object_get(json_object_get(settings->kept, of), row->name);
}

const char *settings_text(const struct settings *settings, const char *workspace,
                          enum setting setting)
{
    const struct setting_row *row = &settings__rows[setting];
    const json_t *fixed = settings__fixed(settings, row), *kept;

    if (fixed != NULL && setting == SETTING_OF_CARD_DATA)
        return guard_mode(json_get_text(fixed, "value"), workspace);
    if (fixed != NULL)
        return json_get_text(fixed, "value");
    kept = settings_kept(settings, row, workspace);
    return kept != NULL ? json_string_value(kept) : row->fallback;
}

int64_t settings_number(const struct settings *settings, const char *workspace,
                        enum setting setting)
{
    const struct setting_row *row = &settings__rows[setting];
    const json_t *kept;

    if (settings__fixed(settings, row) == NULL) {
        kept = settings_kept(settings, row, workspace);
        if (json_is_integer(kept))
            return json_integer_value(kept);
    }
    return strtoll(settings_text(settings, workspace, setting), NULL, 10);
}

/* ---- Having them work */

static void settings_cards(const struct settings *settings)
{
    const json_t *fixed = settings__fixed(settings, &settings__rows[SETTING_OF_CARD_DATA]);
    const char *workspace, *mode;
    struct buf text;
    json_t *body;

    if (fixed != NULL)
        return;
    buf_init(&text, SETTINGS_CARDS);
    buf_add_text(&text, "mask");
    json_object_foreach(settings->kept, workspace, body)
    {
        mode = json_get_text(body, settings__rows[SETTING_OF_CARD_DATA].name);
        if (mode != NULL && *workspace != '\0')
            buf_addf(&text, ", %s=%s", workspace, mode);
    }
    check(buf_ok(&text));
    engine_card_data(settings->options.engine, buf_text(&text));
    buf_fini(&text);
}

static void settings_rules(const struct settings *settings, const char *workspace)
{
    const struct rule_allowance set = {
        .has = { (uint64_t)settings_number(settings, workspace, SETTING_OF_RULE_TICKS),
                 settings_number(settings, workspace, SETTING_OF_RULE_MS),
                 MIB * (size_t)settings_number(settings, workspace, SETTING_OF_RULE_MIB) },
        .most = { (uint64_t)settings_number(settings, workspace, SETTING_OF_RULE_TICKS_MOST),
                  settings_number(settings, workspace, SETTING_OF_RULE_MS_MOST),
                  MIB * (size_t)settings_number(settings, workspace, SETTING_OF_RULE_MIB_MOST) },
    };

    engine_rule_allowance(settings->options.engine, workspace, &set);
}

static void settings_workspace_apply(const struct settings *settings, const char *workspace)
{
    struct engine *engine = settings->options.engine;

    engine_retention(engine, workspace,
                     DAY_MS * settings_number(settings, workspace, SETTING_OF_RETENTION_DAYS));
    engine_four_eyes(engine, workspace, settings_text(settings, workspace, SETTING_OF_FOUR_EYES));
    engine_concurrency(engine, workspace,
                       (unsigned)settings_number(settings, workspace, SETTING_OF_CONCURRENCY));
    settings_rules(settings, workspace);
}

void settings__apply(struct settings *settings)
{
    enum log_level level;
    const char *workspace;
    json_t *body;

    check(log_level_parse(settings_text(settings, NULL, SETTING_OF_LOG_LEVEL), &level));
    if (settings->options.log->level != level)
        settings->options.log->level = level;
    people_limits(settings->options.people,
                  settings_number(settings, NULL, SETTING_OF_SESSION_IDLE) * 1000,
                  settings_number(settings, NULL, SETTING_OF_SESSION_END) * 1000,
                  strcmp(settings_text(settings, NULL, SETTING_OF_SECOND_FACTOR), "required") == 0);
    engine_most_runs(settings->options.engine,
                     (unsigned)settings_number(settings, NULL, SETTING_OF_RUNS_AT_ONCE));
    settings_cards(settings);
    json_object_foreach(settings->kept, workspace, body)
    {
        if (*workspace != '\0')
            settings_workspace_apply(settings, workspace);
    }
}

enum err_code settings__read(struct settings *settings, const char *workspace, struct err *e)
{
    struct object object = { .body = NULL };

    if (object_read(settings->options.objects, SETTINGS_KIND, workspace, settings__id(workspace),
                    &object, e) == ERR_OK)
        json_object_set(settings->kept, workspace, object.body);
    else if (e->code == ERR_NOT_FOUND)
        e->code = ERR_OK;
    object_fini(&object);
    return e->code;
}

const char *settings__id(const char *workspace)
{
    return *workspace == '\0' ? "program" : "workspace";
}

static bool settings_workspace(void *arg, const struct object *object)
{
    json_array_append_new(arg, json_string(object->id));
    return true;
}

struct settings *settings_new(const struct settings_options *options, struct err *e)
{
    struct settings *settings = mem_must(sizeof *settings);
    json_t *workspaces = json_pack("[s, s]", "", "main"), *one;
    size_t i;

    check(workspaces != NULL);
    *settings = (struct settings){ .options = *options, .kept = json_object() };
    e->code = object_list(options->objects, "workspace", "", NULL, NULL, 0, settings_workspace,
                          workspaces, e);
    json_array_foreach(workspaces, i, one)
    {
        if (e->code == ERR_OK)
            e->code = settings__read(settings, json_text(one), e);
    }
    json_decref(workspaces);
    if (e->code != ERR_OK) {
        settings_free(settings);
        return NULL;
    }
    settings__apply(settings);
    return settings;
}

void settings_free(struct settings *settings)
{
    if (settings == NULL)
        return;
    json_decref(settings->kept);
    json_decref(settings->options.configured);
    mem_free(settings);
}
