// Backend slots: claiming, freeing, attaching and detaching.

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "lwlock/lwlock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

using detail::claim_slot;
using detail::free_slot;
using detail::kNoSlot;

TEST(Slots, AreClaimedOnceEach) {
    for (const std::uint32_t count : {1u, 63u, 64u, 65u, 128u, 130u}) {
        const LocalSpace space({.backends = count});
        std::set<std::uint32_t> claimed;
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t number = claim_slot(space->view());
            EXPECT_LT(number, count);
            EXPECT_TRUE(claimed.insert(number).second);
        }
        EXPECT_EQ(claim_slot(space->view()), kNoSlot);
        EXPECT_EQ(space->backends_ever_used(), count);
    }
}

TEST(Slots, AreClaimedAgainAfterBeingFreed) {
    const LocalSpace space({.backends = 70});
    for (int i = 0; i < 70; ++i) claim_slot(space->view());
    for (const std::uint32_t number : {69u, 0u, 63u, 64u}) {
        free_slot(space->view(), number);
        EXPECT_EQ(claim_slot(space->view()), number);
    }
    EXPECT_EQ(claim_slot(space->view()), kNoSlot);
}

TEST(Slots, AreClaimedByManyThreadsAtOnce) {
    constexpr std::uint32_t kThreads = 8;
    constexpr std::uint32_t kEach = 100;
    const LocalSpace space({.backends = kThreads * kEach});
    std::mutex mutex;
    std::set<std::uint32_t> claimed;
    {
        std::deque<std::jthread> threads;
        for (std::uint32_t t = 0; t < kThreads; ++t) {
            threads.emplace_back([&] {
                for (std::uint32_t i = 0; i < kEach; ++i) {
                    const std::uint32_t number = claim_slot(space->view());
                    const std::lock_guard guard(mutex);
                    EXPECT_TRUE(claimed.insert(number).second) << number;
                }
            });
        }
    }
    EXPECT_EQ(claimed.size(), kThreads * kEach);
    EXPECT_EQ(*claimed.rbegin(), kThreads * kEach - 1);
}

TEST(Attach, MakesTheThreadABackend) {
    const LocalSpace space({.backends = 2});
    EXPECT_EQ(space->backends(), 2u);
    EXPECT_EQ(space->backends_ever_used(), 0u);
    std::thread([&] {
        EXPECT_EQ(my_backend(), kNoBackend);
        EXPECT_EQ(space->attach(), Status::ok);
        EXPECT_LT(my_backend(), 2u);
        const BackendReport report = report_of(*space, my_backend());
        EXPECT_EQ(report.process, static_cast<std::uint32_t>(getpid()));
        EXPECT_EQ(report.thread, static_cast<std::uint32_t>(gettid()));
        EXPECT_EQ(space->attach(), Status::already_attached);
        EXPECT_EQ(detach(), Status::ok);
        EXPECT_EQ(detach(), Status::not_attached);
        EXPECT_EQ(report_of(*space, 0).process, 0u);
    }).join();
    EXPECT_EQ(space->backends_ever_used(), 1u);
}

TEST(Attach, FailsWithoutAFreeSlot) {
    const LocalSpace space({.backends = 1});
    std::atomic<bool> done{false};
    Worker holder(*space, [&] { await("the other has tried", [&] { return done.load(); }); });
    holder.backend();
    std::thread([&] {
        EXPECT_EQ(space->attach(), Status::no_free_slot);
        EXPECT_EQ(my_backend(), kNoBackend);
    }).join();
    done = true;
    holder.join();
    std::thread([&] { EXPECT_EQ(space->attach(), Status::ok); }).join();
}

TEST(Attach, EndsWithTheThread) {
    const LocalSpace space({.backends = 1});
    for (int i = 0; i < 10; ++i) {
        std::thread([&] { EXPECT_EQ(space->attach(), Status::ok); }).join();
        EXPECT_EQ(report_of(*space, 0).process, 0u);
    }
}

TEST(Attach, HappensByItselfAtTheFirstAcquisition) {
    std::thread([] {
        EXPECT_EQ(my_backend(), kNoBackend);
        Lock lock;
        EXPECT_TRUE(lock.try_acquire(Mode::shared));
        EXPECT_NE(my_backend(), kNoBackend);
        lock.release();
    }).join();
}

TEST(Attach, ImplicitSlotsAreGivenBack) {
    BackendNumber first = kNoBackend;
    for (int i = 0; i < 50; ++i) {
        std::thread([&] {
            Lock lock;
            lock.acquire(Mode::exclusive);
            lock.release();
            if (first == kNoBackend) first = my_backend();
            EXPECT_EQ(my_backend(), first);
        }).join();
    }
}

TEST(Attach, ToAnInvalidHandleFails) {
    std::thread([] {
        const LockSpace space;
        EXPECT_FALSE(space.valid());
        EXPECT_EQ(space.attach(), Status::no_free_slot);
    }).join();
}

TEST(Report, KnowsItsRange) {
    const LocalSpace space({.backends = 2});
    BackendReport report{};
    EXPECT_TRUE(space->report(1, report));
    EXPECT_EQ(report.process, 0u);
    EXPECT_EQ(report.waiting, WaitKind::none);
    EXPECT_FALSE(space->report(2, report));
    EXPECT_FALSE(space->report(kNoBackend, report));
}

TEST(Report, OnlyLocksInsideTheSegmentHaveAnAddress) {
    const LocalSpace space({.backends = 1});
    const auto size = static_cast<Location>(space->size());
    EXPECT_EQ(space->lock_at(size - 16),
              reinterpret_cast<Lock*>(space->view().base + space->size() - 16));
    for (const Location outside :
         {size - 12, size, Location{-4}, Location{-16}, INT64_MAX - 3, INT64_MIN}) {
        EXPECT_EQ(space->lock_at(outside), nullptr) << outside;
    }
    EXPECT_EQ(space->lock_at(2), nullptr) << "misaligned";
}

}  // namespace
}  // namespace lwlock::tests
