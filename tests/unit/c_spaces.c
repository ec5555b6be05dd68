/* Lock spaces, tranches and observers through the C interface. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lwlock/lwlock.h"
#include "tests/unit/c_check.h"

void test_tranches(void) {
    lwlock_space_t space;
    lwlock_t* locks = NULL;
    uint32_t count = 0;
    uint16_t id = 0;
    uint16_t found = 0;
    CHECK(lwlock_space_process_private(&space) == LWLOCK_OK);
    CHECK(lwlock_new_tranche(&space, "c new", &id) == LWLOCK_OK);
    CHECK(lwlock_find_tranche(&space, "c new", &found) == LWLOCK_OK);
    CHECK(found == id && id >= 256);
    CHECK(lwlock_new_tranche(&space, "c new", &id) == LWLOCK_DUPLICATE_NAME);
    CHECK(lwlock_new_tranche(&space, "", &id) == LWLOCK_BAD_NAME);
    CHECK(lwlock_find_tranche(&space, "c none", &id) == LWLOCK_NO_TRANCHE);
    CHECK(lwlock_register_tranche(&space, 5, "c own") == LWLOCK_OK);
    CHECK(lwlock_request_tranche(&space, "c locks", 3, &id) == LWLOCK_OK);
    CHECK(lwlock_named_tranche(&space, "c locks", &locks, &count) == LWLOCK_OK);
    CHECK(count == 3 && locks != NULL && locks[2].tranche == id);
    CHECK(strcmp(lwlock_wait_event_name(&locks[1]), "c locks") == 0);
    CHECK(lwlock_named_tranche(&space, "c own", &locks, &count) == LWLOCK_NO_TRANCHE);

    lwlock_padded_t* padded = NULL;
    CHECK(lwlock_request_padded_tranche(&space, "c padded", 2, &id) == LWLOCK_OK);
    CHECK(lwlock_named_padded_tranche(&space, "c padded", &padded, &count) == LWLOCK_OK);
    CHECK(count == 2 && (char*)&padded[1].lock - (char*)&padded[0].lock == 128);
    CHECK((uintptr_t)padded % 128 == 0 && padded[1].lock.tranche == id);
    CHECK(lwlock_acquire(&padded[1].lock, LWLOCK_EXCLUSIVE) == LWLOCK_OK);
    CHECK(lwlock_any_held_by_me(&padded[0].lock, 2, sizeof(lwlock_padded_t)));
    CHECK(lwlock_release(&padded[1].lock) == LWLOCK_OK);
    CHECK(lwlock_named_tranche(&space, "c padded", &locks, &count) == LWLOCK_NO_TRANCHE);
    CHECK(lwlock_named_padded_tranche(&space, "c locks", &padded, &count) == LWLOCK_NO_TRANCHE);

    char name[LWLOCK_TRANCHE_NAME_SIZE];
    lwlock_tranche_name(&space, 5, name);
    CHECK(strcmp(name, "c own") == 0);
    lwlock_tranche_name(&space, 6, name);
    CHECK(strcmp(name, "tranche 6") == 0);

    const lwlock_policy_t policies[] = {{LWLOCK_BIAS_OFF, LWLOCK_PREFER_READERS},
                                        {LWLOCK_BIAS_ALWAYS, LWLOCK_PREFER_WRITERS},
                                        {LWLOCK_BIAS_ADAPTIVE, LWLOCK_PREFER_WRITERS}};
    lwlock_policy_t policy = lwlock_space_tranche_policy(&space, id);
    CHECK(policy.bias == LWLOCK_BIAS_ADAPTIVE && policy.preference == LWLOCK_PREFER_READERS);
    for (int i = 0; i < 3; ++i) {
        CHECK(lwlock_space_set_tranche_policy(&space, id, policies[i]) == LWLOCK_OK);
        policy = lwlock_space_tranche_policy(&space, id);
        CHECK(policy.bias == policies[i].bias && policy.preference == policies[i].preference);
    }
    const lwlock_policy_t wrong[] = {{3, LWLOCK_PREFER_READERS}, {LWLOCK_BIAS_OFF, 2}};
    for (int i = 0; i < 2; ++i) {
        CHECK(lwlock_space_set_tranche_policy(&space, id, wrong[i]) == LWLOCK_BAD_ARGUMENT);
    }
    policy = lwlock_space_tranche_policy(&space, id);
    CHECK(policy.bias == policies[2].bias && policy.preference == policies[2].preference);
}

void test_observers(void) {
    lwlock_wait_observer_t observer;
    memset(&observer, 0, sizeof observer);
    CHECK(lwlock_add_wait_observer(&observer) == 1);
    CHECK(lwlock_add_wait_observer(&observer) == 0);
    CHECK(lwlock_remove_wait_observer(&observer) == 1);
    CHECK(lwlock_remove_wait_observer(&observer) == 0);
}

/* A child process takes the lock at the start of the user memory exclusively
 * and adds one to the number after it. */
static void add_in_child(const lwlock_space_t* space, void* memory) {
    lwlock_t* const lock = memory;
    int* const number = (int*)(lock + 1);
    const pid_t child = fork();
    if (child == 0) {
        int status = lwlock_attach(space);
        if (status == LWLOCK_OK) status = lwlock_acquire(lock, LWLOCK_EXCLUSIVE);
        ++*number;
        if (status >= 0) status = lwlock_release(lock);
        if (status >= 0) status = lwlock_detach();
        _exit(status == LWLOCK_OK ? 0 : 1);
    }
    int status = 1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

static void use_space(lwlock_space_t* space) {
    int* const number = (int*)((lwlock_t*)lwlock_space_user_memory(space) + 1);
    const int before = *number;
    add_in_child(space, lwlock_space_user_memory(space));
    CHECK(*number == before + 1);
    CHECK(lwlock_attach(space) == LWLOCK_OK);
    CHECK(lwlock_attach(space) == LWLOCK_ALREADY_ATTACHED);
    CHECK(lwlock_my_backend() == 0);
    CHECK(lwlock_detach() == LWLOCK_OK);
    CHECK(lwlock_my_backend() == UINT32_MAX);
}

void test_spaces(void) {
    const lwlock_space_options_t options = {.backends = 4, .locks = 1, .user_bytes = 64};
    const lwlock_space_options_t none = {.backends = 0, .locks = 0, .user_bytes = 0};
    lwlock_space_t space;
    lwlock_space_t joined;
    CHECK(lwlock_detach() == LWLOCK_OK); /* from the process-private space */

    CHECK(lwlock_space_create_anonymous(&none, &space) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_space_required_size(&none) == 0);
    CHECK(lwlock_space_create_anonymous(&options, &space) == LWLOCK_OK);
    CHECK(lwlock_space_user_bytes(&space) == 64);
    CHECK(lwlock_space_size(&space) == lwlock_space_required_size(&options));
    use_space(&space);
    lwlock_space_unmap(&space);

    CHECK(lwlock_space_create_memfd(&options, &space) == LWLOCK_OK);
    CHECK(lwlock_space_open_descriptor(lwlock_space_descriptor(&space), &joined) == LWLOCK_OK);
    CHECK(lwlock_space_user_memory(&space) != lwlock_space_user_memory(&joined));
    use_space(&joined);
    use_space(&space);
    lwlock_space_unmap(&joined);
    lwlock_space_unmap(&space);

    char name[64];
    snprintf(name, sizeof name, "/lwlock-c-test-%d", (int)getpid());
    CHECK(lwlock_space_open_named(name, &joined) == LWLOCK_SYSTEM_ERROR);
    CHECK(lwlock_space_create_named(name, &options, &space) == LWLOCK_OK);
    CHECK(lwlock_space_create_named(name, &options, &joined) == LWLOCK_SYSTEM_ERROR);
    CHECK(lwlock_space_open_named(name, &joined) == LWLOCK_OK);
    CHECK(lwlock_space_unlink_named(name) == LWLOCK_OK);
    CHECK(lwlock_space_unlink_named(name) == LWLOCK_SYSTEM_ERROR);
    use_space(&joined);
    lwlock_space_unmap(&joined);
    lwlock_space_unmap(&space);

    const size_t size = (size_t)lwlock_space_required_size(&options);
    void* const memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(lwlock_space_open_at(memory, size, &joined) == LWLOCK_BAD_SEGMENT);
    CHECK(lwlock_space_create_in(memory, size - 1, 1, &options, &space) == LWLOCK_BAD_ARGUMENT);
    CHECK(lwlock_space_create_in(memory, size, 1, &options, &space) == LWLOCK_OK);
    CHECK(lwlock_space_open_at(memory, size, &joined) == LWLOCK_OK);
    use_space(&joined);
    lwlock_space_unmap(&space);
    munmap(memory, size);

    lwlock_t lock;
    memset(&lock, 0, sizeof lock);
    CHECK(lwlock_acquire(&lock, LWLOCK_SHARED) == LWLOCK_NOT_ATTACHED);
    CHECK(lock.state == 0);
}
