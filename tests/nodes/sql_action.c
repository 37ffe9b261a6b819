/* sql_action.c - actions over SQL on a stage, those of sage500: what is asked of a database, and
 * what its answers lead to. */
#include "node_run.h"
#include "node_try.h"

#define BODY "{'no': '0000000007', 'evil': 'x; DROP TABLE t --'}"
#define CONNECTIONS(more)                                                                      \
    "{'weft': 1, 'connections': {'db': {'connector': 'sage500', 'settings': {'host': "         \
    "'127.0.0.1', 'user': 'weft', 'company': 'SOA'" more "}, 'secrets': {'password': {'env': " \
    "'STAGE_SECRET'}}}}}"
#define ACTION(name, input)                                                                       \
    "{'id': 'it', 'type': 'connector.sage500." name "', 'connection': 'db', 'config': {'input': " \
    "{" input "}}}"
#define MEMO                                                                                       \
    ACTION("enter_credit_memo", "'session': 18, 'customer': 'C1', 'day': '2026-11-21', 'amount': " \
                                "12.50, 'currency': 'USD', 'reference': 'R1'")
#define ASKED " weft:s3cr3t-of-the-stage@127.0.0.1 "

static struct stage *play(const char *node, const char *connections,
                          const struct fake_sql_answer *answers, size_t count,
                          struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_sql_script(stage_sql(stage), answers, count);
    node_run_parts(stage, node, "", "", connections, BODY, result);
    return stage;
}

static void test_names_are_the_sites_and_values_are_bound(void **state)
{
    struct node_result result;
    struct stage *stage =
        play(ACTION("find_receipt", "'reference': '=trigger.body.evil'"),
             CONNECTIONS(", 'receipt_table': 'dbo.StgAR', 'comment_column': 'UserFld1'"), NULL, 0,
             &result);

    (void)state;
    assert_string_equal(
        fake_sql_asked(stage_sql(stage), 0),
        "reads" ASKED "SELECT 'posted' AS \"state\", TranNo AS \"name\" FROM tarCustPmt WHERE "
        "CompanyID = ? AND UserFld1 = ? UNION ALL SELECT 'imported', CustID FROM dbo.StgAR WHERE "
        "CompanyID = ? AND UserFld1 = ? AND ProcessStatus = 1 | company=\"SOA\" reference=\"x; "
        "DROP "
        "TABLE t --\" company=\"SOA\" reference=\"x; DROP TABLE t --\"");
    node_run_end(&result);
    stage_free(stage);
}

static void test_what_is_left_out_is_null(void **state)
{
    static const struct fake_sql_answer answer = {
        .answer = "{'rows': [{'status': 1}], 'out': {'ret': 1}, 'count': 1, 'more': false}"
    };
    struct node_result result;
    struct stage *stage = play(MEMO, CONNECTIONS(""), &answer, 1, &result);

    (void)state;
    assert_non_null(strstr(fake_sql_asked(stage_sql(stage), 0), " amount=12.50/decimal"));
    assert_non_null(strstr(fake_sql_asked(stage_sql(stage), 0), " invoice=null/text"));
    assert_non_null(strstr(fake_sql_asked(stage_sql(stage), 0), " type=\"502\""));
    node_try_same(json_incref(result.output),
                  "{'session': 18, 'ret': 1, 'status': 1, 'log': [{'status': 1}]}");
    node_run_end(&result);
    stage_free(stage);
}

static void looks(const char *found, size_t asked, const char *wanted)
{
    const struct fake_sql_answer answers[] = { { .code = ERR_TRANSIENT, .sent = true },
                                               { .answer = found },
                                               { .answer = "{'rows': [{'status': 2}], 'out': "
                                                           "{'ret': 1}, 'count': 1}" } };
    struct node_result result;
    struct stage *stage = play(MEMO, CONNECTIONS(""), answers, 3, &result);

    assert_int_equal(fake_sql_count(stage_sql(stage)), asked);
    assert_non_null(strstr(fake_sql_asked(stage_sql(stage), 1),
                           "FROM StgPendInvoice WHERE SessionKey = ? AND CustID = ? AND "
                           "TranAmt = ? AND TranCmnt = ? AND ProcessStatus <> 0 | session=18"));
    node_try_same(json_incref(result.output), wanted);
    node_run_end(&result);
    stage_free(stage);
}

static void test_a_lost_commit_is_looked_for(void **state)
{
    (void)state;
    looks("{'rows': [{'status': 1}], 'more': false}", 2,
          "{'session': 18, 'status': 1, 'log': [{'status': 1}]}");
    looks("{'rows': [], 'more': false}", 3,
          "{'session': 18, 'ret': 1, 'status': 2, 'log': [{'status': 2}]}");
}

static void fails(const char *node, const char *connections, const struct fake_sql_answer *answer,
                  const char *kind, const char *wanted)
{
    struct node_result result;
    struct stage *stage = play(node, connections, answer, answer != NULL, &result);

    if (result.error == NULL || strcmp(json_get_text(result.error, "kind"), kind) != 0 ||
        strstr(json_get_text(result.error, "text"), wanted) == NULL)
        fail_msg("%s: %s", json_get_text(result.error, "kind"),
                 json_get_text(result.error, "text"));
    node_run_end(&result);
    stage_free(stage);
}

/* The key of its session is there: of an attempt that still ran, or of something else. */
static void test_a_key_that_is_there_is_looked_for(void **state)
{
    static const struct fake_sql_answer ours[] = {
        { .refusal = ERR_DUPLICATE }, { .answer = "{'rows': [{'status': 1}], 'more': false}" }
    };
    static const struct fake_sql_answer others[] = { { .refusal = ERR_DUPLICATE },
                                                     { .answer = "{'rows': [], 'more': false}" } };
    struct node_result result;
    struct stage *stage = play(MEMO, CONNECTIONS(""), ours, 2, &result);

    (void)state;
    node_try_same(json_incref(result.output),
                  "{'session': 18, 'status': 1, 'log': [{'status': 1}]}");
    node_run_end(&result);
    stage_free(stage);
    stage = play(MEMO, CONNECTIONS(""), others, 2, &result);
    assert_int_equal(fake_sql_count(stage_sql(stage)), 2);
    assert_string_equal(json_get_text(result.error, "kind"), "in_doubt");
    node_run_end(&result);
    stage_free(stage);
}

static void test_failures(void **state)
{
    (void)state;
    fails(ACTION("find_invoice", "'number': '=nil'"), CONNECTIONS(""), NULL, "invalid",
          "the input does not fit connector.sage500.find_invoice");
}

static void test_simulated(void **state)
{
    struct node_result result;
    struct stage *stage = play(MEMO,
                               "{'weft': 1, 'connections': {'db': {'connector': 'sage500', "
                               "'simulate': true, 'settings': {'host': 'x', 'user': 'u', "
                               "'company': 'SOA'}}}}",
                               NULL, 0, &result);

    (void)state;
    assert_int_equal(fake_sql_count(stage_sql(stage)), 0);
    node_try_same(json_incref(result.output), "{'session': 18, 'ret': 1, 'status': 1, 'log': []}");
    node_run_end(&result);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_the_sites_and_values_are_bound),
        cmocka_unit_test(test_what_is_left_out_is_null),
        cmocka_unit_test(test_a_lost_commit_is_looked_for),
        cmocka_unit_test(test_a_key_that_is_there_is_looked_for),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_simulated),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
