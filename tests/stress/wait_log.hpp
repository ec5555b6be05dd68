/// \file
/// A wait observer of one worker, which comes and goes while others wait.
#pragma once

#include <cstdint>

#include "lwlock/lwlock.hpp"

namespace lwlock::tests {

/// Sees the waits of all threads of the process, and counts those of the backend
/// that keeps the log. Used by that backend alone, which stays attached while
/// the log is open.
class WaitLog {
  public:
    explicit WaitLog(const LockSpace& space) : space_(space) {}
    ~WaitLog() { close(); }
    WaitLog(const WaitLog&) = delete;
    WaitLog& operator=(const WaitLog&) = delete;

    bool is_open() const { return open_.load_relaxed() != 0; }
    /// Registers the observer.
    void open();
    /// Removes it, and compares what it saw with what the slot counted. Does
    /// nothing when the log is not open.
    void close();

    /// Waits of the backend that were seen, in all.
    std::uint64_t waits() const { return done_; }

  private:
    static void wait_start(const WaitEvent& event, void* context);
    static void wait_done(const WaitEvent& event, void* context);
    void check(const WaitEvent& event) const;
    std::uint64_t waits_in_slot() const;

    const LockSpace& space_;
    WaitObserver observer_{.wait_start = wait_start, .wait_done = wait_done, .context = this};
    atomics::Atomic32 open_;  // read by whoever waits
    // The backend's own: written by its thread, inside callbacks too.
    BackendNumber backend_ = kNoBackend;
    std::uint64_t in_slot_before_ = 0;
    std::uint64_t before_ = 0;
    std::uint64_t started_ = 0;
    std::uint64_t done_ = 0;
};

}  // namespace lwlock::tests
