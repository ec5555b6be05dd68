// Variables beside locks: watching, updating, and the end of the holding.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "lwlock/lwlock.hpp"
#include "tests/support/child.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/seccomp.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

TEST(Variables, AChangeEndsTheWait) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    Worker watcher(space, [&] {
        std::uint64_t value = 0;
        EXPECT_FALSE(lock.wait_for_var(variable, 0, value));
        EXPECT_EQ(value, 1u);
    });
    watcher.await_waiting();
    EXPECT_EQ(report_of(space, watcher.backend()).waiting, WaitKind::variable);
    lock.update_var(variable, 1);
    watcher.join();
    lock.release();
}

TEST(Variables, AValueAlreadyDifferentNeedsNoWait) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    lock.update_var(variable, 3);
    Worker(space, [&] {
        std::uint64_t value = 0;
        EXPECT_FALSE(lock.wait_for_var(variable, 0, value));
        EXPECT_EQ(value, 3u);
        EXPECT_EQ(report_of(space, my_backend()).waits, 0u);
    }).join();
    lock.release();
}

TEST(Variables, TheReleaseEndsTheWait) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    Worker watcher(space, [&] {
        std::uint64_t value = 0;
        EXPECT_TRUE(lock.wait_for_var(variable, 0, value));
    });
    watcher.await_waiting();
    lock.release();
}

TEST(Variables, ClearingReleaseEndsTheWait) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    lock.update_var(variable, 8);
    Worker watcher(space, [&] {
        std::uint64_t value = 99;
        EXPECT_TRUE(lock.wait_for_var(variable, 8, value));
        EXPECT_EQ(value, 0u);
    });
    watcher.await_waiting();
    lock.release_clear_var(variable, 0);
    watcher.join();
    EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
    lock.release();
}

TEST(Variables, TheSameValueDoesNotEndTheWait) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    Worker watcher(space, [&] {
        std::uint64_t value = 0;
        EXPECT_FALSE(lock.wait_for_var(variable, 0, value));
        EXPECT_EQ(value, 2u);
    });
    watcher.await_waiting();
    for (int i = 0; i < 100; ++i) lock.update_var(variable, 0);
    watcher.await_waiting();
    EXPECT_FALSE(watcher.finished());
    lock.update_var(variable, 2);
    watcher.join();
    lock.release();
}

TEST(Variables, EveryWatcherIsWoken) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    std::deque<Worker> watchers;
    for (int i = 0; i < 5; ++i) {
        watchers.emplace_back(space, [&] {
            std::uint64_t value = 0;
            EXPECT_FALSE(lock.wait_for_var(variable, 0, value));
        });
    }
    for (const Worker& watcher : watchers) watcher.await_waiting();
    lock.update_var(variable, 1);
    for (Worker& watcher : watchers) watcher.join();
    lock.release();
}

TEST(Variables, UpdatingUnwatchedMakesNoFutexCall) {
    in_child([] {
        Lock lock;
        Variable variable;
        lock.acquire(Mode::exclusive);
        forbid_futex_calls();
        for (std::uint64_t value = 1; value <= 1000; ++value) lock.update_var(variable, value);
        lock.release_clear_var(variable, 0);
    });
}

// The holder counts up; the watcher waits for each value in turn, as an engine
// waits for an insertion to proceed. A lost wake hangs.
TEST(Variables, AWatcherFollowsToTheEnd) {
    constexpr std::uint64_t kLast = 20'000;
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    Worker watcher(space, [&] {
        std::uint64_t value = 0;
        while (!lock.wait_for_var(variable, value, value)) EXPECT_LE(value, kLast);
    });
    watcher.await_waiting();
    for (std::uint64_t value = 1; value <= kLast; ++value) lock.update_var(variable, value);
    lock.release();
}

}  // namespace
}  // namespace lwlock::tests
