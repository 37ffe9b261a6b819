/* http.c - foreign bytes on a connection of the listener: whatever they are, a request that is
 * taken is one that every reader sees in the same way, and the listener lives on.
 *
 * The first byte says where the rest is cut in two; both pieces are sent, with turns of the loop
 * between them. The peer is a trusted proxy, so that its headers are read too.
 *
 * With -DFUZZ_MAIN instead of a fuzzing engine: reads the files named as arguments. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/http_in.h"

#define BODY_MAX 4096u
#define TURNS    6 /* after which all that can be done with a piece is done */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct loop *loop;
static struct http_in *in;
static struct sockaddr_un place = { .sun_family = AF_UNIX };
static unsigned received; /* of the input */

static void head_look(const struct http_request *head)
{
    static const char known[] = " POST GET PUT PATCH HEAD DELETE OPTIONS ";
    char method[16];
    unsigned char address[16];

    snprintf(method, sizeof method, " %s ", head->method);
    check(strstr(known, method) != NULL);
    check(head->path[0] == '/');
    check(utf8_valid(head->path, strlen(head->path)));
    check(strstr(head->path, "/../") == NULL);
    check(strlen(head->path) <= LIMIT_PATH);
    check(head->header_count <= LIMIT_HEADERS);
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];

        check(header->name[0] != '\0' && strpbrk(header->name, " \t\r\n:") == NULL);
        check(strpbrk(header->value, "\r\n") == NULL);
    }
    check(strcmp(head->peer, "local") == 0 || inet_pton(AF_INET, head->peer, address) == 1 ||
          inet_pton(AF_INET6, head->peer, address) == 1);
}

static enum err_code http_admit(void *arg, const struct http_request *head, size_t *limit,
                                struct err *e)
{
    (void)arg;
    (void)e;
    head_look(head);
    *limit = BODY_MAX;
    return ERR_OK;
}

static void http_receive(void *arg, const struct http_request *request)
{
    const char *length = http_request_header(request, "Content-Length");
    const char *coding = http_request_header(request, "Transfer-Encoding");

    (void)arg;
    received++;
    head_look(request);
    check(length == NULL || coding == NULL);
    check(request->body_size <= BODY_MAX);
    if (coding == NULL)
        check(request->body_size == (length != NULL ? strtoul(length, NULL, 10) : 0));
    http_in_answer(in, request->id,
                   &(struct http_answer){ .status = 200, .body = "{}", .body_size = 2 });
}

static void http_turn_ends(void *arg)
{
    loop_stop(arg);
}

static void http_turns(unsigned count)
{
    struct err e;

    while (count-- > 0)
        check(loop_run(loop, &e) == ERR_OK);
}

static void http_end(void)
{
    unlink(place.sun_path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct http_in_calls calls = { http_admit, http_receive, NULL };
    static struct log log;
    struct http_in_options options = { .unix_path = place.sun_path,
                                       .trusted_proxies = "unix 10.0.0.0/8 fd00::/8" };
    struct err e;

    (void)argc;
    (void)argv;
    mem_install();
    log_init(&log, clock_real());
    log.level = LOG_ERROR;
    snprintf(place.sun_path, sizeof place.sun_path, "/tmp/weft-fuzz-%d.sock", (int)getpid());
    loop = loop_new(clock_real(), &e);
    check(loop != NULL);
    loop_on_turn(loop, http_turn_ends, loop);
    in = http_in_open(loop, &log, &options, &calls, &e);
    check(in != NULL);
    atexit(http_end);
    return 0;
}

/* As many requests as this there can be at most. */
static unsigned http_versions(const uint8_t *bytes, size_t size)
{
    const uint8_t *at = bytes, *end = bytes + size;
    unsigned count = 0;

    while ((at = memmem(at, (size_t)(end - at), "HTTP/1.", 7)) != NULL) {
        count++;
        at += 7;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t cut;
    int fd;

    if (size < 2 || size > 64 * KIB)
        return 0;
    cut = bytes[0] * (size - 1) / 255;
    bytes++;
    size--;
    received = 0;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(fd >= 0);
    check(connect(fd, (struct sockaddr *)&place, sizeof place) == 0);
    (void)!send(fd, bytes, cut, MSG_NOSIGNAL | MSG_DONTWAIT);
    http_turns(TURNS);
    (void)!send(fd, bytes + cut, size - cut, MSG_NOSIGNAL | MSG_DONTWAIT);
    http_turns(TURNS);
    close(fd);
    http_turns(TURNS);
    check(received <= http_versions(bytes, size));
    check(http_in_open_requests(in) == 0);
    return 0;
}

#include "fuzz_main.h"
