/* tidy.h - the parts of the style test, see tidy.c.
 *
 * A tree is loaded whole into static memory, so there is nothing to release; each part looks at it
 * and reports. Nothing here depends on the program it checks. */
#ifndef TIDY_TIDY_H
#define TIDY_TIDY_H

#include <stdbool.h>
#include <stddef.h>

#define TIDY_PATH  256
#define TIDY_FILES 4000
#define TIDY_ARENA (64u << 20)

struct tidy_file {
    char path[TIDY_PATH]; /* from the root of the tree, without "./" */
    const char *text;     /* ends with a NUL that does not count */
    size_t size;
    const char *code; /* of C files: the text with comments and literals blanked; else NULL */
};
struct tidy_tree {
    struct tidy_file files[TIDY_FILES]; /* in order of path */
    size_t count;
};

/* tree.c */
bool tree_load(struct tidy_tree *tree, const char *root); /* false: told on stderr */
const struct tidy_file *tree_find(const struct tidy_tree *tree, const char *path); /* or NULL */
bool path_ends(const char *path, const char *end);
bool path_begins(const char *path, const char *start);
bool path_is_c(const char *path);
char *arena_take(size_t size); /* NULL when the arena is used up */
void arena_reset(void);

/* code.c */
void code_blank(const char *text, size_t size, char *code); /* code: size + 1 bytes */
/* Finds `word` as a whole identifier at or behind `from`; NULL if there is none. */
const char *code_word(const char *from, const char *word);
unsigned code_line(const char *text, const char *at); /* from 1 */

/* report.c: every finding of a tree, excepted ones left out */
void report_begin(const struct tidy_tree *tree); /* reads tests/tidy/exceptions.txt */
void report_add(const char *path, unsigned line, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
size_t report_end(char *out, size_t room); /* lines in order of path; returns their number */

/* The rules, by what they look at. */
void lines_check(const struct tidy_tree *tree);    /* lines.c */
void calls_check(const struct tidy_tree *tree);    /* calls.c */
void includes_check(const struct tidy_tree *tree); /* includes.c */
void house_check(const struct tidy_tree *tree);    /* house.c */

#endif
