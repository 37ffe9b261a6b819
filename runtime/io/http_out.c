/* http_out.c - the interface's calls, and what can be asked of a reply. */
#include "io/http_out.h"

#include <curl/curl.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "io/http_text_priv.h"

uint64_t http_out_send(struct http_out *out, const struct http_ask *ask, http_out_fn *done,
                       void *owner, uint64_t tag)
{
    uint64_t id;

    check(out != NULL);
    check(done != NULL);
    id = out->send(out, ask, done, owner, tag);
    check(id != 0);
    return id;
}

void http_out_cancel(struct http_out *out, uint64_t id)
{
    check(out != NULL);
    out->cancel(out, id);
}

void http_out_resume(struct http_out *out, uint64_t id)
{
    check(out != NULL && out->resume != NULL);
    out->resume(out, id);
}

void http_out_close(struct http_out *out)
{
    if (out != NULL)
        out->close(out);
}

const char *http_reply_header(const struct http_reply *reply, const char *name)
{
    return http__find(reply->headers, reply->header_count, name);
}

static int64_t out_clamp(int64_t ms)
{
    if (ms < 0)
        return 0;
    return ms > LIMIT_RETRY_AFTER_MS ? LIMIT_RETRY_AFTER_MS : ms;
}

/* Seconds in milliseconds, at most LIMIT_RETRY_AFTER_MS; -1 if it is something else. The standard
 * has digits alone; some systems say "2.0". Of a fraction a thousandth counts. */
static int64_t out_seconds(const char *text)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(text, digits), part = 0;
    int64_t ms = 0;

    if (whole > 0 && text[whole] == '.')
        part = strspn(text + whole + 1, digits);
    if (whole == 0 || text[part > 0 ? whole + 1 + part : whole] != '\0')
        return -1;
    for (size_t i = 0; i < whole; i++)
        ms = out_clamp(ms * 10 + (text[i] - '0') * INT64_C(1000));
    for (size_t i = 0, scale = 100; i < part && scale > 0; i++, scale /= 10)
        ms += (text[whole + 1 + i] - '0') * (int64_t)scale;
    return out_clamp(ms);
}

/* curl_getdate() would also take "5" or "12:00" for a date: an HTTP date begins with its day. */
static time_t out_date(const char *text)
{
    return strchr("MTWFS", text[0]) != NULL ? curl_getdate(text, NULL) : (time_t)-1;
}

int64_t http_reply_date(const struct http_reply *reply)
{
    const char *text = http_reply_header(reply, "Date");
    time_t moment = text != NULL ? out_date(text) : (time_t)-1;

    return moment == (time_t)-1 ? -1 : (int64_t)moment * 1000;
}

int64_t http_reply_retry_after(const struct http_reply *reply, int64_t now_wall_ms)
{
    const char *text = http_reply_header(reply, "Retry-After");
    int64_t ms;
    time_t moment;

    if (text == NULL)
        return -1;
    ms = out_seconds(text);
    if (ms >= 0)
        return ms;
    moment = out_date(text);
    return moment == (time_t)-1 ? -1 : out_clamp((int64_t)moment * 1000 - now_wall_ms);
}
