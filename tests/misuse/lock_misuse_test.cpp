// Misuse of a lock: the error by status and by handler, and that nothing changes.

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/misuse_capture.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};
constexpr auto kHour = std::chrono::hours(1);

// Expects `operation` to be stopped with `error`, and lock and backend as before.
void expect_refused(const Lock& lock, Status error, const std::function<void()>& operation) {
    const std::uint32_t word = lock.state_word();
    const std::size_t held = held_count();
    const BackendNumber backend = my_backend();
    EXPECT_EQ(misuse_of(operation), error);
    EXPECT_EQ(lock.state_word(), word);
    EXPECT_EQ(held_count(), held);
    if (backend != kNoBackend) {
        EXPECT_EQ(my_backend(), backend);
        const BackendReport report = report_of(private_space(), backend);
        EXPECT_EQ(report.held_count, held) << "no entry is left behind";
        EXPECT_EQ(report.waiting, WaitKind::none);
    }
}

// The same for an operation with a status.
void expect_status(const Lock& lock, Status error, const std::function<Status()>& operation) {
    expect_refused(lock, Status::ok, [&] { EXPECT_EQ(operation(), error); });
}

TEST(ReleaseOfNotHeld, IsRefusedByEveryReleasingFunction) {
    Lock lock;
    Variable variable;
    for (const bool attached : {false, true}) {
        if (attached) {
            lock.acquire(Mode::shared);
            lock.release();
        }
        expect_refused(lock, Status::not_held, [&] { lock.release(); });
        expect_refused(lock, Status::not_held, [&] { lock.unlock(); });
        expect_refused(lock, Status::not_held, [&] { lock.unlock_shared(); });
        expect_refused(lock, Status::not_held, [&] { lock.release_clear_var(variable, 1); });
        expect_refused(lock, Status::not_held, [&] { lock.disown(); });
        EXPECT_EQ(variable.word.load_relaxed(), 0u);
    }
}

TEST(ReleaseOfNotHeld, IsRefusedAfterTheRelease) {
    for (const Mode mode : kModes) {
        Lock lock;
        lock.acquire(mode);
        lock.release();
        expect_refused(lock, Status::not_held, [&] { lock.release(); });
    }
}

TEST(ReleaseOfNotHeld, IsRefusedWhenAnotherHoldsIt) {
    const LockSpace space = private_space();
    for (const Mode mode : kModes) {
        Lock lock;
        lock.acquire(mode);
        Worker(space, [&] {
            expect_refused(lock, Status::not_held, [&] { lock.release(); });
            expect_refused(lock, Status::not_held, [&] { lock.disown(); });
        }).join();
        EXPECT_TRUE(lock.held_by_me_in_mode(mode));
        lock.release();
    }
}

TEST(ReleaseOfNotHeld, IsRefusedWhenAnotherLockIsHeld) {
    Lock held;
    Lock other;
    held.acquire(Mode::exclusive);
    expect_refused(other, Status::not_held, [&] { other.release(); });
    EXPECT_TRUE(held.held_by_me());
    held.release();
}

TEST(ReleaseOfNotHeld, IsRefusedAfterDisowning) {
    Lock lock;
    lock.acquire(Mode::exclusive);
    lock.disown();
    expect_refused(lock, Status::not_held, [&] { lock.release(); });
    expect_refused(lock, Status::not_held, [&] { lock.disown(); });
    lock.release_disowned(Mode::exclusive);
}

TEST(ReleaseOfNotDisowned, IsRefused) {
    Lock lock;
    for (const Mode mode : kModes) {
        expect_refused(lock, Status::not_held, [&] { lock.release_disowned(mode); });
    }
    lock.acquire(Mode::exclusive);
    expect_refused(lock, Status::not_held, [&] { lock.release_disowned(Mode::exclusive); });
    expect_refused(lock, Status::not_held, [&] { lock.release_disowned(Mode::shared); });
    lock.release();
    lock.acquire(Mode::shared);
    expect_refused(lock, Status::not_held, [&] { lock.release_disowned(Mode::exclusive); });
    lock.release();
}

TEST(ReleaseOfNotDisowned, IsRefusedTheSecondTime) {
    for (const Mode mode : kModes) {
        Lock lock;
        lock.acquire(mode);
        lock.disown();
        lock.release_disowned(mode);
        expect_refused(lock, Status::not_held, [&] { lock.release_disowned(mode); });
    }
}

TEST(ReleaseOfNotDisowned, IsRefusedInTheOtherMode) {
    Lock lock;
    lock.acquire(Mode::exclusive);
    lock.disown();
    expect_refused(lock, Status::not_held, [&] { lock.release_disowned(Mode::shared); });
    lock.release_disowned(Mode::exclusive);
    lock.acquire(Mode::shared);
    lock.disown();
    expect_refused(lock, Status::not_held, [&] { lock.release_disowned(Mode::exclusive); });
    lock.release_disowned(Mode::shared);
}

TEST(SelfDeadlock, IsRefusedByEveryWaitingFunction) {
    for (const Mode held : kModes) {
        for (const Mode wanted : kModes) {
            if (held == Mode::shared && wanted == Mode::shared) continue;
            Lock lock;
            lock.acquire(held);
            expect_refused(lock, Status::self_deadlock, [&] { lock.acquire(wanted); });
            expect_refused(lock, Status::self_deadlock, [&] { lock.acquire_or_wait(wanted); });
            expect_status(lock, Status::self_deadlock,
                          [&] { return lock.acquire_until(wanted, Deadline::never()); });
            expect_status(lock, Status::self_deadlock,
                          [&] { return lock.acquire_for(wanted, kHour); });
            expect_status(lock, Status::self_deadlock,
                          [&] { return lock.acquire_cancellable(wanted); });
            expect_refused(lock, Status::self_deadlock, [&] {
                if (wanted == Mode::shared) {
                    lock.lock_shared();
                } else {
                    lock.lock();
                }
            });
            expect_refused(lock, Status::self_deadlock, [&] {
                if (wanted == Mode::shared) {
                    lock.try_lock_shared_for(kHour);
                } else {
                    lock.try_lock_for(kHour);
                }
            });
            lock.release();
            EXPECT_TRUE(state::is_free(lock.state_word()));
        }
    }
}

TEST(SelfDeadlock, IsSeenBehindOtherLocks) {
    Lock lock;
    Lock others[3];
    lock.acquire(Mode::exclusive);
    for (Lock& other : others) other.acquire(Mode::shared);
    expect_refused(lock, Status::self_deadlock, [&] { lock.acquire(Mode::exclusive); });
    release_all();
}

TEST(SelfDeadlock, OfAVariableIsRefused) {
    Lock lock;
    Variable variable;
    std::uint64_t value = 0;
    lock.acquire(Mode::exclusive);
    expect_refused(lock, Status::self_deadlock, [&] { lock.wait_for_var(variable, 0, value); });
    lock.release();
}

TEST(Variables, AreUpdatedByTheExclusiveHolderOnly) {
    const LockSpace space = private_space();
    Lock lock;
    Variable variable;
    expect_refused(lock, Status::not_exclusive, [&] { lock.update_var(variable, 1); });
    lock.acquire(Mode::shared);
    expect_refused(lock, Status::not_exclusive, [&] { lock.update_var(variable, 1); });
    expect_refused(lock, Status::not_exclusive, [&] { lock.release_clear_var(variable, 1); });
    lock.release();
    lock.acquire(Mode::exclusive);
    Worker(space, [&] {
        expect_refused(lock, Status::not_exclusive, [&] { lock.update_var(variable, 1); });
    }).join();
    lock.release();
    EXPECT_EQ(variable.word.load_relaxed(), 0u);
}

TEST(TooManyHeld, IsRefusedByEveryAcquisition) {
    std::vector<Lock> locks(kMaxHeldLocks);
    for (Lock& lock : locks) lock.acquire(Mode::shared);
    for (const Mode mode : kModes) {
        Lock lock;
        expect_refused(lock, Status::too_many_held, [&] { lock.acquire(mode); });
        expect_refused(lock, Status::too_many_held, [&] { lock.try_acquire(mode); });
        expect_refused(lock, Status::too_many_held, [&] { lock.acquire_or_wait(mode); });
        expect_status(lock, Status::too_many_held,
                      [&] { return lock.acquire_until(mode, Deadline::at(0)); });
        expect_status(lock, Status::too_many_held, [&] { return lock.acquire_for(mode, kHour); });
        expect_status(lock, Status::too_many_held, [&] { return lock.acquire_cancellable(mode); });
        expect_refused(lock, Status::too_many_held, [&] { lock.try_lock(); });
        expect_refused(lock, Status::too_many_held, [&] { lock.try_lock_shared_for(kHour); });
    }
    EXPECT_EQ(misuse_of([&] { locks[0].acquire(Mode::shared); }), Status::too_many_held);
    EXPECT_EQ(state::shared_count(locks[0].state_word()), 1u);
    locks[7].release();
    Lock lock;
    lock.acquire(Mode::exclusive);
    EXPECT_EQ(held_count(), kMaxHeldLocks);
    release_all();
    for (const Lock& each : locks) EXPECT_EQ(each.state_word() & ~state::kBiased, 0u);
}

TEST(TooManyShared, IsRefused) {
    Lock lock;
    lock.acquire(Mode::shared);
    // As if nearly as many shared holdings had been forgotten as the word can count.
    lock.words().state.store_relaxed(state::kSharedGuard);
    expect_refused(lock, Status::too_many_shared, [&] { lock.acquire(Mode::shared); });
    expect_status(lock, Status::too_many_shared,
                  [&] { return lock.acquire_until(Mode::shared, Deadline::never()); });
    expect_status(lock, Status::too_many_shared,
                  [&] { return lock.acquire_cancellable(Mode::shared); });
    expect_refused(lock, Status::too_many_shared, [&] { lock.acquire_or_wait(Mode::shared); });
    expect_refused(lock, Status::ok, [&] { EXPECT_FALSE(lock.try_acquire(Mode::shared)); });
    expect_refused(lock, Status::ok, [&] { EXPECT_FALSE(lock.try_acquire(Mode::exclusive)); });
    lock.words().state.store_relaxed(1);
    lock.release();
    EXPECT_EQ(lock.state_word(), 0u);
}

}  // namespace
}  // namespace lwlock::tests
