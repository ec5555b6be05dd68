// Named tranches whose locks are padded.

#include "lwlock/padded_lock.hpp"

#include <gtest/gtest.h>

#include <span>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

TEST(PaddedTranche, HasLocksThatShareNoCacheLine) {
    const LocalSpace space({.backends = 2, .locks = 3 * kPaddedLockRoom});
    Worker(*space, [&] {
        std::uint16_t id = 0;
        EXPECT_EQ(space->request_padded_tranche("hot", 3, id), Status::ok);
        std::span<PaddedLock> locks;
        ASSERT_EQ(space->named_tranche("hot", locks), Status::ok);
        ASSERT_EQ(locks.size(), 3u);
        for (PaddedLock& each : locks) {
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&each.lock) % 128, 0u);
            EXPECT_EQ(each.lock.tranche(), id);
            EXPECT_EQ(each.lock.state_word(), 0u);
            each.lock.acquire(Mode::exclusive);
        }
        EXPECT_EQ(held_count(), 3u);
        EXPECT_TRUE(any_held_by_me(&locks[2].lock, 1, sizeof(PaddedLock)));
        release_all();
    }).join();
}

TEST(PaddedTranche, IsToldFromOneWithoutPadding) {
    const LocalSpace space({.backends = 2, .locks = 2 * kPaddedLockRoom});
    Worker(*space, [&] {
        std::uint16_t id = 0;
        std::span<Lock> locks;
        std::span<PaddedLock> padded;
        EXPECT_EQ(space->request_padded_tranche("hot", 1, id), Status::ok);
        EXPECT_EQ(space->request_tranche("cold", 1, id), Status::ok);
        EXPECT_EQ(space->named_tranche("hot", locks), Status::no_tranche);
        EXPECT_STREQ(last_error().reason, "its locks are padded");
        EXPECT_EQ(space->named_tranche("cold", padded), Status::no_tranche);
        EXPECT_STREQ(last_error().reason, "its locks are not padded");
        EXPECT_TRUE(locks.empty());
        EXPECT_TRUE(padded.empty());
    }).join();
}

TEST(PaddedTranche, TakesRoomFromThoseWithoutPadding) {
    const LocalSpace space({.backends = 2, .locks = 3 * kPaddedLockRoom});
    Worker(*space, [&] {
        std::uint16_t id = 0;
        EXPECT_EQ(space->request_tranche("few", 1, id), Status::ok);
        EXPECT_EQ(space->request_padded_tranche("none", 0, id), Status::bad_argument);
        EXPECT_EQ(space->request_padded_tranche("much", 3, id), Status::no_lock_room);
        EXPECT_EQ(space->request_padded_tranche("much", UINT32_MAX, id), Status::no_lock_room);
        EXPECT_EQ(space->request_padded_tranche("all", 2, id), Status::ok);
        EXPECT_EQ(space->request_tranche("more", 1, id), Status::no_lock_room);

        std::span<Lock> few;
        std::span<PaddedLock> all;
        ASSERT_EQ(space->named_tranche("few", few), Status::ok);
        ASSERT_EQ(space->named_tranche("all", all), Status::ok);
        const auto* const end = reinterpret_cast<const std::byte*>(all.data() + all.size());
        EXPECT_LE(reinterpret_cast<const std::byte*>(few.data() + few.size()),
                  reinterpret_cast<const std::byte*>(all.data()));
        EXPECT_LE(end, static_cast<const std::byte*>(space->user_memory()));
    }).join();
}

TEST(PaddedTranche, LeavesItsRoomToTheNextOneWithoutPadding) {
    const LocalSpace space({.backends = 2, .locks = kPaddedLockRoom + 2});
    Worker(*space, [&] {
        std::uint16_t id = 0;
        EXPECT_EQ(space->request_padded_tranche("one", 1, id), Status::ok);
        EXPECT_EQ(space->request_tranche("two", 2, id), Status::ok);
        std::span<PaddedLock> one;
        std::span<Lock> two;
        ASSERT_EQ(space->named_tranche("one", one), Status::ok);
        ASSERT_EQ(space->named_tranche("two", two), Status::ok);
        EXPECT_EQ(static_cast<void*>(two.data()), static_cast<void*>(one.data() + 1));
    }).join();
}

}  // namespace
}  // namespace lwlock::tests
