/* rows_file.h - the rows of a result on their way to a file: a JSON list, a row a line.
 *
 * It is made and freed on the loop's thread; what stands between is done on a thread of the pool.
 * Nobody sees the file before it is whole (io/files.h, 4). Card data is taken out of each row. */
#ifndef ENGINE_ROWS_FILE_H
#define ENGINE_ROWS_FILE_H

#include "base/card.h"
#include "base/sql_ask.h"
#include "io/files.h"

struct rows_file;
/* `ask`: its file and its only statement, whose sink this becomes; borrowed. */
struct rows_file *rows_file_new(struct files *files, struct sql_ask *ask);
void rows_file_free(struct rows_file *rows); /* what is not kept is gone; NULL is fine */
/* All rows came: the file has its name, ask->file and ask->rows say what it is. */
enum err_code rows_file_keep(struct rows_file *rows, struct err *e) MUST_USE;
const struct card_report *rows_file_cards(const struct rows_file *rows); /* what was taken out */

#endif
