/* lua_json.c - values across the border: lazies show what an eager copy shows, what is not
 * touched comes back as it was, and what has no JSON is refused. */
#include "rule_eval.h"

#define ROUNDS 400

static uint64_t seed_state;

static unsigned pick(unsigned count)
{
    uint64_t z = seed_state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (unsigned)((z ^ z >> 31) % count);
}

static void make_text(struct buf *out)
{
    static const char *const parts[] = {
        "a", "B", "7", " ", "ä", "€", "😀", "\\n", "\\\"", "\\u0001"
    };

    buf_add_char(out, '"');
    for (unsigned i = pick(6); i > 0; i--)
        buf_add_text(out, parts[pick(sizeof(parts) / sizeof(parts[0]))]);
    buf_add_char(out, '"');
}

static void make_scalar(struct buf *out)
{
    switch (pick(7)) {
    case 0:
        buf_add_text(out, "null");
        break;
    case 1:
        buf_add_text(out, pick(2) == 0 ? "true" : "false");
        break;
    case 2:
        buf_addf(out, "%d", (int)pick(2000) - 1000);
        break;
    case 3:
        buf_addf(out, "%s%u.%02u0", pick(2) == 0 ? "-" : "", pick(100000) + 1, pick(100));
        break;
    case 4:
        buf_add_text(out, pick(2) == 0 ? "9223372036854775807" : "12345678901234567890123.4500");
        break;
    case 5:
        buf_add_text(out, pick(2) == 0 ? "1e400" : "-9223372036854775808");
        break;
    default:
        make_text(out);
    }
}

static void make_value(struct buf *out, unsigned depth)
{
    unsigned kind = depth == 0 ? 9 : pick(10);
    unsigned count = pick(6);

    if (kind < 4) {
        buf_add_char(out, '{');
        for (unsigned i = 0; i < count; i++) {
            buf_addf(out, "%s\"k%u%s\":", i > 0 ? "," : "", i * 7 % 6, pick(9) == 0 ? "é" : "");
            make_value(out, depth - 1);
        }
        buf_add_char(out, '}');
    } else if (kind < 7) {
        buf_add_char(out, '[');
        for (unsigned i = 0; i < count; i++) {
            buf_add_text(out, i > 0 ? "," : "");
            make_value(out, depth - 1);
        }
        buf_add_char(out, ']');
    } else {
        make_scalar(out);
    }
}

/* An object at the top, whose text comes back from a rule as it is. */
static json_t *make_document(struct buf *out)
{
    buf_clear(out);
    buf_add_text(out, "{\"a\":");
    make_value(out, 5);
    buf_add_text(out, ",\"z\":");
    make_value(out, 4);
    buf_add_char(out, '}');
    assert_true(buf_ok(out));
    return eval_json(buf_text(out));
}

struct pair_result {
    char *left, *right;
};

static void pair_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct pair_result *pair = owner;

    (void)tag;
    if (result->error != NULL)
        fail_msg("%s", result->error->text);
    pair->left = json_text_new(result->values[0], 16 * MIB, NULL);
    pair->right = result->count > 1 ? json_text_new(result->values[1], 16 * MIB, NULL) : NULL;
}

/* Evaluates both texts in one batch. */
static struct pair_result eval_pair(struct eval *eval, enum rule_kind kind, const char *left,
                                    const char *right)
{
    struct rule_source sources[2] = { { kind, "left", left, strlen(left) },
                                      { kind, "right", right, strlen(right) } };
    struct rule_unit_input input = { sources, 2, NULL, 0, NULL };
    struct rule_unit *unit = rule_unit_new(eval->rules, &input, eval_fault, eval);
    static const unsigned which[] = { 0, 1 };
    struct pair_result pair = { NULL, NULL };

    if (unit == NULL)
        fail_msg("%s", eval->text);
    rules_eval(eval->rules, unit, which, 2, RULE_ALL, &eval->scope, pair_done, &pair, 7);
    rule_unit_free(eval->rules, unit);
    return pair;
}

static void pair_end(struct pair_result *pair)
{
    mem_free(pair->left);
    mem_free(pair->right);
}

#define DUMP                                                                        \
    "local function dump(x)\n"                                                      \
    "  if type(x) ~= 'table' then return type(x) .. ':' .. tostring(x) end\n"       \
    "  local out = {}\n"                                                            \
    "  if array.is(x) then\n"                                                       \
    "    for i, v in ipairs(x) do out[#out + 1] = i .. '=' .. dump(v) end\n"        \
    "    return '[' .. #x .. table.concat(out, ',') .. ']'\n"                       \
    "  end\n"                                                                       \
    "  local n = 0\n"                                                               \
    "  for k, v in pairs(x) do n = n + 1 end\n"                                     \
    "  for _, k in ipairs(keys(x)) do out[#out + 1] = k .. '=' .. dump(x[k]) end\n" \
    "  return '{' .. n .. len(x) .. table.concat(out, ',') .. '}'\n"                \
    "end\n"

static void a_lazy_value_shows_what_an_eager_copy_shows(void **state)
{
    struct eval eval;
    struct buf text;

    (void)state;
    eval_begin(&eval, NULL);
    buf_init(&text, MIB);
    seed_state = 7;
    for (int i = 0; i < ROUNDS; i++) {
        json_t *document = make_document(&text);
        json_t *quoted = json_object();
        struct pair_result pair;

        json_object_set_new(quoted, "text", json_string(buf_text(&text)));
        eval.scope.input = document;
        eval.scope.vars = quoted;
        pair = eval_pair(&eval, RULE_SCRIPT, DUMP "return dump(input)",
                         DUMP "return dump(json.decode(vars.text))");
        assert_string_equal(pair.left, pair.right);
        pair_end(&pair);
        json_decref(document);
        json_decref(quoted);
    }
    buf_fini(&text);
    eval_end(&eval);
}

static void what_is_read_comes_back_as_it_was(void **state)
{
    static const char walk[] = "local function walk(x)\n"
                               "  if type(x) ~= 'table' then return end\n"
                               "  for k, v in pairs(x) do walk(v) end\n"
                               "end\n"
                               "walk(input.a)\n"
                               "return { untouched = input.z, walked = input.a }";
    struct eval eval;
    struct buf text, wanted;

    (void)state;
    eval_begin(&eval, NULL);
    buf_init(&text, MIB);
    buf_init(&wanted, MIB);
    seed_state = 11;
    for (int i = 0; i < ROUNDS; i++) {
        json_t *document = make_document(&text);
        struct pair_result pair;

        eval.scope.input = document;
        pair = eval_pair(&eval, RULE_SCRIPT, "return input", walk);
        assert_string_equal(pair.left, buf_text(&text));
        buf_clear(&wanted);
        buf_add_text(&wanted, "{\"untouched\":");
        json_write(&wanted, json_object_get(document, "z"));
        buf_add_text(&wanted, ",\"walked\":");
        json_write(&wanted, json_object_get(document, "a"));
        buf_add_char(&wanted, '}');
        assert_string_equal(pair.right, buf_text(&wanted));
        pair_end(&pair);
        json_decref(document);
    }
    buf_fini(&text);
    buf_fini(&wanted);
    eval_end(&eval);
}

/* Writes the way to a value somewhere below `value` as Lua does: .k1[2].k3 */
static void make_path(struct buf *path, json_t *value)
{
    while (true) {
        size_t count = json_is_object(value) ? json_object_size(value) : json_array_size(value);
        void *at;

        if (count == 0 || pick(5) == 0)
            return;
        if (json_is_array(value)) {
            unsigned index = pick((unsigned)count);

            buf_addf(path, "[%u]", index + 1);
            value = json_array_get(value, index);
            continue;
        }
        at = json_object_iter(value);
        for (unsigned i = pick((unsigned)count); i > 0; i--)
            at = json_object_iter_next(value, at);
        buf_addf(path, "['%s']", json_object_iter_key(at));
        value = json_object_iter_value(at);
    }
}

/* One by one as an expression reads members, and with the tables filled as a script does. */
static void members_read_alone_are_those_of_the_whole(void **state)
{
    struct eval eval;
    struct buf text, alone, whole;

    (void)state;
    eval_begin(&eval, NULL);
    buf_init(&text, MIB);
    buf_init(&alone, 64 * KIB);
    buf_init(&whole, 64 * KIB);
    seed_state = 13;
    for (int i = 0; i < ROUNDS; i++) {
        json_t *document = make_document(&text);
        struct pair_result pair, script;

        eval.scope.input = document;
        buf_clear(&alone);
        buf_clear(&whole);
        buf_add_text(&alone, "input");
        make_path(&alone, document);
        buf_addf(&whole, "{ %s, input.a == input.a, len(input), keys(input), #(input.zz or '') }",
                 buf_text(&alone));
        pair = eval_pair(&eval, RULE_EXPRESSION, buf_text(&alone), buf_text(&whole));
        buf_clear(&whole);
        buf_addf(&whole, "local f = function() end keys(input) return %s", buf_text(&alone));
        script = eval_pair(&eval, RULE_SCRIPT, buf_text(&whole), "return 1");
        assert_string_equal(pair.left, script.left);
        assert_memory_equal(pair.right + 1, pair.left, strlen(pair.left));
        assert_string_equal(pair.right + 1 + strlen(pair.left), ",true,2,[\"a\",\"z\"],0]");
        pair_end(&pair);
        pair_end(&script);
        json_decref(document);
    }
    buf_fini(&text);
    buf_fini(&alone);
    buf_fini(&whole);
    eval_end(&eval);
}

static void numbers_keep_their_digits(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.scope.input = eval_json("{\"a\":100.10,\"b\":1e309,\"c\":9223372036854775808,\"d\":-0.0,"
                                 "\"e\":0.1,\"big\":123456789012345678901234567890.12}");
    eval_is(&eval, "{ input.a, input.b, input.c }", "[100.10,1e309,9223372036854775808]");
    eval_is(&eval, "input.big + 1", "123456789012345678901234567891.12");
    eval_is(&eval, "tostring(input.b) .. input.b", "\"1e3091e309\"");
    eval_is(&eval, "math.maxinteger", "9223372036854775807");
    eval_is(&eval, "math.mininteger", "-9223372036854775808");
    eval_is(&eval, "0.1", "0.1");
    eval_is(&eval, "1e300", "1e+300");
    eval_is(&eval, "5e-324", "4.94065645841247e-324");
    eval_is(&eval, "10 / 2", "5");
    eval_is(&eval, "-0.0", "0.0");
    eval_is(&eval, "2^53 + 0.0", "9007199254740992.0");
    eval_is(&eval, "type(input.b)", "\"number\"");
    eval_is(&eval, "equal(input.b, input.b)", "true");
    eval_is(&eval, "(pcall(function() return input.b + 1 end))", "false");
    json_decref(eval.scope.input);
    eval_end(&eval);
}

static void arrays_and_objects_stay_what_they_are(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval.scope.input = eval_json("{\"e\":[],\"o\":{},\"l\":[1,2,3],\"m\":{\"b\":1,\"a\":2}}");
    eval_is(&eval, "{ input.e, input.o }", "[[],{}]");
    eval_script(&eval, "local l = input.l for i = 1, 3 do l[i] = nil end return l");
    assert_string_equal(eval.text, "[]");
    eval_script(&eval, "input.m.a = nil input.m.b = nil return input.m");
    assert_string_equal(eval.text, "{}");
    eval_script(&eval, "input.e[1] = 'x' return input.e");
    assert_string_equal(eval.text, "[\"x\"]");
    eval_script(&eval, "input.l.x = 1 return input.l");
    assert_true(eval.failed);
    eval_script(&eval, "input.l[2] = nil return input.l");
    assert_non_null(strstr(eval.text, "a list with holes"));
    eval_script(&eval, "input.o[1] = 1 return input.o");
    assert_non_null(strstr(eval.text, "is an object, but has positions as keys"));
    eval_script(&eval, "input.m.c = 3 input.m.b = nil input.m.b = 9 return input.m");
    assert_string_equal(eval.text, "{\"b\":9,\"a\":2,\"c\":3}");
    eval_is(&eval, "{ [1] = 'a', [2] = 'b' }", "[\"a\",\"b\"]");
    eval_is(&eval, "{ b = 1, a = { d = 1, c = null } }", "{\"a\":{\"c\":null,\"d\":1},\"b\":1}");
    eval_is(&eval, "nil", "nil");
    eval_is(&eval, "null", "null");
    json_decref(eval.scope.input);
    eval_end(&eval);
}

/* A table that holds a value of the scope is no way to keep it for the next evaluation. */
static void nothing_is_kept_for_the_next_evaluation(void **state)
{
    static const char text[] =
        "local m = {}\n"
        "local kept\n"
        "function m.keep(x) local old = kept kept = x return { old = old } end\n"
        "return m";
    struct rule_module module = { "keeper", text, sizeof(text) - 1 };
    struct rule_source source = { RULE_FUNCTION, "keep", "keeper:keep", 11 };
    struct rule_unit_input input = { &source, 1, &module, 1, NULL };
    struct rule_unit *unit;
    struct eval eval;
    unsigned which = 0;

    (void)state;
    eval_begin(&eval, NULL);
    unit = rule_unit_new(eval.rules, &input, eval_fault, &eval);
    assert_non_null(unit);
    for (int i = 0; i < 3; i++) {
        eval.scope.input = eval_json("{\"secret\":1}");
        rules_eval(eval.rules, unit, &which, 1, RULE_ALL, &eval.scope, eval_done, &eval, 7);
        assert_string_equal(eval.text, "{}");
        json_decref(eval.scope.input);
    }
    rule_unit_free(eval.rules, unit);
    eval_end(&eval);
}

static void the_borrowed_input_is_never_changed(void **state)
{
    static const char text[] = "{\"a\":{\"b\":[1,2,{\"c\":1.50}]},\"z\":null}";
    struct eval eval;
    char *after;

    (void)state;
    eval_begin(&eval, NULL);
    eval.scope.input = eval_json(text);
    eval_script(&eval,
                "input.a.b[3].c = 'changed' input.a.x = 1 table.remove(input.a.b, 1)\n"
                "input.z = nil table.sort(input.a.b, function() return false end) return input");
    assert_false(eval.failed);
    after = json_text_new(eval.scope.input, KIB, NULL);
    assert_string_equal(after, text);
    mem_free(after);
    json_decref(eval.scope.input);
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lazy_value_shows_what_an_eager_copy_shows),
        cmocka_unit_test(what_is_read_comes_back_as_it_was),
        cmocka_unit_test(members_read_alone_are_those_of_the_whole),
        cmocka_unit_test(numbers_keep_their_digits),
        cmocka_unit_test(arrays_and_objects_stay_what_they_are),
        cmocka_unit_test(nothing_is_kept_for_the_next_evaluation),
        cmocka_unit_test(the_borrowed_input_is_never_changed),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
