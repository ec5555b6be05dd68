/// \file
/// Asynchronous acquisition: a thread that waits for many locks at once, and goes
/// on with other things meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lwlock/lock.hpp"
#include "lwlock/status.hpp"

namespace lwlock {

class AsyncQueue;

namespace detail {
class AsyncCore;
struct AsyncLine;
}  // namespace detail

/// A wish for a lock: the caller's memory, which stays until the wish has ended.
struct AsyncRequest {
    Lock* lock = nullptr;
    Mode mode = Mode::exclusive;
    /// Called from AsyncQueue::poll() with ok or waited when the calling backend
    /// holds the lock, or with an error of Lock::acquire(). It may release, make and
    /// cancel requests, and end the life of this one; it may not throw, poll, or
    /// destroy the queue.
    void (*done)(AsyncRequest& request, Status status) = nullptr;
    void* context = nullptr;  ///< the caller's own
    /// The queue's own; leave alone.
    struct {
        AsyncRequest* next = nullptr;
        AsyncRequest* previous = nullptr;
        detail::AsyncLine* line = nullptr;
    } link = {};
};

/// What waits for the thread.
enum class AsyncMeans : std::uint32_t {
    automatic =
        0,  ///< io_uring if it can for the space that the thread is attached to, else threads
    io_uring = 1,  ///< the system's futexes only, Linux 6.7 and later
    threads = 2,   ///< up to 64 threads, then looking every millisecond
};

struct AsyncOptions {
    std::uint32_t locks = 1024;  ///< different locks waited for at a time; 40 KiB of memory each,
                                 ///< where used
    AsyncMeans means = AsyncMeans::automatic;
};

/// Requests of one thread, which is the backend that gets the locks; it does not
/// detach while some are pending. Requests for the same lock are granted in their
/// order; the queue stands in line for them as one waiter, with the same rights as a
/// thread that sleeps, hand-off included. So as long as requests are pending the
/// thread may not wait for anything that other holders of these locks wait for, and
/// has to poll soon.
///
/// After a fork, the child's copy takes no requests. Requests, and coroutines that
/// wait, end their lives in the queue's thread.
class AsyncQueue {
  public:
    AsyncQueue() = default;
    AsyncQueue(const AsyncQueue&) = delete;
    AsyncQueue& operator=(const AsyncQueue&) = delete;
    ~AsyncQueue() { destroy(); }

    /// \return ok, bad_argument, already_attached when it is created already, or
    /// system_error with errno set (ENOSYS: the kernel cannot do what was asked for).
    Status create(const AsyncOptions& options = {});
    /// Cancels what is pending. \return ok, or the queue stays: bad_argument from a
    /// callback, or from another thread than created it while anything is pending;
    /// too_many_held when the backend holds 200 locks, and an acquisition that sleeps
    /// could not be ended. In a forked child, only forgets the queue.
    Status destroy();

    /// Asks for a lock. \return ok or waited: it is held, and `done` is not called;
    /// busy: it is pending; too_many_pending; bad_argument: the request is incomplete
    /// or pending already, the queue is not created or another thread's, or io_uring
    /// was insisted on in a space with emulated futexes; or an error of Lock::acquire(),
    /// of which self_deadlock is none here: another request of the thread may hold it.
    [[nodiscard]] Status acquire_async(AsyncRequest& request);

    /// Ends a request without its `done`. The lock's memory is not touched for it
    /// any more, unless the backend holds 200 locks: then only once it holds fewer.
    /// \return false when it was not pending here, be it that it has ended already.
    bool cancel(AsyncRequest& request);

    /// Waits until a request ends or the deadline, and calls the `done` of all that
    /// have ended. Returns at once when all that is pending waits for locks that the
    /// thread itself holds, and in a callback. \return how many ended
    std::size_t poll(Deadline deadline = Deadline::never());

    /// Whether the calling thread created it, and so may use it.
    bool is_mine() const;
    std::size_t pending() const;
    AsyncMeans means() const;
    /// Readable when poll() has something to do; for poll(2), epoll and the like. Not
    /// for releases by the thread itself: poll() after these.
    int descriptor() const;

    class Awaitable;
    /// For `co_await`: gives the Status of the acquisition. A coroutine that is
    /// destroyed while it waits cancels its request.
    Awaitable acquire_async(Lock& lock, Mode mode);

  private:
    Status open(const AsyncOptions& options);

    detail::AsyncCore* core_ = nullptr;
};

/// Needs no header for coroutines: any handle will do.
class AsyncQueue::Awaitable {
  public:
    Awaitable(AsyncQueue& queue, Lock& lock, Mode mode) : queue_(queue) {
        request_.lock = &lock;
        request_.mode = mode;
        request_.context = this;
        request_.done = [](AsyncRequest& request, Status status) {
            auto* const self = static_cast<Awaitable*>(request.context);
            self->status_ = status;
            self->resume_(self->coroutine_);
        };
    }
    Awaitable(const Awaitable&) = delete;
    Awaitable& operator=(const Awaitable&) = delete;
    ~Awaitable() { queue_.cancel(request_); }

    bool await_ready() const { return false; }
    template <class Handle>
    bool await_suspend(Handle handle) {
        coroutine_ = handle.address();
        resume_ = [](void* coroutine) { Handle::from_address(coroutine).resume(); };
        status_ = queue_.acquire_async(request_);
        return status_ == Status::busy;
    }
    Status await_resume() const { return status_; }

  private:
    AsyncQueue& queue_;
    AsyncRequest request_;
    Status status_ = Status::busy;
    void* coroutine_ = nullptr;
    void (*resume_)(void*) = nullptr;
};

inline AsyncQueue::Awaitable AsyncQueue::acquire_async(Lock& lock, Mode mode) {
    return Awaitable(*this, lock, mode);
}

}  // namespace lwlock
