// Asynchronous acquisition by co_await.

#include <gtest/gtest.h>

#include "lwlock/async.hpp"
#include "lwlock/lwlock.hpp"

#ifdef __cpp_impl_coroutine
#include <coroutine>
#include <exception>
#include <utility>

namespace lwlock::tests {
namespace {

// Runs until it waits; whoever has the job may end it there.
class Job {
  public:
    struct promise_type {
        Job get_return_object() { return Job(Handle::from_promise(*this)); }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    // Clang 14 moves what get_return_object() gives.
    Job(Job&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Job& operator=(Job&&) = delete;
    ~Job() {
        if (handle_) handle_.destroy();
    }

    bool done() const { return handle_.done(); }

  private:
    using Handle = std::coroutine_handle<promise_type>;
    explicit Job(Handle handle) : handle_(handle) {}
    Handle handle_;
};

Job take(AsyncQueue& queue, Lock& lock, Status& got) {
    got = co_await queue.acquire_async(lock, Mode::exclusive);
}

class Await : public testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ(queue_.create({.locks = 2}), Status::ok); }
    void TearDown() override {
        queue_.destroy();
        EXPECT_EQ(detach(), Status::ok);
    }

    AsyncQueue queue_;
    Lock lock_;
    Status got_ = Status::busy;
};

TEST_F(Await, DoesNotSuspendForAFreeLock) {
    const Job job = take(queue_, lock_, got_);
    EXPECT_TRUE(job.done());
    EXPECT_EQ(got_, Status::ok);
    EXPECT_TRUE(lock_.held_by_me_in_mode(Mode::exclusive));
    lock_.release();
}

TEST_F(Await, GoesOnWithTheLockWhenItIsReleased) {
    lock_.acquire(Mode::shared);
    const Job job = take(queue_, lock_, got_);
    EXPECT_FALSE(job.done());
    EXPECT_EQ(queue_.pending(), 1u);
    lock_.release();
    EXPECT_EQ(queue_.poll(), 1u);
    EXPECT_TRUE(job.done());
    EXPECT_EQ(got_, Status::ok) << "nobody sleeps for a lock that the thread has itself";
    EXPECT_TRUE(lock_.held_by_me_in_mode(Mode::exclusive));
    lock_.release();
}

TEST_F(Await, IsCancelledWithItsCoroutine) {
    lock_.acquire(Mode::exclusive);
    {
        const Job job = take(queue_, lock_, got_);
        EXPECT_EQ(queue_.pending(), 1u);
    }
    EXPECT_EQ(queue_.pending(), 0u);
    EXPECT_EQ(got_, Status::busy) << "the coroutine did not go on";
    lock_.release();
    EXPECT_EQ(lock_.state_word(), 0u) << "nobody waits, and nobody got the lock";
}

TEST(AwaitWithoutAQueue, IsRefused) {
    AsyncQueue queue;
    Lock lock;
    Status got = Status::busy;
    const Job job = take(queue, lock, got);
    EXPECT_TRUE(job.done());
    EXPECT_EQ(got, Status::bad_argument);
    EXPECT_EQ(queue.poll(), 0u);
    EXPECT_EQ(queue.descriptor(), -1);
    EXPECT_EQ(lock.state_word(), 0u);
}

}  // namespace
}  // namespace lwlock::tests
#endif
