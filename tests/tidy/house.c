/* house.c - rules that need the whole tree: magics, the one door out, the list of nodes. */
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

/* ---- One file makes libcurl's handles and sets what the egress policy rests on. Others know no
 * other way out either: connect() is for sockets of this machine. */
#define DOOR "runtime/io/egress_curl.c"

static const struct {
    const char *word, *allowed; /* the files that may, each between blanks */
} doors[] = {
    { "curl_easy_init", " " DOOR " " },
    { "curl_easy_duphandle", " " },
    { "curl_easy_reset", " " },
    { "CURLOPT_OPENSOCKETFUNCTION", " " DOOR " " },
    { "CURLOPT_SOCKOPTFUNCTION", " " },
    { "CURLOPT_PROTOCOLS_STR", " " DOOR " " },
    { "CURLOPT_REDIR_PROTOCOLS_STR", " " DOOR " " },
    { "CURLOPT_FOLLOWLOCATION", " " DOOR " " },
    { "CURLOPT_UNRESTRICTED_AUTH", " " DOOR " " },
    { "CURLOPT_NETRC", " " DOOR " " },
    { "CURLOPT_DISALLOW_USERNAME_IN_URL", " " DOOR " " },
    { "CURLOPT_SSL_VERIFYPEER", " " DOOR " " },
    { "CURLOPT_SSL_VERIFYHOST", " " DOOR " " },
    { "CURLOPT_SSLVERSION", " " DOOR " " },
    { "CURLOPT_CAINFO", " " DOOR " " },
    { "CURLOPT_CAINFO_BLOB", " " DOOR " " },
    { "CURLOPT_PROXY", " " DOOR " " },
    { "CURLOPT_PREPROXY", " " },
    { "CURLOPT_NOPROXY", " " DOOR " " },
    { "CURLOPT_RESOLVE", " " },
    { "CURLOPT_CONNECT_TO", " " },
    { "CURLOPT_UNIX_SOCKET_PATH", " " },
    { "CURLOPT_TIMEOUT_MS", " " DOOR " " },
    { "CURLOPT_CONNECTTIMEOUT_MS", " " DOOR " " },
    { "connect", " runtime/io/http_bind.c runtime/command/client.c " },
    { "uv_tcp_connect", " " },
};

static bool door_may(const char *allowed, const char *path)
{
    char blanked[200];

    snprintf(blanked, sizeof blanked, " %s ", path);
    return strstr(allowed, blanked) != NULL;
}

/* A function is one where it is called: struct members and words of SQL have such names, too. */
static bool door_is_used(const char *word, const char *at)
{
    return strncmp(word, "CURLOPT_", 8) == 0 || at[strlen(word)] == '(';
}

static void client_check(const struct tidy_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];

        if (file->code == NULL || path_begins(file->path, "tests/"))
            continue;
        for (size_t k = 0; k < sizeof doors / sizeof doors[0]; k++) {
            const char *at = code_word(file->code, doors[k].word);

            while (at != NULL && !door_is_used(doors[k].word, at))
                at = code_word(at + 1, doors[k].word);
            if (at != NULL && !door_may(doors[k].allowed, file->path))
                report_add(file->path, code_line(file->code, at), "client",
                           "%s: connections leave by one door, " DOOR, doors[k].word);
        }
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
