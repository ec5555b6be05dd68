/// \file
/// Repeats a schedule from its choices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/schedule/machine/chooser.hpp"

namespace lwlock::tests::schedule {

/// Choices as text: their numbers in base 32, a run of three or more zeros as
/// a length in dots.
std::string text_of_choices(std::span<const std::uint8_t> choices);
/// Throws std::invalid_argument.
std::vector<std::uint8_t> parse_choices(std::string_view text);

/// After the last choice, the first option is taken.
class Replay final : public Chooser {
  public:
    explicit Replay(std::vector<std::uint8_t> choices) : choices_(std::move(choices)) {}

    std::size_t choose(std::span<const Option> options) override {
        const std::size_t chosen = next_ < choices_.size() ? choices_[next_++] : 0;
        return chosen < options.size() ? chosen : 0;
    }

  private:
    std::vector<std::uint8_t> choices_;
    std::size_t next_ = 0;
};

}  // namespace lwlock::tests::schedule
