/* pairing.c - see pairing.h. */
#include "nodes/pairing.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "nodes/alike.h"
#include "nodes/definition.h"

void pairing_init(struct pairing *pairing, size_t columns)
{
    memset(pairing, 0, sizeof *pairing);
    pairing->columns = mem_must((columns + 1) * sizeof *pairing->columns);
}

void pairing_fini(struct pairing *pairing)
{
    for (int side = 0; side < 2; side++) {
        for (unsigned i = 0; i < pairing->count; i++)
            line_path_fini(&pairing->columns[i].path[side]);
        line_path_fini(&pairing->amount[side]);
        line_path_fini(&pairing->currency[side]);
        line_path_fini(&pairing->date[side]);
    }
    mem_free(pairing->columns);
}

/* ---- Reading */

static enum err_code currency_read(const struct line_path *path, json_t *json,
                                   struct pairing_line *line, struct err *e)
{
    const json_t *currency = line_at(json, path);

    line->currency = json_text(currency);
    if (line->currency == NULL || line->currency[0] == '\0')
        return err_set(e, ERR_INVALID, "\"%s\": a currency must be a text, but here is: %s",
                       path->text, json_kind(currency));
    return ERR_OK;
}

enum err_code pairing_read(const struct pairing *pairing, int side, json_t *json,
                           struct pairing_line *line, struct err *e)
{
    const struct line_path *amount = &pairing->amount[side], *date = &pairing->date[side];

    *line = (struct pairing_line){ .currency = "", .day = LINE_NO_DAY };
    if (!json_is_object(json))
        return err_set(e, ERR_INVALID, "a line must be an object, but is: %s", json_kind(json));
    if (amount->text != NULL &&
        amount_read(line_at(json, amount), &line->amount, &line->scale, e) != ERR_OK)
        return err_prefix(e, "\"%s\"", amount->text);
    if (pairing->currency[side].text != NULL &&
        currency_read(&pairing->currency[side], json, line, e) != ERR_OK)
        return e->code;
    if (date->text != NULL && line_day(line_at(json, date), &line->day, e) != ERR_OK)
        return err_prefix(e, "\"%s\"", date->text);
    return ERR_OK;
}

enum err_code pairing_read_key(const struct pairing *pairing, unsigned column, int side,
                               json_t *json, struct buf *out, struct err *e)
{
    const struct line_path *path = &pairing->columns[column].path[side];

    if (line_key(line_at(json, path), pairing->columns[column].how, out, e) != ERR_OK)
        return err_prefix(e, "\"%s\"", path->text);
    return ERR_OK;
}

/* ---- Compile */

void pairing_compile_paths(struct flow_build *build, struct line_path path[2],
                           const struct pairing_paths *paths, const char *const names[2],
                           const char *pointer)
{
    char place[PLACE_BYTES];

    if (paths == NULL)
        return;
    line_place(place, sizeof place, "%s/%s", pointer, names[0]);
    line_path_init(&path[0], paths->one, build, place);
    line_place(place, sizeof place, "%s/%s", pointer, names[1]);
    line_path_init(&path[1], paths->other != NULL ? paths->other : paths->one, build, place);
}

static void member_compile(struct flow_build *build, struct line_path path[2],
                           const struct pairing_paths *paths, const char *const names[2],
                           const char *pointer, const char *name)
{
    char place[PLACE_BYTES];

    line_place(place, sizeof place, "%s/%s", pointer, name);
    pairing_compile_paths(build, path, paths, names, place);
}

void pairing_compile_members(struct flow_build *build, struct pairing *pairing,
                             const struct pairing_paths *amount,
                             const struct pairing_paths *currency, const struct pairing_paths *date,
                             const char *const names[2], const char *pointer)
{
    member_compile(build, pairing->amount, amount, names, pointer, "amount");
    member_compile(build, pairing->currency, currency, names, pointer, "currency");
    member_compile(build, pairing->date, date, names, pointer, "date");
}

static void column_compile(struct flow_build *build, struct pairing *pairing,
                           const struct pairing_paths *paths, enum line_key how,
                           const char *const names[2], const char *pointer, size_t at)
{
    struct pairing_column *column = &pairing->columns[pairing->count++];
    char place[PLACE_BYTES];

    line_place(place, sizeof place, "%s/%zu", pointer, at);
    pairing_compile_paths(build, column->path, paths, names, place);
    column->how = how;
}

unsigned pairing_compile_keys(struct flow_build *build, struct pairing *pairing,
                              const struct field_list *keys, const char *const names[2],
                              const char *pointer)
{
    const struct pairing_key *items = keys->items;

    for (size_t i = 0; i < keys->count; i++)
        column_compile(build, pairing, &items[i].paths, (enum line_key)items[i].how, names, pointer,
                       i);
    return (unsigned)keys->count;
}

unsigned pairing_compile_texts(struct flow_build *build, struct pairing *pairing,
                               const struct field_list *texts, const char *const names[2],
                               const char *pointer)
{
    const struct pairing_paths *items = texts->items;

    for (size_t i = 0; i < texts->count; i++)
        column_compile(build, pairing, &items[i], LINE_FOLDED, names, pointer, i);
    return (unsigned)texts->count;
}

void pairing_compile_score(struct flow_build *build, const struct pairing_score *score, bool texts,
                           bool amounts, struct reconcile_pass *pass, const char *pointer)
{
    pass->scored = true;
    pass->text_weight = texts ? (unsigned)score->text_weight : 0;
    pass->amount_weight = amounts ? (unsigned)score->amount_weight : 0;
    pass->day_weight = pass->days >= 0 ? (unsigned)score->date_weight : 0;
    pass->at_least = (int)score->at_least * (ALIKE_ONE / 100);
    pass->margin = (int)score->margin * (ALIKE_ONE / 100);
    if (pass->text_weight + pass->amount_weight + pass->day_weight == 0)
        flow_build_fault(build, pointer,
                         "nothing counts for this score: give \"texts\", an \"amount\" or a window "
                         "of \"days\"");
}
