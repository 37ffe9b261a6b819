/* api_run_find.c - the filters of a listing of runs. */
#include "designer-api/api_run_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "designer-api/when.h"
#include "engine/operate.h"

#define FIND_TEXT (16u * KIB)

/* "failed,in_doubt" */
static enum err_code find_statuses(const char *text, unsigned *statuses, struct err *e)
{
    char name[32];

    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        enum run_status status;

        snprintf(name, sizeof name, "%.*s", (int)(size < 31 ? size : 31), text);
        if (!run_status_find(name, &status))
            return err_set(e, ERR_USAGE,
                           "status is active, waiting, in_doubt, succeeded, failed or cancelled, "
                           "several with commas, not \"%s\"",
                           name);
        *statuses |= STORE_LOOK_STATUS(status);
        text += size + (text[size] == ',');
    }
    return ERR_OK;
}

static enum err_code find_moment(const json_t *filter, const char *name, int64_t *ms, struct err *e)
{
    const char *text = json_get_text(filter, name);

    if (text == NULL || when_read(text, ms))
        return ERR_OK;
    return err_set(e, ERR_USAGE, "%s is a moment like 2026-11-21T18:50:00Z, not \"%.60s\"", name,
                   text);
}

/* As the text stands in JSON, without its quotes. NULL for NULL. */
static const char *find_json(const char *text, struct buf *out)
{
    if (text == NULL)
        return NULL;
    json_write_text(out, text, strlen(text));
    if (!buf_ok(out))
        return text;
    out->at[out->len - 1] = '\0';
    return out->at + 1;
}

enum err_code run_find_read(struct run_find *find, const json_t *filter, const char *workspace,
                            struct err *e)
{
    const char *statuses = json_get_text(filter, "status"), *id = json_get_text(filter, "before"),
               *value = json_get_text(filter, "find");

    memset(find, 0, sizeof *find);
    buf_init(&find->key_marked, FIND_TEXT);
    buf_init(&find->error_text, FIND_TEXT);
    buf_init(&find->needle, FIND_TEXT);
    find->look.workspace = workspace;
    find->look.environment = json_get_text(filter, "environment");
    find->look.flow = json_get_text(filter, "flow");
    find->look.trigger = json_get_text(filter, "trigger");
    find->look.key = json_get_text(filter, "key");
    find->look.error_kind = json_get_text(filter, "error_kind");
    find->look.error_text = find_json(json_get_text(filter, "error"), &find->error_text);
    find->field = json_get_text(filter, "field");
    find->value = find->field != NULL ? value : find_json(value, &find->needle);
    find->look.input = value != NULL;
    if (find->look.key != NULL) {
        buf_addf(&find->key_marked, "%c%s", RUN_KEY_OWN, find->look.key);
        find->look.key_marked = buf_text(&find->key_marked);
    }
    e->code = ERR_OK;
    if (find->field != NULL && value == NULL)
        err_set(e, ERR_USAGE, "field says where \"find\" is looked for: it is missing");
    if (e->code == ERR_OK && id != NULL && !ident_parse(id, &find->look.before))
        err_set(e, ERR_USAGE, "before is the id of a run, not \"%.40s\"", id);
    if (e->code == ERR_OK && statuses != NULL)
        find_statuses(statuses, &find->look.statuses, e);
    if (e->code == ERR_OK)
        find_moment(filter, "received_from", &find->look.from_ms, e);
    if (e->code == ERR_OK)
        find_moment(filter, "received_to", &find->look.to_ms, e);
    return e->code;
}

void run_find_fini(struct run_find *find)
{
    buf_fini(&find->key_marked);
    buf_fini(&find->error_text);
    buf_fini(&find->needle);
}

/* Whether a value is the text, or the digits, or has it among its elements. */
static bool find_same(const json_t *value, const char *text)
{
    json_t *one;
    size_t i;

    if (json_is_text(value))
        return strcmp(json_text(value), text) == 0;
    if (json_is_exact(value))
        return strcmp(json_exact_text(value), text) == 0;
    if (json_is_integer(value)) {
        char digits[24];

        snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        return strcmp(digits, text) == 0;
    }
    if (json_is_boolean(value))
        return strcmp(json_is_true(value) ? "true" : "false", text) == 0;
    json_array_foreach(value, i, one)
    {
        if (find_same(one, text))
            return true;
    }
    return false;
}

/* "body.lines.sku": through arrays, too. */
static bool find_at(const json_t *value, const char *path, const char *text, unsigned depth)
{
    size_t size = strcspn(path, "."), i;
    char name[LIMIT_JSON_KEY + 1];
    json_t *one;

    if (*path == '\0')
        return find_same(value, text);
    if (depth == LIMIT_JSON_DEPTH || size > LIMIT_JSON_KEY)
        return false;
    json_array_foreach(value, i, one)
    {
        if (find_at(one, path, text, depth + 1))
            return true;
    }
    snprintf(name, sizeof name, "%.*s", (int)size, path);
    one = json_object_get(value, name);
    return one != NULL && find_at(one, path + size + (path[size] == '.'), text, depth + 1);
}

/* A text without escapes has each of its values as it is: most need not be read as JSON. */
static bool find_maybe(const char *value, const struct store_run *run)
{
    return memmem(run->input, run->input_size, value, strlen(value)) != NULL ||
           memchr(run->input, '\\', run->input_size) != NULL;
}

bool run_find_fits(const struct run_find *find, const struct store_run *run)
{
    json_t *input;
    struct err e;
    bool fits;

    if (find->value == NULL)
        return true;
    if (find->field == NULL)
        return strcasestr(run->input, find->value) != NULL;
    if (!find_maybe(find->value, run))
        return false;
    input = json_read(run->input, run->input_size, &json_limits_reply, &e);
    fits = input != NULL && find_at(input, find->field, find->value, 0);
    json_decref(input);
    return fits;
}

/* ---- Pages */

static bool page_look(struct run_find *find, struct beside_ask *look, store_look_fn *take,
                      void *arg)
{
    struct store_look_end end;
    char cursor[LIMIT_PATH];
    bool given;

    if (ask_cursor(&look->ask, cursor, &given, &look->e) != ERR_OK)
        return false;
    if (given && !ident_parse(cursor, &find->look.before)) {
        err_set(&look->e, ERR_CURSOR, "\"cursor\" is none of ours: take it from \"next\"");
        return false;
    }
    look->e.code = store_look(look->store, &find->look, take, arg, &end, &look->e);
    if (look->e.code != ERR_OK)
        return false;
    if (end.before != 0)
        ident_text(end.before, look->next);
    look->incomplete = end.bounded;
    return end.before == 0 && !given;
}

bool run_find_page(struct run_find *find, struct beside_ask *look, unsigned limit,
                   store_look_fn *take, void *arg)
{
    bool all = false;

    look->value = json_array();
    look->page = true;
    if (run_find_read(find, look->ask.query, beside_workspace(look), &look->e) == ERR_OK) {
        find->look.limit = limit;
        find->look.effort = &look->effort;
        all = page_look(find, look, take, arg);
    }
    run_find_fini(find);
    return all;
}

/* ---- Rows */

void run_row_shown(json_t *row, const struct who *who)
{
    enum run_status status;
    json_t *can = json_array();
    bool dead, known = run_status_find(json_get_text(row, "status"), &status);

    check(known);
    dead = status == RUN_FAILED ||
           (status == RUN_CANCELLED &&
            json_object_get(json_object_get(json_object_get(row, "error"), "details"), "unseen"));
    json_object_del(json_object_get(row, "error"), "details");
    if (who_may(who, MAY_RUNS_ACT)) {
        if (dead && json_object_get(row, "settled") == NULL)
            json_array_append_new(can, json_string("settle"));
        json_array_append_new(
            can, json_string(status == RUN_ACTIVE || status == RUN_WAITING || status == RUN_IN_DOUBT
                                 ? "cancel"
                                 : "replay"));
    }
    json_object_set_new_nocheck(row, "can", can);
}

json_t *run_row(const struct store_run *run, const struct who *who)
{
    json_t *row = engine_row(run);

    run_row_shown(row, who);
    return row;
}
