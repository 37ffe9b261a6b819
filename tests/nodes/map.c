/* map.c - what "transform.map" makes of lists, conditions, defaults and conversions, and what it
 * refuses. */
#include "node_run.h"
#include "node_try.h"

#define MAP(fields) "{'id': 'it', 'type': 'transform.map', 'config': {'fields': [" fields "]}}"

static const char order[] =
    "{'id': 'O-1', 'note': null, 'lines': ["
    "{'sku': 'B', 'qty': 2, 'price': 1.50, 'taxes': [{'code': 'S', 'rate': 0.07}]},"
    "{'sku': 'A', 'qty': 0, 'price': 9.99, 'taxes': []},"
    "{'sku': 'C', 'qty': 10, 'price': 0.10, 'taxes': [{'code': 'S', 'rate': 0.07}, "
    "{'code': 'C', 'rate': 0.01}]}]}";

static void lists(void **state)
{
    (void)state;
    node_gives(MAP("{'to': 'lines', 'each': '=trigger.body.lines', 'fields': ["
                   "{'to': 'sku', 'from': '=item.sku'}, {'to': 'no', 'from': '=index'}, "
                   "{'to': 'net.amount', 'from': '=item.qty * item.price'}]}"),
               order,
               "{'lines': [{'sku': 'B', 'no': 1, 'net': {'amount': 3.00}}, "
               "{'sku': 'A', 'no': 2, 'net': {'amount': 0.00}}, "
               "{'sku': 'C', 'no': 3, 'net': {'amount': 1.00}}]}");
}

static void paths_into_lists(void **state)
{
    (void)state;
    node_gives(MAP("{'to': 'lines[].sku', 'each': '=trigger.body.lines', 'as': 'line', "
                   "'from': '=item.sku'}, "
                   "{'to': 'lines[].qty', 'from': '=line.qty'}, "
                   "{'to': 'lines[].taxes[].code', 'each': '=item.taxes', 'from': '=item.code'}, "
                   "{'to': 'lines[].taxes[].of', 'from': '=line.sku .. line_index .. index'}"),
               order,
               "{'lines': [{'sku': 'B', 'qty': 2, 'taxes': [{'code': 'S', 'of': 'B11'}]}, "
               "{'sku': 'A', 'qty': 0, 'taxes': []}, "
               "{'sku': 'C', 'qty': 10, 'taxes': [{'code': 'S', 'of': 'C31'}, "
               "{'code': 'C', 'of': 'C32'}]}]}");
}

static void elements(void **state)
{
    (void)state;
    node_gives(MAP("{'to': 'skus[]', 'each': '=trigger.body.lines', 'from': '=item.sku', "
                   "'where': '=item.qty > 0'}, "
                   "{'to': 'pairs', 'each': [1, 2], 'from': {'n': '=item', 'twice': '=item * 2'}}, "
                   "{'to': 'none', 'each': '=trigger.body.nothing', 'from': '=item'}, "
                   "{'to': 'some', 'each': '=trigger.body.note', 'from': '=item', 'default': []}, "
                   "{'to': 'holes', 'each': [1, null, 3], "
                   "'from': '=item ~= null and item + 1 or nil'}"),
               order,
               "{'skus': ['B', 'C'], 'pairs': [{'n': 1, 'twice': 2}, {'n': 2, 'twice': 4}], "
               "'some': [], 'holes': [2, 4]}");
}

static void sorted(void **state)
{
    (void)state;
    node_gives(MAP("{'to': 's', 'each': '=trigger.body.lines', 'sort': [{'by': '=item.sku'}], "
                   "'from': '=item.sku .. index'}"),
               order, "{'s': ['A1', 'B2', 'C3']}");
    node_gives(MAP("{'to': 's', 'each': '=trigger.body', 'sort': [{'by': '=item.a', "
                   "'descending': true}, {'by': '=item.b'}], 'from': '=item.n'}"),
               "[{'n': 1, 'a': 1.0, 'b': 'x'}, {'n': 2, 'a': 10, 'b': 'y'}, {'n': 3, 'a': 1, "
               "'b': 'b'}, {'n': 4, 'b': 'z'}, {'n': 5, 'a': 10.00, 'b': 'x'}, "
               "{'n': 6, 'a': null, 'b': 'a'}, {'n': 7, 'a': 1.00, 'b': 'x'}]",
               "{'s': [5, 2, 3, 1, 7, 6, 4]}");
    node_fails(
        MAP("{'to': 's', 'each': '=trigger.body', 'sort': [{'by': '=item'}], "
            "'from': '=item'}"),
        "[1, 'a']", "invalid",
        "numbers and texts have no order between them (node it, /fields/0/sort/0/by, item 2)");
}

static void grouped(void **state)
{
    (void)state;
    node_gives(MAP("{'to': 'accounts', 'each': '=trigger.body', 'where': '=item.amount ~= 0', "
                   "'sort': [{'by': '=item.account'}], 'group': '=item.account', 'as': 'group', "
                   "'fields': [{'to': 'account', 'from': '=item.key'}, "
                   "{'to': 'total', 'from': '=decimal.sum(item.items, \\'amount\\')'}, "
                   "{'to': 'rows', 'each': '=item.items', "
                   "'from': '=group_index .. group.key .. item.amount'}]}"),
               "[{'account': 2, 'amount': 1.10}, {'account': 1.0, 'amount': 5}, "
               "{'account': 1, 'amount': 0.01}, {'account': 2.00, 'amount': 2.20}, "
               "{'account': 3, 'amount': 0}]",
               "{'accounts': [{'account': 1.0, 'total': 5.01, 'rows': ['11.05', '11.00.01']}, "
               "{'account': 2, 'total': 3.30, 'rows': ['221.10', '222.20']}]}");
}

static void conditions(void **state)
{
    static const char map[] = MAP(
        "{'to': 'kind', 'when': '=trigger.body.n < 0', 'from': 'refund'}, "
        "{'to': 'kind', 'when': '=trigger.body.n == 0', 'from': '=nil', 'default': 'none'}, "
        "{'to': 'kind', 'from': 'payment'}, "
        "{'to': 'note', 'when': '=trigger.body.note', 'from': '=trigger.body.note'}, "
        "{'to': 'currency', 'from': '=trigger.body.currency', 'default': '=vars or \\'USD\\''}");

    (void)state;
    node_gives(map, "{'n': -1}", "{'kind': 'refund', 'currency': 'USD'}");
    node_gives(map, "{'n': 0, 'note': null, 'currency': null}",
               "{'kind': 'none', 'currency': 'USD'}");
    node_gives(map, "{'n': 5, 'note': 'x', 'currency': 'EUR'}",
               "{'kind': 'payment', 'note': 'x', 'currency': 'EUR'}");
}

static void conversions(void **state)
{
#define CONVERT(to) MAP("{'to': 'v', 'from': '=trigger.body.v', 'convert': '" to "'}")
    (void)state;
    node_gives(CONVERT("text"), "{'v': 1234567890123456789012.50}",
               "{'v': '1234567890123456789012.50'}");
    node_gives(CONVERT("text"), "{'v': true}", "{'v': 'true'}");
    node_gives(CONVERT("number"), "{'v': ' +12.50 '}", "{'v': 12.50}");
    node_gives(CONVERT("number"), "{'v': null}", "{'v': null}");
    node_gives(CONVERT("integer"), "{'v': 12.00}", "{'v': 12}");
    node_gives(CONVERT("integer"), "{'v': '98765432109876543210'}", "{'v': 98765432109876543210}");
    node_gives(CONVERT("boolean"), "{'v': 'false'}", "{'v': false}");
    node_gives(MAP("{'to': 'v', 'each': ['1', '2'], 'from': '=item', 'convert': 'number'}"), "{}",
               "{'v': [1, 2]}");
    node_fails(CONVERT("integer"), "{'v': 12.01}", "invalid",
               "12.01 has a fraction; round it in the expression, e.g. x:round(0) (node it, "
               "/fields/0/from)");
    node_fails(CONVERT("number"), "{'v': '12,50'}", "invalid", "\"12,50\" is not a number");
    node_fails(CONVERT("number"), "{'v': '007'}", "invalid", "\"007\" is not a number");
    node_fails(CONVERT("boolean"), "{'v': 1}", "invalid", "number is not true or false");
    node_fails(CONVERT("text"), "{'v': [1]}", "invalid", "array is not a text");
}

static void errors_name_the_item(void **state)
{
    static const char map[] =
        MAP("{'to': 'o', 'each': '=trigger.body.orders', 'as': 'order', 'fields': ["
            "{'to': 'lines', 'each': '=item.lines', 'fields': ["
            "{'to': 'net', 'from': '=item.price * item.qty'}]}]}");

    (void)state;
    node_fails(map,
               "{'orders': [{'lines': []}, {'lines': [{'price': 1, 'qty': 1}, {'price': 2}]}]}",
               "rule", "/fields/0/fields/0/fields/0/from, item 2, item 2, line 1)");
    node_fails(map, "{'orders': [{'lines': [{'qty': 2}]}]}", "rule", "item.price");
    node_fails(map, "{'orders': [{'lines': {'qty': 2}}]}", "invalid",
               "\"each\" needs a list to go through, but here is: object "
               "(node it, /fields/0/fields/0/each, item 1)");
    node_fails(map, "{'orders': 7}", "invalid", "\"each\" needs a list");
}

static void bases_and_lists(void **state)
{
    (void)state;
    node_gives(
        "{'id': 'it', 'type': 'transform.map', 'config': {'base': '=trigger.body', 'fields': "
        "[{'to': 'lines', 'each': '=trigger.body.lines', 'from': '=item + 1'}, "
        "{'to': 'a.c', 'when': '=false', 'from': 1}, {'to': 'x', 'from': {'n': '=nil'}}]}}",
        "{'lines': [1], 'a': {'b': 1}, 'x': {'m': 1}}", "{'lines': [2], 'a': {'b': 1}, 'x': {}}");
}

static void deep_lists(void **state)
{
    (void)state;
    node_gives(MAP("{'to': 'a', 'each': '=trigger.body', 'as': 'x', 'fields': ["
                   "{'to': 'b', 'each': '=x', 'as': 'y', 'fields': ["
                   "{'to': 'c', 'each': '=y', 'as': 'z', 'fields': ["
                   "{'to': 'd', 'each': '=z', 'from': '=x_index .. y_index .. z_index .. index .. "
                   "item .. #x .. #y .. #z'}]}]}]}"),
               "[[[[1, 2]], []], [[[3]]]]",
               "{'a': [{'b': [{'c': [{'d': ['11111212', '11122212']}]}, {'c': []}]}, "
               "{'b': [{'c': [{'d': ['21113111']}]}]}]}");
}

static void what_is_refused(void **state)
{
#define WRONG(fields, pointer, wanted) \
    node_try_fault(*state, "transform.map", "{'fields': [" fields "]}", NULL, pointer, wanted)
    WRONG("{'to': 'a', 'from': 1, 'where': '=item'}", "/fields/0", "belong to \"each\"");
    WRONG("{'to': 'a', 'each': '=x'}", "/fields/0", "needs either \"fields\"");
    WRONG("{'to': 'a', 'each': 5, 'from': 1}", "/fields/0/each", "must be a list");
    WRONG("{'to': 'a', 'each': [], 'from': 1, 'as': 'end'}", "/fields/0/as", "cannot name");
    WRONG("{'to': 'a', 'each': [], 'from': 1, 'as': 'steps'}", "/fields/0/as", "cannot name");
    WRONG("{'to': 'a[].b', 'each': [], 'from': 1}, {'to': 'a[].c', 'each': [], 'from': 1}",
          "/fields/1/each", "leave \"each\" out");
    WRONG("{'to': 'a', 'each': [], 'from': 1}, {'to': 'a[].c', 'from': 1}", "/fields/1/to",
          "fills otherwise");
    WRONG("{'to': 'a', 'each': [], 'fields': [{'to': 'b', 'form': 1}]}", "/fields/0/fields/0",
          "from");
    WRONG("{'to': 'a', 'each': [], 'fields': {}}", "/fields/0/fields", "a list of 1 to");
    WRONG("{'to': 'a', 'from': 'x', 'convert': 'integer'}", "/fields/0/from", "not a number");
    WRONG("{'to': 'a', 'from': '=item'}", "/fields/0/from", "there is no item here");
    WRONG("{'to': 'a', 'each': '=item', 'from': 1}", "/fields/0/each", "there is no item here");
    WRONG("{'to': 'a', 'when': '=x', 'from': 1}, {'to': 'a', 'from': 1}, {'to': 'a', 'from': 1}",
          "/fields/2/to", "has no \"when\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(paths_into_lists),
        cmocka_unit_test(elements),
        cmocka_unit_test(sorted),
        cmocka_unit_test(grouped),
        cmocka_unit_test(conditions),
        cmocka_unit_test(conversions),
        cmocka_unit_test(errors_name_the_item),
        cmocka_unit_test(bases_and_lists),
        cmocka_unit_test(deep_lists),
        cmocka_unit_test_setup_teardown(what_is_refused, node_try_begin, node_try_end),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
