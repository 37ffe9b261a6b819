/* http_give.c - the body of a request that comes from its source.
 *
 * (1) libcurl is given what the length says, no byte more, and is never told of an end before it:
 *     a body that breaks off ends the call, and its peer has a request that is not whole.
 *                                                                                    [give_read]
 * (2) It is given once. libcurl may want a body again from its beginning (a kept connection that
 *     died, a method of signing in): it is refused, and the call fails.              [give_again]
 */
#include "io/http_out_priv.h"

#include "base/check.h"

/* (1) */
static size_t give_read(char *to, size_t one, size_t room, void *arg)
{
    struct http_call *call = arg;
    const struct http_source *source = call->source;
    size_t given = 0;

    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    check(source != NULL);
    room *= one;
    if ((int64_t)room > source->size - call->given)
        room = (size_t)(source->size - call->given);
    if (room == 0)
        return 0;
    switch (source->give(source->arg, to, room, &given)) {
    case HTTP_LATER:
        call->paused = true;
        return CURL_READFUNC_PAUSE;
    case HTTP_BROKEN:
        call->broken = true;
        return CURL_READFUNC_ABORT;
    case HTTP_GIVEN:
        break;
    }
    check(given > 0 && given <= room);
    call->given += (int64_t)given;
    return given;
}

/* (2) */
static int give_again(void *arg, curl_off_t offset, int origin)
{
    const struct http_call *call = arg;

    (void)offset;
    (void)origin;
    CHECK_OBJ(call, HTTP_CALL_MAGIC);
    return CURL_SEEKFUNC_FAIL;
}

void http_give__set(struct http_call *call)
{
    CURL *easy = call->curl.easy;
    bool ok;

    check(call->source->size >= 0);
    ok = curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->source->size) ==
             CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_read) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_READDATA, call) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, give_again) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_SEEKDATA, call) == CURLE_OK;
    check(ok);
}
