/* text_template.c - "transform.template": values that stay values, by the real engine. */
#include "node_run.h"
#include "node_try.h"

#define TEMPLATE(config)   "{'id': 'it', 'type': 'transform.template', 'config': {" config "}}"
#define TEXT(media, text)  TEMPLATE("'media': '" media "', 'text': '" text "'")
#define PIECE(media, text) TEMPLATE("'media': '" media "', 'fragment': true, 'text': '" text "'")
#define BODY                                                                              \
    "{'name': 'O\\u0027Hara & <b>\\u0022', 'sum': 100.10, 'url': 'javascript:alert(1)', " \
    "'lines': [{'t': 'a,b'}, {'t': '=x'}, {}], 'ok': true, 'none': null}"

static void test_text(void **state)
{
    (void)state;
    node_gives(TEXT("text", "plain"), BODY, "'plain'");
    node_gives(TEXT("text", ""), BODY, "''");
    node_gives(TEXT("text", "{{ trigger.body.sum }}|{{trigger.body.ok}}|{{ nil }}|{{ "
                            "trigger.body.none }}|{{ 1 + 1 }}"),
               BODY, "'100.10|true|||2'");
    node_gives(TEXT("text", "{{ ({a = {b = \\\"}}\\\"}}).a.b }}!"), BODY, "'}}!'");
    node_gives(TEXT("text", "{{ [[ }} ]] }}{{ #trigger.body.lines -- x\\n }}"), BODY, "' }} 3'");
    node_fails(TEXT("text", "a\\nb{{ trigger.body.lines }}"), BODY, "invalid",
               "line 2, column 5: {{trigger.body.lines }}: a text, number or truth value");
    node_fails(TEXT("text", "{{ trigger.body.nothing.at }}"), BODY, "rule", "nothing");
}

static void test_markup(void **state)
{
    (void)state;
    node_gives(TEXT("html", "<p title=\\\"{{ trigger.body.name }}\\\">{{ trigger.body.name }}</p>"),
               BODY,
               "'<p title=\\\"O&#39;Hara &amp; &lt;b&gt;&quot;\\\">O&#39;Hara &amp; "
               "&lt;b&gt;&quot;</p>'");
    node_gives(TEXT("html", "<p>{{raw: trigger.body.sum .. \\\"<br>\\\" }}</p>"), BODY,
               "'<p>100.10<br></p>'");
    node_gives(TEXT("html", "<a href=\\\"https://x.test/{{ trigger.body.url }}\\\">x</a>"), BODY,
               "'<a href=\\\"https://x.test/javascript:alert(1)\\\">x</a>'");
    node_fails(TEXT("html", "<a href=\\\"{{ trigger.body.url }}\\\">x</a>"), BODY, "invalid",
               "a link begins with https:");
    node_gives(TEXT("xml", "<a n=\\\"{{ trigger.body.sum }}\\\">{{ trigger.body.name }}</a>"), BODY,
               "'<a n=\\\"100.10\\\">O&#39;Hara &amp; &lt;b&gt;&quot;</a>'");
    node_fails(TEXT("xml", "<a>{{raw: trigger.body.name }}</a>"), BODY, "invalid",
               "the text is not whole xml");
    node_fails(TEXT("xml", "<a>"), BODY, "invalid", "not whole xml");
    node_gives(PIECE("xml", "<a>"), BODY, "'<a>'");
}

static void test_json(void **state)
{
    (void)state;
    node_gives(TEXT("json", "{\\\"a\\\": {{ trigger.body.name }}, \\\"b\\\": \\\"<{{ "
                            "trigger.body.name }}>\\\", \\\"c\\\": [{{ trigger.body.sum }}, {{ "
                            "nil }}], \\\"d\\\": {{ trigger.body.lines }}}"),
               "{'name': 'x\\u0022\\\\\\n', 'sum': 100.10, 'lines': [1]}",
               "'{\\\"a\\\": \\\"x\\\\\\\"\\\\\\\\\\\\n\\\", \\\"b\\\": "
               "\\\"<x\\\\\\\"\\\\\\\\\\\\n>\\\", \\\"c\\\": [100.10, null], \\\"d\\\": [1]}'");
    node_fails(TEXT("json", "{\\\"a\\\": {{raw: trigger.body.name }}}"), BODY, "invalid",
               "not whole json");
}

static void test_url_and_csv(void **state)
{
    (void)state;
    node_gives(TEXT("url", "/a/{{ trigger.body.name }}?q={{ trigger.body.sum }}"), BODY,
               "'/a/O%27Hara%20%26%20%3Cb%3E%22?q=100.10'");
    node_gives(TEMPLATE("'media': 'csv', 'parts': [{'text': 't\\n'}, {'each': "
                        "'=trigger.body.lines', 'text': '{{ index }},{{ item.t }}', 'between': "
                        "'\\n'}]"),
               BODY, "'t\\n1,\\\"a,b\\\"\\n2,\\u0027=x\\n3,'");
}

static void test_each(void **state)
{
    (void)state;
    node_gives(TEMPLATE("'media': 'html', 'parts': [{'text': '<ul>'}, {'each': "
                        "'=trigger.body.lines', 'text': '<li>{{ item.t or 7 }}</li>'}, {'text': "
                        "'</ul>{{ trigger.body.sum }}'}]"),
               BODY, "'<ul><li>a,b</li><li>=x</li><li>7</li></ul>100.10'");
    node_gives(TEMPLATE("'media': 'text', 'parts': [{'each': '=trigger.body.absent', 'text': "
                        "'{{ item }}'}]"),
               BODY, "''");
    node_gives(TEMPLATE("'media': 'text', 'parts': [{'each': '=trigger.body.lines', 'text': "
                        "'x', 'between': '-'}]"),
               BODY, "'x-x-x'");
    node_fails(TEMPLATE("'media': 'text', 'parts': [{'text': 'a'}, {'each': "
                        "'=trigger.body.lines', 'text': '{{ item }}'}]"),
               BODY, "invalid", "part 2: item 1: line 1, column 4: {{item }}");
}

static void test_large(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    node_run_parts(stage,
                   TEMPLATE("'media': 'text', 'parts': [{'each': '=trigger.body', 'text': '{{ item "
                            "}}'}, {'text': '{{ (\\\"x\\\"):rep(50000) }}'}]"),
                   "", "", NULL, "['a', 'b']", &result);
    assert_int_equal(result.status, 200);
    assert_int_equal(json_string_length(result.output), 50002);
    node_run_end(&result);
    stage_free(stage);
}

static void test_encoding(void **state)
{
    (void)state;
    node_gives(TEMPLATE("'media': 'text', 'encoding': 'windows-1252', 'text': '\xC3\xBC'"), BODY,
               "{'base64': '/A==', 'encoding': 'windows-1252'}");
}

static void test_compile(void **state)
{
    struct node_try *try = *state;
    static const struct {
        const char *config, *pointer, *wanted;
    } cases[] = {
        { "'text': 'x'", "/config", "\"media\" is missing" },
        { "'media': 'text'", "/config", "either \"text\" or \"parts\"" },
        { "'media': 'text', 'text': 'a {{ b'", "/config/text", "line 1, column 3: \"{{\" begins" },
        { "'media': 'text', 'text': 'a {{  }}'", "/config/text", "there is no expression" },
        { "'media': 'text', 'text': 'a {{ =b }}'", "/config/text", "without \"=\"" },
        { "'media': 'text', 'text': 'a {{ item }}'", "/config/text", "there is no item here" },
        { "'media': 'html', 'text': '<a {{ 1 }}>'", "/config/text", "within a tag" },
        { "'media': 'html', 'text': '<a b={{ 1 }}>'", "/config/text", "within a tag" },
        { "'media': 'html', 'text': '<{{ 1 }}>'", "/config/text", "within a tag" },
        { "'media': 'html', 'text': '<a onclick=\\\"f({{ 1 }})\\\">'", "/config/text", "script" },
        { "'media': 'html', 'text': '<a style=\\\"{{ 1 }}\\\">'", "/config/text", "style" },
        { "'media': 'html', 'text': '<script>{{ 1 }}</script>'", "/config/text", "script" },
        { "'media': 'html', 'text': '<!-- {{ 1 }} -->'", "/config/text", "comment" },
        { "'media': 'xml', 'text': '<a><![CDATA[{{ 1 }}]]></a>'", "/config/text", "CDATA" },
        { "'media': 'json', 'text': '{\\\"a\\\": \\\"\\\\{{ 1 }}\\\"}'", "/config/text",
          "behind a backslash" },
        { "'media': 'html', 'parts': [{'each': '=x', 'text': '<a'}]", "/config/parts/0/text",
          "ends where it began" },
        { "'media': 'text', 'parts': [{'each': 'x', 'text': 'a'}]", "/config/parts/0",
          "is an expression that gives a list" },
        { "'media': 'text', 'parts': [{'between': 'x', 'text': 'a'}]", "/config/parts/0",
          "has a meaning with" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char config[400];

        snprintf(config, sizeof config, "{%s}", cases[i].config);
        node_try_fault(try, "transform.template", config, NULL, cases[i].pointer, cases[i].wanted);
    }
    node_try_fine(try, "transform.template",
                  "{'media': 'html', 'text': '<script>x</script><!-- y --><a b=c d=\\\"e\\\" "
                  "/>{{ 1 }}<style>z</style><p\\ntitle=\\\"{{ 2 }}\\\">{{ 3 }}</p>'}",
                  NULL);
    node_try_fine(try, "transform.template",
                  "{'media': 'html', 'text': '<!-- {{raw: 1 }} --><a {{raw: 2 }}>'}", NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),     cmocka_unit_test(test_markup),
        cmocka_unit_test(test_json),     cmocka_unit_test(test_url_and_csv),
        cmocka_unit_test(test_each),     cmocka_unit_test(test_large),
        cmocka_unit_test(test_encoding), NODE_TRY(test_compile),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
