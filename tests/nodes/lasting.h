/* lasting.h - the services of node_long.h, played by the test: what a node asks for is kept, and
 * the test answers. Expressions are names of members of the test's own object ("=items"), so that
 * a node is seen alone, without rules and without an engine. */
#ifndef NODES_LASTING_H
#define NODES_LASTING_H

#include "node_try.h"

#include "flow/node_long.h"

#define LASTING_NOW INT64_C(1795000000000) /* 2026-11-18 */

#define LASTING_TYPES(X)                                                                   \
    X(branch_foreach) X(branch_repeat) X(branch_call) X(branch_wait) X(branch_signal)      \
    X(branch_review) X(branch_stop) X(trigger_call) X(trigger_schedule) X(trigger_event)   \
    X(trigger_poll) X(trigger_file) X(trigger_manual)
#define X(name) extern const struct node_type node_##name;
LASTING_TYPES(X)
#undef X

enum lasting_ask { ASK_NOTHING, ASK_LOOP, ASK_PAUSE, ASK_SIGNAL, ASK_REVIEW, ASK_SUB, ASK_STOP };

struct step {
    const struct node_type *type;
    const void *config;
    const struct flow *flow;
    json_t *scope, *input;
    void *state;
    /* an evaluation that is under way */
    struct value *const *values;
    size_t count;
    step_eval_fn *then_eval;
    /* what was asked for */
    enum lasting_ask asked;
    struct step_loop loop;
    struct step_pause pause;
    struct step_review review;
    struct step_sub sub;
    json_t *sent;           /* of a signal, a sub-flow, a review: kept */
    json_t *items;
    const char *event, *key, *message;
    bool succeed;
    union {
        step_looped_fn *looped;
        step_woken_fn *woken;
        step_signalled_fn *signalled;
        step_reviewed_fn *reviewed;
        step_sub_fn *sub;
    } then;
    /* how it ended */
    bool ended;
    char port[64];
    json_t *output;
    struct err error;
};

/* ---- The services */

static inline void lasting_ask(struct step *step, enum lasting_ask ask)
{
    assert_false(step->ended);
    assert_int_equal(step->asked, ASK_NOTHING);
    step->asked = ask;
}

json_t *step_input(const struct step *step)
{
    return step->input;
}

void *step_state(struct step *step, size_t size)
{
    if (step->state == NULL)
        step->state = mem_must(size);
    return step->state;
}

int64_t step_began_ms(const struct step *step)
{
    (void)step;
    return LASTING_NOW;
}

void step_done(struct step *step, const char *port, json_t **output)
{
    assert_false(step->ended);
    step->ended = true;
    snprintf(step->port, sizeof step->port, "%s", port);
    step->output = *output;
    *output = NULL;
}

void step_fail(struct step *step, const struct err *e, json_t **details)
{
    assert_false(step->ended);
    assert_int_not_equal(e->code, ERR_OK);
    step->ended = true;
    step->error = *e;
    json_decref(*details);
    *details = NULL;
}

enum node_next step_eval(struct step *step, struct value *const *values, size_t count,
                         bool first_true, step_eval_fn *then)
{
    assert_false(first_true);
    assert_false(step->ended);
    step->values = values;
    step->count = count;
    step->then_eval = then;
    return NODE_WAITING;
}

/* No trial: nobody answers for what is called. */
bool step_simulated(const struct step *step)
{
    (void)step;
    return false;
}

bool step_simulate_answered(struct step *step, const struct step_ask *ask)
{
    (void)step;
    (void)ask;
    return false;
}

json_t *step_simulate_given(struct step *step, const struct step_ask *ask, struct err *e)
{
    (void)step;
    (void)ask;
    e->code = ERR_OK;
    return NULL;
}

enum node_next step_loop(struct step *step, const struct step_loop *loop, step_looped_fn *then)
{
    lasting_ask(step, ASK_LOOP);
    step->loop = *loop;
    step->items = json_incref(loop->items);
    step->then.looped = then;
    return NODE_WAITING;
}

enum node_next step_pause(struct step *step, const struct step_pause *pause, step_woken_fn *then)
{
    lasting_ask(step, ASK_PAUSE);
    step->pause = *pause;
    step->then.woken = then;
    return NODE_WAITING;
}

enum node_next step_signal(struct step *step, const char *event, const char *key, json_t *body,
                           step_signalled_fn *then)
{
    lasting_ask(step, ASK_SIGNAL);
    step->event = event;
    step->key = key;
    step->sent = json_incref(body);
    step->then.signalled = then;
    return NODE_WAITING;
}

enum node_next step_review(struct step *step, const struct step_review *review,
                           step_reviewed_fn *then)
{
    lasting_ask(step, ASK_REVIEW);
    step->review = *review;
    step->sent = json_incref(review->data);
    step->then.reviewed = then;
    return NODE_WAITING;
}

enum node_next step_sub(struct step *step, const struct step_sub *sub, step_sub_fn *then)
{
    lasting_ask(step, ASK_SUB);
    step->sub = *sub;
    step->sent = json_incref(sub->input);
    step->then.sub = then;
    return NODE_WAITING;
}

void step_stop(struct step *step, bool succeed, const char *message)
{
    lasting_ask(step, ASK_STOP);
    step->ended = true;
    step->succeed = succeed;
    step->message = message;
}

/* ---- A flow of these types, and of one for bodies */

static enum node_next lasting_probe_start(struct step *step, const void *config)
{
    json_t *output = NULL;

    (void)config;
    step_done(step, "out", &output);
    return NODE_ENDED;
}

static const struct node_type lasting_probe = { .name = "probe.any",
                                                .kind = NODE_TRANSFORM,
                                                .title = "Probe",
                                                .help = "Stands in bodies.",
                                                .example = "{}",
                                                .start = lasting_probe_start };
#define BODY "'body': {'nodes': [{'id': 'in', 'type': 'probe.any'}], 'edges': []}"

static inline int lasting_begin(void **state)
{
    size_t used = mem_used();
    struct node_try *try = mem_must(sizeof *try);

    try->used = used;
    try->registry = registry_new();
    registry_add(try->registry, &lasting_probe);
#define X(name) registry_add(try->registry, &node_##name);
    LASTING_TYPES(X)
#undef X
    faults_init(&try->faults);
    buf_init(&try->said, MIB);
    *state = try;
    return 0;
}

static inline int lasting_end(void **state)
{
    struct node_try *try = *state;
    size_t used = try->used;

    flow_unref(try->flow);
    faults_fini(&try->faults);
    buf_fini(&try->said);
    registry_free(try->registry);
    mem_free(try);
    assert_int_equal(mem_used(), used);
    return 0;
}
#define LASTING(name) cmocka_unit_test_setup_teardown(name, lasting_begin, lasting_end)

/* ---- A step of such a flow */

static inline json_t *lasting_fill(const struct step *step, const struct value *value)
{
    json_t *results[8];
    const unsigned *which;
    bool failed;
    size_t count;

    if (value == NULL)
        return NULL;
    which = value_expressions(value, &count);
    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++)
        results[i] = json_object_get(step->scope, step->flow->expressions[which[i]]->text);
    return value_fill(value, results, &failed);
}

/* Starts "it" of a flow with the config; the values it asks for are those of the scope. */
static inline void lasting_start(struct node_try *try, struct step *step, const char *type,
                                 const char *config, const char *scope, const char *input)
{
    const struct flow_node *node = node_try_fine(try, type, config, NULL);
    json_t *filled[8] = { NULL };
    struct step_values values = { .filled = filled, .chosen = SIZE_MAX };

    memset(step, 0, sizeof *step);
    step->type = node->type;
    step->config = node->config;
    step->flow = try->flow;
    step->scope = scope != NULL ? node_try_json(scope) : NULL;
    step->input = input != NULL ? node_try_json(input) : NULL;
    if (node->type->start(step, node->config) == NODE_ENDED)
        assert_true(step->ended);
    if (step->then_eval == NULL)
        return;
    assert_false(step->ended);
    values.count = step->count;
    for (size_t i = 0; i < step->count; i++)
        filled[i] = lasting_fill(step, step->values[i]);
    step->then_eval(step, step->config, &values);
    for (size_t i = 0; i < step->count; i++)
        json_decref(filled[i]);
}

static inline void lasting_free(struct step *step)
{
    json_decref(step->scope);
    json_decref(step->input);
    json_decref(step->sent);
    json_decref(step->items);
    json_decref(step->output);
    mem_free(step->state);
}

static inline void lasting_ended_at(struct step *step, const char *port, const char *output,
                                    const char *file, int line)
{
    if (!step->ended || step->error.code != ERR_OK || strcmp(step->port, port) != 0) {
        print_error("wanted %s, is %s, %s\n", port, step->port, step->error.text);
        _fail(file, line);
    }
    node_try_same(step->output != NULL ? json_incref(step->output) : json_null(), output);
    lasting_free(step);
}
#define lasting_ended(step, port, output) lasting_ended_at(step, port, output, __FILE__, __LINE__)

static inline void lasting_failed_at(struct step *step, enum err_code code, const char *part,
                                     const char *file, int line)
{
    if (step->error.code != code || strstr(step->error.text, part) == NULL) {
        print_error("wanted %s \"%s\", is %s \"%s\"\n", err_name(code), part,
                    err_name(step->error.code), step->error.text);
        _fail(file, line);
    }
    lasting_free(step);
}
#define lasting_failed(step, code, part) lasting_failed_at(step, code, part, __FILE__, __LINE__)

#endif
