/** \file
 * Checks for the tests in plain C. */
#ifndef LWLOCK_TESTS_UNIT_C_CHECK_H
#define LWLOCK_TESTS_UNIT_C_CHECK_H

/** Counts a failure and prints it unless `condition` holds. */
#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)

void check(int passed, const char* what, const char* file, int line);

void test_lock(void);
void test_flags(void);
void test_waiting(void);
void test_held(void);
void test_misuse(void);
void test_misuse_line(void);
void test_async(void);
void test_async_misuse(void);
void test_spaces(void);
void test_tranches(void);
void test_observers(void);

#endif
