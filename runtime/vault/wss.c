/* wss.c - the password digest of a WS-Security UsernameToken. */
#include "vault/wss.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/check.h"

void wss_digest(const unsigned char nonce[WSS_NONCE], const char *created, const char *password,
                size_t size, char digest[WSS_DIGEST])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    check(context != NULL);
    check(EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1);
    check(EVP_DigestUpdate(context, nonce, WSS_NONCE) == 1);
    check(EVP_DigestUpdate(context, created, strlen(created)) == 1);
    check(EVP_DigestUpdate(context, password, size) == 1);
    check(EVP_DigestFinal_ex(context, hash, &length) == 1 && length == 20);
    check(EVP_EncodeBlock((unsigned char *)digest, hash, (int)length) == WSS_DIGEST - 1);
    EVP_MD_CTX_free(context);
}
