/* mem.c - both allocators, their one figure, and how the process ends when memory does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/mem.h"

static void the_figure_follows_every_call(void **state)
{
    size_t before = mem_used();
    char *must = mem_must(1000);
    char *try = mem_try(2000);

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(must[i], 0);
    assert_in_range(mem_used() - before, 3000, 3200);
    must = mem_must_resize(must, 5000);
    try = mem_try_resize(try, 100);
    assert_non_null(try);
    assert_in_range(mem_used() - before, 5100, 5300);
    mem_free(must);
    mem_free(try);
    mem_free(NULL);
    assert_int_equal(mem_used(), before);
}

static void nothing_is_a_size_too(void **state)
{
    size_t before = mem_used();
    void *a = mem_must(0);
    void *b = mem_try(0);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    a = mem_must_resize(a, 0);
    b = mem_try_resize(b, 0);
    assert_non_null(a);
    assert_non_null(b);
    mem_free(a);
    mem_free(b);
    assert_int_equal(mem_used(), before);
}

static void copies_end_with_a_nul(void **state)
{
    char *text = mem_must_copy("text");
    char *part = mem_must_copy_n("a\0b-more", 3);

    (void)state;
    assert_string_equal(text, "text");
    assert_memory_equal(part, "a\0b", 4);
    assert_null(mem_must_copy(NULL));
    mem_free(text);
    mem_free(part);
    part = mem_must_copy_n(NULL, 0);
    assert_string_equal(part, "");
    mem_free(part);
}

static void a_fault_fails_the_tries_only(void **state)
{
    char *kept = mem_must(10);
    void *must;

    (void)state;
    fault_arm("mem.try", 1, true);
    assert_null(mem_try(10));
    assert_null(mem_try_resize(kept, 20));
    must = mem_must(10);
    assert_int_equal(fault_hits(), 2);
    fault_disarm();
    kept[9] = 'x'; /* what could not be resized is still there */
    mem_free(kept);
    mem_free(must);
}

static void jansson_is_counted_and_can_fail(void **state)
{
    size_t before = mem_used();
    json_t *value = json_pack("{s:[i,s]}", "key", 1, "text");

    (void)state;
    assert_non_null(value);
    assert_true(mem_used() > before);
    json_decref(value);
    assert_int_equal(mem_used(), before);
    fault_arm("mem.try", 1, true);
    assert_null(json_object());
    fault_disarm();
}

static void *allocate_and_free(void *arg)
{
    void *pieces[64] = { NULL };

    (void)arg;
    for (unsigned i = 0; i < 20000; i++) {
        void **piece = &pieces[i * 7 % 64];

        mem_free(*piece);
        *piece = i % 2 ? mem_must(i % 300) : mem_try(i % 200);
    }
    for (unsigned i = 0; i < 64; i++)
        mem_free(pieces[i]);
    return NULL;
}

static void threads_share_the_figure(void **state)
{
    size_t before = mem_used();
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, allocate_and_free, NULL), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(mem_used(), before);
}

/* Runs `last` in a child, which it must end with status 70; returns what it said. */
static void dying_words(void (*last)(void), char words[512])
{
    size_t length = 0;
    ssize_t got;
    int ends[2];
    int status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        last();
        _exit(0);
    }
    close(ends[1]);
    while (length < 511 && (got = read(ends[0], words + length, 511 - length)) > 0)
        length += (size_t)got;
    words[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
}

static void fail_a_check(void)
{
    int apples = 1;

    check(apples == 1);
    check(apples == 2);
}

static void check_an_object(void)
{
    struct {
        unsigned magic;
    } thing = { 1 };

    CHECK_OBJ(&thing, 1);
    CHECK_OBJ(&thing, 2);
}

static void a_failed_check_ends_the_process_with_one_line(void **state)
{
    char words[512];

    (void)state;
    dying_words(fail_a_check, words);
    assert_non_null(strstr(words, "weft: internal fault: apples == 2 ("));
    assert_non_null(strstr(words, "mem.c:"));
    assert_ptr_equal(strchr(words, '\n'), words + strlen(words) - 1);
    dying_words(check_an_object, words);
    assert_non_null(strstr(words, "magic == (2)"));
}

/* The sanitizers allocate in their own way; to them an impossible size is a fault of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#ifndef SANITIZED
static void ask_for_too_much(void)
{
    const struct rlimit limit = { 256 << 20, 256 << 20 };

    setrlimit(RLIMIT_AS, &limit);
    mem_free(mem_must((size_t)1 << 30));
}

static void what_must_be_there_and_is_not_ends_the_process(void **state)
{
    char words[512];

    (void)state;
    dying_words(ask_for_too_much, words);
    assert_int_equal(strncmp(words, "weft: out of memory: 1073741824 bytes more, ", 44), 0);
    assert_ptr_equal(strchr(words, '\n'), words + strlen(words) - 1);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figure_follows_every_call),
        cmocka_unit_test(nothing_is_a_size_too),
        cmocka_unit_test(copies_end_with_a_nul),
        cmocka_unit_test(a_fault_fails_the_tries_only),
        cmocka_unit_test(jansson_is_counted_and_can_fail),
        cmocka_unit_test(threads_share_the_figure),
        cmocka_unit_test(a_failed_check_ends_the_process_with_one_line),
#ifndef SANITIZED
        cmocka_unit_test(what_must_be_there_and_is_not_ends_the_process),
#endif
    };

    mem_install();
    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
