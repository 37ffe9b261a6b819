/* manifest_sql.c - reads what an action over SQL says: its statements, what they do, and how to
 * look whether they happened.
 *
 * A statement is a fixed text. Its places are names of tables, columns and procedures, settings of
 * the connection that can be nothing else; all that a flow computes is bound. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/manifest_files.h"
#include "nodes/sql_text.h"
#include "nodes/template.h"

#define SQL_STATEMENTS 100
#define SQL_ROWS       1000
#define SQL_SETTLE_MS  2000

bool manifest__is_sql(const struct manifest_source *source)
{
    const char *transport = json_get_text(source->manifest->root, "transport");

    return transport != NULL && strcmp(transport, "sql") == 0;
}

void manifest__transport(const struct manifest_source *source, const json_t *root)
{
    static const char *const of_http[] = { "environments", "sign_in", "headers" };
    const char *transport = json_get_text(root, "transport");
    bool sql = manifest__is_sql(source);
    char place[PLACE_BYTES];

    if (transport != NULL && !sql && strcmp(transport, "http") != 0)
        manifest__fault(source, "/transport", "the transport is http or sql");
    for (size_t i = 0; i < sizeof of_http / sizeof *of_http; i++) {
        bool there = json_object_get(root, of_http[i]) != NULL;

        manifest__place(place, "", of_http[i]);
        if (sql && there)
            manifest__fault(source, place,
                            "over SQL there is no \"%s\": each connection says where its database "
                            "is and who signs in",
                            of_http[i]);
        if (!sql && !there && i < 2)
            manifest__fault(source, "", "\"%s\" is missing", of_http[i]);
    }
}

/* ---- A statement's text */

struct text_places {
    const struct manifest_source *source;
    const char *pointer;
    bool sound;
};

static void text_place(void *arg, const char *path, size_t at, bool filtered)
{
    struct text_places *places = arg;
    const struct connector_setting *setting =
        strncmp(path, "setting.", 8) == 0 ? manifest__setting(places->source->manifest, path + 8)
                                          : NULL;

    (void)at;
    if (setting != NULL && setting->kind == SETTING_NAME && !filtered)
        return;
    places->sound = false;
    manifest__fault(places->source, places->pointer,
                    "\"{%.80s}\" in a statement names no setting of kind name; values are :name "
                    "and stand in \"params\", and a brace of SQL's own is {{ or }}",
                    path);
}

/* With the names that fall back, or some name. False: faults were told. */
static bool text_read(const struct manifest_source *source, const char *text, const char *pointer,
                      struct sql_text *sql)
{
    const struct connector_info *info = &source->manifest->info;
    struct text_places places = { source, pointer, true };
    json_t *scope, *names = json_object();
    bool missing = false;
    struct buf filled;
    struct err e;
    enum err_code rc = template_check(text, text_place, &places, &e);

    if (rc != ERR_OK) {
        manifest__fault(source, pointer, "%s; a brace of SQL's own is {{ or }}", e.text);
        json_decref(names);
        return false;
    }
    for (size_t i = 0; i < info->setting_count; i++)
        if (info->settings[i].kind == SETTING_NAME)
            json_object_set_new(names, info->settings[i].name,
                                json_string(info->settings[i].fallback != NULL
                                                ? info->settings[i].fallback
                                                : "name"));
    scope = json_pack("{s:o}", "setting", names);
    buf_init(&filled, LIMIT_SCRIPT);
    if (places.sound)
        rc = template_text(text, scope, TEMPLATE_TEXT, &filled, &missing, &e);
    if (rc == ERR_OK && places.sound)
        rc = sql_text_read(sql, buf_text(&filled), &e);
    if (rc != ERR_OK)
        manifest__fault(source, pointer, "%s", e.text);
    buf_fini(&filled);
    json_decref(scope);
    return rc == ERR_OK && places.sound;
}

/* ---- Its values */

static bool text_has(const struct sql_text *sql, const char *name)
{
    for (size_t i = 0; i < sql->count; i++)
        if (strcmp(sql->names[i], name) == 0)
            return true;
    return false;
}

static bool is_own(const char *name)
{
    return strcmp(name, "weft_key") == 0 || strcmp(name, "weft_reference") == 0;
}

static void check_names(const struct manifest_source *source, const struct manifest_statement *said,
                        const struct sql_text *sql, const char *pointer)
{
    const char *name;
    json_t *value;

    if (sql->count > 0 && !sql->named)
        manifest__fault(source, pointer, "a value is :name in a manifest, not \"?\"");
    json_object_foreach(said->params, name, value)
    {
        if (!text_has(sql, name))
            manifest__fault(source, pointer, "the statement has no :%.60s, which \"params\" names",
                            name);
    }
    json_object_foreach(said->out, name, value)
    {
        if (!text_has(sql, name))
            manifest__fault(source, pointer, "the statement has no :%.60s, which \"out\" names",
                            name);
    }
    for (size_t i = 0; sql->named && i < sql->count; i++)
        if (json_object_get(said->params, sql->names[i]) == NULL &&
            json_object_get(said->out, sql->names[i]) == NULL && !is_own(sql->names[i]))
            manifest__fault(source, pointer, "the value of :%.60s is missing", sql->names[i]);
    if (said->again != NULL && json_object_get(said->out, said->again) == NULL)
        manifest__fault(source, pointer, "\"again\" names one of \"out\", and \"%.60s\" is none",
                        said->again);
}

static void check_types(const struct manifest_source *source, json_t *types, const char *pointer)
{
    const char *name;
    enum sql_as as;
    json_t *type;

    json_object_foreach(types, name, type)
    {
        if (!sql_as_find(json_text(type), &as) || as == SQL_AS_AUTO)
            manifest__fault(
                source, pointer,
                "the type of \"%.60s\" is text, integer, decimal, float, boolean, date, "
                "time, timestamp or binary",
                name);
    }
}

/* ---- A statement */

static enum sql_result read_result(const struct manifest_source *source, const json_t *json,
                                   const char *pointer)
{
    static const char *const names[] = { "rows", "first", "value", "count", "none" };
    const char *name = json_get_text(json, "result");

    for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return (enum sql_result)i;
    if (name != NULL)
        manifest__fault(source, pointer, "the result is rows, first, value, count or none");
    return SQL_RESULT_ROWS;
}

/* False: it cannot be looked at further. */
static bool read_statement(const struct manifest_source *source, json_t *json, const char *pointer,
                           struct manifest_statement *said, struct sql_text *sql)
{
    char place[PLACE_BYTES];

    *said = (struct manifest_statement){
        .text = json_get_text(json, "statement"),
        .params = json_object_get(json, "params"),
        .types = json_object_get(json, "types"),
        .columns = json_object_get(json, "columns"),
        .out = json_object_get(json, "out"),
        .result = read_result(source, json, pointer),
        .max_rows = json_get_int(json, "max_rows", SQL_ROWS),
        .expect = json_get_int(json, "expect", -1),
        .again = json_get_text(json, "again"),
    };
    if (said->max_rows < 1 || said->max_rows > 100000)
        manifest__fault(source, pointer, "\"max_rows\" is 1 to 100000");
    manifest__place(place, pointer, "statement");
    if (said->text == NULL || !text_read(source, said->text, place, sql))
        return false;
    check_names(source, said, sql, place);
    check_types(source, said->types, pointer);
    check_types(source, said->columns, pointer);
    check_types(source, said->out, pointer);
    return true;
}

static void read_params(const struct manifest_source *source, struct action *action,
                        const struct manifest_statement *said, const char *pointer)
{
    struct places places = { .source = source, .action = action };
    char place[PLACE_BYTES];

    manifest__place(place, pointer, "params");
    manifest__json(&places, said->params, place);
}

/* A SELECT of a probe. */
static void read_select(const struct manifest_source *source, json_t *json, const char *pointer,
                        struct action *action, struct manifest_statement *said)
{
    struct sql_text sql = { 0 };

    if (read_statement(source, json, pointer, said, &sql) && !sql.reads)
        manifest__fault(source, pointer, "a probe only reads: its statement is a SELECT");
    sql_text_fini(&sql);
    read_params(source, action, said, pointer);
}

static void read_details(const struct manifest_source *source, json_t *json, const char *parent,
                         struct action *action)
{
    static const struct member rows[] = {
        { "statement", MEMBER_TEXT, true },
        { "params", MEMBER_OBJECT, false },
        { "types", MEMBER_OBJECT, false },
        { "columns", MEMBER_OBJECT, false },
        { 0 },
    };
    char pointer[PLACE_BYTES];

    manifest__place(pointer, parent, "details");
    if (json != NULL && manifest__members(source, json, pointer, rows))
        read_select(source, json, pointer, action, &action->sql.details);
}

static void read_probe(const struct manifest_source *source, json_t *json, const char *parent,
                       struct action *action)
{
    static const struct member rows[] = {
        { "statement", MEMBER_TEXT, true },  { "params", MEMBER_OBJECT, false },
        { "types", MEMBER_OBJECT, false },   { "columns", MEMBER_OBJECT, false },
        { "settle", MEMBER_TEXT, false },    { "read_after_write", MEMBER_BOOL, false },
        { "single", MEMBER_BOOL, false },    { "output", MEMBER_ANY, false },
        { "details", MEMBER_OBJECT, false }, { 0 },
    };
    struct places places = { .source = source, .action = action, .output = true };
    char pointer[PLACE_BYTES], place[PLACE_BYTES];

    manifest__place(pointer, parent, "probe");
    if (json == NULL || !manifest__members(source, json, pointer, rows))
        return;
    read_select(source, json, pointer, action, &action->sql.probe);
    action->sql.probe.max_rows = 2; /* a second one tells that it happened twice */
    read_details(source, json_object_get(json, "details"), pointer, action);
    if (action->effect < EFFECT_KEYED)
        manifest__fault(source, pointer, "\"probe\" has a meaning with the effects keyed and once");
    action->probe.settle_ms = manifest__duration(source, json, "settle", pointer, SQL_SETTLE_MS);
    action->probe.read_after_write = json_is_true(json_object_get(json, "read_after_write"));
    action->probe.single = json_is_true(json_object_get(json, "single"));
    action->probe.output = json_object_get(json, "output");
    manifest__place(place, pointer, "output");
    manifest__json(&places, action->probe.output, place);
}

/* ---- All */

struct sql_seen {
    bool reads, keyed;
};

static void read_statements(const struct manifest_source *source, json_t *list, const char *pointer,
                            struct manifest_sql *sql, struct sql_seen *seen)
{
    static const struct member rows[] = {
        { "statement", MEMBER_TEXT, true }, { "params", MEMBER_OBJECT, false },
        { "types", MEMBER_OBJECT, false },  { "columns", MEMBER_OBJECT, false },
        { "out", MEMBER_OBJECT, false },    { "result", MEMBER_TEXT, false },
        { "max_rows", MEMBER_INT, false },  { "expect", MEMBER_INT, false },
        { "again", MEMBER_TEXT, false },    { 0 },
    };
    size_t count = json_array_size(list);

    if (count == 0 || count > SQL_STATEMENTS)
        manifest__fault(source, pointer, "\"sql\" is a list of 1 to %d statements", SQL_STATEMENTS);
    sql->list = mem_must((count + 1) * sizeof *sql->list);
    for (size_t i = 0; i < count && i < SQL_STATEMENTS; i++) {
        struct sql_text text = { 0 };
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/sql/%zu", pointer, i);
        if (manifest__members(source, json_array_get(list, i), place, rows) &&
            read_statement(source, json_array_get(list, i), place, &sql->list[i], &text)) {
            seen->reads = seen->reads && text.reads;
            seen->keyed =
                seen->keyed || text_has(&text, "weft_key") || text_has(&text, "weft_reference");
        }
        sql_text_fini(&text);
        sql->count = i + 1;
    }
}

/* "save": the rows of its one statement become a file. */
static void read_save(const struct manifest_source *source, json_t *json, const char *pointer,
                      const struct sql_seen *seen, struct manifest_sql *sql)
{
    char place[PLACE_BYTES];

    sql->save = json_is_true(json_object_get(json, "save"));
    if (!sql->save)
        return;
    manifest__place(place, pointer, "save");
    if (sql->count != 1 || !seen->reads || sql->list[0].result != SQL_RESULT_ROWS ||
        json_object_get(json_array_get(json_object_get(json, "sql"), 0), "max_rows") != NULL)
        manifest__fault(source, place,
                        "\"save\" keeps the rows of one statement that only reads, without "
                        "\"result\" and \"max_rows\": each node says how many");
    manifest__saved(source, json, pointer, true);
}

void manifest__sql(const struct manifest_source *source, json_t *json, const char *pointer,
                   struct action *action)
{
    struct sql_seen seen = { .reads = true };
    char place[PLACE_BYTES];

    check(action->sql.list == NULL);
    read_statements(source, json_object_get(json, "sql"), pointer, &action->sql, &seen);
    read_save(source, json, pointer, &seen, &action->sql);
    action->effect = seen.reads ? EFFECT_NONE : EFFECT_ONCE;
    manifest__effect(source, json, pointer, action);
    if (action->effect == EFFECT_NONE && !seen.reads)
        manifest__fault(source, pointer,
                        "the effect none is rolled back at its end, and a statement here changes "
                        "something");
    if (action->effect == EFFECT_KEYED && !seen.keyed)
        manifest__fault(source, pointer,
                        "the effect keyed needs a statement that recognises :weft_key (or "
                        ":weft_reference)");
    for (size_t i = 0; i < action->sql.count; i++) {
        snprintf(place, sizeof place, "%s/sql/%zu", pointer, i);
        read_params(source, action, &action->sql.list[i], place);
    }
    read_probe(source, json_object_get(json, "probe"), pointer, action);
    action->key_valid_ms = manifest__duration(source, json, "key_valid", pointer, 0);
}

void manifest__sql_asks(const struct manifest_source *source, json_t *json, const char *pointer,
                        struct action *action)
{
    struct places places = { .source = source, .action = action, .polls = true };
    struct sql_text sql = { 0 };
    char place[PLACE_BYTES];

    check(action->sql.list == NULL);
    action->method = "SQL";
    action->path = "/";
    action->effect = EFFECT_NONE;
    action->sql.list = mem_must(sizeof *action->sql.list);
    action->sql.count = 1;
    if (read_statement(source, json, pointer, action->sql.list, &sql) && !sql.reads)
        manifest__fault(source, pointer, "a poll only reads: its statement is a SELECT");
    if (action->sql.list->max_rows > SQL_ROWS)
        manifest__fault(source, pointer, "\"max_rows\" of a poll is 1 to %d", SQL_ROWS);
    sql_text_fini(&sql);
    manifest__place(place, pointer, "params");
    manifest__json(&places, action->sql.list->params, place);
}
