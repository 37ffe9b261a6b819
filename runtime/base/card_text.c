/* card_text.c - takes out of a text what it must not hold.
 *
 * One walk: at a digit the whole sequence of digits and separators is looked at, at a letter the
 * word, which may be the name of a security code. Escapes (%20, \u0020, \n) are read as what they
 * stand for. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/card_priv.h"
#include "base/check.h"
#include "base/limits.h"

#define TEXT_TRACK     120u  /* bytes behind the number that track data may have */
#define TEXT_NAME      40u   /* bytes of the name of a security code */
#define TEXT_ATTRIBUTE 200u  /* bytes between the name of an element and its end */
#define TEXT_ENTITY    8u    /* bytes of &quot; */
#define TEXT_CODE      32u   /* what is longer is encrypted, */
#define TEXT_CIPHER    4096u /* so far */

/* ---- Track data: NUMBER=YYMMSSS..., %BNUMBER^NAME^YYMM... */

static bool text_digits(const char *text, size_t size, size_t at, unsigned count)
{
    unsigned found = 0;

    while (found < count && at < size && isdigit((unsigned char)text[at]))
        found++, at++;
    return found == count;
}

/* The end of the track data that goes on behind a number; 0: it is none. */
static size_t text_track(const char *text, size_t size, size_t end)
{
    size_t at = end, most = size - end > TEXT_TRACK ? end + TEXT_TRACK : size;
    unsigned carets = 0;

    if (end >= size)
        return 0;
    if (text[end] == '=' || text[end] == 'D' || text[end] == 'd') {
        if (!text_digits(text, size, end + 1, 7))
            return 0;
        for (at = end + 1; at < most && isalnum((unsigned char)text[at]); at++)
            continue;
    } else if (text[end] == '^') {
        for (; at < most && text[at] != '?' && text[at] != '"' && text[at] != '\n'; at++)
            carets += text[at] == '^';
        if (carets < 2)
            return 0;
    } else {
        return 0;
    }
    return at < size && text[at] == '?' ? at + 1 : at;
}

static size_t text_track_begin(const char *text, size_t begin)
{
    if (begin > 0 && (text[begin - 1] == 'B' || text[begin - 1] == 'b'))
        begin--;
    if (begin > 0 && (text[begin - 1] == '%' || text[begin - 1] == ';'))
        begin--;
    return begin;
}

/* ---- Numbers */

/* Whether the digits hang on a word: a serial number, a hash. */
static bool text_in_word(const char *text, size_t size, size_t begin, size_t end)
{
    bool before = begin > 0 && isalpha((unsigned char)text[begin - 1]) != 0;
    bool behind = end < size && isalpha((unsigned char)text[end]) != 0;

    if (before && begin > 1 && text[begin - 2] == '\\')
        before = false; /* \n */
    if (before && begin > 2 && text[begin - 3] == '%')
        before = false; /* %3D */
    return before || behind;
}

bool card__in_sequence(const char *text, size_t size, const struct card__digits *digits,
                       unsigned *group, enum card__hint hint, struct card__found *found)
{
    unsigned first = 0;

    for (unsigned i = 0; i < *group; i++)
        first += digits->group[i];
    for (; *group < digits->groups; first += digits->group[(*group)++]) {
        enum card__hint beside = hint;
        size_t track;

        if (!card__match(digits, *group, first, CARD__CARD, &found->match))
            continue; /* not even beside "card" */
        found->begin = digits->at[found->match.first];
        found->end = digits->end[found->match.first + found->match.covers - 1];
        track = text_track(text, size, digits->end[found->match.first + found->match.count - 1]);
        found->track = track > 0;
        if (found->track) {
            found->begin = text_track_begin(text, found->begin);
            found->end = track;
            *group = digits->groups;
            return true;
        }
        if (beside != CARD__CARD) {
            beside = card__text_hint(text, digits->at[first]);
            if (beside == CARD__PLAIN)
                beside = hint;
        }
        if (!card__match(digits, *group, first, beside, &found->match))
            continue;
        found->begin = digits->at[found->match.first];
        found->end = digits->end[found->match.first + found->match.covers - 1];
        if (beside != CARD__CARD && text_in_word(text, size, found->begin, found->end))
            continue;
        *group = found->match.last + 1;
        return true;
    }
    return false;
}

/* Digits between the first six and the last four become stars; separators stay. */
static void text_mask(const char *text, const struct card__digits *digits,
                      const struct card__found *found, struct buf *out)
{
    const struct card__match *match = &found->match;
    size_t at = found->begin;

    for (unsigned i = 0; i < match->covers; i++) {
        unsigned digit = match->first + i;

        buf_add(out, text + at, digits->at[digit] - at);
        if (i < 6 || (i + 4 >= match->count && i < match->count))
            buf_add(out, text + digits->at[digit], digits->end[digit] - digits->at[digit]);
        else
            buf_add_char(out, '*');
        at = digits->end[digit];
    }
}

/* ---- Security codes */

static bool text_begins(const char *text, size_t size, size_t at, const char *what)
{
    size_t length = strlen(what);

    return at + length <= size && strncasecmp(text + at, what, length) == 0;
}

/* An escape of one of the signs below: %3A, of that %253A, \u003a, &gt;, &#34;, &amp;quot;: its
 * bytes, 0: none. *joined: it is one of : = > */
static size_t text_sign(const char *text, size_t size, size_t at, bool *joined)
{
    size_t end = at + 1;

    if (text[at] == '%') {
        if (text_begins(text, size, at, "%25"))
            end += 2;
        if (end + 1 >= size || strchr("23579", text[end]) == NULL)
            return 0;
        *joined |= text[end] == '3';
        return end + 2 - at;
    }
    if (text_begins(text, size, at, "\\u002") || text_begins(text, size, at, "\\u003")) {
        *joined |= text[at + 4] == '3';
        return at + 6 <= size ? 6 : 0;
    }
    if (text[at] != '&')
        return 0;
    while (text_begins(text, size, end, "amp;"))
        end += 4;
    *joined |= text_begins(text, size, end, "gt;");
    while (end < size && end - at < 2 * TEXT_ENTITY &&
           (isalnum((unsigned char)text[end]) || text[end] == '#'))
        end++;
    return end < size && text[end] == ';' ? end + 1 - at : 0;
}

/* What stands between a name and its value: quotes, blanks, one of : = > or an escape of them; a
 * line may end behind such a one. *joined: there was one. The byte behind it. */
static size_t text_glue(const char *text, size_t size, size_t at, bool *joined)
{
    for (; at < size;) {
        char c = text[at];
        size_t sign = text_sign(text, size, at, joined);

        if (sign > 0) {
            at += sign;
        } else if (c == ':' || c == '=' || c == '>') {
            *joined = true;
            at++;
        } else if (*joined && text_begins(text, size, at, "<![CDATA[")) {
            at += 9;
        } else if (c != '\0' &&
                   strchr(*joined ? " \t\r\n\"'\\+[]#(" : " \t\"'\\+[]#(", c) != NULL) {
            at++;
        } else {
            break;
        }
    }
    return at;
}

static size_t text_skip(const char *text, size_t size, size_t at, const char *signs)
{
    while (at < size && text[at] != '\0' && strchr(signs, text[at]) != NULL)
        at++;
    return at;
}

/* A name that stands as a value itself, and the value beside it: name="cvv" value="123", a part of
 * a form (name="cvv" and an empty line), <Name>cvv</Name><Value>123. past: behind the name. The
 * byte from where the glue goes on. */
static size_t text_pair(const char *text, size_t size, size_t name, size_t past, bool *joined)
{
    static const char *const empty[] = { "\r\n\r\n", "\n\n", "\\r\\n\\r\\n", "\\n\\n" };
    size_t at = past, most = size - past > TEXT_ATTRIBUTE ? past + TEXT_ATTRIBUTE : size;

    if (text_begins(text, size, at, "</")) {
        while (at < most && text[at] != '>')
            at++;
        at = text_skip(text, size, at, "> \t\r\n");
        *joined = text_begins(text, size, at, "<value>");
        return *joined ? at + strlen("<value>") : past;
    }
    if (name == 0 || at >= size || strchr("\"'\\", text[at]) == NULL || text[at] == '\0')
        return past;
    at = text_skip(text, size, at, "\"'\\ \t");
    if (text_begins(text, size, at, "value")) {
        *joined = true;
        return at + strlen("value");
    }
    for (at = past; at < most; at++)
        for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
            if (text_begins(text, size, at, empty[i])) {
                *joined = true;
                return at + strlen(empty[i]);
            }
    return past;
}

static size_t text_element(const char *text, size_t size, size_t name, size_t past)
{
    size_t at = past;
    bool opened = name > 0 && text[name - 1] == '<';

    for (size_t i = name; !opened && i > 0 && name - i < TEXT_NAME; i--) {
        if (text[i - 1] == '<' && name - i > 0)
            opened = text[name - 1] == ':'; /* <card:cvv */
        else if (!isalnum((unsigned char)text[i - 1]) && text[i - 1] != ':' && text[i - 1] != '_')
            break;
    }
    while (opened && at < size && at - past < TEXT_ATTRIBUTE && text[at] != '>')
        at++;
    return opened && at < size && text[at] == '>' ? at : past;
}

/* The end of a code that its sender encrypted: base64, also as a form writes it. value: none. */
static size_t text_cipher(const char *text, size_t size, size_t value)
{
    size_t at = value;
    bool digit = false;

    while (at < size && at - value < TEXT_CIPHER) {
        if (text_begins(text, size, at, "%2B") || text_begins(text, size, at, "%2F") ||
            text_begins(text, size, at, "%3D"))
            at += 3;
        else if (isalnum((unsigned char)text[at]) ||
                 (text[at] != '\0' && strchr("+/=_-", text[at]) != NULL))
            digit |= isdigit((unsigned char)text[at++]) != 0;
        else
            break;
    }
    return at - value > TEXT_CODE && digit ? at : value;
}

bool card__text_code(const char *text, size_t size, size_t at, size_t *begin, size_t *end)
{
    enum card__code code;
    size_t value, stop = at;
    unsigned digits = 0;
    bool joined;

    while (stop < size &&
           (isalnum((unsigned char)text[stop]) || text[stop] == '_' || text[stop] == '-'))
        stop++;
    if (stop - at > TEXT_NAME || stop - at < 3 || !card__name_maybe_code(text + at, stop - at))
        return false;
    code = card__name_code(text + at, stop - at);
    if (code == CARD__NO_CODE || code == CARD__NEAR_CODE)
        return false;
    joined = false;
    value = text_pair(text, size, at, stop, &joined);
    value = text_glue(text, size, joined ? value : text_element(text, size, at, stop), &joined);
    if (value == stop || (!joined && code != CARD__ANY_CODE))
        return false;
    *begin = value;
    *end = text_cipher(text, size, value);
    if (joined && code == CARD__ANY_CODE && *end > value)
        return true;
    for (stop = value; stop < size && isdigit((unsigned char)text[stop]); stop++)
        digits++;
    *end = stop;
    return (digits == 3 || digits == 4) &&
           (stop == size || (!isalnum((unsigned char)text[stop]) &&
                             !(text[stop] == '.' && text_digits(text, size, stop + 1, 1))));
}

/* ---- The walk */

struct text_walk {
    const char *text;
    size_t size, at, copied;
    unsigned found;
    enum card__hint hint;
    struct buf *out;
    struct card_report *report;
};

static void text_replace(struct text_walk *w, size_t begin, size_t end, const char *by)
{
    w->found++;
    buf_add(w->out, w->text + w->copied, begin - w->copied);
    if (by != NULL)
        buf_add_text(w->out, by);
    w->copied = end;
}

static void text_sequence(struct text_walk *w)
{
    struct card__digits digits;
    struct card__found found;
    unsigned group = 0;
    size_t past;

    card__read(w->text, w->size, w->at, &digits);
    past = digits.past;
    while (card__in_sequence(w->text, w->size, &digits, &group, w->hint, &found)) {
        if (found.begin < w->copied)
            continue;
        if (found.track) {
            text_replace(w, found.begin, found.end, CARD_REMOVED);
            w->report->tracks++;
        } else {
            text_replace(w, found.begin, found.begin, NULL);
            text_mask(w->text, &digits, &found, w->out);
            w->copied = found.end;
            w->report->numbers++;
        }
        if (found.end > past)
            past = found.end;
    }
    w->at = past;
}

/* A word: its letters are behind us then, digits in it are looked at for themselves. */
static void text_name(struct text_walk *w)
{
    size_t begin, end;

    if (card__text_code(w->text, w->size, w->at, &begin, &end)) {
        text_replace(w, begin, end, CARD_REMOVED);
        w->report->codes++;
        w->at = end;
    }
    while (w->at < w->size && isalpha((unsigned char)w->text[w->at]))
        w->at++;
}

static void text_walk(struct text_walk *w)
{
    bool word = false; /* the byte before belongs to a word */

    while (w->at < w->size) {
        int kind;
        size_t bytes = card__unit(w->text + w->at, w->size - w->at, &kind);

        if (kind >= 0 && kind < 10) {
            size_t begin = w->at;

            text_sequence(w); /* the 22 of %2522 belongs to no word */
            word = w->at != begin + 2 || begin < 3 || memcmp(w->text + begin - 3, "%25", 3) != 0;
        } else if (isalpha((unsigned char)w->text[w->at]) && !word) {
            text_name(w);
            word = true;
        } else {
            word = bytes == 1 && isalpha((unsigned char)w->text[w->at]);
            w->at += bytes;
        }
    }
}

bool card__mask(const char *text, size_t size, enum card__hint hint, struct buf *out,
                struct card_report *report)
{
    struct text_walk walk = {
        .text = text, .size = size, .hint = hint, .out = out, .report = report
    };

    text_walk(&walk);
    if (walk.found == 0)
        return false;
    buf_add(out, text + walk.copied, size - walk.copied);
    return true;
}

bool card_mask_text(const char *text, size_t size, const char *name, struct buf *out,
                    struct card_report *report)
{
    return card__mask(text, size, name != NULL ? card__name_hint(name, strlen(name)) : CARD__PLAIN,
                      out, report);
}

bool card_mask_chars(char *text, size_t room, struct card_report *report)
{
    size_t size = strnlen(text, room);
    struct buf out;
    bool found;

    if (!card_suspect(text, size))
        return false;
    buf_init(&out, 2 * room + 64);
    found = card_mask_text(text, size, NULL, &out, report);
    if (found) {
        size_t kept = out.len < room ? out.len : room - 1;

        memcpy(text, buf_text(&out), kept);
        text[kept] = '\0';
    }
    buf_fini(&out);
    return found;
}
