/* fixed.c - see fixed.h. Reading.
 *
 * (1) A line is told only when it is whole and of a known type.                    [line_read]
 * (2) The last line is known as such at the end only: a line of a type that must be last is
 *     followed by none.                                                            [place_check]
 * (3) A field that checks is compared when the line that holds it is read: for a first line that is
 *     at the end, for its numbers are about lines that follow.                     [fixed_end] */
#include "format/fixed.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "format/fixed_priv.h"

#define FIXED_MAGIC 0x51D0F1E1u
#define FIXED_CARRY (8 * (size_t)FIXED_WIDTH) /* bytes: a line, and what came with its end */

struct fixed {
    unsigned magic;
    const struct fixed_layout *layout;
    fixed_row_fn *on_row;
    void *arg;
    struct buf carry;
    struct fixed_totals totals;
    uint64_t line, head_line;
    json_t *head; /* the first line, when it has fields that check */
    size_t head_record;
    bool last_seen, over;
};

struct fixed *fixed_new(const struct fixed_layout *layout, fixed_row_fn *on_row, void *arg,
                        struct err *e)
{
    struct fixed *fixed = mem_try(sizeof *fixed);

    check(layout->record_count > 0);
    if (fixed == NULL) {
        err_set(e, ERR_MEMORY, "no memory for the lines");
        return NULL;
    }
    memset(fixed, 0, sizeof *fixed);
    fixed->magic = FIXED_MAGIC;
    fixed->layout = layout;
    fixed->on_row = on_row;
    fixed->arg = arg;
    buf_init(&fixed->carry, FIXED_CARRY);
    if (fixed__totals_init(&fixed->totals, layout, e) == ERR_OK)
        return fixed;
    fixed_free(fixed);
    return NULL;
}

void fixed_free(struct fixed *fixed)
{
    if (fixed == NULL)
        return;
    check(fixed->magic == FIXED_MAGIC);
    buf_fini(&fixed->carry);
    fixed__totals_fini(&fixed->totals);
    json_decref(fixed->head);
    fixed->magic = 0;
    mem_free(fixed);
}

/* ---- Fields */

static enum err_code fail_at(uint64_t line, const struct fixed_field *field, struct err *e)
{
    return err_prefix(e, "line %llu, column %u, %.80s", (unsigned long long)line, field->start,
                      field->name != NULL ? field->name : "filler");
}

/* COBOL's zoned decimals: the sign is in the last digit. A copy with the sign in front. */
static bool overpunch_read(const char *text, size_t size, struct buf *out)
{
    static const char plus[] = "{ABCDEFGHI", minus[] = "}JKLMNOPQR";
    char last = size > 0 ? text[size - 1] : '\0';
    const char *at = last != '\0' ? strchr(plus, last) : NULL;
    const char *zones = plus;

    if (last >= '0' && last <= '9') {
        buf_add(out, text, size);
        return true;
    }
    if (at == NULL && last != '\0') {
        at = strchr(minus, last);
        zones = minus;
        buf_add_char(out, '-');
    }
    if (at == NULL)
        return false;
    buf_add(out, text, size - 1);
    buf_add_char(out, (char)('0' + (at - zones)));
    return true;
}

static json_t *number_read(const struct fixed_field *field, const char *text, size_t size,
                           struct err *e)
{
    json_t *value = NULL;
    struct buf copy;

    if (field->sign != FIXED_SIGN_OVERPUNCH)
        return cell_read(&field->form, text, size, e);
    buf_init(&copy, 256);
    if (size < 200 && overpunch_read(text, size, &copy))
        value = cell_read(&field->form, buf_text(&copy), copy.len, e);
    else
        err_set(e, ERR_INVALID, "\"%.*s\" is no number with its sign in the last digit",
                (int)(size < 40 ? size : 40), text);
    buf_fini(&copy);
    return value;
}

bool fixed__is_number(const struct fixed_field *field)
{
    return field->form.kind == CELL_NUMBER || field->form.kind == CELL_INTEGER;
}

/* Without its padding. Zeros that pad a number are part of it. */
static void pad_strip(const struct fixed_field *field, const char **text, size_t *size)
{
    bool number = fixed__is_number(field);

    if (field->pad == '0' && number)
        return;
    if (field->align == FIXED_RIGHT) {
        while (*size > 0 && **text == field->pad) {
            (*text)++;
            (*size)--;
        }
    } else {
        while (*size > 0 && (*text)[*size - 1] == field->pad)
            (*size)--;
    }
}

static bool is_blank(const char *text, size_t size)
{
    return strspn(text, " ") >= size;
}

static json_t *field_read(const struct fixed_field *field, const char *text, size_t size,
                          struct err *e)
{
    bool blank = is_blank(text, size);

    if (field->value != NULL) {
        const char *value = text;
        size_t value_size = size;

        while (value_size > strlen(field->value) && value[value_size - 1] == ' ')
            value_size--;
        if (strlen(field->value) != value_size || memcmp(value, field->value, value_size) != 0) {
            err_set(e, ERR_INVALID, "\"%.*s\" stands where \"%.40s\" must",
                    (int)(size < 40 ? size : 40), text, field->value);
            return NULL;
        }
        return json_stringn_nocheck(value, value_size);
    }
    if (blank && field->required) {
        err_set(e, ERR_INVALID, "the field is required, but is blank");
        return NULL;
    }
    if (field->form.kind != CELL_TEXT) {
        if (blank)
            return json_null();
        pad_strip(field, &text, &size);
        if (size == 0)
            return json_null();
        return fixed__is_number(field) ? number_read(field, text, size, e)
                                       : cell_read(&field->form, text, size, e);
    }
    pad_strip(field, &text, &size);
    return json_stringn_nocheck(text, size);
}

static enum err_code row_read(const struct fixed *fixed, const struct fixed_record *record,
                              const char *text, const char *end, json_t *row, struct err *e)
{
    size_t length = fixed__length(text, end);

    for (size_t i = 0; i < record->field_count; i++) {
        const struct fixed_field *field = &record->fields[i];
        const char *from, *to;
        json_t *value;

        if (field->start - 1 + field->length > length && !fixed->layout->short_lines) {
            err_set(e, ERR_INVALID,
                    "the line has %zu characters, the field ends at %u; is the line cut? "
                    "\"short_lines\" lets blanks at its end be missing",
                    length, field->start - 1 + field->length);
            return fail_at(fixed->line, field, e);
        }
        if (field->name == NULL && field->value == NULL)
            continue;
        from = fixed__skip(text, end, field->start - 1);
        to = fixed__skip(from, end, field->length);
        e->code = ERR_OK;
        value = field_read(field, from, (size_t)(to - from), e);
        if (value == NULL && e->code == ERR_OK)
            err_set(e, ERR_MEMORY, "no memory for a field");
        if (value == NULL)
            return fail_at(fixed->line, field, e);
        if (field->name == NULL)
            json_decref(value);
        else if (json_object_set_new_nocheck(row, field->name, value) != 0)
            return err_set(e, ERR_MEMORY, "no memory for a line");
    }
    return ERR_OK;
}

/* ---- Lines */

static bool key_matches(const struct fixed_layout *layout, const struct fixed_record *record,
                        const char *text, const char *end)
{
    const char *from = fixed__skip(text, end, layout->key_start - 1);
    size_t size = (size_t)(fixed__skip(from, end, layout->key_length) - from);

    while (size > strlen(record->match) && from[size - 1] == ' ')
        size--;
    return size == strlen(record->match) && memcmp(from, record->match, size) == 0;
}

static enum err_code record_find(const struct fixed *fixed, const char *text, const char *end,
                                 size_t *found, struct err *e)
{
    const struct fixed_layout *layout = fixed->layout;
    const char *from, *to;

    *found = 0;
    if (layout->key_length == 0)
        return ERR_OK;
    for (; *found < layout->record_count; (*found)++)
        if (key_matches(layout, &layout->records[*found], text, end))
            return ERR_OK;
    from = fixed__skip(text, end, layout->key_start - 1);
    to = fixed__skip(from, end, layout->key_length);
    return err_set(e, ERR_INVALID,
                   "line %llu, column %u: \"%.*s\" is the mark of no record of the layout",
                   (unsigned long long)fixed->line, layout->key_start,
                   (int)(to - from < 40 ? to - from : 40), from);
}

static enum err_code place_check(struct fixed *fixed, size_t at, struct err *e)
{
    const struct fixed_record *record = &fixed->layout->records[at];
    unsigned long long line = fixed->line;

    if (fixed->last_seen)
        return err_set(e, ERR_INVALID, "line %llu: there is a line behind the last record", line);
    fixed->last_seen = record->place == FIXED_LAST;
    if (record->place == FIXED_FIRST && fixed->totals.counts[at] > 0)
        return err_set(e, ERR_INVALID, "line %llu: the record \"%.60s\" is there a second time",
                       line, record->name);
    for (size_t i = 0; i < fixed->layout->record_count; i++)
        if (fixed->layout->records[i].place == FIXED_FIRST && i != at &&
            fixed->totals.counts[i] == 0)
            return err_set(e, ERR_INVALID,
                           "line %llu: the record \"%.60s\" must come first, but here is \"%.60s\"",
                           line, fixed->layout->records[i].name, record->name);
    return ERR_OK;
}

/* The fields of the line that count or add up others. */
static enum err_code checks_compare(const struct fixed *fixed, size_t at, json_t *row,
                                    uint64_t line, struct err *e)
{
    const struct fixed_record *record = &fixed->layout->records[at];

    for (size_t i = 0; i < record->field_count; i++) {
        const struct fixed_field *field = &record->fields[i];
        char wanted[DECIMAL_TEXT], found[DECIMAL_TEXT];
        struct decimal want, is;
        json_t *value;
        const char *text;
        enum err_code rc;

        if (field->check == FIXED_NO_CHECK)
            continue;
        rc = fixed__totals_want(&fixed->totals, field, &want, e);
        value = json_object_get(row, field->name);
        text = json_exact_text(value);
        if (rc == ERR_OK && text != NULL)
            rc = decimal_parse(&is, text, strlen(text), e);
        else if (json_is_integer(value))
            decimal_from_int(&is, json_integer_value(value));
        else
            decimal_from_int(&is, 0);
        if (rc == ERR_OK && decimal_compare(&want, &is) != 0) {
            decimal_text(&want, wanted);
            decimal_text(&is, found);
            rc = err_set(e, ERR_INVALID, "the file says %s, but its lines give %s", found, wanted);
        }
        if (rc != ERR_OK)
            return fail_at(line, field, e);
    }
    return ERR_OK;
}

static bool has_checks(const struct fixed_record *record)
{
    for (size_t i = 0; i < record->field_count; i++)
        if (record->fields[i].check != FIXED_NO_CHECK)
            return true;
    return false;
}

/* A line without its break. */
static enum err_code line_read(struct fixed *fixed, const char *text, size_t size, struct err *e)
{
    const struct fixed_layout *layout = fixed->layout;
    const char *end = text + size;
    size_t at;
    json_t *row;
    enum err_code rc;

    fixed->line++;
    if (is_blank(text, size))
        return ERR_OK;
    if (layout->width > 0 && fixed__length(text, end) > layout->width)
        return err_set(e, ERR_INVALID, "line %llu: it has %zu characters, the layout %u",
                       (unsigned long long)fixed->line, fixed__length(text, end), layout->width);
    rc = record_find(fixed, text, end, &at, e);
    if (rc == ERR_OK)
        rc = place_check(fixed, at, e);
    if (rc != ERR_OK)
        return rc;
    row = json_object();
    if (row == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a line");
    rc = row_read(fixed, &layout->records[at], text, end, row, e);
    if (rc == ERR_OK && has_checks(&layout->records[at])) {
        if (layout->records[at].place == FIXED_FIRST) {
            fixed->head = json_incref(row);
            fixed->head_record = at;
            fixed->head_line = fixed->line;
        } else {
            rc = checks_compare(fixed, at, row, fixed->line, e);
        }
    }
    if (rc == ERR_OK)
        rc = fixed__totals_add(&fixed->totals, at, row, e);
    if (rc != ERR_OK) {
        json_decref(row);
        return rc;
    }
    return fixed->on_row(fixed->arg, at, row, e);
}

/* Whether all bytes of the last character before `stop` are there: a piece of the text can end
 * within one. */
static bool last_is_whole(const char *text, const char *stop)
{
    const char *lead = stop;
    size_t wants;

    while (lead > text && ((unsigned char)lead[-1] & 0xC0) == 0x80)
        lead--;
    if (lead == text)
        return false;
    lead--;
    wants = (unsigned char)*lead >= 0xF0   ? 4
            : (unsigned char)*lead >= 0xE0 ? 3
            : (unsigned char)*lead >= 0xC0 ? 2
                                           : 1;
    return (size_t)(stop - lead) >= wants;
}

/* Where the line that begins at `text` ends, and where the next begins; false: not here yet. */
static bool line_end(const struct fixed *fixed, const char *text, const char *end,
                     const char **stop, const char **next)
{
    if (fixed->layout->unbroken) {
        *stop = *next = fixed__skip(text, end, fixed->layout->width);
        return fixed__length(text, *stop) == fixed->layout->width && last_is_whole(text, *stop);
    }
    *stop = memchr(text, '\n', (size_t)(end - text));
    if (*stop == NULL)
        return false;
    *next = *stop + 1;
    if (*stop > text && (*stop)[-1] == '\r')
        (*stop)--;
    return true;
}

/* All whole lines of the text; *at: where the rest begins. */
static enum err_code lines_read(struct fixed *fixed, const char **at, const char *end,
                                struct err *e)
{
    enum err_code rc = ERR_OK;
    const char *stop, *next;

    while (rc == ERR_OK && *at < end && line_end(fixed, *at, end, &stop, &next)) {
        rc = line_read(fixed, *at, (size_t)(stop - *at), e);
        *at = next;
    }
    return rc;
}

static enum err_code carry_add(struct fixed *fixed, const char *text, size_t size, struct err *e)
{
    enum err_code rc;

    buf_add(&fixed->carry, text, size);
    rc = buf_check(&fixed->carry, "the line", e);
    return rc == ERR_OK ? rc : err_prefix(e, "line %llu", (unsigned long long)fixed->line + 1);
}

/* Goes on with the line that was begun; *text moves on. */
static enum err_code carry_read(struct fixed *fixed, const char **text, const char *end,
                                struct err *e)
{
    size_t size = (size_t)(end - *text);
    const char *lf = fixed->layout->unbroken ? NULL : memchr(*text, '\n', size), *at;
    struct buf rest;
    enum err_code rc;

    size = lf != NULL ? (size_t)(lf + 1 - *text) : size;
    size = size < FIXED_WIDTH ? size : FIXED_WIDTH;
    rc = carry_add(fixed, *text, size, e);
    *text += size;
    if (rc != ERR_OK)
        return rc;
    at = buf_text(&fixed->carry);
    end = at + fixed->carry.len;
    rc = lines_read(fixed, &at, end, e);
    buf_init(&rest, FIXED_CARRY);
    buf_add(&rest, at, (size_t)(end - at));
    buf_fini(&fixed->carry);
    fixed->carry = rest;
    return rc;
}

enum err_code fixed_feed(struct fixed *fixed, const char *text, size_t size, struct err *e)
{
    const char *end = text + size;
    enum err_code rc = ERR_OK;

    check(fixed->magic == FIXED_MAGIC);
    check(!fixed->over);
    while (rc == ERR_OK && text < end && fixed->carry.len > 0)
        rc = carry_read(fixed, &text, end, e);
    if (rc == ERR_OK)
        rc = lines_read(fixed, &text, end, e);
    return rc == ERR_OK && text < end ? carry_add(fixed, text, (size_t)(end - text), e) : rc;
}

enum err_code fixed_end(struct fixed *fixed, struct err *e)
{
    const struct fixed_layout *layout = fixed->layout;
    enum err_code rc = ERR_OK;
    size_t size = fixed->carry.len;
    const char *text = buf_text(&fixed->carry);

    check(fixed->magic == FIXED_MAGIC);
    check(!fixed->over);
    fixed->over = true;
    if (size > 0 && text[size - 1] == '\r' && !layout->unbroken)
        size--;
    if (size > 0 && text[size - 1] == 0x1A)
        size--; /* the end of a file, to DOS */
    if (size > 0 && layout->unbroken && strspn(text, "\r\n ") < size)
        rc = err_set(e, ERR_INVALID, "line %llu: the text ends after %zu of %u characters",
                     (unsigned long long)fixed->line + 1, fixed__length(text, text + size),
                     layout->width);
    else if (size > 0 && !layout->unbroken)
        rc = line_read(fixed, text, size, e);
    for (size_t i = 0; rc == ERR_OK && i < layout->record_count; i++)
        if (layout->records[i].place != FIXED_ANY && fixed->totals.counts[i] == 0)
            rc = err_set(e, ERR_INVALID,
                         "line %llu: the record \"%.60s\" is missing; is the file cut?",
                         (unsigned long long)fixed->line, layout->records[i].name);
    if (rc == ERR_OK && fixed->head != NULL)
        rc = checks_compare(fixed, fixed->head_record, fixed->head, fixed->head_line, e);
    return rc;
}
