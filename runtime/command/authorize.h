/* authorize.h - `weft connections authorize`: asks a person for consent in a browser. */
#ifndef COMMAND_AUTHORIZE_H
#define COMMAND_AUTHORIZE_H

#include "command/command.h"

struct app;
/* name: "main/production/FLOW/erp". Returns the command's exit code. */
int authorize_connection(struct app *app, const struct options *options, const char *name);

#endif
