// Errors of operations that attach, map or define by themselves: where the system
// refuses something, or no slot is free.

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "lwlock/lwlock.h"
#include "lwlock/lwlock.hpp"
#include "tests/support/child.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/misuse_capture.hpp"
#include "tests/support/seccomp.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

// Every operation with a lock that makes an unattached thread a backend.
void expect_of_each_that_attaches(Status error) {
    Lock lock;
    Variable variable;
    std::uint64_t value = 0;
    auto* const in_c = reinterpret_cast<lwlock_t*>(&lock);
    const auto number = static_cast<int>(error);
    for (const Mode mode : {Mode::exclusive, Mode::shared}) {
        EXPECT_EQ(misuse_of([&] { lock.acquire(mode); }), error);
        EXPECT_EQ(misuse_of([&] { lock.try_acquire(mode); }), error);
        EXPECT_EQ(misuse_of([&] { lock.acquire_or_wait(mode); }), error);
        EXPECT_EQ(misuse_of([&] { lock.release_disowned(mode); }), error);
        EXPECT_EQ(lock.acquire_until(mode, Deadline::at(0)), error);
        EXPECT_EQ(lock.acquire_for(mode, std::chrono::hours(1)), error);
        EXPECT_EQ(lock.acquire_cancellable(mode), error);
        const auto mode_in_c = static_cast<lwlock_mode_t>(mode);
        EXPECT_EQ(lwlock_acquire(in_c, mode_in_c), number);
        EXPECT_EQ(lwlock_try_acquire(in_c, mode_in_c), number);
        EXPECT_EQ(lwlock_acquire_or_wait(in_c, mode_in_c), number);
        EXPECT_EQ(lwlock_release_disowned(in_c, mode_in_c), number);
    }
    EXPECT_EQ(misuse_of([&] { lock.wait_for_var(variable, 0, value); }), error);
    EXPECT_EQ(last_error().error, error);
    EXPECT_EQ(my_backend(), kNoBackend);
    EXPECT_EQ(lock.state_word(), 0u);
}

TEST(NoFreeSlotOfThePrivateSpace, IsReportedByWhatAttachesByItself) {
    const LockSpace space = private_space();
    std::vector<std::uint64_t> before;
    for (std::uint32_t word = 0; word < space.backends() / 64; ++word) {
        before.push_back(space.view().bitmap()[word].load_relaxed());
        space.view().bitmap()[word].store_relaxed(UINT64_MAX);
    }
    std::thread([&] {
        expect_of_each_that_attaches(Status::no_free_slot);
        std::uint16_t id = 0;
        EXPECT_EQ(space.new_tranche("of nobody", id), Status::no_free_slot);
        EXPECT_EQ(space.register_tranche(77, "of nobody"), Status::no_free_slot);
        EXPECT_EQ(space.request_tranche("of nobody", 1, id), Status::no_free_slot);
    }).join();
    for (std::uint32_t word = 0; word < before.size(); ++word) {
        space.view().bitmap()[word].store_relaxed(before[word]);
    }
    std::thread([] {
        Lock lock;
        lock.acquire(Mode::shared);
        lock.release();
    }).join();
}

// In a process of its own, since the private space stays once it is there.
[[noreturn]] void use_private_space_without_memory() {
    refuse_large_mappings();
    LockSpace space;
    EXPECT_EQ(LockSpace::process_private(space), Status::system_error);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_FALSE(space.valid());
    expect_of_each_that_attaches(Status::system_error);
    EXPECT_EQ(errno, ENOMEM);
    std::exit(testing::Test::HasFailure() ? 1 : 0);
}

TEST(SystemErrorDeathTest, OfThePrivateSpaceIsReportedByWhatNeedsIt) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(use_private_space_without_memory(), testing::ExitedWithCode(0), "");
}

TEST(SystemError, OfMappingIsReportedAndLeavesNothingBehind) {
    in_child([] {
        const SpaceOptions options{.backends = 1};
        LockSpace made;
        ASSERT_EQ(LockSpace::create_memfd(options, made), Status::ok);
        refuse_large_mappings();
        LockSpace space;
        const auto expect_no_memory = [&](Status status) {
            EXPECT_EQ(status, Status::system_error);
            EXPECT_EQ(std::exchange(errno, 0), ENOMEM);
            EXPECT_FALSE(space.valid());
        };
        constexpr char kName[] = "/lwlock-test-no-memory";
        expect_no_memory(LockSpace::create_anonymous(options, space));
        expect_no_memory(LockSpace::create_memfd(options, space));
        expect_no_memory(LockSpace::create_named(kName, options, space));
        EXPECT_EQ(LockSpace::unlink_named(kName), Status::system_error);
        EXPECT_EQ(errno, ENOENT);
        expect_no_memory(LockSpace::open_descriptor(made.descriptor(), space));
    });
}

TEST(SystemError, OfMembarrierIsReportedByAttach) {
    in_child([] {
        LockSpace space;
        ASSERT_EQ(LockSpace::create_anonymous({.backends = 1}, space), Status::ok);
        if (space.view().full_fences) return;  // there is no membarrier that could refuse
        refuse_calls(SYS_membarrier, EPERM);
        EXPECT_EQ(space.attach(), Status::system_error);
        EXPECT_STREQ(last_error().reason, "membarrier does not register the process");
        EXPECT_EQ(my_backend(), kNoBackend);
        EXPECT_EQ(space.backends_ever_used(), 0u);
    });
}

TEST(TooManyHeldLocks, LeaveNoneForADefinition) {
    const LocalSpace space({.backends = 1, .locks = 1});
    Worker(*space, [&] {
        std::vector<Lock> locks(kMaxHeldLocks);
        for (Lock& lock : locks) lock.acquire(Mode::shared);
        std::uint16_t id = 0;
        EXPECT_EQ(space->new_tranche("a", id), Status::too_many_held);
        EXPECT_EQ(space->register_tranche(7, "a"), Status::too_many_held);
        EXPECT_EQ(space->request_tranche("a", 1, id), Status::too_many_held);
        EXPECT_EQ(space->find_tranche("a", id), Status::no_tranche);
        release_all();
        EXPECT_EQ(space->request_tranche("a", 1, id), Status::ok);
    }).join();
}

TEST(LookingUp, ReportsNamesThatCannotBe) {
    const LocalSpace space({.backends = 1});
    const std::string too_long(kMaxTrancheName + 1, 'x');
    for (const char* const name : {"", too_long.c_str()}) {
        std::uint16_t id = 0;
        std::span<Lock> locks;
        std::span<PaddedLock> padded;
        EXPECT_EQ(space->find_tranche(name, id), Status::bad_name);
        EXPECT_EQ(space->named_tranche(name, locks), Status::bad_name);
        EXPECT_EQ(space->named_tranche(name, padded), Status::bad_name);
    }
}

TEST(LookingUp, ReportsLocksThatCannotBe) {
    const std::function<void(detail::TrancheEntry&)> damages[] = {
        [](detail::TrancheEntry& entry) { entry.lock_count = 100; },
        [](detail::TrancheEntry& entry) { entry.lock_count = UINT32_MAX; },
        [](detail::TrancheEntry& entry) { entry.first_lock = 17; },
        [](detail::TrancheEntry& entry) { entry.first_lock = UINT64_MAX; },
        [](detail::TrancheEntry& entry) { entry.lock_room = 0; },
        [](detail::TrancheEntry& entry) { entry.lock_room = 2; },
    };
    for (const auto& damage : damages) {
        const LocalSpace space({.backends = 1, .locks = 2 * kPaddedLockRoom});
        Worker(*space, [&] {
            std::uint16_t id = 0;
            std::uint16_t padded_id = 0;
            EXPECT_EQ(space->request_tranche("a", 2, id), Status::ok);
            EXPECT_EQ(space->request_padded_tranche("b", 1, padded_id), Status::ok);
            damage(space->view().tranches()[id]);
            damage(space->view().tranches()[padded_id]);
            std::span<Lock> locks;
            std::span<PaddedLock> padded;
            EXPECT_EQ(space->named_tranche("a", locks), Status::damaged_segment);
            EXPECT_EQ(space->named_tranche("b", padded), Status::damaged_segment);
            EXPECT_TRUE(locks.empty());
            EXPECT_TRUE(padded.empty());
        }).join();
    }
}

}  // namespace
}  // namespace lwlock::tests
