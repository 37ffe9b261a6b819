/* files.c - files of steps: confined, whole or not at all, appended once. */
#include "io/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "world/yard.h"

#define NOW INT64_C(1795000000000)

struct yard {
    struct files *files;
    char root[YARD_PATH], out[YARD_PATH]; /* a root, and a folder that is none */
};

static int yard_begin(void **state)
{
    struct yard *yard = mem_must(sizeof *yard);
    struct err e;

    yard_make(yard->root);
    yard_make(yard->out);
    yard->files = files_real_new(yard->root, &e);
    assert_non_null(yard->files);
    *state = yard;
    return 0;
}

static int yard_end(void **state)
{
    struct yard *yard = *state;

    yard_remove(yard->root);
    yard_remove(yard->out);
    files_real_free(yard->files);
    mem_free(yard);
    assert_int_equal(mem_used(), 0);
    return 0;
}

static struct file_ask *ask_of(const struct yard *yard, enum file_verb verb, const char *name)
{
    struct file_ask *ask = file_ask_new(verb, yard->root, name);

    ask->most = MIB;
    ask->limit = 100;
    ask->now_ms = NOW;
    snprintf(ask->key, sizeof ask->key, "key-1");
    return ask;
}

static enum err_code done(const struct yard *yard, struct file_ask *ask, struct err *e)
{
    static const atomic_bool never = false;
    bool sent = false;

    e->text[0] = '\0';
    return files_do(yard->files, ask, &never, &sent, e);
}

/* Asked, freed, and what came of it. */
static enum err_code put(const struct yard *yard, enum file_verb verb, const char *name,
                         const char *text, const char *key, bool *changed)
{
    struct file_ask *ask = ask_of(yard, verb, name);
    struct err e;
    enum err_code rc;

    ask->bytes = mem_must_copy(text);
    ask->size = strlen(text);
    snprintf(ask->key, sizeof ask->key, "%s", key);
    rc = done(yard, ask, &e);
    if (changed != NULL)
        *changed = ask->changed;
    file_ask_free(ask);
    return rc;
}

static void holds(const struct yard *yard, const char *name, const char *wanted)
{
    char *text = yard_text(yard->root, name);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    mem_free(text);
}

static void spoil(const struct yard *yard, const char *name, const char *text, const char *mode)
{
    yard_put(yard->root, name, text, mode);
}

static void rename_to(const struct yard *yard, const char *name, const char *to)
{
    char from[100], into[100];

    snprintf(from, sizeof from, "%s/%s", yard->root, name);
    snprintf(into, sizeof into, "%s/%s", yard->root, to);
    assert_int_equal(rename(from, into), 0);
}

static void test_write(void **state)
{
    const struct yard *yard = *state;
    struct file_ask *ask;
    struct err e;
    bool changed;

    assert_int_equal(put(yard, FILE_WRITE, "a.csv", "1,2\n", "k", &changed), ERR_OK);
    assert_true(changed);
    assert_int_equal(put(yard, FILE_WRITE, "a.csv", "1,2\n", "k2", &changed), ERR_OK);
    assert_false(changed); /* the same content is the same file */
    assert_int_equal(put(yard, FILE_WRITE, "a.csv", "3,4\n", "k", NULL), ERR_CONFLICT);
    holds(yard, "a.csv", "1,2\n");
    ask = ask_of(yard, FILE_WRITE, "a.csv");
    ask->bytes = mem_must_copy("3,4\n");
    ask->size = 4;
    ask->replace = true;
    spoil(yard, ".key-1.tmp", "of an attempt that died", "w");
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    file_ask_free(ask);
    holds(yard, "a.csv", "3,4\n");
    assert_int_equal(put(yard, FILE_WRITE, "no/folder.csv", "", "k", NULL), ERR_NOT_FOUND);
    ask = ask_of(yard, FILE_WRITE, "in/2026/b.csv");
    ask->parents = true;
    ask->bytes = mem_must_copy("");
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    file_ask_free(ask);
    holds(yard, "in/2026/b.csv", "");
}

/* Prepared by one ask, shown by another one; given_up: nobody waits for that any more. */
static enum err_code show(const struct yard *yard, struct file_ask *ask, bool again, bool given_up,
                          bool *sent)
{
    const atomic_bool over = given_up;
    struct err e;

    ask->prepares = false;
    ask->prepared = true;
    ask->again = again;
    ask->changed = *sent = false;
    return files_do(yard->files, ask, &over, sent, &e);
}

static void test_write_in_two(void **state)
{
    const struct yard *yard = *state;
    struct file_ask *ask = ask_of(yard, FILE_WRITE, "a.csv");
    struct err e;
    bool sent;

    ask->bytes = mem_must_copy("1,2\n");
    ask->size = 4;
    ask->prepares = true;
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    assert_true(ask->prepared);
    holds(yard, ".key-1.tmp", "1,2\n");
    assert_null(yard_text(yard->root, "a.csv"));
    assert_int_equal(show(yard, ask, false, true, &sent), ERR_CANCELLED);
    assert_null(yard_text(yard->root, "a.csv"));
    spoil(yard, "a.csv", "of another", "w");
    assert_int_equal(show(yard, ask, false, false, &sent), ERR_CONFLICT);
    assert_false(sent);
    holds(yard, ".key-1.tmp", "1,2\n"); /* so it was not shown */
    rename_to(yard, "a.csv", "b.csv");
    assert_int_equal(show(yard, ask, false, false, &sent), ERR_OK);
    assert_true(ask->changed);
    holds(yard, "a.csv", "1,2\n");
    assert_int_equal(show(yard, ask, false, false, &sent), ERR_OK); /* it still stands */
    assert_false(ask->changed);
    rename_to(yard, "a.csv", "taken.csv");
    assert_int_equal(show(yard, ask, true, false, &sent), ERR_OK);
    assert_true(ask->changed);
    assert_int_equal(show(yard, ask, false, false, &sent), ERR_CONFLICT);
    assert_null(yard_text(yard->root, "a.csv"));
    spoil(yard, ".key-1.tmp", "1;2\n", "w");
    assert_int_equal(show(yard, ask, true, false, &sent), ERR_CONFLICT);
    assert_null(yard_text(yard->root, "a.csv"));
    file_ask_free(ask);
}

/* One that was given up takes nothing away from who has its turn now. */
static void test_write_given_up(void **state)
{
    const struct yard *yard = *state;
    const atomic_bool over = true;
    struct file_ask *ask = ask_of(yard, FILE_WRITE, "a.csv");
    struct err e;
    bool sent = false;

    ask->prepares = true;
    spoil(yard, ".key-1.tmp", "of the next", "w");
    assert_int_equal(files_do(yard->files, ask, &over, &sent, &e), ERR_CANCELLED);
    assert_false(sent);
    holds(yard, ".key-1.tmp", "of the next");
    file_ask_free(ask);
}

static void test_confined(void **state)
{
    const struct yard *yard = *state;
    static const char *const names[] = { "../x",  "a/../../x", "/etc/passwd", "a//b",
                                         "a/./b", ".",         "..",          "a\nb" };
    char path[100];
    struct file_ask *ask;
    struct err e;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(put(yard, FILE_WRITE, names[i], "x", "k", NULL), ERR_INVALID);
    snprintf(path, sizeof path, "%s/link", yard->root);
    assert_int_equal(symlink(yard->out, path), 0);
    assert_int_equal(put(yard, FILE_WRITE, "link/x", "x", "k", NULL), ERR_POLICY);
    snprintf(path, sizeof path, "%s/file", yard->root);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    ask = ask_of(yard, FILE_READ, "file");
    assert_int_equal(done(yard, ask, &e), ERR_POLICY);
    assert_non_null(strstr(e.text, "symbolic link"));
    file_ask_free(ask);
    ask = file_ask_new(FILE_LIST, ".", "");
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    file_ask_free(ask);
    ask = file_ask_new(FILE_STAT, "..", "x");
    assert_int_equal(done(yard, ask, &e), ERR_POLICY);
    file_ask_free(ask);
    ask = file_ask_new(FILE_STAT, yard->out, "x");
    assert_int_equal(done(yard, ask, &e), ERR_POLICY);
    assert_non_null(strstr(e.text, "WEFT_FILES_ROOT"));
    file_ask_free(ask);
    snprintf(path, sizeof path, "%sother", yard->root); /* begins like the root, is another */
    ask = file_ask_new(FILE_STAT, path, "x");
    assert_int_equal(done(yard, ask, &e), ERR_POLICY);
    file_ask_free(ask);
}

static void test_append_once(void **state)
{
    const struct yard *yard = *state;
    bool changed;

    assert_int_equal(put(yard, FILE_APPEND, "log", "one\n", "k1", &changed), ERR_OK);
    assert_true(changed);
    assert_int_equal(put(yard, FILE_APPEND, "log", "two\n", "k2", NULL), ERR_OK);
    assert_int_equal(put(yard, FILE_APPEND, "log", "one\n", "k1", &changed), ERR_OK);
    assert_false(changed);
    assert_int_equal(put(yard, FILE_APPEND, "log", "two\n", "k2", &changed), ERR_OK);
    assert_false(changed);
    assert_int_equal(put(yard, FILE_APPEND, "log", "2!\n", "k2", NULL), ERR_CONFLICT);
    holds(yard, "log", "one\ntwo\n");
}

/* A process that died at any byte of its append leaves no part of it, and it can come again. */
static void test_append_torn(void **state)
{
    const struct yard *yard = *state;
    char path[100], *all, *list;
    bool changed;

    snprintf(path, sizeof path, "%s/log", yard->root);
    assert_int_equal(put(yard, FILE_APPEND, "log", "first\n", "k1", NULL), ERR_OK);
    assert_int_equal(put(yard, FILE_APPEND, "log", "second\n", "k2", NULL), ERR_OK);
    all = yard_text(yard->root, "log");
    list = yard_text(yard->root, ".log.weft");
    for (off_t left = 6; left <= 13; left++) {
        spoil(yard, "log", all, "w"); /* the same inode */
        spoil(yard, ".log.weft", list, "w");
        assert_int_equal(truncate(path, left), 0);
        assert_int_equal(put(yard, FILE_APPEND, "log", "third\n", "k3", NULL), ERR_OK);
        holds(yard, "log", left < 13 ? "first\nthird\n" : "first\nsecond\nthird\n");
        assert_int_equal(put(yard, FILE_APPEND, "log", "second\n", "k2", &changed), ERR_OK);
        assert_int_equal(changed, left < 13);
        assert_int_equal(put(yard, FILE_APPEND, "log", "third\n", "k3", &changed), ERR_OK);
        assert_false(changed);
    }
    /* and of its line */
    spoil(yard, "log", all, "w"); /* the same inode */
    spoil(yard, ".log.weft", list, "w");
    assert_int_equal(truncate(path, 6), 0);
    spoil(yard, ".log.weft", "1795000000000 77 13", "a");
    assert_int_equal(put(yard, FILE_APPEND, "log", "third\n", "k3", NULL), ERR_OK);
    holds(yard, "log", "first\nthird\n");
    mem_free(all);
    mem_free(list);
}

static void test_append_rotated(void **state)
{
    const struct yard *yard = *state;
    bool changed;

    assert_int_equal(put(yard, FILE_APPEND, "log", "one\n", "k1", NULL), ERR_OK);
    assert_int_equal(put(yard, FILE_APPEND, "log", "two\n", "k2", NULL), ERR_OK);
    rename_to(yard, "log", "log.1");
    assert_int_equal(put(yard, FILE_APPEND, "log", "one\n", "k1", &changed), ERR_OK);
    assert_false(changed); /* it is in the one before */
    assert_int_equal(put(yard, FILE_APPEND, "log", "two\n", "k2", NULL), ERR_CONFLICT);
    assert_int_equal(put(yard, FILE_APPEND, "log", "three\n", "k3", NULL), ERR_OK);
    holds(yard, "log", "three\n");
    spoil(yard, ".log.weft", "what is this\n", "a");
    assert_int_equal(put(yard, FILE_APPEND, "log", "four\n", "k4", NULL), ERR_INVALID);
}

static void test_append_forgets(void **state)
{
    const struct yard *yard = *state;
    struct file_ask *ask;
    char key[32], path[100];
    struct stat before, after;
    struct err e;

    for (unsigned i = 0; i <= FILES_APPENDS_KEPT; i++) {
        snprintf(key, sizeof key, "k%u", i);
        assert_int_equal(put(yard, FILE_APPEND, "log", "x", key, NULL), ERR_OK);
    }
    snprintf(path, sizeof path, "%s/.log.weft", yard->root);
    assert_int_equal(stat(path, &before), 0);
    ask = ask_of(yard, FILE_APPEND, "log");
    ask->bytes = mem_must_copy("y");
    ask->size = 1;
    ask->now_ms = NOW + FILES_APPENDS_KEPT_MS + 1;
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    file_ask_free(ask);
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_size > 40 * FILES_APPENDS_KEPT); /* what a line has at least */
    assert_true(after.st_size < 200);
}

static void test_pages(void **state)
{
    const struct yard *yard = *state;
    static const char *const pages[] = { "a\nb\n", "c\nd\n", "e" };
    struct file_stamp stamp = { 0 };
    int64_t at = 0;
    struct file_ask *ask;
    struct err e;

    spoil(yard, "lines", "a\nb\nc\nd\ne", "w");
    for (size_t i = 0; i < 3; i++) {
        ask = ask_of(yard, FILE_READ, "lines");
        ask->lines = 2;
        ask->at = at;
        ask->stamped = i > 0;
        ask->stamp = stamp;
        assert_int_equal(done(yard, ask, &e), ERR_OK);
        assert_string_equal(ask->bytes, pages[i]);
        assert_int_equal(ask->last, i == 2);
        at = ask->next;
        stamp = ask->stamp;
        file_ask_free(ask);
    }
    spoil(yard, "lines", "\nf\n", "a");
    ask = ask_of(yard, FILE_READ, "lines");
    ask->lines = 2;
    ask->at = 8;
    ask->stamped = true;
    ask->stamp = stamp;
    assert_int_equal(done(yard, ask, &e), ERR_CONFLICT);
    ask->grows = true;
    ask->stamp = stamp;
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    assert_string_equal(ask->bytes, "e\nf\n");
    assert_true(ask->last);
    file_ask_free(ask);
    ask = ask_of(yard, FILE_READ, "lines");
    ask->lines = 1;
    ask->most = 1;
    assert_int_equal(done(yard, ask, &e), ERR_LIMIT);
    file_ask_free(ask);
    ask = ask_of(yard, FILE_READ, "lines");
    ask->whole = true;
    ask->most = 3;
    assert_int_equal(done(yard, ask, &e), ERR_LIMIT);
    file_ask_free(ask);
}

static void test_list_move_delete(void **state)
{
    const struct yard *yard = *state;
    struct file_ask *ask;
    struct err e;

    spoil(yard, "b.csv", "b", "w");
    spoil(yard, "a.csv", "a", "w");
    spoil(yard, ".hidden.csv", "", "w");
    spoil(yard, "c.txt", "", "w");
    ask = ask_of(yard, FILE_LIST, "");
    ask->pattern = mem_must_copy("*.csv");
    ask->limit = 1;
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    assert_int_equal(ask->count, 1);
    assert_true(ask->more);
    assert_string_equal(ask->entries[0].name, "a.csv");
    file_ask_free(ask);
    ask = ask_of(yard, FILE_MOVE, "a.csv");
    ask->to = mem_must_copy("b.csv");
    assert_int_equal(done(yard, ask, &e), ERR_CONFLICT);
    mem_free(ask->to);
    ask->to = mem_must_copy("done/a.csv");
    ask->parents = true;
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    assert_true(ask->changed);
    assert_int_equal(done(yard, ask, &e), ERR_NOT_FOUND);
    spoil(yard, "a.csv", "another one", "w");
    ask->stamped = true; /* with what told the first */
    ask->replace = true;
    assert_int_equal(done(yard, ask, &e), ERR_CONFLICT);
    holds(yard, "a.csv", "another one");
    holds(yard, "done/a.csv", "a");
    file_ask_free(ask);
    ask = ask_of(yard, FILE_DELETE, "done/a.csv");
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    assert_true(ask->changed);
    ask->changed = false;
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    assert_false(ask->changed);
    file_ask_free(ask);
    ask = ask_of(yard, FILE_STAT, "b.csv");
    ask->whole = true;
    assert_int_equal(done(yard, ask, &e), ERR_OK);
    assert_string_equal(ask->digest,
                        "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d");
    file_ask_free(ask);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, yard_begin, yard_end)
    const struct CMUnitTest tests[] = {
        TEST(test_write),          TEST(test_write_in_two),
        TEST(test_write_given_up), TEST(test_confined),
        TEST(test_append_once),    TEST(test_append_torn),
        TEST(test_append_rotated), TEST(test_append_forgets),
        TEST(test_pages),          TEST(test_list_move_delete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
