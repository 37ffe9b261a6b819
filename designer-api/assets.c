/* assets.c - finds an embedded file and the form of it that the browser takes.
 *
 * (1) Only GET and HEAD; a path is looked up as it is, the listener has decoded and checked it.
 * (2) The page is made for each answer: its nonce is never used twice.              [assets_page]
 * (3) Each form has an ETag of its own, as its bytes are others.                    [assets_give]
 */
#include "designer-api/assets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/assets_priv.h"

#define ASSETS_MAGIC    0x41535354u
#define ASSETS_PAGE_MAX (256 * KIB)
#define ASSETS_NONCE    16 /* bytes */
#define ASSETS_INDEX    "/index.html"
#define ASSETS_MARK     "__NONCE__"
#define ASSETS_TYPES    "default-src 'none'; script-src 'self'; connect-src 'self'; "
#define ASSETS_POLICY                                                                            \
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data:; " \
    "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; "                  \
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "           \
    "trusted-types default"

struct assets {
    unsigned magic;
    const struct asset_file *files;
    size_t count;
    struct random *random;
};

static const char assets_none[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Weft</title>\n"
    "<h1>Weft is running</h1>\n"
    "<p>The browser side was not built into this program. To have it:</p>\n"
    "<pre>cd web &amp;&amp; npm ci &amp;&amp; npm run build</pre>\n"
    "<p>then build the program again (./run does both). Webhooks, the API and the command line "
    "work without it.</p></html>\n";

static const char assets_method[] =
    "{\"type\":\"about:blank\",\"title\":\"Method Not Allowed\",\"status\":405,"
    "\"detail\":\"this path takes GET and HEAD\",\"code\":\"method\"}";

struct assets *assets__new(const struct asset_file *files, size_t count, struct random *random)
{
    struct assets *assets = mem_must(sizeof(*assets));

    assets->magic = ASSETS_MAGIC;
    assets->files = files;
    assets->count = count;
    assets->random = random;
    return assets;
}

struct assets *assets_new(void)
{
    return assets__new(assets__files, assets__file_count, random_real());
}

void assets_free(struct assets *assets)
{
    if (assets == NULL)
        return;
    CHECK_OBJ(assets, ASSETS_MAGIC);
    assets->magic = 0;
    mem_free(assets);
}

/* ---- which file ---- */

static int assets_compare(const void *path, const void *file)
{
    return strcmp(path, ((const struct asset_file *)file)->path);
}

static const struct asset_file *assets_find(const struct assets *assets, const char *path)
{
    if (assets->count == 0)
        return NULL;
    return bsearch(path, assets->files, assets->count, sizeof(*assets->files), assets_compare);
}

static bool assets_is_hashed(const char *path)
{
    return strncmp(path, "/assets/", 8) == 0;
}

/* What is the program's is never the page, also where there is nothing at that path. */
static bool assets_is_reserved(const char *path)
{
    static const char *const reserved[] = { "/api", "/hooks", "/metrics", "/healthz", "/readyz" };

    for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
        size_t size = strlen(reserved[i]);

        if (strncmp(path, reserved[i], size) == 0 && (path[size] == '/' || path[size] == '\0'))
            return true;
    }
    return false;
}

/* A place within the designer: it knows its own paths. */
static bool assets_is_page(const char *path)
{
    const char *last = strrchr(path, '/');

    check(last != NULL);
    if (assets_is_reserved(path))
        return false;
    return strcmp(path, ASSETS_INDEX) == 0 ||
           (!assets_is_hashed(path) && strchr(last, '.') == NULL);
}

bool assets_have(const struct assets *assets, const char *path)
{
    CHECK_OBJ(assets, ASSETS_MAGIC);
    return assets_is_page(path) || assets_find(assets, path) != NULL;
}

static const char *assets_type(const char *path)
{
    static const struct pair types[] = {
        { "js", "text/javascript; charset=utf-8" },
        { "css", "text/css; charset=utf-8" },
        { "html", "text/html; charset=utf-8" },
        { "json", "application/json" },
        { "webmanifest", "application/manifest+json" },
        { "svg", "image/svg+xml" },
        { "png", "image/png" },
        { "ico", "image/x-icon" },
        { "woff2", "font/woff2" },
        { "wasm", "application/wasm" },
        { "txt", "text/plain; charset=utf-8" },
    };
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(*types); i++)
        if (strcmp(dot + 1, types[i].name) == 0)
            return types[i].value;
    return "application/octet-stream";
}

/* ---- which form ---- */

/* Whether `list` takes the coding: named, or by "*", and not with a weight of 0. */
static bool assets_takes(const char *list, const char *coding)
{
    bool any = false;

    while (list != NULL && *list != '\0') {
        size_t size, name;
        const char *weight;
        bool zero;

        list += strspn(list, " \t,");
        size = strcspn(list, ",");
        name = strcspn(list, " \t;,");
        weight = memmem(list, size, "q=", 2);
        zero = weight != NULL && strtod(weight + 2, NULL) <= 0;
        if (name == strlen(coding) && strncasecmp(list, coding, name) == 0)
            return !zero;
        if (name == 1 && *list == '*')
            any = !zero;
        list += size;
    }
    return any;
}

static const struct asset_form *assets_form(const struct asset_file *file,
                                            const struct http_request *request, const char **coding)
{
    const char *takes = http_request_header(request, "Accept-Encoding");

    *coding = "br";
    if (file->br.bytes != NULL && assets_takes(takes, "br"))
        return &file->br;
    *coding = "gzip";
    if (file->gz.bytes != NULL && assets_takes(takes, "gzip"))
        return &file->gz;
    *coding = "";
    return &file->plain;
}

/* If-None-Match: the comparison is the weak one (RFC 9110, 13.1.2). */
static bool assets_is_known(const struct http_request *request, const char *tag)
{
    const char *list = http_request_header(request, "If-None-Match");

    return list != NULL && (strcmp(list, "*") == 0 || strstr(list, tag) != NULL);
}

/* ---- answers ---- */

static void assets_give(struct http_in *in, const struct http_request *request,
                        const struct asset_file *file)
{
    const char *coding;
    const struct asset_form *form = assets_form(file, request, &coding);
    char tag[64];
    struct pair headers[] = {
        { "ETag", tag },
        { "Vary", "Accept-Encoding" },
        { "Cache-Control",
          assets_is_hashed(file->path) ? "public, max-age=31536000, immutable" : "no-cache" },
        { "Content-Security-Policy", ASSETS_TYPES "frame-ancestors 'none'" },
        { "Content-Encoding", coding }, /* left out when empty */
    };
    struct http_answer answer = { .status = 200,
                                  .content_type = assets_type(file->path),
                                  .headers = headers,
                                  .header_count = sizeof(headers) / sizeof(*headers),
                                  .body = (const char *)form->bytes,
                                  .body_size = form->size };

    snprintf(tag, sizeof(tag), "\"%.40s%s%s\"", file->hash, *coding != '\0' ? "-" : "", coding);
    if (assets_is_known(request, tag)) {
        answer.status = 304;
        answer.header_count--;
        answer.body = NULL;
        answer.body_size = 0;
    }
    http_in_answer(in, request->id, &answer);
}

/* The page with the nonce wherever its mark stands. */
static void assets_fill(struct buf *page, const char *text, size_t size, const char *nonce)
{
    const char *mark;

    while ((mark = memmem(text, size, ASSETS_MARK, strlen(ASSETS_MARK))) != NULL) {
        size_t before = (size_t)(mark - text);

        buf_add(page, text, before);
        buf_add_text(page, nonce);
        text = mark + strlen(ASSETS_MARK);
        size -= before + strlen(ASSETS_MARK);
    }
    buf_add(page, text, size);
}

static void assets_page(struct assets *assets, struct http_in *in,
                        const struct http_request *request)
{
    const struct asset_file *file = assets_find(assets, ASSETS_INDEX);
    unsigned char chance[ASSETS_NONCE];
    struct buf page, nonce, policy;
    struct pair header = { "Content-Security-Policy", NULL };
    struct http_answer answer = { .status = 200,
                                  .content_type = "text/html; charset=utf-8",
                                  .headers = &header,
                                  .header_count = 1 };

    buf_init(&page, ASSETS_PAGE_MAX);
    buf_init(&nonce, 64);
    buf_init(&policy, KIB);
    assets->random->fill(assets->random, chance, sizeof(chance));
    base64_write(&nonce, chance, sizeof(chance));
    buf_addf(&policy, ASSETS_POLICY, buf_text(&nonce));
    if (file != NULL)
        assets_fill(&page, (const char *)file->plain.bytes, file->plain.size, buf_text(&nonce));
    else
        buf_add_text(&page, assets_none);
    header.value = buf_text(&policy);
    answer.body = buf_text(&page);
    answer.body_size = page.len;
    if (buf_ok(&page) && buf_ok(&policy) && buf_ok(&nonce))
        http_in_answer(in, request->id, &answer); /* Cache-Control: no-store, by the listener */
    else
        http_in_refuse(in, request->id, &(struct err){ ERR_MEMORY, "out of memory" });
    buf_fini(&policy);
    buf_fini(&nonce);
    buf_fini(&page);
}

void assets_answer(struct assets *assets, struct http_in *in, const struct http_request *request)
{
    static const struct pair allow = { "Allow", "GET, HEAD" };
    const struct asset_file *file;
    struct err e;

    CHECK_OBJ(assets, ASSETS_MAGIC);
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        http_in_answer(in, request->id,
                       &(struct http_answer){ .status = 405,
                                              .content_type = "application/problem+json",
                                              .headers = &allow,
                                              .header_count = 1,
                                              .body = assets_method,
                                              .body_size = sizeof(assets_method) - 1 });
        return;
    }
    if (assets_is_page(request->path)) {
        assets_page(assets, in, request);
        return;
    }
    file = assets_find(assets, request->path);
    if (file != NULL) {
        assets_give(in, request, file);
        return;
    }
    err_set(&e, ERR_NOT_FOUND, "there is nothing at this path");
    http_in_refuse(in, request->id, &e);
}
