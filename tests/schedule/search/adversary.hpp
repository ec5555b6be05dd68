/// \file
/// A scheduler that wants one backend to starve: lets it run only when the lock
/// is held by another, or when nobody else can run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "tests/schedule/machine/chooser.hpp"

namespace lwlock::tests::schedule {

class Adversary final : public Chooser {
  public:
    Adversary(std::uint64_t seed, std::size_t victim, std::function<bool()> in_vain)
        : engine_(static_cast<std::minstd_rand::result_type>(mix(2, seed))),
          victim_(victim),
          in_vain_(std::move(in_vain)) {}

    std::size_t choose(std::span<const Option> options) override {
        const std::size_t chosen = pick(options);
        choices_.push_back(static_cast<std::uint8_t>(chosen));
        return chosen;
    }
    const std::vector<std::uint8_t>& choices() const { return choices_; }

  private:
    std::size_t pick(std::span<const Option> options) {
        if (options[0].kind != Option::Kind::run) return 0;
        std::vector<std::size_t> others;
        for (std::size_t i = 0; i < options.size() && options[i].kind == Option::Kind::run; ++i) {
            if (options[i].number != victim_) {
                others.push_back(i);
            } else if (in_vain_()) {
                return i;
            }
        }
        return others.empty() ? 0 : others[engine_() % others.size()];
    }

    std::minstd_rand engine_;
    std::size_t victim_;
    std::function<bool()> in_vain_;
    std::vector<std::uint8_t> choices_;
};

}  // namespace lwlock::tests::schedule
