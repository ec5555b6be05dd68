/* The lock's functions through the C interface. */

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "lwlock/lwlock.h"
#include "tests/unit/c_check.h"

enum { kTranche = 400 };

void test_lock(void) {
    const lwlock_mode_t modes[] = {LWLOCK_EXCLUSIVE, LWLOCK_SHARED};
    lwlock_t lock;
    memset(&lock, 0, sizeof lock);
    CHECK(sizeof(lwlock_t) == 16);
    CHECK(strlen(lwlock_describe(LWLOCK_BUSY)) > 0);
    CHECK(strlen(lwlock_describe(12345)) > 0);

    for (int i = 0; i < 2; ++i) {
        const lwlock_mode_t mode = modes[i];
        CHECK(lwlock_acquire(&lock, mode) == LWLOCK_OK);
        CHECK(lwlock_held_by_me(&lock));
        CHECK(lwlock_held_by_me_in_mode(&lock, mode));
        CHECK(!lwlock_held_by_me_in_mode(&lock, modes[1 - i]));
        CHECK(lwlock_try_acquire(&lock, LWLOCK_EXCLUSIVE) == LWLOCK_BUSY);
        CHECK(lwlock_release(&lock) == LWLOCK_OK);
        CHECK(lwlock_try_acquire(&lock, mode) == LWLOCK_OK);
        CHECK(lwlock_release(&lock) == LWLOCK_OK);
        CHECK(lwlock_acquire_until(&lock, mode, 0) == LWLOCK_OK);
        CHECK(lwlock_release(&lock) == LWLOCK_OK);
        CHECK(lwlock_acquire_for(&lock, mode, 1000) == LWLOCK_OK);
        CHECK(lwlock_release(&lock) == LWLOCK_OK);
        CHECK(lwlock_acquire_cancellable(&lock, mode, INT64_MAX) == LWLOCK_OK);
        CHECK(lwlock_release(&lock) == LWLOCK_OK);
        CHECK(lwlock_acquire_or_wait(&lock, mode) == LWLOCK_OK);
        CHECK(lwlock_disown(&lock) == (int)mode);
        CHECK(!lwlock_held_by_me(&lock));
        CHECK(lwlock_release_disowned(&lock, mode) == LWLOCK_OK);
    }

    CHECK(strcmp(lwlock_name_of_mode(LWLOCK_EXCLUSIVE), "exclusive") == 0);
    CHECK(strcmp(lwlock_name_of_mode(LWLOCK_SHARED), "shared") == 0);

    lwlock_init(&lock, kTranche);
    CHECK(lock.tranche == kTranche);
    lwlock_var_t variable = {0};
    uint64_t value = 99;
    CHECK(lwlock_acquire(&lock, LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    CHECK(lwlock_update_var(&lock, &variable, 5) == LWLOCK_OK);
    CHECK(variable.value == 5);
    CHECK(lwlock_release_clear_var(&lock, &variable, 0) == LWLOCK_OK);
    CHECK(lwlock_wait_for_var(&lock, &variable, 0, &value) == LWLOCK_OK);
}

void test_flags(void) {
    lwlock_space_t space;
    lwlock_t lock;
    static lwlock_backend_report_t report;
    CHECK(lwlock_space_process_private(&space) == LWLOCK_OK);
    CHECK(lwlock_init_flags(&lock, kTranche, LWLOCK_FLAGS_NONE) == LWLOCK_OK);
    CHECK(lock.tranche == kTranche);
    CHECK(lwlock_state_word(&lock) == 0);
    CHECK(lwlock_init_flags(&lock, kTranche + 1, (lwlock_flags_t)2) == LWLOCK_BAD_ARGUMENT);
    lwlock_misuse_t last;
    CHECK(lwlock_last_error(&last) == LWLOCK_BAD_ARGUMENT);
    CHECK(strcmp(last.operation, "init_flags") == 0);
    CHECK(strstr(last.reason, "0x2") != NULL);
    CHECK(lock.tranche == kTranche);

    CHECK(lwlock_init_flags(&lock, kTranche, LWLOCK_FLAGS_BIASED) == LWLOCK_OK);
    const uint32_t biased = lwlock_state_word(&lock);
    CHECK(biased != 0);
    /* The first acquisition finds the bias out, the second uses it. */
    CHECK(lwlock_acquire(&lock, LWLOCK_SHARED) == LWLOCK_OK);
    CHECK(lwlock_acquire(&lock, LWLOCK_SHARED) == LWLOCK_OK);
    CHECK(lwlock_space_report(&space, lwlock_my_backend(), &report) == LWLOCK_OK);
    CHECK(report.held_count == 2 && report.held[1].mark == 4);
    lwlock_release_all();
    CHECK(lwlock_state_word(&lock) == biased);
    CHECK(lwlock_acquire(&lock, LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    CHECK(lwlock_release(&lock) == LWLOCK_OK);
    CHECK(lwlock_state_word(&lock) == 0);
}

/* A thread that makes one call on a lock held exclusively by the main thread. */
typedef struct waiter {
    lwlock_t* lock;
    lwlock_var_t* variable;
    int kind;
    int status;
    uint64_t value;
    atomic_uint backend;
    pthread_t thread;
} waiter_t;

enum { kAcquire, kTimed, kCanceled, kOrWait, kForVariable, kKinds };

static void* wait_once(void* argument) {
    waiter_t* const waiter = argument;
    lwlock_t own;
    memset(&own, 0, sizeof own);
    lwlock_acquire(&own, LWLOCK_SHARED); /* attaches */
    lwlock_release(&own);
    waiter->backend = lwlock_my_backend();
    switch (waiter->kind) {
        case kAcquire: waiter->status = lwlock_acquire(waiter->lock, LWLOCK_SHARED); break;
        case kTimed:
            waiter->status = lwlock_acquire_for(waiter->lock, LWLOCK_EXCLUSIVE, 1000000);
            break;
        case kCanceled:
            waiter->status = lwlock_acquire_cancellable(waiter->lock, LWLOCK_SHARED, INT64_MAX);
            break;
        case kOrWait: waiter->status = lwlock_acquire_or_wait(waiter->lock, LWLOCK_SHARED); break;
        default:
            waiter->status = lwlock_wait_for_var(waiter->lock, waiter->variable, 0, &waiter->value);
            break;
    }
    lwlock_release_all();
    return NULL;
}

static atomic_int waits_begun;

static void count_start(const lwlock_wait_event_t* event, void* context) {
    CHECK(event->lock != NULL);
    CHECK(event->kind != LWLOCK_WAIT_NONE);
    atomic_fetch_add((atomic_int*)context, 1);
}

void test_waiting(void) {
    const int expected[kKinds] = {LWLOCK_WAITED, LWLOCK_TIMED_OUT, LWLOCK_CANCELED, LWLOCK_WAITED,
                                  LWLOCK_WAITED};
    static lwlock_wait_observer_t observer = {.wait_start = count_start, .context = &waits_begun};
    lwlock_space_t space;
    CHECK(lwlock_space_process_private(&space) == LWLOCK_OK);
    CHECK(lwlock_add_wait_observer(&observer) == 1);
    for (int kind = 0; kind < kKinds; ++kind) {
        lwlock_t lock;
        lwlock_var_t variable = {0};
        lwlock_init(&lock, kTranche);
        waiter_t waiter = {.lock = &lock, .variable = &variable, .kind = kind};
        waiter.backend = UINT32_MAX;
        CHECK(lwlock_acquire(&lock, LWLOCK_EXCLUSIVE) == LWLOCK_OK);
        const int begun = waits_begun;
        CHECK(pthread_create(&waiter.thread, NULL, wait_once, &waiter) == 0);
        while (waits_begun == begun) sched_yield();
        if (kind == kCanceled) {
            CHECK(lwlock_space_cancel_wait(&space, waiter.backend) == LWLOCK_OK);
        }
        if (kind == kForVariable) CHECK(lwlock_update_var(&lock, &variable, 3) == LWLOCK_OK);
        if (kind == kTimed || kind == kCanceled || kind == kForVariable) {
            pthread_join(waiter.thread, NULL);
            CHECK(lwlock_release(&lock) == LWLOCK_OK);
        } else {
            CHECK(lwlock_release(&lock) == LWLOCK_OK);
            pthread_join(waiter.thread, NULL);
        }
        CHECK(waiter.status == expected[kind]);
        if (kind == kForVariable) CHECK(waiter.value == 3);
        CHECK(lwlock_try_acquire(&lock, LWLOCK_EXCLUSIVE) == LWLOCK_OK);
        CHECK(lwlock_release(&lock) == LWLOCK_OK);
    }
    CHECK(lwlock_remove_wait_observer(&observer) == 1);

    lwlock_statistics_t statistics;
    lwlock_tranche_statistics(&space, kTranche, &statistics);
    CHECK(statistics.shared_blocks >= 1);
    CHECK(statistics.timeouts == 1);
    CHECK(statistics.cancellations == 1);
    CHECK(statistics.wakes > 0);
    CHECK(statistics.wait_nanoseconds > 0);
    lwlock_reset_cancel();
}

typedef struct visited {
    size_t count;
    const lwlock_t* locks[4];
    lwlock_mode_t modes[4];
} visited_t;

static void note_held(lwlock_t* lock, lwlock_mode_t mode, void* context) {
    visited_t* const visited = context;
    visited->locks[visited->count] = lock;
    visited->modes[visited->count++] = mode;
}

void test_held(void) {
    lwlock_t locks[3];
    memset(locks, 0, sizeof locks);
    CHECK(lwlock_held_count() == 0);
    CHECK(!lwlock_any_held_by_me(locks, 3, sizeof(lwlock_t)));
    CHECK(lwlock_acquire(&locks[2], LWLOCK_SHARED) == LWLOCK_OK);
    CHECK(lwlock_acquire(&locks[0], LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    CHECK(lwlock_held_count() == 2);
    CHECK(lwlock_any_held_by_me(locks, 3, sizeof(lwlock_t)));
    CHECK(!lwlock_any_held_by_me(&locks[1], 1, sizeof(lwlock_t)));
    visited_t visited = {0};
    lwlock_for_each_held_by_me(note_held, &visited);
    CHECK(visited.count == 2);
    CHECK(visited.locks[0] == &locks[2] && visited.modes[0] == LWLOCK_SHARED);
    CHECK(visited.locks[1] == &locks[0] && visited.modes[1] == LWLOCK_EXCLUSIVE);
    lwlock_release_all();
    CHECK(lwlock_held_count() == 0);
}

void test_misuse_line(void) {
    lwlock_t lock;
    memset(&lock, 0, sizeof lock);
    const lwlock_misuse_t misuse = {.error = LWLOCK_NOT_HELD,
                                    .operation = "release",
                                    .lock = &lock,
                                    .tranche = 7,
                                    .tranche_name = "catalog",
                                    .mode = LWLOCK_SHARED,
                                    .backend = 3};
    char line[256];
    const int length = lwlock_format_misuse(&misuse, line, sizeof line);
    CHECK(length > 0 && (size_t)length == strlen(line));
    const char* const parts[] = {"release", "7 \"catalog\"", "shared", "backend 3",
                                 lwlock_describe(LWLOCK_NOT_HELD)};
    for (int i = 0; i < 5; ++i) CHECK(strstr(line, parts[i]) != NULL);
}

void test_misuse(void) {
    static lwlock_t locks[201];
    lwlock_var_t variable = {0};
    CHECK(lwlock_release(&locks[0]) == LWLOCK_NOT_HELD);
    CHECK(lwlock_release_clear_var(&locks[0], &variable, 1) == LWLOCK_NOT_HELD);
    CHECK(lwlock_disown(&locks[0]) == LWLOCK_NOT_HELD);
    CHECK(lwlock_release_disowned(&locks[0], LWLOCK_EXCLUSIVE) == LWLOCK_NOT_HELD);
    CHECK(lwlock_release_disowned(&locks[0], LWLOCK_SHARED) == LWLOCK_NOT_HELD);
    CHECK(lwlock_update_var(&locks[0], &variable, 1) == LWLOCK_NOT_EXCLUSIVE);
    CHECK(variable.value == 0);

    CHECK(lwlock_acquire(&locks[0], LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    CHECK(lwlock_acquire(&locks[0], LWLOCK_EXCLUSIVE) == LWLOCK_SELF_DEADLOCK);
    CHECK(lwlock_acquire(&locks[0], LWLOCK_SHARED) == LWLOCK_SELF_DEADLOCK);
    CHECK(lwlock_acquire_or_wait(&locks[0], LWLOCK_SHARED) == LWLOCK_SELF_DEADLOCK);
    CHECK(lwlock_detach() == LWLOCK_HOLDS_LOCKS);
    CHECK(lwlock_release(&locks[0]) == LWLOCK_OK);

    for (int i = 0; i < 200; ++i) CHECK(lwlock_acquire(&locks[i], LWLOCK_SHARED) == LWLOCK_OK);
    CHECK(lwlock_acquire(&locks[200], LWLOCK_SHARED) == LWLOCK_TOO_MANY_HELD);
    CHECK(lwlock_try_acquire(&locks[200], LWLOCK_SHARED) == LWLOCK_TOO_MANY_HELD);
    CHECK(lwlock_acquire_or_wait(&locks[200], LWLOCK_SHARED) == LWLOCK_TOO_MANY_HELD);
    CHECK(lwlock_held_count() == 200);
    lwlock_release_all();
    for (int i = 0; i < 201; ++i) CHECK((locks[i].state & ~(1u << 28)) == 0);
}
