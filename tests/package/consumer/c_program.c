/* Uses the installed library from C: a lock between two processes. */

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
    return sum == 2000 ? 0 : 1;
}
