/* action_answer.c - what a system's answer makes of an action's step: a status that is not
 * expected, and a body that says no, go by the rules of the action, of the manifest, or the general
 * ones; anything else fills the output. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/connector/action_priv.h"
#include "nodes/header.h"
#include "nodes/template.h"

/* A refusal of something else says nothing of what was asked for. */
static bool action_is_ours(struct step *step, const struct action *action, json_t *body,
                           struct err *e)
{
    json_t *reply, *scope;
    bool ours;

    if (action->effect == EFFECT_NONE || action->echo.count == 0 || body == NULL)
        return true;
    reply = json_object();
    if (reply == NULL || json_object_set(reply, "body", body) != 0) {
        json_decref(reply);
        return err_set(e, ERR_MEMORY, "no memory for the answer") == ERR_OK;
    }
    scope = action__seen(step, action, action->keeps_input, reply, e);
    json_decref(reply);
    ours = scope != NULL && action__speaks_of(&action->echo, body, scope, e);
    json_decref(scope);
    return ours;
}

static void action_refused(struct step *step, const struct action *action,
                           const struct step_reply *reply)
{
    const struct manifest *manifest = action->manifest;
    struct manifest_answer answer = { .status = reply->status };
    struct step_reply heard = *reply;
    struct reply_verdict verdict;
    char code[MANIFEST_CODE], message[320], text[440];
    struct err e;
    bool broken = reply_body(reply, &answer.body, &e) != ERR_OK;
    bool expected = status_set_has(&action->expect, reply->status);
    bool says = json_is_object(answer.body) || json_is_array(answer.body);

    if (broken)
        answer.body = NULL; /* the excerpt in the details has to do */
    answer.mute = !says && !expected;
    answer.code = manifest_code(manifest, answer.body, reply, code);
    reply_message(answer.body, manifest->messages, message, sizeof message);
    answer.message = message;
    snprintf(text, sizeof text, "%s%s%s", answer.code != NULL ? code : "",
             answer.code != NULL ? ": " : "", message);
    verdict = action_classify(action, &answer);
    if (broken || (expected && !says)) /* nothing that can be read says that nothing was done */
        verdict.unsure = reply_classify(reply->status, action->effect, false).unsure;
    if (!verdict.unsure && !action_is_ours(step, action, answer.body, &e)) {
        verdict.unsure = true;
        snprintf(text, sizeof text, "%s", e.text);
    }
    if (heard.retry_after_ms < 0)
        heard.retry_after_ms = action_wait(action, &answer);
    reply_fail(step, &heard, verdict, text);
    json_decref(answer.body);
}

bool action__says_no(const struct action *action, const struct step_reply *reply, json_t *body)
{
    struct manifest_answer answer = { .status = reply->status, .body = body };
    char code[MANIFEST_CODE], message[320];

    answer.code = manifest_code(action->manifest, body, reply, code);
    reply_message(body, action->manifest->messages, message, sizeof message);
    answer.message = message;
    return action_refuses(action, &answer);
}

json_t *action__expected(struct step *step, const struct action *action,
                         const struct step_reply *reply, struct err *e)
{
    json_t *json;

    e->code = ERR_OK;
    if (!status_set_has(&action->expect, reply->status)) {
        action_refused(step, action, reply);
        return NULL;
    }
    json = action__reply(reply, e);
    if (json == NULL || !action__says_no(action, reply, json_object_get(json, "body")))
        return json;
    action_refused(step, action, reply);
    json_decref(json);
    return NULL;
}

/* The reply as templates see it. */
json_t *action__reply(const struct step_reply *reply, struct err *e)
{
    json_t *json = json_object(), *body = NULL;
    bool failed = json == NULL;

    if (reply_body(reply, &body, e) != ERR_OK) {
        json_decref(json);
        return NULL;
    }
    json_put_or_null(json, "body", body, &failed);
    json_put(json, "status", json_integer(reply->status), &failed);
    json_put(json, "headers", header_json(reply->headers, reply->header_count, NULL), &failed);
    if (!failed)
        return json;
    json_decref(json);
    err_set(e, ERR_MEMORY, "no memory for the answer");
    return NULL;
}

json_t *action__seen(struct step *step, const struct action *action, bool keeps_input,
                     json_t *reply, struct err *e)
{
    json_t *input = json_null(), *scope;
    bool failed;

    if (keeps_input) {
        size_t at = action__kept_at(action);
        const char *state = step_state(step, at + sizeof(struct action_kept));
        const struct action_kept *kept = (const struct action_kept *)(const void *)(state + at);

        check(kept->room > 0);
        input = json_read(kept->text, strlen(kept->text), &json_limits_reply, e);
        if (input == NULL)
            return NULL;
    }
    scope = action__scope(step, action, input);
    json_decref(input);
    failed = scope == NULL;
    json_put(scope, "reply", json_incref(reply), &failed);
    if (!failed)
        return scope;
    err_set(e, ERR_MEMORY, "no memory for the output");
    json_decref(scope);
    return NULL;
}

json_t *action__output(struct step *step, const struct action *action, json_t *reply, struct err *e)
{
    json_t *body = json_object_get(reply, "body"), *scope, *output = NULL;

    if (action->output == NULL && action->echo.count == 0 && action->batch.items == NULL)
        return json_incref(body);
    scope = action__seen(step, action, action->keeps_input, reply, e);
    if (scope == NULL)
        return NULL;
    if (!action__echoes(&action->echo, body, scope, e)) {
        if (action->effect == EFFECT_NONE)
            e->code = ERR_INVALID; /* nothing can have happened */
    } else if (action->batch.items != NULL) {
        output = action__batch(action, json_object_get(scope, "input"), body, e);
    } else {
        output =
            action->output != NULL ? template_json(action->output, scope, e) : json_incref(body);
    }
    json_decref(scope);
    return output;
}

void action__replied(struct step *step, const void *config, const struct step_reply *reply)
{
    const struct action *action = action__of(step_type(step));
    json_t *output = NULL, *json, *details;
    struct err e;

    (void)config;
    if (reply->saved != NULL) {
        action__saved(step, reply);
        return;
    }
    json = action__expected(step, action, reply, &e);
    if (json == NULL && e.code == ERR_OK)
        return; /* refused: the step has ended */
    if (json != NULL)
        output = action__output(step, action, json, &e);
    json_decref(json);
    if (e.code == ERR_OK) {
        action__done(step, action, &output);
        return;
    }
    json_decref(output);
    details = reply_details(reply);
    step_fail_unsure(step, &e, &details);
}
