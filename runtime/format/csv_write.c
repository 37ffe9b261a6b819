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

/* What a spreadsheet takes for a formula (OWASP, "CSV Injection"). */
static bool field_is_formula(const char *text, size_t size)
{
    return size > 0 && strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0';
}

static void field_quoted(const struct csv_writing *how, bool disarm, const char *text, size_t size,
                         struct buf *out)
{
    buf_add_char(out, how->quote);
    if (disarm)
        buf_add_char(out, '\'');
    while (size > 0) {
        const char *quote = memchr(text, how->quote, size);
        size_t part = quote != NULL ? (size_t)(quote + 1 - text) : size;

        buf_add(out, text, part);
        if (quote != NULL)
            buf_add_char(out, how->quote);
        text += part;
        size -= part;
    }
    buf_add_char(out, how->quote);
}

enum err_code csv_write_field(const struct csv_writing *how, bool first, const char *text,
                              size_t size, bool number, struct buf *out, struct err *e)
{
    bool formula = how->formulas != CSV_FORMULA_KEEP && !number && field_is_formula(text, size);
    bool quotes = how->quoting == CSV_QUOTE_ALL || (how->quoting == CSV_QUOTE_TEXTS && !number) ||
                  field_needs(how, text, size);

    check(how->delimiter != how->quote);
    if (formula && how->formulas == CSV_FORMULA_REFUSE)
        return err_set(e, ERR_POLICY,
                       "the text begins with \"%c\" and would be a formula in a spreadsheet",
                       text[0] < ' ' ? ' ' : text[0]);
    if (quotes && how->quote == '\0')
        return err_set(e, ERR_INVALID,
                       "the text holds the delimiter, a line break or blanks at its ends, and "
                       "there are no quotes to put it in");
    if (!first)
        buf_add_char(out, how->delimiter);
    if (quotes) {
        field_quoted(how, formula, text, size, out);
    } else {
        if (formula)
            buf_add_char(out, '\'');
        buf_add(out, text, size);
    }
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
