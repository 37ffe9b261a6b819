/* command.h - the commands of `weft`: each is a row here and a file of its own. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_WAITS = 3, EXIT_FAULT = 70 };

struct options;

/* One option of a command. "--data DIR" has an argument, "--json" none. */
struct option_row {
    const char *name;     /* "--data" */
    const char *argument; /* "DIR"; NULL: a switch */
    const char *help;
    bool many;            /* may be given more than once */
};
struct command {
    const char *name;
    const char *usage;    /* what stands behind "weft NAME" */
    const char *summary;  /* one line */
    const char *example;  /* one command line */
    const struct option_row *options; /* ends with a NULL name; may be NULL */
    size_t words_min, words_max;      /* arguments that are no options */
    int (*run)(const struct command *command, const struct options *options);
};

/* What was given. Borrowed from argv. */

/* the last one; NULL: not given */
const char *option_text(const struct options *options, const char *name);
bool option_given(const struct options *options, const char *name);
/* all, in order */
const char *option_next(const struct options *options, const char *name, size_t *cursor);
size_t option_words(const struct options *options);
const char *option_word(const struct options *options, size_t index);
/* A whole number within min..max, or exit code 2 with a line on stderr: then *ok is false. */
long option_number(const struct options *options, const char *name, long fallback, long min,
                   long max, bool *ok);

/* Parses argv behind the command's name, prints what is wrong, runs the command. Returns the exit
 * code. */
int command_run(const struct command *command, int argc, char **argv);
void command_help(const struct command *command);
/* One line "weft: TEXT" on stderr. */
void complain(const char *fmt, ...) PRINTF(1, 2);

extern const struct command command_serve, command_once, command_check, command_schema,
    command_types, command_runs, command_show, command_mapping, command_audit, command_version,
    command_cancel, command_replay, command_reviews, command_dead, command_backup,
    command_restore, command_test, command_lookup, command_connections, command_vault,
    command_connector, command_user, command_diagnostics;

#endif
