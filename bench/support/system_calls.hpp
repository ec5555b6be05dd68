/// \file
/// Counting system calls with the kernel's own trace point.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace lwlock::bench {

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
    std::optional<std::uint64_t> count() const;

  private:
    void close_all();

    std::vector<int> of_cpu_;
};

}  // namespace lwlock::bench
