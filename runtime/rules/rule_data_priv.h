/* rule_data_priv.h - the tables of runtime/rules/tables, embedded when the program is built. For
 * rules/ only.
 *
 * Each file there says in its first lines what it holds, whence, and of what date. A row has its
 * fields in the file's order; fields that a line lacks are NULL. */
#ifndef RULES_RULE_DATA_PRIV_H
#define RULES_RULE_DATA_PRIV_H

#include <stddef.h>

#define DATA_FIELDS 4

struct data_row {
    const char *field[DATA_FIELDS];
};
struct data_table {
    const struct data_row *rows;
    size_t count;
};
extern const struct data_table data_currencies; /* code, digits, name, withdrawn; sorted by code */
extern const struct data_table data_states;     /* country, code, name */
extern const struct data_table data_streets;    /* kind, word, abbreviation */

#endif
