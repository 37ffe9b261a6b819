/* folder.c - folders of this machine: what is listed, read and moved, and what is refused. The
 * files are real, in memory where the machine has such a file system. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/folder.h"
#include "io/loop.h"
#include "world/yard.h"

#define PATH 200

struct shop {
    struct loop *loop;
    struct folders *folders;
    char root[PATH], in[PATH + 8];
    /* of the last callback */
    unsigned calls, hints;
    enum err_code code;
    char text[400], name[FOLDER_NAME * 2], digest[80];
    char *bytes;
    size_t size, count;
    struct folder_entry entries[16]; /* names owned */
};

static void shop_forget(struct shop *shop)
{
    mem_free(shop->bytes);
    shop->bytes = NULL;
    for (size_t i = 0; i < shop->count; i++)
        mem_free((char *)shop->entries[i].name);
    shop->count = 0;
}

static void shop_got(void *owner, uint64_t tag, const struct folder_result *result)
{
    struct shop *shop = owner;

    assert_int_equal(tag, 7);
    shop_forget(shop);
    shop->calls++;
    shop->code = result->code;
    snprintf(shop->text, sizeof shop->text, "%s", result->text != NULL ? result->text : "");
    snprintf(shop->name, sizeof shop->name, "%s", result->name);
    snprintf(shop->digest, sizeof shop->digest, "%s", result->digest);
    shop->bytes = mem_must_copy_n(result->bytes != NULL ? result->bytes : "", result->size);
    shop->size = result->size;
    assert_true(result->count <= 16);
    for (size_t i = 0; i < result->count; i++)
        shop->entries[shop->count++] =
            (struct folder_entry){ mem_must_copy(result->entries[i].name),
                                   result->entries[i].stamp };
    loop_stop(shop->loop);
}

static void shop_hint(void *owner, uint64_t tag)
{
    struct shop *shop = owner;

    assert_int_equal(tag, 8);
    shop->hints++;
    loop_stop(shop->loop);
}

static void shop_run(struct shop *shop)
{
    struct err e;

    assert_int_equal(loop_run(shop->loop, &e), ERR_OK);
}

static struct shop *shop_open(void)
{
    struct shop *shop = mem_must(sizeof *shop);
    struct err e;

    yard_make(shop->root);
    snprintf(shop->in, sizeof shop->in, "%s/in", shop->root);
    assert_int_equal(mkdir(shop->in, 0700), 0);
    shop->loop = loop_new(clock_real(), &e);
    assert_non_null(shop->loop);
    shop->folders = folders_uv_new(shop->loop, shop->root, &e);
    assert_non_null(shop->folders);
    return shop;
}

static void shop_close(struct shop *shop)
{
    shop_forget(shop);
    folders_close(shop->folders);
    loop_free(shop->loop);
    yard_remove(shop->root);
    mem_free(shop);
}

static void put_at(const char *folder, const char *name, const char *text, long second)
{
    char path[2 * PATH];
    struct timespec times[2] = { { second, 500 }, { second, 500 } };
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void put(struct shop *shop, const char *name, const char *text, long second)
{
    put_at(shop->in, name, text, second);
}

/* "" when there is no such file */
static const char *text_at(struct shop *shop, const char *name)
{
    static char text[1000];
    char path[2 * PATH];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", shop->in, name);
    file = fopen(path, "r");
    text[0] = '\0';
    if (file != NULL) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    return text;
}

static bool is_there(struct shop *shop, const char *name)
{
    char path[2 * PATH];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", shop->in, name);
    return lstat(path, &st) == 0;
}

static void list(struct shop *shop, const char *pattern)
{
    assert_int_not_equal(folders_list(shop->folders, shop->in, pattern, shop_got, shop, 7), 0);
    shop_run(shop);
}

/* The listed file of that name, as something to ask about. */
static struct folder_entry entry_of(struct shop *shop, const char *name)
{
    list(shop, NULL);
    for (size_t i = 0; i < shop->count; i++)
        if (strcmp(shop->entries[i].name, name) == 0)
            return (struct folder_entry){ name, shop->entries[i].stamp };
    fail_msg("%s is not listed", name);
    return (struct folder_entry){ name, { 0, 0, 0 } };
}

static void read_file(struct shop *shop, struct folder_entry entry)
{
    folders_read(shop->folders, shop->in, &entry, shop_got, shop, 7);
    shop_run(shop);
}

static void move_file(struct shop *shop, struct folder_entry entry, const char *into,
                      const char *reason)
{
    struct folder_move move = {
        .folder = shop->in, .name = entry.name, .stamp = entry.stamp, .into = into, .reason = reason
    };

    folders_move(shop->folders, &move, shop_got, shop, 7);
    shop_run(shop);
}

/* ---- */

static void names_that_count(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool fits;
    } list[] = {
        { NULL, "orders.csv", true },
        { "*.csv", "orders.csv", true },
        { "*.csv", "orders.CSV", false },
        { "*.csv", ".csv", false },
        { "*.csv", "a.csv.csv", true },
        { "*.csv", "a.csv.xml", false },
        { "o*s*.c?v", "orders.csv", true },
        { "o*s*.c?v", "orders.cv", false },
        { "?.csv", "\xc3\xa4.csv", true },
        { "?.csv", "ab.csv", false },
        { "*", "x", true },
        { "", "x", false },
        { "a**b", "ab", true },
        { "*a*b*c", "xaybzbc", true },
        { NULL, ".hidden", false },
        { NULL, "a.tmp", false },
        { NULL, "a.part", false },
        { "*.tmp", "a.tmp", false },
        { NULL, "k\xf6ln.csv", false },
        { NULL, "", false },
        { NULL, "a/b", false },
        { "*z", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaay", false },
    };
    char longest[FOLDER_NAME + 1];

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (folder_match(list[i].pattern, list[i].name) != list[i].fits)
            fail_msg("%s and %s", list[i].pattern, list[i].name);
    memset(longest, 'a', sizeof longest);
    longest[FOLDER_NAME] = '\0';
    assert_false(folder_match(NULL, longest));
    longest[FOLDER_NAME - 1] = '\0';
    assert_true(folder_match(NULL, longest));
}

static void only_whole_regular_files_are_listed(void **state)
{
    struct shop *shop = shop_open();
    char path[2 * PATH];

    (void)state;
    put(shop, "b.csv", "2", 2000);
    put(shop, "c.csv", "three", 1000);
    put(shop, "a.csv", "1", 2000);
    put(shop, "d.xml", "4", 500);
    put(shop, ".hidden.csv", "", 1);
    put(shop, "e.csv.part", "", 1);
    put(shop, "f.tmp", "", 1);
    put(shop, "\xff.csv", "", 1);
    snprintf(path, sizeof path, "%s/link.csv", shop->in);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    snprintf(path, sizeof path, "%s/dir.csv", shop->in);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/fifo.csv", shop->in);
    assert_int_equal(mkfifo(path, 0600), 0);
    list(shop, "*.csv");
    assert_int_equal(shop->code, ERR_OK);
    assert_int_equal(shop->count, 3);
    assert_string_equal(shop->entries[0].name, "c.csv");
    assert_int_equal(shop->entries[0].stamp.size, 5);
    assert_true(shop->entries[0].stamp.mtime_ns == INT64_C(1000000000500));
    assert_string_equal(shop->entries[1].name, "a.csv");
    assert_string_equal(shop->entries[2].name, "b.csv");
    list(shop, NULL);
    assert_int_equal(shop->count, 4);
    shop_close(shop);
}

static void a_file_is_read_whole_with_its_digest(void **state)
{
    struct shop *shop = shop_open();

    (void)state;
    put(shop, "a.csv", "abc", 1000);
    put(shop, "empty", "", 1000);
    read_file(shop, entry_of(shop, "a.csv"));
    assert_int_equal(shop->code, ERR_OK);
    assert_string_equal(shop->bytes, "abc");
    assert_string_equal(shop->digest,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    read_file(shop, entry_of(shop, "empty"));
    assert_int_equal(shop->code, ERR_OK);
    assert_int_equal(shop->size, 0);
    shop_close(shop);
}

static void what_has_changed_is_neither_read_nor_moved(void **state)
{
    struct shop *shop = shop_open();
    struct folder_entry entry;

    (void)state;
    put(shop, "a.csv", "abc", 1000);
    entry = entry_of(shop, "a.csv");
    put(shop, "a.csv", "abd", 1001); /* of the same size */
    read_file(shop, entry);
    assert_int_equal(shop->code, ERR_CONFLICT);
    move_file(shop, entry, "done", NULL);
    assert_int_equal(shop->code, ERR_CONFLICT);
    assert_string_equal(text_at(shop, "a.csv"), "abd");
    assert_false(is_there(shop, "done"));
    entry = (struct folder_entry){ "gone.csv", { 1, 1, 1 } };
    read_file(shop, entry);
    assert_int_equal(shop->code, ERR_NOT_FOUND);
    move_file(shop, entry, "done", NULL);
    assert_int_equal(shop->code, ERR_NOT_FOUND);
    shop_close(shop);
}

static void a_moved_file_never_replaces_another(void **state)
{
    struct shop *shop = shop_open();
    struct folder_entry entry;
    char name[2 * FOLDER_NAME + 8];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        char text[2] = { (char)('1' + i), '\0' };

        put(shop, "a.csv", text, 1795000000);
        entry = entry_of(shop, "a.csv");
        move_file(shop, entry, "done", NULL);
        assert_int_equal(shop->code, ERR_OK);
        assert_false(is_there(shop, "a.csv"));
        snprintf(name, sizeof name, "done/%s", shop->name);
        assert_string_equal(text_at(shop, name), text);
    }
    assert_string_equal(text_at(shop, "done/a.csv"), "1");
    assert_string_equal(text_at(shop, "done/a.csv.20261118T110640000Z"), "2");
    assert_string_equal(text_at(shop, "done/a.csv.20261118T110640000Z-2"), "3");
    assert_string_equal(text_at(shop, "done/a.csv.20261118T110640000Z-3"), "4");
    list(shop, NULL);
    assert_int_equal(shop->count, 0); /* what is below is not looked at */
    shop_close(shop);
}

static void the_reason_stands_beside_it(void **state)
{
    struct shop *shop = shop_open();

    (void)state;
    put(shop, "a.csv", "abc", 1000);
    move_file(shop, entry_of(shop, "a.csv"), "failed", "it is not UTF-8");
    assert_int_equal(shop->code, ERR_OK);
    assert_string_equal(shop->text, "");
    assert_string_equal(text_at(shop, "failed/a.csv"), "abc");
    assert_string_equal(text_at(shop, "failed/a.csv.reason.txt"), "it is not UTF-8\n");
    shop_close(shop);
}

static void too_large_a_file_is_not_read(void **state)
{
    struct shop *shop = shop_open();
    struct folder_entry entry;
    char path[2 * PATH];

    (void)state;
    put(shop, "a.csv", "abc", 1000);
    snprintf(path, sizeof path, "%s/a.csv", shop->in);
    assert_int_equal(truncate(path, FOLDER_FILE_MAX + 1), 0);
    entry = entry_of(shop, "a.csv");
    read_file(shop, entry);
    assert_int_equal(shop->code, ERR_LIMIT);
    assert_non_null(strstr(shop->text, "4194305 bytes, at most 4194304"));
    assert_int_equal(truncate(path, FOLDER_FILE_MAX), 0);
    read_file(shop, entry_of(shop, "a.csv"));
    assert_int_equal(shop->code, ERR_OK);
    assert_int_equal(shop->size, FOLDER_FILE_MAX);
    shop_close(shop);
}

static void nothing_leads_out_of_a_root(void **state)
{
    struct shop *shop = shop_open();
    char path[2 * PATH], outside[2 * PATH];
    struct err e;

    (void)state;
    assert_int_equal(folders_check(shop->folders, shop->in, &e), ERR_OK);
    assert_int_equal(folders_check(shop->folders, shop->root, &e), ERR_OK);
    assert_int_equal(folders_check(shop->folders, "in", &e), ERR_OK); /* of the first root */
    assert_int_equal(folders_check(shop->folders, "in/../../etc", &e), ERR_POLICY);
    assert_int_equal(folders_check(shop->folders, "/etc", &e), ERR_POLICY);
    assert_non_null(strstr(e.text, "WEFT_FILES_ROOT"));
    snprintf(path, sizeof path, "%s-other", shop->root); /* begins like the root */
    assert_int_equal(folders_check(shop->folders, path, &e), ERR_POLICY);
    snprintf(path, sizeof path, "%s/../../etc", shop->in);
    assert_int_equal(folders_check(shop->folders, path, &e), ERR_POLICY);
    snprintf(path, sizeof path, "%s/none", shop->root);
    assert_int_equal(folders_check(shop->folders, path, &e), ERR_NOT_FOUND);
    snprintf(path, sizeof path, "%s/link", shop->root);
    assert_int_equal(symlink(shop->in, path), 0);
    assert_int_equal(folders_check(shop->folders, path, &e), ERR_POLICY);
    assert_non_null(strstr(e.text, "symbolic link"));
    /* a folder for what is done that leads elsewhere */
    put(shop, "a.csv", "abc", 1000);
    snprintf(outside, sizeof outside, "%s/outside", shop->root);
    assert_int_equal(mkdir(outside, 0700), 0);
    snprintf(path, sizeof path, "%s/done", shop->in);
    assert_int_equal(symlink(outside, path), 0);
    move_file(shop, entry_of(shop, "a.csv"), "done", NULL);
    assert_int_equal(shop->code, ERR_POLICY);
    assert_string_equal(text_at(shop, "a.csv"), "abc");
    folders_list(shop->folders, "/etc", NULL, shop_got, shop, 7);
    shop_run(shop);
    assert_int_equal(shop->code, ERR_POLICY);
    shop_close(shop);
}

static void roots_are_a_list(void **state)
{
    struct shop *shop = shop_open();
    char roots[3 * PATH];
    struct folders *more;
    struct err e;

    (void)state;
    snprintf(roots, sizeof roots, "/proc/self:%s/::", shop->in);
    more = folders_uv_new(shop->loop, roots, &e);
    assert_non_null(more);
    assert_int_equal(folders_check(more, shop->in, &e), ERR_OK);
    assert_int_equal(folders_check(more, shop->root, &e), ERR_POLICY);
    folders_close(more);
    assert_null(folders_uv_new(shop->loop, "/proc/self:/no/such/folder", &e));
    assert_int_equal(e.code, ERR_INVALID);
    assert_null(folders_uv_new(shop->loop, "relative", &e));
    more = folders_uv_new(shop->loop, NULL, &e);
    assert_non_null(more);
    assert_int_equal(folders_check(more, shop->in, &e), ERR_POLICY);
    assert_non_null(strstr(e.text, "start the program with WEFT_FILES_ROOT=/"));
    assert_int_equal(folders_check(more, "in", &e), ERR_POLICY);
    assert_non_null(strstr(e.text, "WEFT_FILES_ROOT=FOLDER, a folder that it may write"));
    folders_close(more);
    shop_close(shop);
}

static void changes_are_hinted(void **state)
{
    struct shop *shop = shop_open();
    uint64_t id = folders_watch(shop->folders, shop->in, shop_hint, shop, 8);

    (void)state;
    put(shop, "a.csv", "abc", 1000);
    shop_run(shop);
    assert_true(shop->hints > 0);
    folders_cancel(shop->folders, id);
    /* where there is nothing to watch, there are no hints, and nothing breaks */
    folders_watch(shop->folders, "/no/such/folder", shop_hint, shop, 8);
    shop_close(shop);
}

static void after_a_cancel_nobody_is_called(void **state)
{
    struct shop *shop = shop_open();
    uint64_t id;

    (void)state;
    put(shop, "a.csv", "abc", 1000);
    id = folders_list(shop->folders, shop->in, NULL, shop_got, shop, 7);
    folders_cancel(shop->folders, id);
    folders_cancel(shop->folders, id);
    list(shop, NULL); /* comes back behind it */
    assert_int_equal(shop->calls, 1);
    folders_list(shop->folders, shop->in, NULL, shop_got, shop, 7); /* under way at the close */
    shop_close(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_count),
        cmocka_unit_test(only_whole_regular_files_are_listed),
        cmocka_unit_test(a_file_is_read_whole_with_its_digest),
        cmocka_unit_test(what_has_changed_is_neither_read_nor_moved),
        cmocka_unit_test(a_moved_file_never_replaces_another),
        cmocka_unit_test(the_reason_stands_beside_it),
        cmocka_unit_test(too_large_a_file_is_not_read),
        cmocka_unit_test(nothing_leads_out_of_a_root),
        cmocka_unit_test(roots_are_a_list),
        cmocka_unit_test(changes_are_hinted),
        cmocka_unit_test(after_a_cancel_nobody_is_called),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
