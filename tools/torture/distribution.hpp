/// \file
/// Random times: what a backend waits inside and between its acquisitions.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "tools/support/duration.hpp"

namespace lwlock::torture {

using tools::Nanoseconds;
using Random = std::mt19937_64;

/// A distribution of times, written as one of
///
///     TIME                    always this
///     uniform:LOW,HIGH        evenly between the two
///     exp:MEAN                exponential, cut off at 20 times the mean
///     mix:SHORT,LONG,SHARE    SHORT, but LONG in this share (0 to 1) of cases
class Distribution {
  public:
    /// Throws std::invalid_argument with one line that says what is wrong.
    static Distribution parse(std::string_view text);

    Nanoseconds operator()(Random& random) const;
    /// The longest time that it can give.
    Nanoseconds longest() const;
    const std::string& text() const { return text_; }

  private:
    enum class Shape : std::uint8_t { fixed, uniform, exponential, mix };

    std::string text_ = "0ns";
    Shape shape_ = Shape::fixed;
    Nanoseconds first_ = 0;
    Nanoseconds second_ = 0;
    double share_ = 0;
};

/// Lets that much time pass: spinning when it is short, else asleep.
void spend(Nanoseconds time);

}  // namespace lwlock::torture
