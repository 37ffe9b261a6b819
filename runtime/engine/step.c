/* step.c - the services of flow/node.h: what a node asks of its step. A request to leave is in
 * call.c, an answer to the caller in reply.c. */
#include "engine/run.h"

#include "engine/poll.h"

#include <string.h>

/* ---- Life */

struct step *step_new(struct run_node *n)
{
    struct run *run = n->frame->run;
    struct step *step = mem_must(sizeof *step);

    step->magic = STEP_MAGIC;
    step->run = run;
    step->n = n;
    if (n->node != UINT32_MAX) {
        step->type = node_of(n)->type;
        step->config = node_of(n)->config;
        step->input = json_incref(route_input(n));
    }
    step->started_ms = run->engine->steady;
    step->wait_ms = -1;
    return step;
}

static void step_results_free(struct step *step)
{
    size_t i;

    for (i = 0; step->raw != NULL && i < step->raw_count; i++)
        json_decref(step->raw[i]);
    mem_free(step->raw);
    step->raw = NULL;
    step->raw_count = 0;
}

void step_free(struct step *step)
{
    if (step == NULL)
        return;
    CHECK_OBJ(step, STEP_MAGIC);
    step_forget(step);
    if (step->run->gated != NULL) {
        struct step **at = &step->run->gated;

        while (*at != NULL && *at != step)
            at = &(*at)->gate_next;
        if (*at == step)
            *at = step->gate_next;
    }
    call_free(step->call);
    sub_free(step->sub);
    step_results_free(step);
    json_decref(step->script_input);
    json_decref(step->looped);
    json_decref(step->input);
    json_decref(step->output);
    json_decref(step->details);
    mem_free(step->state);
    mem_free(step->path);
    step->magic = 0;
    mem_free(step);
}

/* What may take so long that the run need not stay in memory. */
static bool step_is_long(enum step_wait wait)
{
    return wait == STEP_RETRIES || wait == STEP_PAUSES || wait == STEP_DECIDES ||
           wait == STEP_SUBS || wait == STEP_LOOPS;
}

uint64_t step_wait_for(struct step *step, enum step_wait wait)
{
    struct engine *engine = step->run->engine;

    CHECK_OBJ(step, STEP_MAGIC);
    step_forget(step);
    step->wait = (uint8_t)wait;
    step->arrived = false;
    step->tag = ++engine->last_tag;
    table_put(&engine->waits, step->tag, step);
    step->run->long_waits += step_is_long(wait);
    return step->tag;
}

void step_forget(struct step *step)
{
    if (step->tag != 0) {
        table_remove(&step->run->engine->waits, step->tag);
        step->run->long_waits -= step_is_long((enum step_wait)step->wait);
    }
    step->tag = 0;
    step->wait = STEP_FREE;
    step->arrived = false;
}

struct step *step_find(struct engine *engine, uint64_t tag, enum step_wait wait)
{
    struct step *step = table_find(&engine->waits, tag);

    if (step == NULL || step->run->state == RUN_STATE_GONE)
        return NULL; /* a run that has left memory in this turn takes nothing any more */
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->tag == tag);
    return step->wait == wait ? step : NULL;
}

void step_arrived(struct step *step)
{
    check(step->wait != STEP_FREE && !step->arrived);
    step->arrived = true;
    run_work(step->n);
}

bool step_refused_in_poll(struct step *step)
{
    struct err e;

    if (step->run->poll == 0)
        return false;
    err_set(&e, ERR_POLICY, "the body of a poll may only read and compute; move this behind it");
    step_fail(step, &e, NULL);
    return true;
}

void step_gate(struct step *step, void (*open)(struct step *step))
{
    struct run *run = step->run;

    if (step_refused_in_poll(step)) {
        run_work(step->n);
        return;
    }
    step_wait_for(step, STEP_GATED);
    step->gate_open = open;
    step->gate_next = run->gated;
    run->gated = step;
}

void step_gate_pass(struct step *step)
{
    struct err e;

    check(step->wait == STEP_GATED && step->run->accepted);
    if (!step->n->frame->failing) {
        step->gate_open(step);
        return;
    }
    err_set(&e, ERR_CANCELLED, "not sent: the run had failed before");
    step_fail(step, &e, NULL);
    run_work(step->n);
}

/* After each call into the node: it has ended its step, or something it asked for is under way. */
static void step_check(const struct step *step)
{
    check(step->ended != (step->wait != STEP_FREE));
}

void step_start(struct step *step)
{
    const struct flow_node *node = node_of(step->n);
    json_t *output;

    if (node->disabled) {
        output = json_incref(step->input);
        step_done(step, node->ports[0], &output);
        return;
    }
    if (step->type->kind == NODE_TRIGGER) {
        poll_start(step);
        step_check(step);
        return;
    }
    check(step->type->start != NULL);
    if (ladder_begins(step)) {
        step_check(step);
        return;
    }
    if (step->type->start(step, step->config) == NODE_ENDED)
        check(step->ended);
    step_check(step);
}

/* ---- Evaluation */

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
    struct rule_scope scope = {
        .trigger = run->input,
        .steps = frame->steps,
        .input = input,
        .vars = run->version->flow->vars,
        .env = run->env,
        .run = step_about(run),
        .item = frame->item,
        .index = frame->index,
        .now_ms = run->received_ms,
        .seed =
            (run->id * 0x9e3779b97f4a7c15u ^ step->n->node) + frame->index * 0xc2b2ae3d27d4eb4fu,
    };

    rules_eval(run->engine->world.rules, run->version->unit, which, count, mode, &scope,
               step_eval_done, run->engine, step_wait_for(step, STEP_EVALUATES));
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

static void step_evaluated(struct step *step)
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
    for (i = 0; i < step->value_count; i++)
        json_decref(filled[i]);
    mem_free(large);
}

void step_continue(struct step *step)
{
    step_timer_fn *timer;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->arrived && !step->ended);
    switch ((enum step_wait)step->wait) {
    case STEP_EVALUATES:
        if (step->failed) {
            step_forget(step);
            step->ended = true;
        } else {
            step_evaluated(step);
        }
        break;
    case STEP_TIMES:
        timer = step->then_timer;
        step_forget(step);
        timer(step, step->config);
        break;
    case STEP_SIGNS:
    case STEP_CALLS:
        call_continue(step);
        break;
    case STEP_LOOPS:
        body_continue(step);
        break;
    case STEP_PAUSES:
        pause_continue(step);
        break;
    case STEP_SIGNALS:
        step_forget(step);
        step->then_signalled(step, step->config, step->n->progress->delivered);
        break;
    case STEP_DECIDES:
        person_continue(step);
        break;
    case STEP_SUBS:
        sub_continue(step);
        break;
    case STEP_FREE:
    case STEP_GATED:
    case STEP_RETRIES:
        check(!"a step continues that waits for nothing");
    }
    step_check(step);
}

/* ---- Its end */

void step_done(struct step *step, const char *port, json_t **output)
{
    int index;

    CHECK_OBJ(step, STEP_MAGIC);
    check(!step->ended && step->wait == STEP_FREE);
    index = flow_port_find(node_of(step->n), port);
    check(index >= 0);
    step->ended = true;
    step->port = (unsigned)index;
    step->output = *output != NULL ? *output : json_null();
    *output = NULL;
}

void step_fail(struct step *step, const struct err *e, json_t **details)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(!step->ended && e->code != ERR_OK);
    step_forget(step);
    step->ended = step->failed = true;
    step->error = *e;
    if (details != NULL) {
        step->details = *details;
        *details = NULL;
    }
}

void step_fail_after(struct step *step, const struct err *e, int64_t wait_ms, json_t **details)
{
    step_fail(step, e, details);
    step->wait_ms = wait_ms;
}

/* ---- What it is about */

const struct node_type *step_type(const struct step *step)
{
    return step->type;
}

json_t *step_input(const struct step *step)
{
    return step->input;
}

const char *step_path(const struct step *step)
{
    struct step *own = (struct step *)step; /* its text is made when first asked for */

    if (step->n->frame->outer == NULL)
        return node_of(step->n)->id;
    if (own->path == NULL) {
        own->path = mem_must(NODE_PATH_TEXT);
        node_path(step->n, own->path);
    }
    return own->path;
}

unsigned step_attempt(const struct step *step)
{
    return step->n->attempts;
}

int64_t step_received_ms(const struct step *step)
{
    return step->run->received_ms;
}

int64_t step_began_ms(const struct step *step)
{
    struct progress *progress = node_progress(step->n);

    if (progress->began_ms == 0)
        progress->began_ms = step->run->engine->wall;
    return progress->began_ms;
}

void *step_state(struct step *step, size_t size)
{
    if (step->state == NULL)
        step->state = mem_must(size);
    return step->state;
}

bool step_simulated(const struct step *step)
{
    const char *name = node_of(step->n)->connection;
    const struct connection *connection =
        name != NULL ? connection_find(step->run->deployment, name) : NULL;

    return step->run->simulate || (connection != NULL && connection_simulated(connection));
}

const char *step_setting(const struct step *step, const char *name)
{
    const char *connection = node_of(step->n)->connection;
    const struct connection *found =
        connection != NULL ? connection_find(step->run->deployment, connection) : NULL;

    return found != NULL ? connection_setting(found, name) : NULL;
}

enum node_next step_timer(struct step *step, int64_t ms, step_timer_fn *then)
{
    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended && ms >= 0);
    step->then_timer = then;
    due_add(step->run->engine, step->run->engine->steady + ms, step_wait_for(step, STEP_TIMES),
            false);
    return NODE_WAITING;
}
