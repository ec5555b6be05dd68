// Misuse of backends and spaces: attaching, detaching, ends of threads.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <thread>

#include "lwlock/lwlock.hpp"
#include "tests/support/child.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/misuse_capture.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

TEST(Detach, IsRefusedWhileLocksAreHeld) {
    const LockSpace space = private_space();
    Worker(space, [] {
        Lock lock;
        lock.acquire(Mode::shared);
        const BackendNumber before = my_backend();
        EXPECT_EQ(detach(), Status::holds_locks);
        EXPECT_EQ(my_backend(), before);
        EXPECT_TRUE(lock.held_by_me());
        lock.release();
    }).join();
}

TEST(Detach, IsRefusedWhenNotAttached) {
    std::thread([] { EXPECT_EQ(detach(), Status::not_attached); }).join();
}

TEST(Attach, IsRefusedASecondTime) {
    const LocalSpace first({.backends = 2});
    const LocalSpace second({.backends = 2});
    Worker(*first, [&] {
        EXPECT_EQ(first->attach(), Status::already_attached);
        EXPECT_EQ(second->attach(), Status::already_attached);
        EXPECT_EQ(second->backends_ever_used(), 0u);
    }).join();
}

TEST(Unmap, IsRefusedWhileTheThreadIsAttached) {
    in_child([] {
        LockSpace space;
        ASSERT_EQ(LockSpace::create_anonymous({.backends = 2}, space), Status::ok);
        ASSERT_EQ(space.attach(), Status::ok);
        EXPECT_EQ(misuse_of([&] { space.unmap(); }), Status::already_attached);
        Lock lock;  // the backend is as before
        lock.acquire(Mode::exclusive);
        lock.release();
        EXPECT_EQ(detach(), Status::ok);
        space.unmap();
        EXPECT_FALSE(space.valid());
    });
}

// With a shared space in the process, a thread that forgot to attach must not
// lock privately, where the other processes would not see it.
TEST(NotAttached, IsReportedOnceTheProcessHasASharedSpace) {
    in_child([] {
        LockSpace space;
        ASSERT_EQ(LockSpace::create_anonymous({.backends = 2}, space), Status::ok);
        Lock lock;
        Variable variable;
        std::uint64_t value = 0;
        EXPECT_EQ(misuse_of([&] { lock.acquire(Mode::shared); }), Status::not_attached);
        EXPECT_EQ(misuse_of([&] { lock.acquire(Mode::exclusive); }), Status::not_attached);
        EXPECT_EQ(misuse_of([&] { lock.try_acquire(Mode::shared); }), Status::not_attached);
        EXPECT_EQ(misuse_of([&] { lock.acquire_or_wait(Mode::shared); }), Status::not_attached);
        EXPECT_EQ(misuse_of([&] { lock.wait_for_var(variable, 0, value); }), Status::not_attached);
        EXPECT_EQ(lock.acquire_until(Mode::shared, Deadline::never()), Status::not_attached);
        EXPECT_EQ(lock.acquire_cancellable(Mode::exclusive), Status::not_attached);
        EXPECT_EQ(misuse_of([&] { lock.release(); }), Status::not_held);
        EXPECT_EQ(misuse_of([&] { lock.disown(); }), Status::not_held);
        EXPECT_EQ(misuse_of([&] { lock.release_disowned(Mode::shared); }), Status::not_attached);
        EXPECT_EQ(lock.state_word(), 0u);
        EXPECT_EQ(space.attach(), Status::ok);
        lock.acquire(Mode::shared);
        lock.release();
    });
}

TEST(NotAttached, IsReportedAfterForkToo) {
    in_child([] {
        LockSpace space;
        ASSERT_EQ(LockSpace::create_anonymous({.backends = 2}, space), Status::ok);
        ASSERT_EQ(space.attach(), Status::ok);
        in_child([] {
            Lock lock;
            EXPECT_EQ(my_backend(), kNoBackend);
            EXPECT_EQ(misuse_of([&] { lock.acquire(Mode::shared); }), Status::not_attached);
        });
    });
}

TEST(NoFreeSlot, IsReportedByAttachAndLeavesTheThreadDetached) {
    const LocalSpace space({.backends = 1});
    Worker(*space, [&] {
        std::thread([&] {
            EXPECT_EQ(space->attach(), Status::no_free_slot);
            EXPECT_EQ(my_backend(), kNoBackend);
            EXPECT_EQ(detach(), Status::not_attached);
        }).join();
    }).join();
}

TEST(EndOfThread, WithALockHeldStopsTheProcess) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(std::thread([] {
                    static Lock lock;
                    lock.acquire(Mode::exclusive);
                }).join(),
                testing::KilledBySignal(SIGABRT), "lwlock: end of thread by backend 0: ");
}

TEST(Options, OutOfRangeAreRefused) {
    LockSpace space;
    const SpaceOptions wrong[] = {
        {.backends = 0},
        {.backends = 1u << 18},
        {.backends = UINT32_MAX},
        {.backends = 1, .locks = 0, .user_bytes = UINT64_MAX},
        {.backends = 1, .locks = 0, .user_bytes = std::uint64_t{1} << 60},
    };
    for (const SpaceOptions& options : wrong) {
        EXPECT_EQ(LockSpace::required_size(options), 0u);
        EXPECT_EQ(LockSpace::create_anonymous(options, space), Status::bad_argument);
        EXPECT_EQ(LockSpace::create_memfd(options, space), Status::bad_argument);
        EXPECT_EQ(LockSpace::create_named("/lwlock-test-options", options, space),
                  Status::bad_argument);
        EXPECT_EQ(LockSpace::unlink_named("/lwlock-test-options"), Status::system_error)
            << "nothing is left behind";
        EXPECT_FALSE(space.valid());
    }
    // None of them counts as having joined a shared space.
    std::thread([] {
        Lock lock;
        lock.acquire(Mode::shared);
        lock.release();
    }).join();
}

TEST(Options, TheLargestAreAccepted) {
    EXPECT_GT(LockSpace::required_size({.backends = state::kMaxBackends, .locks = UINT32_MAX}), 0u);
}

}  // namespace
}  // namespace lwlock::tests
