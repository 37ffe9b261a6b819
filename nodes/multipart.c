/* multipart.c - an answer that holds several answers. */
#include "nodes/multipart.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/media.h"

#define BOUNDARY_MAX 70u   /* RFC 2046, 5.1.1 */
#define PARTS_MAX    1000u /* an OData service takes no more operations in one batch */
#define NESTED_MAX   2u
#define HEADER_MAX   2048u

struct text {
    const char *at;
    size_t size;
};

struct reader {
    json_t *list; /* of the parts */
    struct err *e;
};

static enum err_code broken(struct reader *reader, const char *what)
{
    return err_set(reader->e, ERR_TRANSIENT, "the answer of several parts cannot be read: %s",
                   what);
}

bool multipart_is(const char *type)
{
    return media_is(type, "multipart/mixed");
}

/* The boundary of a Content-Type; false: none that is allowed. */
static bool boundary_find(const char *type, char *boundary)
{
    const char *at = strcasestr(type, "boundary=");
    size_t size;

    if (at == NULL)
        return false;
    at += strlen("boundary=");
    at += *at == '"';
    size = strcspn(at, "\"; \t");
    if (size == 0 || size > BOUNDARY_MAX)
        return false;
    memcpy(boundary, at, size);
    boundary[size] = '\0';
    return true;
}

/* The next line without its end, which is taken off the text; false: there is none. */
static bool line_next(struct text *text, struct text *line)
{
    const char *end = text->size > 0 ? memchr(text->at, '\n', text->size) : NULL;

    if (end == NULL)
        return false;
    *line = (struct text){ text->at, (size_t)(end - text->at) };
    text->size -= line->size + 1;
    text->at = end + 1;
    if (line->size > 0 && line->at[line->size - 1] == '\r')
        line->size--;
    return true;
}

/* Header lines up to the empty one, as an object with names in lower case. */
static enum err_code headers_read(struct reader *reader, struct text *text, json_t *headers)
{
    struct text line;
    char buffer[HEADER_MAX];

    while (line_next(text, &line)) {
        bool failed = false;
        char *colon;

        if (line.size == 0)
            return ERR_OK;
        if (line.size >= sizeof buffer || memchr(line.at, '\0', line.size) != NULL)
            return broken(reader, "a header is too long");
        memcpy(buffer, line.at, line.size);
        buffer[line.size] = '\0';
        colon = strchr(buffer, ':');
        if (colon == NULL || colon == buffer || !utf8_valid(buffer, line.size))
            return broken(reader, "a line is no header");
        *colon = '\0';
        for (char *c = buffer; c < colon; c++)
            *c = (char)tolower((unsigned char)*c);
        colon += 1 + strspn(colon + 1, " \t");
        json_put(headers, buffer, json_string(colon), &failed);
        if (failed)
            return err_set(reader->e, ERR_MEMORY, "no memory for the answer");
    }
    return broken(reader, "it ends within headers");
}

static enum err_code status_read(struct reader *reader, struct text *text, int *status)
{
    struct text line;

    if (!line_next(text, &line) || line.size < 12 || strncmp(line.at, "HTTP/1.", 7) != 0 ||
        line.at[8] != ' ')
        return broken(reader, "a part has no status line");
    *status = 0;
    for (size_t i = 9; i < 12; i++) {
        if (line.at[i] < '0' || line.at[i] > '9')
            return broken(reader, "a part has no status");
        *status = *status * 10 + (line.at[i] - '0');
    }
    return ERR_OK;
}

static enum err_code body_read(struct reader *reader, const struct text *text, const char *type,
                               json_t **body)
{
    size_t size = text->size;

    while (size > 0 && (text->at[size - 1] == '\n' || text->at[size - 1] == '\r'))
        size--; /* between the body and the boundary */
    if (size == 0)
        *body = json_null();
    else if (type != NULL && media_is_json(type))
        *body = json_read(text->at, size, &json_limits_reply, reader->e);
    else if (utf8_valid(text->at, size))
        *body = json_stringn(text->at, size);
    else
        return broken(reader, "a part is neither JSON nor text");
    return *body != NULL ? ERR_OK : broken(reader, "a part's JSON is broken");
}

/* One part of type application/http. */
static enum err_code part_read(struct reader *reader, struct text text)
{
    json_t *part = json_object(), *headers = json_object(), *body = NULL;
    bool failed = part == NULL || headers == NULL;
    int status = 0;
    enum err_code rc;

    if (json_array_size(reader->list) == PARTS_MAX)
        rc = err_set(reader->e, ERR_LIMIT, "the answer has more than %u parts", PARTS_MAX);
    else
        rc = failed ? err_set(reader->e, ERR_MEMORY, "no memory for the answer")
                    : status_read(reader, &text, &status);
    if (rc == ERR_OK)
        rc = headers_read(reader, &text, headers);
    if (rc == ERR_OK)
        rc = body_read(reader, &text, json_get_text(headers, "content-type"), &body);
    if (rc == ERR_OK) {
        json_put(part, "status", json_integer(status), &failed);
        json_put(part, "headers", headers, &failed);
        json_put(part, "body", body, &failed);
        headers = body = NULL;
        if (failed || json_array_append(reader->list, part) != 0)
            rc = err_set(reader->e, ERR_MEMORY, "no memory for the answer");
    }
    json_decref(body);
    json_decref(headers);
    json_decref(part);
    return rc;
}

static enum err_code parts_read(struct reader *reader, const char *type, struct text text,
                                unsigned depth);

/* What stands between two boundaries. */
static enum err_code piece_read(struct reader *reader, struct text text, unsigned depth)
{
    json_t *headers = json_object();
    const char *type;
    enum err_code rc;

    rc = headers == NULL ? err_set(reader->e, ERR_MEMORY, "no memory for the answer")
                         : headers_read(reader, &text, headers);
    type = json_get_text(headers, "content-type");
    if (rc != ERR_OK)
        type = NULL;
    else if (type != NULL && multipart_is(type))
        rc = depth + 1 < NESTED_MAX ? parts_read(reader, type, text, depth + 1)
                                    : broken(reader, "parts within parts are too deep");
    else if (type != NULL && media_is(type, "application/http"))
        rc = part_read(reader, text);
    else
        rc = broken(reader, "a part is no answer");
    json_decref(headers);
    return rc;
}

enum mark { MARK_NONE, MARK_BETWEEN, MARK_END };

static enum mark mark_read(const struct text *line, const char *boundary)
{
    size_t size = strlen(boundary), end = line->size;

    while (end > 0 && (line->at[end - 1] == ' ' || line->at[end - 1] == '\t'))
        end--;
    if (end < size + 2 || line->at[0] != '-' || line->at[1] != '-' ||
        memcmp(line->at + 2, boundary, size) != 0)
        return MARK_NONE;
    if (end == size + 2)
        return MARK_BETWEEN;
    return end == size + 4 && memcmp(line->at + size + 2, "--", 2) == 0 ? MARK_END : MARK_NONE;
}

/* The last line may end with the text. */
static bool line_or_rest(struct text *text, struct text *line)
{
    if (line_next(text, line))
        return true;
    *line = *text;
    text->at += text->size;
    text->size = 0;
    return line->size > 0;
}

static enum err_code parts_read(struct reader *reader, const char *type, struct text text,
                                unsigned depth)
{
    char boundary[BOUNDARY_MAX + 1];
    const char *begin = NULL; /* of the part that is open */
    struct text line;

    check(depth < NESTED_MAX);
    if (!boundary_find(type, boundary))
        return broken(reader, "its boundary is not said");
    while (line_or_rest(&text, &line)) {
        enum mark mark = mark_read(&line, boundary);
        enum err_code rc = ERR_OK;

        if (mark == MARK_NONE)
            continue;
        if (begin != NULL)
            rc = piece_read(reader, (struct text){ begin, (size_t)(line.at - begin) }, depth);
        if (rc != ERR_OK || mark == MARK_END)
            return rc;
        begin = text.at;
    }
    return broken(reader, "it ends before its last boundary");
}

enum err_code multipart_read(const char *type, const char *text, size_t size, json_t **parts,
                             struct err *e)
{
    struct reader reader = { .list = json_array(), .e = e };
    bool failed = false;
    enum err_code rc;

    check(type != NULL);
    *parts = json_object();
    if (*parts == NULL || reader.list == NULL)
        rc = err_set(e, ERR_MEMORY, "no memory for the answer");
    else
        rc = parts_read(&reader, type, (struct text){ text, size }, 0);
    if (rc == ERR_OK) {
        json_put(*parts, "parts", json_incref(reader.list), &failed);
        if (failed)
            rc = err_set(e, ERR_MEMORY, "no memory for the answer");
    }
    json_decref(reader.list);
    if (rc == ERR_OK)
        return ERR_OK;
    json_decref(*parts);
    *parts = NULL;
    return rc;
}
