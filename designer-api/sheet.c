/* sheet.c - see sheet.h. The rooms are JSON objects by workspace, then by flow; null is a sheet
 * that is to be read. */
#include "designer-api/sheet.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"
#include "designer-api/origin.h"

#define SHEETS_MAGIC 0x53485453u

struct sheets {
    unsigned magic;
    struct objects *objects;
    json_t *rooms; /* {WORKSPACE: {FLOW: sheet or null}} */
    json_t *lives; /* {DIGEST: words} */
};

#define SHEETS_LIVES 20000u /* versions whose words are kept; beyond it is begun anew */

/* ---- Dropping */

/* "KIND/WORKSPACE/ID"; of a version "KIND/WORKSPACE/FLOW:NUMBER". */
static void sheets_changed(void *arg, const char *key)
{
    static const char *const kinds[] = { DRAFT_KIND, VERSION_KIND, FLOW_NOTE, ORIGIN_KIND };
    const struct sheets *sheets = arg;
    const char *workspace = strchr(key, '/') + 1, *id = strchr(workspace, '/') + 1;
    size_t size = (size_t)(workspace - key - 1);
    bool one = false;
    json_t *room;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        one = one || (strlen(kinds[i]) == size && strncmp(kinds[i], key, size) == 0);
    if (!one)
        return;
    room = json_object_getn(sheets->rooms, workspace, (size_t)(id - workspace - 1));
    if (room != NULL)
        json_object_setn_new_nocheck(room, id, strcspn(id, ":"), json_null());
}

struct sheets *sheets_new(struct objects *objects)
{
    struct sheets *sheets = mem_must(sizeof *sheets);

    *sheets = (struct sheets){ SHEETS_MAGIC, objects, json_object(), json_object() };
    objects_watch(objects, sheets_changed, sheets);
    return sheets;
}

void sheets_free(struct sheets *sheets)
{
    if (sheets == NULL)
        return;
    CHECK_OBJ(sheets, SHEETS_MAGIC);
    objects_watch(sheets->objects, NULL, NULL);
    json_decref(sheets->rooms);
    json_decref(sheets->lives);
    sheets->magic = 0;
    mem_free(sheets);
}

/* ---- Words */

/* What a bundle's connections lead to, each once. */
static json_t *sheet_systems(const json_t *bundle)
{
    json_t *list = json_array(), *seen = json_object(), *one;
    const char *name;

    json_object_foreach(json_object_get(json_object_get(bundle, "connections"), "connections"),
                        name, one)
    {
        const char *connector = json_get_text(one, "connector");

        if (connector == NULL || json_object_get(seen, connector) != NULL)
            continue;
        json_object_set_new(seen, connector, json_true());
        json_array_append_new(list, json_string(connector));
    }
    json_decref(seen);
    return list;
}

static json_t *sheet_words(const json_t *bundle)
{
    const json_t *flow = json_object_get(bundle, "flow");
    json_t *part = draft_version(bundle), *words;
    char *text, digest[DIGEST_TEXT] = "";
    size_t size = 0;

    text = json_text_new(part, OBJECT_BODY_MAX, &size);
    if (text != NULL)
        digest_text(text, size, digest);
    words = json_pack("{s:O*, s:O*, s:o, s:s, s:I}", "name", json_object_get(flow, "name"),
                      "description", json_object_get(flow, "description"), "systems",
                      sheet_systems(bundle), "digest", digest, "bytes", (json_int_t)size);
    check(words != NULL);
    mem_free(text);
    json_decref(part);
    return words;
}

const json_t *sheets_live(struct sheets *sheets, const char *digest, const json_t *bundle)
{
    json_t *words = json_object_get(sheets->lives, digest);

    if (words != NULL)
        return words;
    if (json_object_size(sheets->lives) >= SHEETS_LIVES)
        json_object_clear(sheets->lives);
    words = sheet_words(bundle);
    json_object_set_new_nocheck(sheets->lives, digest, words);
    return words;
}

/* ---- Reading */

static json_t *sheet_draft(const struct object *draft)
{
    json_t *sheet = sheet_words(json_object_get(draft->body, "bundle"));

    json_object_set_new(sheet, "draft",
                        json_pack("{s:I, s:o, s:s, s:O*}", "revision", (json_int_t)draft->revision,
                                  "changed_at", draft_moment(draft->changed_ms), "by", draft->by,
                                  "base", json_object_get(draft->body, "base")));
    return sheet;
}

static bool sheets_take(void *arg, const struct object *draft)
{
    json_object_set_new_nocheck(arg, draft->id, sheet_draft(draft));
    return true;
}

static json_t *sheets_room(struct sheets *sheets, struct ask *ask, struct err *e)
{
    const char *workspace = ask->who->workspace;
    json_t *room = json_object_get(sheets->rooms, workspace);

    CHECK_OBJ(sheets, SHEETS_MAGIC);
    if (room != NULL)
        return room;
    room = json_object();
    if (object_list(sheets->objects, DRAFT_KIND, workspace, NULL, NULL, 0, sheets_take, room, e) !=
        ERR_OK) {
        json_decref(room);
        return NULL;
    }
    json_object_set_new(sheets->rooms, workspace, room);
    return room;
}

/* The rest, which lies in objects of its own. */
static enum err_code sheet_fill(struct ask *ask, json_t *sheet, const char *flow, struct err *e)
{
    json_t *versions = draft_versions(ask, flow, e), *numbers = json_object(), *row;
    struct object one;
    size_t i;

    json_array_foreach(versions, i, row)
    {
        json_object_set(numbers, json_get_text(row, "version"), json_object_get(row, "number"));
    }
    json_object_set_new(sheet, "versions", json_integer((json_int_t)json_array_size(versions)));
    json_object_set_new(sheet, "numbers", numbers);
    if (versions == NULL)
        return e->code;
    json_decref(versions);
    if (object_read(ask_objects(ask), FLOW_NOTE, ask->who->workspace, flow, &one, e) == ERR_OK) {
        json_object_set_new(one.body, "revision", json_integer((json_int_t)one.revision));
        json_object_set(sheet, "note", one.body);
        object_fini(&one);
    }
    if (object_read(ask_objects(ask), ORIGIN_KIND, ask->who->workspace, flow, &one, e) == ERR_OK) {
        json_object_set(sheet, "origin", one.body);
        object_fini(&one);
    }
    return ERR_OK;
}

/* NULL: it has no draft, or *e. */
static json_t *sheet_read(struct sheets *sheets, struct ask *ask, const char *flow, struct err *e)
{
    struct object draft;
    json_t *sheet;

    if (object_read(sheets->objects, DRAFT_KIND, ask->who->workspace, flow, &draft, e) != ERR_OK)
        return NULL;
    sheet = sheet_draft(&draft);
    object_fini(&draft);
    return sheet;
}

const json_t *sheets_read(struct sheets *sheets, struct ask *ask, const char *flow, bool deployed,
                          struct err *e)
{
    json_t *room = sheets_room(sheets, ask, e), *sheet = json_object_get(room, flow);

    if (room == NULL)
        return NULL;
    if (sheet == NULL || json_is_null(sheet)) {
        sheet = sheet_read(sheets, ask, flow, e);
        if (sheet == NULL && (e->code != ERR_NOT_FOUND || !deployed)) {
            json_object_del(room, flow);
            return NULL;
        }
        json_object_set_new(room, flow, sheet != NULL ? sheet : json_object());
        sheet = json_object_get(room, flow);
    }
    if (json_object_get(sheet, "numbers") != NULL || sheet_fill(ask, sheet, flow, e) == ERR_OK)
        return sheet;
    json_object_set_new(room, flow, json_null());
    return NULL;
}

enum err_code sheets_names(struct sheets *sheets, struct ask *ask, json_t *names, struct err *e)
{
    json_t *room = sheets_room(sheets, ask, e), *known, *sheet;
    const char *flow;

    if (room == NULL)
        return e->code;
    known = json_copy(room); /* one that is read anew is put in its place there */
    e->code = ERR_OK;
    json_object_foreach(known, flow, sheet)
    {
        if (json_is_null(sheet))
            sheet = (json_t *)sheets_read(sheets, ask, flow, false, e);
        if (sheet == NULL && e->code != ERR_NOT_FOUND)
            break;
        e->code = ERR_OK;
        if (json_object_get(sheet, "draft") != NULL)
            json_object_set_new(names, flow, json_true());
    }
    json_decref(known);
    return e->code;
}
