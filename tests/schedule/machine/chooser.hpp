/// \file
/// Who decides what happens next in the simulated machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/schedule/machine/hash.hpp"

namespace lwlock::tests::schedule {

/// What an option takes from the limits of a bounded search.
enum class Cost : std::uint8_t {
    nothing,
    preemption,    ///< another backend goes on although this one could
    stale,         ///< a load returns a value that is not the newest
    interference,  ///< a stray wake, or a signal handler
    tick,          ///< the next deadline passes although somebody could run
};
inline constexpr std::size_t kCosts = 5;

/// How often each cost may be paid in one schedule.
struct Limits {
    std::array<std::uint8_t, kCosts> at_most{};

    std::uint8_t& operator[](Cost cost) { return at_most[static_cast<std::size_t>(cost)]; }
    std::uint8_t operator[](Cost cost) const { return at_most[static_cast<std::size_t>(cost)]; }
};

/// One thing that could happen next.
struct Option {
    enum class Kind : std::uint8_t { run, stray_wake, signal, tick, value };
    Kind kind;
    std::uint8_t number;  ///< the backend; of a value, its age
    Cost cost;
};

class Chooser {
  public:
    Chooser() = default;
    Chooser(const Chooser&) = delete;
    Chooser& operator=(const Chooser&) = delete;
    virtual ~Chooser() = default;

    /// Whether states make a difference; then worth_going_on() is asked.
    virtual bool wants_states() const { return false; }

    /// Called before every choice of who goes on. False ends the schedule here,
    /// because everything that can follow has been searched.
    virtual bool worth_going_on(Hash /*state*/) { return true; }

    /// Whether a load may still return a value that is not the newest.
    virtual bool stale_values_left() const { return true; }

    /// Index of the option that happens. There are at least two.
    virtual std::size_t choose(std::span<const Option> options) = 0;
};

}  // namespace lwlock::tests::schedule
