/* trail_scan.c - finds the members of a journal's entries in its text, without making values of
 * them: what is passed over costs a look at each byte. The text was written by record.c. */
#include "engine/trail_priv.h"

#include <string.h>

struct scan {
    const char *at, *end;
};

static void scan_space(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

static bool scan_is(struct scan *scan, char c)
{
    scan_space(scan);
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

/* Behind the first quote. */
static bool scan_text(struct scan *scan)
{
    for (;;) {
        const char *quote = memchr(scan->at, '"', (size_t)(scan->end - scan->at)), *back;

        if (quote == NULL)
            return false;
        back = quote;
        while (back > scan->at && back[-1] == '\\')
            back--;
        scan->at = quote + 1;
        if ((quote - back) % 2 == 0)
            return true;
    }
}

/* Behind the first bracket. */
static bool scan_container(struct scan *scan)
{
    unsigned depth = 1;

    while (scan->at < scan->end) {
        char c = *scan->at++;

        if (c == '"') {
            if (!scan_text(scan))
                return false;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return true;
        }
    }
    return false;
}

static bool scan_value(struct scan *scan, struct trail_piece *piece)
{
    bool whole = true;

    scan_space(scan);
    if (scan->at == scan->end)
        return false;
    piece->at = scan->at;
    switch (*scan->at++) {
    case '"':
        whole = scan_text(scan);
        break;
    case '{':
    case '[':
        whole = scan_container(scan);
        break;
    default:
        while (scan->at < scan->end && strchr(",}] \n\t\r", *scan->at) == NULL)
            scan->at++;
    }
    piece->size = (size_t)(scan->at - piece->at);
    return whole;
}

/* Where the value of a member goes; NULL: nobody asks for it. */
static struct trail_piece *scan_member(struct trail_entry *entry, const char *name, size_t size)
{
#define X(member)                                                       \
    if (size == sizeof #member - 1 && memcmp(name, #member, size) == 0) \
        return &entry->member;
    TRAIL_MEMBERS(X)
#undef X
    return NULL;
}

/* Behind its bracket. */
static bool scan_entry(struct scan *scan, struct trail_entry *entry)
{
    memset(entry, 0, sizeof *entry);
    if (scan_is(scan, '}'))
        return true;
    for (;;) {
        struct trail_piece value, *member;
        const char *name;
        size_t size;

        if (!scan_is(scan, '"'))
            return false;
        name = scan->at;
        if (!scan_text(scan))
            return false;
        size = (size_t)(scan->at - name) - 1;
        if (!scan_is(scan, ':') || !scan_value(scan, &value))
            return false;
        member = scan_member(entry, name, size);
        if (member != NULL)
            *member = value;
        if (scan_is(scan, '}'))
            return true;
        if (!scan_is(scan, ','))
            return false;
    }
}

bool trail_scan(const char *text, size_t size, trail_entry_fn *visit, void *arg)
{
    struct scan scan = { .at = text, .end = text + size };
    struct trail_entry entry;

    if (!scan_is(&scan, '['))
        return false;
    if (scan_is(&scan, ']'))
        return true;
    for (;;) {
        if (!scan_is(&scan, '{') || !scan_entry(&scan, &entry))
            return false;
        visit(arg, &entry);
        if (scan_is(&scan, ']'))
            return true;
        if (!scan_is(&scan, ','))
            return false;
    }
}

int64_t trail_number(struct trail_piece piece, int64_t otherwise)
{
    bool minus = piece.size > 0 && piece.at[0] == '-';
    int64_t value = 0;

    if (piece.at == NULL || piece.size - minus == 0 || piece.size > 18)
        return otherwise;
    for (size_t i = minus; i < piece.size; i++) {
        if (piece.at[i] < '0' || piece.at[i] > '9')
            return otherwise;
        value = value * 10 + (piece.at[i] - '0');
    }
    return minus ? -value : value;
}
