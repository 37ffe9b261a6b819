/* transfer_sign_in.c - who we are to an SFTP server, and whether it is the one that we know. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/hash.h"
#include "io/transfer_priv.h"

/* One of the fingerprints that we know? */
static int on_host_key(void *arg, int type, const char *key, size_t size)
{
    struct transfer__call *call = arg;
    const char *known = call->login->host_keys != NULL ? call->login->host_keys : "";
    struct hash *hash = hash_new(NULL, 0);
    unsigned char sum[HASH_SIZE];
    struct buf text;
    size_t length;

    (void)type;
    hash_add(hash, key, size);
    hash_end(hash, sum);
    hash_free(hash);
    buf_init(&text, 100);
    buf_add_text(&text, "SHA256:");
    base64_write(&text, sum, sizeof sum);
    while (text.len > 0 && text.at[text.len - 1] == '=')
        text.at[--text.len] = '\0'; /* as ssh-keygen -l shows it */
    for (; *known != '\0'; known += length + strspn(known + length, " ,")) {
        length = strcspn(known, " ,");
        if (length == text.len && strncmp(known, text.at, length) == 0)
            break;
    }
    if (*known == '\0')
        snprintf(call->shown_key, sizeof call->shown_key, "%s", buf_text(&text));
    buf_fini(&text);
    return *known != '\0' ? CURLKHMATCH_OK : CURLKHMATCH_MISMATCH;
}

/* libssh2 takes a private key from a file only: one that is nowhere but in our memory. */
static enum err_code key_put(struct transfer__call *call, struct err *e)
{
    const char *key = call->login->secret;
    size_t size = strlen(key);

    call->key_fd = memfd_create("key", MFD_CLOEXEC);
    if (call->key_fd < 0 || write(call->key_fd, key, size) != (ssize_t)size ||
        (size > 0 && key[size - 1] != '\n' && write(call->key_fd, "\n", 1) != 1))
        return err_set(e, ERR_MEMORY, "no memory for the private key");
    snprintf(call->key_file, sizeof call->key_file, "/proc/self/fd/%d", call->key_fd);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_SSH_PRIVATE_KEYFILE, call->key_file));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_SSH_AUTH_TYPES, CURLSSH_AUTH_PUBLICKEY));
    if (call->login->passphrase != NULL)
        easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_KEYPASSWD, call->login->passphrase));
    return ERR_OK;
}

static void on_opened(void *arg, curl_socket_t line)
{
    struct transfer__call *call = arg;

    call->line = line;
    call->cut = false;
}

static bool line_is_over(const struct transfer__call *call)
{
    char byte;
    ssize_t got = recv(call->line, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno != EAGAIN);
}

static bool remarks(const char *text, size_t size, const char *wanted)
{
    return size >= strlen(wanted) && memcmp(text, wanted, strlen(wanted)) == 0;
}

/* libcurl says CURLE_LOGIN_DENIED whatever ended the signing in, and CURLE_QUOTE_ERROR whatever
 * ended a command, but remarks it before it lets go of the line: one that is over by then was cut,
 * and nobody was refused. A server that ends the line behind the first wrong word (MaxAuthTries 1)
 * cannot be told from that; the message says so. */
static int on_remark(CURL *easy, curl_infotype type, char *text, size_t size, void *arg)
{
    struct transfer__call *call = arg;

    (void)easy;
    if (type != CURLINFO_TEXT)
        return 0;
    if (remarks(text, size, "Authentication failure"))
        call->cut = line_is_over(call);
    else if (remarks(text, size, "rm command failed") || remarks(text, size, "rename command fail"))
        call->lost = line_is_over(call);
    return 0;
}

enum err_code transfer__sign_in(struct transfer__call *call, struct err *e)
{
    const struct transfer_login *login = call->login;

    if (login->host_keys == NULL || *login->host_keys == '\0')
        return err_set(e, ERR_POLICY, "the connection names no \"host_key\"");
    if (login->user == NULL || login->secret == NULL)
        return err_set(e, ERR_POLICY, "the connection names nobody who signs in");
    call->curl.opened = on_opened;
    call->curl.arg = call;
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_VERBOSE, 1L)); /* or no remark is made */
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_DEBUGFUNCTION, on_remark));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_DEBUGDATA, call));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_SSH_HOSTKEYFUNCTION, on_host_key));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_SSH_HOSTKEYDATA, call));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_USERNAME, login->user));
    if (strncmp(login->secret, "-----BEGIN", 10) == 0)
        return key_put(call, e);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_PASSWORD, login->secret));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_SSH_AUTH_TYPES,
                               CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD));
    return ERR_OK;
}
