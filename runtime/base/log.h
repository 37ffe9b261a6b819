/* log.h - what the program says while it runs, one line an event on stderr.
 *
 *   2026-11-21T09:03:03.123Z info  run 01JD3K8QZ7M2A RECORD -> ROUTE (stored)
 *
 * With WEFT_LOG_FORMAT=json each line is an object {"t","level","text"}, and {"run","trace_id",
 * "span_id"} as far as its context knows them. Control characters in foreign text are escaped, so a
 * line stays a line. Never pass a secret or a payload. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define LOG_RECENT 200u
/* What was logged last, by the text of the program alone: without the values in it. */
struct log_recent {
    _Atomic(const char *) fmt[LOG_RECENT]; /* literals */
    _Atomic int64_t at_ms[LOG_RECENT];
    atomic_uint level[LOG_RECENT];
    atomic_uint count; /* so far */
};
struct log {
    enum log_level level;
    bool json;
    struct clock *clock;
    void (*line)(void *arg, enum log_level level, const char *text); /* NULL: stderr */
    void *arg;
    struct log_recent *recent; /* NULL: nothing is remembered; not owned */
};

/* What the lines of a thread are about: JSON lines name it. */
#define LOG_RUN   14
#define LOG_TRACE 33
#define LOG_SPAN  17
struct log_about {
    char run[LOG_RUN], trace[LOG_TRACE], span[LOG_SPAN]; /* letters and digits; "": not known */
};
struct log_context {
    void (*tell)(const void *arg, struct log_about *about); /* asked only when a line is written */
    const void *arg;
};
/* Of this thread, from now on: NULL: about nothing. Borrowed until the next call. */
void log_enter(const struct log_context *context);

/* Ascending. Of the thread that asks; lines of others may come meanwhile. */
typedef void log_recent_fn(void *arg, int64_t at_ms, const char *level, const char *text);
void log_recent(const struct log *log, log_recent_fn *visit, void *arg);

void log_init(struct log *log, struct clock *clock); /* level info, text, stderr */
bool log_level_parse(const char *name, enum log_level *level);
void log_error(struct log *log, const char *fmt, ...) PRINTF(2, 3);
void log_warn(struct log *log, const char *fmt, ...) PRINTF(2, 3);
void log_info(struct log *log, const char *fmt, ...) PRINTF(2, 3);
void log_debug(struct log *log, const char *fmt, ...) PRINTF(2, 3);

#endif
