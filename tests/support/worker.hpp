/// \file
/// A thread of a test that is a backend of a given lock space.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <thread>

#include "lwlock/space.hpp"

namespace lwlock::tests {

class Worker {
  public:
    /// Attaches the new thread to `space`, runs `body`, detaches.
    Worker(const LockSpace& space, std::function<void()> body);
    ~Worker() { join(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Its backend number, once it has attached.
    BackendNumber backend() const;
    /// Returns once its slot says that it waits and its thread sleeps.
    void await_waiting() const;
    bool finished() const { return finished_.load(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

  private:
    LockSpace space_;
    std::atomic<BackendNumber> backend_{kNoBackend};
    std::atomic<bool> finished_{false};
    std::thread thread_;
};

/// Returns once `backend`'s slot says that it waits and its thread sleeps in
/// the kernel; the backend may belong to another process.
void await_waiting(const LockSpace& space, BackendNumber backend);

/// What the slot of `backend` says.
BackendReport report_of(const LockSpace& space, BackendNumber backend);

}  // namespace lwlock::tests
