/* flow_try_long.h - small node types whose steps last (loops, pauses, people, other flows), and
 * calls by HTTP. Their settings are those of the real ones; they are never started here. */
#ifndef UNIT_FLOW_TRY_LONG_H
#define UNIT_FLOW_TRY_LONG_H

#include "flow_try.h"

/* Bodies have no place in a config. */
#define TRY_BODY { .kind = FIELD_BODY, .name = "body", .required = true, .help = "The body." }
#define TRY_ROW(kind_, type_, name_) \
    .kind = kind_, .name = #name_, .offset = offsetof(struct type_, name_), .help = ""

struct try_foreach {
    struct value *items, *collect;
    int64_t parallel, limit;
    int errors;
};
static const char *const try_errors[] = { "stop", "collect", NULL };
static const struct field try_foreach_rows[] = {
    { TRY_ROW(FIELD_VALUE, try_foreach, items), .required = true },
    { TRY_ROW(FIELD_INT, try_foreach, parallel), .min = 1, .max = 100, .fallback = "1" },
    TRY_BODY,
    { TRY_ROW(FIELD_VALUE, try_foreach, collect), .inside = true },
    { TRY_ROW(FIELD_CHOICE, try_foreach, errors), .choices = try_errors, .fallback = "stop" },
    { TRY_ROW(FIELD_INT, try_foreach, limit), .fallback = "100000" },
    FIELD_LAST,
};
static const struct node_type try_foreach_type = { .name = "branch.foreach",
                                                   .kind = NODE_BRANCH,
                                                   .fields = try_foreach_rows,
                                                   .config_size = sizeof(struct try_foreach),
                                                   .has_body = true };

struct try_repeat {
    struct value *until, *collect;
    int64_t delay, limit;
};
static const struct field try_repeat_rows[] = {
    { TRY_ROW(FIELD_VALUE, try_repeat, until), .inside = true },
    { TRY_ROW(FIELD_VALUE, try_repeat, collect), .inside = true },
    { TRY_ROW(FIELD_MS, try_repeat, delay) },
    { TRY_ROW(FIELD_INT, try_repeat, limit), .fallback = "100000" },
    TRY_BODY,
    FIELD_LAST,
};
static const struct node_type try_repeat_type = { .name = "branch.repeat",
                                                  .kind = NODE_BRANCH,
                                                  .fields = try_repeat_rows,
                                                  .config_size = sizeof(struct try_repeat),
                                                  .has_body = true };

struct try_poll {
    int64_t every;
    struct value *items, *id, *cursor;
};
static const struct field try_poll_rows[] = {
    { TRY_ROW(FIELD_MS, try_poll, every), .required = true },
    TRY_BODY,
    { TRY_ROW(FIELD_VALUE, try_poll, items), .required = true, .inside = true },
    { TRY_ROW(FIELD_VALUE, try_poll, id), .inside = true },
    { TRY_ROW(FIELD_VALUE, try_poll, cursor), .inside = true },
    FIELD_LAST,
};
static const struct node_type try_poll_type = { .name = "trigger.poll",
                                                .kind = NODE_TRIGGER,
                                                .fields = try_poll_rows,
                                                .config_size = sizeof(struct try_poll),
                                                .has_body = true };

struct try_call {
    const char *flow;
    struct value *input;
    int mode;
};
static const char *const try_modes[] = { "wait", "detached", NULL };
static const struct field try_call_rows[] = {
    { TRY_ROW(FIELD_TEXT, try_call, flow), .required = true },
    { TRY_ROW(FIELD_VALUE, try_call, input), .fallback = "=input" },
    { TRY_ROW(FIELD_CHOICE, try_call, mode), .choices = try_modes, .fallback = "wait" },
    FIELD_LAST,
};
static const struct node_type try_call_type = { .name = "branch.call",
                                                .kind = NODE_BRANCH,
                                                .fields = try_call_rows,
                                                .config_size = sizeof(struct try_call) };

struct try_callee {
    json_t *input, *output;
};
static const struct field try_callee_rows[] = {
    { TRY_ROW(FIELD_JSON, try_callee, input) },
    { TRY_ROW(FIELD_JSON, try_callee, output) },
    FIELD_LAST,
};
static const struct node_type try_callee_type = { .name = "trigger.call",
                                                  .kind = NODE_TRIGGER,
                                                  .fields = try_callee_rows,
                                                  .config_size = sizeof(struct try_callee) };

struct try_event {
    const char *name;
    struct value *key;
    int64_t timeout;
};
struct try_wait {
    int64_t pause;
    struct value *until;
    struct try_event *event;
};
static const struct field try_event_rows[] = {
    { TRY_ROW(FIELD_TEXT, try_event, name), .required = true },
    { TRY_ROW(FIELD_VALUE, try_event, key), .required = true },
    { TRY_ROW(FIELD_MS, try_event, timeout) },
    FIELD_LAST,
};
static const struct field try_wait_rows[] = {
    { .kind = FIELD_MS, .name = "for", .offset = offsetof(struct try_wait, pause), .help = "" },
    { TRY_ROW(FIELD_VALUE, try_wait, until) },
    { TRY_ROW(FIELD_OBJECT, try_wait, event),
      .rows = try_event_rows,
      .size = sizeof(struct try_event) },
    FIELD_LAST,
};
static const char *const try_wait_ports[] = { "out", "timeout", NULL };
static const struct node_type try_wait_type = { .name = "branch.wait",
                                                .kind = NODE_BRANCH,
                                                .fields = try_wait_rows,
                                                .config_size = sizeof(struct try_wait),
                                                .ports = try_wait_ports };

struct try_signal {
    const char *event;
    struct value *key, *body;
};
static const struct field try_signal_rows[] = {
    { TRY_ROW(FIELD_TEXT, try_signal, event), .required = true },
    { TRY_ROW(FIELD_VALUE, try_signal, key), .required = true },
    { TRY_ROW(FIELD_VALUE, try_signal, body) },
    FIELD_LAST,
};
static const struct node_type try_signal_type = { .name = "branch.signal",
                                                  .kind = NODE_BRANCH,
                                                  .fields = try_signal_rows,
                                                  .config_size = sizeof(struct try_signal) };

struct try_choice {
    const char *port, *title;
};
struct try_eyes {
    struct value *value, *amount;
};
struct try_review {
    struct value *title, *data;
    json_t *form;
    const char *role, *escalate, *due_port;
    struct field_list ports;
    int64_t due;
    struct try_eyes *four_eyes_above;
};
static const struct field try_choice_rows[] = {
    { TRY_ROW(FIELD_PORT, try_choice, port), .required = true },
    { TRY_ROW(FIELD_TEXT, try_choice, title) },
    FIELD_LAST,
};
static const struct field try_eyes_rows[] = {
    { TRY_ROW(FIELD_VALUE, try_eyes, value), .required = true },
    { TRY_ROW(FIELD_VALUE, try_eyes, amount), .required = true },
    FIELD_LAST,
};
static const struct field try_review_rows[] = {
    { TRY_ROW(FIELD_VALUE, try_review, title), .required = true },
    { TRY_ROW(FIELD_JSON, try_review, form) },
    { TRY_ROW(FIELD_VALUE, try_review, data) },
    { TRY_ROW(FIELD_TEXT, try_review, role) },
    { TRY_ROW(FIELD_LIST, try_review, ports),
      .rows = try_choice_rows,
      .size = sizeof(struct try_choice),
      .min = 1,
      .max = 20 },
    { TRY_ROW(FIELD_MS, try_review, due) },
    { TRY_ROW(FIELD_TEXT, try_review, escalate) },
    { TRY_ROW(FIELD_PORT, try_review, due_port) },
    { TRY_ROW(FIELD_OBJECT, try_review, four_eyes_above),
      .rows = try_eyes_rows,
      .size = sizeof(struct try_eyes) },
    FIELD_LAST,
};
static const char *const try_review_ports[] = { NULL };
static const struct node_type try_review_type = { .name = "branch.review",
                                                  .kind = NODE_BRANCH,
                                                  .fields = try_review_rows,
                                                  .config_size = sizeof(struct try_review),
                                                  .ports = try_review_ports };

struct try_stop {
    bool succeed;
    struct value *message;
};
static const struct field try_stop_rows[] = {
    { TRY_ROW(FIELD_BOOL, try_stop, succeed) },
    { TRY_ROW(FIELD_VALUE, try_stop, message) },
    FIELD_LAST,
};
static const struct node_type try_stop_type = { .name = "branch.stop",
                                                .kind = NODE_BRANCH,
                                                .fields = try_stop_rows,
                                                .config_size = sizeof(struct try_stop),
                                                .ports = try_review_ports };

struct try_http {
    const char *method;
    struct value *path, *query, *body;
};
static const struct field try_http_rows[] = {
    { TRY_ROW(FIELD_TEXT, try_http, method), .fallback = "GET" },
    { TRY_ROW(FIELD_VALUE, try_http, path) },
    { TRY_ROW(FIELD_VALUE, try_http, query) },
    { TRY_ROW(FIELD_VALUE, try_http, body) },
    FIELD_LAST,
};
static const struct node_type try_http_type = { .name = "connector.http",
                                                .kind = NODE_CONNECTOR,
                                                .fields = try_http_rows,
                                                .config_size = sizeof(struct try_http) };

static inline int try_long_setup(void **state)
{
    static const struct node_type *const types[] = {
        &try_foreach_type, &try_repeat_type, &try_poll_type,   &try_call_type, &try_callee_type,
        &try_wait_type,    &try_signal_type, &try_review_type, &try_stop_type,
        &try_http_type,
    };
    struct try *try;

    try_setup(state);
    try = *state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        registry_add(try->registry, types[i]);
    return 0;
}

#define TRY_LONG(name) cmocka_unit_test_setup_teardown(name, try_long_setup, try_teardown)

#endif
