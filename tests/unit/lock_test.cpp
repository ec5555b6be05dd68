// Every function of the lock that needs no second thread to be seen at work.

#include "lwlock/lock.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "tests/support/child.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/seccomp.hpp"

namespace lwlock::tests {
namespace {

using namespace std::chrono_literals;

static_assert(sizeof(Lock) == 16 && alignof(Lock) == 4);
static_assert(!std::is_copy_constructible_v<Lock> && !std::is_copy_assignable_v<Lock>);

constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};

void expect_free(const Lock& lock) {
    EXPECT_EQ(lock.state_word() & ~state::kBiased, 0u);
    EXPECT_FALSE(lock.held_by_me());
    EXPECT_EQ(held_count(), 0u);
}

TEST(Lock, ZeroedMemoryIsAFreeLock) {
    alignas(Lock) unsigned char memory[sizeof(Lock)];
    std::memset(memory, 0, sizeof memory);
    Lock& lock = *reinterpret_cast<Lock*>(memory);
    EXPECT_EQ(lock.tranche(), 0);
    EXPECT_FALSE(lock.acquire(Mode::exclusive));
    EXPECT_TRUE(lock.held_by_me());
    lock.release();
    expect_free(lock);
}

TEST(Lock, InitSetsTheTrancheAndFrees) {
    Lock lock;
    std::memset(static_cast<void*>(&lock), 0xff, sizeof lock);
    lock.init(40'000);
    EXPECT_EQ(lock.tranche(), 40'000);
    expect_free(lock);
    EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
    lock.release();
}

TEST(Lock, TracksExclusiveHolding) {
    Lock lock;
    lock.acquire(Mode::exclusive);
    EXPECT_TRUE(lock.held_by_me());
    EXPECT_TRUE(lock.held_by_me_in_mode(Mode::exclusive));
    EXPECT_FALSE(lock.held_by_me_in_mode(Mode::shared));
    EXPECT_EQ(lock.exclusive_holder(), my_backend());
    EXPECT_EQ(lock.state_word(), state::exclusive_unit(my_backend()));
    EXPECT_EQ(held_count(), 1u);
    lock.release();
    EXPECT_EQ(lock.exclusive_holder(), kNoBackend);
    expect_free(lock);
}

TEST(Lock, TracksSharedHolding) {
    Lock lock;
    lock.acquire(Mode::shared);
    EXPECT_TRUE(lock.held_by_me());
    EXPECT_TRUE(lock.held_by_me_in_mode(Mode::shared));
    EXPECT_FALSE(lock.held_by_me_in_mode(Mode::exclusive));
    EXPECT_EQ(lock.exclusive_holder(), kNoBackend);
    EXPECT_EQ(state::shared_count(lock.state_word()), 1u);
    lock.release();
    expect_free(lock);
}

TEST(Lock, IsTakenByEveryAcquisitionWhenFree) {
    for (const Mode mode : kModes) {
        Lock lock;
        EXPECT_FALSE(lock.acquire(mode)) << "did not sleep";
        lock.release();
        EXPECT_TRUE(lock.try_acquire(mode));
        lock.release();
        EXPECT_EQ(lock.acquire_until(mode, Deadline::never()), Status::ok);
        lock.release();
        EXPECT_EQ(lock.acquire_for(mode, 1h), Status::ok);
        lock.release();
        EXPECT_EQ(lock.acquire_cancellable(mode), Status::ok);
        lock.release();
        EXPECT_TRUE(lock.acquire_or_wait(mode));
        EXPECT_TRUE(lock.held_by_me_in_mode(mode));
        lock.release();
        expect_free(lock);
    }
}

TEST(Lock, APassedDeadlineStillTakesAFreeLock) {
    for (const Mode mode : kModes) {
        Lock lock;
        EXPECT_EQ(lock.acquire_until(mode, Deadline::at(0)), Status::ok);
        lock.release();
        EXPECT_EQ(lock.acquire_for(mode, -1ns), Status::ok);
        lock.release();
        EXPECT_EQ(lock.acquire_for(mode, 0ns), Status::ok);
        lock.release();
        EXPECT_EQ(lock.acquire_for(mode, std::chrono::nanoseconds::min()), Status::ok);
        lock.release();
        EXPECT_EQ(lock.acquire_for(mode, std::chrono::nanoseconds::max()), Status::ok);
        lock.release();
        expect_free(lock);
    }
}

TEST(Lock, SharedHoldingNests) {
    Lock lock;
    lock.acquire(Mode::shared);
    lock.acquire(Mode::shared);
    EXPECT_TRUE(lock.try_acquire(Mode::shared));
    EXPECT_EQ(held_count(), 3u);
    EXPECT_EQ(state::shared_count(lock.state_word()), 3u);
    EXPECT_FALSE(lock.try_acquire(Mode::exclusive));
    lock.release();
    lock.release();
    EXPECT_TRUE(lock.held_by_me());
    lock.release();
    expect_free(lock);
}

TEST(Lock, TryRefusesWhatItsHolderBlocks) {
    Lock lock;
    lock.acquire(Mode::exclusive);
    EXPECT_FALSE(lock.try_acquire(Mode::exclusive));
    EXPECT_FALSE(lock.try_acquire(Mode::shared));
    EXPECT_EQ(held_count(), 1u);
    EXPECT_EQ(lock.state_word(), state::exclusive_unit(my_backend())) << "as before";
    lock.release();
    expect_free(lock);
}

// For each mode of the holder, which modes another thread gets.
TEST(Lock, ModesExcludeEachOtherAsDeclared) {
    for (const Mode held : kModes) {
        for (const Mode wanted : kModes) {
            Lock lock;
            lock.acquire(held);
            std::thread([&] {
                const bool compatible = held == Mode::shared && wanted == Mode::shared;
                EXPECT_EQ(lock.try_acquire(wanted), compatible);
                if (compatible) lock.release();
                EXPECT_EQ(lock.acquire_until(wanted, Deadline::at(0)),
                          compatible ? Status::ok : Status::timed_out);
                EXPECT_EQ(held_count(), compatible ? 1u : 0u);
                if (compatible) lock.release();
            }).join();
            lock.release();
            EXPECT_TRUE(lock.try_acquire(Mode::exclusive)) << "nothing was left behind";
            lock.release();
        }
    }
}

TEST(Lock, WaitsForAVariableOnlyWhileExclusivelyHeld) {
    Lock lock;
    Variable variable;
    std::uint64_t value = 99;
    EXPECT_TRUE(lock.wait_for_var(variable, 0, value));
    lock.acquire(Mode::shared);
    EXPECT_TRUE(lock.wait_for_var(variable, 0, value));
    lock.release();
}

TEST(Lock, UpdatesAndClearsAVariable) {
    Lock lock;
    Variable variable;
    lock.acquire(Mode::exclusive);
    lock.update_var(variable, 5);
    EXPECT_EQ(variable.word.load_relaxed(), 5u);
    lock.release_clear_var(variable, 7);
    EXPECT_EQ(variable.word.load_relaxed(), 7u);
    expect_free(lock);
}

TEST(Lock, ErrnoSurvivesEveryOperation) {
    Lock lock;
    errno = 77;
    lock.acquire(Mode::exclusive);
    EXPECT_FALSE(lock.try_acquire(Mode::shared));
    lock.release();
    lock.acquire(Mode::shared);
    std::thread([&] {
        errno = 78;
        EXPECT_EQ(lock.acquire_for(Mode::exclusive, 1ms), Status::timed_out);
        EXPECT_EQ(errno, 78);
    }).join();
    lock.release();
    EXPECT_EQ(errno, 77);
}

TEST(Lock, WorksInASpaceOfItsOwn) {
    const LocalSpace space({.backends = 1});
    std::thread([&] {
        EXPECT_EQ(space->attach(), Status::ok);
        EXPECT_EQ(my_backend(), 0u);
        Lock lock;
        lock.acquire(Mode::exclusive);
        lock.release();
        EXPECT_EQ(detach(), Status::ok);
        EXPECT_EQ(my_backend(), kNoBackend);
    }).join();
}

TEST(Lock, UncontendedUseMakesNoFutexCall) {
    in_child([] {
        Lock lock;
        Variable variable;
        lock.acquire(Mode::exclusive);
        lock.release();
        forbid_futex_calls();
        for (const Mode mode : kModes) {
            lock.acquire(mode);
            lock.release();
            EXPECT_TRUE(lock.try_acquire(mode));
            EXPECT_FALSE(lock.try_acquire(Mode::exclusive));
            lock.release();
            EXPECT_TRUE(lock.acquire_or_wait(mode));
            lock.release();
            EXPECT_EQ(lock.acquire_for(mode, 1s), Status::ok);
            EXPECT_EQ(lock.disown(), mode);
            lock.release_disowned(mode);
        }
        lock.acquire(Mode::exclusive);
        lock.update_var(variable, 1);
        lock.release_clear_var(variable, 0);
        std::uint64_t value = 0;
        EXPECT_TRUE(lock.wait_for_var(variable, 0, value));
        lock.acquire(Mode::shared);
        lock.acquire(Mode::shared);
        release_all();
    });
}

}  // namespace
}  // namespace lwlock::tests
