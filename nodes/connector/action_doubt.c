/* action_doubt.c - what an action of a manifest does when nobody knows whether it happened: it
 * looks (probe), it undoes (reversal), and it compares what a system says with what was asked for.
 */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/connector/action_priv.h"
#include "nodes/template.h"

#define SAID_BYTES 100u /* of a value in a text for people */

void action__doubt(const struct node_type *type, const void *config, struct node_doubt *doubt)
{
    const struct action *action = action__of(type);
    const struct action_config *call = config;

    doubt->probes = action->probe.path != NULL || action->sql.probe.text != NULL;
    doubt->settle_ms = action->probe.settle_ms;
    doubt->read_after_write = action->probe.read_after_write;
    doubt->reverses = action->reversal.path != NULL && call->reverse;
    doubt->undo_ms = action->reversal.settle_ms;
}

/* ---- Places */

struct whole {
    json_t *scope;
    struct err *e;
    bool is;
};

static void whole_place(void *arg, const char *path, size_t at, bool filtered)
{
    struct whole *whole = arg;
    const json_t *value = reply_find(whole->scope, path);

    (void)at;
    (void)filtered;
    if (!whole->is || (value != NULL && !json_is_null(value)))
        return;
    whole->is = false;
    err_set(whole->e, ERR_INVALID, "there is no %.120s, and without it the system cannot be asked",
            path);
}

/* Recursion is bounded by the depth of json_limits_flow. */
static void whole_json(struct whole *whole, json_t *json)
{
    const char *name;
    json_t *member;
    struct err ignored;
    size_t i;

    if (json_is_text(json) &&
        template_check(json_text(json), whole_place, whole, &ignored) != ERR_OK)
        whole->is = false; /* not reached: the manifest's reader has checked it */
    json_object_foreach(json, name, member)
    {
        whole_json(whole, member);
    }
    json_array_foreach(json, i, member)
    {
        whole_json(whole, member);
    }
}

bool action__is_whole(const struct manifest_look *look, json_t *scope, struct err *e)
{
    struct whole whole = { .scope = scope, .e = e, .is = true };

    whole_json(&whole, look->query);
    whole_json(&whole, look->headers);
    whole_json(&whole, look->body);
    return whole.is; /* a path is filled whole or not at all */
}

/* ---- Echo */

static bool number_read(const json_t *json, struct decimal *number)
{
    const char *digits = json_exact_text(json);
    struct err e;

    if (json_is_integer(json)) {
        decimal_from_int(number, json_integer_value(json));
        return true;
    }
    if (digits == NULL)
        digits = json_text(json);
    return digits != NULL && decimal_parse(number, digits, strlen(digits), &e) == ERR_OK;
}

/* A text without the blanks at its end. */
static size_t echo_length(const json_t *text)
{
    size_t size = json_string_length(text);

    while (size > 0 && json_text(text)[size - 1] == ' ')
        size--;
    return size;
}

static bool echo_same_padded(const json_t *asked, const json_t *said)
{
    size_t size = echo_length(asked);

    return size == echo_length(said) && memcmp(json_text(asked), json_text(said), size) == 0;
}

/* Numbers by their value, also when a system writes them as texts. */
static bool echo_same(const json_t *asked, const json_t *said, bool padded)
{
    struct decimal a, b;

    if (json_same(asked, said))
        return true;
    if (json_is_text(asked) && json_is_text(said))
        return padded && echo_same_padded(asked, said); /* "007" is not "7" */
    return number_read(asked, &a) && number_read(said, &b) && decimal_compare(&a, &b) == 0;
}

static char *said(const json_t *json)
{
    char *text = json != NULL ? json_text_new(json, SAID_BYTES, NULL) : mem_must_copy("nothing");

    return text != NULL ? text : mem_must_copy("something long");
}

static bool echo_is_there(const json_t *field)
{
    return field != NULL && !json_is_null(field) &&
           !(json_is_string(field) && json_string_length(field) == 0);
}

/* absent: an answer that does not have the field is good. */
static bool echo_holds(const struct manifest_echo *echo, bool absent, json_t *body, json_t *scope,
                       struct err *e)
{
    json_t *equals = json_string(echo->equals), *asked, *field;
    char *said_text, *asked_text;
    bool same;

    e->code = ERR_OK;
    asked = template_json(equals, scope, e);
    json_decref(equals);
    if (e->code != ERR_OK)
        return false;
    field = reply_find(body, echo->field);
    same = asked == NULL || (field != NULL && echo_same(asked, field, echo->padded)) ||
           (absent && !echo_is_there(field));
    if (!same) {
        said_text = said(field);
        asked_text = said(asked);
        err_set(e, ERR_IN_DOUBT,
                "the answer does not fit what was asked for: \"%.80s\" is %s, not %s", echo->field,
                said_text, asked_text);
        mem_free(said_text);
        mem_free(asked_text);
    }
    json_decref(asked);
    return same;
}

bool action__echoes(const struct manifest_echoes *echoes, json_t *body, json_t *scope,
                    struct err *e)
{
    for (size_t i = 0; i < echoes->count; i++)
        if (!echo_holds(&echoes->list[i], echoes->list[i].optional, body, scope, e))
            return false;
    return true;
}

bool action__speaks_of(const struct manifest_echoes *echoes, json_t *body, json_t *scope,
                       struct err *e)
{
    for (size_t i = 0; i < echoes->count; i++)
        if (echoes->list[i].refused && !echo_holds(&echoes->list[i], true, body, scope, e))
            return false;
    return true;
}

/* ---- Probe */

/* "items.0" was found; is there an "items.1"? */
static bool probe_is_second(const json_t *reply, const char *found)
{
    size_t size = strlen(found);
    char *second = mem_must_copy(found);
    const json_t *value;

    second[size - 1] = '1';
    value = reply_find(json_object_get(reply, "body"), second);
    mem_free(second);
    return value != NULL && !json_is_null(value);
}

static void probe_found(struct step *step, const struct action *action, json_t *reply,
                        json_t *found)
{
    const struct manifest_look *probe = &action->probe;
    struct err e = { .code = ERR_OK };
    json_t *scope = action__seen(step, action, true, reply, &e), *output = NULL;

    if (scope == NULL) {
        step_fail(step, &e, NULL);
        return;
    }
    if (probe->single && probe_is_second(reply, probe->found)) {
        step_probed(
            step, PROBE_TWICE, NULL,
            "its probe found more than one under one reference: it may have happened twice");
    } else if (!action__echoes(&probe->echo, json_object_get(reply, "body"), scope, &e)) {
        step_probed(step, PROBE_UNKNOWN, NULL, e.text);
    } else if (!manifest_when(probe->when, json_object_get(reply, "body"))) {
        step_probed(step, PROBE_UNKNOWN, NULL,
                    "its probe found it, but not that it was done: look there what became of it");
    } else {
        output =
            probe->output != NULL ? template_json(probe->output, scope, &e) : json_incref(found);
        action__promised(step, action, output);
        if (e.code == ERR_OK)
            step_probed(step, PROBE_HAPPENED, &output, "its probe found it");
        else
            step_fail(step, &e, NULL);
    }
    json_decref(output);
    json_decref(scope);
}

static void look_refused(struct step *step, const struct action *action,
                         const struct step_reply *reply)
{
    char message[320];
    json_t *body = NULL;
    struct err ignored;

    if (reply_body(reply, &body, &ignored) != ERR_OK)
        body = NULL;
    reply_message(body, action->manifest->messages, message, sizeof message);
    json_decref(body);
    reply_fail(step, reply, reply_classify(reply->status, EFFECT_NONE, false), message);
}

static void probe_replied(struct step *step, const void *config, const struct step_reply *reply)
{
    const struct action *action = action__of(step_type(step));
    const struct manifest_look *probe = &action->probe;
    json_t *json, *found;
    char why[80];
    struct err e;

    (void)config;
    snprintf(why, sizeof why, "its probe was answered %d", reply->status);
    if (status_set_has(&probe->absent, reply->status)) {
        step_probed(step, PROBE_ABSENT, NULL, why);
        return;
    }
    if (!status_set_has(&probe->expect, reply->status)) {
        look_refused(step, action, reply);
        return;
    }
    json = action__reply(reply, &e);
    if (json == NULL) {
        step_fail(step, &e, NULL);
        return;
    }
    switch (reply_probe(json_object_get(json, "body"), probe->found, &found)) {
    case PROBE_HAPPENED:
        probe_found(step, action, json, found);
        break;
    case PROBE_ABSENT:
        step_probed(step, PROBE_ABSENT, NULL, "its probe did not find it");
        break;
    case PROBE_TWICE: /* reply_probe() does not count */
    case PROBE_UNKNOWN:
        step_probed(step, PROBE_UNKNOWN, NULL, "its probe was answered in a form not expected");
        break;
    }
    json_decref(json);
}

static void probe_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct action *action = action__of(step_type(step));

    (void)config;
    action__ask(step, values->filled[0],
                &(struct action_ask){ .action = action,
                                      .look = &action->probe,
                                      .effect = EFFECT_NONE,
                                      .keeps_input = true,
                                      .whole = true,
                                      .then = probe_replied });
}

enum node_next action__probe(struct step *step, const void *config)
{
    const struct action_config *call = config;

    if (action__of(step_type(step))->sql.list != NULL)
        return action__sql_probe(step, call);
    check(action__of(step_type(step))->probe.path != NULL);
    return step_eval(step, call->values, 1, false, probe_evaluated);
}

/* ---- Reversal */

static void reverse_replied(struct step *step, const void *config, const struct step_reply *reply)
{
    const struct action *action = action__of(step_type(step));
    const struct manifest_look *reversal = &action->reversal;
    json_t *json, *scope = NULL;
    struct err e = { .code = ERR_OK };
    bool fits = false;

    (void)config;
    if (status_set_has(&reversal->absent, reply->status)) {
        step_reversed(step);
        return;
    }
    if (!status_set_has(&reversal->expect, reply->status)) {
        look_refused(step, action, reply);
        return;
    }
    json = action__reply(reply, &e);
    if (json != NULL)
        scope = action__seen(step, action, true, json, &e);
    if (scope != NULL)
        fits = action__echoes(&reversal->echo, json_object_get(json, "body"), scope, &e);
    json_decref(scope);
    json_decref(json);
    if (fits)
        step_reversed(step);
    else
        step_fail(step, &e, NULL);
}

static void reverse_evaluated(struct step *step, const void *config,
                              const struct step_values *values)
{
    const struct action *action = action__of(step_type(step));

    (void)config;
    action__ask(step, values->filled[0],
                &(struct action_ask){ .action = action,
                                      .look = &action->reversal,
                                      .effect = EFFECT_IDEMPOTENT,
                                      .keeps_input = true,
                                      .whole = true,
                                      .then = reverse_replied });
}

enum node_next action__reverse(struct step *step, const void *config)
{
    const struct action_config *call = config;

    check(action__of(step_type(step))->reversal.path != NULL);
    return step_eval(step, call->values, 1, false, reverse_evaluated);
}
