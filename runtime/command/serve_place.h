/* serve_place.h - where `weft serve` listens, by its settings. */
#ifndef COMMAND_SERVE_PLACE_H
#define COMMAND_SERVE_PLACE_H

#include "config.h"
#include "designer-api/api.h"

struct serve_place {
    char host[256];
    char trusted[4096];
};
/* Fills the listener's part of the options; what they point to is the config's and the place's. */
enum err_code serve_place(struct serve_place *place, const struct config *config,
                          struct api_options *options, struct err *e) MUST_USE;
/* The line on stderr that says that it is ready, and where. */
void serve_place_tell(const struct api_options *options, unsigned port);

#endif
