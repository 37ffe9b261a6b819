/* pace.c - a load that does not wait: so many payment events a second, whatever the server does.
 *
 *   pace PORT PATH RATE SECONDS [CONNECTIONS, 64 when not said]
 *
 * An event is due at its moment. It goes over a connection that is free, or over the next one that
 * becomes free; what it took counts from the moment at which it was due, so a server that pauses
 * pays for all whom it kept waiting. The last line is RESULT and an object: requests, seconds,
 * latencies in microseconds, errors (answers other than 200, connections that ended). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 1024
#define ANSWER      65536
#define EVENTS      4000000

struct connection {
    int fd;
    int64_t due_ns; /* of the event that is under way */
    size_t size;    /* of its answer, so far */
    char answer[ANSWER];
};

static struct connection connections[CONNECTIONS], *rest[CONNECTIONS];
static size_t connection_count, rest_count;
static int poll_fd;
static uint32_t took_us[EVENTS];
static size_t took_count, errors;
static const char *path;
static unsigned series;

static void die(const char *text)
{
    fprintf(stderr, "pace: %s: %s\n", text, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void connection_open(struct connection *c, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = c } };
    int yes = 1;

    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("cannot connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event) != 0)
        die("cannot wait for it");
}

/* About 600 bytes, each event with ids of its own: as payload.lua makes them. */
static void event_send(struct connection *c, unsigned n, int64_t due_ns)
{
    static const char *const statuses[] = { "AUTHORISED", "AUTHORISED", "AUTHORISED", "REFUSED",
                                            "REFUND" };
    static const char *const currencies[] = { "EUR", "USD", "GBP", "CHF" };
    char body[1024], request[2048];
    int size = snprintf(
        body, sizeof body,
        "{\"transactionId\":\"TXN-%06u-%09u\",\"merchantId\":\"MRC-77120-WEB\",\"orderId\":\"ORD-"
        "2026-%09u\",\"customerId\":\"CUS-%07u\",\"amount\":%u.%02u,\"currency\":\"%s\","
        "\"status\":\"%s\",\"timestamp\":\"2026-11-%02uT10:%02u:%02u.%03uZ\",\"card\":{\"token\":"
        "\"tok_%08x%08x\",\"brand\":\"visa\",\"last4\":\"%04u\",\"expiryMonth\":9,\"expiryYear\":"
        "2029},\"billing\":{\"name\":\"Erika Mustermann\",\"line1\":\"Heidestrasse 17\",\"city\":"
        "\"Koeln\",\"postalCode\":\"51147\",\"country\":\"DE\"},\"risk\":{\"score\":%u,\"rules\":["
        "\"velocity\",\"geo\"]},\"channel\":\"web\",\"captureMode\":\"auto\",\"reference\":"
        "\"Invoice %09u / web shop\"}",
        series, n, n, n * 7919 % 10000000, n * 37 % 5000 + 1, n * 13 % 100, currencies[n % 4],
        statuses[n % 5], n % 28 + 1, n % 60, n * 7 % 60, n % 1000, n * 2654435761u, n * 40503u,
        n % 10000, n % 100, n);

    size = snprintf(request, sizeof request,
                    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    "Content-Length: %d\r\n\r\n%s",
                    path, size, body);
    c->due_ns = due_ns;
    c->size = 0;
    if (send(c->fd, request, (size_t)size, MSG_NOSIGNAL) != size)
        die("cannot send");
}

/* Whether the answer is whole. */
static bool answer_whole(const struct connection *c)
{
    const char *end = memmem(c->answer, c->size, "\r\n\r\n", 4), *length;

    if (end == NULL)
        return false;
    length = strcasestr(c->answer, "content-length:");
    return length == NULL || length > end ||
           c->size >= (size_t)(end + 4 - c->answer) + strtoul(length + 15, NULL, 10);
}

static void answer_come(struct connection *c)
{
    ssize_t got = recv(c->fd, c->answer + c->size, ANSWER - 1 - c->size, 0);

    if (got <= 0) {
        if (got < 0 && errno == EAGAIN)
            return;
        die("a connection ended");
    }
    c->size += (size_t)got;
    c->answer[c->size] = '\0';
    if (!answer_whole(c))
        return;
    errors += strncmp(c->answer, "HTTP/1.1 200", 12) != 0;
    if (took_count < EVENTS)
        took_us[took_count++] = (uint32_t)((now_ns() - c->due_ns) / 1000);
    rest[rest_count++] = c;
}

static void wait_until(int64_t due_ns)
{
    struct epoll_event events[64];
    int64_t left = due_ns - now_ns();
    struct timespec wait = { 0, 0 };
    int count;

    if (left > 0)
        wait = (struct timespec){ left / 1000000000, left % 1000000000 };
    count = epoll_pwait2(poll_fd, events, 64, &wait, NULL);
    if (count < 0 && errno != EINTR)
        die("cannot wait");
    for (int i = 0; i < count; i++)
        answer_come(events[i].data.ptr);
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

static void run(double rate, double secs)
{
    const int64_t began = now_ns(), end = began + (int64_t)(secs * 1e9);
    const double every = 1e9 / rate;
    const unsigned count = (unsigned)(rate * secs);
    unsigned sent = 0;

    while (took_count < count && now_ns() < end + 10000000000) {
        while (sent < count && rest_count > 0 && began + (int64_t)(sent * every) <= now_ns()) {
            event_send(rest[--rest_count], sent, began + (int64_t)(sent * every));
            sent++;
        }
        wait_until(sent == count || rest_count == 0 ? now_ns() + 10000000
                                                    : began + (int64_t)(sent * every));
    }
    errors += count - took_count;
    if (took_count == 0)
        die("nothing was answered");
    qsort(took_us, took_count, sizeof *took_us, compare);
    printf("RESULT {\"requests\":%zu,\"seconds\":%.3f,\"p50_us\":%u,\"p99_us\":%u,\"p999_us\":%u,"
           "\"max_us\":%u,\"errors\":%zu}\n",
           took_count, (double)(now_ns() - began) / 1e9, took_us[took_count / 2],
           took_us[took_count * 99 / 100], took_us[took_count * 999 / 1000],
           took_us[took_count - 1], errors);
}

int main(int argc, char **argv)
{
    uint16_t port = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0;
    size_t count = argc > 5 ? strtoul(argv[5], NULL, 10) : 64;

    if (argc < 5 || strtod(argv[3], NULL) <= 0 || count == 0 || count > CONNECTIONS ||
        strtod(argv[3], NULL) * strtod(argv[4], NULL) > EVENTS) {
        fprintf(stderr, "usage: pace PORT PATH RATE SECONDS [CONNECTIONS]; up to 4,000,000 events "
                        "and 1,024 connections\n");
        return 2;
    }
    path = argv[2];
    series = (unsigned)(now_ns() / 1000000 % 1000000);
    poll_fd = epoll_create1(0);
    while (connection_count < count) {
        connection_open(&connections[connection_count], port);
        rest[rest_count++] = &connections[connection_count++];
    }
    run(strtod(argv[3], NULL), strtod(argv[4], NULL));
    return 0;
}
