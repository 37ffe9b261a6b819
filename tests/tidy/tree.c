/* tree.c - loads the files that people write, in order of path. */
#include "tidy.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char arena[TIDY_ARENA];
static size_t arena_used;

char *arena_take(size_t size)
{
    char *at = arena + arena_used;

    if (size > sizeof arena - arena_used)
        return NULL;
    arena_used += size;
    return at;
}

void arena_reset(void)
{
    arena_used = 0;
}

bool path_ends(const char *path, const char *end)
{
    size_t size = strlen(path), want = strlen(end);

    return size >= want && strcmp(path + size - want, end) == 0;
}

bool path_begins(const char *path, const char *start)
{
    return strncmp(path, start, strlen(start)) == 0;
}

bool path_is_c(const char *path)
{
    return path_ends(path, ".c") || path_ends(path, ".h");
}

/* What is not written by hand, or not ours. The self-test's trees are bad on purpose. */
static bool folder_skipped(const char *path, const char *name)
{
    return strcmp(name, "node_modules") == 0 || path_begins(name, "build") ||
           (name[0] == '.' && strcmp(name, ".ci") != 0) || strcmp(name, "dist") == 0 ||
           strcmp(path, "data") == 0 || strcmp(path, "tests/tidy/selftest") == 0;
}

static bool file_wanted(const char *name)
{
    static const char *const ends[] = { ".c",    ".h",     ".ts",  ".tsx", ".js",   ".mjs", ".md",
                                        ".json", ".lua",   ".sh",  ".css", ".html", ".py",  ".yaml",
                                        ".yml",  ".cmake", ".txt", ".sql", ".inc" };

    if (strchr(name, '.') == NULL)
        return true; /* run, check, Makefile */
    if (strcmp(name, "package-lock.json") == 0 || strcmp(name, "schema.d.ts") == 0)
        return false; /* made by tools */
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (path_ends(name, ends[i]))
            return true;
    return false;
}

static bool file_load(struct tidy_file *file, const char *full, size_t size)
{
    FILE *in = fopen(full, "rb");
    char *text = arena_take(size + 1), *code = NULL;
    size_t got;

    if (in == NULL || text == NULL) {
        fprintf(stderr, "tidy: cannot load %s\n", full);
        if (in != NULL)
            fclose(in);
        return false;
    }
    got = fread(text, 1, size, in);
    fclose(in);
    text[got] = '\0';
    file->text = text;
    file->size = got;
    if (path_is_c(full)) {
        code = arena_take(got + 1);
        if (code == NULL) {
            fprintf(stderr, "tidy: no room for %s\n", full);
            return false;
        }
        code_blank(text, got, code);
    }
    file->code = code;
    return true;
}

static bool file_add(struct tidy_tree *tree, const char *full, const char *path, size_t size)
{
    struct tidy_file *file = &tree->files[tree->count];

    if (tree->count == TIDY_FILES || strlen(path) >= sizeof file->path) {
        fprintf(stderr, "tidy: too many files, or too long a path: %s\n", path);
        return false;
    }
    strncpy(file->path, path, sizeof file->path - 1);
    if (!file_load(file, full, size))
        return false;
    tree->count++;
    return true;
}

static bool folder_load(struct tidy_tree *tree, const char *root, const char *folder)
{
    char full[8192], path[4096];
    DIR *dir;
    bool ok = true;

    snprintf(full, sizeof full, "%s/%s", root, folder);
    dir = opendir(full);
    if (dir == NULL) {
        fprintf(stderr, "tidy: cannot read %s\n", full);
        return false;
    }
    for (struct dirent *entry = readdir(dir); ok && entry != NULL; entry = readdir(dir)) {
        const char *name = entry->d_name;
        struct stat st;

        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name);
        snprintf(full, sizeof full, "%s/%s", root, path);
        if (lstat(full, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && !folder_skipped(path, name))
            ok = folder_load(tree, root, path);
        else if (S_ISREG(st.st_mode) && file_wanted(name))
            ok = file_add(tree, full, path, (size_t)st.st_size);
    }
    closedir(dir);
    return ok;
}

static int file_compare(const void *a, const void *b)
{
    const struct tidy_file *x = a, *y = b;

    return strcmp(x->path, y->path);
}

bool tree_load(struct tidy_tree *tree, const char *root)
{
    arena_reset();
    memset(tree, 0, sizeof *tree);
    if (!folder_load(tree, root, ""))
        return false;
    qsort(tree->files, tree->count, sizeof tree->files[0], file_compare);
    return true;
}

const struct tidy_file *tree_find(const struct tidy_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->files[i].path, path) == 0)
            return &tree->files[i];
    return NULL;
}
