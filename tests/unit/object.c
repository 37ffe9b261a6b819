/* object.c - what people keep: revisions, changes that meet, ends, and a store that refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "designer-api/object.h"
#include "world/stage.h"

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define MINUTE     INT64_C(60000)

static struct stage *stage;
static struct clock_manual clock;
static struct objects *objects;
static struct err e;
static unsigned told; /* calls of done() */
static enum err_code told_code;

static int begin(void **state)
{
    (void)state;
    stage = stage_new();
    clock_manual_init(&clock, INT64_C(1795000000000));
    objects = objects_new(stage_engine(stage), fake_store_store(stage_store(stage)), &clock.clock);
    told = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    objects_free(objects);
    stage_free(stage);
    return 0;
}

static void tell(void *arg, const struct err *why)
{
    (void)arg;
    told++;
    told_code = why->code;
}

static void commit(void)
{
    stage_settle(stage);
}

/* text NULL: remove */
static enum err_code change(const char *id, uint64_t from, const char *text, int64_t until_ms,
                            uint64_t *revision)
{
    json_t *body = text != NULL ? json_pack("{s:s}", "text", text) : NULL;
    const struct object_change asked = { .kind = "view",
                                         .workspace = "main",
                                         .id = id,
                                         .from = from,
                                         .body = body,
                                         .by = "anna",
                                         .until_ms = until_ms };
    enum err_code code = object_change(objects, &asked, revision, tell, NULL, &e);

    json_decref(body);
    return code;
}

static void put(const char *id, const char *text)
{
    assert_int_equal(change(id, OBJECT_ANY, text, 0, NULL), ERR_OK);
    commit();
}

static void expect(const char *id, uint64_t revision, const char *text)
{
    struct object object;

    assert_int_equal(object_read(objects, "view", "main", id, &object, &e), ERR_OK);
    assert_int_equal(object.revision, revision);
    assert_string_equal(object.id, id);
    assert_string_equal(object.by, "anna");
    assert_string_equal(json_get_text(object.body, "text"), text);
    object_fini(&object);
}

static void expect_none(const char *id)
{
    struct object object;

    assert_int_equal(object_read(objects, "view", "main", id, &object, &e), ERR_NOT_FOUND);
}

static void a_change_is_there_after_its_commit(void **state)
{
    uint64_t revision = 0;

    (void)state;
    assert_int_equal(change("a", 0, "one", 0, &revision), ERR_OK);
    assert_int_equal(revision, 1);
    expect_none("a");
    assert_int_equal(told, 0);
    commit();
    assert_int_equal(told, 1);
    assert_int_equal(told_code, ERR_OK);
    expect("a", 1, "one");
    assert_int_equal(change("a", 1, "two", 0, &revision), ERR_OK);
    assert_int_equal(revision, 2);
    commit();
    expect("a", 2, "two");
}

static void nobody_overwrites_what_they_have_not_seen(void **state)
{
    (void)state;
    put("a", "one");
    put("a", "two");
    assert_int_equal(change("a", 1, "mine", 0, NULL), ERR_STALE);
    assert_non_null(strstr(e.text, "anna"));
    assert_non_null(strstr(e.text, "revision 2"));
    assert_int_equal(change("a", 0, "mine", 0, NULL), ERR_CONFLICT);
    assert_int_equal(change("b", 3, "mine", 0, NULL), ERR_NOT_FOUND);
    commit();
    expect("a", 2, "two");
}

static void changes_of_one_moment_do_not_meet(void **state)
{
    (void)state;
    put("a", "one");
    assert_int_equal(change("a", 1, "two", 0, NULL), ERR_OK);
    assert_int_equal(change("a", 1, "other", 0, NULL), ERR_CONFLICT);
    assert_int_equal(change("a", OBJECT_ANY, "other", 0, NULL), ERR_CONFLICT);
    commit();
    expect("a", 2, "two");
    assert_int_equal(change("a", 2, "three", 0, NULL), ERR_OK);
    commit();
    expect("a", 3, "three");
}

static void what_the_store_refuses_was_not_changed(void **state)
{
    (void)state;
    put("a", "one");
    fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    assert_int_equal(change("a", 1, "two", 0, NULL), ERR_OK);
    commit();
    assert_int_equal(told_code, ERR_STORE);
    expect("a", 1, "one");
    assert_int_equal(change("a", 1, "two", 0, NULL), ERR_OK);
    commit();
    assert_int_equal(told_code, ERR_OK);
    expect("a", 2, "two");
}

static void what_is_removed_is_not_there(void **state)
{
    (void)state;
    put("a", "one");
    assert_int_equal(change("a", 1, NULL, 0, NULL), ERR_OK);
    commit();
    expect_none("a");
    assert_int_equal(change("a", 0, "again", 0, NULL), ERR_OK);
    commit();
    expect("a", 1, "again");
}

struct seen {
    char ids[200];
    unsigned most;
};

static bool see(void *arg, const struct object *object)
{
    struct seen *seen = arg;

    snprintf(seen->ids + strlen(seen->ids), sizeof seen->ids - strlen(seen->ids), "%s ",
             object->id);
    return seen->most == 0 || --seen->most > 0;
}

static void listed(const char *prefix, const char *after, unsigned limit, const char *ids)
{
    struct seen seen = { .most = 0 };

    assert_int_equal(object_list(objects, "view", "main", prefix, after, limit, see, &seen, &e),
                     ERR_OK);
    assert_string_equal(seen.ids, ids);
}

static void a_list_goes_by_ids_and_in_pages(void **state)
{
    (void)state;
    put("b/2", "x");
    put("a", "x");
    put("b/1", "x");
    put("c", "x");
    listed(NULL, NULL, 0, "a b/1 b/2 c ");
    listed(NULL, NULL, 2, "a b/1 ");
    listed(NULL, "b/1", 2, "b/2 c ");
    listed("b/", NULL, 0, "b/1 b/2 ");
    listed("b/", "b/1", 0, "b/2 ");
    listed("d", NULL, 0, "");
}

static void what_has_passed_its_moment_is_gone(void **state)
{
    (void)state;
    assert_int_equal(change("a", 0, "for a minute", clock.wall + MINUTE, NULL), ERR_OK);
    put("b", "for good");
    expect("a", 1, "for a minute");
    clock_manual_add(&clock, MINUTE);
    expect_none("a");
    listed(NULL, NULL, 0, "b ");
    assert_int_equal(change("a", 1, "too late", 0, NULL), ERR_NOT_FOUND);
    clock_manual_add(&clock, 2 * MINUTE);
    put("c", "and others are removed");
    listed(NULL, NULL, 0, "b c ");
    clock.wall -= 3 * MINUTE;
    listed(NULL, NULL, 0, "b c "); /* it is not in the store any more */
}

static void a_new_one_in_its_place_is_not_swept_away(void **state)
{
    (void)state;
    assert_int_equal(change("a", 0, "for a minute", clock.wall + MINUTE, NULL), ERR_OK);
    commit();
    clock_manual_add(&clock, 2 * MINUTE);
    assert_int_equal(change("a", 0, "new", 0, NULL), ERR_OK); /* sweeps, too */
    commit();
    expect("a", 1, "new");
    clock_manual_add(&clock, 2 * MINUTE);
    put("b", "sweeps again");
    expect("a", 1, "new");
}

static void several_are_kept_or_none(void **state)
{
    json_t *body = json_pack("{s:s}", "text", "x");
    struct object_change changes[] = {
        { .kind = "view", .workspace = "main", .id = "a", .body = body, .by = "anna" },
        { .kind = "view", .workspace = "main", .id = "b", .body = body, .by = "anna" },
    };

    (void)state;
    assert_int_equal(object_change_all(objects, changes, 2, tell, NULL, &e), ERR_OK);
    commit();
    assert_int_equal(told, 1);
    listed(NULL, NULL, 0, "a b ");
    changes[0].id = "c"; /* b is there already */
    assert_int_equal(object_change_all(objects, changes, 2, tell, NULL, &e), ERR_CONFLICT);
    commit();
    listed(NULL, NULL, 0, "a b ");
    changes[1].id = "c"; /* the same one twice */
    assert_int_equal(object_change_all(objects, changes, 2, tell, NULL, &e), ERR_CONFLICT);
    changes[1].id = "d";
    fake_store_refuse(stage_store(stage), ERR_STORE, 1);
    assert_int_equal(object_change_all(objects, changes, 2, tell, NULL, &e), ERR_OK);
    commit();
    assert_int_equal(told, 2);
    assert_int_equal(told_code, ERR_STORE);
    listed(NULL, NULL, 0, "a b ");
    json_decref(body);
}

static void workspaces_and_ids_keep_to_themselves(void **state)
{
    char text[LIMIT_PATH + 100];
    struct object object;

    (void)state;
    put("a", "one");
    assert_int_equal(object_read(objects, "view", "other", "a", &object, &e), ERR_NOT_FOUND);
    assert_int_equal(object_read(objects, "view", "", "a", &object, &e), ERR_NOT_FOUND);
    assert_int_equal(object_read(objects, "vie", "main", "a", &object, &e), ERR_NOT_FOUND);
    assert_int_equal(change("a b", 0, "x", 0, NULL), ERR_USAGE);
    assert_int_equal(change("", 0, "x", 0, NULL), ERR_USAGE);
    assert_int_equal(change("\xc3\xa4", 0, "x", 0, NULL), ERR_USAGE);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(change(text, 0, "x", 0, NULL), ERR_USAGE);
    expect_none(text);
    assert_int_equal(object_read(objects, "view", "main/a", "b", &object, &e), ERR_NOT_FOUND);
}

static void what_is_under_way_when_it_closes_is_told(void **state)
{
    (void)state;
    assert_int_equal(change("a", 0, "one", 0, NULL), ERR_OK);
    objects_free(objects);
    commit();
    assert_int_equal(told, 1);
    objects = objects_new(stage_engine(stage), fake_store_store(stage_store(stage)), &clock.clock);
    expect("a", 1, "one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_is_there_after_its_commit),
        TEST(nobody_overwrites_what_they_have_not_seen),
        TEST(changes_of_one_moment_do_not_meet),
        TEST(what_the_store_refuses_was_not_changed),
        TEST(what_is_removed_is_not_there),
        TEST(a_list_goes_by_ids_and_in_pages),
        TEST(what_has_passed_its_moment_is_gone),
        TEST(a_new_one_in_its_place_is_not_swept_away),
        TEST(several_are_kept_or_none),
        TEST(workspaces_and_ids_keep_to_themselves),
        TEST(what_is_under_way_when_it_closes_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
