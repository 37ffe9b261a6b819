/* file.c - a flow begins when a file has arrived in a folder.
 *
 * The engine watches, waits until the file is complete, and hands its bytes over (node.h, struct
 * node_watch); here they become the run's input. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/definition.h"
#include "nodes/received.h"

#define FILE_FOLDER    1000u /* bytes */
#define FILE_NAME      255u
#define FILE_SETTLE_MS (INT64_C(24) * 3600000)
#define FILE_EVERY_MS  (INT64_C(24) * 3600000)

struct file_config {
    const char *folder, *pattern, *done, *failed;
    int64_t settle_ms, every_ms;
    int as;
    struct node_watch watch; /* what compile() makes of it */
};
enum file_as { AS_TEXT, AS_LINES, AS_JSON, AS_BASE64 };
static const char *const file_as[] = { "text", "lines", "json", "base64", NULL };

static const struct field file_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct file_config, folder),
      .required = true,
      .help = "The folder that is watched, as an absolute path below one that the server's "
              "configuration allows; folders within it are not watched.",
      .example = "\"/var/spool/lockbox\"" },
    { .kind = FIELD_TEXT,
      .name = "pattern",
      .offset = offsetof(struct file_config, pattern),
      .main = true,
      .help = "Which names count: \"*\" stands for any characters, \"?\" for one. Without it every "
              "file counts. Names that begin with a dot or end in .tmp or .part never do.",
      .example = "\"*.csv\"" },
    { .kind = FIELD_CHOICE,
      .name = "as",
      .offset = offsetof(struct file_config, as),
      .fallback = "text",
      .choices = file_as,
      .main = true,
      .help = "What the body is. text: the file, which must be UTF-8. lines: a list of its lines. "
              "json: its value. base64: its bytes, whatever they are." },
    { .kind = FIELD_MS,
      .name = "settle",
      .offset = offsetof(struct file_config, settle_ms),
      .fallback = "2s",
      .min = 0,
      .max = FILE_SETTLE_MS,
      .help = "A file is complete when it has not changed for so long. A sender that renames the "
              "finished file into its place is safest." },
    { .kind = FIELD_MS,
      .name = "every",
      .offset = offsetof(struct file_config, every_ms),
      .fallback = "30s",
      .min = 1000,
      .max = FILE_EVERY_MS,
      .help = "How often the folder is looked at where the system does not tell of changes." },
    { .kind = FIELD_TEXT,
      .name = "done",
      .offset = offsetof(struct file_config, done),
      .fallback = "done",
      .help = "The folder within it to which a file goes when it was taken." },
    { .kind = FIELD_TEXT,
      .name = "failed",
      .offset = offsetof(struct file_config, failed),
      .fallback = "failed",
      .help = "The folder within it to which a file goes that cannot be read as its kind, with "
              "the reason beside it." },
    FIELD_LAST,
};

/* ---- Settings */

/* A part of a path that is ".." would lead out. */
static bool folder_leads_out(const char *folder)
{
    for (const char *at = folder; *at != '\0';) {
        size_t size = strcspn(at, "/");

        if (size == 2 && at[0] == '.' && at[1] == '.')
            return true;
        at += size + (at[size] == '/');
    }
    return false;
}

static void compile_folder(struct flow_build *build, const char *folder, const char *pointer)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/folder", pointer);
    if (*folder == '\0' || strlen(folder) > FILE_FOLDER)
        flow_build_fault(build, place, "the folder's path has 1 to %u bytes", FILE_FOLDER);
    else if (*folder != '/' || folder_leads_out(folder))
        flow_build_fault(build, place,
                         "a folder's path begins with \"/\" and has no \"..\", like "
                         "\"/var/spool/lockbox\"");
}

static void compile_name(struct flow_build *build, const char *name, const char *pointer,
                         const char *member)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/%s", pointer, member);
    if (*name == '\0' || strlen(name) > FILE_NAME || strchr(name, '/') != NULL ||
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        flow_build_fault(build, place,
                         "\"%s\" is a name without \"/\", 1 to %u bytes long: it stands within the "
                         "folder",
                         member, FILE_NAME);
}

static void file_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    struct file_config *file = config;

    (void)type;
    compile_folder(build, file->folder, pointer);
    if (file->pattern != NULL)
        compile_name(build, file->pattern, pointer, "pattern");
    compile_name(build, file->done, pointer, "done");
    compile_name(build, file->failed, pointer, "failed");
    if (strcmp(file->done, file->failed) == 0)
        flow_build_fault(build, pointer,
                         "\"done\" and \"failed\" are the same folder: nobody could tell its files "
                         "apart");
    file->watch = (struct node_watch){
        .folder = file->folder,
        .pattern = file->pattern,
        .done = file->done,
        .failed = file->failed,
        .settle_ms = file->settle_ms,
        .every_ms = file->every_ms,
    };
}

static void file_arm(const void *config, struct node_arm *arm)
{
    const struct file_config *file = config;

    check(file->watch.folder != NULL);
    arm->watch = &file->watch;
    arm->respond_result = true; /* to whoever starts it by hand */
}

/* ---- What was in it */

/* A byte order mark is no part of the text. */
static const char *text_begin(const struct node_event *event, size_t *size)
{
    bool mark = event->body_size >= 3 && memcmp(event->body, "\xef\xbb\xbf", 3) == 0;

    *size = event->body_size - (mark ? 3 : 0);
    return event->body + (mark ? 3 : 0);
}

static json_t *text_read(const char *text, size_t size)
{
    return json_stringn_nocheck(text, size);
}

/* Ends of lines are LF or CRLF; the last one may have none. */
static json_t *lines_read(const char *text, size_t size, struct err *e)
{
    const char *end = text + size;
    json_t *lines = json_array();

    while (lines != NULL && text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const char *next = stop != NULL ? stop + 1 : end;

        stop = stop != NULL ? stop : end;
        if (stop > text && stop[-1] == '\r')
            stop--;
        if (json_array_size(lines) == LIMIT_JSON_VALUES) {
            err_set(e, ERR_LIMIT, "the file has more than %u lines", LIMIT_JSON_VALUES);
            json_decref(lines);
            return NULL;
        }
        if (json_array_append_new(lines, text_read(text, (size_t)(stop - text))) != 0) {
            json_decref(lines);
            lines = NULL;
        }
        text = next;
    }
    return lines;
}

static json_t *base64_text(const struct node_event *event)
{
    size_t room = event->body_size / 3 * 4 + 8, size;
    json_t *json = NULL;
    struct buf text;

    buf_init(&text, room);
    base64_write(&text, event->body, event->body_size);
    size = text.len;
    if (buf_ok(&text))
        json = json_stringn_nocheck(buf_text(&text), size);
    buf_fini(&text);
    return json;
}

/* A new reference; NULL with *e. */
static json_t *body_read(const struct file_config *file, const struct node_event *event,
                         struct err *e)
{
    json_t *body = NULL;
    const char *text;
    size_t size;

    e->code = ERR_OK;
    text = text_begin(event, &size);
    if (file->as == AS_BASE64) {
        body = base64_text(event);
    } else if (file->as == AS_JSON) {
        body = json_read(text, size, &json_limits_reply, e);
        if (body == NULL)
            err_prefix(e, "the file is not valid JSON");
    } else if (!utf8_valid(text, size)) {
        err_set(e, ERR_INVALID,
                "the file is not UTF-8; with \"as\": \"base64\" it is taken as it "
                "is");
    } else if (memchr(text, '\0', size) != NULL) {
        err_set(e, ERR_INVALID,
                "the file holds a NUL character and so is no text; with \"as\": "
                "\"base64\" it is taken as it is");
    } else {
        body = file->as == AS_LINES ? lines_read(text, size, e) : text_read(text, size);
    }
    if (body == NULL && e->code == ERR_OK)
        err_set(e, ERR_MEMORY, "no memory for the file");
    return body;
}

static enum err_code file_receive(struct node_event *event, const void *config, json_t **input,
                                  struct err *e)
{
    const char *modified = node_event_header(event, "modified");
    json_t *body = body_read(config, event, e);
    char received[CLOCK_TEXT];
    bool failed = false;

    *input = NULL;
    if (body == NULL)
        return e->code;
    clock_text(event->received_ms, received);
    *input = json_object();
    if (*input == NULL) {
        json_decref(body);
        return err_set(e, ERR_MEMORY, "no memory for the input");
    }
    json_put(*input, "name", json_string(event->path), &failed);
    json_put(*input, "size", json_integer((json_int_t)event->body_size), &failed);
    json_put(*input, "modified", modified != NULL ? json_string(modified) : json_null(), &failed);
    json_put(*input, "body", body, &failed);
    json_put(*input, "received_at", json_string(received), &failed);
    if (!failed)
        return ERR_OK;
    json_decref(*input);
    *input = NULL;
    return err_set(e, ERR_MEMORY, "no memory for the input, or the file's name is not UTF-8");
}

const struct node_type node_trigger_file = {
    .name = "trigger.file",
    .kind = NODE_TRIGGER,
    .title = "File",
    .help = "Starts a run for each file that arrives in a folder, once, when it is complete. The "
            "output is seen as `trigger`: {name, size, modified, body, received_at}. A file that "
            "was taken is moved to done, one that cannot be read as its kind to failed.",
    .fields = file_fields,
    .config_size = sizeof(struct file_config),
    .example = "{\"folder\": \"/var/spool/lockbox\", \"pattern\": \"*.csv\", \"as\": \"lines\"}",
    .compile = file_compile,
    .arm = file_arm,
    .receive = file_receive,
};
