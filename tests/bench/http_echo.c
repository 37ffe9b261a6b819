/* http_echo.c - what a request costs: the listener alone, echoing bodies. Linked with weft_io.
 *
 *   http_echo [PORT] [now|turn]
 *
 * now: within receive(); turn (default): as the engine does it, in a hook of the next turn. Server
 * and load on a core each, for example: taskset -c 0 http_echo 9000, taskset -c 1 wrk -c 64 -d 5.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/http_in.h"

struct echo {
    struct http_in *in;
    struct loop *loop;
    bool now;
    size_t waiting;
    uint64_t requests;
    struct {
        uint64_t id;
        size_t size;
        char body[4096];
    } queue[4096];
};

static enum err_code echo_admit(void *arg, const struct http_request *head, size_t *limit,
                                struct err *e)
{
    (void)arg;
    (void)head;
    (void)e;
    *limit = 4096;
    return ERR_OK;
}

static void echo_answer(struct echo *echo, uint64_t id, const char *body, size_t size)
{
    http_in_answer(echo->in, id,
                   &(struct http_answer){ .status = 200, .body = body, .body_size = size });
    echo->requests++;
}

static void echo_receive(void *arg, const struct http_request *request)
{
    struct echo *echo = arg;

    if (echo->now || echo->waiting == 4096) {
        echo_answer(echo, request->id, request->body, request->body_size);
        return;
    }
    echo->queue[echo->waiting].id = request->id;
    echo->queue[echo->waiting].size = request->body_size;
    memcpy(echo->queue[echo->waiting].body, request->body, request->body_size);
    echo->waiting++;
}

static void echo_turn(void *arg)
{
    struct echo *echo = arg;

    for (size_t i = 0; i < echo->waiting; i++)
        echo_answer(echo, echo->queue[i].id, echo->queue[i].body, echo->queue[i].size);
    echo->waiting = 0;
}

static void echo_stop(void *arg, int signo)
{
    struct echo *echo = arg;

    (void)signo;
    loop_stop(echo->loop);
}

int main(int argc, char **argv)
{
    static struct echo echo;
    struct log log;
    struct err e;
    struct rusage usage;
    struct http_in_options options = { .host = "127.0.0.1",
                                       .port =
                                           argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0 };
    struct http_in_calls calls = { echo_admit, echo_receive, &echo };
    double cpu;

    mem_install();
    log_init(&log, clock_real());
    echo.now = argc > 2 && strcmp(argv[2], "now") == 0;
    echo.loop = loop_new(clock_real(), &e);
    check(echo.loop != NULL);
    loop_on_turn(echo.loop, echo_turn, &echo);
    echo.in = http_in_open(echo.loop, &log, &options, &calls, &e);
    if (echo.in == NULL) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    fprintf(stderr, "listening on port %u\n", http_in_port(echo.in));
    loop_on_signal(echo.loop, SIGTERM, echo_stop, &echo);
    check(loop_run(echo.loop, &e) == ERR_OK);
    getrusage(RUSAGE_SELF, &usage);
    cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
          (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    fprintf(stderr, "%llu requests, %.2f us of CPU each, %ld KiB at most\n",
            (unsigned long long)echo.requests,
            echo.requests > 0 ? cpu / (double)echo.requests : 0.0, usage.ru_maxrss);
    http_in_close(echo.in);
    loop_free(echo.loop);
    return 0;
}
