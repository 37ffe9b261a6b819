/* api_rules.c - the tests that stand beside the rules, tables and lookups of a draft. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/draft.h"
#include "designer-api/proving.h"
#include "engine/prove.h"

struct rules_run {
    const char *file; /* NULL: all */
    json_t *results;
    unsigned passed, failed;
};

static void rules_told(void *arg, const struct proof *proof)
{
    struct rules_run *run = arg;
    json_t *result;

    if (run->file != NULL && strcmp(run->file, proof->file) != 0)
        return;
    result = json_pack("{s:s, s:s, s:i, s:b}", "file", proof->file, "name", proof->name, "index",
                       (int)proof->index, "passed", proof->passed);
    check(result != NULL);
    if (proof->passed) {
        run->passed++;
    } else {
        run->failed++;
        json_object_set_new(result, "text", json_string(proof->text));
        json_object_set_new(result, "pointer", json_string(proof->pointer));
        if (proof->expected != NULL)
            json_object_set(result, "expected", (json_t *)proof->expected);
    }
    if (proof->got != NULL)
        json_object_set(result, "got", (json_t *)proof->got);
    json_array_append_new(run->results, result);
}

static void rules_test(struct ask *ask)
{
    const char *flow = ask->path[0];
    struct rules_run run = { .file = json_get_text(ask->body, "file"), .results = json_array() };
    struct faults faults;
    struct version *compiled = NULL;
    struct err e;
    json_t *bundle = draft_asked(ask, flow, &e), *part;

    faults_init(&faults);
    part = bundle != NULL ? draft_version(bundle) : NULL;
    if (part != NULL && proving_waits(ask, rules_test, flow, part))
        goto out;
    if (part != NULL)
        compiled = engine_compile(ask_engine(ask), part, flow, &faults);
    if (part != NULL && compiled == NULL) {
        faults_sort(&faults);
        err_set(&e, ERR_INVALID, "the flow has faults: its tests cannot be run");
        ask_refuse_faults(ask, &e, draft_faults(&faults, part));
    } else if (part == NULL || engine_proof(ask_engine(ask), ask->who->workspace, compiled,
                                            rules_told, &run, &e) != ERR_OK) {
        ask_refuse(ask, &e);
    } else {
        ask_give(ask, 200,
                 json_pack("{s:i, s:i, s:O}", "passed", (int)run.passed, "failed", (int)run.failed,
                           "results", run.results));
    }
out:
    compiled_free(ask_engine(ask), compiled);
    faults_fini(&faults);
    json_decref(run.results);
    json_decref(part);
    json_decref(bundle);
}

const struct ask_bind rules_binds[] = {
    { "runTests", rules_test },
    { NULL, NULL },
};
