/* check.c - `weft check`: everything that is wrong with flows, their rules, lookups and
 * connections. */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/command.h"
#include "designer-api/group.h"
#include "folders.h"

struct check_run {
    struct app app;
    struct faults faults;
    size_t checked;
};

/* ---- Who decides: groups are made in a workspace, which is not known here */

struct check_groups {
    struct check_run *run;
    const char *file;
    const struct json_places *places;
    json_t *told; /* names, each once for a flow */
};

static void check_group(void *arg, const char *pointer, const char *name)
{
    struct check_groups *groups = arg;
    unsigned line, column;
    enum role role;

    if (role_find(name, &role) || json_object_get(groups->told, name) != NULL)
        return;
    json_object_set_new(groups->told, name, json_true());
    json_places_find(groups->places, pointer, &line, &column);
    faults_add(
        &groups->run->faults, true, groups->file, line, column, pointer,
        "\"%.100s\" is no role: a group of that name must be in the workspace where the flow "
        "works (PUT /groups/%.100s), else only administrators decide this",
        name, name);
}

static void check_flow_groups(struct check_run *run, const char *path, bool folder)
{
    struct check_groups groups = { .run = run, .told = json_object() };
    char *file = folder ? path_join(path, "flow.json") : mem_must_copy(path), *text = NULL;
    struct json_places *places = NULL;
    unsigned line, column;
    json_t *flow = NULL;
    struct err e;
    size_t size;

    check(groups.told != NULL);
    if (file_read(file, LIMIT_FLOW_BYTES, &text, &size, &e) == ERR_OK)
        flow = json_read_places(text, size, &json_limits_flow, &places, &line, &column, &e);
    if (flow != NULL) {
        groups.file = file;
        groups.places = places;
        group_each(flow, check_group, &groups);
        json_places_free(places);
    }
    json_decref(flow);
    json_decref(groups.told);
    mem_free(text);
    mem_free(file);
}

/* ---- Flows */

static void check_flow(struct check_run *run, const char *path)
{
    char *slug = path_slug(path), *dir = NULL;
    size_t size = strlen(path);
    bool folder = path_is_dir(path);

    if (!folder && size > 10 && strcmp(path + size - 10, "/flow.json") == 0) {
        path = dir = mem_must_copy_n(path, size - 10);
        folder = true;
    }
    run->checked++;
    flow_unref(engine_check(run->app.rules, run->app.registry, path, folder, slug, &run->faults));
    check_flow_groups(run, path, folder);
    mem_free(slug);
    mem_free(dir);
}

/* A folder of flows: each folder in it that has a flow.json. */
static void check_folders(struct check_run *run, const char *dir)
{
    struct flow_folders *folders = folders_new();
    struct err e;
    size_t i;

    if (folders_add(folders, dir, &e) != ERR_OK)
        faults_add(&run->faults, false, dir, 1, 1, "", "%s", e.text);
    else if (folders->count == 0)
        faults_add(&run->faults, false, dir, 1, 1, "",
                   "there is no flow here: a flow is a folder with a flow.json");
    for (i = 0; i < folders->count; i++)
        check_flow(run, folders->paths[i]);
    folders_free(folders);
}

static void check_print(struct check_run *run, bool json)
{
    struct buf text;
    json_t *list;

    faults_sort(&run->faults);
    buf_init(&text, 16 * MIB);
    if (json) {
        list = faults_json(&run->faults);
        json_write_pretty(&text, list);
        buf_add_char(&text, '\n');
        json_decref(list);
    } else {
        faults_write(&run->faults, &text);
    }
    fwrite(buf_text(&text), 1, text.len, stdout);
    buf_fini(&text);
}

static int check_command(const struct command *command, const struct options *options)
{
    struct check_run run = { .checked = 0 };
    struct err e;
    size_t i;
    int exit_code = EXIT_USAGE;

    (void)command;
    faults_init(&run.faults);
    app_connectors_option(options);
    if (app_init(&run.app, NULL, &e) != ERR_OK || app_compiler(&run.app, &e) != ERR_OK) {
        complain("%s", e.text);
        goto out;
    }
    for (i = 0; i < option_words(options); i++) {
        const char *path = option_word(options, i);

        if (path_is_dir(path) && !path_is_flow(path))
            check_folders(&run, path);
        else
            check_flow(&run, path);
    }
    check_print(&run, option_given(options, "--json"));
    exit_code = run.faults.errors == 0 ? EXIT_DONE : EXIT_USAGE;
    if (exit_code == EXIT_DONE && !option_given(options, "--json"))
        fprintf(stderr, "%zu %s checked: no faults\n", run.checked,
                run.checked == 1 ? "flow" : "flows");
out:
    faults_fini(&run.faults);
    app_fini(&run.app);
    return exit_code;
}

static const struct option_row check_options[] = {
    { "--json", NULL, "the faults as JSON", false },
    { "--connectors", "DIR", "systems: DIR/NAME/manifest.json", true },
    { NULL, NULL, NULL, false },
};
const struct command command_check = {
    .name = "check",
    .usage = "PATH... [--json]",
    .summary = "says everything that is wrong with flows: FILE:LINE:COL: POINTER: MESSAGE",
    .example = "weft check flows",
    .options = check_options,
    .words_min = 1,
    .words_max = 256,
    .run = check_command,
};
