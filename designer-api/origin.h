/* origin.h - which template a flow was made from, and as what: what both its own changes and the
 * template's later ones begin at.
 *
 * Two objects of the flow: "origin" {"template", "digest"}, which is small, and "origin_bundle",
 * the template's bundle as it was. */
#ifndef DESIGNER_API_ORIGIN_H
#define DESIGNER_API_ORIGIN_H

#include "designer-api/ask.h"
#include "designer-api/gallery.h"
#include "designer-api/object.h"

#define ORIGIN_KIND        "origin"
#define ORIGIN_BUNDLE_KIND "origin_bundle"
#define ORIGIN_CHANGES     2u

/* {"about": {"template", "digest"}, "bundle"} of a template as it is now. New reference. */
json_t *origin_of(const struct gallery_flow *flow) MUST_USE;
/* The same of a flow; NULL: it has none. */
json_t *origin_read(struct ask *ask, const char *flow) MUST_USE;
const char *origin_template(const json_t *origin); /* its name; NULL: of nothing */
/* What lets the flow be from there; NULL: from nowhere. Everything is borrowed. */
void origin_changes(struct ask *ask, const char *flow, const json_t *origin,
                    struct object_change changes[ORIGIN_CHANGES]);
/* Members "template" and "template_newer" of a flow as it is listed; about: its object, NULL: it
 * has none. */
void origin_tell(struct ask *ask, const json_t *about, json_t *json);

#endif
