/* guard.c - see guard.h. */
#include "engine/guard.h"

#include <string.h>

#include "base/card.h"
#include "base/hash.h"
#include "engine/run.h"

/* ---- The setting */

/* One part of it, "sales=refuse" or "mask"; false: it is none. */
static bool guard_part(const char *part, size_t size, const char *workspace, bool *refuses)
{
    const char *equals = memchr(part, '=', size);
    size_t name = equals != NULL ? (size_t)(equals - part) : 0;
    const char *word = equals != NULL ? equals + 1 : part;
    size_t length = size - (size_t)(word - part);
    bool refuse = length == 6 && strncmp(word, "refuse", 6) == 0;

    if (!refuse && (length != 4 || strncmp(word, "mask", 4) != 0))
        return false;
    if (equals != NULL && name == 0)
        return false;
    if (equals == NULL ||
        (workspace != NULL && strlen(workspace) == name && strncmp(part, workspace, name) == 0))
        *refuses = refuse;
    return true;
}

/* False: the setting is wrong. */
static bool guard_parse(const char *setting, const char *workspace, bool *refuses)
{
    *refuses = false;
    for (const char *at = setting; *at != '\0';) {
        size_t size = strcspn(at, ",");
        const char *next = at + size + (at[size] == ',');

        at += strspn(at, " ");
        size = strcspn(at, ", ");
        if (!guard_part(at, size, workspace, refuses))
            return false;
        at = next;
    }
    return true;
}

enum err_code guard_setting(const char *setting, struct err *e)
{
    bool refuses;

    if (guard_parse(setting, NULL, &refuses))
        return ERR_OK;
    return err_set(e, ERR_USAGE,
                   "guard.card_data (WEFT_GUARD_CARD_DATA) is mask or refuse, with workspaces of "
                   "another mind behind it (\"mask, sales=refuse\"), not \"%.60s\"",
                   setting);
}

const char *guard_mode(const char *setting, const char *workspace)
{
    bool refuses;

    return guard_parse(setting, workspace, &refuses) && refuses ? "refuse" : "mask";
}

static bool guard_refuses(const struct engine *engine, const char *workspace)
{
    bool refuses = false;

    return engine->world.card_data != NULL &&
           guard_parse(engine->world.card_data, workspace, &refuses) && refuses;
}

/* ---- What was found */

static void guard_tell(const struct run *run, const struct card_report *report)
{
    char id[IDENT_TEXT], what[CARD_REPORT_TEXT];

    ident_text(run->id, id);
    card_report_text(report, what);
    log_warn(run->engine->world.log,
             "card data was taken out before it was kept: %s (run %s of flow %s, workspace %s)",
             what, id, run->deployment->slug, run->deployment->workspace);
}

static void guard_note(struct run *run, const struct card_report *report)
{
    guard_tell(run, report);
    json_decref(run->masked); /* the entry for it was never written */
    run->masked = card_report_json(report);
    check(run->masked != NULL);
}

static enum err_code guard_refuse(const struct card_report *report, struct err *e)
{
    char what[CARD_REPORT_TEXT];

    card_report_text(report, what);
    return err_set(e, ERR_INVALID,
                   "card data is not taken here: %.240s; send a token, or the first six and last "
                   "four digits",
                   what);
}

/* ---- What arrives */

enum err_code guard_input(struct run *run, bool refusable, struct err *e)
{
    struct card_report report = { 0 };
    json_t *masked = card_mask_json(run->input, "", &report);

    if (masked == NULL) {
        card_report_fini(&report);
        return err_set(e, ERR_MEMORY, "no memory to look for card data");
    }
    e->code = ERR_OK;
    if (masked == run->input) {
        json_decref(masked);
    } else if (refusable && guard_refuses(run->engine, run->deployment->workspace)) {
        json_decref(masked);
        guard_refuse(&report, e);
    } else {
        run->raw = run->input; /* until its keys are known */
        run->input = masked;
        guard_tell(run, &report);
        masked = card_report_json(&report);
        check(masked != NULL);
        record_run(run, "guard", masked);
        json_decref(masked);
    }
    card_report_fini(&report);
    return e->code;
}

enum err_code guard_given(struct engine *engine, const struct deployment *deployment, json_t *value,
                          const char *place, struct err *e)
{
    struct card_report report = { 0 };
    json_t *masked;

    e->code = ERR_OK;
    if (value == NULL || !guard_refuses(engine, deployment->workspace))
        return ERR_OK;
    masked = card_mask_json(value, place, &report);
    if (masked == NULL)
        err_set(e, ERR_MEMORY, "no memory to look for card data");
    else if (masked != value)
        guard_refuse(&report, e);
    json_decref(masked);
    card_report_fini(&report);
    return e->code;
}

enum err_code guard_kept(struct engine *engine, const char *workspace, json_t **value,
                         const char *where, struct err *e)
{
    struct card_report report = { 0 };
    char what[CARD_REPORT_TEXT];
    json_t *masked = card_mask_json(*value, "", &report);

    e->code = ERR_OK;
    if (masked == NULL) {
        err_set(e, ERR_MEMORY, "no memory to look for card data");
    } else if (masked != *value && guard_refuses(engine, workspace)) {
        guard_refuse(&report, e);
    } else if (masked != *value) {
        card_report_text(&report, what);
        log_warn(engine->world.log,
                 "card data was taken out before it was kept: %s (%s, workspace %s)", what, where,
                 workspace);
        json_decref(*value);
        *value = json_incref(masked);
    }
    json_decref(masked);
    card_report_fini(&report);
    return e->code;
}

/* ---- What is inside */

void guard_value(struct run *run, json_t **value, const char *place)
{
    struct card_report report = { 0 };
    json_t *masked;

    if (*value == NULL)
        return;
    masked = card_mask_json(*value, place, &report);
    check(masked != NULL); /* without memory the journal could not be written either */
    if (masked != *value)
        guard_note(run, &report);
    json_decref(*value);
    *value = masked;
    card_report_fini(&report);
}

void guard_taken_out(struct run *run, const struct card_report *report)
{
    if (card_report_found(report))
        guard_note(run, report);
}

void guard_quietly(json_t **value)
{
    struct card_report report = { 0 };
    json_t *masked;

    if (*value == NULL)
        return;
    masked = card_mask_json(*value, "", &report);
    check(masked != NULL);
    json_decref(*value);
    *value = masked;
    card_report_fini(&report);
}

void guard_text(char **text)
{
    size_t size = strlen(*text);
    struct err e;
    json_t *value;

    if (!card_suspect(*text, size))
        return;
    value = json_read(*text, size, &record_limits, &e);
    if (value == NULL)
        return; /* a text of ours that is no JSON: the owner of a key */
    guard_quietly(&value);
    mem_free(*text);
    *text = json_text_new(value, record_limits.bytes, NULL);
    check(*text != NULL);
    json_decref(value);
}

void guard_error(struct run *run, struct err *e, json_t **details)
{
    struct card_report report = { 0 };

    if (card_mask_chars(e->text, sizeof e->text, &report))
        guard_note(run, &report);
    card_report_fini(&report);
    guard_value(run, details, "/error/details");
}

void guard_refusal(struct err *e)
{
    struct card_report report = { 0 };

    card_mask_chars(e->text, sizeof e->text, &report);
    card_report_fini(&report);
}

/* ---- Keys */

static bool guard_key_has(const char *key, bool strict)
{
    struct card_report report = { 0 };
    struct buf out;
    bool found;

    if (!card_suspect(key, strlen(key)))
        return false;
    if (strict)
        return true;
    buf_init(&out, 8 * KIB);
    found = card_mask_text(key, strlen(key), NULL, &out, &report);
    buf_fini(&out);
    card_report_fini(&report);
    return found;
}

bool guard_has_card(const char *text)
{
    return guard_key_has(text, false);
}

void guard_key(struct engine *engine, char **key, bool strict)
{
    unsigned char secret[VAULT_DERIVED], hash[HASH_SIZE];
    char text[HASH_TEXT], hashed[HASH_TEXT + 8];
    struct hash *hmac;

    if (*key == NULL || !guard_key_has(*key, strict))
        return;
    vault_derive(engine->world.vault, "card-keys", secret);
    hmac = hash_new(secret, sizeof secret);
    explicit_bzero(secret, sizeof secret);
    hash_add(hmac, *key, strlen(*key));
    hash_end(hmac, hash);
    hash_free(hmac);
    hash_text(hash, text);
    snprintf(hashed, sizeof hashed, "card:%.40s", text);
    mem_free(*key);
    *key = mem_must_copy(hashed);
}
