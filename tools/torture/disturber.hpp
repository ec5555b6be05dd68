/// \file
/// What happens to backends from outside: stops, signals, other CPUs.
#pragma once

#include <sched.h>

#include <cstdint>
#include <vector>

#include "tools/torture/arena.hpp"
#include "tools/torture/plan.hpp"

namespace lwlock::torture {

/// Runs in the coordinator.
class Disturber {
  public:
    Disturber(const Plan& plan, const Arena& arena);

    /// Does what is due, to the first `active` backends.
    void tick(Nanoseconds now, unsigned active);
    /// Ends all stops; nothing happens until the next tick().
    void calm();

    std::uint64_t stops() const { return stops_; }
    std::uint64_t signals() const { return signals_; }
    std::uint64_t moves() const { return moves_; }

  private:
    struct Stop {
        unsigned backend;
        Nanoseconds until;
    };

    bool is_due(Nanoseconds& next, double rate, Nanoseconds now);
    unsigned choose(unsigned active);
    bool is_stopped(unsigned backend) const;
    void stop(unsigned backend, Nanoseconds now);
    void resume_due(Nanoseconds now);
    void signal(unsigned backend);
    void move(unsigned backend);

    const Options& options_;
    const Arena& arena_;
    Random random_;
    cpu_set_t allowed_{};
    std::vector<Stop> stopped_;
    Nanoseconds next_stop_ = 0;
    Nanoseconds next_signal_ = 0;
    Nanoseconds next_move_ = 0;
    std::uint64_t stops_ = 0;
    std::uint64_t signals_ = 0;
    std::uint64_t moves_ = 0;
};

}  // namespace lwlock::torture
