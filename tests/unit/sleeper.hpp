/// \file
/// A thread that makes one futex wait, for tests of the wrapper and the eventcount.
#pragma once

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "atomics/futex.hpp"
#include "tests/support/await.hpp"

namespace lwlock::tests {

class Sleeper {
  public:
    /// Waits on `word` while it is 0.
    Sleeper(const atomics::Atomic32& word, atomics::Scope scope,
            std::uint32_t bitset = atomics::kFutexMatchAny,
            atomics::Deadline deadline = atomics::Deadline::never())
        : thread_([this, &word, scope, bitset, deadline] {
              id_ = gettid();
              result_ = atomics::futex_wait(word, 0, deadline, scope, bitset);
              finished_ = true;
          }) {}
    ~Sleeper() {
        if (thread_.joinable()) thread_.join();
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    /// The futex call is the only place where the thread can sleep.
    void await_asleep() const {
        await("the sleeper sleeps", [this] { return id_ != 0 && sleeps(getpid(), id_); });
    }
    bool finished() const { return finished_; }
    void signal(int number) { pthread_kill(thread_.native_handle(), number); }
    /// What the wait returned, once it has.
    atomics::FutexResult result() {
        thread_.join();
        return result_;
    }

  private:
    std::atomic<pid_t> id_{0};
    std::atomic<bool> finished_{false};
    atomics::FutexResult result_{};
    std::thread thread_;
};

}  // namespace lwlock::tests
