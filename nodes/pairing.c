/* pairing.c - see pairing.h. */
#include "nodes/pairing.h"

#include "nodes/alike.h"
#include "nodes/definition.h"

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
