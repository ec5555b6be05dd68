// A lock space in a memory file, its tranches, and a look at its backends.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <lwlock/lwlock.hpp>
#include <span>

namespace {

using lwlock::Lock;
using lwlock::LockSpace;
using lwlock::Mode;
using lwlock::Status;

int fail(const char* what, Status status) {
    std::fprintf(stderr, "spaces: %s: %s\n", what, lwlock::describe(status));
    return 1;
}

// [report]
// Prints what every backend waits for and holds: deadlock hunting from outside.
void print_backends(const LockSpace& space) {
    for (lwlock::BackendNumber number = 0; number < space.backends_ever_used(); ++number) {
        lwlock::BackendReport report;
        if (!space.report(number, report) || report.process == 0) continue;
        std::printf("backend %u, process %u, holds %u", number, report.process, report.held_count);
        if (report.waiting != lwlock::WaitKind::none) {
            const Lock* const lock = space.lock_at(report.wait_location);
            std::printf(", waits for %s", lock != nullptr ? lwlock::wait_event_name(*lock) : "?");
        }
        std::printf("\n");
    }
}
// [/report]

// [joining]
// Another process, which was given the descriptor.
int join(int descriptor) {
    LockSpace space;
    Status status = LockSpace::open_descriptor(descriptor, space);
    if (status == Status::ok) status = space.attach();
    if (status != Status::ok) return fail("join", status);

    std::span<Lock> partitions;
    status = space.named_tranche("buffer_mapping", partitions);
    if (status != Status::ok) return fail("named_tranche", status);
    partitions[3].acquire(Mode::shared);
    partitions[3].release();
    lwlock::detach();
    space.unmap();
    return 0;
}
// [/joining]

}  // namespace

int main() {
    // [creating]
    LockSpace space;
    const lwlock::SpaceOptions options{
        .backends = 64, .locks = 128 + 8 * lwlock::kPaddedLockRoom, .user_bytes = 1 << 20};
    Status status = LockSpace::create_memfd(options, space);
    if (status == Status::ok) status = space.attach();  // the calling thread takes a slot
    if (status != Status::ok) return fail("create", status);

    std::uint16_t tranche = 0;
    status = space.request_tranche("buffer_mapping", 128, tranche);
    if (status != Status::ok) return fail("request_tranche", status);
    // [/creating]

    // [padded]
    std::uint16_t id = 0;
    status = space.request_padded_tranche("wal_insert", 8, id);
    if (status != Status::ok) return fail("request_padded_tranche", status);
    std::span<lwlock::PaddedLock> inserters;
    status = space.named_tranche("wal_insert", inserters);
    if (status != Status::ok) return fail("named_tranche", status);
    inserters[5].lock.acquire(Mode::exclusive);
    inserters[5].lock.release();
    // [/padded]

    std::span<Lock> partitions;
    space.named_tranche("buffer_mapping", partitions);
    // [held]
    partitions[1].acquire(Mode::shared);
    partitions[2].acquire(Mode::exclusive);
    lwlock::for_each_held_by_me(
        [](Lock& lock, Mode mode, void*) {
            std::printf("%s, %s\n", lwlock::wait_event_name(lock), lwlock::name_of(mode));
        },
        nullptr);
    const bool any = lwlock::any_held_by_me(partitions.data(), partitions.size(), sizeof(Lock));
    lwlock::release_all();  // error recovery: everything, youngest first
    // [/held]

    const pid_t child = fork();
    if (child == 0) _exit(join(space.descriptor()));
    int result = 0;
    waitpid(child, &result, 0);
    print_backends(space);
    const bool released = lwlock::held_count() == 0;
    lwlock::detach();
    space.unmap();
    return any && released && result == 0 ? 0 : 1;
}
