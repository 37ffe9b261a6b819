/* suggest.c - suggestions for mappings: words, reasons, choices. How good they are is in
 * suggest_pairs.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "designer-api/suggest.h"
#include "designer-api/suggest_word.h"

/* ---- Words */

static void words_are(const char *path, const char *wanted)
{
    struct word words[WORDS_MOST];
    size_t count = words_of(path, words);
    struct buf text;

    buf_init(&text, 4096);
    for (size_t i = 0; i < count; i++)
        buf_addf(&text, "%s%.*s%s", i > 0 ? " " : "", (int)words[i].above, "^^", words[i].text);
    assert_string_equal(buf_text(&text), wanted);
    buf_fini(&text);
}

static void names_are_taken_apart(void **state)
{
    (void)state;
    words_are("CuryOrigDocAmt", "currency original document amount");
    words_are("ARDoc.CustID", "customer identifier ^receivable ^document");
    words_are("order.billing_address.postal_code", "postcode ^billing ^address ^^order");
    words_are("HTTPStatus2xx", "http status 2 xx");
    words_are("new_paytracetransactionid", "paytracetransactionid");
    words_are("CurrencyRef.value", "currency reference");
    words_are("OrderReference.ID", "identifier order reference");
    words_are("QuantityInPurchaseOrderUnit", "quantity ^purchase ^order ^unit");
    words_are("BillAddr.CountrySubDivisionCode", "region code ^bill ^address");
    words_are("VBAP.MATNR", "item number ^vbap");
    words_are("KNA1.NAME1", "name ^kna");
    words_are("lines[].qty", "quantity ^line");
    words_are("EMailAddr", "email");
    words_are("UnitPrice.Money.value", "money unit price");
    words_are("ItemDetail.UnitOfMeasure", "unit ^item ^detail");
    words_are("", "");
    words_are("...", "");
    words_are("\xC3\xA4\xC3\xB6", "");
}

/* ---- Choosing */

static struct suggestions suggested(const struct suggest_field *sources, size_t source_count,
                                    const struct suggest_field *target,
                                    const struct suggest_known *known, size_t known_count)
{
    struct suggestions got;
    struct err e;

    assert_int_equal(suggest_fields(sources, source_count, target, 1, known, known_count, &got, &e),
                     ERR_OK);
    return got;
}

static void samples_decide_where_names_do_not(void **state)
{
    const char *const orders[] = { "SO-10441", "SO-10442" }, *const dates[] = { "12/31/2026" };
    const struct suggest_field sources[] = {
        { .path = "field_a", .type = SUGGEST_TEXT },
        { .path = "field_b", .type = SUGGEST_TEXT, .values = orders, .value_count = 2 }
    };
    const struct suggest_field order = {
        .path = "OrdNbr", .type = SUGGEST_TEXT, .values = orders, .value_count = 2
    };
    const struct suggest_field paid = {
        .path = "paidOn", .type = SUGGEST_TEXT, .values = dates, .value_count = 1
    };
    const struct suggest_field date = { .path = "PaidDate", .type = SUGGEST_DATE };
    struct suggestions got = suggested(sources, 2, &order, NULL, 0);

    (void)state;
    assert_int_equal(got.count, 1);
    assert_true(got.list[0].chosen);
    assert_int_equal(got.list[0].source, 1);
    assert_non_null(strstr(got.list[0].reason, "2 of 2 values are the same"));
    suggestions_fini(&got);
    got = suggested(&paid, 1, &date, NULL, 0);
    assert_int_equal(got.list[0].how, SUGGEST_DATE_BY);
    assert_string_equal(got.list[0].detail, "MM/dd/yyyy");
    suggestions_fini(&got);
}

/* Nothing else is near: then a word in common is enough. With a rival it is not. */
static void who_has_no_rival_needs_less(void **state)
{
    const struct suggest_field sources[] = {
        { .path = "items[].UnitPrice", .type = SUGGEST_NUMBER },
        { .path = "ItemOut[].DeliveryPrice", .type = SUGGEST_NUMBER },
        { .path = "comment", .type = SUGGEST_TEXT },
    };
    const struct suggest_field target = { .path = "Lines[].PurchasePrice", .type = SUGGEST_NUMBER };
    struct suggestions got = suggested(sources, 1, &target, NULL, 0);

    (void)state;
    assert_int_equal(got.count, 1);
    assert_true(got.list[0].chosen && got.list[0].score < SUGGEST_LEAST);
    suggestions_fini(&got);
    got = suggested(sources, 3, &target, NULL, 0);
    assert_int_equal(got.count, 2);
    assert_false(got.list[0].chosen);
    suggestions_fini(&got);
}

static void a_status_that_is_a_number_there_needs_a_table(void **state)
{
    const char *const words[] = { "active", "closed" };
    const struct suggest_field source = {
        .path = "status", .type = SUGGEST_TEXT, .values = words, .value_count = 2
    };
    const struct suggest_field status = { .path = "Status", .type = SUGGEST_INTEGER };
    const struct suggest_field amount = { .path = "Amount", .type = SUGGEST_INTEGER };
    const struct suggest_field text = {
        .path = "amount", .type = SUGGEST_TEXT, .values = words, .value_count = 2
    };
    struct suggestions got = suggested(&source, 1, &status, NULL, 0);

    (void)state;
    assert_true(got.list[0].chosen && got.list[0].score > 0.9);
    assert_int_equal(got.list[0].how, SUGGEST_LOOKUP);
    suggestions_fini(&got);
    got = suggested(&text, 1, &amount, NULL, 0);
    assert_true(got.list[0].score < 0.6 && got.list[0].how == SUGGEST_COPY);
    suggestions_fini(&got);
}

/* An id of here is no number of there, unless samples say so. */
static void names_that_say_nothing_need_samples(void **state)
{
    const char *const same[] = { "SO-10441", "SO-10442" };
    const struct suggest_field bare = { .path = "Id", .type = SUGGEST_TEXT };
    const struct suggest_field filled = {
        .path = "Id", .type = SUGGEST_TEXT, .values = same, .value_count = 2
    };
    const struct suggest_field number = {
        .path = "number", .type = SUGGEST_TEXT, .values = same, .value_count = 2
    };
    struct suggestions got = suggested(&bare, 1, &number, NULL, 0);

    (void)state;
    assert_true(got.count == 0 || !got.list[0].chosen);
    suggestions_fini(&got);
    got = suggested(&filled, 1, &number, NULL, 0);
    assert_true(got.count == 1 && got.list[0].chosen);
    suggestions_fini(&got);
}

static void what_people_decided_counts(void **state)
{
    const struct suggest_field sources[] = { { .path = "customerId", .type = SUGGEST_TEXT },
                                             { .path = "memberNumber", .type = SUGGEST_TEXT } };
    const struct suggest_field target = { .path = "CustID", .type = SUGGEST_TEXT };
    const struct suggest_known known[] = { { "customerId", "CustID", -1 },
                                           { "memberNumber", "CustID", 3 } };
    struct suggestions got = suggested(sources, 2, &target, NULL, 0);

    (void)state;
    assert_int_equal(got.list[0].source, 0);
    suggestions_fini(&got);
    got = suggested(sources, 2, &target, known, 2);
    assert_int_equal(got.list[0].source, 1);
    assert_true(got.list[0].chosen);
    assert_non_null(strstr(got.list[0].reason, "accepted 3 times before"));
    assert_false(got.list[1].chosen);
    suggestions_fini(&got);
}

static void names_are_split_and_joined(void **state)
{
    const struct suggest_field whole = { .path = "customer_name", .type = SUGGEST_TEXT };
    const struct suggest_field first = { .path = "FirstName", .type = SUGGEST_TEXT };
    const struct suggest_field parts[] = { { .path = "billTo.firstName", .type = SUGGEST_TEXT },
                                           { .path = "billTo.lastName", .type = SUGGEST_TEXT } };
    const struct suggest_field name = { .path = "Customer.Name", .type = SUGGEST_TEXT };
    struct suggestions got = suggested(&whole, 1, &first, NULL, 0);

    (void)state;
    assert_int_equal(got.list[0].how, SUGGEST_FIRST);
    suggestions_fini(&got);
    got = suggested(parts, 2, &name, NULL, 0);
    assert_int_equal(got.list[0].how, SUGGEST_JOIN);
    assert_string_equal(got.list[0].detail, "billTo.firstName, billTo.lastName");
    suggestions_fini(&got);
}

static void nothing_in_common_is_nothing(void **state)
{
    const struct suggest_field source = { .path = "colour", .type = SUGGEST_TEXT };
    const struct suggest_field target = { .path = "Amount", .type = SUGGEST_NUMBER };
    struct suggestions got = suggested(&source, 1, &target, NULL, 0);

    (void)state;
    assert_int_equal(got.count, 0);
    suggestions_fini(&got);
    got = suggested(NULL, 0, &target, NULL, 0);
    assert_int_equal(got.count, 0);
    suggestions_fini(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_apart),
        cmocka_unit_test(samples_decide_where_names_do_not),
        cmocka_unit_test(who_has_no_rival_needs_less),
        cmocka_unit_test(a_status_that_is_a_number_there_needs_a_table),
        cmocka_unit_test(names_that_say_nothing_need_samples),
        cmocka_unit_test(what_people_decided_counts),
        cmocka_unit_test(names_are_split_and_joined),
        cmocka_unit_test(nothing_in_common_is_nothing),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
