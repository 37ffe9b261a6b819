/* payload.c - see payload.h. */
#include "designer-api/payload.h"

#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/kept.h"
#include "engine/operate.h"

#define PAYLOAD_TEXT (64u * MIB) /* of one that is put together of several entries */

static void payload_swap(char *text, const char *from, const char *to)
{
    for (; *text != '\0'; text++) {
        const char *found = strchr(from, *text);

        if (found != NULL)
            *text = to[found - from];
    }
}

void payload_id(const char *run, const char *what, const char *step, char *id, size_t room)
{
    size_t used = (size_t)snprintf(id, room, "%s-%s%s", run, what, step != NULL ? "-" : "");

    check(used < room);
    if (step == NULL)
        return;
    snprintf(id + used, room - used, "%s", step);
    payload_swap(id + used, "[]/", "().");
}

struct payload_name {
    char run[IDENT_TEXT], what[8], step[LIMIT_PATH]; /* step "": the run's own */
};
static bool payload_parse(const char *id, struct payload_name *name)
{
    size_t run = strcspn(id, "-"), what = id[run] == '-' ? strcspn(id + run + 1, "-") : 0;
    const char *rest = id + run + 1 + what;

    if (what == 0 || run >= sizeof name->run || what >= sizeof name->what)
        return false;
    snprintf(name->run, sizeof name->run, "%.*s", (int)run, id);
    snprintf(name->what, sizeof name->what, "%.*s", (int)what, id + run + 1);
    snprintf(name->step, sizeof name->step, "%s", *rest == '-' ? rest + 1 : "");
    payload_swap(name->step, "().", "[]/");
    return strcmp(name->what, "input") == 0 ||
           (strcmp(name->what, "output") == 0 && name->step[0] != '\0');
}

/* ---- Where it stands */

struct payload_text {
    char *text;
    size_t size;
};

static bool payload_input(void *arg, const struct store_run *run)
{
    struct payload_text *text = arg;

    text->text = mem_try(run->input_size + 1);
    if (text->text == NULL)
        return false;
    memcpy(text->text, run->input, run->input_size);
    text->text[run->input_size] = '\0';
    text->size = run->input_size;
    return false;
}

/* Told by the story of the run: it stands elsewhere in the journal. */
static enum err_code payload_told(struct beside_ask *look, uint64_t run,
                                  const struct payload_name *name, struct payload_text *text)
{
    json_t *shown = engine_show_step(look->store, run, name->step, &look->e);
    json_t *value = json_object_get(json_array_get(json_object_get(shown, "steps"), 0), name->what);

    if (shown != NULL && value == NULL)
        err_set(&look->e, ERR_NOT_FOUND, "the step \"%.200s\" has no %s", name->step, name->what);
    if (value != NULL) {
        text->text = json_text_new(value, PAYLOAD_TEXT, &text->size);
        if (text->text == NULL)
            err_set(&look->e, ERR_LIMIT, "the payload is larger than %u MiB", PAYLOAD_TEXT / MIB);
    }
    json_decref(shown);
    return look->e.code;
}

static enum err_code payload_load(struct beside_ask *look, uint64_t run,
                                  const struct payload_name *name, struct payload_text *text)
{
    const struct trail *trail;

    if (name->step[0] == '\0') {
        look->e.code = store_run_find(look->store, run, payload_input, text, &look->e);
        if (look->e.code == ERR_OK && text->text == NULL)
            err_set(&look->e, ERR_MEMORY, "no memory for the payload");
        return look->e.code;
    }
    if (strcmp(name->what, "output") == 0) {
        trail = trails_get(look->trails, look->store, run, &look->e);
        if (trail == NULL || trail_output(trail, look->store, name->step, &text->text, &text->size,
                                          &look->e) != ERR_OK)
            return look->e.code;
    }
    return text->text != NULL ? ERR_OK : payload_told(look, run, name, text);
}

const struct paper *payload_paper(struct beside_ask *look, const char *id, bool plain)
{
    char key[LIMIT_PATH + 8];
    struct payload_text text = { NULL, 0 };
    struct payload_name name;
    struct paper *made;
    const struct paper *paper;
    uint64_t run;
    json_t *row;

    if (!payload_parse(id, &name)) {
        err_set(&look->e, ERR_NOT_FOUND, "\"%.100s\" is not the id of a payload", id);
        return NULL;
    }
    row = beside_run(look, name.run, &run); /* also of one that is kept: whose is it */
    if (row == NULL)
        return NULL;
    json_decref(row);
    snprintf(key, sizeof key, "%s%s", plain ? "plain " : "", id);
    paper = papers_find(look->papers, key);
    if (paper != NULL)
        return paper;
    if (payload_load(look, run, &name, &text) != ERR_OK)
        return NULL;
    made = paper_new(text.text, text.size, plain, &look->e);
    return made != NULL ? papers_keep(look->papers, key, made) : NULL;
}
