/* base64.c - base 64 through OpenSSL's block encoder. */
#include "vault/base64.h"

#include <limits.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "base/mem.h"

char *base64_new(const void *bytes, size_t size)
{
    char *text;

    check(size < INT_MAX / 2);
    text = mem_must((size + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    return text;
}
