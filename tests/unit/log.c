/* log.c - the lines people read: their form, their levels, and foreign text that stays inside
 * one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

static struct clock_manual at; /* 2026-11-21T09:03:03.123Z */

struct caught {
    char text[16384];
    enum log_level level;
    int lines;
};

static void catch_line(void *arg, enum log_level level, const char *text)
{
    struct caught *caught = arg;

    assert_true(strlen(text) < sizeof(caught->text));
    memcpy(caught->text, text, strlen(text) + 1);
    caught->level = level;
    caught->lines++;
}

static void log_catch(struct log *log, struct caught *caught)
{
    log_init(log, &at.clock);
    *caught = (struct caught){ .lines = 0 };
    log->line = catch_line;
    log->arg = caught;
}

/* What log_warn() of the text writes to stderr. */
static void written(bool json, const char *text, char line[16384])
{
    struct log log;
    int ends[2];
    int kept = dup(STDERR_FILENO);
    ssize_t got;

    assert_int_equal(pipe(ends), 0);
    log_init(&log, &at.clock);
    log.json = json;
    dup2(ends[1], STDERR_FILENO);
    log_warn(&log, "%s", text);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    got = read(ends[0], line, 16383);
    assert_true(got > 0);
    line[got] = '\0';
    close(ends[0]);
}

static void a_line_has_time_level_and_text(void **state)
{
    char line[16384];

    (void)state;
    written(false, "run 01JD3K8QZ7M2A RECORD -> ROUTE (stored)", line);
    assert_string_equal(line, "2026-11-21T09:03:03.123Z warn  run 01JD3K8QZ7M2A RECORD -> ROUTE "
                              "(stored)\n");
}

static void a_line_of_json_is_json(void **state)
{
    char line[16384];
    struct err e;
    json_t *value;

    (void)state;
    written(true, "say \"hi\"\\ \x1b[31m \xE2\x80\xAE caf\xC3\xA9 \xFF", line);
    value = json_read(line, strlen(line), &json_limits_body, &e);
    assert_non_null(value);
    assert_string_equal(json_get_text(value, "t"), "2026-11-21T09:03:03.123Z");
    assert_string_equal(json_get_text(value, "level"), "warn");
    assert_string_equal(json_get_text(value, "text"),
                        "say \"hi\"\\ \x1b[31m \xE2\x80\xAE caf\xC3\xA9 \xEF\xBF\xBD");
    assert_null(strstr(line, "\xE2\x80\xAE")); /* written as an escape */
    json_decref(value);
}

static void foreign_text_cannot_leave_its_line(void **state)
{
    static const struct {
        const char *foreign;
        const char *safe;
    } cases[] = {
        { "plain caf\xC3\xA9 \xF0\x9F\x98\x80", "plain caf\xC3\xA9 \xF0\x9F\x98\x80" },
        { "a\nb\tc\rd", "a\\nb\\tc\\x0dd" },
        { "\x1b[2J\x7f", "\\x1b[2J\\x7f" },
        { "\xC2\x9B"
          "31m\xC2\x85",
          "\\u009b31m\\u0085" },
        { "\xE2\x80\xA8\xE2\x80\xA9", "\\u2028\\u2029" },
        { "\xE2\x80\xAA\xE2\x80\xAE\xE2\x81\xA6\xE2\x81\xA9", "\\u202a\\u202e\\u2066\\u2069" },
        { "\xE2\x80\x8F\xD8\x9C", "\\u200f\\u061c" },
        { "\xC3(\xED\xA0\x80\xFF", "\\xc3(\\xed\\xa0\\x80\\xff" },
        { "cut \xE2\x82", "cut \\xe2\\x82" },
    };
    struct caught caught;
    struct log log;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        log_catch(&log, &caught);
        log_info(&log, "%s", cases[i].foreign);
        assert_string_equal(caught.text, cases[i].safe);
        assert_int_equal(caught.lines, 1);
    }
}

static void levels_choose_what_is_said(void **state)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };
    struct caught caught;
    struct log log;

    (void)state;
    for (int i = 0; i < 4; i++) {
        log_catch(&log, &caught);
        assert_true(log_level_parse(names[i], &log.level));
        assert_int_equal(log.level, i);
        log_error(&log, "%d", 0);
        log_warn(&log, "%d", 1);
        log_info(&log, "%d", 2);
        log_debug(&log, "%d", 3);
        assert_int_equal(caught.lines, i + 1);
        assert_int_equal(caught.level, i);
    }
    log_init(&log, &at.clock);
    assert_int_equal(log.level, LOG_INFO);
    assert_false(log_level_parse("Info", &log.level));
    assert_false(log_level_parse("", &log.level));
    assert_int_equal(log.level, LOG_INFO);
}

static void a_long_text_is_cut_and_shows_it(void **state)
{
    static char longer[100000];
    struct caught caught;
    struct log log;
    char line[16384];

    (void)state;
    for (size_t i = 0; i + 3 < sizeof(longer); i += 3)
        /* bytes with a size, no text: NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        memcpy(longer + i, "\xE2\x82\xAC", 3);
    log_catch(&log, &caught);
    log_info(&log, "%s", longer);
    assert_in_range(strlen(caught.text), 2000, 2048);
    assert_string_equal(caught.text + strlen(caught.text) - 3, "...");
    assert_true(utf8_valid(caught.text, strlen(caught.text)));
    assert_null(strstr(caught.text, "\\x")); /* not cut inside a character */
    memset(longer, '\x01', sizeof(longer) - 1);
    written(true, longer, line); /* the longest a line can become */
    assert_int_equal(line[strlen(line) - 1], '\n');
    assert_int_equal(line[strlen(line) - 2], '}');
}

static int setup(void **state)
{
    (void)state;
    mem_install();
    clock_manual_init(&at, 1795251783123);
    return 0;
}

static void tell_run(const void *arg, struct log_about *about)
{
    snprintf(about->run, sizeof about->run, "%s", (const char *)arg);
    snprintf(about->trace, sizeof about->trace, "4bf92f3577b34da6a3ce929d0e0e4736");
    about->span[0] = '\0';
}

static void a_line_says_what_it_is_about(void **state)
{
    const struct log_context context = { tell_run, "01JD3K8QZ7M2A" };
    char line[16384];

    (void)state;
    log_enter(&context);
    written(true, "it fails", line);
    assert_non_null(strstr(line, "\"text\":\"it fails\",\"run\":\"01JD3K8QZ7M2A\",\"trace_id\":"
                                 "\"4bf92f3577b34da6a3ce929d0e0e4736\"}\n"));
    written(false, "it fails", line);
    assert_null(strstr(line, "01JD3K8QZ7M2A"));
    log_enter(NULL);
    written(true, "it fails", line);
    assert_null(strstr(line, "\"run\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_what_it_is_about),
        cmocka_unit_test(a_line_has_time_level_and_text),
        cmocka_unit_test(a_line_of_json_is_json),
        cmocka_unit_test(foreign_text_cannot_leave_its_line),
        cmocka_unit_test(levels_choose_what_is_said),
        cmocka_unit_test(a_long_text_is_cut_and_shows_it),
    };

    return cmocka_run_group_tests_name("log", tests, setup, NULL);
}
