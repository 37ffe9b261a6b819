/* fixed.c - files of fixed positions: reading and writing (fixed_run.c). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/transform/fixed_priv.h"

#define FIXED_RECORDS 100
#define FIXED_FIELDS  500

struct fixed_field_config {
    const char *name, *pad, *value, *count_of, *sum_of;
    int64_t start, length, decimals;
    int align, sign;
    bool required;
    struct foreign_cell cell;
};
struct fixed_record_config {
    const char *name, *match;
    int place;
    struct field_list fields;
};
struct fixed_config {
    int mode, line_end;
    struct value *input;
    struct field_list records;
    int64_t key_start, key_length, width;
    bool unbroken, short_lines;
    const char *encoding;
    struct foreign_numbers numbers;
    struct fixed_plan *plan;
};
enum fixed_align_choice { ALIGN_AUTO, ALIGN_LEFT, ALIGN_RIGHT };
static const char *const modes[] = { "read", "write", NULL };
static const char *const aligns[] = { "auto", "left", "right", NULL };
static const char *const signs[] = { "leading", "trailing", "overpunch", NULL };
static const char *const places[] = { "any", "first", "last", NULL };
static const char *const line_ends[] = { "crlf", "lf", NULL };

static const struct field field_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "name",
      .offset = offsetof(struct fixed_field_config, name),
      .main = true,
      .help = "The member of the row. Without it the place is filler.",
      .example = "\"amount\"" },
    { .kind = FIELD_INT,
      .name = "start",
      .offset = offsetof(struct fixed_field_config, start),
      .fallback = "0",
      .min = 0,
      .max = FIXED_WIDTH,
      .main = true,
      .help = "The position of its first character, from 1; 0: behind the field before." },
    { .kind = FIELD_INT,
      .name = "length",
      .offset = offsetof(struct fixed_field_config, length),
      .required = true,
      .min = 1,
      .max = FIXED_WIDTH,
      .help = "How many characters it has." },
    { .kind = FIELD_CHOICE,
      .name = "align",
      .offset = offsetof(struct fixed_field_config, align),
      .fallback = "auto",
      .choices = aligns,
      .help = "auto: numbers to the right, all else to the left." },
    { .kind = FIELD_TEXT,
      .name = "pad",
      .offset = offsetof(struct fixed_field_config, pad),
      .help = "What fills the rest of the field: one character; without it \"0\" for numbers to "
              "the right, else a blank." },
    { .kind = FIELD_CHOICE,
      .name = "sign",
      .offset = offsetof(struct fixed_field_config, sign),
      .fallback = "leading",
      .choices = signs,
      .help = "Where a number's sign stands. overpunch: in the last digit, as COBOL has it." },
    { .kind = FIELD_INT,
      .name = "decimals",
      .offset = offsetof(struct fixed_field_config, decimals),
      .fallback = "0",
      .min = 0,
      .max = 30,
      .help = "So many of the digits stand behind a point that is not written: with 2, 001999 is "
              "19.99." },
    { .kind = FIELD_BOOL,
      .name = "required",
      .offset = offsetof(struct fixed_field_config, required),
      .fallback = "false",
      .help = "A blank field is an error." },
    { .kind = FIELD_TEXT,
      .name = "value",
      .offset = offsetof(struct fixed_field_config, value),
      .help = "What always stands there: read, it must; written, it does.",
      .example = "\"094\"" },
    { .kind = FIELD_TEXT,
      .name = "count_of",
      .offset = offsetof(struct fixed_field_config, count_of),
      .help = "It holds the number of lines of this record, \"*\": of all but the first and the "
              "last, \"all\": of all. Read, it must be right; written, it is filled in.",
      .example = "\"entry\"" },
    { .kind = FIELD_TEXT,
      .name = "sum_of",
      .offset = offsetof(struct fixed_field_config, sum_of),
      .help = "It holds the total of a field, RECORD.FIELD. Read, it must be right; written, it "
              "is filled in.",
      .example = "\"entry.amount\"" },
    FOREIGN_CELL_FIELDS(struct fixed_field_config, cell),
    FIELD_LAST,
};
static const struct field record_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "name",
      .offset = offsetof(struct fixed_record_config, name),
      .required = true,
      .help = "What this kind of line is called.",
      .example = "\"entry\"" },
    { .kind = FIELD_TEXT,
      .name = "match",
      .offset = offsetof(struct fixed_record_config, match),
      .help = "What stands at the key in lines of this kind.",
      .example = "\"D\"" },
    { .kind = FIELD_CHOICE,
      .name = "place",
      .offset = offsetof(struct fixed_record_config, place),
      .fallback = "any",
      .choices = places,
      .help = "first, last: there is exactly one, and it is the first or last line; it is "
              "`header` or `trailer` of the output." },
    { .kind = FIELD_LIST,
      .name = "fields",
      .offset = offsetof(struct fixed_record_config, fields),
      .required = true,
      .min = 1,
      .max = FIXED_FIELDS,
      .rows = field_fields,
      .size = sizeof(struct fixed_field_config),
      .help = "Its fields, in the order of their positions." },
    FIELD_LAST,
};
static const struct field fixed_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "mode",
      .offset = offsetof(struct fixed_config, mode),
      .fallback = "read",
      .choices = modes,
      .main = true,
      .help = "read: a text becomes {header, count, rows, trailer}. write: such an object, or a "
              "list of rows, becomes a text." },
    { .kind = FIELD_VALUE,
      .name = "input",
      .offset = offsetof(struct fixed_config, input),
      .required = true,
      .help = "What is read: a text, or bytes as {\"base64\": ..., \"encoding\": ...}. What is "
              "written: rows.",
      .example = "\"=trigger.body\"" },
    { .kind = FIELD_LIST,
      .name = "records",
      .offset = offsetof(struct fixed_config, records),
      .required = true,
      .min = 1,
      .max = FIXED_RECORDS,
      .rows = record_fields,
      .size = sizeof(struct fixed_record_config),
      .help = "The kinds of lines. Where there is more than one that is neither first nor last, "
              "each row says which it is in `record`." },
    { .kind = FIELD_INT,
      .name = "key_start",
      .offset = offsetof(struct fixed_config, key_start),
      .fallback = "1",
      .min = 1,
      .max = FIXED_WIDTH,
      .help = "Where the mark stands that tells the kinds of lines." },
    { .kind = FIELD_INT,
      .name = "key_length",
      .offset = offsetof(struct fixed_config, key_length),
      .fallback = "0",
      .min = 0,
      .max = 100,
      .help = "How long that mark is; 0: there is one kind." },
    { .kind = FIELD_INT,
      .name = "width",
      .offset = offsetof(struct fixed_config, width),
      .fallback = "0",
      .min = 0,
      .max = FIXED_WIDTH,
      .help = "How many characters a line has: a longer one is an error, a written one is filled "
              "up. 0: as its fields go." },
    { .kind = FIELD_BOOL,
      .name = "unbroken",
      .offset = offsetof(struct fixed_config, unbroken),
      .fallback = "false",
      .help = "Lines of `width` follow each other without line breaks." },
    { .kind = FIELD_BOOL,
      .name = "short_lines",
      .offset = offsetof(struct fixed_config, short_lines),
      .fallback = "false",
      .help = "Blanks at the end of a line may be missing; else such a line is an error." },
    FOREIGN_NUMBER_FIELDS(struct fixed_config, numbers),
    { .kind = FIELD_TEXT,
      .name = "encoding",
      .offset = offsetof(struct fixed_config, encoding),
      .help = "Of bytes; a text has none any more. In writing another one than UTF-8 gives bytes.",
      .example = "\"windows-1252\"" },
    { .kind = FIELD_CHOICE,
      .name = "line_end",
      .offset = offsetof(struct fixed_config, line_end),
      .fallback = "crlf",
      .choices = line_ends,
      .help = "Writing: how lines end." },
    FIELD_LAST,
};

/* ---- Compile */

static void plan_free(struct foreign_plan *base)
{
    struct fixed_plan *plan = (struct fixed_plan *)base;

    for (size_t i = 0; i < plan->layout.record_count; i++) {
        const struct fixed_record *record = &plan->layout.records[i];

        for (size_t k = 0; k < record->field_count; k++) {
            mem_free((char *)record->fields[k].name);
            mem_free((char *)record->fields[k].value);
            foreign_form_fini((struct cell_form *)&record->fields[k].form);
        }
        mem_free((void *)record->fields);
        mem_free((char *)record->name);
        mem_free((char *)record->match);
    }
    mem_free((void *)plan->layout.records);
    mem_free(plan->encoding);
    mem_free(plan);
}

struct telling {
    struct flow_build *build;
    const char *pointer;
};

static void tell_fault(void *arg, const char *place, const char *text)
{
    const struct telling *telling = arg;
    char at[PLACE_BYTES];

    snprintf(at, sizeof at, "%s%s%s", telling->pointer, *place != '\0' ? "/" : "", place);
    flow_build_fault(telling->build, at, "%s", text);
}

static void compile_field(struct flow_build *build, const struct fixed_config *fixed,
                          const struct fixed_field_config *from, unsigned behind,
                          const char *pointer, struct fixed_field *field)
{
    bool number = from->cell.kind == CELL_NUMBER || from->cell.kind == CELL_INTEGER;

    foreign_cell_compile(build, &from->cell, &fixed->numbers, pointer, &field->form);
    field->form.scale = (int)from->decimals;
    field->name = mem_must_copy(from->name);
    field->value = mem_must_copy(from->value);
    field->start = from->start > 0 ? (unsigned)from->start : behind;
    field->length = (unsigned)from->length;
    field->align = from->align == ALIGN_RIGHT || (from->align == ALIGN_AUTO && number) ? FIXED_RIGHT
                                                                                       : FIXED_LEFT;
    field->pad = number && field->align == FIXED_RIGHT ? '0' : ' ';
    field->sign = (enum fixed_sign)from->sign;
    field->required = from->required;
    if (from->pad != NULL && (strlen(from->pad) != 1 || from->pad[0] < ' ' || from->pad[0] > '~'))
        flow_build_fault(build, pointer, "\"pad\" is one character of ASCII");
    else if (from->pad != NULL)
        field->pad = from->pad[0];
    if (from->count_of != NULL && from->sum_of != NULL)
        flow_build_fault(build, pointer, "a field counts or adds up, not both");
}

static void compile_record(struct flow_build *build, const struct fixed_config *fixed,
                           const struct fixed_record_config *from, const char *pointer,
                           struct fixed_record *record)
{
    const struct fixed_field_config *list = from->fields.items;
    struct fixed_field *fields = mem_must((from->fields.count + 1) * sizeof *fields);
    unsigned behind = 1;

    record->name = mem_must_copy(from->name != NULL ? from->name : "");
    record->match = mem_must_copy(from->match);
    record->place = (enum fixed_place)from->place;
    record->fields = fields;
    for (size_t i = 0; i < from->fields.count; i++) {
        struct fixed_field *field = &fields[record->field_count++];
        char place[PLACE_BYTES + 40];

        snprintf(place, sizeof place, "%s/fields/%zu", pointer, i);
        compile_field(build, fixed, &list[i], behind, place, field);
        behind = field->start + field->length;
    }
}

static size_t record_by_name(const struct fixed_layout *layout, const char *name, size_t size)
{
    for (size_t i = 0; i < layout->record_count; i++)
        if (strlen(layout->records[i].name) == size &&
            memcmp(layout->records[i].name, name, size) == 0)
            return i;
    return SIZE_MAX;
}

/* "count_of" and "sum_of" once all records are known. */
static bool compile_total(const struct fixed_layout *layout, const struct fixed_field_config *from,
                          struct fixed_field *field)
{
    const char *dot;
    const struct fixed_record *record;

    if (from->count_of != NULL) {
        field->check = FIXED_COUNT;
        field->of_record = strcmp(from->count_of, "*") == 0 ? FIXED_DETAILS
                           : strcmp(from->count_of, "all") == 0
                               ? FIXED_ALL
                               : record_by_name(layout, from->count_of, strlen(from->count_of));
        return field->of_record != SIZE_MAX || strcmp(from->count_of, "*") == 0;
    }
    if (from->sum_of == NULL)
        return true;
    dot = strchr(from->sum_of, '.');
    field->of_record =
        dot != NULL ? record_by_name(layout, from->sum_of, (size_t)(dot - from->sum_of)) : SIZE_MAX;
    if (field->of_record == SIZE_MAX)
        return false;
    record = &layout->records[field->of_record];
    for (field->of_field = 0; field->of_field < record->field_count; field->of_field++) {
        const struct fixed_field *other = &record->fields[field->of_field];

        if (other->name != NULL && strcmp(other->name, dot + 1) == 0) {
            field->check = FIXED_SUM;
            return other->form.kind == CELL_NUMBER || other->form.kind == CELL_INTEGER;
        }
    }
    return false;
}

static void compile_totals(struct flow_build *build, const struct fixed_config *fixed,
                           const char *pointer, struct fixed_layout *layout)
{
    const struct fixed_record_config *records = fixed->records.items;

    for (size_t i = 0; i < layout->record_count; i++) {
        const struct fixed_field_config *fields = records[i].fields.items;

        for (size_t k = 0; k < layout->records[i].field_count; k++) {
            char place[PLACE_BYTES];

            if (compile_total(layout, &fields[k],
                              (struct fixed_field *)&layout->records[i].fields[k]))
                continue;
            snprintf(place, sizeof place, "%s/records/%zu/fields/%zu", pointer, i, k);
            flow_build_fault(build, place,
                             "\"count_of\" names a record, \"*\" or \"all\"; \"sum_of\" names a "
                             "number of a record, like \"entry.amount\"");
        }
    }
}

/* Which records are what; a row's "record" must not be a field of its own. */
static void compile_places(struct flow_build *build, const char *pointer, struct fixed_plan *plan)
{
    size_t any = 0;

    plan->first = plan->last = plan->only = SIZE_MAX;
    for (size_t i = 0; i < plan->layout.record_count; i++) {
        enum fixed_place place = plan->layout.records[i].place;

        if (place == FIXED_FIRST)
            plan->first = i;
        else if (place == FIXED_LAST)
            plan->last = i;
        else
            plan->only = any++ == 0 ? i : SIZE_MAX;
    }
    for (size_t i = 0; plan->only == SIZE_MAX && i < plan->layout.record_count; i++)
        for (size_t k = 0; k < plan->layout.records[i].field_count; k++)
            if (plan->layout.records[i].fields[k].name != NULL &&
                strcmp(plan->layout.records[i].fields[k].name, "record") == 0)
                flow_build_fault(build, pointer,
                                 "with several records the member \"record\" says which a row is; "
                                 "give the field another name");
}

static void fixed_compile(struct flow_build *build, void *config, const char *pointer,
                          const struct node_type *type)
{
    struct fixed_config *fixed = config;
    const struct fixed_record_config *list = fixed->records.items;
    struct fixed_plan *plan = mem_must(sizeof *plan);
    struct fixed_record *records = mem_must((fixed->records.count + 1) * sizeof *records);
    struct telling telling = { build, pointer };

    (void)type;
    fixed->plan = plan;
    plan->base = (struct foreign_plan){ .refs = 1, .free = plan_free };
    plan->encoding = mem_must_copy(fixed->encoding);
    plan->layout = (struct fixed_layout){
        .records = records,
        .key_start = (unsigned)fixed->key_start,
        .key_length = (unsigned)fixed->key_length,
        .width = (unsigned)fixed->width,
        .unbroken = fixed->unbroken,
        .short_lines = fixed->short_lines,
        .crlf = fixed->line_end == 0,
    };
    foreign_encoding_compile(build, fixed->encoding, pointer);
    foreign_numbers_compile(build, &fixed->numbers, pointer);
    for (size_t i = 0; i < fixed->records.count; i++) {
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/records/%zu", pointer, i);
        compile_record(build, fixed, &list[i], place, &records[plan->layout.record_count++]);
    }
    compile_totals(build, fixed, pointer, &plan->layout);
    compile_places(build, pointer, plan);
    fixed_check(&plan->layout, tell_fault, &telling);
}

static void fixed_release(void *config)
{
    struct fixed_config *fixed = config;

    if (fixed->plan != NULL)
        foreign_plan_unref(&fixed->plan->base);
    fixed->plan = NULL;
}

/* ---- Run */

static void fixed_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct fixed_config *fixed = config;
    json_t *input = values->filled[0] != NULL ? values->filled[0] : json_null();

    check(values->count == 1);
    foreign_start(step, &fixed->plan->base, input, foreign_weight(input),
                  fixed->mode == 0 ? fixed_plan_read : fixed_plan_write);
}

static enum node_next fixed_start(struct step *step, const void *config)
{
    const struct fixed_config *fixed = config;

    check(fixed->plan != NULL);
    return step_eval(step, &fixed->input, 1, false, fixed_evaluated);
}

const struct node_type node_transform_fixed = {
    .name = "transform.fixed",
    .kind = NODE_TRANSFORM,
    .title = "Fixed width",
    .help = "Reads and writes files whose fields stand at fixed positions: bank files, flat files "
            "of ERP systems. Counts and totals of a header or trailer are compared, or filled in.",
    .fields = fixed_fields,
    .config_size = sizeof(struct fixed_config),
    .example = "{\"input\": \"=trigger.body\", \"records\": [{\"name\": \"entry\", \"fields\": "
               "[{\"name\": "
               "\"account\", \"length\": 10}, {\"name\": \"amount\", \"length\": 12, \"type\": "
               "\"number\", \"decimals\": 2}]}]}",
    .compile = fixed_compile,
    .start = fixed_start,
    .release = fixed_release,
};
