/* checklist_questions.c - what a flow and its parts ask: one question where several ask it in the
 * same words and have the same answer now. */
#include "base/check.h"
#include "base/json.h"
#include "designer-api/checklist.h"

struct questions {
    struct checklist *list;
    json_t *told; /* [NAME, TITLE or null, ANSWER] of each row of list->questions */
};

static void question_add(struct questions *questions, const char *name, json_t *title,
                         json_t *answer)
{
    json_t *rows = questions->list->questions,
           *own = json_pack("[s, O, O]", name, title != NULL ? title : json_null(), answer);
    size_t i = 0;

    check(own != NULL);
    while (i < json_array_size(rows) && !json_same(json_array_get(questions->told, i), own))
        i++;
    if (i == json_array_size(rows)) {
        json_array_append_new(rows, json_pack("{s:s, s:[]}", "name", name, "of"));
        json_array_append(questions->told, own);
    }
    json_array_append_new(json_object_get(json_array_get(rows, i), "of"),
                          json_string(questions->list->at->flow));
    json_decref(own);
}

/* First what is asked in words of its own, then the other constants. */
static void questions_of(struct questions *questions, const json_t *definition)
{
    json_t *vars = json_object_get(definition, "vars"), *named = json_object(), *value, *one;
    const char *name;
    size_t i;

    json_array_foreach(json_object_get(definition, "parameters"), i, one)
    {
        name = json_get_text(one, "name");
        value = name != NULL ? json_object_get(vars, name) : NULL;
        if (value == NULL)
            continue;
        json_object_set_new(named, name, json_true());
        question_add(questions, name, json_object_get(one, "title"), value);
    }
    json_object_foreach(vars, name, value)
    {
        if (json_object_get(named, name) == NULL)
            question_add(questions, name, NULL, value);
    }
    json_decref(named);
}

void checklist_questions(struct checklist *list)
{
    struct questions questions = { list, json_array() };

    for (size_t i = list->count; i > 0; i--) {
        list->at = &list->parts[i - 1];
        questions_of(&questions, json_object_get(list->at->bundle, "flow"));
    }
    json_decref(questions.told);
}
