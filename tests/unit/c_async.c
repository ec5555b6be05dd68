/* Asynchronous acquisition through the C interface. */

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "lwlock/lwlock.h"
#include "tests/unit/c_check.h"

/* How requests ended, in that order. */
enum { kMost = 8 };
typedef struct ending {
    int number;
    int status;
} ending_t;
static ending_t endings[kMost];
static int ended;
static int context = 7;

/* The thread's last error. */
static int last_failed(const char* operation) {
    lwlock_misuse_t last;
    lwlock_last_error(&last);
    return last.operation != NULL && strcmp(last.operation, operation) == 0;
}

typedef struct wish {
    lwlock_async_request_t request; /* first, so that the callback finds the wish */
    int number;
} wish_t;

static void note_and_release(lwlock_async_request_t* request, int status) {
    CHECK(ended < kMost);
    endings[ended++] = (ending_t){((wish_t*)request)->number, status};
    CHECK(*(int*)request->context == 7);
    CHECK(lwlock_held_by_me_in_mode(request->lock, (lwlock_mode_t)request->mode));
    CHECK(lwlock_release(request->lock) == LWLOCK_OK);
}

static wish_t wish_for(lwlock_t* lock, lwlock_mode_t mode, int number) {
    const wish_t wish = {
        .request = {.lock = lock, .mode = mode, .done = note_and_release, .context = &context},
        .number = number};
    return wish;
}

/* The calling thread holds the lock itself, so that requests have to wait. */
static void ask_in_order(lwlock_async_queue_t* queue) {
    lwlock_t lock;
    wish_t wishes[5];
    lwlock_init(&lock, 0);
    ended = 0;
    CHECK(lwlock_acquire(&lock, LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    for (int i = 0; i < 5; ++i) {
        wishes[i] = wish_for(&lock, i % 2 == 0 ? LWLOCK_SHARED : LWLOCK_EXCLUSIVE, i);
        CHECK(lwlock_async_acquire(queue, &wishes[i].request) == LWLOCK_BUSY);
    }
    CHECK(lwlock_async_pending(queue) == 5);
    CHECK(lwlock_async_poll(queue, INT64_MAX) == 0);
    CHECK(lwlock_async_cancel(queue, &wishes[1].request) == 1);
    CHECK(lwlock_async_cancel(queue, &wishes[1].request) == 0);
    CHECK(lwlock_release(&lock) == LWLOCK_OK);
    while (lwlock_async_pending(queue) != 0) CHECK(lwlock_async_poll(queue, INT64_MAX) > 0);
    const int order[] = {0, 2, 3, 4};
    CHECK(ended == 4);
    for (int i = 0; i < 4; ++i) CHECK(endings[i].number == order[i] && endings[i].status >= 0);
    CHECK(lwlock_state_word(&lock) == 0);
    /* A request can be used again; a free lock is taken at once. */
    CHECK(lwlock_async_acquire(queue, &wishes[1].request) == LWLOCK_OK);
    CHECK(ended == 4);
    CHECK(lwlock_async_cancel(queue, &wishes[1].request) == 0);
    CHECK(lwlock_release(&lock) == LWLOCK_OK);
}

/* Another thread has the lock until it is told. */
typedef struct holder {
    lwlock_t lock;
    atomic_int step; /* 1 it holds the lock, 2 it is to release */
} holder_t;

static void* hold(void* argument) {
    holder_t* const holder = argument;
    CHECK(lwlock_acquire(&holder->lock, LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    holder->step = 1;
    while (holder->step != 2) sched_yield();
    CHECK(lwlock_release(&holder->lock) == LWLOCK_OK);
    return NULL;
}

static void ask_another(lwlock_async_queue_t* queue) {
    holder_t holder;
    pthread_t thread;
    memset(&holder, 0, sizeof holder);
    ended = 0;
    CHECK(pthread_create(&thread, NULL, hold, &holder) == 0);
    while (holder.step != 1) sched_yield();
    wish_t wish = wish_for(&holder.lock, LWLOCK_EXCLUSIVE, 1);
    wish_t unwanted = wish_for(&holder.lock, LWLOCK_SHARED, 2);
    CHECK(lwlock_async_acquire(queue, &wish.request) == LWLOCK_BUSY);
    CHECK(lwlock_async_acquire(queue, &unwanted.request) == LWLOCK_BUSY);
    CHECK(lwlock_async_poll(queue, 0) == 0);
    CHECK(lwlock_detach() == LWLOCK_HOLDS_LOCKS); /* none, but has requests */
    CHECK(lwlock_async_cancel(queue, &unwanted.request) == 1);
    holder.step = 2;
    struct pollfd file = {.fd = lwlock_async_descriptor(queue), .events = POLLIN};
    while (lwlock_async_pending(queue) != 0) {
        poll(&file, 1, 10);
        CHECK(lwlock_async_poll(queue, 0) >= 0);
    }
    CHECK(ended == 1 && endings[0].number == 1 && endings[0].status == LWLOCK_WAITED);
    pthread_join(thread, NULL);
    CHECK(lwlock_state_word(&holder.lock) == 0);
}

/* io_uring cannot wait for emulated futexes. */
static void check_refused(lwlock_async_queue_t* queue) {
    lwlock_t lock;
    lwlock_init(&lock, 0);
    wish_t wish = wish_for(&lock, LWLOCK_SHARED, 0);
    CHECK(lwlock_async_acquire(queue, &wish.request) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_state_word(&lock) == 0);
    CHECK(lwlock_async_destroy(queue) == LWLOCK_OK);
}

void test_async(void) {
    lwlock_space_t space;
    CHECK(lwlock_space_process_private(&space) == LWLOCK_OK);
    const int emulated = lwlock_space_futexes(&space) == LWLOCK_FUTEXES_EMULATED;
    const uint32_t means[] = {LWLOCK_ASYNC_AUTOMATIC, LWLOCK_ASYNC_IO_URING, LWLOCK_ASYNC_THREADS};
    for (int i = 0; i < 3; ++i) {
        const lwlock_async_options_t options = {.locks = 4, .means = means[i]};
        lwlock_async_queue_t queue = {0};
        const int status = lwlock_async_create(&options, &queue);
        if (means[i] == LWLOCK_ASYNC_IO_URING && status == LWLOCK_SYSTEM_ERROR) continue;
        CHECK(status == LWLOCK_OK);
        const int chosen = lwlock_async_means(&queue);
        if (means[i] == LWLOCK_ASYNC_AUTOMATIC) {
            CHECK(chosen == LWLOCK_ASYNC_IO_URING || chosen == LWLOCK_ASYNC_THREADS);
        } else {
            CHECK(chosen == (int)means[i]);
        }
        CHECK(lwlock_async_create(&options, &queue) == LWLOCK_ALREADY_ATTACHED);
        if (emulated && means[i] == LWLOCK_ASYNC_IO_URING) {
            check_refused(&queue);
            continue;
        }
        ask_in_order(&queue);
        ask_another(&queue);
        CHECK(lwlock_async_destroy(&queue) == LWLOCK_OK);
        CHECK(lwlock_async_destroy(&queue) == LWLOCK_OK);
        CHECK(lwlock_async_means(&queue) == LWLOCK_ASYNC_AUTOMATIC);
    }
}

static void destroy_in_callback(lwlock_async_request_t* request, int status) {
    lwlock_async_queue_t* const queue = request->context;
    CHECK(status >= 0);
    CHECK(lwlock_async_destroy(queue) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_async_poll(queue, INT64_MAX) == 0);
    CHECK(lwlock_release(request->lock) == LWLOCK_OK);
}

static void* use_foreign_queue(void* argument) {
    lwlock_async_queue_t* const queue = argument;
    lwlock_t lock;
    lwlock_init(&lock, 0);
    wish_t wish = wish_for(&lock, LWLOCK_SHARED, 0);
    CHECK(lwlock_async_acquire(queue, &wish.request) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_async_poll(queue, 0) == LWLOCK_BAD_ARGUMENT);
    CHECK(last_failed("AsyncQueue::poll"));
    CHECK(lwlock_async_destroy(queue) == LWLOCK_BAD_ARGUMENT);
    CHECK(last_failed("AsyncQueue::destroy"));
    CHECK(lwlock_state_word(&lock) == 0);
    return NULL;
}

void test_async_misuse(void) {
    const lwlock_async_options_t wrong[] = {{0, LWLOCK_ASYNC_AUTOMATIC}, {1, 3}, {30001, 0}};
    const lwlock_async_options_t one = {1, LWLOCK_ASYNC_AUTOMATIC};
    lwlock_async_queue_t queue = {0};
    lwlock_t locks[2];
    memset(locks, 0, sizeof locks);
    for (int i = 0; i < 3; ++i)
        CHECK(lwlock_async_create(&wrong[i], &queue) == LWLOCK_BAD_ARGUMENT);

    /* Not created. */
    wish_t wish = wish_for(&locks[0], LWLOCK_EXCLUSIVE, 1);
    CHECK(lwlock_async_acquire(&queue, &wish.request) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_async_cancel(&queue, &wish.request) == 0);
    CHECK(lwlock_async_poll(&queue, INT64_MAX) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_async_pending(&queue) == 0);
    CHECK(lwlock_async_descriptor(&queue) == -1);
    CHECK(lwlock_async_destroy(&queue) == LWLOCK_OK);

    /* Incomplete. */
    CHECK(lwlock_async_create(NULL, &queue) == LWLOCK_OK);
    CHECK(lwlock_async_destroy(&queue) == LWLOCK_OK);
    CHECK(lwlock_async_create(&one, &queue) == LWLOCK_OK);
    wish_t incomplete = wish;
    incomplete.request.mode = 2;
    CHECK(lwlock_async_acquire(&queue, &incomplete.request) == LWLOCK_BAD_ARGUMENT);
    incomplete.request.mode = 256; /* whose last byte is a mode */
    CHECK(lwlock_async_acquire(&queue, &incomplete.request) == LWLOCK_BAD_ARGUMENT);
    incomplete = wish;
    incomplete.request.lock = NULL;
    CHECK(lwlock_async_acquire(&queue, &incomplete.request) == LWLOCK_BAD_ARGUMENT);
    incomplete = wish;
    incomplete.request.done = NULL;
    CHECK(lwlock_async_acquire(&queue, &incomplete.request) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_state_word(&locks[0]) == 0);

    /* Pending already, too many, of another queue or thread, and from a callback. */
    lwlock_async_queue_t other = {0};
    CHECK(lwlock_async_create(&one, &other) == LWLOCK_OK);
    for (int i = 0; i < 2; ++i) CHECK(lwlock_acquire(&locks[i], LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    wish.request.done = destroy_in_callback;
    wish.request.context = &queue;
    wish_t second = wish_for(&locks[1], LWLOCK_SHARED, 2);
    CHECK(lwlock_async_acquire(&queue, &wish.request) == LWLOCK_BUSY);
    CHECK(lwlock_async_acquire(&queue, &wish.request) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_async_acquire(&other, &wish.request) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_async_cancel(&other, &wish.request) == 0);
    CHECK(lwlock_async_acquire(&queue, &second.request) == LWLOCK_TOO_MANY_PENDING);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, use_foreign_queue, &queue) == 0);
    pthread_join(thread, NULL);
    CHECK(lwlock_async_pending(&queue) == 1);
    lwlock_release_all();
    CHECK(lwlock_async_poll(&queue, INT64_MAX) == 1);

    /* Destroying cancels; the request can be used again. */
    ended = 0;
    CHECK(lwlock_acquire(&locks[1], LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    CHECK(lwlock_async_acquire(&other, &second.request) == LWLOCK_BUSY);
    CHECK(lwlock_async_destroy(&other) == LWLOCK_OK);
    CHECK(lwlock_release(&locks[1]) == LWLOCK_OK);
    CHECK(lwlock_async_acquire(&queue, &second.request) == LWLOCK_OK);
    CHECK(lwlock_release(&locks[1]) == LWLOCK_OK);
    CHECK(lwlock_async_destroy(&queue) == LWLOCK_OK);
    CHECK(ended == 0);
    for (int i = 0; i < 2; ++i) CHECK(lwlock_state_word(&locks[i]) == 0);
}
