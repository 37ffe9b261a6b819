/* manifest_sql.c - manifests over SQL: what they make, and every fault with its place. */
#include "manifest_help.h"

#include "flow/connector.h"

static const char sound[] =
    "{'weft': 1, 'name': 'erp', 'title': 'ERP', 'version': '1.0', 'help': 'An ERP.', 'transport': "
    "'sql',\n"
    " 'settings': [{'name': 'port', 'title': 'Port', 'help': 'Of it.', 'default': '1433'},\n"
    "   {'name': 'company', 'title': 'Company', 'help': 'Which.', 'required': true},\n"
    "   {'name': 'stage', 'kind': 'name', 'title': 'Table', 'help': 'Where.', 'default': 'Stg'}],\n"
    " 'actions': {'put': {'title': 'Put', 'help': 'Puts.', 'effect': 'once',\n"
    "   'sql': [{'statement': 'INSERT INTO {setting.stage} VALUES (:company, :id, "
    ":weft_reference)',"
    " 'params': {'company': '{setting.company}', 'id': '{input.id}'}, 'types': {'id': 'text'}, "
    "'result': 'count', 'expect': 1},\n"
    "     {'statement': '{{call p(:go, :company)}}', 'params': {'company': '{setting.company}'}, "
    "'out': {'go': 'integer'}, 'again': 'go', 'result': 'none'}],\n"
    "   'probe': {'statement': 'SELECT n FROM {setting.stage} WHERE id = :id', 'params': {'id': "
    "'{input.id}'}, 'read_after_write': true, 'output': {'go': '{reply.body.row.n}'}},\n"
    "   'input': {'type': 'object', 'properties': {'id': {'type': 'string', 'title': 'Id'}}, "
    "'required': ['id']},\n"
    "   'output_schema': {'type': 'object'},\n"
    "   'output': {'go': '{reply.body.results.1.out.go}'},\n"
    "   'example': {'input': {'id': 'x'}, 'output': {'go': 0}}}}}";

static void breaks(const char *from, const char *to, const char *pointer, const char *wanted)
{
    const char *at = strstr(sound, from);
    char text[8192], place[200];
    struct manifest *manifest;
    struct buf said;

    if (at == NULL)
        fail_msg("%s is not in the manifest", from);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - sound), sound, to, at + strlen(from));
    buf_init(&said, MIB);
    manifest = read_text(text, &said);
    snprintf(place, sizeof place, ": %s: ", pointer);
    if (manifest != NULL || strstr(buf_text(&said), wanted) == NULL ||
        strstr(buf_text(&said), place) == NULL)
        fail_msg("%s -> %s\nwanted %s %s, said:\n%s", from, to, pointer, wanted, buf_text(&said));
    buf_fini(&said);
}

#define EVENT(poll) \
    "'events': {'new': {'title': 'New', 'help': 'N.', 'poll': {" poll "}}}, 'actions': {"
#define ASKS "'statement': 'SELECT id FROM {setting.stage} WHERE id > :after', "

static void test_polls(void **state)
{
    const struct manifest_event *event;
    const char *at = strstr(sound, "'actions': {");
    struct manifest *manifest;
    struct buf said;
    char text[8192];

    (void)state;
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - sound), sound,
             EVENT(ASKS "'params': {'after': '{cursor}'}, 'id': 'id', 'every': '5m', "
                        "'cursor': {'last_item': 'id', 'back': 20}"),
             at + strlen("'actions': {"));
    buf_init(&said, MIB);
    manifest = read_text(text, &said);
    assert_string_equal(buf_text(&said), "");
    event = &manifest->events[0];
    assert_int_equal(event->kind, EVENT_POLL);
    assert_int_equal(event->cursor.back, 20);
    assert_int_equal(event->action.effect, EFFECT_NONE);
    assert_int_equal(event->action.sql.count, 1);
    assert_int_equal(event->action.sql.list[0].max_rows, 1000);
    manifest_free(manifest);
    buf_fini(&said);
    breaks("'actions': {", EVENT(ASKS "'id': 'id'"), "/events/new/poll/statement",
           "the value of :after");
    breaks("'actions': {", EVENT("'statement': 'DELETE FROM t', 'id': 'id'"), "/events/new/poll",
           "a poll only reads");
    breaks("'actions': {", EVENT("'path': '/x', 'id': 'id'"), "/events/new/poll",
           "\"statement\" is missing");
    breaks("'actions': {",
           EVENT(ASKS "'params': {'after': '{cursor}'}, 'id': 'id', 'cursor': {'field': 'next'}"),
           "/events/new/poll/cursor", "over SQL the cursor is \"last_item\"");
    breaks("'actions': {",
           EVENT(ASKS "'params': {'after': '{cursor}'}, 'cursor': {'last_item': 'id', 'back': 5}"),
           "/events/new/poll/cursor", "needs \"id\"");
    breaks("'actions': {",
           EVENT(ASKS "'params': {'after': '{cursor}'}, 'id': 'id', 'max_rows': 5, 'cursor': "
                      "{'last_item': 'id', 'back': 5}"),
           "/events/new/poll/cursor", "less than \"max_rows\"");
    breaks("'actions': {",
           EVENT(ASKS "'params': {'after': '{cursor}'}, 'id': 'id', 'max_rows': 1001"),
           "/events/new/poll", "is 1 to 1000");
    breaks("'actions': {",
           "'events': {'new': {'title': 'N', 'help': 'N.', 'webhook': {'verify': {'type': "
           "'none'}}}}, 'actions': {",
           "/events/new", "over SQL an event is a \"poll\"");
}

static void test_what_it_makes(void **state)
{
    const struct connector_setting *port = NULL;
    struct manifest *manifest;
    const struct action *put;
    struct buf said;

    (void)state;
    buf_init(&said, MIB);
    manifest = read_text(sound, &said);
    assert_string_equal(buf_text(&said), "");
    put = &manifest->actions[0];
    assert_true(connector_is_database(&manifest->info));
    assert_int_equal(manifest->info.limits.concurrency, 4);
    for (size_t i = 0; i < manifest->info.setting_count; i++)
        if (strcmp(manifest->info.settings[i].name, "port") == 0)
            port = &manifest->info.settings[i];
    assert_string_equal(port->fallback, "1433"); /* the system's own, not PostgreSQL's */
    assert_string_equal(manifest->info.settings[0].name, "driver");
    assert_int_equal(put->effect, EFFECT_ONCE);
    assert_int_equal(put->sql.count, 2);
    assert_int_equal(put->sql.list[0].expect, 1);
    assert_string_equal(put->sql.list[1].again, "go");
    assert_int_equal(put->probe.settle_ms, 2000);
    assert_true(put->probe.read_after_write);
    assert_string_equal(put->type.name, "connector.erp.put");
    manifest_free(manifest);
    buf_fini(&said);
}

#define AT "/actions/put/sql/0"

static void test_faults_of_the_system(void **state)
{
    (void)state;
    breaks("'transport': 'sql'", "'transport': 'odbc'", "/transport", "http or sql");
    breaks("'transport': 'sql'", "'transport': 'http'", "/", "\"environments\" is missing");
    breaks("'settings':", "'headers': {}, 'settings':", "/headers", "there is no \"headers\"");
    breaks("'default': 'Stg'", "'default': 'Stg; DROP'", "/settings/2", "no name of a table");
    breaks("'name': 'port'", "'name': 'port', 'kind': 'secret'", "/settings/0", "already");
    breaks("'name': 'stage'", "'name': 'company'", "/settings/2", "already");
    broken("'kind': 'secret'", "'kind': 'name'", "/settings/2", "over SQL only");
}

static void test_faults_of_statements(void **state)
{
    (void)state;
    breaks("{setting.stage} VALUES", "{setting.company} VALUES", AT "/statement", "kind name");
    breaks("{setting.stage} VALUES", "{input.id} VALUES", AT "/statement", "stand in \"params\"");
    breaks("'{{call p(:go, :company)}}'", "'{call p(:go, :company)}'",
           "/actions/put/sql/1/statement", "{{ or }}");
    breaks("(:company, :id,", "(:company, :no,", AT "/statement", "value of :no is missing");
    breaks("'params': {'company'", "'params': {'other': 1, 'company'", AT "/statement",
           "no :other");
    breaks("(:company, :id, :weft_reference)", "(?)", AT "/statement", "not \"?\"");
    breaks("VALUES (", "VALUES (1); DELETE FROM t WHERE (", AT "/statement", "one statement");
    breaks("'{input.id}'}, 'types'", "'{input.no}'}, 'types'", AT "/params/id", "input's schema");
    breaks("{'id': 'text'}", "{'id': 'money'}", AT, "decimal");
    breaks("'result': 'count'", "'result': 'all'", AT, "rows, first, value");
    breaks("'again': 'go'", "'again': 'no'", "/actions/put/sql/1/statement", "one of \"out\"");
    breaks("'out': {'go'", "'out': {'on'", "/actions/put/sql/1/statement", "no :on");
    breaks("'expect': 1}", "'expect': 1, 'method': 'GET'}", AT "/method", "no member");
}

static void test_faults_of_the_action(void **state)
{
    (void)state;
    breaks("'effect': 'once'", "'effect': 'none'", "/actions/put", "rolled back");
    breaks("'effect': 'once'", "'effect': 'idempotent'", "/actions/put/probe", "keyed and once");
    breaks("SELECT n FROM", "DELETE FROM", "/actions/put/probe", "only reads");
    breaks("'read_after_write'", "'found': 'row', 'read_after_write'", "/actions/put/probe/found",
           "no member");
    breaks("'effect': 'once'", "'save': true, 'effect': 'once'", "/actions/put/save",
           "one statement that only reads");
    breaks("'effect': 'once'", "'save': true, 'effect': 'once'", "/actions/put/save",
           "leave out \"output_schema\"");
    breaks("'effect': 'once'", "'save': 'rows', 'effect': 'once'", "/actions/put/save", "true or");
    breaks("{reply.body.results.1.out.go}", "{reply.status}", "/actions/put/output/go",
           "names nothing");
    breaks("'input': {'type'", "'path': '/x', 'input': {'type'", "/actions/put/path", "no member");
    broken("'method': 'POST'", "'sql': [], 'method': 'POST'", "/actions/pay/sql", "no member");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_polls),
        CASE(test_what_it_makes),
        CASE(test_faults_of_the_system),
        CASE(test_faults_of_statements),
        CASE(test_faults_of_the_action),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
