/* sign_request.c - the parts of a request that signatures are made of. */
#include "vault/sign_request_priv.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/hex.h"

enum err_code sign__url(const char *url, struct sign_url *parts, struct err *e)
{
    const char *colon = strstr(url, "://"), *end;
    const char *usual = colon != NULL && colon - url == 5 ? ":443" : ":80";

    if (colon == NULL || strcspn(colon + 3, "/?#") == 0)
        return err_set(e, ERR_POLICY, "what is to be signed has no absolute URL");
    *parts = (struct sign_url){ .scheme = url, .scheme_size = (size_t)(colon - url) };
    parts->host = colon + 3;
    parts->host_size = strcspn(parts->host, "/?#");
    end = parts->host + parts->host_size;
    parts->path = end;
    parts->path_size = strcspn(end, "?#");
    end += parts->path_size;
    if (*end == '?') {
        parts->query = end + 1;
        parts->query_size = strcspn(parts->query, "#");
    }
    if (parts->host_size > strlen(usual) &&
        strncmp(parts->path - strlen(usual), usual, strlen(usual)) == 0)
        parts->host_size -= strlen(usual);
    return ERR_OK;
}

void sign__target(const struct sign_url *url, struct buf *out)
{
    if (url->path_size == 0)
        buf_add_char(out, '/');
    buf_add(out, url->path, url->path_size);
    if (url->query != NULL) {
        buf_add_char(out, '?');
        buf_add(out, url->query, url->query_size);
    }
}

void sign__host(const struct sign_url *url, struct buf *out)
{
    buf_add(out, url->host, url->host_size);
}

void sign__lower(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        buf_add_char(out, *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text);
}

void sign__body(const struct sign_request *request, const char *digest, struct buf *out)
{
    const EVP_MD *md = strcmp(digest, "md5") == 0 ? EVP_md5() : EVP_sha256();
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    check(EVP_Digest(request->body != NULL ? request->body : "", request->body_size, bytes, &size,
                     md, NULL) == 1);
    base64_write(out, bytes, size);
}

enum err_code sign__key(const char *encoding, const char *secret, size_t size, struct buf *key,
                        struct err *e)
{
    bool ok = true;

    if (encoding == NULL || strcmp(encoding, "text") == 0) {
        buf_add(key, secret, size);
    } else if (strcmp(encoding, "base64") == 0) {
        ok = base64_read(key, secret, size);
    } else {
        ok = strcmp(encoding, "hex") == 0 && size % 2 == 0;
        for (size_t i = 0; ok && i < size; i += 2) {
            int high = hex_digit(secret[i]), low = hex_digit(secret[i + 1]);

            ok = high >= 0 && low >= 0;
            buf_add_char(key, (char)(high * 16 + low));
        }
    }
    if (!ok)
        return err_set(e, ERR_AUTH, "the secret that signs is not in %.20s", encoding);
    if (key->len == 0 && buf_ok(key))
        return err_set(e, ERR_AUTH, "the secret that signs is empty");
    return buf_check(key, "the secret that signs", e);
}

enum err_code sign__give(sign_header_fn *give, void *arg, const char *name, const struct buf *value,
                         struct err *e)
{
    if (buf_check(value, "a header that signs", e) != ERR_OK)
        return e->code;
    if (!give(arg, name, buf_text(value)))
        return err_set(e, ERR_LIMIT, "the request has no room for the headers that sign it");
    return ERR_OK;
}

void sign_date(int64_t wall_ms, char text[SIGN_DATE])
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    int size;

    check(gmtime_r(&seconds, &tm) != NULL);
    check(tm.tm_year >= 0 && tm.tm_year < 8100);
    size = snprintf(text, SIGN_DATE, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday % 7],
                    tm.tm_mday % 100, months[tm.tm_mon % 12], (tm.tm_year + 1900) % 10000,
                    tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
    check(size == SIGN_DATE - 1);
}
