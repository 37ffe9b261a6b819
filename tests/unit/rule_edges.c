/* rule_edges.c - where the library has edges: ties, changes of clocks, chance, near keys, digits.
 *
 * What can be calculated in another way is: the roundings by their definition, moments by going
 * there and back over a year of hours. */
#include "rule_eval.h"

static void eval_fails(struct eval *eval, const char *rule, const char *part)
{
    const char *got = eval_kind(eval, RULE_EXPRESSION, rule, strlen(rule));

    if (got == NULL || !eval->failed || strstr(got, part) == NULL)
        fail_msg("%s: %s, not an error with: %s", rule, eval->text, part);
}

static void script_is(struct eval *eval, const char *script, const char *wanted)
{
    const char *got = eval_script(eval, script);

    if (got == NULL || strcmp(got, wanted) != 0)
        fail_msg("%s: %s, not %s", script, eval->text, wanted);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* What the name of a rounding means; rest: of the unit, what is left of the size. */
static bool goes_away(const char *mode, int quotient, int rest, int unit, bool negative)
{
    if (rest == 0)
        return false;
    if (strcmp(mode, "up") == 0)
        return true;
    if (strcmp(mode, "down") == 0)
        return false;
    if (strcmp(mode, "ceiling") == 0)
        return !negative;
    if (strcmp(mode, "floor") == 0)
        return negative;
    if (2 * rest != unit)
        return 2 * rest > unit;
    return strcmp(mode, "half_up") == 0 || (strcmp(mode, "half_even") == 0 && quotient % 2 == 1);
}

/* -1.50 to 1.50 in hundredths, each rounded. */
static void rounded_write(const char *mode, int scale, char *text, size_t room)
{
    size_t length = 0;

    for (int n = -150; n <= 150; n++) {
        int size = n < 0 ? -n : n;
        int unit = scale == 0 ? 100 : 10;
        int got = size / unit + (goes_away(mode, size / unit, size % unit, unit, n < 0) ? 1 : 0);
        const char *sign = n < 0 && got > 0 ? "-" : "";
        const char *before = n == -150 ? "[" : ",";

        if (scale == 0)
            length += (size_t)snprintf(text + length, room - length, "%s%s%d", before, sign, got);
        else
            length += (size_t)snprintf(text + length, room - length, "%s%s%d.%d", before, sign,
                                       got / 10, got % 10);
        assert_true(length + 2 < room);
    }
    snprintf(text + length, room - length, "]");
}

static void every_rounding_is_what_its_name_says(void **state)
{
    static const char *const modes[] = { "half_up", "half_even", "half_down", "up",
                                         "down",    "ceiling",   "floor" };
    char wanted[2048], rule[96], script[256];
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    for (size_t i = 0; i < 7 * 2 * 3; i++) {
        const char *mode = modes[i / 6];
        int scale = i / 3 % 2 == 0 ? 0 : 1;

        rounded_write(mode, scale, wanted, sizeof(wanted));
        switch (i % 3) {
        case 0:
            snprintf(rule, sizeof(rule), "(decimal(n) / 100):round(%d, '%s')", scale, mode);
            break;
        case 1:
            snprintf(rule, sizeof(rule), "decimal(n):div(100, %d, '%s')", scale, mode);
            break;
        default: /* the sign of the quotient counts, not that of the number */
            snprintf(rule, sizeof(rule), "(-n):div(-100, %d, '%s')", scale, mode);
        }
        snprintf(script, sizeof(script),
                 "local t = {} for n = -150, 150 do t[#t + 1] = %s end return t", rule);
        script_is(&eval, script, wanted);
    }
    eval_end(&eval);
}

static void decimals_are_exact_or_refused(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    script_is(&eval, "local s = decimal(0) for i = 1, 10000 do s = s + 0.1 end return s", "1000.0");
    script_is(&eval, "local s = decimal(1) for i = 1, 70 do s = s * 10 end return s:text():len()",
              "71");
    eval_is(&eval, "decimal('1e38') * decimal('1e37') + 1",
            "1000000000000000000000000000000000000000000000000000000000000000000000000001");
    eval_fails(&eval, "decimal('1e38') * decimal('1e38')", "number out of range");
    eval_fails(&eval, "decimal('1e-40') * decimal('1e-40')", "number out of range");
    eval_fails(&eval, "decimal('1.1') ^ 1000", "number out of range");
    eval_is(&eval, "decimal(1) / 3 * 3", "0.99999999999999999999999999999999999999");
    eval_is(&eval, "decimal('0.00'):round(4)", "0.0000");
    eval_is(&eval, "decimal('-0.00')", "0.00");
    eval_is(&eval, "-decimal('0.0')", "0.0");
    eval_is(&eval, "decimal('-0.4'):round()", "0");
    eval_is(&eval, "decimal('-0.4'):ceil()", "0");
    eval_is(&eval, "decimal(math.mininteger):abs()", "9223372036854775808");
    eval_is(&eval, "decimal(math.mininteger):int()", "-9223372036854775808");
    eval_fails(&eval, "(-decimal(math.mininteger)):int()", "too many digits");
    eval_is(&eval, "decimal(1e-7)", "0.0000001");
    eval_is(&eval, "decimal(123456789.123)", "123456789.123");
    eval_is(&eval, "decimal(2^53)", "9007199254740992");
    eval_fails(&eval, "decimal(1e300)", "number out of range");
    eval_is(&eval, "decimal('7.5') % -2", "-0.5");
    eval_is(&eval, "decimal('-7.5') // -2", "3");
    eval_is(&eval, "decimal(6) % 3", "0");
    eval_is(&eval, "decimal(0) ^ 0", "1");
    eval_fails(&eval, "decimal('1_000')", "is not a number");
    eval_fails(&eval, "decimal('0x10')", "is not a number");
    eval_fails(&eval, "decimal('NaN')", "is not a number");
    eval_fails(&eval, "decimal('1.')", "is not a number");
    eval_fails(&eval, "decimal('٣')", "is not a number");
    eval_end(&eval);
}

/* ---- moments --------------------------------------------------------------------------------- */

/* Every hour of a year goes to local time and back: with the offset exactly, without it too but
 * where the local time comes twice. Returns how many hours came back early, and by how much. */
static const char there_and_back[] =
    "local early, by = 0, 0\n"
    "for hour = 0, 365 * 24 - 1 do\n"
    "  local x = date.parse('2026-01-01') + hour * 3600000\n"
    "  if date.parse(date.iso(x, zone)) ~= x then return 'offset at ' .. x end\n"
    "  local back = date.parse(date.format(x, 'dd.MM.yyyy HH:mm', zone), 'dd.MM.yyyy HH:mm', "
    "zone)\n"
    "  if back ~= x then early = early + 1 by = by + (x - back) end\n"
    "end\n"
    "return { early, by // 60000 }";

static void a_year_of_hours_goes_there_and_back(void **state)
{
    static const char *const zones[][2] = {
        { "UTC", "[0,0]" },
        { "Europe/Vienna", "[1,60]" },
        { "America/New_York", "[1,60]" },
        { "America/St_Johns", "[1,60]" },
        { "Australia/Lord_Howe", "[1,30]" },
        { "Asia/Kathmandu", "[0,0]" },
        { "Pacific/Kiritimati", "[0,0]" },
        { "-03:30", "[0,0]" },
    };
    struct rules_limits limits = { .ticks = UINT64_MAX };
    char script[sizeof(there_and_back) + 64];
    struct eval eval;

    (void)state;
    eval_begin(&eval, &limits);
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        snprintf(script, sizeof(script), "local zone = '%s'\n%s", zones[i][0], there_and_back);
        script_is(&eval, script, zones[i][1]);
    }
    eval_end(&eval);
}

/* diff() tells how often add() may be done without passing the other moment. */
static void differences_fit_sums(void **state)
{
    static const char script[] =
        "local units = { 'seconds', 'minutes', 'hours', 'days', 'weeks', 'months', 'years' }\n"
        "for i = 1, 400 do\n"
        "  local a = random(0, 2000000000) * 1000\n"
        "  local b = a + random(0, 200000000) * 1000\n"
        "  local unit = units[random(#units)]\n"
        "  local n = date.diff(a, b, unit)\n"
        "  if n ~= -date.diff(b, a, unit) and unit ~= 'months' and unit ~= 'years' then\n"
        "    return { 'back', a, b, unit }\n"
        "  end\n"
        "  if date.add(a, n, unit) > b then return { 'past', a, b, unit } end\n"
        "  if date.add(a, n + 2, unit) <= b then return { 'short', a, b, unit } end\n"
        "  if n > 0 and unit ~= 'months' and unit ~= 'years' and date.add(a, n + 1, unit) <= b\n"
        "  then return { 'one short', a, b, unit } end\n"
        "end\n"
        "return 'ok'";
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    for (eval.scope.seed = 1; eval.scope.seed <= 20; eval.scope.seed++)
        script_is(&eval, script, "\"ok\"");
    eval_end(&eval);
}

static void dates_have_edges(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval_is(&eval, "date.iso(date.add('2100-02-28', 1, 'day'))", "\"2100-03-01T00:00:00.000Z\"");
    eval_is(&eval, "date.iso(date.add('2000-02-28', 1, 'day'))", "\"2000-02-29T00:00:00.000Z\"");
    eval_is(&eval, "date.iso(date.add('2026-01-31', 13, 'months'))",
            "\"2027-02-28T00:00:00.000Z\"");
    eval_is(&eval, "date.iso(date.add('2026-03-31', -13, 'months'))",
            "\"2025-02-28T00:00:00.000Z\"");
    eval_fails(&eval, "date.add('9999-12-31', 1, 'day')", "outside of the years 1 to 9999");
    eval_fails(&eval, "date.add('0001-01-01', -1, 'month')", "outside of the years 1 to 9999");
    eval_fails(&eval, "date.add(0, 1, 'day', 'Mars')", "there is no time zone 'Mars'");
    eval_fails(&eval, "date.iso(0, '+24:30')", "there is no time zone '+24:30'");
    eval_fails(&eval, "date.iso(0, ('x'):rep(5000))", "there is no time zone 'xxxx");
    eval_fails(&eval, "date.format(0, ('y'):rep(5000))", "the pattern is longer than");
    eval_fails(&eval, "date.parse(('1'):rep(5000), 'yyyy')", "longer than");
    eval_fails(&eval, "date.parse(('1'):rep(5000))", "is not a date like");
    eval_fails(&eval, "date.parse('2026-11-21T09:03+19:00')", "is not a date like");
    eval_fails(&eval, "date.parse('２０２６-11-21')", "is not a date like");
    eval_fails(&eval, "date.parse('29.02.2025', 'dd.MM.yyyy')", "there is no day 29 in month 2");
    eval_fails(&eval, "date.parse('24:00', 'HH:mm')", "there is no time 24:00:00");
    eval_is(&eval, "date.parts('2024-12-31').yearday", "366");
    eval_is(&eval, "date.parts('2026-07-01', 'Europe/Vienna').offset", "120");
    eval_is(&eval, "date.parts('2026-11-22').weekday", "7");
    eval_is(&eval, "date.format('2026-11-21', 'd. MMMM yyyy, EEEE')",
            "\"21. November 2026, Saturday\"");
    eval_is(&eval, "date.parse('21/11/2026 09:03:03.007 +0100', 'dd/MM/yyyy HH:mm:ss.SSS XX')",
            "1795248183007");
    eval_end(&eval);
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* Long texts are transliterated in pieces: nothing is lost or cut at their borders. */
static void long_texts_are_whole(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    script_is(&eval,
              "for n = 1, 60 do local s = ('x'):rep(n) .. ('Zoë Müller '):rep(90)\n"
              "if text.ascii(s) ~= ('x'):rep(n) .. ('Zoe Muller '):rep(90) then return n end end\n"
              "return 'ok'",
              "\"ok\"");
    script_is(&eval,
              "for n = 1, 8 do local x = ('x'):rep(n)\n"
              "if text.ascii(x .. ('ß'):rep(500), 'de') ~= x .. ('ss'):rep(500) then return n end\n"
              "if text.ascii(x .. ('😀'):rep(300)) ~= x .. ('?'):rep(300) then return -n end end\n"
              "return 'ok'",
              "\"ok\"");
    eval_is(&eval, "text.upper(('straße'):rep(5000)) == ('STRASSE'):rep(5000)", "true");
    eval_is(&eval, "text.normalise(('e\\u{301}'):rep(5000)) == ('é'):rep(5000)", "true");
    eval_is(&eval, "{ text.len('😀é'), text.cut('😀é', 1), text.pad_left('é', 3, '😀') }",
            "[2,\"😀\",\"😀😀é\"]");
    eval_is(&eval, "text.split('a→b→c', '→')", "[\"a\",\"b\",\"c\"]");
    eval_is(&eval, "text.replace('ä-ä', 'ä', 'ü')", "\"ü-ü\"");
    eval_is(&eval, "text.trim('\\u{2003}Ω\\u{3000}')", "\"Ω\"");
    eval_is(&eval, "('Zoë'):sub(1, 2) .. ('Zoë'):sub(-2)", "\"Zoë\"");
    eval_fails(&eval, "('Zoë'):sub(1, 3)", "no UTF-8 text");
    eval_end(&eval);
}

/* ---- lookups --------------------------------------------------------------------------------- */

static void a_missing_key_does_what_its_table_says(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.lookups =
        eval_json("{\"plain\":{\"rows\":{\"visa\":1,\"Visa\":2,\"visas\":3,\"mastercard\":4}},"
                  "\"rate\":{\"columns\":[\"from\",\"to\",\"rate\"],\"keys\":[\"from\",\"to\"],"
                  "\"rows\":[[\"EUR\",\"USD\",1.0850],[\"EUR\",\"GBP\",0.85],[1,true,null]]},"
                  "\"none\":{\"rows\":{},\"missing\":\"null\"},"
                  "\"no\":{\"rows\":{},\"missing\":{\"default\":false}},"
                  "\"list\":{\"rows\":{\"a\":[1]},\"missing\":{\"default\":[]}}}");
    eval_is(&eval, "{ lookup('plain', 'visa'), lookup('plain', 'Visa') }", "[1,2]");
    eval_fails(&eval, "lookup('plain', 'visaz')", "has no key \"visaz\"; near are \"visa");
    eval_fails(&eval, "lookup('plain', 'giropay')", "has no key \"giropay\" (it has 4 rows)");
    eval_fails(&eval, "lookup('plain', '')", "has no key \"\"");
    eval_fails(&eval, "lookup('plain', ('x'):rep(5000))", "has no key \"xxxx");
    eval_is(&eval, "lookup('rate', 'EUR', 'USD')", "1.0850");
    eval_is(&eval, "lookup('rate', 'EUR', 'USD') * 100", "108.5000");
    eval_is(&eval, "lookup('rate', 1, true)", "null");
    eval_is(&eval, "lookup('rate', decimal(1), true)", "null");
    eval_fails(&eval, "lookup('rate', 'EUR', 'USB')",
               "has no key \"EUR, USB\"; near are \"EUR, US");
    eval_fails(&eval, "lookup('rate', 'USD', 'EUR')", "has no key \"USD, EUR\"");
    eval_fails(&eval, "lookup('rate', 'EURU', 'SD')", "has no key \"EURU, SD\"");
    eval_is(&eval, "{ lookup('none', 'x'), lookup('no', 'x') }", "[null,false]");
    eval_is(&eval, "lookup('list', 'x')", "[]");
    script_is(&eval, "table.insert(lookup('list', 'a'), 2) return lookup('list', 'a')", "[1]");
    eval_end(&eval);
}

/* ---- codecs and JSON ------------------------------------------------------------------------- */

static void codecs_go_there_and_back(void **state)
{
    static const char script[] =
        "for n = 0, 300 do local t = {} for i = 1, n do t[i] = string.char(random(0, 255)) end\n"
        "local s = table.concat(t)\n"
        "if base64.decode(base64.encode(s)) ~= s then return { 'base64', n } end\n"
        "if base64.decode((base64.encode(s):gsub('[=+/]', { ['='] = '', ['+'] = '-', ['/'] = '_' "
        "})))\n"
        "  ~= s then return { 'url', n } end\n"
        "if hex.decode(hex.encode(s):upper()) ~= s then return { 'hex', n } end\n"
        "end return 'ok'";
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    script_is(&eval, script, "\"ok\"");
    /* as Python's uuid.uuid5() has them */
    eval_is(&eval, "uuid.v5('dns', 'python.org')", "\"886313e1-3b8a-5372-9b90-0c9aee199e5d\"");
    eval_is(&eval, "uuid.v5('oid', '1.3.6.1')", "\"1447fa61-5277-5fef-a9b3-fbc6e44f4af3\"");
    eval_is(&eval, "uuid.v5('x500', 'c=ca')", "\"cc957dd1-a972-5349-98cd-874190002798\"");
    eval_is(&eval, "uuid.v5('dns', '')", "\"4ebd0208-8328-5d69-8c44-ec50939c0967\"");
    eval_is(&eval, "uuid.v5('url', 'https://zoë.example/ü')",
            "\"d0fd867d-59c8-5515-ba32-93d3b5ef39bb\"");
    eval_is(&eval, "uuid.v5('01234567-89AB-4cde-8f01-23456789abcd', ('x'):rep(1000))",
            "\"d77cc15e-ad61-54ad-87c4-4f46a1a0443a\"");
    eval_fails(&eval, "uuid.v5('01234567-89ab-4cde-8f01-23456789abcg', 'x')", "the name space is");
    eval_end(&eval);
}

static void json_texts_are_exact(void **state)
{
    static const char *const same[] = {
        "0",     "-1",    "1.10", "100.1",   "0.000000000000000001", "-9223372036854775808",
        "\"\"",  "[]",    "{}",   "[[],{}]", "{\"a\":2,\"z\":1}",    "12345678901234567890.125",
        "[1.0]", "false", "null", "1e400",   "[null,null]",          "\"\\u0001 \\n \\\" ä 😀\"",
    };
    char rule[200];
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        snprintf(rule, sizeof(rule), "json.encode(json.decode([=[ %s ]=])) == [=[%s]=]", same[i],
                 same[i]);
        eval_is(&eval, rule, "true");
    }
    eval_is(&eval, "json.decode('1.10') == decimal('1.1')", "true");
    eval_is(&eval, "math.type(json.decode('9223372036854775807'))", "\"integer\"");
    eval_is(&eval, "math.type(json.decode('9223372036854775808'))", "\"decimal\"");
    eval_is(&eval, "array.is(json.decode('[]')) and not array.is(json.decode('{}'))", "true");
    eval_is(&eval, "json.decode('{\"a\":null}').a == null", "true");
    eval_is(&eval, "json.decode('{\"z\":1,\"a\":2}')", "{\"a\":2,\"z\":1}");
    eval_fails(&eval, "json.decode('[1,]')", "json.decode: line 1, column 4");
    eval_fails(&eval, "json.decode('01')", "json.decode: line 1");
    eval_fails(&eval, "json.decode('\"\\xff\"')", "json.decode: line 1");
    eval_fails(&eval, "json.decode(('['):rep(100))", "json.decode: line 1");
    eval_fails(&eval, "json.decode('NaN')", "json.decode: line 1");
    eval_fails(&eval, "json.encode('\\xff')", "no UTF-8 text");
    eval_fails(&eval, "json.encode({ [true] = 1 })", "neither a text nor a position");
    eval_end(&eval);
}

/* ---- tables and chance ----------------------------------------------------------------------- */

static void tables_keep_their_kind(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    script_is(&eval, "local t = array() t[1] = 'x' t[2] = null return t", "[\"x\",null]");
    script_is(&eval, "local t = array() t.x = 1 return t",
              "the result is an array, but has names as keys (node map)");
    script_is(&eval, "local t = array({ 1, 2 }) table.remove(t) table.remove(t) return { t }",
              "[[]]");
    eval_is(&eval, "array.is(keys({})) and array.is(text.split('', ','))", "true");
    eval_is(&eval, "merge(array({ 1 }), { x = 1 }).x", "1");
    eval_is(&eval, "{ merge(array()), array(merge()) }", "[{},[]]");
    eval_is(&eval, "merge({ a = decimal('1.50') }, json.decode('{\"b\":[],\"a\":null}'))",
            "{\"a\":null,\"b\":[]}");
    script_is(&eval, "local a, b = { x = 1 }, { x = 2 } merge(a, b) return { a, b }",
              "[{\"x\":1},{\"x\":2}]");
    script_is(&eval, "local a = {} a.a = a return equal(a, a)", "true");
    eval_script(&eval, "local a, b = {}, {} a.a = a b.a = b return equal(a, b)");
    assert_non_null(strstr(eval.text, "equal: the tables are nested too deep"));
    eval_fails(&eval, "keys({ [{}] = 1 })", "a table with a table as a key has no order");
    eval_end(&eval);
}

static void chance_belongs_to_the_run(void **state)
{
    static const char draw[] =
        "{ random(), random(math.mininteger, math.maxinteger), random(-3, 3),"
        " uuid.random(), uuid.random() }";
    char first[2048];
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    snprintf(first, sizeof(first), "%s", eval_kind(&eval, RULE_EXPRESSION, draw, sizeof(draw) - 1));
    for (int i = 0; i < 3; i++)
        eval_is(&eval, draw, first);
    for (eval.scope.seed = 0; eval.scope.seed < 40; eval.scope.seed++) {
        eval_kind(&eval, RULE_EXPRESSION, draw, sizeof(draw) - 1);
        assert_false(eval.failed);
        assert_string_not_equal(eval.text, first);
    }
    script_is(&eval,
              "local seen = {} for i = 1, 700 do local n = random(-3, 3)\n"
              "seen[n + 4] = (seen[n + 4] or 0) + 1 end\n"
              "for i = 1, 7 do if seen[i] < 60 or seen[i] > 145 then return seen end end\n"
              "return #seen",
              "7");
    script_is(&eval, "return uuid.random() ~= uuid.random() and random() ~= random()", "true");
    eval_fails(&eval, "random(2, 1)", "random: the range is empty");
    eval_fails(&eval, "random('6')", "random: argument 1 is a text, not a whole number");
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rounding_is_what_its_name_says),
        cmocka_unit_test(decimals_are_exact_or_refused),
        cmocka_unit_test(a_year_of_hours_goes_there_and_back),
        cmocka_unit_test(differences_fit_sums),
        cmocka_unit_test(dates_have_edges),
        cmocka_unit_test(long_texts_are_whole),
        cmocka_unit_test(a_missing_key_does_what_its_table_says),
        cmocka_unit_test(codecs_go_there_and_back),
        cmocka_unit_test(json_texts_are_exact),
        cmocka_unit_test(tables_keep_their_kind),
        cmocka_unit_test(chance_belongs_to_the_run),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
