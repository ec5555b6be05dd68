// Locks that change hands: disown() and release_disowned().

#include <gtest/gtest.h>

#include <atomic>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};

TEST(Disown, KeepsTheLockHeldByNobody) {
    for (const Mode mode : kModes) {
        Lock lock;
        lock.acquire(mode);
        EXPECT_EQ(lock.disown(), mode);
        EXPECT_FALSE(lock.held_by_me());
        EXPECT_EQ(held_count(), 0u);
        EXPECT_FALSE(state::is_free(lock.state_word()));
        EXPECT_EQ(lock.exclusive_holder(), kNoBackend);
        EXPECT_FALSE(lock.try_acquire(Mode::exclusive));
        lock.release_disowned(mode);
        EXPECT_TRUE(state::is_free(lock.state_word()));
    }
}

TEST(Disown, LetsAnotherBackendRelease) {
    const LockSpace space = private_space();
    for (const Mode mode : kModes) {
        Lock lock;
        Worker(space, [&] {
            lock.acquire(mode);
            lock.disown();
        }).join();
        Worker(space, [&] { lock.release_disowned(mode); }).join();
        EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
        lock.release();
    }
}

TEST(Disown, ReleaseWakesWaiters) {
    const LockSpace space = private_space();
    for (const Mode mode : kModes) {
        Lock lock;
        lock.acquire(mode);
        lock.disown();
        Worker waiter(space, [&] {
            EXPECT_TRUE(lock.acquire(Mode::exclusive));
            lock.release();
        });
        waiter.await_waiting();
        lock.release_disowned(mode);
    }
}

TEST(Disown, TakesTheLockMeantFromAmongOthers) {
    Lock first;
    Lock second;
    Lock third;
    first.acquire(Mode::shared);
    second.acquire(Mode::exclusive);
    third.acquire(Mode::shared);
    EXPECT_EQ(second.disown(), Mode::exclusive);
    EXPECT_EQ(held_count(), 2u);
    EXPECT_TRUE(first.held_by_me());
    EXPECT_FALSE(second.held_by_me());
    EXPECT_TRUE(third.held_by_me());
    release_all();
    EXPECT_FALSE(second.try_acquire(Mode::shared)) << "release_all leaves it alone";
    second.release_disowned(Mode::exclusive);
}

TEST(Disown, OneOfTwoSharedHoldings) {
    Lock lock;
    lock.acquire(Mode::shared);
    lock.acquire(Mode::shared);
    EXPECT_EQ(lock.disown(), Mode::shared);
    EXPECT_TRUE(lock.held_by_me());
    EXPECT_EQ(state::shared_count(lock.state_word()), 2u);
    lock.release_disowned(Mode::shared);
    lock.release();
    EXPECT_EQ(lock.state_word(), 0u);
}

TEST(Disown, AllowsDetaching) {
    const LocalSpace space({.backends = 1});
    Lock lock;
    Worker(*space, [&] {
        lock.acquire(Mode::exclusive);
        EXPECT_EQ(detach(), Status::holds_locks);
        lock.disown();
        EXPECT_EQ(detach(), Status::ok);
        EXPECT_EQ(space->attach(), Status::ok);
        lock.release_disowned(Mode::exclusive);
    }).join();
    EXPECT_TRUE(state::is_free(lock.state_word()));
}

}  // namespace
}  // namespace lwlock::tests
