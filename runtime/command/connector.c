/* connector.c - `weft connector`: what describes external systems is checked, listed, begun and
 * drafted from OpenAPI (connector_import.c). */
#include "command/connector.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/tell.h"
#include "folders.h"
#include "nodes/connectors/embedded.h"
#include "nodes/manifest.h"
#include "nodes/node_types.h"

/* ---- check */

static void check_file(const char *path, struct faults *faults)
{
    char *text = NULL;
    struct err e;
    size_t size;

    if (file_read(path, LIMIT_FLOW_BYTES, &text, &size, &e) == ERR_OK)
        manifest_free(manifest_read(path, text, size, faults));
    else
        faults_add(faults, false, path, 1, 1, "", "%s", e.text);
    mem_free(text);
}

static void faults_say(struct faults *faults, bool json)
{
    struct buf text;
    json_t *list;

    faults_sort(faults);
    buf_init(&text, 16 * MIB);
    if (json) {
        list = faults_json(faults);
        json_write_pretty(&text, list);
        buf_add_char(&text, '\n');
        json_decref(list);
    } else {
        faults_write(faults, &text);
    }
    fwrite(buf_text(&text), 1, text.len, stdout);
    buf_fini(&text);
}

/* A folder of systems: each folder in it that has a manifest. Their number. */
static size_t check_folder(const char *path, struct faults *faults)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    size_t count = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char *folder = path_join(path, entry->d_name);
        char *file = path_join(folder, "manifest.json");

        if (entry->d_name[0] != '.' && access(file, F_OK) == 0) {
            check_file(file, faults);
            count++;
        }
        mem_free(file);
        mem_free(folder);
    }
    if (dir != NULL)
        closedir(dir);
    return count;
}

/* A manifest, its folder, or a folder of such. How many manifests there are. */
static size_t check_path(const char *path, struct faults *faults)
{
    char *file = path_is_dir(path) ? path_join(path, "manifest.json") : mem_must_copy(path);
    size_t count = 1;

    if (!path_is_dir(path) || access(file, F_OK) == 0)
        check_file(file, faults);
    else
        count = check_folder(path, faults);
    if (count == 0)
        faults_add(
            faults, false, path, 1, 1, "",
            "no manifest.json is in this folder, nor in a folder in it: give a manifest, the "
            "folder of one, or a folder of such folders; weft connector new begins one");
    mem_free(file);
    return count;
}

static int connector_check(const struct options *options)
{
    size_t words = option_words(options) - 1, count = 0;
    bool json = option_given(options, "--json");
    struct faults faults;
    int exit_code;

    if (words == 0) {
        complain("which? weft connector check connectors/shop");
        return EXIT_USAGE;
    }
    faults_init(&faults);
    for (size_t i = 1; i <= words; i++)
        count += check_path(option_word(options, i), &faults);
    faults_say(&faults, json);
    exit_code = faults.errors == 0 ? EXIT_DONE : EXIT_USAGE;
    if (exit_code == EXIT_DONE && !json)
        fprintf(stderr, "%zu %s checked: no %s\n", count, count == 1 ? "manifest" : "manifests",
                faults.count == 0 ? "faults" : "errors, but warnings");
    faults_fini(&faults);
    return exit_code;
}

/* ---- list, show */

static json_t *names_json(const struct manifest *manifest, bool events)
{
    json_t *list = json_array();

    for (size_t i = 0; !events && i < manifest->action_count; i++)
        json_array_append_new(list, json_string(manifest->actions[i].type.name));
    for (size_t i = 0; events && i < manifest->event_count; i++)
        json_array_append_new(list, json_string(manifest->events[i].action.type.name));
    return list;
}

static json_t *system_json(const struct manifest *manifest, const char *file)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o, s:o}", "name", manifest->info.name, "title",
                     manifest->info.title, "version", manifest->info.version, "help",
                     manifest->help, "file", file, "actions", names_json(manifest, false), "events",
                     names_json(manifest, true));
}

static int connector_list(const struct options *options)
{
    json_t *list = json_array();
    const struct manifest *manifest;
    const char *file;
    size_t cursor = 0;

    if (!option_given(options, "--json"))
        printf("%-16s %-8s %8s %7s  %s\n", "SYSTEM", "VERSION", "ACTIONS", "EVENTS", "FROM");
    while ((manifest = node_types_system(NULL, &cursor, &file)) != NULL) {
        if (option_given(options, "--json"))
            json_array_append_new(list, system_json(manifest, file));
        else
            printf("%-16s %-8s %8zu %7zu  %s\n", manifest->info.name, manifest->info.version,
                   manifest->action_count, manifest->event_count,
                   file != NULL ? file : "the program");
    }
    if (option_given(options, "--json"))
        tell_json(list);
    json_decref(list);
    return EXIT_DONE;
}

static void show_limits(const struct connector_limits *limits)
{
    if (limits->requests > 0)
        printf("limits      %u requests in %lld ms\n", limits->requests, (long long)limits->per_ms);
    if (limits->concurrency > 0)
        printf("            %u calls at a time\n", limits->concurrency);
}

static void show_system(const struct manifest *manifest, const char *file)
{
    const struct connector_info *info = &manifest->info;

    printf("%s  %s, version %s\n\n%s\n\n", info->name, info->title, info->version, manifest->help);
    printf("from        %s\nsign-in     %s\n", file != NULL ? file : "the program",
           sign_in_name(info->sign_in.type));
    for (size_t i = 0; i < info->environment_count; i++)
        printf("%s %s: %s\n", i == 0 ? "environment" : "           ", info->environments[i].name,
               info->environments[i].base_url);
    show_limits(&info->limits);
    for (size_t i = 0; i < info->setting_count; i++)
        printf("%s %s (%s%s): %s\n", i == 0 ? "settings   " : "           ", info->settings[i].name,
               setting_kind_name(info->settings[i].kind),
               info->settings[i].required ? ", required" : "", info->settings[i].help);
    printf("\n");
    for (size_t i = 0; i < manifest->action_count; i++) {
        const struct node_type *type = &manifest->actions[i].type;

        printf("%s  (%s)\n    %s\n", type->name, effect_name(type->effect), type->help);
    }
    for (size_t i = 0; i < manifest->event_count; i++) {
        const struct node_type *type = &manifest->events[i].action.type;

        printf("%s  (%s)\n    %s\n", type->name,
               manifest->events[i].kind == EVENT_POLL ? "polled" : "webhook", type->help);
    }
}

static int connector_show(const struct options *options)
{
    const char *name = option_word(options, 1), *file = NULL;
    const struct manifest *manifest = name != NULL ? node_types_system(name, NULL, &file) : NULL;

    if (manifest == NULL) {
        complain("there is no system \"%s\": weft connector list shows all",
                 name != NULL ? name : "");
        return EXIT_USAGE;
    }
    if (option_given(options, "--json"))
        tell_json(manifest->root);
    else
        show_system(manifest, file);
    return EXIT_DONE;
}

/* ---- new */

static const char skeleton[] =
    "{\n"
    "  \"weft\": 1,\n"
    "  \"name\": \"%s\",\n"
    "  \"title\": \"%s\",\n"
    "  \"version\": \"0.1\",\n"
    "  \"help\": \"What the system is, in a sentence for the palette.\",\n"
    "  \"sources\": [\"The address of its documentation: where the facts below come from.\"],\n"
    "  \"environments\": {\n"
    "    \"production\": { \"base_url\": \"{url}/api\" }\n"
    "  },\n"
    "  \"settings\": [\n"
    "    { \"name\": \"url\", \"kind\": \"url\", \"title\": \"Address\", \"help\": \"Where a "
    "customer's "
    "system is.\", \"example\": \"https://%s.example.com\", \"required\": true },\n"
    "    { \"name\": \"key\", \"kind\": \"secret\", \"title\": \"API key\", \"help\": \"Where a "
    "person "
    "finds it.\", \"required\": true }\n"
    "  ],\n"
    "  \"sign_in\": { \"type\": \"header\", \"header\": \"X-Api-Key\", \"secret\": \"key\" },\n"
    "  \"headers\": { \"Accept\": \"application/json\" },\n"
    "  \"limits\": { \"requests\": 10, \"per\": \"1s\", \"burst\": 10, \"concurrency\": 4 },\n"
    "  \"error\": { \"code\": \"error.code\", \"message\": [\"error.message\"] },\n"
    "  \"errors\": [\n"
    "    { \"status\": 503, \"kind\": \"unavailable\", \"help\": \"not_processed only where the "
    "system "
    "promises it\" }\n"
    "  ],\n"
    "  \"actions\": {\n"
    "    \"get_thing\": {\n"
    "      \"title\": \"Get a thing\",\n"
    "      \"help\": \"Looks a thing up by its number.\",\n"
    "      \"method\": \"GET\",\n"
    "      \"path\": \"/things/{input.id}\",\n"
    "      \"input\": {\n"
    "        \"type\": \"object\",\n"
    "        \"properties\": { \"id\": { \"type\": \"string\", \"description\": \"Its number.\" } "
    "},\n"
    "        \"required\": [\"id\"]\n"
    "      },\n"
    "      \"output_schema\": { \"type\": \"object\", \"properties\": { \"id\": { \"type\": "
    "\"string\" } "
    "} },\n"
    "      \"example\": { \"input\": { \"id\": \"T-1\" }, \"output\": { \"id\": \"T-1\" } }\n"
    "    }\n"
    "  }\n"
    "}\n";

enum err_code connector_write(const char *folder, const char *name, const char *text, size_t size,
                              char **path, struct err *e)
{
    char *dir = path_join(folder, name), *file = path_join(dir, "manifest.json");
    FILE *out = NULL;
    bool written;

    e->code = ERR_OK;
    if ((mkdir(folder, 0777) != 0 && errno != EEXIST) || (mkdir(dir, 0777) != 0 && errno != EEXIST))
        err_set(e, ERR_IO, "the folder %s cannot be made: %s", dir, strerror(errno));
    else if ((out = fopen(file, "wx")) == NULL)
        err_set(e, ERR_IO, "%s cannot be made: %s", file, strerror(errno));
    if (out != NULL) {
        written = fwrite(text, 1, size, out) == size;
        if (fclose(out) != 0 || !written)
            err_set(e, ERR_IO, "%s cannot be written: %s", file, strerror(errno));
    }
    mem_free(dir);
    *path = file;
    return e->code;
}

static int connector_new(const struct options *options)
{
    const char *name = option_word(options, 1), *folder = option_text(options, "-o");
    char *path = NULL;
    struct buf text;
    struct err e;
    int exit_code = EXIT_USAGE;

    if (name == NULL || !manifest_name_valid(name)) {
        complain(
            "a system's name begins with a small letter; then small letters, digits and \"_\": "
            "weft connector new shop");
        return EXIT_USAGE;
    }
    buf_init(&text, 64 * KIB);
    buf_addf(&text, skeleton, name, name, name);
    if (connector_write(folder != NULL ? folder : "connectors", name, buf_text(&text), text.len,
                        &path, &e) == ERR_OK) {
        printf("%s\n", path);
        fprintf(stderr, "next: weft connector check %s; docs/CONNECTORS.md explains each member\n",
                path);
        exit_code = EXIT_DONE;
    } else {
        complain("%s", e.text);
    }
    mem_free(path);
    buf_fini(&text);
    return exit_code;
}

static int connector_schema(const struct options *options)
{
    (void)options;
    fputs(manifest_schema, stdout);
    return EXIT_DONE;
}

/* ---- The command */

static const struct {
    const char *name;
    int (*run)(const struct options *options);
    bool systems; /* wants those that there are */
} words[] = {
    { "check", connector_check, false },   { "list", connector_list, true },
    { "show", connector_show, true },      { "new", connector_new, false },
    { "schema", connector_schema, false }, { "import", connector_import, false },
};

static int connector_run(const struct command *command, const struct options *options)
{
    const char *word = option_word(options, 0);
    size_t found = 0, count = sizeof words / sizeof *words;
    struct app app;
    struct err e;
    int exit_code = EXIT_USAGE;

    (void)command;
    while (found < count && strcmp(words[found].name, word) != 0)
        found++;
    if (found == count) {
        complain("weft connector check, list, show, new, schema or import, not \"%s\"", word);
        return EXIT_USAGE;
    }
    if (!words[found].systems)
        return words[found].run(options);
    app_connectors_option(options);
    if (app_init(&app, NULL, &e) == ERR_OK && app_compiler(&app, &e) == ERR_OK)
        exit_code = words[found].run(options);
    else
        complain("%s", e.text);
    app_fini(&app);
    return exit_code;
}

static const struct option_row connector_options[] = {
    { "--json", NULL, "check, list, show: as JSON", false },
    { "--connectors", "DIR", "list, show: systems of DIR/NAME/manifest.json", true },
    { "--data", "DIR", "list, show: the data directory, whose connectors are read", false },
    { "-o", "DIR", "new, import: where DIR/NAME/manifest.json is made (connectors)", false },
    { "--name", "NAME", "import: the system's name (from its title)", false },
    { "--operations", "LIST", "import: ids, tags or paths, parted by commas (all)", true },
    { NULL, NULL, NULL, false },
};
const struct command command_connector = {
    .name = "connector",
    .usage = "check PATH... | list | show NAME | new NAME [-o DIR] | schema |\n"
             "       import FILE [--operations LIST]... [--name NAME] [-o DIR]",
    .summary =
        "external systems: checks, lists and begins what describes them, drafts it from OpenAPI",
    .example = "weft connector import openapi.yaml --operations invoices -o connectors",
    .options = connector_options,
    .words_min = 1,
    .words_max = 256,
    .run = connector_run,
};
