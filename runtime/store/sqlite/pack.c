/* pack.c - a plain dictionary coder (Lempel and Ziv, 1977), greedy, one probe a position: about 3
 * ns a byte. */
#include "store/sqlite/pack_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"

#define PACK_MATCH_MIN 4u  /* shorter references cost as much as they save */
#define PACK_LITERAL   64u /* below this many bytes packing cannot pay */

enum pack_format { PACK_PLAIN, PACK_WORDS, PACK_BEHIND, PACK_ALONE };

static uint32_t pack_word(const unsigned char *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

static uint32_t pack_hash(uint32_t word)
{
    return (word * UINT32_C(2654435761)) >> 20; /* 12 bits: PACK_HASHES */
}

static unsigned char *pack_length(unsigned char *out, size_t rest)
{
    for (; rest >= 255; rest -= 255)
        *out++ = 255;
    *out++ = (unsigned char)rest;
    return out;
}

/* match 0: the literals end the text. */
static unsigned char *pack_sequence(unsigned char *out, const unsigned char *literals, size_t count,
                                    size_t match, size_t distance)
{
    size_t extra = match > 0 ? match - PACK_MATCH_MIN : 0;

    check(match == 0 || match >= PACK_MATCH_MIN);
    *out++ = (unsigned char)((count < 15 ? count : 15) << 4 | (extra < 15 ? extra : 15));
    if (count >= 15)
        out = pack_length(out, count - 15);
    memcpy(out, literals, count);
    out += count;
    if (match == 0)
        return out;
    *out++ = (unsigned char)(distance & 255);
    *out++ = (unsigned char)(distance >> 8);
    if (extra >= 15)
        out = pack_length(out, extra - 15);
    return out;
}

/* Packs base[start..end); references reach back to base[0]. Stops and returns NULL when it does not
 * pay. */
static unsigned char *pack_text(struct packer *packer, const unsigned char *base, size_t start,
                                size_t end, unsigned char *out)
{
    const unsigned char *stop = out + (end - start);
    size_t at = start, literal = start, misses = 0;

    check(end <= UINT32_MAX - 1);
    while (at + PACK_MATCH_MIN <= end) {
        uint32_t word = pack_word(base + at), hash = pack_hash(word);
        size_t found = packer->at[hash], match = PACK_MATCH_MIN;

        packer->at[hash] = (uint32_t)at + 1;
        if (found == 0 || at - --found >= PACK_WINDOW || pack_word(base + found) != word) {
            at += 1 + (misses++ >> 6); /* what does not repeat is passed in longer strides */
            continue;
        }
        while (at + match < end && base[found + match] == base[at + match])
            match++;
        if (out + pack_room(at - literal) >= stop)
            return NULL;
        out = pack_sequence(out, base + literal, at - literal, match, at - found);
        for (size_t inside = at + 2; inside + PACK_MATCH_MIN <= end && inside < at + match;
             inside += 4)
            packer->at[pack_hash(pack_word(base + inside))] = (uint32_t)inside + 1;
        at += match;
        literal = at;
        misses = 0;
    }
    if (out + pack_room(end - literal) >= stop)
        return NULL;
    return pack_sequence(out, base + literal, end - literal, 0, 0);
}

void packer_init(struct packer *packer)
{
    check(pack_words_size < PACK_WINDOW / 2);
    memset(packer->words, 0, sizeof(packer->words));
    memcpy(packer->window, pack_words, pack_words_size);
    for (size_t i = 0; i + PACK_MATCH_MIN <= pack_words_size; i++)
        packer->words[pack_hash(pack_word(packer->window + i))] = (uint32_t)i + 1;
    packer_begin(packer);
}

void packer_begin(struct packer *packer)
{
    memcpy(packer->at, packer->words, sizeof(packer->at));
    packer->used = (uint32_t)pack_words_size;
}

static size_t pack_plain(const char *text, size_t size, unsigned char *out)
{
    out[0] = PACK_PLAIN;
    if (size > 0)
        memcpy(out + 1, text, size);
    return size + 1;
}

size_t pack(struct packer *packer, const char *text, size_t size, unsigned char *out)
{
    bool fits = size <= PACK_WINDOW - packer->used, first = packer->used == pack_words_size;
    const unsigned char *base = (const unsigned char *)text;
    unsigned char *at = out;
    size_t start = 0;

    check(text != NULL || size == 0);
    if (fits) {
        start = packer->used;
        if (size > 0)
            memcpy(packer->window + start, text, size);
        packer->used += (uint32_t)size;
        base = packer->window;
    } else {
        memset(packer->at, 0, sizeof(packer->at)); /* places in another text */
    }
    if (size < PACK_LITERAL)
        return pack_plain(text, size, out);
    *at++ = !fits ? PACK_ALONE : first ? PACK_WORDS : PACK_BEHIND;
    for (size_t rest = size;; rest >>= 7) {
        *at++ = (unsigned char)((rest & 127) | (rest > 127 ? 128 : 0));
        if (rest <= 127)
            break;
    }
    at = pack_text(packer, base, start, start + size, at);
    if (!fits)
        packer_begin(packer);
    if (at == NULL || (size_t)(at - out) > size)
        return pack_plain(text, size, out);
    return (size_t)(at - out);
}

bool pack_refers(const unsigned char *packed, size_t packed_size)
{
    return packed_size > 0 && packed[0] == PACK_BEHIND;
}

/* ---- back */

struct unpacker {
    const unsigned char *at, *end;
    const char *before; /* the text, or nothing */
    size_t before_size;
    size_t words; /* bytes of the words before that */
    char *out;
    size_t done, size;
};

static bool unpack_length(struct unpacker *u, size_t *length)
{
    unsigned char byte;

    if (*length < 15)
        return true;
    do {
        if (u->at == u->end)
            return false;
        byte = *u->at++;
        *length += byte;
    } while (byte == 255);
    return true;
}

/* The byte that stands so far before the next one: in the text, the one before it, or the words. */
static char unpack_byte(const struct unpacker *u, size_t distance)
{
    if (distance <= u->done)
        return u->out[u->done - distance];
    distance -= u->done;
    if (distance <= u->before_size)
        return u->before[u->before_size - distance];
    return pack_words[u->words - (distance - u->before_size)];
}

/* Byte by byte: a match may run on into what it writes. */
static bool unpack_match(struct unpacker *u, size_t distance, size_t match)
{
    if (distance == 0 || distance > u->done + u->before_size + u->words ||
        match > u->size - u->done)
        return false;
    for (; match > 0; match--, u->done++)
        u->out[u->done] = unpack_byte(u, distance);
    return true;
}

static bool unpack_sequences(struct unpacker *u)
{
    while (u->at < u->end) {
        size_t count = *u->at >> 4, match = *u->at & 15, distance;

        u->at++;
        if (!unpack_length(u, &count) || count > (size_t)(u->end - u->at) ||
            count > u->size - u->done)
            return false;
        memcpy(u->out + u->done, u->at, count);
        u->at += count;
        u->done += count;
        if (u->at == u->end)
            return match == 0 && u->done == u->size;
        if (u->end - u->at < 2)
            return false;
        distance = (size_t)u->at[0] | (size_t)u->at[1] << 8;
        u->at += 2;
        if (!unpack_length(u, &match) || !unpack_match(u, distance, match + PACK_MATCH_MIN))
            return false;
    }
    return false; /* the last sequence has no match */
}

/* The declared size, bounded by what so many bytes can become. */
static bool unpack_size(struct unpacker *u)
{
    for (unsigned shift = 0; shift < 35 && u->at < u->end; shift += 7) {
        unsigned char byte = *u->at++;

        u->size |= (size_t)(byte & 127) << shift;
        if (byte < 128)
            return u->size / 256 <= (size_t)(u->end - u->at);
    }
    return false;
}

enum err_code unpack(const char *before, size_t before_size, const unsigned char *packed,
                     size_t packed_size, char **text, size_t *size, struct err *e)
{
    struct unpacker u = { .at = packed + 1, .end = packed + packed_size };
    bool good;

    *text = NULL;
    if (packed_size == 0 || packed[0] > PACK_ALONE)
        return err_set(e, ERR_STORE, "a stored text is in no format that this program knows");
    if (packed[0] == PACK_BEHIND) {
        u.before = before;
        u.before_size = before != NULL ? before_size : 0;
    }
    if (packed[0] != PACK_ALONE)
        u.words = pack_words_size;
    if (packed[0] == PACK_PLAIN)
        u.size = packed_size - 1;
    else if (!unpack_size(&u))
        return err_set(e, ERR_STORE, "a stored text is damaged");
    u.out = mem_try(u.size + 1);
    if (u.out == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a stored text of %zu bytes", u.size);
    good = packed[0] == PACK_PLAIN || unpack_sequences(&u);
    if (packed[0] == PACK_PLAIN && u.size > 0)
        memcpy(u.out, u.at, u.size);
    if (!good) {
        mem_free(u.out);
        return err_set(e, ERR_STORE, "a stored text is damaged");
    }
    u.out[u.size] = '\0';
    *text = u.out;
    *size = u.size;
    return ERR_OK;
}
