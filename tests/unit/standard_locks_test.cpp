// std::unique_lock, std::shared_lock and std::scoped_lock over the lock.

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using std::chrono::system_clock;

// The standard's requirements, as far as the compiler can see them.
template <class T>
concept SharedTimedLockable = requires(T lock, steady_clock::time_point steady,
                                       system_clock::time_point system) {
    lock.lock();
    lock.unlock();
    lock.lock_shared();
    lock.unlock_shared();
    { lock.try_lock() } -> std::same_as<bool>;
    { lock.try_lock_for(1s) } -> std::same_as<bool>;
    { lock.try_lock_until(steady) } -> std::same_as<bool>;
    { lock.try_lock_until(system) } -> std::same_as<bool>;
    { lock.try_lock_shared() } -> std::same_as<bool>;
    { lock.try_lock_shared_for(1s) } -> std::same_as<bool>;
    { lock.try_lock_shared_until(steady) } -> std::same_as<bool>;
    { lock.try_lock_shared_until(system) } -> std::same_as<bool>;
};
static_assert(SharedTimedLockable<Lock>);

TEST(StandardLocks, UniqueLockHoldsExclusively) {
    Lock lock;
    {
        std::unique_lock guard(lock);
        EXPECT_TRUE(lock.held_by_me_in_mode(Mode::exclusive));
        guard.unlock();
        EXPECT_FALSE(lock.held_by_me());
        EXPECT_TRUE(guard.try_lock());
    }
    EXPECT_FALSE(lock.held_by_me());
    const std::unique_lock deferred(lock, std::defer_lock);
    EXPECT_FALSE(deferred.owns_lock());
    const std::unique_lock tried(lock, std::try_to_lock);
    EXPECT_TRUE(tried.owns_lock());
}

TEST(StandardLocks, SharedLockHoldsShared) {
    Lock lock;
    const std::shared_lock first(lock);
    const std::shared_lock second(lock, std::try_to_lock);
    EXPECT_TRUE(second.owns_lock());
    EXPECT_TRUE(lock.held_by_me_in_mode(Mode::shared));
    EXPECT_EQ(state::shared_count(lock.state_word()), 2u);
}

TEST(StandardLocks, ScopedLockTakesSeveral) {
    const LockSpace space = private_space();
    Lock first;
    Lock second;
    std::uint64_t sum = 0;
    const auto run = [&](Lock& one, Lock& other) {
        for (int i = 0; i < 2'000; ++i) {
            const std::scoped_lock guard(one, other);  // avoids the deadlock by trying
            ++sum;
        }
    };
    Worker worker(space, [&] { run(first, second); });
    run(second, first);
    worker.join();
    EXPECT_EQ(sum, 4'000u);
}

TEST(StandardLocks, TimedFormsTakeAFreeLock) {
    Lock lock;
    EXPECT_TRUE(std::unique_lock(lock, 0s).owns_lock());
    EXPECT_TRUE(std::unique_lock(lock, -1h).owns_lock());
    EXPECT_TRUE(std::unique_lock(lock, std::chrono::hours::max()).owns_lock());
    EXPECT_TRUE(std::unique_lock(lock, std::chrono::duration<double>(0.5)).owns_lock());
    EXPECT_TRUE(std::unique_lock(lock, steady_clock::now() + 1h).owns_lock());
    EXPECT_TRUE(std::unique_lock(lock, steady_clock::time_point::max()).owns_lock());
    EXPECT_TRUE(std::unique_lock(lock, steady_clock::time_point()).owns_lock());
    EXPECT_TRUE(std::shared_lock(lock, system_clock::now() + 1h).owns_lock());
    EXPECT_TRUE(std::shared_lock(lock, system_clock::now() - 1h).owns_lock());
    EXPECT_TRUE(std::shared_lock(lock, 1ms).owns_lock());
    EXPECT_FALSE(lock.held_by_me());
}

TEST(StandardLocks, TimedFormsGiveUpNotEarly) {
    const LockSpace space = private_space();
    Lock lock;
    lock.lock();
    Worker(space, [&] {
        const auto steady = steady_clock::now() + 3ms;
        EXPECT_FALSE(lock.try_lock_until(steady));
        EXPECT_GE(steady_clock::now(), steady);
        const auto system = system_clock::now() + 3ms;
        EXPECT_FALSE(lock.try_lock_shared_until(system));
        EXPECT_GE(system_clock::now(), system);
        const auto before = steady_clock::now();
        EXPECT_FALSE(lock.try_lock_for(3ms));
        EXPECT_GE(steady_clock::now() - before, 3ms);
        EXPECT_FALSE(lock.try_lock_shared_for(std::chrono::duration<double, std::milli>(0.25)));
        EXPECT_FALSE(lock.try_lock_for(-1h));
        EXPECT_FALSE(lock.try_lock_until(steady_clock::time_point()));
        EXPECT_FALSE(lock.try_lock_shared_until(system_clock::time_point()));
    }).join();
    lock.unlock();
}

// A clock of the caller's that stands still for a while: the wait must go on
// until that clock has got there.
struct SlowClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<SlowClock>;
    [[maybe_unused]] static constexpr bool is_steady = false;
    static inline int looks = 0;
    static time_point now() { return time_point(duration(++looks)); }
};

TEST(StandardLocks, FollowTheCallersClock) {
    const LockSpace space = private_space();
    Lock lock;
    lock.lock();
    Worker(space, [&] {
        const SlowClock::time_point deadline(std::chrono::nanoseconds(50));
        EXPECT_FALSE(lock.try_lock_until(deadline));
        EXPECT_GE(SlowClock::looks, 50);
    }).join();
    lock.unlock();
}

TEST(StandardLocks, TimedFormsWaitForTheRelease) {
    const LockSpace space = private_space();
    Lock lock;
    lock.lock();
    Worker worker(space, [&] {
        const std::unique_lock guard(lock, system_clock::now() + 1h);
        EXPECT_TRUE(guard.owns_lock());
    });
    worker.await_waiting();
    lock.unlock();
}

}  // namespace
}  // namespace lwlock::tests
