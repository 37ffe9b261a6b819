/* eval.c - a step asks for the values of its settings: rules evaluate them, its node goes on with
 * what came out. */
#include "engine/run.h"

static void step_eval_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct step *step = step_find(owner, tag, STEP_EVALUATES);
    size_t i;

    if (step == NULL)
        return;
    if (result->error != NULL) {
        step->error = *result->error;
        step->failed = true;
    } else {
        step->chosen = result->chosen;
        step->raw_count = result->count;
        step->raw = mem_must((result->count + 1) * sizeof(json_t *));
        for (i = 0; i < result->count; i++)
            step->raw[i] = json_incref(result->values[i]);
    }
    step_arrived(step);
}

static json_t *step_about(struct run *run)
{
    char id[IDENT_TEXT], at[CLOCK_TEXT];

    if (run->about != NULL || !run->version->wants_run)
        return run->about;
    ident_text(run->id, id);
    clock_text(run->received_ms, at);
    run->about = json_pack("{s:s, s:s, s:s, s:s}", "id", id, "flow", run->deployment->slug,
                           "version", run->version->flow->version, "received_at", at);
    return run->about;
}

static void step_evaluate(struct step *step, const unsigned *which, size_t count,
                          enum rule_mode mode, json_t *input)
{
    struct run *run = step->run;
    const struct frame *frame = step->n->frame;
    const struct rule_allowance allowance = run_allowance(run);
    json_t *steps = frame_seen(step->n, frame->steps),
           *moments = frame_seen(step->n, frame->moments);
    struct rule_scope scope = {
        .trigger = run->input,
        .steps = steps,
        .moments = moments,
        .input = input,
        .vars = run->version->flow->vars,
        .env = run->env,
        .run = step_about(run),
        .item = frame->item,
        .previous = frame->previous,
        .index = frame->index,
        .now_ms = run->received_ms,
        .allowance = &allowance,
        .seed =
            (run->id * 0x9e3779b97f4a7c15u ^ step->n->node) + frame->index * 0xc2b2ae3d27d4eb4fu,
    };

    rules_eval(run->engine->world.rules, run->version->unit, which, count, mode, &scope,
               step_eval_done, run->engine, step_wait_for(step, STEP_EVALUATES));
    json_decref(steps);
    json_decref(moments);
}

/* With first_true, a literal decides without a rule: what stands behind a literal true is never
 * asked. */
static bool step_literal_true(const struct value *value)
{
    const json_t *literal = value_literal(value);

    return value_is_literal(value) && literal != NULL && !json_is_false(literal) &&
           !json_is_null(literal);
}

enum node_next step_eval(struct step *step, struct value *const *values, size_t count,
                         bool first_true, step_eval_fn *then)
{
    unsigned small[32], *which = small, *large = NULL;
    size_t total = 0, i, n;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended);
    step->then_eval = then;
    step->value_count = count;
    step->values = values;
    step->first_true = first_true;
    step->script = false;
    for (i = 0; i < count; i++)
        if (values[i] != NULL) {
            value_expressions(values[i], &n);
            total += n;
        }
    if (total > 32)
        which = large = mem_must(total * sizeof *large);
    for (i = 0, total = 0; i < count && !(first_true && i > 0 && step_literal_true(values[i - 1]));
         i++) {
        const unsigned *list;

        if (values[i] == NULL)
            continue;
        list = value_expressions(values[i], &n);
        for (; n > 0; n--)
            which[total++] = *list++;
    }
    step_evaluate(step, which, total, first_true ? RULE_FIRST_TRUE : RULE_ALL, step->input);
    mem_free(large);
    return NODE_WAITING;
}

enum node_next step_script(struct step *step, const struct flow_expression *script, json_t *input,
                           step_eval_fn *then)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended);
    step->then_eval = then;
    step->value_count = 1;
    step->values = NULL;
    step->script = true;
    step->script_input = json_incref(input);
    step_evaluate(step, &script->index, 1, RULE_ALL, input != NULL ? input : step->input);
    return NODE_WAITING;
}

/* Which of the values was the first that is true: the chosen among the
 * expressions, or a literal. */
static size_t step_first_true(const struct step *step)
{
    size_t i, seen = 0;

    for (i = 0; i < step->value_count; i++) {
        if (step->values[i] == NULL)
            continue;
        if (value_is_literal(step->values[i])) {
            if (step_literal_true(step->values[i]))
                return i;
        } else if (seen++ == step->chosen) {
            return i;
        }
    }
    return SIZE_MAX;
}

void step_evaluated(struct step *step)
{
    json_t *small[16] = { NULL }, **filled = small, **large = NULL;
    struct step_values values;
    size_t i, n, used = 0;
    bool failed = false, one;
    struct err e;

    if (step->value_count > 16)
        filled = large = mem_must(step->value_count * sizeof *large);
    if (step->script)
        filled[0] = json_incref(step->raw[0]);
    for (i = 0; !step->script && !step->first_true && i < step->value_count; i++) {
        if (step->values[i] == NULL)
            continue;
        filled[i] = value_fill(step->values[i], step->raw + used, &one);
        failed = failed || one;
        value_expressions(step->values[i], &n);
        used += n;
    }
    values = (struct step_values){ filled, step->value_count,
                                   step->first_true ? step_first_true(step) : SIZE_MAX };
    step_forget(step);
    step_results_free(step);
    if (failed) {
        err_set(&e, ERR_MEMORY, "no memory for the values of the settings");
        step_fail(step, &e, NULL);
    } else {
        step->then_eval(step, step->config, &values);
    }
    for (i = 0; i < values.count; i++) /* the step may have asked for others meanwhile */
        json_decref(filled[i]);
    mem_free(large);
}
