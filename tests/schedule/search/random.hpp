/// \file
/// Random schedules. Most follow probabilistic concurrency testing: backends
/// have random priorities, the highest that can run does, and at a few random
/// points the running one drops to the lowest. The others are random walks.
///
/// Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with
/// Probabilistic Guarantees of Finding Bugs", ASPLOS 2010.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "tests/schedule/machine/chooser.hpp"
#include "tests/schedule/machine/machine.hpp"

namespace lwlock::tests::schedule {

class RandomChooser final : public Chooser {
  public:
    using Engine = std::minstd_rand;

    /// `steps`: about how many choices a schedule has.
    RandomChooser(std::uint64_t seed, std::size_t steps);

    std::size_t choose(std::span<const Option> options) override;

    const std::vector<std::uint8_t>& choices() const { return choices_; }

  private:
    bool one_in(unsigned n) { return engine_() % n == 0; }
    std::size_t choose_value(std::span<const Option> options);
    std::size_t choose_backend(std::span<const Option> options);

    Engine engine_;
    bool walk_ = false;
    unsigned stale_one_in_ = 0;
    unsigned event_one_in_ = 0;
    std::uint32_t interferences_left_ = 0;
    std::uint32_t stale_left_ = 0;
    std::array<std::int32_t, kMaxBackends> priority_{};
    std::int32_t lowest_ = 0;
    std::vector<std::size_t> change_points_;
    std::size_t step_ = 0;
    std::vector<std::uint8_t> choices_;
};

}  // namespace lwlock::tests::schedule
