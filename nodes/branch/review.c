/* review.c - a person decides: the run waits for it and goes on by the exit that was chosen. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/node_long.h"
#include "nodes/definition.h"
#include "nodes/shape.h"
#include "nodes/word.h"
#include "schema/schema.h"

#define REVIEW_TITLE   500 /* bytes that are shown of a title */
#define REVIEW_ROLE    100u
#define PROBLEMS_SHOWN 250u /* bytes of what is wrong, told to whoever filled in the form */
#define REVIEW_MS_MAX  (INT64_C(3660) * 86400000) /* ten years */

struct review_port {
    const char *port, *title;
};
struct review_eyes {
    json_t *amount;
    struct value *value;
};
enum review_value { REVIEW_TITLES, REVIEW_DATA, REVIEW_EYES, REVIEW_VALUES };
struct review_config {
    struct value *title;
    struct value *data;
    json_t *form;
    const char *role, *escalate, *due_port;
    struct field_list ports; /* of struct review_port */
    int64_t due_ms;          /* 0: never */
    struct review_eyes *eyes;
    /* what compile() makes of the rows */
    struct value *values[REVIEW_VALUES]; /* borrowed from above: what step_eval() takes */
    const char **port_names;
    struct schema *shape; /* of the form; NULL: none */
    struct decimal amount;
};

/* ---- Settings */

static const struct field port_fields[] = {
    { .kind = FIELD_PORT,
      .name = "port",
      .offset = offsetof(struct review_port, port),
      .required = true,
      .help = "The exit of this choice.",
      .example = "\"approve\"" },
    { .kind = FIELD_TEXT,
      .name = "title",
      .offset = offsetof(struct review_port, title),
      .help = "What its button says; without it the exit's name.",
      .example = "\"Post it\"" },
    FIELD_LAST,
};
static const struct field eyes_fields[] = {
    { .kind = FIELD_JSON,
      .name = "amount",
      .offset = offsetof(struct review_eyes, amount),
      .required = true,
      .help = "The threshold: a number, or the same as a text. It is compared exactly.",
      .example = "\"10000.00\"" },
    { .kind = FIELD_VALUE,
      .name = "value",
      .offset = offsetof(struct review_eyes, value),
      .required = true,
      .help = "What is compared: when it is greater, two different people must choose the same "
              "exit. Anything but a number fails the step.",
      .example = "\"=steps.entry.amount\"" },
    FIELD_LAST,
};
static const struct field review_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "title",
      .offset = offsetof(struct review_config, title),
      .required = true,
      .help = "What is to be decided, for people; the first 500 bytes are shown.",
      .example = "\"='Match payment ' .. trigger.body.transactionId\"" },
    { .kind = FIELD_LIST,
      .name = "ports",
      .offset = offsetof(struct review_config, ports),
      .required = true,
      .min = 1,
      .max = 10,
      .rows = port_fields,
      .size = sizeof(struct review_port),
      .help = "The choices, in the order in which they are shown." },
    { .kind = FIELD_VALUE,
      .name = "data",
      .offset = offsetof(struct review_config, data),
      .main = true,
      .help = "What the person looks at. Without it: the node's input.",
      .example = "\"={ payment = trigger.body, invoices = steps.open.value }\"" },
    { .kind = FIELD_JSON,
      .name = "form",
      .offset = offsetof(struct review_config, form),
      .main = true,
      .help = "What the person fills in, as JSON Schema; it becomes the output's data. Without it "
              "a choice and a reason are all.",
      .example = "{\"type\": \"object\", \"properties\": {\"invoice\": {\"type\": \"string\"}}, "
                 "\"required\": [\"invoice\"]}" },
    { .kind = FIELD_TEXT,
      .name = "role",
      .offset = offsetof(struct review_config, role),
      .help = "Who may decide. Without it: whoever may decide reviews at all.",
      .example = "\"finance\"" },
    { .kind = FIELD_MS,
      .name = "due",
      .offset = offsetof(struct review_config, due_ms),
      .min = 1,
      .max = REVIEW_MS_MAX,
      .main = true,
      .help = "How long people have, from the first start of the step. What happens then say "
              "escalate and due_port; without them it is only shown as late.",
      .example = "\"2d\"" },
    { .kind = FIELD_TEXT,
      .name = "escalate",
      .offset = offsetof(struct review_config, escalate),
      .help = "A role that may decide too, once it is due.",
      .example = "\"finance-lead\"" },
    { .kind = FIELD_PORT,
      .name = "due_port",
      .offset = offsetof(struct review_config, due_port),
      .help = "The exit when nobody has decided in time; it may be one of the choices. Without it "
              "the run goes on waiting.",
      .example = "\"late\"" },
    { .kind = FIELD_OBJECT,
      .name = "four_eyes_above",
      .offset = offsetof(struct review_config, eyes),
      .rows = eyes_fields,
      .size = sizeof(struct review_eyes),
      .help = "An amount above which two different people must choose the same exit." },
    FIELD_LAST,
};
static const char *const review_ports[] = { NULL };

/* ---- Compile */

/* A number, or its text. */
static enum err_code amount_read(const json_t *json, struct decimal *amount, struct err *e)
{
    const char *text = json_is_exact(json) ? json_exact_text(json) : json_text(json);

    if (json_is_integer(json)) {
        decimal_from_int(amount, json_integer_value(json));
        return ERR_OK;
    }
    if (text == NULL)
        return err_set(e, ERR_INVALID, "a number must stand here, but here is: %s",
                       json_kind(json));
    if (decimal_parse(amount, text, strlen(text), e) != ERR_OK) {
        e->code = ERR_INVALID;
        return e->code;
    }
    return ERR_OK;
}

static void compile_ports(struct flow_build *build, struct review_config *review,
                          const char *pointer)
{
    const struct review_port *ports = review->ports.items;

    review->port_names = mem_must((review->ports.count + 1) * sizeof *review->port_names);
    for (size_t i = 0; i < review->ports.count; i++) {
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/ports/%zu/port", pointer, i);
        review->port_names[i] = ports[i].port;
        for (size_t j = 0; j < i; j++)
            if (strcmp(ports[j].port, ports[i].port) == 0)
                flow_build_fault(build, place, "the choice \"%s\" is there already", ports[i].port);
    }
}

struct form_place {
    struct flow_build *build;
    const char *pointer;
};

static void form_problem(void *arg, const char *pointer, const char *text)
{
    const struct form_place *at = arg;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/form%s", at->pointer, pointer);
    flow_build_fault(at->build, place, "%s", text);
}

static void compile_role(struct flow_build *build, const char *role, const char *pointer,
                         const char *name)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/%s", pointer, name);
    if (role != NULL && (*role == '\0' || strlen(role) > REVIEW_ROLE))
        flow_build_fault(build, place, "a role's name has 1 to %u bytes", REVIEW_ROLE);
}

/* What says how late is late needs a time. */
static void compile_due(struct flow_build *build, const struct review_config *review,
                        const char *pointer)
{
    if (review->due_ms == 0 && review->due_port != NULL)
        flow_build_fault(build, pointer,
                         "\"due_port\" needs \"due\": how long people have, like \"2d\"");
    if (review->due_ms == 0 && review->escalate != NULL)
        flow_build_fault(build, pointer,
                         "\"escalate\" needs \"due\": how long people have, like \"2d\"");
}

static void review_compile(struct flow_build *build, void *config, const char *pointer,
                           const struct node_type *type)
{
    struct review_config *review = config;
    struct form_place place = { build, pointer };
    char amount[PLACE_BYTES];
    struct err e;

    (void)type;
    compile_ports(build, review, pointer);
    compile_due(build, review, pointer);
    compile_role(build, review->role, pointer, "role");
    compile_role(build, review->escalate, pointer, "escalate");
    if (review->form != NULL)
        review->shape = shape_new(review->form, form_problem, &place);
    review->values[REVIEW_TITLES] = review->title;
    review->values[REVIEW_DATA] = review->data;
    if (review->eyes == NULL)
        return;
    review->values[REVIEW_EYES] = review->eyes->value;
    snprintf(amount, sizeof amount, "%s/four_eyes_above/amount", pointer);
    if (amount_read(review->eyes->amount, &review->amount, &e) != ERR_OK)
        flow_build_fault(build, amount, "%s", e.text);
}

static void review_release(void *config)
{
    struct review_config *review = config;

    mem_free(review->port_names);
    review->port_names = NULL;
    schema_free(review->shape);
    review->shape = NULL;
}

/* ---- Answers */

/* One after the other, as far as there is room. */
static void answer_problem(void *arg, const char *pointer, const char *text)
{
    struct buf *problems = arg;

    (void)pointer;
    if (problems->len > PROBLEMS_SHOWN)
        return;
    buf_addf(problems, "%s%s", problems->len > 0 ? "; " : "", text);
}

/* A choice without a form filled in is one, too: who rejects need not fill in what to post. */
static enum err_code review_answer(const void *config, json_t *data, struct err *e)
{
    const struct review_config *review = config;
    struct buf problems;
    enum err_code rc;

    if (data == NULL || json_is_null(data))
        return ERR_OK;
    if (review->form == NULL)
        return err_set(e, ERR_INVALID, "there is no form to fill in here");
    check(review->shape != NULL);
    buf_init(&problems, 4 * KIB);
    rc = shape_match(review->shape, data, false, answer_problem, &problems, e);
    if (rc == ERR_INVALID)
        err_set(e, ERR_INVALID, "what was filled in does not fit the form: %s",
                buf_text(&problems));
    buf_fini(&problems);
    return rc;
}

static void review_decided(struct step *step, const void *config,
                           const struct step_reviewed *reviewed)
{
    json_t *output = json_incref(reviewed->answer);

    (void)config;
    check(reviewed->port != NULL);
    step_done(step, reviewed->port, &output);
}

/* 2 above the amount. What is no number is no reason for one pair of eyes. */
static enum err_code approvals_find(const struct review_config *review, const json_t *value,
                                    unsigned *approvals, struct err *e)
{
    struct decimal amount;

    *approvals = 1;
    if (review->eyes == NULL)
        return ERR_OK;
    if (amount_read(value, &amount, e) != ERR_OK)
        return err_prefix(e, "four_eyes_above.value");
    if (decimal_compare(&amount, &review->amount) > 0)
        *approvals = 2;
    return ERR_OK;
}

/* ---- Tests: what a person would choose is in them, and looked at as a person's answer is */

/* NULL: the test has no answer, or *e says how the step fails. */
static json_t *review_given(struct step *step, const struct step_review *ask, struct err *e)
{
    struct step_ask said = { .method = STEP_ASKS_PERSON, .target = ask->title };
    json_t *body, *given;
    char *text;

    e->code = ERR_OK;
    if (!step_simulated(step))
        return NULL;
    body = json_pack("{s:s, s:O?}", "title", ask->title, "data", ask->data);
    check(body != NULL);
    said.body = text = json_text_new(body, LIMIT_OUTPUT, &said.body_size);
    given = step_simulate_given(step, &said, e);
    json_decref(body);
    mem_free(text);
    return given;
}

static enum err_code review_choice(const struct review_config *review, const char *port,
                                   struct err *e)
{
    for (size_t i = 0; port != NULL && i < review->ports.count; i++)
        if (strcmp(review->port_names[i], port) == 0)
            return ERR_OK;
    if (port != NULL && review->due_port != NULL && strcmp(review->due_port, port) == 0)
        return ERR_OK;
    return err_set(e, ERR_INVALID, "the test's answer chooses \"%.64s\", which is no choice here",
                   port != NULL ? port : "");
}

static void review_take(struct step *step, const struct review_config *review, const json_t *given)
{
    const char *port = json_get_text(given, "port"), *by = json_get_text(given, "by"),
               *reason = json_get_text(given, "reason");
    json_t *data = json_object_get(given, "data"), *output, *details = NULL;
    char at[CLOCK_TEXT];
    struct err e;

    if (review_choice(review, port, &e) != ERR_OK || review_answer(review, data, &e) != ERR_OK) {
        step_fail(step, &e, &details);
        return;
    }
    clock_text(step_began_ms(step), at);
    output = json_pack("{s:s, s:s, s:s, s:s, s:O?}", "port", port, "by", by != NULL ? by : "tester",
                       "at", at, "reason", reason != NULL ? reason : "", "data", data);
    check(output != NULL);
    step_done(step, port, &output);
}

/* ---- The step */

/* What people call the choices; NULL: none has a title. */
static json_t *review_titles(const struct review_config *review)
{
    const struct review_port *ports = review->ports.items;
    json_t *titles = NULL;

    for (size_t i = 0; i < review->ports.count; i++) {
        if (ports[i].title == NULL)
            continue;
        if (titles == NULL)
            titles = json_object();
        check(json_object_set_new_nocheck(titles, ports[i].port, json_string(ports[i].title)) == 0);
    }
    return titles;
}

static void review_filled(struct step *step, const void *config, const struct step_values *values)
{
    const struct review_config *review = config;
    char *title = step_state(step, REVIEW_TITLE + 1);
    json_t *details = NULL, *given = NULL;
    struct step_review ask = {
        .title = title,
        .form = review->form,
        .data = review->data != NULL ? values->filled[REVIEW_DATA] : step_input(step),
        .ports = review->port_names,
        .port_count = review->ports.count,
        .titles = review_titles(review),
        .role = review->role,
        .due_ms = review->due_ms > 0 ? step_began_ms(step) + review->due_ms : INT64_MAX,
        .escalate = review->escalate,
        .due_port = review->due_port,
    };
    struct err e = { .code = ERR_OK };

    check(values->count == REVIEW_VALUES);
    word_show(values->filled[REVIEW_TITLES], title, REVIEW_TITLE + 1);
    if (approvals_find(review, values->filled[REVIEW_EYES], &ask.approvals, &e) == ERR_OK &&
        title[0] == '\0')
        err_set(&e, ERR_INVALID, "the title is empty: people would not know what they decide");
    if (e.code == ERR_OK)
        given = review_given(step, &ask, &e);
    if (e.code != ERR_OK)
        step_fail(step, &e, &details);
    else if (given != NULL)
        review_take(step, review, given);
    else
        step_review(step, &ask, review_decided);
    json_decref(ask.titles);
    json_decref(given);
}

static enum node_next review_start(struct step *step, const void *config)
{
    const struct review_config *review = config;

    check(review->ports.count > 0);
    return step_eval(step, review->values, REVIEW_VALUES, false, review_filled);
}

/* What was adjusted by it, for the list of settlements: without what people explain. */
static json_t *review_summary(const json_t *output)
{
    json_t *adjustments = json_object_get(json_object_get(output, "data"), "adjustments");

    if (json_array_size(adjustments) == 0)
        return NULL;
    return json_pack("{s:O*, s:{s:O}}", "by", json_object_get(output, "by"), "data", "adjustments",
                     adjustments);
}

const struct node_type node_branch_review = {
    .name = "branch.review",
    .kind = NODE_BRANCH,
    .title = "Review",
    .help = "Puts a task into the review queue and waits, over restarts, until a person has "
            "chosen one of its exits. The output is {port, by, at, reason, data}: what was chosen, "
            "by whom, when, why, and what was filled in; by is null when nobody decided in time. "
            "Where two must choose, the second one sees what the first has filled in and leaves it "
            "as it is; agreed names who has chosen the same before.",
    .fields = review_fields,
    .config_size = sizeof(struct review_config),
    .ports = review_ports,
    .example =
        "{\"title\": \"='Match payment ' .. trigger.body.transactionId\", \"role\": \"finance\", "
        "\"ports\": [{\"port\": \"post\", \"title\": \"Post it\"}, {\"port\": \"reject\"}], "
        "\"form\": {\"type\": \"object\", \"properties\": {\"invoice\": {\"type\": \"string\"}}}, "
        "\"due\": \"2d\", \"escalate\": \"finance-lead\", \"four_eyes_above\": {\"amount\": "
        "\"10000.00\", \"value\": \"=trigger.body.amount\"}}",
    .compile = review_compile,
    .answer = review_answer,
    .start = review_start,
    .summary = review_summary,
    .release = review_release,
};
