/// \file
/// System V semaphores: what PostgreSQL used on every system at first, and uses
/// where no others work.
#pragma once

#include <cstddef>
#include <vector>

#include "bench/baselines/semaphore_kind.hpp"

namespace lwlock::bench::baselines {

/// Sets of 16 semaphores and one more that marks the set as ours, after
/// PostgreSQL. They are kernel objects with keys of their own: the system limits
/// how many there are, and those of a killed process stay. So who creates goes
/// through the keys from a fixed one on, removes sets whose creator is dead, and
/// leaves others alone.
class SysvSemaphores {
  public:
    static constexpr const char* kName = "sysv_sem";

    static std::size_t required_bytes(unsigned /*count*/) { return 0; }
    SysvSemaphores(void* memory, unsigned count);
    void destroy();
    void lock(unsigned number);
    void unlock(unsigned number);

    /// Sets of dead processes that were in the way and have been removed.
    unsigned recycled() const { return recycled_; }

  private:
    int create_set();
    void change(unsigned number, short by);

    std::vector<int> sets_;
    int next_key_;
    unsigned recycled_ = 0;
};
static_assert(SemaphoreKind<SysvSemaphores>);

}  // namespace lwlock::bench::baselines
