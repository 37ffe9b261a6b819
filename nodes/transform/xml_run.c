/* xml_run.c - transform.xml at work: on the loop, or on a thread of the pool. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "format/charset.h"
#include "nodes/transform/xml_priv.h"

static enum err_code data_fault(enum err_code rc, struct err *e)
{
    if (rc == ERR_SYNTAX)
        rc = e->code = ERR_INVALID; /* of a step's data, not of a request */
    if (rc != ERR_OK && rc != ERR_CANCELLED)
        err_prefix(e, "the XML");
    return rc;
}

/* The document in pieces. What the settings say of the encoding counts, then what stands beside the
 * bytes, then what the document declares. */
static enum err_code document_read(const struct xml_plan *plan, json_t *input,
                                   const atomic_bool *given_up, foreign_piece_fn *piece, void *arg,
                                   struct err *e)
{
    const char *encoding = plan->encoding, *said;
    char declared[CHARSET_NAME];
    struct buf bytes;
    bool decoded;
    enum err_code rc = ERR_OK;

    if (encoding == NULL && json_is_object(input)) {
        buf_init(&bytes, FOREIGN_TEXT);
        rc = foreign_bytes(input, &bytes, &said, &decoded, e);
        if (rc == ERR_OK && said == NULL &&
            xml_encoding(buf_text(&bytes), bytes.len, declared, sizeof declared))
            encoding = declared;
        buf_fini(&bytes);
    }
    return rc == ERR_OK ? foreign_read(input, encoding, given_up, piece, arg, e) : rc;
}

static enum err_code json_piece(void *reader, const char *text, size_t size, struct err *e)
{
    return xml_json_feed(reader, text, size, e);
}

enum err_code xml_plan_read(const struct foreign_plan *base, json_t *input,
                            const atomic_bool *given_up, json_t **output, struct err *e)
{
    const struct xml_plan *plan = (const struct xml_plan *)base;
    struct xml_json *reader = xml_json_new(&plan->form, e);
    enum err_code rc = reader != NULL ? ERR_OK : e->code;

    *output = NULL;
    if (rc == ERR_OK)
        rc = document_read(plan, input, given_up, json_piece, reader, e);
    if (rc == ERR_OK)
        rc = xml_json_end(reader, output, e);
    xml_json_free(reader);
    return data_fault(rc, e);
}

static enum err_code tree_piece(void *tree, const char *text, size_t size, struct err *e)
{
    return xml_feed(tree, text, size, e);
}

/* {"count", "rows"}; takes the rows. */
static enum err_code rows_output(json_t *rows, json_t **output, struct err *e)
{
    bool failed = false;

    *output = json_object();
    if (*output == NULL) {
        json_decref(rows);
        return err_set(e, ERR_MEMORY, "no memory for the rows");
    }
    json_put(*output, "count", json_integer((json_int_t)json_array_size(rows)), &failed);
    json_put(*output, "rows", rows, &failed);
    if (!failed)
        return ERR_OK;
    json_decref(*output);
    *output = NULL;
    return err_set(e, ERR_MEMORY, "no memory for the rows");
}

enum err_code xml_plan_extract(const struct foreign_plan *base, json_t *input,
                               const atomic_bool *given_up, json_t **output, struct err *e)
{
    const struct xml_plan *plan = (const struct xml_plan *)base;
    struct xml *tree = xml_new(NULL, NULL, e);
    enum err_code rc = tree != NULL ? ERR_OK : e->code;
    json_t *value = NULL;

    *output = NULL;
    if (rc == ERR_OK)
        rc = document_read(plan, input, given_up, tree_piece, tree, e);
    if (rc == ERR_OK)
        rc = xml_end(tree, e);
    if (rc == ERR_OK)
        rc = xml_extract(tree, plan->each, plan->paths, plan->path_count, plan->form.spaces,
                         given_up, &value, e);
    xml_free(tree);
    if (rc == ERR_OK && plan->each != NULL)
        return rows_output(value, output, e);
    *output = value;
    return data_fault(rc, e);
}

enum err_code xml_plan_write(const struct foreign_plan *base, json_t *input,
                             const atomic_bool *given_up, json_t **output, struct err *e)
{
    const struct xml_plan *plan = (const struct xml_plan *)base;
    const struct xml_writing how = { .form = &plan->form,
                                     .declaration = plan->declaration,
                                     .encoding = plan->encoding,
                                     .indent = plan->indent };
    struct buf out;
    enum err_code rc;

    (void)given_up;
    check(output != NULL);
    *output = NULL;
    buf_init(&out, FOREIGN_TEXT);
    rc = xml_write(&how, input, &out, e);
    if (rc == ERR_OK)
        rc = foreign_write(&out, plan->encoding, false, output, e);
    buf_fini(&out);
    return data_fault(rc, e);
}
