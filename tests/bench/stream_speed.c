/* stream_speed.c - what open event streams cost the listener: memory, time of an event for all, and
 * how long the loop is away from its other work meanwhile.
 *
 *   stream_speed [STREAMS] [SECONDS]      (1000 streams, 3 seconds, an event every 100 ms)
 *
 * A child process is the browsers. Build in a Release build's directory:
 *   gcc -std=c11 -D_GNU_SOURCE -O2 -I../runtime ../tests/bench/stream_speed.c libweft_io.a
 *       libweft_base.a -luv -lcurl -lmicrohttpd -lodbc -ljansson -lcrypto -lgmp -ljemalloc */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/http_stream.h"

#define BENCH_MAX   2000
#define BENCH_EVERY 100 /* ms */

struct bench {
    struct loop *loop;
    struct http_in *in;
    struct http_stream *streams[BENCH_MAX];
    unsigned wanted, open, seconds;
    long rss_before;
    double began, next, cpu_began, event_began, last_turn;
    double longest_turn, longest_event;
    unsigned events;
    bool sending;
};

static double now_ms(clockid_t which)
{
    struct timespec t;

    clock_gettime(which, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long rss_kib(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    check(f != NULL);
    check(fscanf(f, "%ld %ld", &pages, &resident) == 2);
    fclose(f);
    return resident * 4;
}

static enum err_code bench_admit(void *arg, const struct http_request *head, size_t *limit,
                                 struct err *e)
{
    (void)arg;
    (void)head;
    (void)limit;
    (void)e;
    return ERR_OK;
}

static void bench_gone(void *arg)
{
    struct bench *b = arg;

    b->open--;
}

static void bench_receive(void *arg, const struct http_request *request)
{
    struct bench *b = arg;

    b->streams[b->open] =
        http_in_stream(b->in, request->id, &(struct http_answer){ .status = 200 }, bench_gone, b);
    check(b->streams[b->open] != NULL);
    b->open++;
}

static void bench_event(struct bench *b)
{
    char text[600];
    int size = snprintf(text, sizeof text, "id: %u\ndata: %0500u\n\n", b->events, b->events);
    struct http_piece *piece = http_piece_new(text, (size_t)size);

    for (unsigned i = 0; i < b->open; i++)
        check(http_stream_share(b->streams[i], piece));
    http_piece_leave(piece);
    b->events++;
    b->sending = true;
    b->event_began = now_ms(CLOCK_MONOTONIC);
}

static bool bench_is_sent(const struct bench *b)
{
    for (unsigned i = 0; i < b->open; i++)
        if (http_stream_queued(b->streams[i]) > 0)
            return false;
    return true;
}

static void bench_report(const struct bench *b)
{
    double cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID) - b->cpu_began;

    printf("%u streams: %.1f KiB each (%.1f MiB in all); an event for all: %.2f ms of CPU, "
           "%.2f us a stream, in the sockets within %.1f ms at most; longest turn %.2f ms of CPU\n",
           b->open, (double)(rss_kib() - b->rss_before) / b->open,
           (double)(rss_kib() - b->rss_before) / 1024, cpu / b->events,
           cpu * 1e3 / b->events / b->open, b->longest_event, b->longest_turn);
}

static void bench_turn(void *arg)
{
    struct bench *b = arg;
    double now = now_ms(CLOCK_MONOTONIC), cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);

    if (b->open < b->wanted) {
        loop_alarm(b->loop, INT64_MAX);
        return;
    }
    if (b->began == 0) {
        b->began = b->next = now;
        b->cpu_began = cpu;
    } else if (b->sending) {
        if (cpu - b->last_turn > b->longest_turn)
            b->longest_turn = cpu - b->last_turn;
        b->sending = !bench_is_sent(b);
        if (!b->sending && now - b->event_began > b->longest_event)
            b->longest_event = now - b->event_began;
    }
    if (now - b->began > b->seconds * 1e3) {
        bench_report(b);
        loop_stop(b->loop);
        return;
    }
    if (!b->sending && now >= b->next) {
        b->next += BENCH_EVERY;
        bench_event(b);
    }
    b->last_turn = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    loop_alarm(b->loop, b->sending ? INT64_MAX : clock_real()->steady_ms(clock_real()) + 1);
}

/* The browsers: they connect, ask, and read until the end. */
static void bench_browsers(unsigned port, unsigned count)
{
    static const char get[] = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
    static struct pollfd fds[BENCH_MAX];
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    static char bytes[65536];

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned i = 0; i < count; i++) {
        fds[i] = (struct pollfd){ .fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN };
        check(connect(fds[i].fd, (struct sockaddr *)&to, sizeof to) == 0);
        check(send(fds[i].fd, get, sizeof get - 1, 0) == sizeof get - 1);
    }
    while (poll(fds, count, -1) > 0)
        for (unsigned i = 0; i < count; i++)
            if (fds[i].revents != 0 && recv(fds[i].fd, bytes, sizeof bytes, 0) <= 0)
                _exit(0);
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct http_in_calls calls = { bench_admit, bench_receive, &b };
    struct rlimit files = { BENCH_MAX * 2, BENCH_MAX * 2 };
    struct log log;
    struct err e;
    pid_t child;

    b.wanted = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
    b.seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 3;
    check(b.wanted >= 1 && b.wanted <= BENCH_MAX);
    (void)setrlimit(RLIMIT_NOFILE, &files);
    mem_install();
    log_init(&log, clock_real());
    b.loop = loop_new(clock_real(), &e);
    b.in = http_in_open(b.loop, &log, &(struct http_in_options){ .host = "127.0.0.1" }, &calls, &e);
    check(b.in != NULL);
    b.rss_before = rss_kib();
    child = fork();
    if (child == 0)
        bench_browsers(http_in_port(b.in), b.wanted);
    loop_on_turn(b.loop, bench_turn, &b);
    check(loop_run(b.loop, &e) == ERR_OK);
    for (unsigned i = 0; i < b.wanted; i++)
        http_stream_end(b.streams[i]);
    http_in_close(b.in);
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    loop_free(b.loop);
    return 0;
}
