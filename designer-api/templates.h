/* templates.h - the flows to begin with that there are: those of the program, and the folders of
 * DATA/templates, each as a folder of flows/ is. One of the same name there stands in the place of
 * the program's. */
#ifndef DESIGNER_API_TEMPLATES_H
#define DESIGNER_API_TEMPLATES_H

#include <jansson.h>
#include <stddef.h>

#include "base/log.h"
#include "designer-api/gallery.h"

struct templates;
/* folder: need not be there. Reads it. */
struct templates *templates_new(const char *folder, struct log *log);
void templates_free(struct templates *templates); /* NULL is fine */
/* Again: what has faults is told to the log and left out. What was found before is gone. */
void templates_read(struct templates *templates);

/* Sorted by name, NULL behind the last; borrowed until they are read again. */
const struct gallery_flow *templates_at(const struct templates *templates, size_t i);
const struct gallery_flow *templates_find(const struct templates *templates, const char *name);
/* How many events its tests have to try it with; 0: there is no template of that name. */
size_t templates_events(const struct templates *templates, const char *name);
/* What was made of them and is kept until they are read again, for it takes long; NULL: nothing.
 * Borrowed; keeping takes the reference. */
const json_t *templates_made(const struct templates *templates);
void templates_keep(struct templates *templates, json_t *made);
/* One of its texts that is JSON. New reference. */
json_t *templates_json(const struct gallery_text *text) MUST_USE;

#endif
