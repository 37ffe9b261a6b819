/* csv.c - rows of delimited text: reading and writing (csv_read.c, csv_write.c). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "format/charset.h"
#include "nodes/cursor.h"
#include "nodes/definition.h"
#include "nodes/file_path.h"
#include "nodes/transform/csv_priv.h"

#define CSV_COLUMNS 1000 /* that settings name */
#define CSV_SKIP    10000
#define CSV_ROWS    100000 /* of a page */

struct csv_column_config {
    const char *name, *title;
    bool required;
    struct foreign_cell cell;
};
struct csv_file {
    const char *folder;
    int64_t rows, bytes;
    bool grows;
};
enum csv_value { VALUE_INPUT, VALUE_PATH, VALUE_CURSOR, CSV_VALUES };
struct csv_config {
    int mode;
    struct value *values[CSV_VALUES];
    struct csv_file *file; /* NULL: the input is read */
    bool header, strict, trim, empty_null, mark;
    struct field_list columns;
    int others, ragged, quoting, formulas, line_end;
    const char *delimiter, *quote, *encoding;
    int64_t skip;
    struct foreign_numbers numbers;
    struct csv_plan *plan;
};
static const char *const modes[] = { "read", "write", NULL };
static const char *const others[] = { "keep", "drop", NULL };
static const char *const raggeds[] = { "refuse", "allow", NULL };
static const char *const quotings[] = { "needed", "texts", "all", NULL };
static const char *const formulas[] = { "keep", "disarm", "refuse", NULL };
static const char *const line_ends[] = { "crlf", "lf", NULL };

static const struct field column_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "name",
      .offset = offsetof(struct csv_column_config, name),
      .required = true,
      .help = "The member of a row.",
      .example = "\"amount\"" },
    { .kind = FIELD_TEXT,
      .name = "title",
      .offset = offsetof(struct csv_column_config, title),
      .help = "Its name in the header, when that is another.",
      .example = "\"Betrag EUR\"" },
    { .kind = FIELD_BOOL,
      .name = "required",
      .offset = offsetof(struct csv_column_config, required),
      .fallback = "false",
      .help = "An empty field is an error." },
    FOREIGN_CELL_FIELDS(struct csv_column_config, cell),
    FIELD_LAST,
};
static const struct field file_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct csv_file, folder),
      .required = true,
      .help = "The folder out of which no path leads: " FILE_FOLDER_HELP,
      .example = "\"/var/spool/settlements\"" },
    { .kind = FIELD_INT,
      .name = "rows",
      .offset = offsetof(struct csv_file, rows),
      .fallback = "1000",
      .min = 1,
      .max = CSV_ROWS,
      .help = "A page has so many rows at most." },
    { .kind = FIELD_INT,
      .name = "bytes",
      .offset = offsetof(struct csv_file, bytes),
      .fallback = "524288",
      .min = 1024,
      .max = CSV_ROW_MAX,
      .help = "And so many bytes of the file; a row must fit." },
    { .kind = FIELD_BOOL,
      .name = "grows",
      .offset = offsetof(struct csv_file, grows),
      .fallback = "false",
      .help = "Others put lines behind its end meanwhile, which changes nothing before it." },
    FIELD_LAST,
};
static const struct field csv_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "mode",
      .offset = offsetof(struct csv_config, mode),
      .fallback = "read",
      .choices = modes,
      .main = true,
      .help =
          "read: a text becomes {columns, count, rows}. write: a list of rows becomes a text." },
    { .kind = FIELD_VALUE,
      .name = "input",
      .offset = offsetof(struct csv_config, values[VALUE_INPUT]),
      .main = true,
      .help = "What is read: a text, or bytes as {\"base64\": ..., \"encoding\": ...}. What is "
              "written: a list of objects, or of lists in the order of the columns.",
      .example = "\"=trigger.body\"" },
    { .kind = FIELD_OBJECT,
      .name = "file",
      .offset = offsetof(struct csv_config, file),
      .rows = file_fields,
      .size = sizeof(struct csv_file),
      .help = "Reading: instead of an input, a file page by page; then the output has `next`, the "
              "cursor of the next page (null behind the last), and `last`.",
      .example = "{\"folder\": \"/var/spool/settlements\", \"rows\": 1000}" },
    { .kind = FIELD_VALUE,
      .name = "path",
      .offset = offsetof(struct csv_config, values[VALUE_PATH]),
      .help = "Of the file, seen from its folder.",
      .example = "\"=trigger.body.name\"" },
    { .kind = FIELD_VALUE,
      .name = "cursor",
      .offset = offsetof(struct csv_config, values[VALUE_CURSOR]),
      .help = "Of the file: what the page before gave as `next`; null or nil: the first page. A "
              "file that has changed since is an error.",
      .example = "\"=previous and previous.next\"" },
    { .kind = FIELD_BOOL,
      .name = "header",
      .offset = offsetof(struct csv_config, header),
      .fallback = "true",
      .help = "The first row has the columns' names." },
    { .kind = FIELD_LIST,
      .name = "columns",
      .offset = offsetof(struct csv_config, columns),
      .rows = column_fields,
      .size = sizeof(struct csv_column_config),
      .max = CSV_COLUMNS,
      .main = true,
      .help = "The columns that are more than texts, or are called otherwise; without a header, "
              "and for the order in writing, all of them." },
    { .kind = FIELD_CHOICE,
      .name = "others",
      .offset = offsetof(struct csv_config, others),
      .fallback = "keep",
      .choices = others,
      .help =
          "What is in no column of `columns`: keep it as texts (in writing: refuse it), or drop "
          "it." },
    { .kind = FIELD_TEXT,
      .name = "delimiter",
      .offset = offsetof(struct csv_config, delimiter),
      .fallback = ",",
      .help = "One character, or \"tab\".",
      .example = "\";\"" },
    { .kind = FIELD_TEXT,
      .name = "quote",
      .offset = offsetof(struct csv_config, quote),
      .fallback = "\"",
      .help = "One character, or an empty text when fields are never in quotes." },
    { .kind = FIELD_BOOL,
      .name = "strict",
      .offset = offsetof(struct csv_config, strict),
      .fallback = "true",
      .help = "A stray quote is an error; else it is taken as it stands." },
    { .kind = FIELD_CHOICE,
      .name = "ragged",
      .offset = offsetof(struct csv_config, ragged),
      .fallback = "refuse",
      .choices = raggeds,
      .help = "Rows with more or fewer fields than columns: an error, or what is missing is null "
              "and what is more is the list `_more`." },
    { .kind = FIELD_INT,
      .name = "skip",
      .offset = offsetof(struct csv_config, skip),
      .fallback = "0",
      .min = 0,
      .max = CSV_SKIP,
      .help = "Lines in front of the first row that are passed over." },
    { .kind = FIELD_BOOL,
      .name = "trim",
      .offset = offsetof(struct csv_config, trim),
      .fallback = "false",
      .help = "Blanks around what is not in quotes go." },
    { .kind = FIELD_BOOL,
      .name = "empty_null",
      .offset = offsetof(struct csv_config, empty_null),
      .fallback = "false",
      .help =
          "An empty field is null, one of quotes alone is \"\"; in writing too. Fields of other "
          "types than text are null when empty in any case." },
    FOREIGN_NUMBER_FIELDS(struct csv_config, numbers),
    { .kind = FIELD_TEXT,
      .name = "encoding",
      .offset = offsetof(struct csv_config, encoding),
      .help = "Of bytes; a text has none any more. Without it: as said beside the bytes, else "
              "UTF-8, or UTF-16 with a byte order mark. In writing another one than UTF-8 gives "
              "bytes.",
      .example = "\"windows-1252\"" },
    { .kind = FIELD_CHOICE,
      .name = "quoting",
      .offset = offsetof(struct csv_config, quoting),
      .fallback = "needed",
      .choices = quotings,
      .help = "Writing: which fields are put in quotes." },
    { .kind = FIELD_CHOICE,
      .name = "formulas",
      .offset = offsetof(struct csv_config, formulas),
      .fallback = "keep",
      .choices = formulas,
      .help = "Writing: texts that begin with = + - @ and would run in a spreadsheet. keep is "
              "right for programs; disarm puts a ' in front; refuse is an error. Numbers are "
              "numbers." },
    { .kind = FIELD_CHOICE,
      .name = "line_end",
      .offset = offsetof(struct csv_config, line_end),
      .fallback = "crlf",
      .choices = line_ends,
      .help = "Writing: how lines end." },
    { .kind = FIELD_BOOL,
      .name = "mark",
      .offset = offsetof(struct csv_config, mark),
      .fallback = "false",
      .help = "Writing: a byte order mark first, as spreadsheets want it; gives bytes." },
    FIELD_LAST,
};

/* ---- Compile */

static void plan_free(struct foreign_plan *base)
{
    struct csv_plan *plan = (struct csv_plan *)base;

    for (size_t i = 0; i < plan->column_count; i++) {
        mem_free(plan->columns[i].name);
        mem_free(plan->columns[i].title);
        foreign_form_fini(&plan->columns[i].form);
    }
    mem_free(plan->columns);
    mem_free(plan->encoding);
    mem_free(plan);
}

/* One character of ASCII that can divide; '\0' after a fault, and for an empty text where `none` is
 * right. */
static char compile_character(struct flow_build *build, const char *text, bool none,
                              const char *pointer, const char *member)
{
    char place[PLACE_BYTES];

    if (text == NULL || (none && *text == '\0'))
        return '\0';
    if (strcmp(text, "tab") == 0)
        return '\t';
    if (strlen(text) == 1 && ((text[0] >= ' ' && text[0] < 0x7F) || text[0] == '\t'))
        return text[0];
    snprintf(place, sizeof place, "%s/%s", pointer, member);
    flow_build_fault(build, place, "\"%s\" is one character of ASCII, like \",\", \";\" or \"tab\"",
                     member);
    return '\0';
}

static void compile_columns(struct flow_build *build, const struct csv_config *csv,
                            const char *pointer, struct csv_plan *plan)
{
    const struct csv_column_config *list = csv->columns.items;

    plan->columns = mem_must((csv->columns.count + 1) * sizeof *plan->columns);
    for (size_t i = 0; i < csv->columns.count; i++) {
        struct csv_column *column = &plan->columns[plan->column_count++];
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/columns/%zu", pointer, i);
        foreign_cell_compile(build, &list[i].cell, &csv->numbers, place, &column->form);
        column->required = list[i].required;
        column->name = mem_must_copy(list[i].name != NULL ? list[i].name : "");
        column->title = mem_must_copy(list[i].title != NULL ? list[i].title : column->name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(plan->columns[k].name, column->name) == 0 ||
                strcmp(plan->columns[k].title, column->title) == 0)
                flow_build_fault(build, place, "the column \"%.60s\" is there already",
                                 column->name);
    }
}

static void compile_source(struct flow_build *build, const struct csv_config *csv,
                           const char *pointer)
{
    char place[PLACE_BYTES];

    if (csv->file == NULL && csv->values[VALUE_INPUT] == NULL)
        flow_build_fault(build, pointer,
                         csv->mode == 0 ? "\"input\" is missing, or a \"file\""
                                        : "\"input\" is missing");
    if (csv->file == NULL && (csv->values[VALUE_PATH] != NULL || csv->values[VALUE_CURSOR] != NULL))
        flow_build_fault(build, pointer, "\"path\" and \"cursor\" belong to a \"file\"");
    if (csv->file == NULL)
        return;
    snprintf(place, sizeof place, "%s/file", pointer);
    if (csv->mode != 0)
        flow_build_fault(build, place, "a \"file\" is read; connector.file writes one");
    if (csv->values[VALUE_INPUT] != NULL)
        flow_build_fault(build, place, "\"input\" and \"file\" exclude each other");
    if (csv->values[VALUE_PATH] == NULL)
        flow_build_fault(build, place, "a \"file\" needs a \"path\"");
    if (csv->encoding != NULL && charset_known(csv->encoding) && !foreign_has_lines(csv->encoding))
        flow_build_fault(
            build, place,
            "a file in %.40s cannot be read page by page: its line ends are not single "
            "bytes",
            csv->encoding);
}

static void csv_compile(struct flow_build *build, void *config, const char *pointer,
                        const struct node_type *type)
{
    struct csv_config *csv = config;
    struct csv_plan *plan = mem_must(sizeof *plan);

    (void)type;
    compile_source(build, csv, pointer);
    plan->base = (struct foreign_plan){ .refs = 1, .free = plan_free };
    csv->plan = plan;
    plan->dialect = (struct csv_dialect){
        .delimiter = compile_character(build, csv->delimiter, false, pointer, "delimiter"),
        .quote = compile_character(build, csv->quote, true, pointer, "quote"),
        .strict = csv->strict,
        .trim = csv->trim,
        .skip = (unsigned)csv->skip,
    };
    if (plan->dialect.delimiter != '\0' && plan->dialect.delimiter == plan->dialect.quote)
        flow_build_fault(build, pointer, "\"delimiter\" and \"quote\" are the same character");
    plan->writing = (struct csv_writing){
        .delimiter = plan->dialect.delimiter,
        .quote = plan->dialect.quote,
        .quoting = (enum csv_quoting)csv->quoting,
        .formulas = (enum csv_formulas)csv->formulas,
        .null_differs = csv->empty_null,
        .crlf = csv->line_end == 0,
    };
    plan->encoding = mem_must_copy(csv->encoding);
    plan->header = csv->header;
    plan->drop_others = csv->others == 1;
    plan->ragged = csv->ragged == 1;
    plan->empty_null = csv->empty_null;
    plan->mark = csv->mark;
    foreign_encoding_compile(build, csv->encoding, pointer);
    foreign_numbers_compile(build, &csv->numbers, pointer);
    compile_columns(build, csv, pointer, plan);
    if (!csv->header && csv->columns.count == 0 && csv->mode == 0)
        flow_build_fault(build, pointer, "without a header \"columns\" must name the columns");
}

static void csv_release(void *config)
{
    struct csv_config *csv = config;

    if (csv->plan != NULL)
        foreign_plan_unref(&csv->plan->base);
    csv->plan = NULL;
}

/* ---- Run */

static void csv_paged(struct step *step, const void *config, struct file_ask *ask, void *job)
{
    struct csv_page *page = job;

    (void)config;
    (void)ask;
    check(page->output != NULL);
    step_done(step, "out", &page->output);
}

static void csv_file(struct step *step, const struct csv_config *csv,
                     const struct step_values *values)
{
    const json_t *path = values->filled[VALUE_PATH];
    json_t *cursor = values->filled[VALUE_CURSOR], *details = NULL;
    struct step_filing filing = { .after = csv_page_read, .drop = csv_page_free };
    struct err e = { .code = ERR_OK };

    if (!json_is_text(path))
        err_set(&e, ERR_INVALID, "\"path\" must be a text, but is: %s", json_kind(path));
    else if (file_name_check(json_text(path), &e) != ERR_OK)
        err_prefix(&e, "\"path\"");
    if (e.code != ERR_OK) {
        step_fail(step, &e, &details);
        return;
    }
    filing.ask = file_ask_new(FILE_READ, csv->file->folder, json_text(path));
    filing.ask->most = (size_t)csv->file->bytes;
    filing.ask->grows = csv->file->grows;
    if (cursor_read(cursor, filing.ask, &e) != ERR_OK) {
        file_ask_free(filing.ask);
        step_fail(step, &e, &details);
        return;
    }
    filing.job =
        csv_page_new(csv->plan, json_is_object(cursor) ? cursor : NULL, (uint64_t)csv->file->rows);
    step_file(step, &filing, csv_paged);
}

static void csv_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct csv_config *csv = config;
    json_t *input = values->filled[VALUE_INPUT] != NULL ? values->filled[VALUE_INPUT] : json_null();

    check(values->count == CSV_VALUES);
    if (csv->file != NULL)
        csv_file(step, csv, values);
    else if (csv->mode == 0)
        foreign_start(step, &csv->plan->base, input, foreign_size(input), csv_plan_read);
    else
        foreign_start(step, &csv->plan->base, input, foreign_weight(input), csv_plan_write);
}

static enum node_next csv_start(struct step *step, const void *config)
{
    const struct csv_config *csv = config;

    check(csv->plan != NULL);
    return step_eval(step, csv->values, CSV_VALUES, false, csv_evaluated);
}

const struct node_type node_transform_csv = {
    .name = "transform.csv",
    .kind = NODE_TRANSFORM,
    .title = "CSV",
    .help = "Reads delimited text (CSV, semicolons, tabs) into rows, and writes rows as such text. "
            "Every field is a text unless its column says otherwise; numbers keep every digit. "
            "Errors name the line, the column and the field.",
    .fields = csv_fields,
    .config_size = sizeof(struct csv_config),
    .example =
        "{\"input\": \"=trigger.body\", \"delimiter\": \";\", \"decimal\": \",\", "
        "\"columns\": [{\"name\": \"amount\", \"title\": \"Betrag\", \"type\": \"number\"}]}",
    .compile = csv_compile,
    .start = csv_start,
    .release = csv_release,
};
