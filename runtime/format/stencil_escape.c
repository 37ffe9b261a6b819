/* stencil_escape.c - see stencil.h. A value as it stands in its place. */
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "base/markup.h"
#include "base/percent.h"
#include "format/csv.h"
#include "format/stencil_priv.h"

#define VALUE_TEXT (16u * 1024u * 1024u)

static enum err_code markup_write(const char *text, size_t size, struct buf *out, struct err *e)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '\r')
            buf_add_text(out, "&#13;");
        else if (c < ' ' && c != '\t' && c != '\n')
            return err_set(e, ERR_INVALID, "the character U+%04X cannot stand in markup",
                           (unsigned)c);
        else
            markup_add(out, (char)c);
    }
    return ERR_OK;
}

/* A link of another scheme would run something. */
static bool link_is_safe(const char *text)
{
    size_t scheme = strcspn(text, ":/?#");

    if (text[0] <= ' ' && text[0] != '\0')
        return false; /* browsers skip blanks in front of a scheme */
    return text[scheme] != ':' || strncasecmp(text, "https:", 6) == 0 ||
           strncasecmp(text, "http:", 5) == 0 || strncasecmp(text, "mailto:", 7) == 0;
}

static void json_text_write(const char *text, size_t size, struct buf *out)
{
    struct buf quoted;

    buf_init(&quoted, VALUE_TEXT);
    json_write_text(&quoted, text, size);
    if (quoted.len >= 2)
        buf_add(out, buf_text(&quoted) + 1, quoted.len - 2);
    buf_fini(&quoted);
}

static enum err_code text_write(enum stencil_escape escape, const char *text, size_t size,
                                bool number, struct buf *out, struct err *e)
{
    static const struct csv_writing csv = { .delimiter = ',',
                                            .quote = '"',
                                            .formulas = CSV_FORMULA_DISARM };

    switch (escape) {
    case ESCAPE_LINK:
        if (!link_is_safe(text))
            return err_set(e, ERR_INVALID,
                           "a link begins with https:, http: or mailto:, not with \"%.20s\"", text);
        return markup_write(text, size, out, e);
    case ESCAPE_MARKUP:
        return markup_write(text, size, out, e);
    case ESCAPE_JSON_TEXT:
        json_text_write(text, size, out);
        break;
    case ESCAPE_URL:
        percent_write(out, text, size);
        break;
    case ESCAPE_CSV:
        return csv_write_field(&csv, true, text, size, number, out, e);
    case ESCAPE_NONE:
    case ESCAPE_JSON:
        buf_add(out, text, size);
        break;
    }
    return ERR_OK;
}

enum err_code stencil__escape(enum stencil_escape escape, json_t *value, struct buf *out,
                              struct err *e)
{
    if (escape == ESCAPE_JSON) {
        json_write(out, value != NULL ? value : json_null());
        return ERR_OK;
    }
    if (value == NULL || json_is_null(value))
        return ERR_OK;
    if (json_is_text(value))
        return text_write(escape, json_string_value(value), json_string_length(value), false, out,
                          e);
    if (json_is_exact(value))
        return text_write(escape, json_exact_text(value), strlen(json_exact_text(value)), true, out,
                          e);
    if (json_is_integer(value)) {
        struct buf digits;
        enum err_code rc;

        buf_init(&digits, 32);
        buf_add_int(&digits, json_integer_value(value));
        rc = text_write(escape, buf_text(&digits), digits.len, true, out, e);
        buf_fini(&digits);
        return rc;
    }
    if (json_is_boolean(value))
        return text_write(escape, json_is_true(value) ? "true" : "false",
                          json_is_true(value) ? 4 : 5, false, out, e);
    return err_set(e, ERR_INVALID,
                   "a text, number or truth value is wanted here, but it is: %s; choose what of it "
                   "is to be written",
                   json_kind(value));
}
