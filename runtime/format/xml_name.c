/* xml_name.c - which texts are names: those of XML 1.0, fifth edition, as the parser reads them
 * (libxml2's own xmlValidateQName() is of the fourth), with at most one prefix. */
#include <stddef.h>

#include "format/xml_priv.h"

struct name_range {
    uint32_t low, high;
};

/* NameStartChar without ':' */
static const struct name_range name_begin[] = {
    { 'A', 'Z' },       { '_', '_' },       { 'a', 'z' },         { 0xC0, 0xD6 },
    { 0xD8, 0xF6 },     { 0xF8, 0x2FF },    { 0x370, 0x37D },     { 0x37F, 0x1FFF },
    { 0x200C, 0x200D }, { 0x2070, 0x218F }, { 0x2C00, 0x2FEF },   { 0x3001, 0xD7FF },
    { 0xF900, 0xFDCF }, { 0xFDF0, 0xFFFD }, { 0x10000, 0xEFFFF },
};
/* NameChar: these too */
static const struct name_range name_more[] = {
    { '-', '.' }, { '0', '9' }, { 0xB7, 0xB7 }, { 0x300, 0x36F }, { 0x203F, 0x2040 },
};

static bool name_in(const struct name_range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].low && point <= ranges[i].high)
            return true;
    return false;
}

uint32_t xml__point(const unsigned char **at)
{
    uint32_t point = *(*at)++;
    int tail = point >= 0xF0 ? 3 : point >= 0xE0 ? 2 : point >= 0xC0 ? 1 : 0;

    if (tail > 0)
        point &= 0x3Fu >> tail;
    for (; tail > 0; tail--)
        point = point << 6 | (*(*at)++ & 0x3F);
    return point;
}

bool xml__is_name(const char *name)
{
    const unsigned char *at = (const unsigned char *)name;
    bool first = true, prefix = false;

    while (*at != '\0') {
        uint32_t point = xml__point(&at);

        if (point == ':' && !first && !prefix) {
            first = prefix = true;
            continue;
        }
        if (!name_in(name_begin, sizeof name_begin / sizeof *name_begin, point) &&
            (first || !name_in(name_more, sizeof name_more / sizeof *name_more, point)))
            return false;
        first = false;
    }
    return !first;
}
