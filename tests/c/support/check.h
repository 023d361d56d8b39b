/* Checks for test programs: one line for each that fails, the totals on the last line. */
#ifndef CARDWIRE_TEST_CHECK_H
#define CARDWIRE_TEST_CHECK_H

#include <stdio.h>
#include <string.h>

/* One of each for a program of several files. */
__attribute__((weak)) int checks_passed;
__attribute__((weak)) int checks_failed;

static inline void check_that(int holds, const char *what, const char *file, int line) {
    if (holds) {
        /* Callbacks check too, on threads of the library. */
        __atomic_add_fetch(&checks_passed, 1, __ATOMIC_RELAXED);
    } else {
        __atomic_add_fetch(&checks_failed, 1, __ATOMIC_RELAXED);
        printf("%s:%d: %s\n", file, line, what);
    }
}

static inline int check_same(const char *left, const char *right) {
    return left == right || (left && right && strcmp(left, right) == 0);
}

#define CHECK(holds) check_that((holds) ? 1 : 0, #holds, __FILE__, __LINE__)

/* Two numbers; prints both where they differ. */
#define CHECK_IS(found, wanted)                                                                    \
    do {                                                                                           \
        long long check_found = (long long)(found), check_wanted = (long long)(wanted);            \
        if (check_found != check_wanted)                                                           \
            printf("%s is %lld, not %lld\n", #found, check_found, check_wanted);                   \
        check_that(check_found == check_wanted, #found, __FILE__, __LINE__);                       \
    } while (0)

/* Two texts, each of which may be NULL; prints both where they differ. */
static inline void check_text(const char *found, const char *wanted, const char *what, const char *file, int line) {
    if (!check_same(found, wanted))
        printf("%s is \"%s\", not \"%s\"\n", what, found ? found : "NULL", wanted ? wanted : "NULL");
    check_that(check_same(found, wanted), what, file, line);
}

#define CHECK_TEXT(found, wanted) check_text(found, wanted, #found, __FILE__, __LINE__)

/* The end of main. */
static inline int checks_end(void) {
    printf("%d passed, %d failed\n", checks_passed, checks_failed);
    return checks_failed == 0 && checks_passed > 0 ? 0 : 1;
}

#endif
