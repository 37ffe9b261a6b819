/* field.h - the settings of a node type, as rows.
 *
 * From the rows come parsing, defaults, validation, the JSON Schema, the designer's form, the
 * documentation and the redaction of secrets. A row says where in the type's config struct its
 * value goes:
 *
 *   FIELD_TEXT    const char *             a literal text
 *   FIELD_INT     int64_t                  within min..max when max > min
 *   FIELD_BOOL    bool
 *   FIELD_MS      int64_t                  "250ms" "5s" "10m" "2h" "7d"; milliseconds
 *   FIELD_CHOICE  int                      index into choices
 *   FIELD_PORT    const char *             the name of an exit; declares it
 *   FIELD_PATH    const char *             a dotted target path: "lines[].amount", "customer.name"
 *   FIELD_SECRET  const char *             the name of a secret in the vault, never the secret
 *   FIELD_VALUE   struct value *           literal, expression, or JSON with expressions; NULL if
 *                                          absent
 *   FIELD_SCRIPT  const struct flow_expression *  a Lua chunk; NULL if absent
 *   FIELD_JSON    json_t *                 as it is, without expressions; NULL if absent
 *   FIELD_OBJECT  pointer to a struct      nested rows; NULL if absent
 *   FIELD_LIST    struct field_list        nested rows for each element
 *   FIELD_BODY    nothing                  "body" of a type with has_body: a level of the flow
 *
 * A FIELD_OBJECT or FIELD_LIST describes its elements by rows, size and, for an object whose
 * members depend on a choice (verify: {"type": ...}), by rows that are all optional and the
 * type's own compile(). */
#ifndef FLOW_FIELD_H
#define FLOW_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_END,
    FIELD_TEXT, FIELD_INT, FIELD_BOOL, FIELD_MS, FIELD_CHOICE, FIELD_PORT, FIELD_PATH, FIELD_SECRET,
    FIELD_VALUE, FIELD_SCRIPT, FIELD_JSON, FIELD_OBJECT, FIELD_LIST, FIELD_BODY,
};

struct field_list {
    void *items; /* count structs of row->size bytes */
    size_t count;
};

struct field {
    enum field_kind kind;
    const char *name;
    size_t offset;               /* in the config struct, or in the element's */
    const char *help;            /* one sentence for the form and the reference */
    bool required;
    /* The default, as it would stand in JSON: "5s", "true", "\"POST\"" without quotes for texts;
     * NULL: absent (zero, NULL). */
    const char *fallback;
    const char *const *choices;  /* FIELD_CHOICE: names, ends with NULL */
    int64_t min, max;            /* FIELD_INT, FIELD_MS; FIELD_LIST: number of elements */
    const struct field *rows;    /* FIELD_OBJECT, FIELD_LIST; ends with FIELD_END */
    size_t size;                 /* FIELD_OBJECT, FIELD_LIST: of the element's struct */
    const char *example;         /* JSON text, for the reference */
    /* Its expressions are seen from inside the node's body: they see the body's steps, `item` and
     * `index`. Holds for the rows within it too. */
    bool inside;
    /* FIELD_TEXT: the name of a time zone, or "=vars.NAME" of one; the form offers them */
    bool zone;
    bool main; /* nearly every step sets it: the form shows it at once, though it may be left out */
};

#define FIELD_LAST { .kind = FIELD_END }

struct flow_build;
/* Parses `config` (an object, or NULL for {}) into the struct at `into`, which is zeroed and of
 * the rows' size. Faults go to the build with pointers below `pointer`; unknown members are
 * faults with the nearest known name. What was allocated is released by fields_release(), also
 * after faults. */
void fields_parse(struct flow_build *build, const struct field *rows, json_t *config,
                  const char *pointer, void *into);
void fields_release(const struct field *rows, void *from);
/* A JSON Schema (2020-12) object for the rows; new reference. Secrets carry "x-weft-secret":
 * true, expressions "x-weft-expression": true, what the form shows at once "x-weft-main": true,
 * "x-weft-inside": true where they are seen from inside the body, and "x-weft-zone": true where a
 * text names a time zone. A body, "x-weft-body": true,
 * refers to the schema of a flow. */
json_t *fields_schema(const struct field *rows);

#endif
