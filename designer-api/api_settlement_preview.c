/* api_settlement_preview.c - the same lists with another tolerance: the step is run once more,
 * alone, in a world of its own. Nothing of the run changes, and nothing leaves. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/api_settlement_priv.h"
#include "designer-api/draft.h"
#include "engine/rehearse.h"

#define PREVIEW_STEP "compare"

/* ---- What is run */

static json_t *pass_named(const json_t *passes, const char *name)
{
    json_t *pass;
    size_t i;

    json_array_foreach(passes, i, pass)
    {
        const char *own = json_get_text(pass, "name");

        if (own != NULL && strcmp(own, name) == 0)
            return pass;
    }
    return NULL;
}

/* The node's settings with what the body changes, a new reference; NULL with look->e. */
static json_t *config_changed(struct beside_ask *look, const json_t *config)
{
    static const char *const names[] = { "tolerance", "days" };
    json_t *own = json_deep_copy(config), *wanted, *pass, *value;
    size_t i;

    json_array_foreach(json_object_get(look->ask.body, "passes"), i, wanted)
    {
        pass = pass_named(json_object_get(own, "passes"), json_get_text(wanted, "name"));
        if (pass == NULL) {
            err_set(&look->e, ERR_INVALID, "the step has no pass \"%.100s\"",
                    json_get_text(wanted, "name"));
            json_decref(own);
            return NULL;
        }
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            value = json_object_get(wanted, names[j]);
            if (json_is_null(value))
                json_object_del(pass, names[j]);
            else if (value != NULL)
                json_object_set_nocheck(pass, names[j], value);
        }
    }
    json_object_set_new_nocheck(own, "left", json_string("=trigger.body.left"));
    json_object_set_new_nocheck(own, "right", json_string("=trigger.body.right"));
    json_object_set_new_nocheck(own, "matched", json_string("none"));
    json_object_del(own, "title"); /* it may be made of steps that are not here */
    return own;
}

static void preview_work(struct beside_ask *look)
{
    struct api_settlement one;
    json_t *lists[2], *config = NULL;

    if (api_settlement_read(look, json_get_text(look->ask.body, "step"), true, &one) &&
        (config = config_changed(look, one.settlement.config)) != NULL &&
        settlement_lists(one.output, lists, &look->e) == ERR_OK) {
        look->value = json_pack("{s:{s:o, s:o}, s:{s:i, s:s, s:[{s:s, s:s, s:{}}, {s:s, s:s, s:O}],"
                                " s:[{s:s, s:s}]}}",
                                "input", "left", lists[0], "right", lists[1], "flow", "weft", 1,
                                "name", "Preview", "nodes", "id", "given", "type", "trigger.manual",
                                "config", "id", PREVIEW_STEP, "type", "transform.reconcile",
                                "config", config, "edges", "from", "given", "to", PREVIEW_STEP);
        check(look->value != NULL);
    }
    json_decref(config);
    api_settlement_fini(&one);
}

/* ---- What came of it */

static void preview_told(void *arg, json_t *run, const struct err *e)
{
    struct ask_later *later = arg;
    struct settlement settlement = { NULL, NULL };
    struct err why = { .code = ERR_INVALID };
    json_t *step, *sums = NULL;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, step)
    {
        if (strcmp(json_get_text(step, "step"), PREVIEW_STEP) == 0)
            settlement.output = json_object_get(step, "output");
    }
    if (settlement.output != NULL)
        sums = settlement_sums(&settlement, NULL, &why);
    else if (e != NULL)
        why = *e;
    else
        err_set(&why, ERR_INVALID, "the lists could not be compared: %.300s",
                json_get_text(json_object_get(run, "error"), "text"));
    if (sums != NULL)
        later_give(later, 200,
                   json_pack("{s:o, s:O*}", "sums", sums, "notes",
                             json_object_get(settlement.output, "notes")));
    else
        later_refuse(later, &why);
}

static void preview_begin(struct beside_ask *look)
{
    struct ask *ask = &look->ask;
    struct clock *clock = ask_clock(ask);
    struct rehearse_ask asked = { .loop = ask->api->rooms.loop,
                                  .workspace = ask->who->workspace,
                                  .slug = "preview" };
    struct ask_later *later;
    struct faults faults;
    json_t *bundle;

    if (look->e.code != ERR_OK) {
        ask_refuse(ask, &look->e);
        return;
    }
    faults_init(&faults);
    bundle = json_pack("{s:O}", "flow", json_object_get(look->value, "flow"));
    asked.bundle = bundle;
    asked.input = json_object_get(look->value, "input");
    asked.now_ms = clock->wall_ms(clock);
    later = ask_later(ask);
    if (engine_rehearse(ask_engine(ask), &asked, &faults, preview_told, later, &look->e) !=
        ERR_OK) {
        later_drop(later);
        if (faults.errors > 0)
            ask_refuse_faults(ask, &look->e, draft_faults(&faults, bundle));
        else
            ask_refuse(ask, &look->e);
    }
    json_decref(bundle);
    faults_fini(&faults);
}

void settlement_preview(struct ask *ask)
{
    beside_ask(ask, preview_work, preview_begin, NULL);
}
