/* Uses the installed library from C: a lock between two processes, and a request. */

#include <lwlock/lwlock.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int add(const lwlock_space_t* space) {
    lwlock_t* const lock = lwlock_space_user_memory(space);
    int* const sum = (int*)(lock + 1);
    int status = lwlock_attach(space);
    for (int i = 0; status >= 0 && i < 1000; ++i) {
        status = lwlock_acquire(lock, LWLOCK_EXCLUSIVE);
        ++*sum;
        if (status >= 0) status = lwlock_release(lock);
    }
    if (status < 0) fprintf(stderr, "%s\n", lwlock_describe(status));
    return status < 0 ? 1 : 0;
}

static void count(lwlock_async_request_t* request, int status) {
    if (status >= 0 && lwlock_release(request->lock) == LWLOCK_OK) ++*(int*)request->context;
}

/* A request that waits for the thread itself. \return how often it was granted. */
static int request(lwlock_t* lock) {
    lwlock_async_queue_t queue = {0};
    int granted = 0;
    lwlock_async_request_t request = {.lock = lock, .done = count, .context = &granted};
    if (lwlock_async_create(NULL, &queue) != LWLOCK_OK) return 0;
    if (lwlock_acquire(lock, LWLOCK_SHARED) == LWLOCK_OK &&
        lwlock_async_acquire(&queue, &request) == LWLOCK_BUSY &&
        lwlock_release(lock) == LWLOCK_OK) {
        lwlock_async_poll(&queue, INT64_MAX);
    }
    return lwlock_async_destroy(&queue) == LWLOCK_OK ? granted : 0;
}

int main(void) {
    const lwlock_space_options_t options = {.backends = 2, .locks = 0, .user_bytes = 64};
    lwlock_space_t space;
    if (lwlock_space_create_anonymous(&options, &space) != LWLOCK_OK) return 1;
    const pid_t child = fork();
    if (child == 0) _exit(add(&space));
    int status = 1;
    const int mine = add(&space);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || mine != 0) return 1;
    const int sum = *(int*)((lwlock_t*)lwlock_space_user_memory(&space) + 1);
    printf("%d\n", sum);
    const int granted = request(lwlock_space_user_memory(&space));
    return sum == 2000 && granted == 1 ? 0 : 1;
}
