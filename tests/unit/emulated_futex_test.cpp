// What only the emulated futex has: its table, full or damaged, its sleepers of
// other processes, and those that died.

#include "atomics/emulated_futex.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <deque>
#include <thread>

#include "tests/support/child.hpp"
#include "tests/unit/futex_world.hpp"
#include "tests/unit/sleeper.hpp"

namespace lwlock::tests {
namespace {

using atomics::Atomic32;
using atomics::Deadline;
using atomics::futex_wait;
using atomics::futex_wake;
using atomics::FutexResult;
using atomics::kWakeAll;
using atomics::Scope;

constexpr FutexKind kShared{"shared_emulated", Scope::Kind::shared, true};
constexpr FutexKind kProcess{"process_emulated", Scope::Kind::process, true};

TEST(EmulatedFutex, WakesAcrossProcesses) {
    FutexWorld world(kShared);
    Child child([&] {
        EXPECT_EQ(futex_wait(world.word(), 0, Deadline::never(), world.scope()),
                  FutexResult::woken);
    });
    await("the child is woken",
          [&] { return futex_wake(world.word().address(), 1, world.scope()) == 1; });
    child.join();
}

TEST(EmulatedFutex, TheDeadAreSteppedOver) {
    FutexWorld world(kShared);
    {
        Child child([&] { futex_wait(world.word(), 0, Deadline::never(), world.scope()); });
        await("the child sleeps", [&] { return sleeps(child.pid(), child.pid()); });
    }  // kills it
    Sleeper sleeper(world.word(), world.scope());
    sleeper.await_asleep();
    EXPECT_EQ(futex_wake(world.word().address(), 1, world.scope()), 1u);
    EXPECT_EQ(sleeper.result(), FutexResult::woken);
}

TEST(EmulatedFutex, MoreThanTheTableHasRoomForPoll) {
    FutexWorld world(kProcess, 2);
    std::deque<Sleeper> sleepers;
    for (int i = 0; i < 2; ++i) {
        sleepers.emplace_back(world.word(), world.scope());
        sleepers.back().await_asleep();
    }
    EXPECT_EQ(futex_wait(world.word(), 0, Deadline::never(), world.scope()),
              FutexResult::interrupted);
    EXPECT_EQ(futex_wait(world.word(), 1, Deadline::never(), world.scope()), FutexResult::stale);
    EXPECT_EQ(futex_wait(world.word(), 0, Deadline::at(0), world.scope()), FutexResult::timed_out);
    EXPECT_EQ(futex_wake(world.word().address(), kWakeAll, world.scope()), 2u);
}

// Beyond what all processes have at the same distance, a word may be another one
// in each of them: the others must not lose a wake to its sleepers.
TEST(EmulatedFutex, AWakeOfAnUnknownWordWakesAll) {
    FutexWorld world(kShared);
    Atomic32 mine;
    Sleeper first(mine, world.scope(), 0b01);
    Sleeper second(mine, world.scope(), 0b10);
    first.await_asleep();
    second.await_asleep();
    EXPECT_EQ(futex_wake(mine.address(), 1, world.scope(), 0b01), 0u);
    EXPECT_EQ(first.result(), FutexResult::woken);
    EXPECT_EQ(second.result(), FutexResult::woken);
}

// A waiter whose time is up while a waker has just chosen it has been woken.
TEST(EmulatedFutex, TimeOutsAndWakesAgreeOnWhoWasWoken) {
    FutexWorld world(kProcess);
    std::uint32_t woken = 0;
    for (int round = 0; round < 3000; ++round) {
        FutexResult result{};
        std::thread waiter(
            [&] { result = futex_wait(world.word(), 0, Deadline::after(20'000), world.scope()); });
        const std::uint32_t count = futex_wake(world.word().address(), 1, world.scope());
        const std::uint32_t again = futex_wake(world.word().address(), 1, world.scope());
        waiter.join();
        ASSERT_LE(count + again, 1u);
        ASSERT_EQ(result == FutexResult::woken, count + again == 1) << "in round " << round;
        woken += count + again;
    }
    RecordProperty("woken", static_cast<int>(woken));
    EXPECT_EQ(futex_wake(world.word().address(), kWakeAll, world.scope()), 0u);
}

// Ping-pong on two words, through the two sides of a requeue: nothing is lost.
TEST(EmulatedFutex, NothingIsLostBetweenTheLookAndTheSleep) {
    FutexWorld world(kShared);
    constexpr std::uint32_t kRounds = 20'000;
    const auto pass = [&](Atomic32& mine, Atomic32& theirs) {
        for (std::uint32_t round = 0; round < kRounds; ++round) {
            while (mine.load_acquire() == round) {
                futex_wait(mine, round, Deadline::never(), world.scope());
            }
            theirs.fetch_add_release(1);
            futex_wake(theirs.address(), 1, world.scope());
        }
    };
    Child other([&] { pass(world.other_word(), world.word()); });
    world.other_word().fetch_add_release(1);
    futex_wake(world.other_word().address(), 1, world.scope());
    pass(world.word(), world.other_word());
    other.join();
}

TEST(EmulatedFutexDeathTest, ALockOfADeadProcessIsNamed) {
    EXPECT_EXIT(
        {
            FutexWorld world(kShared);
            Child child([&] {
                // The first word of every bucket is its lock: all are taken by this process.
                auto* const table = reinterpret_cast<char*>(world.scope().table());
                for (int bucket = 1; bucket <= 1024; ++bucket) {
                    *reinterpret_cast<std::uint32_t*>(table + 64 * bucket) =
                        static_cast<std::uint32_t>(getpid());
                }
            });
            child.join();
            futex_wake(world.word().address(), 1, world.scope());
        },
        testing::KilledBySignal(SIGABRT), "process [0-9]+ died inside the emulated futex");
}

}  // namespace
}  // namespace lwlock::tests
