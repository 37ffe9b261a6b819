/* admit.c - the first state of a run: the keys by which events are told apart and put in order. An
 * event whose keys cannot be found is refused, never taken without them.
 *
 * The keys that senders give and those that the engine makes stand in one index: its own begin with
 * a character that a sender's may not begin with.               [run_key_own, run_key_text] */
#include "engine/run.h"

#include "engine/guard.h"
#include "engine/operate.h"

#include <string.h>

void run_key_own(struct run *run, const char *key)
{
    size_t size = strlen(key);

    check(!run->keyed && run->dedupe == NULL);
    run->keyed = true;
    run->dedupe = mem_must(size + 2);
    run->dedupe[0] = RUN_KEY_OWN;
    memcpy(run->dedupe + 1, key, size);
}

const char *run_key_shown(const char *dedupe)
{
    return dedupe != NULL && dedupe[0] == RUN_KEY_OWN ? dedupe + 1 : dedupe;
}

/* What makes the run one with an earlier one; NULL: nothing, or the engine itself said it. */
static const struct value *run_dedupe(const struct run *run)
{
    if (run->keyed)
        return NULL;
    return run->item_id != NULL ? run->item_id : run->version->flow->dedupe;
}

/* Who sent the event is told, and who began the run (run_born()) why. For want of memory it may be
 * tried again; else what was given is at fault. */
static void run_turn_away(struct run *run, const struct err *e)
{
    err_set(&run->commit, e->code == ERR_MEMORY ? ERR_MEMORY : ERR_INVALID, "%s", e->text);
    reply_refuse(run, e);
}

static bool run_key_text(struct run *run, const struct value *value, json_t *const *results,
                         const char *setting, char **text)
{
    struct err e = { .code = ERR_OK };
    bool failed = false;
    json_t *key = value_fill(value, results, &failed);

    if (failed)
        err_set(&e, ERR_MEMORY, "no memory for settings.%s", setting);
    else if (json_is_text(key) && json_text(key)[0] == RUN_KEY_OWN)
        err_set(&e, ERR_INVALID, "settings.%s gave a text that begins with a control character",
                setting);
    else if (json_is_text(key) && json_text(key)[0] != '\0')
        *text = mem_must_copy(json_text(key));
    else if (json_is_exact(key) || json_is_integer(key))
        *text = json_text_new(key, LIMIT_JSON_NUMBER + 8, NULL);
    else
        err_set(&e, ERR_INVALID, "settings.%s gave %s; it must give a text or a number", setting,
                key != NULL ? json_kind(key) : "nothing");
    json_decref(key);
    if (e.code != ERR_OK)
        run_turn_away(run, &e);
    return e.code == ERR_OK;
}

void run_admitted(struct run *run)
{
    run_set(run, RUN_STATE_LANE, "admitted");
    run->holds_place = lane_enter(run);
    run_queue(run);
}

static void run_admit_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct engine *engine = owner;
    struct run *run = table_find(&engine->runs, tag);
    const struct flow *flow;
    size_t used = 0;

    if (run == NULL)
        return;
    flow = run->version->flow;
    if (result->error != NULL) {
        run_turn_away(run, result->error);
        run_gone(run, "refused");
        return;
    }
    if (run_dedupe(run) != NULL) {
        value_expressions(run_dedupe(run), &used);
        if (!run_key_text(run, run_dedupe(run), result->values, "dedupe", &run->dedupe)) {
            run_gone(run, "refused");
            return;
        }
    }
    if (flow->order_by != NULL &&
        !run_key_text(run, flow->order_by, result->values + used, "order_by", &run->order_key)) {
        run_gone(run, "refused");
        return;
    }
    if (run->raw != NULL) {
        if (!run->keyed)
            guard_key(engine, &run->dedupe, true);
        guard_key(engine, &run->order_key, true);
        json_decref(run->raw);
        run->raw = NULL;
    }
    if (!money_ask(run))
        run_admitted(run);
}

enum run_go run_admit(struct run *run)
{
    const struct flow *flow = run->version->flow;
    json_t *input = run->raw != NULL ? run->raw : run->input; /* guard.h (3) */
    const struct rule_allowance allowance = run_allowance(run);
    struct rule_scope scope = { .trigger = input,
                                .vars = flow->vars,
                                .env = run->env,
                                .item = run->piece != NULL ? json_object_get(input, "body") : NULL,
                                .now_ms = run->received_ms,
                                .allowance = &allowance,
                                .seed = run->id };
    const struct rule_result nothing = { .chosen = SIZE_MAX };
    unsigned which[32];
    size_t count = 0, i, n;
    const struct value *keys[2] = { run_dedupe(run), flow->order_by };

    for (i = 0; i < 2; i++) {
        const unsigned *list = keys[i] != NULL ? value_expressions(keys[i], &n) : NULL;

        for (; list != NULL && n > 0 && count < 32; n--)
            which[count++] = *list++;
    }
    if (count == 0)
        run_admit_done(run->engine, run->id, &nothing);
    else
        rules_eval(run->engine->world.rules, run->version->unit, which, count, RULE_ALL, &scope,
                   run_admit_done, run->engine, run->id);
    return RUN_PARK;
}
