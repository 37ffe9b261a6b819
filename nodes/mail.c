/* mail.c - see mail.h.
 *
 * No byte of a value can end a header or a part: headers are checked or encoded, bodies and
 * attachments go as base64, whose lines hold no boundary. Lines are 76 bytes at most. */
#include "nodes/mail.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"

#define MAIL_WORD  45u /* bytes of text in one encoded word: 60 of base64, 75 in all */
#define MAIL_FIRST 33u /* of the first: the header's name stands before it */
#define MAIL_LINE  57u /* bytes in one line of base64 */

/* ---- Headers */

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            return false;
    return true;
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            return true;
    return false;
}

/* RFC 2047: words of whole characters, folded. */
static void encoded_words(const char *text, struct buf *out)
{
    size_t left = strlen(text);

    for (bool first = true; left > 0; first = false) {
        size_t most = first ? MAIL_FIRST : MAIL_WORD;
        size_t size = left < most ? left : most;

        while (size < left && ((unsigned char)text[size] & 0xC0) == 0x80)
            size--;
        buf_add_text(out, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
        base64_write(out, text, size);
        buf_add_text(out, "?=");
        text += size;
        left -= size;
    }
}

/* Free text: as it is when it fits, and cannot be taken for encoded words. */
static void header_text(const char *name, const char *text, struct buf *out)
{
    buf_addf(out, "%s: ", name);
    if (is_plain(text) && strstr(text, "=?") == NULL && strlen(text) + strlen(name) < 76)
        buf_add_text(out, text);
    else
        encoded_words(text, out);
    buf_add_text(out, "\r\n");
}

/* Lists of addresses are folded between them. */
static void header_list(const char *name, const char *list, struct buf *out)
{
    if (list == NULL || *list == '\0')
        return;
    buf_addf(out, "%s: ", name);
    for (const char *at = list, *next; at != NULL; at = next) {
        next = strstr(at, ", \x1f");
        buf_add(out, at, next != NULL ? (size_t)(next - at) : strlen(at));
        if (next != NULL) {
            buf_add_text(out, ",\r\n ");
            next += 3;
        }
    }
    buf_add_text(out, "\r\n");
}

static void header_date(int64_t ms, struct buf *out)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(ms / 1000);
    struct tm at;

    check(gmtime_r(&seconds, &at) != NULL);
    buf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[at.tm_wday], at.tm_mday,
             months[at.tm_mon], at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
}

/* ---- Addresses */

static bool is_atom(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* LOCAL@DOMAIN of ASCII, as every server takes it. */
static bool is_address(const char *text, size_t size)
{
    const char *at = memchr(text, '@', size);
    size_t local = at != NULL ? (size_t)(at - text) : 0;

    if (at == NULL || local == 0 || local > 64 || size - local < 2 || size >= MAIL_ADDRESS ||
        text[0] == '-' || at[1] == '-' || at[1] == '.' || text[size - 1] == '.')
        return false;
    for (size_t i = 0; i < local; i++)
        if (!is_atom(text[i]))
            return false;
    for (const char *c = at + 1; c < text + size; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '-' || *c == '.'))
            return false;
    return true;
}

static void display_name(const char *text, size_t size, struct buf *header)
{
    char name[400];

    snprintf(name, sizeof name, "%.*s", (int)size, text);
    if (!is_plain(name) || strstr(name, "=?") != NULL || size > 60) {
        encoded_words(name, header);
    } else {
        buf_add_char(header, '"');
        for (const char *c = name; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\')
                buf_add_char(header, '\\');
            buf_add_char(header, *c);
        }
        buf_add_char(header, '"');
    }
    buf_add_char(header, ' ');
}

enum err_code mail_address(const char *text, struct buf *header, char bare[MAIL_ADDRESS],
                           struct err *e)
{
    const char *open = strrchr(text, '<'), *from = text;
    size_t size = strlen(text), name = 0;

    if (has_control(text))
        return err_set(e, ERR_INVALID,
                       "an address has a line end or another control character: another header "
                       "could begin there");
    if (open != NULL && size > 0 && text[size - 1] == '>') {
        from = open + 1;
        size = (size_t)(text + size - 1 - from);
        name = (size_t)(open - text);
        while (name > 0 && text[name - 1] == ' ')
            name--;
        if (name >= 2 && text[0] == '"' && text[name - 1] == '"') {
            text++;
            name -= 2;
        }
    }
    if (!is_address(from, size) || name > 300)
        return err_set(e, ERR_INVALID,
                       "\"%.100s\" is no address; right are ann@example.com and Ann Lee "
                       "<ann@example.com>",
                       text);
    snprintf(bare, MAIL_ADDRESS, "%.*s", (int)size, from);
    if (header->len > 0)
        buf_add_text(header, ", \x1f");
    if (name > 0)
        display_name(text, name, header);
    buf_addf(header, name > 0 ? "<%s>" : "%s", bare);
    return ERR_OK;
}

/* ---- Parts */

static void base64_lines(const char *bytes, size_t size, struct buf *out)
{
    for (size_t at = 0; at < size; at += MAIL_LINE) {
        base64_write(out, bytes + at, size - at < MAIL_LINE ? size - at : MAIL_LINE);
        buf_add_text(out, "\r\n");
    }
}

static void part_text(const char *type, const char *text, struct buf *out)
{
    buf_addf(out, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
             type);
    base64_lines(text, strlen(text), out);
}

/* RFC 2231 for what is no ASCII, and a plain name for old readers. */
static void part_name(const char *name, struct buf *out)
{
    buf_add_text(out, "Content-Disposition: attachment; filename=\"");
    for (const char *c = name; *c != '\0'; c++)
        buf_add_char(out, (unsigned char)*c > '~' || *c == '"' || *c == '\\' ? '_' : *c);
    buf_add_char(out, '"');
    if (!is_plain(name)) {
        buf_add_text(out, ";\r\n filename*=UTF-8''");
        for (const char *c = name; *c != '\0'; c++) {
            if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
                *c == '.' || *c == '-' || *c == '_')
                buf_add_char(out, *c);
            else
                buf_addf(out, "%%%02X", (unsigned)(unsigned char)*c);
        }
    }
    buf_add_text(out, "\r\n");
}

static enum err_code part_check(const struct mail_part *part, struct err *e)
{
    const char *slash = strchr(part->type, '/');

    if (has_control(part->name) || *part->name == '\0' || strlen(part->name) > 200 ||
        strchr(part->name, '/') != NULL)
        return err_set(e, ERR_INVALID, "\"%.60s\" cannot be the name of an attachment", part->name);
    if (slash == NULL || slash == part->type || slash[1] == '\0' || strlen(part->type) > 100 ||
        part->type[strspn(part->type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789!#$&^_.+-/")] != '\0')
        return err_set(e, ERR_INVALID, "\"%.60s\" is no media type; right is application/pdf",
                       part->type);
    return ERR_OK;
}

static void bodies_write(const struct mail *mail, struct buf *out)
{
    if (mail->text != NULL && mail->html != NULL) {
        buf_addf(out,
                 "Content-Type: multipart/alternative; boundary=\"alt-%s\"\r\n\r\n--alt-%s\r\n",
                 mail->key, mail->key);
        part_text("text/plain", mail->text, out);
        buf_addf(out, "--alt-%s\r\n", mail->key);
        part_text("text/html", mail->html, out);
        buf_addf(out, "--alt-%s--\r\n", mail->key);
    } else if (mail->html != NULL) {
        part_text("text/html", mail->html, out);
    } else {
        part_text("text/plain", mail->text, out);
    }
}

enum err_code mail_write(const struct mail *mail, struct buf *out, struct err *e)
{
    check(mail->text != NULL || mail->html != NULL);
    if (has_control(mail->subject))
        return err_set(e, ERR_INVALID,
                       "the subject has a line end or another control character: another header "
                       "could begin there");
    header_date(mail->date_ms, out);
    header_list("From", mail->from, out);
    header_list("Reply-To", mail->reply_to, out);
    header_list("To", mail->to, out);
    header_list("Cc", mail->cc, out);
    buf_addf(out, "Message-ID: <%s>\r\n", mail->id);
    header_text("Subject", mail->subject, out);
    buf_add_text(out, "MIME-Version: 1.0\r\n");
    if (mail->attachment_count > 0)
        buf_addf(out, "Content-Type: multipart/mixed; boundary=\"mix-%s\"\r\n\r\n--mix-%s\r\n",
                 mail->key, mail->key);
    bodies_write(mail, out);
    for (size_t i = 0; i < mail->attachment_count; i++) {
        const struct mail_part *part = &mail->attachments[i];

        if (part_check(part, e) != ERR_OK)
            return e->code;
        buf_addf(out, "--mix-%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n",
                 mail->key, part->type);
        part_name(part->name, out);
        buf_add_text(out, "\r\n");
        base64_lines(part->bytes, part->size, out);
    }
    if (mail->attachment_count > 0)
        buf_addf(out, "--mix-%s--\r\n", mail->key);
    return buf_check(out, "the message", e);
}
