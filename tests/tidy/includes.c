/* includes.c - who may include whom.
 *
 *   base <- io, store, rules, vault, schema, format <- flow <- engine <- designer-api <- main
 *                                   schema, format, flow/node.h <- nodes <- main
 *
 * A header of a third-party library is seen in its layer only; a private header (NAME_priv.h) in
 * its room and in the unit tests; the first include of a file is its own header, or another that
 * includes it. */
#include "tidy.h"

#include <stdio.h>
#include <string.h>

#define INCLUDE   "#include"
#define OWN_DEPTH 3 /* headers between a file and its own */
#define NODES                                                                                \
    "nodes/ base/ schema/ format/ flow/node.h flow/node_long.h flow/node_doubt.h "           \
    "flow/node_work.h flow/node_sql.h flow/node_file.h flow/node_note.h "                    \
    "flow/node_transfer.h flow/node_save.h flow/node_upload.h flow/node_say.h flow/field.h " \
    "flow/value.h flow/connector.h"

struct room {
    const char *folder;
    const char *may; /* folders and headers, from the folder of the layers */
};
/* The first row that fits counts. */
static const struct room rooms[] = {
    { "runtime/base/", "base/" },
    { "runtime/schema/", "schema/ base/" },
    { "runtime/format/", "format/ base/" },
    { "runtime/io/", "io/ base/" },
    { "runtime/store/", "store/ base/ io/loop.h" }, /* its writer comes back through the loop */
    { "runtime/rules/", "rules/ base/" },
    { "runtime/vault/", "vault/ base/" },
    { "runtime/flow/", "flow/ schema/ format/ base/" },
    { "runtime/engine/", "engine/ flow/ schema/ rules/ store/ vault/ io/ base/" },
    { "nodes/trigger/", NODES },
    { "nodes/transform/", NODES },
    { "nodes/branch/", NODES },
    { "nodes/connector/", NODES },
    /* makes types from manifests; definition.h hands compile() the flow under construction */
    { "nodes/", NODES " flow/registry.h flow/faults.h flow/flow.h flow/nearest.h" },
    { "designer-api/pack/", "designer-api/ schema/ format/ base/" },
    { "designer-api/", "designer-api/ engine/ flow/ schema/ rules/ store/ vault/ io/ base/" },
};

struct library {
    const char *header; /* a name, or a folder */
    const char *rooms;
};
static const struct library libraries[] = {
    { "uv.h", "runtime/io/" },
    { "microhttpd.h", "runtime/io/" },
    { "curl/", "runtime/io/" },
    { "gnutls/", "runtime/io/" },
    { "sql.h", "runtime/io/" },
    { "sqlext.h", "runtime/io/" },
    { "sqlucode.h", "runtime/io/" },
    { "sqlite3.h", "runtime/store/" },
    { "zstd.h", "runtime/store/ designer-api/gallery_text.c" },
    { "lua.h", "runtime/rules/" },
    { "lualib.h", "runtime/rules/" },
    { "lauxlib.h", "runtime/rules/" },
    { "unicode/", "runtime/rules/ runtime/format/ runtime/vault/" },
    { "argon2.h", "runtime/vault/" },
    { "csv.h", "runtime/format/" },
    { "yaml.h", "runtime/format/" },
    { "libxml/", "runtime/format/" },
    { "gmp.h", "runtime/base/" },
    { "emmintrin.h", "runtime/base/" },
    { "pcre2.h", "runtime/schema/" },
    { "openssl/", "runtime/base/ runtime/vault/ runtime/io/http_cut.c" },
    { "jansson.h", "runtime/ nodes/ designer-api/" },
    { "cmocka.h", "tests/" },
};
static const char system_headers[] =
    " assert.h ctype.h dirent.h endian.h errno.h execinfo.h fcntl.h float.h ftw.h glob.h "
    "inttypes.h libgen.h limits.h "
    "locale.h malloc.h math.h netdb.h poll.h pthread.h pwd.h sched.h setjmp.h signal.h spawn.h "
    "stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h "
    "string.h "
    "strings.h syslog.h termios.h time.h unistd.h uchar.h wchar.h wctype.h ";

/* Is `name` one of the words of `list`, or below one that is a folder? */
static bool list_has(const char *list, const char *name)
{
    while (*list != '\0') {
        size_t size = strcspn(list, " ");

        if (strncmp(list, name, size) == 0 && (list[size - 1] == '/' || name[size] == '\0'))
            return true;
        list += size + strspn(list + size, " ");
    }
    return false;
}

static void library_check(const struct tidy_file *file, unsigned line, const char *name)
{
    char word[TIDY_PATH + 2];

    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        if (list_has(libraries[i].header, name)) {
            if (!path_begins(file->path, "tests/") && !list_has(libraries[i].rooms, file->path))
                report_add(file->path, line, "include", "<%s> belongs to %s", name,
                           libraries[i].rooms);
            return;
        }
    snprintf(word, sizeof word, " %s ", name);
    if (strstr(system_headers, word) == NULL && !path_begins(name, "sys/") &&
        !path_begins(name, "net/") && !path_begins(name, "netinet/") &&
        !path_begins(name, "arpa/") && !path_begins(name, "linux/") &&
        !path_begins(name, "sanitizer/"))
        report_add(file->path, line, "include", "<%s> is in no table of tests/tidy/includes.c",
                   name);
}

static void folder_of(const char *path, char *folder)
{
    const char *slash = strrchr(path, '/');

    snprintf(folder, TIDY_PATH, "%.*s", slash != NULL ? (int)(slash + 1 - path) : 0, path);
}

/* Where a quoted include leads: from its own folder, or from those the compiler is told. */
static const struct tidy_file *include_find(const struct tidy_tree *tree,
                                            const struct tidy_file *file, const char *name)
{
    char own[TIDY_PATH];
    const char *const from[] = { own, "runtime/", "", "tests/" };

    folder_of(file->path, own);
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        char path[2 * TIDY_PATH];
        const struct tidy_file *found;

        snprintf(path, sizeof path, "%s%s", from[i], name);
        found = tree_find(tree, path);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* A folder below another is a part of its room: store/sqlite/ of store/. */
static bool room_shared(const char *path, const char *folder)
{
    char own[TIDY_PATH];

    folder_of(path, own);
    return path_begins(path, folder) ||
           (path_begins(folder, own) && strcmp(own, "runtime/") != 0 && own[0] != '\0');
}

static void room_check(const struct tidy_file *file, unsigned line, const struct tidy_file *found)
{
    const char *name = found->path;
    char folder[TIDY_PATH];

    if (path_begins(name, "runtime/"))
        name += strlen("runtime/");
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
        if (path_begins(file->path, rooms[i].folder)) {
            if (!list_has(rooms[i].may, name))
                report_add(file->path, line, "include", "%s may not include %s; it may: %s",
                           rooms[i].folder, name, rooms[i].may);
            break;
        }
    folder_of(found->path, folder);
    if (path_ends(found->path, "_priv.h") && !room_shared(file->path, folder) &&
        !path_begins(file->path, "tests/unit/"))
        report_add(file->path, line, "include", "%s is private to %s", name, folder);
}

/* Does a header include `name`, itself or through other headers? */
static bool header_includes(const struct tidy_tree *tree, const struct tidy_file *header,
                            const char *name, unsigned depth)
{
    if (header == NULL || header->code == NULL || depth == 0)
        return false;
    if (strstr(header->text, name) != NULL)
        return true;
    for (const char *at = strstr(header->code, INCLUDE); at != NULL; at = strstr(at + 1, INCLUDE)) {
        const char *quote = header->text + (at - header->code) + strlen(INCLUDE " ");
        char next[TIDY_PATH];

        snprintf(next, sizeof next, "%.*s", (int)strcspn(quote + 1, "\">\n"), quote + 1);
        if (*quote == '"' &&
            header_includes(tree, include_find(tree, header, next), name, depth - 1))
            return true;
    }
    return false;
}

/* Its own header, or one of the same room that includes it. */
static void own_check(const struct tidy_tree *tree, const struct tidy_file *file, unsigned line,
                      const struct tidy_file *first)
{
    char own[TIDY_PATH];
    const struct tidy_file *header;
    const char *name;

    if (!path_ends(file->path, ".c"))
        return;
    snprintf(own, sizeof own, "%s", file->path);
    own[strlen(own) - 1] = 'h';
    name = path_begins(own, "runtime/") ? own + strlen("runtime/") : own;
    header = tree_find(tree, own);
    if (header != NULL && header != first && !header_includes(tree, first, name, OWN_DEPTH))
        report_add(file->path, line, "include", "the first include is the file's own header");
}

static void include_check(const struct tidy_tree *tree, const struct tidy_file *file,
                          const char *at, bool *first)
{
    unsigned line = code_line(file->text, at);
    const struct tidy_file *found = NULL;
    char name[TIDY_PATH], open;

    at += strlen(INCLUDE);
    at += strspn(at, " ");
    open = *at;
    if (open != '"' && open != '<')
        return; /* #include MACRO */
    snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "\">\n"), at + 1);
    if (open == '<') {
        library_check(file, line, name);
    } else {
        found = include_find(tree, file, name);
        if (found != NULL)
            room_check(file, line, found);
        else
            report_add(file->path, line, "include", "there is no \"%s\"", name);
    }
    if (*first)
        own_check(tree, file, line, found);
    *first = false;
}

void includes_check(const struct tidy_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        bool first = true;

        if (file->code == NULL)
            continue;
        for (const char *at = strstr(file->code, INCLUDE); at != NULL; at = strstr(at + 1, INCLUDE))
            include_check(tree, file, file->text + (at - file->code), &first);
    }
}
