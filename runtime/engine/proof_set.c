/* proof_set.c - what has come of the tests of a version, kept to be told again. */
#include "engine/proof_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct proof_set {
    char version[DIGEST_TEXT];
    struct proof *list; /* everything in it is its own */
    size_t count, room;
    struct err e; /* why they could not run */
};

static void set_told(void *arg, const struct proof *proof)
{
    struct proof_set *set = arg;
    struct proof *own;

    if (set->count == set->room) {
        set->room = set->room == 0 ? 64 : 2 * set->room;
        set->list = mem_must_resize(set->list, set->room * sizeof *set->list);
    }
    own = &set->list[set->count++];
    *own = *proof;
    own->file = mem_must_copy(proof->file);
    own->name = mem_must_copy(proof->name);
    own->text = mem_must_copy(proof->text);
    own->pointer = mem_must_copy(proof->pointer);
    json_incref((json_t *)own->expected);
    json_incref((json_t *)own->got);
}

struct proof_set *proof_set_new(const struct flow *flow, const struct rule_allowance *allowance,
                                struct log *log, const atomic_bool *quit)
{
    struct proof_set *set = mem_must(sizeof *set);

    snprintf(set->version, sizeof set->version, "%s", flow->version);
    set->e.code = ERR_OK;
    set->e.code = proof__all(flow, allowance, log, quit, set_told, set, &set->e);
    return set;
}

void proof_set_free(struct proof_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++) {
        mem_free((char *)set->list[i].file);
        mem_free((char *)set->list[i].name);
        mem_free((char *)set->list[i].text);
        mem_free((char *)set->list[i].pointer);
        json_decref((json_t *)set->list[i].expected);
        json_decref((json_t *)set->list[i].got);
    }
    mem_free(set->list);
    mem_free(set);
}

bool proof_set_passed(const struct proof_set *set)
{
    size_t i = 0;

    if (set == NULL || set->e.code != ERR_OK)
        return false;
    while (i < set->count && set->list[i].passed)
        i++;
    return i == set->count;
}

bool proof_set_is_of(const struct proof_set *set, const struct flow *flow)
{
    return set != NULL && strcmp(set->version, flow->version) == 0;
}

enum err_code proof_set_tell(const struct proof_set *set, proof_fn *told, void *arg, struct err *e)
{
    for (size_t i = 0; i < set->count; i++)
        told(arg, &set->list[i]);
    *e = set->e;
    return e->code;
}

/* ---- As faults */

struct proof_report {
    const char *folder; /* "flows/pay/", or "" */
    int folder_size;
    struct faults *faults;
    bool failed;
};

static void proof_fault(void *arg, const struct proof *proof)
{
    struct proof_report *report = arg;
    char file[512], pointer[24];

    if (proof->passed)
        return;
    report->failed = true;
    snprintf(file, sizeof file, "%.*s%s", report->folder_size, report->folder, proof->file);
    snprintf(pointer, sizeof pointer, "/%zu", proof->index);
    faults_add(report->faults, false, file, 1, 1, pointer, "the test \"%.120s\" fails: %s",
               proof->name, proof->text);
}

bool proof_faults(const struct flow *flow, const struct rule_allowance *set,
                  const struct proof_set *known, const char *file, struct log *log,
                  struct faults *faults)
{
    const char *slash = strrchr(file, '/');
    struct proof_report report = { file, slash != NULL ? (int)(slash + 1 - file) : 0, faults,
                                   false };
    struct err e;

    e.code = known != NULL ? proof_set_tell(known, proof_fault, &report, &e)
                           : proof_run(flow, set, log, proof_fault, &report, &e);
    if (e.code == ERR_OK)
        return !report.failed;
    faults_add(faults, false, file, 1, 1, "", "the tests of rules: %s", e.text);
    return false;
}
