/* header.h - HTTP headers between a flow and the wire.
 *
 * What comes in loses whatever looks like a credential, because it is stored with the run and
 * shown. What goes out is checked, so that no value from a payload can add a line or change the
 * framing. */
#ifndef NODES_HEADER_H
#define NODES_HEADER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "flow/node.h"

#define HEADER_LIST 48u      /* headers that a node sends by itself; limits.h allows 64 in all */
#define HEADER_VALUE 8192u   /* bytes of one value */

/* Authorization, cookies, API keys, tokens, signatures, by the name alone and without case. */
bool header_is_secret(const char *name);
bool header_name_valid(const char *name);   /* a token of RFC 9110 */
bool header_value_valid(const char *value); /* no control character but tab, not too long */

/* An object of texts with lower-case names; a name that comes twice has its values joined by ", ".
 * Left out are secrets, `except` (may be NULL), and what is not UTF-8. NULL when memory fails. */
json_t *header_json(const struct step_pair *headers, size_t count, const char *except) MUST_USE;

/* Pairs for the wire, with room for those a node adds itself. */
struct header_list {
    struct step_pair pairs[HEADER_LIST];
    char *owned[HEADER_LIST]; /* texts made for numbers */
    size_t count;
};
void header_list_init(struct header_list *list);
void header_list_fini(struct header_list *list);
bool header_list_has(const struct header_list *list, const char *name); /* without case */
/* Borrows both texts, which have been checked. False when the list is full. */
bool header_list_add(struct header_list *list, const char *name, const char *value);
/* Adds the members of an object: texts, numbers, truth values; null leaves out. ERR_INVALID for
 * other kinds, for names and values that cannot be sent, and for headers that are not the flow's
 * to set: framing, and credentials when it is a `request` (those belong to a connection). */
enum err_code header_list_read(struct header_list *list, json_t *object, bool request,
                               struct err *e) MUST_USE;
/* Faults for headers that are written out and cannot be sent; those of an expression are checked
 * when they are there. value may be NULL. */
void header_compile(struct flow_build *build, const struct value *value, bool request,
                    const char *pointer);

#endif
