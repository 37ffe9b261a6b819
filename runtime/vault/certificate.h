/* certificate.h - what is to be known of certificates that sign in. */
#ifndef VAULT_CERTIFICATE_H
#define VAULT_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When the first of the PEM text's certificates expires, wall ms; false: it holds none. */
bool certificate_until(const char *pem, size_t size, int64_t *until_ms);

#endif
