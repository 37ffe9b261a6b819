/* options.c - reads a command line by the rows of its command. */
#include "command/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 256

struct options {
    const struct command *command;
    const char *names[OPTIONS_MAX];
    const char *values[OPTIONS_MAX];
    size_t count;
    const char *words[OPTIONS_MAX];
    size_t word_count;
};

void complain(const char *fmt, ...)
{
    va_list args;

    fputs("weft: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

bool option_given(const struct options *options, const char *name)
{
    size_t cursor = 0;

    return option_next(options, name, &cursor) != NULL;
}

const char *option_text(const struct options *options, const char *name)
{
    const char *last = NULL, *value;
    size_t cursor = 0;

    while ((value = option_next(options, name, &cursor)) != NULL)
        last = value;
    return last;
}

const char *option_next(const struct options *options, const char *name, size_t *cursor)
{
    while (*cursor < options->count) {
        size_t i = (*cursor)++;

        if (strcmp(options->names[i], name) == 0)
            return options->values[i];
    }
    return NULL;
}

size_t option_words(const struct options *options)
{
    return options->word_count;
}

const char *option_word(const struct options *options, size_t index)
{
    return index < options->word_count ? options->words[index] : NULL;
}

long option_number(const struct options *options, const char *name, long fallback, long min,
                   long max, bool *ok)
{
    const char *text = option_text(options, name);
    char *end;
    long number;

    if (text == NULL)
        return fallback;
    errno = 0;
    number = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && number >= min && number <= max)
        return number;
    complain("%s takes a whole number from %ld to %ld, not \"%s\"", name, min, max, text);
    *ok = false;
    return fallback;
}

void command_help(const struct command *command)
{
    const struct option_row *row;

    printf("weft %s %s\n\n%s\n", command->name, command->usage, command->summary);
    if (command->options != NULL)
        printf("\nOptions:\n");
    for (row = command->options; row != NULL && row->name != NULL; row++) {
        char left[64];

        snprintf(left, sizeof left, "%s %s", row->name, row->argument != NULL ? row->argument : "");
        printf("  %-22s %s\n", left, row->help);
    }
    printf("\nExample:\n  %s\n", command->example);
}

static int options_wrong(const struct command *command, const char *what, const char *which)
{
    complain("%s%s%s%s", what, which[0] ? " \"" : "", which, which[0] ? "\"" : "");
    fprintf(stderr, "usage: weft %s %s\n       weft %s --help says more\n", command->name,
            command->usage, command->name);
    return EXIT_USAGE;
}

/* One argument that begins with "--"; *i moves on past its value. */
static int options_take(struct options *options, const char *given, int argc, char **argv, int *i)
{
    const struct option_row *row;
    const char *equals = strchr(given, '=');
    size_t size = equals != NULL ? (size_t)(equals - given) : strlen(given);
    size_t cursor = 0;

    for (row = options->command->options; row != NULL && row->name != NULL; row++)
        if (strlen(row->name) == size && strncmp(row->name, given, size) == 0)
            break;
    if (row == NULL || row->name == NULL)
        return options_wrong(options->command, "there is no option", given);
    if (!row->many && option_next(options, row->name, &cursor) != NULL)
        return options_wrong(options->command, "an option is given twice:", row->name);
    if (options->count == OPTIONS_MAX)
        return options_wrong(options->command, "too many options", "");
    if (row->argument == NULL && equals != NULL)
        return options_wrong(options->command, "an option takes no value:", row->name);
    options->names[options->count] = row->name;
    if (row->argument == NULL)
        options->values[options->count++] = "";
    else if (equals != NULL)
        options->values[options->count++] = equals + 1;
    else if (*i + 1 < argc)
        options->values[options->count++] = argv[++*i];
    else
        return options_wrong(options->command, "an option needs a value:", row->name);
    return EXIT_DONE;
}

int command_run(const struct command *command, int argc, char **argv)
{
    struct options options = { .command = command };
    bool only_words = false;
    int i, rc;

    for (i = 0; i < argc; i++) {
        if (!only_words && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            command_help(command);
            return EXIT_DONE;
        }
        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
            rc = options_take(&options, argv[i], argc, argv, &i);
            if (rc != EXIT_DONE)
                return rc;
        } else if (options.word_count == command->words_max || options.word_count == OPTIONS_MAX) {
            return options_wrong(command, "one argument too many:", argv[i]);
        } else {
            options.words[options.word_count++] = argv[i];
        }
    }
    if (options.word_count < command->words_min)
        return options_wrong(command, "an argument is missing", "");
    return command->run(command, &options);
}
