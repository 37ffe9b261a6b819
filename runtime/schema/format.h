/* format.h - the values of "format" that can be asserted. For schema/ only. */
#ifndef SCHEMA_FORMAT_H
#define SCHEMA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

struct format {
    const char *name;
    bool (*fits)(const char *text, size_t size);
    const char *like; /* "a date like 2026-11-21": what messages ask for */
};
const struct format *format_find(const char *name); /* NULL: not one that is checked */
/* For messages: "date-time, date, ...". */
const char *format_names(void);

/* (format_net.c) */
bool format__email(const char *text, size_t size);
bool format__hostname(const char *text, size_t size);
bool format__ipv4(const char *text, size_t size);
bool format__ipv6(const char *text, size_t size);
bool format__uri(const char *text, size_t size);
bool format__uri_reference(const char *text, size_t size);

#endif
