/* http_in_tries.h - requests that the listener takes, and those that it refuses: over plain
 * connections and under TLS. */
#ifndef TESTS_UNIT_HTTP_IN_TRIES_H
#define TESTS_UNIT_HTTP_IN_TRIES_H

#include "http_in_help.h"

struct try {
    const char *name;
    const char *bytes;
    size_t size; /* 0: strlen() */
    int status;
};
#define WITH_NUL(text) text, sizeof(text) - 1

WIRE_UNUSED size_t try_size(const struct try *try)
{
    return try->size > 0 ? try->size : strlen(try->bytes);
}

/* ---- what is taken ---- */

WIRE_UNUSED const struct try taken[] = {
    { "a plain GET", "GET / HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "a body by length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 0, 200 },
    { "a length of 0", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0, 200 },
    { "no body at all", "POST /x HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "a body in chunks",
      "POST /x HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
      0, 200 },
    { "chunks with extensions and a trailer",
      "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"
      "5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
      0, 200 },
    { "blanks around a value", "GET / HTTP/1.1\r\nHost: \t weft.example \t \r\n\r\n", 0, 200 },
    { "no blank before a value", "GET / HTTP/1.1\r\nHost:weft.example\r\n\r\n", 0, 200 },
    { "an empty value", "GET / HTTP/1.1\r\n" HOST "X-Empty:\r\nX-Blank: \r\n\r\n", 0, 200 },
    { "a tab and UTF-8 in a value", "GET / HTTP/1.1\r\n" HOST "X: a\tb \xc3\xa4\r\n\r\n", 0, 200 },
    { "colons in a value", "GET / HTTP/1.1\r\n" HOST "X: a:b: c\r\n\r\n", 0, 200 },
    { "a cookie", "GET / HTTP/1.1\r\n" HOST "Cookie: a=1; b=\"2\"; c\r\n\r\n", 0, 200 },
    { "HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0, 200 },
    { "names in any case", "POST / HTTP/1.1\r\nhOST: a\r\ncONTENT-lENGTH: 2\r\n\r\nok", 0, 200 },
    { "a port in Host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0, 200 },
    { "empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "the whole URL", "GET http://weft.example/x?y=1 HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "the whole URL without a path", "GET http://weft.example HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "a query", "GET /x?a=1&b=%00%2e&c=/../ HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "a question mark in the query", "GET /x?a?b HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "escapes in the path", "GET /a%20b/%c3%a4/..c/d../.e HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "OPTIONS", "OPTIONS /x HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "DELETE", "DELETE /x HTTP/1.1\r\n" HOST "\r\n", 0, 200 },
    { "PATCH", "PATCH /x HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}", 0, 200 },
};

/* ---- what is refused ---- */

WIRE_UNUSED const struct try refused[] = {
    { "two lengths",
      "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 0, 400 },
    { "the same length twice",
      "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 0, 400 },
    { "lengths in a list", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\nhello", 0,
      400 },
    { "a signed length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\nhello", 0, 400 },
    { "a negative length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\nhello", 0, 400 },
    { "a hexadecimal length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\nhello", 0,
      400 },
    { "an empty length", "POST /x HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nhello", 0, 400 },
    { "length and chunks",
      "POST /x HTTP/1.1\r\n" HOST
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      0, 400 },
    { "chunks and length",
      "POST /x HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      0, 400 },
    { "a blank before the colon",
      "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 0, 400 },
    { "a tab before the colon", "POST /x HTTP/1.1\r\n" HOST "Content-Length\t: 5\r\n\r\nhello", 0,
      400 },
    { "xchunked", "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 0,
      400 },
    { "gzip, chunked",
      "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0, 400 },
    { "identity", "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 0, 400 },
    { "chunked twice",
      "POST /x HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      0, 400 },
    { "chunks in HTTP/1.0",
      "POST /x HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400 },
    { "a vertical tab in the coding",
      "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
      "chunked\r\n\r\n0\r\n\r\n",
      0, 400 },
    { "two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 0, 400 },
    { "no host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 0, 400 },
    { "no header", "GET / HTTP/1.1\r\n\r\n", 0, 400 },
    { "a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 0, 400 },
    { "a host with an at", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 0, 400 },
    { "another host in the URL", "GET http://evil/ HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "LF behind the request line", "GET / HTTP/1.1\n" HOST "\r\n", 0, 400 },
    { "LF behind a header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 0, 400 },
    { "LF behind the last header", "GET / HTTP/1.1\r\nX: b\r\nHost: a\n\r\n", 0, 400 },
    { "LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 0, 400 },
    { "LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 0, 400 },
    { "a CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", 0, 400 },
    { "CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 0, 400 },
    { "a NUL in a value", WITH_NUL("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"), 400 },
    { "a NUL at the end of a value", WITH_NUL("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n"), 400 },
    { "a NUL at the begin of a value", WITH_NUL("GET / HTTP/1.1\r\nHost: a\r\nX:\0y\r\n\r\n"),
      400 },
    { "a NUL in a name", WITH_NUL("GET / HTTP/1.1\r\nHost: a\r\nX\0Y: y\r\n\r\n"), 400 },
    { "a line that begins with NUL", WITH_NUL("GET / HTTP/1.1\r\nHost: a\r\n\0X: y\r\n\r\n"), 400 },
    { "a NUL in the version", WITH_NUL("GET / HTTP/1.1\0\r\nHost: a\r\n\r\n"), 400 },
    { "a NUL in the target", WITH_NUL("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
    { "a folded value", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 0, 400 },
    { "a value folded by a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n", 0, 400 },
    { "a fold before the first header", "GET / HTTP/1.1\r\n X: b\r\nHost: a\r\n\r\n", 0, 400 },
    { "a folded length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 5\r\n\r\nhello", 0,
      400 },
    { "an escape character in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[2J\r\n\r\n", 0, 400 },
    { "DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 0, 400 },
    { "a header without a colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 0, 400 },
    { "an empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 0, 400 },
    { "a slash in a name", "GET / HTTP/1.1\r\nHost: a\r\nX/Y: b\r\n\r\n", 0, 400 },
    { "HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 0, 400 },
    { "a blank more in the request line", "GET  / HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a blank in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a blank behind the target", "GET /  HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a tab for a blank", "GET /\tx HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "TRACE", "TRACE / HTTP/1.1\r\n" HOST "\r\n", 0, 405 },
    { "CONNECT", "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", 0, 405 },
    { "a method in small letters", "get / HTTP/1.1\r\n" HOST "\r\n", 0, 405 },
    { "a method that nobody knows", "BREW / HTTP/1.1\r\n" HOST "\r\n", 0, 405 },
    { "an escaped dot", "GET /%2e%2e/x HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "dots", "GET /a/../b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "dots at the end", "GET /a/.. HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a dot", "GET /./b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped dot among dots", "GET /a/.%2E HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped NUL", "GET /a%00b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped line end", "GET /a%0d%0ab HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped slash", "GET /a%2fb HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an escaped backslash", "GET /a%5Cb HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a backslash", "GET /a\\b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "half an escape", "GET /a%2 HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a false escape", "GET /a%zz HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "overlong UTF-8", "GET /%c0%ae%c0%ae/x HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "no UTF-8", "GET /%ff HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a target without a slash", "GET x HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "an asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a fragment", "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
    { "a chunk of a negative size",
      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", 0,
      400 },
    { "a chunk size that is no number",
      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", 0,
      400 },
    { "a chunk size beyond 64 bits",
      "POST / HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
      0, 413 },
    { "a chunk longer than it says",
      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n", 0,
      400 },
    { "a length beyond 64 bits",
      "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\nhello", 0, 413 },
    { "a length beyond the limit", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n", 0,
      413 },
};

#endif
