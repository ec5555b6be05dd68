// acquire_or_wait(): taking a free lock, or waiting until it gets free.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "lwlock/lwlock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};

TEST(AcquireOrWait, WaitsForTheReleaseAndDoesNotTake) {
    const LockSpace space = private_space();
    for (const Mode wanted : kModes) {
        Lock lock;
        std::atomic<bool> released{false};
        lock.acquire(Mode::exclusive);
        Worker waiter(space, [&] {
            EXPECT_FALSE(lock.acquire_or_wait(wanted));
            EXPECT_TRUE(released);
            EXPECT_FALSE(lock.held_by_me());
            EXPECT_EQ(held_count(), 0u);
        });
        waiter.await_waiting();
        EXPECT_EQ(report_of(space, waiter.backend()).waiting, WaitKind::until_free);
        released = true;
        lock.release();
        waiter.join();
        EXPECT_TRUE(state::is_free(lock.state_word()));
    }
}

TEST(AcquireOrWait, ExclusiveWaitsForTheLastReader) {
    const LockSpace space = private_space();
    Lock lock;
    std::atomic<bool> released{false};
    lock.acquire(Mode::shared);
    lock.acquire(Mode::shared);
    Worker waiter(space, [&] {
        EXPECT_FALSE(lock.acquire_or_wait(Mode::exclusive));
        EXPECT_TRUE(released);
    });
    waiter.await_waiting();
    lock.release();
    waiter.await_waiting();
    EXPECT_FALSE(waiter.finished());
    released = true;
    lock.release();
}

TEST(AcquireOrWait, SharedJoinsReaders) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::shared);
    Worker(space, [&] {
        EXPECT_TRUE(lock.acquire_or_wait(Mode::shared));
        EXPECT_TRUE(lock.held_by_me_in_mode(Mode::shared));
        lock.release();
    }).join();
    lock.release();
}

TEST(AcquireOrWait, OneReleaseEndsAllSuchWaits) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::exclusive);
    std::deque<Worker> waiters;
    for (int i = 0; i < 5; ++i) {
        waiters.emplace_back(space, [&] { EXPECT_FALSE(lock.acquire_or_wait(Mode::exclusive)); });
    }
    for (const Worker& waiter : waiters) waiter.await_waiting();
    lock.release();
}

TEST(AcquireOrWait, DoesNotKeepAWakeFromTheOthers) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::exclusive);
    Worker watcher(space, [&] { EXPECT_FALSE(lock.acquire_or_wait(Mode::exclusive)); });
    watcher.await_waiting();
    Worker writer(space, [&] {
        lock.acquire(Mode::exclusive);
        lock.release();
    });
    Worker reader(space, [&] {
        lock.acquire(Mode::shared);
        lock.release();
    });
    writer.await_waiting();
    reader.await_waiting();
    lock.release();
}

// A hungry waiter keeps everybody else from the lock; one that only waits for
// it to be free is done when it is.
TEST(AcquireOrWait, IsDoneWhenTheLockIsFreeForAnother) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::exclusive);
    Worker hungry(space, [&] {
        lock.acquire(Mode::exclusive);
        lock.release();
    });
    await("the waiter is hungry", [&] { return (lock.state_word() & state::kHandoff) != 0; });
    Worker watcher(space, [&] { EXPECT_FALSE(lock.acquire_or_wait(Mode::exclusive)); });
    watcher.await_waiting();
    lock.release();
}

}  // namespace
}  // namespace lwlock::tests
