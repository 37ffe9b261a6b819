/* review.c - "branch.review": what people are asked, by how many, and what comes of it. */
#include "lasting.h"

#define PORTS  "'ports': [{'port': 'post', 'title': 'Post it'}, {'port': 'reject'}]"
#define REVIEW "branch.review"
#define FORM                                                                             \
    "'form': {'type': 'object', 'properties': {'invoice': {'type': 'string'}, 'count': " \
    "{'type': 'integer'}}, 'required': ['invoice']}"

static void test_what_is_asked(void **state)
{
    struct step step;

    lasting_start(*state, &step, REVIEW,
                  "{'title': '=t', " PORTS ", 'data': {'p': '=p'}, " FORM
                  ", 'role': 'finance', 'due': '2d', 'escalate': 'lead', 'due_port': 'late'}",
                  "{'t': 'Match T1', 'p': [1]}", NULL);
    assert_int_equal(step.asked, ASK_REVIEW);
    assert_string_equal(step.review.title, "Match T1");
    node_try_same(json_incref(step.sent), "{'p': [1]}");
    assert_non_null(json_object_get(step.review.form, "properties"));
    assert_int_equal(step.review.port_count, 2);
    assert_string_equal(step.review.ports[0], "post");
    assert_string_equal(step.review.ports[1], "reject");
    assert_string_equal(step.review.role, "finance");
    assert_string_equal(step.review.escalate, "lead");
    assert_string_equal(step.review.due_port, "late");
    assert_true(step.review.due_ms == LASTING_NOW + 2 * INT64_C(86400000));
    assert_int_equal(step.review.approvals, 1);
    lasting_free(&step);
}

static void test_by_default(void **state)
{
    struct step step;

    lasting_start(*state, &step, REVIEW, "{'title': 'T', " PORTS "}", NULL, "{'in': 1}");
    node_try_same(json_incref(step.sent), "{'in': 1}");
    assert_null(step.review.form);
    assert_null(step.review.role);
    assert_null(step.review.escalate);
    assert_null(step.review.due_port);
    assert_true(step.review.due_ms == INT64_MAX);
    assert_int_equal(step.review.approvals, 1);
    lasting_free(&step);
}

static void test_a_title_is_for_people(void **state)
{
    char scope[700] = "{'t': '";
    struct step step;

    lasting_start(*state, &step, REVIEW, "{'title': '=t', " PORTS "}", "{}", NULL);
    lasting_failed(&step, ERR_INVALID, "the title is empty");
    lasting_start(*state, &step, REVIEW, "{'title': '=t', " PORTS "}", "{'t': 1795}", NULL);
    assert_string_equal(step.review.title, "1795");
    lasting_free(&step);
    memset(scope + 7, 'x', 600);
    snprintf(scope + 607, sizeof scope - 607, "'}");
    lasting_start(*state, &step, REVIEW, "{'title': '=t', " PORTS "}", scope, NULL);
    assert_int_equal(strlen(step.review.title), 500);
    lasting_free(&step);
}

static void decides(struct node_try *try, const char *config, const char *port, const char *answer)
{
    json_t *said = answer != NULL ? node_try_json(answer) : NULL;
    struct step_reviewed reviewed = { .port = port, .answer = said };
    struct step step;

    lasting_start(try, &step, REVIEW, config, NULL, NULL);
    assert_int_equal(step.asked, ASK_REVIEW);
    step.then.reviewed(&step, step.config, &reviewed);
    lasting_ended(&step, port, answer != NULL ? answer : "null");
    json_decref(said);
}

static void test_the_decision_is_the_exit(void **state)
{
    decides(*state, "{'title': 'T', " PORTS "}", "reject",
            "{'port': 'reject', 'by': 'ann', 'at': '2026-11-21T09:03:03.123Z', 'reason': 'no', "
            "'data': null}");
    decides(*state, "{'title': 'T', " PORTS ", 'due': '1h', 'due_port': 'late'}", "late", NULL);
}

static void answers(struct node_try *try, const char *config, const char *data, const char *fault)
{
    const struct flow_node *node = node_try_fine(try, REVIEW, config, NULL);
    json_t *json = data != NULL ? node_try_json(data) : NULL;
    struct err e;
    enum err_code rc = node->type->answer(node->config, json, &e);

    assert_int_equal(rc, fault != NULL ? ERR_INVALID : ERR_OK);
    if (fault != NULL && strstr(e.text, fault) == NULL)
        fail_msg("%s: wanted \"%s\" in \"%s\"", data, fault, e.text);
    json_decref(json);
}

static void test_what_was_filled_in_fits_the_form(void **state)
{
    static const char config[] = "{'title': 'T', " PORTS ", " FORM "}";

    answers(*state, config, "{'invoice': 'I7', 'count': 2}", NULL);
    answers(*state, config, "null", NULL);
    answers(*state, config, NULL, NULL);
    answers(*state, config, "{}", "\"invoice\" is missing");
    answers(*state, config, "{'invoice': 7}",
            "does not fit the form: \"invoice\" must be: text, but is: number");
    answers(*state, config, "{'invoice': 'I', 'x': 1}", "\"x\" is not one of its members");
    answers(*state, config, "[]", "must be: object");
    answers(*state, "{'title': 'T', " PORTS "}", "null", NULL);
    answers(*state, "{'title': 'T', " PORTS "}", "{'a': 1}", "there is no form");
}

static void test_four_eyes_above_an_amount(void **state)
{
    static const struct {
        const char *amount, *scope;
        unsigned approvals; /* 0: it fails */
    } cases[] = {
        { "'10000.00'", "{'v': 10000}", 1 },
        { "'10000.00'", "{'v': 10000.00}", 1 },
        { "'10000.00'", "{'v': 10000.000000000000000000001}", 2 },
        { "10000", "{'v': 10000.01}", 2 },
        { "10000.5", "{'v': '10000.50'}", 1 },
        { "10000.5", "{'v': '10000.51'}", 2 },
        { "0", "{'v': -5}", 1 },
        { "9007199254740993", "{'v': 9007199254740994}", 2 },
        { "0", "{}", 0 },
        { "0", "{'v': null}", 0 },
        { "0", "{'v': 'many'}", 0 },
        { "0", "{'v': true}", 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char config[300];
        struct step step;

        snprintf(config, sizeof config,
                 "{'title': 'T', " PORTS ", 'four_eyes_above': {'amount': %s, 'value': '=v'}}",
                 cases[i].amount);
        lasting_start(*state, &step, REVIEW, config, cases[i].scope, NULL);
        if (cases[i].approvals == 0) {
            assert_int_equal(step.asked, ASK_NOTHING);
            lasting_failed(&step, ERR_INVALID, "four_eyes_above.value: ");
            continue;
        }
        if (step.review.approvals != cases[i].approvals)
            fail_msg("%s, %s: %u", cases[i].amount, cases[i].scope, step.review.approvals);
        lasting_free(&step);
    }
}

static void test_settings(void **state)
{
    static const struct {
        const char *config, *pointer, *wanted;
    } cases[] = {
        { "{" PORTS "}", "/config", "\"title\" is missing" },
        { "{'title': 'T'}", "/config", "\"ports\" is missing" },
        { "{'title': 'T', 'ports': []}", "/ports", "at least 1" },
        { "{'title': 'T', 'ports': [{'port': 'a'}, {'port': 'a'}]}", "/ports/1/port",
          "is there already" },
        { "{'title': 'T', 'ports': [{'port': 'error'}]}", "/ports/0/port", "on_error" },
        { "{'title': 'T', 'ports': [{'port': '=a'}]}", "/ports/0/port", "no expression" },
        { "{'title': 'T', 'ports': [{'port': 'a'},{'port': 'b'},{'port': 'c'},{'port': 'd'},"
          "{'port': 'e'},{'port': 'f'},{'port': 'g'},{'port': 'h'},{'port': 'i'},{'port': 'j'},"
          "{'port': 'k'}]}",
          "/ports", "at most 10" },
        { "{'title': 'T', " PORTS ", 'escalate': 'lead'}", "/config",
          "\"escalate\" needs \"due\"" },
        { "{'title': 'T', " PORTS ", 'due_port': 'late'}", "/config",
          "\"due_port\" needs \"due\"" },
        { "{'title': 'T', " PORTS ", 'due': '0s'}", "/due", "at least 1ms" },
        { "{'title': 'T', " PORTS ", 'due': 'soon'}", "/due", "no duration" },
        { "{'title': 'T', " PORTS ", 'role': ''}", "/role", "1 to 100 bytes" },
        { "{'title': 'T', " PORTS ", 'form': []}", "/form", "a schema is an object" },
        { "{'title': 'T', " PORTS ", 'form': {'type': 'text'}}", "/form/type", "name of a type" },
        { "{'title': 'T', " PORTS ", 'form': {'properties': {'a': {'one_of': []}}}}",
          "/form/properties/a/one_of", "not one that Weft checks" },
        { "{'title': 'T', " PORTS ", 'four_eyes_above': {'amount': 1}}", "/four_eyes_above",
          "\"value\" is missing" },
        { "{'title': 'T', " PORTS ", 'four_eyes_above': {'value': '=v'}}", "/four_eyes_above",
          "\"amount\" is missing" },
        { "{'title': 'T', " PORTS ", 'four_eyes_above': {'amount': '=v', 'value': '=v'}}",
          "/four_eyes_above/amount", "" },
        { "{'title': 'T', " PORTS ", 'four_eyes_above': {'amount': true, 'value': '=v'}}",
          "/four_eyes_above/amount", "a number must stand here" },
        { "{'title': 'T', " PORTS ", 'four_eyes_above': {'amount': 'ten', 'value': '=v'}}",
          "/four_eyes_above/amount", "not a number" },
    };
    const struct flow_node *node;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        node_try_fault(*state, REVIEW, cases[i].config, NULL, cases[i].pointer, cases[i].wanted);
    node = node_try_fine(*state, REVIEW,
                         "{'title': 'T', " PORTS ", 'due': '1d', 'due_port': 'reject'}", NULL);
    assert_int_equal(node->port_count, 2);
    node = node_try_fine(*state, REVIEW,
                         "{'title': 'T', " PORTS ", 'due': '1d', 'due_port': 'late'}", NULL);
    assert_int_equal(node->port_count, 3);
    assert_string_equal(node->ports[2], "late");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LASTING(test_what_is_asked),
        LASTING(test_by_default),
        LASTING(test_a_title_is_for_people),
        LASTING(test_the_decision_is_the_exit),
        LASTING(test_what_was_filled_in_fits_the_form),
        LASTING(test_four_eyes_above_an_amount),
        LASTING(test_settings),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
