/* report.c - findings, and the exceptions that a line with a reason makes.
 *
 * tests/tidy/exceptions.txt: RULE PATH REASON. An exception stands for every finding of that rule
 * in that file; one that stands for none is a finding itself, so the list can only shrink. */
#include "tidy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS       5000
#define EXCEPTIONS     200
#define RULE           32
#define EXCEPTIONS_TXT "tests/tidy/exceptions.txt"

struct finding {
    char path[TIDY_PATH];
    unsigned line;
    char rule[RULE];
    char text[400];
};
struct exception {
    char rule[RULE];
    char path[TIDY_PATH];
    unsigned line; /* in exceptions.txt */
    bool used;
};

static struct finding findings[FINDINGS];
static size_t finding_count, finding_more;
static struct exception exceptions[EXCEPTIONS];
static size_t exception_count;

/* Copies the next word of a line; returns what follows it, or NULL if it is missing or too long. */
static const char *word_take(const char *at, char *into, size_t room)
{
    size_t size;

    at += strspn(at, " ");
    size = strcspn(at, " \n");
    if (size == 0 || size >= room)
        return NULL;
    memcpy(into, at, size);
    into[size] = '\0';
    return at + size;
}

static void exception_read(const char *line, unsigned number)
{
    struct exception *made = &exceptions[exception_count];
    const char *at;

    if (line[0] == '\n' || line[0] == '#' || line[0] == '\0')
        return;
    at = exception_count < EXCEPTIONS ? word_take(line, made->rule, sizeof made->rule) : NULL;
    if (at != NULL)
        at = word_take(at, made->path, sizeof made->path);
    if (at == NULL || at[strspn(at, " ")] == '\n' || at[strspn(at, " ")] == '\0') {
        report_add(EXCEPTIONS_TXT, number, "exception", "write it as: RULE PATH REASON");
        return;
    }
    if (strcmp(made->rule, "header-most") == 0 || strcmp(made->rule, "exception") == 0) {
        report_add(EXCEPTIONS_TXT, number, "exception", "%s has no exceptions", made->rule);
        return;
    }
    made->line = number;
    made->used = false;
    exception_count++;
}

void report_begin(const struct tidy_tree *tree)
{
    const struct tidy_file *file = tree_find(tree, EXCEPTIONS_TXT);
    unsigned number = 1;

    finding_count = finding_more = exception_count = 0;
    if (file == NULL)
        return;
    for (const char *line = file->text; line != NULL && *line != '\0'; number++) {
        exception_read(line, number);
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
}

static bool report_excepted(const char *path, const char *rule)
{
    for (size_t i = 0; i < exception_count; i++)
        if (strcmp(exceptions[i].path, path) == 0 && strcmp(exceptions[i].rule, rule) == 0) {
            exceptions[i].used = true;
            return true;
        }
    return false;
}

void report_add(const char *path, unsigned line, const char *rule, const char *fmt, ...)
{
    struct finding *made = &findings[finding_count];
    va_list args;

    if (report_excepted(path, rule))
        return;
    if (finding_count == FINDINGS) {
        finding_more++;
        return;
    }
    snprintf(made->path, sizeof made->path, "%s", path);
    snprintf(made->rule, sizeof made->rule, "%s", rule);
    made->line = line;
    va_start(args, fmt);
    vsnprintf(made->text, sizeof made->text, fmt, args);
    va_end(args);
    finding_count++;
}

static int finding_compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    if (order == 0 && x->line != y->line)
        order = x->line < y->line ? -1 : 1;
    if (order == 0)
        order = strcmp(x->rule, y->rule);
    return order != 0 ? order : strcmp(x->text, y->text);
}

size_t report_end(char *out, size_t room)
{
    size_t used = 0;

    for (size_t i = 0; i < exception_count; i++)
        if (!exceptions[i].used)
            report_add(EXCEPTIONS_TXT, exceptions[i].line, "exception",
                       "%s %s is kept now: remove the line", exceptions[i].path,
                       exceptions[i].rule);
    qsort(findings, finding_count, sizeof findings[0], finding_compare);
    out[0] = '\0';
    for (size_t i = 0; i < finding_count && used < room; i++) {
        const struct finding *f = &findings[i];

        used += (size_t)snprintf(out + used, room - used, "%s:%u: %s: %s\n", f->path, f->line,
                                 f->rule, f->text);
    }
    return finding_count + finding_more;
}
