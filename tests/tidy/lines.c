/* lines.c - what can be seen without knowing a language: lengths, white space, words left over. */
#include "tidy.h"

#include <stdint.h>
#include <string.h>

#define COLUMNS    100
#define COLUMNS_TS 120 /* types take room; eslint holds the same */
#define FILE_LINES 500
#define HEADER_LINES                                                        \
    120 /* the contract of a room may take up to HEADER_MOST, by exception; \
           what tests share is code in a header, and counts as a file */
#define HEADER_MOST 220

static size_t line_columns(const char *line, size_t size)
{
    size_t columns = 0;

    for (size_t i = 0; i < size; i++)
        columns += ((unsigned char)line[i] & 0xC0u) != 0x80u; /* a UTF-8 character counts once */
    return columns;
}

/* Prose and data run as wide as they like. */
static size_t columns_most(const char *path)
{
    static const char *const prose[] = { ".md", ".json", ".txt", ".html", ".yaml", ".yml", ".sql" };
    static const char *const script[] = { ".ts", ".tsx", ".js", ".mjs" };

    for (size_t i = 0; i < sizeof prose / sizeof prose[0]; i++)
        if (path_ends(path, prose[i]) && !path_ends(path, "CMakeLists.txt"))
            return SIZE_MAX;
    for (size_t i = 0; i < sizeof script / sizeof script[0]; i++)
        if (path_ends(path, script[i]))
            return COLUMNS_TS;
    return COLUMNS;
}

static void words_check(const struct tidy_file *file, const char *line, size_t size,
                        unsigned number)
{
    /* In two parts, so that this file is no finding. */
    static const char *const words[] = { "TO"
                                         "DO",
                                         "FIX"
                                         "ME",
                                         "XX"
                                         "X",
                                         "HA"
                                         "CK" };
    char copy[512];

    if (size >= sizeof copy)
        size = sizeof copy - 1;
    memcpy(copy, line, size);
    copy[size] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (code_word(copy, words[i]) != NULL)
            report_add(file->path, number, "leftover", "%s: do it now, or leave it", words[i]);
}

static void line_check(const struct tidy_file *file, const char *line, size_t size, unsigned number)
{
    size_t columns = line_columns(line, size), most = columns_most(file->path);
    const char *name = strrchr(file->path, '/');

    name = name != NULL ? name + 1 : file->path;
    if (columns > most)
        report_add(file->path, number, "columns", "%zu columns, at most %zu", columns, most);
    if (memchr(line, '\t', size) != NULL && strcmp(name, "Makefile") != 0)
        report_add(file->path, number, "tab", "a tab; indent with spaces");
    if (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\r'))
        report_add(file->path, number, "space", "white space at the end of the line");
    words_check(file, line, size, number);
}

static void file_check(const struct tidy_file *file)
{
    const char *at = file->text, *end = file->text + file->size;
    unsigned lines = 0;
    bool header;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((stop != NULL ? stop : end) - at);

        lines++;
        line_check(file, at, size, lines);
        at += size + 1;
    }
    if (file->size > 0 && end[-1] != '\n')
        report_add(file->path, lines, "space", "the last line has no end");
    header = path_ends(file->path, ".h") && !path_begins(file->path, "tests/");
    if (header && lines > HEADER_MOST)
        report_add(file->path, 1, "header-most", "%u lines, at most %d", lines, HEADER_MOST);
    else if (header && lines > HEADER_LINES)
        report_add(file->path, 1, "header-lines", "%u lines, at most %d", lines, HEADER_LINES);
    if ((path_is_c(file->path) || path_ends(file->path, ".ts") || path_ends(file->path, ".tsx")) &&
        lines > FILE_LINES)
        report_add(file->path, 1, "file-lines", "%u lines, at most %d: part it by noun", lines,
                   FILE_LINES);
}

void lines_check(const struct tidy_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        file_check(&tree->files[i]);
}
