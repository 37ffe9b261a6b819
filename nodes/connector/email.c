/* email.c - mail through a connection's server.
 *
 * The message is made whole before anything leaves (nodes/mail.h). Its Message-ID is the step's
 * key: whoever looks into a mailbox after a lost answer sees whether it has come. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/connector.h"
#include "flow/node_doubt.h"
#include "flow/node_file.h"
#include "flow/node_long.h"
#include "flow/node_transfer.h"
#include "nodes/definition.h"
#include "nodes/file_path.h"
#include "nodes/foreign.h"
#include "nodes/mail.h"

#define EMAIL_ATTACHMENTS 20u

enum email_value {
    VALUE_FROM,
    VALUE_TO,
    VALUE_CC,
    VALUE_BCC,
    VALUE_REPLY_TO,
    VALUE_SUBJECT,
    VALUE_TEXT,
    VALUE_HTML,
    VALUE_ATTACHMENTS,
    EMAIL_VALUES
};
struct email_config {
    struct value *values[EMAIL_VALUES];
    const char *folder;
};

/* ---- The connection */

static const struct connector_setting settings[] = {
    { "user", SETTING_TEXT, "User", "Who signs in.", "weft@example.com", NULL, false },
    { "password", SETTING_SECRET, "Password", "The password of the user.", NULL, NULL, false },
    { "helo", SETTING_TEXT, "Greets as",
      "The name by which Weft greets the server; without it the "
      "machine's.",
      "weft.example.com", NULL, false },
    { "ca_file", SETTING_TEXT, "CA file",
      "PEM file of the authorities that are trusted; left out: the system's.",
      "/etc/weft/mail-ca.pem", NULL, false },
};
static const struct connector_info email_info = {
    .name = "email",
    .schemes = "smtps smtp",
    .title = "Mail server (SMTP)",
    .version = "1.0",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .sign_in = { .type = SIGN_IN_BASIC, .user = "{user}", .secret = "password" },
    .limits = { .concurrency = 4 },
};
static const struct connector_data email_data = { .info = &email_info };

/* ---- The settings of a node */

static const struct field email_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "from",
      .required = true,
      .offset = offsetof(struct email_config, values[VALUE_FROM]),
      .help = "An address: \"ann@example.com\" or \"Ann Lee <ann@example.com>\".",
      .example = "\"Billing <billing@example.com>\"" },
    { .kind = FIELD_VALUE,
      .name = "to",
      .required = true,
      .offset = offsetof(struct email_config, values[VALUE_TO]),
      .help = "An address, or a list of them. With cc and bcc 100 at most; the server takes all or "
              "the mail goes to none.",
      .example = "\"=trigger.body.email\"" },
    { .kind = FIELD_VALUE,
      .name = "cc",
      .offset = offsetof(struct email_config, values[VALUE_CC]),
      .help = "As to: who gets a copy." },
    { .kind = FIELD_VALUE,
      .name = "bcc",
      .offset = offsetof(struct email_config, values[VALUE_BCC]),
      .help = "As to: who gets a copy of which the others do not know." },
    { .kind = FIELD_VALUE,
      .name = "reply_to",
      .offset = offsetof(struct email_config, values[VALUE_REPLY_TO]),
      .help = "As to: where answers go." },
    { .kind = FIELD_VALUE,
      .name = "subject",
      .required = true,
      .offset = offsetof(struct email_config, values[VALUE_SUBJECT]),
      .help = "One line of text.",
      .example = "\"='Payment ' .. trigger.body.transactionId\"" },
    { .kind = FIELD_VALUE,
      .name = "text",
      .offset = offsetof(struct email_config, values[VALUE_TEXT]),
      .main = true,
      .help = "The mail as plain text (transform.template writes one).",
      .example = "\"=steps.letter\"" },
    { .kind = FIELD_VALUE,
      .name = "html",
      .offset = offsetof(struct email_config, values[VALUE_HTML]),
      .help = "The mail as HTML; with `text` beside it, for readers that show no HTML.",
      .example = "\"=steps.page\"" },
    { .kind = FIELD_VALUE,
      .name = "attachments",
      .offset = offsetof(struct email_config, values[VALUE_ATTACHMENTS]),
      .help =
          "A list of {\"name\", \"type\"?, \"content\" or \"path\"}: content is a text or bytes "
          "as {\"base64\": ...}, path a file below `folder`. 20 at most, 32 MiB in all as sent.",
      .example =
          "[{\"name\": \"journal.csv\", \"type\": \"text/csv\", \"content\": \"=steps.csv\"}]" },
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct email_config, folder),
      .help = "For attachments with a path: " FILE_FOLDER_HELP,
      .example = "\"/var/spool/exports\"" },
    FIELD_LAST,
};

static void email_compile(struct flow_build *build, void *config, const char *pointer,
                          const struct node_type *type)
{
    const struct email_config *email = config;

    (void)type;
    if (email->values[VALUE_TEXT] == NULL && email->values[VALUE_HTML] == NULL)
        flow_build_fault(build, pointer, "a mail needs \"text\" or \"html\"");
    file_folder_compile(build, email->folder, pointer);
}

/* ---- The message, while it is made */

/* It lives with the job that reads its next file, and is freed when the mail is on its way. */
struct letter {
    struct buf from, to, cc, reply_to; /* headers */
    struct transfer_ask *ask;          /* its recipients so far */
    struct mail_part parts[EMAIL_ATTACHMENTS];
    size_t part_count;
    char *paths[EMAIL_ATTACHMENTS];    /* to be read; NULL: the bytes are there */
    const char *subject, *text, *html; /* borrowed of `held` */
    json_t *held;                      /* the values */
};

static void letter_free(struct letter *letter)
{
    buf_fini(&letter->from);
    buf_fini(&letter->to);
    buf_fini(&letter->cc);
    buf_fini(&letter->reply_to);
    transfer_ask_free(letter->ask);
    for (size_t i = 0; i < letter->part_count; i++) {
        mem_free((char *)letter->parts[i].bytes);
        mem_free(letter->paths[i]);
    }
    json_decref(letter->held);
    mem_free(letter);
}

static enum err_code address_add(struct letter *letter, const json_t *value, const char *what,
                                 struct buf *header, bool recipient, struct err *e)
{
    char bare[MAIL_ADDRESS];

    if (!json_is_text(value))
        return err_set(e, ERR_INVALID, "\"%s\" must be an address or a list of them, but is: %s",
                       what, json_kind(value));
    if (mail_address(json_text(value), header, bare, e) != ERR_OK)
        return err_prefix(e, "\"%s\"", what);
    if (recipient && letter->ask->recipient_count == MAIL_RECIPIENTS)
        return err_set(e, ERR_LIMIT, "a mail has at most %u recipients", MAIL_RECIPIENTS);
    if (recipient)
        transfer_ask_recipient(letter->ask, bare);
    else if (letter->ask->from == NULL) /* not of reply_to */
        letter->ask->from = mem_must_copy(bare);
    return ERR_OK;
}

static enum err_code addresses_add(struct letter *letter, const json_t *value, const char *what,
                                   struct buf *header, struct err *e)
{
    enum err_code rc = ERR_OK;

    if (value == NULL || json_is_null(value))
        return ERR_OK;
    if (!json_is_array(value))
        return address_add(letter, value, what, header, true, e);
    for (size_t i = 0; rc == ERR_OK && i < json_array_size(value); i++)
        rc = address_add(letter, json_array_get(value, i), what, header, true, e);
    return rc;
}

static enum err_code text_read(const json_t *value, const char *what, const char **text,
                               struct err *e)
{
    *text = NULL;
    if (value == NULL || json_is_null(value))
        return ERR_OK;
    if (!json_is_text(value))
        return err_set(e, ERR_INVALID, "\"%s\" must be a text, but is: %s", what, json_kind(value));
    *text = json_text(value);
    return ERR_OK;
}

static enum err_code part_read(struct letter *letter, json_t *value, const char *folder,
                               struct err *e)
{
    struct mail_part *part = &letter->parts[letter->part_count];
    json_t *content = json_object_get(value, "content");
    const char *path = json_get_text(value, "path"), *type = json_get_text(value, "type");
    const char *encoding;
    struct buf bytes;
    bool decoded;
    enum err_code rc = ERR_OK;

    *part = (struct mail_part){ .name = json_get_text(value, "name"),
                                .type = type != NULL ? type : "application/octet-stream" };
    if (part->name == NULL || (content == NULL) == (path == NULL))
        return err_set(e, ERR_INVALID, "it needs a \"name\", and \"content\" or \"path\"");
    if (path != NULL && folder == NULL)
        return err_set(e, ERR_INVALID, "a \"path\" needs the node's \"folder\"");
    if (path != NULL && file_name_check(path, e) != ERR_OK)
        return e->code;
    letter->paths[letter->part_count++] = mem_must_copy(path);
    if (path != NULL)
        return ERR_OK;
    buf_init(&bytes, MAIL_SIZE);
    rc = foreign_bytes(content, &bytes, &encoding, &decoded, e);
    if (rc == ERR_OK)
        part->bytes = buf_take(&bytes, &part->size);
    buf_fini(&bytes);
    return rc;
}

static enum err_code parts_read(struct letter *letter, const json_t *list, const char *folder,
                                struct err *e)
{
    if (list == NULL || json_is_null(list))
        return ERR_OK;
    if (!json_is_array(list))
        return err_set(e, ERR_INVALID, "\"attachments\" must be a list, but is: %s",
                       json_kind(list));
    if (json_array_size(list) > EMAIL_ATTACHMENTS)
        return err_set(e, ERR_LIMIT, "a mail has at most %u attachments", EMAIL_ATTACHMENTS);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (part_read(letter, json_array_get(list, i), folder, e) != ERR_OK)
            return err_prefix(e, "\"attachments\", number %zu", i + 1);
    return ERR_OK;
}

static enum err_code letter_read(struct letter *letter, const struct email_config *email,
                                 struct err *e)
{
    json_t *v[EMAIL_VALUES];
    struct buf none;
    enum err_code rc;

    for (size_t i = 0; i < EMAIL_VALUES; i++)
        v[i] = json_array_get(letter->held, i);
    buf_init(&none, 64 * KIB);
    rc = address_add(letter, v[VALUE_FROM], "from", &letter->from, false, e);
    if (rc == ERR_OK)
        rc = addresses_add(letter, v[VALUE_TO], "to", &letter->to, e);
    if (rc == ERR_OK)
        rc = addresses_add(letter, v[VALUE_CC], "cc", &letter->cc, e);
    if (rc == ERR_OK)
        rc = addresses_add(letter, v[VALUE_BCC], "bcc", &none, e);
    if (rc == ERR_OK && letter->ask->recipient_count == 0)
        rc = err_set(e, ERR_INVALID, "the mail has no recipient");
    if (rc == ERR_OK && v[VALUE_REPLY_TO] != NULL && !json_is_null(v[VALUE_REPLY_TO]))
        rc = address_add(letter, v[VALUE_REPLY_TO], "reply_to", &letter->reply_to, false, e);
    if (rc == ERR_OK)
        rc = text_read(v[VALUE_SUBJECT], "subject", &letter->subject, e);
    if (rc == ERR_OK)
        rc = text_read(v[VALUE_TEXT], "text", &letter->text, e);
    if (rc == ERR_OK)
        rc = text_read(v[VALUE_HTML], "html", &letter->html, e);
    if (rc == ERR_OK && letter->subject == NULL)
        rc = err_set(e, ERR_INVALID, "the mail has no subject");
    if (rc == ERR_OK && letter->text == NULL && letter->html == NULL)
        rc = err_set(e, ERR_INVALID, "the mail has neither \"text\" nor \"html\"");
    if (rc == ERR_OK)
        rc = parts_read(letter, v[VALUE_ATTACHMENTS], email->folder, e);
    buf_fini(&none);
    return rc;
}

static struct letter *letter_new(json_t *const *values)
{
    struct letter *letter = mem_must(sizeof *letter);

    buf_init(&letter->from, 64 * KIB);
    buf_init(&letter->to, 64 * KIB);
    buf_init(&letter->cc, 64 * KIB);
    buf_init(&letter->reply_to, 64 * KIB);
    letter->ask = transfer_ask_new(TRANSFER_MAIL, NULL);
    letter->held = json_array();
    check(letter->held != NULL);
    for (size_t i = 0; i < EMAIL_VALUES; i++)
        check(json_array_append_new(letter->held,
                                    values[i] != NULL ? json_incref(values[i]) : json_null()) == 0);
    return letter;
}

/* ---- Sending */

static void email_sent(struct step *step, const void *config, struct transfer_ask *ask)
{
    char id[MAIL_ADDRESS + 64];
    json_t *output;

    (void)config;
    snprintf(id, sizeof id, "<%s@%s>", ask->key, strchr(ask->from, '@') + 1);
    output = json_pack("{s:s, s:i, s:s}", "message_id", id, "recipients", (int)ask->recipient_count,
                       "reply", ask->reply);
    check(output != NULL);
    step_done(step, "out", &output);
}

static enum err_code message_write(struct step *step, struct letter *letter, struct err *e)
{
    char id[MAIL_ADDRESS + 64];
    struct mail mail = {
        .from = buf_text(&letter->from),
        .to = buf_text(&letter->to),
        .cc = buf_text(&letter->cc),
        .reply_to = buf_text(&letter->reply_to),
        .subject = letter->subject,
        .id = id,
        .date_ms = step_began_ms(step),
        .key = step_key(step),
        .text = letter->text,
        .html = letter->html,
        .attachments = letter->parts,
        .attachment_count = letter->part_count,
    };
    struct buf out;
    enum err_code rc;

    snprintf(id, sizeof id, "%s@%s", step_key(step), strchr(letter->ask->from, '@') + 1);
    buf_init(&out, MAIL_SIZE);
    rc = mail_write(&mail, &out, e);
    if (rc == ERR_OK)
        letter->ask->bytes = buf_take(&out, &letter->ask->size);
    buf_fini(&out);
    return rc;
}

static void email_simulate(struct step *step, struct letter *letter)
{
    struct step_ask said = { .method = "MAIL",
                             .target = letter->ask->recipients[0],
                             .body = letter->ask->bytes,
                             .body_size = letter->ask->size };
    json_t *example =
        json_pack("{s:s, s:i, s:s}", "message_id", "<simulated@example.com>", "recipients",
                  (int)letter->ask->recipient_count, "reply", "250 simulated");

    check(example != NULL);
    step_simulate(step, &said, &example);
}

/* The letter is whole: it goes. */
static void letter_send(struct step *step, struct letter *letter)
{
    struct transfer_ask *ask = letter->ask;
    json_t *details = NULL;
    struct buf what;
    struct err e;

    if (message_write(step, letter, &e) != ERR_OK) {
        step_fail(step, &e, &details);
    } else if (step_simulated(step)) {
        email_simulate(step, letter);
    } else {
        buf_init(&what, 1024);
        buf_addf(&what, "to %s", ask->recipients[0]);
        if (ask->recipient_count > 1)
            buf_addf(&what, " and %zu more", ask->recipient_count - 1);
        letter->ask = NULL;
        step_transfer(step, ask, buf_text(&what), email_sent);
        buf_fini(&what);
    }
}

static void letter_go(struct step *step, const struct email_config *email, struct letter *letter);

static enum err_code part_after(void *arg, struct file_ask *ask, const atomic_bool *given_up,
                                struct err *e)
{
    struct letter *letter = *(struct letter **)arg;
    size_t i = 0;

    (void)given_up;
    (void)e;
    while (letter->paths[i] == NULL)
        i++;
    letter->parts[i].bytes = ask->bytes;
    letter->parts[i].size = ask->size;
    ask->bytes = NULL;
    mem_free(letter->paths[i]);
    letter->paths[i] = NULL;
    return ERR_OK;
}

static void holder_drop(void *arg)
{
    struct letter **holder = arg;

    if (*holder != NULL)
        letter_free(*holder);
    mem_free(holder);
}

static void part_filed(struct step *step, const void *config, struct file_ask *ask, void *arg)
{
    struct letter **holder = arg, *letter = *holder;

    (void)ask;
    *holder = NULL;
    letter_go(step, config, letter);
}

static void letter_go(struct step *step, const struct email_config *email, struct letter *letter)
{
    struct step_filing filing = { .after = part_after, .drop = holder_drop };
    struct letter **holder;

    for (size_t i = 0; i < letter->part_count; i++) {
        if (letter->paths[i] == NULL || step_simulated(step))
            continue;
        holder = mem_must(sizeof *holder);
        *holder = letter;
        filing.job = holder;
        filing.ask = file_ask_new(FILE_READ, email->folder, letter->paths[i]);
        filing.ask->whole = true;
        filing.ask->most = MAIL_SIZE / 4 * 3;
        step_file(step, &filing, part_filed);
        return;
    }
    letter_send(step, letter);
    letter_free(letter);
}

static void email_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    struct letter *letter = letter_new(values->filled);
    json_t *details = NULL;
    struct err e;

    check(values->count == EMAIL_VALUES);
    if (letter_read(letter, config, &e) == ERR_OK) {
        letter_go(step, config, letter);
        return;
    }
    letter_free(letter);
    step_fail(step, &e, &details);
}

static enum node_next email_start(struct step *step, const void *config)
{
    const struct email_config *email = config;

    return step_eval(step, email->values, EMAIL_VALUES, false, email_evaluated);
}

const struct node_type node_connector_email = {
    .name = "connector.email",
    .kind = NODE_CONNECTOR,
    .title = "Mail",
    .help = "Sends a mail through the connection's server, over TLS. The output is {message_id, "
            "recipients, reply}: the server has taken it. When its answer got lost nobody knows "
            "whether it was taken, and a person decides; the Message-ID tells the mail.",
    .fields = email_fields,
    .config_size = sizeof(struct email_config),
    .effect = EFFECT_ONCE,
    .needs_connection = true,
    .connector = "email",
    .data = &email_data,
    .example = "{\"from\": \"billing@example.com\", \"to\": \"=trigger.body.email\", \"subject\": "
               "\"='Payment ' .. trigger.body.transactionId\", \"text\": \"=trigger.body.letter\"}",
    .compile = email_compile,
    .start = email_start,
};
