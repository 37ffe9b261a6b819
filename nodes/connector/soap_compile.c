/* soap_compile.c - what connector.soap makes of its settings when a flow is published. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/xml.h"
#include "nodes/connector/http_priv.h"
#include "nodes/connector/soap_priv.h"
#include "nodes/definition.h"
#include "nodes/header.h"
#include "nodes/shape.h"
#include "schema/schema.h"

struct compiling {
    struct flow_build *build;
    struct soap_config *soap;
    const char *pointer;      /* of the config */
    const json_t *connection; /* as it is written; NULL: none */
    const char *name;         /* of the WSDL of the message in work; NULL: none */
    struct wsdl *wsdl;        /* and itself; NULL: none, or it is faulty */
    bool probe;
};

static void place_text(struct compiling *c, const char *member, char place[PLACE_BYTES])
{
    snprintf(place, PLACE_BYTES, "%s%s/%s", c->pointer, c->probe ? "/probe" : "", member);
}

/* ---- Secrets: there when the flow is published */

static void secret_check(struct compiling *c, const char *name, const char *pointer)
{
    const json_t *all = json_object_get(flow_build_bundle(c->build), "connections");
    const json_t *own = json_object_get(json_object_get(all, "connections"),
                                        c->connection != NULL ? json_text(c->connection) : "");

    if (c->connection == NULL)
        flow_build_fault(c->build, pointer,
                         "the secret \"%.60s\" is one of a connection, and the node names none",
                         name);
    else if (own != NULL && json_object_get(own, "use") == NULL && /* what it has is not known */
             json_object_get(json_object_get(own, "secrets"), name) == NULL)
        flow_build_fault(c->build, pointer,
                         "the connection \"%.60s\" has no secret \"%.60s\" among its \"secrets\"",
                         json_text(c->connection), name);
}

/* ---- Places of templates */

/* "secret: NAME" and the like; else an expression. */
static void place_read(struct compiling *c, const char *text, size_t size, struct soap_place *place,
                       const char *pointer)
{
    char name[LIMIT_ID + 1];

    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    for (; size > 0 && strchr(" \t\r\n", *text) != NULL; text++)
        size--;
    if (size == 3 && memcmp(text, "key", 3) == 0)
        place->kind = PLACE_KEY;
    else if (size == 9 && memcmp(text, "reference", 9) == 0)
        place->kind = PLACE_REFERENCE;
    if (place->kind != PLACE_VALUE && (c->soap->effect_class < EFFECT_KEYED))
        flow_build_fault(
            c->build, pointer,
            "{{key}} and {{reference}} have a meaning with the effects keyed and once");
    if (size < 8 || memcmp(text, "secret:", 7) != 0)
        return;
    text += 7;
    size -= 7;
    for (; size > 0 && *text == ' '; text++)
        size--;
    snprintf(name, sizeof name, "%.*s", (int)(size < LIMIT_ID ? size : LIMIT_ID), text);
    place->kind = PLACE_SECRET;
    place->name = mem_must_copy(name);
    secret_check(c, name, pointer);
}

static void value_add(struct compiling *c, struct soap_message *msg, const char *text, size_t size,
                      const char *pointer)
{
    struct value **slot = &msg->values[SOAP_PLACES + msg->place_count];
    struct soap_place *place = &msg->places[msg->place_count++];
    struct buf expression;
    json_t *json;

    place_read(c, text, size, place, pointer);
    if (place->kind != PLACE_VALUE)
        return;
    buf_init(&expression, LIMIT_EXPRESSION);
    buf_add_char(&expression, '=');
    buf_add(&expression, text, size);
    json = buf_ok(&expression) ? json_string(buf_text(&expression)) : NULL;
    if (json == NULL)
        flow_build_fault(c->build, pointer, "an expression of the text is too long");
    else
        *slot = value_new(c->build, json, pointer);
    json_decref(json);
    buf_fini(&expression);
}

static struct stencil *stencil_compile(struct compiling *c, struct soap_message *msg,
                                       const char *text, const char *pointer)
{
    struct stencil_state state;
    struct stencil *stencil;
    size_t count;
    struct err e;

    if (text == NULL)
        return NULL;
    stencil_begin(&state);
    stencil = stencil_new(STENCIL_XML, text, &state, &e);
    if (stencil == NULL) {
        flow_build_fault(c->build, pointer, "%s", e.text);
        return NULL;
    }
    count = SOAP_PLACES + msg->place_count + stencil_places(stencil);
    msg->values = mem_must_resize(msg->values, count * sizeof *msg->values);
    msg->places = mem_must_resize(msg->places, (count + 1) * sizeof *msg->places);
    for (size_t i = 0; i < stencil_places(stencil); i++) {
        size_t size;
        const char *expression = stencil_expression(stencil, i, &size);

        msg->values[SOAP_PLACES + msg->place_count] = NULL;
        msg->places[msg->place_count] = (struct soap_place){ .kind = PLACE_VALUE };
        value_add(c, msg, expression, size, pointer);
    }
    return stencil;
}

/* ---- The operation of a WSDL */

struct told {
    struct compiling *c;
    const char *pointer;
};

static void wsdl_problem(void *arg, const char *text)
{
    const struct told *told = arg;

    flow_build_fault(told->c->build, told->pointer, "wsdl/%.60s.wsdl: %s", told->c->name, text);
}

static void shape_problem(void *arg, const char *pointer, const char *text)
{
    const struct told *told = arg;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s%s", told->pointer, pointer);
    flow_build_fault(told->c->build, place, "%s", text);
}

/* Recursion is bounded by the depth of the schema. */
static void require_nothing(json_t *schema)
{
    json_t *member;
    const char *name;

    json_object_del(schema, "required");
    json_object_foreach(json_object_get(schema, "properties"), name, member)
    {
        require_nothing(member);
    }
    if (json_object_get(schema, "items") != NULL)
        require_nothing(json_object_get(schema, "items"));
}

static void operation_compile(struct compiling *c, struct soap_message *msg,
                              const struct soap_said *said)
{
    char place[PLACE_BYTES];
    struct told told = { c, place };
    const json_t *written;
    struct err e;

    place_text(c, "operation", place);
    if (!wsdl_find(c->wsdl, said->operation, c->soap->version == 1, wsdl_problem, &told,
                   &msg->operation))
        return;
    if (c->soap->partial)
        require_nothing(msg->operation.input);
    msg->shape = shape_new(msg->operation.input, shape_problem, &told);
    place_text(c, "input", place);
    written = definition_at(c->build, place);
    if (msg->shape == NULL || written == NULL)
        return;
    if (c->probe)
        msg->input_members = json_object_size(written);
    if (said->key_to != NULL && shape_find(msg->operation.input, said->key_to) == NULL)
        flow_build_fault(c->build, place, "\"key_to\": \"%.100s\" is nothing of the message",
                         said->key_to);
    if (shape_match(msg->shape, written, true, shape_problem, &told, &e) == ERR_LIMIT)
        flow_build_fault(c->build, place, "%s", e.text);
}

static void wsdl_compile(struct compiling *c)
{
    const json_t *all = json_object_get(flow_build_bundle(c->build), "wsdl");
    const json_t *text = c->name != NULL ? json_object_get(all, c->name) : NULL;
    char place[PLACE_BYTES];
    struct err e;

    c->wsdl = NULL;
    if (c->name == NULL)
        return;
    place_text(c, "wsdl", place);
    if (!json_is_text(text)) {
        flow_build_fault(c->build, place,
                         "there is no WSDL \"%.60s\": it would be the flow's file "
                         "wsdl/%.60s.wsdl",
                         c->name, c->name);
        return;
    }
    c->wsdl = wsdl_read(json_string_value(text), json_string_length(text), &e);
    if (c->wsdl == NULL)
        flow_build_fault(c->build, place, "wsdl/%.60s.wsdl: %s", c->name, e.text);
}

/* ---- A message */

static void action_compile(struct compiling *c, struct soap_message *msg, const char *own)
{
    const char *action = own != NULL ? own : msg->operation.action;
    char place[PLACE_BYTES];

    place_text(c, "action", place);
    msg->action = mem_must_copy(action != NULL ? action : "");
    if (!header_value_valid(msg->action) || strchr(msg->action, '"') != NULL)
        flow_build_fault(c->build, place, "a SOAPAction has no quotes or control characters");
}

static void form_compile(struct compiling *c, struct soap_message *msg,
                         const struct soap_said *said)
{
    char place[PLACE_BYTES];

    place_text(c, "operation", place);
    if (c->name != NULL && (said->operation == NULL || said->body != NULL))
        flow_build_fault(c->build, place,
                         "with a \"wsdl\" give \"operation\" and \"input\", and no \"body\"");
    else if (c->name == NULL && (said->operation != NULL || said->input != NULL))
        flow_build_fault(c->build, place, "\"operation\" and \"input\" need a \"wsdl\"");
    else if (c->name == NULL && said->body == NULL)
        flow_build_fault(c->build, place, "give a \"body\", or a \"wsdl\" and an \"operation\"");
    else if (c->wsdl != NULL)
        operation_compile(c, msg, said);
    msg->key_to = said->key_to;
    if (said->key_to != NULL && (c->soap->effect_class < EFFECT_KEYED || c->name == NULL))
        flow_build_fault(c->build, c->pointer,
                         "\"key_to\" has a meaning with a \"wsdl\" and the effects keyed and once; "
                         "a template has {{key}}");
}

static void message_compile(struct compiling *c, struct soap_message *msg,
                            const struct soap_said *said)
{
    struct soap_config *soap = c->soap;
    struct value *path = said->path != NULL ? said->path : soap->said.path;
    bool probe = c->probe;
    char place[PLACE_BYTES];

    c->name = said->wsdl != NULL || said->body != NULL ? said->wsdl : soap->said.wsdl;
    msg->values = mem_must(SOAP_PLACES * sizeof *msg->values);
    msg->values[SOAP_TARGET] = soap->url != NULL ? soap->url : path;
    msg->values[SOAP_USER] = soap->security != NULL ? soap->security->user : NULL;
    msg->values[SOAP_INPUT] = said->input;
    snprintf(place, sizeof place, "%s/header", c->pointer);
    c->probe = false;
    msg->header = stencil_compile(c, msg, soap->header, place);
    c->probe = probe;
    place_text(c, "body", place);
    msg->body = stencil_compile(c, msg, said->body, place);
    wsdl_compile(c);
    form_compile(c, msg, said);
    wsdl_free(c->wsdl);
    action_compile(c, msg, said->action);
}

/* ---- The plan */

static void plan_free(struct foreign_plan *base)
{
    struct soap_plan *plan = (struct soap_plan *)base;

    for (size_t i = 0; i < plan->rule_count; i++) {
        mem_free(plan->rules[i].code);
        mem_free(plan->rules[i].message);
        mem_free(plan->rules[i].path);
        mem_free(plan->rules[i].help);
        mem_free(plan->rules[i].remedy);
    }
    mem_free(plan->rules);
    json_decref(plan->spaces);
    for (size_t i = 0; i < 2; i++) {
        json_decref(plan->output[i]);
        mem_free(plan->element[i]);
    }
    mem_free(plan);
}

static void rules_compile(struct compiling *c, struct soap_plan *plan)
{
    const struct soap_rule_config *from = c->soap->rules.items;
    size_t count = c->soap->rules.count;
    char place[PLACE_BYTES];
    struct err e;

    plan->rules = mem_must((count + 1) * sizeof *plan->rules);
    plan->rule_count = count;
    for (size_t i = 0; i < count; i++) {
        struct soap_rule *rule = &plan->rules[i];

        rule->code = mem_must_copy(from[i].code);
        rule->message = mem_must_copy(from[i].message);
        rule->path = mem_must_copy(from[i].path);
        rule->kind = soap__kind(from[i].kind);
        rule->not_processed = from[i].not_processed;
        rule->cause = soap__cause(from[i].cause);
        rule->help = mem_must_copy(from[i].help);
        rule->remedy = mem_must_copy(from[i].remedy);
        snprintf(place, sizeof place, "%s/errors/%zu", c->pointer, i);
        if (rule->code == NULL && rule->message == NULL && rule->path == NULL)
            flow_build_fault(c->build, place, "a rule has \"code\", \"message\" or \"path\"");
        if (rule->path != NULL && xml_path_check(rule->path, plan->spaces, &e) != ERR_OK)
            flow_build_fault(c->build, place, "\"path\": %s", e.text);
    }
}

static bool spaces_valid(const json_t *spaces)
{
    const char *prefix;
    json_t *uri;

    if (!json_is_object(spaces))
        return spaces == NULL;
    json_object_foreach((json_t *)spaces, prefix, uri)
    {
        if (!json_is_text(uri))
            return false;
    }
    return true;
}

static void plan_compile(struct compiling *c)
{
    struct soap_plan *plan = mem_must(sizeof *plan);
    struct soap_config *soap = c->soap;
    const char *envelope = soap->version == 1 ? SOAP_12 : SOAP_11, *prefix;
    bool named = false, failed;
    json_t *uri;

    soap->plan = plan;
    plan->base = (struct foreign_plan){ .refs = 1, .free = plan_free };
    plan->local = soap->namespaces == NULL || soap->said.wsdl != NULL;
    plan->soap12 = soap->version == 1;
    plan->answer = (enum soap_answer)soap->answer;
    if (!spaces_valid(soap->namespaces)) {
        flow_build_fault(c->build, c->pointer, "\"namespaces\" is an object {PREFIX: URI}");
        plan->spaces = json_object();
    } else {
        plan->spaces = soap->namespaces != NULL ? json_copied(soap->namespaces) : json_object();
    }
    failed = plan->spaces == NULL;
    json_object_foreach(plan->spaces, prefix, uri)
    {
        named = named || strcmp(json_text(uri), envelope) == 0;
    }
    if (!named)
        json_put(plan->spaces, "soap", json_string(envelope), &failed);
    if (json_object_get(plan->spaces, "xsi") == NULL)
        json_put(plan->spaces, "xsi", json_string("http://www.w3.org/2001/XMLSchema-instance"),
                 &failed);
    if (failed)
        flow_build_fault(c->build, c->pointer, "out of memory");
    rules_compile(c, plan);
}

static void plan_answers(struct soap_config *soap)
{
    const struct soap_message *messages[2] = { &soap->call, &soap->look };

    for (size_t i = 0; i < 2; i++) {
        soap->plan->output[i] = json_incref(messages[i]->operation.output);
        soap->plan->element[i] = mem_must_copy(messages[i]->operation.answer);
    }
}

/* ---- All of it */

static void key_compile(struct compiling *c)
{
    const struct soap_config *soap = c->soap;

    if (soap->key_header != NULL && soap->effect_class != EFFECT_KEYED)
        flow_build_fault(c->build, c->pointer,
                         "\"key_header\" has a meaning with the effect keyed");
    if (soap->key_header != NULL && !header_name_valid(soap->key_header))
        flow_build_fault(c->build, c->pointer, "\"%.80s\" cannot be the name of a header",
                         soap->key_header);
    if (soap->probe != NULL && soap->effect_class < EFFECT_KEYED)
        flow_build_fault(c->build, c->pointer,
                         "a probe has a meaning with the effects keyed and once");
}

void soap__compile(struct flow_build *build, struct soap_config *soap, const char *pointer)
{
    struct compiling c = { .build = build, .soap = soap, .pointer = pointer };
    char place[PLACE_BYTES];

    c.connection = definition_beside(build, pointer, "connection");
    soap->effect_class = (enum effect_class)soap->effect;
    plan_compile(&c);
    key_compile(&c);
    snprintf(place, sizeof place, "%s/security", pointer);
    if (soap->security != NULL && soap->security->secret != NULL)
        secret_check(&c, soap->security->secret, place);
    message_compile(&c, &soap->call, &soap->said);
    if (soap->probe != NULL) {
        c.probe = true;
        message_compile(&c, &soap->look, &soap->probe->said);
    }
    if (soap->url == NULL && soap->said.path == NULL && c.connection == NULL)
        soap->address = mem_must_copy(soap->call.operation.address);
    if (soap->address == NULL)
        http__compile_target(build, soap->url, soap->said.path, c.connection != NULL, pointer);
    plan_answers(soap);
}

static void message_release(struct soap_message *msg)
{
    for (size_t i = 0; i < msg->place_count; i++) {
        value_free(msg->values[SOAP_PLACES + i]);
        mem_free(msg->places[i].name);
    }
    mem_free(msg->values);
    mem_free(msg->places);
    mem_free(msg->action);
    stencil_free(msg->header);
    stencil_free(msg->body);
    schema_free(msg->shape);
    wsdl_operation_fini(&msg->operation);
    memset(msg, 0, sizeof *msg);
}

void soap__release(struct soap_config *soap)
{
    message_release(&soap->call);
    message_release(&soap->look);
    if (soap->plan != NULL)
        foreign_plan_unref(&soap->plan->base);
    mem_free(soap->address);
    soap->plan = NULL;
    soap->address = NULL;
}
