/* rule_lookup.c - lookup tables: ranges, days, several keys, missing keys; and that the index finds
 * what a search of all rows finds. */
#include "rule_expect.h"

#include "base/buf.h"

static const char tables[] =
    "{\"brackets\":{\"columns\":[\"over\",\"up_to\",\"rate\",\"label\"],"
    "   \"keys\":[{\"name\":\"amount\",\"from\":\"over\",\"to\":\"up_to\"}],"
    "   \"rows\":[[null,0,0,\"none\"],[0,1000,1.5,\"small\"],[1000,\"2500.50\",1.25,\"middle\"],"
    "            [2500.5,null,1,\"large\"]]},"
    " \"gap\":{\"columns\":[\"a\",\"b\",\"v\"],\"keys\":[{\"name\":\"n\",\"from\":\"a\",\"to\":"
    "\"b\"}],"
    "   \"rows\":[[0,10,1],[20,30,2]],\"missing\":{\"default\":-1}},"
    " \"rates\":{\"columns\":[\"currency\",\"since\",\"until\",\"rate\"],\"keys\":[\"currency\"],"
    "   \"valid\":{\"from\":\"since\",\"to\":\"until\",\"zone\":\"America/New_York\"},"
    "   \"rows\":[[\"USD\",\"2025-01-01\",\"2025-12-31\",1.1],[\"USD\",\"2026-01-01\",null,1.2],"
    "            [\"EUR\",null,\"2025-11-20\",1]]},"
    " \"tax\":{\"columns\":[\"country\",\"min\",\"max\",\"from\",\"to\",\"rate\"],"
    "   \"keys\":[\"country\",{\"name\":\"net\",\"from\":\"min\",\"to\":\"max\"}],"
    "   \"valid\":{\"from\":\"from\",\"to\":\"to\"},"
    "   \"rows\":[[\"AT\",0,100,null,\"2025-06-30\",10],[\"AT\",0,50,\"2025-07-01\",null,11],"
    "            [\"AT\",50,null,\"2025-07-01\",null,12],[\"DE\",null,null,null,null,19]],"
    "   \"missing\":\"review\"},"
    " \"loose\":{\"columns\":[\"name\",\"code\"],\"keys\":[\"name\"],\"ignore\":[\"case\","
    "\"space\"],"
    "   \"rows\":[[\" M\xC3\x9Cnchen  Ost \",\"MUC\"],[\"a\",\"A\"]]},"
    " \"short\":{\"rows\":{\"CreditCard\":\"1200\",\"Cash\":\"1100\"},\"ignore\":[\"case\"]}}";

static const struct expect cases[] = {
    { "lookup('brackets', -5).label", "\"none\"" },
    { "lookup('brackets', 0).label", "\"small\"" },
    { "lookup('brackets', decimal('999.99')).label", "\"small\"" },
    { "lookup('brackets', '1000').label", "\"middle\"" },
    { "lookup('brackets', decimal('2500.4999999999999999999999')).label", "\"middle\"" },
    { "lookup('brackets', 2500.5)", "{\"label\":\"large\",\"rate\":1}" },
    { "lookup('brackets', decimal('1e70')).label", "\"large\"" },
    { "lookup('brackets', 1, {column = 'rate'})", "1.5" },
    { "lookup('brackets', {amount = 1}, {column = 'label'})", "\"small\"" },
    { "lookup.row('brackets', 1)", "{\"label\":\"small\",\"over\":0,\"rate\":1.5,\"up_to\":1000}" },
    { "lookup('brackets', 'x')", "!'x' is not a number" },
    { "lookup('brackets', {amont = 1})", "!the key 'amount' is nil" },
    { "lookup('brackets', {amount = 1, extra = 2})", "!has no key named 'extra'" },
    { "lookup('brackets', 1, {colum = 'rate'})", "!the options are 'at' and 'column'" },
    { "lookup('brackets', 1, {column = 'rat'})", "!has no column 'rat'" },
    { "lookup('brackets', 1, {at = '2025-01-01'})", "!holds no days of validity" },
    { "lookup('gap', 10)", "-1" },
    { "lookup('gap', decimal('9.9'))", "1" },
    { "lookup.find('gap', 10)", "nil" },
    { "lookup.has('gap', 10)", "false" },
    { "lookup.has('gap', 20)", "true" },
    /* the run's moment is 2025-11-21T09:03Z */
    { "lookup('rates', 'USD')", "1.1" },
    { "lookup('rates', 'USD', {at = '2025-12-31'})", "1.1" },
    { "lookup('rates', 'USD', {at = '2026-01-01'})", "1.2" },
    /* in New York it is still the old year */
    { "lookup('rates', 'USD', {at = '2026-01-01T04:59:59Z'})", "1.1" },
    { "lookup('rates', 'USD', {at = '2026-01-01T05:00:00Z'})", "1.2" },
    { "lookup('rates', {currency = 'USD'}, {at = '2099-01-01'})", "1.2" },
    { "lookup('rates', 'EUR', {at = '0001-01-02'})", "1" },
    { "lookup('rates', 'EUR')", "!table 'rates' has no key \"EUR\" on 2025-11-21, though it has "
                                "rows of that key" },
    { "lookup('rates', 'EUX')", "!has no key \"EUX\" on 2025-11-21; near are \"EUR\"" },
    { "lookup('rates', 'USD', {at = 'soon'})", "!soon" },
    { "lookup('tax', 'AT', 60)", "12" },
    { "lookup('tax', 'AT', 60, {at = '2025-06-30'})", "10" },
    { "lookup('tax', {country = 'AT', net = 49}, {at = '2025-07-01'})", "11" },
    { "lookup('tax', 'DE', -1)", "19" },
    { "lookup('tax', 'AT', -1)", "!its policy is that a person decides" },
    { "lookup('tax', 'AT')", "!has a key of 2 values, 1 were given" },
    { "lookup('tax', 'AT', {at = '2025-01-01'})", "!has a key of 2 values, 1 were given" },
    { "lookup('loose', 'm\xC3\xBC' .. 'NCHEN ost')", "\"MUC\"" },
    { "lookup('loose', 'A\xC2\xA0')", "\"A\"" },
    { "lookup('loose', 'b')", "!has no key \"b\"; near are \"a\"" },
    { "lookup('short', 'CASH')", "\"1100\"" },
    { "lookup.row('short', 'Cash')", "{\"key\":\"Cash\",\"value\":\"1100\"}" },
    { "lookup.find('short', 'x')", "nil" },
    { "lookup('short', 'creditcart')", "!near are \"CreditCard\"" },
    { "lookup('short', nil)", "!argument 2 is nil" },
    { "lookup.rows('short', 'x')", "!rows" },
};

static void tables_are_asked(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.lookups = eval_json(tables);
    expect_in(&eval, cases, sizeof(cases) / sizeof(cases[0]));
    eval_end(&eval);
}

/* A table and the fault of it. */
#define COLUMNS "\"columns\":[\"k\",\"a\",\"b\",\"f\",\"t\",\"v\"],"
#define RANGE   "{\"name\":\"n\",\"from\":\"a\",\"to\":\"b\"}"
#define VALID   "\"valid\":{\"from\":\"f\",\"to\":\"t\"},"
static const char *const faulty[][2] = {
    { "{" COLUMNS "\"keys\":[\"k\"," RANGE "],\"rows\":[[1,0,10,0,0,0],[2,5,6,0,0,0],[1,9,11,0,0,"
      "0]]}",
      "rows 1 and 3 overlap: both hold for the same key, number" },
    { "{" COLUMNS "\"keys\":[\"k\"]," VALID "\"rows\":[[1,0,0,\"2025-01-01\",null,0],[1,0,0,null,"
      "\"2025-01-01\",0]]}",
      "rows 1 and 2 overlap: both hold for the same key, day" },
    { "{" COLUMNS "\"keys\":[" RANGE "]," VALID
      "\"rows\":[[1,0,9,null,\"2025-01-01\",0],[1,8,12,\"2025-01-01\",\"2025-01-01\",0]]}",
      "rows 1 and 2 overlap: both hold for the same key, number, day" },
    { "{" COLUMNS "\"keys\":[" RANGE "],\"rows\":[[1,5,5,0,0,0]]}",
      "row 1: the range of n is empty" },
    { "{" COLUMNS "\"keys\":[" RANGE "],\"rows\":[[1,\"5 \",6,0,0,0]]}",
      "row 1: a bound of n is no number" },
    { "{" COLUMNS "\"keys\":[\"k\"]," VALID "\"rows\":[[1,0,0,\"2025-02-29\",null,0]]}",
      "row 1: a day of validity is no day" },
    { "{" COLUMNS "\"keys\":[\"k\"]," VALID "\"rows\":[[1,0,0,\"2025-02-02\",\"2025-02-01\",0]]}",
      "row 1: its last day is before its first" },
    { "{" COLUMNS "\"keys\":[\"k\",{\"name\":\"n\",\"from\":\"a\",\"to\":\"z\"}],\"rows\":[]}",
      "\"to\" of n is none of the columns" },
    { "{" COLUMNS "\"keys\":[\"a\"," RANGE "],\"rows\":[]}", "column 2 has two uses" },
    { "{" COLUMNS "\"keys\":[" RANGE "," RANGE "],\"rows\":[]}", "\"n\" is a second range" },
    { "{" COLUMNS "\"keys\":[{\"from\":\"a\",\"to\":\"b\"}],\"rows\":[]}",
      "key 1 is neither a column nor" },
    { "{" COLUMNS "\"keys\":[\"k\"],\"valid\":{\"from\":\"f\"},\"rows\":[]}", "\"valid\" is {" },
    { "{" COLUMNS "\"keys\":[\"k\"],\"valid\":{\"from\":\"f\",\"to\":\"t\",\"zone\":\"Mars\"},"
      "\"rows\":[]}",
      "the zone of \"valid\" is unknown" },
    { "{\"rows\":{\"a\":1,\"A\":2},\"ignore\":[\"case\"]}",
      "row 2 has the key of an earlier row: \"A\"" },
    { "{\"rows\":{},\"ignore\":[\"cases\"]}", "\"ignore\" is not a list" },
    { "{\"rows\":{},\"valid\":{\"from\":\"f\",\"to\":\"t\"}}",
      "\"valid\" needs rows with columns" },
};

static void faults_name_the_rows(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
        eval.lookups = json_object();
        json_object_set_new(eval.lookups, "t", eval_json(faulty[i][0]));
        eval.faults = 0;
        assert_null(eval_kind(&eval, RULE_EXPRESSION, "1", 1));
        if (eval.faults != 1 || strstr(eval.text, faulty[i][1]) == NULL)
            fail_msg("%s: %u faults, %s", faulty[i][0], eval.faults, eval.text);
        json_decref(eval.lookups);
        eval.lookups = NULL;
    }
    eval_end(&eval);
}

/* ---- The index against a search of all rows */

static uint32_t dice_at = 7;

static uint32_t dice(uint32_t sides)
{
    dice_at = dice_at * 1664525u + 1013904223u;
    return (dice_at >> 8) % sides;
}

#define TRIAL_ROWS 24
struct trial_row {
    int key, from, to, day_from, day_to; /* from <= x < to, day_from <= day <= day_to */
};

static bool rows_overlap(const struct trial_row *a, const struct trial_row *b)
{
    return a->key == b->key && a->from < b->to && b->from < a->to && a->day_from <= b->day_to &&
           b->day_from <= a->day_to;
}

/* Random rows; whether any two overlap is told by *overlap. */
static json_t *trial_table(struct trial_row *rows, size_t count, bool disjoint, bool *overlap)
{
    json_t *list = json_array();
    size_t made = 0;

    *overlap = false;
    for (size_t tries = 0; made < count && tries < 40 * count; tries++) {
        struct trial_row *row = &rows[made];
        bool hits = false;

        row->key = (int)dice(2);
        row->from = (int)dice(40) - 20;
        row->to = row->from + 1 + (int)dice(12);
        row->day_from = 1 + (int)dice(27);
        row->day_to = row->day_from + (int)dice((uint32_t)(29 - row->day_from));
        for (size_t i = 0; i < made; i++)
            hits = hits || rows_overlap(&rows[i], row);
        if (hits && disjoint)
            continue;
        *overlap = *overlap || hits;
        made++;
    }
    for (size_t i = 0; i < made; i++) {
        char text[160];

        snprintf(text, sizeof text, "[\"k%d\",%d.5,%d.5,\"2025-01-%02d\",\"2025-01-%02d\",%zu]",
                 rows[i].key, rows[i].from + 100, rows[i].to + 100, rows[i].day_from,
                 rows[i].day_to, i);
        json_array_append_new(list, eval_json(text));
    }
    for (size_t i = made; i < count; i++)
        rows[i] = (struct trial_row){ .key = -1 };
    return json_pack("{s:{s:[ssssss],s:[s{ssssss}],s:{ssss},s:s,s:o}}", "t", "columns", "k", "a",
                     "b", "f", "t", "v", "keys", "k", "name", "n", "from", "a", "to", "b", "valid",
                     "from", "f", "to", "t", "missing", "null", "rows", list);
}

static void trial_ask(struct eval *eval, const struct trial_row *rows)
{
    for (int n = 0; n < 60; n++) {
        int key = (int)dice(3), x = (int)dice(60) - 25, day = 1 + (int)dice(30);
        char rule[160], wanted[16] = "null";

        for (int i = 0; i < TRIAL_ROWS; i++)
            if (rows[i].key == key && rows[i].from <= x && x < rows[i].to &&
                rows[i].day_from <= day && day <= rows[i].day_to)
                snprintf(wanted, sizeof wanted, "%d", i);
        snprintf(rule, sizeof rule, "lookup('t', 'k%d', decimal('%d.5'), {at = '2025-01-%02d'})",
                 key, x + 100, day);
        eval_is(eval, rule, wanted);
    }
}

static void the_index_finds_what_a_search_finds(void **state)
{
    struct trial_row rows[TRIAL_ROWS];
    struct eval eval;
    unsigned refused = 0;

    (void)state;
    eval_begin(&eval, NULL);
    for (unsigned trial = 0; trial < 120; trial++) {
        bool disjoint = trial % 2 == 0, overlap;

        eval.lookups = trial_table(rows, disjoint ? TRIAL_ROWS : 6, disjoint, &overlap);
        eval.faults = 0;
        if (overlap) {
            assert_null(eval_kind(&eval, RULE_EXPRESSION, "1", 1));
            refused++;
        } else if (disjoint) {
            trial_ask(&eval, rows);
        } else {
            eval_is(&eval, "1", "1");
        }
        json_decref(eval.lookups);
        eval.lookups = NULL;
    }
    assert_true(refused > 10);
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_asked),
        cmocka_unit_test(faults_name_the_rows),
        cmocka_unit_test(the_index_finds_what_a_search_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
