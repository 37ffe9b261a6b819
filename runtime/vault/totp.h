/* totp.h - codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds), and the recovery
 * codes beside them.
 *
 * SHA-1 because every app knows it and some know nothing else; HMAC with it is not broken. A code
 * is good in its own half minute and the one before and behind it, and once: whoever checks keeps
 * the counter of the last one taken. */
#ifndef VAULT_TOTP_H
#define VAULT_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define TOTP_SECRET  20u   /* bytes, as RFC 4226 wants for SHA-1 */
#define TOTP_DIGITS  6
#define TOTP_STEP_MS 30000
#define TOTP_WINDOW  1     /* half minutes before and behind */

/* RFC 4226: `digits` from 6 to 8. */
void totp_code(const unsigned char *secret, size_t size, uint64_t counter, unsigned digits,
               char code[9]);
/* The code fits now and comes behind the one of the counter `last`: *counter is its own. Looks at
 * every place of the window, in constant time. White space in it is ignored. */
bool totp_matches(const unsigned char secret[TOTP_SECRET], const char *code, int64_t wall_ms,
                  uint64_t last, uint64_t *counter);
/* RFC 4648, section 6, unpadded and in upper case, as apps want a secret typed. */
void base32_write(struct buf *out, const unsigned char *bytes, size_t size);
/* otpauth://totp/ISSUER:ACCOUNT?secret=...: what a QR code holds. */
void totp_uri(struct buf *out, const char *issuer, const char *account,
              const unsigned char secret[TOTP_SECRET]);

/* ---- Recovery codes: 120 random bits, in groups that can be read out */
#define RECOVERY_BYTES 15u
#define RECOVERY_TEXT  30u /* "ABCD-EFGH-IJKL-MNOP-QRST-UVWX" and a NUL */
void recovery_text(const unsigned char random[RECOVERY_BYTES], char text[RECOVERY_TEXT]);
/* As a person types it: upper case, without anything but letters and digits, then with its groups.
 * False: it is none. */
bool recovery_read(const char *typed, char text[RECOVERY_TEXT]);

#endif
