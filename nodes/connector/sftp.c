/* sftp.c - files on a connection's SFTP server. */
#include <stddef.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/connector.h"
#include "flow/node_file.h"
#include "flow/node_transfer.h"
#include "format/charset.h"
#include "nodes/definition.h"
#include "nodes/file_path.h"
#include "nodes/foreign.h"

#define SFTP_WHOLE (3u * MIB)  /* into an output: as a JSON text it still fits */
#define SFTP_FILE  (64u * MIB) /* into a file: it is held in memory on its way */

enum sftp_value { VALUE_PATH, VALUE_TO, VALUE_CONTENT, VALUE_FILE, SFTP_VALUES };
enum sftp_as { SFTP_AS_TEXT, SFTP_AS_BASE64 };
struct sftp_config {
    int action, as, exists;
    struct value *values[SFTP_VALUES];
    const char *folder, *encoding;
    json_t *example;
};

/* ---- The connection */

static const struct connector_setting settings[] = {
    { "user", SETTING_TEXT, "User", "Who signs in.", "weft", NULL, true },
    { "secret", SETTING_SECRET, "Password or key",
      "The password, or a private key (-----BEGIN ...): Ed25519 or ECDSA, for servers of today "
      "refuse how libssh2 signs with RSA.",
      NULL, NULL, true },
    { "passphrase", SETTING_SECRET, "Passphrase", "Of the private key, if it has one.", NULL, NULL,
      false },
    { "host_key", SETTING_TEXT, "Host key",
      "The fingerprints of the server's ECDSA and Ed25519 keys as ssh-keygen -l shows them, parted "
      "by spaces: SHA256:...",
      "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", NULL, true },
};
static const struct connector_info sftp_info = {
    .name = "sftp",
    .schemes = "sftp",
    .title = "SFTP server",
    .version = "1.0",
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .sign_in = { .type = SIGN_IN_BASIC, .user = "{user}", .secret = "secret" },
    .limits = { .concurrency = 4 },
};
static const struct connector_data sftp_data = { .info = &sftp_info };

/* ---- The settings of a node */

static const char *const actions[] = { "list", "stat", "get", "put", "rename", "delete", NULL };
static const char *const forms[] = { "text", "base64", NULL };
static const char *const exists[] = { "refuse", "replace", NULL };

static const struct field sftp_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "action",
      .offset = offsetof(struct sftp_config, action),
      .required = true,
      .choices = actions,
      .help = "list: the names of a folder. stat: what is there. get: a file. put: a new file, "
              "written under another name, looked at for its size and renamed. rename, delete: of "
              "a file." },
    { .kind = FIELD_VALUE,
      .name = "path",
      .offset = offsetof(struct sftp_config, values[VALUE_PATH]),
      .main = true,
      .help = "The file, below the path of the connection's URL (sftp://HOST/~/ is the home of who "
              "signs in); of list a folder, without it that path.",
      .example = "\"='in/' .. trigger.body.name\"" },
    { .kind = FIELD_VALUE,
      .name = "to",
      .offset = offsetof(struct sftp_config, values[VALUE_TO]),
      .help = "rename: its new path.",
      .example = "\"='done/' .. trigger.body.name\"" },
    { .kind = FIELD_VALUE,
      .name = "content",
      .offset = offsetof(struct sftp_config, values[VALUE_CONTENT]),
      .main = true,
      .help = "put: a text, or bytes as {\"base64\": ...}.",
      .example = "\"=steps.csv\"" },
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct sftp_config, folder),
      .help = "For `file`: " FILE_FOLDER_HELP,
      .example = "\"/var/spool/bank\"" },
    { .kind = FIELD_VALUE,
      .name = "file",
      .offset = offsetof(struct sftp_config, values[VALUE_FILE]),
      .help = "get: into this file below `folder`, instead of the output; 64 MiB at most. put: "
              "from it, of any size; one that changes on its way is not put.",
      .example = "\"='in/' .. item.name\"" },
    { .kind = FIELD_CHOICE,
      .name = "as",
      .offset = offsetof(struct sftp_config, as),
      .fallback = "text",
      .choices = forms,
      .help = "get: as a text, or its bytes as base64; 3 MiB at most." },
    { .kind = FIELD_TEXT,
      .name = "encoding",
      .offset = offsetof(struct sftp_config, encoding),
      .help = "get: of a text. Without it UTF-8, or UTF-16 with a byte order mark.",
      .example = "\"windows-1252\"" },
    { .kind = FIELD_CHOICE,
      .name = "exists",
      .offset = offsetof(struct sftp_config, exists),
      .fallback = "refuse",
      .choices = exists,
      .help = "put, rename, get into a file: when another file has that path already: fail, or "
              "replace it; on the server it is gone for a moment then. The same content is no "
              "other file." },
    { .kind = FIELD_JSON,
      .name = "example",
      .offset = offsetof(struct sftp_config, example),
      .help = "What a simulated step gives.",
      .example = "{\"text\": \"a,b\\n1,2\\n\"}" },
    FIELD_LAST,
};

static void needs(struct flow_build *build, const struct sftp_config *sftp, bool there,
                  const char *name, const char *pointer)
{
    if (!there)
        flow_build_fault(build, pointer, "\"action\": \"%s\" needs %s", actions[sftp->action],
                         name);
}

static void sftp_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    struct sftp_config *sftp = config;
    bool file = sftp->values[VALUE_FILE] != NULL;

    (void)type;
    if (sftp->action != TRANSFER_LIST)
        needs(build, sftp, sftp->values[VALUE_PATH] != NULL, "\"path\"", pointer);
    if (sftp->action == TRANSFER_RENAME)
        needs(build, sftp, sftp->values[VALUE_TO] != NULL, "\"to\"", pointer);
    if (sftp->action == TRANSFER_PUT)
        needs(build, sftp, (sftp->values[VALUE_CONTENT] != NULL) != file,
              "either \"content\" or \"file\"", pointer);
    if (file != (sftp->folder != NULL))
        flow_build_fault(build, pointer, "\"folder\" and \"file\" belong together");
    file_folder_compile(build, sftp->folder, pointer);
    foreign_encoding_compile(build, sftp->encoding, pointer);
}

/* ---- What it gives */

static void put_entries(json_t *output, const struct transfer_ask *ask, bool *failed)
{
    json_t *entries = json_array();

    for (size_t i = 0; entries != NULL && i < ask->count; i++) {
        const struct transfer_entry *entry = &ask->entries[i];
        json_t *json = foreign_body(entry->name, strlen(entry->name), NULL);

        json = json_pack("{s:o, s:s, s:I}", "name", json, "kind", entry->folder ? "folder" : "file",
                         "size", (json_int_t)(entry->size < 0 ? 0 : entry->size));
        if (json == NULL || json_array_append_new(entries, json) != 0)
            *failed = true;
    }
    json_put(output, "entries", entries, failed);
}

static enum err_code put_body(json_t *output, const struct sftp_config *sftp,
                              const struct transfer_ask *ask, bool *failed, struct err *e)
{
    struct buf text;
    enum err_code rc = ERR_OK;

    buf_init(&text, 4 * (size_t)LIMIT_OUTPUT);
    if (sftp->as == SFTP_AS_BASE64)
        base64_write(&text, ask->bytes, ask->size);
    else
        rc = charset_decode(sftp->encoding, ask->bytes, ask->size, &text, e);
    if (rc == ERR_SYNTAX)
        rc = e->code = ERR_INVALID;
    if (rc == ERR_OK)
        rc = buf_check(&text, "the file", e);
    if (rc == ERR_OK)
        json_put(output, forms[sftp->as], json_stringn_nocheck(buf_text(&text), text.len), failed);
    else
        err_prefix(e, "%.150s", ask->path);
    buf_fini(&text);
    return rc;
}

static void sftp_end(struct step *step, const struct sftp_config *sftp,
                     const struct transfer_ask *ask, const char *file)
{
    json_t *output = json_object(), *details = NULL;
    bool failed = output == NULL;
    struct err e = { .code = ERR_OK };
    char at[CLOCK_TEXT];

    check(!failed); /* a small thing of our own */
    json_put(output, "path", json_string(ask->path), &failed);
    if (ask->verb == TRANSFER_LIST)
        put_entries(output, ask, &failed);
    else if (ask->verb == TRANSFER_STAT)
        json_put(output, "exists", json_boolean(ask->found.exists), &failed);
    else if (ask->verb != TRANSFER_GET)
        json_put(output, "changed", json_boolean(ask->changed), &failed);
    if (ask->verb == TRANSFER_STAT && ask->found.exists) {
        clock_text(ask->found.modified_s * 1000, at);
        json_put(output, "size", json_integer(ask->found.size), &failed);
        json_put(output, "modified", json_string(at), &failed);
    }
    if (ask->verb == TRANSFER_GET || ask->verb == TRANSFER_PUT)
        json_put(output, "size", json_integer((json_int_t)ask->size), &failed);
    if (ask->verb == TRANSFER_RENAME)
        json_put(output, "to", json_string(ask->to), &failed);
    if (file != NULL)
        json_put(output, "file", json_string(file), &failed);
    else if (ask->verb == TRANSFER_GET)
        put_body(output, sftp, ask, &failed, &e);
    if (e.code == ERR_OK && failed)
        err_set(&e, ERR_MEMORY, "no memory for the output");
    if (e.code == ERR_OK) {
        step_done(step, "out", &output);
        return;
    }
    json_decref(output);
    step_fail(step, &e, &details);
}

/* ---- The way through a file: the ask waits for it */

static void waiting_drop(void *ask)
{
    transfer_ask_free(ask);
}

static void got_filed(struct step *step, const void *config, struct file_ask *file, void *ask)
{
    sftp_end(step, config, ask, file->name);
}

static void sftp_transferred(struct step *step, const void *config, struct transfer_ask *ask)
{
    const struct sftp_config *sftp = config;
    struct transfer_ask *kept;
    struct step_filing filing = { .drop = waiting_drop };

    if (ask->verb != TRANSFER_GET || ask->to == NULL) {
        sftp_end(step, sftp, ask, NULL);
        return;
    }
    kept = transfer_ask_new(TRANSFER_GET, ask->path);
    kept->size = ask->size;
    filing.job = kept;
    filing.ask = file_ask_new(FILE_WRITE, sftp->folder, ask->to);
    filing.ask->parents = true;
    filing.ask->replace = sftp->exists == 1;
    filing.ask->bytes = ask->bytes;
    filing.ask->size = ask->size;
    ask->bytes = NULL;
    step_file(step, &filing, got_filed);
}

/* ---- The ask */

/* NULL with *e. Of a get into a file, `to` is that file. */
static struct transfer_ask *sftp_ask(const struct sftp_config *sftp, json_t *const *values,
                                     struct err *e)
{
    const json_t *path = values[VALUE_PATH], *file = values[VALUE_FILE];
    bool absent = path == NULL || json_is_null(path);
    struct transfer_ask *ask;
    enum err_code rc = ERR_OK;

    if (!(sftp->action == TRANSFER_LIST && absent) && file_path_read(path, "path", e) != ERR_OK)
        return NULL;
    if (sftp->folder != NULL && file_path_read(file, "file", e) != ERR_OK)
        return NULL;
    ask = transfer_ask_new((enum transfer_verb)sftp->action, absent ? "" : json_text(path));
    ask->replace = sftp->exists == 1;
    ask->most = sftp->folder != NULL ? SFTP_FILE : SFTP_WHOLE;
    if (sftp->action == TRANSFER_RENAME)
        rc = file_path_read(values[VALUE_TO], "to", e);
    if (rc == ERR_OK && sftp->action == TRANSFER_RENAME)
        ask->to = mem_must_copy(json_text(values[VALUE_TO]));
    if (sftp->action == TRANSFER_GET && sftp->folder != NULL)
        ask->to = mem_must_copy(json_text(file));
    if (sftp->action == TRANSFER_PUT && sftp->folder != NULL) {
        ask->folder = mem_must_copy(sftp->folder);
        ask->file = mem_must_copy(json_text(file));
    } else if (rc == ERR_OK && sftp->action == TRANSFER_PUT)
        rc = file_content_read(values[VALUE_CONTENT], SFTP_FILE, &ask->bytes, &ask->size, e);
    if (rc == ERR_OK)
        return ask;
    transfer_ask_free(ask);
    return NULL;
}

static void sftp_simulate(struct step *step, const struct sftp_config *sftp,
                          struct transfer_ask *ask)
{
    struct step_ask said = { .method = actions[sftp->action],
                             .target = ask->path,
                             .body = ask->bytes,
                             .body_size = ask->size };
    json_t *example = sftp->example != NULL ? json_incref(sftp->example) : json_object();

    check(example != NULL);
    step_simulate(step, &said, &example);
    transfer_ask_free(ask);
}

static void sftp_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct sftp_config *sftp = config;
    json_t *details = NULL;
    struct transfer_ask *ask;
    struct err e;

    check(values->count == SFTP_VALUES);
    ask = sftp_ask(sftp, values->filled, &e);
    if (ask == NULL)
        step_fail(step, &e, &details);
    else if (step_simulated(step))
        sftp_simulate(step, sftp, ask);
    else
        step_transfer(step, ask, NULL, sftp_transferred);
}

static enum node_next sftp_start(struct step *step, const void *config)
{
    const struct sftp_config *sftp = config;

    return step_eval(step, sftp->values, SFTP_VALUES, false, sftp_evaluated);
}

const struct node_type node_connector_sftp = {
    .name = "connector.sftp",
    .kind = NODE_CONNECTOR,
    .title = "SFTP",
    .help = "Lists, gets, puts, renames and deletes files on the connection's SFTP server, whose "
            "host key must be known. list gives {entries}, get {path, size, text or base64, or "
            "file}, put {path, size, changed}, stat {exists, size, modified}, rename and delete "
            "{changed}: false when it was so already.",
    .fields = sftp_fields,
    .config_size = sizeof(struct sftp_config),
    .needs_connection = true,
    .connector = "sftp",
    .data = &sftp_data,
    .example = "{\"action\": \"put\", \"path\": \"='in/' .. trigger.body.batch .. '.csv'\", "
               "\"content\": \"=trigger.body.text\"}",
    .compile = sftp_compile,
    .start = sftp_start,
};
