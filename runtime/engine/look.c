/* look.c - a person asks whether an effect in doubt has happened: its connector's probe runs once,
 * whatever it ran before, and the ladder goes on from what it says, by its own rules.
 *
 * (1) The task stays while it is looked: a decision that comes meanwhile counts, and the probe is
 *     left.                                                                     [person_add]
 * (2) Who asked is told when what came of it is durable.                        [look_ended]
 * (3) Asking and what was seen are in the audit chain.                          [engine_probe] */
#include "engine/audit.h"
#include "engine/operate.h"
#include "engine/run.h"

#include <string.h>

struct look {
    engine_probed_fn *done;
    void *arg;
    char *by;
    const char *result, *next;
    char text[sizeof((struct err *)NULL)->text];
};

static const char *const look_results[] = { [PROBE_UNKNOWN] = "unknown",
                                            [PROBE_ABSENT] = "absent",
                                            [PROBE_HAPPENED] = "happened",
                                            [PROBE_TWICE] = "unknown" };

static void look_drop(struct look *look)
{
    mem_free(look->by);
    mem_free(look);
}

static void look_audit(const struct run_node *n, const char *by, const char *what, json_t *detail)
{
    const struct run *run = n->frame->run;
    char id[IDENT_TEXT], path[NODE_PATH_TEXT], key[IDENT_TEXT + NODE_PATH_TEXT];

    check(detail != NULL);
    ident_text(run->id, id);
    node_path(n, path);
    snprintf(key, sizeof key, "%s/%s", id, path);
    engine_audit(run->engine, run->deployment->workspace, by, what, key, detail);
    json_decref(detail);
}

/* ---- Its end */

static void look_kept(void *arg, const struct err *e)
{
    struct look *look = arg;
    const struct probe_said said = { .result = look->result,
                                     .text = look->text,
                                     .next = look->next };

    look->done(look->arg, e->code == ERR_OK ? &said : NULL, e);
    look_drop(look);
}

static const char *look_next(const struct run_node *n, enum probe_result result)
{
    if (result == PROBE_HAPPENED)
        return "adopted";
    if (n->status != NODE_LIVE)
        return "failed";
    switch ((enum rung)n->progress->ladder.rung) {
    case RUNG_SEND:
        return "sent_again";
    case RUNG_REVERSE:
        return "undone";
    default:
        return "person";
    }
}

/* look NULL: nobody asked. */
void look_ended(struct run_node *n, struct look *look, enum probe_result result, const char *text)
{
    char at[CLOCK_TEXT];
    json_t *shown;

    if (look == NULL)
        return;
    look->result = look_results[result];
    look->next = look_next(n, result);
    snprintf(look->text, sizeof look->text, "%s", text);
    look_audit(n, look->by, "probed",
               json_pack("{s:s, s:s, s:s}", "result", look->result, "text", look->text, "next",
                         look->next));
    if (n->progress->task != NULL) {
        clock_text(n->frame->run->engine->wall, at);
        shown = json_pack("{s:s, s:s, s:s, s:s}", "by", look->by, "at", at, "result", look->result,
                          "text", look->text);
        check(shown != NULL);
        person_show(n, "probe", shown);
    }
    run_tell(n->frame->run, look_kept, look);
}

void look_free(struct look *look)
{
    struct err e;

    if (look == NULL)
        return;
    err_set(&e, ERR_CONFLICT,
            "it was not looked: somebody has decided meanwhile, or the connection takes no call "
            "now; then it is looked when it does");
    look->done(look->arg, NULL, &e);
    look_drop(look);
}

/* ---- Its beginning */

static enum err_code look_check(const struct run_node *n, const char *step, struct err *e)
{
    const struct progress *progress = n->progress;
    const char *kind = progress != NULL ? json_get_text(progress->task, "kind") : NULL;

    if (kind == NULL || strcmp(kind, "doubt") != 0 || progress->decided != NULL ||
        n->status != NODE_LIVE)
        return err_set(e, ERR_CONFLICT, "step %.200s is not in doubt (any more)", step);
    if (n->step->wait != STEP_DECIDES)
        return err_set(e, ERR_CONFLICT, "step %.200s is being looked for already", step);
    if (!ladder_looks(n))
        return err_set(e, ERR_INVALID,
                       "the connector of step %.200s cannot look for what was sent: look in the "
                       "other system, then decide",
                       step);
    return ERR_OK;
}

enum err_code engine_probe(struct engine *engine, const struct probe_ask *ask,
                           engine_probed_fn *done, void *arg, struct err *e)
{
    struct run *run = run_wake(engine, ask->run);
    struct run_node *n = run != NULL ? run_find_path(run, ask->step) : NULL;
    char id[IDENT_TEXT], why[LIMIT_ID + 64];
    struct look *look;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(ask->by != NULL && ask->step != NULL);
    ident_text(ask->run, id);
    if (n == NULL)
        return err_set(e, ERR_NOT_FOUND, "run %s has no step \"%.200s\" under way", id, ask->step);
    if (look_check(n, ask->step, e) != ERR_OK)
        return e->code;
    look = mem_must(sizeof *look);
    *look = (struct look){ .done = done, .arg = arg, .by = mem_must_copy(ask->by) };
    look_audit(n, ask->by, "probe",
               json_pack("{s:s}", "reason", ask->reason != NULL ? ask->reason : ""));
    snprintf(why, sizeof why, "%.*s asks: is it there?", LIMIT_ID, ask->by);
    ladder_look(n, why);
    n->progress->ladder.look = look;
    run_stir(run);
    return ERR_OK;
}
