/* stencil.c - see stencil.h. The text is taken apart here; where its places are is found by
 * walking through its markup, one character at a time. */
#include "format/stencil.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "format/stencil_priv.h"

#define STENCIL_MAGIC 0x57E2C11Bu

struct stencil {
    unsigned magic;
    enum stencil_media media;
    char *text;
    struct stencil_piece *pieces;
    size_t count, places;
};

const char *const stencil_medias[] = {
#define X(code, name) name,
    STENCIL_MEDIA(X)
#undef X
        NULL
};

/* ---- Walking through markup */

enum where {
    IN_CONTENT, /* also of the text of other media */
    IN_TAG,
    IN_QUOTES, /* an attribute, or a JSON string */
    IN_COMMENT,
    IN_CDATA,
    IN_SCRIPT,
};

void stencil_begin(struct stencil_state *state)
{
    *state = (struct stencil_state){ .where = IN_CONTENT };
}

bool stencil_same(const struct stencil_state *a, const struct stencil_state *b)
{
    return a->where == b->where && a->quote == b->quote &&
           (a->where == IN_CONTENT || strcmp(a->name, b->name) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static void word_add(char *word, size_t room, char c)
{
    size_t size = strlen(word);

    if (size + 1 < room) {
        word[size] = lower(c);
        word[size + 1] = '\0';
    }
}

static void recent_add(struct stencil_state *state, char c)
{
    size_t size = strlen(state->recent);

    if (size + 1 == sizeof state->recent) {
        memmove(state->recent, state->recent + 1, size);
        size--;
    }
    state->recent[size] = lower(c);
    state->recent[size + 1] = '\0';
}

static bool recent_ends(const struct stencil_state *state, const char *what)
{
    size_t size = strlen(state->recent), wanted = strlen(what);

    return size >= wanted && strcmp(state->recent + size - wanted, what) == 0;
}

static void enter(struct stencil_state *state, enum where where)
{
    state->where = (int)where;
    state->recent[0] = '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void tag_walk(struct stencil_state *state, bool html, char c)
{
    bool naming = state->recent[0] == '\0'; /* the tag's name goes on */

    if (c == '>') {
        bool script =
            html && (strcmp(state->name, "script") == 0 || strcmp(state->name, "style") == 0);

        enter(state, script ? IN_SCRIPT : IN_CONTENT);
    } else if ((c == '"' || c == '\'') && !naming) {
        state->quote = c;
        state->value_begun = false;
        state->where = IN_QUOTES;
    } else if (is_blank(c) || (c == '/' && state->name[0] != '\0')) {
        memcpy(state->recent, " ", 2);
        if (!naming && !is_blank(c))
            state->attribute[0] = '\0';
    } else if (naming) {
        word_add(state->name, sizeof state->name, c);
        if (strcmp(state->name, "!--") == 0)
            enter(state, IN_COMMENT);
        else if (strcmp(state->name, "![cdata[") == 0)
            enter(state, IN_CDATA);
    } else if (c == '=') {
        memcpy(state->recent, "=", 2);
    } else {
        if (state->recent[0] != 'a')
            state->attribute[0] = '\0'; /* another begins */
        memcpy(state->recent, "a", 2);
        word_add(state->attribute, sizeof state->attribute, c);
    }
}

static void markup_walk(struct stencil_state *state, bool html, char c)
{
    switch ((enum where)state->where) {
    case IN_CONTENT:
        if (c != '<')
            break;
        enter(state, IN_TAG);
        state->name[0] = state->attribute[0] = '\0';
        break;
    case IN_TAG:
        tag_walk(state, html, c);
        break;
    case IN_QUOTES:
        state->value_begun = true;
        if (c != state->quote)
            break;
        state->where = IN_TAG;
        state->quote = '\0';
        memcpy(state->recent, " ", 2);
        state->attribute[0] = '\0';
        break;
    case IN_COMMENT:
    case IN_CDATA:
        recent_add(state, c);
        if (recent_ends(state, state->where == IN_COMMENT ? "-->" : "]]>"))
            enter(state, IN_CONTENT);
        break;
    case IN_SCRIPT:
        recent_add(state, c);
        if (recent_ends(state, "</script") || recent_ends(state, "</style")) {
            enter(state, IN_TAG);
            memcpy(state->name, "/", 2);
        }
        break;
    }
}

static void json_walk(struct stencil_state *state, char c)
{
    if (state->where == IN_CONTENT) {
        if (c == '"')
            state->where = IN_QUOTES;
    } else if (state->escaped) {
        state->escaped = false;
    } else if (c == '\\') {
        state->escaped = true;
    } else if (c == '"') {
        state->where = IN_CONTENT;
    }
}

static void state_walk(struct stencil_state *state, enum stencil_media media, const char *text,
                       size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (media == STENCIL_HTML || media == STENCIL_XML)
            markup_walk(state, media == STENCIL_HTML, text[i]);
        else if (media == STENCIL_JSON)
            json_walk(state, text[i]);
}

/* ---- How a place is written; NULL in *wrong: as it says */

static bool attribute_is_url(const char *name)
{
    static const char *const urls[] = { "href",       "src",        "action", "formaction",
                                        "xlink:href", "background", "poster", "cite" };

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (strcmp(urls[i], name) == 0)
            return true;
    return false;
}

static enum stencil_escape attribute_escape(const struct stencil_state *state, const char **wrong)
{
    if (strncmp(state->attribute, "on", 2) == 0 || strcmp(state->attribute, "style") == 0 ||
        strcmp(state->attribute, "srcdoc") == 0)
        *wrong = "a value cannot be made safe within a script or style";
    return attribute_is_url(state->attribute) && !state->value_begun ? ESCAPE_LINK : ESCAPE_MARKUP;
}

static enum stencil_escape markup_escape(const struct stencil_state *state, bool html,
                                         const char **wrong)
{
    switch ((enum where)state->where) {
    case IN_CONTENT:
        return ESCAPE_MARKUP;
    case IN_QUOTES:
        return html ? attribute_escape(state, wrong) : ESCAPE_MARKUP;
    case IN_TAG:
        *wrong = "it stands within a tag; put quotes around an attribute's value";
        break;
    case IN_COMMENT:
        *wrong = "it stands within a comment";
        break;
    case IN_CDATA:
        *wrong = "it stands within CDATA; as plain content it is escaped";
        break;
    case IN_SCRIPT:
        *wrong = "a value cannot be made safe within a script or style";
        break;
    }
    return ESCAPE_NONE;
}

static enum stencil_escape place_escape(const struct stencil_state *state, enum stencil_media media,
                                        const char **wrong)
{
    *wrong = NULL;
    switch (media) {
    case STENCIL_HTML:
    case STENCIL_XML:
        return markup_escape(state, media == STENCIL_HTML, wrong);
    case STENCIL_JSON:
        if (state->escaped)
            *wrong = "it stands behind a backslash";
        return state->where == IN_QUOTES ? ESCAPE_JSON_TEXT : ESCAPE_JSON;
    case STENCIL_URL:
        return ESCAPE_URL;
    case STENCIL_CSV:
        return ESCAPE_CSV;
    case STENCIL_TEXT:
        break;
    }
    return ESCAPE_NONE;
}

/* ---- Expressions: Lua, as far as it takes to know where one ends */

static const char *quoted_end(const char *at)
{
    char quote = *at++;

    for (; *at != '\0' && *at != quote && *at != '\n'; at++)
        if (*at == '\\' && at[1] != '\0')
            at++;
    return *at == quote ? at + 1 : at;
}

/* Of "[[...]]", "[==[...]==]"; `at` itself when none begins here. */
static const char *bracket_end(const char *at)
{
    const char *open = at + 1;
    size_t level;

    while (*open == '=')
        open++;
    if (*open != '[')
        return at;
    level = (size_t)(open - at) - 1;
    for (open++; *open != '\0'; open++)
        if (*open == ']' && strspn(open + 1, "=") == level && open[1 + level] == ']')
            return open + level + 2;
    return open;
}

/* Where "}}" ends the expression; NULL: nowhere. Texts and tables within it may hold "}}". */
static const char *expression_end(const char *at)
{
    int depth = 0;

    while (*at != '\0') {
        const char *next;

        if (*at == '"' || *at == '\'') {
            at = quoted_end(at);
            continue;
        }
        next = *at == '[' ? bracket_end(at) : at;
        if (next != at) {
            at = next;
            continue;
        }
        if (depth == 0 && at[0] == '}' && at[1] == '}')
            return at;
        depth +=
            (*at == '{' || *at == '(' || *at == '[') - (*at == '}' || *at == ')' || *at == ']');
        if (depth < 0)
            return NULL;
        at++;
    }
    return NULL;
}

/* ---- Making one */

static enum err_code fail_at(const struct stencil *stencil, const char *at, struct err *e)
{
    unsigned line = 1, column = 1;

    for (const char *c = stencil->text; c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    return err_prefix(e, "line %u, column %u", line, column);
}

static void piece_add(struct stencil *stencil, const struct stencil_piece *piece)
{
    if ((stencil->count & (stencil->count - 1)) == 0)
        stencil->pieces =
            mem_must_resize(stencil->pieces, (stencil->count == 0 ? 1 : 2 * stencil->count) *
                                                 sizeof *stencil->pieces);
    stencil->pieces[stencil->count++] = *piece;
}

static enum err_code place_read(struct stencil *stencil, const char *open,
                                struct stencil_state *state, const char **behind, struct err *e)
{
    struct stencil_piece piece = { .place = true };
    const char *at = open + 2, *end, *wrong;

    at += strspn(at, " \t\r\n");
    if (strncmp(at, "raw:", 4) == 0) {
        piece.raw = true;
        at += 4;
    }
    end = expression_end(at);
    if (end == NULL)
        err_set(e, ERR_SYNTAX,
                "\"{{\" begins an expression that no \"}}\" ends; for the two braces "
                "themselves write {{ '{{' }}");
    else if (strspn(at, " \t\r\n") >= (size_t)(end - at))
        err_set(e, ERR_SYNTAX, "there is no expression between \"{{\" and \"}}\"");
    else if (*at == '=')
        err_set(e, ERR_SYNTAX,
                "between \"{{\" and \"}}\" stands the expression alone, without \"=\"");
    else
        e->code = ERR_OK;
    piece.escape = place_escape(state, stencil->media, &wrong);
    if (e->code == ERR_OK && wrong != NULL && !piece.raw)
        err_set(e, ERR_SYNTAX, "%s; {{raw: ...}} is written as it is", wrong);
    if (e->code != ERR_OK)
        return fail_at(stencil, open, e);
    piece.text = at;
    piece.size = (size_t)(end - at);
    piece_add(stencil, &piece);
    stencil->places++;
    state->value_begun = true;
    *behind = end + 2;
    return ERR_OK;
}

static enum err_code text_read(struct stencil *stencil, struct stencil_state *state, struct err *e)
{
    const char *at = stencil->text;

    for (;;) {
        const char *open = strstr(at, "{{");
        size_t size = open != NULL ? (size_t)(open - at) : strlen(at);
        enum err_code rc;

        if (size > 0) {
            state_walk(state, stencil->media, at, size);
            piece_add(stencil, &(struct stencil_piece){ .text = at, .size = size });
        }
        if (open == NULL)
            return ERR_OK;
        rc = place_read(stencil, open, state, &at, e);
        if (rc != ERR_OK)
            return rc;
    }
}

struct stencil *stencil_new(enum stencil_media media, const char *text, struct stencil_state *state,
                            struct err *e)
{
    struct stencil *stencil = mem_must(sizeof *stencil);

    check(text != NULL);
    stencil->magic = STENCIL_MAGIC;
    stencil->media = media;
    stencil->text = mem_must_copy(text);
    if (text_read(stencil, state, e) == ERR_OK)
        return stencil;
    stencil_free(stencil);
    return NULL;
}

void stencil_free(struct stencil *stencil)
{
    if (stencil == NULL)
        return;
    check(stencil->magic == STENCIL_MAGIC);
    mem_free(stencil->pieces);
    mem_free(stencil->text);
    stencil->magic = 0;
    mem_free(stencil);
}

size_t stencil_places(const struct stencil *stencil)
{
    check(stencil->magic == STENCIL_MAGIC);
    return stencil->places;
}

const char *stencil_expression(const struct stencil *stencil, size_t place, size_t *size)
{
    check(place < stencil->places);
    for (size_t i = 0; i < stencil->count; i++)
        if (stencil->pieces[i].place && place-- == 0) {
            *size = stencil->pieces[i].size;
            return stencil->pieces[i].text;
        }
    check(!"a place that is counted");
    return NULL;
}

enum err_code stencil_write(const struct stencil *stencil, stencil_value_fn *value, void *arg,
                            struct buf *out, struct err *e)
{
    size_t place = 0;

    check(stencil->magic == STENCIL_MAGIC);
    for (size_t i = 0; i < stencil->count; i++) {
        const struct stencil_piece *piece = &stencil->pieces[i];
        enum err_code rc;

        if (!piece->place) {
            buf_add(out, piece->text, piece->size);
            continue;
        }
        rc = stencil__escape(piece->raw ? ESCAPE_NONE : piece->escape, value(arg, place++), out, e);
        if (rc != ERR_OK) {
            int size = (int)(piece->size < 60 ? piece->size : 60);

            err_prefix(e, "{{%.*s}}", size, piece->text);
            return fail_at(stencil, piece->text, e);
        }
    }
    return buf_check(out, "the text", e);
}
