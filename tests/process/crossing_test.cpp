// Waits of every class, whose wake comes from another process.

#include <gtest/gtest.h>

#include <deque>

#include "tests/process/peer.hpp"

namespace lwlock::tests {
namespace {

constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};

TEST(Crossing, ReleaseWakesAnAcquirer) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    for (const Mode held : kModes) {
        for (const Mode wanted : kModes) {
            if (held == Mode::shared && wanted == Mode::shared) continue;
            lock.acquire(held);
            Peer peer(space, [&] {
                EXPECT_TRUE(lock.acquire(wanted));
                EXPECT_TRUE(lock.held_by_me_in_mode(wanted));
                lock.release();
            });
            peer.await_waiting();
            EXPECT_EQ(report_of(space, peer.backend()).waiting,
                      wanted == Mode::shared ? WaitKind::shared : WaitKind::exclusive);
            lock.release();
            peer.join();
        }
    }
}

TEST(Crossing, OneReleaseLetsReadersOfManyProcessesIn) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    lock.acquire(Mode::exclusive);
    SharedBlock<atomics::Atomic32> inside;
    std::deque<Peer> readers;
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back(space, [&] {
            lock.acquire(Mode::shared);
            inside->fetch_add_relaxed(1);
            await("all readers are inside", [&] { return inside->load_relaxed() == 4; });
            lock.release();
        });
    }
    for (const Peer& reader : readers) reader.await_waiting();
    lock.release();
}

TEST(Crossing, ReleaseEndsAcquireOrWait) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    lock.acquire(Mode::exclusive);
    Peer peer(space, [&] { EXPECT_FALSE(lock.acquire_or_wait(Mode::exclusive)); });
    peer.await_waiting();
    EXPECT_EQ(report_of(space, peer.backend()).waiting, WaitKind::until_free);
    lock.release();
}

TEST(Crossing, UpdateAndReleaseWakeWatchersOfAVariable) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Shared& shared = shared_of(space);
    shared.lock.acquire(Mode::exclusive);
    Peer peer(space, [&] {
        std::uint64_t value = 0;
        EXPECT_FALSE(shared.lock.wait_for_var(shared.variable, 0, value));
        EXPECT_EQ(value, 5u);
        EXPECT_TRUE(shared.lock.wait_for_var(shared.variable, 5, value));
    });
    peer.await_waiting();
    shared.lock.update_var(shared.variable, 5);
    await("the watcher has seen the value and waits again",
          [&] { return report_of(space, peer.backend()).waits == 1; });
    peer.await_waiting();
    EXPECT_EQ(report_of(space, peer.backend()).waiting, WaitKind::variable);
    shared.lock.release_clear_var(shared.variable, 0);
}

TEST(Crossing, AHungryWaiterIsHandedTheLock) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    lock.acquire(Mode::shared);
    Peer peer(space, [&] {
        lock.acquire(Mode::exclusive);
        lock.release();
    });
    await("the waiter is hungry", [&] { return (lock.state_word() & state::kHandoff) != 0; });
    Peer(space, [&] { EXPECT_FALSE(lock.try_acquire(Mode::shared)); }).join();
    lock.release();
    peer.join();
    EXPECT_EQ(space.statistics(0).handoffs, 1u) << "counted by the other process";
}

TEST(Crossing, AWaitIsCancelledFromAnotherProcess) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    for (const Mode wanted : kModes) {
        lock.acquire(Mode::exclusive);
        Peer peer(space, [&] { EXPECT_EQ(lock.acquire_cancellable(wanted), Status::canceled); });
        peer.await_waiting();
        EXPECT_EQ(space.cancel_wait(peer.backend()), Status::ok);
        peer.join();
        lock.release();
    }
}

TEST(Crossing, AWaitTimesOutWhileAnotherProcessHolds) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    for (const Mode wanted : kModes) {
        lock.acquire(Mode::exclusive);
        Peer(space, [&] {
            const Deadline deadline = Deadline::after(10'000'000);
            EXPECT_EQ(lock.acquire_until(wanted, deadline), Status::timed_out);
            EXPECT_TRUE(deadline.has_passed());
            EXPECT_EQ(held_count(), 0u);
        }).join();
        lock.release();
        EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
        lock.release();
    }
}

TEST(Crossing, ADisownedLockIsReleasedByAnotherProcess) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    for (const Mode mode : kModes) {
        Peer(space, [&] {
            lock.acquire(mode);
            EXPECT_EQ(lock.disown(), mode);
        }).join();
        EXPECT_FALSE(lock.try_acquire(Mode::exclusive));
        Peer waiter(space, [&] {
            EXPECT_TRUE(lock.acquire(Mode::exclusive));
            lock.release();
        });
        waiter.await_waiting();
        lock.release_disowned(mode);
    }
}

TEST(Crossing, AFutexOfProcessScopeDoesNotCross) {
    SharedBlock<atomics::Atomic32> word;
    SharedBlock<atomics::Atomic32> asleep;
    Child sleeper([&] {
        asleep->store_relaxed(static_cast<std::uint32_t>(gettid()));
        EXPECT_EQ(atomics::futex_wait(*word, 0, Deadline::never(), atomics::Scope::shared),
                  atomics::FutexResult::woken);
    });
    await("the child sleeps", [&] {
        const auto id = static_cast<pid_t>(asleep->load_relaxed());
        return id != 0 && sleeps(sleeper.pid(), id);
    });
    EXPECT_EQ(atomics::futex_wake(word->address(), 1, atomics::Scope::process), 0u);
    EXPECT_EQ(atomics::futex_wake(word->address(), 1, atomics::Scope::shared), 1u);
    sleeper.join();
}

TEST(Crossing, StatisticsOfAllProcessesAddUp) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    Lock& lock = shared_of(space).lock;
    lock.init(512);
    for (int i = 0; i < 3; ++i) {
        lock.acquire(Mode::exclusive);
        Peer peer(space, [&] {
            lock.acquire(Mode::shared);
            lock.release();
        });
        peer.await_waiting();
        lock.release();
        peer.join();
    }
    EXPECT_EQ(space.statistics(512).shared_blocks, 3u);
    Peer(space, [&] { EXPECT_EQ(space.statistics(512).shared_blocks, 3u); }).join();
}

}  // namespace
}  // namespace lwlock::tests
