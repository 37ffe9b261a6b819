/* respond.c - answers the caller who waits for the run's result. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/node.h"
#include "nodes/definition.h"
#include "nodes/header.h"

enum { VALUE_STATUS, VALUE_HEADERS, VALUE_BODY, VALUE_COUNT };

struct respond_config {
    struct value *status, *headers, *body;
    struct value *values[VALUE_COUNT]; /* borrowed from above */
};

static const struct field respond_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "status",
      .offset = offsetof(struct respond_config, status),
      .fallback = "200",
      .help = "The HTTP status, 200 to 599." },
    { .kind = FIELD_VALUE,
      .name = "headers",
      .offset = offsetof(struct respond_config, headers),
      .help = "An object of texts. With a Content-Type that is not JSON a text as body is sent as "
              "it is.",
      .example = "{\"Cache-Control\": \"no-store\"}" },
    { .kind = FIELD_VALUE,
      .name = "body",
      .offset = offsetof(struct respond_config, body),
      .help = "What is answered, as JSON; by default the output of the node before.",
      .example = "{\"accepted\": true, \"id\": \"=trigger.body.id\"}" },
    FIELD_LAST,
};

static bool respond_status_valid(const json_t *status)
{
    return json_is_integer(status) && json_integer_value(status) >= 200 &&
           json_integer_value(status) <= 599;
}

static void respond_compile(struct flow_build *build, void *config, const char *pointer,
                            const struct node_type *type)
{
    struct respond_config *respond = config;
    char place[PLACE_BYTES];

    (void)type;
    respond->values[VALUE_STATUS] = respond->status;
    respond->values[VALUE_HEADERS] = respond->headers;
    respond->values[VALUE_BODY] = respond->body;
    snprintf(place, sizeof place, "%s/status", pointer);
    if (respond->status != NULL && value_is_literal(respond->status) &&
        !respond_status_valid(value_literal(respond->status)))
        flow_build_fault(build, place, "\"status\" is a whole number from 200 to 599");
    snprintf(place, sizeof place, "%s/headers", pointer);
    header_compile(build, respond->headers, false, place);
}

static json_t *respond_output(json_t *status, json_t *body)
{
    json_t *output = json_object();
    bool failed = output == NULL;

    if (failed)
        return NULL;
    json_put_or_null(output, "status", json_incref(status), &failed);
    json_put_or_null(output, "body", json_incref(body), &failed);
    if (!failed)
        return output;
    json_decref(output);
    return NULL;
}

static void respond_evaluated(struct step *step, const void *config,
                              const struct step_values *values)
{
    const struct respond_config *respond = config;
    json_t *status = values->filled[VALUE_STATUS];
    json_t *headers = values->filled[VALUE_HEADERS];
    json_t *body = respond->body != NULL ? values->filled[VALUE_BODY] : step_input(step);
    json_t *output = NULL, *details = NULL;
    struct header_list checked;
    enum err_code rc;
    struct err e;

    check(values->count == VALUE_COUNT);
    header_list_init(&checked);
    rc = header_list_read(&checked, headers, false, &e);
    if (rc == ERR_OK && !respond_status_valid(status))
        rc =
            err_set(&e, ERR_INVALID,
                    "the status of an answer is a whole number from 200 to 599, but here it is: %s",
                    json_is_integer(status) ? "another one" : json_kind(status));
    if (rc == ERR_OK) {
        output = respond_output(status, body);
        if (output == NULL)
            rc = err_set(&e, ERR_MEMORY, "no memory for the answer");
    }
    if (rc == ERR_OK) {
        step_answer(step, (int)json_integer_value(status), json_is_object(headers) ? headers : NULL,
                    body != NULL ? body : json_null());
        step_done(step, "out", &output);
    } else {
        step_fail(step, &e, &details);
    }
    header_list_fini(&checked);
}

static enum node_next respond_start(struct step *step, const void *config)
{
    const struct respond_config *respond = config;

    check(respond->values[VALUE_STATUS] != NULL);
    return step_eval(step, respond->values, VALUE_COUNT, false, respond_evaluated);
}

const struct node_type node_connector_respond = {
    .name = "connector.respond",
    .kind = NODE_CONNECTOR,
    .title = "Respond",
    .help =
        "Answers the caller of a webhook that waits for the result (respond: result). Only the "
        "first "
        "answer of a run counts; it leaves after everything the run did up to here is on disk. The "
        "output is {status, body}.",
    .fields = respond_fields,
    .config_size = sizeof(struct respond_config),
    .example = "{\"status\": 201, \"body\": {\"id\": \"=trigger.body.transactionId\"}}",
    .compile = respond_compile,
    .start = respond_start,
};
