/* lookup.c - `weft lookup`: a lookup table of a flow as CSV, for a spreadsheet. The way back is to
 * save it as lookups/NAME.csv (docs/FLOWS.md). */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/command.h"
#include "flow/flow.h"
#include "format/csv.h"

static const struct csv_writing lookup_csv = {
    .delimiter = ',', .quote = '"', .quoting = CSV_QUOTE_NEEDED, .null_differs = true
};

static enum err_code lookup_cell(const json_t *cell, bool first, struct buf *out, struct err *e)
{
    char room[32];
    const char *text = json_is_exact(cell) ? json_exact_text(cell) : json_text(cell);

    if (cell == NULL || json_is_null(cell)) {
        csv_write_null(&lookup_csv, first, out);
        return ERR_OK;
    }
    if (json_is_integer(cell)) {
        snprintf(room, sizeof room, "%lld", (long long)json_integer_value(cell));
        text = room;
    } else if (json_is_boolean(cell)) {
        text = json_is_true(cell) ? "true" : "false";
    }
    if (text == NULL)
        return err_set(e, ERR_INVALID, "a cell holds what CSV cannot: %s", json_kind(cell));
    return csv_write_field(&lookup_csv, first, text,
                           json_is_text(cell) ? json_string_length(cell) : strlen(text),
                           !json_is_text(cell) && !json_is_boolean(cell), out, e);
}

static enum err_code lookup_row(const json_t *cells, struct buf *out, struct err *e)
{
    size_t at = out->len;

    for (size_t i = 0; i < json_array_size(cells); i++)
        if (lookup_cell(json_array_get(cells, i), i == 0, out, e) != ERR_OK)
            return e->code;
    csv_write_end(&lookup_csv, at, out);
    return ERR_OK;
}

static enum err_code lookup_write(json_t *table, struct buf *out, struct err *e)
{
    json_t *rows = json_object_get(table, "rows"), *value;
    json_t *short_head = json_pack("[s,s]", "key", "value");
    const char *key;
    size_t i;

    e->code =
        lookup_row(json_is_array(rows) ? json_object_get(table, "columns") : short_head, out, e);
    json_array_foreach(rows, i, value)
    {
        if (e->code == ERR_OK)
            e->code = lookup_row(value, out, e);
    }
    json_object_foreach(rows, key, value)
    {
        json_t *cells = json_pack("[s,O]", key, value);

        if (e->code == ERR_OK && lookup_row(cells, out, e) != ERR_OK)
            err_prefix(e, "%.60s", key);
        json_decref(cells);
    }
    json_decref(short_head);
    return e->code;
}

static json_t *lookup_find(json_t *bundle, const char *name, struct err *e)
{
    json_t *table = json_object_get(json_object_get(bundle, "lookups"), name);

    if (table == NULL)
        err_set(e, ERR_NOT_FOUND, "the flow has no lookup table \"%.80s\"", name);
    else if (json_object_get(table, "inputs") != NULL)
        err_set(e, ERR_INVALID, "\"%.80s\" is a decision table, which is no CSV", name);
    else
        return table;
    return NULL;
}

static int lookup_export(const struct options *options)
{
    struct faults faults;
    struct buf out;
    struct err e = { .code = ERR_OK };
    json_t *bundle, *table;
    int exit_code = EXIT_USAGE;

    faults_init(&faults);
    buf_init(&out, 64 * MIB);
    bundle = flow_read_dir(option_word(options, 1), &faults);
    faults_sort(&faults);
    faults_write(&faults, &out);
    if (bundle == NULL) {
        fputs(buf_text(&out), stderr);
        goto out;
    }
    buf_clear(&out);
    table = lookup_find(bundle, option_word(options, 2), &e);
    if (table != NULL && lookup_write(table, &out, &e) == ERR_OK)
        e.code = buf_check(&out, "the table", &e);
    if (e.code != ERR_OK) {
        complain("%s", e.text);
        goto out;
    }
    exit_code = fwrite(buf_text(&out), 1, out.len, stdout) == out.len ? EXIT_DONE : EXIT_FAILED;
out:
    json_decref(bundle);
    buf_fini(&out);
    faults_fini(&faults);
    return exit_code;
}

static int lookup_command(const struct command *command, const struct options *options)
{
    if (strcmp(option_word(options, 0), "export") == 0)
        return lookup_export(options);
    complain("lookup %.40s: there is only export", option_word(options, 0));
    command_help(command);
    return EXIT_USAGE;
}

const struct command command_lookup = {
    .name = "lookup",
    .usage = "export FLOW NAME",
    .summary = "prints a lookup table of a flow's folder as CSV",
    .example = "weft lookup export flows/paytrace-payment-to-dynamics365 gl_accounts",
    .words_min = 3,
    .words_max = 3,
    .run = lookup_command,
};
