/// \file
/// A worker of the stress test: one backend that does random things to locks.
#pragma once

#include <vector>

#include "tests/stress/arena.hpp"
#include "tests/stress/options.hpp"
#include "tests/support/random.hpp"

namespace lwlock::tests {

/// Blocking operations take cells in ascending order, so that workers cannot
/// deadlock; try operations take any.
class Actor {
  public:
    Actor(const LockSpace& space, Arena& arena, const Options& options, std::uint32_t index);

    /// Attaches, takes part in rounds until the arena is over, detaches. The
    /// first of the workers decides when that is.
    void run(Deadline end);

  private:
    struct Holding {
        std::uint32_t cell;
        Mode mode;
    };

    void round();
    void step();
    void acquire_somehow();
    void acquire_by_standard_lock(std::uint32_t cell);
    void watch_variable();
    void try_any();
    void nest();
    void use_while_holding(const Holding& holding);
    void release_one();
    void release_everything();
    void give_away(const Holding& holding);
    void reattach();
    void compare_books() const;

    /// The smallest cell that may be blocked on; kMaxCells or above for none.
    std::uint32_t floor() const;
    Mode any_mode() { return random_.one_in(3) ? Mode::exclusive : Mode::shared; }
    std::chrono::microseconds any_time();
    void took(std::uint32_t cell, Mode mode);
    void dwell();

    const LockSpace& space_;
    Arena& arena_;
    WorkerLine& line_;
    const std::uint32_t locks_;
    const std::uint32_t index_;
    Random random_;
    std::vector<Holding> held_;
};

}  // namespace lwlock::tests
