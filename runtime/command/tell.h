/* tell.h - what the commands share that look at runs and act on them. */
#ifndef COMMAND_TELL_H
#define COMMAND_TELL_H

#include <jansson.h>

#include "app.h"
#include "base/buf.h"
#include "command/command.h"

#define TELL_TEXT_MAX (512u * MIB)

/* The settings, with --config and --data. */
enum err_code tell_open(struct app *app, const struct options *options, struct err *e) MUST_USE;
const char *tell_data(const struct app *app);
/* The store itself, to read: no server runs. */
enum err_code tell_store(struct app *app, struct err *e) MUST_USE;
void tell_json(const json_t *value);
/* Shows what was asked for, as JSON with --json; NULL: *e says why not. Takes the list; returns the
 * exit code. */
int tell_list(json_t *list, const struct options *options, void (*lines)(const json_t *list),
              const struct err *e);
/* "DONE  what is said" with a label of eight columns; of a long one the beginning. */
void tell_value(const char *label, const json_t *value);
void tell_error(const char *label, const json_t *error);
/* The JSON in a file, or of standard input ("-"); NULL with *e. */
json_t *tell_file(const char *path, struct err *e) MUST_USE;
/* A piece of a path, its slashes kept. */
void tell_path(struct buf *path, const char *piece);

#endif
