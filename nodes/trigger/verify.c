/* verify.c - is this request from whom it says? */
#include "nodes/trigger/verify.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/header.h"

#define VERIFY_TOLERANCE_MAX (24 * 3600 * 1000)

static const char *const types[] = { "none", "hmac", "basic", "bearer", NULL };
static const char *const algorithms[] = { "sha1", "sha256", "sha512", NULL };
static const char *const encodings[] = { "hex", "base64", NULL };
static const char *const key_encodings[] = { "text", "base64", NULL };
#define VERIFY_PART 600u /* bytes of one part of a header */

const struct field verify_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "type",
      .offset = offsetof(struct verify, type),
      .required = true,
      .choices = types,
      .help =
          "hmac: a signature over the body; basic: user and password; bearer: a fixed token; none: "
          "whoever knows the address may start the flow." },
    { .kind = FIELD_TEXT,
      .name = "header",
      .offset = offsetof(struct verify, header),
      .help =
          "The header with the signature (hmac), or with the token when it is not Authorization "
          "(bearer).",
      .example = "\"X-Signature\"" },
    { .kind = FIELD_CHOICE,
      .name = "algorithm",
      .offset = offsetof(struct verify, algorithm),
      .fallback = "sha256",
      .choices = algorithms,
      .help = "The hash of the HMAC." },
    { .kind = FIELD_CHOICE,
      .name = "encoding",
      .offset = offsetof(struct verify, encoding),
      .fallback = "hex",
      .choices = encodings,
      .help = "How the signature is written in its header." },
    { .kind = FIELD_SECRET,
      .name = "secret",
      .offset = offsetof(struct verify, secret),
      .help = "The name, in the vault, of the HMAC key, the password or the token.",
      .example = "\"paytrace_webhook\"" },
    { .kind = FIELD_TEXT,
      .name = "prefix",
      .offset = offsetof(struct verify, prefix),
      .help = "A text in front of the signature or token in its header, such as \"sha256=\".",
      .example = "\"sha256=\"" },
    { .kind = FIELD_TEXT,
      .name = "user",
      .offset = offsetof(struct verify, user),
      .help = "The user name (basic)." },
    { .kind = FIELD_TEXT,
      .name = "timestamp_header",
      .offset = offsetof(struct verify, timestamp_header),
      .help =
          "A header with the time of sending, in seconds or milliseconds since 1970. When it is "
          "given, the signed text is the header's text, a dot and the body (hmac).",
      .example = "\"X-Timestamp\"" },
    { .kind = FIELD_MS,
      .name = "tolerance",
      .offset = offsetof(struct verify, tolerance_ms),
      .fallback = "300s",
      .min = 0,
      .max = VERIFY_TOLERANCE_MAX,
      .help =
          "How far the time of sending may be from ours, either way; \"0s\": as far as it likes." },
    { .kind = FIELD_TEXT,
      .name = "signature_part",
      .offset = offsetof(struct verify, signature_part),
      .help =
          "The header has parts, \"t=1700000000;sig=...\", and this one is the signature (hmac).",
      .example = "\"sig\"" },
    { .kind = FIELD_TEXT,
      .name = "timestamp_part",
      .offset = offsetof(struct verify, timestamp_part),
      .help = "The part with the time of sending. When it is given, the signed text is its text, a "
              "dot and the body (hmac).",
      .example = "\"t\"" },
    { .kind = FIELD_CHOICE,
      .name = "key_encoding",
      .offset = offsetof(struct verify, key_encoding),
      .fallback = "text",
      .choices = key_encodings,
      .help = "base64: the key is what the secret says in base64 (hmac)." },
    { .kind = FIELD_TEXT,
      .name = "signed_member",
      .offset = offsetof(struct verify, signed_member),
      .help = "A member of a JSON body that is signed in its compact form in place of the whole; a "
              "signature over the whole is taken too (hmac).",
      .example = "\"payload\"" },
    FIELD_LAST,
};

/* ---- Compile */

static void verify_needs(struct flow_build *build, const char *pointer, const char *type,
                         const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        flow_build_fault(build, pointer, "verification by %s needs \"%s\"", type, name);
}

static void verify_refuses(struct flow_build *build, const char *pointer, const char *type,
                           const char *name, const char *value)
{
    if (value != NULL)
        flow_build_fault(build, pointer, "\"%s\" has no meaning with the type \"%s\"; leave it out",
                         name, type);
}

static void verify_check_header(struct flow_build *build, const char *pointer, const char *name)
{
    if (name != NULL && *name != '\0' && !header_name_valid(name))
        flow_build_fault(build, pointer, "\"%.80s\" cannot be the name of a header", name);
}

void verify_compile(struct flow_build *build, const struct verify *verify, const char *pointer)
{
    const char *type = types[verify->type];

    check((size_t)verify->type < sizeof types / sizeof *types - 1);
    check(pointer != NULL);
    verify_check_header(build, pointer, verify->header);
    verify_check_header(build, pointer, verify->timestamp_header);
    if (verify->type != VERIFY_HMAC) {
        verify_refuses(build, pointer, type, "timestamp_header", verify->timestamp_header);
        verify_refuses(build, pointer, type, "signature_part", verify->signature_part);
        verify_refuses(build, pointer, type, "timestamp_part", verify->timestamp_part);
        verify_refuses(build, pointer, type, "signed_member", verify->signed_member);
    }
    if (verify->timestamp_part != NULL &&
        (verify->signature_part == NULL || verify->timestamp_header != NULL))
        flow_build_fault(build, pointer,
                         "\"timestamp_part\" stands with \"signature_part\" and without "
                         "\"timestamp_header\"");
    if (verify->type != VERIFY_BASIC)
        verify_refuses(build, pointer, type, "user", verify->user);
    else
        verify_needs(build, pointer, type, "user", verify->user);
    if (verify->type != VERIFY_NONE)
        verify_needs(build, pointer, type, "secret", verify->secret);
    if (verify->type == VERIFY_HMAC)
        verify_needs(build, pointer, type, "header", verify->header);
    if (verify->type == VERIFY_NONE || verify->type == VERIFY_BASIC) {
        verify_refuses(build, pointer, type, "header", verify->header);
        verify_refuses(build, pointer, type, "prefix", verify->prefix);
    }
    if (verify->type != VERIFY_NONE)
        return;
    verify_refuses(build, pointer, type, "secret", verify->secret);
    flow_build_warn(build, pointer,
                    "nothing is verified: whoever knows the address can start this flow");
}

/* ---- Receive */

static enum err_code verify_single(const struct node_event *event, const char *name,
                                   const char **value, struct err *e)
{
    *value = NULL;
    for (size_t i = 0; i < event->header_count; i++) {
        if (strcasecmp(event->headers[i].name, name) != 0)
            continue;
        if (*value != NULL)
            return err_set(e, ERR_SIGNATURE, "the header %s came more than once", name);
        *value = event->headers[i].value;
    }
    if (*value == NULL)
        return err_set(e, ERR_SIGNATURE, "the header %s is missing", name);
    return ERR_OK;
}

static enum err_code verify_strip(const char *name, const char *prefix, const char **value,
                                  struct err *e)
{
    size_t size = prefix != NULL ? strlen(prefix) : 0;

    if (size > 0 && strncmp(*value, prefix, size) != 0)
        return err_set(e, ERR_SIGNATURE, "the header %s does not begin with \"%.40s\"", name,
                       prefix);
    *value += size;
    return ERR_OK;
}

/* Seconds, or milliseconds when it has as many digits as only those have in our century. */
static bool verify_moment(const char *text, int64_t *ms)
{
    int64_t value = 0;
    size_t size = strlen(text);

    if (size < 9 || size > 14 || strspn(text, "0123456789") != size)
        return false;
    for (size_t i = 0; i < size; i++)
        value = value * 10 + (text[i] - '0');
    *ms = size >= 12 ? value : value * 1000;
    return true;
}

static enum err_code verify_fresh(const struct node_event *event, const struct verify *verify,
                                  const char *text, struct err *e)
{
    int64_t sent, distance;

    if (!verify_moment(text, &sent))
        return err_set(e, ERR_SIGNATURE,
                       "the header %s is no time in seconds or milliseconds since 1970",
                       verify->timestamp_header);
    distance = sent > event->received_ms ? sent - event->received_ms : event->received_ms - sent;
    if (verify->tolerance_ms > 0 && distance > verify->tolerance_ms)
        return err_set(e, ERR_SIGNATURE,
                       "the header %s is %lld seconds from now, at most %lld are tolerated",
                       verify->timestamp_header, (long long)(distance / 1000),
                       (long long)(verify->tolerance_ms / 1000));
    return ERR_OK;
}

/* False from a service: it has said why, or else the comparison failed. */
static enum err_code verify_said(struct err *e, const char *text)
{
    return e->code != ERR_OK ? e->code : err_set(e, ERR_SIGNATURE, "%s", text);
}

/* The value of NAME in "t=1;keyId=x;sig=y"; parts are parted by ';' or ','. */
static bool verify_part(const char *text, const char *name, char *value)
{
    size_t size = strlen(name);

    while (*text != '\0') {
        size_t length;

        text += strspn(text, " ;,");
        length = strcspn(text, ";,");
        if (length > size && strncmp(text, name, size) == 0 && text[size] == '=') {
            if (length - size - 1 >= VERIFY_PART)
                return false;
            memcpy(value, text + size + 1, length - size - 1);
            value[length - size - 1] = '\0';
            return true;
        }
        text += length;
    }
    return false;
}

/* Where the signature and the time of sending stand; moment: NULL when none is signed. */
struct signed_by {
    const char *signature, *moment;
    char signature_text[VERIFY_PART], moment_text[VERIFY_PART];
};

static enum err_code verify_signed_by(const struct node_event *event, const struct verify *verify,
                                      struct signed_by *by, struct err *e)
{
    by->moment = NULL;
    if (verify_single(event, verify->header, &by->signature, e) != ERR_OK ||
        verify_strip(verify->header, verify->prefix, &by->signature, e) != ERR_OK)
        return e->code;
    if (verify->timestamp_header != NULL &&
        verify_single(event, verify->timestamp_header, &by->moment, e) != ERR_OK)
        return e->code;
    if (verify->timestamp_part != NULL) {
        if (!verify_part(by->signature, verify->timestamp_part, by->moment_text))
            return err_set(e, ERR_SIGNATURE, "the header %s has no part \"%.40s\"", verify->header,
                           verify->timestamp_part);
        by->moment = by->moment_text;
    }
    if (verify->signature_part != NULL) {
        if (!verify_part(by->signature, verify->signature_part, by->signature_text))
            return err_set(e, ERR_SIGNATURE, "the header %s has no part \"%.40s\"", verify->header,
                           verify->signature_part);
        by->signature = by->signature_text;
    }
    return by->moment != NULL ? verify_fresh(event, verify, by->moment, e) : ERR_OK;
}

static enum err_code verify_text(const struct node_event *event, const struct verify *verify,
                                 const struct signed_by *by, const char *body, size_t size,
                                 struct err *e)
{
    static const char *const with_key[] = { "sha1/base64", "sha256/base64", "sha512/base64" };
    const char *algorithm = verify->key_encoding == VERIFY_KEY_BASE64
                                ? with_key[verify->algorithm]
                                : algorithms[verify->algorithm];
    struct buf text;
    enum err_code rc;

    buf_init(&text, size + VERIFY_PART + HEADER_VALUE);
    if (by->moment != NULL) {
        buf_add_text(&text, by->moment);
        buf_add_char(&text, '.');
    }
    buf_add(&text, body, size);
    rc = buf_check(&text, "the signed text", e);
    e->code = rc;
    if (rc == ERR_OK &&
        !event->services->hmac_matches(event->arg, algorithm, encodings[verify->encoding],
                                       verify->secret, buf_text(&text), text.len, by->signature, e))
        rc = verify_said(e, "the signature does not match the body");
    buf_fini(&text);
    return rc;
}

static enum err_code verify_member(const struct node_event *event, const struct verify *verify,
                                   const struct signed_by *by, struct err *e)
{
    json_t *body = json_read(event->body, event->body_size, &json_limits_body, e);
    const json_t *member = json_object_get(body, verify->signed_member);
    size_t size = 0;
    char *text = member != NULL ? json_text_new(member, LIMIT_BODY, &size) : NULL;
    enum err_code rc = err_set(e, ERR_SIGNATURE, "the signature does not match the body");

    if (text != NULL)
        rc = verify_text(event, verify, by, text, size, e);
    mem_free(text);
    json_decref(body);
    return rc;
}

static enum err_code verify_hmac(const struct node_event *event, const struct verify *verify,
                                 struct err *e)
{
    struct signed_by by;
    enum err_code rc;

    if (verify_signed_by(event, verify, &by, e) != ERR_OK)
        return e->code;
    rc = verify_text(event, verify, &by, event->body, event->body_size, e);
    if (rc == ERR_SIGNATURE && verify->signed_member != NULL)
        rc = verify_member(event, verify, &by, e);
    return rc;
}

/* What stands behind the scheme's name, which compares without case (RFC 9110, 11.1). */
static const char *verify_scheme(const char *value, const char *scheme)
{
    size_t size = strlen(scheme);

    if (strncasecmp(value, scheme, size) != 0 || value[size] != ' ')
        return NULL;
    return value + size + strspn(value + size, " ");
}

static enum err_code verify_basic(const struct node_event *event, const struct verify *verify,
                                  struct err *e)
{
    const char *value, *coded, *colon;
    struct buf plain;
    enum err_code rc;
    bool known;

    buf_init(&plain, HEADER_VALUE);
    rc = verify_single(event, "Authorization", &value, e);
    if (rc != ERR_OK)
        goto out;
    coded = verify_scheme(value, "Basic");
    if (coded == NULL || !base64_read(&plain, coded, strlen(coded)) || !buf_ok(&plain) ||
        memchr(buf_text(&plain), '\0', plain.len) != NULL ||
        (colon = strchr(buf_text(&plain), ':')) == NULL) {
        rc = err_set(e, ERR_SIGNATURE, "the header Authorization holds no user and password");
        goto out;
    }
    /* The password is compared for an unknown user too: the answer takes the same way. */
    known = strlen(verify->user) == (size_t)(colon - buf_text(&plain)) &&
            strncmp(verify->user, buf_text(&plain), strlen(verify->user)) == 0;
    if (!event->services->secret_equals(event->arg, verify->secret, colon + 1, e) || !known)
        rc = verify_said(e, "user or password is wrong");
out:
    if (plain.at != NULL)
        explicit_bzero(plain.at, plain.len);
    buf_fini(&plain);
    return rc;
}

static enum err_code verify_bearer(const struct node_event *event, const struct verify *verify,
                                   struct err *e)
{
    const char *name = verify_header(verify);
    const char *value;
    enum err_code rc = verify_single(event, name, &value, e);

    if (rc != ERR_OK)
        return rc;
    if (verify->header == NULL && verify->prefix == NULL) {
        value = verify_scheme(value, "Bearer");
        if (value == NULL)
            return err_set(e, ERR_SIGNATURE, "the header Authorization holds no bearer token");
    }
    rc = verify_strip(name, verify->prefix, &value, e);
    if (rc == ERR_OK && !event->services->secret_equals(event->arg, verify->secret, value, e))
        rc = verify_said(e, "the token is wrong");
    return rc;
}

enum err_code verify_event(const struct node_event *event, const struct verify *verify,
                           struct err *e)
{
    check(event->services != NULL || verify->type == VERIFY_NONE);
    e->code = ERR_OK;
    switch ((enum verify_type)verify->type) {
    case VERIFY_NONE:
        return ERR_OK;
    case VERIFY_HMAC:
        return verify_hmac(event, verify, e);
    case VERIFY_BASIC:
        return verify_basic(event, verify, e);
    case VERIFY_BEARER:
        return verify_bearer(event, verify, e);
    }
    check(!"a known way to verify");
    return ERR_INTERNAL;
}

const char *verify_header(const struct verify *verify)
{
    if (verify->type == VERIFY_NONE)
        return NULL;
    return verify->header != NULL ? verify->header : "Authorization";
}
