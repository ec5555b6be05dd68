/// \file
/// Depth-first search through all schedules of a program within limits, except
/// those that only lead through states seen before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/schedule/machine/chooser.hpp"
#include "tests/schedule/search/visited.hpp"

namespace lwlock::tests::schedule {

class Exhaustive final : public Chooser {
  public:
    explicit Exhaustive(Limits limits) : limits_(limits) {}

    /// Begins with another program.
    void clear() {
        path_.clear();
        visited_.clear();
        begin_schedule();
    }
    /// Steps on to the next schedule; false when there is none.
    bool next();

    bool wants_states() const override { return true; }
    bool worth_going_on(Hash state) override;
    bool stale_values_left() const override { return left_[Cost::stale] != 0; }
    std::size_t choose(std::span<const Option> options) override;

    /// The choices of the schedule that ran last, for a replay.
    std::vector<std::uint8_t> choices() const;
    std::size_t states() const { return visited_.size(); }

  private:
    static constexpr std::size_t kMostOptions = 32;

    struct Choice {
        Limits left;  ///< before it
        std::uint8_t chosen;
        std::uint8_t count;
        Cost costs[kMostOptions];
    };

    void begin_schedule() {
        depth_ = 0;
        left_ = limits_;
    }
    static bool affordable(const Limits& left, Cost cost) {
        return cost == Cost::nothing || left[cost] != 0;
    }
    void pay(Cost cost) {
        if (cost != Cost::nothing) --left_[cost];
    }

    Limits limits_;
    Limits left_;
    std::vector<Choice> path_;
    std::size_t depth_ = 0;
    Visited visited_;
};

}  // namespace lwlock::tests::schedule
