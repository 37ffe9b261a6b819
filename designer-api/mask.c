/* mask.c - see mask.h. */
#include "designer-api/mask.h"

#include <stdlib.h>
#include <string.h>

#include "base/card.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"

#define MASK_NAME 32u /* the longest name, and more than that */

static const char *const mask_names[] = {
    /* sorted: bsearch() */
    "accesskey",     "accesstoken",
    "accountnumber", "apikey",
    "apisecret",     "apitoken",
    "authorization", "authtoken",
    "bankaccount",   "bankaccountnumber",
    "bearertoken",   "cardnumber",
    "clientsecret",  "cookie",
    "csc",           "csrftoken",
    "cvc",           "cvc2",
    "cvv",           "cvv2",
    "iban",          "idtoken",
    "nationalid",    "otp",
    "pan",           "passcode",
    "passphrase",    "passwd",
    "password",      "pin",
    "privatekey",    "proxyauthorization",
    "pwd",           "refreshtoken",
    "routingnumber", "secret",
    "secretkey",     "securitycode",
    "sessionid",     "sessiontoken",
    "setcookie",     "socialsecuritynumber",
    "ssn",           "taxid",
    "token",         "webhooksecret",
    "xapikey",       "xauthtoken",
};

static int mask_compare(const void *name, const void *row)
{
    return strcmp(name, *(const char *const *)row);
}

bool mask_name(const char *name, size_t size)
{
    char plain[MASK_NAME];
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        char c = name[i];

        if (c == '-' || c == '_')
            continue;
        if (used == sizeof plain - 1)
            return false;
        plain[used++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    plain[used] = '\0';
    return bsearch(plain, mask_names, sizeof mask_names / sizeof *mask_names, sizeof *mask_names,
                   mask_compare) != NULL;
}

static void mask_members(json_t *value, unsigned depth)
{
    const char *name;
    void *next;
    json_t *one;
    size_t i;

    check(depth < 2 * LIMIT_JSON_DEPTH);
    json_object_foreach_safe(value, next, name, one)
    {
        if (!json_is_null(one) && mask_name(name, strlen(name)))
            json_object_set_new_nocheck(value, name, json_string(MASK_TEXT));
        else
            mask_members(one, depth + 1);
    }
    json_array_foreach(value, i, one)
    {
        mask_members(one, depth + 1);
    }
}

json_t *mask_value(json_t *value)
{
    struct card_report report = { 0 };
    json_t *shown;

    if (value == NULL)
        return NULL;
    mask_members(value, 0);
    shown = card_mask_json(value, "", &report);
    check(shown != NULL); /* what could not be looked at is not shown */
    card_report_fini(&report);
    json_decref(value);
    return shown;
}
