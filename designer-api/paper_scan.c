/* paper_scan.c - walks over the text of a payload: what is masked, and where containers end. */
#include <string.h>

#include "base/card.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/mask.h"
#include "designer-api/paper_priv.h"

size_t paper_pass_text(const char *text, size_t size, size_t at)
{
    size_t from = at;

    for (;;) {
        const char *quote = memchr(text + at, '"', size - at);
        size_t back;

        if (quote == NULL)
            return SIZE_MAX;
        at = (size_t)(quote - text) + 1;
        for (back = at - 1; back > from && text[back - 1] == '\\';)
            back--;
        if ((at - 1 - back) % 2 == 0)
            return at;
    }
}

size_t paper_pass(const char *text, size_t size, size_t at)
{
    unsigned depth = 0;

    do {
        if (at >= size)
            return SIZE_MAX;
        switch (text[at++]) {
        case '"':
            at = paper_pass_text(text, size, at);
            if (at == SIZE_MAX)
                return SIZE_MAX;
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth-- == 0)
                return SIZE_MAX;
            break;
        case ',':
        case ':':
            if (depth == 0)
                return SIZE_MAX;
            break;
        default:
            while (at < size && strchr(",:]}{[\"", text[at]) == NULL)
                at++;
        }
    } while (depth > 0);
    return at;
}

/* ---- What is masked */

/* A text without its card numbers; false: it has none. */
static bool mask_text(const char *text, size_t size, const char *name, struct buf *out)
{
    struct card_report report = { 0 };
    struct buf plain;
    bool found;

    if (!card_suspect(text, size))
        return false;
    buf_init(&plain, size * 2 + 64);
    found = card_mask_text(text, size, name, &plain, &report);
    check(!report.failed);
    card_report_fini(&report);
    if (found)
        buf_add(out, buf_text(&plain), plain.len); /* digits and "[removed]": no escapes to add */
    buf_fini(&plain);
    return found;
}

#define MASK_SHOWN 32u /* names that are kept in mind */

/* A name that stood there before and is shown. */
struct mask_shown {
    const char *name;
    size_t size;
};

struct mask_walk {
    const char *text;
    size_t size, copied;
    struct buf out;
    unsigned masked;
    bool suspect;
    struct mask_shown shown[MASK_SHOWN];
};

/* A value stands instead of what is between two offsets. */
static void mask_put(struct mask_walk *walk, size_t from, size_t to, const char *value, size_t size)
{
    buf_add(&walk->out, walk->text + walk->copied, from - walk->copied);
    buf_add(&walk->out, value, size);
    walk->copied = to;
    walk->masked++;
}

/* The names of a large payload are a few, again and again: each is looked up once. */
static bool mask_hides(struct mask_walk *walk, const char *name, size_t size)
{
    struct mask_shown *last;

    if (size == 0)
        return mask_name(name, size);
    last = &walk->shown[(size * 7 + (unsigned char)name[0] + (unsigned char)name[size - 1]) %
                        MASK_SHOWN];
    if (last->size == size && memcmp(last->name, name, size) == 0)
        return false;
    if (mask_name(name, size))
        return true;
    *last = (struct mask_shown){ name, size };
    return false;
}

/* The value behind a name. Where to go on. */
static size_t mask_member(struct mask_walk *walk, const char *name, size_t name_size, size_t at)
{
    static const char masked[] = "\"" MASK_TEXT "\"";
    size_t end;

    if (at >= walk->size || walk->text[at] == 'n' || !mask_hides(walk, name, name_size))
        return at;
    end = paper_pass(walk->text, walk->size, at);
    if (end != SIZE_MAX)
        mask_put(walk, at, end, masked, sizeof masked - 1);
    return end;
}

static void mask_card(struct mask_walk *walk, size_t from, size_t to, const char *name,
                      size_t name_size)
{
    char copy[64];
    struct buf shown;

    snprintf(copy, sizeof copy, "%.*s", (int)(name_size < 63 ? name_size : 63),
             name != NULL ? name : "");
    buf_init(&shown, (to - from) * 2 + 64);
    if (mask_text(walk->text + from, to - from, name != NULL ? copy : NULL, &shown))
        mask_put(walk, from, to, buf_text(&shown), shown.len);
    buf_fini(&shown);
}

char *paper_mask(const char *text, size_t size, size_t *masked_size, unsigned *masked)
{
    struct mask_walk walk = { .text = text, .size = size };
    const char *name = NULL;
    size_t at = 0, name_size = 0;
    char *out;

    walk.suspect = card_suspect(text, size);
    buf_init(&walk.out, size * 2 + 64);
    while (at < size && at != SIZE_MAX) {
        const char *quote = memchr(text + at, '"', size - at);
        size_t from, to;

        if (quote == NULL)
            break;
        from = (size_t)(quote - text) + 1;
        to = paper_pass_text(text, size, from);
        at = to;
        if (to == SIZE_MAX)
            break;
        if (to < size && text[to] == ':') {
            name = text + from;
            name_size = to - 1 - from;
            at = mask_member(&walk, name, name_size, to + 1);
        } else if (walk.suspect) {
            mask_card(&walk, from, to - 1, name, name_size);
        }
    }
    buf_add(&walk.out, text + walk.copied, size - walk.copied);
    *masked = walk.masked;
    out = buf_take(&walk.out, masked_size);
    check(out != NULL || size == 0);
    return out;
}

/* ---- Where containers end */

struct index_level {
    size_t start;
    uint32_t count;
    size_t *steps; /* of this container */
    uint32_t step_count, step_room;
};

static void index_step(size_t **steps, uint32_t *count, uint32_t *room, size_t at)
{
    if (*count == *room) {
        size_t *grown = mem_must((size_t)(*room == 0 ? 16 : *room * 2) * sizeof *grown);

        if (*count > 0)
            memcpy(grown, *steps, *count * sizeof *grown);
        mem_free(*steps);
        *steps = grown;
        *room = *room == 0 ? 16 : *room * 2;
    }
    (*steps)[(*count)++] = at;
}

static void index_child(struct index_level *level, size_t at)
{
    if (level->count++ % PAPER_MANY == 0)
        index_step(&level->steps, &level->step_count, &level->step_room, at);
}

static void index_close(struct paper *paper, struct index_level *level, size_t end)
{
    struct paper_mark *mark;

    if (end - level->start >= PAPER_MARK) {
        if (paper->mark_count == paper->mark_room) {
            uint32_t room = paper->mark_room == 0 ? 64 : paper->mark_room * 2;
            struct paper_mark *grown = mem_must(room * sizeof *grown);

            if (paper->mark_count > 0)
                memcpy(grown, paper->marks, paper->mark_count * sizeof *grown);
            mem_free(paper->marks);
            paper->marks = grown;
            paper->mark_room = room;
        }
        mark = &paper->marks[paper->mark_count++];
        *mark = (struct paper_mark){ end, level->count, paper->step_count };
        table_put(&paper->by_start, level->start + 1, (void *)(uintptr_t)paper->mark_count);
        for (uint32_t i = 0; i < level->step_count; i++)
            index_step(&paper->steps, &paper->step_count, &paper->step_room, level->steps[i]);
    }
    level->step_count = 0;
}

/* One character that is not within a text. SIZE_MAX: it is no JSON. */
static size_t index_at(struct paper *paper, struct index_level *levels, unsigned *depth, size_t at,
                       bool *fresh)
{
    struct index_level *level = &levels[*depth];
    char c = paper->text[at];

    if (*fresh && c != '}' && c != ']')
        index_child(level, at);
    *fresh = false;
    switch (c) {
    case '"':
        return paper_pass_text(paper->text, paper->size, at + 1);
    case '{':
    case '[':
        if (++*depth == PAPER_DEPTH)
            return SIZE_MAX;
        levels[*depth].start = at;
        levels[*depth].count = 0;
        *fresh = true;
        return at + 1;
    case '}':
    case ']':
        if (*depth == 0)
            return SIZE_MAX;
        index_close(paper, level, at + 1);
        --*depth;
        return at + 1;
    case ',':
        *fresh = *depth > 0;
        return *depth > 0 ? at + 1 : SIZE_MAX;
    default:
        return at + 1;
    }
}

bool paper_index(struct paper *paper)
{
    struct index_level *levels = mem_must((PAPER_DEPTH + 1) * sizeof *levels);
    unsigned depth = 0;
    bool fresh = false;
    size_t at = 0;

    while (at < paper->size)
        at = index_at(paper, levels, &depth, at, &fresh);
    for (unsigned i = 0; i <= PAPER_DEPTH; i++)
        mem_free(levels[i].steps);
    mem_free(levels);
    return at != SIZE_MAX && depth == 0;
}

const struct paper_mark *paper_mark_at(const struct paper *paper, size_t start)
{
    uintptr_t at = (uintptr_t)table_find(&paper->by_start, start + 1);

    return at != 0 ? &paper->marks[at - 1] : NULL;
}
