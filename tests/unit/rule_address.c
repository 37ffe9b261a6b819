/* rule_address.c - addresses as people write them, and what is taken out of them. */
#include "rule_expect.h"

#include "rules/rule_data_priv.h"

static const struct expect address_rows[] = {
    { "text.address('123 Main St, Springfield, IL 62704')",
      "{\"city\":\"Springfield\",\"country\":\"US\",\"postcode\":\"62704\",\"state\":\"IL\","
      "\"street\":\"123 Main St\"}" },
    { "text.address('Acme Inc.\\nAttn: Jo\\n500 W. Madison Street, Suite 200\\nChicago, Illinois "
      "60661-2511\\nUSA')",
      "{\"city\":\"Chicago\",\"country\":\"US\",\"name\":\"Acme Inc. Attn: Jo\","
      "\"postcode\":\"60661-2511\",\"state\":\"IL\",\"street\":\"500 W. Madison Street\","
      "\"unit\":\"Suite 200\"}" },
    { "text.address('3M Company\\n123 Main St\\nSt. Paul, MN 55144').street", "\"123 Main St\"" },
    { "text.address('3M Company\\n123 Main St\\nSt. Paul, MN 55144').city", "\"St. Paul\"" },
    { "text.address('350 5th Ave # 3301, New York, NY 10118')",
      "{\"city\":\"New York\",\"country\":\"US\",\"postcode\":\"10118\",\"state\":\"NY\","
      "\"street\":\"350 5th Ave\",\"unit\":\"# 3301\"}" },
    { "text.address('1600 Pennsylvania Avenue NW, Washington, D.C. 20500')",
      "{\"city\":\"Washington\",\"country\":\"US\",\"postcode\":\"20500\",\"state\":\"DC\","
      "\"street\":\"1600 Pennsylvania Avenue NW\"}" },
    { "text.address('100 Park Place Dr Chicago IL 60601').city", "\"Chicago\"" },
    { "text.address('100 Main St N Apt 5 Salt Lake City UT 84101')",
      "{\"city\":\"Salt Lake City\",\"country\":\"US\",\"postcode\":\"84101\",\"state\":\"UT\","
      "\"street\":\"100 Main St N\",\"unit\":\"Apt 5\"}" },
    { "text.address('12 Elm St #7 Reno NV 89501').unit", "\"#7\"" },
    { "text.address('12 Elm St #7 Reno NV 89501').city", "\"Reno\"" },
    { "text.address('44 County Road 5 Ames IA 50010').city", "\"Ames\"" },
    { "text.address('44 County Road 5 Ames IA 50010').street", "\"44 County Road 5\"" },
    { "text.address('1 Infinite Loop Cupertino California 95014').city", "\"Cupertino\"" },
    { "text.address('77 Broadway Seattle WA 98122').city", "nil" },
    { "text.address('P.O. Box 12\\nBoise ID 83702')",
      "{\"city\":\"Boise\",\"country\":\"US\",\"postcode\":\"83702\",\"state\":\"ID\","
      "\"street\":\"P.O. Box 12\"}" },
    { "text.address('Unit 4, 12-34 Queens Blvd, Queens, NY').street", "\"12-34 Queens Blvd\"" },
    { "text.address('Unit 4, 12-34 Queens Blvd, Queens, NY').unit", "\"Unit 4\"" },
    { "text.address('301-55 Bay Street, Toronto, ON M5J 2R8, Canada')",
      "{\"city\":\"Toronto\",\"country\":\"CA\",\"postcode\":\"M5J 2R8\",\"state\":\"ON\","
      "\"street\":\"55 Bay Street\",\"unit\":\"301\"}" },
    { "text.address('1 Water St\\nSt. John\\'s Newfoundland and Labrador  A1C1A1').state",
      "\"NL\"" },
    { "text.address('1 Water St\\nSt. John\\'s NL A1C-1A1').postcode", "\"A1C 1A1\"" },
    { "text.address('9 Rue X\\nQu\\u{E9}bec QU\\u{C9}BEC g1r 4s9').state", "\"QC\"" },
    { "text.address('1 Main St, San Juan, PR 00901').state", "\"PR\"" },
    { "text.address('1 Main St, Springfield', 'US').country", "\"US\"" },
    { "text.address('1 Main St')", "{\"street\":\"1 Main St\"}" },
    { "text.address('Springfield, IL')",
      "{\"city\":\"Springfield\",\"country\":\"US\",\"state\":\"IL\"}" },
    { "text.address('62704')", "{\"country\":\"US\",\"postcode\":\"62704\"}" },
    { "text.address('')", "{}" },
    { "text.address(', ,\\n')", "{}" },
    { "text.address('hello')", "{\"street\":\"hello\"}" },
    { "text.address(null)", "!text.address: argument 1 is null, not a text" },
    { "text.address(('x'):rep(501))", "!the text is longer than 500 bytes" },
    { "text.address('\\xFF')", "!the text is not UTF-8" },
    { "#text.address(('x '):rep(250)).street", "499" },
    { "text.address(('x,'):rep(20)).street", "\"x\"" },
    { "text.address(('x,'):rep(21))", "!the text has more than 20 parts" },
    { "text.street('500 W. Madison Street Suite 200')", "\"500 W MADISON ST STE 200\"" },
    { "text.street('100 North Street')", "\"100 NORTH ST\"" },
    { "text.street('100 North Elm Avenue Southwest')", "\"100 N ELM AVE SW\"" },
    { "text.street('12 Saint Johns Pl, Rear')", "\"12 SAINT JOHNS PL REAR\"" },
    { "text.street('PO Box 12')", "\"PO BOX 12\"" },
    { "text.street('')", "\"\"" },
    { "text.state('N.Y.')", "\"NY\"" },
    { "text.state('ca')", "\"CA\"" },
    { "text.state('')", "nil" },
    { "text.state('XX')", "nil" },
    { "text.state('Qu\\u{E9}bec', 'CA')", "\"QC\"" },
};

static void addresses(void **state)
{
    (void)state;
    EXPECT_ALL(address_rows);
}

/* Whatever is thrown at it, parts come back, or an error. */
static void no_text_breaks_it(void **state)
{
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    eval_script(&eval, "local parts = { '1', 'St', ',', '\\n', '#', 'Apt', 'IL', 'M5V', '2T6', "
                       "'62704', 'New', 'York', '10-2', 'USA', 'N', 'PO', 'Box', 'X', '-', '.' }\n"
                       "for i = 1, 250 do\n"
                       "  local t = {}\n"
                       "  for k = 1, random(0, 12) do t[k] = parts[random(#parts)] end\n"
                       "  local s = table.concat(t, random(2) == 1 and ' ' or '')\n"
                       "  text.address(s, random(2) == 1 and 'US' or 'CA')\n"
                       "  text.street(s)\n"
                       "end\n"
                       "return 'ok'");
    assert_string_equal(eval.text, "\"ok\"");
    eval_end(&eval);
}

static void the_tables_are_whole(void **state)
{
    (void)state;
    assert_true(data_states.count > 60 && data_streets.count > 300);
    for (size_t i = 0; i < data_states.count; i++) {
        const char *const *field = data_states.rows[i].field;

        assert_true(strcmp(field[0], "US") == 0 || strcmp(field[0], "CA") == 0);
        assert_int_equal(strlen(field[1]), 2);
        assert_non_null(field[2]);
    }
    for (size_t i = 0; i < data_streets.count; i++)
        assert_true(data_streets.rows[i].field[2][0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(no_text_breaks_it),
        cmocka_unit_test(the_tables_are_whole),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
