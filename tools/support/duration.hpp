/// \file
/// Times as people write them: "250ns", "1.5us", "10ms", "3s", "5m", "1h".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lwlock::tools {

using Nanoseconds = std::int64_t;

/// A bare number counts seconds. Throws std::invalid_argument with one line
/// that says what is wrong.
Nanoseconds parse_duration(std::string_view text);

/// The shortest form that loses little: "1.5us", "20s".
std::string format_duration(Nanoseconds time);

}  // namespace lwlock::tools
