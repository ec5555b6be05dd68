/// \file
/// How many of the backends are at work, as a function of time.
#pragma once

#include <string>
#include <string_view>

#include "tools/support/duration.hpp"

namespace lwlock::torture {

using tools::Nanoseconds;

/// Written as one of
///
///     steady      all of them, always
///     up:TIME     one more after the other, all of them after TIME
///     wave:TIME   from one to all and back to one, every TIME
class Load {
  public:
    /// Throws std::invalid_argument with one line that says what is wrong.
    static Load parse(std::string_view text);

    /// At least 1, at most `backends`.
    unsigned active(Nanoseconds elapsed, unsigned backends) const;
    const std::string& text() const { return text_; }

  private:
    enum class Shape : unsigned char { steady, up, wave };

    std::string text_ = "steady";
    Shape shape_ = Shape::steady;
    Nanoseconds period_ = 0;
};

}  // namespace lwlock::torture
