/* soap_read.c - the answer of a SOAP service as a document. A long one is read on a thread.
 *
 * It is read twice: as a tree for what is found by path (the fault, what rules look for), then as
 * JSON. A DOCTYPE is refused by both. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/node_work.h"
#include "format/charset.h"
#include "format/xml.h"
#include "nodes/connector/soap_answer_priv.h"
#include "nodes/header.h"
#include "nodes/media.h"

static void reading_free(struct soap_reading *reading)
{
    if (reading->plan != NULL)
        foreign_plan_unref(&reading->plan->base);
    mem_free(reading->bytes);
    json_decref(reading->headers);
    json_decref(reading->details);
    json_decref(reading->body);
    mem_free(reading);
}

/* ---- The document as a tree */

static enum err_code tree_piece(void *tree, const char *text, size_t size, struct err *e)
{
    return xml_feed(tree, text, size, e);
}

static enum err_code json_piece(void *reader, const char *text, size_t size, struct err *e)
{
    return xml_json_feed(reader, text, size, e);
}

/* In pieces of UTF-8. What HTTP says of the encoding counts, then what the document declares. */
static enum err_code reading_feed(const struct soap_reading *reading, const atomic_bool *given_up,
                                  foreign_piece_fn *piece, void *arg, struct err *e)
{
    const char *encoding = *reading->charset != '\0' ? reading->charset : NULL;
    char declared[CHARSET_NAME];
    json_t *input = foreign_body(reading->bytes, reading->size, NULL);
    enum err_code rc;

    if (input == NULL)
        return err_set(e, ERR_MEMORY, "no memory for the answer");
    if (encoding == NULL && json_is_object(input) &&
        xml_encoding(reading->bytes, reading->size, declared, sizeof declared))
        encoding = declared;
    if (json_is_text(input))
        encoding = NULL;
    rc = foreign_read(input, encoding, given_up, piece, arg, e);
    json_decref(input);
    return rc;
}

/* The first text that a path finds; "" when it finds none. */
static enum err_code find(struct xml *tree, const char *path, json_t *spaces,
                          const atomic_bool *given_up, char *text, size_t room, struct err *e)
{
    const struct xml_path paths = { .to = "x", .path = path, .list = true };
    json_t *value = NULL, *found;
    enum err_code rc = xml_extract(tree, NULL, &paths, 1, spaces, given_up, &value, e);
    size_t i;

    *text = '\0';
    found = json_object_get(value, "x");
    if (json_is_text(found)) /* no nodes but a value */
        snprintf(text, room, "%s", json_text(found));
    json_array_foreach(json_object_get(value, "x"), i, found)
    {
        const char *said = json_text(found);

        if (*text == '\0' && said != NULL)
            snprintf(text, room, "%s", said + strspn(said, " \t\r\n"));
    }
    json_decref(value);
    while (*text != '\0' && !utf8_valid(text, strlen(text)))
        text[strlen(text) - 1] = '\0'; /* a character that was cut */
    return rc;
}

struct place {
    const char *path;
    size_t offset, room; /* in the reading */
};
#define PLACE(member, path_text)                          \
    {                                                     \
        path_text, offsetof(struct soap_reading, member), \
            sizeof(((struct soap_reading *)0)->member)    \
    }

static enum err_code read_fault(struct soap_reading *reading, struct xml *tree, json_t *spaces,
                                const atomic_bool *given_up, struct err *e)
{
    static const struct place places[] = {
        PLACE(code, "/s:Envelope/s:Body/s:Fault/faultcode | "
                    "/t:Envelope/t:Body/t:Fault/t:Code/t:Value"),
        PLACE(subcode, "/t:Envelope/t:Body/t:Fault/t:Code/t:Subcode/t:Value"),
        PLACE(message, "/s:Envelope/s:Body/s:Fault/faultstring | "
                       "/t:Envelope/t:Body/t:Fault/t:Reason/t:Text"),
    };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < sizeof places / sizeof *places && rc == ERR_OK; i++)
        rc = find(tree, places[i].path, spaces, given_up, (char *)reading + places[i].offset,
                  places[i].room, e);
    return rc;
}

static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon != NULL ? colon + 1 : name;
}

static bool code_is(const struct soap_reading *reading, const char *code)
{
    return strcmp(reading->code, code) == 0 || strcmp(local(reading->code), code) == 0 ||
           strcmp(reading->subcode, code) == 0 || strcmp(local(reading->subcode), code) == 0;
}

/* *text: what its path found. */
static enum err_code rule_fits(const struct soap_reading *reading, const struct soap_rule *rule,
                               struct xml *tree, const atomic_bool *given_up, char *text,
                               size_t room, bool *fits, struct err *e)
{
    enum err_code rc;

    *fits = false;
    *text = '\0';
    if ((rule->code != NULL || rule->path == NULL) && !reading->fault)
        return ERR_OK;
    if (rule->code != NULL && !code_is(reading, rule->code))
        return ERR_OK;
    if (rule->path != NULL) {
        rc = find(tree, rule->path, reading->plan->spaces, given_up, text, room, e);
        if (rc != ERR_OK)
            return err_prefix(e, "the path %.100s", rule->path);
        if (*text == '\0' || strcmp(text, "false") == 0)
            return ERR_OK;
    }
    *fits = rule->message == NULL ||
            strcasestr(rule->path != NULL ? text : reading->message, rule->message) != NULL;
    return ERR_OK;
}

static enum err_code read_rules(struct soap_reading *reading, struct xml *tree,
                                const atomic_bool *given_up, struct err *e)
{
    char text[sizeof reading->message];

    for (size_t i = 0; i < reading->plan->rule_count && reading->rule == NULL; i++) {
        const struct soap_rule *rule = &reading->plan->rules[i];
        bool fits;

        if (rule_fits(reading, rule, tree, given_up, text, sizeof text, &fits, e) != ERR_OK)
            return e->code;
        if (!fits)
            continue;
        reading->rule = rule;
        if (rule->path != NULL && *text != '\0' && strcmp(text, "true") != 0)
            snprintf(reading->message, sizeof reading->message, "%s", text);
    }
    return ERR_OK;
}

static enum err_code read_tree(struct soap_reading *reading, const atomic_bool *given_up,
                               struct err *e)
{
    json_t *spaces = json_pack("{s:s, s:s}", "s", SOAP_11, "t", SOAP_12);
    struct xml *tree = xml_new(NULL, NULL, e);
    enum err_code rc = tree != NULL && spaces != NULL ? ERR_OK : ERR_MEMORY;
    char text[80];

    if (rc == ERR_OK)
        rc = reading_feed(reading, given_up, tree_piece, tree, e);
    if (rc == ERR_OK)
        rc = xml_end(tree, e);
    if (rc == ERR_OK)
        rc = find(tree, "boolean(/s:Envelope/s:Body | /t:Envelope/t:Body)", spaces, given_up, text,
                  sizeof text, e);
    reading->envelope = rc == ERR_OK && strcmp(text, "true") == 0;
    if (rc == ERR_OK && !reading->envelope)
        rc = err_set(e, ERR_TRANSIENT, "the answer is no SOAP envelope");
    if (rc == ERR_OK)
        rc = find(tree, "boolean(/s:Envelope/s:Body/s:Fault | /t:Envelope/t:Body/t:Fault)", spaces,
                  given_up, text, sizeof text, e);
    reading->fault = rc == ERR_OK && strcmp(text, "true") == 0;
    if (reading->fault)
        rc = read_fault(reading, tree, spaces, given_up, e);
    if (rc == ERR_OK)
        rc = read_rules(reading, tree, given_up, e);
    xml_free(tree);
    json_decref(spaces);
    return rc;
}

/* ---- The document as JSON */

/* A member by its local name, whatever its prefix. */
static json_t *member(json_t *object, const char *name)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (strcmp(local(key), name) == 0)
            return value;
    }
    return NULL;
}

/* With a WSDL the content of the element that answers, else all of soap:Body. */
static json_t *body_typed(const struct soap_reading *reading, json_t *body)
{
    const json_t *schema = reading->plan->output[reading->which];
    const char *element = reading->plan->element[reading->which];
    json_t *content;

    if (element == NULL)
        return json_is_object(body) ? json_incref(body) : json_object();
    content = member(body, element);
    if (content == NULL)
        return NULL;
    return schema != NULL ? wsdl_typed(schema, content) : json_incref(content);
}

static enum err_code read_json(struct soap_reading *reading, const atomic_bool *given_up,
                               struct err *e)
{
    const struct soap_plan *plan = reading->plan;
    const struct xml_form form = { .style = XML_DATA,
                                   .local = plan->local,
                                   .spaces = plan->local ? NULL : plan->spaces };
    struct xml_json *reader = xml_json_new(&form, e);
    enum err_code rc = reader != NULL ? ERR_OK : e->code;
    json_t *root = NULL;

    if (rc == ERR_OK)
        rc = reading_feed(reading, given_up, json_piece, reader, e);
    if (rc == ERR_OK)
        rc = xml_json_end(reader, &root, e);
    xml_json_free(reader);
    if (rc != ERR_OK)
        return rc;
    reading->body = body_typed(reading, member(member(root, "Envelope"), "Body"));
    json_decref(root);
    if (reading->body != NULL)
        return ERR_OK;
    return err_set(e, ERR_TRANSIENT, "the answer has no element \"%.100s\"",
                   plan->element[reading->which] != NULL ? plan->element[reading->which] : "Body");
}

/* Always ERR_OK: what is wrong with an answer is judged behind it. */
static enum err_code reading_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct soap_reading *reading = arg;

    (void)sent;
    (void)e;
    reading->trouble.code = ERR_OK;
    if (read_tree(reading, given_up, &reading->trouble) != ERR_OK || reading->fault ||
        reading->rule != NULL)
        return ERR_OK;
    if (reading->plan->answer == SOAP_ANSWER_JSON)
        read_json(reading, given_up, &reading->trouble);
    else if (utf8_valid(reading->bytes, reading->size))
        reading->body = json_stringn(reading->bytes, reading->size);
    else
        reading->body = foreign_body(reading->bytes, reading->size,
                                     *reading->charset != '\0' ? reading->charset : NULL);
    return ERR_OK;
}

static void reading_drop(void *arg)
{
    reading_free(arg);
}

void soap__read(struct step *step, const struct soap_config *soap, unsigned which,
                const struct step_reply *reply, soap_read_fn *then)
{
    static const atomic_bool never = false;
    struct soap_reading *reading = mem_must(sizeof *reading);
    const char *type = NULL;
    struct err e;

    for (size_t i = 0; i < reply->header_count && type == NULL; i++)
        if (strcasecmp(reply->headers[i].name, "Content-Type") == 0)
            type = reply->headers[i].value;
    if (type != NULL && !media_charset(type, reading->charset, sizeof reading->charset))
        *reading->charset = '\0';
    reading->plan = soap->plan;
    reading->plan->base.refs++;
    reading->which = which;
    reading->bytes = mem_must_copy_n(reply->body, reply->body_size);
    reading->size = reply->body_size;
    reading->status = reply->status;
    reading->retry_after_ms = reply->retry_after_ms;
    reading->headers = header_json(reply->headers, reply->header_count, NULL);
    reading->details = reply_details(reply);
    if (reading->size > FOREIGN_INLINE) {
        step_work(
            step,
            &(struct step_work){
                .job = reading, .work = reading_work, .drop = reading_drop, .effect = EFFECT_NONE },
            then);
        return;
    }
    if (reading->size > 0)
        (void)reading_work(reading, &never, NULL, &e);
    then(step, soap, reading);
    reading_free(reading);
}
