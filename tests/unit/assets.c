/* assets.c - the browser's files: the page with its nonce and policy, the forms of a file, what is
 * kept how long, and what is not there. */
#include "wire.h"

#include "base/mem.h"
#include "designer-api/assets_priv.h"

#define HOST "Host: weft.example\r\n"
#define FORM(text)                                      \
    {                                                   \
        (const unsigned char *)(text), sizeof(text) - 1 \
    }
#define NONE    \
    {           \
        NULL, 0 \
    }

static const struct asset_file files[] = {
    { "/assets/app-1a2b.js", "aa11", FORM("plain script"), FORM("br script"), FORM("gz script") },
    { "/assets/font-3c4d.woff2", "bb22", FORM("a font"), NONE, NONE },
    { "/icon.svg", "cc33", FORM("<svg/>"), NONE, FORM("gz icon") },
    { "/index.html", "dd44", FORM("<p nonce=\"__NONCE__\">__NONCE__</p>"), NONE, NONE },
};

struct asset_test {
    struct loop *loop;
    struct log log;
    struct http_in *in;
    struct assets *assets;
    struct random_seeded chance;
};

static enum err_code asset_admit(void *arg, const struct http_request *head, size_t *limit,
                                 struct err *e)
{
    (void)arg;
    (void)head;
    (void)e;
    *limit = 100;
    return ERR_OK;
}

static void asset_receive(void *arg, const struct http_request *request)
{
    struct asset_test *t = arg;

    assets_answer(t->assets, t->in, request);
}

static int asset_setup(void **state)
{
    struct asset_test *t = mem_must(sizeof(*t));
    struct http_in_calls calls = { asset_admit, asset_receive, t };
    struct err e;

    log_init(&t->log, clock_real());
    t->loop = wire_loop_new();
    t->in = http_in_open(t->loop, &t->log, &(struct http_in_options){ .host = "127.0.0.1" }, &calls,
                         &e);
    assert_non_null(t->in);
    random_seeded_init(&t->chance, 7);
    t->assets = assets__new(files, sizeof(files) / sizeof(*files), &t->chance.random);
    *state = t;
    return 0;
}

static int asset_teardown(void **state)
{
    struct asset_test *t = *state;

    assets_free(t->assets);
    http_in_close(t->in);
    loop_free(t->loop);
    mem_free(t);
    return 0;
}

/* The whole answer to METHOD PATH with these headers; it lasts until the next one. */
static const char *asset_ask(struct asset_test *t, const char *method, const char *path,
                             const char *headers)
{
    static char answer[8192];
    char request[1024];
    struct wire w;

    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\n" HOST "Connection: close\r\n%s\r\n",
             method, path, headers);
    wire_connect(&w, http_in_port(t->in));
    wire_send(&w, t->loop, request);
    WIRE_UNTIL(t->loop, (wire_read(&w), w.ended));
    snprintf(answer, sizeof(answer), "%s", buf_text(&w.got));
    wire_close(&w);
    return answer;
}

static void assert_has(const char *answer, const char *part)
{
    if (strstr(answer, part) == NULL)
        print_error("%s is not in:\n%s\n", part, answer);
    assert_non_null(strstr(answer, part));
}

static void assert_lacks(const char *answer, const char *part)
{
    assert_null(strstr(answer, part));
}

static void the_form_is_what_the_browser_takes(void **state)
{
    static const struct {
        const char *headers, *coding, *body;
    } tries[] = {
        { "", NULL, "plain script" },
        { "Accept-Encoding: gzip, deflate, br\r\n", "br", "br script" },
        { "Accept-Encoding: gzip, deflate\r\n", "gzip", "gz script" },
        { "Accept-Encoding: br;q=0, gzip;q=0.5\r\n", "gzip", "gz script" },
        { "Accept-Encoding: BR ; q=0.1\r\n", "br", "br script" },
        { "Accept-Encoding: *\r\n", "br", "br script" },
        { "Accept-Encoding: *;q=0\r\n", NULL, "plain script" },
        { "Accept-Encoding: gzip;q=0.000, brx, zstd\r\n", NULL, "plain script" },
        { "Accept-Encoding:\r\n", NULL, "plain script" },
    };
    char coding[64], body[64];

    for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
        const char *answer = asset_ask(*state, "GET", "/assets/app-1a2b.js", tries[i].headers);

        assert_has(answer, "HTTP/1.1 200 OK\r\n");
        assert_has(answer, "Vary: Accept-Encoding\r\n");
        assert_has(answer, "Content-Type: text/javascript; charset=utf-8\r\n");
        assert_has(answer, "Cache-Control: public, max-age=31536000, immutable\r\n");
        snprintf(body, sizeof(body), "\r\n\r\n%s", tries[i].body);
        assert_has(answer, body);
        snprintf(coding, sizeof(coding), "Content-Encoding: %s\r\n",
                 tries[i].coding != NULL ? tries[i].coding : "");
        if (tries[i].coding != NULL)
            assert_has(answer, coding);
        else
            assert_lacks(answer, "Content-Encoding");
    }
}

static void what_the_browser_has_is_not_sent_again(void **state)
{
    const char *answer = asset_ask(*state, "GET", "/icon.svg", "Accept-Encoding: gzip\r\n");

    assert_has(answer, "ETag: \"cc33-gzip\"\r\n");
    assert_has(answer, "Cache-Control: no-cache\r\n");
    assert_has(answer, "Content-Type: image/svg+xml\r\n");
    answer = asset_ask(*state, "GET", "/icon.svg",
                       "Accept-Encoding: gzip\r\nIf-None-Match: \"x\", W/\"cc33-gzip\"\r\n");
    assert_has(answer, "HTTP/1.1 304 ");
    assert_has(answer, "ETag: \"cc33-gzip\"\r\n");
    assert_lacks(answer, "gz icon");
    answer = asset_ask(*state, "GET", "/icon.svg", "If-None-Match: \"cc33-gzip\"\r\n");
    assert_has(answer, "HTTP/1.1 200 OK\r\n"); /* another form: other bytes */
    assert_has(answer, "ETag: \"cc33\"\r\n");
}

static void the_page_has_a_fresh_nonce_in_text_and_policy(void **state)
{
    static const char policy[] =
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' "
        "'nonce-%s'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types default\r\n";
    static const char *const paths[] = { "/", "/index.html", "/flows/main/canvas", "/runs?x=a.b" };
    char nonces[4][25], wanted[512];

    for (size_t i = 0; i < 4; i++) {
        const char *answer = asset_ask(*state, "GET", paths[i], "Accept-Encoding: br, gzip\r\n");
        const char *nonce = strstr(answer, "'nonce-");

        assert_has(answer, "HTTP/1.1 200 OK\r\n");
        assert_has(answer, "Cache-Control: no-store\r\n");
        assert_has(answer, "Content-Type: text/html; charset=utf-8\r\n");
        assert_non_null(nonce);
        snprintf(nonces[i], sizeof(nonces[i]), "%s", nonce + 7);
        snprintf(wanted, sizeof(wanted), policy, nonces[i]);
        assert_has(answer, wanted);
        snprintf(wanted, sizeof(wanted), "\r\n\r\n<p nonce=\"%s\">%s</p>", nonces[i], nonces[i]);
        assert_has(answer, wanted);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(nonces[i], nonces[j]);
    }
}

static void head_has_the_length_and_no_body(void **state)
{
    const char *answer = asset_ask(*state, "HEAD", "/assets/font-3c4d.woff2", "");

    assert_has(answer, "HTTP/1.1 200 OK\r\n");
    assert_has(answer, "Content-Length: 6\r\n");
    assert_has(answer, "Content-Type: font/woff2\r\n");
    assert_lacks(answer, "a font");
    answer = asset_ask(*state, "HEAD", "/", "");
    assert_has(answer, "HTTP/1.1 200 OK\r\n");
    assert_lacks(answer, "<p");
}

static void what_is_not_there_is_404(void **state)
{
    static const char *const paths[] = { "/assets/app-0000.js", "/assets/",        "/assets",
                                         "/favicon.ico",        "/etc/passwd.txt", "/icon.svg/",
                                         "/api/v2/flows",       "/hooks",          "/metrics" };
    struct asset_test *t = *state;

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        bool page = strcmp(paths[i], "/assets") == 0 || strcmp(paths[i], "/icon.svg/") == 0;

        assert_has(asset_ask(*state, "GET", paths[i], ""),
                   page ? "HTTP/1.1 200 " : "HTTP/1.1 404 ");
        assert_int_equal(assets_have(t->assets, paths[i]), page);
    }
    assert_true(assets_have(t->assets, "/icon.svg"));
    assert_true(assets_have(t->assets, "/flows"));
}

static void other_methods_are_told_which_are_right(void **state)
{
    const char *answer = asset_ask(*state, "POST", "/", "Content-Length: 0\r\n");

    assert_has(answer, "HTTP/1.1 405 ");
    assert_has(answer, "Allow: GET, HEAD\r\n");
    assert_has(answer, "application/problem+json");
    assert_has(asset_ask(*state, "DELETE", "/icon.svg", ""), "HTTP/1.1 405 ");
}

static void without_the_browser_side_a_page_says_so(void **state)
{
    struct asset_test *t = *state;
    const char *answer;

    assets_free(t->assets);
    t->assets = assets__new(NULL, 0, &t->chance.random);
    answer = asset_ask(t, "GET", "/", "");
    assert_has(answer, "HTTP/1.1 200 OK\r\n");
    assert_has(answer, "was not built into this program");
    assert_has(answer, "npm run build");
    assert_has(asset_ask(t, "GET", "/assets/app-1a2b.js", ""), "HTTP/1.1 404 ");
}

/* Whatever was embedded: each file is found where the table says, in order. */
static void the_table_of_the_program_is_in_order(void **state)
{
    struct assets *assets = assets_new();

    (void)state;
    for (size_t i = 0; i < assets__file_count; i++) {
        assert_true(assets_have(assets, assets__files[i].path));
        assert_non_null(assets__files[i].plain.bytes);
        if (i > 0)
            assert_true(strcmp(assets__files[i - 1].path, assets__files[i].path) < 0);
    }
    assets_free(assets);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, asset_setup, asset_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_form_is_what_the_browser_takes),
        TEST(what_the_browser_has_is_not_sent_again),
        TEST(the_page_has_a_fresh_nonce_in_text_and_policy),
        TEST(head_has_the_length_and_no_body),
        TEST(what_is_not_there_is_404),
        TEST(other_methods_are_told_which_are_right),
        TEST(without_the_browser_side_a_page_says_so),
        cmocka_unit_test(the_table_of_the_program_is_in_order),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
