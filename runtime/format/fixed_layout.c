/* fixed_layout.c - see fixed.h. Whether a layout is one. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "format/fixed_priv.h"

struct checking {
    const struct fixed_layout *layout;
    fixed_fault_fn *fault;
    void *arg;
    char place[64];
};

static void fault(const struct checking *checking, const char *fmt, ...) PRINTF(2, 3);
static void fault(const struct checking *checking, const char *fmt, ...)
{
    char text[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    checking->fault(checking->arg, checking->place, text);
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void check_number(const struct checking *checking, const struct fixed_field *field)
{
    if (field->align == FIXED_LEFT && field->pad >= '0' && field->pad <= '9')
        fault(checking, "digits behind a number would change it: pad it with \" \", or align it "
                        "to the right");
    if (field->sign == FIXED_SIGN_OVERPUNCH && field->form.scale == 0 && field->form.places != 0 &&
        field->form.kind == CELL_NUMBER)
        fault(checking, "a sign in the last digit leaves no room for a point: say \"decimals\", "
                        "\"places\": 0 or \"type\": \"integer\"");
    if (field->sign == FIXED_SIGN_OVERPUNCH && (field->align != FIXED_RIGHT || field->pad != '0'))
        fault(checking, "a number with its sign in the last digit is aligned to the right and "
                        "padded with \"0\"");
}

static void check_field(const struct checking *checking, const struct fixed_record *record,
                        size_t at)
{
    const struct fixed_field *field = &record->fields[at];
    unsigned width = checking->layout->width > 0 ? checking->layout->width : FIXED_WIDTH;

    if (field->start < 1 || field->length < 1 || field->start > FIXED_WIDTH ||
        field->length > FIXED_WIDTH || field->start - 1 + field->length > width)
        fault(checking, "from %u, %u characters long, it does not lie within a line of 1 to %u",
              field->start, field->length, width);
    else if (at > 0 && field->start < field[-1].start + field[-1].length)
        fault(checking, "it begins at %u, where \"%.60s\" still goes on", field->start,
              field[-1].name != NULL ? field[-1].name : "filler");
    if (fixed__is_number(field))
        check_number(checking, field);
    else if (field->form.scale > 0 || field->sign != FIXED_SIGN_LEADING)
        fault(checking, "\"decimals\" and \"sign\" have a meaning for numbers only");
    if (field->form.scale > 0 && field->form.kind == CELL_INTEGER)
        fault(checking, "an integer has no \"decimals\"; say \"type\": \"number\"");
    if (field->name == NULL && field->value == NULL &&
        (field->check != FIXED_NO_CHECK || field->required))
        fault(checking, "a field without \"name\" is filler");
    if (field->value != NULL && (strlen(field->value) > field->length || !is_ascii(field->value)))
        fault(checking, "\"value\" is no text of ASCII that fits into the field");
    if (field->check != FIXED_NO_CHECK && !fixed__is_number(field))
        fault(checking, "what counts or adds up is of \"type\": \"number\" or \"integer\"");
    for (size_t i = 0; field->name != NULL && i < at; i++)
        if (record->fields[i].name != NULL && strcmp(record->fields[i].name, field->name) == 0)
            fault(checking, "the field \"%.60s\" is there already", field->name);
}

static void check_mark(const struct checking *checking, size_t at)
{
    const struct fixed_layout *layout = checking->layout;
    const char *match = layout->records[at].match;

    if (layout->key_length == 0)
        return;
    if (match == NULL || *match == '\0' || strlen(match) > layout->key_length || !is_ascii(match)) {
        fault(checking,
              "\"match\" says what stands at the key: a text of ASCII of 1 to %u "
              "characters",
              layout->key_length);
        return;
    }
    for (size_t i = 0; i < at; i++)
        if (layout->records[i].match != NULL && strcmp(layout->records[i].match, match) == 0)
            fault(checking, "\"%.40s\" is the mark of \"%.60s\" already", match,
                  layout->records[i].name);
}

static void check_record(struct checking *checking, size_t at)
{
    const struct fixed_layout *layout = checking->layout;
    const struct fixed_record *record = &layout->records[at];

    snprintf(checking->place, sizeof checking->place, "records/%zu", at);
    check_mark(checking, at);
    if (record->field_count == 0)
        fault(checking, "the record has no fields");
    for (size_t i = 0; i < at; i++) {
        if (strcmp(layout->records[i].name, record->name) == 0)
            fault(checking, "the record \"%.60s\" is there already", record->name);
        if (record->place != FIXED_ANY && layout->records[i].place == record->place)
            fault(checking, "\"%.60s\" is the %s record already", layout->records[i].name,
                  record->place == FIXED_FIRST ? "first" : "last");
    }
    for (size_t i = 0; i < record->field_count; i++) {
        snprintf(checking->place, sizeof checking->place, "records/%zu/fields/%zu", at, i);
        check_field(checking, record, i);
    }
}

void fixed_check(const struct fixed_layout *layout, fixed_fault_fn *on_fault, void *arg)
{
    struct checking checking = { .layout = layout, .fault = on_fault, .arg = arg };
    size_t any = 0;

    check(on_fault != NULL);
    for (size_t i = 0; i < layout->record_count; i++) {
        any += layout->records[i].place == FIXED_ANY;
        check_record(&checking, i);
    }
    checking.place[0] = '\0';
    if (layout->record_count > 1 && layout->key_length == 0)
        fault(&checking, "with more than one record \"key_start\" and \"key_length\" say where "
                         "their marks stand");
    if (layout->key_length > 0 && (layout->key_start < 1 || layout->key_start > FIXED_WIDTH ||
                                   layout->key_length > FIXED_WIDTH))
        fault(&checking, "\"key_start\" is a position from 1");
    if (any == 0)
        fault(&checking, "there is no record that is neither first nor last");
    if (layout->unbroken && (layout->width == 0 || layout->short_lines))
        fault(&checking, "lines without breaks between them need \"width\", and are never short");
}
