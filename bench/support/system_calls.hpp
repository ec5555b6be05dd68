/// \file
/// Counting system calls with the kernel's own trace point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lwlock::bench {

struct SystemCalls {
    std::uint64_t all = 0;
    /// Those that sleep or wake: futex, and semop for semaphores of System V. What
    /// an implementation on POSIX semaphores makes are futex calls, too.
    std::uint64_t futex = 0;
};

/// Counts the system calls of every process that has this one's name, so of its
/// forked children too, from its construction on. Calls cost more meanwhile,
/// so count in a run whose time nobody takes.
class SystemCallCounter {
  public:
    SystemCallCounter();
    SystemCallCounter(const SystemCallCounter&) = delete;
    SystemCallCounter& operator=(const SystemCallCounter&) = delete;
    ~SystemCallCounter();

    /// Nothing where the kernel has no such trace point or forbids its use,
    /// as it does to other users than root.
    std::optional<SystemCalls> count() const;

  private:
    /// A counter of one processor for the events that pass the filter.
    bool open(std::uint64_t trace_point, int processor, const std::string& filter,
              std::vector<int>& counters);
    void close_all();

    std::vector<int> all_;  ///< a counter for each processor
    std::vector<int> futex_;
};

}  // namespace lwlock::bench
