/* manifest_connection.c - what a connection to the system needs: settings, base URLs, sign-in. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/nearest.h"
#include "nodes/definition.h"
#include "nodes/header.h"
#include "nodes/manifest_priv.h"
#include "nodes/sql_system.h"
#include "nodes/template.h"

/* ---- Settings and the templates over them */

const struct connector_setting *manifest__setting(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->info.setting_count; i++)
        if (manifest->settings[i].name != NULL && strcmp(manifest->settings[i].name, name) == 0)
            return &manifest->settings[i];
    return NULL;
}

static bool setting_kind_find(const char *name, enum setting_kind *kind)
{
    for (int i = SETTING_TEXT; i <= SETTING_NAME; i++)
        if (strcmp(setting_kind_name((enum setting_kind)i), name) == 0) {
            *kind = (enum setting_kind)i;
            return true;
        }
    return false;
}

static void read_setting(const struct manifest_source *source, const json_t *json,
                         const char *pointer, struct connector_setting *setting)
{
    static const struct member rows[] = {
        { "name", MEMBER_TEXT, true },      { "kind", MEMBER_TEXT, false },
        { "title", MEMBER_TEXT, true },     { "help", MEMBER_TEXT, true },
        { "example", MEMBER_TEXT, false },  { "default", MEMBER_TEXT, false },
        { "required", MEMBER_BOOL, false }, { 0 },
    };
    const char *kind = json_get_text(json, "kind");
    const char *name = json_get_text(json, "name");

    if (!manifest__members(source, json, pointer, rows))
        return;
    *setting = (struct connector_setting){
        .title = json_get_text(json, "title"),
        .help = json_get_text(json, "help"),
        .example = json_get_text(json, "example"),
        .fallback = json_get_text(json, "default"),
        .required = json_is_true(json_object_get(json, "required")),
    };
    if (kind != NULL && !setting_kind_find(kind, &setting->kind))
        manifest__fault(source, pointer,
                        "the kind of a setting is text, url or secret, and over SQL name");
    if (setting->kind == SETTING_NAME && !manifest__is_sql(source))
        manifest__fault(source, pointer, "the kind name has a meaning over SQL only");
    if (setting->kind == SETTING_NAME && setting->fallback != NULL &&
        !sql_name_valid(setting->fallback))
        manifest__fault(source, pointer, "\"%.60s\" is no name of a table, column or procedure",
                        setting->fallback);
    if (setting->kind == SETTING_SECRET && setting->fallback != NULL)
        manifest__fault(source, pointer, "a secret has no default");
    if (name != NULL && !manifest__name_valid(name))
        manifest__fault(source, pointer, "\"%.60s\" cannot be the name of a setting", name);
    setting->name = name != NULL ? name : "";
}

/* Behind those that are there; over SQL one of the database's gives its place to another with that
 * name, which knows the system's own driver or port. */
static void add_setting(const struct manifest_source *source, const char *pointer,
                        const struct connector_setting *setting)
{
    struct manifest *manifest = source->manifest;
    const struct connector_setting *there = manifest__setting(manifest, setting->name);
    size_t at = there != NULL ? (size_t)(there - manifest->settings) : 0;

    if (there == NULL) {
        manifest->settings[manifest->info.setting_count++] = *setting;
    } else if (manifest__is_sql(source) && at < sql_system.setting_count &&
               there->kind == setting->kind && there->title == sql_system.settings[at].title) {
        manifest->settings[at] = *setting;
    } else {
        manifest__fault(source, pointer, "the setting \"%.60s\" is there already", setting->name);
    }
}

static void read_settings(const struct manifest_source *source, const json_t *list)
{
    struct manifest *manifest = source->manifest;
    size_t count = json_array_size(list);
    size_t given = manifest__is_sql(source) ? sql_system.setting_count : 0;

    manifest->settings = mem_must((given + count + 1) * sizeof *manifest->settings);
    manifest->info.settings = manifest->settings;
    manifest->info.setting_count = given;
    for (size_t i = 0; i < given; i++)
        manifest->settings[i] = sql_system.settings[i];
    for (size_t i = 0; i < count; i++) {
        struct connector_setting setting = { .name = "" };
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "/settings/%zu", i);
        read_setting(source, json_array_get(list, i), place, &setting);
        add_setting(source, place, &setting);
    }
}

/* A template of flow/connector.h: its places name settings. */
struct setting_places {
    const struct manifest_source *source;
    const char *pointer;
    const char *text;
    bool url;
};

static void setting_place(void *arg, const char *path, size_t at, bool filtered)
{
    const struct setting_places *places = arg;
    const struct connector_setting *setting = manifest__setting(places->source->manifest, path);

    if (setting == NULL)
        manifest__fault(places->source, places->pointer, "\"{%s}\" names no setting", path);
    else if (setting->kind == SETTING_SECRET)
        manifest__fault(places->source, places->pointer,
                        "\"{%s}\" is a secret, which never stands in a template", path);
    else if (places->url && setting->kind == SETTING_URL && at != 0)
        manifest__fault(places->source, places->pointer,
                        "\"{%s}\" is a URL and can stand at the very beginning only", path);
    else if (places->url && setting->kind == SETTING_TEXT && at == 0)
        manifest__fault(places->source, places->pointer,
                        "a URL begins with https:// or with a setting of kind url");
    if (filtered)
        manifest__fault(places->source, places->pointer, "there are no filters here");
}

static const char *read_template(const struct manifest_source *source, const json_t *object,
                                 const char *parent, const char *name, bool url)
{
    const char *text = json_get_text(object, name);
    char place[PLACE_BYTES];
    struct setting_places places = { source, place, text, url };
    const char *host;
    struct err e;

    if (text == NULL)
        return NULL;
    snprintf(place, sizeof place, "%s/%s", parent, name);
    if (template_check(text, setting_place, &places, &e) != ERR_OK)
        manifest__fault(source, place, "%s", e.text);
    if (!url)
        return text;
    if (text[0] != '{' && strncmp(text, "https://", 8) != 0 && strncmp(text, "http://", 7) != 0)
        manifest__fault(source, place, "a URL begins with https:// or with a setting of kind url");
    host = strstr(text, "://");
    if (host != NULL && memchr(host + 3, '@', strcspn(host + 3, "/?#")) != NULL)
        manifest__fault(source, place, "a URL holds no user or password: see \"sign_in\"");
    if (*text != '\0' && text[strlen(text) - 1] == '/')
        manifest__fault(source, place, "without the slash at the end");
    return text;
}

static void read_environments(const struct manifest_source *source, const json_t *json)
{
    static const struct member rows[] = { { "base_url", MEMBER_TEXT, true }, { 0 } };
    struct manifest *manifest = source->manifest;
    const char *name;
    json_t *member;

    manifest->environments =
        mem_must((json_object_size(json) + 1) * sizeof *manifest->environments);
    manifest->info.environments = manifest->environments;
    json_object_foreach((json_t *)json, name, member)
    {
        struct connector_environment *environment =
            &manifest->environments[manifest->info.environment_count++];
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "/environments/%s", name);
        manifest__members(source, member, place, rows);
        environment->name = name;
        environment->base_url = read_template(source, member, place, "base_url", true);
    }
    if (json_is_object(json) && json_object_size(json) == 0)
        manifest__fault(source, "/environments", "at least one environment must be there");
}

static void read_headers(const struct manifest_source *source, const json_t *json)
{
    struct manifest *manifest = source->manifest;
    const char *name;
    json_t *member;

    manifest->headers = mem_must((json_object_size(json) + 1) * sizeof *manifest->headers);
    manifest->info.headers = manifest->headers;
    json_object_foreach((json_t *)json, name, member)
    {
        const char *text = read_template(source, json, "/headers", name, false);

        if (text == NULL || !header_name_valid(name) || !header_value_valid(text)) {
            manifest__fault(source, "/headers", "the header \"%.60s\" cannot be sent so", name);
            continue;
        }
        manifest->headers[manifest->info.header_count++] = (struct step_pair){ name, text };
    }
}

/* ---- Sign-in */

static void sign_in_fault(void *arg, const char *member, const char *text)
{
    const struct manifest_source *source = arg;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "/sign_in%s%s", *member != '\0' ? "/" : "", member);
    manifest__fault(source, place, "%s", text);
}

/* The rows of a manifest's "sign_in": the type, and whatever some way knows. */
static bool sign_in_shape(const struct manifest_source *source, const json_t *json)
{
    size_t count;
    const struct sign_in_member *members = sign_in_members(&count);
    struct member *rows = mem_must((count + 2) * sizeof *rows);
    bool ok;

    rows[0] = (struct member){ "type", MEMBER_TEXT, true };
    for (size_t i = 0; i < count; i++)
        rows[i + 1] =
            (struct member){ members[i].name,
                             members[i].kind == SIGN_IN_PARAMETERS ? MEMBER_OBJECT : MEMBER_TEXT,
                             false };
    ok = manifest__members(source, json, "/sign_in", rows);
    mem_free(rows);
    return ok;
}

/* Templates are sound, and what is a secret names a setting of that kind. */
static void sign_in_member_check(const struct manifest_source *source, const json_t *json,
                                 const struct sign_in_member *member)
{
    const char *text = json_get_text(json, member->name), *key;
    const struct connector_setting *setting;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "/sign_in/%s", member->name);
    if (member->kind == SIGN_IN_TEXT || member->kind == SIGN_IN_URL)
        (void)!read_template(source, json, "/sign_in", member->name, member->kind == SIGN_IN_URL);
    if (member->kind == SIGN_IN_PARAMETERS) {
        json_t *parameters = json_object_get(json, member->name), *one;

        json_object_foreach(parameters, key, one)
        {
            (void)!read_template(source, parameters, place, key, false);
        }
    }
    if (member->kind != SIGN_IN_SECRET || text == NULL)
        return;
    setting = manifest__setting(source->manifest, text);
    if (setting == NULL || setting->kind != SETTING_SECRET)
        manifest__fault(source, place, "\"%.60s\" names no setting of kind secret", text);
}

static void sign_in_unknown(const struct manifest_source *source, const char *type)
{
    size_t count;
    const char *const *names = sign_in_names(&count);
    struct buf known;

    buf_init(&known, 4 * KIB);
    nearest_list(&known, type, names, count);
    manifest__fault(source, "/sign_in/type", "\"%.60s\" is no way to sign in; known are %s", type,
                    buf_text(&known));
    buf_fini(&known);
}

static void read_sign_in(const struct manifest_source *source, const json_t *json)
{
    struct connector_sign_in *sign_in = &source->manifest->info.sign_in;
    const char *type = json_get_text(json, "type");
    const struct sign_in_member *members;
    size_t count;

    if (json == NULL || !sign_in_shape(source, json) || type == NULL)
        return;
    if (!sign_in_find(type, &sign_in->type)) {
        sign_in_unknown(source, type);
        return;
    }
    sign_in->members = json;
    sign_in->secret = json_get_text(json, "secret");
    sign_in_check(json, sign_in->type, sign_in_fault, (void *)(uintptr_t)source);
    members = sign_in_members(&count);
    for (size_t i = 0; i < count; i++)
        sign_in_member_check(source, json, &members[i]);
}

void manifest__connection(const struct manifest_source *source, const json_t *root)
{
    struct connector_info *info = &source->manifest->info;

    read_settings(source, json_object_get(root, "settings"));
    if (manifest__is_sql(source)) {
        info->schemes = sql_system.schemes;
        info->environments = sql_system.environments;
        info->environment_count = sql_system.environment_count;
        info->sign_in = sql_system.sign_in;
        info->limits = sql_system.limits;
        return;
    }
    read_environments(source, json_object_get(root, "environments"));
    read_headers(source, json_object_get(root, "headers"));
    read_sign_in(source, json_object_get(root, "sign_in"));
}
