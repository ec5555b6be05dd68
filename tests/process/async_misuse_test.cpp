// What an AsyncQueue refuses.

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <thread>

#include "tests/process/peer.hpp"
#include "tests/process/wish.hpp"

namespace lwlock::tests {
namespace {

// A lock that another process holds until it is told to let go.
class HeldElsewhere {
  public:
    explicit HeldElsewhere(const LockSpace& space)
        : holder_(space, [this] {
              lock_->acquire(Mode::exclusive);
              step_->store_release(1);
              await("it is time", [&] { return step_->load_acquire() == 2; });
              lock_->release();
          }) {
        await("the lock is held", [&] { return step_->load_acquire() == 1; });
    }
    Lock& lock() { return *lock_; }
    void let_go() { step_->store_release(2); }

  private:
    SharedBlock<Lock> lock_;
    SharedBlock<atomics::Atomic32> step_;
    Peer holder_;
};

TEST(AsyncQueue, RefusesMoreLocksThanItHasRoomFor) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    AsyncQueue queue;
    EXPECT_EQ(queue.create({.locks = 0}), Status::bad_argument);
    ASSERT_EQ(queue.create({.locks = 1}), Status::ok);
    EXPECT_EQ(queue.create({.locks = 1}), Status::already_attached);
    EXPECT_EQ(last_error().error, Status::already_attached);
    EXPECT_STREQ(last_error().operation, "AsyncQueue::create");
    Lock locks[2];
    for (Lock& lock : locks) lock.acquire(Mode::exclusive);
    Wish first(locks[0], Mode::exclusive, release);
    Wish second(locks[1], Mode::exclusive, release);
    EXPECT_EQ(queue.acquire_async(first), Status::busy);
    EXPECT_EQ(queue.acquire_async(second), Status::too_many_pending);
    EXPECT_EQ(last_error().lock, &locks[1]);
    for (Lock& lock : locks) lock.release();
    EXPECT_EQ(queue.poll(), 1u);
    EXPECT_EQ(queue.acquire_async(second), Status::ok);
    locks[1].release();
}

TEST(AsyncQueue, RefusesRequestsThatItCannotSeeThrough) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    AsyncQueue queue;
    AsyncQueue other;
    Lock lock;
    Wish wish(lock, Mode::exclusive, release);
    EXPECT_EQ(queue.acquire_async(wish), Status::bad_argument) << "it is not created";
    ASSERT_EQ(queue.create(), Status::ok);
    ASSERT_EQ(other.create(), Status::ok);
    Wish incomplete(lock);
    incomplete.lock = nullptr;
    EXPECT_EQ(queue.acquire_async(incomplete), Status::bad_argument);
    incomplete.lock = &lock;
    incomplete.mode = static_cast<Mode>(2);
    EXPECT_EQ(queue.acquire_async(incomplete), Status::bad_argument);
    incomplete.mode = Mode::shared;
    incomplete.done = nullptr;
    EXPECT_EQ(queue.acquire_async(incomplete), Status::bad_argument);
    EXPECT_EQ(lock.state_word(), 0u);

    lock.acquire(Mode::exclusive);
    ASSERT_EQ(queue.acquire_async(wish), Status::busy);
    EXPECT_EQ(queue.acquire_async(wish), Status::bad_argument) << "it is pending";
    EXPECT_EQ(other.acquire_async(wish), Status::bad_argument) << "it is pending elsewhere";
    EXPECT_FALSE(other.cancel(wish));
    EXPECT_EQ(queue.pending(), 1u);
    lock.release();
    EXPECT_EQ(queue.poll(), 1u);
    EXPECT_EQ(lock.state_word(), 0u);
}

TEST(AsyncQueue, BelongsToItsThread) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    AsyncQueue queue;
    EXPECT_FALSE(queue.is_mine()) << "it is not created";
    ASSERT_EQ(queue.create(), Status::ok);
    EXPECT_TRUE(queue.is_mine());
    Lock lock;
    Wish wish(lock, Mode::exclusive, release);
    lock.acquire(Mode::exclusive);
    ASSERT_EQ(queue.acquire_async(wish), Status::busy);
    std::thread([&] {
        const Attachment other(space);
        Lock free;
        Wish own(free, Mode::exclusive, release);
        EXPECT_FALSE(queue.is_mine());
        EXPECT_EQ(queue.acquire_async(own), Status::bad_argument);
        EXPECT_FALSE(queue.cancel(wish));
        EXPECT_EQ(queue.poll(), 0u);
        EXPECT_EQ(queue.destroy(), Status::bad_argument);
    }).join();
    EXPECT_EQ(queue.pending(), 1u);
    lock.release();
    EXPECT_EQ(queue.poll(), 1u);
}

TEST(AsyncQueue, KeepsItsThreadAttachedWhileRequestsArePending) {
    LockSpace space = anonymous_space();
    HeldElsewhere held(space);
    const Attachment attachment(space);
    AsyncQueue queue;
    ASSERT_EQ(queue.create(), Status::ok);
    Wish wish(held.lock());
    ASSERT_EQ(queue.acquire_async(wish), Status::busy);
    EXPECT_EQ(detach(), Status::holds_locks);
    EXPECT_TRUE(queue.cancel(wish));
    held.let_go();
}

TEST(AsyncQueue, IsNotDestroyedByItsCallback) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    AsyncQueue queue;
    ASSERT_EQ(queue.create(), Status::ok);
    Lock lock;
    Wish wish(lock, Mode::exclusive, [&](Wish& granted) {
        EXPECT_EQ(queue.destroy(), Status::bad_argument);
        release(granted);
    });
    lock.acquire(Mode::exclusive);
    ASSERT_EQ(queue.acquire_async(wish), Status::busy);
    lock.release();
    EXPECT_EQ(queue.poll(), 1u);
    EXPECT_EQ(queue.destroy(), Status::ok);
}

// An acquisition that sleeps needs an entry of the held-lock table to end in order.
TEST(AsyncQueue, IsNotDestroyedWhileAnAcquisitionCannotEnd) {
    LockSpace space = anonymous_space();
    HeldElsewhere held(space);
    const Attachment attachment(space);
    AsyncQueue queue;
    ASSERT_EQ(queue.create(), Status::ok);
    Wish first(held.lock(), Mode::exclusive);
    Wish second(held.lock(), Mode::exclusive);
    ASSERT_EQ(queue.acquire_async(first), Status::busy);
    std::deque<Lock> others(kMaxHeldLocks);
    for (Lock& other : others) other.acquire(Mode::shared);
    EXPECT_EQ(queue.destroy(), Status::too_many_held);
    EXPECT_EQ(queue.pending(), 1u);
    EXPECT_TRUE(queue.cancel(first));
    EXPECT_EQ(queue.destroy(), Status::too_many_held) << "it has not ended yet";
    release_all();
    EXPECT_EQ(detach(), Status::holds_locks) << "nor now";
    ASSERT_EQ(queue.acquire_async(second), Status::busy);
    EXPECT_EQ(queue.destroy(), Status::ok);
    EXPECT_EQ(held.lock().words().waiters.load_relaxed(), 0);
    held.let_go();
}

TEST(AsyncQueue, CanBeDestroyedByAnotherThreadWhenNothingIsPending) {
    LockSpace space = anonymous_space();
    AsyncQueue queue;
    std::thread([&] {
        const Attachment attachment(space);
        Lock lock;
        Wish wish(lock, Mode::exclusive);
        ASSERT_EQ(queue.create(), Status::ok);
        ASSERT_EQ(queue.acquire_async(wish), Status::ok);
        lock.release();
    }).join();
    EXPECT_EQ(queue.destroy(), Status::ok);
    EXPECT_EQ(queue.destroy(), Status::ok) << "there is none any more";
}

TEST(AsyncQueue, IsForgottenByAForkedChild) {
    LockSpace space = anonymous_space();
    const Attachment attachment(space);
    AsyncQueue queue;
    ASSERT_EQ(queue.create(), Status::ok);
    SharedBlock<Lock> lock;
    lock->acquire(Mode::exclusive);
    Wish wish(*lock, Mode::exclusive, release);
    ASSERT_EQ(queue.acquire_async(wish), Status::busy);
    const pid_t child = fork();
    if (child == 0) {
        const bool refused = !queue.is_mine() && !queue.cancel(wish) && queue.poll() == 0;
        _exit(refused && queue.destroy() == Status::ok ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    lock->release();
    EXPECT_EQ(queue.poll(), 1u);
}

}  // namespace
}  // namespace lwlock::tests
