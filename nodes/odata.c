/* odata.c - filters, keys and lists of names in the text of OData. */
#include "nodes/odata.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/percent.h"

#define DEPTH_MAX      16u
#define NAME_MAX_ODATA 128u
#define PLACE_MAX      160u

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

/* ---- Names and literals */

/* The bytes of an identifier at the beginning of a text; 0: there is none. */
static size_t name_size(const char *text)
{
    return strspn(text, letters) == 0 ? 0 : strspn(text, word);
}

static bool name_valid(const char *text)
{
    size_t size = text != NULL ? name_size(text) : 0;

    return size > 0 && size <= NAME_MAX_ODATA && text[size] == '\0';
}

/* A column, or one behind navigation: "customerid_account/name". */
static bool field_valid(const char *text)
{
    if (text == NULL || strlen(text) > NAME_MAX_ODATA)
        return false;
    for (;;) {
        size_t size = name_size(text);

        if (size == 0)
            return false;
        if (text[size] == '\0')
            return true;
        if (text[size] != '/')
            return false;
        text += size + 1;
    }
}

/* form: '9' any digit, 'h' a hexadecimal one, anything else itself. Returns what is behind, NULL
 * when the text has another form. */
static const char *form_skip(const char *text, const char *form)
{
    for (; *form != '\0'; form++, text++) {
        bool fits = *form == '9'   ? *text >= '0' && *text <= '9'
                    : *form == 'h' ? *text != '\0' && strchr("0123456789abcdefABCDEF", *text)
                                   : *text == *form;

        if (!fits)
            return NULL;
    }
    return text;
}

static bool is_guid(const char *text)
{
    const char *rest = form_skip(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");

    return rest != NULL && *rest == '\0';
}

static bool is_date(const char *text)
{
    const char *rest = form_skip(text, "9999-99-99");

    return rest != NULL && *rest == '\0';
}

/* RFC 3339, as OData's Edm.DateTimeOffset */
static bool is_moment(const char *text)
{
    const char *rest = form_skip(text, "9999-99-99T99:99");
    const char *seconds = rest != NULL ? form_skip(rest, ":99") : NULL;

    if (seconds != NULL) {
        rest = seconds;
        if (*rest == '.') {
            size_t digits = strspn(rest + 1, "0123456789");

            if (digits == 0 || digits > 12)
                return false;
            rest += 1 + digits;
        }
    }
    if (rest != NULL && strcmp(rest, "Z") == 0)
        return true;
    if (rest == NULL || (*rest != '+' && *rest != '-'))
        return false;
    rest = form_skip(rest + 1, "99:99");
    return rest != NULL && *rest == '\0';
}

void odata_text(const char *text, size_t size, struct buf *out)
{
    buf_add_char(out, '\'');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\'')
            buf_add_char(out, '\'');
        buf_add_char(out, text[i]);
    }
    buf_add_char(out, '\'');
}

static const struct {
    const char *name;
    bool (*valid)(const char *text);
    const char *example;
} forms[] = {
    { "guid", is_guid, "1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10" },
    { "date", is_date, "2026-11-21" },
    { "moment", is_moment, "2026-11-21T12:00:00Z" },
};

/* A text whose literal has no quotes, because its form allows nothing else. */
static enum err_code literal_as(const char *text, const char *as, const char *place,
                                struct buf *out, struct err *e)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(forms[i].name, as) != 0)
            continue;
        if (text == NULL || !forms[i].valid(text))
            return err_set(e, ERR_INVALID, "%s: the value must be a %s like %s", place, as,
                           forms[i].example);
        buf_add_text(out, text);
        return ERR_OK;
    }
    return err_set(e, ERR_INVALID, "%s: \"as\" is guid, date or moment", place);
}

static bool is_number(const json_t *value)
{
    return json_is_integer(value) || json_is_real(value) || json_is_exact(value);
}

/* Text or number; bools where `bools`. */
static enum err_code literal(const json_t *value, bool bools, const char *place, struct buf *out,
                             struct err *e)
{
    const char *text = json_text(value);

    if (text != NULL)
        odata_text(text, json_string_length(value), out);
    else if (is_number(value) || (bools && json_is_boolean(value)))
        json_write(out, value);
    else if (value == NULL || json_is_null(value))
        return err_set(e, ERR_INVALID, "%s has no value", place);
    else
        return err_set(e, ERR_INVALID, "%s: the value must be a text or a number%s, but is: %s",
                       place, bools ? " or true or false" : "", json_kind(value));
    return ERR_OK;
}

/* ---- Filters; recursion is bounded by DEPTH_MAX */

struct filter {
    struct buf *out;
    struct err *e;
    unsigned depth;
};

static enum err_code filter_condition(struct filter *filter, const json_t *json, const char *place);

static enum err_code filter_joined(struct filter *filter, const json_t *list,
                                   const char *word_between, const char *place)
{
    char below[PLACE_MAX];
    const json_t *item;
    size_t i;

    if (!json_is_array(list) || json_array_size(list) == 0)
        return err_set(filter->e, ERR_INVALID,
                       "%s must be a list of conditions, at least one: nothing would find all rows",
                       place);
    buf_add_char(filter->out, '(');
    json_array_foreach((json_t *)list, i, item)
    {
        enum err_code rc;

        if (i > 0)
            buf_addf(filter->out, " %s ", word_between);
        snprintf(below, sizeof below, "%s/%zu", place, i);
        rc = filter_condition(filter, item, below);
        if (rc != ERR_OK)
            return rc;
    }
    buf_add_char(filter->out, ')');
    return ERR_OK;
}

static enum err_code filter_value(struct filter *filter, const json_t *condition,
                                  const json_t *value, const char *place)
{
    const json_t *as = json_object_get(condition, "as");

    if (as == NULL)
        return literal(value, true, place, filter->out, filter->e);
    if (!json_is_text(as))
        return err_set(filter->e, ERR_INVALID, "%s: \"as\" is guid, date or moment", place);
    return literal_as(json_text(value), json_text(as), place, filter->out, filter->e);
}

static enum err_code filter_in(struct filter *filter, const json_t *condition, const char *field,
                               const char *place)
{
    const json_t *list = json_object_get(condition, "value"), *item;
    size_t i;

    if (!json_is_array(list) || json_array_size(list) == 0)
        return err_set(filter->e, ERR_INVALID, "%s: \"in\" needs a list with at least one value",
                       place);
    buf_add_char(filter->out, '(');
    json_array_foreach((json_t *)list, i, item)
    {
        enum err_code rc;

        buf_addf(filter->out, "%s%s eq ", i > 0 ? " or " : "", field);
        rc = filter_value(filter, condition, item, place);
        if (rc != ERR_OK)
            return rc;
    }
    buf_add_char(filter->out, ')');
    return ERR_OK;
}

static bool among(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static enum err_code filter_compare(struct filter *filter, const json_t *condition,
                                    const char *place)
{
    static const char *const operators[] = { "eq", "ne", "gt", "ge", "lt", "le", NULL };
    static const char *const functions[] = { "contains", "startswith", "endswith", NULL };
    const char *field = json_get_text(condition, "field"), *is = json_get_text(condition, "is");
    const json_t *value = json_object_get(condition, "value");
    enum err_code rc;

    if (!field_valid(field))
        return err_set(filter->e, ERR_INVALID, "%s: \"field\" must be the name of a column", place);
    if (is == NULL)
        is = "eq";
    if (strcmp(is, "null") == 0 || strcmp(is, "not_null") == 0) {
        buf_addf(filter->out, "%s %s null", field, strcmp(is, "null") == 0 ? "eq" : "ne");
        return ERR_OK;
    }
    if (strcmp(is, "in") == 0)
        return filter_in(filter, condition, field, place);
    if (value == NULL || json_is_null(value))
        return err_set(filter->e, ERR_INVALID,
                       "%s: %.100s has no value to compare with; for rows where it is empty write "
                       "\"is\": \"null\"",
                       place, field);
    if (among(is, functions)) {
        if (!json_is_text(value))
            return err_set(filter->e, ERR_INVALID, "%s: %s needs a text", place, is);
        buf_addf(filter->out, "%s(%s,", is, field);
        rc = literal(value, false, place, filter->out, filter->e);
        buf_add_char(filter->out, ')');
        return rc;
    }
    if (!among(is, operators))
        return err_set(filter->e, ERR_INVALID,
                       "%s: \"is\" is eq, ne, gt, ge, lt, le, contains, startswith, endswith, in, "
                       "null or not_null",
                       place);
    buf_addf(filter->out, "%s %s ", field, is);
    return filter_value(filter, condition, value, place);
}

/* Exactly the members that a condition has: a misspelt one must not get lost. */
static enum err_code filter_members(struct filter *filter, const json_t *json, const char *place)
{
    static const char *const compare[] = { "field", "is", "value", "as", NULL };
    bool group = json_object_get(json, "field") == NULL;
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)json, name, member)
    {
        if (!group && !among(name, compare))
            return err_set(filter->e, ERR_INVALID, "%s: a condition has no \"%.60s\"", place, name);
    }
    if (group && json_object_size(json) != 1)
        return err_set(filter->e, ERR_INVALID,
                       "%s: a condition has \"field\", \"is\" and \"value\", or is one of \"all\", "
                       "\"any\" and \"not\"",
                       place);
    return ERR_OK;
}

static enum err_code filter_condition(struct filter *filter, const json_t *json, const char *place)
{
    char below[PLACE_MAX];
    enum err_code rc;

    if (filter->depth == DEPTH_MAX)
        return err_set(filter->e, ERR_INVALID, "%s: conditions within conditions are too deep",
                       place);
    filter->depth++;
    if (json_is_array(json)) {
        rc = filter_joined(filter, json, "and", place);
    } else if (!json_is_object(json)) {
        rc = err_set(filter->e, ERR_INVALID, "%s must be a condition, but is: %s", place,
                     json_kind(json));
    } else if ((rc = filter_members(filter, json, place)) != ERR_OK) {
        return rc;
    } else if (json_object_get(json, "all") != NULL) {
        snprintf(below, sizeof below, "%s/all", place);
        rc = filter_joined(filter, json_object_get(json, "all"), "and", below);
    } else if (json_object_get(json, "any") != NULL) {
        snprintf(below, sizeof below, "%s/any", place);
        rc = filter_joined(filter, json_object_get(json, "any"), "or", below);
    } else if (json_object_get(json, "not") != NULL) {
        snprintf(below, sizeof below, "%s/not", place);
        buf_add_text(filter->out, "not (");
        rc = filter_condition(filter, json_object_get(json, "not"), below);
        buf_add_char(filter->out, ')');
    } else {
        rc = filter_compare(filter, json, place);
    }
    filter->depth--;
    return rc;
}

enum err_code odata_filter(const json_t *json, struct buf *out, struct err *e)
{
    struct filter filter = { .out = out, .e = e };
    enum err_code rc = filter_condition(&filter, json, "the filter");

    check(rc != ERR_OK || filter.depth == 0);
    return rc == ERR_OK ? buf_check(out, "the filter", e) : rc;
}

/* ---- Keys and names */

/* "NAME='value'"; in an address the value is percent-encoded, so that it cannot leave the key, and
 * what the grammar has between values stands as it is (OData 4.01 ABNF, compoundKey). */
static enum err_code key_member(const char *name, const json_t *value, bool in_url, struct buf *out,
                                struct err *e)
{
    char place[PLACE_MAX];
    enum err_code rc;
    struct buf text;

    if (!name_valid(name))
        return err_set(e, ERR_INVALID, "the key: \"%.60s\" is no name of a column", name);
    snprintf(place, sizeof place, "the key's %.100s", name);
    buf_addf(out, "%s=", name);
    if (!in_url)
        return literal(value, false, place, out, e);
    buf_init(&text, 2 * (size_t)LIMIT_OUTPUT);
    rc = literal(value, false, place, &text, e);
    if (rc == ERR_OK)
        rc = buf_check(&text, place, e);
    if (rc == ERR_OK)
        percent_write(out, buf_text(&text), text.len);
    buf_fini(&text);
    return rc;
}

static enum err_code key_write(const json_t *key, bool in_url, struct buf *out, struct err *e)
{
    const char *text = json_text(key), *name, *comma = "";
    json_t *value;

    if (text != NULL && is_guid(text)) {
        buf_add_text(out, text);
        return buf_check(out, "the key", e);
    }
    if (!json_is_object(key) || json_object_size(key) == 0)
        return err_set(
            e, ERR_INVALID,
            "the key must be the row's id like %s, or an object of the key's columns and "
            "their values, but is: %s",
            forms[0].example, text != NULL ? "another text" : json_kind(key));
    json_object_foreach((json_t *)key, name, value)
    {
        buf_add_text(out, comma);
        if (key_member(name, value, in_url, out, e) != ERR_OK)
            return e->code;
        comma = ",";
    }
    return buf_check(out, "the key", e);
}

enum err_code odata_key(const json_t *key, struct buf *out, struct err *e)
{
    return key_write(key, false, out, e);
}

enum err_code odata_key_url(const json_t *key, struct buf *out, struct err *e)
{
    return key_write(key, true, out, e);
}

enum err_code odata_names(const json_t *names, struct buf *out, struct err *e)
{
    const json_t *item;
    size_t i;

    if (!json_is_array(names) || json_array_size(names) == 0)
        return err_set(e, ERR_INVALID, "must be a list of columns, but is: %s",
                       json_is_array(names) ? "empty" : json_kind(names));
    json_array_foreach((json_t *)names, i, item)
    {
        const char *text = json_text(item);

        if (!name_valid(text))
            return err_set(e, ERR_INVALID, "entry %zu is no name of a column", i + 1);
        buf_addf(out, "%s%s", i > 0 ? "," : "", text);
    }
    return buf_check(out, "the list of columns", e);
}
