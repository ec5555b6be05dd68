#include "sample_segment.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "guarded_memory.hpp"
#include "lwlock/lwlock.hpp"
#include "require.hpp"

namespace lwlock::tests::fuzz {
namespace {

constexpr SpaceOptions kOptions{
    .backends = 70, .locks = kSampleLocks, .user_bytes = 4096, .futexes = Futexes::system};

void define_tranches(const LockSpace& space) {
    std::uint16_t id = 0;
    FUZZ_REQUIRE(space.request_tranche(kSampleNames[0], 4, id) == Status::ok);
    FUZZ_REQUIRE(space.request_tranche(kSampleNames[1], 2, id) == Status::ok);
    FUZZ_REQUIRE(space.register_tranche(7, kSampleNames[2]) == Status::ok);
}

void use_locks(const LockSpace& space) {
    std::span<Lock> locks;
    FUZZ_REQUIRE(space.named_tranche(kSampleNames[0], locks) == Status::ok);
    locks[0].acquire(Mode::exclusive);
    locks[1].acquire(Mode::shared);
    // The bits of a waiter that has gone.
    FUZZ_REQUIRE(locks[2].acquire(Mode::exclusive) == false);
    locks[2].disown();
    FUZZ_REQUIRE(locks[2].acquire_until(Mode::shared, Deadline::at(0)) == Status::timed_out);
    static_cast<Lock*>(space.user_memory())[0].acquire(Mode::exclusive);
}

// Copies what is not zero; the file stays sparse.
int copy_to_file(const std::byte* memory, std::size_t size) {
    constexpr std::size_t kPage = 4096;
    const int descriptor = memfd_create("sample", MFD_CLOEXEC);
    FUZZ_REQUIRE(descriptor >= 0 && ftruncate(descriptor, static_cast<off_t>(size)) == 0);
    for (std::size_t at = 0; at < size; at += kPage) {
        const std::byte* const page = memory + at;
        if (std::all_of(page, page + kPage, [](std::byte b) { return b == std::byte{0}; })) {
            continue;
        }
        FUZZ_REQUIRE(pwrite(descriptor, page, kPage, static_cast<off_t>(at)) == kPage);
    }
    return descriptor;
}

SampleSegment make() {
    const GuardedMemory memory(LockSpace::required_size(kOptions));
    LockSpace space;
    FUZZ_REQUIRE(LockSpace::create_in(memory.data(), memory.size(), true, kOptions, space) ==
                 Status::ok);
    FUZZ_REQUIRE(space.attach() == Status::ok);
    define_tranches(space);
    use_locks(space);
    const SampleSegment sample{.descriptor = copy_to_file(memory.data(), memory.size()),
                               .layout = space.view().layout,
                               .busy_slot = my_backend()};
    // The copy keeps what this backend gives up here.
    release_all();
    FUZZ_REQUIRE(detach() == Status::ok);
    return sample;
}

}  // namespace

const SampleSegment& sample_segment() {
    static const SampleSegment sample = make();
    return sample;
}

}  // namespace lwlock::tests::fuzz
