/* rule_lookup_cell.c - what stands in a cell of a lookup table: keys, bounds, days.
 *
 * A key is the texts of its values, each with its length in front, so that no two keys look alike.
 */
#include "rules/rule_lookup_build_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "rules/date_priv.h"
#include "rules/text_icu_priv.h"

const char *lookup__cell_text(const json_t *cell, char room[32], size_t *size)
{
    const char *text = NULL;

    if (json_is_text(cell)) {
        *size = json_string_length(cell);
        return json_text(cell);
    }
    if (json_is_exact(cell)) {
        text = json_exact_text(cell);
    } else if (json_is_integer(cell)) {
        snprintf(room, 32, "%lld", (long long)json_integer_value(cell));
        text = room;
    } else if (json_is_boolean(cell)) {
        text = json_is_true(cell) ? "true" : "false";
    }
    *size = text != NULL ? strlen(text) : 0;
    return text;
}

/* How many bytes of white space stand there: those of ASCII, and the no-break space that comes
 * with what is copied from a spreadsheet. */
static size_t space_at(const char *text, size_t size)
{
    if (size > 0 && isspace((unsigned char)text[0]))
        return 1;
    return size > 1 && memcmp(text, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

/* Without space at the ends, and one blank for each run of it. */
static void space_tidy(struct buf *out, const char *text, size_t size)
{
    bool pending = false;

    while (size > 0) {
        size_t space = space_at(text, size);

        if (space == 0) {
            if (pending && out->len > 0)
                buf_add_char(out, ' ');
            buf_add_char(out, *text);
        }
        pending = space > 0;
        text += space > 0 ? space : 1;
        size -= space > 0 ? space : 1;
    }
}

void lookup__key_add(const struct lookup *lookup, struct buf *key, const char *text, size_t size)
{
    struct buf tidy;
    char *lower = NULL;
    struct err ignored;

    buf_init(&tidy, LOOKUP_KEY);
    if (lookup->ignore_space && size <= LOOKUP_KEY) {
        space_tidy(&tidy, text, size);
        text = buf_text(&tidy);
        size = tidy.len;
    }
    /* what ICU cannot change stays as it is, on both sides; what is longer is no key anyway */
    if (lookup->ignore_case && size <= LOOKUP_KEY &&
        text_change(lookup->texts, TEXT_LOWER, text, size, 4 * LOOKUP_KEY, &lower, &size,
                    &ignored) == ERR_OK)
        text = lower;
    buf_add_int(key, (long long)size);
    buf_add_char(key, ':');
    buf_add(key, text, size);
    mem_free(lower);
    buf_fini(&tidy);
}

void lookup__key_show(const char *key, size_t size, struct buf *out)
{
    const char *end = key + size;
    bool first = true;

    while (key < end) {
        size_t part = 0;

        while (key < end && *key != ':')
            part = part * 10 + (size_t)(*key++ - '0');
        key++;
        check(key + part <= end);
        if (!first)
            buf_add_text(out, ", ");
        buf_add(out, key, part < 40 ? part : 40);
        first = false;
        key += part;
    }
}

static bool cell_is_open(const json_t *cell)
{
    return cell == NULL || json_is_null(cell) ||
           (json_is_text(cell) && json_string_length(cell) == 0);
}

bool lookup__cell_number(const json_t *cell, struct decimal *number, bool *open)
{
    char room[32];
    size_t size;
    const char *text;
    struct err ignored;

    *open = cell_is_open(cell);
    decimal_from_int(number, 0);
    if (*open)
        return true;
    text = json_is_boolean(cell) ? NULL : lookup__cell_text(cell, room, &size);
    return text != NULL && decimal_parse(number, text, size, &ignored) == ERR_OK;
}

static int digits_at(const char *text, size_t count)
{
    int number = 0;

    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        number = number * 10 + text[i] - '0';
    }
    return number;
}

bool lookup__cell_day(const json_t *cell, int64_t *day, bool *open)
{
    const char *text = json_text(cell);
    int year, month, date;

    *open = cell_is_open(cell);
    *day = 0;
    if (*open)
        return true;
    if (text == NULL || json_string_length(cell) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    year = digits_at(text, 4);
    month = digits_at(text + 5, 2);
    date = digits_at(text + 8, 2);
    if (year < 1 || month < 1 || month > 12 || date < 1 || date > date__month_days(year, month))
        return false;
    *day = date__days(year, month, date);
    return true;
}
