/* sql.c - statements on a database, in one transaction: the settings of connector.sql.
 *
 * A statement is a fixed text. What a flow computes goes into its values, which are bound: no
 * payload becomes a part of the text. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/connector/sql_priv.h"
#include "nodes/sql_system.h"

#define SQL_STATEMENTS 100

static const char *const results[] = { "rows", "first", "value", "count", "none", NULL };
static const char *const effects[] = { "auto", "none", "idempotent", "keyed", "once", NULL };
static const char *const duplicates[] = { "fail", "done", NULL };

static const struct connector_data sql_data = { .info = &sql_system };

/* ---- The settings of a node */

#define PART_ROWS(need)                                                                           \
    { .kind = FIELD_TEXT,                                                                         \
      .name = "statement",                                                                        \
      .offset = offsetof(struct sql_part, statement),                                             \
      .required = need,                                                                           \
      .main = true,                                                                               \
      .help = "A fixed text, with :name (or ?) where a value goes.",                              \
      .example = "\"SELECT * FROM tarInvoice WHERE CompanyID = :company\"" },                     \
        { .kind = FIELD_VALUE,                                                                    \
          .name = "params",                                                                       \
          .offset = offsetof(struct sql_part, params),                                            \
          .main = true,                                                                           \
          .help = "The values: an object by name, or a list where the text has \"?\". :weft_key " \
                  "and :weft_reference are there by themselves: the step's idempotency key, and " \
                  "its first 20 characters.",                                                     \
          .example = "{\"company\": \"=vars.company\"}" },                                        \
        { .kind = FIELD_JSON,                                                                     \
          .name = "types",                                                                        \
          .offset = offsetof(struct sql_part, types),                                             \
          .help = "How values are given to the database, by name: text, integer, decimal, "       \
                  "float, boolean, date, time, timestamp or binary (base64). Left out: by the "   \
                  "value.",                                                                       \
          .example = "{\"paid_on\": \"date\"}" },                                                 \
    {                                                                                             \
        .kind = FIELD_JSON, .name = "columns", .offset = offsetof(struct sql_part, columns),      \
        .help = "How columns are read, by name, where their own type is not wanted.",             \
        .example = "{\"Amount\": \"decimal\"}"                                                    \
    }
#define RESULT_ROWS                                                                               \
    { .kind = FIELD_JSON,                                                                         \
      .name = "out",                                                                              \
      .offset = offsetof(struct sql_part, out),                                                   \
      .help = "Values that a procedure gives back, with their types; one that is among the "      \
              "params too goes both ways. They are the output's \"out\".",                        \
      .example = "{\"ret\": \"integer\"}" },                                                      \
        { .kind = FIELD_CHOICE,                                                                   \
          .name = "result",                                                                       \
          .offset = offsetof(struct sql_part, result),                                            \
          .fallback = "rows",                                                                     \
          .choices = results,                                                                     \
          .help = "rows: {rows, count, more}; first: {row}, null when there is none; value: "     \
                  "{value}, the first column of the first row; count: {count}, of changed rows; " \
                  "none: nothing." },                                                             \
        { .kind = FIELD_INT,                                                                      \
          .name = "max_rows",                                                                     \
          .offset = offsetof(struct sql_part, max_rows),                                          \
          .fallback = "1000",                                                                     \
          .min = 1,                                                                               \
          .max = 100000,                                                                          \
          .help = "So many rows are read; \"more\" says that there were others. Page by key, or " \
                  "\"save\" them all." },                                                         \
        { .kind = FIELD_INT,                                                                      \
          .name = "expect",                                                                       \
          .offset = offsetof(struct sql_part, expect),                                            \
          .fallback = "-1",                                                                       \
          .min = -1,                                                                              \
          .max = INT32_MAX,                                                                       \
          .help = "So many rows must be changed, or nothing is and the step fails; -1: any." },   \
    {                                                                                             \
        .kind = FIELD_TEXT, .name = "again", .offset = offsetof(struct sql_part, again),          \
        .help = "One of \"out\": while it comes back as 1 the procedure is called again, in the " \
                "same transaction. The output has the last call's values.",                       \
        .example = "\"continue\""                                                                 \
    }

static const struct field part_rows[] = { PART_ROWS(true), RESULT_ROWS, FIELD_LAST };
const struct field sql__probe_rows[] = {
    PART_ROWS(true), /* which is a probe's first member */
    { .kind = FIELD_MS,
      .name = "settle",
      .offset = offsetof(struct sql_probe, settle_ms),
      .fallback = "2s",
      .help = "It looks not before: a transaction may still be at its end." },
    { .kind = FIELD_BOOL,
      .name = "read_after_write",
      .offset = offsetof(struct sql_probe, read_after_write),
      .help = "Whether what is not there after that time did not happen and will not, so that the "
              "transaction is done again. True for a database that is asked directly; not for a "
              "copy that follows it. Without it a person decides." },
    FIELD_LAST,
};
/* `one` is the first member. */
static const struct field sql_fields[] = {
    PART_ROWS(false),
    RESULT_ROWS,
    { .kind = FIELD_LIST,
      .name = "statements",
      .offset = offsetof(struct sql_config, statements),
      .rows = part_rows,
      .size = sizeof(struct sql_part),
      .max = SQL_STATEMENTS,
      .help =
          "Several statements instead of one, in one transaction: all or nothing. The output is "
          "{results}, one for each." },
    { .kind = FIELD_CHOICE,
      .name = "effect",
      .offset = offsetof(struct sql_config, effect),
      .fallback = "auto",
      .choices = effects,
      .help =
          "What it does, which decides whether it may be repeated: none is rolled back at its "
          "end; idempotent may be done twice; keyed too, because the statement recognises "
          ":weft_key; once must not be repeated. auto: none for statements that only read, once "
          "for all others." },
    { .kind = FIELD_MS,
      .name = "key_valid",
      .offset = offsetof(struct sql_config, key_valid_ms),
      .fallback = "365d",
      .help = "So long the database keeps the row that recognises :weft_key (effect keyed)." },
    { .kind = FIELD_CHOICE,
      .name = "duplicate",
      .offset = offsetof(struct sql_config, duplicate),
      .fallback = "fail",
      .choices = duplicates,
      .help = "A key that is there already: fail, or done when that says that nothing is left to "
              "do." },
    { .kind = FIELD_OBJECT,
      .name = "probe",
      .offset = offsetof(struct sql_config, probe),
      .rows = sql__probe_rows,
      .size = sizeof(struct sql_probe),
      .help = "A statement that reads and finds a row when the transaction happened, for when the "
              "answer to its COMMIT got lost (effects keyed and once).",
      .example = "{\"statement\": \"SELECT TranNo FROM tarPendCustPmt WHERE Ref = "
                 ":weft_reference\", \"read_after_write\": true}" },
    { .kind = FIELD_OBJECT,
      .name = "save",
      .offset = offsetof(struct sql_config, save),
      .rows = sql__save_rows,
      .size = sizeof(struct sql_save),
      .help = "The rows become a file, one by one, however many there are: a JSON list, which "
              "connector.file reads in pages (`as: items`). The output is {count, file}." },
    { .kind = FIELD_JSON,
      .name = "example",
      .offset = offsetof(struct sql_config, example),
      .help = "The output in a simulated run, in which nothing leaves." },
    FIELD_LAST,
};

const struct sql_part *sql__part(const struct sql_config *sql, size_t index)
{
    check(index < sql__part_count(sql));
    return sql->statements.count > 0 ? &((const struct sql_part *)sql->statements.items)[index]
                                     : &sql->one;
}

size_t sql__part_count(const struct sql_config *sql)
{
    return sql->statements.count > 0 ? sql->statements.count : 1;
}

/* ---- Compile */

static bool types_check(struct flow_build *build, const json_t *types, const char *pointer,
                        const char *member)
{
    char place[PLACE_BYTES];
    const char *name;
    json_t *type;
    enum sql_as as;
    bool good = types == NULL || json_is_object(types);

    snprintf(place, sizeof place, "%s/%s", pointer, member);
    if (!good)
        flow_build_fault(build, place, "\"%s\" is an object like {\"amount\": \"decimal\"}",
                         member);
    json_object_foreach((json_t *)types, name, type)
    {
        if (sql_as_find(json_text(type), &as) && as != SQL_AS_AUTO)
            continue;
        flow_build_fault(build, place,
                         "the type of \"%.60s\" is text, integer, decimal, float, boolean, date, "
                         "time, timestamp or binary",
                         name);
        good = false;
    }
    return good;
}

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

/* What is written out can be compared with the text before the first run. */
static void params_check(struct flow_build *build, const struct sql_part *part, const char *pointer)
{
    char place[PLACE_BYTES];
    const json_t *written;
    const char *name;
    json_t *value;

    snprintf(place, sizeof place, "%s/params", pointer);
    written = definition_at(build, place);
    if (json_is_text(written))
        return; /* an expression gives them */
    if (json_is_array(written) ? part->sql.named
                               : json_is_object(written) && !part->sql.named && part->sql.count > 0)
        flow_build_fault(build, place, "params are %s, for the statement has %s",
                         part->sql.named ? "an object" : "a list",
                         part->sql.named ? ":name" : "\"?\"");
    json_object_foreach((json_t *)written, name, value)
    {
        if (part->sql.named && !text_has(&part->sql, name))
            flow_build_fault(build, place, "the statement has no :%.60s", name);
    }
    for (size_t i = 0; part->sql.named && i < part->sql.count; i++)
        if (json_object_get(written, part->sql.names[i]) == NULL &&
            json_object_get(part->out, part->sql.names[i]) == NULL && !is_own(part->sql.names[i]))
            flow_build_fault(build, place, "the value of :%.60s is missing", part->sql.names[i]);
    if (!part->sql.named && (written == NULL || json_is_array(written)) &&
        json_array_size(written) + json_object_size(part->out) < part->sql.count)
        flow_build_fault(build, place, "the statement has %zu \"?\", and there are %zu values",
                         part->sql.count, json_array_size(written));
}

void sql__part_compile(struct flow_build *build, struct sql_part *part, const char *pointer)
{
    char place[PLACE_BYTES];
    const char *name;
    json_t *type;
    struct err e;

    snprintf(place, sizeof place, "%s/statement", pointer);
    if (part->statement == NULL)
        return; /* the row is required */
    if (sql_text_read(&part->sql, part->statement, &e) != ERR_OK) {
        flow_build_fault(build, place, "%s", e.text);
        return;
    }
    types_check(build, part->types, pointer, "types");
    types_check(build, part->columns, pointer, "columns");
    if (types_check(build, part->out, pointer, "out"))
        json_object_foreach(part->out, name, type)
        {
            if (!text_has(&part->sql, name))
                flow_build_fault(build, place, "the statement has no :%.60s, which \"out\" names",
                                 name);
        }
    if (part->again != NULL && json_object_get(part->out, part->again) == NULL)
        flow_build_fault(build, place, "\"again\" names one of \"out\", and \"%.60s\" is none",
                         part->again);
    params_check(build, part, pointer);
}

static void effect_compile(struct flow_build *build, struct sql_config *sql, const char *pointer)
{
    bool reads = true, keyed = false;

    for (size_t i = 0; i < sql__part_count(sql); i++) {
        const struct sql_text *text = &sql__part(sql, i)->sql;

        reads = reads && text->reads;
        keyed = keyed || text_has(text, "weft_key") || text_has(text, "weft_reference");
    }
    sql->effect_class = sql->effect == SQL_EFFECT_AUTO ? (reads ? EFFECT_NONE : EFFECT_ONCE)
                                                       : (enum effect_class)(sql->effect - 1);
    if (sql->effect_class == EFFECT_NONE && !reads)
        flow_build_fault(build, pointer,
                         "the effect none is rolled back at its end, and a statement here changes "
                         "something; leave \"effect\" out, or say which it is");
    if (sql->effect_class == EFFECT_KEYED && !keyed)
        flow_build_fault(build, pointer,
                         "the effect keyed needs a statement that recognises :weft_key (or "
                         ":weft_reference): INSERT ... ON CONFLICT, MERGE, or WHERE NOT EXISTS");
}

static void save_compile(struct flow_build *build, const struct sql_config *sql,
                         const char *pointer)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/save", pointer);
    sql__save_compile(build, sql->save, pointer);
    if (sql->statements.count > 0)
        flow_build_fault(build, place, "\"save\" goes with one \"statement\", not with several");
    else if (sql->one.statement != NULL && !sql->one.sql.reads)
        flow_build_fault(build, place,
                         "\"save\" keeps the rows of a statement that only reads: SELECT or WITH");
    if (sql->one.result != SQL_RESULT_ROWS)
        flow_build_fault(build, place, "\"save\" keeps rows: leave out \"result\"");
}

static void sql_compile(struct flow_build *build, void *config, const char *pointer,
                        const struct node_type *type)
{
    struct sql_config *sql = config;
    struct sql_part *list = sql->statements.items;
    char place[PLACE_BYTES];

    (void)type;
    if ((sql->one.statement != NULL) == (sql->statements.count > 0))
        flow_build_fault(build, pointer, "give either \"statement\" or \"statements\"");
    if (sql->statements.count > 0 && (sql->one.params != NULL || sql->one.out != NULL ||
                                      sql->one.types != NULL || sql->one.columns != NULL))
        flow_build_fault(build, pointer,
                         "with \"statements\" each of them has its own params, types, out and "
                         "columns");
    sql__part_compile(build, &sql->one, pointer);
    for (size_t i = 0; i < sql->statements.count; i++) {
        snprintf(place, sizeof place, "%s/statements/%zu", pointer, i);
        sql__part_compile(build, &list[i], place);
    }
    effect_compile(build, sql, pointer);
    if (sql->probe != NULL)
        sql__probe_compile(build, sql, pointer);
    if (sql->save != NULL)
        save_compile(build, sql, pointer);
    sql->values = mem_must((sql__part_count(sql) + 1) * sizeof *sql->values);
    for (size_t i = 0; i < sql__part_count(sql); i++)
        sql->values[i] = sql__part(sql, i)->params;
    sql->values[sql__part_count(sql)] = sql->save != NULL ? sql->save->file : NULL;
    if (sql__part(sql, 0)->statement != NULL)
        sql_text_title(sql__part(sql, 0)->statement, sql->what, sizeof sql->what);
}

static void sql_release(void *config)
{
    struct sql_config *sql = config;
    struct sql_part *list = sql->statements.items;

    sql_text_fini(&sql->one.sql);
    for (size_t i = 0; i < sql->statements.count; i++)
        sql_text_fini(&list[i].sql);
    if (sql->probe != NULL)
        sql_text_fini(&sql->probe->part.sql);
    mem_free(sql->values);
}

const struct node_type node_connector_sql = {
    .name = "connector.sql",
    .kind = NODE_CONNECTOR,
    .title = "SQL statement",
    .help =
        "Asks a database, or changes it, through ODBC: one statement or several in one "
        "transaction. Values are bound, never written into the text. Decimals keep their digits "
        "both ways; dates are ISO texts, binaries base64.",
    .fields = sql_fields,
    .config_size = sizeof(struct sql_config),
    .effect = EFFECT_ONCE,
    .needs_connection = true,
    .connector = "sql",
    .data = &sql_data,
    .example =
        "{\"statement\": \"SELECT TranNo, Balance FROM tarInvoice WHERE CompanyID = :company "
        "AND TranNo = :number\", \"params\": {\"company\": \"SOA\", \"number\": "
        "\"=trigger.body.invoice\"}, \"result\": \"first\"}",
    .compile = sql_compile,
    .start = sql__start,
    .doubt = sql__doubt,
    .probe = sql__probe,
    .release = sql_release,
};
