/* webhook.c - a flow begins when a system sends us a request.
 *
 * Who sent it is decided over the raw bytes, before anything is parsed. The body is read as its
 * Content-Type declares it and as nothing else; nothing of the request can look like our own
 * data, because it all stands below "body", "headers" and "query". */
#include "nodes/trigger/webhook.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "format/charset.h"
#include "nodes/definition.h"
#include "nodes/foreign.h"
#include "nodes/form.h"
#include "nodes/header.h"
#include "nodes/media.h"
#include "nodes/trigger/verify.h"

#define WEBHOOK_PATH 200u /* bytes: what a person still types into another system's form */

enum webhook_respond { RESPOND_ACCEPTED, RESPOND_RESULT };
enum webhook_accept { ACCEPT_JSON, ACCEPT_TEXT };

const char *const webhook_methods[] = { "POST", "PUT", "PATCH", "DELETE", "GET", NULL };
const char *const webhook_responds[] = { "accepted", "result", NULL };
static const char *const accepts[] = { "json", "text", NULL };

static const struct field webhook_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "path",
      .offset = offsetof(struct webhook_config, path),
      .required = true,
      .help = "The address behind /hooks/WORKSPACE/ENVIRONMENT/.",
      .example = "\"paytrace/payments\"" },
    { .kind = FIELD_CHOICE,
      .name = "method",
      .offset = offsetof(struct webhook_config, method),
      .fallback = "POST",
      .choices = webhook_methods,
      .help = "The method with which the system calls." },
    { .kind = FIELD_CHOICE,
      .name = "respond",
      .offset = offsetof(struct webhook_config, respond),
      .fallback = "accepted",
      .choices = webhook_responds,
      .help = "accepted: 202 as soon as the event is on disk. result: the caller waits for what "
              "connector.respond says, or for the run's output." },
    { .kind = FIELD_CHOICE,
      .name = "accept",
      .offset = offsetof(struct webhook_config, accept),
      .fallback = "json",
      .choices = accepts,
      .help = "json: JSON and forms; any other content type is refused. text: any content type "
              "(CSV, XML, EDI, ...); the body is the text as it came, or {base64, encoding} when "
              "its bytes are no UTF-8." },
    { .kind = FIELD_TEXT,
      .name = "compare",
      .offset = offsetof(struct webhook_config, compare),
      .help =
          "Of two deliveries with the same `dedupe` key, what of the body must be the same too, "
          "as a dotted path: where a repeat differs in its envelope. Without it, the whole "
          "body.",
      .example = "\"payload\"" },
    { .kind = FIELD_OBJECT,
      .name = "verify",
      .offset = offsetof(struct webhook_config, verify),
      .required = true,
      .rows = verify_fields,
      .size = sizeof(struct verify),
      .help = "How the sender is verified. {\"type\": \"none\"} is the explicit choice not to." },
    FIELD_LAST,
};

/* ---- Compile */

/* Takes slashes off both ends, in place. */
static void webhook_trim(char *path)
{
    size_t size = strlen(path);

    while (size > 0 && path[size - 1] == '/')
        path[--size] = '\0';
    memmove(path, path + strspn(path, "/"), strlen(path + strspn(path, "/")) + 1);
}

static bool webhook_path_characters(const char *path)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

    return path[strspn(path, allowed)] == '\0';
}

static bool webhook_path_dots(const char *path)
{
    for (const char *at = path; *at != '\0';) {
        size_t size = strcspn(at, "/");

        if ((size == 1 && at[0] == '.') || (size == 2 && at[0] == '.' && at[1] == '.'))
            return true;
        at += size + (at[size] == '/');
    }
    return false;
}

static void webhook_compile_path(struct flow_build *build, struct webhook_config *webhook,
                                 const char *pointer)
{
    char *path = (char *)webhook->path; /* the config's own copy */
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/path", pointer);
    webhook_trim(path);
    if (*path == '\0')
        flow_build_fault(build, place,
                         "the path is empty; give it a name such as \"paytrace/payments\"");
    else if (strlen(path) > WEBHOOK_PATH)
        flow_build_fault(build, place, "the path has %zu bytes, at most %u are allowed",
                         strlen(path), WEBHOOK_PATH);
    else if (!webhook_path_characters(path))
        flow_build_fault(build, place,
                         "a path has letters, digits, \"-\", \"_\", \".\", \"~\" and \"/\" only");
    else if (strstr(path, "//") != NULL || webhook_path_dots(path))
        flow_build_fault(build, place,
                         "a path has no empty, \".\" or \"..\" parts between its slashes");
}

static void webhook_compile(struct flow_build *build, void *config, const char *pointer,
                            const struct node_type *type)
{
    struct webhook_config *webhook = config;
    char place[PLACE_BYTES];

    (void)type;
    check(webhook != NULL);
    if (webhook->path != NULL)
        webhook_compile_path(build, webhook, pointer);
    if (webhook->verify == NULL)
        return; /* the row is required */
    snprintf(place, sizeof place, "%s/verify", pointer);
    verify_compile(build, webhook->verify, place);
}

static void webhook_arm(const void *config, struct node_arm *arm)
{
    const struct webhook_config *webhook = config;

    check(webhook->path != NULL);
    arm->method = webhook_methods[webhook->method];
    arm->path = webhook->path;
    arm->respond_result = webhook->respond == RESPOND_RESULT;
    arm->compare = webhook->compare;
}

/* ---- Receive */

enum webhook_media { MEDIA_NONE, MEDIA_JSON, MEDIA_FORM, MEDIA_OTHER };

/* The header's value; NULL: there is none. */
static enum err_code webhook_type(const struct node_event *event, const char **type, struct err *e)
{
    const char *value = NULL;

    for (size_t i = 0; i < event->header_count; i++) {
        const struct step_pair *header = &event->headers[i];

        if (strcasecmp(header->name, "Content-Encoding") == 0 &&
            strcasecmp(header->value, "identity") != 0)
            return err_set(e, ERR_MEDIA, "a body with Content-Encoding \"%.40s\" is not accepted",
                           header->value);
        if (strcasecmp(header->name, "Content-Type") != 0)
            continue;
        if (value != NULL)
            return err_set(e, ERR_MEDIA, "the header Content-Type came more than once");
        value = header->value;
    }
    *type = value;
    return ERR_OK;
}

static enum err_code webhook_media(const struct node_event *event, enum webhook_media *media,
                                   struct err *e)
{
    const char *value;
    enum err_code rc = webhook_type(event, &value, e);

    if (rc != ERR_OK)
        return rc;
    if (value == NULL || *value == '\0')
        *media = MEDIA_NONE;
    else if (!media_is_utf8(value)) /* JSON is UTF-8 (RFC 8259) */
        return err_set(e, ERR_MEDIA, "the body must be UTF-8, not \"%.80s\"", value);
    else if (media_is_json(value))
        *media = MEDIA_JSON;
    else if (media_is_form(value))
        *media = MEDIA_FORM;
    else
        *media = MEDIA_OTHER;
    if (*media == MEDIA_OTHER || (*media == MEDIA_NONE && event->body_size > 0))
        return err_set(e, ERR_MEDIA,
                       "a body of content type \"%.80s\" is not accepted; send application/json "
                       "or application/x-www-form-urlencoded, or let the flow's trigger say "
                       "\"accept\": \"text\"",
                       value != NULL ? value : "");
    return ERR_OK;
}

/* Whatever it is declared as: CSV, XML, EDI, ... */
static enum err_code webhook_text(const struct node_event *event, json_t **body, struct err *e)
{
    const char *type;
    char encoding[CHARSET_NAME];
    enum err_code rc = webhook_type(event, &type, e);

    if (rc != ERR_OK)
        return rc;
    if (event->body_size == 0)
        *body = json_null();
    else if (type != NULL && !media_is_utf8(type) && media_charset(type, encoding, sizeof encoding))
        *body = foreign_body(event->body, event->body_size, encoding);
    else
        *body = foreign_body(event->body, event->body_size, NULL);
    return *body != NULL ? ERR_OK : err_set(e, ERR_MEMORY, "no memory for the body");
}

static enum err_code webhook_body(const struct node_event *event, json_t **body, struct err *e)
{
    bool bodyless = strcmp(event->method, "GET") == 0 || strcmp(event->method, "DELETE") == 0;
    enum webhook_media media = MEDIA_NONE;
    enum err_code rc = webhook_media(event, &media, e);

    if (rc != ERR_OK)
        return rc;
    if (event->body_size == 0 && (media == MEDIA_NONE || bodyless)) {
        *body = json_null();
        return ERR_OK;
    }
    if (media == MEDIA_FORM)
        return form_read(event->body, event->body_size, "the form in the body", body, e);
    *body = json_read(event->body, event->body_size, &json_limits_body, e);
    return *body != NULL ? ERR_OK : err_prefix(e, "the body is not valid JSON");
}

static enum err_code webhook_receive(struct node_event *event, const void *config, json_t **input,
                                     struct err *e)
{
    const struct webhook_config *webhook = config;
    const char *query_text = event->query != NULL ? event->query : "";
    json_t *body = NULL, *query = NULL;
    char received[CLOCK_TEXT];
    bool failed = false;
    enum err_code rc;

    check(webhook->verify != NULL);
    *input = NULL;
    rc = verify_event(event, webhook->verify, e);
    if (rc == ERR_OK)
        rc = webhook->accept == ACCEPT_TEXT ? webhook_text(event, &body, e)
                                            : webhook_body(event, &body, e);
    if (rc == ERR_OK)
        rc = form_read(query_text, strlen(query_text), "the query", &query, e);
    if (rc != ERR_OK)
        goto out;
    clock_text(event->received_ms, received);
    *input = json_object();
    failed = *input == NULL;
    if (!failed) {
        json_put(*input, "body", json_incref(body), &failed);
        json_put(*input, "headers",
                 header_json(event->headers, event->header_count, verify_header(webhook->verify)),
                 &failed);
        json_put(*input, "query", json_incref(query), &failed);
        json_put(*input, "method", json_string(event->method), &failed);
        json_put(*input, "path", json_string(webhook->path), &failed);
        json_put(*input, "received_at", json_string(received), &failed);
    }
    if (failed) {
        json_decref(*input);
        *input = NULL;
        rc = err_set(e, ERR_MEMORY, "no memory for the event");
    }
out:
    json_decref(body);
    json_decref(query);
    return rc;
}

const struct node_type node_trigger_webhook = {
    .name = "trigger.webhook",
    .kind = NODE_TRIGGER,
    .title = "Webhook",
    .help =
        "Starts a run when another system sends a request. The output is seen as `trigger`: "
        "{body, headers, query, method, path, received_at}. A JSON body is parsed with every digit "
        "of its numbers, a form becomes an object of texts; other content types are refused unless "
        "`accept` is text. "
        "Headers have lower-case names; credentials among them are left out.",
    .fields = webhook_fields,
    .config_size = sizeof(struct webhook_config),
    .example = "{\"path\": \"paytrace/payments\", \"verify\": {\"type\": \"hmac\", \"header\": "
               "\"X-Signature\", \"secret\": \"paytrace_webhook\"}}",
    .compile = webhook_compile,
    .arm = webhook_arm,
    .receive = webhook_receive,
};
