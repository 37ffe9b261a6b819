/* check.h - assertions that stay on in release, and the magic of long-lived structs.
 *
 * check() is for our own mistakes; the world's errors are struct err. A failed check ends the
 * process with status 70 after one line on stderr: recovery resumes the runs. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

void check_failed(const char *what, const char *file, int line) __attribute__((noreturn, cold));

#define check(cond) \
    (__builtin_expect(!!(cond), 1) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))
#define CHECK_OBJ(object, wanted)      \
    do {                               \
        check((object) != NULL);       \
        check((object)->magic == (wanted)); \
    } while (0)

#endif
