/* fixed_write.c - see fixed.h. Writing, and what both directions share: counts and totals. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "format/fixed_priv.h"

/* ---- Characters */

const char *fixed__skip(const char *at, const char *end, size_t characters)
{
    while (characters > 0 && at < end) {
        at++;
        while (at < end && ((unsigned char)*at & 0xC0) == 0x80)
            at++;
        characters--;
    }
    return at;
}

size_t fixed__length(const char *at, const char *end)
{
    size_t count = 0;

    for (; at < end; at++)
        count += ((unsigned char)*at & 0xC0) != 0x80;
    return count;
}

/* ---- Totals */

enum err_code fixed__totals_init(struct fixed_totals *totals, const struct fixed_layout *layout,
                                 struct err *e)
{
    bool failed;

    totals->layout = layout;
    totals->counts = mem_try(layout->record_count * sizeof *totals->counts);
    totals->totals = mem_try(layout->record_count * sizeof *totals->totals);
    failed = totals->counts == NULL || totals->totals == NULL;
    for (size_t i = 0; !failed && i < layout->record_count; i++) {
        size_t size = (layout->records[i].field_count + 1) * sizeof **totals->totals;

        totals->counts[i] = 0;
        totals->totals[i] = mem_must(size);
    }
    return failed ? err_set(e, ERR_MEMORY, "no memory for the totals") : ERR_OK;
}

void fixed__totals_fini(struct fixed_totals *totals)
{
    for (size_t i = 0;
         totals->counts != NULL && totals->totals != NULL && i < totals->layout->record_count; i++)
        mem_free(totals->totals[i]);
    mem_free(totals->counts);
    mem_free(totals->totals);
}

static enum err_code value_decimal(const json_t *value, struct decimal *d, struct err *e)
{
    const char *text = json_is_exact(value) ? json_exact_text(value) : json_text(value);

    if (json_is_integer(value))
        decimal_from_int(d, json_integer_value(value));
    else if (text != NULL)
        return decimal_parse(d, text, strlen(text), e);
    else
        decimal_from_int(d, 0); /* null adds nothing */
    return ERR_OK;
}

enum err_code fixed__totals_add(struct fixed_totals *totals, size_t record, json_t *row,
                                struct err *e)
{
    const struct fixed_record *type = &totals->layout->records[record];

    totals->counts[record]++;
    for (size_t i = 0; i < type->field_count; i++) {
        const struct fixed_field *field = &type->fields[i];
        struct decimal value, sum;
        enum err_code rc;

        if (!fixed__is_number(field) || field->name == NULL)
            continue;
        rc = value_decimal(json_object_get(row, field->name), &value, e);
        if (rc == ERR_OK)
            rc = decimal_add(&sum, &totals->totals[record][i], &value, e);
        if (rc != ERR_OK)
            return err_prefix(e, "the total of %.60s", field->name);
        totals->totals[record][i] = sum;
    }
    return ERR_OK;
}

enum err_code fixed__totals_want(const struct fixed_totals *totals, const struct fixed_field *field,
                                 struct decimal *want, struct err *e)
{
    uint64_t count = 0;

    (void)e;
    check(field->check != FIXED_NO_CHECK);
    if (field->check == FIXED_SUM) {
        check(field->of_record < totals->layout->record_count);
        *want = totals->totals[field->of_record][field->of_field];
        return ERR_OK;
    }
    for (size_t i = 0; i < totals->layout->record_count; i++) {
        bool any = totals->layout->records[i].place == FIXED_ANY;

        if (i == field->of_record || (field->of_record >= FIXED_ALL && any))
            count += totals->counts[i];
        else if (field->of_record == FIXED_ALL)
            count++; /* there is one of them, though perhaps not yet */
    }
    decimal_from_int(want, (int64_t)count);
    return ERR_OK;
}

/* ---- Writing */

#define WRITER_MAGIC 0x51D0F1E2u

struct fixed_writer {
    unsigned magic;
    const struct fixed_layout *layout;
    struct fixed_totals totals;
    struct buf cell, line;
    uint64_t lines;
};

struct fixed_writer *fixed_writer_new(const struct fixed_layout *layout, struct err *e)
{
    struct fixed_writer *writer = mem_try(sizeof *writer);

    if (writer == NULL) {
        err_set(e, ERR_MEMORY, "no memory for the lines");
        return NULL;
    }
    memset(writer, 0, sizeof *writer);
    writer->magic = WRITER_MAGIC;
    writer->layout = layout;
    buf_init(&writer->cell, 4 * (size_t)FIXED_WIDTH);
    buf_init(&writer->line, 8 * (size_t)FIXED_WIDTH);
    if (fixed__totals_init(&writer->totals, layout, e) == ERR_OK)
        return writer;
    fixed_writer_free(writer);
    return NULL;
}

void fixed_writer_free(struct fixed_writer *writer)
{
    if (writer == NULL)
        return;
    check(writer->magic == WRITER_MAGIC);
    fixed__totals_fini(&writer->totals);
    buf_fini(&writer->cell);
    buf_fini(&writer->line);
    writer->magic = 0;
    mem_free(writer);
}

static void overpunch_write(char *last, bool negative)
{
    static const char zones[2][11] = { "{ABCDEFGHI", "}JKLMNOPQR" };

    check(*last >= '0' && *last <= '9');
    *last = zones[negative][*last - '0'];
}

/* The digits in writer->cell, which may begin with '-', as wide as the field. */
static enum err_code number_pad(struct fixed_writer *writer, const struct fixed_field *field,
                                struct err *e)
{
    char *digits = writer->cell.at;
    size_t size = writer->cell.len;
    bool negative = size > 0 && digits[0] == '-';
    size_t sign = negative ? 1 : 0, room = field->length;

    digits += sign;
    size -= sign;
    if (field->sign == FIXED_SIGN_TRAILING)
        room--;
    else if (field->sign == FIXED_SIGN_LEADING)
        room -= sign;
    if (size > room)
        return err_set(e, ERR_INVALID, "\"%.60s\" has more than the %u characters of the field",
                       writer->cell.at, field->length);
    if (field->sign == FIXED_SIGN_OVERPUNCH)
        overpunch_write(&digits[size - 1], negative);
    if (field->sign == FIXED_SIGN_LEADING && negative && field->pad == '0')
        buf_add_char(&writer->line, '-');
    for (size_t i = size; field->align == FIXED_RIGHT && i < room; i++)
        buf_add_char(&writer->line, field->pad);
    if (field->sign == FIXED_SIGN_LEADING && negative && field->pad != '0')
        buf_add_char(&writer->line, '-');
    buf_add(&writer->line, digits, size);
    if (field->sign == FIXED_SIGN_TRAILING)
        buf_add_char(&writer->line, negative ? '-' : ' ');
    for (size_t i = size; field->align == FIXED_LEFT && i < room; i++)
        buf_add_char(&writer->line, field->pad);
    return ERR_OK;
}

static enum err_code text_pad(struct fixed_writer *writer, const struct fixed_field *field,
                              const char *text, size_t size, struct err *e)
{
    size_t length = fixed__length(text, text + size);

    if (length > field->length)
        return err_set(e, ERR_INVALID,
                       "\"%.60s\" has %zu characters, the field %u; cut it before, where that is "
                       "right",
                       text, length, field->length);
    if (memchr(text, '\n', size) != NULL || memchr(text, '\r', size) != NULL)
        return err_set(e, ERR_INVALID, "the text holds a line break");
    for (size_t i = length; field->align == FIXED_RIGHT && i < field->length; i++)
        buf_add_char(&writer->line, field->pad);
    buf_add(&writer->line, text, size);
    for (size_t i = length; field->align == FIXED_LEFT && i < field->length; i++)
        buf_add_char(&writer->line, field->pad);
    return ERR_OK;
}

static json_t *check_value(struct fixed_writer *writer, const struct fixed_field *field,
                           struct err *e)
{
    char text[DECIMAL_TEXT];
    struct decimal want;

    if (fixed__totals_want(&writer->totals, field, &want, e) != ERR_OK)
        return NULL;
    return json_exact_new(text, decimal_text(&want, text));
}

static enum err_code field_write(struct fixed_writer *writer, const struct fixed_field *field,
                                 json_t *row, struct err *e)
{
    json_t *value = field->name != NULL ? json_object_get(row, field->name) : NULL;
    json_t *own = NULL;
    enum err_code rc;

    if (field->value != NULL)
        return text_pad(writer, field, field->value, strlen(field->value), e);
    if (field->check != FIXED_NO_CHECK)
        value = own = check_value(writer, field, e);
    if (field->check != FIXED_NO_CHECK && own == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a total");
    if (value == NULL || json_is_null(value)) {
        if (field->required)
            return err_set(e, ERR_INVALID, "the field is required, but is %s",
                           value == NULL ? "not there" : "null");
        for (unsigned i = 0; i < field->length; i++)
            buf_add_char(&writer->line, ' ');
        return ERR_OK;
    }
    buf_clear(&writer->cell);
    rc = cell_write(&field->form, value, &writer->cell, NULL, e);
    json_decref(own);
    if (rc == ERR_OK)
        rc = buf_check(&writer->cell, "the field", e);
    if (rc != ERR_OK)
        return rc;
    return fixed__is_number(field)
               ? number_pad(writer, field, e)
               : text_pad(writer, field, buf_text(&writer->cell), writer->cell.len, e);
}

/* Fields stand in the order of their positions; what lies between them is blank. */
static enum err_code line_write(struct fixed_writer *writer, const struct fixed_record *record,
                                json_t *row, struct err *e)
{
    const struct fixed_layout *layout = writer->layout;
    size_t at = 0;

    for (size_t i = 0; i < record->field_count; i++) {
        const struct fixed_field *field = &record->fields[i];
        enum err_code rc;

        for (; at < field->start - 1; at++)
            buf_add_char(&writer->line, ' ');
        rc = field_write(writer, field, row, e);
        if (rc != ERR_OK)
            return err_prefix(e, "line %llu, column %u, %.80s", (unsigned long long)writer->lines,
                              field->start, field->name != NULL ? field->name : "filler");
        at += field->length;
    }
    for (; at < layout->width; at++)
        buf_add_char(&writer->line, ' ');
    return buf_check(&writer->line, "the line", e);
}

/* The mark of the record, where no field of it stands. */
static enum err_code key_write(struct fixed_writer *writer, const struct fixed_record *record,
                               struct err *e)
{
    const struct fixed_layout *layout = writer->layout;
    char *begin = writer->line.at, *end = begin + writer->line.len;
    char *from = (char *)fixed__skip(begin, end, layout->key_start - 1);
    char *to = (char *)fixed__skip(from, end, layout->key_length);

    if (layout->key_length == 0)
        return ERR_OK;
    if ((size_t)(to - from) == layout->key_length && strspn(from, " ") >= layout->key_length)
        memcpy(from, record->match, strlen(record->match));
    if (strncmp(from, record->match, strlen(record->match)) != 0)
        return err_set(e, ERR_INVALID,
                       "line %llu, column %u: the mark of the record \"%.60s\" is \"%.40s\", but "
                       "its fields put something else there",
                       (unsigned long long)writer->lines, layout->key_start, record->name,
                       record->match);
    return ERR_OK;
}

enum err_code fixed_write(struct fixed_writer *writer, size_t record, json_t *row, struct buf *out,
                          struct err *e)
{
    const struct fixed_record *type = &writer->layout->records[record];
    enum err_code rc;

    check(writer->magic == WRITER_MAGIC);
    check(record < writer->layout->record_count);
    writer->lines++;
    buf_clear(&writer->line);
    rc = line_write(writer, type, row, e);
    if (rc == ERR_OK)
        rc = key_write(writer, type, e);
    if (rc == ERR_OK)
        rc = fixed__totals_add(&writer->totals, record, row, e);
    if (rc != ERR_OK)
        return rc;
    buf_add(out, buf_text(&writer->line), writer->line.len);
    if (!writer->layout->unbroken)
        buf_add_text(out, writer->layout->crlf ? "\r\n" : "\n");
    return ERR_OK;
}
