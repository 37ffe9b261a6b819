/* rule_docs.c - the examples of docs/RULES.md are true.
 *
 * A block ```json trigger and ```json lookups give what the examples see. In a block ```lua each
 * line with "-->" is an expression and its result; a block that begins with "-- script" is one
 * script and its last line the result. "--> error: PART" is a part of the message. */
#include "base/file.h"
#include "rule_eval.h"

#define RULES_MD SOURCE_DIR "/docs/RULES.md"

struct docs {
    struct eval eval;
    unsigned line;
    unsigned examples;
    unsigned failed;
};

static void example_check(struct docs *docs, enum rule_kind kind, const char *text, size_t size,
                          const char *wanted)
{
    static const char error[] = "error: ";
    const char *got = eval_kind(&docs->eval, kind, text, size);
    bool as_error = strncmp(wanted, error, sizeof(error) - 1) == 0;
    bool met;

    if (as_error)
        met = got != NULL && docs->eval.failed && strstr(got, wanted + sizeof(error) - 1) != NULL;
    else
        met = got != NULL && !docs->eval.failed && strcmp(got, wanted) == 0;
    docs->examples++;
    if (met)
        return;
    docs->failed++;
    print_error("RULES.md:%u: %s\n", docs->line, docs->eval.text);
}

/* "EXPRESSION   --> RESULT" */
static void line_check(struct docs *docs, const char *line, size_t size)
{
    char text[1024];
    char *arrow;

    snprintf(text, sizeof(text), "%.*s", (int)size, line);
    arrow = strstr(text, "--> ");
    if (arrow == NULL)
        fail_msg("RULES.md:%u has no result", docs->line);
    *arrow = '\0';
    example_check(docs, RULE_EXPRESSION, text, (size_t)(arrow - text), arrow + 4);
}

static void script_check(struct docs *docs, const char *block, size_t size)
{
    char text[2048];
    char *arrow;

    snprintf(text, sizeof(text), "%.*s", (int)size, block);
    arrow = strstr(text, "\n--> ");
    if (arrow == NULL)
        fail_msg("the script before RULES.md:%u has no result", docs->line);
    arrow[5 + strcspn(arrow + 5, "\n")] = '\0';
    example_check(docs, RULE_SCRIPT, text, (size_t)(arrow - text), arrow + 5);
}

static void block_lua(struct docs *docs, const char *block, const char *end)
{
    if (strncmp(block, "-- script\n", 10) == 0) {
        script_check(docs, block, (size_t)(end - block));
        return;
    }
    while (block < end) {
        size_t size = strcspn(block, "\n");

        docs->line++;
        line_check(docs, block, size);
        block += size + 1;
    }
}

static json_t *block_json(const char *block, const char *end)
{
    struct err e;
    json_t *value = json_read(block, (size_t)(end - block), &json_limits_body, &e);

    if (value == NULL)
        fail_msg("%s", e.text);
    return value;
}

static unsigned line_of(const char *text, const char *at)
{
    unsigned line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static void every_example_is_true(void **state)
{
    struct docs docs = { .line = 0 };
    char *text;
    size_t size;
    struct err e;

    (void)state;
    assert_int_equal(file_read(RULES_MD, MIB, &text, &size, &e), ERR_OK);
    eval_begin(&docs.eval, NULL);
    for (const char *at = strstr(text, "\n```"); at != NULL; at = strstr(at, "\n```")) {
        const char *name = at + 4;
        const char *block = strchr(name, '\n') + 1;
        const char *end = strstr(block - 1, "\n```");

        assert_non_null(end);
        docs.line = line_of(text, block) - 1;
        if (strncmp(name, "json trigger", 12) == 0)
            docs.eval.scope.trigger = block_json(block, end);
        else if (strncmp(name, "json lookups", 12) == 0)
            docs.eval.lookups = block_json(block, end);
        else if (strncmp(name, "lua\n", 4) == 0)
            block_lua(&docs, block, end + 1);
        at = end + 4;
    }
    json_decref(docs.eval.scope.trigger);
    eval_end(&docs.eval);
    mem_free(text);
    assert_int_equal(docs.failed, 0);
    assert_true(docs.examples > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_example_is_true) };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
