/* serve_people.h - who may sign in at `weft serve`, by its settings. */
#ifndef COMMAND_SERVE_PEOPLE_H
#define COMMAND_SERVE_PEOPLE_H

#include "app.h"
#include "designer-api/api.h"
#include "designer-api/people.h"

/* NULL with *e. */
struct people *serve_people(const struct app *app, struct objects *objects, struct err *e) MUST_USE;
/* While there is no administrator: where the first one is made, on stderr. */
void serve_people_tell(const struct people *people, const struct api_options *options,
                       unsigned port);

#endif
