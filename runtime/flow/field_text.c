/* field_text.c - the texts of settings that have a form of their own: paths, names of secrets,
 * defaults. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "flow/field_priv.h"

#define PATH_MAX_BYTES 1024u /* as long as one JSON key may be */

static const char *segment_fault(const char *at, size_t size)
{
    if (size >= 2 && memcmp(at + size - 2, "[]", 2) == 0)
        size -= 2;
    if (size == 0)
        return "a name is missing between the dots";
    for (size_t i = 0; i < size; i++) {
        if (at[i] == '[' || at[i] == ']')
            return "of brackets only \"[]\" may stand, at the end of a name";
        if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f)
            return "it holds a control character";
    }
    return NULL;
}

const char *field__path_fault(const char *path)
{
    check(path != NULL);
    if (strlen(path) > PATH_MAX_BYTES)
        return "it is longer than 1024 bytes";
    for (const char *at = path;; at++) {
        size_t size = strcspn(at, ".");
        const char *fault = segment_fault(at, size);

        if (fault != NULL)
            return fault;
        at += size;
        if (*at == '\0')
            return NULL;
    }
}

/* People separate the words of a name; a key, token or card number is one long run, or begins in a
 * known way. */
static bool looks_secret(const char *text)
{
    static const char *const begins[] = { "sk_live_", "sk_test_", "rk_live_", "pk_live_",
                                          "whsec_",   "ghp_",     "xoxb-",    "eyJ",
                                          "AKIA",     "shpat_",   "shpss_",   "-----" };
    size_t run = 0, digits = 0;

    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(text, begins[i], strlen(begins[i])) == 0)
            return true;
    for (; *text != '\0'; text++) {
        if (strchr("_.-", *text) != NULL) {
            run = digits = 0;
            continue;
        }
        run++;
        digits += *text >= '0' && *text <= '9';
        if ((run >= 20 && digits >= 2) || (run >= 12 && digits == run))
            return true;
    }
    return false;
}

const char *field__secret_fault(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

    check(name != NULL);
    if (*name == '\0')
        return "it is empty";
    if (strlen(name) > LIMIT_ID)
        return "it is longer than a name, so it looks like the secret itself";
    if (name[strspn(name, allowed)] != '\0')
        return "a name has only letters, digits, \"_\", \".\" and \"-\", so this looks like the "
               "secret itself";
    return looks_secret(name) ? "this looks like the secret itself" : NULL;
}

json_t *field__fallback(const struct field *row)
{
    json_t *json = NULL;
    struct err e;

    check(row->fallback != NULL);
    switch (row->kind) {
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_VALUE:
    case FIELD_JSON:
    case FIELD_OBJECT:
    case FIELD_LIST:
        json = json_read(row->fallback, strlen(row->fallback), &json_limits_flow, &e);
        break;
    default:
        break;
    }
    return json != NULL ? json : json_string(row->fallback);
}
