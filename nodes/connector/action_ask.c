/* action_ask.c - see action_ask_priv.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/connector/action_priv.h"
#include "nodes/form_data.h"
#include "nodes/header.h"
#include "nodes/request.h"
#include "nodes/shape.h"
#include "nodes/template.h"

#define PROBLEMS_MAX 50 /* named in one failure */

/* ---- The input */

struct problems {
    json_t *list;
    struct buf text;
    bool failed;
};

static void problem_add(void *arg, const char *pointer, const char *text)
{
    struct problems *problems = arg;

    (void)pointer;
    if (json_array_size(problems->list) == PROBLEMS_MAX)
        return;
    if (problems->text.len > 0)
        buf_add_text(&problems->text, "; ");
    buf_add_text(&problems->text, text);
    if (json_array_append_new(problems->list, json_string(text)) != 0)
        problems->failed = true;
}

/* A question without what was left empty. In what changes something an empty text is a value: it
 * may empty a field, and an amount that is missing by mistake must not become the whole amount. */
json_t *action__meant(const struct action *action, json_t *given)
{
    return action->effect == EFFECT_NONE ? shape_without_empty(action->data.input, given)
                                         : json_incref(given);
}

/* All that is wrong at once: in the text as far as it reaches, in the details in full. */
static enum err_code action_check(const struct action *action, const json_t *input,
                                  json_t **details, struct err *e)
{
    struct problems problems = { .list = json_array() };
    enum err_code rc;

    buf_init(&problems.text, PROBLEMS_MAX * 700u);
    rc = shape_match(action->shape, input, false, problem_add, &problems, e);
    if (problems.list == NULL || problems.failed)
        rc = err_set(e, ERR_MEMORY, "no memory for checking the input");
    else if (rc == ERR_INVALID)
        rc = err_set(e, ERR_INVALID, "the input does not fit %s: %.300s", action->name,
                     buf_text(&problems.text));
    if (rc == ERR_INVALID)
        *details = json_pack("{s:O}", "problems", problems.list);
    json_decref(problems.list);
    buf_fini(&problems.text);
    return rc;
}

/* What templates see; a new reference or NULL. Settings are few, so all are there. */
json_t *action__scope(struct step *step, const struct action *action, json_t *input)
{
    const struct connector_info *info = action->data.info;
    json_t *scope = json_object(), *settings = json_object();
    char reference[STEP_REFERENCE + 1];
    bool failed = scope == NULL || settings == NULL;

    for (size_t i = 0; i < info->setting_count && !failed; i++) {
        const struct connector_setting *setting = &info->settings[i];
        const char *text =
            setting->kind == SETTING_SECRET ? NULL : step_setting(step, setting->name);

        if (text == NULL && setting->kind != SETTING_SECRET)
            text = setting->fallback;
        if (text != NULL)
            json_put(settings, setting->name, json_string(text), &failed);
    }
    json_put(scope, "setting", settings, &failed);
    json_put_or_null(scope, "input", json_incref(input), &failed);
    if (action->effect == EFFECT_KEYED)
        json_put(scope, "key", json_string(step_key(step)), &failed);
    if (action->effect >= EFFECT_KEYED) {
        step_reference(step, reference);
        json_put(scope, "reference", json_string(reference), &failed);
    }
    if (!failed)
        return scope;
    json_decref(scope);
    return NULL;
}

/* ---- The request */

struct request {
    struct buf target, body;
    struct header_list headers;
    json_t *filled_headers; /* what the list borrows from */
    char type[FORM_DATA_TYPE];
    struct step_upload uploads[STEP_UPLOADS];
    size_t upload_count;
};

static void request_init(struct request *request)
{
    buf_init(&request->target, LIMIT_HEADER_BYTES);
    buf_init(&request->body, LIMIT_OUTPUT);
    header_list_init(&request->headers);
    request->filled_headers = NULL;
    request->upload_count = 0;
}

static void request_fini(struct request *request)
{
    buf_fini(&request->target);
    buf_fini(&request->body);
    header_list_fini(&request->headers);
    json_decref(request->filled_headers);
}

/* The members of `extra` stand over those of a template; takes `json`. */
static json_t *action_join(json_t *json, json_t *extra, struct err *e)
{
    json_t *joined = json != NULL ? json : json_object();

    if (e->code == ERR_OK && (joined == NULL || json_object_update(joined, extra) != 0))
        err_set(e, ERR_INVALID, "the page's parameter cannot be put into the request");
    return joined;
}

/* In a query an empty text says nothing that leaving it out would not: "?note=". What must be there
 * stays. */
static void query_without_empty(const struct action *action, const json_t *template, json_t *query)
{
    static const char input[] = "{input.";
    const size_t begin = sizeof input - 1;
    const char *name;
    void *next;
    json_t *value;

    json_object_foreach_safe(query, next, name, value)
    {
        const char *text = json_get_text(template, name);
        char member[LIMIT_NAME + 1];

        if (!json_is_string(value) || json_string_length(value) > 0 || text == NULL ||
            strncmp(text, input, begin) != 0)
            continue;
        snprintf(member, sizeof member, "%.*s", (int)strcspn(text + begin, ".|}"), text + begin);
        if (!shape_has(action->data.input, member))
            json_object_del(query, name);
    }
}

static enum err_code action_build_target(const struct action_ask *ask, json_t *scope,
                                         struct buf *target, struct err *e)
{
    const struct manifest_look *look = ask->look;
    json_t *path_json = NULL, *query = NULL;
    bool missing = false;
    struct buf path;
    enum err_code rc;

    if (ask->target != NULL) {
        buf_add_text(target, ask->target);
        return buf_check(target, "the address", e);
    }

    e->code = ERR_OK;
    buf_init(&path, LIMIT_HEADER_BYTES);
    rc = template_text(look->path, scope, TEMPLATE_URL_PATH, &path, &missing, e);
    if (rc == ERR_OK && look->query != NULL) {
        query = template_json(look->query, scope, e);
        rc = e->code;
        if (rc == ERR_OK)
            query_without_empty(ask->action, look->query, query);
    }
    if (rc == ERR_OK && ask->extra != NULL && !ask->extra_in_body) {
        query = action_join(query, ask->extra, e);
        rc = e->code;
    }
    if (rc == ERR_OK) {
        path_json = json_stringn(buf_text(&path), path.len);
        rc = path_json != NULL ? request_target(path_json, query, target, e)
                               : err_set(e, ERR_MEMORY, "out of memory for an address");
    }
    json_decref(path_json);
    json_decref(query);
    buf_fini(&path);
    return rc;
}

static enum err_code action_build_body(const struct action_ask *ask, json_t *scope, json_t **body,
                                       struct err *e)
{
    e->code = ERR_OK;
    if (ask->look->body != NULL)
        *body = template_json(ask->look->body, scope, e);
    if (e->code == ERR_OK && ask->extra != NULL && ask->extra_in_body)
        *body = action_join(*body, ask->extra, e);
    return e->code;
}

static struct step_pair *request_type(struct request *request)
{
    struct header_list *headers = &request->headers;

    for (size_t i = 0; i < headers->count; i++)
        if (strcasecmp(headers->pairs[i].name, "Content-Type") == 0)
            return &headers->pairs[i];
    return NULL;
}

/* The body is the file, or a form with the files behind its fields. */
static enum err_code action_write_files(struct step *step, const struct uploads *uploads,
                                        struct request *request, bool form, json_t *body,
                                        struct err *e)
{
    request->upload_count = uploads->count;
    return upload__body(step, uploads, form, body, &request->body, request->type, request->uploads,
                        e);
}

/* As the Content-Type says, which is JSON when there is none, or the file's; a form of parts says
 * its boundary. */
static enum err_code action_write_body(struct step *step, const struct uploads *uploads,
                                       struct request *request, json_t *body, struct err *e)
{
    struct step_pair *type = request_type(request);
    bool form = type != NULL && form_data_is(type->value), filed = uploads != NULL;
    const char *usual = "application/json";
    enum err_code rc;

    if (filed && !form)
        usual =
            uploads->list[0]->type != NULL ? uploads->list[0]->type : "application/octet-stream";
    if (filed)
        rc = action_write_files(step, uploads, request, form, body, e);
    else if (form)
        rc = form_data_write(body, NULL, 0, &request->body, request->type, e);
    else
        rc = request_body(body, type != NULL ? type->value : usual, &request->body, e);
    if (form)
        type->value = request->type;
    if (rc == ERR_OK && type == NULL && !header_list_add(&request->headers, "Content-Type", usual))
        rc = err_set(e, ERR_INVALID, "there are too many headers");
    return rc;
}

static enum err_code action_build(struct step *step, const struct action_ask *ask, json_t *scope,
                                  struct request *request, struct err *e)
{
    const struct uploads *uploads = ask->files != NULL ? &ask->files->uploads : NULL;
    const struct manifest_look *look = ask->look;
    json_t *body = NULL;
    enum err_code rc = action_build_target(ask, scope, &request->target, e);

    e->code = rc;
    if (rc == ERR_OK && look->headers != NULL) {
        request->filled_headers = template_json(look->headers, scope, e);
        rc = e->code;
    }
    if (rc == ERR_OK)
        rc = header_list_read(&request->headers, request->filled_headers, true, e);
    if (rc == ERR_OK)
        rc = action_build_body(ask, scope, &body, e);
    if (rc == ERR_OK && (body != NULL || uploads != NULL))
        rc = action_write_body(step, uploads, request, body, e);
    json_decref(body);
    return rc;
}

size_t action__kept_at(const struct action *action)
{
    return action->files.count > 0 ? upload__state_size(action->files.count) : 0;
}

static struct action_kept *kept_room(struct step *step, const struct action *action, size_t size)
{
    size_t at = action__kept_at(action), whole = at + sizeof(struct action_kept) + size;
    char *state = step_state(step, whole);
    struct action_kept *kept = (struct action_kept *)(void *)(state + at);

    if (kept->room > 0)
        return kept;
    if (at > 0) /* made for the files, which had no input yet */
        kept = (struct action_kept *)(void *)((char *)step_state_grow(step, whole) + at);
    kept->room = size;
    return kept;
}

static enum err_code action_keep_input(struct step *step, const struct action *action,
                                       const json_t *input, struct err *e)
{
    size_t size = 0;
    unsigned long refusals = mem_refusals();
    char *text = json_text_new(input, LIMIT_OUTPUT, &size);
    struct action_kept *kept;
    enum err_code rc = ERR_OK;

    if (text == NULL && mem_refusals() != refusals) /* which may be tried again */
        return err_set(e, ERR_MEMORY, "no memory for the input");
    if (text == NULL)
        return err_set(e, ERR_LIMIT, "the input is larger than %u bytes", LIMIT_OUTPUT);
    kept = kept_room(step, action, size + 1);
    if (size + 1 > kept->room)
        rc = err_set(e, ERR_INTERNAL, "the input is not the same at another attempt");
    else
        memcpy(kept->text, text, size + 1);
    mem_free(text);
    return rc;
}

static void action_send(struct step *step, const struct action_ask *ask, json_t *input,
                        const struct request *request)
{
    struct step_ask call = {
        .method = ask->look->method,
        .target = buf_text(&request->target),
        .headers = request->headers.pairs,
        .header_count = request->headers.count,
        .body = request->body.len > 0 ? buf_text(&request->body) : NULL,
        .body_size = request->body.len,
        .uploads = request->uploads,
        .upload_count = request->upload_count,
        .effect = ask->effect,
        .save = ask->save,
        .takes_cut = ask->takes_cut,
    };

    if (call.effect == EFFECT_KEYED) {
        call.key_header = ask->action->key_header;
        call.key_valid_ms = ask->action->key_valid_ms;
    }
    if (step_simulated(step)) {
        action__simulate(step, ask->action, input, &call);
        return;
    }
    step_call(step, &call, ask->then);
}

enum err_code action__open(struct step *step, const struct action *action, json_t *given,
                           bool keeps_input, struct action_open *open, json_t **details,
                           struct err *e)
{
    json_t *meant = action__meant(action, given != NULL ? given : json_null());
    enum err_code rc = action_check(action, meant, details, e);

    *open = (struct action_open){ .input = NULL };
    if (rc == ERR_OK)
        open->input = shape_complete(action->data.input, meant);
    json_decref(meant);
    if (rc != ERR_OK)
        return rc;
    open->scope = open->input != NULL ? action__scope(step, action, open->input) : NULL;
    if (open->scope == NULL)
        return err_set(e, ERR_MEMORY, "no memory for the request");
    return keeps_input && !step_simulated(step) ? action_keep_input(step, action, open->input, e)
                                                : ERR_OK;
}

void action__close(struct action_open *open)
{
    json_decref(open->scope);
    json_decref(open->input);
}

void action__ask(struct step *step, json_t *given, const struct action_ask *ask)
{
    json_t *details = NULL;
    struct request request;
    struct action_open open;
    enum err_code rc;
    struct err e;

    request_init(&request);
    rc = action__open(step, ask->action, given, ask->keeps_input, &open, &details, &e);
    if (rc == ERR_OK &&
        ((ask->cursor != NULL && json_object_set_nocheck(open.scope, "cursor", ask->cursor) != 0) ||
         (ask->window != NULL && json_object_set_nocheck(open.scope, "window", ask->window) != 0)))
        rc = err_set(&e, ERR_MEMORY, "no memory for the request");
    if (rc == ERR_OK && ask->files != NULL)
        rc = action__files_see(step, ask->action, ask->files, open.scope, &e);
    if (rc == ERR_OK && ask->whole && !action__is_whole(ask->look, open.scope, &e))
        rc = e.code;
    if (rc == ERR_OK)
        rc = action_build(step, ask, open.scope, &request, &e);
    if (rc != ERR_OK)
        step_fail(step, &e, &details);
    else
        action_send(step, ask, open.input, &request);
    action__close(&open);
    request_fini(&request);
}
