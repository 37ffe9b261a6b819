/* transfer_mail.c - one message to a mail server: all recipients, or none. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "io/transfer_priv.h"

/* What the server said last of the mail: its line, without what would break one of ours. */
static size_t on_line(char *line, size_t one, size_t count, void *arg)
{
    struct transfer__call *call = arg;
    size_t size = one * count;

    if (call->ask->reply[0] == '4' || call->ask->reply[0] == '5' ||
        (size > 3 && strncmp(line, "221", 3) == 0))
        return size; /* the farewell is not what it said of the mail */

    snprintf(call->ask->reply, sizeof call->ask->reply, "%.*s",
             (int)strcspn(line, "\r\n") < (int)size ? (int)strcspn(line, "\r\n") : (int)size, line);
    for (char *c = call->ask->reply; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
            *c = '?';
    return size;
}

static struct curl_slist *recipients(const struct transfer_ask *ask)
{
    struct curl_slist *list = NULL, *longer;
    char address[400];

    for (size_t i = 0; i < ask->recipient_count; i++) {
        snprintf(address, sizeof address, "<%s>", ask->recipients[i]);
        longer = curl_slist_append(list, address);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

/* The server said No: a complete answer, whenever it came. 4xx: not now, also to a password (RFC
 * 4954, 6: 454 is a passing failure). */
static enum err_code refused(struct transfer__call *call, long status, CURLcode code, struct err *e)
{
    enum err_code kind = status < 500 ? ERR_TRANSIENT : ERR_INVALID;

    if (status == 530 || status == 535 || (status >= 500 && code == CURLE_LOGIN_DENIED))
        kind = ERR_AUTH;
    return err_set(e, kind, "%.100s refused the mail: %.200s", call->host, call->ask->reply);
}

enum err_code transfer__mail(struct transfer__call *call, bool *sent, struct err *e)
{
    const struct transfer_login *login = call->login;
    struct transfer_ask *ask = call->ask;
    bool implicit = strncmp(login->url, "smtps://", 8) == 0;
    struct curl_slist *list = recipients(ask);
    struct buf url;
    char from[400];
    long status = 0;
    CURLcode code;

    if (list == NULL)
        return err_set(e, ERR_MEMORY, "no memory for the recipients");
    buf_init(&url, 4096);
    buf_add_text(&url, login->url);
    if (login->helo != NULL)
        buf_addf(&url, "/%s", login->helo);
    snprintf(from, sizeof from, "<%s>", ask->from);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_URL, buf_text(&url)));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_USE_SSL,
                               implicit ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL));
    if (login->user != NULL) {
        easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_USERNAME, login->user));
        easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_PASSWORD, login->secret));
    }
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_MAIL_FROM, from));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_MAIL_RCPT, list));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_UPLOAD, 1L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)ask->size));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_HEADERFUNCTION, on_line));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_HEADERDATA, call));
    transfer__sends(call, ask->bytes, ask->size);
    code = curl_easy_perform(call->curl.easy);
    curl_easy_getinfo(call->curl.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(list);
    buf_fini(&url);
    ask->changed = code == CURLE_OK;
    if (code == CURLE_OK)
        return ERR_OK;
    if (status >= 400 && status < 600 && code != CURLE_OPERATION_TIMEDOUT)
        return refused(call, status, code, e);
    *sent = call->out_over; /* before, the server has not seen the end */
    return transfer__failed(call, code, e);
}
