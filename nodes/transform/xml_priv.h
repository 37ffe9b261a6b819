/* xml_priv.h - what the files of transform.xml share. For nodes/transform/xml*.c only. */
#ifndef NODES_TRANSFORM_XML_PRIV_H
#define NODES_TRANSFORM_XML_PRIV_H

#include "format/xml.h"
#include "nodes/foreign.h"

struct xml_plan {
    struct foreign_plan base; /* first */
    struct xml_form form;     /* its rules and spaces are the plan's own */
    struct xml_path *paths;
    size_t path_count;
    char *each, *encoding;    /* NULL: not said */
    bool declaration, indent;
};
enum err_code xml_plan_read(const struct foreign_plan *plan, json_t *input,
                            const atomic_bool *given_up, json_t **output, struct err *e);
enum err_code xml_plan_extract(const struct foreign_plan *plan, json_t *input,
                               const atomic_bool *given_up, json_t **output, struct err *e);
enum err_code xml_plan_write(const struct foreign_plan *plan, json_t *input,
                             const atomic_bool *given_up, json_t **output, struct err *e);

#endif
