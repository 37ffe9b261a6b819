/* text_icu_priv.h - case, normal forms and transliteration, over ICU. Knows nothing of Lua. For
 * rules/. */
#ifndef RULES_TEXT_ICU_PRIV_H
#define RULES_TEXT_ICU_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct texts; /* what is kept open; one for a rules room; of one thread */
struct texts *texts_new(void);
void texts_free(struct texts *texts); /* NULL is fine */
/* From now on TEXT_UPPER and TEXT_LOWER may be asked by several threads. */
void texts_share(struct texts *texts);

enum text_change { TEXT_UPPER, TEXT_LOWER, TEXT_NFC, TEXT_NFKC, TEXT_ASCII, TEXT_ASCII_DE };

/* Changes the text, which is UTF-8, into *to (mem_free) of *to_size bytes, at most `ceiling`.
 * What has no ASCII becomes '?' by the last two. */
enum err_code text_change(struct texts *texts, enum text_change change, const char *text,
                          size_t size, size_t ceiling, char **to, size_t *to_size,
                          struct err *e) MUST_USE;
bool text_is_ascii(const char *text, size_t size);
/* The first text of a script in a process takes ICU up to 100 ms: it compiles its tables, for all
 * threads. false: there is a script in this text that no thread has changed by TEXT_ASCII yet. */
bool text_is_known(enum text_change change, const char *text, size_t size);

#endif
