// What a backend knows of the locks that it holds.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/random.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

using Held = std::vector<std::pair<const Lock*, Mode>>;

Held held_by_me() {
    Held found;
    for_each_held_by_me([](Lock& lock, Mode mode,
                           void* list) { static_cast<Held*>(list)->emplace_back(&lock, mode); },
                        &found);
    EXPECT_EQ(found.size(), held_count());
    return found;
}

TEST(HeldLocks, AreVisitedOldestFirst) {
    Lock locks[3];
    EXPECT_TRUE(held_by_me().empty());
    locks[1].acquire(Mode::shared);
    locks[0].acquire(Mode::exclusive);
    locks[2].acquire(Mode::shared);
    EXPECT_EQ(
        held_by_me(),
        (Held{{&locks[1], Mode::shared}, {&locks[0], Mode::exclusive}, {&locks[2], Mode::shared}}));
    release_all();
    EXPECT_TRUE(held_by_me().empty());
}

TEST(HeldLocks, MayBeReleasedInAnyOrder) {
    Lock locks[4];
    for (Lock& lock : locks) lock.acquire(Mode::exclusive);
    locks[1].release();
    EXPECT_EQ(held_by_me(), (Held{{&locks[0], Mode::exclusive},
                                  {&locks[2], Mode::exclusive},
                                  {&locks[3], Mode::exclusive}}));
    locks[0].release();
    locks[3].release();
    EXPECT_EQ(held_by_me(), (Held{{&locks[2], Mode::exclusive}}));
    EXPECT_TRUE(locks[0].try_acquire(Mode::exclusive));
    locks[2].release();
    locks[0].release();
    for (const Lock& lock : locks) EXPECT_EQ(lock.state_word(), 0u);
}

TEST(HeldLocks, AnyOrderAtAll) {
    Random random(test_seed(), 2);
    std::vector<Lock> locks(20);
    std::vector<Lock*> held;
    for (int step = 0; step < 20'000; ++step) {
        Lock& lock = locks[random.below(20)];
        const bool mine = lock.held_by_me();
        EXPECT_EQ(mine, std::find(held.begin(), held.end(), &lock) != held.end());
        if (mine) {
            lock.release();
            held.erase(std::find(held.begin(), held.end(), &lock));
        } else {
            lock.acquire(random.one_in(2) ? Mode::shared : Mode::exclusive);
            held.push_back(&lock);
        }
        ASSERT_EQ(held_count(), held.size());
    }
    release_all();
    for (const Lock& lock : locks) EXPECT_TRUE(state::is_free(lock.state_word()));
}

TEST(HeldLocks, NestedSharedHoldingsGoYoungestFirst) {
    Lock lock;
    Lock other;
    lock.acquire(Mode::shared);
    other.acquire(Mode::exclusive);
    lock.acquire(Mode::shared);
    lock.release();
    EXPECT_EQ(held_by_me(), (Held{{&lock, Mode::shared}, {&other, Mode::exclusive}}));
    release_all();
}

TEST(HeldLocks, ReleaseAllReleasesAndWakes) {
    const LockSpace space = private_space();
    Lock locks[5];
    for (Lock& lock : locks) lock.acquire(&lock == &locks[2] ? Mode::exclusive : Mode::shared);
    std::deque<Worker> waiters;
    for (Lock& lock : locks) {
        waiters.emplace_back(space, [&] {
            lock.acquire(Mode::exclusive);
            lock.release();
        });
    }
    for (const Worker& waiter : waiters) waiter.await_waiting();
    release_all();
    EXPECT_EQ(held_count(), 0u);
    release_all();
}

TEST(HeldLocks, ReleaseAllOfAnUnattachedThreadDoesNothing) {
    std::thread([] {
        release_all();
        EXPECT_EQ(my_backend(), kNoBackend);
        EXPECT_EQ(held_count(), 0u);
        EXPECT_TRUE(held_by_me().empty());
        Lock lock;
        EXPECT_FALSE(lock.held_by_me());
        EXPECT_FALSE(any_held_by_me(&lock, 1, sizeof(Lock)));
    }).join();
}

TEST(HeldLocks, AnyOfAnArrayIsFound) {
    struct Padded {
        Lock lock;
        char rest[48];
    };
    Padded array[8];
    EXPECT_FALSE(any_held_by_me(&array[0].lock, 8, sizeof(Padded)));
    array[5].lock.acquire(Mode::shared);
    EXPECT_TRUE(any_held_by_me(&array[0].lock, 8, sizeof(Padded)));
    EXPECT_TRUE(any_held_by_me(&array[0].lock, 6, sizeof(Padded)));
    EXPECT_FALSE(any_held_by_me(&array[0].lock, 5, sizeof(Padded)));
    EXPECT_FALSE(any_held_by_me(&array[6].lock, 2, sizeof(Padded))) << "it lies before";
    EXPECT_FALSE(any_held_by_me(&array[0].lock, 4, 2 * sizeof(Padded))) << "it lies between";
    EXPECT_TRUE(any_held_by_me(&array[1].lock, 3, 2 * sizeof(Padded)));
    EXPECT_FALSE(any_held_by_me(&array[0].lock, 8, 0));
    array[5].lock.release();
    EXPECT_FALSE(any_held_by_me(&array[0].lock, 8, sizeof(Padded)));
}

TEST(HeldLocks, TwoHundredAtATime) {
    std::vector<Lock> locks(kMaxHeldLocks);
    for (Lock& lock : locks) lock.acquire(Mode::shared);
    EXPECT_EQ(held_count(), 200u);
    for (const Lock& lock : locks) EXPECT_TRUE(lock.held_by_me());
    for (Lock& lock : locks) lock.release();
    EXPECT_EQ(held_count(), 0u);
}

TEST(HeldLocks, OfOthersAreNotMine) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::shared);
    Worker(space, [&] {
        EXPECT_FALSE(lock.held_by_me());
        EXPECT_FALSE(lock.held_by_me_in_mode(Mode::shared));
    }).join();
    lock.release();
}

TEST(HeldLocks, AreReportedWithTheirPlaceAndMode) {
    const LocalSpace space({.backends = 2, .locks = 0, .user_bytes = 3 * sizeof(Lock)});
    auto* const locks = static_cast<Lock*>(space->user_memory());
    Lock outside;
    Worker(*space, [&] {
        locks[2].acquire(Mode::shared);
        outside.acquire(Mode::exclusive);
        const BackendReport report = report_of(*space, my_backend());
        ASSERT_EQ(report.held_count, 2u);
        EXPECT_EQ(space->lock_at(report.held[0].location), &locks[2]);
        EXPECT_EQ(report.held[0].mode, Mode::shared);
        EXPECT_EQ(report.held[0].mark, Mark::held);
        EXPECT_EQ(space->lock_at(report.held[1].location), nullptr) << "not in the segment";
        EXPECT_EQ(report.held[1].mode, Mode::exclusive);
        release_all();
    }).join();
}

}  // namespace
}  // namespace lwlock::tests
