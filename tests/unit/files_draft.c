/* files_draft.c - files that come in pieces: whole or not at all, and nothing left behind. */
#include "io/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "world/yard.h"

struct yard {
    struct files *files;
    char root[YARD_PATH];
};

static int yard_begin(void **state)
{
    struct yard *yard = mem_must(sizeof *yard);
    struct err e;

    yard_make(yard->root);
    yard->files = files_real_new(yard->root, &e);
    assert_non_null(yard->files);
    *state = yard;
    return 0;
}

static int yard_end(void **state)
{
    struct yard *yard = *state;

    yard_remove(yard->root);
    files_real_free(yard->files);
    mem_free(yard);
    assert_int_equal(mem_used(), 0);
    return 0;
}

static struct file_ask *ask_of(const struct yard *yard, const char *name, bool replace)
{
    struct file_ask *ask = file_ask_new(FILE_WRITE, yard->root, name);

    ask->replace = replace;
    snprintf(ask->key, sizeof ask->key, "key-1");
    return ask;
}

/* Names in the folder, whatever they begin with. */
static unsigned there(const struct yard *yard)
{
    DIR *folder = opendir(yard->root);
    unsigned count = 0;

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

/* In two pieces, kept. */
static enum err_code keep(const struct yard *yard, const char *name, const char *text, bool replace,
                          bool *changed, struct err *e)
{
    struct file_ask *ask = ask_of(yard, name, replace);
    struct files_draft *draft = NULL;
    size_t size = strlen(text);
    char digest[DIGEST_TEXT];
    enum err_code rc = files_draft(yard->files, ask, &draft, e);

    if (rc == ERR_OK) {
        assert_int_equal(files_draft_add(draft, text, size / 2, e), ERR_OK);
        assert_int_equal(files_draft_add(draft, text + size / 2, size - size / 2, e), ERR_OK);
        rc = files_draft_keep(draft, ask, e);
    }
    if (rc == ERR_OK) {
        digest_text(text, size, digest);
        assert_string_equal(ask->digest, digest);
        assert_int_equal(ask->stamp.size, size);
    }
    *changed = ask->changed;
    files_draft_free(draft);
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

static void it_is_there_when_it_is_kept(void **state)
{
    struct yard *yard = *state;
    struct file_ask *ask = ask_of(yard, "a", false);
    struct files_draft *draft;
    bool changed;
    struct err e;

    assert_int_equal(files_draft(yard->files, ask, &draft, &e), ERR_OK);
    assert_int_equal(files_draft_add(draft, "half", 4, &e), ERR_OK);
    assert_int_equal(there(yard), 0); /* not even under another name */
    files_draft_free(draft);
    file_ask_free(ask);
    assert_int_equal(there(yard), 0);
    assert_int_equal(keep(yard, "a", "whole", false, &changed, &e), ERR_OK);
    assert_true(changed);
    holds(yard, "a", "whole");
    assert_int_equal(there(yard), 1);
}

static void another_file_is_in_the_way(void **state)
{
    struct yard *yard = *state;
    bool changed;
    struct err e;

    assert_int_equal(keep(yard, "a", "one", false, &changed, &e), ERR_OK);
    assert_int_equal(keep(yard, "a", "one", false, &changed, &e), ERR_OK);
    assert_false(changed);
    assert_int_equal(keep(yard, "a", "two", false, &changed, &e), ERR_CONFLICT);
    assert_non_null(strstr(e.text, "\"replace\""));
    holds(yard, "a", "one");
    assert_int_equal(keep(yard, "a", "two", true, &changed, &e), ERR_OK);
    assert_true(changed);
    holds(yard, "a", "two");
    assert_int_equal(keep(yard, "../a", "x", true, &changed, &e), ERR_INVALID);
    assert_int_equal(keep(yard, "no/a", "x", true, &changed, &e), ERR_NOT_FOUND);
    assert_int_equal(there(yard), 1);
}

static void a_process_that_dies_leaves_nothing(void **state)
{
    struct yard *yard = *state;
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct file_ask *ask = ask_of(yard, "a", false);
        struct files_draft *draft;
        struct err e;

        if (files_draft(yard->files, ask, &draft, &e) != ERR_OK ||
            files_draft_add(draft, "half", 4, &e) != ERR_OK)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(there(yard), 0);
}

/* No more room: said so, and nothing is left of it. A file that may not grow stands for a full
 * disk: the same failure of the same call. */
static void no_room(void **state)
{
    struct yard *yard = *state;
    char *bytes = mem_must(MIB);
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = { 100 * KIB, 100 * KIB };
        struct file_ask *ask = ask_of(yard, "a", false);
        struct files_draft *draft;
        struct err e = { .code = ERR_OK };

        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
            files_draft(yard->files, ask, &draft, &e) != ERR_OK)
            _exit(1);
        if (files_draft_add(draft, bytes, MIB, &e) != ERR_IO || strstr(e.text, "/a: ") == NULL)
            _exit(2);
        files_draft_free(draft);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(there(yard), 0);
    mem_free(bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, yard_begin, yard_end)
    const struct CMUnitTest tests[] = {
        TEST(it_is_there_when_it_is_kept),
        TEST(another_file_is_in_the_way),
        TEST(a_process_that_dies_leaves_nothing),
        TEST(no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
