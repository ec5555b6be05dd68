// Waiting for a lock: who sleeps, who is woken, and what a time-out leaves behind.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <deque>

#include "lwlock/lwlock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"

namespace lwlock::tests {
namespace {

constexpr Mode kModes[] = {Mode::exclusive, Mode::shared};

TEST(Waiting, AcquireSleepsUntilTheRelease) {
    const LockSpace space = private_space();
    for (const Mode held : kModes) {
        for (const Mode wanted : kModes) {
            if (held == Mode::shared && wanted == Mode::shared) continue;
            Lock lock;
            std::atomic<bool> released{false};
            lock.acquire(held);
            Worker worker(space, [&] {
                EXPECT_TRUE(lock.acquire(wanted)) << "had to sleep";
                EXPECT_TRUE(released);
                EXPECT_TRUE(lock.held_by_me_in_mode(wanted));
                lock.release();
            });
            worker.await_waiting();
            released = true;
            lock.release();
            worker.join();
        }
    }
}

TEST(Waiting, TimedAcquireSaysThatItWaited) {
    const LockSpace space = private_space();
    for (const Mode wanted : kModes) {
        Lock lock;
        lock.acquire(Mode::exclusive);
        Worker worker(space, [&] {
            EXPECT_EQ(lock.acquire_for(wanted, std::chrono::hours(1)), Status::waited);
            lock.release();
        });
        worker.await_waiting();
        lock.release();
    }
}

TEST(Waiting, TheSlotTellsWhoWaitsForWhat) {
    const LocalSpace space({.backends = 8, .locks = 0, .user_bytes = sizeof(Lock)});
    Lock& lock = *static_cast<Lock*>(space->user_memory());
    Worker holder(*space, [&] {
        lock.acquire(Mode::exclusive);
        for (const Mode wanted : kModes) {
            const std::int64_t before = atomics::monotonic_now();
            Worker waiter(*space,
                          [&] { EXPECT_EQ(lock.acquire_cancellable(wanted), Status::canceled); });
            waiter.await_waiting();
            const BackendReport report = report_of(*space, waiter.backend());
            EXPECT_EQ(report.waiting,
                      wanted == Mode::shared ? WaitKind::shared : WaitKind::exclusive);
            EXPECT_EQ(space->lock_at(report.wait_location), &lock);
            EXPECT_EQ(report.process, static_cast<std::uint32_t>(getpid()));
            EXPECT_NE(report.thread, static_cast<std::uint32_t>(gettid()));
            EXPECT_GE(report.wait_since, static_cast<std::uint64_t>(before));
            EXPECT_LE(report.wait_since, static_cast<std::uint64_t>(atomics::monotonic_now()));
            ASSERT_EQ(report.held_count, 1u);
            EXPECT_EQ(report.held[0].mark, Mark::acquiring);
            EXPECT_EQ(report.held[0].mode, wanted);
            EXPECT_EQ(space->lock_at(report.held[0].location), &lock);
            EXPECT_EQ(space->cancel_wait(waiter.backend()), Status::ok);
        }
        const BackendReport mine = report_of(*space, my_backend());
        EXPECT_EQ(mine.waiting, WaitKind::none);
        ASSERT_EQ(mine.held_count, 1u);
        EXPECT_EQ(mine.held[0].mark, Mark::held);
        lock.release();
        EXPECT_EQ(report_of(*space, my_backend()).held_count, 0u);
    });
}

TEST(Waiting, SlotCountersCountWaits) {
    const LocalSpace space({.backends = 8});
    Lock lock;
    Worker holder(*space, [&] {
        lock.acquire(Mode::exclusive);
        Worker waiter(*space, [&] {
            EXPECT_EQ(report_of(*space, my_backend()).waits, 0u);
            lock.acquire(Mode::shared);
            const BackendReport report = report_of(*space, my_backend());
            EXPECT_EQ(report.waits, 1u);
            EXPECT_GT(report.wait_nanoseconds, 0u);
            EXPECT_EQ(report.waiting, WaitKind::none);
            lock.release();
        });
        waiter.await_waiting();
        lock.release();
    });
}

TEST(Waiting, OneReleaseLetsAllSharedWaitersIn) {
    constexpr unsigned kReaders = 6;
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
    lock.release();
}

TEST(Waiting, ExclusiveWaitersFollowOneByOne) {
    constexpr unsigned kWriters = 6;
    const LockSpace space = private_space();
    Lock lock;
    unsigned turns = 0;
    lock.acquire(Mode::shared);
    {
        std::deque<Worker> writers;
        for (unsigned i = 0; i < kWriters; ++i) {
            writers.emplace_back(space, [&] {
                lock.acquire(Mode::exclusive);
                ++turns;
                lock.release();
            });
        }
        for (const Worker& writer : writers) writer.await_waiting();
        lock.release();
    }
    EXPECT_EQ(turns, kWriters);
}

TEST(Waiting, TimeOutIsNotEarlyAndLeavesNothing) {
    const LockSpace space = private_space();
    for (const Mode held : kModes) {
        for (const Mode wanted : kModes) {
            if (held == Mode::shared && wanted == Mode::shared) continue;
            Lock lock;
            lock.acquire(held);
            Worker worker(space, [&] {
                const Deadline deadline = Deadline::after(3'000'000);
                EXPECT_EQ(lock.acquire_until(wanted, deadline), Status::timed_out);
                EXPECT_TRUE(deadline.has_passed());
                EXPECT_FALSE(lock.held_by_me());
                EXPECT_EQ(held_count(), 0u);
                EXPECT_EQ(report_of(space, my_backend()).held_count, 0u);
                EXPECT_EQ(report_of(space, my_backend()).waiting, WaitKind::none);
            });
            worker.join();
            lock.release();
            EXPECT_TRUE(lock.try_acquire(Mode::exclusive));
            lock.release();
            EXPECT_TRUE(state::is_free(lock.state_word()));
        }
    }
}

TEST(Waiting, ATimedOutWriterLeavesNoGateForReaders) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::shared);
    Worker(space, [&] {
        // Longer than it takes to become hungry.
        EXPECT_EQ(lock.acquire_for(Mode::exclusive, std::chrono::milliseconds(30)),
                  Status::timed_out);
    }).join();
    EXPECT_EQ(lock.state_word() & state::kHandoff, 0u);
    Worker(space, [&] {
        EXPECT_TRUE(lock.try_acquire(Mode::shared));
        lock.release();
    }).join();
    lock.release();
}

TEST(Waiting, AnotherModesWaiterIsWokenWhenOneTimesOut) {
    const LockSpace space = private_space();
    Lock lock;
    lock.acquire(Mode::shared);
    Worker writer(space,
                  [&] { EXPECT_EQ(lock.acquire_cancellable(Mode::exclusive), Status::canceled); });
    await("the writer keeps everybody out",
          [&] { return (lock.state_word() & state::kHandoff) != 0; });
    Worker reader(space, [&] {
        EXPECT_TRUE(lock.acquire(Mode::shared));
        lock.release();
    });
    reader.await_waiting();
    EXPECT_EQ(space.cancel_wait(writer.backend()), Status::ok);
    reader.join();
    lock.release();
}

TEST(Waiting, ALockMayBeUnmappedByItsNextHolder) {
    const LockSpace space = private_space();
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    for (int round = 0; round < 300; ++round) {
        void* memory =
            mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(memory, MAP_FAILED);
        Lock& lock = *static_cast<Lock*>(memory);
        lock.acquire(Mode::exclusive);
        Worker waiter(space, [&] {
            lock.acquire(Mode::exclusive);
            lock.release();
            munmap(memory, page);
        });
        if (round % 2 == 0) waiter.await_waiting();
        lock.release();  // reads or writes nothing of the lock after it is free (I4)
    }
}

}  // namespace
}  // namespace lwlock::tests
