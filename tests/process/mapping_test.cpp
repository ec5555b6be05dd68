// One space mapped at different addresses: only offsets may be in the segment.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "tests/process/peer.hpp"
#include "tests/support/barrier.hpp"

namespace lwlock::tests {
namespace {

// A child process that maps the space anew, elsewhere, and has no other mapping.
class Elsewhere {
  public:
    Elsewhere(const LockSpace& space, const std::function<void(const LockSpace&)>& body)
        : space_(space), child_([&, this] {
              LockSpace mine;
              EXPECT_EQ(LockSpace::open_descriptor(space.descriptor(), mine), Status::ok);
              EXPECT_NE(mine.user_memory(), space.user_memory());
              munmap(space.view().base, space.size());
              EXPECT_EQ(mine.attach(), Status::ok);
              number_plus_one_->store_release(my_backend() + 1);
              body(mine);
              EXPECT_EQ(detach(), Status::ok);
          }) {}
    ~Elsewhere() {
        if (child_.pid() > 0) child_.join();
    }

    BackendNumber backend() const {
        await("the child is attached", [this] { return number_plus_one_->load_acquire() != 0; });
        return number_plus_one_->load_acquire() - 1;
    }
    void await_waiting() const { tests::await_waiting(space_, backend()); }
    void join() { child_.join(); }

  private:
    LockSpace space_;
    SharedBlock<atomics::Atomic32> number_plus_one_;
    Child child_;
};

class DifferentAddresses : public testing::Test {
  protected:
    DifferentAddresses() {
        EXPECT_EQ(LockSpace::create_memfd({.backends = 8, .locks = 8, .user_bytes = sizeof(Shared)},
                                          space_),
                  Status::ok);
        EXPECT_EQ(space_.attach(), Status::ok);
    }
    ~DifferentAddresses() override {
        EXPECT_EQ(detach(), Status::ok);
        space_.unmap();
    }

    Lock& lock() { return shared_of(space_).lock; }

    LockSpace space_;
};

TEST_F(DifferentAddresses, EveryWaitClassIsWoken) {
    const std::function<void(Shared&)> waits[] = {
        [](Shared& shared) {
            EXPECT_TRUE(shared.lock.acquire(Mode::exclusive));
            shared.lock.release();
        },
        [](Shared& shared) {
            EXPECT_TRUE(shared.lock.acquire(Mode::shared));
            shared.lock.release();
        },
        [](Shared& shared) { EXPECT_FALSE(shared.lock.acquire_or_wait(Mode::shared)); },
        [](Shared& shared) {
            std::uint64_t value = 0;
            EXPECT_TRUE(shared.lock.wait_for_var(shared.variable, 0, value));
        },
    };
    for (const auto& wait : waits) {
        lock().acquire(Mode::exclusive);
        Elsewhere child(space_, [&](const LockSpace& mine) { wait(shared_of(mine)); });
        child.await_waiting();
        EXPECT_EQ(space_.lock_at(report_of(space_, child.backend()).wait_location), &lock());
        lock().release();
        child.join();
    }
}

TEST_F(DifferentAddresses, ReportsNameTheLockForEveryReader) {
    SharedBlock<Barrier> step(2u);
    Elsewhere child(space_, [&](const LockSpace& mine) {
        shared_of(mine).lock.acquire(Mode::shared);
        step->arrive_and_wait();
        step->arrive_and_wait();
        shared_of(mine).lock.release();
    });
    step->arrive_and_wait();
    const BackendReport report = report_of(space_, child.backend());
    EXPECT_EQ(report.held_count, 1u);
    EXPECT_EQ(space_.lock_at(report.held[0].location), &lock());
    EXPECT_FALSE(lock().held_by_me());
    step->arrive_and_wait();
}

TEST_F(DifferentAddresses, WaitsAreCancelledAndTimeOut) {
    lock().acquire(Mode::exclusive);
    Elsewhere canceled(space_, [](const LockSpace& mine) {
        EXPECT_EQ(shared_of(mine).lock.acquire_cancellable(Mode::shared), Status::canceled);
    });
    Elsewhere late(space_, [](const LockSpace& mine) {
        EXPECT_EQ(shared_of(mine).lock.acquire_for(Mode::exclusive, std::chrono::milliseconds(8)),
                  Status::timed_out);
    });
    canceled.await_waiting();
    EXPECT_EQ(space_.cancel_wait(canceled.backend()), Status::ok);
    canceled.join();
    late.join();
    lock().release();
}

TEST_F(DifferentAddresses, NamedLocksAreTheSameLocks) {
    std::uint16_t id = 0;
    ASSERT_EQ(space_.request_tranche("shared name", 3, id), Status::ok);
    std::span<Lock> mine;
    ASSERT_EQ(space_.named_tranche("shared name", mine), Status::ok);
    mine[1].acquire(Mode::exclusive);
    Elsewhere(space_, [&](const LockSpace& space) {
        std::span<Lock> theirs;
        ASSERT_EQ(space.named_tranche("shared name", theirs), Status::ok);
        EXPECT_EQ(theirs.size(), 3u);
        EXPECT_NE(theirs.data(), mine.data());
        EXPECT_STREQ(wait_event_name(theirs[1]), "shared name");
        EXPECT_FALSE(theirs[1].try_acquire(Mode::shared));
        EXPECT_TRUE(theirs[2].try_acquire(Mode::exclusive));
        theirs[2].release();
    }).join();
    mine[1].release();
}

// Both processes hammer the lock through their own addresses.
TEST_F(DifferentAddresses, ContendedUseLosesNothing) {
    constexpr std::uint64_t kEach = 20'000;
    SharedBlock<Barrier> start(2u);
    const auto run = [&](Shared& shared) {
        start->arrive_and_wait();
        for (std::uint64_t i = 0; i < kEach; ++i) {
            shared.lock.acquire(Mode::exclusive);
            ++shared.number;
            shared.lock.release();
        }
    };
    Elsewhere child(space_, [&](const LockSpace& mine) { run(shared_of(mine)); });
    run(shared_of(space_));
    child.join();
    EXPECT_EQ(shared_of(space_).number, 2 * kEach);
}

}  // namespace
}  // namespace lwlock::tests
