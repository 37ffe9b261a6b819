/* rule_lib.c - the library beyond the examples of docs/RULES.md: edges, refusals, order. */
#include "rule_expect.h"

static const struct expect basics_rows[] = {
    { "{ type(nil), type(null), type(1), type(1.5), type(trigger.d), type({}), type(print) }",
      "[\"nil\",\"null\",\"number\",\"decimal\",\"decimal\",\"table\",\"function\"]" },
    { "{ tostring(nil), tostring(null), tostring(true), tostring(1.5), tostring(trigger.d) }",
      "[\"nil\",\"null\",\"true\",\"1.5\",\"2.50\"]" },
    { "tonumber('  12  ')", "12" },
    { "tonumber('0x1p4')", "16" },
    { "tonumber('1e1')", "10" },
    { "tonumber('12x')", "nil" },
    { "tonumber('12\\0')", "nil" },
    { "tonumber('')", "nil" },
    { "tonumber(nil)", "nil" },
    { "tonumber({})", "nil" },
    { "tonumber('-zz', 36)", "-1295" },
    { "tonumber('8', 8)", "nil" },
    { "tonumber('1', 99)", "!the base is 2 to 36" },
    { "tonumber(trigger.d)", "!a decimal is a number already" },
    { "coalesce(nil, null, false, 1)", "false" },
    { "coalesce()", "nil" },
    { "{ isnull(nil), isnull(null), isnull(false), isnull(0), isnull(trigger.none) }",
      "[true,true,false,false,true]" },
    { "equal(nil, null)", "true" },
    { "equal(1, 1.0)", "true" },
    { "equal('1', 1)", "false" },
    { "equal(trigger.d, 2.5)", "true" },
    { "equal(trigger.list, { 3, 1, 2 })", "true" },
    { "equal(trigger.list, { 3, 1 })", "false" },
    { "equal({ 3, 1 }, trigger.list)", "false" },
    { "equal(trigger.o, { a = 2, b = decimal('1.0') })", "true" },
    { "equal({ x = {} }, { x = array({}) })", "true" },
    { "equal(print, print)", "true" },
    { "{ select('#'), select('#', nil, nil), select(-1, 1, 2), (select(2, 'a', 'b')) }",
      "[0,2,2,\"b\"]" },
    { "select(0)", "!select: argument 1 is out of range" },
    { "{ len(nil), len(null), len(''), len('äö'), len({}), len({ 1, 2 }), len({ a = 1 }), "
      "len(trigger) }",
      "[0,0,0,2,0,2,1,6]" },
    { "len(5)", "!len: argument 1 is a number, not a table" },
    { "keys({ 10, 20, x = 1, [2.5] = 2 })", "[1,2,2.5,\"x\"]" },
    { "keys({ b = 1, a = 1, [true] = 1 })[3]", "true" },
    { "keys(nil)", "!keys: argument 1 is nil, not a table" },
    { "next({})", "nil" },
    { "{ next({ b = 1, a = 2 }) }", "[\"a\",2]" },
    { "{ next({ b = 1, a = 2 }, 'a') }", "[\"b\",1]" },
    { "next({ b = 1, a = 2 }, 'b')", "nil" },
    { "{ next(trigger.o) }", "[\"b\",1]" },
    { "{ next(trigger.o, 'b') }", "[\"a\",2]" },
    { "next(trigger.o, 'a')", "nil" },
    { "{ next({ 7, 8 }, 1) }", "[2,8]" },
    { "merge()", "{}" },
    { "merge(trigger.o, nil, null, { a = 3 })", "{\"a\":3,\"b\":1}" },
    { "merge({ 1 }, 2)", "!merge: argument 2 is a number, not a table" },
    { "{ array(), array({ 1 }), array.is({}), array.is({ 1 }), array.is(array()), array.is(5) "
      "}",
      "[[],[1],false,true,true,false]" },
    { "array({ a = 1 })", "!array: the table has other keys than 1, 2, 3" },
    { "assert(1, 'x')", "1" },
    { "assert(nil)", "!an assertion failed" },
    { "assert(false, { message = 'told' })", "!told" },
    { "{ pcall(error, { code = 1 }) }", "[false,{\"code\":1}]" },
    { "{ xpcall(error, function(e) return e .. '!' end, 'x') }", "[false,\"x!\"]" },
    { "{ xpcall(function(...) return ... end, print, 1, 2) }", "[true,1,2]" },
    { "{ pcall() }", "!pcall: an argument is missing" },
};

static void basics(void **state)
{
    (void)state;
    EXPECT_ALL(basics_rows);
}

static const struct expect decimals_rows[] = {
    { "decimal(' 12.50 ')", "12.50" },
    { "decimal('+1')", "1" },
    { "decimal(0.1)", "0.1" },
    { "decimal(trigger.d)", "2.50" },
    { "decimal('')", "!decimal: '' is not a number" },
    { "decimal(null)", "!decimal: argument 1 is null, not a number" },
    { "decimal({})", "!decimal: argument 1 is a table" },
    { "decimal(0/0)", "!" },
    { "trigger.d + 1", "3.50" },
    { "1 + trigger.d", "3.50" },
    { "trigger.d - 0.25", "2.25" },
    { "trigger.d * trigger.d", "6.2500" },
    { "1 / trigger.d", "0.40" },
    { "7 % decimal('2.5')", "2.0" },
    { "-7 % decimal('2.5')", "0.5" },
    { "-7 // decimal('2.5')", "-3" },
    { "trigger.d ^ 2", "6.2500" },
    { "trigger.d ^ 0.5", "1.5811388300841898" },
    { "trigger.d ^ 1001", "!the exponent of a decimal is at most 1000" },
    { "-trigger.d", "-2.50" },
    { "trigger.d / 0", "!" },
    { "{ trigger.d < 3, trigger.d <= 2.5, 3 < trigger.d, trigger.d > 2, trigger.d >= 2.51 }",
      "[true,true,false,true,false]" },
    { "{ trigger.d == decimal('2.5'), trigger.d ~= decimal('2.5'), trigger.d == 2.5 }",
      "[true,false,true]" },
    { "trigger.d .. '|' .. trigger.d", "\"2.50|2.50\"" },
    { "5 .. trigger.d", "\"52.50\"" },
    { "trigger.d:round(0)", "3" },
    { "trigger.d:round(1, 'down')", "2.5" },
    { "decimal('-2.5'):round()", "-3" },
    { "decimal('2.5'):round(0, 'half_down')", "2" },
    { "decimal('2.1'):round(0, 'up')", "3" },
    { "decimal('-2.1'):round(0, 'ceiling')", "-2" },
    { "decimal('-2.1'):round(0, 'floor')", "-3" },
    { "trigger.d:round(2, 'nearest')", "!'nearest' is no rounding" },
    { "trigger.d:round(-1)", "!the scale is 0 to 76" },
    { "trigger.d:round('x')", "!decimal.round: argument 2 is a text, not a whole number" },
    { "{ trigger.d:floor(), trigger.d:ceil(), decimal('-2.5'):floor() }", "[2,3,-3]" },
    { "{ decimal('-1'):sign(), decimal(0):sign(), trigger.d:sign() }", "[-1,0,1]" },
    { "decimal('2.5'):int()", "!has a fraction" },
    { "decimal('2.5'):float() * 2", "5" },
    { "(10):div(4, 1)", "2.5" },
    { "(10):div(3)", "3" },
    { "decimal.min(3, '2', decimal('2.5'))", "2" },
    { "decimal.sum({})", "0" },
    { "decimal.sum({ 1, '2.5', trigger.d })", "6.00" },
    { "decimal.sum({ 1, 'x' })", "!'x' is not a number" },
    { "decimal.sum({ { a = 1 }, 5 }, 'a')", "!item 2 is a number, not an object" },
    { "decimal.sum({ { a = 1 }, {} }, 'a')", "!item 2 is nil, not a number" },
    { "math.max(1, trigger.d, 2)", "2.50" },
    { "math.min(1, trigger.d)", "1" },
    { "math.max()", "!math.max: argument 1 is nil, not a number" },
    { "{ math.floor(-2.5), math.ceil(-2.5), math.floor(7), math.ceil(trigger.d) }", "[-3,-2,7,3]" },
    { "{ math.abs(-5), math.abs(-2.5), math.abs(decimal('-2.50')) }", "[5,2.5,2.50]" },
    { "{ math.tointeger(3.0), math.tointeger('3'), math.tointeger(trigger.d) }", "[3]" },
    { "{ math.type(1), math.type(1.0), math.type(1 / 2), math.type(trigger.d), math.type('1') }",
      "[\"integer\",\"decimal\",\"float\",\"decimal\"]" },
    { "math.sqrt(16)", "4" },
    { "math.sqrt(trigger.d)", "1.5811388300841898" },
    { "{ math.fmod(-5.5, 2), math.fmod(-5.5, -2), math.fmod(5.5, -2.0) }", "[-1.5,-1.5,1.5]" },
    { "{ 3 * 0.97, 0.1 + 0.2, 1e3, .5 * 2, -0.10, 2 ^ 0.5 }",
      "[2.91,0.3,1000,1.0,-0.10,1.4142135623730951]" },
    { "{ (0.1):float() + 0.2, (0.1):float() + (0.2):float() }", "[0.3,0.30000000000000004]" },
    { "{ math.log(8, 2), math.log(1000, 10), math.exp(0) }", "[3,3,1]" },
    { "{ math.fmod(7, 3), math.fmod(-7, 3), math.fmod(5.5, 2) }", "[1,-1,1.5]" },
    { "math.fmod(1, 0)", "!division by zero" },
    { "1 // 0", "!attempt to divide by zero" },
};

static void decimals(void **state)
{
    (void)state;
    EXPECT_ALL(decimals_rows);
}

static const struct expect texts_rows[] = {
    { "text.trim(' \\t\\u{A0}x y\\u{FEFF}\\n')", "\"x y\"" },
    { "text.trim('')", "\"\"" },
    { "text.trim('   ')", "\"\"" },
    { "text.trim('\\xff ')", "!" },
    { "text.clean('\\u{200E}a\\0b\\u{AD}')", "\"ab\"" },
    { "text.clean('\\xff')", "!the text is not UTF-8" },
    { "text.upper('äß ŉ')", "\"ÄSS ʼN\"" },
    { "text.lower('ÄİΣ')", "\"äi̇ς\"" },
    { "text.upper('\\xff')", "!the text is not UTF-8" },
    { "text.upper('')", "\"\"" },
    { "text.normalise('e\\u{301}')", "\"é\"" },
    { "text.normalise('x', 'NFD')", "!the form is 'NFC' or 'NFKC'" },
    { "text.ascii('')", "\"\"" },
    { "text.ascii('Ä', 'fr')", "!the language is 'de' or left out" },
    { "text.ascii('ÄÖÜäöüß', 'de')", "\"AEOEUeaeoeuess\"" },
    { "{ text.len('€x'), text.len(''), text.len(12.5) }", "[2,0,4]" },
    { "{ text.cut('€xy', 2), text.cut('a', 5), text.cut('abc', 0) }", "[\"€x\",\"a\",\"\"]" },
    { "text.cut('x', -1)", "!argument 2 is negative" },
    { "{ text.pad_left('ab', 2), text.pad_left('ab', 1), text.pad_left('7', 3, '€') }",
      "[\"ab\",\"ab\",\"€€7\"]" },
    { "text.pad_left('x', 5, 'ab')", "!argument 3 is not one character" },
    { "text.pad_right(trigger.d, 6, '0')", "\"2.5000\"" },
    { "text.split('', ',')", "[\"\"]" },
    { "text.split(',a,', ',')", "[\"\",\"a\",\"\"]" },
    { "text.split('a', '')", "!the separator is empty" },
    { "text.split('a.b', '.')", "[\"a\",\"b\"]" },
    { "text.join({})", "\"\"" },
    { "text.join({ 1, null, 'x', trigger.d }, '-')", "\"1--x-2.50\"" },
    { "text.join({ {} })", "!item 1 is a table, not a text" },
    { "text.replace('aaa', 'a', 'aa')", "\"aaaaaa\"" },
    { "text.replace('a%b', '%', '%%')", "\"a%%b\"" },
    { "text.replace('a', '', 'b')", "!argument 2 is empty" },
    { "{ text.starts('abc', ''), text.ends('abc', 'bc'), text.contains('abc', 'd'), "
      "text.starts('a', 'ab') }",
      "[true,true,false,false]" },
    { "('x'):rep(3, ',')", "\"x,x,x\"" },
    { "('x'):rep(-1)", "\"\"" },
    { "{ ('hello'):sub(2), ('hello'):sub(-3, -2), ('hello'):sub(4, 2), ('hello'):sub(-99, 99) "
      "}",
      "[\"ello\",\"ll\",\"\",\"hello\"]" },
    { "{ ('abc'):byte(1, -1) }", "[97,98,99]" },
    { "{ ('abc'):byte(10) }", "{}" },
    { "string.char(72, 105)", "\"Hi\"" },
    { "string.char(256)", "!argument 1 is not a byte" },
    { "('abc'):reverse():upper():lower():len()", "3" },
    { "string.format('%5d|%-5d|%05d|%+d|%x|%X|%o|%c|%%', 42, 42, 42, 42, 255, 255, 8, 65)",
      "\"   42|42   |00042|+42|ff|FF|10|A|%\"" },
    { "string.format('%s %s %s %5s|%-5s|%.2s', nil, true, trigger.d, 'ab', 'ab', 'abc')",
      "\"nil true 2.50    ab|ab   |ab\"" },
    { "string.format('%.2f %8.3f|%-8.1f|%08.2f|%+.1f|% .0f', (1.005):float(), 5 / 2, 5 / 2, "
      "-5 / 2, 5 / 2, 5 / 2)",
      "\"1.00    2.500|2.5     |-0002.50|+2.5| 2\"" },
    { "string.format('%.2f %8.3f|%-8.1f|%08.2f|%+.1f|% .0f', decimal('1.005'), trigger.d, "
      "trigger.d, "
      "-trigger.d, trigger.d, trigger.d)",
      "\"1.01    2.500|2.5     |-0002.50|+2.5| 3\"" },
    { "string.format('%d', trigger.d)",
      "!string.format: argument 2 is a decimal, not a whole number" },
    { "string.format('%d', decimal('7.00'))", "\"7\"" },
    { "string.format('%d')", "!string.format: argument 2 is missing" },
    { "string.format('%s')", "!string.format: argument 2 is missing" },
    { "string.format('%g %e', 1e20, 12.5)", "\"1e+20 1.250000e+01\"" },
    { "string.format('%5')", "!is not known" },
    { "string.format('%')", "!is not known" },
    { "table.concat({ 1, 'b', trigger.d }, ', ')", "\"1, b, 2.50\"" },
    { "table.concat({ 1, {} })", "!table.concat: item 2 is a table, not a text" },
    { "{ table.unpack(trigger.list) }", "[3,1,2]" },
    { "{ table.unpack({ 1, 2, 3 }, 2) }", "[2,3]" },
    { "table.pack(1, nil).n", "2" },
    { "table.move({ 1, 2, 3 }, 1, 3, 2)", "[1,1,2,3]" },
    { "table.move({ 1, 2, 3 }, 2, 3, 1)", "[2,3,3]" },
    { "table.move({ 1, 2 }, 1, 2, 1, {})", "[1,2]" },
    { "table.remove(trigger.list)", "2" },
    { "table.remove(trigger.list, 1)", "3" },
    { "table.remove({})", "nil" },
    { "table.remove({ 1 }, 5)", "!position 5 is out of range" },
    { "table.insert({ 1 }, 5, 1)", "!position 5 is out of range" },
};

static void texts(void **state)
{
    (void)state;
    EXPECT_ALL(texts_rows);
}

static const struct expect lookups_rows[] = {
    { "lookup('s', 'a')", "{\"x\":[1]}" },
    { "lookup('s', 'a').x[1]", "1" },
    { "lookup('s', 5)", "\"five\"" },
    { "lookup('s', 5.0)", "!has no key \"5.0\"" },
    { "lookup('s', true)", "\"yes\"" },
    { "lookup('s', nil)", "!lookup: argument 2 is nil, not a text" },
    { "lookup('s', trigger.none)", "!lookup: trigger.none is null" },
    { "lookup('s', 'a', 'b')", "!has a key of 1 value, 2 were given" },
    { "lookup('s')", "!has a key of 1 value, 0 were given" },
    { "lookup('s', 'b')", "!near are \"a\"" },
    { "lookup('m', decimal('1.50'))", "\"d\"" },
    { "lookup('m', 1.5)", "{\"z\":1}" },
    { "lookup('m', true)", "null" },
    { "lookup('m', 'x').z", "1" },
    { "lookup('x', 1)", "!there is no table 'x'; there are: s, m" },
};

static void lookups(void **state)
{
    (void)state;
    EXPECT_ALL(lookups_rows);
}

static const struct expect codecs_rows[] = {
    { "{ base64.encode(''), base64.encode('f'), base64.encode('fo'), base64.encode('foo'), "
      "base64.encode('foob') }",
      "[\"\",\"Zg==\",\"Zm8=\",\"Zm9v\",\"Zm9vYg==\"]" },
    { "{ base64.decode(''), base64.decode('Zg=='), base64.decode('Zg'), base64.decode('Zm9v "
      "Yg==') }",
      "[\"\",\"f\",\"f\",\"foob\"]" },
    { "hex.encode(base64.decode('-_-_'))", "\"fbffbf\"" },
    { "base64.decode('Z')", "!the text is cut off" },
    { "base64.decode('Zg=')", "!the text is cut off" },
    { "base64.decode('Z!==')", "!byte 2 is not base 64" },
    { "base64.decode('Zg==Zg==')", "!is not base 64" },
    { "base64.decode('\\0\\0\\0\\0')", "!byte 1 is not base 64" },
    { "{ hex.encode('\\0\\xff'), hex.encode('') }", "[\"00ff\",\"\"]" },
    { "hex.decode('4A6b')", "\"Jk\"" },
    { "hex.decode('4')", "!an odd number of digits" },
    { "hex.decode('4g')", "!byte 2 is no hexadecimal digit" },
    { "hash.sha256('')", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"" },
    { "hash.sha256('', 'base64')", "\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"" },
    { "hash.sha256('', 'octal')", "!the encoding is 'hex' or 'base64'" },
    /* RFC 4231, test cases 1, 2, 6 and 7 */
    { "hmac.sha256(('\\x0b'):rep(20), 'Hi There')",
      "\"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7\"" },
    { "hmac.sha256('Jefe', 'what do ya want for nothing?')",
      "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\"" },
    { "hmac.sha256(('\\xaa'):rep(131), 'Test Using Larger Than Block-Size Key - Hash Key "
      "First')",
      "\"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54\"" },
    { "hmac.sha256('', '', 'base64')", "\"thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=\"" },
    { "json.encode(nil)", "\"null\"" },
    { "json.encode({ 1, 'ä', trigger.d, null, {} })", "\"[1,\\\"ä\\\",2.50,null,{}]\"" },
    { "json.encode(trigger.o)", "\"{\\\"b\\\":1,\\\"a\\\":2}\"" },
    { "json.encode(print)", "!json.encode: the value is a function" },
    { "json.encode({ a = { 0/0 } })", "!json.encode: the value.a[1] is not a number" },
    { "json.decode('[1.50,{\"a\":[]}]')", "[1.50,{\"a\":[]}]" },
    { "json.decode('null')", "null" },
    { "json.decode('1 2')", "!json.decode: line 1" },
    { "json.decode('{\"a\":1,\"a\":2}')", "!json.decode: line 1" },
    { "uuid.v5('url', 'https://example.com/')", "\"dd2c1780-811a-5296-81c5-178a0ef488bc\"" },
    { "uuid.v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com') == uuid.v5('dns', "
      "'www.example.com')",
      "true" },
    { "effect_at('sale')", "nil" },
    { "effect_at()", "!effect_at: argument 1 is nil, not a text" },
    { "uuid.v5('nowhere', 'x')", "!the name space is" },
    { "uuid.random():match('^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$') ~= nil", "true" },
    { "random(5, 5)", "5" },
    { "random(0)", "!the range is empty" },
    { "(function() for i = 1, 2000 do local x = random() if x < 0 or x >= 1 then return x end "
      "end "
      "return 'ok' end)()",
      "\"ok\"" },
    { "(function() local seen = {} for i = 1, 400 do seen[random(3)] = true end return #seen "
      "end)()",
      "3" },
};

static void codecs(void **state)
{
    (void)state;
    EXPECT_ALL(codecs_rows);
}

/* Changes of a table while it is walked: what is removed is passed over, what is new is not seen.
 */
static void walks_have_one_order(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.scope.input = eval_json("{\"z\":1,\"a\":2,\"m\":3}");
    eval_script(&eval,
                "local out = {} for k, v in pairs(input) do out[#out + 1] = k .. v end return out");
    assert_string_equal(eval.text, "[\"z1\",\"a2\",\"m3\"]");
    eval_script(&eval, "input.b = 4 input.a = nil input.A = 5 local out = {}\n"
                       "for k, v in pairs(input) do out[#out + 1] = k .. v end return out");
    assert_string_equal(eval.text, "[\"z1\",\"m3\",\"A5\",\"b4\"]");
    eval_script(&eval, "input.b = 4 input.a = nil local out, k, v = {}, next(input)\n"
                       "while k do out[#out + 1] = k .. v k, v = next(input, k) end return out");
    assert_string_equal(eval.text, "[\"z1\",\"m3\",\"b4\"]");
    eval_script(&eval, "local out = {} for k in pairs(input) do input.m = nil input.new = 1\n"
                       "out[#out + 1] = k end return out");
    assert_string_equal(eval.text, "[\"z\",\"a\"]");
    eval_script(&eval,
                "local out = {} for k in pairs({ 10, 20, b = 1, a = 2, [0] = 3, [1.5] = 4 }) do\n"
                "out[#out + 1] = tostring(k) end return out");
    assert_string_equal(eval.text, "[\"0\",\"1\",\"1.5\",\"2\",\"a\",\"b\"]");
    eval_script(&eval,
                "local out = {} for i, v in ipairs({ 1, 2, nil, 4 }) do out[i] = v end return out");
    assert_string_equal(eval.text, "[1,2]");
    json_decref(eval.scope.input);
    eval_end(&eval);
}

static void sorting_is_stable(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval_script(&eval,
                "local t = {} for i = 1, 200 do t[i] = { k = i * 7 % 5, i = i } end\n"
                "table.sort(t, function(a, b) return a.k < b.k end)\n"
                "for i = 2, 200 do local a, b = t[i - 1], t[i]\n"
                "if a.k > b.k or (a.k == b.k and a.i > b.i) then return i end end return 'ok'");
    assert_string_equal(eval.text, "\"ok\"");
    eval_script(&eval,
                "local t = { decimal('2.5'), 1, decimal('1.5'), 3.5 } table.sort(t) return t");
    assert_string_equal(eval.text, "[1,1.5,2.5,3.5]");
    eval_script(&eval, "local t = { 'b', 'a', 'C' } table.sort(t) return t");
    assert_string_equal(eval.text, "[\"C\",\"a\",\"b\"]");
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basics),
        cmocka_unit_test(decimals),
        cmocka_unit_test(texts),
        cmocka_unit_test(lookups),
        cmocka_unit_test(codecs),
        cmocka_unit_test(walks_have_one_order),
        cmocka_unit_test(sorting_is_stable),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
