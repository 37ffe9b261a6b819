/* rule_decision.c - decision tables: what they decide, and which gaps and overlaps are found; the
 * proof is compared with trying every case. */
#include "rule_expect.h"

#include "base/buf.h"

static const char tables[] =
    "{\"accounts\":{\"inputs\":[{\"name\":\"method\",\"values\":[\"Card\",\"ACH\",\"Check\"]},"
    "    {\"name\":\"amount\",\"type\":\"number\",\"min\":0}],"
    "  \"outputs\":[\"account\"],\"hit\":\"unique\",\"rows\":["
    "    {\"when\":[\"Card\",\"< 1000\"],\"then\":[\"1200\"]},"
    "    {\"when\":[\"Card\",\">= 1000.00\"],\"then\":[\"1210\"]},"
    "    {\"when\":[[\"ACH\",\"Check\"],\"-\"],\"then\":[\"1300\"]}]},"
    " \"fees\":{\"inputs\":[{\"name\":\"net\",\"type\":\"number\","
    "      \"from\":\"=decimal(input.gross) - input.tax\"},\"country\"],"
    "  \"outputs\":[\"fee\",\"note\"],\"rows\":["
    "    {\"when\":[\"[0..100)\",{\"not\":[\"AT\",\"DE\"]}],\"then\":[\"=input.gross * "
    "0.1\",null]},"
    "    {\"when\":[\">= 0\",\"-\"],\"then\":[1.50,\"flat\"]}],"
    "  \"default\":[0,\"=input.tax == 0 and 'refund' or 'odd'\"]},"
    " \"tags\":{\"inputs\":[{\"name\":\"vip\",\"type\":\"boolean\"},"
    "      {\"name\":\"day\",\"type\":\"date\",\"optional\":true,\"zone\":\"America/New_York\"}],"
    "  \"outputs\":[\"tag\"],\"hit\":\"all\",\"rows\":["
    "    {\"when\":[true,\"-\"],\"then\":[\"vip\"]},"
    "    {\"when\":[\"-\",\"[2025-12-24..2025-12-26]\"],\"then\":[\"christmas\"]},"
    "    {\"when\":[\"-\",[\"< 2025-01-01\",\"2025-11-21\"]],\"then\":[\"odd\"]},"
    "    {\"when\":[\"-\",null],\"then\":[\"undated\"]}]}}";

static const struct expect cases[] = {
    { "decide('accounts', {method = 'Card', amount = decimal('999.99')})", "\"1200\"" },
    { "decide('accounts', {method = 'Card', amount = 1000})", "\"1210\"" },
    { "decide('accounts', {method = 'Card', amount = '1000.0'})", "\"1210\"" },
    { "decide('accounts', {method = 'Check', amount = 0})", "\"1300\"" },
    { "decide('accounts', {method = 'Cash', amount = 0})",
      "!table 'accounts': input 'method' is none of its values" },
    { "decide('accounts', {method = 'Card', amount = -1})",
      "!table 'accounts': input 'amount' is below its least, 0" },
    { "decide('accounts', {method = 'Card'})", "!input 'amount' is nil" },
    { "decide('accounts', {method = 'Card', amount = null})", "!input 'amount' is null" },
    { "decide('accounts', {method = 'Card', amount = 'x'})", "!input 'amount' is no number" },
    { "decide('accounts', {method = {}, amount = 1})", "!input 'method' is no text" },
    { "decide('accounts')", "!decide: argument 2 is nil" },
    { "decide('acounts', {})", "!there is no decision table 'acounts'; there are: " },
    { "lookup('accounts', 1)", "!there is no table 'accounts'" },
    { "decide('fees', {gross = decimal('99.99'), tax = 0, country = 'US'})",
      "{\"fee\":9.999,\"note\":null}" },
    { "decide('fees', {gross = 99, tax = 0, country = 'AT'})", "{\"fee\":1.50,\"note\":\"flat\"}" },
    { "decide('fees', {gross = 101, tax = 1, country = 'US'}).fee", "1.50" },
    { "decide('fees', {gross = -5, tax = 0, country = 'US'}).note", "\"refund\"" },
    { "decide('fees', {gross = -5, tax = 1, country = 5}).note", "\"odd\"" },
    { "decide('fees', {tax = 1, country = 'US'})",
      "! (node map, rules.fees.table inputs, line 1)" },
    { "decide('tags', {vip = true, day = '2025-12-26'})", "[\"vip\",\"christmas\"]" },
    { "decide('tags', {vip = false, day = '2025-12-27'})", "[]" },
    /* in New York it is still the 26th */
    { "decide('tags', {vip = false, day = '2025-12-27T04:59:00Z'})", "[\"christmas\"]" },
    { "decide('tags', {vip = false, day = '2025-12-27T05:00:00Z'})", "[]" },
    { "decide('tags', {vip = false, day = '2025-11-21'})", "[\"odd\"]" },
    { "decide('tags', {vip = true})", "[\"vip\",\"undated\"]" },
    { "decide('tags', {vip = 'yes'})", "!input 'vip' is not true or false" },
    { "decide('tags', {vip = true, day = 'soon'})", "!soon" },
};

static void tables_decide(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.lookups = eval_json(tables);
    expect_in(&eval, cases, sizeof(cases) / sizeof(cases[0]));
    eval_end(&eval);
}

/* ---- Faults: of a table with input "m" (A, B), "n" a number */
#define HEAD                                                                                       \
    "\"inputs\":[{\"name\":\"m\",\"values\":[\"A\",\"B\"]},{\"name\":\"n\",\"type\":\"number\"}]," \
    "\"outputs\":[\"o\"],"
#define ROW(m, n) "{\"when\":[" m "," n "],\"then\":[1]}"

static const char *const faulty[][2] = {
    { HEAD "\"rows\":[" ROW("\"A\"", "\"-\"") "," ROW("\"B\"", "\"< 5\"") "," ROW("\"B\"",
                                                                                  "\"> 5\"") "]",
      "no row takes m = \"B\", n = 5; add a row" },
    { HEAD "\"rows\":[" ROW("\"A\"", "\"-\"") "]", "no row takes m = \"B\", n = 0" },
    { HEAD "\"hit\":\"unique\",\"rows\":[" ROW("\"A\"", "\"<= 5\"") "," ROW(
          "\"-\"", "\"[5..7]\"") "],\"default\":[0]",
      "rows 1 and 2 both take m = \"A\", n = 5" },
    { HEAD "\"rows\":[" ROW("\"-\"", "\"> 1\"") "," ROW("\"A\"", "\"(2..3]\"") "],\"default\":[0]",
      "row 2 is never reached: row 1 takes all that it takes" },
    { HEAD "\"rows\":[" ROW("\"C\"", "1") "]", "row 1, m: this text is none of the input's" },
    { HEAD "\"rows\":[" ROW("\"A\"", "\"5..7\"") "]",
      "row 1, n: this cannot be read; a condition" },
    { HEAD "\"rows\":[" ROW("\"A\"", "\"[7..5]\"") "]", "row 1, n: this cannot be read" },
    { HEAD "\"rows\":[" ROW("\"A\"", "null") "]", "the input is not \"optional\"" },
    { HEAD "\"rows\":[" ROW("\"A\"", "\"(5..5)\"") "," ROW("\"-\"", "\"-\"") "]",
      "row 1, n: no value of the input meets the condition" },
    { HEAD "\"rows\":[{\"when\":[1],\"then\":[1]}]",
      "row 1: it has 1 conditions, but there are 2" },
    { HEAD "\"rows\":[{\"when\":[\"A\",1],\"then\":[]}]", "row 1: it has 0 outcomes" },
    { HEAD "\"rows\":[" ROW("\"A\"", "1") "],\"default\":{}", "\"default\": it has 0 outcomes" },
    { HEAD "\"rows\":[{\"when\":[\"-\",\"-\"],\"then\":[\"=1 +\"]}]", "near" },
    { HEAD "\"rows\":[{\"when\":[\"-\",\"-\"],\"then\":[\"=_ENV\"]}]", "has _ENV in it" },
    { HEAD "\"hit\":\"any\",\"rows\":[" ROW("\"-\"", "\"-\"") "]", "\"hit\" is first, unique or" },
    { HEAD "\"rowz\":[],\"rows\":[" ROW("\"-\"", "\"-\"") "]", "\"rowz\" means nothing here" },
    { HEAD "\"rows\":[]", "\"rows\" is not a list of 1 to 1000 rows" },
    { "\"inputs\":[{\"name\":\"d\",\"type\":\"date\"}],\"outputs\":[\"o\"],\"rows\":["
      "{\"when\":[\"<= 2025-12-31\"],\"then\":[1]},{\"when\":[\">= 2026-01-02\"],\"then\":[1]}]",
      "no row takes d = 2026-01-01" },
    { "\"inputs\":[\"t\"],\"outputs\":[\"o\"],\"rows\":[{\"when\":[\"x\"],\"then\":[1]}]",
      "no row takes t = \"any other text\"" },
    { "\"inputs\":[\"t\",\"t\"],\"outputs\":[\"o\"],\"rows\":[]", "two inputs are named \"t\"" },
    { "\"inputs\":[],\"outputs\":[\"o\"],\"rows\":[]", "\"inputs\" is not a list" },
};

static void faults_name_rows_and_cases(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
        char text[1024];

        snprintf(text, sizeof text, "{\"t\":{%s}}", faulty[i][0]);
        eval.lookups = eval_json(text);
        eval.faults = 0;
        assert_null(eval_kind(&eval, RULE_EXPRESSION, "1", 1));
        if (eval.faults != 1 || strstr(eval.text, faulty[i][1]) == NULL)
            fail_msg("%s: %u faults, %s", text, eval.faults, eval.text);
        json_decref(eval.lookups);
        eval.lookups = NULL;
    }
    eval_end(&eval);
}

/* ---- The proof against trying every case */

static uint32_t dice_at = 11;

static uint32_t dice(uint32_t sides)
{
    dice_at = dice_at * 1664525u + 1013904223u;
    return (dice_at >> 8) % sides;
}

#define TRIAL_ROWS 5
struct trial_row {
    int text;     /* 0, 1; 2: any */
    int from, to; /* of 0..6, inclusive; whole numbers and the halves between */
    bool beyond_from, beyond_to;
};

static bool trial_takes(const struct trial_row *row, int text, int half)
{
    int from = 2 * row->from, to = 2 * row->to;

    return (row->text == 2 || row->text == text) &&
           (row->beyond_from ? half > from : half >= from) &&
           (row->beyond_to ? half < to : half <= to);
}

static void trial_text(const struct trial_row *rows, size_t count, const char *hit, struct buf *out)
{
    static const char *const texts[] = { "\"A\"", "\"B\"", "\"-\"" };

    buf_addf(out,
             "{\"t\":{\"inputs\":[{\"name\":\"m\",\"values\":[\"A\",\"B\"]},{\"name\":\"n\","
             "\"type\":\"number\",\"min\":0,\"max\":6}],\"outputs\":[\"o\"],\"hit\":\"%s\","
             "\"rows\":[",
             hit);
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s{\"when\":[%s,\"%c%d..%d%c\"],\"then\":[%zu]}", i > 0 ? "," : "",
                 texts[rows[i].text], rows[i].beyond_from ? '(' : '[', rows[i].from, rows[i].to,
                 rows[i].beyond_to ? ')' : ']', i);
    buf_add_text(out, "]}}");
}

static void the_proof_is_that_of_all_cases(void **state)
{
    struct eval eval;
    unsigned whole = 0, faulty_ones = 0;

    (void)state;
    eval_begin(&eval, NULL);
    for (unsigned trial = 0; trial < 3000; trial++) {
        struct trial_row rows[TRIAL_ROWS];
        size_t count = 1 + dice(TRIAL_ROWS);
        bool wrong = false;
        struct buf text;
        const char *got;

        for (size_t i = 0; i < count; i++) {
            int from = dice(3) == 0 ? 0 : (int)dice(6);
            int to = dice(3) == 0 ? 6 : from + 1 + (int)dice((uint32_t)(6 - from));

            rows[i] = (struct trial_row){ (int)dice(3), from, to, dice(2) == 0, dice(2) == 0 };
        }
        for (int m = 0; m < 2; m++)
            for (int half = 0; half <= 12; half++) {
                unsigned taken = 0;

                for (size_t i = 0; i < count; i++)
                    taken += trial_takes(&rows[i], m, half);
                wrong = wrong || taken != 1;
            }
        buf_init(&text, 4096);
        trial_text(rows, count, "unique", &text);
        eval.lookups = eval_json(buf_text(&text));
        got = eval_kind(&eval, RULE_EXPRESSION, "1", 1);
        if ((got == NULL) != wrong)
            fail_msg("%s: %s", buf_text(&text), got == NULL ? eval.text : "no fault");
        whole += !wrong;
        faulty_ones += wrong;
        json_decref(eval.lookups);
        eval.lookups = NULL;
        buf_fini(&text);
    }
    assert_true(whole > 10 && faulty_ones > 1000);
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_decide),
        cmocka_unit_test(faults_name_rows_and_cases),
        cmocka_unit_test(the_proof_is_that_of_all_cases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
