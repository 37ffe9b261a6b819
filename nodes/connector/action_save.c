/* action_save.c - an action whose answer becomes a file, whatever its size: where the node says.
 *
 * A refusal is no file: neither one that its status tells, nor a small one that only its body
 * does. */
#include <stddef.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/connector/action_priv.h"
#include "nodes/manifest_files.h"

const struct field action_fields_saved[] = {
    ACTION_INPUT_ROW,
    { .kind = FIELD_OBJECT,
      .name = "save",
      .offset = offsetof(struct action_config, save),
      .required = true,
      .rows = save__rows,
      .size = sizeof(struct saving),
      .help = "The file that the answer becomes, however long it is. It is there when the whole "
              "answer has come, and not before; a refusal makes none." },
    FIELD_LAST,
};

void action__save_compile(struct flow_build *build, struct action_config *call, const char *pointer)
{
    save__compile(build, call->save, pointer);
    call->values[ACTION_FILE] = call->save->file;
}

static bool save_wants(const void *config, int status)
{
    const struct action_config *call = config;

    return status_set_has(&call->action->expect, status);
}

/* What is no JSON says nothing that a rule could ask about. */
static bool save_refuses(const void *config, int status, const char *text, size_t size)
{
    const struct action_config *call = config;
    struct step_reply reply = { .status = status, .body = text, .body_size = size };
    struct err ignored;
    json_t *body = json_read(text, size, &json_limits_reply, &ignored);
    bool refuses = body != NULL && action__says_no(call->action, &reply, body);

    json_decref(body);
    return refuses;
}

enum err_code action__save_ask(const struct action_config *call, const json_t *file,
                               struct step_save *save, struct err *e)
{
    if (save__ask(call->save, file, save, e) != ERR_OK)
        return e->code;
    save->wants = save_wants;
    save->refuses = save_refuses;
    return ERR_OK;
}

void action__saved(struct step *step, const struct step_reply *reply)
{
    json_t *output = json_object();
    bool failed = output == NULL;
    struct err e;

    save__put(output, reply->saved, &failed);
    if (!failed) {
        step_done(step, "out", &output);
        return;
    }
    json_decref(output);
    err_set(&e, ERR_MEMORY, "no memory for the answer");
    step_fail(step, &e, NULL);
}
