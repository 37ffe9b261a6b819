/* csv_write.c - see csv.h. Writing. */
#include "format/csv.h"

#include <string.h>

#include "base/check.h"

/* Does a reader need quotes to take it for what it is? Blanks at its ends would be trimmed by
 * some. */
static bool field_needs(const struct csv_writing *how, const char *text, size_t size)
{
    if (size == 0)
        return how->null_differs;
    if (text[0] == ' ' || text[0] == '\t' || text[size - 1] == ' ' || text[size - 1] == '\t')
        return true;
    return memchr(text, how->delimiter, size) != NULL || memchr(text, how->quote, size) != NULL ||
           memchr(text, '\n', size) != NULL || memchr(text, '\r', size) != NULL;
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Where a spreadsheet begins a formula (OWASP, "CSV Injection"), from `from` on; `size`: nowhere.
 * One that takes another character for the delimiter, as those of half of Europe take the
 * semicolon, begins a cell within a text, too, and sees the quotes around it as part of the text.
 */
static size_t field_formula(const struct csv_writing *how, const char *text, size_t size,
                            size_t from)
{
    for (size_t i = from; i < size; i++) {
        size_t start = i;

        if (!is_one_of(text[i], "=+-@\t\r"))
            continue;
        while (start > 0 && text[start - 1] == how->quote)
            start--;
        if (start == 0 || is_one_of(text[start - 1], ",;\t\n\r"))
            return i;
    }
    return size;
}

static void field_part(const struct csv_writing *how, bool quotes, const char *text, size_t size,
                       struct buf *out)
{
    while (size > 0) {
        const char *quote = quotes ? memchr(text, how->quote, size) : NULL;
        size_t part = quote != NULL ? (size_t)(quote + 1 - text) : size;

        buf_add(out, text, part);
        if (quote != NULL)
            buf_add_char(out, how->quote);
        text += part;
        size -= part;
    }
}

/* formula: where the first begins, `size`: there is none */
static void field_text(const struct csv_writing *how, bool quotes, const char *text, size_t size,
                       size_t formula, struct buf *out)
{
    size_t at = 0;

    while (formula < size) {
        field_part(how, quotes, text + at, formula - at, out);
        buf_add_char(out, '\'');
        at = formula;
        formula = field_formula(how, text, size, formula + 1);
    }
    field_part(how, quotes, text + at, size - at, out);
}

enum err_code csv_write_field(const struct csv_writing *how, bool first, const char *text,
                              size_t size, bool number, struct buf *out, struct err *e)
{
    bool looks = how->formulas != CSV_FORMULA_KEEP && !number;
    size_t formula = looks ? field_formula(how, text, size, 0) : size;
    bool quotes = how->quoting == CSV_QUOTE_ALL || (how->quoting == CSV_QUOTE_TEXTS && !number) ||
                  field_needs(how, text, size);

    check(how->delimiter != how->quote);
    if (formula < size && how->formulas == CSV_FORMULA_REFUSE)
        return err_set(e, ERR_POLICY,
                       "the text has a \"%c\" where a cell begins, and would be a formula in a "
                       "spreadsheet",
                       text[formula] < ' ' ? ' ' : text[formula]);
    if (quotes && how->quote == '\0')
        return err_set(e, ERR_INVALID,
                       "the text holds the delimiter, a line break or blanks at its ends, and "
                       "there are no quotes to put it in");
    if (!first)
        buf_add_char(out, how->delimiter);
    if (quotes)
        buf_add_char(out, how->quote);
    field_text(how, quotes, text, size, formula, out);
    if (quotes)
        buf_add_char(out, how->quote);
    return ERR_OK;
}

void csv_write_null(const struct csv_writing *how, bool first, struct buf *out)
{
    if (!first)
        buf_add_char(out, how->delimiter);
}

void csv_write_end(const struct csv_writing *how, size_t row_at, struct buf *out)
{
    if (out->len == row_at && how->quote != '\0') {
        buf_add_char(out, how->quote);
        buf_add_char(out, how->quote);
    }
    buf_add_text(out, how->crlf ? "\r\n" : "\n");
}
