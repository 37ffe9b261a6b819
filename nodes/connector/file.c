/* file.c - files of this machine, below a folder that the flow names and the server allows.
 *
 * What is asked and given is in file_run.c; the work is done on a thread of the pool (node_file.h),
 * the decoding of a text too. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "format/charset.h"
#include "nodes/connector/file_priv.h"
#include "nodes/definition.h"
#include "nodes/file_path.h"
#include "nodes/foreign.h"

#define FILE_PAGE_LINES 100000
#define FILE_PAGE_BYTES (3 * 1024 * 1024) /* as JSON text it still fits a step's output */
#define FILE_LIST_MAX   10000

static const char *const actions[] = { "read", "write", "append", "list",
                                       "stat", "move",  "delete", NULL };
static const char *const forms[] = { "text", "lines", "base64", "items", NULL };
static const char *const exists[] = { "refuse", "replace", NULL };

static const struct field page_fields[] = {
    { .kind = FIELD_INT,
      .name = "lines",
      .offset = offsetof(struct file_page, lines),
      .fallback = "0",
      .min = 0,
      .max = FILE_PAGE_LINES,
      .help = "A page has so many lines, or items of a list; 0: it ends behind `bytes` bytes, "
              "wherever that is." },
    { .kind = FIELD_INT,
      .name = "bytes",
      .offset = offsetof(struct file_page, bytes),
      .fallback = "1048576",
      .min = 1,
      .max = FILE_PAGE_BYTES,
      .help = "A page has at most so many bytes; of lines, only whole ones." },
    FIELD_LAST,
};
static const struct field file_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "action",
      .offset = offsetof(struct file_config, action),
      .required = true,
      .choices = actions,
      .help = "read: a file, or a page of it. write: a new file, in one moment. append: behind the "
              "end of a file, once for each run and step. list: the names of a folder. stat: what "
              "is there. move, delete: of a file." },
    { .kind = FIELD_TEXT,
      .name = "folder",
      .offset = offsetof(struct file_config, folder),
      .required = true,
      .help = "The folder out of which no path leads: " FILE_FOLDER_HELP,
      .example = "\"/var/spool/exports\"" },
    { .kind = FIELD_VALUE,
      .name = "path",
      .offset = offsetof(struct file_config, values[VALUE_PATH]),
      .main = true,
      .help = "The file, seen from the folder; of list a folder, without it the folder itself.",
      .example = "\"='journals/' .. trigger.body.batch .. '.csv'\"" },
    { .kind = FIELD_VALUE,
      .name = "to",
      .offset = offsetof(struct file_config, values[VALUE_TO]),
      .help = "move: its new path, seen from the folder.",
      .example = "\"='done/' .. trigger.body.name\"" },
    { .kind = FIELD_VALUE,
      .name = "content",
      .offset = offsetof(struct file_config, values[VALUE_CONTENT]),
      .main = true,
      .help = "write, append: a text, or bytes as {\"base64\": ...}.",
      .example = "\"=steps.csv\"" },
    { .kind = FIELD_CHOICE,
      .name = "as",
      .offset = offsetof(struct file_config, as),
      .fallback = "text",
      .choices = forms,
      .help = "read: as a text, a list of its lines, its bytes as base64, or the items of the list "
              "in a JSON file." },
    { .kind = FIELD_TEXT,
      .name = "list",
      .offset = offsetof(struct file_config, list),
      .help = "read items: the member of the file's object that is the list, or names with dots "
              "that lead to it; without it the file is the list. It must begin within the first "
              "page.",
      .example = "\"transactions\"" },
    { .kind = FIELD_JSON,
      .name = "members",
      .offset = offsetof(struct file_config, members),
      .help = "read items: only these members of each item, by name; the run keeps no others. "
              "Without it all of them.",
      .example = "[\"transaction_id\", \"amount\"]" },
    { .kind = FIELD_TEXT,
      .name = "encoding",
      .offset = offsetof(struct file_config, encoding),
      .help =
          "read: of a text. Without it UTF-8, or of a whole file UTF-16 with a byte order mark.",
      .example = "\"windows-1252\"" },
    { .kind = FIELD_OBJECT,
      .name = "page",
      .offset = offsetof(struct file_config, page),
      .rows = page_fields,
      .size = sizeof(struct file_page),
      .help = "read: a page at a time, from the cursor on; without it the whole file.",
      .example = "{\"lines\": 1000}" },
    { .kind = FIELD_VALUE,
      .name = "cursor",
      .offset = offsetof(struct file_config, values[VALUE_CURSOR]),
      .help = "read: what the page before gave as `next`; null or nil: the first page. A file that "
              "has changed since is an error.",
      .example = "\"=previous and previous.next\"" },
    { .kind = FIELD_BOOL,
      .name = "grows",
      .offset = offsetof(struct file_config, grows),
      .fallback = "false",
      .help = "read: others put lines behind its end meanwhile, which changes nothing before it." },
    { .kind = FIELD_TEXT,
      .name = "pattern",
      .offset = offsetof(struct file_config, pattern),
      .help = "list: which names: \"*\" stands for any characters, \"?\" for one. Names that begin "
              "with a dot or end in .tmp or .part are never told.",
      .example = "\"*.csv\"" },
    { .kind = FIELD_VALUE,
      .name = "after",
      .offset = offsetof(struct file_config, values[VALUE_AFTER]),
      .help = "list: names behind this one only, for the next page of a long list.",
      .example = "\"=previous and previous.after\"" },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct file_config, limit),
      .fallback = "1000",
      .min = 1,
      .max = FILE_LIST_MAX,
      .help = "list: so many names at most." },
    { .kind = FIELD_BOOL,
      .name = "folders",
      .offset = offsetof(struct file_config, folders),
      .fallback = "false",
      .help = "list: folders too." },
    { .kind = FIELD_CHOICE,
      .name = "exists",
      .offset = offsetof(struct file_config, exists),
      .fallback = "refuse",
      .choices = exists,
      .help = "write, move: when another file has that path already: fail, or replace it. The same "
              "content is no other file." },
    { .kind = FIELD_BOOL,
      .name = "make_folders",
      .offset = offsetof(struct file_config, make_folders),
      .fallback = "false",
      .help = "write, append, move: folders of the path that are not there are made." },
    { .kind = FIELD_BOOL,
      .name = "digest",
      .offset = offsetof(struct file_config, digest),
      .fallback = "false",
      .help = "stat: the SHA-256 of the file too." },
    { .kind = FIELD_JSON,
      .name = "example",
      .offset = offsetof(struct file_config, example),
      .help = "What a simulated step gives.",
      .example = "{\"text\": \"a,b\\n1,2\\n\"}" },
    FIELD_LAST,
};

/* ---- Compile */

static void needs(struct flow_build *build, const struct file_config *file, enum file_value value,
                  const char *name, const char *pointer)
{
    if (file->values[value] == NULL)
        flow_build_fault(build, pointer, "\"action\": \"%s\" needs \"%s\"", actions[file->action],
                         name);
}

static void members_compile(struct flow_build *build, const struct file_config *file,
                            const char *pointer)
{
    char place[PLACE_BYTES];
    size_t at;
    json_t *name;
    bool good = json_array_size(file->members) > 0;

    snprintf(place, sizeof place, "%s/members", pointer);
    json_array_foreach(file->members, at, name)
    {
        good = good && json_is_string(name);
    }
    if (!good)
        flow_build_fault(build, place, "must be a list of names, such as [\"id\", \"amount\"]");
    if (file->as != FILE_AS_ITEMS)
        flow_build_fault(build, place, "only items have members: \"as\" must be \"items\"");
}

static void file_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    struct file_config *file = config;
    char place[PLACE_BYTES];

    (void)type;
    if (file->action != FILE_DO_LIST)
        needs(build, file, VALUE_PATH, "path", pointer);
    if (file->action == FILE_DO_MOVE)
        needs(build, file, VALUE_TO, "to", pointer);
    if (file->action == FILE_DO_WRITE || file->action == FILE_DO_APPEND)
        needs(build, file, VALUE_CONTENT, "content", pointer);
    if (file->values[VALUE_CURSOR] != NULL && file->page == NULL)
        flow_build_fault(build, pointer, "\"cursor\" has a meaning with \"page\" only");
    file_folder_compile(build, file->folder, pointer);
    if (file->members != NULL)
        members_compile(build, file, pointer);
    if (file->as == FILE_AS_ITEMS && (file->page == NULL || file->page->lines == 0))
        flow_build_fault(build, pointer,
                         "items are read page by page: \"page\" must say how many \"lines\"");
    else if (file->page != NULL && file->page->lines == 0 && file->as != FILE_AS_BASE64)
        flow_build_fault(build, pointer,
                         "a page of bytes may cut a character: \"as\" must be \"base64\", or the "
                         "page one of \"lines\"");
    foreign_encoding_compile(build, file->encoding, pointer);
    if (file->page != NULL && file->encoding != NULL && charset_known(file->encoding) &&
        !foreign_has_lines(file->encoding)) {
        snprintf(place, sizeof place, "%s/encoding", pointer);
        flow_build_fault(
            build, place,
            "a file in %.40s cannot be read page by page: its line ends are not single "
            "bytes",
            file->encoding);
    }
}

/* ---- Run */

struct file_job {
    int as;
    char *encoding;
    struct file_items items;
    json_t *body; /* made of the bytes */
};

static void job_drop(void *arg)
{
    struct file_job *job = arg;

    mem_free(job->encoding);
    mem_free(job->items.list);
    json_decref(job->items.members);
    json_decref(job->body);
    mem_free(job);
}

static json_t *lines_of(const struct buf *text)
{
    const char *at = buf_text(text), *end = at + text->len;
    json_t *lines = json_array();

    while (lines != NULL && at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((feed != NULL ? feed : end) - at);

        size -= size > 0 && feed != NULL && at[size - 1] == '\r';
        if (json_array_append_new(lines, json_stringn_nocheck(at, size)) != 0) {
            json_decref(lines);
            return NULL;
        }
        at = feed != NULL ? feed + 1 : end;
    }
    return lines;
}

/* What was read becomes a value, still on the pool's thread. */
static enum err_code job_after(void *arg, struct file_ask *ask, const atomic_bool *given_up,
                               struct err *e)
{
    struct file_job *job = arg;
    struct buf text;
    enum err_code rc = ERR_OK;

    (void)given_up;
    buf_init(&text, 4 * (size_t)LIMIT_OUTPUT);
    if (job->as == FILE_AS_ITEMS) {
        job->body = file__items(&job->items, ask, e);
        rc = e->code;
    } else if (job->as == FILE_AS_BASE64) {
        base64_write(&text, ask->bytes, ask->size);
        rc = buf_check(&text, "the file", e);
    } else {
        rc = charset_decode(job->encoding != NULL || ask->whole ? job->encoding : "utf-8",
                            ask->bytes, ask->size, &text, e);
        if (rc == ERR_SYNTAX)
            rc = e->code = ERR_INVALID;
        if (rc != ERR_OK)
            err_prefix(e, "%.100s", ask->name);
    }
    if (rc == ERR_OK && job->body == NULL) {
        job->body = job->as == FILE_AS_LINES ? lines_of(&text)
                                             : json_stringn_nocheck(buf_text(&text), text.len);
        if (job->body == NULL)
            rc = err_set(e, ERR_MEMORY, "no memory for the file");
    }
    buf_fini(&text);
    mem_free(ask->bytes); /* long, and not needed any more */
    ask->bytes = NULL;
    return rc;
}

static void file_filed(struct step *step, const void *config, struct file_ask *ask, void *arg)
{
    struct file_job *job = arg;
    json_t *body = job != NULL ? job->body : NULL;
    json_t *output, *details = NULL;
    struct err e;

    if (job != NULL)
        job->body = NULL;
    output = file__output(config, ask, body);
    if (output == NULL) {
        err_set(&e, ERR_MEMORY, "no memory for the output");
        step_fail(step, &e, &details);
        return;
    }
    step_done(step, "out", &output);
}

static void file_simulate(struct step *step, const struct file_config *file, struct file_ask *ask)
{
    struct step_ask said = { .method = actions[file->action],
                             .target = ask->name,
                             .body = ask->bytes,
                             .body_size = ask->size };
    json_t *example = file->example != NULL ? json_incref(file->example) : json_object();

    check(example != NULL);
    step_simulate(step, &said, &example);
    file_ask_free(ask);
}

static void file_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct file_config *file = config;
    struct step_filing filing = { .after = NULL };
    struct file_job *job;
    json_t *details = NULL;
    struct err e;

    check(values->count == FILE_VALUES);
    filing.ask = file__ask(file, values->filled, &e);
    if (filing.ask == NULL) {
        step_fail(step, &e, &details);
        return;
    }
    if (step_simulated(step)) {
        file_simulate(step, file, filing.ask);
        return;
    }
    if (file->action == FILE_DO_READ) {
        job = mem_must(sizeof *job);
        job->as = file->as;
        job->encoding = mem_must_copy(file->encoding);
        job->items.list = mem_must_copy(file->list);
        job->items.count = file->page != NULL ? (uint64_t)file->page->lines : 0;
        job->items.members = json_copied_deep(file->members); /* the pool's own */
        check(job->items.members != NULL || file->members == NULL);
        filing.job = job;
        filing.drop = job_drop;
        filing.after = job_after;
    }
    step_file(step, &filing, file_filed);
}

static enum node_next file_start(struct step *step, const void *config)
{
    const struct file_config *file = config;

    return step_eval(step, file->values, FILE_VALUES, false, file_evaluated);
}

const struct node_type node_connector_file = {
    .name = "connector.file",
    .kind = NODE_CONNECTOR,
    .title = "File",
    .help = "Lists, reads, writes, appends to, moves and deletes files of the server, below one "
            "folder. read gives {path, text or lines or base64 or items, size, at, next, last}: "
            "`next` is "
            "the cursor of the next page, null behind the last. write gives {path, size, digest, "
            "changed}, append {path, at, size, changed}; changed is false when it was so already. "
            "list gives {entries, more, after}, stat {exists, kind, size, modified}, move and "
            "delete {path, changed}.",
    .fields = file_fields,
    .config_size = sizeof(struct file_config),
    .effect = EFFECT_NONE,
    .example =
        "{\"action\": \"write\", \"folder\": \"/var/spool/exports\", \"path\": \"='journal-' "
        ".. trigger.body.batch .. '.csv'\", \"content\": \"=trigger.body.text\"}",
    .compile = file_compile,
    .start = file_start,
};
