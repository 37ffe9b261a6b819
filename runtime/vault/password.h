/* password.h - people's passwords: what is good enough, and the Argon2id that is kept of one.
 *
 * Computing takes some 30 ms and PASSWORD_MEMORY on purpose: call it beside the loop, and not too
 * many at once (designer-api/people_sum.c). A password is taken as NFKC, so that the same keys give
 * the same password on every machine (NIST SP 800-63B, 5.1.1.2); nothing is cut off or trimmed. */
#ifndef VAULT_PASSWORD_H
#define VAULT_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/limits.h"

#define PASSWORD_MOST   1024u        /* bytes of UTF-8 */
#define PASSWORD_SALT   16u
#define PASSWORD_TEXT   128u         /* "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH" and a NUL */
#define PASSWORD_MEMORY (19u * MIB)  /* OWASP's second choice: 19 MiB, two passes, one lane */

/* At least 15 characters, or 12 with a letter and a digit (PCI DSS 8.3.6 wants the mixture, ASVS
 * 6.2.5 wants none to be forced); at most PASSWORD_MOST; not the name or made of it, nor one that
 * everybody tries. ERR_INVALID with the reason; never with the password. */
enum err_code password_check(const char *password, size_t size, const char *name,
                             struct err *e) MUST_USE;
/* ERR_MEMORY, ERR_INVALID (no UTF-8, too long). */
enum err_code password_keep(const char *password, size_t size,
                            const unsigned char salt[PASSWORD_SALT], char kept[PASSWORD_TEXT],
                            struct err *e) MUST_USE;
/* In constant time for the same `kept`. False also when memory fails or kept is damaged. */
bool password_matches(const char *kept, const char *password, size_t size);
/* Was made with today's parameters; else it is made anew when the password is known next. */
bool password_is_current(const char *kept);
/* What no password matches and comparing costs as much: for names that are not there. */
void password_decoy(const unsigned char random[PASSWORD_SALT + 32], char kept[PASSWORD_TEXT]);

/* Would everybody try it? (password_common.c) */
bool password_is_common(const char *password, size_t size);

#endif
