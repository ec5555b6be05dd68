/// \file
/// A worker of the stress test: one backend that does random things to locks.
#pragma once

#include <chrono>
#include <vector>

#include "tests/stress/arena.hpp"
#include "tests/stress/options.hpp"
#include "tests/stress/tranche_user.hpp"
#include "tests/stress/wait_log.hpp"
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

    static constexpr std::size_t kMaxHeld = 4;

    void round();
    void step();
    void use_while_holding(const Holding& holding);
    void release_one();
    void release_everything();
    void give_away(const Holding& holding);
    void reattach();
    void dwell();

    /// \name Acquiring and waiting (actor_acquire.cpp)
    /// \{
    void acquire_somehow();
    void acquire_until(std::uint32_t cell, Mode mode, Deadline deadline, bool cancellable);
    void acquire_for(std::uint32_t cell, Mode mode);
    void acquire_as_standard_lock(std::uint32_t cell, Mode mode);
    void acquire_by_standard_guard(std::uint32_t cell, Mode mode);
    void use_two();
    void watch_variable();
    void try_any();
    void nest();
    void enter(std::uint32_t cell, Mode mode);
    void took(std::uint32_t cell, Mode mode);
    /// \param excuse what may have ended the wait besides the deadline
    void took_unless(Status status, Status excuse, std::uint32_t cell, Mode mode,
                     Deadline deadline);
    /// The smallest cell that may be blocked on; kMaxCells or above for none.
    std::uint32_t floor() const;
    Mode any_mode() { return random_.one_in(3) ? Mode::exclusive : Mode::shared; }
    std::chrono::microseconds any_time();
    Deadline any_deadline();
    /// \}

    /// \name What is held (actor_books.cpp)
    /// \{
    bool holds(std::uint32_t cell, Mode mode) const;
    void compare_books() const;
    void compare_order() const;
    void compare_any_range();
    void compare_report() const;
    /// \}

    const LockSpace& space_;
    Arena& arena_;
    WorkerLine& line_;
    const std::uint32_t locks_;
    const std::uint32_t index_;
    Random random_;
    std::vector<Holding> held_;  ///< the oldest first
    WaitLog wait_log_;
    TrancheUser tranches_;
};

}  // namespace lwlock::tests
