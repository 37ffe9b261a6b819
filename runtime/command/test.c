/* test.c - `weft test`: the tests that stand beside flows, their rules, tables and lookups.
 *
 *     a flow's folder --> checked --> tests of rules (engine/proof.h) --> each tests/NAME.json is
 *     one run of the whole flow, with connectors simulated, in a world of its own
 *
 * Nothing leaves the machine and nothing is left on it: the store is in memory, time stands still
 * (a retry or a wait takes none), and nothing is random. docs/TESTING.md tells the format. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/command.h"
#include "command/flow_test.h"
#include "engine/proof.h"
#include "folders.h"

struct test_run {
    struct faults faults; /* of flows that cannot be tested */
    const char *path;     /* the flow in work */
    unsigned passed, failed;
    bool json;
    json_t *list; /* --json: all results */
};

static void test_result(struct test_run *run, const char *file, const char *name, const char *text,
                        const char *pointer)
{
    if (text == NULL)
        run->passed++;
    else
        run->failed++;
    if (run->json) {
        json_t *result = json_pack("{s:s,s:s,s:s,s:b}", "flow", run->path, "file", file, "test",
                                   name, "passed", text == NULL);

        if (text != NULL)
            json_object_set_new(result, "text", json_string(text));
        if (text != NULL && pointer != NULL && *pointer != '\0')
            json_object_set_new(result, "pointer", json_string(pointer));
        json_array_append_new(run->list, result);
    } else if (text != NULL) {
        printf("%s/%s: %s: %s\n", run->path, file, name, text);
    }
}

static void test_proof(void *arg, const struct proof *proof)
{
    test_result(arg, proof->file, proof->name, proof->passed ? NULL : proof->text, proof->pointer);
}

/* ---- Tests of the whole flow */

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

#define TEST_FILES 1000u

/* FLOW/tests/NAME.json, sorted; mem_free() each and the list. */
static char **test_files(const char *dir, size_t *count)
{
    char **names = mem_must(TEST_FILES * sizeof *names);
    DIR *listing = opendir(dir);
    struct dirent *entry;

    *count = 0;
    while (listing != NULL && *count < TEST_FILES && (entry = readdir(listing)) != NULL) {
        size_t size = strlen(entry->d_name);

        if (entry->d_name[0] != '.' && size > 5 && strcmp(entry->d_name + size - 5, ".json") == 0)
            names[(*count)++] = mem_must_copy(entry->d_name);
    }
    if (listing != NULL)
        closedir(listing);
    if (*count > 0)
        qsort(names, *count, sizeof *names, name_compare);
    return names;
}

static void test_flow_file(struct test_run *run, const char *path, const char *name)
{
    char *text = NULL, file[300];
    struct buf why, pointer;
    json_t *test = NULL;
    size_t size;
    struct err e;

    snprintf(file, sizeof file, "tests/%.280s", name);
    buf_init(&why, 64 * KIB);
    buf_init(&pointer, 64 * KIB);
    if (file_read(path, LIMIT_BODY, &text, &size, &e) == ERR_OK)
        test = json_read(text, size, &json_limits_body, &e);
    if (test == NULL)
        buf_add_text(&why, e.text);
    else
        flow_test_run(run->path, test, &why, &pointer);
    test_result(run, file, json_get_text(test, "name") != NULL ? json_get_text(test, "name") : name,
                why.len > 0 || !buf_ok(&why) ? buf_text(&why) : NULL, buf_text(&pointer));
    json_decref(test);
    mem_free(text);
    buf_fini(&why);
    buf_fini(&pointer);
}

/* The flow as it is checked, and the tests of its rules. false: it has faults. */
static bool test_rules(struct test_run *run, const char *path)
{
    struct app app; /* node types are the process's: they go before the next world begins */
    struct flow *flow = NULL;
    struct rule_allowance set;
    char *slug = path_slug(path);
    bool sound;
    struct err e = { .code = ERR_OK };

    if (app_init(&app, NULL, &e) == ERR_OK && app_compiler(&app, &e) == ERR_OK) {
        app.log.level = LOG_ERROR;
        flow = engine_check(app.rules, app.registry, path, true, slug, &run->faults);
        set = rules_allowance(app.rules);
        if (flow != NULL)
            e.code = proof_run(flow, &set, &app.log, test_proof, run, &e);
    }
    if (e.code != ERR_OK)
        test_result(run, "rules", "tests of rules", e.text, NULL);
    sound = flow != NULL;
    flow_unref(flow);
    app_fini(&app);
    mem_free(slug);
    return sound;
}

static void test_flow(struct test_run *run, const char *path)
{
    char *dir = path_join(path, "tests");
    size_t count = 0;
    char **names = test_files(dir, &count);
    bool sound;

    run->path = path;
    sound = test_rules(run, path);
    for (size_t i = 0; i < count; i++) {
        char *file = path_join(dir, names[i]);

        if (sound)
            test_flow_file(run, file, names[i]);
        mem_free(file);
        mem_free(names[i]);
    }
    mem_free(names);
    mem_free(dir);
}

static enum err_code test_path(struct test_run *run, const char *path, struct err *e)
{
    struct flow_folders *folders;

    e->code = ERR_OK;
    if (path_is_flow(path)) {
        test_flow(run, path);
        return ERR_OK;
    }
    folders = folders_new();
    if (folders_add(folders, path, e) == ERR_OK && folders->count == 0)
        err_set(e, ERR_USAGE, "%s: there is no flow here: a flow is a folder with a flow.json",
                path);
    for (size_t i = 0; e->code == ERR_OK && i < folders->count; i++)
        test_flow(run, folders->paths[i]);
    folders_free(folders);
    return e->code;
}

static void test_print_json(const struct test_run *run)
{
    struct buf text;

    buf_init(&text, 64 * MIB);
    json_write_pretty(&text, run->list);
    fwrite(buf_text(&text), 1, text.len, stdout);
    putchar('\n');
    buf_fini(&text);
}

static int test_command(const struct command *command, const struct options *options)
{
    struct test_run run = { .json = option_given(options, "--json") };
    struct buf faults;
    struct err e;
    int exit_code = EXIT_USAGE;

    (void)command;
    run.list = json_array();
    faults_init(&run.faults);
    for (size_t i = 0; i < option_words(options); i++)
        if (test_path(&run, option_word(options, i), &e) != ERR_OK)
            goto wrong;
    if (run.json)
        test_print_json(&run);
    buf_init(&faults, 16 * MIB);
    faults_sort(&run.faults);
    faults_write(&run.faults, &faults);
    fwrite(buf_text(&faults), 1, faults.len, stderr);
    buf_fini(&faults);
    if (!run.json)
        printf("%u passed, %u failed\n", run.passed, run.failed);
    exit_code = run.faults.errors > 0 ? EXIT_USAGE : run.failed > 0 ? EXIT_FAILED : EXIT_DONE;
    goto out;
wrong:
    complain("%s", e.text);
out:
    faults_fini(&run.faults);
    json_decref(run.list);
    return exit_code;
}

static const struct option_row test_options[] = {
    { "--json", NULL, "every result, as JSON", false },
    { NULL, NULL, NULL, false },
};
const struct command command_test = {
    .name = "test",
    .usage = "PATH... [--json]",
    .summary = "runs the tests beside flows and their rules; nothing leaves the machine",
    .example = "weft test flows",
    .options = test_options,
    .words_min = 1,
    .words_max = 256,
    .run = test_command,
};
