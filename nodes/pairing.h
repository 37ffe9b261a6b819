/* pairing.h - two lists whose lines belong together: what nodes that compare lists have in common,
 * in their settings, under the names that each gives to its lists, and in reading a line. */
#ifndef NODES_PAIRING_H
#define NODES_PAIRING_H

#include <stddef.h>

#include "flow/field.h"
#include "nodes/line.h"
#include "nodes/reconcile_plan.h"

#define PAIRING_KEYS 8
#define PAIRING_DAYS 3660

/* Where the same stands in both lists. */
struct pairing_paths {
    const char *one, *other;    /* other NULL: at the same place */
};
struct pairing_key {
    struct pairing_paths paths; /* first */
    int how;                    /* enum line_key */
};
struct pairing_score {
    struct field_list texts;    /* of struct pairing_paths */
    int64_t text_weight, amount_weight, date_weight, at_least, margin;
};

/* The rows of struct pairing_paths, which struct pairing_key begins with, too. */
#define PAIRING_ROW_ONE(name_, help_, example_)                                              \
    { .kind = FIELD_PATH, .name = name_, .offset = offsetof(struct pairing_paths, one),      \
      .required = true, .help = help_, .example = example_ }
#define PAIRING_ROW_OTHER(name_, help_, example_)                                            \
    { .kind = FIELD_PATH, .name = name_, .offset = offsetof(struct pairing_paths, other),    \
      .help = help_, .example = example_ }
#define PAIRING_ROW_AS                                                                       \
    { .kind = FIELD_CHOICE, .name = "as", .offset = offsetof(struct pairing_key, how),       \
      .fallback = "exact", .choices = line_key_names, .help = line_key_help }
#define PAIRING_ROW_PERCENT(name_, least_, fallback_, help_)                                 \
    { .kind = FIELD_INT, .name = #name_, .offset = offsetof(struct pairing_score, name_),    \
      .fallback = fallback_, .min = least_, .max = 100, .help = help_ }
/* The rows of struct pairing_score; rows_: those of a text's paths. */
#define PAIRING_ROWS_SCORE(rows_, margin_help_)                                              \
    { .kind = FIELD_LIST, .name = "texts", .offset = offsetof(struct pairing_score, texts),  \
      .max = PAIRING_KEYS, .rows = rows_, .size = sizeof(struct pairing_paths),              \
      .help = "Texts whose likeness counts: names, references." },                           \
    PAIRING_ROW_PERCENT(text_weight, 0, "60", "How much the texts count."),                  \
    PAIRING_ROW_PERCENT(amount_weight, 0, "25",                                              \
                        "How much it counts that amounts are close, within the tolerance."), \
    PAIRING_ROW_PERCENT(date_weight, 0, "15",                                                \
                        "How much it counts that dates are close, within the window."),      \
    PAIRING_ROW_PERCENT(at_least, 1, "80", "The least score of a proposal, of 100."),        \
    PAIRING_ROW_PERCENT(margin, 1, "5", margin_help_)

/* A key of a line: where it stands in each list. */
struct pairing_column {
    struct line_path path[2];
    enum line_key how;
};
/* What the settings lead to; const once it is made, so that any thread may read by it. */
struct pairing {
    struct pairing_column *columns;                   /* owned */
    unsigned count;
    struct line_path amount[2], currency[2], date[2]; /* text NULL: not given */
};
/* columns: at most so many are added. */
void pairing_init(struct pairing *pairing, size_t columns);
void pairing_fini(struct pairing *pairing); /* one of zeros is fine */

/* What a line says beside its keys. currency: borrowed from the line; "" where none is given. */
struct pairing_line {
    amount_units amount;
    int scale;    /* digits behind the point as they were written */
    const char *currency;
    int32_t day;  /* or LINE_NO_DAY */
};
/* side: 0 or 1. ERR_INVALID names the member. */
enum err_code pairing_read(const struct pairing *pairing, int side, json_t *json,
                           struct pairing_line *line, struct err *e) MUST_USE;
/* Replaces *out by the key of a column; empty: nothing. */
enum err_code pairing_read_key(const struct pairing *pairing, unsigned column, int side,
                               json_t *json, struct buf *out, struct err *e) MUST_USE;

/* names: of the two lists, as in the settings. Each of paths NULL: nothing is given. */
void pairing_compile_members(struct flow_build *build, struct pairing *pairing,
                             const struct pairing_paths *amount,
                             const struct pairing_paths *currency,
                             const struct pairing_paths *date, const char *const names[2],
                             const char *pointer);
/* Of one such member; paths NULL: nothing is given. pointer: of the member. */
void pairing_compile_paths(struct flow_build *build, struct line_path path[2],
                           const struct pairing_paths *paths, const char *const names[2],
                           const char *pointer);
/* Adds columns, in order: keys (struct pairing_key), texts (struct pairing_paths). pointer: of the
 * list of them. Both return how many they were. */
unsigned pairing_compile_keys(struct flow_build *build, struct pairing *pairing,
                              const struct field_list *keys, const char *const names[2],
                              const char *pointer);
unsigned pairing_compile_texts(struct flow_build *build, struct pairing *pairing,
                               const struct field_list *texts, const char *const names[2],
                               const char *pointer);
/* What counts how much; pass->days is known. texts, amounts: whether there are such to compare. */
void pairing_compile_score(struct flow_build *build, const struct pairing_score *score, bool texts,
                           bool amounts, struct reconcile_pass *pass, const char *pointer);

#endif
