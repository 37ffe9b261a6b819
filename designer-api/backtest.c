/* backtest.c - see backtest.h. */
#include "designer-api/backtest.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/differ.h"
#include "designer-api/mask.h"

/* ---- What answered */

/* Its time came instead of what it waited for. */
static bool step_timed_out(const json_t *step)
{
    const char *type = json_get_text(step, "type"), *port = json_get_text(step, "port");

    return type != NULL && strcmp(type, "branch.wait") == 0 && port != NULL &&
           strcmp(port, "out") != 0;
}

static json_t *step_answer(const json_t *step)
{
    json_t *error = json_object_get(step, "error"), *output = json_object_get(step, "output");
    const char *status = json_get_text(step, "status");

    if (status == NULL || step_timed_out(step))
        return NULL;
    if (strcmp(status, "failed") == 0 && error != NULL)
        return json_pack("{s:{s:O*, s:O*}}", "error", "kind", json_object_get(error, "kind"),
                         "text", json_object_get(error, "text"));
    if (strcmp(status, "succeeded") == 0 && output != NULL)
        return json_pack("{s:O}", "output", output);
    return NULL;
}

json_t *backtest_answers(const json_t *run)
{
    json_t *answers = json_object(), *step, *answer;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, step)
    {
        answer = step_answer(step);
        if (answer != NULL)
            json_object_set_new_nocheck(answers, json_get_text(step, "step"), answer);
    }
    return answers;
}

/* ---- What differs */

struct changes {
    json_t *list;
    size_t limit;
    bool same, more;
};

static void change_add(struct changes *changes, const char *what, const char *step, json_t *change)
{
    if (json_array_size(changes->list) >= changes->limit) {
        changes->more = true;
        json_decref(change);
        return;
    }
    json_object_set_new_nocheck(change, "what", json_string(what));
    if (step != NULL)
        json_object_set_new_nocheck(change, "step", json_string(step));
    json_array_append_new(changes->list, change);
}

static json_t *masked(const json_t *value)
{
    return mask_value(json_deep_copy(value));
}

/* It is on one side only. */
static void change_alone(struct changes *changes, const char *what, const char *step,
                         const json_t *left, const json_t *right)
{
    changes->same = false;
    change_add(changes, what, step,
               json_pack("{s:s, s:s, s:o}", "pointer", "", "kind",
                         left != NULL ? "removed" : "added", left != NULL ? "left" : "right",
                         masked(left != NULL ? left : right)));
}

static void change_both(struct changes *changes, const char *what, const char *step,
                        const json_t *left, const json_t *right)
{
    json_t *shown_left = masked(left), *shown_right = masked(right), *one,
           *differ = differ_values(shown_left, shown_right, NULL, (unsigned)changes->limit);
    size_t i;

    changes->same = false;
    json_array_foreach(json_object_get(differ, "differences"), i, one)
    {
        change_add(changes, what, step, json_incref(one));
    }
    if (json_is_true(json_object_get(differ, "same")))
        change_add(changes, what, step,
                   json_pack("{s:s, s:s, s:s, s:s}", "pointer", "", "kind", "changed", "left",
                             MASK_TEXT, "right", MASK_TEXT));
    changes->more = changes->more || json_is_true(json_object_get(differ, "more"));
    json_decref(differ);
    json_decref(shown_left);
    json_decref(shown_right);
}

/* One of the two may be NULL. */
static void change_values(struct changes *changes, const char *what, const char *step,
                          const json_t *left, const json_t *right)
{
    json_t *differ;

    if (left == NULL || right == NULL) {
        change_alone(changes, what, step, left, right);
        return;
    }
    differ = differ_values(left, right, NULL, 1);
    if (!json_is_true(json_object_get(differ, "same")))
        change_both(changes, what, step, left, right);
    json_decref(differ);
}

/* Of two objects the members that either has. */
static void change_members(struct changes *changes, const char *what, const json_t *left,
                           const json_t *right)
{
    const json_t *sides[] = { left, right };
    const char *name;
    json_t *one;

    for (int side = 0; side < 2; side++)
        json_object_foreach((json_t *)(uintptr_t)sides[side], name, one)
        {
            if (side == 0 || json_object_get(left, name) == NULL)
                change_values(changes, what, name, json_object_get(left, name),
                              json_object_get(right, name));
        }
}

/* {STEP: {"status", "port", "error": its kind}} or {STEP: output}. */
static json_t *steps_by_path(const json_t *run, bool outputs)
{
    json_t *by = json_object(), *step, *value;
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, step)
    {
        value = outputs ? json_incref(json_object_get(step, "output"))
                        : json_pack("{s:O*, s:O*, s:O*}", "status", json_object_get(step, "status"),
                                    "port", json_object_get(step, "port"), "error",
                                    json_object_get(json_object_get(step, "error"), "kind"));
        if (value != NULL)
            json_object_set_new_nocheck(by, json_get_text(step, "step"), value);
    }
    return by;
}

static void change_steps(struct changes *changes, const json_t *before, const json_t *after,
                         bool outputs)
{
    json_t *left = steps_by_path(before, outputs), *right = steps_by_path(after, outputs);

    change_members(changes, outputs ? "output" : "step", left, right);
    json_decref(left);
    json_decref(right);
}

bool backtest_alike(const json_t *run, const json_t *before)
{
    json_t *left = steps_by_path(run, false), *right = steps_by_path(before, false);
    bool alike = json_equal(left, right) &&
                 json_equal(json_object_get(run, "status"), json_object_get(before, "status"));

    json_decref(left);
    json_decref(right);
    return alike;
}

static json_t *run_end(const json_t *run)
{
    const json_t *error = json_object_get(run, "error");

    return json_pack("{s:O*, s:O*, s:O*, s:O*}", "status", json_object_get(run, "status"), "kind",
                     json_object_get(error, "kind"), "text", json_object_get(error, "text"),
                     "output", json_object_get(run, "output"));
}

json_t *backtest_changes(const json_t *before, const json_t *after, unsigned limit)
{
    struct changes changes = { .list = json_array(), .limit = limit, .same = true };
    json_t *left = run_end(before), *right = run_end(after), *told;

    change_members(&changes, "request", json_object_get(before, "requests"),
                   json_object_get(after, "requests"));
    change_values(&changes, "run", NULL, left, right);
    change_steps(&changes, before, after, false);
    change_steps(&changes, before, after, true);
    json_decref(left);
    json_decref(right);
    told = json_pack("{s:b, s:o}", "same", changes.same, "changes", changes.list);
    check(told != NULL);
    if (changes.more)
        json_object_set_new_nocheck(told, "more", json_true());
    return told;
}
