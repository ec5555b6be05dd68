/// \file
/// Ends a run that makes no progress, after saying who waits for what.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "lwlock/space.hpp"

namespace lwlock::tests {

class Watchdog {
  public:
    /// A thread looks at `progress()` now and then. When the number stays the
    /// same for `seconds`, it prints `context` and the backends of `space`, runs
    /// `before_end`, and aborts the process.
    Watchdog(const LockSpace& space, int seconds, std::string context,
             std::function<std::uint64_t()> progress, std::function<void()> before_end);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

  private:
    void watch() const;

    LockSpace space_;
    std::int64_t patience_;
    std::string context_;
    std::function<std::uint64_t()> progress_;
    std::function<void()> before_end_;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

}  // namespace lwlock::tests
