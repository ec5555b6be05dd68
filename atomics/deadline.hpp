/// \file
/// Absolute deadlines on CLOCK_MONOTONIC, in nanoseconds.
///
/// Relative times are turned into a deadline once, where a call enters the
/// library; everything further in passes the same value on, so that waiting
/// again after a stray wake never stretches a time-out.
#pragma once

#include <cstdint>

namespace lwlock::atomics {

/// Nanoseconds of CLOCK_MONOTONIC now.
std::int64_t monotonic_now();

/// A point in time of CLOCK_MONOTONIC, or never.
class Deadline {
  public:
    constexpr Deadline() = default;

    static constexpr Deadline never() { return Deadline(); }
    static constexpr Deadline at(std::int64_t monotonic_nanoseconds) {
        return Deadline(monotonic_nanoseconds);
    }
    /// Now plus a relative time; a negative one lies in the past, one too
    /// large for the clock is never.
    static Deadline after(std::int64_t nanoseconds);

    constexpr bool is_never() const { return nanoseconds_ == kNever; }
    constexpr std::int64_t nanoseconds() const { return nanoseconds_; }
    bool has_passed() const { return !is_never() && monotonic_now() >= nanoseconds_; }

    friend constexpr bool operator==(Deadline, Deadline) = default;
    friend constexpr Deadline earlier(Deadline a, Deadline b) {
        return a.nanoseconds_ < b.nanoseconds_ ? a : b;
    }

  private:
    static constexpr std::int64_t kNever = INT64_MAX;
    constexpr explicit Deadline(std::int64_t nanoseconds) : nanoseconds_(nanoseconds) {}

    std::int64_t nanoseconds_ = kNever;
};

}  // namespace lwlock::atomics
