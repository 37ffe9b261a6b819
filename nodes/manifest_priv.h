/* manifest_priv.h - what the files that read a manifest share. For nodes/ only. */
#ifndef NODES_MANIFEST_PRIV_H
#define NODES_MANIFEST_PRIV_H

#include "base/json.h"
#include "nodes/manifest.h"

struct manifest_source {
    struct faults *faults;
    const char *file;
    const struct json_places *places;
    struct manifest *manifest;
};
void manifest__fault(const struct manifest_source *source, const char *pointer,
                     const char *fmt, ...) PRINTF(3, 4);
/* What is missing for people, but keeps nothing from working. */
void manifest__warn(const struct manifest_source *source, const char *pointer,
                    const char *fmt, ...) PRINTF(3, 4);

/* "POINTER/NAME" in `place`, PLACE_BYTES, cut when it is longer; returns it. */
const char *manifest__place(char *place, const char *pointer, const char *name);

enum member_kind { MEMBER_ANY, MEMBER_TEXT, MEMBER_OBJECT, MEMBER_LIST, MEMBER_BOOL, MEMBER_INT };
struct member {
    const char *name; /* NULL ends the rows */
    enum member_kind kind;
    bool required;
};
/* Faults for what is no object, for unknown and missing members and for those of another kind.
 * False: it is no object. Afterwards json_get_text() and the like give what is right and NULL for
 * the rest. */
bool manifest__members(const struct manifest_source *source, const json_t *json,
                       const char *pointer, const struct member *rows);
bool manifest__name_valid(const char *name); /* [a-z][a-z0-9_]* */
/* manifest_rules.c: "errors" and "error" */
void manifest__error(const struct manifest_source *source, const json_t *json);
void manifest__when(const struct manifest_source *source, const json_t *json, const char *pointer);
void manifest__rules(const struct manifest_source *source, const json_t *list, const char *pointer,
                     struct manifest_rules *rules);
/* or NULL */
const struct connector_setting *manifest__setting(const struct manifest *manifest,
                                                  const char *name);
/* manifest_connection.c: settings, environments, headers and sign-in */
void manifest__connection(const struct manifest_source *source, const json_t *root);
/* manifest_limits.c: how much the system takes, and which headers tell of it */
void manifest__limits(const struct manifest_source *source, const json_t *json);
/* manifest_action.c */
/* Templates of an action see input, setting, key, reference, in its own request the files that it
 * sends, and in an output the reply. */
struct places {
    const struct manifest_source *source;
    struct action *action;
    const char *pointer;
    bool output;  /* sees the reply */
    bool address; /* a URL's path: what it names must always be there and be a text or number */
    bool key_seen;
    bool polls;   /* sees the cursor */
    bool files;   /* sees the files */
};
void manifest__text(struct places *places, const char *text); /* faults of a template */
void manifest__json(struct places *places, json_t *json, const char *pointer); /* of all in it */
/* One of those that can be asked with, or a fault at `pointer`/method. */
void manifest__method(const struct manifest_source *source, const char *method,
                      const char *pointer);
/* manifest_doubt.c: what an action says of effects in doubt */
void manifest__doubt(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action);
int64_t manifest__duration(const struct manifest_source *source, const json_t *json,
                           const char *name, const char *pointer, int64_t fallback);
/* "effect" in place of the usual one, which action->effect has */
void manifest__effect(const struct manifest_source *source, const json_t *json, const char *pointer,
                      struct action *action);
/* manifest_sql.c */
bool manifest__is_sql(const struct manifest_source *source);
/* Faults for what a manifest of its transport cannot have, or must. */
void manifest__transport(const struct manifest_source *source, const json_t *root);
void manifest__sql(const struct manifest_source *source, json_t *json, const char *pointer,
                   struct action *action);
/* What a poll over SQL asks: one statement that reads. */
void manifest__sql_asks(const struct manifest_source *source, json_t *json, const char *pointer,
                        struct action *action);
/* manifest_event.c */
void manifest__action_free(struct action *action);
void manifest__events(const struct manifest_source *source, json_t *json);
void manifest__events_free(struct manifest *manifest);
/* manifest_action.c: the parts that actions and the questions of polls share */
void manifest__input(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action);
void manifest__request(const struct manifest_source *source, json_t *json, const char *pointer,
                       struct action *action);
/* manifest_list.c: "pages" and "batch" */
void manifest__pages(const struct manifest_source *source, const json_t *json, const char *pointer,
                     struct action *action);
void manifest__batch(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action);
/* manifest_example.c: "output_schema", "example" and "examples" */
void manifest__examples(const struct manifest_source *source, json_t *json, const char *pointer,
                        struct action *action);
/* Faults of a schema, or of a value that does not fit one, below a pointer; a shape_problem_fn */
struct below {
    const struct manifest_source *source;
    const char *pointer;
};
void manifest__below(void *arg, const char *pointer, const char *text);
void manifest__action(const struct manifest_source *source, const char *name, json_t *json,
                      const char *pointer, struct action *action);

#endif
