/* lookup.c - finds a row of one of the flow's lookup tables.
 *
 * The finding itself is the rules': a script, written here when the flow is compiled, asks
 * `lookup`, so that keys, days and messages are the same as in an expression. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "flow/node.h"
#include "nodes/definition.h"

enum lookup_missing { MISSING_TABLE, MISSING_ERROR, MISSING_DEFAULT, MISSING_ROUTE };
enum { VALUE_KEY, VALUE_AT, VALUE_DEFAULT, VALUE_COUNT };

struct lookup_config {
    const char *table, *column;
    struct value *key, *at, *otherwise;
    int on_missing;
    const struct flow_expression *script;
    struct value *values[VALUE_COUNT];
};

static const char *const missing_names[] = { "table", "error", "default", "route", NULL };
static const struct field lookup_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "table",
      .offset = offsetof(struct lookup_config, table),
      .required = true,
      .help = "The table: lookups/NAME.json or lookups/NAME.csv of the flow.",
      .example = "\"gl_accounts\"" },
    { .kind = FIELD_VALUE,
      .name = "key",
      .offset = offsetof(struct lookup_config, key),
      .required = true,
      .help =
          "The key; of a table with several, a list in their order or an object by their names.",
      .example = "{\"method\": \"=trigger.body.method\", \"amount\": \"=trigger.body.amount\"}" },
    { .kind = FIELD_VALUE,
      .name = "at",
      .offset = offsetof(struct lookup_config, at),
      .help = "The day at which the table is asked, if its rows hold from a day to a day; by "
              "default that of the run.",
      .example = "\"=trigger.body.invoiceDate\"" },
    { .kind = FIELD_TEXT,
      .name = "column",
      .offset = offsetof(struct lookup_config, column),
      .main = true,
      .help = "The one column that is wanted; without it the value, or an object of all values." },
    { .kind = FIELD_CHOICE,
      .name = "on_missing",
      .offset = offsetof(struct lookup_config, on_missing),
      .fallback = "table",
      .choices = missing_names,
      .main = true,
      .help = "What becomes of a key that is missing: what the table says (one that says "
              "\"review\" leaves by the exit missing), an error, the default, or the exit "
              "missing with the table and the key as output." },
    { .kind = FIELD_VALUE,
      .name = "default",
      .offset = offsetof(struct lookup_config, otherwise),
      .main = true,
      .help = "The output for a missing key, with on_missing default." },
    FIELD_LAST,
};
static const char *const lookup_ports[] = { "out", NULL };

/* ---- Compile */

static const char script_head[] =
    "local key, args = input.key, {}\n"
    "if key == nil or key == null then error('the key is ' .. tostring(key), 0) end\n"
    "if array.is(key) then for i, value in ipairs(key) do args[i] = value end\n"
    "else args[1] = key end\n"
    "args[#args + 1] = { at = input.at, column = input.column }\n";

static void lookup_script(struct flow_build *build, struct lookup_config *lookup,
                          const char *pointer)
{
    const char *table = lookup->table;
    struct buf text;

    buf_init(&text, 4096);
    buf_add_text(&text, script_head);
    if (lookup->on_missing != MISSING_TABLE)
        buf_addf(&text, "if not lookup.has('%s', table.unpack(args)) then ", table);
    if (lookup->on_missing == MISSING_ERROR)
        buf_addf(&text, "error('lookup: table \\'%s\\' has no key ' .. json.encode(key), 0) end\n",
                 table);
    else if (lookup->on_missing != MISSING_TABLE)
        buf_add_text(&text, "return { instead = input.instead } end\n");
    buf_addf(&text, "return { found = true, value = lookup('%s', table.unpack(args)) }", table);
    check(buf_ok(&text));
    lookup->script = flow_build_expression(build, true, false, buf_text(&text), text.len, pointer);
    buf_fini(&text);
}

static void lookup_compile(struct flow_build *build, void *config, const char *pointer,
                           const struct node_type *type)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    struct lookup_config *lookup = config;
    const json_t *tables = json_object_get(flow_build_bundle(build), "lookups"), *table;
    const char *policy;
    char place[PLACE_BYTES];

    (void)type;
    if (lookup->table == NULL)
        return; /* the row is required */
    snprintf(place, sizeof place, "%s/table", pointer);
    table = json_object_get(tables, lookup->table);
    if (strspn(lookup->table, allowed) != strlen(lookup->table) || table == NULL ||
        json_object_get(table, "inputs") != NULL) {
        flow_build_fault(build, place, "there is no lookup table \"%.80s\" in this flow",
                         lookup->table);
        return;
    }
    policy = json_get_text(table, "missing");
    if (lookup->on_missing == MISSING_TABLE && policy != NULL && strcmp(policy, "review") == 0)
        lookup->on_missing = MISSING_ROUTE;
    if (lookup->on_missing == MISSING_ROUTE)
        flow_build_port(build, "missing", pointer);
    if ((lookup->on_missing == MISSING_DEFAULT) != (lookup->otherwise != NULL))
        flow_build_fault(build, pointer,
                         "\"default\" and \"on_missing\": \"default\" belong together");
    lookup_script(build, lookup, place);
    lookup->values[VALUE_KEY] = lookup->key;
    lookup->values[VALUE_AT] = lookup->at;
    lookup->values[VALUE_DEFAULT] = lookup->otherwise;
}

/* ---- Run */

/* For the exit missing the table and the key, for the default its value. */
static json_t *lookup_instead(const struct lookup_config *lookup, json_t *const *values)
{
    json_t *instead;
    bool failed = false;

    if (lookup->on_missing == MISSING_DEFAULT)
        return values[VALUE_DEFAULT] != NULL ? json_incref(values[VALUE_DEFAULT]) : json_null();
    instead = json_object();
    json_put(instead, "table", json_string(lookup->table), &failed);
    json_put_or_null(instead, "key", json_incref(values[VALUE_KEY]), &failed);
    if (!failed)
        return instead;
    json_decref(instead);
    return NULL;
}

/* What the script sees as input. `instead` passes through it untouched. */
static json_t *lookup_question(const struct lookup_config *lookup, json_t *const *values,
                               json_t *instead)
{
    json_t *question = json_object();
    bool failed = question == NULL;

    json_put_or_null(question, "key", json_incref(values[VALUE_KEY]), &failed);
    if (values[VALUE_AT] != NULL)
        json_put(question, "at", json_incref(values[VALUE_AT]), &failed);
    if (lookup->column != NULL)
        json_put(question, "column", json_string(lookup->column), &failed);
    json_put_or_null(question, "instead", json_incref(instead), &failed);
    if (!failed)
        return question;
    json_decref(question);
    return NULL;
}

static void lookup_found(struct step *step, const void *config, const struct step_values *values)
{
    const struct lookup_config *lookup = config;
    bool found = json_object_get(values->filled[0], "found") != NULL;
    json_t *output = json_object_get(values->filled[0], found ? "value" : "instead");

    json_incref(output);
    step_done(step, !found && lookup->on_missing == MISSING_ROUTE ? "missing" : "out", &output);
}

static void lookup_asked(struct step *step, const void *config, const struct step_values *values)
{
    const struct lookup_config *lookup = config;
    json_t *instead = lookup_instead(lookup, values->filled), *details = NULL;
    json_t *question = lookup_question(lookup, values->filled, instead);
    struct err e;

    check(values->count == VALUE_COUNT);
    if (question != NULL && instead != NULL) {
        step_script(step, lookup->script, question, lookup_found);
    } else {
        err_set(&e, ERR_MEMORY, "no memory for looking up");
        step_fail(step, &e, &details);
    }
    json_decref(instead);
    json_decref(question);
}

static enum node_next lookup_start(struct step *step, const void *config)
{
    const struct lookup_config *lookup = config;

    check(lookup->script != NULL);
    return step_eval(step, lookup->values, VALUE_COUNT, false, lookup_asked);
}

const struct node_type node_transform_lookup = {
    .name = "transform.lookup",
    .kind = NODE_TRANSFORM,
    .title = "Look up",
    .help = "Finds a row of one of the flow's lookup tables by its key; what it says is the "
            "output. A key that is missing can lead to a person by the exit missing.",
    .fields = lookup_fields,
    .config_size = sizeof(struct lookup_config),
    .ports = lookup_ports,
    .example = "{\"table\": \"gl_accounts\", \"key\": \"=trigger.body.paymentMethodType\", "
               "\"on_missing\": \"route\"}",
    .compile = lookup_compile,
    .start = lookup_start,
};
