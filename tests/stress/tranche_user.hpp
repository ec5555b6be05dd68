/// \file
/// What a worker does to the tranches of the space, beside its locks.
#pragma once

#include <cstdint>

#include "tests/stress/arena.hpp"
#include "tests/support/random.hpp"

namespace lwlock::tests {

/// Most tranches that one worker defines, so that a long run does not use up all
/// ids, and most locks of each.
inline constexpr std::uint32_t kTranchesAWorker = 200;
inline constexpr std::uint32_t kLocksATranche = 3;

/// Every worker has names of its own, and looks at those of all workers. The
/// calling thread is attached to the space, and may hold locks: nobody who
/// defines a tranche waits for another lock than the registry's.
class TrancheUser {
  public:
    TrancheUser(const LockSpace& space, Arena& arena, std::uint32_t index, Random& random)
        : space_(space), arena_(arena), index_(index), random_(random) {}

    /// Defines the worker's next tranche, if it may have more.
    void define();
    /// Looks a tranche up that some worker may have defined.
    void look_up();

  private:
    void define_again(const char* name, std::uint16_t id);
    void check_locks(const char* name, std::uint16_t id);

    const LockSpace& space_;
    Arena& arena_;
    const std::uint32_t index_;
    Random& random_;
};

}  // namespace lwlock::tests
