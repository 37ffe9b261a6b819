/* action_event.c - what happens in a system that a manifest describes begins a run: it tells us, or
 * we ask at intervals. Does the work of every trigger made from an event. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/node_long.h"
#include "nodes/connector/action_priv.h"
#include "nodes/connector/action_window.h"
#include "nodes/definition.h"
#include "nodes/form.h"
#include "nodes/moment.h"
#include "nodes/received.h"
#include "nodes/template.h"
#include "nodes/trigger/webhook.h"

#define SYSTEM_MS_MIN  INT64_C(1000)
#define SYSTEM_MS_MAX  (INT64_C(31) * 86400000)
#define GREETING_BYTES 2048u /* of what is sent back */

static const struct manifest_event *event_of(const struct node_type *type)
{
    check(type->data != NULL);
    return (const struct manifest_event *)type->data;
}

/* ---- The system tells us */

struct hook_config {
    struct webhook_config hook; /* first: what trigger.webhook works with */
    struct verify verify;
    const char *secret;
    const struct manifest_event *event;
};

const struct field system_hook_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "path",
      .offset = offsetof(struct hook_config, hook.path),
      .required = true,
      .help = "The address behind /hooks/WORKSPACE/ENVIRONMENT/." },
    { .kind = FIELD_CHOICE,
      .name = "respond",
      .offset = offsetof(struct hook_config, hook.respond),
      .fallback = "accepted",
      .choices = webhook_responds,
      .help =
          "accepted: 202 as soon as the event is on disk. result: the system waits for the run." },
    { .kind = FIELD_TEXT,
      .name = "compare",
      .offset = offsetof(struct hook_config, hook.compare),
      .help =
          "Of two deliveries with the same `dedupe` key, what of the body must be the same too, "
          "as a dotted path. Without it, the whole body." },
    { .kind = FIELD_SECRET,
      .name = "secret",
      .offset = offsetof(struct hook_config, secret),
      .help = "The name, in the vault, of what proves the sender: key, password or token.",
      .example = "\"shop_webhook\"" },
    FIELD_LAST,
};

static void hook_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    struct hook_config *hook = config;
    const struct manifest_event *event = event_of(type);

    hook->event = event;
    hook->verify = event->verify;
    if (event->verify.type != VERIFY_NONE)
        hook->verify.secret = hook->secret;
    hook->hook.verify = &hook->verify;
    while (strcmp(webhook_methods[hook->hook.method], event->method) != 0)
        hook->hook.method++;
    if (event->verify.type == VERIFY_NONE || hook->secret != NULL) /* the row is required */
        node_trigger_webhook.compile(build, config, pointer, type);
}

static void hook_arm(const void *config, struct node_arm *arm)
{
    node_trigger_webhook.arm(config, arm);
}

/* A text that cannot be anything else but a text to whoever shows it. */
static bool greeting_is_plain(const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] < ' ' || text[i] > '~' || strchr("<>&\"'", text[i]) != NULL)
            return false;
    return size > 0 && size <= GREETING_BYTES;
}

static enum err_code greeting_query(struct node_event *event, const struct manifest_event *told,
                                    struct err *e)
{
    const char *text = event->query != NULL ? event->query : "", *value;
    json_t *query = NULL;
    enum err_code rc = form_read(text, strlen(text), "the query", &query, e);

    value = rc == ERR_OK ? json_get_text(query, told->greeting_param) : NULL;
    if (value != NULL && greeting_is_plain(value)) {
        event->answer = mem_must_copy(value);
        event->answer_type = "text/plain";
    }
    json_decref(query);
    return rc;
}

static enum err_code greeting_body(struct node_event *event, const struct manifest_event *told,
                                   struct err *e)
{
    json_t *scope, *body = json_read(event->body, event->body_size, &json_limits_body, e), *answer;

    if (body == NULL || !manifest_when(told->greeting_when, body)) {
        json_decref(body);
        return ERR_OK; /* what is wrong with the body is said by the trigger */
    }
    e->code = ERR_OK;
    scope = json_pack("{s:o}", "body", body);
    answer = scope != NULL ? template_json(told->greeting_answer, scope, e) : NULL;
    if (answer != NULL && e->code == ERR_OK)
        event->answer = json_text_new(answer, LIMIT_BODY, NULL);
    event->answer_type = "application/json";
    json_decref(answer);
    json_decref(scope);
    if (event->answer == NULL && e->code == ERR_OK)
        err_set(e, ERR_INVALID, "the question cannot be answered");
    return e->code;
}

static enum err_code hook_receive(struct node_event *event, const void *config, json_t **input,
                                  struct err *e)
{
    const struct hook_config *hook = config;
    const struct manifest_event *told = hook->event;
    enum err_code rc = ERR_OK;

    *input = NULL;
    if (told->greeting_param != NULL)
        rc = greeting_query(event, told, e);
    if (rc == ERR_OK && event->answer == NULL && told->greeting_when != NULL)
        rc = greeting_body(event, told, e);
    if (rc == ERR_OK && event->answer == NULL && told->ignores_empty && event->body_size == 0) {
        event->answer = mem_must_copy("");
        event->answer_type = "text/plain";
    }
    if (rc != ERR_OK || event->answer != NULL)
        return rc;
    return node_trigger_webhook.receive(event, config, input, e);
}

const struct node_type system_hook_type = {
    .kind = NODE_TRIGGER,
    .fields = system_hook_fields,
    .config_size = sizeof(struct hook_config),
    .compile = hook_compile,
    .arm = hook_arm,
    .receive = hook_receive,
};

/* ---- We ask */

static void poll_evaluated(struct step *step, const void *config, const struct step_values *values);

enum poll_value { POLL_INPUT, POLL_FROM, POLL_VALUES };
struct poll_config {
    struct value *values[POLL_VALUES];
    struct value *id;
    int64_t every_ms;
    struct node_poll poll; /* what compile() makes of it */
};

const struct field system_poll_fields[] = {
    { .kind = FIELD_MS,
      .name = "every",
      .offset = offsetof(struct poll_config, every_ms),
      .min = SYSTEM_MS_MIN,
      .max = SYSTEM_MS_MAX,
      .help = "The pause from the end of one poll to the next." },
    { .kind = FIELD_VALUE,
      .name = "input",
      .offset = offsetof(struct poll_config, values[POLL_INPUT]),
      .help = "What is asked for: an object, or an expression that gives one." },
    { .kind = FIELD_VALUE,
      .name = "from",
      .offset = offsetof(struct poll_config, values[POLL_FROM]),
      .help = "Where the first poll begins, in place of the very beginning.",
      .example = "\"2026-01-01T00:00:00Z\"" },
    { .kind = FIELD_VALUE,
      .name = "id",
      .offset = offsetof(struct poll_config, id),
      .inside = true,
      .help = "What makes two items the same, seen with `item`." },
    FIELD_LAST,
};

static void poll_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    struct poll_config *poll = config;

    (void)build, (void)pointer;
    poll->poll = (struct node_poll){ .every_ms = poll->every_ms,
                                     .id = poll->id,
                                     .by_time = event_of(type)->cursor.window.step_ms > 0 };
}

static void poll_arm(const void *config, struct node_arm *arm)
{
    const struct poll_config *poll = config;

    check(poll->poll.every_ms > 0);
    arm->poll = &poll->poll;
    arm->respond_result = true; /* to whoever starts it by hand */
}

/* Where to go on after an answer; a new reference, NULL: from where it was. */
static json_t *poll_cursor(const struct manifest_event *event, json_t *body, json_t *items)
{
    json_t *at = NULL;

    if (event->cursor.next != NULL)
        at = reply_find(body, event->cursor.next);
    if (at == NULL && event->cursor.delta != NULL)
        at = reply_find(body, event->cursor.delta);
    if (event->cursor.field != NULL)
        at = reply_find(body, event->cursor.field);
    if (event->cursor.last != NULL && json_array_size(items) > 0)
        at = reply_find(json_array_get(items, json_array_size(items) - 1), event->cursor.last);
    return at != NULL && !json_is_null(at) ? json_incref(at) : NULL;
}

/* What a poll by time keeps while it waits for the answer. */
struct poll_kept {
    struct action_window window;
    unsigned halvings; /* answers so far that were cut */
};

/* An answer that is cut tells of the newest, or the oldest, and nobody knows what it leaves out.
 * too_large: it was cut by us; NULL: by the system. */
static void poll_shorter(struct step *step, const void *config, const char *too_large)
{
    struct poll_kept *kept = step_state(step, sizeof *kept);
    const struct manifest_event *event = event_of(step_type(step));
    const struct poll_config *poll = config;
    struct err e;

    if (action__window_halves(&event->cursor.window, &kept->window)) {
        kept->halvings++;
        step_eval(step, poll->values, POLL_VALUES, false, poll_evaluated);
        return;
    }
    if (too_large != NULL)
        err_set(&e, ERR_LIMIT, "the shortest span that can be asked for is too much: %.200s",
                too_large);
    else
        err_set(&e, ERR_LIMIT,
                "there are %zu items or more in the shortest span that can be asked for, so that "
                "some may be missing: \"full\" of the manifest must be larger",
                event->cursor.window.full);
    step_fail(step, &e, NULL);
}

static void poll_found(struct step *step, const void *config, json_t *body, json_t *items)
{
    const struct manifest_event *event = event_of(step_type(step));
    const struct manifest_window *spec = &event->cursor.window;
    struct poll_kept *kept = step_state(step, sizeof *kept);
    json_t *output, *cursor;

    if (spec->step_ms == 0) {
        output =
            json_pack("{s:O, s:o*}", "items", items, "cursor", poll_cursor(event, body, items));
    } else if (spec->full > 0 && json_array_size(items) >= spec->full) {
        poll_shorter(step, config, NULL);
        return;
    } else {
        cursor = action__window_cursor(spec, &kept->window, json_array_size(items));
        output = json_pack("{s:O, s:o, s:b}", "items", items, "cursor", cursor, "more",
                           kept->window.to < kept->window.end || kept->window.more);
    }
    step_done(step, "out", &output);
}

static void poll_given(struct step *step, const struct step_reply *reply)
{
    struct poll_kept *kept = step_state(step, sizeof *kept);

    for (size_t i = 0; i < reply->header_count; i++)
        if (strcasecmp(reply->headers[i].name, "Date") == 0)
            action__window_given(&kept->window, reply->headers[i].value);
}

static void poll_replied(struct step *step, const void *config, const struct step_reply *reply)
{
    const struct manifest_event *event = event_of(step_type(step));
    json_t *json, *body, *items;
    struct err e;

    if (reply->cut != NULL) {
        poll_shorter(step, config, reply->cut);
        return;
    }
    json = action__expected(step, &event->action, reply, &e);
    if (json == NULL) {
        if (e.code != ERR_OK)
            step_fail(step, &e, NULL);
        return; /* refused: the step has ended */
    }
    if (event->cursor.window.step_ms > 0)
        poll_given(step, reply);
    body = json_object_get(json, "body");
    items = event->items != NULL ? reply_find(body, event->items) : body;
    if (items == NULL && event->none != NULL && manifest_when(event->none, body)) {
        items = json_array();
        check(items != NULL);
        poll_found(step, config, body, items);
        json_decref(items);
    } else if (json_is_array(items)) {
        poll_found(step, config, body, items);
    } else {
        err_set(&e, ERR_INVALID, "the answer has no list \"%.80s\", but: %s",
                event->items != NULL ? event->items : "", json_kind(items));
        step_fail(step, &e, NULL);
    }
    json_decref(json);
}

static void poll_asked(struct step *step, const void *config, struct sql_ask *ask)
{
    const struct manifest_event *event = event_of(step_type(step));
    const json_t *answer = ask->list[0].answer;
    json_t *rows = json_object_get(answer, "rows"), *at, *before = step_cursor(step), *output;
    struct err e;

    (void)config;
    if (ask->refusal.code != ERR_OK) {
        action__sql_refused(step, &event->action, ask);
        return;
    }
    at = poll_cursor(event, NULL, rows);
    if (json_is_true(json_object_get(answer, "more")) && (at == NULL || json_same(at, before))) {
        err_set(&e, ERR_LIMIT,
                "there are more than %u rows with one \"%.80s\", so that the poll cannot go on "
                "behind them: raise \"max_rows\" of the manifest",
                ask->list[0].max_rows, event->cursor.last != NULL ? event->cursor.last : "cursor");
        step_fail(step, &e, NULL);
    } else {
        output = json_pack("{s:O, s:O*}", "items", rows, "cursor", at);
        step_done(step, "out", &output);
    }
    json_decref(at);
}

/* So far before where the last poll ended: what was made then may have become visible since. */
static json_t *poll_back(const struct manifest_event *event, json_t *cursor)
{
    char text[CLOCK_TEXT];
    size_t size = json_string_length(cursor);
    struct err ignored;
    int64_t ms;

    if (event->cursor.back > 0 && json_is_integer(cursor))
        return json_integer(json_integer_value(cursor) - event->cursor.back);
    if (event->cursor.back == 0 || !json_is_text(cursor) ||
        moment_read(cursor, &ms, &ignored) != ERR_OK)
        return json_incref(cursor);
    clock_text(ms - event->cursor.back, text);
    if (json_text(cursor)[size - 1] != 'Z')
        text[CLOCK_TEXT - 2] = '\0'; /* in the system's own time */
    return json_string(text);
}

static void poll_ask(struct step *step, json_t *given, json_t *cursor, const char *target)
{
    const struct manifest_event *event = event_of(step_type(step));
    struct manifest_look own = action__look(&event->action);

    action__ask(step, given,
                &(struct action_ask){ .action = &event->action,
                                      .look = &own,
                                      .effect = EFFECT_NONE,
                                      .target = target,
                                      .cursor = cursor,
                                      .then = poll_replied });
}

static void poll_ask_window(struct step *step, json_t *given, const json_t *covered)
{
    const struct manifest_event *event = event_of(step_type(step));
    struct poll_kept *kept = step_state(step, sizeof *kept);
    struct manifest_look own = action__look(&event->action);
    struct action_ask ask = {
        .action = &event->action,
        .look = &own,
        .effect = EFFECT_NONE,
        .takes_cut = true,
        .then = poll_replied,
    };
    struct err e;

    if (action__window(&event->cursor.window, covered, step_received_ms(step), kept->halvings,
                       &kept->window, &e) == ERR_OK) {
        if (step_cursor(step) == NULL)
            kept->window.covered = INT64_MIN;
        ask.window = action__window_scope(&event->cursor.window, &kept->window);
        check(ask.window != NULL);
        action__ask(step, given, &ask);
        json_decref(ask.window);
    } else {
        step_fail(step, &e, NULL);
    }
}

static void poll_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct manifest_event *event = event_of(step_type(step));
    json_t *cursor = step_cursor(step);
    json_t *input = values->filled[POLL_INPUT], *none = NULL;
    struct buf target;
    struct err e = { .code = ERR_OK };

    (void)config;
    check(values->count == POLL_VALUES);
    if (input == NULL || json_is_null(input))
        input = none = json_object();
    if (event->cursor.window.step_ms > 0) {
        if (cursor == NULL)
            cursor = values->filled[POLL_FROM];
        poll_ask_window(step, input, cursor != NULL ? cursor : step_polled_since(step));
        json_decref(none);
        return;
    }
    cursor = cursor != NULL ? poll_back(event, cursor) : json_incref(values->filled[POLL_FROM]);
    buf_init(&target, 8 * (size_t)LIMIT_PATH);
    if (event->cursor.links && json_is_text(cursor) &&
        step_link(step, json_text(cursor), &target, &e) != ERR_OK)
        step_fail(step, &e, NULL);
    else if (event->action.sql.list != NULL)
        action__sql_poll(step, &event->action, input, cursor, poll_asked);
    else
        poll_ask(step, input, cursor, target.len > 0 ? buf_text(&target) : NULL);
    buf_fini(&target);
    json_decref(cursor);
    json_decref(none);
}

static enum node_next poll_start(struct step *step, const void *config)
{
    const struct poll_config *poll = config;

    return step_eval(step, poll->values, POLL_VALUES, false, poll_evaluated);
}

const struct node_type system_poll_type = {
    .kind = NODE_TRIGGER,
    .fields = system_poll_fields,
    .config_size = sizeof(struct poll_config),
    .needs_connection = true,
    .compile = poll_compile,
    .arm = poll_arm,
    .receive = received_told,
    .start = poll_start,
};
