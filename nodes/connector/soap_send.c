/* soap_send.c - the envelope and the request that carries it. Values are escaped where they stand;
 * the places of secrets stay empty here, and are told to the engine by where they are. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/markup.h"
#include "flow/node_doubt.h"
#include "format/xml.h"
#include "nodes/connector/soap_priv.h"
#include "nodes/header.h"
#include "nodes/request.h"
#include "nodes/shape.h"

#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define WSU  "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define WSS_TEXT                                                                          \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#" \
    "PasswordText"

struct envelope {
    struct step *step;
    const struct soap_config *soap;
    const struct soap_message *msg;
    const struct step_values *values;
    struct buf text;
    struct step_secret secrets[SOAP_SECRETS];
    size_t secret_count;
    bool too_many;
    json_t *made; /* the value of a place that no expression gives */
    size_t first; /* place of the template in work */
};

/* ---- Parts */

static void secret_add(struct envelope *env, const char *name, enum step_secret_form form)
{
    if (env->secret_count == SOAP_SECRETS)
        env->too_many = true;
    else
        env->secrets[env->secret_count++] = (struct step_secret){ env->text.len, name, form };
}

/* What stands before the place is written by now, so the text's end is where a secret belongs. */
static json_t *place_value(void *arg, size_t at)
{
    struct envelope *env = arg;
    size_t index = env->first + at;
    const struct soap_place *place = &env->msg->places[index];
    char reference[STEP_REFERENCE + 1];

    json_decref(env->made);
    env->made = NULL;
    switch (place->kind) {
    case PLACE_VALUE:
        return env->values->filled[SOAP_PLACES + index];
    case PLACE_SECRET:
        secret_add(env, place->name, STEP_SECRET_XML);
        return NULL;
    case PLACE_KEY:
        env->made = json_string(step_key(env->step));
        break;
    case PLACE_REFERENCE:
        step_reference(env->step, reference);
        env->made = json_string(reference);
        break;
    }
    return env->made;
}

static enum err_code stencil_add(struct envelope *env, const struct stencil *stencil, size_t first,
                                 const char *what, struct err *e)
{
    enum err_code rc;

    env->first = first;
    rc = stencil_write(stencil, place_value, env, &env->text, e);
    return rc == ERR_OK ? rc : err_prefix(e, "%s", what);
}

static enum err_code xml_add(struct buf *out, const char *text, const char *what, struct err *e)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ')
            return err_set(e, ERR_INVALID, "%s has a control character", what);
        markup_add(out, *text);
    }
    return ERR_OK;
}

static enum err_code security_add(struct envelope *env, struct err *e)
{
    const struct soap_security *security = env->soap->security;
    const char *user = json_text(env->values->filled[SOAP_USER]);

    if (user == NULL || *user == '\0')
        return err_set(e, ERR_INVALID, "\"user\" of \"security\" must be a text, but is: %s",
                       user != NULL ? "empty" : json_kind(env->values->filled[SOAP_USER]));
    buf_add_text(&env->text, "<wsse:Security xmlns:wsse=\"" WSSE "\" xmlns:wsu=\"" WSU
                             "\" soap:mustUnderstand=\"1\"><wsse:UsernameToken><wsse:Username>");
    if (xml_add(&env->text, user, "\"user\" of \"security\"", e) != ERR_OK)
        return e->code;
    buf_add_text(&env->text, "</wsse:Username>");
    if (security->type == SOAP_TOKEN_TEXT)
        buf_add_text(&env->text, "<wsse:Password Type=\"" WSS_TEXT "\">");
    secret_add(env, security->secret,
               security->type == SOAP_TOKEN_TEXT ? STEP_SECRET_XML : STEP_SECRET_WSS_DIGEST);
    if (security->type == SOAP_TOKEN_TEXT)
        buf_add_text(&env->text, "</wsse:Password>");
    buf_add_text(&env->text, "</wsse:UsernameToken></wsse:Security>");
    return ERR_OK;
}

static enum err_code header_add(struct envelope *env, struct err *e)
{
    enum err_code rc = ERR_OK;

    if (env->soap->security == NULL && env->msg->header == NULL)
        return ERR_OK;
    buf_add_text(&env->text, "<soap:Header>");
    if (env->soap->security != NULL)
        rc = security_add(env, e);
    if (rc == ERR_OK && env->msg->header != NULL)
        rc = stencil_add(env, env->msg->header, 0, "the header", e);
    buf_add_text(&env->text, "</soap:Header>");
    return rc;
}

/* ---- The body of an operation */

/* Puts the key at a dotted path, whose objects it makes; members it goes through are copied, for a
 * value is shared. Takes nothing; a new reference or NULL. */
static json_t *key_put(json_t *value, const char *path, const char *key)
{
    size_t size = strcspn(path, ".");
    json_t *copy = json_is_object(value) ? json_copied(value) : json_object(), *member;
    char name[LIMIT_JSON_KEY + 1];
    bool failed = copy == NULL || size >= sizeof name;

    if (!failed) {
        memcpy(name, path, size);
        name[size] = '\0';
        member = path[size] == '\0' ? json_string(key)
                                    : key_put(json_object_get(copy, name), path + size + 1, key);
        json_put(copy, name, member, &failed);
    }
    if (!failed)
        return copy;
    json_decref(copy);
    return NULL;
}

struct problems {
    struct buf text;
};

static void problem_add(void *arg, const char *pointer, const char *text)
{
    struct problems *problems = arg;

    (void)pointer;
    if (problems->text.len > 0)
        buf_add_text(&problems->text, "; ");
    buf_add_text(&problems->text, text);
}

static enum err_code input_check(const struct soap_message *msg, json_t *input, struct err *e)
{
    struct problems problems;
    enum err_code rc;

    buf_init(&problems.text, LIMIT_OUTPUT);
    rc = shape_match(msg->shape, input, false, problem_add, &problems, e);
    if (rc == ERR_INVALID)
        err_set(e, ERR_INVALID, "the input does not fit the operation \"%.80s\": %.280s",
                msg->operation.name, buf_text(&problems.text));
    buf_fini(&problems.text);
    return rc;
}

static enum err_code operation_add(struct envelope *env, struct err *e)
{
    const struct soap_config *soap = env->soap;
    const struct soap_message *msg = env->msg;
    json_t *given = env->values->filled[SOAP_INPUT], *input;
    char reference[STEP_REFERENCE + 1];
    const char *key = NULL;
    enum err_code rc;

    if (msg->key_to != NULL) {
        step_reference(env->step, reference);
        key = soap->short_key ? reference : step_key(env->step);
    }
    if (given == NULL || json_is_null(given))
        input = json_object();
    else
        input = json_incref(given);
    if (key != NULL && input != NULL) {
        json_t *with = key_put(input, msg->key_to, key);

        json_decref(input);
        input = with;
    }
    rc = input != NULL ? input_check(msg, input, e) : err_set(e, ERR_MEMORY, "no memory");
    if (rc == ERR_OK)
        rc = wsdl_write(&msg->operation, input, &env->text, e);
    json_decref(input);
    return rc;
}

static size_t header_places(const struct soap_message *msg)
{
    return msg->header != NULL ? stencil_places(msg->header) : 0;
}

/* ---- The whole */

static enum err_code no_begin(void *arg, const struct xml_element *element, struct err *e)
{
    (void)arg;
    (void)element;
    (void)e;
    return ERR_OK;
}

static enum err_code no_text(void *arg, const char *text, size_t size, struct err *e)
{
    (void)arg;
    (void)text;
    (void)size;
    (void)e;
    return ERR_OK;
}

static enum err_code no_end(void *arg, struct err *e)
{
    (void)arg;
    (void)e;
    return ERR_OK;
}

/* What people wrote, and raw values, can make a document that is none; it must not leave. */
static enum err_code envelope_check(const struct buf *text, struct err *e)
{
    static const struct xml_events events = { no_begin, no_text, no_end };
    struct xml *xml = xml_new(&events, NULL, e);
    enum err_code rc = xml != NULL ? xml_feed(xml, buf_text(text), text->len, e) : e->code;

    if (rc == ERR_OK)
        rc = xml_end(xml, e);
    xml_free(xml);
    if (rc == ERR_OK || rc == ERR_MEMORY)
        return rc;
    e->code = rc == ERR_LIMIT ? ERR_LIMIT : ERR_INVALID;
    return err_prefix(e, "the envelope is no XML");
}

static enum err_code envelope_write(struct envelope *env, struct err *e)
{
    enum err_code rc;

    buf_add_text(&env->text, "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope "
                             "xmlns:soap=\"");
    buf_add_text(&env->text, env->soap->plan->soap12 ? SOAP_12 : SOAP_11);
    buf_add_text(&env->text, "\">");
    rc = header_add(env, e);
    if (rc != ERR_OK)
        return rc;
    buf_add_text(&env->text, "<soap:Body>");
    rc = env->msg->body != NULL
             ? stencil_add(env, env->msg->body, header_places(env->msg), "the body", e)
             : operation_add(env, e);
    buf_add_text(&env->text, "</soap:Body></soap:Envelope>");
    if (rc == ERR_OK && env->too_many)
        rc = err_set(e, ERR_LIMIT, "an envelope has at most %u places for secrets", SOAP_SECRETS);
    if (rc == ERR_OK)
        rc = buf_check(&env->text, "the envelope", e);
    return rc == ERR_OK ? envelope_check(&env->text, e) : rc;
}

static bool headers_make(const struct soap_config *soap, const struct soap_message *msg, char *type,
                         size_t room, char *action, struct header_list *headers)
{
    if (soap->plan->soap12 && *msg->action != '\0')
        snprintf(type, room, "application/soap+xml; charset=utf-8; action=\"%s\"", msg->action);
    else
        snprintf(type, room, "%s; charset=utf-8",
                 soap->plan->soap12 ? "application/soap+xml" : "text/xml");
    snprintf(action, room, "\"%s\"", msg->action);
    return header_list_add(headers, "Content-Type", type) &&
           (soap->plan->soap12 || header_list_add(headers, "SOAPAction", action));
}

static void soap_simulate(struct step *step, const struct soap_config *soap,
                          const struct step_ask *ask)
{
    json_t *output = json_object();
    bool failed = output == NULL;

    json_put(output, "status", json_integer(200), &failed);
    json_put(output, "headers", json_object(), &failed);
    json_put_or_null(output, "body", json_incref(soap->example), &failed);
    check(!failed); /* small things of our own */
    step_simulate(step, ask, &output);
}

static void envelope_send(struct envelope *env, const struct buf *target, step_call_fn *then)
{
    const struct soap_config *soap = env->soap;
    bool probe = env->msg == &soap->look;
    char type[LIMIT_PATH + 80], action[LIMIT_PATH + 80];
    struct header_list headers;
    struct step_ask ask = { .method = "POST",
                            .target = buf_text(target),
                            .body = buf_text(&env->text),
                            .body_size = env->text.len,
                            .secrets = env->secrets,
                            .secret_count = env->secret_count,
                            .effect = probe ? EFFECT_NONE : soap->effect_class,
                            .key_header = probe ? NULL : soap->key_header,
                            .key_valid_ms = soap->key_valid_ms };

    header_list_init(&headers);
    check(headers_make(soap, env->msg, type, sizeof type, action, &headers));
    ask.headers = headers.pairs;
    ask.header_count = headers.count;
    if (step_simulated(env->step))
        soap_simulate(env->step, soap, &ask);
    else
        step_call(env->step, &ask, then);
    header_list_fini(&headers);
}

void soap__send(struct step *step, const struct soap_config *soap, const struct soap_message *msg,
                const struct step_values *values, step_call_fn *then)
{
    struct envelope env = { .step = step, .soap = soap, .msg = msg, .values = values };
    json_t *address = NULL, *details = NULL;
    struct buf target;
    enum err_code rc;
    struct err e;

    check(values->count == SOAP_PLACES + msg->place_count);
    buf_init(&env.text, LIMIT_OUTPUT);
    buf_init(&target, LIMIT_HEADER_BYTES);
    if (soap->address != NULL)
        address = json_string(soap->address);
    rc = request_target(address != NULL ? address : values->filled[SOAP_TARGET], NULL, &target, &e);
    if (rc == ERR_OK)
        rc = envelope_write(&env, &e);
    if (rc != ERR_OK)
        step_fail(step, &e, &details);
    else
        envelope_send(&env, &target, then);
    json_decref(env.made);
    json_decref(address);
    buf_fini(&target);
    buf_fini(&env.text);
}
