/* guard.h - card data at the borders of the engine: what arrives, what steps give, what people
 * write, errors. base/card.h finds it; docs/SECURITY.md lists the borders with their tests.
 *
 * (1) Nothing is stored, and nothing is seen by a rule behind the keys of the event, before it went
 *     through here.                                              [guard_input, guard_value]
 * (2) What is already inside is masked, never refused: the answer of a payment that was made must
 *     not be lost because there is a card number in it.                        [guard_value]
 * (3) Keys tell events apart: two cards must not become one key. A key with a card number in it is
 *     made from the number itself and is kept as a keyed hash.            [run->raw, guard_key]
 *
 * What was taken out is noted in the journal with the entry that is written next, by count and
 * place ("guard"), and in the log. */
#ifndef ENGINE_GUARD_H
#define ENGINE_GUARD_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct card_report;
struct deployment;
struct engine;
struct run;

/* "mask", "refuse", or with workspaces of another mind: "mask, sales=refuse". */
enum err_code guard_setting(const char *setting, struct err *e) MUST_USE;
const char *guard_mode(const char *setting, const char *workspace); /* "mask" or "refuse" */

/* The run's input, right after run_new(). refusable: somebody can be told; then ERR_INVALID where
 * the workspace refuses, and the run is to be dropped. ERR_MEMORY. */
enum err_code guard_input(struct run *run, bool refusable, struct err *e) MUST_USE;
/* What somebody gives to the workspace: ERR_INVALID when it refuses card data and there is some. */
enum err_code guard_given(struct engine *engine, const struct deployment *deployment,
                          json_t *value, const char *place, struct err *e) MUST_USE;
/* What somebody keeps outside of a run: ERR_INVALID when the workspace refuses card data and there
 * is some, else *value (a reference of the caller's) is replaced; where: for the log. */
enum err_code guard_kept(struct engine *engine, const char *workspace, json_t **value,
                         const char *where, struct err *e) MUST_USE;
/* Replaces *value, a reference of the caller's; NULL is fine. */
void guard_value(struct run *run, json_t **value, const char *place);
/* What was taken out of a file on its way to the disk (save.h). */
void guard_taken_out(struct run *run, const struct card_report *report);
/* The same outside of a run; nothing is noted. */
void guard_quietly(json_t **value);
/* The text of a JSON value (mem_free): a last look at what goes to the store beside the entries. */
void guard_text(char **text);
void guard_error(struct run *run, struct err *e, json_t **details);
void guard_refusal(struct err *e);
bool guard_has_card(const char *text);
/* Replaces *key (mem_free) by its hash when there is a card number in it. strict: also what only
 * may be one. */
void guard_key(struct engine *engine, char **key, bool strict);

#endif
