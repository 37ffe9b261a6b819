/* file_again.c - "connector.file" when the process ends between the work and what is known of it.
 */
#include "node_run.h"
#include "node_try.h"

#include <dirent.h>
#include <unistd.h>

#include "world/yard.h"

static char folder[YARD_PATH];

static int folder_begin(void **state)
{
    (void)state;
    mem_install();
    yard_make(folder);
    return 0;
}

static int folder_end(void **state)
{
    (void)state;
    yard_remove(folder);
    return 0;
}

static void file_put(const char *name, const char *text)
{
    yard_put(folder, name, text, "w");
}

static bool is_there(const char *name)
{
    char *text = yard_text(folder, name);

    mem_free(text);
    return text != NULL;
}

static void it_holds(const char *name, const char *wanted)
{
    char *text = yard_text(folder, name);

    assert_string_equal(text != NULL ? text : "(is not there)", wanted);
    mem_free(text);
}

/* Begins a run of the node. */
static struct stage *begun(const char *config, uint64_t *request)
{
    struct stage *stage = stage_new();
    char flow[2000], *text;

    snprintf(
        flow, sizeof flow,
        "{'flow': {'weft': 1, 'name': 'Do', 'nodes': [{'id': 'in', 'type': "
        "'trigger.webhook', 'config': {'path': 'x', 'verify': {'type': 'none'}}}, {'id': 'it', "
        "'type': 'connector.file', 'config': {'folder': '%s', %s}}], 'edges': [{'from': 'in', "
        "'to': 'it'}]}}",
        folder, config);
    text = node_try_text(flow);
    stage_deploy(stage, "do", text);
    mem_free(text);
    *request = stage_post(stage, "x", "{}");
    return stage;
}

/* Until all is durable that is to be written before the next work. */
static void up_to_the_work(struct stage *stage)
{
    for (unsigned i = 0; i < 3; i++) {
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
    }
    stage_turn(stage);
}

/* The process dies when the file is there, or gone, and before anybody knows of it. */
static struct stage *done_and_died(const char *config, const char *name, bool there, uint64_t *run)
{
    uint64_t request;
    struct stage *stage = begun(config, &request);

    for (unsigned i = 0; i < 5; i++) {
        up_to_the_work(stage);
        fake_pool_begin(stage_pool(stage));
        if (is_there(name) == there)
            break;
        fake_pool_deliver(stage_pool(stage));
    }
    assert_int_equal(is_there(name), there);
    *run = stage_run_id(stage, request);
    stage_crash(stage);
    return stage;
}

static void ends_well(struct stage *stage, uint64_t run)
{
    stage_settle(stage);
    stage_wait(stage, 60000);
    assert_string_equal(stage_status(stage, run), "succeeded");
    stage_free(stage);
}

#define DELETE    "'action': 'delete', 'path': 'a'"
#define MOVE      "'action': 'move', 'path': 'a', 'to': 'b', 'exists': 'replace'"
#define WRITE_NEW "'action': 'write', 'path': 'c', 'content': 'once'"
#define WRITE     WRITE_NEW ", 'exists': 'replace'"

/* What came under the name of one that was taken away is nobody's, and stays. */
static void test_another_file_came(void **state)
{
    static const char *const configs[] = { DELETE, MOVE };
    struct stage *stage;
    uint64_t run;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        file_put("a", "the first");
        stage = done_and_died(configs[i], "a", false, &run);
        file_put("a", "another one");
        ends_well(stage, run);
        it_holds("a", "another one");
    }
    it_holds("b", "the first");
}

/* What was moved may have been taken on, and what was taken may be nobody's work of ours. */
static void test_moved_and_taken_on(void **state)
{
    struct stage *stage;
    uint64_t run;
    char path[YARD_PATH + 8];

    (void)state;
    file_put("a", "the first");
    stage = done_and_died(MOVE, "a", false, &run);
    snprintf(path, sizeof path, "%s/b", folder);
    assert_int_equal(unlink(path), 0);
    file_put("b", "of somebody else");
    stage_settle(stage);
    stage_wait(stage, 60000);
    assert_string_equal(stage_status(stage, run), "failed");
    it_holds("b", "of somebody else");
    stage_free(stage);
}

static void take_away(const char *name)
{
    char path[YARD_PATH + 8];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

/* What was written and taken away by whom it was for is not written for them a second time. */
static void test_written_and_taken(void **state)
{
    struct stage *stage;
    uint64_t run;

    (void)state;
    stage = done_and_died(WRITE, "c", true, &run);
    take_away("c");
    ends_well(stage, run);
    assert_false(is_there("c"));
    stage = done_and_died(WRITE, "c", true, &run);
    take_away("c");
    file_put("c", "of somebody else");
    ends_well(stage, run);
    it_holds("c", "of somebody else");
}

/* The temporary files of these runs that are there. */
static unsigned temporaries(uint64_t run)
{
    DIR *dir = opendir(folder);
    char id[IDENT_TEXT];
    unsigned count = 0;

    assert_non_null(dir);
    ident_text(run, id);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count += entry->d_name[0] == '.' && strstr(entry->d_name, id) == entry->d_name + 1 &&
                 strstr(entry->d_name, ".tmp") != NULL;
    closedir(dir);
    return count;
}

/* The event that nobody heard of may never come again, and nobody would clear up behind it. */
static void test_nothing_before_the_accept(void **state)
{
    uint64_t request;
    struct stage *stage = begun(WRITE, &request);
    DIR *dir;
    unsigned count = 0;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        stage_turn(stage);
        fake_pool_deliver(stage_pool(stage));
    }
    dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    assert_int_equal(count, 2); /* itself, and the one above it */
    stage_settle(stage);
    it_holds("c", "once");
    stage_free(stage);
}

/* What was prepared says for as long as its run may come again that it was not shown. */
static void test_prepared_long_ago(void **state)
{
    uint64_t request, run;
    struct stage *stage = begun(WRITE, &request);

    (void)state;
    up_to_the_work(stage);
    run = stage_run_id(stage, request);
    fake_pool_deliver(stage_pool(stage));
    up_to_the_work(stage);
    assert_int_equal(temporaries(run), 1);
    stage_crash(stage);
    stage_tick(stage, 30 * 3600000);
    ends_well(stage, run);
    it_holds("c", "once");
    assert_int_equal(temporaries(run), 0);
}

/* A name that went long ago may have been cleared away, and behind a backup the folder may be
 * another one: then nobody says that it was shown. */
static void test_gone_long_ago(void **state)
{
    struct stage *stage;
    uint64_t run;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        stage = done_and_died(WRITE, "c", true, &run);
        take_away("c");
        if (i == 0)
            stage_tick(stage, 30 * 3600000);
        else
            fake_store_store(stage_store(stage))->restored = run;
        stage_settle(stage);
        assert_string_equal(stage_status(stage, run), "failed");
        assert_false(is_there("c"));
        stage_free(stage);
    }
}

/* What was prepared by a run that has failed is its own, and goes when its day is over. */
static void test_prepared_and_refused(void **state)
{
    uint64_t request, run;
    struct stage *stage = begun(WRITE_NEW, &request);

    (void)state;
    up_to_the_work(stage);
    run = stage_run_id(stage, request);
    fake_pool_deliver(stage_pool(stage));
    up_to_the_work(stage);
    file_put("c", "of somebody else");
    stage_settle(stage);
    assert_string_equal(stage_status(stage, run), "failed");
    it_holds("c", "of somebody else");
    take_away("c");
    request = stage_post(stage, "x", "{}");
    stage_settle(stage);
    assert_string_equal(stage_status(stage, stage_run_id(stage, request)), "succeeded");
    it_holds("c", "once");
    assert_int_equal(temporaries(run), 1);
    stage_wait(stage, 23 * 3600000);
    assert_int_equal(temporaries(run), 1);
    stage_wait(stage, 2 * 3600000);
    assert_int_equal(temporaries(run), 0);
    it_holds("c", "once");
    stage_free(stage);
}

/* However often it dies before its work, the work is done. */
static void test_died_before(void **state)
{
    static const char *const configs[] = { DELETE, MOVE, WRITE };
    static const char *const names[] = { "b", "b", "c" }, *const wanted[] = { "(is not there)",
                                                                              "of now", "once" };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (unsigned rounds = 0; rounds < 4; rounds++) {
            uint64_t request, run;
            struct stage *stage;

            file_put("a", "of now");
            stage = begun(configs[i], &request);
            up_to_the_work(stage);
            run = stage_run_id(stage, request);
            for (unsigned k = 0; k < rounds; k++) {
                fake_pool_deliver(stage_pool(stage));
                stage_turn(stage);
            }
            stage_crash(stage);
            ends_well(stage, run);
            it_holds(names[i], wanted[i]);
            assert_int_equal(is_there("a"), i == 2);
        }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_begin, folder_end)
    const struct CMUnitTest tests[] = {
        TEST(test_another_file_came),    TEST(test_moved_and_taken_on),
        TEST(test_written_and_taken),    TEST(test_nothing_before_the_accept),
        TEST(test_prepared_long_ago),    TEST(test_gone_long_ago),
        TEST(test_prepared_and_refused), TEST(test_died_before),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
