/* config.c - settings from their sources; config.h says which and in what order. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define CONFIG_FILE_MAX (1u * MIB)

static const struct config_row {
    const char *section, *key, *variable, *fallback, *help;
} config_rows[] = {
#define X(code, section, key, fallback, help) \
    { section, key, "WEFT_" section "_" key, fallback, help },
    CONFIG_TABLE(X)
#undef X
};

static void config_variable(const struct config_row *row, char variable[64])
{
    size_t i;

    snprintf(variable, 64, "%s", row->variable);
    for (i = 0; variable[i] != '\0'; i++)
        if (variable[i] >= 'a' && variable[i] <= 'z')
            variable[i] = (char)(variable[i] - 'a' + 'A');
}

static void config_put(struct config *config, size_t i, const char *value, const char *source)
{
    mem_free(config->values[i]);
    config->values[i] = mem_must_copy(value);
    config->sources[i] = source;
}

static enum err_code config_member(struct config *config, const char *file, const char *section,
                                   const char *key, const json_t *value, struct err *e)
{
    size_t i;

    for (i = 0; i < CONFIG_COUNT; i++)
        if (strcmp(config_rows[i].section, section) == 0 && strcmp(config_rows[i].key, key) == 0)
            break;
    if (i == CONFIG_COUNT)
        return err_set(e, ERR_USAGE,
                       "%s: /%s/%s: there is no such setting; weft serve --print-config lists them",
                       file, section, key);
    if (!json_is_text(value))
        return err_set(e, ERR_USAGE, "%s: /%s/%s: a text is needed, not %s", file, section, key,
                       json_kind(value));
    config_put(config, i, json_text(value), "file");
    return ERR_OK;
}

static enum err_code config_file(struct config *config, const char *file, struct err *e)
{
    const char *section, *key;
    json_t *json = NULL, *members, *value;
    char *text = NULL;
    size_t size;

    if (file_read(file, CONFIG_FILE_MAX, &text, &size, e) != ERR_OK)
        return e->code;
    json = json_read(text, size, &json_limits_flow, e);
    mem_free(text);
    if (json == NULL)
        return err_prefix(e, "%s", file);
    e->code = ERR_OK;
    if (!json_is_object(json))
        err_set(e, ERR_USAGE, "%s: an object is needed: {\"log\": {\"level\": \"info\"}}", file);
    json_object_foreach(json, section, members)
    {
        if (e->code == ERR_OK && !json_is_object(members))
            err_set(e, ERR_USAGE, "%s: /%s: an object is needed, not %s", file, section,
                    json_kind(members));
        json_object_foreach(members, key, value)
        {
            if (e->code == ERR_OK)
                e->code = config_member(config, file, section, key, value, e);
        }
    }
    json_decref(json);
    return e->code;
}

enum err_code config_load(struct config *config, const char *file, struct err *e)
{
    char variable[64];
    size_t i;

    memset(config, 0, sizeof *config);
    for (i = 0; i < CONFIG_COUNT; i++)
        config_put(config, i, config_rows[i].fallback, "default");
    if (file != NULL && config_file(config, file, e) != ERR_OK)
        return e->code;
    for (i = 0; i < CONFIG_COUNT; i++) {
        const char *value;

        config_variable(&config_rows[i], variable);
        value = getenv(variable);
        if (value != NULL && *value != '\0')
            config_put(config, i, value, "environment");
    }
    return ERR_OK;
}

void config_fini(struct config *config)
{
    size_t i;

    for (i = 0; i < CONFIG_COUNT; i++)
        mem_free(config->values[i]);
}

void config_set(struct config *config, enum config_key key, const char *value)
{
    if (value != NULL)
        config_put(config, key, value, "command line");
}

const char *config_text(const struct config *config, enum config_key key)
{
    return config->values[key];
}

void config_print(const struct config *config, FILE *to)
{
    char variable[64];
    size_t i;

    for (i = 0; i < CONFIG_COUNT; i++) {
        config_variable(&config_rows[i], variable);
        fprintf(to, "%s.%s = \"%s\"  (%s; %s; %s)\n", config_rows[i].section, config_rows[i].key,
                config->values[i], config->sources[i], variable, config_rows[i].help);
    }
}

json_t *config_json(const struct config *config)
{
    json_t *list = json_array();
    char variable[64], name[64];

    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        config_variable(&config_rows[i], variable);
        snprintf(name, sizeof name, "%s.%s", config_rows[i].section, config_rows[i].key);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", name, "value",
                                              config->values[i], "source", config->sources[i],
                                              "variable", variable, "help", config_rows[i].help));
    }
    return list;
}
