/* calls.c - what C code may not call, how its loop macros look, and how long a function may be. */
#include "tidy.h"

#include <stdio.h>
#include <string.h>

#define FUNCTION_LINES 70

struct banned {
    const char *name;
    const char *remedy;
    const char *allowed; /* the one file that may; NULL: none */
};
#define MEM "runtime/base/mem.c"
static const struct banned banned_calls[] = {
    { "strcpy", "buf.h or snprintf", NULL },
    { "strcat", "buf.h", NULL },
    { "sprintf", "snprintf", NULL },
    { "vsprintf", "vsnprintf", NULL },
    { "strtok", "strcspn, strspn", NULL },
    { "atoi", "strtol with its errors checked", NULL },
    { "atol", "strtol with its errors checked", NULL },
    { "gets", "fgets", NULL },
    { "sscanf", "a parser that knows its errors", NULL },
    { "localtime", "clock.h; zones are the rules' matter", NULL },
    { "gmtime", "gmtime_r", NULL },
    { "time", "the clock that is handed in", NULL },
    { "rand", "the random source that is handed in", NULL },
    { "malloc", "mem_must or mem_try", MEM },
    { "calloc", "mem_must or mem_try", MEM },
    { "realloc", "mem_must_resize or mem_try_resize", MEM },
    { "free", "mem_free", MEM },
    { "strdup", "mem_must_copy", MEM },
    { "strndup", "mem_must_copy_n", MEM },
    { "system", "no shell", NULL },
    { "popen", "no shell", NULL },
    { "execl", "no other program", NULL },
    { "execlp", "no other program", NULL },
    { "execle", "no other program", NULL },
    { "execv", "no other program", NULL },
    { "execvp", "no other program", NULL },
    { "execvpe", "no other program", NULL },
    { "execve", "no other program", NULL },
};

/* A member of that name is somebody's own: clock->time(clock). */
static bool call_is_member(const char *code, const char *at)
{
    while (at > code && at[-1] == ' ')
        at--;
    return at > code && (at[-1] == '.' || (at[-1] == '>' && at - 1 > code && at[-2] == '-'));
}

static void banned_check(const struct tidy_file *file, const struct banned *ban)
{
    if (ban->allowed != NULL && strcmp(file->path, ban->allowed) == 0)
        return;
    for (const char *at = code_word(file->code, ban->name); at != NULL;
         at = code_word(at + 1, ban->name)) {
        const char *behind = at + strlen(ban->name);

        behind += strspn(behind, " ");
        if (*behind == '(' && !call_is_member(file->code, at))
            report_add(file->path, code_line(file->code, at), "banned", "%s(): use %s", ban->name,
                       ban->remedy);
    }
}

/* clang-format takes a loop macro for a call: without braces it writes the body behind it. */
static void loops_check(const struct tidy_file *file)
{
    static const char *const loops[] = { "json_array_foreach", "json_object_foreach",
                                         "TAILQ_FOREACH" };

    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++)
        for (const char *at = code_word(file->code, loops[i]); at != NULL;
             at = code_word(at + 1, loops[i])) {
            const char *behind = at + strcspn(at, "(");
            unsigned depth = 0;

            do {
                depth += *behind == '(';
                depth -= *behind == ')';
            } while (*behind++ != '\0' && depth > 0);
            if (behind[strspn(behind, " \n")] != '{')
                report_add(file->path, code_line(file->code, at), "loop",
                           "the body of %s() stands in braces", loops[i]);
        }
}

/* The name in front of the first parenthesis of a definition that begins at `head`. */
static void function_name(const char *head, char *name, size_t room)
{
    const char *end = head + strcspn(head, "(\n"), *start = end;

    while (start > head && start[-1] != ' ' && start[-1] != '*')
        start--;
    snprintf(name, room, "%.*s", (int)(end - start), start);
}

/* Functions are the only things whose brace stands alone in the first column (.clang-format). */
static void functions_check(const struct tidy_file *file)
{
    const char *head = file->code, *line = file->code;
    unsigned number = 1, head_number = 1;
    bool inside = false;

    while (*line != '\0') {
        size_t size = strcspn(line, "\n");
        bool blank = strspn(line, " ") >= size;

        if (size == 1 && line[0] == '{') {
            inside = true;
        } else if (inside && line[0] == '}') {
            char name[80];

            inside = false;
            function_name(head, name, sizeof name);
            if (number - head_number + 1 > FUNCTION_LINES)
                report_add(file->path, head_number, "function-lines",
                           "%s() has %u lines, at most %d", name, number - head_number + 1,
                           FUNCTION_LINES);
        }
        if (!inside && (blank || line[0] == '}' || line[0] == '#')) {
            head = line + size + (line[size] == '\n');
            head_number = number + 1;
        }
        line += size + (line[size] == '\n');
        number++;
    }
}

void calls_check(const struct tidy_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->files[i].code == NULL)
            continue;
        for (size_t k = 0; k < sizeof banned_calls / sizeof banned_calls[0]; k++)
            banned_check(&tree->files[i], &banned_calls[k]);
        functions_check(&tree->files[i]);
        loops_check(&tree->files[i]);
    }
}
