// Slow-path counters of tranches.

#include <gtest/gtest.h>

#include <atomic>

#include "lwlock/lwlock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/worker.hpp"
#include "tests/unit/spin_hook.hpp"

namespace lwlock::tests {
namespace {

constexpr std::uint16_t kTranche = 300;

// Runs `first` while holding a lock of the tranche, then releases under `blocked`.
class Statistics : public testing::Test {
  protected:
    Statistics() { lock_.init(kTranche); }

    TrancheStatistics counted() const { return space_->statistics(kTranche); }

    void block(Mode held, const std::function<void()>& waiting) {
        Worker holder(*space_, [&] {
            lock_.acquire(held);
            Worker waiter(*space_, waiting);
            waiter.await_waiting();
            lock_.release();
        });
    }

    LocalSpace space_{SpaceOptions{.backends = 4}};
    Lock lock_;
};

TEST_F(Statistics, FastPathsCountNothing) {
    Worker(*space_, [&] {
        for (int i = 0; i < 100; ++i) {
            lock_.acquire(Mode::exclusive);
            EXPECT_FALSE(lock_.try_acquire(Mode::shared));
            lock_.release();
            lock_.acquire(Mode::shared);
            lock_.release();
        }
    }).join();
    const TrancheStatistics statistics = counted();
    EXPECT_EQ(statistics.shared_blocks, 0u);
    EXPECT_EQ(statistics.exclusive_blocks, 0u);
    EXPECT_EQ(statistics.wakes, 0u);
    EXPECT_EQ(statistics.wait_nanoseconds, 0u);
    EXPECT_EQ(statistics.timeouts, 0u);
    EXPECT_EQ(statistics.cancellations, 0u);
}

TEST_F(Statistics, SharedBlocksAreCounted) {
    block(Mode::exclusive, [&] {
        lock_.acquire(Mode::shared);
        lock_.release();
    });
    EXPECT_EQ(counted().shared_blocks, 1u);
    EXPECT_EQ(counted().exclusive_blocks, 0u);
    EXPECT_GT(counted().wait_nanoseconds, 0u);
    EXPECT_GE(counted().wakes, 1u);
}

TEST_F(Statistics, ExclusiveBlocksAreCounted) {
    block(Mode::shared, [&] {
        lock_.acquire(Mode::exclusive);
        lock_.release();
    });
    EXPECT_EQ(counted().exclusive_blocks, 1u);
    EXPECT_EQ(counted().shared_blocks, 0u);
}

TEST_F(Statistics, WaitsThatAcquireNothingAreNoBlocks) {
    Variable variable;
    block(Mode::exclusive, [&] { EXPECT_FALSE(lock_.acquire_or_wait(Mode::exclusive)); });
    block(Mode::exclusive, [&] {
        std::uint64_t value = 0;
        EXPECT_TRUE(lock_.wait_for_var(variable, 0, value));
    });
    EXPECT_EQ(counted().exclusive_blocks, 0u);
    EXPECT_EQ(counted().shared_blocks, 0u);
    EXPECT_GT(counted().wait_nanoseconds, 0u);
}

TEST_F(Statistics, TimeOutsAndCancellationsAreCounted) {
    Worker(*space_, [&] {
        lock_.acquire(Mode::exclusive);
        Worker(*space_, [&] {
            EXPECT_EQ(lock_.acquire_until(Mode::shared, Deadline::at(0)), Status::timed_out);
            EXPECT_EQ(lock_.acquire_for(Mode::shared, std::chrono::milliseconds(1)),
                      Status::timed_out);
            space_->cancel_wait(my_backend());
            EXPECT_EQ(lock_.acquire_cancellable(Mode::exclusive), Status::canceled);
        }).join();
        lock_.release();
    }).join();
    EXPECT_EQ(counted().timeouts, 2u);
    EXPECT_EQ(counted().cancellations, 1u);
}

// A backend that holds a lock shared, by bias if it has that, until it is told to let go.
class Reader {
  public:
    Reader(const LockSpace& space, Lock& lock)
        : worker_(space, [this, &lock] {
              lock.acquire(Mode::shared);  // finds out whether the lock is biased
              lock.release();
              lock.acquire(Mode::shared);
              holds_ = true;
              await("the reader may let go", [this] { return may_let_go_.load(); });
              lock.release();
              holds_ = false;
          }) {
        await("the reader holds the lock", [this] { return holds_.load(); });
    }
    void let_go() {
        may_let_go_ = true;
        await("the reader has let go", [this] { return !holds_; });
    }

  private:
    std::atomic<bool> holds_ = false;
    std::atomic<bool> may_let_go_ = false;
    Worker worker_;
};

// A writer that cannot spin waits for a reader.
void outlast_a_reader_asleep(const LockSpace& space, Lock& lock) {
    Reader reader(space, lock);
    Worker writer(space, [&] {
        const SpinHook hook([] { return false; });
        EXPECT_TRUE(lock.acquire(Mode::exclusive));
        lock.release();
    });
    writer.await_waiting();
    reader.let_go();
    writer.join();
}

TEST_F(Statistics, SpinsThatSaveASleepAreCounted) {
    lock_.init(kTranche, LockFlags::biased);
    Reader reader(*space_, lock_);
    Worker(*space_, [&] {
        const SpinHook hook([&] {
            reader.let_go();
            return true;
        });
        EXPECT_FALSE(lock_.acquire(Mode::exclusive));
        lock_.release();
    }).join();
    EXPECT_EQ(counted().revocations, 1u);
    EXPECT_EQ(counted().spin_acquisitions, 1u);
    EXPECT_EQ(counted().exclusive_blocks, 0u);
}

TEST_F(Statistics, AWaiterLooksAgainBeforeItSleeps) {
    Reader reader(*space_, lock_);
    Worker(*space_, [&] {
        int looks = 0;
        const SpinHook hook([&] {
            if (++looks == 2) reader.let_go();
            return true;
        });
        EXPECT_FALSE(lock_.acquire(Mode::exclusive)) << "it slept";
        lock_.release();
    }).join();
    EXPECT_EQ(counted().spin_acquisitions, 1u);
    EXPECT_EQ(counted().exclusive_blocks, 0u);
}

TEST_F(Statistics, NobodySpinsWhereThatCannotPay) {
    outlast_a_reader_asleep(*space_, lock_);
    EXPECT_EQ(counted().spin_acquisitions, 0u);
    EXPECT_EQ(counted().exclusive_blocks, 1u);
}

TEST_F(Statistics, ARevocationThatSleepsIsNoSpin) {
    lock_.init(kTranche, LockFlags::biased);
    outlast_a_reader_asleep(*space_, lock_);
    EXPECT_EQ(counted().revocations, 1u);
    EXPECT_EQ(counted().spin_acquisitions, 0u);
    EXPECT_EQ(counted().exclusive_blocks, 1u);
}

TEST_F(Statistics, ARevocationWithoutReadersIsNoSpin) {
    lock_.init(kTranche, LockFlags::biased);
    Worker(*space_, [&] {
        lock_.acquire(Mode::exclusive);
        lock_.release();
    }).join();
    EXPECT_EQ(counted().revocations, 1u);
    EXPECT_EQ(counted().spin_acquisitions, 0u);
}

TEST_F(Statistics, AreKeptByTranche) {
    block(Mode::exclusive, [&] {
        lock_.acquire(Mode::shared);
        lock_.release();
    });
    for (const int other : {0, kTranche - 1, kTranche + 1, 65535}) {
        const TrancheStatistics statistics = space_->statistics(static_cast<std::uint16_t>(other));
        EXPECT_EQ(statistics.shared_blocks, 0u);
        EXPECT_EQ(statistics.wakes, 0u);
    }
}

TEST_F(Statistics, TheHighestTrancheCountsToo) {
    lock_.init(65535);
    block(Mode::exclusive, [&] {
        lock_.acquire(Mode::shared);
        lock_.release();
    });
    EXPECT_EQ(space_->statistics(65535).shared_blocks, 1u);
}

}  // namespace
}  // namespace lwlock::tests
