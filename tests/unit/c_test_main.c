#include <stdio.h>

#include "tests/unit/c_check.h"

static int checks;
static int failures;

void check(int passed, const char* what, const char* file, int line) {
    __atomic_fetch_add(&checks, 1, __ATOMIC_RELAXED);
    if (passed) return;
    __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}

int main(void) {
    test_lock();
    test_flags();
    test_waiting();
    test_held();
    test_misuse();
    test_misuse_line();
    test_tranches();
    test_observers();
    test_async();
    test_async_misuse();
    test_spaces(); /* last: from then on threads must attach explicitly */
    printf("%d checks, %d failed\n", checks, failures);
    return failures == 0 ? 0 : 1;
}
