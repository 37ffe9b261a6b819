/* sql.c - "connector.sql" on a stage: what is asked of a database, what its answers lead to; and
 * the reading of statements. */
#include "node_run.h"
#include "node_try.h"

#include "nodes/sql_text.h"

#define BODY "{'id': 'T1', 'amount': 100.10, 'evil': 'x; DROP TABLE t --', 'list': [1]}"
#define CONNECTIONS                                                                             \
    "{'weft': 1, 'connections': {'db': {'connector': 'sql', 'settings': {'host': '127.0.0.1', " \
    "'user': 'weft'}, 'secrets': {'password': {'env': 'STAGE_SECRET'}}}}}"
#define SQL(config) \
    "{'id': 'it', 'type': 'connector.sql', 'connection': 'db', 'config': {" config "}}"
#define SQL_RETRIED(config)                                                               \
    "{'id': 'it', 'type': 'connector.sql', 'connection': 'db', 'retry': {'attempts': 3, " \
    "'initial': '1s', 'jitter': 0}, 'config': {" config "}}"
#define ASKED " weft:s3cr3t-of-the-stage@127.0.0.1 "

static struct stage *play(const char *node, const struct fake_sql_answer *answers, size_t count,
                          struct node_result *result)
{
    struct stage *stage = stage_new();

    fake_sql_script(stage_sql(stage), answers, count);
    node_run_parts(stage, node, "", "", CONNECTIONS, BODY, result);
    return stage;
}

static void asks(const char *node, const char *wanted)
{
    struct node_result result;
    struct stage *stage = play(node, NULL, 0, &result);

    if (fake_sql_count(stage_sql(stage)) == 0)
        fail_msg("nothing was asked: %s", json_get_text(result.error, "text"));
    assert_string_equal(fake_sql_asked(stage_sql(stage), 0), wanted);
    node_run_end(&result);
    stage_free(stage);
}

static void test_what_is_asked(void **state)
{
    (void)state;
    asks(SQL("'statement': 'SELECT * FROM t WHERE a = :id AND b > :n', 'params': {'id': "
             "'=trigger.body.evil', 'n': '=trigger.body.amount'}, 'types': {'n': 'decimal'}"),
         "reads" ASKED "SELECT * FROM t WHERE a = ? AND b > ? | id=\"x; DROP TABLE t --\" "
         "n=100.10/decimal");
    asks(SQL("'statement': 'UPDATE t SET a = ? WHERE b = ?', 'params': ['=nil or null', 7]"),
         "changes" ASKED "UPDATE t SET a = ? WHERE b = ? | 1=null 2=7");
    asks(SQL("'statement': '{call p(:a, :b, :c)}', 'params': {'a': 1, 'b': 2}, 'out': {'b': "
             "'integer', 'c': 'text'}"),
         "changes" ASKED "{call p(?, ?, ?)} | a=1 b!=2/integer c!=null/text");
    asks(SQL("'statements': [{'statement': 'INSERT INTO t VALUES (:id)', 'params': {'id': "
             "'=trigger.body.id'}}, {'statement': 'DELETE FROM u'}]"),
         "changes" ASKED "INSERT INTO t VALUES (?) | id=\"T1\"\nDELETE FROM u |");
}

static void gives(const char *config, const char *answer, const char *wanted)
{
    const struct fake_sql_answer answers[] = { { .answer = answer } };
    struct node_result result;
    struct stage *stage = play(config, answers, 1, &result);

    if (result.status != 200)
        fail_msg("%s: %s", config, json_get_text(result.error, "text"));
    node_try_same(json_incref(result.output), wanted);
    node_run_end(&result);
    stage_free(stage);
}

#define TWO "{'rows': [{'a': 1.10, 'b': 'x'}, {'a': 2, 'b': null}], 'more': true, 'count': 0}"
#define NO  "{'rows': [], 'more': false, 'count': 0}"

static void test_output(void **state)
{
    (void)state;
    gives(SQL("'statement': 'SELECT 1'"), TWO,
          "{'rows': [{'a': 1.10, 'b': 'x'}, {'a': 2, 'b': null}], 'count': 2, 'more': true}");
    gives(SQL("'statement': 'SELECT 1', 'result': 'first'"), TWO, "{'row': {'a': 1.10, 'b': 'x'}}");
    gives(SQL("'statement': 'SELECT 1', 'result': 'first'"), NO, "{'row': null}");
    gives(SQL("'statement': 'SELECT 1', 'result': 'value'"), TWO, "{'value': 1.10}");
    gives(SQL("'statement': 'SELECT 1', 'result': 'value'"), NO, "{'value': null}");
    gives(SQL("'statement': 'DELETE FROM t', 'result': 'count'"), "{'count': 3}", "{'count': 3}");
    gives(SQL("'statement': 'DELETE FROM t', 'result': 'none'"), "{'count': 3}", "{}");
    gives(SQL("'statement': '{call p(:r)}', 'out': {'r': 'integer'}, 'result': 'none'"),
          "{'count': 0, 'out': {'r': 1}}", "{'out': {'r': 1}}");
    gives(SQL("'statements': [{'statement': 'DELETE FROM t', 'result': 'count'}, {'statement': "
              "'SELECT 1', 'result': 'value'}]"),
          TWO, "{'results': [{'count': 0}, {'value': 1.10}]}");
}

static void fails(const char *node, const struct fake_sql_answer *answer, size_t asked,
                  const char *kind, const char *part)
{
    struct node_result result;
    struct stage *stage = play(node, answer, answer != NULL, &result);
    const char *text = json_get_text(result.error, "text");

    if (text == NULL || strcmp(json_get_text(result.error, "kind"), kind) != 0 ||
        strstr(text, part) == NULL)
        fail_msg("%s: %s \"%s\"", node, json_get_text(result.error, "kind"), text);
    assert_int_equal(fake_sql_count(stage_sql(stage)), asked);
    node_run_end(&result);
    stage_free(stage);
}

static void test_failures(void **state)
{
    static const struct fake_sql_answer no = { .refusal = ERR_INVALID };
    static const struct fake_sql_answer twice = { .refusal = ERR_DUPLICATE };
    static const struct fake_sql_answer deadlock = { .refusal = ERR_TRANSIENT };
    static const struct fake_sql_answer lost = { .code = ERR_TRANSIENT, .sent = true };

    (void)state;
    fails(SQL_RETRIED("'statement': 'DELETE FROM t'"), &no, 1, "invalid", "12345: the database");
    fails(SQL_RETRIED("'statement': 'DELETE FROM t'"), &twice, 1, "invalid", "12345");
    fails(SQL_RETRIED("'statement': 'DELETE FROM t'"), &deadlock, 3, "transient", "12345");
    fails(SQL_RETRIED("'statement': 'DELETE FROM t'"), &lost, 1, "in_doubt", "away");
    fails(SQL("'statement': 'DELETE FROM t WHERE a = :a', 'params': '=trigger.body.list'"), NULL, 0,
          "invalid", "must be an object");
    fails(SQL("'statement': 'DELETE FROM t WHERE a = :a', 'params': {'a': '=nil'}"), NULL, 0,
          "invalid", "no value for :a");
    fails(SQL("'statement': 'DELETE FROM t WHERE a = :a', 'params': {'a': '=trigger.body.list'}"),
          NULL, 0, "invalid", "is an array");
}

static void test_what_is_there_already_can_count_as_done(void **state)
{
    static const struct fake_sql_answer twice = { .refusal = ERR_DUPLICATE };
    struct node_result result;
    struct stage *stage = play(SQL("'statement': 'INSERT INTO t VALUES (1)', 'duplicate': 'done'"),
                               &twice, 1, &result);

    (void)state;
    assert_int_equal(result.status, 200);
    assert_true(json_is_true(json_object_get(result.output, "duplicate")));
    node_run_end(&result);
    stage_free(stage);
}

#define PROBED                                                                            \
    "'statement': 'INSERT INTO t VALUES (:weft_reference)', 'result': 'count', 'probe': " \
    "{'statement': 'SELECT n FROM t WHERE r = :weft_reference', 'read_after_write': true}"

static void probes(const char *found, size_t asked, int64_t count)
{
    const struct fake_sql_answer answers[] = { { .code = ERR_TRANSIENT, .sent = true },
                                               { .answer = found },
                                               { .answer = "{'count': 7}" } };
    struct stage *stage = stage_new();
    struct node_result result;

    fake_sql_script(stage_sql(stage), answers, 3);
    node_run_parts(stage, SQL(PROBED), "", "", CONNECTIONS, BODY, &result);
    assert_int_equal(fake_sql_count(stage_sql(stage)), asked);
    assert_non_null(strstr(fake_sql_asked(stage_sql(stage), 1), "reads"));
    assert_int_equal(result.status, 200);
    assert_int_equal(json_get_int(result.output, "count", -1), count);
    node_run_end(&result);
    stage_free(stage);
}

static void test_a_lost_commit_is_looked_for(void **state)
{
    (void)state;
    probes("{'rows': [{'n': 1}], 'more': false}", 2, 1); /* it is there */
    probes(NO, 3, 7);                                    /* it is not: done again */
}

static void test_keyed_goes_again_with_its_key(void **state)
{
    static const struct fake_sql_answer answers[] = { { .code = ERR_TIMEOUT, .sent = true },
                                                      { .answer = "{'count': 1}" } };
    struct stage *stage = stage_new();
    struct node_result result;

    (void)state;
    fake_sql_script(stage_sql(stage), answers, 2);
    node_run_parts(stage,
                   SQL("'statement': 'INSERT INTO t VALUES (:weft_key) ON CONFLICT DO "
                       "NOTHING', 'effect': 'keyed', 'result': 'count'"),
                   "", "", CONNECTIONS, BODY, &result);
    assert_int_equal(result.status, 200);
    assert_int_equal(fake_sql_count(stage_sql(stage)), 2);
    assert_string_equal(fake_sql_asked(stage_sql(stage), 0), fake_sql_asked(stage_sql(stage), 1));
    node_run_end(&result);
    stage_free(stage);
}

/* ---- Settings */

static void test_settings(void **state)
{
    static const struct {
        const char *config, *pointer, *wanted;
    } cases[] = {
        { "{}", "/config", "either \"statement\" or \"statements\"" },
        { "{'statement': 'SELECT 1', 'statements': [{'statement': 'SELECT 2'}]}", "/config",
          "either" },
        { "{'statement': '=trigger.body.x'}", "/config/statement", "takes no expression" },
        { "{'statement': 'SELECT 1; SELECT 2'}", "/config/statement", "\"statements\"" },
        { "{'statement': 'COMMIT'}", "/config/statement", "one transaction" },
        { "{'statement': 'SELECT :a'}", "/config/params", "value of :a is missing" },
        { "{'statement': 'SELECT :a', 'params': {'a': 1, 'b': 2}}", "/config/params", "no :b" },
        { "{'statement': 'SELECT :a', 'params': [1]}", "/config/params", "an object" },
        { "{'statement': 'SELECT ?', 'params': []}", "/config/params", "1 \"?\"" },
        { "{'statement': 'SELECT ?, :a'}", "/config/statement", "do not go together" },
        { "{'statement': 'SELECT 1', 'columns': {'a': 'money'}}", "/config/columns", "decimal" },
        { "{'statement': 'SELECT 1', 'out': {'a': 'text'}}", "/config/statement", "no :a" },
        { "{'statement': 'DELETE FROM t', 'effect': 'none'}", "/config", "rolled back" },
        { "{'statement': 'DELETE FROM t', 'effect': 'keyed'}", "/config", ":weft_key" },
        { "{'statement': 'SELECT 1', 'probe': {'statement': 'SELECT 2'}}", "/config/probe",
          "keyed and once" },
        { "{'statement': 'DELETE FROM t', 'probe': {'statement': 'DELETE FROM t'}}",
          "/config/probe", "only reads" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        node_try_fault(*state, "connector.sql", cases[i].config, "db", cases[i].pointer,
                       cases[i].wanted);
}

/* ---- Statements */

static void reads(const char *statement, const char *text, const char *names, const char *verb,
                  bool only_reads)
{
    struct sql_text sql;
    struct buf all;
    struct err e;

    if (sql_text_read(&sql, statement, &e) != ERR_OK)
        fail_msg("%s: %s", statement, e.text);
    buf_init(&all, KIB);
    for (size_t i = 0; i < sql.count; i++)
        buf_addf(&all, "%s%s", i > 0 ? " " : "", sql.names[i]);
    assert_string_equal(sql.text, text);
    assert_string_equal(buf_text(&all), names);
    assert_string_equal(sql.verb, verb);
    assert_int_equal(sql.reads, only_reads);
    buf_fini(&all);
    sql_text_fini(&sql);
}

static void test_statements(void **state)
{
    struct sql_text sql;
    struct err e;

    (void)state;
    reads("SELECT ':no', \":no\", [:no] FROM t -- :no ?\n WHERE a=:a/* ? */ AND b::text=:b;",
          "SELECT ':no', \":no\", [:no] FROM t -- :no ?\n WHERE a=?/* ? */ AND b::text=?", "a b",
          "SELECT", true);
    reads("select 'it''s :no', E'it\\'s :no', $$ :no ; $$, $x$ ? $x$, a[1:2], :a",
          "select 'it''s :no', E'it\\'s :no', $$ :no ; $$, $x$ ? $x$, a[1:2], ?", "a", "SELECT",
          true);
    reads("{:status = call spX(:a, :a)}", "{? = call spX(?, ?)}", "status a a", "CALL", false);
    reads("{? = call spX(?)}", "{? = call spX(?)}", "1 2", "CALL", false);
    reads("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
          "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "", "WITH", false);
    reads("SELECT * INTO u FROM t", "SELECT * INTO u FROM t", "", "SELECT", false);
    reads("SELECT update_count, 1e5 FROM t FOR UPDATE",
          "SELECT update_count, 1e5 FROM t FOR UPDATE", "", "SELECT", true);
    reads("/* why */ EXEC spY @a = :a, @b = :b OUTPUT", "/* why */ EXEC spY @a = ?, @b = ? OUTPUT",
          "a b", "EXEC", false);
    assert_int_equal(sql_text_read(&sql, "SELECT 'open", &e), ERR_SYNTAX);
    assert_int_equal(sql_text_read(&sql, "SELECT /* open", &e), ERR_SYNTAX);
    assert_int_equal(sql_text_read(&sql, "SELECT $q$ open", &e), ERR_SYNTAX);
    assert_int_equal(sql_text_read(&sql, " -- nothing", &e), ERR_SYNTAX);
    assert_int_equal(sql_text_read(&sql, "rollback", &e), ERR_SYNTAX);
    assert_int_equal(sql_text_read(&sql, "DELETE FROM a;DELETE FROM b", &e), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_what_is_there_already_can_count_as_done),
        cmocka_unit_test(test_a_lost_commit_is_looked_for),
        cmocka_unit_test(test_keyed_goes_again_with_its_key),
        NODE_TRY(test_settings),
        cmocka_unit_test(test_statements),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
