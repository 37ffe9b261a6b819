/* api_audit.c - who did what, the newest first; and the records with their codes, to be verified
 * elsewhere.
 *
 * (1) A workspace sees its own records. What belongs to none (people, sign-ins, settings of the
 *     program, starts) is seen in the workspace main and at the local socket.       [audit_sees]
 * (2) A look reads for a bounded time, then tells where to go on.                   [audit_row]
 * (3) An exported record is given byte by byte as it is in the chain, with its code and the one of
 *     the record before it: `weft audit verify --file` computes them anew.          [audit_line] */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/beside.h"
#include "designer-api/people_book_priv.h"
#include "designer-api/when.h"
#include "engine/audit.h"
#include "store/audit.h"

#define AUDIT_SLACK_MS 3600000 /* a clock that is put back by no more than this hides nothing */
#define AUDIT_SPAN_MS  (INT64_C(400) * 366 * 86400000)
#define AUDIT_BYTES    (32u * MIB)

struct audit_find {
    const char *by, *what, *object, *flow, *workspace;
    bool all; /* of every workspace */
    int64_t from_ms, to_ms;
};

static bool audit_sees(const struct audit_find *find, const json_t *record)
{
    const char *own = json_get_text(record, "workspace");

    if (find->all)
        return true;
    return own != NULL ? strcmp(own, find->workspace) == 0
                       : strcmp(find->workspace, PEOPLE_MAIN) == 0;
}

/* "vault." finds what begins so. */
static bool audit_is(const char *wanted, const char *own)
{
    size_t size = wanted != NULL ? strlen(wanted) : 0;

    if (wanted == NULL)
        return true;
    if (own == NULL)
        return false;
    return wanted[size - 1] == '.' ? strncmp(own, wanted, size) == 0 : strcmp(own, wanted) == 0;
}

/* What belongs to a flow has its name third: "draft/main/pay", "version_note/main/pay:000001",
 * "main/production/pay/erp". Nothing of what else has a name does: that is behind a kind of its
 * own. */
static bool audit_of_flow(const char *flow, const char *object, const char *workspace)
{
    static const char *const kinds[] = { "draft", "flow", "version_note", "deployment_request" };
    size_t size = object != NULL ? strcspn(object, "/") : 0;
    bool of =
        workspace != NULL && strlen(workspace) == size && strncmp(object, workspace, size) == 0;
    const char *name;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !of; i++)
        of = strlen(kinds[i]) == size && strncmp(object, kinds[i], size) == 0;
    if (!of || object[size] != '/' || (name = strchr(object + size + 1, '/')) == NULL)
        return false;
    size = strcspn(++name, "/:");
    return strlen(flow) == size && strncmp(name, flow, size) == 0;
}

static bool audit_fits(const struct audit_find *find, const json_t *record)
{
    const char *object = json_get_text(record, "object");

    return audit_sees(find, record) && audit_is(find->by, json_get_text(record, "by")) &&
           audit_is(find->what, json_get_text(record, "what")) &&
           (find->object == NULL || (object != NULL && strstr(object, find->object) != NULL)) &&
           (find->flow == NULL ||
            audit_of_flow(find->flow, object, json_get_text(record, "workspace")));
}

static bool audit_moment(const struct ask *ask, const char *name, int64_t *ms, struct err *e)
{
    const char *text = ask_text(ask, name);

    if (text == NULL || when_read(text, ms))
        return true;
    err_set(e, ERR_USAGE, "%s is a moment like 2026-11-21T18:50:00Z, not \"%.40s\"", name, text);
    return false;
}

static enum err_code audit_find_read(struct beside_ask *look, struct audit_find *find)
{
    const struct ask *ask = &look->ask;

    *find = (struct audit_find){ .by = ask_text(ask, "by"),
                                 .what = ask_text(ask, "what"),
                                 .object = ask_text(ask, "object"),
                                 .flow = ask_text(ask, "flow"),
                                 .workspace = ask->who->workspace,
                                 .all = beside_workspace(look) == NULL,
                                 .from_ms = 0,
                                 .to_ms = AUDIT_SPAN_MS };
    if (audit_moment(ask, "from", &find->from_ms, &look->e))
        (void)audit_moment(ask, "to", &find->to_ms, &look->e);
    return look->e.code;
}

/* ---- Where to begin: the chain is in the order of its writing, and so about in that of its
 * moments */

struct audit_place {
    int64_t seq, at_ms;
};

static bool audit_place(void *arg, const struct store_audit_record *record)
{
    *(struct audit_place *)arg = (struct audit_place){ record->seq, record->at_ms };
    return false;
}

/* *before: behind the last record that may be older than to_ms. */
static enum err_code audit_begin(struct beside_ask *look, int64_t to_ms, int64_t *before)
{
    struct audit_place last = { 0, 0 };
    int64_t low = 0, high;

    if (store_audit_back(look->store, 0, 1, audit_place, &last, &look->e) != ERR_OK)
        return look->e.code;
    for (high = last.seq + 1; high - low > 1;) {
        struct audit_place middle = { 0, 0 };

        if (store_audit_back(look->store, low + (high - low) / 2 + 1, 1, audit_place, &middle,
                             &look->e) != ERR_OK)
            return look->e.code;
        if (middle.at_ms > to_ms + AUDIT_SLACK_MS)
            high = low + (high - low) / 2;
        else
            low = low + (high - low) / 2;
    }
    *before = high;
    return ERR_OK;
}

/* ---- The list */

struct audit_list {
    struct beside_ask *look;
    struct audit_find find;
    unsigned limit, seen;
    int64_t last;
    bool full, over;
};

/* A person is kept by an id; who reads knows the name. Of somebody who is no longer here it is the
 * one that the record has kept. */
static void audit_name(json_t *value, const json_t *names)
{
    static const char *const kinds[] = { "user//", "credential//" };
    const char *object = json_get_text(value, "object"), *name = NULL;

    for (size_t i = 0; object != NULL && i < sizeof kinds / sizeof *kinds; i++) {
        size_t size = strlen(kinds[i]);

        if (strncmp(object, kinds[i], size) != 0)
            continue;
        name = json_get_text(names, object + size);
        if (name == NULL)
            name = json_get_text(json_object_get(value, "after"), "name");
        if (name == NULL)
            name = json_get_text(json_object_get(value, "before"), "name");
    }
    if (name != NULL)
        json_object_set_new(value, "name", json_string(name));
}

static json_t *audit_shown(const struct store_audit_record *record, json_t *value)
{
    json_object_set_new_nocheck(value, "seq", json_integer(record->seq));
    json_object_set_new_nocheck(value, "at", when_json(record->at_ms));
    json_object_set_new_nocheck(value, "code", json_string(record->code));
    return value;
}

static bool audit_row(void *arg, const struct store_audit_record *record)
{
    struct audit_list *list = arg;
    struct err e;
    json_t *value;

    if (list->full || list->over)
        return false;
    if (record->at_ms < list->find.from_ms - AUDIT_SLACK_MS) {
        list->last = 1;
        return false;
    }
    list->last = record->seq;
    list->over = ++list->seen % 64 == 0 && effort_over(&list->look->effort);
    if (record->at_ms < list->find.from_ms || record->at_ms >= list->find.to_ms)
        return true;
    value = json_read(record->text, strlen(record->text), &json_limits_body, &e);
    if (json_is_object(value) && audit_fits(&list->find, value)) {
        audit_name(value, list->look->given);
        json_array_append_new(list->look->value, audit_shown(record, value));
        list->full = json_array_size(list->look->value) >= list->limit;
    } else {
        json_decref(value);
    }
    return true;
}

static void audit_list_work(struct beside_ask *look)
{
    struct audit_list list = { .look = look,
                               .limit = (unsigned)ask_number(&look->ask, "limit", 50) };
    char cursor[LIMIT_PATH] = "";
    int64_t before = 0;
    bool given;

    look->value = json_array();
    look->page = true;
    if (audit_find_read(look, &list.find) != ERR_OK ||
        ask_cursor(&look->ask, cursor, &given, &look->e) != ERR_OK)
        return;
    if (given)
        before = strtoll(cursor, NULL, 10);
    else if (audit_begin(look, list.find.to_ms, &before) != ERR_OK)
        return;
    look->e.code = store_audit_back(look->store, before, 0, audit_row, &list, &look->e);
    if ((list.full || list.over) && list.last > 1)
        snprintf(look->next, sizeof look->next, "%" PRId64, list.last);
    look->incomplete = list.over && !list.full;
}

/* Who looks is told of, too; the owner of the program could read the store's file. */
static void audit_looked(struct ask *ask, const char *what)
{
    if (ask->who->kind != WHO_LOCAL && ask_text(ask, "cursor") == NULL)
        engine_audit(ask_engine(ask), ask->who->workspace, ask->who->name, what, "audit",
                     ask->query);
}

static void audit_list(struct ask *ask)
{
    audit_looked(ask, "audit.read");
    beside_ask(ask, audit_list_work, NULL,
               ask_people(ask) != NULL ? people__names(ask_people(ask)) : NULL);
}

/* ---- The export */

struct audit_export {
    struct audit_find find;
    struct buf text;
    bool csv, more;
    unsigned limit, count;
    int64_t last;
};

/* What a sheet would take for a formula gets a ' in front. The record begins with a brace. */
static void audit_cell(struct buf *text, const char *value)
{
    buf_add_char(text, '"');
    if (value != NULL && *value != '\0' && strchr("=+-@\t\r", *value) != NULL)
        buf_add_char(text, '\'');
    for (; value != NULL && *value != '\0'; value++) {
        if (*value == '"')
            buf_add_char(text, '"');
        buf_add_char(text, *value == '\n' || *value == '\r' ? ' ' : *value);
    }
    buf_add_text(text, "\",");
}

static void audit_line(struct audit_export *export, const struct store_audit_record *record,
                       const json_t *value)
{
    static const char *const cells[] = { "by", "what", "object", "workspace" };
    struct buf *text = &export->text;
    json_t *at = when_json(record->at_ms);

    if (!export->csv) {
        buf_addf(text,
                 "{\"seq\":%" PRId64 ",\"at\":\"%s\",\"at_ms\":%" PRId64
                 ",\"before\":\"%s\",\"code\":\"%s\",\"record\":",
                 record->seq, json_text(at), record->at_ms, record->before, record->code);
        buf_add_text(text, record->text);
        buf_add_text(text, "}\n");
    } else {
        buf_addf(text, "%" PRId64 ",%s,%" PRId64 ",%s,%s,", record->seq, json_text(at),
                 record->at_ms, record->before, record->code);
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
            audit_cell(text, json_get_text(value, cells[i]));
        audit_cell(text, record->text);
        text->at[text->len - 1] = '\n'; /* the comma behind the last one */
    }
    json_decref(at);
}

static bool audit_export_row(void *arg, const struct store_audit_record *record)
{
    struct audit_export *export = arg;
    struct err e;
    json_t *value;

    if (export->count == export->limit || export->text.len > AUDIT_BYTES) {
        export->more = true;
        return false;
    }
    export->last = record->seq;
    export->count++;
    if (record->at_ms < export->find.from_ms || record->at_ms >= export->find.to_ms)
        return true;
    value = json_read(record->text, strlen(record->text), &json_limits_body, &e);
    if (value != NULL ? audit_fits(&export->find, value) : export->find.all)
        audit_line(export, record, value);
    json_decref(value);
    return true;
}

static void audit_export_work(struct beside_ask *look)
{
    const char *format = ask_text(&look->ask, "format");
    struct audit_export export = { .csv = format != NULL && strcmp(format, "csv") == 0,
                                   .limit = (unsigned)ask_number(&look->ask, "limit", 10000) };
    int64_t after = ask_number(&look->ask, "after", 0);

    if (audit_find_read(look, &export.find) != ERR_OK)
        return;
    export.last = after;
    buf_init(&export.text, AUDIT_BYTES + 8 * MIB);
    if (export.csv)
        buf_add_text(&export.text, "seq,at,at_ms,before,code,by,what,object,workspace,record\n");
    look->e.code = store_audit(look->store, after, 0, audit_export_row, &export, &look->e);
    look->content_type = export.csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
    look->size = export.text.len;
    look->bytes = look->size > 0 ? buf_take(&export.text, NULL) : mem_must_copy("");
    check(look->bytes != NULL);
    if (export.more)
        snprintf(look->next, sizeof look->next, "%" PRId64, export.last);
    buf_fini(&export.text);
}

/* A part says where the next one begins. */
static void audit_exported(struct beside_ask *look)
{
    struct pair headers[3] = { { "Cache-Control", "no-store" } };
    bool csv = look->content_type != NULL && strncmp(look->content_type, "text/csv", 8) == 0;
    size_t count = 1;

    if (look->e.code != ERR_OK) {
        ask_refuse(&look->ask, &look->e);
        return;
    }
    headers[count++] =
        (struct pair){ "Content-Disposition", csv ? "attachment; filename=\"audit.csv\""
                                                  : "attachment; filename=\"audit.ndjson\"" };
    if (look->next[0] != '\0')
        headers[count++] = (struct pair){ "Weft-Next", look->next };
    ask_bytes(&look->ask, 200, look->content_type, look->bytes, look->size, headers, count);
}

static void audit_export(struct ask *ask)
{
    audit_looked(ask, "audit.export");
    beside_ask(ask, audit_export_work, audit_exported, NULL);
}

const struct ask_bind audit_binds[] = {
    { "listAudit", audit_list },
    { "exportAudit", audit_export },
    { NULL, NULL },
};
