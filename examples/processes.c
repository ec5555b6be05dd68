/* Several processes, one lock space: a counter in shared memory. */

#include <lwlock/lwlock.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 4, ROUNDS = 10000 };

static int fail(const char* what, int status) {
    fprintf(stderr, "processes: %s: %s\n", what, lwlock_describe(status));
    return 1;
}

/* [child] */
static int child(const lwlock_space_t* space) {
    int status = lwlock_attach(space); /* this process's thread becomes a backend */
    if (status < 0) return fail("attach", status);

    lwlock_t* locks;
    uint32_t count;
    status = lwlock_named_tranche(space, "counter", &locks, &count);
    if (status < 0) return fail("named_tranche", status);

    long* counter = lwlock_space_user_memory(space);
    for (int round = 0; round < ROUNDS; round++) {
        status = lwlock_acquire(&locks[0], LWLOCK_EXCLUSIVE);
        if (status < 0) return fail("acquire", status);
        ++*counter;
        lwlock_release(&locks[0]);
    }
    return lwlock_detach() < 0;
}
/* [/child] */

int main(void) {
    /* [parent] */
    const lwlock_space_options_t options = {
        .backends = CHILDREN + 1, .locks = 1, .user_bytes = sizeof(long)};
    lwlock_space_t space;
    int status = lwlock_space_create_anonymous(&options, &space);
    if (status == LWLOCK_OK) status = lwlock_attach(&space);
    if (status < 0) return fail("create", status);

    uint16_t tranche;
    status = lwlock_request_tranche(&space, "counter", 1, &tranche);
    if (status < 0) return fail("request_tranche", status);

    for (int i = 0; i < CHILDREN; i++) {
        if (fork() == 0) _exit(child(&space)); /* not attached: the slot is the parent's */
    }
    /* [/parent] */

    int failures = 0;
    for (int i = 0; i < CHILDREN; i++) {
        int result = 0;
        wait(&result);
        if (result != 0) failures++;
    }

    /* [counters] */
    lwlock_statistics_t statistics;
    lwlock_tranche_statistics(&space, tranche, &statistics);
    printf("counter %ld, waits %llu, wakes %llu\n", *(long*)lwlock_space_user_memory(&space),
           (unsigned long long)statistics.exclusive_blocks, (unsigned long long)statistics.wakes);
    /* [/counters] */

    if (*(long*)lwlock_space_user_memory(&space) != (long)CHILDREN * ROUNDS) failures++;
    lwlock_detach();
    lwlock_space_unmap(&space);
    return failures;
}
