/* tidy.c - the style of the project as a test.
 *
 *   tidy ROOT             every finding as PATH:LINE: RULE: message, then "N findings"
 *   tidy --selftest DIR   each DIR/NAME is a tree, DIR/NAME.expected what must be found in it
 *
 * Rules: columns, tab, space, leftover, file-lines, header-lines, header-most (lines.c); banned,
 * function-lines (calls.c); include (includes.c); magic, client, node (house.c); exception
 * (report.c). A rule is lifted for one file by a line with a reason in tests/tidy/exceptions.txt,
 * except header-most and exception. */
#include "tidy.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static struct tidy_tree tree;
static char report[2u << 20];

/* The number of findings, their lines in `report`; -1 when the tree cannot be read. */
static long tidy_look(const char *root)
{
    if (!tree_load(&tree, root))
        return -1;
    report_begin(&tree);
    lines_check(&tree);
    calls_check(&tree);
    includes_check(&tree);
    house_check(&tree);
    return (long)report_end(report, sizeof report);
}

static bool text_read(const char *path, char *text, size_t room)
{
    FILE *in = fopen(path, "rb");
    size_t size;

    if (in == NULL)
        return false;
    size = fread(text, 1, room - 1, in);
    text[size] = '\0';
    fclose(in);
    return true;
}

static bool selftest_one(const char *dir, const char *name)
{
    static char expected[64u << 10];
    char path[4096];

    snprintf(path, sizeof path, "%s/%s.expected", dir, name);
    if (!text_read(path, expected, sizeof expected)) {
        printf("%s: there is no %s\n", name, path);
        return false;
    }
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (tidy_look(path) < 0)
        return false;
    if (strcmp(report, expected) == 0)
        return true;
    printf("%s: found\n%s%s: expected\n%s", name, report, name, expected);
    return false;
}

static int selftest(const char *dir)
{
    DIR *list = opendir(dir);
    unsigned passed = 0, failed = 0;

    if (list == NULL) {
        fprintf(stderr, "tidy: cannot read %s\n", dir);
        return 2;
    }
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        if (strchr(entry->d_name, '.') != NULL)
            continue; /* ".", "..", and the expectations */
        if (selftest_one(dir, entry->d_name))
            passed++;
        else
            failed++;
    }
    closedir(list);
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    long found;

    if (argc == 3 && strcmp(argv[1], "--selftest") == 0)
        return selftest(argv[2]);
    if (argc != 2) {
        fprintf(stderr, "usage: tidy ROOT | tidy --selftest DIR\n");
        return 2;
    }
    found = tidy_look(argv[1]);
    if (found < 0)
        return 2;
    printf("%s%ld findings\n", report, found);
    return found == 0 ? 0 : 1;
}
