/* exact_pipe.c - decimals and the spreading of money behind a pipe, for a second implementation to
 * compare with (exact_python.py beside it).
 *
 *     exact_pipe --pipe     reads questions from stdin, a line each, and answers each with a line
 *
 *     + 0 half_up 1.10 2        -> 3.10          operations + - * / % r (round) c (compare)
 *     / 2 half_even 1 8         -> 0.12          the scale and rounding count for / and r;
 *                                                a scale below 0 as decimal_div() has it
 *     a USD 10.00 1,1,1         -> 3.34,3.33,3.33   an amount by weights
 *
 * What is refused is answered by "!" and the reason. Without --pipe it tests itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/money_priv.h"

#define WORDS   5
#define WEIGHTS 64

/* Cuts the line at its blanks; returns the number of words. */
static size_t words_cut(char *line, char *words[WORDS])
{
    size_t count = 0;

    for (char *at = line; *at != '\0' && count < WORDS;) {
        words[count++] = at;
        at += strcspn(at, " \n");
        if (*at != '\0')
            *at++ = '\0';
    }
    return count;
}

static void answer_decimal(const struct decimal *d, struct buf *out)
{
    char text[DECIMAL_TEXT];

    buf_add(out, text, decimal_text(d, text));
}

static enum err_code calculate(char *words[WORDS], struct buf *out, struct err *e)
{
    enum decimal_rounding rounding;
    struct decimal a, b, answer;
    int scale = (int)strtol(words[1], NULL, 10);
    enum err_code rc;

    if (!decimal_rounding_find(words[2], &rounding))
        return err_set(e, ERR_USAGE, "no such rounding: %s", words[2]);
    if (decimal_parse(&a, words[3], strlen(words[3]), e) != ERR_OK ||
        decimal_parse(&b, words[4], strlen(words[4]), e) != ERR_OK)
        return e->code;
    switch (words[0][0]) {
    case '+':
        rc = decimal_add(&answer, &a, &b, e);
        break;
    case '-':
        rc = decimal_sub(&answer, &a, &b, e);
        break;
    case '*':
        rc = decimal_mul(&answer, &a, &b, e);
        break;
    case '/':
        rc = decimal_div(&answer, &a, &b, scale, rounding, e);
        break;
    case '%':
        rc = decimal_mod(&answer, &a, &b, e);
        break;
    case 'r':
        rc = decimal_round(&answer, &a, scale, rounding, e);
        break;
    case 'c':
        decimal_from_int(&answer, decimal_compare(&a, &b));
        rc = ERR_OK;
        break;
    default:
        return err_set(e, ERR_USAGE, "no such operation: %s", words[0]);
    }
    if (rc == ERR_OK)
        answer_decimal(&answer, out);
    return rc;
}

static enum err_code spread(char *words[WORDS], struct buf *out, struct err *e)
{
    struct decimal weights[WEIGHTS], amount;
    struct money whole, parts[WEIGHTS];
    size_t count = 0;

    if (decimal_parse(&amount, words[2], strlen(words[2]), e) != ERR_OK ||
        money_make(&whole, &amount, words[1], strlen(words[1]), e) != ERR_OK)
        return e->code;
    for (char *at = words[3]; *at != '\0' && count < WEIGHTS; count++) {
        size_t size = strcspn(at, ",");

        if (decimal_parse(&weights[count], at, size, e) != ERR_OK)
            return e->code;
        at += size + (at[size] == ',');
    }
    if (money_allocate(&whole, weights, count, parts, e) != ERR_OK)
        return e->code;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        answer_decimal(&parts[i].amount, out);
    }
    return ERR_OK;
}

static void line_answer(char *line, struct buf *out)
{
    char *words[WORDS];
    size_t count = words_cut(line, words);
    struct err e = { .code = ERR_OK };
    bool money = count == 4 && strcmp(words[0], "a") == 0;

    buf_clear(out);
    if (!money && count != WORDS)
        err_set(&e, ERR_USAGE, "a question has %d words", WORDS);
    else if ((money ? spread : calculate)(words, out, &e) != ERR_OK)
        buf_clear(out);
    if (e.code != ERR_OK)
        buf_addf(out, "!%s", e.text);
}

/* ---- The test of itself */

static void answers_are_lines(void **state)
{
    static const char *const cases[][2] = {
        { "+ 0 half_up 1.10 2", "3.10" },
        { "/ 2 half_even 1 8", "0.12" },
        { "/ -1 down 1 8", "0.125" },
        { "r 1 ceiling 1.01 0", "1.1" },
        { "c 0 half_up 1.0 1", "0" },
        { "a USD 10.00 1,1,1", "3.34,3.33,3.33" },
        { "/ 2 half_even 1 0", "!division by zero" },
        { "+ 0 half_up 1", "!a question has 5 words" },
    };
    struct buf out;

    (void)state;
    buf_init(&out, MIB);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[100];

        snprintf(line, sizeof line, "%s", cases[i][0]);
        line_answer(line, &out);
        assert_string_equal(buf_text(&out), cases[i][1]);
    }
    buf_fini(&out);
}

static int pipe_answer(void)
{
    static char line[16 * KIB];
    struct buf out;

    buf_init(&out, MIB);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line_answer(line, &out);
        puts(buf_text(&out));
    }
    buf_fini(&out);
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(answers_are_lines) };

    mem_install();
    if (argc > 1 && strcmp(argv[1], "--pipe") == 0)
        return pipe_answer();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
