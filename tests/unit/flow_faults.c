/* flow_faults.c - the list of faults: its order, its ceiling, its lines, and foreign text made
 * safe. */
#include "flow_try.h"

static void add(struct faults *faults, bool warning, const char *file, unsigned line,
                unsigned column, const char *text)
{
    faults_add(faults, warning, file, line, column, "/a", "%s", text);
}

static void they_come_sorted_by_place(void **state)
{
    struct try *try = *state;

    add(&try->faults, false, "b.json", 1, 1, "six");
    add(&try->faults, true, "a.json", 10, 2, "four");
    add(&try->faults, false, "a.json", 2, 30, "three");
    add(&try->faults, false, "a.json", 2, 4, "one");
    add(&try->faults, false, "a.json", 2, 4, "two");
    add(&try->faults, false, "a.json", 10, 2, "five");
    try_say(try);
    assert_string_equal(buf_text(&try->said), "a.json:2:4: /a: one\n"
                                              "a.json:2:4: /a: two\n"
                                              "a.json:2:30: /a: three\n"
                                              "a.json:10:2: /a: warning: four\n"
                                              "a.json:10:2: /a: five\n"
                                              "b.json:1:1: /a: six\n");
    assert_int_equal(try->faults.errors, 5);
}

static void the_whole_is_written_as_a_slash(void **state)
{
    struct try *try = *state;

    faults_add(&try->faults, false, "f.json", 3, 4, "", "number %d", 5);
    try_say(try);
    assert_string_equal(buf_text(&try->said), "f.json:3:4: /: number 5\n");
    assert_string_equal(try->faults.list[0].pointer, "");
}

static void a_message_is_one_harmless_line(void **state)
{
    struct try *try = *state;

    add(&try->faults, false, "a\nb.json", 1, 1,
        "line\nbreak \x1b[31mred\x7f \xe2\x80\xaeturned \xff\xc3 gr\xc3\xb6\xc3\x9f"
        "e <script>");
    try_say(try);
    assert_string_equal(buf_text(&try->said),
                        "a\\u000ab.json:1:1: /a: line\\u000abreak \\u001b[31mred\\u007f "
                        "\\u202eturned \xef\xbf\xbd\xef\xbf\xbd gr\xc3\xb6\xc3\x9f"
                        "e <script>\n");
}

static void a_long_message_is_cut(void **state)
{
    struct try *try = *state;
    char text[5000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    add(&try->faults, false, "f", 1, 1, text);
    assert_in_range(strlen(try->faults.list[0].text), 100, 1000);
}

static void the_list_has_a_ceiling_and_errors_go_first(void **state)
{
    struct try *try = *state;

    for (unsigned i = 0; i < LIMIT_FAULTS; i++)
        add(&try->faults, true, "f", i + 1, 1, "a warning");
    assert_int_equal(try->faults.dropped, 0);
    add(&try->faults, true, "f", 500, 1, "one warning too many");
    add(&try->faults, false, "f", 600, 1, "an error");
    assert_int_equal(try->faults.count, LIMIT_FAULTS);
    assert_int_equal(try->faults.dropped, 2);
    assert_int_equal(try->faults.errors, 1);
    try_say(try);
    try_says(try, "f:600:1: /a: an error\n");
    try_says(try, "f:1:1: /: 2 more faults are not shown; mend these first\n");
    for (unsigned i = 0; i < LIMIT_FAULTS + 10; i++)
        add(&try->faults, false, "f", i + 1, 1, "errors without end");
    assert_int_equal(try->faults.count, LIMIT_FAULTS);
    assert_int_equal(try->faults.errors, LIMIT_FAULTS + 11);
}

static void they_are_json_too(void **state)
{
    struct try *try = *state;
    json_t *list;
    char *text;

    faults_add(&try->faults, true, "f.json", 3, 4, "/x~1y", "say \"%s\"", "it");
    faults_add(&try->faults, false, "f.json", 5, 6, "", "bad %c", 0x80);
    list = faults_json(&try->faults);
    text = json_text_new(list, 10000, NULL);
    assert_string_equal(text, "[{\"severity\":\"warning\",\"file\":\"f.json\",\"line\":3,"
                              "\"column\":4,\"pointer\":\"/x~1y\",\"message\":\"say \\\"it\\\"\"},"
                              "{\"severity\":\"error\",\"file\":\"f.json\",\"line\":5,"
                              "\"column\":6,\"pointer\":\"\",\"message\":\"bad \xef\xbf\xbd\"}]");
    mem_free(text);
    json_decref(list);
}

static void what_lacks_a_member_names_it(void **state)
{
    struct try *try = *state;
    json_t *list;

    faults_add_missing(&try->faults, "f.json", 2, 3, "/config", "path",
                       "what to call, \"missing\"");
    add(&try->faults, false, "f.json", 4, 5, "\"path\" is missing");
    list = faults_json(&try->faults);
    assert_string_equal(json_get_text(json_array_get(list, 0), "missing"), "path");
    assert_string_equal(json_get_text(json_array_get(list, 0), "message"),
                        "\"path\" is missing: what to call, \"missing\"");
    assert_null(json_object_get(json_array_get(list, 1), "missing"));
    json_decref(list);
}

static void what_lies_outside_says_what_it_is(void **state)
{
    struct try *try = *state;

    faults_add_outer(&try->faults, FAULT_NO_SECRET, "f.json", "/a", "the vault lacks \"%s\"",
                     "key");
    add(&try->faults, false, "f.json", 2, 3, "the vault lacks a word here, too");
    assert_int_equal(try->faults.list[0].code, FAULT_NO_SECRET);
    assert_int_equal(try->faults.list[1].code, FAULT_DEFINITION);
    assert_int_equal(try->faults.errors, 2);
    try_say(try);
    try_says(try, "f.json:1:1: /a: the vault lacks \"key\"\n");
}

static void an_empty_list_says_nothing(void **state)
{
    struct try *try = *state;
    json_t *list = faults_json(&try->faults);

    try_say(try);
    assert_string_equal(buf_text(&try->said), "");
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(they_come_sorted_by_place),
        TRY(the_whole_is_written_as_a_slash),
        TRY(a_message_is_one_harmless_line),
        TRY(a_long_message_is_cut),
        TRY(the_list_has_a_ceiling_and_errors_go_first),
        TRY(they_are_json_too),
        TRY(what_lacks_a_member_names_it),
        TRY(what_lies_outside_says_what_it_is),
        TRY(an_empty_list_says_nothing),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
