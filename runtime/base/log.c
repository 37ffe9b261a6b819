/* log.c - one event, one line, one write(2).
 *
 * The text is made in memory of a fixed size: to log never fails and never allocates. What is
 * foreign in it cannot end the line, move the cursor or turn the direction of reading: such
 * characters are escaped. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/card.h"
#include "base/check.h"
#include "base/utf8_priv.h"

#define LOG_TEXT  2048                         /* bytes of a message; the rest is cut */
#define LOG_SAFE  (6 * LOG_TEXT)               /* no byte becomes more than six: \u001b */
#define LOG_ABOUT 160                          /* what the line is about, in the dress of JSON */
#define LOG_LINE  (LOG_SAFE + 128 + LOG_ABOUT) /* with time, level and the dress of JSON */

static const char *const log_levels[] = { "error", "warn", "info", "debug" };

void log_init(struct log *log, struct clock *clock)
{
    check(clock != NULL);
    *log = (struct log){ .level = LOG_INFO, .clock = clock };
}

bool log_level_parse(const char *name, enum log_level *level)
{
    check(name != NULL);
    for (size_t i = 0; i < sizeof(log_levels) / sizeof(log_levels[0]); i++) {
        if (strcmp(log_levels[i], name) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* Control characters, separators of lines, and marks that change the direction of the text. */
static bool log_unsafe(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C || point == 0x200E ||
           point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

static size_t log_escape(uint32_t point, bool json, char to[8])
{
    if (point == '\n')
        return (size_t)snprintf(to, 8, "\\n");
    if (point == '\t')
        return (size_t)snprintf(to, 8, "\\t");
    if (point < 0x80 && !json)
        return (size_t)snprintf(to, 8, "\\x%02x", (unsigned)point);
    return (size_t)snprintf(to, 8, "\\u%04x", (unsigned)point & 0xFFFF);
}

/* Copies the text so that it is one line; `json` makes it the inside of a JSON string. */
static void log_make_safe(const char *text, bool json, char safe[LOG_SAFE])
{
    const unsigned char *at = (const unsigned char *)text;
    size_t left = strlen(text);
    char *to = safe;

    while (left > 0) {
        size_t length = utf8__length(at, left);
        uint32_t point = length > 0 ? utf8__point(at, length) : 0xFFFD;

        if (length == 0) {
            to += json ? utf8__write(point, to) : (size_t)snprintf(to, 8, "\\x%02x", at[0]);
            length = 1;
        } else if (log_unsafe(point)) {
            to += log_escape(point, json, to);
        } else {
            if (json && (point == '"' || point == '\\'))
                *to++ = '\\';
            memcpy(to, at, length);
            to += length;
        }
        at += length;
        left -= length;
    }
    *to = '\0';
}

static _Thread_local const struct log_context *log_context;

void log_enter(const struct log_context *context)
{
    log_context = context;
}

/* ,"run":"01JD3K8QZ7M2A","trace_id":"...": as far as it is known */
static void log_about(char text[LOG_ABOUT])
{
    struct log_about about = { .run = "" };
    const struct {
        const char *name, *value;
    } members[] = { { "run", about.run }, { "trace_id", about.trace }, { "span_id", about.span } };
    size_t used = 0;

    text[0] = '\0';
    if (log_context == NULL)
        return;
    log_context->tell(log_context->arg, &about);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i].value[0] != '\0')
            used += (size_t)snprintf(text + used, LOG_ABOUT - used, ",\"%s\":\"%s\"",
                                     members[i].name, members[i].value);
}

static void log_write(struct log *log, enum log_level level, const char *safe)
{
    char line[LOG_LINE];
    char time[CLOCK_TEXT];
    int length;

    clock_text(log->clock->wall_ms(log->clock), time);
    if (log->json) {
        char about[LOG_ABOUT];

        log_about(about);
        length = snprintf(line, sizeof(line), "{\"t\":\"%s\",\"level\":\"%s\",\"text\":\"%s\"%s}\n",
                          time, log_levels[level], safe, about);
    } else {
        length = snprintf(line, sizeof(line), "%s %-5s %s\n", time, log_levels[level], safe);
    }
    check(length > 0);
    check((size_t)length < sizeof(line));
    /* Nobody can be told that the log cannot be written. */
    if (write(STDERR_FILENO, line, (size_t)length) < 0)
        return;
}

static void log_remember(struct log *log, enum log_level level, const char *fmt)
{
    struct log_recent *recent = log->recent;
    unsigned at = atomic_fetch_add(&recent->count, 1) % LOG_RECENT;

    atomic_store(&recent->fmt[at], fmt);
    atomic_store(&recent->at_ms[at], log->clock->wall_ms(log->clock));
    atomic_store(&recent->level[at], (unsigned)level);
}

void log_recent(const struct log *log, log_recent_fn *visit, void *arg)
{
    const struct log_recent *recent = log->recent;
    unsigned count = recent != NULL ? atomic_load(&recent->count) : 0;

    for (unsigned i = count > LOG_RECENT ? count - LOG_RECENT : 0; i < count; i++) {
        const char *fmt = atomic_load(&recent->fmt[i % LOG_RECENT]);

        if (fmt != NULL)
            visit(arg, atomic_load(&recent->at_ms[i % LOG_RECENT]),
                  log_levels[atomic_load(&recent->level[i % LOG_RECENT])], fmt);
    }
}

static void log_event(struct log *log, enum log_level level, const char *fmt, va_list args)
{
    static const char mark[] = "...";
    char text[LOG_TEXT];
    char safe[LOG_SAFE];
    struct card_report report = { 0 };
    int length;

    check(log->clock != NULL);
    if (level > log->level)
        return;
    if (log->recent != NULL)
        log_remember(log, level, fmt);
    length = vsnprintf(text, sizeof(text), fmt, args);
    if (length < 0)
        return;
    if ((size_t)length >= sizeof(text))
        memcpy(text + utf8__cut(text, sizeof(text) - sizeof(mark)), mark, sizeof(mark));
    card_mask_chars(text, sizeof(text), &report); /* the last net: nothing should be in it */
    card_report_fini(&report);
    log_make_safe(text, log->json && log->line == NULL, safe);
    if (log->line != NULL)
        log->line(log->arg, level, safe);
    else
        log_write(log, level, safe);
}

#define LOG_FUNCTION(name, level)                    \
    void name(struct log *log, const char *fmt, ...) \
    {                                                \
        va_list args;                                \
                                                     \
        va_start(args, fmt);                         \
        log_event(log, level, fmt, args);            \
        va_end(args);                                \
    }
LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warn, LOG_WARN)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)
