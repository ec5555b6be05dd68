// Bounded bypass: the hungry waiter, for whom HANDOFF keeps everybody else out (I5).

#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "lwlock/lwlock.hpp"
#include "lwlock/wake.hpp"
#include "tests/support/await.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};

void await_hungry(const Lock& lock) {
    await("a waiter has become hungry", [&] { return (lock.state_word() & state::kHandoff) != 0; });
}

// Bits of a hungry waiter.
constexpr state::Word kHungry = state::kHandoff | state::kWaitHungry;

TEST(Handoff, KeepsOthersOutOfALockHeldShared) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::shared);
    Worker writer(space, [&] {
        EXPECT_TRUE(lock.acquire(Mode::exclusive));
        EXPECT_EQ(lock.state_word() & kHungry, 0u) << "cleared by the step that acquires";
        lock.release();
    });
    await_hungry(lock);
    Worker(space, [&] {
        EXPECT_FALSE(lock.try_acquire(Mode::shared));
        EXPECT_EQ(lock.acquire_until(Mode::shared, Deadline::at(0)), Status::timed_out);
    }).join();
    lock.release();
}

TEST(Handoff, LetsAHolderNest) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::shared);
    Worker writer(space, [&] {
        lock.acquire(Mode::exclusive);
        lock.release();
    });
    await_hungry(lock);
    EXPECT_FALSE(lock.acquire(Mode::shared)) << "it waits for this very backend";
    EXPECT_TRUE(lock.acquire_or_wait(Mode::shared));
    EXPECT_EQ(lock.acquire_for(Mode::shared, std::chrono::hours(1)), Status::ok);
    release_all();
}

TEST(Handoff, GoesToAReaderToo) {
    const LockSpace space = private_space();
    Lock lock;
    std::atomic<bool> got{false};
    lock.acquire(Mode::exclusive);
    Worker reader(space, [&] {
        lock.acquire(Mode::shared);
        got = true;
        lock.release();
    });
    await_hungry(lock);
    Worker(space, [&] { EXPECT_FALSE(lock.try_acquire(Mode::exclusive)); }).join();
    lock.release();
    reader.join();
    EXPECT_EQ(lock.state_word() & kHungry, 0u);
    EXPECT_TRUE(got);
}

TEST(Handoff, OfAReaderLetsTheOtherReadersIn) {
    constexpr unsigned kReaders = 5;
    const LockSpace space = private_space();
    Lock lock;
    std::atomic<unsigned> inside{0};
    lock.acquire(Mode::exclusive);
    std::deque<Worker> readers;
    for (unsigned i = 0; i < kReaders; ++i) {
        readers.emplace_back(space, [&] {
            lock.acquire(Mode::shared);
            ++inside;
            await("all readers are inside at once", [&] { return inside == kReaders; });
            lock.release();
        });
    }
    for (const Worker& reader : readers) reader.await_waiting();
    await_hungry(lock);
    lock.release();
}

TEST(Handoff, HasOneOwner) {
    constexpr unsigned kWriters = 4;
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::exclusive);
    {
        std::deque<Worker> writers;
        for (unsigned i = 0; i < kWriters; ++i) {
            writers.emplace_back(space, [&] {
                lock.acquire(Mode::exclusive);
                lock.release();
            });
        }
        for (const Worker& writer : writers) writer.await_waiting();
        await_hungry(lock);
        lock.release();
    }
    EXPECT_EQ(lock.state_word() & (kHungry | state::kExclusive | state::kSharedMask), 0u);
}

TEST(Handoff, IsGivenUpByATimeOut) {
    const LockSpace space = private_space();
    for (const Mode wanted : kModes) {
        Lock lock;
        lock.acquire(Mode::exclusive);
        Worker waiter(space, [&] {
            EXPECT_EQ(lock.acquire_for(wanted, std::chrono::milliseconds(100)), Status::timed_out);
        });
        waiter.join();
        EXPECT_EQ(lock.state_word() & kHungry, 0u);
        lock.release();
        EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
        lock.release();
    }
}

TEST(Handoff, IsGivenUpByACancellation) {
    const LockSpace space = private_space();
    for (const Mode wanted : kModes) {
        Lock lock;
        lock.acquire(Mode::exclusive);
        Worker waiter(space,
                      [&] { EXPECT_EQ(lock.acquire_cancellable(wanted), Status::canceled); });
        await_hungry(lock);
        EXPECT_EQ(space.cancel_wait(waiter.backend()), Status::ok);
        waiter.join();
        EXPECT_EQ(lock.state_word() & kHungry, 0u);
        lock.release();
        EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
        lock.release();
    }
}

TEST(Handoff, IsCounted) {
    constexpr std::uint16_t kTranche = 7;
    const LocalSpace space({.backends = 4});
    Lock lock;
    lock.init(kTranche);
    Worker holder(*space, [&] {
        lock.acquire(Mode::shared);
        Worker writer(*space, [&] {
            lock.acquire(Mode::exclusive);
            lock.release();
        });
        await_hungry(lock);
        lock.release();
    });
    holder.join();
    EXPECT_EQ(space->statistics(kTranche).handoffs, 1u);
}

TEST(Handoff, IsAtOnceForAPreferredWriterAmongReaders) {
    constexpr std::uint16_t kTranche = 8;
    const LocalSpace space({.backends = 4});
    space->set_tranche_policy(kTranche, {.preference = Preference::writers});
    Lock lock;
    lock.init(kTranche);
    Worker holder(*space, [&] {
        lock.acquire(Mode::shared);
        Worker writer(*space, [&] {
            lock.acquire(Mode::exclusive);
            lock.release();
        });
        writer.await_waiting();
        EXPECT_EQ(lock.state_word() & kHungry, kHungry) << "closed before it sleeps";
        lock.release();
    });
    holder.join();
    EXPECT_EQ(space->statistics(kTranche).handoffs, 1u);
    EXPECT_EQ(lock.state_word(), 0u);
}

// Whom a hand-off kept out comes before the next writer where hand-offs are the rule.
TEST(Handoff, IsFollowedByTheTurnThatThePolicySays) {
    constexpr std::uint16_t kTranche = 9;
    const LocalSpace space({.backends = 4});
    Lock lock;
    lock.init(kTranche);
    const auto turn_after_handoff = [&](Preference preference, Mode mode) {
        detail::Backend& self = detail::this_backend;
        space->set_tranche_policy(kTranche, {.preference = preference});
        self.handed_over = location_of(&lock, self.base);
        const detail::Turn turn = detail::turn_after(self, lock.words(), mode);
        EXPECT_EQ(self.handed_over, kNowhere);
        return turn;
    };
    using detail::Turn;
    Worker(*space, [&] {
        EXPECT_EQ(turn_after_handoff(Preference::readers, Mode::exclusive), Turn::exclusive);
        EXPECT_EQ(turn_after_handoff(Preference::writers, Mode::exclusive), Turn::shared);
        EXPECT_EQ(turn_after_handoff(Preference::readers, Mode::shared), Turn::exclusive);
        EXPECT_EQ(turn_after_handoff(Preference::writers, Mode::shared), Turn::exclusive);
    }).join();
}

// Readers overlap so that the lock is never free by itself. Without HANDOFF
// the writer would wait for as long as they go on, which is until it got in.
TEST(Handoff, AWriterGetsInAmongOverlappingReaders) {
    constexpr unsigned kReaders = 8;
    const LockSpace space = private_space();
    Lock lock;
    std::atomic<bool> written{false};
    std::atomic<unsigned> entries{0};
    std::deque<Worker> readers;
    for (unsigned i = 0; i < kReaders; ++i) {
        readers.emplace_back(space, [&] {
            while (!written) {
                lock.acquire(Mode::shared);
                const unsigned mine = ++entries;
                // Leaves only after a later reader has come in, or the gate has closed.
                await("another reader came or is kept out", [&] {
                    return written || entries > mine || (lock.state_word() & state::kHandoff) != 0;
                });
                lock.release();
            }
        });
    }
    await("the readers overlap", [&] { return entries > 4 * kReaders; });
    Worker writer(space, [&] {
        lock.acquire(Mode::exclusive);
        written = true;
        lock.release();
    });
}

}  // namespace
}  // namespace lwlock::tests
