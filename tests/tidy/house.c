/* house.c - rules that need the whole tree: magics, the one HTTP client, the list of nodes. */
#include "tidy.h"

#include <stdio.h>
#include <string.h>

#define NODE_LIST "nodes/node_list.h"

/* ---- A magic is one struct's own: a wrong pointer must not look like the right one. */

struct magic {
    char value[24];
    const char *path;
    unsigned line;
};
static struct magic magics[400];

static void magic_note(const struct tidy_file *file, const char *value, unsigned line,
                       size_t *count)
{
    struct magic *made = &magics[*count];

    if (*count == sizeof magics / sizeof magics[0]) {
        report_add(file->path, line, "magic", "too many magics for tests/tidy/house.c");
        return;
    }
    snprintf(made->value, sizeof made->value, "%.*s", (int)strcspn(value, " \nuUlL"), value);
    made->path = file->path;
    made->line = line;
    for (size_t i = 0; i < *count; i++)
        if (strcasecmp(magics[i].value, made->value) == 0) {
            report_add(file->path, line, "magic", "%s is taken by %s:%u", made->value,
                       magics[i].path, magics[i].line);
            return;
        }
    (*count)++;
}

static void magics_check(const struct tidy_tree *tree)
{
    size_t count = 0;

    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        const char *at = file->code != NULL ? strstr(file->code, "#define") : NULL;

        for (; at != NULL; at = strstr(at + 1, "#define")) {
            const char *name = at + strlen("#define"), *end;

            name += strspn(name, " ");
            end = name + strcspn(name, " \n(");
            if (end - name > 6 && strncmp(end - 6, "_MAGIC", 6) == 0)
                magic_note(file, end + strspn(end, " "), code_line(file->code, at), &count);
        }
    }
}

/* ---- One file makes HTTP requests, and one all other calls of libcurl (SFTP, mail), so that the
 * egress policy has these doors to watch. */
#define OTHER_CLIENT "runtime/io/transfer.c"

static void client_check(const struct tidy_tree *tree)
{
    const char *first = NULL;

    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        const char *at;

        if (file->code == NULL || path_begins(file->path, "tests/") ||
            strcmp(file->path, OTHER_CLIENT) == 0)
            continue;
        at = code_word(file->code, "curl_easy_init");
        if (at == NULL)
            continue;
        if (first != NULL)
            report_add(file->path, code_line(file->code, at), "client",
                       "curl_easy_init stands in %s already; requests leave by one door", first);
        else
            first = file->path;
    }
}

/* ---- A node type is switched on by its line in the list, and has a test. */

/* Is a type's name, in quotes, anywhere in tests/nodes? */
static bool node_tested(const struct tidy_tree *tree, const char *name)
{
    for (size_t i = 0; i < tree->count; i++)
        if (path_begins(tree->files[i].path, "tests/nodes/") &&
            strstr(tree->files[i].text, name) != NULL)
            return true;
    return false;
}

static bool node_listed(const struct tidy_tree *tree, const char *symbol)
{
    const struct tidy_file *list = tree_find(tree, NODE_LIST);

    return list != NULL && list->code != NULL && code_word(list->code, symbol) != NULL;
}

static void node_check(const struct tidy_tree *tree, const struct tidy_file *file, const char *at)
{
    unsigned line = code_line(file->code, at);
    const char *body = file->text + (at - file->code), *name;
    char symbol[80], quoted[80];

    snprintf(symbol, sizeof symbol, "%.*s", (int)strcspn(at + 5, " \n["), at + 5);
    if (!node_listed(tree, symbol))
        report_add(file->path, line, "node", "no line NODE(%s) in " NODE_LIST, symbol);
    name = strstr(body, ".name = \"");
    if (name == NULL) {
        report_add(file->path, line, "node", "node_%s has no .name", symbol);
        return;
    }
    name += strlen(".name = ");
    snprintf(quoted, sizeof quoted, "%.*s", (int)strcspn(name + 1, "\"\n") + 2, name);
    if (!node_tested(tree, quoted))
        report_add(file->path, line, "node", "no test in tests/nodes names %s", quoted);
}

static void nodes_check(const struct tidy_tree *tree)
{
    static const char *const head = "const struct node_type node_";

    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];

        if (file->code == NULL || !path_begins(file->path, "nodes/") ||
            !path_ends(file->path, ".c"))
            continue;
        for (const char *at = strstr(file->code, head); at != NULL; at = strstr(at + 1, head))
            if (at[strlen(head) + strcspn(at + strlen(head), "=;\n")] == '=')
                node_check(tree, file, at + strlen(head) - 5);
    }
}

void house_check(const struct tidy_tree *tree)
{
    magics_check(tree);
    client_check(tree);
    nodes_check(tree);
}
