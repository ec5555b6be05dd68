// Cancelling waits from outside.

#include <gtest/gtest.h>

#include <deque>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"
#include "waitqueue/eventcount.hpp"

namespace lwlock::tests {
namespace {

constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};

TEST(Cancel, EndsAWait) {
    const LockSpace space = private_space();
    for (const Mode wanted : kModes) {
        Lock lock;
        lock.acquire(Mode::exclusive);
        Worker waiter(space, [&] {
            EXPECT_EQ(lock.acquire_cancellable(wanted), Status::canceled);
            EXPECT_FALSE(lock.held_by_me());
            EXPECT_EQ(held_count(), 0u);
            EXPECT_EQ(lock.acquire_cancellable(wanted, Deadline::at(0)), Status::timed_out)
                << "a cancellation is for one wait";
        });
        waiter.await_waiting();
        EXPECT_EQ(space.cancel_wait(waiter.backend()), Status::ok);
        waiter.join();
        lock.release();
        EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
        lock.release();
    }
}

TEST(Cancel, ThatCameEarlierEndsTheNextWait) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::exclusive);
    Worker(space, [&] {
        EXPECT_EQ(space.cancel_wait(my_backend()), Status::ok);
        EXPECT_EQ(lock.acquire_cancellable(Mode::shared), Status::canceled);
    }).join();
    lock.release();
}

TEST(Cancel, CanBeForgotten) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::exclusive);
    Worker(space, [&] {
        EXPECT_EQ(space.cancel_wait(my_backend()), Status::ok);
        reset_cancel();
        EXPECT_EQ(lock.acquire_cancellable(Mode::shared, Deadline::after(1'000'000)),
                  Status::timed_out);
    }).join();
    lock.release();
}

TEST(Cancel, DoesNotStopAFreeLockFromBeingTaken) {
    const LockSpace space = private_space();
    Lock lock;
    Worker(space, [&] {
        EXPECT_EQ(space.cancel_wait(my_backend()), Status::ok);
        EXPECT_EQ(lock.acquire_cancellable(Mode::exclusive), Status::ok);
        lock.release();
    }).join();
}

TEST(Cancel, LeavesOtherWaitsAlone) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    std::deque<Worker> waiters;
    waiters.emplace_back(space, [&] {
        EXPECT_TRUE(lock.acquire(Mode::exclusive));
        lock.release();
    });
    waiters.emplace_back(space, [&] {
        EXPECT_EQ(lock.acquire_for(Mode::shared, std::chrono::hours(1)), Status::waited);
        lock.release();
    });
    waiters.emplace_back(space, [&] {
        EXPECT_FALSE(lock.acquire_or_wait(Mode::exclusive));
        EXPECT_FALSE(lock.held_by_me());
    });
    waiters.emplace_back(space, [&] {
        std::uint64_t value = 0;
        EXPECT_FALSE(lock.wait_for_var(variable, 0, value));
        EXPECT_EQ(value, 1u);
    });
    for (const Worker& waiter : waiters) waiter.await_waiting();
    for (int round = 0; round < 100; ++round) {
        for (const Worker& waiter : waiters) {
            EXPECT_EQ(space.cancel_wait(waiter.backend()), Status::ok);
        }
    }
    for (const Worker& waiter : waiters) {
        waiter.await_waiting();
        EXPECT_FALSE(waiter.finished());
    }
    lock.update_var(variable, 1);
    waiters.back().join();
    lock.release();
}

TEST(Cancel, MeetsOnlyTheBackendNamed) {
    constexpr std::uint32_t kWaiters = waitqueue::kBackendBits + 1;  // two share a futex bit
    const LocalSpace space({.backends = kWaiters + 1});
    Lock lock;
    Worker holder(*space, [&] {
        lock.acquire(Mode::exclusive);
        std::atomic<std::uint32_t> canceled{0};
        std::deque<Worker> waiters;
        for (std::uint32_t i = 0; i < kWaiters; ++i) {
            waiters.emplace_back(*space, [&] {
                if (lock.acquire_cancellable(Mode::exclusive) == Status::canceled) {
                    ++canceled;
                } else {
                    lock.release();
                }
            });
            waiters.back().await_waiting();
        }
        EXPECT_EQ(space->cancel_wait(waiters.front().backend()), Status::ok);
        waiters.front().join();
        for (std::uint32_t i = 1; i < kWaiters; ++i) waiters[i].await_waiting();
        EXPECT_EQ(canceled, 1u);
        lock.release();
    });
}

TEST(Cancel, WhileTheLockIsReleasedLosesNoWake) {
    const LockSpace space = private_space();
    for (int round = 0; round < 500; ++round) {
        Lock lock;
        lock.acquire(Mode::exclusive);
        Worker canceled(space, [&] {
            if (succeeded(lock.acquire_cancellable(Mode::exclusive))) lock.release();
        });
        Worker other(space, [&] {
            lock.acquire(Mode::exclusive);
            lock.release();
        });
        if (round % 2 == 0) canceled.await_waiting();
        Worker canceller(space, [&] { space.cancel_wait(canceled.backend()); });
        lock.release();
    }
}

TEST(Cancel, NeedsABackendOfTheSpace) {
    const LocalSpace space({.backends = 3});
    EXPECT_EQ(space->cancel_wait(2), Status::ok);
    EXPECT_EQ(space->cancel_wait(3), Status::bad_argument);
    EXPECT_EQ(space->cancel_wait(kNoBackend), Status::bad_argument);
}

TEST(Cancel, OfTheOwnerBeforeDoesNotReachANewBackend) {
    const LocalSpace space({.backends = 1});
    Lock lock;
    lock.acquire(Mode::exclusive);
    Worker(*space, [&] { EXPECT_EQ(space->cancel_wait(my_backend()), Status::ok); }).join();
    Worker(*space, [&] {
        EXPECT_EQ(lock.acquire_cancellable(Mode::shared, Deadline::after(1'000'000)),
                  Status::timed_out);
    }).join();
    lock.release();
}

}  // namespace
}  // namespace lwlock::tests
