/* rule_decision_prove.c - does a decision table say what to do in every case, and only once?
 *
 * The values of an input fall into *atoms*: no condition of the table tells apart two values of one
 * atom. For texts and booleans these are the values, and "any other" text; for numbers and days the
 * bounds that stand in the table and what lies between them. One value stands for its atom. For
 * each atom it is known which rows take it (a set of bits), so a case is a walk through the inputs
 * that narrows a set of rows. The walk does not go on where a row takes all that can follow. */
#include "rules/rule_decision_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

#define PROVE_WORDS ((DECISION_ROWS + 63) / 64)
#define PROVE_STEPS 500000u /* sets of rows that are made: under 0.3 s */
#define PROVE_GAPS  3u      /* that are told */
#define PROVE_PAIRS 20u     /* overlaps that are told */
#define OTHER_TEXT  "any other text"

struct rows {
    uint64_t bits[PROVE_WORDS];
};
struct atoms {
    struct decision_value *values;
    struct rows *rows; /* that take it */
    size_t count;
};
struct prove {
    struct decision_build *build;
    const struct decision *table;
    size_t words;
    struct atoms atoms[DECISION_INPUTS];
    struct rows rest[DECISION_INPUTS + 1]; /* rows that take anything from that input on */
    size_t at[DECISION_INPUTS];            /* the atoms of the case in hand */
    size_t steps;
    unsigned gaps;
};

static bool rows_has(const struct rows *rows, size_t row)
{
    return (rows->bits[row / 64] >> (row % 64) & 1) != 0;
}

static void rows_add(struct rows *rows, size_t row)
{
    rows->bits[row / 64] |= UINT64_C(1) << (row % 64);
}

/* Are there any in both? */
static bool rows_meet(const struct prove *prove, const struct rows *a, const struct rows *b)
{
    for (size_t i = 0; i < prove->words; i++)
        if ((a->bits[i] & b->bits[i]) != 0)
            return true;
    return false;
}

/* ---- Atoms */

static int value_compare(const void *a, const void *b)
{
    return decimal_compare(&((const struct decision_value *)a)->number,
                           &((const struct decision_value *)b)->number);
}

static void atom_add(struct atoms *atoms, size_t *room, const struct decision_value *value)
{
    if (atoms->count == *room) {
        *room = *room == 0 ? 16 : 2 * *room;
        atoms->values = mem_must_resize(atoms->values, *room * sizeof *atoms->values);
    }
    atoms->values[atoms->count++] = *value;
}

static void atom_add_text(struct atoms *atoms, size_t *room, const char *text)
{
    struct decision_value value = { .text = text };

    for (size_t i = 0; i < atoms->count; i++)
        if (strcmp(atoms->values[i].text, text) == 0)
            return;
    atom_add(atoms, room, &value);
}

static void atoms_of_texts(const struct decision *table, size_t input, struct atoms *atoms,
                           size_t *room)
{
    const json_t *values = table->inputs[input].values;
    size_t i;
    json_t *value;

    json_array_foreach(values, i, value)
    {
        atom_add_text(atoms, room, json_text(value));
    }
    if (values != NULL)
        return;
    for (size_t row = 0; row < table->row_count; row++) {
        const struct decision_cell *cell = &table->cells[row * table->input_count + input];

        for (i = 0; i < cell->count; i++)
            if (cell->tests[i].text != NULL)
                atom_add_text(atoms, room, cell->tests[i].text);
    }
    atom_add_text(atoms, room, OTHER_TEXT);
}

static void point_add(struct atoms *points, size_t *room, const struct decimal *number)
{
    struct decision_value value = { .number = *number };

    atom_add(points, room, &value);
}

/* The bounds that stand in the table, sorted, each once. */
static void points_of(const struct decision *table, size_t input, struct atoms *points)
{
    const struct decision_input *about = &table->inputs[input];
    size_t room = 0, kept = 0;

    for (size_t row = 0; row < table->row_count; row++) {
        const struct decision_cell *cell = &table->cells[row * table->input_count + input];

        for (size_t i = 0; i < cell->count; i++) {
            if (!cell->tests[i].open_from && !cell->tests[i].null)
                point_add(points, &room, &cell->tests[i].from);
            if (!cell->tests[i].open_to && !cell->tests[i].null)
                point_add(points, &room, &cell->tests[i].to);
        }
    }
    if (about->has_min)
        point_add(points, &room, &about->min);
    if (about->has_max)
        point_add(points, &room, &about->max);
    if (points->count == 0)
        return;
    qsort(points->values, points->count, sizeof *points->values, value_compare);
    for (size_t i = 1; i < points->count; i++)
        if (value_compare(&points->values[kept], &points->values[i]) != 0)
            points->values[++kept] = points->values[i];
    points->count = kept + 1;
}

/* A value between two points: the next day, or the middle. false: there is none. */
static bool value_between(enum decision_type type, const struct decimal *low,
                          const struct decimal *high, struct decision_value *value)
{
    struct decimal step, sum;
    struct err ignored;

    *value = (struct decision_value){ .null = false };
    decimal_from_int(&step, type == DECISION_DATE ? 1 : 2);
    if (type == DECISION_DATE) {
        if (decimal_add(&value->number, low, &step, &ignored) != ERR_OK)
            return false;
    } else if (decimal_add(&sum, low, high, &ignored) != ERR_OK ||
               decimal_div(&value->number, &sum, &step, -1, DECIMAL_HALF_EVEN, &ignored) !=
                   ERR_OK) {
        return false;
    }
    return decimal_compare(&value->number, low) > 0 && decimal_compare(&value->number, high) < 0;
}

/* One beyond the first or last point. */
static bool value_beyond(const struct decimal *point, bool below, struct decision_value *value)
{
    struct decimal one;
    struct err ignored;

    *value = (struct decision_value){ .null = false };
    decimal_from_int(&one, 1);
    return (below ? decimal_sub(&value->number, point, &one, &ignored)
                  : decimal_add(&value->number, point, &one, &ignored)) == ERR_OK;
}

static void atoms_of_numbers(const struct decision *table, size_t input, struct atoms *atoms,
                             size_t *room)
{
    const struct decision_input *about = &table->inputs[input];
    struct atoms points = { .values = NULL };
    struct decision_value value = { .null = false };
    struct err ignored;

    points_of(table, input, &points);
    if (points.count == 0)
        atom_add(atoms, room, &value); /* nothing tells numbers apart */
    for (size_t i = 0; i < points.count; i++) {
        const struct decimal *at = &points.values[i].number;

        if (i == 0 && value_beyond(at, true, &value) &&
            decision_value_fits(about, &value, &ignored))
            atom_add(atoms, room, &value);
        if (i > 0 && value_between(about->type, &points.values[i - 1].number, at, &value) &&
            decision_value_fits(about, &value, &ignored))
            atom_add(atoms, room, &value);
        if (decision_value_fits(about, &points.values[i], &ignored))
            atom_add(atoms, room, &points.values[i]);
        if (i + 1 == points.count && value_beyond(at, false, &value) &&
            decision_value_fits(about, &value, &ignored))
            atom_add(atoms, room, &value);
    }
    mem_free(points.values);
}

static void atoms_make(struct prove *prove, size_t input)
{
    const struct decision *table = prove->table;
    const struct decision_input *about = &table->inputs[input];
    struct atoms *atoms = &prove->atoms[input];
    struct decision_value value = { .null = false };
    size_t room = 0;

    if (about->type == DECISION_TEXT) {
        atoms_of_texts(table, input, atoms, &room);
    } else if (about->type == DECISION_BOOLEAN) {
        decimal_from_int(&value.number, 0);
        atom_add(atoms, &room, &value);
        decimal_from_int(&value.number, 1);
        atom_add(atoms, &room, &value);
    } else {
        atoms_of_numbers(table, input, atoms, &room);
    }
    if (about->optional) {
        value = (struct decision_value){ .null = true };
        atom_add(atoms, &room, &value);
    }
    atoms->rows = mem_must((atoms->count + 1) * sizeof *atoms->rows);
    for (size_t row = 0; row < table->row_count; row++) {
        bool taken = false;

        for (size_t i = 0; i < atoms->count; i++) {
            if (!decision__cell_takes(&table->cells[row * table->input_count + input],
                                      &atoms->values[i]))
                continue;
            rows_add(&atoms->rows[i], row);
            taken = true;
        }
        if (!taken)
            table_fault(&prove->build->faults,
                        "row %zu, %.64s: no value of the input meets the condition", row + 1,
                        about->name);
    }
}

/* ---- Gaps */

/* `method = "ACH", amount = 5`, of the case in hand. */
static void case_show(const struct prove *prove, struct buf *out)
{
    for (size_t i = 0; i < prove->table->input_count; i++) {
        const struct atoms *atoms = &prove->atoms[i];

        if (atoms->count == 0)
            continue;
        buf_add_text(out, i > 0 ? ", " : "");
        decision_value_show(&prove->table->inputs[i], &atoms->values[prove->at[i]], out);
    }
}

static void gap_tell(struct prove *prove, size_t input)
{
    struct buf text;

    for (size_t i = input + 1; i < prove->table->input_count; i++)
        prove->at[i] = 0;
    buf_init(&text, 4096);
    case_show(prove, &text);
    table_fault(&prove->build->faults,
                "no row takes %.300s; add a row for it, or a \"default\" for all such cases",
                buf_text(&text));
    buf_fini(&text);
    prove->gaps++;
}

static bool rows_and(const struct prove *prove, const struct rows *a, const struct rows *b,
                     struct rows *both)
{
    uint64_t any = 0;

    for (size_t i = 0; i < prove->words; i++)
        any |= both->bits[i] = a->bits[i] & b->bits[i];
    return any != 0;
}

/* Was the same set of rows seen for an earlier atom of this input? Then nothing new follows. */
static bool atom_is_like_earlier(const struct prove *prove, const struct atoms *atoms, size_t at,
                                 const struct rows *active, const struct rows *both)
{
    struct rows before;

    for (size_t i = at; i > 0 && i + 32 > at; i--) {
        rows_and(prove, active, &atoms->rows[i - 1], &before);
        if (memcmp(before.bits, both->bits, prove->words * sizeof(uint64_t)) == 0)
            return true;
    }
    return false;
}

/* Recursion is as deep as there are inputs. */
static void gaps_find(struct prove *prove, size_t input, const struct rows *active)
{
    const struct atoms *atoms = &prove->atoms[input];
    struct rows both;

    if (input == prove->table->input_count || rows_meet(prove, active, &prove->rest[input]))
        return;
    for (size_t i = 0; i < atoms->count && prove->gaps < PROVE_GAPS; i++) {
        if (prove->steps == 0)
            return;
        prove->steps--;
        prove->at[input] = i;
        if (!rows_and(prove, active, &atoms->rows[i], &both))
            gap_tell(prove, input);
        else if (!atom_is_like_earlier(prove, atoms, i, active, &both))
            gaps_find(prove, input + 1, &both);
    }
}

/* ---- Overlaps */

/* The rows that some value of the input takes together with this one; or, with `all`, those that
 * take whatever this one takes. */
static void rows_beside(const struct prove *prove, size_t input, size_t row, bool all,
                        struct rows *beside)
{
    const struct atoms *atoms = &prove->atoms[input];

    memset(beside, all ? 0xFF : 0, sizeof *beside);
    for (size_t i = 0; i < atoms->count; i++) {
        if (!rows_has(&atoms->rows[i], row))
            continue;
        for (size_t word = 0; word < prove->words; word++)
            if (all)
                beside->bits[word] &= atoms->rows[i].bits[word];
            else
                beside->bits[word] |= atoms->rows[i].bits[word];
    }
}

/* A case that two rows take. */
static void case_of_two(struct prove *prove, size_t a, size_t b)
{
    for (size_t input = 0; input < prove->table->input_count; input++) {
        const struct atoms *atoms = &prove->atoms[input];
        size_t i = 0;

        while (i + 1 < atoms->count &&
               !(rows_has(&atoms->rows[i], a) && rows_has(&atoms->rows[i], b)))
            i++;
        prove->at[input] = i;
    }
}

static void overlap_tell(struct prove *prove, size_t a, size_t b)
{
    struct buf text;

    buf_init(&text, 4096);
    case_of_two(prove, a, b);
    case_show(prove, &text);
    table_fault(&prove->build->faults,
                "rows %zu and %zu both take %.300s; a table with \"hit\": \"unique\" has one row "
                "for a case",
                a + 1, b + 1, buf_text(&text));
    buf_fini(&text);
}

static void pairs_find(struct prove *prove, bool shadowed)
{
    const struct decision *table = prove->table;
    unsigned told = 0;

    for (size_t row = 1; row < table->row_count && told < PROVE_PAIRS; row++) {
        struct rows left, beside;

        memset(&left, 0xFF, sizeof left);
        for (size_t input = 0; input < table->input_count; input++) {
            rows_beside(prove, input, row, shadowed, &beside);
            rows_and(prove, &left, &beside, &left);
        }
        for (size_t before = 0; before < row && told < PROVE_PAIRS; before++) {
            if (!rows_has(&left, before))
                continue;
            told++;
            if (!shadowed) {
                overlap_tell(prove, before, row);
                continue;
            }
            table_fault(&prove->build->faults,
                        "row %zu is never reached: row %zu takes all that it takes", row + 1,
                        before + 1);
            break;
        }
    }
}

void decision__prove(struct decision_build *build)
{
    const struct decision *table = build->table;
    struct prove *prove = mem_must(sizeof *prove);
    struct rows all = { .bits = { 0 } };

    prove->build = build;
    prove->table = table;
    prove->words = (table->row_count + 63) / 64;
    prove->steps = PROVE_STEPS;
    for (size_t row = 0; row < table->row_count; row++)
        rows_add(&all, row);
    prove->rest[table->input_count] = all;
    for (size_t input = table->input_count; input-- > 0;) {
        atoms_make(prove, input);
        for (size_t row = 0; row < table->row_count; row++)
            if (rows_has(&prove->rest[input + 1], row) &&
                table->cells[row * table->input_count + input].any)
                rows_add(&prove->rest[input], row);
    }
    if (!table->has_default && table->hit != DECISION_ALL)
        gaps_find(prove, 0, &all);
    if (prove->steps == 0)
        table_fault(&build->faults,
                    "the conditions make too many cases to see whether each has a row; add "
                    "a \"default\"");
    if (table->hit != DECISION_ALL && build->faults.count == 0)
        pairs_find(prove, table->hit == DECISION_FIRST);
    for (size_t input = 0; input < table->input_count; input++) {
        mem_free(prove->atoms[input].values);
        mem_free(prove->atoms[input].rows);
    }
    mem_free(prove);
}
