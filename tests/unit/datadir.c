/* datadir.c - one data directory, one process. */
#include "store_help.h"

#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>

extern char **environ;

static char folder[YARD_PATH];
static char data[96];
static struct err e;

static int folder_begin(void **state)
{
    (void)state;
    yard_make(folder);
    snprintf(data, sizeof data, "%s/data", folder);
    memset(&e, 0, sizeof e);
    return 0;
}

static int folder_end(void **state)
{
    (void)state;
    yard_remove(folder);
    return 0;
}

static void a_directory_is_made_for_its_owner_only(void **state)
{
    struct datadir *dir;
    struct stat info;
    char lock[128], text[64] = "";
    int fd;

    (void)state;
    umask(0);
    dir = datadir_lock(data, &e);
    assert_non_null(dir);
    assert_string_equal(datadir_path(dir), data);
    assert_int_equal(stat(data, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    snprintf(lock, sizeof lock, "%s/lock", data);
    assert_int_equal(stat(lock, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    fd = open(lock, O_RDONLY);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    assert_int_equal(strtol(text, NULL, 10), getpid());
    datadir_unlock(dir);
    datadir_unlock(NULL);
}

static void the_second_is_told_who_holds_it(void **state)
{
    struct datadir *dir = datadir_lock(data, &e);
    char holder[64];

    (void)state;
    assert_non_null(dir);
    assert_null(datadir_lock(data, &e)); /* also from within */
    assert_int_equal(e.code, ERR_CONFLICT);
    snprintf(holder, sizeof holder, "held by process %d (since 20", (int)getpid());
    assert_non_null(strstr(e.text, holder));
    assert_non_null(strstr(e.text, data));
    assert_non_null(strstr(e.text, "--data"));
    datadir_unlock(dir);
    dir = datadir_lock(data, &e); /* and it is free again */
    assert_non_null(dir);
    datadir_unlock(dir);
}

/* This program again: locks, says so on its standard output, waits for the end of its input. */
static int holder_main(const char *path)
{
    struct datadir *dir = datadir_lock(path, &e);
    char byte = dir != NULL ? 'y' : 'n';

    if (write(STDOUT_FILENO, &byte, 1) != 1)
        return 1;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return dir != NULL ? 0 : 1;
}

static pid_t holder_start(int *in, int *out)
{
    char self[] = "/proc/self/exe", mode[] = "hold";
    char *argv[] = { self, mode, data, NULL };
    posix_spawn_file_actions_t actions;
    int to[2], from[2];
    pid_t pid;

    assert_int_equal(pipe2(to, O_CLOEXEC), 0);
    assert_int_equal(pipe2(from, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    assert_int_equal(posix_spawn(&pid, self, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    *in = to[1];
    *out = from[0];
    return pid;
}

static void another_process_is_kept_out_until_it_dies(void **state)
{
    struct datadir *dir;
    int in, out, status;
    char byte = 0, text[64];
    pid_t pid = holder_start(&in, &out);

    (void)state;
    assert_int_equal(read(out, &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_null(datadir_lock(data, &e));
    assert_int_equal(e.code, ERR_CONFLICT);
    snprintf(text, sizeof text, "process %d ", (int)pid);
    assert_non_null(strstr(e.text, text));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(in);
    close(out);
    dir = datadir_lock(data, &e);
    assert_non_null(dir);

    pid = holder_start(&in, &out);
    assert_int_equal(read(out, &byte, 1), 1);
    assert_int_equal(byte, 'n'); /* now it is the one kept out */
    close(in);
    close(out);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    datadir_unlock(dir);
}

static void what_cannot_be_a_data_directory(void **state)
{
    char file[128], below[160];
    int fd;

    (void)state;
    snprintf(file, sizeof file, "%s/file", folder);
    fd = open(file, O_WRONLY | O_CREAT, 0600);
    close(fd);
    assert_null(datadir_lock(file, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.text, "is a file"));
    snprintf(below, sizeof below, "%s/a/b", folder);
    assert_null(datadir_lock(below, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.text, "above"));
    snprintf(below, sizeof below, "%s/x", file);
    assert_null(datadir_lock(below, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_null(datadir_lock("", &e));
    assert_int_equal(e.code, ERR_IO);
    assert_null(datadir_lock("/proc/self", &e)); /* nobody may write there, not even root */
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.text, "/proc/self"));
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("weft", folder, "tmpfs", MS_RDONLY, NULL) != 0)
        skip(); /* only root may mount */
    assert_null(datadir_lock(folder, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.text, "read-only"));
    assert_int_equal(umount(folder), 0);
}

static void file_make(const char *name)
{
    char path[160];
    int fd;

    snprintf(path, sizeof path, "%s/%s", data, name);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static uid_t file_owner(const char *name)
{
    char path[160];
    struct stat info;

    snprintf(path, sizeof path, "%s/%s", data, name);
    assert_int_equal(lstat(path, &info), 0);
    return info.st_uid;
}

#define SERVICE 65534 /* a user who is not root */

/* The service opens what root has restored; a name of a file elsewhere gives nobody that file. */
static void what_root_makes_belongs_to_the_owner(void **state)
{
    char made[128], elsewhere[128], other[160], link_name[160];
    struct datadir *dir;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir(data, 0700), 0);
    assert_int_equal(chown(data, SERVICE, SERVICE), 0);
    dir = datadir_lock(data, &e);
    assert_non_null(dir);
    file_make("weft.db");
    snprintf(made, sizeof made, "%s/payloads", data);
    assert_int_equal(mkdir(made, 0700), 0);
    file_make("payloads/text");
    snprintf(elsewhere, sizeof elsewhere, "%s/secret", folder);
    close(open(elsewhere, O_WRONLY | O_CREAT, 0600));
    snprintf(other, sizeof other, "%s/name", data);
    assert_int_equal(link(elsewhere, other), 0);
    snprintf(link_name, sizeof link_name, "%s/link", data);
    assert_int_equal(symlink(elsewhere, link_name), 0);
    datadir_unlock(dir);
    assert_int_equal(file_owner("lock"), SERVICE);
    assert_int_equal(file_owner("weft.db"), SERVICE);
    assert_int_equal(file_owner("payloads"), SERVICE);
    assert_int_equal(file_owner("payloads/text"), SERVICE);
    assert_int_equal(file_owner("name"), 0);
    assert_int_equal(file_owner("link"), 0);
}

#define NO_MOUNTS 77 /* this machine gives none, even to root */

/* A container's file system: its files have another st_dev than their folder. */
static void overlay_mount(void)
{
    char below[96], above[96], upper[128], work[128], options[512];

    snprintf(below, sizeof below, "%s/below", folder);
    snprintf(above, sizeof above, "%s/above", folder);
    snprintf(upper, sizeof upper, "%s/upper", above);
    snprintf(work, sizeof work, "%s/work", above);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", below, upper, work);
    if (mkdir(below, 0700) != 0 || mkdir(above, 0700) != 0 || mkdir(data, 0700) != 0 ||
        unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", above, "tmpfs", 0, NULL) != 0 || mkdir(upper, 0700) != 0 ||
        mkdir(work, 0700) != 0 || mount("overlay", data, "overlay", 0, options) != 0)
        _exit(NO_MOUNTS);
}

static void on_an_overlay(void)
{
    struct datadir *dir;
    char other[160];

    overlay_mount();
    assert_int_equal(chown(data, SERVICE, SERVICE), 0);
    dir = datadir_lock(data, &e);
    assert_non_null(dir);
    file_make("weft.db");
    snprintf(other, sizeof other, "%s/other", data);
    assert_int_equal(mkdir(other, 0700), 0);
    assert_int_equal(mount("tmpfs", other, "tmpfs", 0, NULL), 0);
    file_make("other/theirs");
    datadir_unlock(dir);
    assert_int_equal(file_owner("weft.db"), SERVICE);
    assert_int_equal(file_owner("other"), 0);
    assert_int_equal(file_owner("other/theirs"), 0);
    _exit(0);
}

/* In a container, too; but what is mounted below is not the data directory's. */
static void what_root_makes_belongs_to_the_owner_on_an_overlay(void **state)
{
    pid_t child;
    int status;

    (void)state;
    if (geteuid() != 0)
        skip();
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        on_an_overlay();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_MOUNTS)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(test)                                  \
    {                                               \
#test, test, folder_begin, folder_end, NULL \
    }

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_directory_is_made_for_its_owner_only),
        TEST(the_second_is_told_who_holds_it),
        TEST(another_process_is_kept_out_until_it_dies),
        TEST(what_cannot_be_a_data_directory),
        TEST(what_root_makes_belongs_to_the_owner),
        TEST(what_root_makes_belongs_to_the_owner_on_an_overlay),
    };

    if (argc == 3 && strcmp(argv[1], "hold") == 0)
        return holder_main(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
